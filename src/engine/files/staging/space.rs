//! What a disk has room for and keeps besides bytes and names.

use std::fs::{File, FileTimes};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use cap_std::fs::Dir;

/// Bytes that this user may still write there. `None`: the system doesn't tell.
#[cfg(unix)]
pub(in super::super) fn free_bytes(folder: &Path) -> Option<u64> {
    let room = rustix::fs::statvfs(folder).ok()?;
    Some(room.f_bavail.saturating_mul(room.f_frsize))
}

#[cfg(not(unix))]
pub(in super::super) fn free_bytes(_: &Path) -> Option<u64> {
    None
}

/// Gives a received file its modification time, and leave to be executed by those who may read it. Where the system
/// knows no such leave, that part is nothing.
pub(in super::super) fn set_attributes(file: &File, modified: SystemTime, executable: bool) -> io::Result<()> {
    if executable {
        make_executable(file)?;
    }
    file.set_times(FileTimes::new().set_modified(modified))
}

#[cfg(unix)]
fn make_executable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = file.metadata()?.permissions();
    let readable = permissions.mode() & 0o444;
    permissions.set_mode(permissions.mode() | readable >> 2);
    file.set_permissions(permissions)
}

#[cfg(not(unix))]
fn make_executable(_: &File) -> io::Result<()> {
    Ok(())
}

/// Makes everything beneath `root` durable; names alone where the system has no call for all at once.
#[cfg(target_os = "linux")]
pub(super) fn sync_all(root: &Dir) -> io::Result<()> {
    Ok(rustix::fs::syncfs(root.open(".")?)?)
}

#[cfg(all(unix, not(target_os = "linux")))]
pub(super) fn sync_all(root: &Dir) -> io::Result<()> {
    for entry in root.entries()? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_all(&cap_fs_ext::DirExt::open_dir_nofollow(root, entry.file_name())?)?;
        }
    }
    sync_names(root)
}

/// The file system keeps a journal of names by itself, and folders can't be synced.
#[cfg(not(unix))]
pub(super) fn sync_all(_root: &Dir) -> io::Result<()> {
    Ok(())
}

/// Makes the names in a folder durable, as far as its file system can: some of a network can't.
#[cfg(unix)]
pub(super) fn sync_names(folder: &Dir) -> io::Result<()> {
    match folder.open(".")?.sync_all() {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        synced => synced,
    }
}

/// The file system keeps a journal of names by itself, and folders can't be synced.
#[cfg(not(unix))]
pub(super) fn sync_names(_folder: &Dir) -> io::Result<()> {
    Ok(())
}
