//! Nodes that reach each other through relays, on loopback.

mod listed;
mod listening;
mod relay;

use super::super::address::Target;
use super::harness::{Member, introduction, nickname};
use super::*;
use crate::model::RelayState;
use relay::{List, Relay};

#[tokio::test]
async fn a_relay_is_known_by_its_hello() {
    let relay = Relay::start(List::None).await;
    let mut ana = Member::start(1);
    ana.joins(relay.target().await, relay.id()).await;
    let listed = ana.ask(|node| node.addresses()).await;
    assert!(listed.iter().all(|address| !address::is_circuit(&address.parse().unwrap())), "{listed:?}");
    let mut luis = Member::start(2);
    luis.reach(relay.target().await).await.0.unwrap();
    let said = luis.hears("the relay's hello", |event, _| match event {
        Event::Introduced(peer, introduction) => Some((peer, introduction.relay)),
        _ => None,
    });
    assert_eq!(said.await, (relay.id(), true));
}

#[tokio::test]
async fn who_is_met_through_a_relay_is_soon_reached_directly_and_chats_all_the_while() {
    let relay = Relay::start(List::None).await;
    let (mut ana, mut luis) = (Member::start(1), Member::start(2));
    luis.joins(relay.target().await, relay.id()).await;
    let found = ana.reach(relay.way_to(luis.id).await).await;
    assert_eq!(found, (Ok(luis.id), Path::Relayed));
    ana.chats(luis.id).await;
    for (one, other) in [(&mut ana, luis.id), (&mut luis, ana_id())] {
        one.hears("a direct way", |event, path| {
            matches!(event, Event::Moved(peer) if (peer, path) == (other, Path::Direct)).then_some(())
        })
        .await;
        one.chats(other).await;
    }
    let id = luis.id;
    ana.until("the circuit to end", move |node| {
        let of = address::to_libp2p(&id).unwrap();
        node.swarm.network_info().connection_counters().num_established() == 2 && node.swarm.is_connected(&of)
    })
    .await;
    assert_eq!(ana.ask(move |node| node.path(&id)).await, Path::Direct);
    ana.chats(luis.id).await;
}

fn ana_id() -> PeerId {
    crate::net::peer_id(&[1; 32]).unwrap()
}

#[tokio::test]
async fn members_that_no_direct_way_leads_to_stay_at_the_relay_and_come_back_with_it() {
    let relay = Relay::start(List::None).await;
    let (mut ana, mut luis) = (Member::hidden(1), Member::hidden(2));
    luis.joins(relay.target().await, relay.id()).await;
    let found = ana.reach(relay.way_to(luis.id).await).await;
    assert_eq!(found, (Ok(luis.id), Path::Relayed));
    ana.chats(luis.id).await;
    luis.chats(ana.id).await;

    let relay = relay.again().await;
    let (to_luis, to_ana) = (luis.id, ana.id);
    for (one, other) in [(&mut ana, to_luis), (&mut luis, to_ana)] {
        one.hears("the end", |event, _| matches!(event, Event::Disconnected(peer) if peer == other).then_some(()))
            .await;
        let back = |event, path| matches!(event, Event::Connected(peer) if peer == other).then_some(path);
        assert_eq!(one.hears("the return", back).await, Path::Relayed);
    }
    ana.chats(to_luis).await;
    luis.chats(to_ana).await;
    drop(relay);
}

#[tokio::test]
async fn why_nobody_is_reached_through_a_relay_is_said_in_words() {
    let relay = Relay::start(List::None).await;
    let (mut ana, luis) = (Member::hidden(1), Member::hidden(2));
    let (result, _) = ana.reach(relay.way_to(luis.id).await).await;
    assert_eq!(result.unwrap_err(), "whom you look for isn't at that relay now");
    let (result, _) = ana.reach(relay.way_to(ana.id).await).await;
    assert_eq!(result.unwrap_err(), "that is this computer's own address");
    let way = relay.way_to(luis.id).await;
    relay.stop().await;
    ana.hears("the relay's end", |event, _| matches!(event, Event::Disconnected(_)).then_some(())).await;
    let (result, _) = ana.reach(way).await;
    let cause = result.unwrap_err();
    assert!(cause.starts_with("the relay isn't reached: "), "{cause}");
}

#[tokio::test]
async fn a_person_is_no_relay() {
    let (mut ana, mut luis) = (Member::start(1), Member::start(2));
    luis.hears("an address", |event, _| matches!(event, Event::Listening).then_some(())).await;
    let address = luis.ask(|node| node.addresses()).await.remove(0);
    let way = format!("{address}/p2p-circuit/p2p/{}", PeerId::from_public_key([3; 32]));
    let (result, _) = ana.reach(Target::resolve(&way).await.unwrap()).await;
    assert_eq!(result.unwrap_err(), "what answers there is no relay");
}

#[tokio::test]
async fn who_comes_by_itself_is_no_relay_to_call_by() {
    let (mut ana, mut eve) = (Member::start(1), Member::start(3));
    ana.hears("an address", |event, _| matches!(event, Event::Listening).then_some(())).await;
    let luis = PeerId::from_public_key([2; 32]);
    let way = format!("/ip4/127.0.0.1/tcp/1/p2p/{}/p2p-circuit/p2p/{luis}", eve.id);
    assert!(ana.reach(Target::resolve(&way).await.unwrap()).await.0.is_err());
    let address = ana.ask(|node| node.addresses()).await.remove(0);
    eve.reach(Target::resolve(&address).await.unwrap()).await.0.unwrap();
    let id = eve.id;
    ana.until("her to come", move |node| node.path(&id) == Path::Direct).await;
    let ways = ana.ask(move |node| node.circuits.due(Instant::now(), |peer, wanted| node.ways_to(peer, wanted))).await;
    assert_eq!(ways, []);
}

#[tokio::test]
async fn who_writes_is_told_to_whoever_is_connected_and_nobody_else() {
    let (mut ana, mut luis) = (Member::start(1), Member::start(2));
    luis.hears("an address", |event, _| matches!(event, Event::Listening).then_some(())).await;
    let to = luis.id;
    ana.ask(move |node| node.tell_typing(&to, true)).await;
    let address = luis.ask(|node| node.addresses()).await.remove(0);
    ana.reach(Target::resolve(&address).await.unwrap()).await.0.unwrap();
    ana.until("luis's hello", move |node| node.connections.has_said_hello(&to)).await;
    let from = ana.id;
    luis.until("ana's hello", move |node| node.connections.has_said_hello(&from)).await;
    ana.ask(move |node| node.tell_typing(&to, false)).await;
    let said = luis.hears("a notice", |event, _| match event {
        Event::Typing(peer, typing) => Some((peer, typing)),
        _ => None,
    });
    assert_eq!(said.await, (from, false), "what was said before they met went nowhere");
}

/// A relay is such a one, as an older vecino is.
#[tokio::test]
async fn who_does_not_know_what_typing_is_misses_nothing() {
    let relay = Relay::start(List::None).await;
    let mut ana = Member::start(1);
    ana.joins(relay.target().await, relay.id()).await;
    let id = relay.id();
    ana.until("the relay's hello", move |node| node.connections.has_said_hello(&id)).await;
    ana.ask(move |node| node.tell_typing(&id, true)).await;
    ana.until("it to be known", move |node| node.deaf_to_typing.contains(&id)).await;
    ana.ask(move |node| node.tell_typing(&id, false)).await;
    assert_eq!(ana.ask(move |node| node.path(&id)).await, Path::Direct);
    relay.stop().await;
    ana.until("it to be forgotten", |node| node.deaf_to_typing.is_empty()).await;
}
