use super::known::{FIRST_WAIT, LONGEST_WAIT};
use super::*;
use crate::model::RelayState;

fn address(n: u16) -> Multiaddr {
    format!("/ip4/10.0.0.{n}/tcp/1").parse().unwrap()
}

fn connection(n: u16) -> ConnectionId {
    ConnectionId::new_unchecked(n.into())
}

fn nickname() -> Nickname {
    Nickname::new("the relay").unwrap()
}

/// The relay of this number, given with its id.
fn named(n: u16, source: RelaySource) -> GivenRelay {
    GivenRelay { target: Target { address: address(n), peer: Some(PeerId::numbered(n)) }, source, token: None }
}

/// The relay of this number, given by its address alone.
fn unnamed(n: u16) -> GivenRelay {
    GivenRelay { target: Target { address: address(n), peer: None }, source: RelaySource::Settings, token: None }
}

/// Who is dialled now, by number.
fn due(relays: &mut Relays, now: Instant) -> Vec<u16> {
    let mut dialled = Vec::new();
    for dial in relays.due(now) {
        let n = (1..20).find(|n| dial.addresses.first() == Some(&address(*n))).unwrap();
        relays.dialled(dial.name, Some(connection(n)), now);
        dialled.push(n);
    }
    dialled
}

/// The relay of this number is connected and says what it is. Whether it's wanted.
fn meet(relays: &mut Relays, n: u16, now: Instant) -> bool {
    relays.opened(PeerId::numbered(n), connection(n));
    relays.introduced(PeerId::numbered(n), nickname(), &address(n), now)
}

fn join(relays: &mut Relays, n: u16, now: Instant) {
    assert!(meet(relays, n, now));
    relays.joined(&PeerId::numbered(n));
    relays.has_place(&PeerId::numbered(n), true);
}

fn states(relays: &Relays) -> Vec<RelayState> {
    relays.statuses().into_iter().map(|status| status.state).collect()
}

use RelayState::{Connecting, Ready, Refused, Spare};

#[test]
fn a_relay_that_was_given_is_dialled_for_ever_without_long_waits() {
    let (mut relays, start) = (Relays::default(), Instant::now());
    assert!(!relays.is_changed());
    assert_eq!(relays.give(vec![unnamed(1)], start), []);
    assert!(relays.is_changed());
    assert!(!relays.is_changed());
    let (mut now, mut waits) = (start, Vec::new());
    while now < start + Duration::from_secs(3600) {
        assert_eq!(due(&mut relays, now), [1]);
        assert_eq!((relays.due(now), relays.next()), (vec![], None));
        assert!(relays.failed(connection(1), "nobody\nthere".into(), 1.0, now));
        let next = relays.next().unwrap();
        waits.push(next - now);
        now = next;
    }
    assert_eq!(waits[..3], [625, 1250, 2500].map(Duration::from_millis));
    assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(4)));
    let [status] = &relays.statuses()[..] else { panic!("one relay") };
    assert_eq!((status.peer_id, status.state, status.error.clone()), (None, Connecting, Some("nobody there".into())));
    assert_eq!(status.address, address(1).to_string());
}

#[test]
fn who_answers_at_an_address_is_known_from_then_on() {
    let (mut relays, now) = (Relays::default(), Instant::now());
    relays.give(vec![unnamed(1)], now);
    due(&mut relays, now);
    assert!(relays.opened(PeerId::numbered(1), connection(1)));
    assert!(relays.contains(&PeerId::numbered(1)));
    join(&mut relays, 1, now);
    let [status] = &relays.statuses()[..] else { panic!("one relay") };
    assert_eq!((status.peer_id, status.state), (Some(PeerId::numbered(1)), Ready));
    assert_eq!((status.nickname.clone(), status.error.clone()), (Some(nickname()), None));
    assert_eq!(relays.in_use().collect::<Vec<_>>(), [&PeerId::numbered(1)]);

    relays.lost(&PeerId::numbered(1), 0.5, now);
    assert_eq!(states(&relays), [Connecting]);
    assert_eq!(relays.in_use().count(), 0);
    let again = relays.next().unwrap();
    assert_eq!(again, now + SPREAD / 2, "who lost it with us doesn't come at the same time");
    let [dial] = &relays.due(again)[..] else { panic!("one dial") };
    assert_eq!(dial.peer, Some(PeerId::numbered(1)));
    relays.dialled(dial.name, Some(connection(1)), again);
    relays.is_elsewhere(connection(1));
    relays.failed(connection(1), "somebody else is there".into(), 0.5, again);
    let [dial] = &relays.due(again + LONGEST_WAIT)[..] else { panic!("one dial") };
    assert_eq!(dial.peer, None, "another relay may have its place");
}

