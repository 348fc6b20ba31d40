//! A file that is written unit by unit, by several threads, under another name until all of it is there.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::entry::FileEntry;
use super::plan::Plan;
use super::positioned::write_at;
use super::{Pull, lock};
use crate::engine::files::staging::set_attributes;
use crate::model::FileName;
use crate::protocol::wire::manifest::UNIT;

/// Names of parts are noted beside those of whole files, under other numbers.
const PARTS: u64 = 1 << 63;

/// A file being written.
#[derive(Debug)]
pub(super) struct Large {
    pub(super) file: Arc<FileEntry>,
    pub(super) part: File,
    name: FileName,
    /// Units that are missing or not proven.
    left: AtomicU64,
    /// Held by whoever writes: the system lets one at a time write to a file, and others spin meanwhile.
    writing: Mutex<()>,
}

impl Large {
    pub(super) fn write(&self, unit: u64, bytes: &[u8]) -> io::Result<()> {
        let _turn = lock(&self.writing);
        write_at(&self.part, bytes, unit * UNIT)
    }
}

impl Pull {
    /// The file, open to be written, as the threads that write it share it.
    pub(super) fn open_large(&self, plan: &mut Plan, file: &Arc<FileEntry>) -> io::Result<Arc<Large>> {
        if let Some(large) = plan.large(file) {
            return Ok(large);
        }
        let (part, name) = match self.open_part(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.create_part(file)?,
            opened => opened?,
        };
        let left = {
            let former = lock(&self.former);
            let proven = |unit: &u64| self.record.has(file.first + unit) && !former.has(file.first + unit);
            file.units - (0..file.units).filter(proven).count() as u64
        };
        let large = Arc::new(Large {
            file: Arc::clone(file),
            part,
            name,
            left: AtomicU64::new(left),
            writing: Mutex::default(),
        });
        plan.opened(&large);
        Ok(large)
    }

    /// The part of a former run.
    pub(super) fn open_part(&self, file: &FileEntry) -> io::Result<(File, FileName)> {
        let noted = lock(&self.names).get(PARTS | file.first).cloned();
        let name = noted.unwrap_or_else(|| file.part_name());
        Ok((self.staging.open_file(&file.parent, &name)?, name))
    }

    fn create_part(&self, file: &FileEntry) -> io::Result<(File, FileName)> {
        let name = file.part_name();
        let note = |given: &FileName| self.note(PARTS | file.first, given, &name);
        self.staging.create_file(&file.parent, &name, note)
    }

    /// Notes a name that isn't the one that it should be, before it's given.
    pub(super) fn note(&self, number: u64, given: &FileName, wanted: &FileName) -> io::Result<()> {
        if given == wanted { Ok(()) } else { lock(&self.names).note(number, given) }
    }

    /// One more unit of the file is there. The last one gives it its name.
    pub(super) fn unit_is_there(&self, large: &Large) -> io::Result<()> {
        if large.left.fetch_sub(1, Ordering::AcqRel) > 1 {
            return Ok(());
        }
        self.name_part(&large.file, &large.part, &large.name)?;
        self.plan().closed(&large.file);
        Ok(())
    }

    /// Gives a part, all of which is there, its name.
    pub(super) fn name_part(&self, file: &FileEntry, part: &File, name: &FileName) -> io::Result<()> {
        set_attributes(part, file.modified, file.executable)?;
        let note = |given: &FileName| self.note(file.first, given, &file.name);
        self.staging.name_file(&file.parent, name, &file.name, note).map(drop)
    }

    /// Removes what there is of a file that can't be had.
    pub(super) fn drop_part(&self, large: &Large) -> io::Result<()> {
        match self.staging.remove_file(&large.file.parent, &large.name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}
