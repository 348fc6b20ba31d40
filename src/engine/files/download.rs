//! The receiver's side: pieces are asked for, and taken as they come, until everything is there.

mod ending;
mod turns;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::Purpose;
use super::fetch::fetched;
use super::manifest::examine;
use super::pull::{End, Piece, Pull, Wanted, Written};
use super::room;
use super::speed::Speed;
use crate::engine::core::Core;
use crate::model::{Direction, FileName, PeerId, Plain, Reason, TransferId, TransferState};
use crate::net::{Frame, RequestId};
use crate::protocol::wire::file::{Ask, Denial, Reply};
use crate::store::TransferRow;

/// Most bytes of a transfer: each of its units takes a bit of memory.
const MAX_BYTES: u64 = 1 << 46;

/// Pieces of one transfer that are under way at a time. Its sender serves a few more, so that none is refused.
const MAX_PIECES: usize = 6;

/// Bytes of one piece that may have come and wait to be written.
const BYTES_AHEAD: u64 = 1024 * 1024;

/// Frames that may: fewer of large ones, more of small.
const FRAMES_AHEAD: std::ops::RangeInclusive<u64> = 4..=256;

/// Wait before a transfer that broke off is taken up again.
const AGAIN: Duration = Duration::from_secs(1);

/// Time between two words to the outside about the progress, at least.
const TELL: Duration = Duration::from_millis(100);

/// Time between two reports to the sender about it.
const REPORT: Duration = Duration::from_millis(500);

/// Time after which the progress is kept.
const KEEP: Duration = Duration::from_secs(5);

/// A transfer that is being received.
pub(in crate::engine) struct Download {
    stage: Stage,
    /// Counts attempts, so that what comes late belongs to its own.
    pub(super) attempt: u64,
    /// Bytes on the wire that were asked for and aren't written.
    in_flight: u64,
    /// Pieces under way.
    pieces: usize,
    /// Whether the next piece is being chosen.
    choosing: bool,
    /// Whether what a former run left is being read.
    proving: bool,
    /// Whether nothing is left to ask for, for all that is known.
    exhausted: bool,
    /// Whether it waits a while after it broke off.
    resting: bool,
    /// When it was its turn last.
    turn: u64,
    speed: Speed,
    told: Instant,
    reported: Instant,
    kept: Instant,
}

enum Stage {
    /// It's being taken up, or its manifest is being fetched.
    Beginning,
    Pulling(Arc<Pull>),
    /// All is there and gets its names.
    Finishing(Arc<Pull>),
}

impl Download {
    fn new(attempt: u64, done: u64) -> Self {
        let now = Instant::now();
        Self {
            stage: Stage::Beginning,
            attempt,
            in_flight: 0,
            pieces: 0,
            choosing: false,
            proving: false,
            exhausted: false,
            resting: false,
            turn: 0,
            speed: Speed::new(done, now),
            told: now,
            reported: now,
            kept: now,
        }
    }

    pub(super) fn speed(&self) -> u64 {
        self.speed.bytes_per_second(Instant::now())
    }

    /// Nothing comes any more for now.
    pub(super) fn stand_still(&mut self) {
        let done = self.pull().map_or(0, |pull| pull.done());
        self.speed = Speed::new(done, Instant::now());
    }

    pub(super) fn current(&self) -> Option<String> {
        self.pull().and_then(|pull| pull.current())
    }

    pub(super) fn pull(&self) -> Option<&Arc<Pull>> {
        match &self.stage {
            Stage::Beginning => None,
            Stage::Pulling(pull) | Stage::Finishing(pull) => Some(pull),
        }
    }

    pub(super) fn into_pull(self) -> Option<Arc<Pull>> {
        self.pull().cloned()
    }

    /// Has the threads that work on it stop, or lets them go on.
    pub(super) fn halt(&self, halted: bool) {
        if let Some(pull) = self.pull() {
            pull.halt(halted);
        }
    }

    /// Whether what came is getting its names.
    pub(super) const fn is_finishing(&self) -> bool {
        matches!(self.stage, Stage::Finishing(_))
    }

    /// Whether nobody is at work for it.
    fn is_idle(&self) -> bool {
        matches!(self.stage, Stage::Pulling(_)) && !self.choosing && !self.proving && self.pieces == 0
    }

