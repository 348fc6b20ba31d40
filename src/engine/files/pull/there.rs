//! What lies already where an offer's items would go.

use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use super::Pull;
use super::entry::FileEntry;
use super::places::Places;
use crate::engine::files::manifest::Reader;
use crate::model::FileName;

/// A file of the same name and size as one of the offer, that may be the same.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) path: PathBuf,
    modified: SystemTime,
}

impl Candidate {
    /// That of a file.
    fn of(file: &FileEntry, places: &Places) -> Option<Self> {
        let path = file.place(places);
        let found = fs::symlink_metadata(&path).ok()?;
        let same = found.is_file() && found.len() == file.size;
        same.then_some(Self { path, modified: found.modified().ok()? })
    }

    fn digest(&self, file: &FileEntry) -> u64 {
        let mut hasher = DefaultHasher::new();
        (file.first, self.modified).hash(&mut hasher);
        hasher.finish()
    }
}

/// What is known of each item that was met: the sum of its candidates' digests while all of it may be there already, `None`
/// once something of it isn't. What nothing is known of isn't there.
#[derive(Default)]
pub(super) struct There {
    items: HashMap<FileName, Option<u64>>,
}

impl There {
    /// Something of an item has to be brought.
    pub(super) fn lacks(&mut self, item: &FileName) {
        match self.items.get_mut(item) {
            Some(sum) => *sum = None,
            None => drop(self.items.insert(item.clone(), None)),
        }
    }

    /// What was compared may have changed since, and is met again: none of it counts.
    pub(super) fn forget(&mut self) {
        self.items.values_mut().for_each(|sum| *sum = None);
    }

    fn found(&mut self, item: &FileName, digest: u64) {
        match self.items.get_mut(item) {
            Some(sum) => *sum = sum.map(|sum| sum.wrapping_add(digest)),
            None => drop(self.items.insert(item.clone(), Some(digest))),
        }
    }

    /// Looks for a file where one of the offer goes.
    pub(super) fn look_for_file(&mut self, file: &FileEntry, places: &Places) -> Option<Candidate> {
        let candidate = Candidate::of(file, places);
        match &candidate {
            Some(candidate) => self.found(file.item(), candidate.digest(file)),
            None => self.lacks(file.item()),
        }
        candidate
    }

    /// Looks for a folder where one of the offer goes.
    pub(super) fn look_for_folder(&mut self, path: &[FileName], places: &Places) {
        let there = places.path(path).is_dir();
        match path.first() {
            Some(item) if there => self.found(item, 0),
            Some(item) => self.lacks(item),
            None => {}
        }
    }

    fn whole(&self) -> HashMap<FileName, u64> {
        self.items.iter().filter_map(|(item, sum)| Some((item.clone(), (*sum)?))).collect()
    }
}

impl Pull {
    /// The items of which everything lies where it would go, as it was when it was compared.
    pub(super) fn items_there(&self) -> io::Result<Vec<FileName>> {
        let whole = self.plan().there.whole();
        if whole.is_empty() {
            return Ok(Vec::new());
        }
        let (mut reader, mut first, mut now) = (Reader::open(&self.keep.manifest(), 0)?, 0, There::default());
        while let Some((at, entry)) = reader.next()? {
            match FileEntry::new(&entry, at, first) {
                Ok(file) => drop(now.look_for_file(&file, &self.places)),
                Err((path, _)) => now.look_for_folder(&path, &self.places),
            }
            first += entry.units();
        }
        let now = now.whole();
        Ok(whole.into_iter().filter(|(item, sum)| now.get(item) == Some(sum)).map(|(item, _)| item).collect())
    }
}
