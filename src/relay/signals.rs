//! What a service manager, or a person at the terminal, asks of a running relay.

use std::io;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// To read the configuration again.
    Reload,
    /// To stop.
    Stop,
}

/// Listens for signals from when it's made; until then the system ends the program.
#[cfg(unix)]
#[derive(Debug)]
pub struct Signals {
    hangup: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Starts to listen. Needs tokio's runtime.
    ///
    /// # Errors
    ///
    /// The system refuses.
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next. Safe to cancel.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.hangup.recv() => Signal::Reload,
            _ = self.terminate.recv() => Signal::Stop,
            _ = self.interrupt.recv() => Signal::Stop,
        }
    }
}

/// Listens for signals from when it's made; until then the system ends the program.
#[cfg(windows)]
#[derive(Debug)]
pub struct Signals {
    ctrl_c: tokio::signal::windows::CtrlC,
    close: tokio::signal::windows::CtrlClose,
}

#[cfg(windows)]
impl Signals {
    /// Starts to listen. Needs tokio's runtime.
    ///
    /// # Errors
    ///
    /// The system refuses.
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_c, ctrl_close};
        Ok(Self { ctrl_c: ctrl_c()?, close: ctrl_close()? })
    }

    /// Waits for the next. Safe to cancel.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.ctrl_c.recv() => {}
            _ = self.close.recv() => {}
        }
        Signal::Stop
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Duration;

    use rustix::process::{Signal as Sent, getpid, kill_process};
    use tokio::time::timeout;

    use super::*;

    /// It signals its own process: so all of it in one test, and nothing else in this program may listen for them.
    #[tokio::test]
    async fn signals_come_as_what_they_ask_for() {
        let mut signals = Signals::listen().unwrap();
        for (sent, asked) in [(Sent::HUP, Signal::Reload), (Sent::TERM, Signal::Stop), (Sent::INT, Signal::Stop)] {
            kill_process(getpid(), sent).unwrap();
            assert_eq!(timeout(Duration::from_secs(20), signals.next()).await, Ok(asked));
        }
    }
}
