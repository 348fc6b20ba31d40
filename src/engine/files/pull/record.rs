//! Which units of a transfer have come: the hash of each, in the order of the manifest.
//!
//! Nothing here waits for the disk, and nothing that was written before a crash is believed after it: what a former run
//! recorded is read again and compared ([`super::prove`]). So it doesn't matter which of a unit and its record reached the
//! disk first.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::positioned::{read_at, write_at};
use crate::protocol::wire::file::HASH_BYTES;

/// What stands for a unit that is missing: no unit has this hash.
const MISSING: [u8; HASH_BYTES] = [0; HASH_BYTES];

/// A bit for each unit of a transfer.
#[derive(Debug, Clone)]
pub(super) struct Units {
    words: Vec<u64>,
    count: u64,
}

impl Units {
    pub(super) fn none(units: u64) -> Self {
        Self { words: vec![0; usize::try_from(units.div_ceil(64)).unwrap_or(usize::MAX)], count: 0 }
    }

    /// How many there are.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// Whether this one is there.
    pub(super) fn has(&self, unit: u64) -> bool {
        self.words.get((unit / 64) as usize).is_some_and(|word| word >> (unit % 64) & 1 == 1)
    }

    /// Whether that changes anything.
    pub(super) fn put(&mut self, unit: u64, there: bool) -> bool {
        let changes = self.has(unit) != there;
        if let Some(word) = self.words.get_mut((unit / 64) as usize).filter(|_| changes) {
            *word ^= 1 << (unit % 64);
            self.count = if there { self.count + 1 } else { self.count - 1 };
        }
        changes
    }
}

/// The record of one transfer, for any number of threads.
pub(super) struct Record {
    file: File,
    units: Mutex<Units>,
}

impl Record {
    /// Opens the record of a transfer of so many units, or begins it.
    pub(super) fn open(path: &Path, units: u64) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        file.set_len(units.saturating_mul(HASH_BYTES as u64))?;
        let mut there = Units::none(units);
        let mut reader = BufReader::with_capacity(1 << 16, &file);
        for unit in 0..units {
            let mut hash = MISSING;
            reader.read_exact(&mut hash)?;
            there.put(unit, hash != MISSING);
        }
        Ok(Self { file, units: Mutex::new(there) })
    }

    /// Forgets everything.
    pub(super) fn wipe(&self) -> io::Result<()> {
        let length = self.file.metadata()?.len();
        self.file.set_len(0)?;
        self.file.set_len(length)?;
        let mut units = self.units();
        *units = Units::none(length / HASH_BYTES as u64);
        Ok(())
    }

    /// What is recorded this moment.
    pub(super) fn snapshot(&self) -> Units {
        self.units().clone()
    }

    /// How many units are recorded.
    pub(super) fn count(&self) -> u64 {
        self.units().count()
    }

    pub(super) fn has(&self, unit: u64) -> bool {
        self.units().has(unit)
    }

    /// The hash of a recorded unit.
    pub(super) fn hash(&self, unit: u64) -> io::Result<[u8; HASH_BYTES]> {
        let mut hash = MISSING;
        read_at(&self.file, &mut hash, unit * HASH_BYTES as u64)?;
        Ok(hash)
    }

    /// Whether all of these are recorded.
    pub(super) fn has_all(&self, mut units: Range<u64>) -> bool {
        let there = self.units();
        units.all(|unit| there.has(unit))
    }

    /// A unit has come, was verified and is written. Whether it wasn't recorded before.
    pub(super) fn set(&self, unit: u64, hash: &[u8; HASH_BYTES]) -> io::Result<bool> {
        write_at(&self.file, hash, unit * HASH_BYTES as u64)?;
        Ok(self.units().put(unit, true))
    }

    /// A unit isn't there after all. Whether it was recorded before.
    pub(super) fn clear(&self, unit: u64) -> io::Result<bool> {
        write_at(&self.file, &MISSING, unit * HASH_BYTES as u64)?;
        Ok(self.units().put(unit, false))
    }

    /// Makes it durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    fn units(&self) -> MutexGuard<'_, Units> {
        self.units.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded_is_there_after_it_was_opened_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("record");
        let record = Record::open(&path, 200).unwrap();
        for unit in [0, 63, 64, 199] {
            record.set(unit, &[unit as u8 + 1; HASH_BYTES]).unwrap();
        }
        record.clear(63).unwrap();
        record.set(0, &[9; HASH_BYTES]).unwrap();
        drop(record);
        let record = Record::open(&path, 200).unwrap();
        let there: Vec<u64> = (0..200).filter(|unit| record.has(*unit)).collect();
        assert_eq!((there, record.count()), (vec![0, 64, 199], 3));
        assert_eq!(record.hash(0).unwrap(), [9; HASH_BYTES]);
        assert!(!record.has(200));
        let before = record.snapshot();
        record.wipe().unwrap();
        assert_eq!((record.count(), before.count()), (0, 3));
        assert_eq!(Record::open(&path, 200).unwrap().count(), 0);
    }
}