    /// The transfer itself, where the next piece of it may be asked for.
    fn askable(&self) -> Option<&Arc<Pull>> {
        let busy = self.choosing || self.resting || self.exhausted || self.pieces >= MAX_PIECES;
        match &self.stage {
            Stage::Pulling(pull) if !busy => Some(pull),
            _ => None,
        }
    }

    /// The transfer itself, where nothing more comes and nobody is at work.
    fn at_rest(&self) -> Option<&Arc<Pull>> {
        let busy = self.choosing || self.proving || self.pieces > 0;
        match &self.stage {
            Stage::Pulling(pull) if !busy && self.exhausted => Some(pull),
            _ => None,
        }
    }
}

/// A piece that was asked for.
struct Asked {
    attempt: u64,
    peer: PeerId,
    /// Bytes of it on the wire.
    bytes: u64,
    /// When, since the start.
    at: Duration,
}

/// What came of taking a transfer up.
enum Begun {
    Ready(Box<Pull>),
    /// The list of what is offered isn't here, or not from this unit on.
    WithoutManifest(u64),
    /// It isn't what was offered.
    Misfit,
}

impl Core {
    /// Goes on with a transfer that is accepted, if its sender is here.
    pub(super) fn pull(&mut self, id: TransferId) {
        let Some(row) = self.files.rows.get(&id) else { return };
        let peer = row.transfer.peer_id;
        let wanted = (row.transfer.direction, row.transfer.state) == (Direction::In, TransferState::Active);
        if !wanted || self.files.removing.contains(&id) || self.files.deciding.contains(&id) {
            return;
        }
        if !self.people.is_met(&peer) {
            return self.call(peer);
        }
        if let Some(download) = self.files.downloads.get_mut(&id) {
            let rested = std::mem::take(&mut download.resting);
            download.exhausted = false;
            return match download.stage {
                Stage::Beginning if rested => self.begin(id),
                Stage::Beginning | Stage::Finishing(_) => {}
                Stage::Pulling(_) => {
                    self.prove(id);
                    self.fill(peer);
                }
            };
        }
        if !self.has_turn(&peer) {
            return;
        }
        if row.folder.is_none() {
            return self.take_offer(id, None, None);
        }
        let done = row.transfer.done;
        self.close_one();
        self.files.attempts += 1;
        let download = Download::new(self.files.attempts, done);
        self.files.downloads.insert(id, download);
        self.begin(id);
    }

    /// Opens what there is of a transfer, or asks for its manifest.
    pub(super) fn begin(&mut self, id: TransferId) {
        let Some((row, attempt)) = self.attempt(id) else { return };
        let (keep, wanted) = (self.keep_of(id), wanted(row));
        let (size, files, done) = (row.transfer.size, row.transfer.files, row.transfer.done);
        let work = tokio::task::spawn_blocking(move || {
            keep.make()?;
            if !keep.manifest().exists() {
                return Ok(Begun::WithoutManifest(fetched(&keep)));
            }
            match examine(&keep.manifest()) {
                Ok(summary) if (summary.size, summary.files) == (size, files) && size <= MAX_BYTES => {
                    // Many small files take more than their bytes, and folders are in no one's size.
                    if !room::has_room_to_begin(&wanted.folder, room::needed(size, done, summary.entries)) {
                        return Err(io::ErrorKind::StorageFull.into());
                    }
                    Ok(Begun::Ready(Box::new(Pull::open(keep, &wanted, summary)?)))
                }
                Err(error) if error.kind() != io::ErrorKind::InvalidData => Err(error),
                _ => Ok(Begun::Misfit),
            }
        });
        self.beside(work, move |core, begun| {
            if core.attempt(id).is_none_or(|(_, current)| current != attempt) {
                return;
            }
            match begun.unwrap_or_else(|error| Err(io::Error::other(error))) {
                Ok(Begun::Ready(pull)) => core.begun(id, pull),
                Ok(Begun::WithoutManifest(unit)) => core.fetch_manifest(id, unit),
                Ok(Begun::Misfit) => core.give_up(id, Plain::OfferMisfit),
                Err(error) => {
                    core.files.downloads.remove(&id);
                    core.disk_refused(id, &error);
                }
            }
        });
    }

    /// The row of a transfer that is being received, and which attempt this is.
    pub(super) fn attempt(&self, id: TransferId) -> Option<(&TransferRow, u64)> {
        Some((self.files.rows.get(&id)?, self.files.downloads.get(&id)?.attempt))
    }

    /// Whether a transfer may go on.
    fn is_active(&self, id: TransferId) -> bool {
        self.files.rows.get(&id).is_some_and(|row| row.transfer.state == TransferState::Active)
    }

