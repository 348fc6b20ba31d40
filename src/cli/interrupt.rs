//! Being asked to stop: Ctrl-C, or a polite kill.

use anyhow::Context as _;

use super::Failure;

/// Listens for the wish to stop from when it's made; until then the system ends the program.
#[derive(Debug)]
pub struct Interrupt {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(windows)]
    ctrl_c: tokio::signal::windows::CtrlC,
    #[cfg(windows)]
    close: tokio::signal::windows::CtrlClose,
}

impl Interrupt {
    /// Starts to listen.
    #[cfg(unix)]
    pub fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).context("signals can't be listened for");
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    /// Starts to listen.
    #[cfg(windows)]
    pub fn listen() -> Result<Self, Failure> {
        use tokio::signal::windows::{ctrl_c, ctrl_close};
        const WHAT: &str = "Ctrl-C can't be listened for";
        Ok(Self { ctrl_c: ctrl_c().context(WHAT)?, close: ctrl_close().context(WHAT)? })
    }

    /// Waits for the wish to stop. Safe to cancel.
    #[cfg(unix)]
    pub async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Waits for the wish to stop. Safe to cancel.
    #[cfg(windows)]
    pub async fn wait(&mut self) {
        tokio::select! {
            _ = self.ctrl_c.recv() => {}
            _ = self.close.recv() => {}
        }
    }
}