#[test]
fn the_preferred_are_used_and_the_others_come_in_where_one_is_lost() {
    let (mut relays, now) = (Relays::default(), Instant::now());
    for n in [7, 8] {
        meet(&mut relays, n, now);
    }
    let given =
        [(1, RelaySource::Invite), (2, RelaySource::Settings), (3, RelaySource::Option), (4, RelaySource::Added)];
    relays.give(given.map(|(n, source)| named(n, source)).to_vec(), now);
    assert_eq!(due(&mut relays, now), [2, 3, 4, 1]);
    for n in [7, 1] {
        join(&mut relays, n, now);
    }
    relays.failed(connection(2), "no answer".into(), 0.5, now);
    for n in [4, 3] {
        join(&mut relays, n, now);
    }
    assert_eq!(relays.surplus(|_| true), None, "what goes through it goes on");
    assert_eq!(relays.surplus(|_| false), Some(PeerId::numbered(7)));
    relays.lost(&PeerId::numbered(7), 0.0, now);
    assert_eq!(states(&relays), [Connecting, Ready, Ready, Ready, Spare, Spare]);
    assert_eq!(due(&mut relays, now + LONGEST_WAIT), [2], "the better one is tried on");
    join(&mut relays, 2, now);
    assert_eq!(relays.surplus(|_| false), Some(PeerId::numbered(1)));
    relays.lost(&PeerId::numbered(1), 0.0, now);
    assert_eq!(due(&mut relays, now + LONGEST_WAIT), Vec::<u16>::new());
    assert_eq!(relays.surplus(|_| false), None);

    relays.is_changed();
    relays.leaves(&PeerId::numbered(3), true);
    assert!(relays.is_changed());
    assert_eq!(relays.in_use().collect::<Vec<_>>(), [&PeerId::numbered(2), &PeerId::numbered(4)]);
    assert_eq!(due(&mut relays, now + LONGEST_WAIT), [1, 7], "before it's gone");
}

#[test]
fn a_relay_that_refuses_is_asked_again_later_or_with_another_token() {
    let (mut relays, now) = (Relays::default(), Instant::now());
    let with = |token: Option<&str>| {
        vec![GivenRelay { token: token.map(|text| text.parse().unwrap()), ..named(1, RelaySource::Invite) }]
    };
    relays.give(with(None), now);
    due(&mut relays, now);
    assert!(meet(&mut relays, 1, now));
    assert_eq!(relays.token(&PeerId::numbered(1)), None);
    relays.refused(&PeerId::numbered(1), "come with an invitation".into(), Duration::from_secs(90), now);
    relays.lost(&PeerId::numbered(1), 0.5, now);
    let [status] = &relays.statuses()[..] else { panic!("one relay") };
    assert_eq!((status.state, status.error.clone()), (Refused, Some("come with an invitation".into())));
    assert_eq!(relays.next(), Some(now + Duration::from_secs(90)));
    relays.heard(&PeerId::numbered(1), &[address(2)], now);
    assert_eq!(relays.next(), Some(now + Duration::from_secs(90)), "its records don't change that");
    assert!(!format!("{:?}", with(Some("secret"))).contains("secret"));
    relays.give(with(Some("secret")), now);
    assert_eq!((relays.next(), relays.token(&PeerId::numbered(1))), (Some(now), "secret".parse().ok().as_ref()));
    assert_eq!(states(&relays), [Connecting]);
    due(&mut relays, now);
    relays.refused(&PeerId::numbered(1), "not with this one".into(), Duration::ZERO, now);
    let without = GivenRelay { source: RelaySource::Settings, ..named(1, RelaySource::Settings) };
    relays.give([with(Some("secret")), vec![without]].concat(), now);
    assert_eq!(states(&relays), [Refused], "nothing has changed");
    relays.give(with(Some("another-secret")), now);
    meet(&mut relays, 1, now);
    relays.joined(&PeerId::numbered(1));
    relays.has_place(&PeerId::numbered(1), true);
    assert_eq!(states(&relays), [Ready]);
    assert_eq!(relays.statuses()[0].error, None);
}

#[test]
fn what_is_given_replaces_what_was_given_before() {
    let (mut relays, now) = (Relays::default(), Instant::now());
    relays.give(vec![named(1, RelaySource::Settings), named(2, RelaySource::Settings)], now);
    for n in due(&mut relays, now) {
        join(&mut relays, n, now);
    }
    relays.found(&PeerId::numbered(2));
    assert_eq!(
        relays.give(vec![named(3, RelaySource::Settings)], now),
        [PeerId::numbered(1)],
        "the other was found, too"
    );
    let addresses: Vec<String> = relays.statuses().into_iter().map(|status| status.address).collect();
    assert_eq!(addresses, [address(3).to_string(), address(2).to_string()]);
    let many = (0..=255).map(|n| named(n, RelaySource::Settings)).collect();
    relays.give(many, now);
    assert_eq!(relays.relays.len(), MAX_GIVEN, "one of them was found, too");
}