    fn begun(&mut self, id: TransferId, pull: Box<Pull>) {
        let Some(download) = self.files.downloads.get_mut(&id) else { return };
        let (done, staging) = (pull.done(), pull.staging().to_owned());
        download.speed = Speed::new(done, Instant::now());
        download.stage = Stage::Pulling(Arc::from(pull));
        let Some(row) = self.files.rows.get(&id) else { return };
        let peer = row.transfer.peer_id;
        let active = row.transfer.state == TransferState::Active;
        self.change(id, |row| {
            row.staging = Some(staging);
            row.transfer.done = done;
        });
        if let Some(download) = self.files.downloads.get(&id) {
            download.halt(!active);
        }
        self.prove(id);
        self.fill(peer);
    }

    /// Has what a former run left read again.
    fn prove(&mut self, id: TransferId) {
        let Some(download) = self.files.downloads.get_mut(&id) else { return };
        let Stage::Pulling(pull) = &download.stage else { return };
        if download.proving || !pull.has_former() {
            return;
        }
        download.proving = true;
        let (pull, attempt) = (Arc::clone(pull), download.attempt);
        let work = tokio::task::spawn_blocking(move || pull.prove());
        self.beside(work, move |core, proven| {
            let Some(download) = core.files.downloads.get_mut(&id).filter(|download| download.attempt == attempt)
            else {
                return;
            };
            download.proving = false;
            match proven.unwrap_or_else(|error| Err(io::Error::other(error))) {
                Ok(true) => {
                    core.progress(id);
                    core.finish_if_whole(id);
                }
                // Told to stop, it may have been told to go on by now.
                Ok(false) if core.is_active(id) => core.prove(id),
                Ok(false) => {}
                Err(error) => core.disk_refused(id, &error),
            }
        });
    }

    /// Has the next piece of a transfer chosen, which may take a look at the disk.
    fn choose(&mut self, id: TransferId, peer: PeerId, bytes: u64) {
        self.files.turns += 1;
        let turn = self.files.turns;
        let Some(download) = self.files.downloads.get_mut(&id) else { return };
        let Stage::Pulling(pull) = &download.stage else { return };
        let (pull, attempt) = (Arc::clone(pull), download.attempt);
        (download.choosing, download.turn) = (true, turn);
        download.in_flight += bytes;
        let work = tokio::task::spawn_blocking(move || pull.next(bytes));
        self.beside(work, move |core, piece| {
            let Some(download) = core.files.downloads.get_mut(&id).filter(|download| download.attempt == attempt)
            else {
                return core.fill(peer);
            };
            download.choosing = false;
            download.in_flight = download.in_flight.saturating_sub(bytes);
            match piece.unwrap_or_else(|error| Err(io::Error::other(error))) {
                Ok(Some(piece)) => core.ask_for(id, piece),
                Ok(None) => {
                    download.exhausted = download.pull().is_some_and(|pull| pull.is_exhausted());
                    core.finish_if_whole(id);
                }
                Err(error) => core.disk_refused(id, &error),
            }
            // What was kept free for it is free for others.
            core.fill(peer);
        });
    }

    fn ask_for(&mut self, id: TransferId, piece: Piece) {
        let Some(peer) = self.files.rows.get(&id).map(|row| row.transfer.peer_id) else { return };
        let (bytes, Some(range)) = (piece.wire_bytes(), piece.range()) else { return };
        let frames = (BYTES_AHEAD / (bytes / range.units).max(1)).clamp(*FRAMES_AHEAD.start(), *FRAMES_AHEAD.end());
        let (sink, frames) = mpsc::channel(frames as usize);
        let Some(download) = self.files.downloads.get_mut(&id) else { return };
        let Some(pull) = download.pull().cloned() else { return };
        let asked = Asked { attempt: download.attempt, peer, bytes, at: self.started.elapsed() };
        download.in_flight += bytes;
        download.pieces += 1;
        self.files.paces.entry(peer).or_default().asked(asked.at);
        let request = self.node.file(&peer, id, Ask::Range(range), Some(sink));
        self.files.requests.insert(request, Purpose::Pull(id, asked.attempt));
        let buffers = self.node.buffers().clone();
        let work = tokio::task::spawn_blocking(move || pull.write(piece, frames, &buffers));
        self.beside(work, move |core, written| {
            let written = written.unwrap_or(Written { end: End::Broken, first: None });
            core.written(id, &asked, written);
        });
    }

