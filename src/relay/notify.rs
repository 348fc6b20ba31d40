//! What systemd is told of a relay that runs as its service. Without systemd nobody hears it.
//! [sd_notify(3)](https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html)

#[cfg(target_os = "linux")]
use sd_notify::NotifyState;

/// Microseconds for which systemd waits after each word of [`leaving`], whatever the unit's `TimeoutStopSec` is: as long as
/// a beat and all goodbyes take, and some more.
#[cfg(target_os = "linux")]
const MORE_TIME: u32 = 20_000_000;

/// It's at work, after its start or after [`reloading`]. `status` says how, in a line for people.
pub fn ready(status: &str) {
    #[cfg(target_os = "linux")]
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
    #[cfg(not(target_os = "linux"))]
    let _ = status;
}

/// It reads its configuration again. [`ready`] has to follow.
pub fn reloading() {
    #[cfg(target_os = "linux")]
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(cause) => tracing::debug!(%cause, "the time since boot isn't known"),
    }
}

/// It's being stopped. [`leaving`] has to follow as long as that takes.
pub fn stopping() {
    #[cfg(target_os = "linux")]
    tell(&[NotifyState::Stopping, NotifyState::ExtendTimeoutUsec(MORE_TIME)]);
}

/// Its task is alive, and needs some time more until all circuits are over. `status` is as for [`ready`].
pub fn leaving(status: &str) {
    #[cfg(target_os = "linux")]
    {
        let status = format!("waiting for circuits to end: {status}");
        let more_time = NotifyState::ExtendTimeoutUsec(MORE_TIME);
        tell(&[NotifyState::Watchdog, more_time, NotifyState::Status(&status)]);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = status;
}

/// Its task is alive: for the unit's `WatchdogSec`. `status` is as for [`ready`].
pub fn alive(status: &str) {
    #[cfg(target_os = "linux")]
    tell(&[NotifyState::Watchdog, NotifyState::Status(status)]);
    #[cfg(not(target_os = "linux"))]
    let _ = status;
}

#[cfg(target_os = "linux")]
fn tell(states: &[NotifyState<'_>]) {
    if let Err(cause) = sd_notify::notify(states) {
        tracing::debug!(%cause, "systemd can't be told");
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::net::UnixDatagram;
    use std::process::Command;
    use std::time::Duration;

    use super::*;

    /// Set where the test runs as a process of its own that tells: the socket is named in the environment.
    const TELLER: &str = "VECINO_TEST_TELLER";

    #[test]
    fn what_is_told_arrives() {
        if std::env::var_os(TELLER).is_some() {
            return tell_all();
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let program = std::env::current_exe().unwrap();
        let mut teller = Command::new(program);
        teller.args(["--exact", "relay::notify::tests::what_is_told_arrives"]);
        teller.env(TELLER, "1").env("NOTIFY_SOCKET", &path);
        assert!(teller.output().unwrap().status.success());
        let told = || {
            let mut bytes = [0; 256];
            let length = socket.recv(&mut bytes).unwrap();
            String::from_utf8(bytes[..length].to_vec()).unwrap()
        };
        assert_eq!(told(), "READY=1\nSTATUS=nobody yet\n");
        let reloading = told();
        let since_boot = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
        assert!(since_boot.trim().parse::<u64>().unwrap() > 0);
        assert_eq!(told(), "READY=1\nSTATUS=again\n");
        assert_eq!(told(), "WATCHDOG=1\nSTATUS=3 members\n");
        assert_eq!(told(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=20000000\n");
        let leaving = "WATCHDOG=1\nEXTEND_TIMEOUT_USEC=20000000\nSTATUS=waiting for circuits to end: 2 circuits\n";
        assert_eq!(told(), leaving);
    }

    fn tell_all() {
        ready("nobody yet");
        reloading();
        ready("again");
        alive("3 members");
        stopping();
        leaving("2 circuits");
    }
}
