//! The thread that writes a download: ranges in order, hashed as they come, made durable now and then.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::net::CHUNK_BYTES;

/// Bytes after which what was written is made durable and counts as kept.
const SYNC_BYTES: u64 = 32 * 1024 * 1024;

/// Time between two words about the progress.
const PROGRESS: Duration = Duration::from_millis(100);

/// One range on its way: its length, and its bytes as they come.
pub(super) type Range = (u64, mpsc::Receiver<Vec<u8>>);

/// What the writer tells.
#[derive(Debug)]
pub(super) enum Word {
    /// So many bytes of the file are written.
    Written(u64),
    /// So many are durable.
    Kept(u64),
    /// All are there, durable, and hash to this.
    Whole([u8; 32]),
    /// A range ended too early, or there are no more ranges: so many bytes are durable.
    Broken(u64),
    /// The disk refuses.
    Failed(io::Error),
}

/// A part that grows.
pub(super) struct Writer {
    file: File,
    hasher: blake3::Hasher,
    size: u64,
    done: u64,
    kept: u64,
    told: Instant,
}

impl Writer {
    /// Takes up a part of which `kept` bytes were durable: hashes them again, and cuts off what came after.
    pub(super) fn resume(mut file: File, size: u64, kept: u64) -> io::Result<Self> {
        let kept = kept.min(file.metadata()?.len()).min(size);
        file.set_len(kept)?;
        file.seek(SeekFrom::Start(0))?;
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; CHUNK_BYTES];
        let mut left = kept;
        while left > 0 {
            let read = file.read(&mut buffer)?;
            let bytes = buffer.get(..read).filter(|bytes| !bytes.is_empty());
            hasher.update(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
            left = left.saturating_sub(read as u64);
        }
        Ok(Self { file, hasher, size, done: kept, kept, told: Instant::now() })
    }

    /// Bytes that are there.
    pub(super) const fn done(&self) -> u64 {
        self.done
    }

    /// Writes ranges until the file is whole, one breaks off, or there are no more. The last word is one of
    /// [`Word::Whole`], [`Word::Broken`] and [`Word::Failed`].
    pub(super) fn run(mut self, mut ranges: mpsc::Receiver<Range>, words: &mpsc::Sender<Word>) {
        let word = self.write_all(&mut ranges, words).unwrap_or_else(Word::Failed);
        // An error says that the engine is gone, and nobody is left to tell.
        let _ = words.blocking_send(word);
    }

    fn write_all(&mut self, ranges: &mut mpsc::Receiver<Range>, words: &mpsc::Sender<Word>) -> io::Result<Word> {
        while self.done < self.size {
            let whole = match ranges.blocking_recv() {
                Some((length, chunks)) => self.write_range(length, chunks, words)?,
                None => false,
            };
            if !whole {
                self.file.sync_data()?;
                return Ok(Word::Broken(self.done));
            }
        }
        self.file.sync_all()?;
        Ok(Word::Whole(*self.hasher.finalize().as_bytes()))
    }

    /// `false`: it broke off.
    fn write_range(
        &mut self,
        length: u64,
        mut chunks: mpsc::Receiver<Vec<u8>>,
        words: &mpsc::Sender<Word>,
    ) -> io::Result<bool> {
        let end = self.done.saturating_add(length).min(self.size);
        while self.done < end {
            let Some(chunk) = chunks.blocking_recv() else { return Ok(false) };
            if chunk.len() as u64 > end - self.done {
                return Ok(false);
            }
            self.file.write_all(&chunk)?;
            self.hasher.update(&chunk);
            self.done += chunk.len() as u64;
            self.tell(words)?;
        }
        Ok(true)
    }

    fn tell(&mut self, words: &mpsc::Sender<Word>) -> io::Result<()> {
        if self.done - self.kept >= SYNC_BYTES {
            self.file.sync_data()?;
            self.kept = self.done;
            let _ = words.try_send(Word::Kept(self.kept));
        } else if self.told.elapsed() >= PROGRESS {
            self.told = Instant::now();
            let _ = words.try_send(Word::Written(self.done));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(file: File, size: u64, kept: u64, ranges: &[(u64, &[u8])]) -> Word {
        let writer = Writer::resume(file, size, kept).unwrap();
        let (feed, fed) = mpsc::channel(10);
        for (length, bytes) in ranges {
            let (sink, chunks) = mpsc::channel(10);
            for chunk in bytes.chunks(3) {
                sink.try_send(chunk.to_vec()).unwrap();
            }
            feed.try_send((*length, chunks)).unwrap();
        }
        drop(feed);
        let (words, mut told) = mpsc::channel(10);
        writer.run(fed, &words);
        drop(words);
        let mut last = None;
        while let Some(word) = told.blocking_recv() {
            last = Some(word);
        }
        last.unwrap()
    }

    #[test]
    fn ranges_make_the_whole_file() {
        let file = tempfile::tempfile().unwrap();
        let word = run(file.try_clone().unwrap(), 9, 0, &[(5, b"hola "), (4, b"luis")]);
        assert!(matches!(word, Word::Whole(hash) if hash == *blake3::hash(b"hola luis").as_bytes()));
        assert!(matches!(run(file, 0, 9, &[]), Word::Whole(hash) if hash == *blake3::hash(b"").as_bytes()));
    }

    #[test]
    fn what_breaks_off_is_taken_up_where_it_was() {
        let file = tempfile::tempfile().unwrap();
        let word = run(file.try_clone().unwrap(), 9, 0, &[(5, b"hol")]);
        assert!(matches!(word, Word::Broken(3)));
        let word = run(file.try_clone().unwrap(), 9, 3, &[(6, b"a luis")]);
        assert!(matches!(word, Word::Whole(hash) if hash == *blake3::hash(b"hola luis").as_bytes()));
        // Of a longer part only what was durable counts.
        assert!(matches!(run(file, 9, 2, &[]), Word::Broken(2)));
    }

    #[test]
    fn a_range_longer_than_asked_for_is_not_taken() {
        let word = run(tempfile::tempfile().unwrap(), 4, 0, &[(4, b"hola luis")]);
        assert!(matches!(word, Word::Broken(3)));
    }
}
