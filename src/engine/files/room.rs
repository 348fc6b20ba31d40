//! Where received files go, and whether there's room. Blocks; not for the engine's task.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use directories::UserDirs;

use super::staging::free_bytes;
use crate::engine::Error;
use crate::model::{Plain, Reason};

/// Bytes that a file or folder takes besides its content: a block of most file systems.
const ENTRY: u64 = 4096;

/// Room that is left on the disk for everything else.
const RESERVE: u64 = 1024 * 1024;

/// The folder for `size` bytes: `wanted`, made if there's none, or the person's downloads.
pub(super) fn choose(wanted: Option<PathBuf>, size: u64) -> Result<PathBuf, Error> {
    let folder = match wanted {
        Some(folder) => folder,
        None => downloads()
            .ok_or_else(|| Error::File { path: PathBuf::from("downloads"), cause: Plain::NoDownloads.into() })?,
    };
    let failed = |error: io::Error| Error::File { path: folder.clone(), cause: error.into() };
    let folder = std::path::absolute(&folder).map_err(failed)?;
    fs::create_dir_all(&folder).map_err(failed)?;
    match free_bytes(&folder) {
        Some(free) if free < size.saturating_add(RESERVE) => {
            Err(Error::File { path: folder, cause: Reason::NoRoom { needed: size, free } })
        }
        _ => Ok(folder),
    }
}

fn downloads() -> Option<PathBuf> {
    let dirs = UserDirs::new()?;
    Some(dirs.download_dir().map_or_else(|| dirs.home_dir().join("Downloads"), Path::to_owned))
}

/// Bytes that the rest of a transfer takes on a disk: of `size` bytes in so many files and folders `done` are there.
pub(super) fn needed(size: u64, done: u64, entries: u64) -> u64 {
    let left = size.saturating_sub(done);
    let share = if size == 0 { 1.0 } else { left as f64 / size as f64 };
    left.saturating_add((entries.saturating_mul(ENTRY) as f64 * share) as u64)
}

/// Whether a transfer that needs so many bytes may begin. Nothing more than is there needs nothing, and a folder that isn't
/// there is seen when it's opened.
pub(super) fn has_room_to_begin(folder: &Path, needed: u64) -> bool {
    needed == 0 || !folder.is_dir() || has_room(folder, needed)
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
    fn many_small_files_need_more_than_their_bytes() {
        assert_eq!(needed(0, 0, 10), 40_960);
        assert_eq!(needed(1_000, 0, 10), 41_960);
        assert_eq!(needed(1_000, 500, 10), 500 + 20_480);
        assert_eq!(needed(1_000, 1_000, 10), 0);
        assert_eq!(needed(u64::MAX, 0, u64::MAX), u64::MAX);
        let dir = tempfile::tempdir().unwrap();
        assert!(has_room_to_begin(dir.path(), 1) && !has_room_to_begin(dir.path(), u64::MAX));
        assert!(has_room_to_begin(&dir.path().join("unplugged"), u64::MAX));
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_room() {
        let dir = tempfile::tempdir().unwrap();
        assert!(has_room(dir.path(), 1));
        assert!(!has_room(dir.path(), u64::MAX));
        assert!(!has_room(&dir.path().join("unplugged"), 1));
    }
}
