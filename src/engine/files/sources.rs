//! Opens what was offered, where it lies: only what is in an offer's items, however the disk has changed since. Blocks; not
//! for the engine's task.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
#[cfg(unix)]
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

#[cfg(unix)]
use rustix::fs::{CWD, Mode, OFlags, openat};
#[cfg(unix)]
use rustix::io::retry_on_intr;

use crate::protocol::wire::manifest::Entry;

/// A file or folder that the person picked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// What it's called in the offer: the first component of the paths of its entries.
    pub name: Vec<u8>,
    /// Where it lies: absolute, and without links.
    pub source: PathBuf,
}

/// An offer's items, to be opened entry by entry.
pub(super) struct Sources {
    items: HashMap<Vec<u8>, PathBuf>,
    /// The folder that was opened last, with its path in the offer: the next file is probably in it.
    #[cfg(unix)]
    last: Option<(Vec<Vec<u8>>, OwnedFd)>,
}

impl Sources {
    /// What these items hold.
    pub fn new(items: Vec<Item>) -> Self {
        Self {
            items: items.into_iter().map(|item| (item.name, item.source)).collect(),
            #[cfg(unix)]
            last: None,
        }
    }

    /// Opens the file of `entry` for reading. No link is followed on the way from its item; what isn't a regular file any
    /// more is an error, and holds nothing up.
    pub fn open(&mut self, entry: &Entry) -> io::Result<File> {
        let file = match entry.path.split_last() {
            None => return Err(io::ErrorKind::InvalidInput.into()),
            Some((item, [])) => open_item(self.source(item)?)?,
            Some((name, folder)) => self.open_in(folder, name)?,
        };
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is not a file any more")) }
    }

    fn source(&self, item: &[u8]) -> io::Result<&Path> {
        self.items.get(item).map(PathBuf::as_path).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

#[cfg(unix)]
impl Sources {
    fn open_in(&mut self, folder: &[Vec<u8>], name: &[u8]) -> io::Result<File> {
        if let Some((path, handle)) = &self.last
            && path == folder
            && let Ok(file) = open_at(handle, name, FILE)
        {
            return Ok(file.into());
        }
        // The folder of that name may be another one by now.
        let handle = self.open_folder(folder)?;
        let file = open_at(&handle, name, FILE);
        self.last = Some((folder.to_vec(), handle));
        Ok(file?.into())
    }

    fn open_folder(&self, path: &[Vec<u8>]) -> io::Result<OwnedFd> {
        let (item, beneath) = path.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut handle = open_at(CWD, self.source(item)?, FOLDER)?;
        for name in beneath {
            handle = open_at(&handle, name.as_slice(), FOLDER)?;
        }
        Ok(handle)
    }
}

/// How a folder is opened.
#[cfg(unix)]
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY);

/// How a file is opened: a pipe in its place doesn't wait for a writer, a terminal doesn't become ours.
#[cfg(unix)]
const FILE: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

#[cfg(unix)]
fn open_at(folder: impl AsFd, name: impl rustix::path::Arg + Copy, how: OFlags) -> io::Result<OwnedFd> {
    let how = how | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(retry_on_intr(|| openat(&folder, name, how, Mode::empty()))?)
}

#[cfg(unix)]
fn open_item(source: &Path) -> io::Result<File> {
    Ok(open_at(CWD, source, FILE)?.into())
}

#[cfg(not(unix))]
impl Sources {
    fn open_in(&self, folder: &[Vec<u8>], name: &[u8]) -> io::Result<File> {
        let (item, beneath) = folder.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut path = self.source(item)?.to_owned();
        for name in beneath.iter().map(Vec::as_slice).chain([name]) {
            let name = Path::new(std::str::from_utf8(name).map_err(|_| io::ErrorKind::InvalidInput)?);
            // A drive or a separator would lead out of the item.
            if name.file_name() != Some(name.as_os_str()) {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            path.push(name);
        }
        File::open(path)
    }
}

#[cfg(not(unix))]
fn open_item(source: &Path) -> io::Result<File> {
    File::open(source)
}

/// The bytes of a name in an offer. `None`: it has none that mean the same elsewhere.
#[cfg(unix)]
pub(super) fn name_bytes(name: &OsStr) -> Option<Vec<u8>> {
    Some(std::os::unix::ffi::OsStrExt::as_bytes(name).to_vec())
}

#[cfg(not(unix))]
pub(super) fn name_bytes(name: &OsStr) -> Option<Vec<u8>> {
    name.to_str().map(|name| name.as_bytes().to_vec())
}

/// When it was modified last, in nanoseconds since 1970, within what 64 bits hold; 0 where the system doesn't tell.
pub(super) fn modified(metadata: &Metadata) -> i64 {
    let nanos = |duration: Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
    metadata.modified().map_or(0, |time| match time.duration_since(UNIX_EPOCH) {
        Ok(since) => nanos(since),
        Err(before) => -nanos(before.duration()),
    })
}

/// Whether anybody may run it as a program.
#[cfg(unix)]
pub(super) fn executable(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o111 != 0
}

/// Elsewhere that is no property of a file.
#[cfg(not(unix))]
pub(super) const fn executable(_: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests;