#[test]
fn one_relay_at_two_addresses_is_one() {
    let (mut relays, now) = (Relays::default(), Instant::now());
    meet(&mut relays, 9, now);
    relays.joined(&PeerId::numbered(9));
    relays.give(vec![unnamed(1)], now);
    assert_eq!(relays.statuses().len(), 2);
    assert_eq!(due(&mut relays, now), [1]);
    assert!(relays.opened(PeerId::numbered(9), connection(1)));
    let [status] = &relays.statuses()[..] else { panic!("one relay") };
    assert_eq!((status.peer_id, &status.address), (Some(PeerId::numbered(9)), &address(1).to_string()));
    assert_eq!(relays.addresses(&PeerId::numbered(9)), [address(1), address(9)]);
    assert!(relays.is_joined(&PeerId::numbered(9)), "it was there all along");
    assert_eq!(relays.relays[0].reasons.source(), Some(RelaySource::Settings));
}

#[test]
fn relays_are_found_but_not_too_many_and_only_where_that_is_wanted() {
    let (mut relays, now) = (Relays::default(), Instant::now());
    let taken: Vec<u16> =
        (1..=20).filter(|n| relays.introduced(PeerId::numbered(*n), nickname(), &address(*n), now)).collect();
    assert_eq!(taken.len(), MAX_FOUND);
    assert_eq!(relays.relays.len(), MAX_FOUND);
    relays.joined(&PeerId::numbered(1));
    assert_eq!(relays.find(false).len(), MAX_FOUND);
    assert_eq!(relays.statuses(), []);
    relays.lost(&PeerId::numbered(1), 0.0, now);
    assert_eq!((relays.due(now + LONGEST_WAIT), relays.is_wanted(&PeerId::numbered(1))), (vec![], false));
    relays.find(true);
    assert_eq!(due(&mut relays, now + LONGEST_WAIT), [1]);
    relays.withdrawn(&PeerId::numbered(2));
    assert!(relays.contains(&PeerId::numbered(2)), "it's connected");
    relays.failed(connection(1), "no answer".into(), 0.5, now);
    relays.withdrawn(&PeerId::numbered(1));
    assert!(!relays.contains(&PeerId::numbered(1)));
    relays.lost(&PeerId::numbered(2), 0.0, now);
    assert_eq!(relays.due(now + FORGOTTEN), []);
    assert!(!relays.contains(&PeerId::numbered(2)), "nobody has heard of it for long");
}

#[test]
fn a_relay_on_a_persons_way_is_used_whatever_others_there_are() {
    let (mut relays, now) = (Relays::default(), Instant::now());
    relays.give((1..=3).map(|n| named(n, RelaySource::Settings)).collect(), now);
    for n in due(&mut relays, now) {
        join(&mut relays, n, now);
    }
    assert!(relays.lead_through(PeerId::numbered(4), address(4), now));
    assert_eq!(due(&mut relays, now + FIRST_WAIT), [4]);
    join(&mut relays, 4, now);
    assert_eq!(relays.surplus(|_| false), None);
    relays.give(Vec::new(), now);
    assert!(relays.contains(&PeerId::numbered(4)));
    let many = (10..100).filter(|n| relays.lead_through(PeerId::numbered(*n), address(*n), now)).count();
    assert_eq!(many, MAX_GIVEN - 1);
}

#[test]
fn what_only_seems_to_be_a_relay_is_not_hammered() {
    let (mut relays, mut now) = (Relays::default(), Instant::now());
    relays.give(vec![named(1, RelaySource::Settings)], now);
    let mut waits = Vec::new();
    for _ in 0..5 {
        due(&mut relays, now);
        relays.opened(PeerId::numbered(1), connection(1));
        relays.lost(&PeerId::numbered(1), 0.5, now);
        let next = relays.next().unwrap();
        waits.push((next - now).as_millis());
        now = next;
    }
    assert_eq!(waits, [500, 1000, 2000, 3000, 3000]);
    relays.is_none(&PeerId::numbered(1), now);
    assert_eq!(states(&relays), [Refused]);
    assert_eq!(relays.next(), Some(now + AFTER_REFUSAL));
}

#[test]
fn a_relay_that_is_wanted_no_longer_is_left_though_it_was_met_until_it_is_found_again() {
    let (mut relays, now) = (Relays::default(), Instant::now());
    join(&mut relays, 1, now);
    assert_eq!(relays.give(vec![named(1, RelaySource::Added)], now), []);
    assert_eq!(relays.give(Vec::new(), now), [], "it was met");
    relays.disregard(&PeerId::numbered(1));
    assert_eq!(relays.give(Vec::new(), now), [PeerId::numbered(1)]);
    assert!(!relays.contains(&PeerId::numbered(1)));
    assert!(meet(&mut relays, 1, now));
}
