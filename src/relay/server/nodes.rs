//! Nodes as people run them, at this relay.

use std::time::Duration;

use tokio::time::timeout;

use super::super::harness::{PATIENCE, Relay, secret};
use crate::model::{Epoch, Nickname, Path, PeerId, Presence};
use crate::net::address::Target;
use crate::net::{Config, Event, Node};
use crate::protocol::wire::chat::{Answer, ChatRequest};
use crate::protocol::wire::hello::Introduction;
use crate::relay::limits::Limits;

/// Time between two looks at something that nobody tells.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

const BUSY: Answer = Answer::Busy(7);

/// A node on loopback, and its id.
fn node() -> (Node, PeerId) {
    let secret = secret();
    let listen = ["/ip4/127.0.0.1/tcp/0".to_owned()];
    let config = Config { secret: &secret, listen: &listen, port: 0, mdns: false, only_relayed: false };
    let mut node = Node::start(&config).unwrap();
    node.present(&Nickname::new("ana").unwrap(), Presence::Online);
    (node, crate::net::peer_id(&secret).unwrap())
}

/// Does what every node does, until something happens that `wanted` makes something of.
async fn until<T>(node: &mut Node, wanted: impl Fn(&Node, &Event) -> Option<T>) -> T {
    let me = Introduction::new(Nickname::new("ana").unwrap(), Presence::Online, Vec::new());
    loop {
        let event = node.next().await;
        let found = wanted(node, &event);
        match event {
            Event::Connected(peer) => node.introduce(&peer, &me),
            Event::Chat(_, _, reply) => node.answer_chat(reply, &BUSY),
            _ => {}
        }
        if let Some(found) = found {
            return found;
        }
    }
}

async fn find(node: &mut Node, target: &str) -> (Result<PeerId, String>, Path) {
    let name = node.reach(&Target::resolve(target).await.unwrap());
    until(node, |node, event| match event {
        Event::Reached(of, result) if *of == name => {
            Some((result.clone(), result.as_ref().map_or(Path::None, |peer| node.path(peer))))
        }
        _ => None,
    })
    .await
}

#[tokio::test]
async fn nodes_meet_at_a_relay_chat_and_find_a_direct_way() {
    let relay = Relay::start(Limits::default()).await;
    let ((mut ana, _), (mut luis, luis_id)) = (node(), node());
    let at = relay.address.to_string();
    assert_eq!(timeout(PATIENCE, find(&mut luis, &at)).await.unwrap(), (Ok(relay.id), Path::Direct));
    tokio::spawn(async move { until(&mut luis, |_, _| None::<()>).await });
    let reserved = async {
        while relay.counts().await.0 == 0 {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    timeout(PATIENCE, reserved).await.unwrap();

    let way = format!("{at}/p2p-circuit/p2p/{luis_id}");
    assert_eq!(timeout(PATIENCE, find(&mut ana, &way)).await.unwrap(), (Ok(luis_id), Path::Relayed));
    let chats_and_moves = async {
        let (mut answered, mut direct) = (false, false);
        let mut asked = ana.chat(&luis_id, ChatRequest::read(Epoch::new(1), 1));
        while !(answered && direct) {
            let (answer, path) = until(&mut ana, |node, event| match event {
                Event::ChatAnswered(of, answer) if *of == asked => Some((Some(answer.clone()), node.path(&luis_id))),
                Event::Moved(peer) if *peer == luis_id => Some((None, node.path(&luis_id))),
                _ => None,
            })
            .await;
            direct |= path == Path::Direct;
            match answer {
                Some(answer) if answer == Some(BUSY) => answered = true,
                Some(_) => asked = ana.chat(&luis_id, ChatRequest::read(Epoch::new(1), 1)),
                None => {}
            }
        }
    };
    timeout(PATIENCE, chats_and_moves).await.unwrap();
    let unused = async {
        loop {
            tokio::select! {
                () = until(&mut ana, |_, _| None) => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
            if relay.counts().await.1 == 0 {
                return;
            }
        }
    };
    timeout(PATIENCE, unused).await.unwrap();
}
