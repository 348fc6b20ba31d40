//! Where the socket of a profile is, and that only the profile's owner can open it.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(super) use unix::{connect, listen};
#[cfg(windows)]
pub(super) use windows::{connect, listen};

use std::path::Path;

/// A name for what belongs to the profile in `dir`, the same however the path was written.
fn hashed_name(dir: &Path) -> String {
    const DIGITS: usize = 16;
    let dir = std::fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
    let hash = blake3::hash(dir.as_os_str().as_encoded_bytes()).to_hex();
    hash.chars().take(DIGITS).collect()
}
