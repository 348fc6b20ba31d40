//! A session bus of a test's own.

use std::process::Command;
use std::time::Instant;

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;

use crate::screen::{self, until};
use crate::support::process::Process;

/// What has to be installed for it and a screen, with the Debian package of each.
pub const TOOLS: [(&str, &str); 3] = [screen::TOOLS[0], screen::TOOLS[1], ("dbus-daemon", "dbus-daemon")];

/// Starts one at `address`, and connects what `serve` makes of a connection to it.
pub fn start(
    address: &str,
    deadline: Instant,
    serve: impl Fn(Builder<'static>) -> zbus::Result<Builder<'static>>,
) -> (Process, Connection) {
    let mut command = Command::new("dbus-daemon");
    command.args(["--session", "--nofork", "--nopidfile", "--address", address]);
    let bus = Process::start("the session bus", command);
    let connection = until("session bus", deadline, || serve(Builder::address(address).ok()?).ok()?.build().ok());
    (bus, connection)
}
