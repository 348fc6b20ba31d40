//! Buffers around a connection that are there only while they are of use. Presence is a connection, a relay has thousands,
//! and most of them say a few bytes now and then: those shall not hold on to what a file once needed.
//!
//! Both start small. What was nearly full stays for what most likely follows; what wasn't is given back as soon as nothing
//! more is ready.

use std::io::{self, IoSlice};
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::{AsyncRead, AsyncWrite};

/// Bytes of a buffer at first: a ping, a hello, a message.
const SMALL: usize = 4 * 1024;

/// Reads ahead; what is written goes straight through.
pub struct Reader<C> {
    inner: C,
    most: usize,
    buffer: Vec<u8>,
    /// What of the buffer was read and not taken yet.
    rest: Range<usize>,
    /// Bytes of the next buffer.
    size: usize,
    /// Bytes that came at the last time.
    last: usize,
}

impl<C> Reader<C> {
    /// Reads ahead so many bytes at most.
    pub(super) fn new(inner: C, most: usize) -> Self {
        Self { inner, most, buffer: Vec::new(), rest: 0..0, size: SMALL.min(most), last: 0 }
    }

    fn give_back(&mut self) {
        if self.last < self.buffer.len() / 2 {
            self.buffer = Vec::new();
            self.size = SMALL.min(self.most);
        }
    }
}

impl<C: AsyncRead + Unpin> Reader<C> {
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.buffer.len() != self.size {
            self.buffer = vec![0; self.size];
        }
        let Poll::Ready(read) = Pin::new(&mut self.inner).poll_read(cx, &mut self.buffer)? else {
            self.give_back();
            return Poll::Pending;
        };
        self.rest = 0..read;
        self.last = read;
        if read == self.size {
            self.size = (self.size * 2).min(self.most);
        }
        Poll::Ready(Ok(()))
    }
}

impl<C: AsyncRead + Unpin> AsyncRead for Reader<C> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.rest.is_empty() {
            if bytes.len() >= this.most {
                return Pin::new(&mut this.inner).poll_read(cx, bytes);
            }
            ready!(this.poll_fill(cx))?;
        }
        let mut rest = this.buffer.get(this.rest.clone()).unwrap_or_default();
        let length = io::Read::read(&mut rest, bytes)?;
        this.rest.start += length;
        Poll::Ready(Ok(length))
    }
}

impl<C: AsyncWrite + Unpin> AsyncWrite for Reader<C> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    /// TLS has several records to be written, and the socket takes them together.
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, pieces)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }
}

/// Gathers what is written until it's flushed, or is too much. What is large by itself goes out at once with what was
/// gathered before it, without a copy.
pub(super) struct Writer<C> {
    inner: C,
    most: usize,
    buffer: Vec<u8>,
    /// Bytes of the buffer that are written already.
    written: usize,
}

impl<C> Writer<C> {
    /// Gathers so many bytes at most.
    pub(super) fn new(inner: C, most: usize) -> Self {
        Self { inner, most, buffer: Vec::new(), written: 0 }
    }

    fn give_back(&mut self) {
        self.written = 0;
        if self.buffer.len() < self.most / 2 {
            self.buffer = Vec::new();
        } else {
            self.buffer.clear();
        }
    }
}

impl<C: AsyncWrite + Unpin> Writer<C> {
    /// Writes all that was gathered.
    fn poll_empty(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.buffer.is_empty() {
            self.give_back();
        }
        while self.written < self.buffer.len() {
            ready!(self.poll_some(cx, &[]))?;
        }
        Poll::Ready(Ok(()))
    }

