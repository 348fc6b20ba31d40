//! Circuits that aren't what they should be: circuit relay v2 as far as it takes to betray its members.
//! <https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md>

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::swarm::Stream;
use libp2p::{Multiaddr, PeerId};
use prost::Message;
use tokio::sync::watch;
use tokio::time::sleep;

use super::streams::Doors;

/// What the relay does with circuits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// What it should.
    Honest,
    /// It says that the one called isn't here.
    Deny,
    /// It never answers.
    Ignore,
    /// It connects the caller with this member, whoever was called.
    Elsewhere(PeerId),
    /// It cuts the circuit somewhere.
    Cut,
    /// It holds everything up for a while.
    Delay,
    /// It sends a piece twice.
    Repeat,
    /// It lets a later piece overtake an earlier one.
    Swap,
    /// It changes a bit.
    Flip,
    /// It leaves a piece out.
    Lose,
}

/// How long something is held up.
const HELD_UP: Duration = Duration::from_millis(300);

/// Bytes after which, at the latest, a circuit is tampered with where nothing else is said: handshakes take a few thousand.
pub const HONEST_BYTES: usize = 12_000;

const OK: i32 = 100;
const NO_RESERVATION: i32 = 204;
const CONNECTION_FAILED: i32 = 203;

/// Kinds of HOP messages.
const RESERVE: i32 = 0;
const CONNECT: i32 = 1;
const STATUS: i32 = 2;

/// The kind of STOP message with which a member is called.
const CALL: i32 = 0;

/// HOP and STOP messages have the same fields but for the number of the last.
#[derive(Clone, PartialEq, Message)]
struct Hop {
    #[prost(int32, required, tag = "1")]
    kind: i32,
    #[prost(message, optional, tag = "2")]
    peer: Option<Named>,
    #[prost(message, optional, tag = "3")]
    reservation: Option<Reservation>,
    #[prost(int32, optional, tag = "5")]
    status: Option<i32>,
}

#[derive(Clone, PartialEq, Message)]
struct Stop {
    #[prost(int32, required, tag = "1")]
    kind: i32,
    #[prost(message, optional, tag = "2")]
    peer: Option<Named>,
    #[prost(int32, optional, tag = "4")]
    status: Option<i32>,
}

#[derive(Clone, PartialEq, Message)]
struct Named {
    #[prost(bytes = "vec", required, tag = "1")]
    id: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Reservation {
    #[prost(uint64, required, tag = "1")]
    expire: u64,
    #[prost(bytes = "vec", repeated, tag = "2")]
    addresses: Vec<Vec<u8>>,
}

/// What all circuits share.
#[derive(Clone)]
pub struct Circuits {
    pub doors: Doors,
    /// Where the relay listens, its id included.
    pub address: Multiaddr,
    pub way: watch::Receiver<Way>,
    /// Bytes after which, at the latest, a circuit is tampered with.
    pub honest: Arc<AtomicUsize>,
    /// How often the relay has betrayed somebody.
    pub betrayals: Arc<AtomicUsize>,
}

impl Circuits {
    /// Does what a member asks on a stream, or doesn't.
    pub async fn serve(self, member: PeerId, mut stream: Stream) -> Option<()> {
        let asked: Hop = read(&mut stream).await?;
        match asked.kind {
            RESERVE => {
                let reservation = Reservation { expire: u64::from(u32::MAX), addresses: vec![self.address.to_vec()] };
                let answer = Hop { kind: STATUS, peer: None, reservation: Some(reservation), status: Some(OK) };
                write(&mut stream, &answer).await
            }
            CONNECT => self.connect(member, PeerId::from_bytes(&asked.peer?.id).ok()?, stream).await,
            _ => None,
        }
    }

    async fn connect(self, caller: PeerId, called: PeerId, mut stream: Stream) -> Option<()> {
        let mut turned = self.way.clone();
        let way = *turned.borrow_and_update();
        let called = match way {
            Way::Deny => {
                self.betray();
                return answer(&mut stream, NO_RESERVATION).await;
            }
            Way::Ignore => {
                self.betray();
                return turned.changed().await.ok();
            }
            Way::Elsewhere(other) if other != caller => {
                self.betray();
                other
            }
            _ => called,
        };
        let Some(called) = self.call(&called, caller).await else {
            return answer(&mut stream, CONNECTION_FAILED).await;
        };
        answer(&mut stream, OK).await?;
        let ((mut caller_says, mut to_caller), (mut called_says, mut to_called)) = (stream.split(), called.split());
        tokio::select! {
            _ = self.carry(way, &mut caller_says, &mut to_called) => {}
            _ = self.carry(way, &mut called_says, &mut to_caller) => {}
            // Another way begins with new circuits.
            _ = turned.changed() => {}
        }
        Some(())
    }

    async fn call(&self, called: &PeerId, caller: PeerId) -> Option<Stream> {
        let mut stream = self.doors.open(called).await?;
        let call = Stop { kind: CALL, peer: Some(Named { id: caller.to_bytes() }), status: None };
        write(&mut stream, &call).await?;
        let answer: Stop = read(&mut stream).await?;
        (answer.status == Some(OK)).then_some(stream)
    }

    /// One direction of a circuit.
    async fn carry(
        &self,
        way: Way,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<()> {
        const PIECE: usize = 1_000;
        let honest = self.honest.load(Ordering::Relaxed);
        let mut left = fastrand::usize(..honest);
        let mut piece = vec![0; PIECE];
        loop {
            let read = from.read(&mut piece).await?;
            if read == 0 {
                return to.close().await;
            }
            let now = &mut piece[..read];
            if left > read || way == Way::Honest {
                left = left.saturating_sub(read);
                to.write_all(now).await?;
            } else {
                left = fastrand::usize(..honest);
                self.betray();
                tamper(way, now, from, to).await?;
            }
            to.flush().await?;
        }
    }

    fn betray(&self) {
        self.betrayals.fetch_add(1, Ordering::Relaxed);
    }
}

async fn tamper(
    way: Way,
    piece: &mut [u8],
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    match way {
        Way::Cut => return Err(io::ErrorKind::ConnectionReset.into()),
        Way::Lose => return Ok(()),
        Way::Delay => sleep(HELD_UP).await,
        Way::Repeat => to.write_all(piece).await?,
        Way::Flip => piece[fastrand::usize(..piece.len())] ^= 1 << fastrand::u8(..8),
        Way::Swap => {
            let mut next = vec![0; piece.len()];
            let read = from.read(&mut next).await?;
            to.write_all(&next[..read]).await?;
        }
        Way::Honest | Way::Deny | Way::Ignore | Way::Elsewhere(_) => {}
    }
    to.write_all(piece).await
}

async fn answer(stream: &mut Stream, status: i32) -> Option<()> {
    write(stream, &Hop { kind: STATUS, peer: None, reservation: None, status: Some(status) }).await
}

async fn read<M: Message + Default>(stream: &mut Stream) -> Option<M> {
    let mut length = 0;
    for shift in [0, 7] {
        let mut byte = [0];
        stream.read_exact(&mut byte).await.ok()?;
        length |= usize::from(byte[0] & 0x7f) << shift;
        if byte[0] < 0x80 {
            break;
        }
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await.ok()?;
    M::decode(bytes.as_slice()).ok()
}

async fn write<M: Message>(stream: &mut Stream, message: &M) -> Option<()> {
    stream.write_all(&message.encode_length_delimited_to_vec()).await.ok()?;
    stream.flush().await.ok()
}
