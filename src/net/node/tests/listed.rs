//! Members of relays that keep lists of them.

use super::super::super::exchanges::IDLE;
use super::relay::ghost;
use super::*;
use crate::model::Plain;

/// What a member with this key is listed as.
fn listed(key: u8, presence: Presence) -> Option<Listed> {
    Some(Listed { nickname: nickname(key), presence })
}

#[tokio::test]
async fn members_appear_to_each_other_are_called_and_go() {
    let relay = Relay::start(List::Honest).await;
    let (mut ana, mut luis) = (Member::hidden(1), Member::hidden(2));
    ana.uses(&[relay.target().await]).await;
    luis.uses(&[relay.target().await]).await;
    assert_eq!(ana.hears_of(luis.id).await, listed(2, Presence::Online));
    assert_eq!(luis.hears_of(ana.id).await, listed(1, Presence::Online));
    let id = luis.id;
    assert_eq!(ana.ask(move |node| node.path(&id)).await, Path::None, "nothing is to be said yet");
    ana.calls(luis.id).await;
    ana.chats(luis.id).await;
    luis.chats(ana.id).await;
    luis.ask(|node| node.present(&nickname(20), Presence::Busy)).await;
    assert_eq!(ana.hears_of(luis.id).await, listed(20, Presence::Busy));
    let id = ana.id;
    drop(ana);
    assert_eq!(luis.hears_of(id).await, None);
}

#[tokio::test]
async fn a_circuit_on_which_nothing_is_said_is_closed_and_made_again_when_it_is_called_for() {
    let relay = Relay::start(List::Honest).await;
    let (mut ana, mut luis) = (Member::hidden(1), Member::hidden(2));
    ana.uses(&[relay.target().await]).await;
    luis.uses(&[relay.target().await]).await;
    ana.hears_of(luis.id).await;
    luis.hears_of(ana.id).await;
    ana.calls(luis.id).await;
    ana.chats(luis.id).await;
    let (to_luis, to_ana) = (luis.id, ana.id);
    luis.ask(move |node| nothing_was_said(node, to_ana)).await;
    ana.ask(move |node| nothing_was_said(node, to_luis)).await;
    for (one, other) in [(&mut ana, to_luis), (&mut luis, to_ana)] {
        one.hears("the end", |event, _| matches!(event, Event::Disconnected(of) if of == other).then_some(())).await;
        assert!(one.ask(move |node| node.roster.is_listed(&other)).await);
        assert_eq!(one.ask(|node| node.circuits.next(|_, _| vec![ghost()])).await, None, "nobody calls");
    }
    ana.calls(luis.id).await;
    ana.chats(luis.id).await;
}

/// As if nothing had been said with somebody for long.
fn nothing_was_said(node: &mut Node, peer: PeerId) {
    node.exchanges = Exchanges::default();
    node.exchanges.met(peer, Instant::now().checked_sub(IDLE).unwrap());
}

#[tokio::test]
async fn who_could_well_be_reached_is_soon_reached_directly() {
    let relay = Relay::start(List::Honest).await;
    let (ana, mut luis) = (Member::start(1), Member::start(2));
    ana.uses(&[relay.target().await]).await;
    luis.uses(&[relay.target().await]).await;
    let connected = |event, path| matches!(event, Event::Connected(of) if of == ana.id).then_some(path);
    assert_eq!(luis.hears("a connection", connected).await, Path::Direct);
}

#[tokio::test]
async fn when_a_relay_dies_the_other_carries_on() {
    let (one, other) = (Relay::with_key(100, List::Honest).await, Relay::with_key(101, List::Honest).await);
    let (mut ana, mut luis) = (Member::hidden(1), Member::hidden(2));
    let both = [one.target().await, other.target().await];
    ana.uses(&both).await;
    luis.uses(&both).await;
    ana.hears_of(luis.id).await;
    luis.hears_of(ana.id).await;
    ana.calls(luis.id).await;
    ana.chats(luis.id).await;
    let died = Instant::now();
    one.stop().await;
    let (to_luis, to_ana) = (luis.id, ana.id);
    for (one, other) in [(&mut ana, to_luis), (&mut luis, to_ana)] {
        one.hears("the end", |event, _| matches!(event, Event::Disconnected(of) if of == other).then_some(())).await;
        let back = |event, path| matches!(event, Event::Connected(of) if of == other).then_some(path);
        assert_eq!(one.hears("another circuit", back).await, Path::Relayed);
    }
    ana.chats(to_luis).await;
    luis.chats(to_ana).await;
    assert!(died.elapsed() < Duration::from_secs(5), "{:?}", died.elapsed());
    assert_eq!(ana.states().await, [RelayState::Connecting, RelayState::Ready]);
}