    /// Writes something of what was gathered and of `bytes` after it. Gives how much of `bytes` is written.
    fn poll_some(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let gathered = self.buffer.get(self.written..).unwrap_or_default();
        let written = match (gathered, bytes) {
            (gathered, []) => ready!(Pin::new(&mut self.inner).poll_write(cx, gathered))?,
            ([], bytes) => ready!(Pin::new(&mut self.inner).poll_write(cx, bytes))?,
            (gathered, bytes) => {
                let both = [IoSlice::new(gathered), IoSlice::new(bytes)];
                ready!(Pin::new(&mut self.inner).poll_write_vectored(cx, &both))?
            }
        };
        if written == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        let of_gathered = written.min(gathered.len());
        self.written += of_gathered;
        if self.written == self.buffer.len() {
            self.give_back();
        }
        Poll::Ready(Ok(written - of_gathered))
    }
}

impl<C: AsyncWrite + Unpin> AsyncWrite for Writer<C> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if bytes.len() > this.most / 2 {
            loop {
                let written = ready!(this.poll_some(cx, bytes))?;
                if written > 0 {
                    return Poll::Ready(Ok(written));
                }
            }
        }
        if this.buffer.len() + bytes.len() > this.most {
            ready!(this.poll_empty(cx))?;
        }
        if bytes.len() > SMALL {
            this.buffer.reserve_exact(this.most - this.buffer.len());
        }
        this.buffer.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_empty(cx))?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_empty(cx))?;
        Pin::new(&mut self.inner).poll_close(cx)
    }
}

