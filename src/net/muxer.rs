//! Streams over one connection: yamux (<https://github.com/hashicorp/yamux/blob/master/spec.md>), with what libp2p's own
//! wrapping of it leaves as it is: long frames, several of them in one write, bounded windows, and an end in a time.
//!
//! yamux flushes after each of its frames. Here that's done once nothing more is ready to be sent, or the buffer is full. And
//! where yamux asks the other side to go away, since it broke the protocol, and listens on, the connection ends here.

use std::collections::VecDeque;
use std::future::{Ready, ready};
use std::io;
use std::iter;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use futures::{AsyncRead, AsyncWrite};
use libp2p::core::UpgradeInfo;
use libp2p::core::muxing::{StreamMuxer, StreamMuxerEvent};
use libp2p::core::upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade};
use tokio::time::{Sleep, sleep};
use yamux::{Connection, ConnectionError, Mode, Stream};

use super::lazy::Writer;

/// Streams of one connection where nothing else is asked for: both sides' together, those among them that the other side
/// has opened and nobody has taken yet. Where it opens more, or we do, the connection ends.
const MAX_STREAMS: usize = 128;

/// Bytes of a frame with its header of 12: what TLS, in records of 16 KiB, takes and writes at once.
const FRAME_BYTES: usize = 64 * 1024;
const HEADER_BYTES: usize = 12;

/// Bytes of a frame without its header.
pub(crate) const PAYLOAD_BYTES: usize = FRAME_BYTES - HEADER_BYTES;

/// The same in a circuit: with what TLS adds to each of the four records that it becomes, it fills a frame of the connection
/// with the relay.
const PAYLOAD_BYTES_IN_CIRCUIT: usize = PAYLOAD_BYTES - HEADER_BYTES - 4 * RECORD_BYTES_ADDED;

/// A record's header, its type and its tag (RFC 8446, 5.2).
const RECORD_BYTES_ADDED: usize = 5 + 1 + 16;

/// Bytes that may have come for a stream and wait to be read: yamux's least, which each has at its start.
const STREAM_WINDOW: usize = 256 * 1024;

/// Bytes beyond that for the streams of a connection together, from which much is read; the same at a relay, which passes on
/// what it reads, and where many may not take what is passed on.
const MORE_WINDOW: usize = 12 * 1024 * 1024;
const MORE_WINDOW_OF_RELAY: usize = 8 * 1024 * 1024;

/// What a frame's header has as its second byte where bytes of a stream follow it, and where it's a farewell.
const DATA: u8 = 0;
const GO_AWAY: u8 = 3;

/// How long a connection may take to close. yamux sends what it still has before it does; on a dead link with a full send
/// buffer that never ends, and until then the swarm counts the connection among those of its peer and gives it requests,
/// which nobody then answers.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// yamux over any connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Yamux {
    streams: usize,
    more_window: usize,
    payload: usize,
}

impl Yamux {
    /// yamux at a relay, with so many streams at most, both sides' together.
    pub(super) fn for_relay(streams: usize) -> Self {
        Self { streams, more_window: MORE_WINDOW_OF_RELAY, ..Self::default() }
    }

    /// yamux inside a circuit.
    pub(super) fn in_circuit() -> Self {
        Self { payload: PAYLOAD_BYTES_IN_CIRCUIT, ..Self::default() }
    }

    /// Bytes that may have come and wait to be read: there has to be room for all streams.
    fn receive_window(&self) -> usize {
        self.streams.saturating_mul(STREAM_WINDOW).saturating_add(self.more_window)
    }
}

impl Default for Yamux {
    fn default() -> Self {
        Self { streams: MAX_STREAMS, more_window: MORE_WINDOW, payload: PAYLOAD_BYTES }
    }
}

impl UpgradeInfo for Yamux {
    type Info = &'static str;
    type InfoIter = iter::Once<Self::Info>;

