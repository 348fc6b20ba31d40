//! Looks at what is to be offered, and writes its manifest. Blocks; not for the engine's task.
//!
//! Memory is constant: folders are read as they're walked through, in the order in which the disk has them, and of what is
//! left out only the first are named.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf, Prefix};

use thiserror::Error;
use walkdir::{DirEntry, WalkDir};

use super::manifest::{Misfit, Summary, WriteError, Writer};
use super::sources::{Item, executable, modified, name_bytes};
use crate::model::{FileName, FileReason, Reason};
use crate::protocol::wire::manifest::{Entry, EntryKind, MAX_COMPONENTS, MAX_ITEMS};

/// Folders that are open at a time: one at each depth, so that the walk never has to read the rest of one into memory.
const MAX_OPEN: usize = MAX_COMPONENTS + 1;

/// How many of those left out are named.
pub(super) const MAX_NAMED: usize = 100;

/// What is to be offered, as it was found.
#[derive(Debug)]
pub(super) struct Scanned {
    /// The name of the first item.
    pub title: FileName,
    /// What the manifest comes to.
    pub summary: Summary,
    /// What was picked, without what was left out; never empty.
    pub items: Vec<Item>,
    /// What was left out.
    pub skipped: Skipped,
}

/// What isn't offered, though it was picked or is in what was picked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Skipped {
    /// How many. A folder counts once, without what is in it.
    pub count: u64,
    /// The first [`MAX_NAMED`] of them, each with why not.
    pub first: Vec<(PathBuf, Reason)>,
}

/// Why nothing can be offered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum ScanError {
    /// Nothing was picked.
    #[error("there is nothing to offer")]
    Empty,
    /// All that was picked had to be left out; this is the first of it.
    #[error("{} {reason}", path.display())]
    Nothing {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: Reason,
    },
    /// Something that was picked isn't there or can't be read.
    #[error("{}: {cause}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: Reason,
    },
    /// The root of a file system, which has no name to offer it by.
    #[error("{} has no name; pick the folders in it instead", .0.display())]
    Nameless(PathBuf),
    /// More than an offer can hold.
    #[error(transparent)]
    TooMuch(#[from] Misfit),
    /// The disk refuses the manifest.
    #[error("the list of what is offered can't be kept: {0}")]
    Manifest(Reason),
}

/// Walks through `paths` and writes their manifest to `manifest`, in a folder that is there. Links in folders aren't
/// followed; one that was picked stands for what it leads to. What is picked twice is offered once.
pub(super) fn scan(paths: &[PathBuf], manifest: &Path) -> Result<Scanned, ScanError> {
    if paths.len() > MAX_ITEMS {
        return Err(Misfit::Items.into());
    }
    let mut scan = Scan::begin(manifest).map_err(refused)?;
    for path in paths {
        scan.pick(path)?;
    }
    scan.finish()
}

struct Scan {
    writer: Writer,
    /// The manifest's own file, before and after it has its name.
    own: [PathBuf; 2],
    items: Vec<Item>,
    /// Names that are taken, each with the number that the last of its kin was given.
    names: HashMap<Vec<u8>, u32>,
    sources: HashSet<PathBuf>,
    skipped: Skipped,
}

impl Scan {
    fn begin(manifest: &Path) -> io::Result<Self> {
        let writer = Writer::create(manifest)?;
        let temporary = fs::canonicalize(writer.temporary())?;
        let own = [temporary.with_file_name(manifest.file_name().unwrap_or_default()), temporary];
        Ok(Self {
            writer,
            own,
            items: Vec::new(),
            names: HashMap::new(),
            sources: HashSet::new(),
            skipped: Skipped::default(),
        })
    }

    fn pick(&mut self, path: &Path) -> Result<(), ScanError> {
        let failed = |error: io::Error| ScanError::Unreadable { path: path.to_owned(), cause: error.into() };
        let source = fs::canonicalize(path).map_err(failed)?;
        if !self.sources.insert(source.clone()) {
            return Ok(());
        }
        let name = name_of(path, &source).ok_or_else(|| ScanError::Nameless(path.to_owned()))?;
        let Some(name) = name_bytes(&name) else {
            self.skip(path, FileReason::NameNotText.into());
            return Ok(());
        };
        let item = Item { name: self.free_name(name), source };
        if self.walk(&item)? {
            self.items.push(item);
        }
        Ok(())
    }

    /// `name`, or where another item has it the next one like it. Only then is it made safe, which the receiver does
    /// anyway: a number has to go before the ending, and to fit.
    fn free_name(&mut self, name: Vec<u8>) -> Vec<u8> {
        let Some(mut number) = self.names.get(&name).copied() else {
            self.names.insert(name.clone(), 1);
            return name;
        };
        let safe = FileName::safe(&String::from_utf8_lossy(&name));
        let free = loop {
            number += 1;
            let numbered = safe.numbered(number).as_str().as_bytes().to_vec();
            if !self.names.contains_key(&numbered) {
                break numbered;
            }
        };
        self.names.insert(name, number);
        self.names.insert(free.clone(), 1);
        free
    }

