//! The sender's side: ranges of an offered file, its digest, and what the receiver reports.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::place;
use super::speed::Speed;
use crate::engine::core::Core;
use crate::model::{Direction, PeerId, TransferId, TransferState};
use crate::net::{CHUNK_BYTES, FileReply, Source};
use crate::protocol::wire::file::{Ask, Denial, Outcome, Reply};
use crate::store::TransferRow;

/// Ranges of one transfer that are served at a time.
const MAX_RANGES: usize = 8;

/// Chunks that are read ahead of the network for one range.
const CHUNKS_AHEAD: usize = 4;

/// Requests for a digest that may wait for it.
const MAX_WAITING: usize = 4;

/// What is known of a transfer while it's served.
pub(in crate::engine) struct Serving {
    room: Arc<Semaphore>,
    /// Where the ranges begin that are being sent.
    sending: BTreeSet<u64>,
    /// The end of the last range that was sent.
    sent: u64,
    digest: Digest,
    speed: Speed,
}

enum Digest {
    Unknown,
    Running(Vec<FileReply>),
    Ready([u8; 32]),
}

impl Serving {
    fn new(done: u64) -> Self {
        Self {
            room: Arc::new(Semaphore::new(MAX_RANGES)),
            sending: BTreeSet::new(),
            sent: done,
            digest: Digest::Unknown,
            speed: Speed::new(done, Instant::now()),
        }
    }

    pub(super) fn speed(&self) -> u64 {
        self.speed.bytes_per_second(Instant::now())
    }
}

/// The offered file as it was when it was offered.
#[derive(Debug, Clone)]
struct Original {
    path: PathBuf,
    size: u64,
    modified: i64,
}

impl Original {
    fn of(row: &TransferRow) -> Option<Self> {
        Some(Self { path: row.source.clone()?, size: row.transfer.size, modified: row.modified? })
    }

    /// Opens the file if it's still the same.
    fn open(&self) -> Result<File, Denial> {
        // What may pass (too many open files, a drive that is unplugged) is asked for again.
        let file = File::open(&self.path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Denial::Unreadable,
            _ => Denial::Busy,
        })?;
        if self.is_unchanged(&file) { Ok(file) } else { Err(Denial::Changed) }
    }

    fn is_unchanged(&self, file: &File) -> bool {
        file.metadata().is_ok_and(|metadata| {
            metadata.is_file() && metadata.len() == self.size && place::modified(&metadata) == self.modified
        })
    }

    /// Reads a range into a channel, chunk by chunk, until the receiving end is gone.
    fn read(&self, mut file: File, offset: u64, length: u64, feed: &mpsc::Sender<io::Result<Vec<u8>>>) {
        let mut left = length;
        let mut at = file.seek(SeekFrom::Start(offset)).map(|_| ());
        while at.is_ok() && left > 0 {
            let mut chunk = vec![0; usize::try_from(left).unwrap_or(usize::MAX).min(CHUNK_BYTES)];
            at = file.read_exact(&mut chunk);
            left -= chunk.len() as u64;
            // The last chunk is held back if the file was written to meanwhile: the receiver then asks again and learns.
            if left == 0 && at.is_ok() && !self.is_unchanged(&file) {
                at = Err(io::Error::other("the file was changed"));
            }
            if at.is_ok() && feed.blocking_send(Ok(chunk)).is_err() {
                return;
            }
        }
        if let Err(error) = at {
            let _ = feed.blocking_send(Err(error));
        }
    }

    fn digest(&self) -> Result<[u8; 32], Denial> {
        let file = self.open()?;
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(&file).map_err(|_| Denial::Busy)?;
        if self.is_unchanged(&file) { Ok(*hasher.finalize().as_bytes()) } else { Err(Denial::Changed) }
    }
}

impl Core {
    /// A peer asks about a transfer.
    pub(in crate::engine) fn file_asked(&mut self, peer: PeerId, id: TransferId, ask: Ask, reply: FileReply) {
        if !self.may_spend(peer, 1) {
            return self.node.answer_file(reply, Reply::Denied(Denial::Busy), None);
        }
        let belongs = |row: &TransferRow| {
            let transfer = &row.transfer;
            transfer.peer_id == peer && transfer.direction == Direction::Out && !transfer.state.is_over()
        };
        if !self.files.rows.get(&id).is_some_and(belongs) {
            return self.asked_of_the_past(peer, id, ask, reply);
        }
        match ask {
            Ask::Range { offset, length } => self.serve_range(id, offset, length, reply),
            Ask::Digest => self.serve_digest(id, reply),
            Ask::Report { done, outcome } => {
                self.reported(id, done, outcome);
                self.node.answer_file(reply, Reply::Noted, None);
            }
        }
    }

    /// A transfer that is over: a report of it may come twice, where the first answer was lost.
    fn asked_of_the_past(&mut self, peer: PeerId, id: TransferId, ask: Ask, reply: FileReply) {
        let store = self.store.clone();
        self.beside(async move { store.transfer(id).await }, move |core, row| {
            let known = row
                .ok()
                .flatten()
                .is_some_and(|row| row.transfer.peer_id == peer && row.transfer.direction == Direction::Out);
            let answer = match ask {
                Ask::Report { .. } if known => Reply::Noted,
                _ => Reply::Denied(Denial::Unknown),
            };
            core.node.answer_file(reply, answer, None);
        });
    }

    fn original(&self, id: TransferId) -> Option<Original> {
        self.files.rows.get(&id).and_then(Original::of)
    }

