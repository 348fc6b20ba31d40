//! The receiver's side: asks for ranges in order, some at a time, until the file is whole and verified.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::Purpose;
use super::place;
use super::speed::Speed;
use super::writer::{Range, Word, Writer};
use crate::engine::core::Core;
use crate::model::{FileName, TransferId, TransferState};
use crate::net::RequestId;
use crate::protocol::wire::file::{Ask, Denial, Reply};
use crate::store::StoreError;

/// Bytes that are asked for at a time.
const RANGE_BYTES: u64 = 4 * 1024 * 1024;

/// Ranges that are under way at a time.
const RANGES_AHEAD: usize = 4;

/// Chunks of one range that wait for the writer.
const CHUNKS_AHEAD: usize = 4;

/// Downloads that run at a time; others wait their turn.
const MAX_DOWNLOADS: usize = 4;

/// Words of a writer that may wait to be heard.
const WORDS_AHEAD: usize = 16;

/// Wait before a transfer that broke off is taken up again.
const AGAIN: Duration = Duration::from_secs(1);

/// Wait before a disk that refused is tried again.
const DISK_AGAIN: Duration = Duration::from_secs(10);

/// An attempt to get a file.
pub(in crate::engine) struct Download {
    attempt: u64,
    /// `None`: being prepared, or broken off, with a writer that comes to its end.
    ranges: Option<mpsc::Sender<Range>>,
    next: u64,
    under_way: usize,
    hash: Option<[u8; 32]>,
    part: Option<PathBuf>,
    speed: Speed,
}

impl Download {
    pub(super) fn speed(&self) -> u64 {
        self.speed.bytes_per_second(Instant::now())
    }
}

