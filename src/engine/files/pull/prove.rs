//! What a former run recorded is read again: a crash, a power cut or somebody else may have changed it.

use std::fs::File;
use std::io;
use std::sync::Arc;

use super::Pull;
use super::entry::FileEntry;
use super::large::Large;
use super::lock;
use super::positioned::read_at;
use crate::engine::files::manifest::Reader;
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
        let mut reader = Reader::open(&self.keep.manifest(), 0)?;
        let (mut first, mut buffer) = (0, vec![0; UNIT as usize]);
        while let Some((at, entry)) = reader.next()? {
            if self.is_halted() {
                return Ok(false);
            }
            let (begins, units) = (first, entry.units());
            first += units;
            let recorded = (0..units).filter(|unit| self.is_former(begins + unit)).count() as u64;
            if recorded == 0 {
                continue;
            }
            if let Ok(file) = FileEntry::new(&entry, at, begins) {
                let file = Arc::new(file);
                match recorded == units {
                    true => self.prove_whole(&file, &mut buffer)?,
                    false => self.prove_part(&file, &mut buffer)?,
                }
            }
        }
        Ok(true)
    }

    /// A file that was whole: it has its name, or would have got it next.
    fn prove_whole(&self, file: &FileEntry, buffer: &mut [u8]) -> io::Result<()> {
        let noted = lock(&self.names).get(file.first).cloned();
        let name = noted.unwrap_or_else(|| file.name.clone());
        // It was whole then, and is the person's now.
        if self.is_out(file.parent.first().unwrap_or(&name))? {
            self.proven(file.first..file.first + file.units);
            return Ok(());
        }
        let named = self.staging.open_file(&file.parent, &name);
        if let Ok(named) = &named
            && self.is_as_recorded(file, named, buffer)
        {
            self.proven(file.first..file.first + file.units);
            return Ok(());
        }
        if let Ok((part, part_name)) = self.open_part(file)
            && self.is_as_recorded(file, &part, buffer)
        {
            self.name_part(file, &part, &part_name)?;
            self.proven(file.first..file.first + file.units);
            return Ok(());
        }
        if named.is_ok() {
            self.staging.remove_file(&file.parent, &name)?;
        }
        (0..file.units).try_for_each(|unit| self.strike_out(file, unit))
    }

    fn is_as_recorded(&self, file: &FileEntry, opened: &File, buffer: &mut [u8]) -> bool {
        let same_length = opened.metadata().is_ok_and(|metadata| metadata.len() == file.size);
        same_length && (0..file.units).all(|unit| self.is_unit_as_recorded(file, opened, unit, buffer))
    }

    /// A file that wasn't whole: each unit that is proven counts as there.
    fn prove_part(&self, file: &Arc<FileEntry>, buffer: &mut [u8]) -> io::Result<()> {
        let large: Arc<Large> = {
            let mut plan = self.plan();
            if plan.has_failed(file) {
                return Ok(());
            }
            self.open_large(&mut plan, file)?
        };
        for unit in (0..file.units).filter(|unit| self.is_former(file.first + unit)) {
            if self.is_halted() {
                return Ok(());
            }
            if self.is_unit_as_recorded(file, &large.part, unit, buffer) {
                self.proven(file.first + unit..file.first + unit + 1);
                self.unit_is_there(&large)?;
            } else {
                self.strike_out(file, unit)?;
            }
        }
        Ok(())
    }

    fn is_unit_as_recorded(&self, file: &FileEntry, opened: &File, unit: u64, buffer: &mut [u8]) -> bool {
        let Some(bytes) = buffer.get_mut(..file.length(unit) as usize) else { return false };
        let read = read_at(opened, bytes, unit * UNIT);
        read.is_ok() && self.record.hash(file.first + unit).is_ok_and(|hash| blake3::hash(bytes).as_bytes() == &hash)
    }

    fn strike_out(&self, file: &FileEntry, unit: u64) -> io::Result<()> {
        self.proven(file.first + unit..file.first + unit + 1);
        self.is_gone(file.length(unit));
        self.record.clear(file.first + unit)
    }

    fn is_former(&self, unit: u64) -> bool {
        lock(&self.former).has(unit)
    }

    /// Nothing of a former run remains to be said of these units.
    fn proven(&self, units: std::ops::Range<u64>) {
        let mut former = lock(&self.former);
        units.for_each(|unit| former.put(unit, false));
    }
}