    fn serving(&mut self, id: TransferId, done: u64) -> &mut Serving {
        self.files.serving.entry(id).or_insert_with(|| Serving::new(done))
    }

    fn serve_range(&mut self, id: TransferId, offset: u64, length: u64, reply: FileReply) {
        let Some(original) = self.original(id) else {
            return self.node.answer_file(reply, Reply::Denied(Denial::Unknown), None);
        };
        if offset.checked_add(length).is_none_or(|end| end > original.size) {
            return self.node.answer_file(reply, Reply::Denied(Denial::Invalid), None);
        }
        let Ok(permit) = Arc::clone(&self.serving(id, offset).room).try_acquire_owned() else {
            return self.node.answer_file(reply, Reply::Denied(Denial::Busy), None);
        };
        self.serving(id, offset).sending.insert(offset);
        self.moved(id);
        self.start_digest(id);
        let work = tokio::task::spawn_blocking(move || original.open().map(|file| (original, file)));
        self.beside(work, move |core, opened| match opened.unwrap_or(Err(Denial::Busy)) {
            Ok((original, file)) => {
                let (source, fed) = feed(original, file, offset, length, permit);
                core.node.answer_file(reply, Reply::Range(length), Some(source));
                core.beside(fed, move |core, _| core.range_sent(id, offset, length));
            }
            Err(denial) => core.deny(id, denial, reply),
        });
    }

    /// A range has gone out to the network.
    fn range_sent(&mut self, id: TransferId, offset: u64, length: u64) {
        if let Some(serving) = self.files.serving.get_mut(&id) {
            serving.sending.remove(&offset);
            serving.sent = offset.saturating_add(length);
            self.moved(id);
        }
    }

    /// The receiver asks in order: it has everything before what is being sent.
    fn moved(&mut self, id: TransferId) {
        let Some(serving) = self.files.serving.get_mut(&id) else { return };
        let done = serving.sending.first().copied().unwrap_or(serving.sent);
        serving.speed.moved(done, Instant::now());
        let Some(row) = self.files.rows.get_mut(&id).filter(|row| !row.transfer.state.is_over()) else { return };
        row.transfer.done = done;
        let begins = row.transfer.state != TransferState::Active;
        if begins {
            self.change(id, |row| row.transfer.state = TransferState::Active);
        } else {
            self.tell_transfer(id);
        }
    }

    /// Refuses, and where the file is to blame gives the transfer up.
    fn deny(&mut self, id: TransferId, denial: Denial, reply: FileReply) {
        self.node.answer_file(reply, Reply::Denied(denial), None);
        let words = match denial {
            Denial::Changed => "the file was changed after it was offered; offer it again",
            Denial::Unreadable => "the file can't be read any more",
            _ => return,
        };
        self.change(id, |row| {
            row.transfer.state = TransferState::Failed;
            row.transfer.error = Some(words.to_owned());
        });
    }

    /// Hashes the file while its ranges go out, so that the digest is there at the end.
    fn start_digest(&mut self, id: TransferId) {
        let Some(original) = self.original(id) else { return };
        let serving = self.serving(id, 0);
        if !matches!(serving.digest, Digest::Unknown) {
            return;
        }
        serving.digest = Digest::Running(Vec::new());
        let work = tokio::task::spawn_blocking(move || original.digest());
        self.beside(work, move |core, digest| core.digested(id, digest.unwrap_or(Err(Denial::Busy))));
    }

    fn digested(&mut self, id: TransferId, digest: Result<[u8; 32], Denial>) {
        let Some(serving) = self.files.serving.get_mut(&id) else { return };
        let next = digest.map_or(Digest::Unknown, Digest::Ready);
        let Digest::Running(waiting) = std::mem::replace(&mut serving.digest, next) else { return };
        for reply in waiting {
            match digest {
                Ok(digest) => self.node.answer_file(reply, Reply::Digest(digest), None),
                Err(denial) => self.deny(id, denial, reply),
            }
        }
    }

    fn serve_digest(&mut self, id: TransferId, reply: FileReply) {
        self.start_digest(id);
        match self.files.serving.get_mut(&id).map(|serving| &mut serving.digest) {
            Some(Digest::Ready(digest)) => {
                let digest = *digest;
                self.node.answer_file(reply, Reply::Digest(digest), None);
            }
            Some(Digest::Running(waiting)) if waiting.len() < MAX_WAITING => waiting.push(reply),
            Some(_) => self.node.answer_file(reply, Reply::Denied(Denial::Busy), None),
            None => self.node.answer_file(reply, Reply::Denied(Denial::Unknown), None),
        }
    }

    /// The receiver says how it fares.
    fn reported(&mut self, id: TransferId, done: u64, outcome: Outcome) {
        self.change(id, |row| {
            let transfer = &mut row.transfer;
            transfer.done = done.min(transfer.size);
            transfer.state = match outcome {
                Outcome::Verified => TransferState::Done,
                Outcome::Declined => TransferState::Declined,
                Outcome::Failed => TransferState::Failed,
                Outcome::UnderWay => TransferState::Active,
            };
            transfer.error =
                (outcome == Outcome::Failed).then(|| "the other side could not receive the file".to_owned());
        });
    }
}

/// A thread reads the range ahead of the network.
fn feed(
    original: Original,
    file: File,
    offset: u64,
    length: u64,
    permit: OwnedSemaphorePermit,
) -> (Source, JoinHandle<()>) {
    let (sender, source) = mpsc::channel(CHUNKS_AHEAD);
    let fed = tokio::task::spawn_blocking(move || {
        original.read(file, offset, length, &sender);
        drop(permit);
    });
    (source, fed)
}
