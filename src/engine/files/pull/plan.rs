//! What to ask for next: the units that are missing, in the order of the manifest.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::path::Path;
use std::sync::{Arc, Weak};

use super::Pull;
use super::entry::FileEntry;
use super::large::Large;
use super::there::There;
use crate::engine::files::manifest::Reader;
use crate::model::{FileReason, Reason};
use crate::protocol::wire::file::{FRAME_BYTES, MAX_UNITS, Range};
use crate::protocol::wire::manifest::UNIT;

/// Files that a sender couldn't give, and that are remembered as such. Where it's more, the transfer is given up.
const MAX_FAILED: usize = 10_000;

/// Units whose hashes are asked for at a time: both sides read all that they are of, and nothing of it counts before the last
/// one is there.
const MAX_HASHES: u64 = 256;

/// Bytes that the names of a piece's files take at most, beside one file's.
const MAX_NAME_BYTES: usize = 1024 * 1024;

/// A run of units of one file.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) file: Arc<FileEntry>,
    /// The first unit.
    pub(super) unit: u64,
    /// How many.
    pub(super) units: u64,
    /// Whether their hashes are asked for alone, to compare them with a file that lies there already.
    pub(super) hashes: bool,
}

impl Part {
    /// Bytes that come of it where all goes well.
    fn wire_bytes(&self) -> u64 {
        let end = (self.unit + self.units).saturating_mul(UNIT).min(self.file.size);
        let content = if self.hashes { 0 } else { end.saturating_sub(self.unit.saturating_mul(UNIT)) };
        content + self.units * FRAME_BYTES as u64
    }

    /// What is left of it from `unit` on.
    pub(super) fn from(&self, unit: u64) -> Self {
        Self { unit, units: (self.unit + self.units).saturating_sub(unit), ..self.clone() }
    }
}

/// What is asked for at once: units that follow one another in the manifest, of one file or of several.
#[derive(Debug)]
pub(in crate::engine::files) struct Piece {
    pub(super) parts: Vec<Part>,
    /// Whether the hashes are asked for alone.
    pub(super) hashes: bool,
    wire_bytes: u64,
    units: u64,
    /// Bytes of the names of its files.
    names: usize,
}

impl Piece {
    fn new(hashes: bool) -> Self {
        Self { parts: Vec::new(), hashes, wire_bytes: 0, units: 0, names: 0 }
    }

    fn push(&mut self, part: Part) {
        self.wire_bytes += part.wire_bytes();
        self.units += part.units;
        self.names += part.file.name_bytes();
        self.parts.push(part);
    }

    /// Units that still go into it, so that it comes to about so many bytes: at least one, unless it's full.
    fn room(&self, bytes: u64) -> u64 {
        let (most, unit) = if self.hashes { (MAX_HASHES, FRAME_BYTES as u64) } else { (MAX_UNITS, UNIT) };
        let left = match bytes.saturating_sub(self.wire_bytes) {
            _ if self.names >= MAX_NAME_BYTES => 0,
            0 if !self.parts.is_empty() => 0,
            left => left.div_ceil(unit).max(1),
        };
        left.min(most.saturating_sub(self.units))
    }

    /// Bytes that come of it where all goes well.
    pub(in crate::engine::files) const fn wire_bytes(&self) -> u64 {
        self.wire_bytes
    }

    /// What to ask the sender for.
    pub(in crate::engine::files) fn range(&self) -> Option<Range> {
        let first = self.parts.first()?;
        Some(Range { at: first.file.at, unit: first.unit, units: self.units, hashes: self.hashes })
    }
}

/// How far the asking is.
pub(super) struct Plan {
    reader: Reader,
    /// Units of the entries before the reader.
    units: u64,
    /// The file that is being asked for, and its next unit.
    cursor: Option<(Arc<FileEntry>, u64)>,
    at_end: bool,
    /// What was asked for and didn't come.
    again: VecDeque<Part>,
    /// Files that are being written unit by unit, by their first unit.
    large: HashMap<u64, Weak<Large>>,
    /// Files that their sender can't give, by their first unit.
    failed: HashSet<u64>,
    /// What the first of them is called, and why.
    failure: Option<Reason>,
    /// What lies where the items would go.
    pub(super) there: There,
}

impl Plan {
    /// `at_end`: nothing is left to ask for.
    pub(super) fn new(manifest: &Path, at_end: bool) -> io::Result<Self> {
        Ok(Self {
            reader: Reader::open(manifest, 0)?,
            units: 0,
            cursor: None,
            at_end,
            again: VecDeque::new(),
            large: HashMap::new(),
            failed: HashSet::new(),
            failure: None,
            there: There::default(),
        })
    }

    /// Files that their sender couldn't give: how many, and the first with the reason.
    pub(super) fn failures(&self) -> (usize, Option<&Reason>) {
        (self.failed.len(), self.failure.as_ref())
    }

    pub(super) fn has_failed(&self, file: &FileEntry) -> bool {
        self.failed.contains(&file.first)
    }

    /// A file can't be had. `false`: there are too many of them.
    pub(super) fn fail(&mut self, file: &FileEntry, why: FileReason) -> bool {
        self.failure.get_or_insert_with(|| Reason::file(file.shown(), why));
        self.failed.insert(file.first);
        self.failed.len() <= MAX_FAILED
    }

