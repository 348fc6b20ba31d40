//! Ten thousand frames on each protocol of the wire that are no valid messages, from strangers that speak libp2p: the node
//! answers or hangs up, and goes on serving its friends.

use std::io;
use std::time::Duration;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, StreamExt};
use libp2p::request_response::{self, Codec, ProtocolSupport};
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, StreamProtocol, Swarm, SwarmBuilder, noise as handshake, ping, tcp};
use serde_json::json;
use vecino::model::{Body, ConversationId, Epoch, MessageId, Nickname, PeerId, Presence, Text, Timestamp, TransferId};
use vecino::protocol::wire::chat::{ChatRequest, WireEntry};
use vecino::protocol::wire::encode;
use vecino::protocol::wire::file::{Ask, FileRequest};
use vecino::protocol::wire::hello::{Hello, Introduction};

use crate::pair::Pair;

const HELLO: &str = "/vecino/hello/1";

const FRAMES: usize = 10_000;

/// Frames of one stranger, and how many of them wait for an answer: fewer than a node hears at a time from one.
const FRAMES_OF_ONE: usize = 15;
const AT_A_TIME: usize = 4;

/// No exchange may take longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends bytes as they are and takes whatever comes back.
#[derive(Clone, Default)]
struct Raw;

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
struct Stranger {
    raw: request_response::Behaviour<Raw>,
    ping: ping::Behaviour,
}

fn stranger(protocol: &'static str) -> Swarm<Stranger> {
    let config = request_response::Config::default().with_request_timeout(PATIENCE);
    // Whoever doesn't understand a hello is no vecino, and hung up on at once.
    let support = if protocol == HELLO { ProtocolSupport::Full } else { ProtocolSupport::Inbound };
    let mut protocols = vec![(StreamProtocol::new(HELLO), support)];
    if protocol != HELLO {
        protocols.push((StreamProtocol::new(protocol), ProtocolSupport::Outbound));
    }
    SwarmBuilder::with_new_identity()
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
fn spoil(valid: &[u8], rng: &mut fastrand::Rng) -> Vec<u8> {
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

fn noise(rng: &mut fastrand::Rng, lengths: std::ops::Range<usize>) -> Vec<u8> {
    let length = rng.usize(lengths);
    std::iter::repeat_with(|| rng.u8(..)).take(length).collect()
}

/// Sends spoilt frames from stranger after stranger. How many were answered.
async fn talk_nonsense(to: &Multiaddr, protocol: &'static str, valid: &[u8], rng: &mut fastrand::Rng) -> usize {
    let (mut sent, mut answered) = (0, 0);
    while sent < FRAMES {
        let mut swarm = stranger(protocol);
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
            let event = tokio::time::timeout(PATIENCE, swarm.select_next_some()).await.expect("the node hangs");
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

fn valid_frames() -> [(&'static str, Vec<u8>); 3] {
    let introduction = Introduction {
        nickname: Nickname::new("mallory").unwrap(),
        presence: Presence::Online,
        watermarks: Vec::new(),
    };
    let body = Body::Text(Text::new("hola").unwrap());
    // Between two people who aren't these: whatever is left whole of it is refused.
    let strangers = ConversationId::between(&PeerId::from_public_key([1; 32]), &PeerId::from_public_key([2; 32]));
    let id = MessageId::from_bytes([7; 16]);
    let entry = WireEntry::new(id, strangers, 1, Timestamp::from_millis(0), &body).unwrap();
    let file =
        encode(&FileRequest::new(TransferId::from_bytes([7; 16]), Ask::Manifest { unit: 0, units: 64 }), 512).unwrap();
    let framed = [u16::try_from(file.len()).unwrap().to_be_bytes().to_vec(), file].concat();
    [
        (HELLO, encode(&Hello::from(&introduction), 1 << 20).unwrap()),
        ("/vecino/chat/1", encode(&ChatRequest::push(Epoch::new(2), 1, vec![entry]), 1 << 20).unwrap()),
        ("/vecino/files/1", framed),
    ]
}

#[test]
fn random_and_truncated_frames_on_each_protocol_hurt_nobody() {
    let pair = Pair::met();
    let me = pair.ana.control().call("me", json!({}));
    let to: Multiaddr = me["addresses"][0].as_str().unwrap().parse().unwrap();
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (protocol, valid) in valid_frames() {
        let answered = runtime.block_on(talk_nonsense(&to, protocol, &valid, &mut rng));
        assert!(answered > FRAMES / 2, "{protocol}: only {answered} frames got an answer: were they heard at all?");
        pair.luis.run(&["send", "ana", &format!("after {protocol}")]).expect(0);
    }
    let history = pair.ana.control().call("history", json!({ "limit": 100 }));
    let texts: Vec<&str> = history.as_array().unwrap().iter().filter_map(|message| message["text"].as_str()).collect();
    assert_eq!(texts, ["after /vecino/hello/1", "after /vecino/chat/1", "after /vecino/files/1"]);
    pair.ana_node.terminate();
}
