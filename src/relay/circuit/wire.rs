//! The messages of circuit relay v2 (<https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md>): Protobuf, each
//! behind its length as a varint.
//!
//! A message is read to its last byte and no further: what comes after it on the stream belongs to the two ends.

use std::io;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::Multiaddr;
use prost::Message;
use thiserror::Error;

use crate::model::PeerId;

/// Longest message, without its length: the spec's.
const MAX_BYTES: usize = 4_096;

/// What a HOP message is: its field `type`.
const RESERVE: i32 = 0;
const CONNECT: i32 = 1;
const STATUS: i32 = 2;

/// What a STOP message is.
const STOP_CONNECT: i32 = 0;
const STOP_STATUS: i32 = 1;

/// How something ended, by the spec's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub(in crate::relay) enum Status {
    Ok = 100,
    ReservationRefused = 200,
    ResourceLimitExceeded = 201,
    PermissionDenied = 202,
    ConnectionFailed = 203,
    NoReservation = 204,
    Malformed = 400,
    Unexpected = 401,
}

/// Why a message couldn't be read, or isn't the one that was due.
#[derive(Debug, Error)]
pub(in crate::relay) enum WireError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("longer than {MAX_BYTES} bytes")]
    Oversize,
    #[error("not a message of the protocol: {0}")]
    Unreadable(#[from] prost::DecodeError),
    #[error("no peer is named, or by an id that none of vecino's has")]
    NoPeer,
    #[error("not the message that was due")]
    Unexpected,
    #[error("refused with {0}")]
    Refused(i32),
}

impl WireError {
    /// What it's answered with.
    pub(super) fn status(&self) -> Status {
        match self {
            Self::Unexpected => Status::Unexpected,
            _ => Status::Malformed,
        }
    }
}

#[derive(Clone, PartialEq, Message)]
struct Hop {
    #[prost(int32, required, tag = "1")]
    kind: i32,
    #[prost(message, optional, tag = "2")]
    peer: Option<Peer>,
    #[prost(message, optional, tag = "3")]
    reservation: Option<Lease>,
    #[prost(int32, optional, tag = "5")]
    status: Option<i32>,
}

#[derive(Clone, PartialEq, Message)]
struct Stop {
    #[prost(int32, required, tag = "1")]
    kind: i32,
    #[prost(message, optional, tag = "2")]
    peer: Option<Peer>,
    #[prost(int32, optional, tag = "4")]
    status: Option<i32>,
}

#[derive(Clone, PartialEq, Message)]
struct Peer {
    #[prost(bytes = "vec", required, tag = "1")]
    id: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Lease {
    #[prost(uint64, required, tag = "1")]
    expire: u64,
    #[prost(bytes = "vec", repeated, tag = "2")]
    addresses: Vec<Vec<u8>>,
}

/// What a peer asks of a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// To be callable through it.
    Reserve,
    /// A circuit to another.
    Connect(PeerId),
}

/// The answer to a [`Request`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// A reservation, until so many seconds after 1970, at this address of the relay.
    Reserved { expire: u64, address: Multiaddr },
    /// A circuit, if it's [`Status::Ok`], and otherwise none.
    Status(Status),
}

/// Reads what a peer asks.
pub(super) async fn request<S: AsyncRead + Unpin>(stream: &mut S) -> Result<Request, WireError> {
    let hop: Hop = read(stream).await?;
    match hop.kind {
        RESERVE => Ok(Request::Reserve),
        CONNECT => Ok(Request::Connect(peer_id(hop.peer)?)),
        _ => Err(WireError::Unexpected),
    }
}

/// Answers a peer.
pub(super) async fn answer<S: AsyncWrite + Unpin>(stream: &mut S, answer: Answer) -> io::Result<()> {
    let hop = match answer {
        Answer::Reserved { expire, address } => Hop {
            kind: STATUS,
            peer: None,
            reservation: Some(Lease { expire, addresses: vec![address.to_vec()] }),
            status: Some(Status::Ok as i32),
        },
        Answer::Status(status) => Hop { kind: STATUS, peer: None, reservation: None, status: Some(status as i32) },
    };
    write(stream, &hop).await
}

/// Tells a member who calls it, and reads whether it takes the call.
pub(super) async fn call<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, caller: &PeerId) -> Result<(), WireError> {
    write(stream, &Stop { kind: STOP_CONNECT, peer: Some(Peer { id: caller.to_bytes() }), status: None }).await?;
    let stop: Stop = read(stream).await?;
    match (stop.kind, stop.status) {
        (STOP_STATUS, Some(status)) if status == Status::Ok as i32 => Ok(()),
        (STOP_STATUS, Some(status)) => Err(WireError::Refused(status)),
        _ => Err(WireError::Unexpected),
    }
}

fn peer_id(peer: Option<Peer>) -> Result<PeerId, WireError> {
    peer.and_then(|peer| PeerId::from_bytes(&peer.id)).ok_or(WireError::NoPeer)
}

async fn read<M: Message + Default, S: AsyncRead + Unpin>(stream: &mut S) -> Result<M, WireError> {
    let mut bytes = vec![0; length(stream).await?];
    stream.read_exact(&mut bytes).await?;
    Ok(M::decode(bytes.as_slice())?)
}