    /// A part has to be asked for again.
    pub(super) fn again(&mut self, part: Part) {
        if part.units == 0 || self.has_failed(&part.file) {
            return;
        }
        match self.again.back_mut() {
            Some(last)
                if Arc::ptr_eq(&last.file, &part.file)
                    && last.hashes == part.hashes
                    && last.unit + last.units == part.unit =>
            {
                last.units += part.units;
            }
            _ => self.again.push_back(part),
        }
    }

    /// A file that is open already.
    pub(super) fn large(&self, file: &FileEntry) -> Option<Arc<Large>> {
        self.large.get(&file.first)?.upgrade()
    }

    pub(super) fn opened(&mut self, file: &FileEntry, large: &Arc<Large>) {
        self.large.retain(|_, large| large.strong_count() > 0);
        self.large.insert(file.first, Arc::downgrade(large));
    }
}

impl Pull {
    /// The next piece of about so many bytes on the wire. `None`: everything is there or has been asked for.
    pub(in crate::engine::files) fn next(&self, bytes: u64) -> io::Result<Option<Piece>> {
        let _work = self.at_work();
        if self.is_halted() {
            return Ok(None);
        }
        let mut plan = self.plan();
        if let Some(part) = plan.again.pop_front() {
            return Ok(Some(split(&mut plan, part, bytes)));
        }
        let mut piece = Piece::new(false);
        while let Some((file, unit)) = self.missing(&mut plan)? {
            let hashes = file.candidate.is_some();
            if piece.parts.is_empty() {
                piece.hashes = hashes;
            }
            let follows = piece.parts.is_empty() || (unit == 0 && piece.hashes == hashes);
            let room = piece.room(bytes);
            if !follows || room == 0 {
                plan.cursor = Some((file, unit));
                break;
            }
            let units =
                (unit..file.units.min(unit + room)).take_while(|unit| !self.record.has(file.first + unit)).count();
            let part = Part { file: Arc::clone(&file), unit, units: units as u64, hashes };
            let end = unit + part.units;
            piece.push(part);
            plan.cursor = Some((Arc::clone(&file), end));
            // What follows in the manifest isn't what follows in the piece.
            if end < file.units || self.skips_something(&mut plan)? {
                break;
            }
        }
        Ok((!piece.parts.is_empty()).then_some(piece))
    }

    /// Whether nothing is left to ask for, but for what is under way.
    pub(in crate::engine::files) fn is_exhausted(&self) -> bool {
        let plan = self.plan();
        plan.at_end && plan.again.is_empty()
    }

    /// Whether every unit is there, but for those of files that can't be had.
    pub(super) fn is_whole(&self) -> io::Result<bool> {
        if self.record.count() == self.summary.units {
            return Ok(true);
        }
        let plan = self.plan();
        let (mut reader, mut first) = (Reader::open(&self.keep.manifest(), 0)?, 0);
        while let Some((_, entry)) = reader.next()? {
            let end = first + entry.units();
            if !plan.failed.contains(&first) && (first..end).any(|unit| !self.record.has(unit)) {
                return Ok(false);
            }
            first = end;
        }
        Ok(true)
    }

    /// Begins the asking anew: units that were taken to be there aren't. Nothing may be under way.
    pub(super) fn rewind(&self) -> io::Result<()> {
        let mut plan = self.plan();
        plan.reader = Reader::open(&self.keep.manifest(), 0)?;
        (plan.units, plan.cursor, plan.at_end) = (0, None, false);
        plan.there.forget();
        Ok(())
    }

    /// The next missing unit from the cursor on, and its file.
    fn missing(&self, plan: &mut Plan) -> io::Result<Option<(Arc<FileEntry>, u64)>> {
        while !plan.at_end || plan.cursor.is_some() {
            if let Some((file, unit)) = plan.cursor.take() {
                let found = (unit..file.units).find(|unit| !self.record.has(file.first + unit));
                if let Some(unit) = found.filter(|_| !plan.has_failed(&file)) {
                    return Ok(Some((file, unit)));
                }
            }
            match self.advance(plan)? {
                Some(file) => plan.cursor = Some((file, 0)),
                None => break,
            }
        }
        Ok(None)
    }

    /// Whether the file after the cursor's is one of which something is there already.
    fn skips_something(&self, plan: &mut Plan) -> io::Result<bool> {
        let Some(file) = self.advance(plan)? else { return Ok(true) };
        let skips = self.record.has(file.first) || plan.has_failed(&file);
        plan.cursor = Some((file, 0));
        Ok(skips)
    }

    /// Reads the manifest up to its next file.
    fn advance(&self, plan: &mut Plan) -> io::Result<Option<Arc<FileEntry>>> {
        while let Some((at, entry)) = plan.reader.next()? {
            let first = plan.units;
            plan.units += entry.units();
            match FileEntry::new(&entry, at, first) {
                Ok(mut file) => {
                    file.candidate = plan.there.look_for_file(&file, &self.places);
                    return Ok(Some(Arc::new(file)));
                }
                Err((path, _)) => plan.there.look_for_folder(&path, &self.places),
            }
        }
        plan.at_end = true;
        Ok(None)
    }
}

/// A piece of the beginning of a part, of about so many bytes on the wire; the rest waits.
fn split(plan: &mut Plan, part: Part, bytes: u64) -> Piece {
    let mut piece = Piece::new(part.hashes);
    let taken = part.units.min(piece.room(bytes));
    let rest = part.from(part.unit + taken);
    if rest.units > 0 {
        plan.again.push_front(rest);
    }
    piece.push(Part { units: taken, ..part });
    piece
}
