//! What is said in a circuit, carried from one stream to the other, both ways.
//!
//! Each circuit is a task of its own, and after [`TURN`] bytes a way it lets the others have theirs: so all have the same
//! share. Where a rate is set, each piece waits for its turn in a line. Where nothing is under way a circuit has no buffer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use futures::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{Sleep, sleep};

use super::super::limits::Limits;
use super::super::metrics::{Direction, Metrics};
use super::rate::{Purse, Turn};
use crate::net::Buffers;
use crate::net::muxer::PAYLOAD_BYTES;

/// Bytes of a buffer at first.
const SMALL: usize = 16 * 1024;

/// Bytes of a buffer where a lot comes: those of a frame, so that frames go on as they came.
const LARGE: usize = PAYLOAD_BYTES;

/// Bytes of a buffer's memory, which is the same for all that aren't small.
const MEMORY: usize = 64 * 1024;

/// Bytes that go one way in one turn.
const TURN: usize = 256 * 1024;

/// What all circuits have in common.
#[derive(Debug, Clone)]
pub(super) struct Common {
    pub(super) limits: watch::Receiver<Arc<Limits>>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) buffers: Buffers,
    pub(super) total: Arc<Purse>,
}

/// What a circuit carried each way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Carried {
    pub(super) to_called: u64,
    pub(super) to_caller: u64,
}

/// A circuit: two streams, of the one who opened it and of the one who was called. As a future, it's done when both have
/// nothing more to say, one of them fails, or none says anything for too long.
pub(super) struct Circuit<S> {
    caller: S,
    called: S,
    to_called: Line,
    to_caller: Line,
    common: Common,
    moved: Instant,
    idle: Pin<Box<Sleep>>,
}

impl<S> Circuit<S> {
    /// A circuit between two streams, each with its owner's purse.
    pub(super) fn new((caller, callers): (S, Arc<Purse>), (called, calleds): (S, Arc<Purse>), common: Common) -> Self {
        let idle = common.limits.borrow().circuit_idle;
        Self {
            caller,
            called,
            to_called: Line::new(Direction::ToCalled, callers),
            to_caller: Line::new(Direction::ToCaller, calleds),
            common,
            moved: Instant::now(),
            idle: Box::pin(sleep(idle)),
        }
    }

    fn carried(&self) -> u64 {
        self.to_called.carried + self.to_caller.carried
    }

