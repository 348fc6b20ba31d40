//! Manifests on disk: written once by whoever offers, read an entry at a time. Blocks; not for the engine's task.
//!
//! Whatever the length of a manifest, a piece of it is in memory, and the names of its items.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use thiserror::Error;

use crate::protocol::wire::WireError;
use crate::protocol::wire::manifest::{Entry, EntryKind, MAX_ENTRIES, MAX_ITEMS, MAX_MANIFEST_BYTES, MAX_SIZE};

/// Bytes that are read at a time.
const READ_BYTES: u64 = 64 * 1024;

/// What a manifest comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Summary {
    /// Entries in all.
    pub entries: u64,
    /// Those of them that are items of the offer.
    pub items: u64,
    /// Those of them that are files.
    pub files: u64,
    /// Those of them that are folders.
    pub folders: u64,
    /// Bytes of all files together.
    pub size: u64,
    /// Units of all files together.
    pub units: u64,
    /// Bytes of the manifest itself.
    pub length: u64,
}

/// Why an entry can't stand where it does in a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum Misfit {
    /// More entries than [`MAX_ENTRIES`], or more bytes of them than [`MAX_MANIFEST_BYTES`].
    #[error("these are more files and folders than can be offered at once (at most {MAX_ENTRIES})")]
    Entries,
    /// More items than [`MAX_ITEMS`].
    #[error("at most {MAX_ITEMS} files and folders can be picked at once; offer a folder that holds them")]
    Items,
    /// Files of more than [`MAX_SIZE`] bytes together.
    #[error("the files are too large together")]
    Size,
    /// It isn't in the item before it.
    #[error("an entry is in no folder of the offer")]
    Stray,
    /// An item before it has its name.
    #[error("two items have the same name")]
    Twin,
}

/// Adds a manifest's entries up, and holds them to what is true of all of them together.
#[derive(Default)]
struct Tally {
    summary: Summary,
    items: HashSet<Vec<u8>>,
    /// The item that came last, where it's a folder.
    folder: Option<Vec<u8>>,
}

impl Tally {
    /// Takes the next entry, of so many bytes. What is a misfit isn't counted.
    fn add(&mut self, entry: &Entry, bytes: u64) -> Result<(), Misfit> {
        let length = self.summary.length.saturating_add(bytes);
        if self.summary.entries >= MAX_ENTRIES || length > MAX_MANIFEST_BYTES {
            return Err(Misfit::Entries);
        }
        let size = self.summary.size.saturating_add(entry.size());
        if size > MAX_SIZE {
            return Err(Misfit::Size);
        }
        self.place(entry)?;
        let summary = &mut self.summary;
        (summary.length, summary.size) = (length, size);
        summary.entries += 1;
        match entry.kind {
            EntryKind::Folder { .. } => summary.folders += 1,
            EntryKind::File { .. } => summary.files += 1,
        }
        // Bounded by size and number of the files.
        summary.units = summary.units.saturating_add(entry.units());
        Ok(())
    }

    /// Finds the item of an entry: itself, or the folder that came last.
    fn place(&mut self, entry: &Entry) -> Result<(), Misfit> {
        match entry.path.as_slice() {
            [item] if self.items.contains(item) => return Err(Misfit::Twin),
            [_] if self.items.len() >= MAX_ITEMS => return Err(Misfit::Items),
            [item] => {
                self.items.insert(item.clone());
                self.folder = matches!(entry.kind, EntryKind::Folder { .. }).then(|| item.clone());
            }
            path if path.first() != self.folder.as_ref() => return Err(Misfit::Stray),
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Summary {
        Summary { items: self.items.len() as u64, ..self.summary }
    }
}

/// Why an entry wasn't written.
#[derive(Debug, Error)]
pub(super) enum WriteError {
    /// No manifest can have it; the next one may be written.
    #[error(transparent)]
    Entry(#[from] WireError),
    /// It doesn't go with those before it; the next one may be written.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// The disk refuses.
    #[error(transparent)]
    Disk(#[from] io::Error),
}

/// Writes a manifest, which is there under its name once it's whole.
pub(super) struct Writer {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
    tally: Tally,
}

impl Writer {
    /// Begins the manifest at `path`, in a folder that is there. Only the user may read it.
    pub fn create(path: &Path) -> io::Result<Self> {
        let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        let file = BufWriter::new(NamedTempFile::new_in(folder)?);
        Ok(Self { file, path: path.to_owned(), tally: Tally::default() })
    }

    /// Where it is until it's whole.
    pub fn temporary(&self) -> &Path {
        self.file.get_ref().path()
    }

    /// Appends an entry.
    pub fn add(&mut self, entry: &Entry) -> Result<(), WriteError> {
        let bytes = entry.encode()?;
        self.tally.add(entry, bytes.len() as u64)?;
        Ok(self.file.write_all(&bytes)?)
    }

    /// Makes it durable and gives it its name.
    pub fn finish(self) -> io::Result<Summary> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        // Windows has no such call for folders, and needs none.
        if let Some(folder) = self.path.parent().filter(|_| cfg!(unix)) {
            File::open(folder)?.sync_all()?;
        }
        Ok(self.tally.finish())
    }
}

/// Reads a manifest from any of its entries on. What doesn't decode is [`io::ErrorKind::InvalidData`].
pub(super) struct Reader {
    file: File,
    buffer: Vec<u8>,
    /// Bytes of the buffer that were taken.
    taken: usize,
    /// Where in the file the rest of the buffer begins.
    at: u64,
}

impl Reader {
    /// Opens the manifest at `path`, to be read from the entry at byte `at` on.
    pub fn open(path: &Path, at: u64) -> io::Result<Self> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(at))?;
        Ok(Self { file, buffer: Vec::new(), taken: 0, at })
    }

    /// The next entry, and the byte that it begins at. `None`: that was the last.
    pub fn next(&mut self) -> io::Result<Option<(u64, Entry)>> {
        let (entry, length) = loop {
            if let Some(decoded) = Entry::decode(self.rest()).map_err(damaged)? {
                break decoded;
            }
            if self.fill()? == 0 {
                return if self.rest().is_empty() {
                    Ok(None)
                } else {
                    Err(damaged("it ends in the middle of an entry"))
                };
            }
        };
        let at = self.at;
        self.taken += length;
        self.at += length as u64;
        Ok(Some((at, entry)))
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.taken..).unwrap_or_default()
    }

    fn fill(&mut self) -> io::Result<usize> {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        (&mut self.file).take(READ_BYTES).read_to_end(&mut self.buffer)
    }
}

/// Reads a whole manifest, and holds it to everything that is true of one. What breaks a rule is
/// [`io::ErrorKind::InvalidData`].
pub(super) fn examine(path: &Path) -> io::Result<Summary> {
    let mut reader = Reader::open(path, 0)?;
    let mut tally = Tally::default();
    while let Some((at, entry)) = reader.next()? {
        tally.add(&entry, reader.at - at).map_err(damaged)?;
    }
    Ok(tally.finish())
}

fn damaged(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests;
