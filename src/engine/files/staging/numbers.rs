//! Which numbers the names that were taken have got.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;

use super::folders::{MAX_NUMBER, first_free_number, or_taken};
use crate::model::FileName;

/// Most names of which that is remembered.
const MAX_NAMES: usize = 1 << 16;

/// The last number given to each name that was taken, so that thousands of files that all get one name don't each try
/// thousands.
#[derive(Default)]
pub(in super::super) struct Numbers {
    /// By a digest of folder and name: two of one digest have a gap in their numbers, and nothing worse.
    last: HashMap<u64, u32>,
}

impl Numbers {
    /// Tries `name` and its numbered kin in the folder `path` until one isn't taken.
    ///
    /// # Errors
    /// `AlreadyExists` where all of them are.
    pub(super) fn first_free<T>(
        &mut self,
        path: &[FileName],
        name: &FileName,
        mut take: impl FnMut(&FileName) -> io::Result<T>,
    ) -> io::Result<T> {
        if let Some(taken) = or_taken(take(name))? {
            return Ok(taken);
        }
        let key = digest(path, name);
        let next = self.last.get(&key).map_or(2, |last| last.saturating_add(1));
        let found = first_free_number(name, next, &mut take);
        if self.last.len() >= MAX_NAMES {
            self.last.clear();
        }
        self.last.insert(key, found.as_ref().map_or(MAX_NUMBER, |(number, _)| *number));
        found.map(|(_, taken)| taken)
    }
}

fn digest(path: &[FileName], name: &FileName) -> u64 {
    let mut hasher = DefaultHasher::new();
    // In lower case: file systems that know no case have them clash.
    (path, name.as_str().to_lowercase()).hash(&mut hasher);
    hasher.finish()
}
