use libp2p::swarm::ConnectionId;

use super::super::Config;
use super::*;
use crate::protocol::wire::roster::Page;

/// A node that nobody is asked to run.
fn node() -> Node {
    let listen = ["/ip4/127.0.0.1/tcp/0".to_owned()];
    let config =
        Config { secret: &[1; 32], listen: &listen, port: 0, interfaces: &[], mdns: false, only_relayed: false };
    let mut node = Node::start(&config).unwrap();
    node.present(&Nickname::new("ana").unwrap(), Presence::Online);
    node
}

/// The page with which a relay lists somebody, seen on a local network.
fn page(relay: PeerId, peer: PeerId) -> Page {
    let nickname = Nickname::new("luis").unwrap();
    let card = Card { nickname, presence: Presence::Online, port: Some(48_237), seq: 1, relay };
    let listings = vec![Listing { peer, card, seen: Some([10, 0, 0, 1].into()) }];
    Page { boot: 7, over: 2, version: 2, more: false, leaving: false, listings, gone: Vec::new(), forged: 0 }
}

/// Asks what is due, and takes the name and the sense of the only question.
fn asked(node: &mut Node) -> (OutboundRequestId, Asked) {
    node.roster_due();
    let [question] = &node.roster.asked.keys().copied().collect::<Vec<_>>()[..] else { panic!("one question") };
    (*question, node.roster.asked.remove(question).unwrap().1)
}

#[tokio::test]
async fn a_relay_that_keeps_no_list_any_more_lists_nobody() {
    let (mut node, now) = (node(), Instant::now());
    let (relay, luis) = (crate::net::peer_id(&[100; 32]).unwrap(), PeerId::numbered(1));
    node.roster.met(node.own, relay, now);
    assert!(matches!(asked(&mut node), (_, Asked::Announcement)));
    node.announcement_taken(relay);
    let (_, question) = asked(&mut node);
    node.answered(relay, question, Ok(Reply::Page(page(relay, luis))));
    assert!(node.roster.is_listed(&luis));
    node.events.clear();

    node.roster.lost_one(&relay, now);
    node.roster_due();
    let request_id = *node.roster.asked.keys().next().unwrap();
    let error = OutboundFailure::UnsupportedProtocols;
    let (peer, connection_id) = (address::to_libp2p(&relay).unwrap(), ConnectionId::new_unchecked(1));
    node.roster_event(Exchange::OutboundFailure { peer, connection_id, request_id, error });
    assert!(!node.roster.is_listed(&luis));
    assert!(matches!(node.events.pop_front(), Some(Event::Listed(of, None)) if of == luis));
    assert_eq!(node.sightings.due(now + Duration::from_secs(5)), None, "where nobody says that they are");
}

#[tokio::test]
async fn memberships_at_relays_that_are_gone_are_few() {
    let (mut node, now) = (node(), Instant::now());
    let relays: Vec<PeerId> = (0..3 * MAX_MEMBERSHIPS as u16).map(PeerId::numbered).collect();
    for relay in &relays {
        node.roster.met(node.own, *relay, now);
    }
    assert_eq!(node.roster.memberships.len(), relays.len(), "none of them is gone");
    for relay in &relays {
        node.part(relay, now);
    }
    assert_eq!(node.roster.memberships.len(), MAX_MEMBERSHIPS);
    let late = PeerId::numbered(1_000);
    node.roster.met(node.own, late, now);
    assert!(node.roster.memberships.contains_key(&late));
    assert_eq!(node.roster.memberships.len(), MAX_MEMBERSHIPS);
}
