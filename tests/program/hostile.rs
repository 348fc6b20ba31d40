//! Ten thousand frames on each protocol of the wire that are no valid messages, from strangers that speak libp2p: the node
//! answers or hangs up, and goes on serving its friends.

use futures::StreamExt;
use libp2p::Multiaddr;
use libp2p::identity::Keypair;
use libp2p::request_response;
use libp2p::swarm::SwarmEvent;
use serde_json::json;
use vecino::model::{Body, ConversationId, Epoch, MessageId, Nickname, PeerId, Presence, Text, Timestamp, TransferId};
use vecino::protocol::wire::chat::{ChatRequest, WireEntry};
use vecino::protocol::wire::encode;
use vecino::protocol::wire::file::{Ask, FileRequest};
use vecino::protocol::wire::hello::{Hello, Introduction};

use crate::pair::Pair;
use crate::support::stranger::{HELLO, PATIENCE, StrangerEvent, spoil, stranger};

const FRAMES: usize = 10_000;

/// Frames of one stranger, and how many of them wait for an answer: fewer than a node hears at a time from one.
const FRAMES_OF_ONE: usize = 15;
const AT_A_TIME: usize = 4;

/// Sends spoilt frames from stranger after stranger. How many were answered.
pub async fn talk_nonsense(to: &Multiaddr, protocol: &'static str, valid: &[u8], rng: &mut fastrand::Rng) -> usize {
    let (mut sent, mut answered) = (0, 0);
    while sent < FRAMES {
        let mut swarm = stranger(Keypair::generate_ed25519(), protocol);
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
    let introduction = Introduction::new(Nickname::new("mallory").unwrap(), Presence::Online, Vec::new());
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
