//! The files protocol over request-response: a short CBOR header, then raw bytes that go between the stream and a
//! bounded channel, a chunk at a time. Memory doesn't grow with the range.

use std::io;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::StreamProtocol;
use libp2p::request_response::Codec;
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::mpsc;

use crate::model::TransferId;
use crate::protocol::wire::file::{Ask, FileAnswer, FileRequest, MAX_HEADER_BYTES, Reply};
use crate::protocol::wire::{self, WireError};

/// Bytes that are read from or written to the stream at a time.
pub const CHUNK_BYTES: usize = 256 * 1024;

/// Where a range's bytes go, in order. Its bound is its maker's.
pub type Sink = mpsc::Sender<Vec<u8>>;

/// Where a range's bytes come from. An error ends the stream before its length, which the receiver sees.
pub type Source = mpsc::Receiver<io::Result<Vec<u8>>>;

/// A request, as its sender has it and as it comes.
#[derive(Debug)]
pub enum FileQuestion {
    /// To be sent; what comes goes to the sink.
    Outgoing(TransferId, Ask, Option<Sink>),
    /// That came.
    Incoming(Result<(TransferId, Ask), WireError>),
}

/// An answer, as its sender has it and as it came.
#[derive(Debug)]
pub enum FileResponse {
    /// To be sent, with the bytes of a range.
    Outgoing(Reply, Option<Source>),
    /// That came; the bytes went to the sink.
    Incoming(Reply),
}

/// One clone serves one exchange: it remembers what was asked until the answer is read.
#[derive(Debug, Clone, Default)]
pub struct FileCodec {
    asked: Option<(Ask, Option<Sink>)>,
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
        let answer = read_header::<_, FileAnswer>(io).await?;
        let reply = answer.and_then(|answer| answer.check(&ask)).map_err(|error| invalid(error.to_string()))?;
        if let Reply::Range(length) = reply {
            receive(io, length, &sink.ok_or_else(|| invalid("bytes that have no place"))?).await?;
        }
        Ok(FileResponse::Incoming(reply))
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
        match (reply, source) {
            (Reply::Range(length), Some(source)) => send(io, length, source).await,
            _ => Ok(()),
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

async fn receive<T>(io: &mut T, length: u64, sink: &Sink) -> io::Result<()>
where
    T: AsyncRead + Unpin + Send,
{
    let mut left = length;
    while left > 0 {
        let mut chunk = vec![0; usize::try_from(left).unwrap_or(usize::MAX).min(CHUNK_BYTES)];
        io.read_exact(&mut chunk).await?;
        left -= chunk.len() as u64;
        sink.send(chunk).await.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
    }
    Ok(())
}

async fn send<T>(io: &mut T, length: u64, mut source: Source) -> io::Result<()>
where
    T: AsyncWrite + Unpin + Send,
{
    let mut left = length;
    while left > 0 {
        let chunk = source.recv().await.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))??;
        left = left.checked_sub(chunk.len() as u64).ok_or_else(|| invalid("more bytes than announced"))?;
        io.write_all(&chunk).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::wire::file::Denial;

    const PROTOCOL: StreamProtocol = StreamProtocol::new("/test");

    async fn exchange(ask: Ask, reply: Reply, body: &[u8]) -> (io::Result<FileResponse>, Vec<u8>) {
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
        for chunk in body.chunks(1000) {
            feed.send(Ok(chunk.to_vec())).await.unwrap();
        }
        drop(feed);
        let mut wire = Vec::new();
        // A source that ends early leaves a short answer on the wire.
        let _ = answerer.write_response(&PROTOCOL, &mut wire, FileResponse::Outgoing(reply, Some(source))).await;
        let answer = asker.read_response(&PROTOCOL, &mut wire.as_slice()).await;
        drop(asker);
        let mut got = Vec::new();
        while let Some(chunk) = sunk.recv().await {
            got.extend(chunk);
        }
        (answer, got)
    }

    #[tokio::test]
    async fn a_range_streams_through() {
        let body: Vec<u8> = (0..600_000_u32).map(|i| i as u8).collect();
        let (answer, got) = exchange(Ask::Range { offset: 5, length: 600_000 }, Reply::Range(600_000), &body).await;
        assert!(matches!(answer, Ok(FileResponse::Incoming(Reply::Range(600_000)))));
        assert_eq!(got, body);
    }

    #[tokio::test]
    async fn a_short_or_a_longer_answer_is_an_error() {
        let ask = Ask::Range { offset: 0, length: 2000 };
        assert!(exchange(ask, Reply::Range(2000), &[1; 1500]).await.0.is_err());
        assert!(exchange(ask, Reply::Range(3000), &[1; 3000]).await.0.is_err());
        assert!(exchange(Ask::Digest, Reply::Range(10), &[1; 10]).await.0.is_err());
    }

    #[tokio::test]
    async fn a_digest_and_a_denial_come_as_they_are() {
        for reply in [Reply::Digest([9; 32]), Reply::Denied(Denial::Changed), Reply::Denied(Denial::Other(77))] {
            let (answer, _) = exchange(Ask::Digest, reply, &[]).await;
            assert!(matches!(answer, Ok(FileResponse::Incoming(came)) if came == reply));
        }
    }
}
