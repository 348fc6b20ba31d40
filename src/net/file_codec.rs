//! The files protocol over request-response: a short CBOR header, then raw bytes that go between the stream and a
//! bounded channel, a unit at a time. Memory doesn't grow with the range.

use std::io;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::StreamProtocol;
use libp2p::request_response::Codec;
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::mpsc;

use super::buffers::Buffers;
use crate::model::TransferId;
use crate::protocol::wire::file::{
    Ask, FRAME_HEAD_BYTES, FileAnswer, FileRequest, FrameHead, HASH_BYTES, MAX_HEADER_BYTES, Reply,
};
use crate::protocol::wire::{self, WireError};

/// A piece of an answer's body, as it comes.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// A unit, and its hash as its sender has it. Not compared yet.
    Unit(Vec<u8>, [u8; HASH_BYTES]),
    /// The hash of a unit alone.
    Hash([u8; HASH_BYTES]),
    /// The file isn't what was offered any more.
    Changed,
    /// The file can't be read.
    Unreadable,
    /// All units that there are have come.
    End,
    /// What came isn't what may come; nothing follows.
    Nonsense,
}

/// Where an answer's frames go, in order. Its bound is its maker's. Where it ends without [`Frame::End`], the answer broke
/// off.
pub type Sink = mpsc::Sender<Frame>;

/// An answer's body, frames and end, in pieces of any length. An error breaks the answer off, which the receiver sees.
pub type Source = mpsc::Receiver<io::Result<Vec<u8>>>;

/// A request, as its sender has it and as it comes.
#[derive(Debug)]
pub enum FileQuestion {
    /// To be sent; the frames that come go to the sink.
    Outgoing(TransferId, Ask, Option<Sink>),
    /// That came.
    Incoming(Result<(TransferId, Ask), WireError>),
}

/// An answer, as its sender has it and as it came.
#[derive(Debug)]
pub enum FileResponse {
    /// To be sent, with a body.
    Outgoing(Reply, Option<Source>),
    /// That came, or why it can't be read; the frames went to the sink.
    Incoming(Result<Reply, WireError>),
}

/// One clone serves one exchange: it remembers what was asked until the answer is read.
#[derive(Debug, Clone, Default)]
pub struct FileCodec {
    asked: Option<(Ask, Option<Sink>)>,
    buffers: Buffers,
}

impl FileCodec {
    /// One that takes its buffers from a stock, and gives back what it has sent.
    pub(super) fn new(buffers: Buffers) -> Self {
        Self { asked: None, buffers }
    }
}

impl Codec for FileCodec {
    type Protocol = StreamProtocol;
    type Request = FileQuestion;
    type Response = FileResponse;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<FileQuestion>
    where
        T: AsyncRead + Unpin + Send,
    {
        let header = read_header::<_, FileRequest>(io).await?;
        Ok(FileQuestion::Incoming(header.and_then(|request| request.check())))
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<FileResponse>
    where
        T: AsyncRead + Unpin + Send,
    {
        let (ask, sink) = self.asked.take().ok_or_else(|| invalid("an answer to nothing"))?;
        let reply = match read_header::<_, FileAnswer>(io).await? {
            Ok(answer) => answer.reply(&ask),
            Err(error) => return Ok(FileResponse::Incoming(Err(error))),
        };
        if reply != Reply::Units {
            return Ok(FileResponse::Incoming(Ok(reply)));
        }
        let sink = sink.ok_or_else(|| invalid("units that have no place"))?;
        let received = receive(io, ask.units(), &sink, &self.buffers).await?;
        Ok(FileResponse::Incoming(received.map(|()| reply)))
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, question: FileQuestion) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        let FileQuestion::Outgoing(transfer, ask, sink) = question else {
            return Err(invalid("not a question to send"));
        };
        self.asked = Some((ask, sink));
        write_header(io, &FileRequest::new(transfer, ask)).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, response: FileResponse) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        let FileResponse::Outgoing(reply, source) = response else {
            return Err(invalid("not an answer to send"));
        };
        write_header(io, &FileAnswer::from(reply)).await?;
        match source {
            Some(source) => send(io, source, &self.buffers).await,
            None => Ok(()),
        }
    }
}

fn invalid(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, cause)
}