    fn protocol_info(&self) -> Self::InfoIter {
        iter::once("/yamux/1.0.0")
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> InboundConnectionUpgrade<C> for Yamux {
    type Output = Muxer<C>;
    type Error = io::Error;
    type Future = Ready<io::Result<Muxer<C>>>;

    fn upgrade_inbound(self, io: C, _: Self::Info) -> Self::Future {
        ready(Ok(Muxer::new(io, Mode::Server, self)))
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> OutboundConnectionUpgrade<C> for Yamux {
    type Output = Muxer<C>;
    type Error = io::Error;
    type Future = Ready<io::Result<Muxer<C>>>;

    fn upgrade_outbound(self, io: C, _: Self::Info) -> Self::Future {
        ready(Ok(Muxer::new(io, Mode::Client, self)))
    }
}

/// A connection and its streams.
pub(super) struct Muxer<C> {
    connection: Connection<Gathered<C>>,
    /// Opened by the other side, and not taken yet.
    waiting: VecDeque<Stream>,
    taker: Option<Waker>,
    closes_by: Option<Pin<Box<Sleep>>>,
}

impl<C: AsyncRead + AsyncWrite + Unpin> Muxer<C> {
    fn new(io: C, mode: Mode, limits: Yamux) -> Self {
        let mut config = yamux::Config::default();
        // The window has to have room for all streams.
        config.set_max_num_streams(limits.streams);
        config.set_max_connection_receive_window(Some(limits.receive_window()));
        config.set_split_send_size(limits.payload);
        let connection = Connection::new(Gathered::new(io), config, mode);
        Self { connection, waiting: VecDeque::new(), taker: None, closes_by: None }
    }

    /// Moves what can be moved, and gives a stream that the other side has opened.
    fn work(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Stream>> {
        match self.connection.poll_next_inbound(cx) {
            Poll::Ready(Some(Ok(stream))) => Poll::Ready(Ok(stream)),
            Poll::Ready(Some(Err(error))) => Poll::Ready(Err(into_io(error))),
            Poll::Ready(None) => Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> StreamMuxer for Muxer<C> {
    type Substream = Stream;
    type Error = io::Error;

    fn poll_inbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<Stream>> {
        if let Some(stream) = self.waiting.pop_front() {
            return Poll::Ready(Ok(stream));
        }
        let worked = self.work(cx);
        if worked.is_pending() {
            self.taker = Some(cx.waker().clone());
        }
        worked
    }

    fn poll_outbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<Stream>> {
        self.connection.poll_new_outbound(cx).map_err(into_io)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Poll::Ready(closed) = self.connection.poll_close(cx) {
            return Poll::Ready(closed.map_err(into_io));
        }
        // What is left is dropped with the connection.
        self.closes_by.get_or_insert_with(|| Box::pin(sleep(CLOSE_TIMEOUT))).as_mut().poll(cx).map(Ok)
    }

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<StreamMuxerEvent>> {
        while let Poll::Ready(stream) = self.work(cx) {
            self.waiting.push_back(stream?);
            if let Some(taker) = self.taker.take() {
                taker.wake();
            }
        }
        Poll::Pending
    }
}

fn into_io(error: ConnectionError) -> io::Error {
    match error {
        ConnectionError::Io(error) => error,
        error => io::Error::other(error),
    }
}

/// What yamux reads and writes. Its frames are gathered, and sent when it has nothing more to send: it tries to read then, and
/// nothing is there.
struct Gathered<C> {
    io: Writer<C>,
    /// Bytes of the frame that is being written, after its header.
    body: usize,
    /// Whether yamux has said farewell.
    leaving: bool,
}

impl<C: AsyncRead + AsyncWrite + Unpin> Gathered<C> {
    fn new(io: C) -> Self {
        Self { io: Writer::new(io, FRAME_BYTES), body: 0, leaving: false }
    }

    /// These bytes were written: a header, or of what follows one. The buffer takes a header whole or not at all.
    fn wrote(&mut self, bytes: &[u8]) {
        if self.body > 0 {
            self.body = self.body.saturating_sub(bytes.len());
        } else if let [_, kind, _, _, _, _, _, _, a, b, c, d] = *bytes {
            self.leaving |= kind == GO_AWAY;
            self.body = if kind == DATA { u32::from_be_bytes([a, b, c, d]) as usize } else { 0 };
        }
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> AsyncRead for Gathered<C> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.io).poll_read(cx, bytes) {
            Poll::Pending => match Pin::new(&mut self.io).poll_flush(cx) {
                Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                _ => Poll::Pending,
            },
            read => read,
        }
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Gathered<C> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write(cx, bytes))?;
        self.wrote(bytes.get(..written).unwrap_or_default());
        Poll::Ready(Ok(written))
    }

    /// After each frame. When yamux closes the connection of its own accord, it goes on to that without.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.leaving {
            return Poll::Ready(Ok(()));
        }
        // As much of it as can be told. Nobody waits for one who breaks the protocol.
        let _ = Pin::new(&mut self.io).poll_flush(cx);
        Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_close(cx)
    }
}

#[cfg(test)]
mod tests;
