use super::*;
use crate::model::{Nickname, Presence};
use crate::protocol::roster::simulation::signed;
use crate::protocol::wire::encode;
use crate::protocol::wire::roster::{Card, RosterAnswer, RosterRequest};

const NOW: Duration = Duration::ZERO;

fn card(n: u16, nickname: &str) -> SignedCard {
    let nickname = Nickname::new(nickname).unwrap();
    let card = Card { nickname, presence: Presence::Online, port: None, seq: 1, relay: PeerId::numbered(0) };
    signed(&PeerId::numbered(n), &card)
}

fn arrival(n: u16, nickname: &str) -> Arrival {
    Arrival { peer: PeerId::numbered(n), session: n.into(), card: card(n, nickname), seen: None, reachable: true }
}

/// A list of so many members, who came in order.
fn table(mut table: Table, members: u16) -> Table {
    for n in 1..=members {
        assert!(table.announced(arrival(n, "ana"), NOW));
    }
    table
}

fn who(page: &WirePage) -> (Vec<u8>, Vec<u8>) {
    (page.e.iter().map(|listing| listing.i[1]).collect(), page.x.iter().map(|key| key[1]).collect())
}

#[test]
fn a_page_tells_what_has_changed_since() {
    let mut table = table(Table::new(9), 4);
    let since = table.since(table.version());
    assert_eq!(who(&table.page(since)), (vec![], vec![]));
    assert!(table.announced(arrival(2, "luis"), NOW));
    assert!(table.remove(&PeerId::numbered(3)) && !table.remove(&PeerId::numbered(3)));
    let page = table.page(since);
    assert_eq!((who(&page), page.z, page.n), ((vec![2], vec![3]), 0, false));
    assert_eq!((page.b, page.v), (9, table.version()));
    assert_eq!(who(&table.page(table.since(page.v))), (vec![], vec![]));
}

#[test]
fn who_stays_as_it_was_is_no_change() {
    let mut table = table(Table::new(9), 1);
    let version = table.version();
    assert!(!table.announced(arrival(1, "ana"), NOW));
    assert_eq!(table.version(), version);
    let moved = Arrival { seen: Some([10, 0, 0, 1].into()), ..arrival(1, "ana") };
    assert!(table.announced(moved, NOW));
}

#[test]
fn a_member_leaves_with_its_last_connection() {
    let mut table = Table::new(9);
    for session in [1, 2] {
        table.announced(Arrival { session, ..arrival(1, "ana") }, NOW);
    }
    assert!(!table.closed(&PeerId::numbered(1), 1));
    assert!(!table.closed(&PeerId::numbered(1), 7), "one that it never announced itself by");
    assert!(table.contains(&PeerId::numbered(1)));
    assert!(table.closed(&PeerId::numbered(1), 2));
    assert!(table.is_empty() && !table.closed(&PeerId::numbered(1), 2));
}

#[test]
fn a_member_that_is_silent_for_too_long_is_taken_off() {
    let mut table = table(Table::new(9), 2);
    table.announced(arrival(1, "ana"), LEASE);
    assert_eq!(table.expire(LEASE), []);
    assert_eq!(table.expire(LEASE + Duration::from_secs(1)), [PeerId::numbered(2)]);
    assert_eq!(table.len(), 1);
}

#[test]
fn who_can_not_be_called_is_a_member_but_not_listed() {
    let mut table = table(Table::new(9), 1);
    let since = table.since(table.version());
    let waiting = || Arrival { reachable: false, ..arrival(2, "luis") };
    assert!(table.announced(waiting(), NOW));
    assert!(!table.announced(waiting(), NOW));
    assert_eq!((table.len(), table.listed(), who(&table.page(since))), (2, 1, (vec![], vec![])));
    table.reach(&PeerId::numbered(2), true);
    assert_eq!((table.listed(), who(&table.page(since))), (2, (vec![2], vec![])));
    let version = table.version();
    table.reach(&PeerId::numbered(2), true);
    table.reach(&PeerId::numbered(3), true);
    assert_eq!(table.version(), version, "nothing new");
    table.reach(&PeerId::numbered(2), false);
    assert_eq!((table.len(), table.listed(), who(&table.page(since))), (2, 1, (vec![], vec![2])));
    assert!(table.announced(Arrival { card: card(2, "eva"), ..waiting() }, NOW));
    table.reach(&PeerId::numbered(2), true);
    assert_eq!(who(&table.page(since)), (vec![2], vec![]));
    assert!(table.remove(&PeerId::numbered(2)));
    assert_eq!((table.len(), table.listed()), (1, 1));
}

