//! Somebody who speaks libp2p, and whatever they like in it.

use std::io;
use std::time::Duration;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::identity::Keypair;
use libp2p::request_response::{self, Codec, ProtocolSupport};
use libp2p::swarm::NetworkBehaviour;
use libp2p::{StreamProtocol, Swarm, SwarmBuilder, noise as handshake, ping, tcp};

pub const HELLO: &str = "/vecino/hello/1";

/// No exchange may take longer.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Sends bytes as they are and takes whatever comes back.
#[derive(Clone, Default)]
pub struct Raw;

impl Codec for Raw {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T: AsyncRead + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        _: &mut T,
    ) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn read_response<T: AsyncRead + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
    ) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        io.take(1 << 16).read_to_end(&mut bytes).await?;
        Ok(bytes)
    }

    async fn write_request<T: AsyncWrite + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        frame: Vec<u8>,
    ) -> io::Result<()> {
        io.write_all(&frame).await
    }

    async fn write_response<T: AsyncWrite + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        _: &mut T,
        _: Vec<u8>,
    ) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Whoever answers no ping is taken for dead.
#[derive(NetworkBehaviour)]
pub struct Stranger {
    pub raw: request_response::Behaviour<Raw>,
    ping: ping::Behaviour,
}

/// Somebody who speaks a protocol, and hellos, as they like: by libp2p as it comes.
pub fn stranger(keypair: Keypair, protocol: &'static str) -> Swarm<Stranger> {
    let config = request_response::Config::default().with_request_timeout(PATIENCE);
    // Whoever doesn't understand a hello is no vecino, and hung up on at once.
    let support = if protocol == HELLO { ProtocolSupport::Full } else { ProtocolSupport::Inbound };
    let mut protocols = vec![(StreamProtocol::new(HELLO), support)];
    if protocol != HELLO {
        protocols.push((StreamProtocol::new(protocol), ProtocolSupport::Outbound));
    }
    SwarmBuilder::with_existing_identity(keypair)
        .with_tokio()
        .with_tcp(tcp::Config::default(), handshake::Config::new, libp2p_yamux::Config::default)
        .unwrap()
        .with_behaviour(|_| Stranger {
            raw: request_response::Behaviour::with_codec(Raw, protocols, config),
            ping: ping::Behaviour::default(),
        })
        .unwrap()
        .with_swarm_config(|config| config.with_idle_connection_timeout(PATIENCE))
        .build()
}

/// A frame made from a valid one: cut, changed, lengthened, or nothing of it at all.
pub fn spoil(valid: &[u8], rng: &mut fastrand::Rng) -> Vec<u8> {
    let mut frame = valid.to_vec();
    match rng.u8(..5) {
        0 => frame.truncate(rng.usize(..valid.len())),
        1 => {
            for _ in 0..=rng.usize(..4) {
                let place = rng.usize(..frame.len());
                frame[place] = rng.u8(..);
            }
        }
        2 => frame.extend(noise(rng, 1..64)),
        3 => frame = vec![0x81; rng.usize(..2_000)],
        _ => frame = noise(rng, 0..512),
    }
    frame
}

pub fn noise(rng: &mut fastrand::Rng, lengths: std::ops::Range<usize>) -> Vec<u8> {
    let length = rng.usize(lengths);
    std::iter::repeat_with(|| rng.u8(..)).take(length).collect()
}
