//! The sender's side: units of what is offered from here, and of its manifest.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::keep::Keep;
use super::manifest::Reader;
use super::offer::load_items;
use super::sources::{Sources, modified};
use super::speed::Speed;
use crate::engine::core::Core;
use crate::model::{FileReason, PausedBy, Plain, Reason, TransferId, TransferState};
use crate::net::{Buffers, FileReply};
use crate::protocol::wire::file::{Denial, FRAME_BYTES, FRAME_HEAD_BYTES, FrameHead, HASH_BYTES, Range, Reply};
use crate::protocol::wire::manifest::{Entry, EntryKind, UNIT};

/// Answers of one transfer that are being read and sent at a time.
const MAX_ANSWERS: usize = 8;

/// Answers to one peer.
const MAX_ANSWERS_OF_PEER: usize = 16;

/// Answers of all transfers together.
const MAX_ALL_ANSWERS: usize = 64;

/// Pieces of one answer that are read ahead of the network. Each has a unit, or as much of small files.
const PIECES_AHEAD: usize = 3;

/// What is known of a transfer while it's served.
pub(in crate::engine) struct Serving {
    offered: Arc<Offered>,
    room: Arc<Semaphore>,
    pub(super) speed: Speed,
}

/// What is offered, for the threads that read it.
struct Offered {
    keep: Keep,
    /// Ways to the files, each for one thread at a time.
    sources: Mutex<Vec<Sources>>,
    /// The first file that couldn't be given, and why.
    trouble: OnceLock<Reason>,
    /// Whether what was kept of the offer can't be read any more: nothing of it will ever be given.
    lost: AtomicBool,
}

impl Serving {
    fn new(keep: Keep, done: u64) -> Self {
        Self {
            offered: Arc::new(Offered::new(keep)),
            room: Arc::new(Semaphore::new(MAX_ANSWERS)),
            speed: Speed::new(done, Instant::now()),
        }
    }

    /// What couldn't be given of it.
    pub(super) fn trouble(&self) -> Option<Reason> {
        self.offered.trouble.get().cloned()
    }

    pub(super) fn speed(&self) -> u64 {
        self.speed.bytes_per_second(Instant::now())
    }
}

impl Offered {
    fn new(keep: Keep) -> Self {
        Self { keep, sources: Mutex::default(), trouble: OnceLock::new(), lost: AtomicBool::new(false) }
    }

    /// Something that was kept of the offer. Where it's gone or damaged, the offer is lost.
    fn kept<T>(&self, read: io::Result<T>) -> io::Result<T> {
        read.inspect_err(|error| {
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) {
                self.trouble.get_or_init(|| Plain::OfferDamaged.into());
                self.lost.store(true, Ordering::Relaxed);
            }
        })
    }
}

/// Room for the answers of all transfers.
pub(super) fn room_for_all() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(MAX_ALL_ANSWERS))
}

impl Core {
    /// Sends units of the manifest, or of the files.
    pub(super) fn serve(&mut self, id: TransferId, wanted: Wanted, reply: FileReply) {
        if let Err(denial) = self.may_be_pulled(id) {
            return self.node.answer_file(reply, Reply::Denied(denial), None);
        }
        let Some(peer) = self.files.rows.get(&id).map(|row| row.transfer.peer_id) else { return };
        let of_peer = || Arc::new(Semaphore::new(MAX_ANSWERS_OF_PEER));
        let of_peer = Arc::clone(self.files.answers_to.entry(peer).or_insert_with(of_peer));
        let all = Arc::clone(&self.files.answers);
        let serving = self.serving(id);
        if serving.offered.lost.load(Ordering::Relaxed) {
            return self.node.answer_file(reply, Reply::Denied(Denial::Unknown), None);
        }
        let room = Arc::clone(&serving.room).try_acquire_owned();
        let (Ok(one), Ok(peer), Ok(all)) = (room, of_peer.try_acquire_owned(), all.try_acquire_owned()) else {
            return self.node.answer_file(reply, Reply::Denied(Denial::Busy), None);
        };
        let (pieces, source) = mpsc::channel(PIECES_AHEAD);
        let (offered, buffers) = (Arc::clone(&serving.offered), self.node.buffers().clone());
        let answer = Answer { offered, buffers, pieces, _room: [one, peer, all] };
        tokio::task::spawn_blocking(move || answer.give(wanted));
        self.node.answer_file(reply, Reply::Units, Some(source));
    }

