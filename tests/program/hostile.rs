//! Ten thousand frames on each protocol of the wire that are no valid messages, from strangers that speak libp2p: the node
//! answers or hangs up, and goes on serving its friends.

use libp2p::{Multiaddr, StreamProtocol};
use serde_json::json;
use vecino::model::{Body, ConversationId, Epoch, MessageId, Nickname, PeerId, Presence, Text, Timestamp, TransferId};
use vecino::protocol::wire::chat::{self, ChatRequest, WireEntry};
use vecino::protocol::wire::encode;
use vecino::protocol::wire::file::{self, Ask, FileRequest};
use vecino::protocol::wire::hello::{self, Hello, Introduction};
use vecino::protocol::wire::typing::{self, TypingNotice};

use crate::pair::Pair;
use crate::support::stranger::{FRAMES, talk_nonsense};

fn valid_frames() -> [(&'static str, Vec<u8>); 4] {
    let introduction = Introduction::new(Nickname::new("mallory").unwrap(), Presence::Online, Vec::new());
    let body = Body::Text(Text::new("hola").unwrap());
    // Between two people who aren't these: whatever is left whole of it is refused.
    let strangers = ConversationId::between(&PeerId::from_public_key([1; 32]), &PeerId::from_public_key([2; 32]));
    let id = MessageId::from_bytes([7; 16]);
    let entry = WireEntry::new(id, strangers, 1, Timestamp::from_millis(0), &body).unwrap();
    let request =
        encode(&FileRequest::new(TransferId::from_bytes([7; 16]), Ask::Manifest { unit: 0, units: 64 }), 512).unwrap();
    let framed = [u16::try_from(request.len()).unwrap().to_be_bytes().to_vec(), request].concat();
    [
        (hello::PROTOCOL, encode(&Hello::from(&introduction), 1 << 20).unwrap()),
        (chat::PROTOCOL, encode(&ChatRequest::push(Epoch::new(2), 1, vec![entry]), 1 << 20).unwrap()),
        (file::PROTOCOL, framed),
        (typing::PROTOCOL, encode(&TypingNotice::new(true), 1 << 20).unwrap()),
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
        let answered = runtime.block_on(talk_nonsense(&to, &StreamProtocol::new(protocol), &valid, &mut rng));
        assert!(answered > FRAMES / 2, "{protocol}: only {answered} frames got an answer: were they heard at all?");
        pair.luis.run(&["send", "ana", &format!("after {protocol}")]).expect(0);
    }
    let history = pair.ana.control().call("history", json!({ "limit": 100 }));
    let texts: Vec<&str> = history.as_array().unwrap().iter().filter_map(|message| message["text"].as_str()).collect();
    let protocols = ["hello", "chat", "files", "typing"];
    assert_eq!(texts, protocols.map(|protocol| format!("after /vecino/{protocol}/1")));
    pair.ana_node.terminate();
}
