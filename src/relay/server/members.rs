//! Members and the roster, through the relay's own doors.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::super::config::Access;
use super::super::harness::{PATIENCE, Peer, Relay, denial, secret};
use super::super::limits::Limits;
use super::super::refusal::Refusal;
use super::Event;
use crate::model::PeerId;
use crate::protocol::wire::roster::{Card, Changes, Denial, Page, Reply, Since};

const TOKEN: &str = "1234567890123456";

/// Within which names have to be there.
const SOON: Duration = Duration::from_secs(2);

fn names(page: &Page) -> Vec<&str> {
    page.listings.iter().map(|listing| listing.card.nickname.as_str()).collect()
}

/// Takes in changes until `wanted` says that they are all there.
async fn told_until(peer: &mut Peer, wanted: impl Fn(&Changes) -> bool) -> Changes {
    let told = async {
        loop {
            let changes = peer.changes.recv().await.unwrap();
            if wanted(&changes) {
                return changes;
            }
        }
    };
    timeout(PATIENCE, told).await.expect("it isn't told")
}

#[tokio::test]
async fn who_comes_changes_and_goes_is_told_within_two_seconds() {
    let mut relay = Relay::start(Limits::default()).await;
    let mut ana = Peer::connect(&relay).await;
    ana.join("ana").await;
    assert_eq!(names(&ana.list().await), ["ana"]);
    let luis = Peer::connect(&relay).await;
    let start = Instant::now();
    luis.join("luis").await;
    let came = told_until(&mut ana, |changes| !changes.page.listings.is_empty()).await;
    assert_eq!((names(&came.page), came.page.gone.len()), (vec!["luis"], 0));
    assert_eq!(came.page.listings[0].peer, luis.id);
    assert_eq!(luis.announce("luisito").await, None);
    let changed = told_until(&mut ana, |changes| !changes.page.listings.is_empty()).await;
    assert_eq!((names(&changed.page), changed.from), (vec!["luisito"], came.page.version));
    let id = luis.id;
    drop(luis);
    let gone = told_until(&mut ana, |changes| !changes.page.gone.is_empty()).await;
    assert_eq!(gone.page.gone, [id]);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    relay.until(|event| (event == Event::Left(id)).then_some(())).await;
    relay.counts().await;
    assert_eq!((relay.metrics.members.get(), relay.metrics.roster_entries.get()), (1, 1));
    assert_eq!(relay.metrics.announces.get(), 3);
}

#[tokio::test]
async fn only_who_can_be_called_is_listed() {
    let relay = Relay::start(Limits::default()).await;
    let (mut ana, luis) = (Peer::connect(&relay).await, Peer::connect(&relay).await);
    ana.join("ana").await;
    assert_eq!(luis.announce("luis").await, None);
    assert_eq!(names(&ana.list().await), ["ana"]);
    assert_eq!((relay.metrics.members.get(), relay.metrics.roster_entries.get()), (2, 1));
    assert_eq!(luis.reserve().await, 100);
    told_until(&mut ana, |changes| names(&changes.page) == ["luis"]).await;
}

#[tokio::test]
async fn a_member_that_moves_to_another_connection_stays_listed() {
    let relay = Relay::start(Limits::default()).await;
    let key = secret();
    let mut ana = Peer::connect(&relay).await;
    ana.join("ana").await;
    let old = Peer::connect_as(&relay, &key).await;
    old.join("luis").await;
    let new = Peer::connect_as(&relay, &key).await;
    new.join("luis").await;
    let version = ana.list().await.version;
    drop(old);
    relay.connections_fall_to(2).await;
    relay.counts().await;
    assert_eq!((names(&ana.list().await), ana.list().await.version), (vec!["ana", "luis"], version));
    drop(new);
    told_until(&mut ana, |changes| !changes.page.gone.is_empty()).await;
}

#[tokio::test]
async fn members_on_this_computer_are_told_where_they_are() {
    let relay = Relay::start(Limits::default()).await;
    let ana = Peer::connect(&relay).await;
    ana.join("ana").await;
    let listing = ana.list().await.listings.remove(0);
    assert_eq!((listing.seen, listing.card.port), (Some([127, 0, 0, 1].into()), Some(7)));
}

#[tokio::test]
async fn who_has_not_announced_themself_is_told_nothing() {
    let mut relay = Relay::start(Limits::default()).await;
    let ana = Peer::connect(&relay).await;
    assert_eq!(denial(ana.since(Since::default()).await), Some(Denial::Unannounced));
    let refused = relay.until(|event| if let Event::Refused(refused) = event { Some(refused) } else { None }).await;
    assert_eq!((refused.peer, refused.refusal), (Some(ana.id), Refusal::Unannounced));
    assert_eq!(relay.metrics.refused(Refusal::Unannounced), 1);
}

#[tokio::test]
async fn a_card_has_to_be_the_members_own_and_for_this_relay() {
    let relay = Relay::start(Limits::default()).await;
    let (ana, eva) = (Peer::connect(&relay).await, Peer::connect(&relay).await);
    let elsewhere = Card { relay: PeerId::from_public_key([9; 32]), ..ana.card("ana") };
    assert_eq!(denial(ana.announce_card(&elsewhere, "").await), Some(Denial::Invalid));
    let stolen = ana.announcement(&ana.card("ana"), "");
    assert_eq!(denial(eva.say(stolen).await.unwrap()), Some(Denial::Invalid));
    assert_eq!(denial(eva.say(vec![0xff; 10].into()).await.unwrap()), Some(Denial::Invalid));
    relay.counts().await;
    assert_eq!((relay.metrics.members.get(), relay.metrics.refused(Refusal::Invalid)), (0, 3));
}