#[test]
fn a_list_is_told_page_by_page_and_what_changes_meanwhile_follows() {
    let mut table = table(Table::small(9, 3, 100), 8);
    let first = table.page(Since::default());
    assert_eq!((who(&first), first.z, first.n), ((vec![1, 2, 3], vec![]), 9, true));
    table.announced(arrival(2, "luis"), NOW);
    table.remove(&PeerId::numbered(1));
    table.remove(&PeerId::numbered(7));
    let on = |page: &WirePage| Since { boot: 9, version: page.v, over: first.z };
    let second = table.page(on(&first));
    assert_eq!((who(&second), second.z, second.n), ((vec![4, 5, 6], vec![]), 0, true));
    let third = table.page(on(&second));
    assert_eq!((who(&third), third.n), ((vec![8, 2], vec![1]), true));
    let fourth = table.page(on(&third));
    assert_eq!((who(&fourth), fourth.n, fourth.v), ((vec![], vec![7]), false, table.version()));
}

#[test]
fn who_has_missed_more_departures_than_are_remembered_starts_over() {
    let mut table = table(Table::small(9, 3, 2), 6);
    let [all, one_less, two_less] = [0, 1, 2].map(|gone| {
        if gone > 0 {
            table.remove(&PeerId::numbered(gone));
        }
        table.since(table.version())
    });
    table.remove(&PeerId::numbered(3));
    let overs = [all, one_less, two_less].map(|since| table.page(since).z > 0);
    assert_eq!(overs, [true, false, false]);
    // Who has started over needs no departures from before that, however far it has got.
    let first = table.page(all);
    let on = table.page(Since { boot: 9, version: 1, over: first.z });
    assert_eq!((who(&on), on.z), ((vec![4, 5, 6], vec![]), 0));
}

#[test]
fn a_peer_that_comes_and_goes_takes_one_place_among_the_departures() {
    let mut table = table(Table::small(9, 3, 2), 2);
    let since = table.since(table.version());
    for _ in 0..10 {
        table.remove(&PeerId::numbered(1));
        table.announced(arrival(1, "ana"), NOW);
    }
    table.remove(&PeerId::numbered(2));
    table.remove(&PeerId::numbered(1));
    let page = table.page(since);
    assert_eq!((who(&page), page.z), ((vec![], vec![2, 1]), 0));
}

#[test]
fn what_no_honest_member_has_starts_over() {
    let table = table(Table::new(9), 2);
    let newest = table.since(table.version());
    for since in [
        Since { boot: 8, ..newest },
        Since { version: newest.version + 1, ..newest },
        Since { version: u64::MAX, ..newest },
        Since { over: u64::MAX, ..newest },
    ] {
        let page = table.page(since);
        assert_eq!((who(&page), page.z), ((vec![1, 2], vec![]), newest.version), "{since:?}");
    }
}

#[test]
fn leaving_is_a_change_that_all_are_told() {
    let mut table = table(Table::new(9), 1);
    let since = table.since(table.version());
    table.leave();
    let page = table.page(since);
    assert!(page.l && page.v > since.version);
}

#[test]
fn a_page_never_passes_what_a_relay_may_send() {
    let nickname = "👩🏽‍❤️".repeat(15);
    let mut table = Table::new(u64::MAX);
    for n in 1..=400 {
        let arrival = Arrival { seen: Some([1; 16].into()), card: card(n, &nickname), ..arrival(n, "ana") };
        table.announced(arrival, NOW);
    }
    let since = table.since(table.version());
    let page = table.page(Since::default());
    assert!(page.n && page.e.len() < MAX_PAGE_ITEMS);
    let bytes = encode(&RosterRequest::changes(u64::MAX, page), MAX_RELAY_BYTES).unwrap();
    assert!(bytes.len() > MAX_RELAY_BYTES - 1_000, "it's as full as can be: {}", bytes.len());
    for n in 1..=400 {
        table.remove(&PeerId::numbered(n));
    }
    let page = table.page(since);
    assert_eq!((page.x.len(), page.n), (MAX_PAGE_ITEMS, true));
    assert!(encode(&RosterAnswer::page(page), MAX_RELAY_BYTES).is_ok());
}