impl Core {
    /// Goes on with a transfer that is accepted, if its sender is here and it doesn't run already.
    pub(super) fn pull(&mut self, id: TransferId) {
        let Some(row) = self.files.rows.get(&id) else { return };
        let wanted = row.transfer.state == TransferState::Active && self.people.is_met(&row.transfer.peer_id);
        let runs = self.files.downloads.contains_key(&id) || self.files.resting.contains(&id);
        if !wanted || runs || self.files.downloads.len() >= MAX_DOWNLOADS {
            return;
        }
        let Some(folder) = row.folder.clone() else { return self.take_offer(id, None, None) };
        let (size, kept, begun) = (row.transfer.size, row.transfer.done, row.part.clone());
        let name = FileName::safe(&row.transfer.name);
        self.files.attempts += 1;
        let attempt = self.files.attempts;
        let speed = Speed::new(kept, Instant::now());
        let download = Download { attempt, ranges: None, next: 0, under_way: 0, hash: None, part: None, speed };
        self.files.downloads.insert(id, download);
        let work = tokio::task::spawn_blocking(move || {
            let (file, part) = place::open_part(&folder, &name, id, begun.as_deref())?;
            // A part that is new holds nothing, whatever was kept in another.
            let kept = if begun.as_ref() == Some(&part) { kept } else { 0 };
            Ok((Writer::resume(file, size, kept)?, part))
        });
        self.beside(work, move |core, prepared: Result<std::io::Result<(Writer, PathBuf)>, _>| {
            match prepared.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
                Ok((writer, part)) => core.begin(id, writer, part),
                Err(error) => {
                    core.files.downloads.remove(&id);
                    core.disk_refused(id, &error);
                }
            }
        });
    }

    fn begin(&mut self, id: TransferId, writer: Writer, part: PathBuf) {
        let Some(download) = self.files.downloads.get_mut(&id) else { return };
        let (ranges, given) = mpsc::channel(RANGES_AHEAD);
        let (words, heard) = mpsc::channel(WORDS_AHEAD);
        let done = writer.done();
        download.ranges = Some(ranges);
        download.next = done;
        download.part = Some(part.clone());
        download.speed = Speed::new(done, Instant::now());
        tokio::task::spawn_blocking(move || writer.run(given, &words));
        self.change(id, |row| {
            row.part = Some(part);
            row.transfer.done = done;
            row.transfer.error = None;
        });
        self.listen(id, heard);
        self.ask_for_ranges(id);
    }

    fn ask_for_ranges(&mut self, id: TransferId) {
        let Some(row) = self.files.rows.get(&id) else { return };
        let (peer, size) = (row.transfer.peer_id, row.transfer.size);
        let Some(download) = self.files.downloads.get_mut(&id) else { return };
        while download.under_way < RANGES_AHEAD && download.next < size {
            let length = RANGE_BYTES.min(size - download.next);
            let (sink, chunks) = mpsc::channel(CHUNKS_AHEAD);
            let Some(Ok(())) = download.ranges.as_ref().map(|ranges| ranges.try_send((length, chunks))) else { return };
            let ask = Ask::Range { offset: download.next, length };
            let request = self.node.file(&peer, id, ask, Some(sink));
            self.files.requests.insert(request, Purpose::Range(id, download.attempt));
            download.next += length;
            download.under_way += 1;
        }
    }

    /// Hears the writer's next word.
    fn listen(&mut self, id: TransferId, mut words: mpsc::Receiver<Word>) {
        let hear = async move {
            let word = words.recv().await;
            (word, words)
        };
        self.beside(hear, move |core, (word, words)| match word {
            Some(Word::Written(done)) => {
                core.written(id, done);
                core.listen(id, words);
            }
            Some(Word::Kept(done)) => {
                core.change(id, |row| row.transfer.done = done);
                core.listen(id, words);
            }
            Some(Word::Whole(hash)) => core.whole(id, hash),
            Some(Word::Broken(done)) => {
                core.change(id, |row| row.transfer.done = done);
                core.broken_off(id, AGAIN);
            }
            Some(Word::Failed(error)) => {
                core.files.downloads.remove(&id);
                core.disk_refused(id, &error);
            }
            None => core.broken_off(id, AGAIN),
        });
    }

    fn written(&mut self, id: TransferId, done: u64) {
        if let Some(download) = self.files.downloads.get_mut(&id) {
            download.speed.moved(done, Instant::now());
        }
        if let Some(row) = self.files.rows.get_mut(&id) {
            row.transfer.done = done;
        }
        self.tell_transfer(id);
    }

    /// An answer about a transfer came, or none did.
    pub(in crate::engine) fn file_answered(&mut self, request: RequestId, reply: Option<Reply>) {
        match (self.files.requests.remove(&request), reply) {
            (Some(Purpose::Range(id, attempt)), reply) => self.range_answered(id, attempt, reply),
            (Some(Purpose::Digest(id, attempt)), reply) => self.digest_answered(id, attempt, reply),
            (Some(Purpose::Ending(id)), Some(Reply::Denied(Denial::Busy)) | None) => {
                self.later(AGAIN, move |core| core.report_ending(id));
            }
            // A sender that doesn't know the transfer any more needs no report.
            (Some(Purpose::Ending(id)), Some(_)) => self.change(id, |row| row.told = true),
            (Some(Purpose::Beginning) | None, _) => {}
        }
    }

    fn range_answered(&mut self, id: TransferId, attempt: u64, reply: Option<Reply>) {
        let Some(download) = self.files.downloads.get_mut(&id).filter(|download| download.attempt == attempt) else {
            return;
        };
        download.under_way = download.under_way.saturating_sub(1);
        match reply {
            Some(Reply::Range(_)) => self.ask_for_ranges(id),
            Some(Reply::Denied(denial)) if is_final(denial) => self.give_up(id, denial.to_string()),
            // The writer sees the end of the range before its length, and says how far it is.
            _ => download.ranges = None,
        }
    }

    fn whole(&mut self, id: TransferId, hash: [u8; 32]) {
        let Some(row) = self.files.rows.get_mut(&id) else { return };
        row.transfer.done = row.transfer.size;
        let peer = row.transfer.peer_id;
        let Some(download) = self.files.downloads.get_mut(&id) else { return };
        download.hash = Some(hash);
        let purpose = Purpose::Digest(id, download.attempt);
        self.change(id, |_| {});
        let request = self.node.file(&peer, id, Ask::Digest, None);
        self.files.requests.insert(request, purpose);
    }

    fn digest_answered(&mut self, id: TransferId, attempt: u64, reply: Option<Reply>) {
        let Some(download) = self.files.downloads.get(&id).filter(|download| download.attempt == attempt) else {
            return;
        };
        match reply {
            Some(Reply::Digest(digest)) if download.hash == Some(digest) => self.verified(id),
            Some(Reply::Digest(_)) => self.give_up(id, "what arrived is not what the sender has".to_owned()),
            Some(Reply::Denied(denial)) if is_final(denial) => self.give_up(id, denial.to_string()),
            _ => self.broken_off(id, AGAIN),
        }
    }

    /// The file is the sender's: it gets its name.
    fn verified(&mut self, id: TransferId) {
        let part = self.files.downloads.get(&id).and_then(|download| download.part.clone());
        let row = self.files.rows.get(&id).map(|row| (row.folder.clone(), FileName::safe(&row.transfer.name)));
        let (Some(part), Some((Some(folder), name))) = (part, row) else { return };
        let named = part.clone();
        let work = tokio::task::spawn_blocking(move || place::finish(&named, &folder, &name));
        self.beside(work, move |core, finished| {
            match finished.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
                Ok(path) => core.named(id, part, &path),
                Err(error) => {
                    core.files.downloads.remove(&id);
                    core.disk_refused(id, &error);
                }
            }
        });
    }

    /// The file has its name. Its part goes once the store knows: until then it tells, after a crash, whose name that is.
    fn named(&mut self, id: TransferId, part: PathBuf, path: &Path) {
        let saved_to = path.to_string_lossy().into_owned();
        let Some(row) = self.files.rows.get_mut(&id) else { return };
        row.transfer.state = TransferState::Done;
        row.transfer.saved_to = Some(saved_to);
        row.part = None;
        let row = row.clone();
        let store = self.store.clone();
        let work = async move {
            store.put_transfer(row).await?;
            let _ = tokio::task::spawn_blocking(move || place::forget_part(&part)).await;
            Ok::<(), StoreError>(())
        };
        self.beside(work, move |core, kept| {
            core.files.downloads.remove(&id);
            if let Err(error) = kept {
                core.warn(error.to_string());
            }
            core.change(id, |_| {});
            core.report_ending(id);
            core.pull_next();
        });
    }

    /// The attempt is over; the next one goes on from what is on disk.
    fn broken_off(&mut self, id: TransferId, wait: Duration) {
        self.files.downloads.remove(&id);
        self.files.resting.insert(id);
        self.tell_transfer(id);
        self.later(wait, move |core| {
            core.files.resting.remove(&id);
            core.pull(id);
        });
        self.pull_next();
    }

    /// The disk is full, or gone: said, and tried again.
    fn disk_refused(&mut self, id: TransferId, error: &std::io::Error) {
        let words = match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                "the disk is full; it goes on when there is room again".to_owned()
            }
            _ => format!("the file can't be written: {error}"),
        };
        self.change(id, |row| row.transfer.error = Some(words));
        self.broken_off(id, DISK_AGAIN);
    }

    /// It can't be had. Nothing of it stays.
    fn give_up(&mut self, id: TransferId, words: String) {
        if let Some(part) = self.files.downloads.remove(&id).and_then(|download| download.part) {
            let remove = tokio::task::spawn_blocking(move || std::fs::remove_file(part));
            self.beside(remove, |_, removed| {
                if let Ok(Err(error)) = removed {
                    tracing::warn!(%error, "a part of a file that can't be had stays");
                }
            });
        }
        self.change(id, |row| {
            row.transfer.state = TransferState::Failed;
            row.transfer.error = Some(words);
            row.part = None;
        });
        self.report_ending(id);
        self.pull_next();
    }

    /// There is room for another download.
    fn pull_next(&mut self) {
        let waiting: Vec<TransferId> = self.files.rows.keys().copied().collect();
        for id in waiting {
            self.pull(id);
        }
    }
}

/// Whether asking again is of no use.
const fn is_final(denial: Denial) -> bool {
    matches!(denial, Denial::Unknown | Denial::Changed | Denial::Unreadable | Denial::Invalid | Denial::Other(_))
}
