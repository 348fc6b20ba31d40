//! A transfer being received: what to ask for next, what came, and where it goes. Blocks; for threads beside the engine's
//! task, any number of them at once.
//!
//! [`Pull::next`] gives pieces: runs of units that are missing. [`Pull::write`] takes what comes for one, verifies it,
//! writes it into the staging folder and records it; what didn't come is given again by `next`. [`Pull::prove`] reads again
//! what a former run recorded. When nothing is missing, [`Pull::finish`] gives it all its names and moves it out.

mod entry;
mod finish;
mod large;
mod moved;
mod naming;
mod places;
mod plan;
mod positioned;
mod prove;
mod record;
mod there;
mod write;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use tempfile::NamedTempFile;
use tokio::sync::watch;

use super::keep::Keep;
use super::manifest::{self, Summary};
use super::staging::Staging;
use crate::model::{FileName, TransferId};
use moved::Moved;
use naming::Naming;
use places::Places;
use plan::Plan;
use record::{Record, Units};

pub(super) use finish::{Finished, is_landing};
pub(super) use plan::Piece;
pub(super) use write::{End, Written};

/// What is known of a transfer that is to be received.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) id: TransferId,
    /// What the staging folder is named after.
    pub(super) title: FileName,
    /// Where its items go in the end.
    pub(super) folder: PathBuf,
    /// The staging folder of a former run.
    pub(super) staging: Option<PathBuf>,
}

/// What is decided of how it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Nothing yet.
    Open,
    /// What came goes where it belongs, and isn't called back.
    Landing,
    /// Nothing of it will.
    Withdrawn,
}

/// A transfer being received.
pub(super) struct Pull {
    keep: Keep,
    places: Places,
    staging: Staging,
    summary: Summary,
    record: Record,
    /// What a former run recorded and isn't proven yet.
    former: Mutex<Units>,
    /// Files that were proven where an earlier attempt has put them, by their first unit.
    in_place: Mutex<Units>,
    plan: Mutex<Plan>,
    /// Bytes that are written and verified.
    done: AtomicU64,
    /// Units that came with another hash than theirs.
    damaged: AtomicU64,
    /// The file written last.
    current: Mutex<Option<String>>,
    /// Set while nothing is to be done.
    halted: watch::Sender<bool>,
    fate: Mutex<Fate>,
    /// Held for reading by whoever works in the staging folder.
    work: RwLock<()>,
}

impl Pull {
    /// Takes a transfer up, from where it was or from the start. Its manifest is there, and `summary` is what it says.
    pub(super) fn open(keep: Keep, wanted: &Wanted, summary: Summary) -> io::Result<Self> {
        let record = Record::open(&keep.record(), summary.units)?;
        let staging = match wanted.staging.as_deref().map(Staging::open) {
            Some(Ok(staging)) => staging,
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            // Somebody has removed it, and all that was in it. Where its folder is gone too, it's the disk.
            _ => begin(&keep, wanted, &record)?,
        };
        let mut places = Places::read(&wanted.folder, &keep.landed())?;
        places.look(&staging);
        let recorded = record.snapshot();
        let done = done(&keep.manifest(), &recorded)?;
        // Whoever began to give names had proven all.
        let naming = Naming::read(&keep.naming())?;
        let fate = if naming.as_ref().is_some_and(|naming| naming.named) { Fate::Landing } else { Fate::Open };
        let naming = naming.is_some();
        let former = if naming { Units::none(0) } else { recorded };
        Ok(Self {
            places,
            in_place: Mutex::new(Units::none(summary.units)),
            staging,
            plan: Mutex::new(Plan::new(&keep.manifest(), naming)?),
            keep,
            summary,
            record,
            former: Mutex::new(former),
            done: AtomicU64::new(done),
            damaged: AtomicU64::new(0),
            current: Mutex::new(None),
            halted: watch::Sender::new(false),
            fate: Mutex::new(fate),
            work: RwLock::new(()),
        })
    }

    /// Where what has come is kept until all is there.
    pub(super) fn staging(&self) -> &Path {
        self.staging.path()
    }

    /// Bytes that are there, verified.
    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// The file that was written last: its name, after those of the folders it's in.
    pub(super) fn current(&self) -> Option<String> {
        lock(&self.current).clone()
    }

    /// Has whoever is at work stop soon, or lets them work again.
    pub(super) fn halt(&self, halted: bool) {
        self.halted.send_replace(halted);
    }

    /// Waits until nobody is at work any more, and removes all that has come.
    pub(super) fn remove(&self) -> io::Result<()> {
        self.halt(true);
        let _alone = self.work.write().unwrap_or_else(PoisonError::into_inner);
        self.staging.remove()
    }

    fn is_halted(&self) -> bool {
        *self.halted.borrow()
    }

    fn at_work(&self) -> RwLockReadGuard<'_, ()> {
        self.work.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        lock(&self.plan)
    }

    fn has_come(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }

    fn is_gone(&self, bytes: u64) {
        self.done.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Makes the staging folder, with nothing in it and nothing known of it.
fn begin(keep: &Keep, wanted: &Wanted, record: &Record) -> io::Result<Staging> {
    let staging = Staging::create(&wanted.folder, &wanted.title, &wanted.id.short())?;
    // The order of which nothing is believed that isn't so any more, wherever it breaks off.
    let wiped = Naming::remove(&keep.naming()).and_then(|()| Moved::remove(&keep.moved())).and_then(|()| {
        // What an earlier attempt has put where it belongs is proven there.
        if keep.landed().exists() { Ok(()) } else { record.wipe() }
    });
    match wiped {
        Ok(()) => Ok(staging),
        Err(error) => {
            let _ = staging.remove();
            Err(error)
        }
    }
}

/// Bytes of the units that are recorded.
fn done(manifest: &Path, recorded: &Units) -> io::Result<u64> {
    if recorded.count() == 0 {
        return Ok(0);
    }
    let mut reader = manifest::Reader::open(manifest, 0)?;
    let (mut first, mut done) = (0, 0);
    while let Some((_, entry)) = reader.next()? {
        let units = entry.units();
        let there = (0..units).filter(|unit| recorded.has(first + unit));
        done += there.map(|unit| entry::length(entry.size(), unit)).sum::<u64>();
        first += units;
    }
    Ok(done)
}

/// Writes a small file of what is kept, whole and durably.
fn keep_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // Windows has no such call for folders, and needs none.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
