//! Somebody who speaks libp2p, and whatever they like in it.

use std::io;
use std::time::Duration;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, StreamExt};
use libp2p::identity::Keypair;
use libp2p::request_response::{self, Codec, ProtocolSupport};
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, StreamProtocol, Swarm, SwarmBuilder, noise as handshake, ping, tcp};
use vecino::model::{Nickname, PeerId, Presence};
use vecino::net::card;
use vecino::protocol::wire::roster::{Card, RosterRequest};
use vecino::protocol::wire::{encode, hello};

/// No exchange may take longer.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Frames of nonsense on a protocol.
pub const FRAMES: usize = 10_000;

/// Frames of one stranger, and how many of them wait for an answer: fewer than a node hears at a time from one.
const FRAMES_OF_ONE: usize = 15;
const AT_A_TIME: usize = 4;

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
pub fn stranger(keypair: Keypair, protocol: StreamProtocol) -> Swarm<Stranger> {
    let config = request_response::Config::default().with_request_timeout(PATIENCE);
    // Whoever doesn't understand a hello is no vecino, and hung up on at once.
    let hello = StreamProtocol::new(hello::PROTOCOL);
    let support = if protocol == hello { ProtocolSupport::Full } else { ProtocolSupport::Inbound };
    let mut protocols = vec![(hello.clone(), support)];
    if protocol != hello {
        protocols.push((protocol, ProtocolSupport::Outbound));
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

/// An announcement to a relay, which is valid where it comes from the owner of the key.
pub fn announcement(keypair: &Keypair, relay: &PeerId) -> Vec<u8> {
    let nickname = Nickname::new("mallory").unwrap();
    let card = Card { nickname, presence: Presence::Online, port: None, seq: 1, relay: *relay };
    encode(&RosterRequest::announce(&card::sign(keypair, &card).unwrap(), "guessed".parse().ok().as_ref()), 1 << 10)
        .unwrap()
}

/// Sends spoilt frames from stranger after stranger. How many were answered.
pub async fn talk_nonsense(to: &Multiaddr, protocol: &StreamProtocol, valid: &[u8], rng: &mut fastrand::Rng) -> usize {
    let (mut sent, mut answered) = (0, 0);
    while sent < FRAMES {
        let mut swarm = stranger(Keypair::generate_ed25519(), protocol.clone());
        let peer = swarm_peer(to);
        swarm.add_peer_address(peer, to.clone());
        let (mut open, mut left) = (0, FRAMES_OF_ONE.min(FRAMES - sent));
        sent += left;
        while open + left > 0 {
            while left > 0 && open < AT_A_TIME {
                swarm.behaviour_mut().raw.send_request(&peer, spoil(valid, rng));
                open += 1;
                left -= 1;
            }
            let event = tokio::time::timeout(PATIENCE, swarm.select_next_some())
                .await
                .unwrap_or_else(|_| panic!("nobody answers or hangs up"));
            match event {
                SwarmEvent::Behaviour(StrangerEvent::Raw(request_response::Event::Message { .. })) => {
                    open -= 1;
                    answered += 1;
                }
                SwarmEvent::Behaviour(StrangerEvent::Raw(request_response::Event::OutboundFailure { .. })) => open -= 1,
                _ => {}
            }
        }
    }
    answered
}

fn swarm_peer(address: &Multiaddr) -> libp2p::PeerId {
    match address.iter().last() {
        Some(libp2p::multiaddr::Protocol::P2p(peer)) => peer,
        _ => panic!("{address} names nobody"),
    }
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
