//! Nodes as people run them, members of several relays.

use std::time::{Duration, Instant};

use super::super::config::Access;
use super::super::harness::{Relay, secret};
use super::super::limits::Limits;
use crate::model::{Path, PeerId, RelayState, RelayStatus};
use crate::net::address::Target;
use crate::net::harness::Member;
use crate::net::{Config, Event, GivenRelay, Node, RelaySource};

const TOKEN: &str = "1234567890123456";

/// Within which another relay has to have taken over.
const SOON: Duration = Duration::from_secs(5);

async fn relays<const N: usize>() -> ([Relay; N], Vec<Target>) {
    let mut relays = Vec::new();
    let mut targets = Vec::new();
    for _ in 0..N {
        let relay = Relay::start(Limits::default()).await;
        targets.push(target(&relay).await);
        relays.push(relay);
    }
    (relays.try_into().ok().unwrap(), targets)
}

async fn target(relay: &Relay) -> Target {
    Target::resolve(&relay.address.to_string()).await.unwrap()
}

async fn circuits(relay: &Relay) -> i64 {
    relay.counts().await.1
}

/// The one of two relays that carries the only circuit, and the other.
async fn carrier(one: Relay, other: Relay) -> (Relay, Relay) {
    match (circuits(&one).await, circuits(&other).await) {
        (1, 0) => (one, other),
        (0, 1) => (other, one),
        counts => panic!("{counts:?}"),
    }
}

/// Two members of these relays that know of each other, and the first of whom has called the second.
async fn in_talk(relays: &[Target]) -> (Member, Member) {
    let (mut ana, mut luis) = (Member::hidden(1), Member::hidden(2));
    ana.uses(relays).await;
    luis.uses(relays).await;
    assert!(ana.hears_of(luis.id).await.is_some());
    assert!(luis.hears_of(ana.id).await.is_some());
    ana.calls(luis.id).await;
    ana.chats(luis.id).await;
    (ana, luis)
}

/// Waits until a circuit has ended and another is there.
async fn comes_back(member: &mut Member, peer: PeerId) {
    member.hears("the end", |event, _| matches!(event, Event::Disconnected(of) if of == peer).then_some(())).await;
    let back = |event, path| matches!(event, Event::Connected(of) if of == peer).then_some(path);
    assert_eq!(member.hears("another circuit", back).await, Path::Relayed);
}

#[tokio::test]
async fn when_a_relay_is_killed_the_other_takes_over_within_seconds() {
    let ([one, other], both) = relays().await;
    let (mut ana, mut luis) = in_talk(&both).await;
    let (carrier, other) = carrier(one, other).await;
    let killed = Instant::now();
    carrier.kill();
    let (to_luis, to_ana) = (luis.id, ana.id);
    tokio::join!(comes_back(&mut ana, to_luis), comes_back(&mut luis, to_ana));
    ana.chats(to_luis).await;
    luis.chats(to_ana).await;
    assert!(killed.elapsed() < SOON, "{:?}", killed.elapsed());
    assert!(circuits(&other).await >= 1);
}

#[tokio::test]
async fn a_relay_that_drains_gets_nothing_new_and_what_it_carries_goes_on_until_it_stops() {
    let ([one, other], both) = relays().await;
    let (mut ana, mut luis) = in_talk(&both).await;
    let mut eva = Member::hidden(3);
    eva.uses(&both).await;
    assert!(eva.hears_of(luis.id).await.is_some());
    let (carrier, other) = carrier(one, other).await;
    carrier.ask(|server| server.drain()).await;
    for member in [&ana, &luis, &eva] {
        member.until("the news that it leaves", |node| states(node).contains(&RelayState::Connecting)).await;
    }
    ana.chats(luis.id).await;
    eva.calls(luis.id).await;
    eva.chats(luis.id).await;
    assert_eq!((circuits(&carrier).await, circuits(&other).await), (1, 1));
    drop(carrier);
    let (to_luis, to_ana) = (luis.id, ana.id);
    tokio::join!(comes_back(&mut ana, to_luis), comes_back(&mut luis, to_ana));
    ana.chats(to_luis).await;
    eva.chats(to_luis).await;
}

fn states(node: &Node) -> Vec<RelayState> {
    node.relays().into_iter().map(|relay| relay.state).collect()
}

#[tokio::test]
async fn three_relays_are_used_and_a_fourth_where_one_is_lost() {
    let ([first, rest @ ..], targets) = relays::<4>().await;
    let ana = Member::hidden(1);
    ana.is_given(&targets).await;
    let three_of_four = |node: &mut Node| {
        let mut states = states(node);
        states.sort_by_key(|state| *state != RelayState::Ready);
        states[..3] == [RelayState::Ready; 3] && states[3] == RelayState::Spare
    };
    ana.until("three relays", three_of_four).await;
    ana.until("the preferred", |node| states(node)[..3] == [RelayState::Ready; 3]).await;
    first.kill();
    let others = [RelayState::Connecting, RelayState::Ready, RelayState::Ready, RelayState::Ready];
    ana.until("the fourth", move |node| states(node) == others).await;
    drop(rest);
}

#[tokio::test]
async fn a_relay_on_the_own_network_is_found_and_used() {
    let relay = Relay::announced().await;
    let listen = ["/ip4/127.0.0.1/tcp/0".to_owned()];
    let ana = Member::run(
        1,
        &Config { secret: &secret(), listen: &listen, port: 0, interfaces: &[], mdns: true, only_relayed: false },
    );
    let id = relay.id;
    let is_ready = move |status: &RelayStatus| status.peer_id == Some(id) && status.state == RelayState::Ready;
    ana.until("a place", move |node| node.relays().iter().any(is_ready)).await;
}

#[tokio::test]
async fn a_token_opens_a_relay_that_has_refused_and_a_list_closes_it_again() {
    let relay = Relay::with(Limits::default(), Access::Token(vec![TOKEN.parse().unwrap()])).await;
    let ana = Member::hidden(1);
    let target = target(&relay).await;
    ana.is_given(std::slice::from_ref(&target)).await;
    ana.until("the refusal", |node| states(node) == [RelayState::Refused]).await;
    assert!(ana.ask(|node| node.relays()[0].error.is_some()).await);
    let given = GivenRelay { target, source: RelaySource::Invite, token: TOKEN.parse().ok() };
    ana.ask(|node| node.give_relays(vec![given])).await;
    ana.until("a place", |node| states(node) == [RelayState::Ready]).await;
    let nobody = PeerId::from_public_key([9; 32]);
    relay.ask(move |server| server.set_access(Access::List([nobody].into()))).await;
    ana.until("the refusal", |node| states(node) == [RelayState::Refused]).await;
}
