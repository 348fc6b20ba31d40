//! The local socket by which a command reaches the node that runs on its profile.
//!
//! One JSON document a line, over a Unix domain socket or a Windows named pipe that only the owner of the profile can
//! open; `docs/cli.md` describes it for scripts. A request is one [`Request`], answered by [`dispatch`], which a
//! command that runs a node of its own calls as well: so a command does the same whichever node it acts through.
//!
//! This module knows the engine's [`Handle`](crate::engine::Handle) and nothing below it.

mod client;
mod connection;
mod lines;
mod place;
mod record;
mod request;
mod request_error;
mod server;
#[cfg(test)]
#[cfg(unix)]
mod tests;
mod wire;

use std::io;
use std::path::PathBuf;

use thiserror::Error;

pub use client::{Client, Follow};
pub use record::{EventRecord, MessageRecord, Records};
pub use request::{InviteLink, MAX_HISTORY_PAGE, MAX_TIMEOUT, Request, dispatch};
pub use request_error::{Kind, RequestError};
pub use server::{Connections, Server, Window, serve};

/// The version of the protocol on the socket.
pub const VERSION: u32 = 1;

/// Why the socket couldn't be served, or a request not be brought to it.
#[derive(Debug, Error)]
pub enum Error {
    /// No node runs on the profile.
    #[error("no vecino is running on this profile")]
    NotRunning,
    /// The socket can't be made or reached.
    #[error("the control socket {}: {cause}", path.display())]
    Socket {
        /// Where it is.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A folder that should be this user's alone isn't.
    #[error("{} must be a folder that only you can open: remove it, or set its owner and mode (chmod 700)", .0.display())]
    Exposed(PathBuf),
    /// The node speaks another version of the protocol.
    #[error("the running vecino speaks version {theirs} of the control protocol, this one {VERSION}: restart it")]
    Version {
        /// Its version.
        theirs: u32,
    },
    /// The connection ended before the answer.
    #[error("the running vecino ended the connection")]
    Closed,
    /// What came is not the protocol.
    #[error("the running vecino answered with something that is no answer: {0}")]
    Garbled(String),
    /// A line was longer than its limit.
    #[error("a line on the control socket is too long")]
    TooLong,
    /// The connection broke.
    #[error("the connection to the running vecino broke: {0}")]
    Io(#[from] io::Error),
    /// The node refused what was asked.
    #[error(transparent)]
    Refused(#[from] RequestError),
}