async fn read_header<T, M>(io: &mut T) -> io::Result<Result<M, WireError>>
where
    T: AsyncRead + Unpin + Send,
    M: DeserializeOwned,
{
    let mut length = [0; 2];
    io.read_exact(&mut length).await?;
    let length = usize::from(u16::from_be_bytes(length));
    if length > MAX_HEADER_BYTES {
        return Ok(Err(WireError::Oversize { limit: MAX_HEADER_BYTES }));
    }
    let mut header = vec![0; length];
    io.read_exact(&mut header).await?;
    Ok(wire::decode(&header, MAX_HEADER_BYTES))
}

async fn write_header<T, M>(io: &mut T, message: &M) -> io::Result<()>
where
    T: AsyncWrite + Unpin + Send,
    M: Serialize,
{
    let header = wire::encode(message, MAX_HEADER_BYTES).map_err(invalid)?;
    let length = u16::try_from(header.len()).map_err(invalid)?;
    io.write_all(&length.to_be_bytes()).await?;
    io.write_all(&header).await
}

/// Moves an answer's frames, of at most `units` units, into the sink, or says why they can't be read. Where nobody takes them any more, the rest is read
/// all the same: yamux doesn't tell the sender of a stream that is dropped in its midst, and it would wait for room there
/// until its time is up.
async fn receive<T>(io: &mut T, units: u64, sink: &Sink, buffers: &Buffers) -> io::Result<Result<(), WireError>>
where
    T: AsyncRead + Unpin + Send,
{
    let mut left = units;
    loop {
        let frame = match read_frame(io, buffers).await? {
            Ok(frame) if left == 0 && frame != Frame::End => Err(WireError::Field("status")),
            frame => frame,
        };
        let ended = match &frame {
            Ok(Frame::End) => Some(Ok(())),
            Ok(_) => None,
            Err(error) => Some(Err(error.clone())),
        };
        left = left.saturating_sub(1);
        let _ = sink.send(frame.unwrap_or(Frame::Nonsense)).await;
        if let Some(ended) = ended {
            return Ok(ended);
        }
    }
}

async fn read_frame<T>(io: &mut T, buffers: &Buffers) -> io::Result<Result<Frame, WireError>>
where
    T: AsyncRead + Unpin + Send,
{
    let mut head = [0; FRAME_HEAD_BYTES];
    io.read_exact(&mut head).await?;
    Ok(Ok(match FrameHead::decode(head) {
        Ok(FrameHead::Unit(length)) => {
            let mut bytes = buffers.take(length + HASH_BYTES);
            io.read_exact(&mut bytes).await?;
            let hash = bytes.last_chunk().copied().unwrap_or_default();
            bytes.truncate(length);
            Frame::Unit(bytes, hash)
        }
        Ok(FrameHead::Hash) => {
            let mut hash = [0; HASH_BYTES];
            io.read_exact(&mut hash).await?;
            Frame::Hash(hash)
        }
        Ok(FrameHead::Changed) => Frame::Changed,
        Ok(FrameHead::Unreadable) => Frame::Unreadable,
        Ok(FrameHead::End) => Frame::End,
        Err(error) => return Ok(Err(error)),
    }))
}

