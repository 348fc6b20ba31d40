//! A file that is written unit by unit, by several threads.

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex};

use super::entry::FileEntry;
use super::positioned::write_at;
use super::{Pull, lock};
use crate::protocol::wire::manifest::UNIT;

/// A file being written. It's open while a piece of it is under way.
#[derive(Debug)]
pub(super) struct Large {
    file: File,
    /// Held by whoever writes: the system lets one at a time write to a file, and others spin meanwhile.
    writing: Mutex<()>,
}

impl Large {
    pub(super) fn write(&self, unit: u64, bytes: &[u8]) -> io::Result<()> {
        let _turn = lock(&self.writing);
        write_at(&self.file, bytes, unit * UNIT)
    }
}

impl Pull {
    /// The file, open to be written, as the threads that write it share it.
    pub(super) fn open_large(&self, file: &FileEntry) -> io::Result<Arc<Large>> {
        let mut plan = self.plan();
        if let Some(large) = plan.large(file) {
            return Ok(large);
        }
        let opened = match self.staging.open_file(file.first) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) => {
                // What was in it is gone with it.
                self.strike_out_all(file)?;
                self.staging.create_file(file.first)?
            }
            opened => opened?,
        };
        let large = Arc::new(Large { file: opened, writing: Mutex::default() });
        plan.opened(file, &large);
        Ok(large)
    }
}