    fn may_be_pulled(&self, id: TransferId) -> Result<(), Denial> {
        let transfer = &self.files.rows.get(&id).ok_or(Denial::Unknown)?.transfer;
        match (transfer.state, transfer.paused_by) {
            (TransferState::Cancelled, _) => Err(Denial::Cancelled),
            (TransferState::Paused, Some(PausedBy::Me)) => Err(Denial::Paused),
            _ => Ok(()),
        }
    }

    pub(super) fn serving(&mut self, id: TransferId) -> &mut Serving {
        let (keep, done) = (self.keep_of(id), self.files.rows.get(&id).map_or(0, |row| row.transfer.done));
        self.files.serving.entry(id).or_insert_with(|| Serving::new(keep, done))
    }
}

/// What an answer is to hold.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    Files(Range),
    Manifest { unit: u64, units: u64 },
}

/// An answer's body while it's being made.
struct Answer {
    offered: Arc<Offered>,
    buffers: Buffers,
    pieces: mpsc::Sender<io::Result<Vec<u8>>>,
    _room: [OwnedSemaphorePermit; 3],
}

/// Why no more of an answer can be made.
enum Stop {
    /// Whoever asked is gone.
    Gone,
    Failed(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl Answer {
    /// Reads and hands on what is wanted, until it's all there or nobody takes it any more.
    fn give(&self, wanted: Wanted) {
        let given = match wanted {
            Wanted::Files(range) => self.files(range),
            Wanted::Manifest { unit, units } => self.manifest(unit, units),
        };
        if let Err(Stop::Failed(error)) = given {
            tracing::info!(%error, "what is offered can't be given");
            let _ = self.pieces.blocking_send(Err(error));
        }
    }

    fn send(&self, piece: Vec<u8>) -> Result<(), Stop> {
        self.pieces.blocking_send(Ok(piece)).map_err(|_| Stop::Gone)
    }

    fn manifest(&self, unit: u64, units: u64) -> Result<(), Stop> {
        let mut file = self.offered.kept(File::open(self.offered.keep.manifest()))?;
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(unit.saturating_mul(UNIT).min(size)))?;
        for _ in 0..units {
            let piece = read_unit(&mut file, UNIT, &self.buffers)?;
            if piece.len() == FRAME_BYTES {
                break;
            }
            self.send(piece)?;
        }
        self.send(FrameHead::End.encode().to_vec())
    }

    fn files(&self, range: Range) -> Result<(), Stop> {
        let kept = self.offered.sources.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut sources = match kept {
            Some(sources) => sources,
            None => Sources::new(self.offered.kept(load_items(&self.offered.keep))?),
        };
        let given = self.files_from(&mut sources, range);
        self.offered.sources.lock().unwrap_or_else(PoisonError::into_inner).push(sources);
        given
    }

    fn files_from(&self, sources: &mut Sources, range: Range) -> Result<(), Stop> {
        let mut manifest = self.offered.kept(Reader::open(&self.offered.keep.manifest(), range.at))?;
        let (mut first, mut left) = (range.unit, range.units);
        let mut pack = Pack { answer: self, bytes: Vec::new(), hashes: range.hashes };
        while left > 0 {
            let Some((_, entry)) = manifest.next()? else { break };
            let units = left.min(entry.units().saturating_sub(first));
            pack.file(sources, &entry, first, units)?;
            left -= units;
            first = 0;
        }
        pack.bytes.extend(FrameHead::End.encode());
        pack.flush()
    }
}

/// Frames on their way out; small ones go together.
struct Pack<'a> {
    answer: &'a Answer,
    bytes: Vec<u8>,
    hashes: bool,
}

