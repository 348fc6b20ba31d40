//! Two nodes on the loopback that ask each other about transfers.

use std::collections::HashSet;

use super::super::super::address::Target;
use super::super::*;
use super::{Question, Questions};
use crate::protocol::wire::file::{Notice, Outcome};

const MANY: u8 = 200;

fn node(seed: u8) -> Node {
    let listen = ["/ip4/127.0.0.1/tcp/0".to_owned()];
    Node::start(&Config {
        secret: &[seed; 32],
        listen: &listen,
        port: 0,
        interfaces: &[],
        mdns: false,
        only_relayed: false,
    })
    .unwrap()
}

/// What happens next at either of the two, and whether at the first.
async fn next(ana: &mut Node, luis: &mut Node) -> (bool, Event) {
    tokio::select! {
        event = ana.next() => (true, event),
        event = luis.next() => (false, event),
    }
}

/// Two nodes that are connected.
async fn met() -> (Node, Node) {
    let (mut ana, mut luis) = (node(1), node(2));
    while luis.addresses().is_empty() {
        luis.next().await;
    }
    ana.reach(&Target::resolve(&luis.addresses()[0]).await.unwrap());
    while !(ana.connections.is_connected(&luis.own) && luis.connections.is_connected(&ana.own)) {
        next(&mut ana, &mut luis).await;
    }
    (ana, luis)
}

fn transfer(number: u8) -> TransferId {
    TransferId::from_bytes([number; 16])
}

fn notify(node: &mut Node, peer: &PeerId, number: u8) -> RequestId {
    node.file(peer, transfer(number), Ask::Notice(Notice::GoOn), None)
}

#[tokio::test]
async fn many_questions_at_once_are_all_answered_over_one_connection() {
    let (mut ana, mut luis) = met().await;
    let mut open: HashSet<RequestId> = (0..MANY).map(|number| notify(&mut ana, &luis.own, number)).collect();
    let mut asked = Vec::new();
    while !open.is_empty() {
        match next(&mut ana, &mut luis).await {
            (false, Event::File(_, transfer, _, reply)) => {
                asked.push(transfer);
                luis.answer_file(reply, Reply::Noted, None);
            }
            (true, Event::FileAnswered(name, reply)) => {
                assert_eq!(reply, Some(Reply::Noted));
                assert!(open.remove(&name));
            }
            (_, Event::Disconnected(_)) => panic!("the connection broke under {MANY} questions"),
            _ => {}
        }
    }
    asked.sort_by_key(|id| *id.as_bytes());
    assert_eq!(asked, (0..MANY).map(transfer).collect::<Vec<_>>());
}

#[tokio::test]
async fn whoever_goes_leaves_no_question_open() {
    let (mut ana, luis) = met().await;
    let peer = luis.own;
    let mut open: HashSet<RequestId> = (0..MANY).map(|number| notify(&mut ana, &peer, number)).collect();
    drop(luis);
    while !open.is_empty() {
        if let Event::FileAnswered(name, reply) = ana.next().await {
            assert_eq!(reply, None);
            assert!(open.remove(&name));
        }
    }
    let late = notify(&mut ana, &peer, 0);
    assert!(matches!(ana.next().await, Event::FileAnswered(name, None) if name == late));
}

#[tokio::test]
async fn whoever_has_answered_all_is_not_being_asked_though_a_newer_word_took_the_place_of_one() {
    let (mut ana, mut luis) = met().await;
    let peer = luis.own;
    let numbers = (0..MAX_UNDER_WAY as u8).chain([MANY, MANY]);
    let mut open: HashSet<RequestId> = numbers.map(|number| notify(&mut ana, &peer, number)).collect();
    assert_eq!(ana.idle_from(&peer), None, "an answer may take long");
    while !open.is_empty() {
        match next(&mut ana, &mut luis).await {
            (false, Event::File(_, _, _, reply)) => luis.answer_file(reply, Reply::Noted, None),
            (true, Event::FileAnswered(name, _)) => assert!(open.remove(&name)),
            (_, Event::Disconnected(_)) => panic!("the connection broke"),
            _ => {}
        }
    }
    assert!(ana.idle_from(&peer).is_some());
}

#[test]
fn a_newer_word_of_a_transfer_takes_the_place_of_the_one_that_waits() {
    let report = |name, number, done| Question {
        name: RequestId(name),
        transfer: transfer(number),
        ask: Ask::Report { done, outcome: Outcome::UnderWay },
        sink: None,
    };
    let manifest = |name| Question { ask: Ask::Manifest { unit: 0, units: 1 }, ..report(name, 1, 0) };
    let mut questions = Questions::default();
    assert_eq!([manifest(1), report(2, 1, 10), manifest(3), report(4, 2, 10)].map(|one| questions.add(one)), [None; 4]);
    assert_eq!(questions.add(report(5, 1, 20)), Some(RequestId(2)));
    let order: Vec<_> = std::iter::from_fn(|| questions.next()).map(|question| question.name).collect();
    assert_eq!(order, [1, 5, 3, 4].map(RequestId));
}
