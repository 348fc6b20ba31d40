//! The data directory and the files in it: for their owner's eyes only, and written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use tracing::warn;

use super::StoreError;

/// Makes the folder `dir` if there's none, readable by its owner only. One that others may enter is closed to them.
pub fn create(dir: &Path) -> Result<(), StoreError> {
    make(dir).and_then(|()| own(dir)).map_err(|cause| StoreError::io(dir, cause))?;
    if is_shared(dir).map_err(|cause| StoreError::io(dir, cause))? {
        return Err(StoreError::SharedFolder(dir.to_owned()));
    }
    tighten(dir)
}

/// Replaces what is in the file at `path`, which only its owner may read from then on. Afterwards it's on the disk, name
/// and all; after a crash before that the file holds what it held.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let file = write_beside(path, bytes)?;
    file.persist(path).map_err(|error| StoreError::io(path, error.error))?;
    sync_folder_of(path)
}

/// The same, but never replaces a file: `false` where there's one already, which stays as it is.
pub(super) fn create_private(path: &Path, bytes: &[u8]) -> Result<bool, StoreError> {
    match write_beside(path, bytes)?.persist_noclobber(path) {
        Ok(_) => sync_folder_of(path).map(|()| true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(StoreError::io(path, error.error)),
    }
}

/// Closes the file or folder at `path` to everybody but its owner.
pub(super) fn tighten(path: &Path) -> Result<(), StoreError> {
    if close_to_others(path).map_err(|cause| StoreError::io(path, cause))? {
        warn!("a file or folder of the profile was open to other users of this computer; it's closed to them now");
    }
    Ok(())
}

fn write_beside(path: &Path, bytes: &[u8]) -> Result<NamedTempFile, StoreError> {
    let write = || {
        // A temporary file is readable by its owner only, on every platform.
        let mut file = tempfile::Builder::new().prefix(".vecino-").tempfile_in(folder_of(path))?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    write().map_err(|cause| StoreError::io(path, cause))
}

/// The folder that holds the file at `path`.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(dir) if dir != Path::new("") => dir.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Makes a rename durable. Windows has no such call for folders, and needs none.
fn sync_folder_of(path: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        let dir = folder_of(path);
        File::open(&dir).and_then(|dir| dir.sync_all()).map_err(|cause| StoreError::io(&dir, cause))?;
    }
    Ok(())
}

fn own(dir: &Path) -> io::Result<()> {
    if fs::metadata(dir)?.is_dir() { Ok(()) } else { Err(io::ErrorKind::NotADirectory.into()) }
}

#[cfg(unix)]
fn make(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(not(unix))]
fn make(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)
}

#[cfg(unix)]
fn is_shared(dir: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    const STICKY: u32 = 0o1000;
    Ok(fs::metadata(dir)?.permissions().mode() & STICKY != 0)
}

/// Elsewhere a profile lies in the user's own folders, which the platform closes to others.
#[cfg(not(unix))]
fn is_shared(_: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(unix)]
fn close_to_others(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    const OTHERS: u32 = 0o077;
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & OTHERS == 0 {
        return Ok(false);
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode & !OTHERS))?;
    Ok(true)
}

#[cfg(not(unix))]
fn close_to_others(_: &Path) -> io::Result<bool> {
    Ok(false)
}