/// Two bytes of varint say more than [`MAX_BYTES`] already.
async fn length<S: AsyncRead + Unpin>(stream: &mut S) -> Result<usize, WireError> {
    let mut length = 0;
    for shift in [0, 7] {
        let mut byte = [0];
        stream.read_exact(&mut byte).await?;
        let [byte] = byte;
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return if length <= MAX_BYTES { Ok(length) } else { Err(WireError::Oversize) };
        }
    }
    Err(WireError::Oversize)
}

async fn write<M: Message, S: AsyncWrite + Unpin>(stream: &mut S, message: &M) -> io::Result<()> {
    stream.write_all(&message.encode_length_delimited_to_vec()).await?;
    stream.flush().await
}

#[cfg(test)]
pub(in crate::relay) mod tests {
    use futures::FutureExt;
    use futures::io::Cursor;
    use proptest::prelude::*;

    use super::*;

    /// A request as a peer would write it.
    pub(in crate::relay) fn asked(request: Request) -> Vec<u8> {
        let (kind, peer) = match request {
            Request::Reserve => (RESERVE, None),
            Request::Connect(peer) => (CONNECT, Some(Peer { id: peer.to_bytes() })),
        };
        Hop { kind, peer, reservation: None, status: None }.encode_length_delimited_to_vec()
    }

    /// The answer to a call as a member would write it.
    pub(in crate::relay) fn taken(status: Status) -> Vec<u8> {
        Stop { kind: STOP_STATUS, peer: None, status: Some(status as i32) }.encode_length_delimited_to_vec()
    }

    /// Reads the status of a relay's answer.
    pub(in crate::relay) async fn status<S: AsyncRead + Unpin>(stream: &mut S) -> Result<i32, WireError> {
        let hop: Hop = read(stream).await?;
        hop.status.filter(|_| hop.kind == STATUS).ok_or(WireError::Unexpected)
    }

    /// Reads who calls.
    pub(in crate::relay) async fn called<S: AsyncRead + Unpin>(stream: &mut S) -> Result<PeerId, WireError> {
        let stop: Stop = read(stream).await?;
        peer_id(stop.peer)
    }

    fn somebody() -> PeerId {
        PeerId::from_public_key([7; 32])
    }

    #[test]
    fn a_request_is_read_and_what_follows_it_is_left() {
        for request in [Request::Reserve, Request::Connect(somebody())] {
            let mut bytes = asked(request);
            bytes.extend(b"payload");
            let mut stream = Cursor::new(bytes);
            assert_eq!(super::request(&mut stream).now_or_never().unwrap().unwrap(), request);
            let mut rest = String::new();
            stream.read_to_string(&mut rest).now_or_never().unwrap().unwrap();
            assert_eq!(rest, "payload");
        }
    }

    /// The bytes of each message, counted out by hand from the spec.
    #[test]
    fn messages_are_the_specs() {
        let id = somebody().to_bytes();
        let connect = [[44, 0x08, 1, 0x12, 40, 0x0a, 38].as_slice(), &id].concat();
        assert_eq!(asked(Request::Connect(somebody())), connect);
        assert_eq!(asked(Request::Reserve), [2, 0x08, 0]);
        let written = |answer| {
            let mut bytes = Vec::new();
            super::answer(&mut bytes, answer).now_or_never().unwrap().unwrap();
            bytes
        };
        assert_eq!(written(Answer::Status(Status::NoReservation)), [5, 0x08, 2, 0x28, 0xcc, 1]);
        let address: Multiaddr = "/ip4/10.77.0.1/tcp/1".parse().unwrap();
        let reserved = [18, 0x08, 2, 0x1a, 12, 0x08, 5, 0x12, 8, 4, 10, 77, 0, 1, 6, 0, 1, 0x28, 100];
        assert_eq!(written(Answer::Reserved { expire: 5, address }), reserved);
    }

    #[test]
    fn what_is_not_a_request_says_why() {
        let read = |bytes: &[u8]| super::request(&mut Cursor::new(bytes)).now_or_never().unwrap().unwrap_err();
        assert!(matches!(read(&[]), WireError::Io(_)));
        assert!(matches!(read(&[5, 0x08, 1]), WireError::Io(_)));
        assert!(matches!(read(&[0x81, 0x20]), WireError::Oversize), "4,097");
        assert!(matches!(read(&[0x80, 0x80, 1]), WireError::Oversize));
        assert!(matches!(read(&[2, 0x0f, 0xff]), WireError::Unreadable(_)));
        assert!(matches!(read(&[2, 0x08, 1]), WireError::NoPeer));
        assert!(matches!(read(&[6, 0x08, 1, 0x12, 2, 0x0a, 0]), WireError::NoPeer));
        assert!(matches!(read(&[2, 0x08, 2]), WireError::Unexpected));
        assert_eq!(read(&[2, 0x08, 2]).status(), Status::Unexpected);
        assert_eq!(read(&[2, 0x08, 1]).status(), Status::Malformed);
    }

    #[test]
    fn a_message_as_long_as_may_be_is_read() {
        let mut bytes = vec![0x80, 0x20];
        // An unknown field of the rest: its tag, a length of two bytes, and as many bytes.
        bytes.extend([0x7a, 0xfd, 0x1f]);
        bytes.resize(2 + MAX_BYTES, 0);
        let read = super::request(&mut Cursor::new(bytes)).now_or_never().unwrap();
        assert_eq!(read.unwrap(), Request::Reserve);
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = super::request(&mut Cursor::new(&bytes)).now_or_never().unwrap();
            let _ = called(&mut Cursor::new(&bytes)).now_or_never().unwrap();
        }
    }
}