impl<C: AsyncRead + Unpin> AsyncRead for Writer<C> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_read(cx, bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use futures::task::noop_waker_ref;
    use proptest::prelude::*;

    use super::*;

    const MOST: usize = 64 * 1024;

    /// Gives pieces, with a pause after each, and takes what it's given in pieces as large as `takes`.
    #[derive(Default)]
    struct Socket {
        gives: VecDeque<Vec<u8>>,
        pause: bool,
        takes: usize,
        taken: Vec<u8>,
        writes: usize,
    }

    impl AsyncRead for Socket {
        fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
            self.pause = !self.pause;
            let paused = self.pause;
            match self.gives.front_mut() {
                Some(next) if !paused => {
                    let length = io::Read::read(&mut next.as_slice(), bytes)?;
                    next.drain(..length);
                    if next.is_empty() {
                        self.gives.pop_front();
                    }
                    Poll::Ready(Ok(length))
                }
                _ => Poll::Pending,
            }
        }
    }

    impl AsyncWrite for Socket {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            let length = bytes.len().min(self.takes);
            self.taken.extend(&bytes[..length]);
            self.writes += 1;
            Poll::Ready(Ok(length))
        }

        fn poll_write_vectored(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            pieces: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            self.poll_write(cx, &pieces.iter().flat_map(|piece| piece.iter().copied()).collect::<Vec<_>>())
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// All that comes until twice nothing is ready, read in pieces of at most `size`.
    fn read_all(reader: &mut Reader<Socket>, size: usize) -> Vec<u8> {
        let mut cx = Context::from_waker(noop_waker_ref());
        let (mut all, mut piece, mut pauses) = (Vec::new(), vec![0; size], 0);
        while pauses < 2 {
            match Pin::new(&mut *reader).poll_read(&mut cx, &mut piece) {
                Poll::Ready(read) => {
                    all.extend(&piece[..read.unwrap()]);
                    pauses = 0;
                }
                Poll::Pending => pauses += 1,
            }
        }
        all
    }

    proptest! {
        #[test]
        fn what_comes_is_what_was_sent(lengths in prop::collection::vec(1..100_000_usize, 0..8), size in 1..100_000_usize) {
            let gives: VecDeque<Vec<u8>> = lengths.iter().zip(1..).map(|(length, n)| vec![n; *length]).collect();
            let all: Vec<u8> = gives.iter().flatten().copied().collect();
            let mut reader = Reader::new(Socket { gives, ..Socket::default() }, MOST);
            prop_assert!(read_all(&mut reader, size) == all);
        }

        #[test]
        fn what_is_flushed_is_what_was_written(lengths in prop::collection::vec(1..100_000_usize, 0..8), takes in 1_000..100_000_usize) {
            let mut writer = Writer::new(Socket { takes, ..Socket::default() }, MOST);
            let mut all: Vec<u8> = Vec::new();
            let mut cx = Context::from_waker(noop_waker_ref());
            for (length, n) in lengths.iter().zip(1..) {
                let bytes = vec![n; *length];
                let Poll::Ready(Ok(written)) = Pin::new(&mut writer).poll_write(&mut cx, &bytes) else { panic!() };
                all.extend(&bytes[..written]);
            }
            prop_assert!(Pin::new(&mut writer).poll_flush(&mut cx).is_ready());
            prop_assert!(writer.inner.taken == all);
        }
    }

    #[test]
    fn who_says_little_has_no_buffer() {
        let little = || [vec![7; 100], vec![7; 100]].into();
        let mut reader = Reader::new(Socket { gives: little(), ..Socket::default() }, MOST);
        assert_eq!(read_all(&mut reader, 1_000).len(), 200);
        assert_eq!(reader.buffer.capacity(), 0);
        // The small ones on the way to the largest, and then so many of those.
        let many = MOST - SMALL + 10 * MOST;
        reader.inner.gives = [vec![7; many]].into();
        assert_eq!(read_all(&mut reader, 1_000).len(), many);
        assert_eq!(reader.size, MOST, "a lot may follow");
        reader.inner.gives = little();
        assert_eq!(read_all(&mut reader, 1_000).len(), 200);
        assert_eq!(reader.buffer.capacity(), 0);
    }

    #[test]
    fn what_is_large_goes_out_with_what_was_gathered_and_is_not_kept() {
        let mut cx = Context::from_waker(noop_waker_ref());
        let mut writer = Writer::new(Socket { takes: 2 * MOST, ..Socket::default() }, MOST);
        let large = vec![7; MOST - 12];
        for bytes in [&[7; 12], large.as_slice()] {
            let written = Pin::new(&mut writer).poll_write(&mut cx, bytes);
            assert!(matches!(written, Poll::Ready(Ok(length)) if length == bytes.len()));
        }
        assert_eq!((writer.inner.writes, writer.inner.taken.len(), writer.buffer.capacity()), (1, MOST, 0));
    }

    #[test]
    fn a_buffer_that_was_full_stays_until_nothing_follows() {
        let mut cx = Context::from_waker(noop_waker_ref());
        let mut writer = Writer::new(Socket { takes: MOST, ..Socket::default() }, MOST);
        let record = vec![7; MOST / 4];
        let mut kept = Vec::new();
        for records in [4, 4, 0] {
            for _ in 0..records {
                assert!(Pin::new(&mut writer).poll_write(&mut cx, &record).is_ready());
            }
            assert!(Pin::new(&mut writer).poll_flush(&mut cx).is_ready());
            kept.push(writer.buffer.capacity());
        }
        assert_eq!((kept.as_slice(), writer.inner.writes), ([MOST, MOST, 0].as_slice(), 2));
    }

    #[test]
    fn records_go_out_together() {
        let mut cx = Context::from_waker(noop_waker_ref());
        let mut reader = Reader::new(Socket { takes: MOST, ..Socket::default() }, MOST);
        let record = vec![7; MOST / 4];
        let written = Pin::new(&mut reader).poll_write_vectored(&mut cx, &[IoSlice::new(&record); 4]);
        assert!(matches!(written, Poll::Ready(Ok(MOST))));
        assert_eq!(reader.inner.writes, 1);
    }

    #[test]
    fn small_things_are_gathered_and_their_buffer_given_back() {
        let mut cx = Context::from_waker(noop_waker_ref());
        let mut writer = Writer::new(Socket { takes: MOST, ..Socket::default() }, MOST);
        for _ in 0..10 {
            assert!(Pin::new(&mut writer).poll_write(&mut cx, &[7; 12]).is_ready());
        }
        assert_eq!(writer.inner.writes, 0);
        assert!(Pin::new(&mut writer).poll_flush(&mut cx).is_ready());
        assert_eq!((writer.inner.writes, writer.inner.taken.len(), writer.buffer.capacity()), (1, 120, 0));
    }
}