#[tokio::test]
async fn a_relay_that_returns_is_used_again() {
    let relay = Relay::start(List::Honest).await;
    let (mut ana, luis) = (Member::hidden(1), Member::hidden(2));
    ana.uses(&[relay.target().await]).await;
    luis.uses(&[relay.target().await]).await;
    assert_eq!(ana.hears_of(luis.id).await, listed(2, Presence::Online));
    let relay = relay.again().await;
    assert_eq!(ana.hears_of(luis.id).await, None);
    assert_eq!(ana.hears_of(luis.id).await, listed(2, Presence::Online));
    ana.calls(luis.id).await;
    ana.chats(luis.id).await;
    drop(relay);
}

#[tokio::test]
async fn who_is_listed_but_not_there_is_not_shown_in_the_end() {
    let relay = Relay::start(List::Haunted).await;
    let mut ana = Member::hidden(1);
    ana.uses(&[relay.target().await]).await;
    assert!(ana.hears_of(ghost()).await.is_some());
    ana.ask(|node| node.call(&ghost())).await;
    assert_eq!(ana.hears_of(ghost()).await, None);
    ana.ask(|node| node.call(&ghost())).await;
    assert_eq!(ana.ask(|node| node.next_relaying()).await, None, "nothing more is tried");
}

#[tokio::test]
async fn who_says_goodbye_is_gone_whatever_a_relay_says() {
    let relay = Relay::start(List::Haunted).await;
    let mut ana = Member::hidden(1);
    ana.uses(&[relay.target().await]).await;
    assert!(ana.hears_of(ghost()).await.is_some());
    ana.ask(|node| node.disconnect(&ghost(), true)).await;
    assert_eq!(ana.hears_of(ghost()).await, None);
}

#[tokio::test]
async fn a_relay_whose_list_is_forged_or_endless_is_left() {
    for (list, cause) in [(List::Forged, Plain::WrongList), (List::Endless, Plain::TellsTooMuch)] {
        let relay = Relay::start(list).await;
        let (mut ana, luis) = (Member::hidden(1), Member::hidden(2));
        ana.is_given(&[relay.target().await]).await;
        if list == List::Endless {
            // There's something to tell her once somebody comes.
            ana.has_a_place().await;
        }
        luis.is_given(&[relay.target().await]).await;
        let id = relay.id();
        ana.hears("the end", |event, _| matches!(event, Event::Disconnected(of) if of == id).then_some(())).await;
        let [status] = &ana.ask(|node| node.relays()).await[..] else { panic!("one relay") };
        assert_eq!((status.state, &status.error), (RelayState::Connecting, &Some(cause.into())));
        let next = ana.ask(|node| node.next_relaying()).await.unwrap();
        assert!(next > Instant::now() + Duration::from_secs(60));
    }
}

#[tokio::test]
async fn a_relay_that_refuses_says_why() {
    let relay = Relay::start(List::Closed).await;
    let mut ana = Member::hidden(1);
    ana.is_given(&[relay.target().await]).await;
    ana.until("the refusal", |node| node.relays().iter().all(|relay| relay.state == RelayState::Refused)).await;
    let [status] = &ana.ask(|node| node.relays()).await[..] else { panic!("one relay") };
    assert_eq!((status.peer_id, &status.error), (Some(relay.id()), &Some("members only".into())));
    assert_eq!(status.nickname, Nickname::new("relay").ok());
    ana.hears("the news", |event, _| matches!(event, Event::Relays).then_some(())).await;
}

#[tokio::test]
async fn a_relay_that_is_found_is_used_unless_that_is_not_wanted() {
    let relay = Relay::start(List::Honest).await;
    let mut ana = Member::start(1);
    let (id, at) = (relay.id(), relay.at.to_string());
    ana.ask(move |node| node.remember(id, &[at], false)).await;
    ana.has_a_place().await;
    assert_eq!(ana.ask(|node| node.relays()).await[0].state, RelayState::Ready);
    ana.ask(|node| node.find_relays(false)).await;
    ana.hears("the end", |event, _| matches!(event, Event::Disconnected(of) if of == id).then_some(())).await;
    assert_eq!(ana.ask(|node| node.relays()).await, []);
    ana.ask(|node| node.find_relays(true)).await;
    ana.has_a_place().await;
}
