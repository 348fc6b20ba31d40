//! Where received files go: the folder, the part, the final name. Blocks; not for the engine's task.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use directories::UserDirs;

use crate::engine::Error;
use crate::model::{FileName, TransferId};

/// Names that are tried before giving up: `report.pdf`, `report (2).pdf`, …
const MAX_NUMBER: u32 = 9_999;

/// Room that is left on the disk for everything else.
const RESERVE: u64 = 16 * 1024 * 1024;

/// The folder for a file of `size` bytes: `wanted`, made if there's none, or the person's downloads.
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
    match free(&folder) {
        Some(free) if free < size.saturating_add(RESERVE) => Err(Error::File {
            path: folder,
            cause: format!("not enough room: the file has {size} bytes, {free} are free"),
        }),
        _ => Ok(folder),
    }
}

fn downloads() -> Option<PathBuf> {
    let dirs = UserDirs::new()?;
    Some(dirs.download_dir().map_or_else(|| dirs.home_dir().join("Downloads"), Path::to_owned))
}

/// Bytes that this user may still write there. `None`: the system doesn't tell.
#[cfg(unix)]
fn free(folder: &Path) -> Option<u64> {
    let room = rustix::fs::statvfs(folder).ok()?;
    Some(room.f_bavail.saturating_mul(room.f_frsize))
}

#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}

/// When a file was modified last, in nanoseconds since 1970; 0 where the system doesn't tell.
pub(super) fn modified(metadata: &Metadata) -> i64 {
    let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.and_then(|since| i64::try_from(since.as_nanos()).ok()).unwrap_or(0)
}

/// Opens the part of a transfer, the one begun before or a new one, and says where it is.
pub(super) fn open_part(
    folder: &Path,
    name: &FileName,
    id: TransferId,
    begun: Option<&Path>,
) -> io::Result<(File, PathBuf)> {
    if let Some(path) = begun
        && let Ok(file) = options().open(path)
        && file.metadata()?.is_file()
    {
        return Ok((file, path.to_owned()));
    }
    let name = FileName::safe(&format!("{name}.{}.part", id.short()));
    first_free(folder, &name, |path| options().create_new(true).open(path))
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    // A link that somebody planted isn't followed.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NOFOLLOW.bits() as i32);
    options
}

/// Gives a verified part its name, or the next free one like it. Nothing is ever replaced. The part stays beside it, as a
/// second name of the same file, for [`forget_part`]; done again after a crash, this finds the name that was given.
pub(super) fn finish(part: &Path, folder: &Path, name: &FileName) -> io::Result<PathBuf> {
    let ((), path) = first_free(folder, name, |path| match fs::hard_link(part, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && is_same(part, path) => Ok(()),
        Err(error) if is_without_links(&error) => rename_to_new(part, path),
        linked => linked,
    })?;
    #[cfg(unix)]
    if let Err(error) = File::open(folder).and_then(|folder| folder.sync_all()) {
        tracing::warn!(%error, "a received file's name may not survive a power cut");
    }
    Ok(path)
}

/// Removes a part that has its name.
pub(super) fn forget_part(part: &Path) {
    match fs::remove_file(part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, "a received file's part could not be removed");
        }
        _ => {}
    }
}

/// For a file system without links: an empty file of the name is made first, which nobody else can then have.
fn rename_to_new(part: &Path, path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?;
    fs::rename(part, path).inspect_err(|_| {
        let _ = fs::remove_file(path);
    })
}

fn is_without_links(error: &io::Error) -> bool {
    use io::ErrorKind::{CrossesDevices, PermissionDenied, TooManyLinks, Unsupported};
    matches!(error.kind(), CrossesDevices | PermissionDenied | TooManyLinks | Unsupported)
}

/// Whether two names are one file's.
#[cfg(unix)]
fn is_same(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let of = |path| fs::symlink_metadata(path).map(|metadata| (metadata.dev(), metadata.ino()));
    matches!((of(one), of(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(not(unix))]
fn is_same(_: &Path, _: &Path) -> bool {
    false
}

/// Tries `name` and its numbered kin until one isn't taken.
fn first_free<T>(folder: &Path, name: &FileName, take: impl Fn(&Path) -> io::Result<T>) -> io::Result<(T, PathBuf)> {
    let names = std::iter::once(name.clone()).chain((2..=MAX_NUMBER).map(|number| name.numbered(number)));
    for name in names {
        let path = folder.join(name.as_str());
        match take(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(taken) => return Ok((taken, path)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> TransferId {
        TransferId::from_bytes([7; 16])
    }

    #[test]
    fn a_finished_file_replaces_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let name = FileName::safe("plan.pdf");
        fs::write(dir.path().join("plan.pdf"), "mine").unwrap();
        fs::create_dir(dir.path().join("plan (2).pdf")).unwrap();
        let (_, part) = open_part(dir.path(), &name, id(), None).unwrap();
        fs::write(&part, "theirs").unwrap();
        let path = finish(&part, dir.path(), &name).unwrap();
        assert_eq!(path, dir.path().join("plan (3).pdf"));
        assert_eq!(fs::read_to_string(path).unwrap(), "theirs");
        assert_eq!(fs::read_to_string(dir.path().join("plan.pdf")).unwrap(), "mine");
        forget_part(&part);
        assert!(!part.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_was_given_before_a_crash_is_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let name = FileName::safe("plan.pdf");
        let (_, part) = open_part(dir.path(), &name, id(), None).unwrap();
        let path = finish(&part, dir.path(), &name).unwrap();
        assert_eq!(finish(&part, dir.path(), &name).unwrap(), path);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn without_links_a_rename_still_replaces_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (part, path) = (dir.path().join("part"), dir.path().join("plan.pdf"));
        fs::write(&path, "mine").unwrap();
        fs::write(&part, "theirs").unwrap();
        assert_eq!(rename_to_new(&part, &path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        fs::remove_file(&path).unwrap();
        rename_to_new(&part, &path).unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), "theirs");
    }

    #[test]
    fn a_part_is_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let name = FileName::safe("plan.pdf");
        let (_, part) = open_part(dir.path(), &name, id(), None).unwrap();
        fs::write(&part, "some").unwrap();
        let (file, again) = open_part(dir.path(), &name, id(), Some(&part)).unwrap();
        assert_eq!((again, file.metadata().unwrap().len()), (part.clone(), 4));
        let (_, other) = open_part(dir.path(), &name, id(), None).unwrap();
        assert_ne!(other, part);
    }

    #[cfg(unix)]
    #[test]
    fn a_planted_link_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let name = FileName::safe("plan.pdf");
        let victim = dir.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        let planted = dir.path().join(format!("plan.pdf.{}.part", id().short()));
        std::os::unix::fs::symlink(&victim, &planted).unwrap();
        for begun in [None, Some(planted.as_path())] {
            let (_, part) = open_part(dir.path(), &name, id(), begun).unwrap();
            assert_ne!(part, planted);
        }
        assert_eq!(fs::read_to_string(victim).unwrap(), "precious");
    }

    #[test]
    fn a_file_larger_than_the_disk_is_refused_before_it_begins() {
        let dir = tempfile::tempdir().unwrap();
        assert!(choose(Some(dir.path().join("new")), 1).is_ok());
        let error = choose(Some(dir.path().to_owned()), 1 << 62).unwrap_err();
        assert!(error.to_string().contains("not enough room"), "{error}");
    }
}
