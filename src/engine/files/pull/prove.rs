//! What a former run recorded is read again: a crash, a power cut or somebody else may have changed it.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::Pull;
use super::entry::{FileEntry, has_no_place};
use super::lock;
use super::positioned::read_at;
use crate::engine::files::manifest::Reader;
use crate::engine::files::staging::set_attributes;
use crate::protocol::wire::manifest::UNIT;

impl Pull {
    /// Whether there's something to prove.
    pub(in crate::engine::files) fn has_former(&self) -> bool {
        lock(&self.former).count() > 0
    }

    /// Reads again what a former run recorded, and strikes out what isn't there any more as it was. `false`: it was told
    /// to stop, and is to be called again.
    pub(in crate::engine::files) fn prove(&self) -> io::Result<bool> {
        let _work = self.at_work();
        let (mut reader, mut first) = (Reader::open(&self.keep.manifest(), 0)?, 0);
        let mut buffer = vec![0; UNIT as usize];
        while let Some((at, entry)) = reader.next()? {
            if self.is_halted() {
                return Ok(false);
            }
            if let Ok(file) = FileEntry::new(&entry, at, first)
                && file.all_units().any(|unit| self.is_former(unit))
                && !self.prove_file(&file, &mut buffer)?
            {
                return Ok(false);
            }
            first += entry.units();
        }
        Ok(true)
    }

    fn prove_file(&self, file: &FileEntry, buffer: &mut [u8]) -> io::Result<bool> {
        // What was compared with a file that lay there isn't known any more.
        self.plan().there.lacks(file.item());
        let opened = match self.staging.open_file(file.first) {
            Err(error) if error.kind() != io::ErrorKind::NotFound && !has_no_place(&error) => return Err(error),
            Err(_) if self.places.landed(file.item()).is_some() => return self.prove_in_place(file, buffer),
            opened => opened.ok(),
        };
        for unit in (0..file.units).filter(|unit| self.is_former(file.first + unit)) {
            if self.is_halted() {
                return Ok(false);
            }
            let there = opened.as_ref().is_some_and(|opened| self.is_as_recorded(file, opened, unit, buffer));
            if there {
                self.proven(file.first + unit);
            } else {
                self.strike_out(file, unit)?;
            }
        }
        // The disk may have lost them alone.
        match opened.filter(|_| !file.is_large()) {
            Some(opened) => set_attributes(&opened, file.modified, file.executable).map(|()| true),
            None => Ok(true),
        }
    }

    /// The same for a file that an earlier attempt has put where it belongs. Somebody may have changed it, as is their right:
    /// then it isn't the one that was offered any more, and comes anew.
    fn prove_in_place(&self, file: &FileEntry, buffer: &mut [u8]) -> io::Result<bool> {
        let opened = open_in_place(&file.place(&self.places), file.size);
        let mut same = opened.is_some() && self.record.has_all(file.all_units());
        for unit in 0..file.units {
            if self.is_halted() {
                return Ok(false);
            }
            same = same && opened.as_ref().is_some_and(|opened| self.is_as_recorded(file, opened, unit, buffer));
        }
        if !same {
            self.strike_out_all(file)?;
            return Ok(true);
        }
        lock(&self.in_place).put(file.first, true);
        file.all_units().for_each(|unit| self.proven(unit));
        Ok(true)
    }

    /// Whether a file that was proven where it belongs is still there.
    pub(super) fn is_in_place(&self, file: &FileEntry) -> bool {
        lock(&self.in_place).has(file.first) && open_in_place(&file.place(&self.places), file.size).is_some()
    }

    fn is_as_recorded(&self, file: &FileEntry, opened: &File, unit: u64, buffer: &mut [u8]) -> bool {
        let Some(bytes) = buffer.get_mut(..file.length(unit) as usize) else { return false };
        let read = read_at(opened, bytes, unit * UNIT);
        read.is_ok() && self.record.hash(file.first + unit).is_ok_and(|hash| blake3::hash(bytes).as_bytes() == &hash)
    }

    /// A unit isn't there any more.
    fn strike_out(&self, file: &FileEntry, unit: u64) -> io::Result<()> {
        if self.record.clear(file.first + unit)? {
            self.is_gone(file.length(unit));
        }
        self.proven(file.first + unit);
        Ok(())
    }

    /// Nothing of a file is there any more.
    pub(super) fn strike_out_all(&self, file: &FileEntry) -> io::Result<()> {
        lock(&self.in_place).put(file.first, false);
        (0..file.units)
            .filter(|unit| self.record.has(file.first + unit))
            .try_for_each(|unit| self.strike_out(file, unit))
    }

    fn is_former(&self, unit: u64) -> bool {
        lock(&self.former).has(unit)
    }

    /// Nothing of a former run remains to be said of a unit.
    fn proven(&self, unit: u64) {
        lock(&self.former).put(unit, false);
    }
}

/// Opens a file of this size, where there is one.
fn open_in_place(path: &Path, size: u64) -> Option<File> {
    let there = fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && found.len() == size);
    there.then(|| File::open(path).ok()).flatten()
}
