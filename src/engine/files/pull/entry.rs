//! A file of an offer, as it's received.

use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::places::Places;
use super::there::Candidate;
use crate::model::FileName;
use crate::protocol::wire::manifest::UNIT;
use crate::protocol::wire::manifest::{Entry, EntryKind};

/// Bytes of a unit of a file of `size` bytes.
pub(super) fn length(size: u64, unit: u64) -> u64 {
    size.saturating_sub(unit.saturating_mul(UNIT)).min(UNIT)
}

/// The names that an entry has here, from its item on.
pub(super) fn safe_path(entry: &Entry) -> Vec<FileName> {
    entry.path.iter().map(|name| FileName::safe_bytes(name)).collect()
}

/// A time of a manifest.
pub(super) fn time(nanos: i64) -> SystemTime {
    let distance = Duration::from_nanos(nanos.unsigned_abs());
    let time = if nanos < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    time.unwrap_or(UNIX_EPOCH)
}

/// Whether it's not the disk that refuses, but a file for which there's no place: a file stands where one of its folders
/// should, a link, or its name is too long here.
pub(super) fn has_no_place(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidFilename, InvalidInput, IsADirectory, NotADirectory};
    matches!(error.kind(), InvalidFilename | InvalidInput | IsADirectory | NotADirectory)
}

/// A file of an offer.
#[derive(Debug)]
pub(super) struct FileEntry {
    /// Where its entry begins in the manifest.
    pub(super) at: u64,
    /// Its first unit, counted over the whole transfer.
    pub(super) first: u64,
    /// The names of the folders that it's in, from its item on.
    pub(super) parent: Vec<FileName>,
    /// The name that it's to have.
    pub(super) name: FileName,
    pub(super) size: u64,
    pub(super) modified: SystemTime,
    pub(super) executable: bool,
    pub(super) units: u64,
    /// A file that lies where this one would go, and may be the same.
    pub(super) candidate: Option<Candidate>,
}

impl FileEntry {
    /// The file of an entry, or the path of a folder.
    pub(super) fn new(entry: &Entry, at: u64, first: u64) -> Result<Self, (Vec<FileName>, SystemTime)> {
        let mut parent = safe_path(entry);
        match (entry.kind, parent.pop()) {
            (EntryKind::File { size, modified, executable }, Some(name)) => {
                let (modified, units) = (time(modified), entry.units());
                Ok(Self { at, first, parent, name, size, modified, executable, units, candidate: None })
            }
            (EntryKind::Folder { modified } | EntryKind::File { modified, .. }, name) => {
                parent.extend(name);
                Err((parent, time(modified)))
            }
        }
    }

    /// The item that it belongs to.
    pub(super) fn item(&self) -> &FileName {
        self.parent.first().unwrap_or(&self.name)
    }

    /// Whether it's written unit by unit.
    pub(super) const fn is_large(&self) -> bool {
        self.units > 1
    }

    /// Bytes of one of its units.
    pub(super) fn length(&self, unit: u64) -> u64 {
        length(self.size, unit)
    }

    /// Its units, counted over the whole transfer.
    pub(super) const fn all_units(&self) -> Range<u64> {
        self.first..self.first + self.units
    }

    /// Bytes of its name and those of its folders.
    pub(super) fn name_bytes(&self) -> usize {
        self.parent.iter().chain([&self.name]).map(|name| name.as_str().len()).sum()
    }

    /// Its name for a person, after those of its folders.
    pub(super) fn shown(&self) -> String {
        let names: Vec<&str> = self.parent.iter().chain([&self.name]).map(FileName::as_str).collect();
        names.join("/")
    }

    /// Where it is, or would be.
    pub(super) fn place(&self, places: &Places) -> PathBuf {
        places.path(self.parent.iter().chain([&self.name]))
    }
}