    /// Writes an item's entries. `false`: there is nothing of it to offer.
    fn walk(&mut self, item: &Item) -> Result<bool, ScanError> {
        let mut walk =
            WalkDir::new(&item.source).follow_links(false).follow_root_links(false).max_open(MAX_OPEN).into_iter();
        let mut any = false;
        while let Some(found) = walk.next() {
            match found {
                Ok(found) if self.visit(item, &found)? => any = true,
                Ok(found) if found.file_type().is_dir() => walk.skip_current_dir(),
                Ok(_) => {}
                Err(error) => self.stumble(item, &error)?,
            }
        }
        Ok(any)
    }

    /// Notes that the walk couldn't go on somewhere. It doesn't always say where: then the item is named for it.
    fn stumble(&mut self, item: &Item, error: &walkdir::Error) -> Result<(), ScanError> {
        let cause = Box::new(error.io_error().map_or_else(|| Reason::from(error.to_string()), Reason::from));
        match error.path() {
            Some(path) => self.leave_out(item, path, Reason::Unreadable(cause)),
            None => {
                self.skip(&item.source, Reason::Unreadable(cause));
                Ok(())
            }
        }
    }

    /// Writes the entry of what the walk found. `false`: it's left out, with all that is in it.
    fn visit(&mut self, item: &Item, found: &DirEntry) -> Result<bool, ScanError> {
        if self.own.iter().any(|own| own == found.path()) {
            return Ok(false);
        }
        let reason = match look(item, found) {
            Ok(entry) => match self.writer.add(&entry) {
                Ok(()) => return Ok(true),
                Err(WriteError::Entry(_)) => FileReason::NameTooLong.into(),
                Err(WriteError::Misfit(misfit)) => return Err(misfit.into()),
                Err(WriteError::Disk(error)) => return Err(refused(error)),
            },
            Err(reason) => reason,
        };
        self.leave_out(item, found.path(), reason)?;
        Ok(false)
    }

    /// Skips something in an item. Where it's the item itself that can't be read, whoever picked it should know at once.
    fn leave_out(&mut self, item: &Item, path: &Path, reason: Reason) -> Result<(), ScanError> {
        match reason {
            Reason::Unreadable(cause) if path == item.source => {
                Err(ScanError::Unreadable { path: path.to_owned(), cause: *cause })
            }
            reason => {
                self.skip(path, reason);
                Ok(())
            }
        }
    }

    fn skip(&mut self, path: &Path, reason: Reason) {
        self.skipped.count += 1;
        if self.skipped.first.len() < MAX_NAMED {
            self.skipped.first.push((path.to_owned(), reason));
        }
    }

    fn finish(self) -> Result<Scanned, ScanError> {
        let Some(first) = self.items.first() else {
            let skipped = self.skipped.first.into_iter().next();
            return Err(skipped.map_or(ScanError::Empty, |(path, reason)| ScanError::Nothing { path, reason }));
        };
        let title = FileName::safe(&String::from_utf8_lossy(&first.name));
        let summary = self.writer.finish().map_err(refused)?;
        Ok(Scanned { title, summary, items: self.items, skipped: self.skipped })
    }
}

fn refused(error: io::Error) -> ScanError {
    ScanError::Manifest(error.into())
}

/// What an item is called: as it was picked, or where that says nothing (`..`) as it's called where it lies. A drive has
/// its letter. `None`: it's the root of a file system.
fn name_of(picked: &Path, source: &Path) -> Option<OsString> {
    if let Some(name) = picked.file_name().or_else(|| source.file_name()) {
        return Some(name.to_owned());
    }
    let Some(Component::Prefix(prefix)) = source.components().next() else { return None };
    match prefix.kind() {
        Prefix::Disk(letter) | Prefix::VerbatimDisk(letter) => Some(char::from(letter).to_string().into()),
        _ => None,
    }
}

/// The entry of what the walk found.
fn look(item: &Item, found: &DirEntry) -> Result<Entry, Reason> {
    let unreadable = |error: io::Error| Reason::Unreadable(Box::new(error.into()));
    let metadata = found.metadata().map_err(|error| unreadable(error.into()))?;
    if metadata.is_symlink() {
        return Err(FileReason::Link.into());
    }
    if !metadata.is_file() && !metadata.is_dir() {
        return Err(FileReason::Special.into());
    }
    if found.depth() >= MAX_COMPONENTS {
        return Err(Reason::TooDeep(MAX_COMPONENTS as u64));
    }
    check_readable(found.path(), &metadata).map_err(unreadable)?;
    let beneath = found.path().strip_prefix(&item.source).unwrap_or(Path::new(""));
    let mut path = vec![item.name.clone()];
    for name in beneath {
        path.push(name_bytes(name).ok_or(FileReason::NameNotText)?);
    }
    Ok(Entry { path, kind: kind(&metadata) })
}

fn kind(metadata: &Metadata) -> EntryKind {
    let modified = modified(metadata);
    if metadata.is_dir() {
        EntryKind::Folder { modified }
    } else {
        EntryKind::File { size: metadata.len(), modified, executable: executable(metadata) }
    }
}

/// Whether this user may read it, by its mode: it isn't opened.
#[cfg(unix)]
fn check_readable(path: &Path, metadata: &Metadata) -> io::Result<()> {
    use rustix::fs::{Access, access};
    let wanted = if metadata.is_dir() { Access::READ_OK | Access::EXEC_OK } else { Access::READ_OK };
    Ok(access(path, wanted)?)
}

/// Elsewhere only opening tells.
#[cfg(not(unix))]
fn check_readable(_: &Path, _: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
