//! When all has come, everything moves from its number to its name.
//!
//! That it has begun is kept on the disk first. Before, a recorded file without its number is lost, and fetched again; from
//! then on it has its name already. So each step may be the last one before a crash.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::entry::{FileEntry, has_no_place, safe_path, time};
use super::moved::gone_is_fine;
use super::{Pull, keep_file};
use crate::engine::files::manifest::Reader;
use crate::engine::files::staging::Numbers;
use crate::model::{FileName, FileReason, Plain, Reason};
use crate::protocol::wire::manifest::EntryKind;

/// How far the giving of names is, as it's kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Naming {
    /// Files that couldn't be had.
    pub(super) lost: u64,
    /// What the first of them is called, and why.
    pub(super) why: Option<Reason>,
    /// Items that lay where they would go already: they get no names.
    pub(super) there: HashSet<String>,
    /// Whether everything has its name.
    pub(super) named: bool,
}

impl Naming {
    /// What is kept of it. `None`: it hasn't begun.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        match fs::read(path) {
            Ok(kept) => Ok(Some(serde_json::from_slice(&kept)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps it as it is, durably.
    pub(super) fn keep(&self, path: &Path) -> io::Result<()> {
        keep_file(path, &serde_json::to_vec(self)?)
    }

    /// Forgets it.
    pub(super) fn remove(path: &Path) -> io::Result<()> {
        gone_is_fine(fs::remove_file(path))
    }

    pub(super) fn is_there(&self, item: &FileName) -> bool {
        self.there.contains(item.as_str())
    }

    /// A file can't be had.
    fn loses(&mut self, file: &FileEntry, why: FileReason) {
        self.why.get_or_insert_with(|| Reason::file(file.shown(), why));
        self.lost += 1;
    }
}

/// What one pass over the files has met.
#[derive(Default)]
struct Pass {
    numbers: Numbers,
    /// Files that have their names.
    named: u64,
    /// Those of them that had them before.
    found: u64,
}

impl Pull {
    /// Gives everything its name in the offer's tree, and folders their times. `false`: it was told to stop.
    ///
    /// # Errors
    /// `NotFound` where somebody else has removed what had its name already.
    pub(super) fn give_names(&self, naming: &mut Naming) -> io::Result<bool> {
        let (mut reader, mut first, mut pass) = (Reader::open(&self.keep.manifest(), 0)?, 0, Pass::default());
        while let Some((at, entry)) = reader.next()? {
            if self.is_halted() {
                return Ok(false);
            }
            match FileEntry::new(&entry, at, first) {
                Ok(file) => self.give_name(&file, naming, &mut pass)?,
                Err((path, _)) if path.first().is_some_and(|item| naming.is_there(item)) => {}
                Err((path, _)) => unless_no_place(self.staging.folder(&path))?,
            }
            first += entry.units();
        }
        if pass.found > 0 && self.staging.count_named()? < pass.named {
            return Err(io::Error::new(io::ErrorKind::NotFound, Plain::SomeGone.words()));
        }
        self.set_folder_times(naming)?;
        Ok(true)
    }

    fn give_name(&self, file: &FileEntry, naming: &mut Naming, pass: &mut Pass) -> io::Result<()> {
        if naming.is_there(file.item()) || !self.has_come_whole(file) {
            return Ok(());
        }
        match self.staging.name_file(file.first, &file.parent, &file.name, &mut pass.numbers) {
            Ok(()) => pass.named += 1,
            // It lies where an earlier attempt has put it, or has its name since a former run.
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.places.landed(file.item()).is_some() => {}
            // It has its name since a former run.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                pass.named += 1;
                pass.found += 1;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists || has_no_place(&error) => {
                naming.loses(file, FileReason::NoPlace);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Folders have the times that they had at the sender's, now that nothing more is put into them.
    fn set_folder_times(&self, naming: &Naming) -> io::Result<()> {
        let mut reader = Reader::open(&self.keep.manifest(), 0)?;
        while let Some((_, entry)) = reader.next()? {
            let EntryKind::Folder { modified } = entry.kind else { continue };
            let path = safe_path(&entry);
            if !path.first().is_some_and(|item| naming.is_there(item)) {
                unless_no_place(self.staging.set_folder_time(&path, time(modified)))?;
            }
        }
        Ok(())
    }
}

/// Where a folder has no place, its files are said to have none.
fn unless_no_place(made: io::Result<()>) -> io::Result<()> {
    match made {
        Err(error) if !has_no_place(&error) && error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
