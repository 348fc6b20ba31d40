//! A named pipe whose name is derived from the profile's path.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use interprocess::local_socket::tokio::{Listener, Stream, prelude::*};
use interprocess::local_socket::{GenericNamespaced, ListenerOptions, Name};
use interprocess::os::windows::local_socket::ListenerOptionsExt;
use interprocess::os::windows::security_descriptor::SecurityDescriptor;
use widestring::{U16CStr, u16cstr};

use super::hashed_name;
use crate::control::Error;

/// All rights for the pipe's owner, none for anyone else, nothing inherited.
/// [SDDL](https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format)
const OWNER_ONLY: &U16CStr = u16cstr!("D:P(A;;GA;;;OW)");

/// Opens the pipe of the profile in `dir`.
pub(in crate::control) fn listen(dir: &Path) -> Result<Listener, Error> {
    let options = || {
        let owner_only = SecurityDescriptor::deserialize(OWNER_ONLY)?;
        ListenerOptions::new().name(name(dir)?).security_descriptor(owner_only).create_tokio()
    };
    options().map_err(|cause| at(dir, cause))
}

/// Connects to the node that runs on the profile in `dir`.
pub(in crate::control) async fn connect(dir: &Path) -> Result<Stream, Error> {
    let name = name(dir).map_err(|cause| at(dir, cause))?;
    Stream::connect(name).await.map_err(|cause| match cause.kind() {
        ErrorKind::NotFound => Error::NotRunning,
        _ => at(dir, cause),
    })
}

fn pipe(dir: &Path) -> String {
    format!("vecino-{}", hashed_name(dir))
}

fn name(dir: &Path) -> io::Result<Name<'static>> {
    pipe(dir).to_ns_name::<GenericNamespaced>()
}

fn at(dir: &Path, cause: io::Error) -> Error {
    Error::Socket { path: PathBuf::from(pipe(dir)), cause }
}