impl Pack<'_> {
    /// The units of one file, or the word that it can't be given.
    fn file(&mut self, sources: &mut Sources, entry: &Entry, first: u64, units: u64) -> Result<(), Stop> {
        let EntryKind::File { size, modified, .. } = entry.kind else { return Ok(()) };
        if units == 0 {
            return Ok(());
        }
        let Ok(mut file) = sources.open(entry).and_then(|file| at_unit(file, first)) else {
            return self.leave_out(entry, FrameHead::Unreadable);
        };
        for unit in first..first + units {
            let length = UNIT.min(size.saturating_sub(unit * UNIT));
            let Ok(frame) = read_unit(&mut file, length, &self.answer.buffers) else {
                return self.leave_out(entry, FrameHead::Unreadable);
            };
            // What was read is what was offered if the file is still as it was then.
            if frame.len() as u64 != length + FRAME_BYTES as u64 || !is_unchanged(&file, size, modified) {
                return self.leave_out(entry, FrameHead::Changed);
            }
            self.unit(frame)?;
        }
        Ok(())
    }

    /// Says that the rest of a file doesn't come.
    fn leave_out(&mut self, entry: &Entry, why: FrameHead) -> Result<(), Stop> {
        let name: Vec<_> = entry.path.iter().map(|name| String::from_utf8_lossy(name)).collect();
        let reason = if why == FrameHead::Changed { FileReason::Changed } else { FileReason::UnreadableHere };
        self.answer.offered.trouble.get_or_init(|| Reason::file(name.join("/"), reason));
        self.push(&why.encode())
    }

    fn unit(&mut self, frame: Vec<u8>) -> Result<(), Stop> {
        if self.hashes {
            self.bytes.extend(FrameHead::Hash.encode());
            self.push(frame.last_chunk::<HASH_BYTES>().map_or(&[], |hash| hash.as_slice()))
        } else if frame.len() as u64 > UNIT / 4 {
            // A large one goes as it is.
            self.flush()?;
            self.answer.send(frame)
        } else {
            self.push(&frame)
        }
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() as u64 >= UNIT { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Stop> {
        match std::mem::take(&mut self.bytes) {
            bytes if bytes.is_empty() => Ok(()),
            bytes => self.answer.send(bytes),
        }
    }
}

/// The frame of the file's next `length` bytes, or of as many as there are.
fn read_unit(file: &mut File, length: u64, buffers: &Buffers) -> io::Result<Vec<u8>> {
    let mut frame = buffers.take(length as usize + FRAME_BYTES);
    frame.truncate(length as usize + FRAME_HEAD_BYTES);
    let (head, bytes) = frame.split_at_mut(FRAME_HEAD_BYTES);
    let read = read_up_to(file, bytes)?;
    head.copy_from_slice(&FrameHead::Unit(read).encode());
    frame.truncate(FRAME_HEAD_BYTES + read);
    let hash = blake3::hash(frame.get(FRAME_HEAD_BYTES..).unwrap_or_default());
    frame.extend(hash.as_bytes());
    Ok(frame)
}

/// Fills `bytes` as far as the file goes.
fn read_up_to(file: &mut File, bytes: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while let Some(rest) = bytes.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

fn at_unit(mut file: File, unit: u64) -> io::Result<File> {
    if unit > 0 {
        file.seek(SeekFrom::Start(unit.saturating_mul(UNIT)))?;
    }
    Ok(file)
}

fn is_unchanged(file: &File, size: u64, at: i64) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.len() == size && modified(&metadata) == at)
}

#[cfg(test)]
pub(super) mod tests;