    /// Ready if nothing was said for as long as may be.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.idle.as_mut().poll(cx).is_ready() {
            let until = self.moved + self.common.limits.borrow().circuit_idle;
            if until <= Instant::now() {
                return Poll::Ready(());
            }
            self.idle.as_mut().reset(until.into());
        }
        Poll::Pending
    }

    fn poll_both(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let there = self.to_called.poll(&mut self.caller, &mut self.called, &self.common, cx)?;
        let back = self.to_caller.poll(&mut self.called, &mut self.caller, &self.common, cx)?;
        if there.is_ready() && back.is_ready() { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Future for Circuit<S> {
    type Output = Carried;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Carried> {
        let before = self.carried();
        // Why a stream failed is its owner's affair, and the end of both.
        let done = self.poll_both(cx).is_ready();
        if self.carried() > before {
            self.moved = Instant::now();
        }
        if !done {
            ready!(self.poll_idle(cx));
        }
        Poll::Ready(Carried { to_called: self.to_called.carried, to_caller: self.to_caller.carried })
    }
}

/// How far one way of a circuit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Carrying,
    /// Nothing more comes; the other side is told.
    Closing,
    Closed,
}

/// The turns to spend that reading takes: from the sender's purse, and from that of all.
type Turns = [Option<Turn>; 2];

/// One way of a circuit.
struct Line {
    direction: Direction,
    stage: Stage,
    /// Empty, unless something is under way.
    buffer: Vec<u8>,
    /// What of the buffer is still to be written.
    rest: std::ops::Range<usize>,
    /// Bytes that are read at once, at most.
    size: usize,
    /// When the rest was read.
    read: Instant,
    carried: u64,
    purse: Arc<Purse>,
    /// Where it's somebody else's turn to spend, or the purse is empty, or that of all.
    pause: Option<Pin<Box<dyn Future<Output = Turns> + Send>>>,
}

impl Line {
    fn new(direction: Direction, purse: Arc<Purse>) -> Self {
        let (stage, read) = (Stage::Carrying, Instant::now());
        Self { direction, stage, buffer: Vec::new(), rest: 0..0, size: SMALL, read, carried: 0, purse, pause: None }
    }

    /// Moves what can be moved in one turn. Ready when nothing more comes and the other side knows it.
    fn poll<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        from: &mut S,
        to: &mut S,
        common: &Common,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let turn_ends = self.carried + TURN as u64;
        loop {
            match self.stage {
                Stage::Carrying if self.carried >= turn_ends => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Stage::Carrying if self.rest.is_empty() => ready!(self.poll_read(from, to, common, cx))?,
                Stage::Carrying => ready!(self.poll_write(to, common, cx))?,
                Stage::Closing => {
                    ready!(Pin::new(&mut *to).poll_close(cx))?;
                    self.stage = Stage::Closed;
                }
                Stage::Closed => return Poll::Ready(Ok(())),
            }
        }
    }

    /// Reads something; where there's nothing to be read, gives the buffer back.
    fn poll_read<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        from: &mut S,
        to: &mut S,
        common: &Common,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let Poll::Ready(_turns) = self.poll_pause(common, cx) else {
            self.give_back(common);
            return flushed(to, cx);
        };
        if self.buffer.is_empty() {
            self.buffer = common.buffers.take(if self.size > SMALL { MEMORY } else { SMALL });
        }
        let room = self.buffer.get_mut(..self.size).unwrap_or_default();
        let Poll::Ready(read) = Pin::new(from).poll_read(cx, room)? else {
            self.give_back(common);
            return flushed(to, cx);
        };
        if read == 0 {
            self.give_back(common);
            self.stage = Stage::Closing;
            return Poll::Ready(Ok(()));
        }
        self.rest = 0..read;
        self.read = Instant::now();
        self.spend(read, common);
        Poll::Ready(Ok(()))
    }

    /// Writes something of what was read.
    fn poll_write<S: AsyncWrite + Unpin>(
        &mut self,
        to: &mut S,
        common: &Common,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let rest = self.buffer.get(self.rest.clone()).unwrap_or_default();
        let written = ready!(Pin::new(to).poll_write(cx, rest))?;
        if written == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.rest.start += written;
        self.carried += written as u64;
        common.metrics.carried(self.direction).inc_by(written as u64);
        if self.rest.is_empty() {
            common.metrics.routing.observe(self.read.elapsed());
            self.grow(common);
        }
        Poll::Ready(Ok(()))
    }

    /// Takes more at once if all that could be taken was.
    fn grow(&mut self, common: &Common) {
        if self.rest.end == self.size && self.size < LARGE {
            let memory = self.buffer.len();
            self.size = (self.size * 2).min(LARGE);
            if self.size > memory {
                self.give_back(common);
            }
        }
    }

    fn give_back(&mut self, common: &Common) {
        common.buffers.give(std::mem::take(&mut self.buffer));
    }

    /// Waits for the turns to spend, until there's something to be spent.
    fn poll_pause(&mut self, common: &Common, cx: &mut Context<'_>) -> Poll<Turns> {
        if self.pause.is_none() && rates(&common.limits) == (0, 0) {
            return Poll::Ready([None, None]);
        }
        let pause = self.pause.get_or_insert_with(|| {
            let (own, all, limits) = (Arc::clone(&self.purse), Arc::clone(&common.total), common.limits.clone());
            // The own one first: nobody waits for that in the line of all.
            Box::pin(async move { [own.turn(|| rates(&limits).0).await, all.turn(|| rates(&limits).1).await] })
        });
        let turns = ready!(pause.as_mut().poll(cx));
        self.pause = None;
        Poll::Ready(turns)
    }

    fn spend(&self, bytes: usize, common: &Common) {
        let (member, total) = rates(&common.limits);
        if member > 0 {
            self.purse.spend(bytes);
        }
        if total > 0 {
            common.total.spend(bytes);
        }
    }
}

/// Nothing comes just now: what was written is sent off.
fn flushed<S: AsyncWrite + Unpin>(to: &mut S, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    match Pin::new(to).poll_flush(cx) {
        Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
        _ => Poll::Pending,
    }
}

/// Bytes a second: of a member, and of all.
fn rates(limits: &watch::Receiver<Arc<Limits>>) -> (u64, u64) {
    let limits = limits.borrow();
    (limits.member_rate, limits.total_rate)
}

#[cfg(test)]
mod tests;