async fn send<T>(io: &mut T, mut source: Source, buffers: &Buffers) -> io::Result<()>
where
    T: AsyncWrite + Unpin + Send,
{
    while let Some(piece) = source.recv().await {
        let piece = piece?;
        io.write_all(&piece).await?;
        buffers.give(piece);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::wire::file::{Denial, Notice};
    use crate::protocol::wire::manifest::UNIT;

    const PROTOCOL: StreamProtocol = StreamProtocol::new("/test");
    const UNITS: Ask = Ask::Manifest { unit: 0, units: 2 };

    fn unit(bytes: &[u8]) -> Vec<u8> {
        [&FrameHead::Unit(bytes.len()).encode(), bytes, blake3::hash(bytes).as_bytes()].concat()
    }

    /// What comes of `ask` where it's answered with `reply` and `body`.
    async fn exchange(ask: Ask, reply: Reply, body: &[u8]) -> (io::Result<FileResponse>, Vec<Frame>) {
        let transfer = TransferId::from_bytes([7; 16]);
        let (sink, mut sunk) = mpsc::channel(100);
        let (mut asker, mut answerer) = (FileCodec::default(), FileCodec::default());
        let mut wire = Vec::new();
        asker.write_request(&PROTOCOL, &mut wire, FileQuestion::Outgoing(transfer, ask, Some(sink))).await.unwrap();
        let FileQuestion::Incoming(Ok(came)) = answerer.read_request(&PROTOCOL, &mut wire.as_slice()).await.unwrap()
        else {
            panic!("the question is readable");
        };
        assert_eq!(came, (transfer, ask));
        let (feed, source) = mpsc::channel(1000);
        for piece in body.chunks(1000) {
            feed.send(Ok(piece.to_vec())).await.unwrap();
        }
        drop(feed);
        let mut wire = Vec::new();
        answerer.write_response(&PROTOCOL, &mut wire, FileResponse::Outgoing(reply, Some(source))).await.unwrap();
        let answer = asker.read_response(&PROTOCOL, &mut wire.as_slice()).await;
        drop(asker);
        let mut got = Vec::new();
        while let Some(frame) = sunk.recv().await {
            got.push(frame);
        }
        (answer, got)
    }

    #[tokio::test]
    async fn units_stream_through() {
        let large: Vec<u8> = (0..UNIT as u32).map(|i| i as u8).collect();
        let body = [unit(&large), unit(b""), FrameHead::End.encode().to_vec()].concat();
        let (answer, got) = exchange(UNITS, Reply::Units, &body).await;
        assert!(matches!(answer, Ok(FileResponse::Incoming(Ok(Reply::Units)))));
        let (first, second) = (*blake3::hash(&large).as_bytes(), *blake3::hash(b"").as_bytes());
        assert_eq!(got, [Frame::Unit(large, first), Frame::Unit(Vec::new(), second), Frame::End]);
    }

    #[tokio::test]
    async fn files_that_are_left_out_are_named_in_their_place() {
        let heads = [FrameHead::Changed, FrameHead::Unreadable, FrameHead::End];
        let body: Vec<u8> = heads.iter().flat_map(|head| head.encode()).collect();
        assert_eq!(exchange(UNITS, Reply::Units, &body).await.1, [Frame::Changed, Frame::Unreadable, Frame::End]);
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_is_an_error_without_an_end() {
        let whole = [unit(b"hola"), FrameHead::End.encode().to_vec()].concat();
        for length in 0..whole.len() {
            let (answer, got) = exchange(UNITS, Reply::Units, &whole[..length]).await;
            assert!(answer.is_err() && !got.contains(&Frame::End), "{length}");
        }
    }

    #[tokio::test]
    async fn what_nobody_takes_is_read_to_its_end() {
        let body = [unit(b"a"), unit(b"b"), FrameHead::End.encode().to_vec()].concat();
        let (sink, _) = mpsc::channel(1);
        let mut wire = body.as_slice();
        receive(&mut wire, 2, &sink, &Buffers::default()).await.unwrap().unwrap();
        assert_eq!(wire, b"");
    }

    #[tokio::test]
    async fn more_than_was_asked_for_is_nonsense() {
        let body = [unit(b"a"), unit(b"b"), unit(b"c"), FrameHead::End.encode().to_vec()].concat();
        assert_eq!(nonsense(&body).await, (WireError::Field("status"), 3));
        let oversize = FrameHead::Unit(UNIT as usize + 1).encode();
        assert_eq!(nonsense(&oversize).await, (WireError::Oversize { limit: UNIT as usize }, 1));
        assert_eq!(nonsense(&[9; 100]).await, (WireError::Field("length"), 1));
    }

    /// Why such a body can't be read, and how many frames come of it, the last of them saying so.
    async fn nonsense(body: &[u8]) -> (WireError, usize) {
        let (answer, got) = exchange(UNITS, Reply::Units, body).await;
        assert_eq!(got.last(), Some(&Frame::Nonsense));
        let Ok(FileResponse::Incoming(Err(error))) = answer else { panic!("{answer:?}") };
        (error, got.len())
    }

    #[tokio::test]
    async fn an_answer_that_cannot_be_read_is_told_as_such() {
        for bytes in [[0, 1, 0xa0].as_slice(), &[0xff; 100]] {
            let mut codec = FileCodec { asked: Some((UNITS, None)), ..FileCodec::default() };
            let answer = codec.read_response(&PROTOCOL, &mut &*bytes).await;
            assert!(matches!(answer, Ok(FileResponse::Incoming(Err(_)))), "{answer:?}");
        }
    }

    #[tokio::test]
    async fn a_note_and_a_denial_come_as_they_are() {
        for (ask, reply) in [
            (Ask::Notice(Notice::GoOn), Reply::Noted),
            (UNITS, Reply::Denied(Denial::Paused)),
            (UNITS, Reply::Denied(Denial::Other(77))),
        ] {
            let (answer, _) = exchange(ask, reply, &[]).await;
            assert!(matches!(answer, Ok(FileResponse::Incoming(Ok(came))) if came == reply));
        }
    }
}
