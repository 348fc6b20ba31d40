//! Where the items of an offer lie, or will: in the folder that they are for, under the names that an earlier attempt gave
//! them.
//!
//! What that attempt couldn't have is then brought there, and not to a second folder beside it.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::keep_file;
use crate::engine::files::staging::{Staging, Stamp};
use crate::model::FileName;

/// Where an item was moved to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Its name there.
    pub(super) name: FileName,
    /// Of a folder: what tells it from others of that name.
    pub(super) stamp: Option<Stamp>,
}

/// A place as it's kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    item: String,
    name: String,
    stamp: Option<Stamp>,
}

/// The places of all items.
#[derive(Debug, Default)]
pub(super) struct Places {
    folder: PathBuf,
    landed: HashMap<FileName, Place>,
}

impl Places {
    /// Those in `folder`, of an earlier attempt too where that is kept in `path`.
    pub(super) fn read(folder: &Path, path: &Path) -> io::Result<Self> {
        let kept: Vec<Kept> = match fs::read(path) {
            // Without them everything is made anew, beside what is there.
            Ok(kept) => serde_json::from_slice(&kept).unwrap_or_else(|error| {
                tracing::warn!(%error, "where an earlier attempt has put what it had can't be read");
                Vec::new()
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let place = |Kept { item, name, stamp }| (FileName::safe(&item), Place { name: FileName::safe(&name), stamp });
        Ok(Self { folder: folder.to_owned(), landed: kept.into_iter().map(place).collect() })
    }

    /// Forgets folders that aren't there any more, and those of other people's that have their names.
    pub(super) fn look(&mut self, staging: &Staging) {
        self.landed.retain(|_, place| place.stamp.is_none_or(|stamp| staging.has_out(&place.name, stamp)));
    }

    /// Where an earlier attempt has put an item.
    pub(super) fn landed(&self, item: &FileName) -> Option<&Place> {
        self.landed.get(item)
    }

    /// Where something of the offer is, or would be: its names, from its item on.
    pub(super) fn path<'a>(&self, names: impl IntoIterator<Item = &'a FileName>) -> PathBuf {
        let mut names = names.into_iter();
        let item = names.next().map(|item| match self.landed.get(item) {
            Some(place) => self.path_of(place),
            None => self.folder.join(item.as_str()),
        });
        names.fold(item.unwrap_or_else(|| self.folder.clone()), |path, name| path.join(name.as_str()))
    }

    /// Where a place is.
    pub(super) fn path_of(&self, place: &Place) -> PathBuf {
        self.folder.join(place.name.as_str())
    }

    /// Keeps them for another attempt, with those that this one has `moved`.
    pub(super) fn keep<'a>(
        &'a self,
        path: &Path,
        moved: impl Iterator<Item = (&'a FileName, &'a Place)>,
    ) -> io::Result<()> {
        let mut all: HashMap<_, _> = self.landed.iter().collect();
        all.extend(moved);
        let kept = |(item, place): (&FileName, &Place)| Kept {
            item: item.as_str().to_owned(),
            name: place.name.as_str().to_owned(),
            stamp: place.stamp,
        };
        let all: Vec<Kept> = all.into_iter().map(kept).collect();
        if all.is_empty() { Ok(()) } else { keep_file(path, &serde_json::to_vec(&all)?) }
    }
}
