//! Where received files go, and whether there's room. Blocks; not for the engine's task.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use directories::UserDirs;

use super::staging::free_bytes;
use crate::engine::Error;

/// Room that is left on the disk for everything else.
const RESERVE: u64 = 1024 * 1024;

/// The folder for `size` bytes: `wanted`, made if there's none, or the person's downloads.
pub(super) fn choose(wanted: Option<PathBuf>, size: u64) -> Result<PathBuf, Error> {
    let folder = match wanted {
        Some(folder) => folder,
        None => downloads().ok_or_else(|| Error::File {
            path: PathBuf::from("downloads"),
            cause: "this user has no such folder; say where received files go".to_owned(),
        })?,
    };
    let failed = |error: io::Error| Error::File { path: folder.clone(), cause: error.to_string() };
    let folder = std::path::absolute(&folder).map_err(failed)?;
    fs::create_dir_all(&folder).map_err(failed)?;
    match free_bytes(&folder) {
        Some(free) if free < size.saturating_add(RESERVE) => {
            Err(Error::File { path: folder, cause: format!("not enough room: it has {size} bytes, {free} are free") })
        }
        _ => Ok(folder),
    }
}

fn downloads() -> Option<PathBuf> {
    let dirs = UserDirs::new()?;
    Some(dirs.download_dir().map_or_else(|| dirs.home_dir().join("Downloads"), Path::to_owned))
}

/// Whether `size` more bytes have room there. Where the system doesn't tell it's tried, if there is such a folder: the disk
/// that it was on may be gone.
pub(super) fn has_room(folder: &Path, size: u64) -> bool {
    match free_bytes(folder) {
        Some(free) => free >= size.saturating_add(RESERVE),
        None => folder.is_dir(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_has_no_room() {
        let dir = tempfile::tempdir().unwrap();
        assert!(has_room(dir.path(), 1));
        assert!(!has_room(dir.path(), u64::MAX));
        assert!(!has_room(&dir.path().join("unplugged"), 1));
    }
}
