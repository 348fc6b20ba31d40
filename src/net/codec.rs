//! CBOR over request-response: one message a direction, ended by the end of the stream.

use std::io;
use std::marker::PhantomData;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::StreamProtocol;
use libp2p::request_response::Codec;
use serde::{Serialize, de::DeserializeOwned};

use crate::protocol::wire::{self, WireError};

/// A message that came: or why it can't be read, so that it can be answered as such.
pub type Received<T> = Result<T, WireError>;

/// Reads and writes `Q` as requests and `A` as answers, within these sizes.
#[derive(Debug)]
pub struct CborCodec<Q, A> {
    max_request: usize,
    max_answer: usize,
    types: PhantomData<fn() -> (Q, A)>,
}

impl<Q, A> CborCodec<Q, A> {
    /// A codec with these limits in bytes.
    pub const fn new(max_request: usize, max_answer: usize) -> Self {
        Self { max_request, max_answer, types: PhantomData }
    }
}

impl<Q, A> Clone for CborCodec<Q, A> {
    fn clone(&self) -> Self {
        Self::new(self.max_request, self.max_answer)
    }
}

impl<Q, A> Codec for CborCodec<Q, A>
where
    Q: Serialize + DeserializeOwned + Send + Sync,
    A: Serialize + DeserializeOwned + Send + Sync,
{
    type Protocol = StreamProtocol;
    type Request = Received<Q>;
    type Response = Received<A>;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Received<Q>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read(io, self.max_request).await
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Received<A>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read(io, self.max_answer).await
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, request: Received<Q>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(io, request, self.max_request).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, answer: Received<A>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(io, answer, self.max_answer).await
    }
}

async fn read<T, M>(io: &mut T, limit: usize) -> io::Result<Received<M>>
where
    T: AsyncRead + Unpin + Send,
    M: DeserializeOwned,
{
    Ok(wire::decode(&read_all(io, limit).await?, limit))
}

/// All that comes up to the stream's end, or one byte more than the limit: it tells an oversize message from one that
/// fits.
pub(super) async fn read_all<T>(io: &mut T, limit: usize) -> io::Result<Vec<u8>>
where
    T: AsyncRead + Unpin + Send,
{
    let mut bytes = Vec::new();
    io.take(limit as u64 + 1).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

async fn write<T, M>(io: &mut T, message: Received<M>, limit: usize) -> io::Result<()>
where
    T: AsyncWrite + Unpin + Send,
    M: Serialize,
{
    let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
    let bytes = wire::encode(&message.map_err(invalid)?, limit).map_err(invalid)?;
    io.write_all(&bytes).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::wire::hello::{Hello, HelloAnswer};

    #[tokio::test]
    async fn a_message_goes_through_and_an_oversize_one_is_told_as_such() {
        let mut codec = CborCodec::<Hello, HelloAnswer>::new(64, 16);
        let protocol = StreamProtocol::new("/test");
        let hello = Hello { n: "ana".into(), p: 1, w: Vec::new(), a: String::new(), f: 0 };
        let mut bytes = Vec::new();
        codec.write_request(&protocol, &mut bytes, Ok(hello.clone())).await.unwrap();
        assert_eq!(codec.read_request(&protocol, &mut bytes.as_slice()).await.unwrap(), Ok(hello.clone()));
        bytes.resize(65, 0);
        assert_eq!(
            codec.read_request(&protocol, &mut bytes.as_slice()).await.unwrap(),
            Err(WireError::Oversize { limit: 64 })
        );
        let long = Hello { n: "a".repeat(64), ..hello };
        assert!(codec.write_request(&protocol, &mut Vec::new(), Ok(long)).await.is_err());
    }
}