    fn written(&mut self, id: TransferId, asked: &Asked, written: Written) {
        let Asked { attempt, peer, bytes, .. } = *asked;
        let Some(download) = self.files.downloads.get_mut(&id).filter(|download| download.attempt == attempt) else {
            return self.fill(peer);
        };
        download.in_flight = download.in_flight.saturating_sub(bytes);
        download.pieces = download.pieces.saturating_sub(1);
        download.exhausted = false;
        self.measure(asked, &written);
        self.progress(id);
        match written.end {
            End::Whole => {}
            End::Broken => self.rest(id),
            End::Nonsense(why) => self.give_up(id, why),
            End::Disk(error) => self.disk_refused(id, &error),
        }
        self.fill(peer);
        self.finish_if_whole(id);
    }

    /// What the way to a peer carries.
    fn measure(&mut self, asked: &Asked, written: &Written) {
        let rows = &self.files.rows;
        let of_peer = |id: &TransferId| rows.get(id).is_some_and(|row| row.transfer.peer_id == asked.peer);
        let idle = !self.files.downloads.iter().any(|(id, download)| download.pieces > 0 && of_peer(id));
        let Some(pace) = self.files.paces.get_mut(&asked.peer) else { return };
        if let Some(first) = written.first {
            let came = first.duration_since(self.started.into_std());
            pace.answered(asked.at, came.saturating_sub(asked.at));
        }
        let bytes = if matches!(written.end, End::Whole) { asked.bytes } else { 0 };
        pace.arrived(bytes, idle, self.started.elapsed());
    }

    /// It broke off: taken up again after a while, from what is there.
    pub(super) fn rest(&mut self, id: TransferId) {
        let Some(download) = self.files.downloads.get_mut(&id) else { return };
        download.resting = true;
        let attempt = download.attempt;
        self.later(AGAIN, move |core| {
            if core.attempt(id).is_some_and(|(_, current)| current == attempt) {
                core.pull(id);
            }
        });
        self.pull_next();
    }

    /// Tells how far a transfer is: the outside, its sender, and the store, each as often as is good for it.
    pub(super) fn progress(&mut self, id: TransferId) {
        let (Some(download), Some(row)) = (self.files.downloads.get_mut(&id), self.files.rows.get_mut(&id)) else {
            return;
        };
        let Some(done) = download.pull().map(|pull| pull.done()) else { return };
        row.transfer.done = done;
        let now = Instant::now();
        download.speed.moved(done, now);
        let due = |last: &mut Instant, wait| {
            let due = now.duration_since(*last) >= wait;
            if due {
                *last = now;
            }
            due
        };
        let (tell, report) = (due(&mut download.told, TELL), due(&mut download.reported, REPORT));
        let keep = due(&mut download.kept, KEEP);
        if tell {
            self.tell_transfer(id);
        }
        if report {
            self.inform(id);
        }
        if keep {
            self.keep(id);
        }
    }

    /// An answer about a transfer came, or none did.
    pub(in crate::engine) fn file_answered(&mut self, request: RequestId, reply: Option<Reply>) {
        match (self.files.requests.remove(&request), reply) {
            (Some(Purpose::Pull(id, attempt)), Some(Reply::Denied(denial))) => {
                if self.attempt(id).is_some_and(|(_, current)| current == attempt) {
                    self.denied(id, denial);
                }
            }
            (Some(Purpose::Word { id, ending }), reply) => self.informed(id, ending, reply),
            // Where nothing came, its writer sees it.
            (Some(Purpose::Pull(..)) | None, _) => {}
        }
    }

    fn denied(&mut self, id: TransferId, denial: Denial) {
        match denial {
            Denial::Busy => {}
            Denial::Paused => self.paused_by_peer(id),
            Denial::Cancelled => self.withdrawn(id),
            Denial::Unknown => self.give_up(id, Plain::NoLongerOffered),
            Denial::Invalid => self.give_up(id, Plain::NotUnderstood),
            Denial::Other(cause) => self.give_up(id, Reason::Denied(cause)),
        }
    }
}

fn wanted(row: &TransferRow) -> Wanted {
    Wanted {
        id: row.transfer.id,
        title: FileName::safe(&row.transfer.name),
        folder: row.folder.clone().unwrap_or_default(),
        staging: row.staging.clone(),
    }
}

/// Where the frames of an answer come from.
pub(super) type Frames = mpsc::Receiver<Frame>;