#[tokio::test]
async fn a_relay_of_a_list_is_for_those_on_it_and_says_so() {
    let key = secret();
    let known = crate::net::peer_id(&key).unwrap();
    let relay = Relay::with(Limits::default(), Access::List([known].into())).await;
    let (ana, eva) = (Peer::connect_as(&relay, &key).await, Peer::connect(&relay).await);
    ana.join("ana").await;
    let Reply::Denied(denied) = eva.announce_card(&eva.card("eva"), "").await else { panic!("refused") };
    assert_eq!(denied.cause, Denial::NotAllowed);
    assert!(denied.words.contains("list") && denied.wait >= Duration::from_secs(10), "{denied:?}");
    assert_eq!(names(&ana.list().await), ["ana"]);
}

#[tokio::test]
async fn a_token_opens_reservations_and_circuits_as_long_as_its_owner_is_there() {
    let relay = Relay::with(Limits::default(), Access::Token(vec![TOKEN.parse().unwrap()])).await;
    let key = secret();
    let (ana, luis) = (Peer::connect_as(&relay, &key).await, Peer::connect(&relay).await);
    assert_eq!((ana.reserve().await, ana.connect_to(&luis.id).await.0), (200, 202));
    assert_eq!(denial(ana.announce_card(&ana.card("ana"), "wrong").await), Some(Denial::Token));
    assert_eq!(denial(ana.announce_card(&ana.card("ana"), TOKEN).await), None);
    assert_eq!((ana.reserve().await, ana.connect_to(&luis.id).await.0), (100, 204));
    drop(ana);
    relay.connections_fall_to(1).await;
    let again = Peer::connect_as(&relay, &key).await;
    assert_eq!(again.reserve().await, 200);
}

#[tokio::test]
async fn a_full_relay_says_so_and_keeps_its_members() {
    let limits = Limits { members: 1, ..Limits::default() };
    let relay = Relay::start(limits).await;
    let (ana, luis) = (Peer::connect(&relay).await, Peer::connect(&relay).await);
    ana.join("ana").await;
    assert_eq!(luis.announce("luis").await, Some(Denial::Full));
    assert_eq!(ana.announce("anita").await, None);
    drop(ana);
    let room = async { while luis.announce("luis").await.is_some() {} };
    timeout(PATIENCE, room).await.unwrap();
    assert_eq!(relay.metrics.refused(Refusal::Full).min(1), 1);
}

#[tokio::test]
async fn an_address_has_its_share_of_members() {
    let limits = Limits { members_per_address: 1, ..Limits::default() };
    let relay = Relay::start(limits).await;
    let (ana, luis) = (Peer::connect(&relay).await, Peer::connect(&relay).await);
    ana.join("ana").await;
    assert_eq!(luis.announce("luis").await, Some(Denial::Crowded));
    assert_eq!(ana.announce("anita").await, None);
}

#[tokio::test]
async fn who_announces_themself_all_the_time_is_told_to_wait_and_in_the_end_sent_away() {
    let relay = Relay::start(Limits::default()).await;
    let (eva, ana) = (Peer::connect(&relay).await, Peer::connect(&relay).await);
    ana.join("ana").await;
    let flood = async {
        let mut denied = 0;
        for n in 0.. {
            match eva.say(eva.announcement(&eva.card(&format!("eva {n}")), "")).await {
                Some(Reply::Denied(reply)) => {
                    assert_eq!((reply.cause, reply.wait), (Denial::TooQuick, Duration::from_secs(1)));
                    denied += 1;
                }
                Some(_) => {}
                None => break,
            }
        }
        denied
    };
    let denied = timeout(PATIENCE, flood).await.unwrap();
    assert!((100..400).contains(&denied), "{denied}");
    assert_eq!(ana.announce("anita").await, None);
    assert!(relay.metrics.announces.get() < 40);
}

#[tokio::test]
async fn a_relay_that_drains_says_so_and_takes_nobody() {
    let relay = Relay::start(Limits::default()).await;
    let (mut ana, luis) = (Peer::connect(&relay).await, Peer::connect(&relay).await);
    ana.join("ana").await;
    ana.list().await;
    relay.ask(|server| server.drain()).await;
    assert!(told_until(&mut ana, |changes| changes.page.leaving).await.page.gone.is_empty());
    assert_eq!(luis.announce("luis").await, Some(Denial::Leaving));
}

#[tokio::test]
async fn who_is_not_on_the_new_list_is_sent_away_and_hears_why() {
    let mut relay = Relay::start(Limits::default()).await;
    let keys = [secret(), secret()];
    let (mut ana, luis) = (Peer::connect_as(&relay, &keys[0]).await, Peer::connect_as(&relay, &keys[1]).await);
    ana.join("ana").await;
    luis.join("luis").await;
    ana.list().await;
    let (known, unknown) = (ana.id, luis.id);
    relay.ask(move |server| server.set_access(Access::List([known].into()))).await;
    relay.until(|event| (event == Event::Left(unknown)).then_some(())).await;
    told_until(&mut ana, |changes| changes.page.gone == [unknown]).await;
    let again = Peer::connect_as(&relay, &keys[1]).await;
    assert_eq!(again.announce("luis").await, Some(Denial::NotAllowed));
    assert_eq!(ana.announce("anita").await, None);
}
