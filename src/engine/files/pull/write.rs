//! What comes for a piece: verified, written, recorded.

use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::Ordering;
use std::time::Instant;

use futures::executor::block_on;
use tokio::sync::mpsc;

use super::entry::FileEntry;
use super::large::Large;
use super::plan::{Part, Piece};
use super::positioned::read_at;
use super::{Pull, lock};
use crate::engine::files::staging::set_attributes;
use crate::model::{FileReason, Plain};
use crate::net::{Buffers, Frame};
use crate::protocol::wire::file::HASH_BYTES;
use crate::protocol::wire::manifest::UNIT;

/// Units that may come with another hash than theirs before the transfer is given up.
const MAX_DAMAGED: u64 = 16;

/// What became of a piece.
#[derive(Debug)]
pub(in crate::engine::files) struct Written {
    pub(in crate::engine::files) end: End,
    /// When the first of it came.
    pub(in crate::engine::files) first: Option<Instant>,
}

/// How the writing of a piece ended. What of it isn't there will be asked for again.
#[derive(Debug)]
pub(in crate::engine::files) enum End {
    /// All of it is there.
    Whole,
    /// It broke off, or was told to.
    Broken,
    /// What came isn't what was offered.
    Nonsense(Plain),
    /// The disk refuses.
    Disk(io::Error),
}

/// Why the next unit of a piece can't be had.
enum Trouble {
    Ended(End),
    /// The rest of its file is left out.
    Lost(FileReason),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Ended(End::Disk(error))
    }
}

impl Pull {
    /// Takes what comes for a piece, until it's whole or breaks off.
    pub(in crate::engine::files) fn write(
        &self,
        piece: Piece,
        mut frames: mpsc::Receiver<Frame>,
        buffers: &Buffers,
    ) -> Written {
        let _work = self.at_work();
        let mut first = None;
        let mut halted = self.halted.subscribe();
        let mut next = || {
            let frame = block_on(async {
                tokio::select! {
                    biased;
                    _ = halted.wait_for(|halted| *halted) => None,
                    frame = frames.recv() => frame,
                }
            });
            if frame.is_some() {
                first.get_or_insert_with(Instant::now);
            }
            frame
        };
        let mut parts = piece.parts.into_iter();
        let mut end = End::Whole;
        for part in parts.by_ref() {
            if let Err((ended, rest)) = self.write_part(&part, piece.hashes, &mut next, buffers) {
                self.plan().again(rest);
                end = ended;
                break;
            }
        }
        for part in parts {
            self.plan().again(part);
        }
        Written { end, first }
    }

    fn write_part(
        &self,
        part: &Part,
        hashes: bool,
        next: &mut impl FnMut() -> Option<Frame>,
        buffers: &Buffers,
    ) -> Result<(), (End, Part)> {
        let large = part.file.is_large().then(|| self.open_large(&part.file)).transpose();
        let large = large.map_err(|error| (End::Disk(error), part.clone()))?;
        for unit in part.unit..part.unit + part.units {
            let taken = match next() {
                Some(Frame::Unit(bytes, hash)) if !hashes => {
                    let taken = self.take(part, large.as_deref(), unit, &bytes, &hash);
                    buffers.give(bytes);
                    taken
                }
                Some(Frame::Hash(hash)) if hashes => self.compare(part, large.as_deref(), unit, &hash),
                Some(Frame::Changed) => Err(Trouble::Lost(FileReason::ChangedMeanwhile)),
                Some(Frame::Unreadable) => Err(Trouble::Lost(FileReason::UnreadableThere)),
                Some(_) => Err(Trouble::Ended(End::Nonsense(Plain::OtherContent))),
                None => Err(Trouble::Ended(End::Broken)),
            };
            match taken {
                Ok(()) => {}
                Err(Trouble::Lost(why)) => return self.lose(part, why).map_err(|end| (end, part.from(u64::MAX))),
                Err(Trouble::Ended(end)) => return Err((end, part.from(unit))),
            }
        }
        Ok(())
    }

    /// Takes a unit that came.
    fn take(
        &self,
        part: &Part,
        large: Option<&Large>,
        unit: u64,
        bytes: &[u8],
        hash: &[u8; HASH_BYTES],
    ) -> Result<(), Trouble> {
        if bytes.len() as u64 != part.file.length(unit) {
            return Err(Trouble::Ended(End::Nonsense(Plain::FalseSize)));
        }
        if blake3::hash(bytes).as_bytes() != hash {
            if self.damaged.fetch_add(1, Ordering::Relaxed) >= MAX_DAMAGED {
                return Err(Trouble::Ended(End::Nonsense(Plain::Damaged)));
            }
            self.plan().again(Part { unit, units: 1, hashes: false, ..part.clone() });
            return Ok(());
        }
        self.plan().there.lacks(part.file.item());
        Ok(self.keep_unit(&part.file, large, unit, bytes, hash)?)
    }

    /// Takes a unit from the file that lies there already, or has it asked for.
    fn compare(&self, part: &Part, large: Option<&Large>, unit: u64, hash: &[u8; HASH_BYTES]) -> Result<(), Trouble> {
        let mut bytes = vec![0; part.file.length(unit) as usize];
        let candidate = part.file.candidate.as_ref().and_then(|candidate| File::open(&candidate.path).ok());
        let read = candidate.is_some_and(|file| read_at(&file, &mut bytes, unit * UNIT).is_ok());
        if read && blake3::hash(&bytes).as_bytes() == hash {
            return Ok(self.keep_unit(&part.file, large, unit, &bytes, hash)?);
        }
        self.plan().again(Part { unit, units: 1, hashes: false, ..part.clone() });
        Ok(())
    }

    fn keep_unit(
        &self,
        file: &FileEntry,
        large: Option<&Large>,
        unit: u64,
        bytes: &[u8],
        hash: &[u8; HASH_BYTES],
    ) -> io::Result<()> {
        match large {
            Some(large) => large.write(unit, bytes)?,
            None => self.write_small(file, bytes)?,
        }
        if self.record.set(file.first + unit, hash)? {
            self.has_come(bytes.len() as u64);
        }
        *lock(&self.current) = Some(file.shown());
        Ok(())
    }

    /// Writes a file of one unit.
    fn write_small(&self, file: &FileEntry, bytes: &[u8]) -> io::Result<()> {
        let mut new = self.staging.create_file(file.first)?;
        new.write_all(bytes)?;
        set_attributes(&new, file.modified, file.executable)
    }

    /// A file can't be had: what there is of it goes.
    fn lose(&self, part: &Part, why: FileReason) -> Result<(), End> {
        let few = {
            let mut plan = self.plan();
            plan.there.lacks(part.file.item());
            plan.fail(&part.file, why)
        };
        self.staging.remove_file(part.file.first).map_err(End::Disk)?;
        if few { Ok(()) } else { Err(End::Nonsense(Plain::TooManyLost)) }
    }
}
