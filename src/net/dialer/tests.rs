use super::*;

fn address(n: u16) -> Multiaddr {
    format!("/ip4/10.0.0.1/tcp/{n}").parse().unwrap()
}

fn ids(due: &[(PeerId, Vec<Multiaddr>)]) -> Vec<PeerId> {
    due.iter().map(|(peer, _)| *peer).collect()
}

#[test]
fn who_is_heard_of_is_dialled_once_at_once() {
    let (mut dialer, now) = (Dialer::default(), Instant::now());
    dialer.heard(PeerId::numbered(1), vec![address(1)], false, now);
    assert_eq!(dialer.next(), Some(now));
    assert_eq!(dialer.due(now), [(PeerId::numbered(1), vec![address(1)])]);
    assert_eq!(dialer.due(now), []);
    dialer.connected(PeerId::numbered(1), Path::Direct, now);
    dialer.heard(PeerId::numbered(1), vec![address(2)], false, now);
    assert_eq!(dialer.due(now + LATELY), []);
    assert_eq!(dialer.next(), None);
    assert_eq!(dialer.addresses(&PeerId::numbered(1)), [address(2), address(1)]);
}

#[test]
fn who_was_lost_is_tried_within_seconds_and_later_seldom() {
    let (mut dialer, start) = (Dialer::default(), Instant::now());
    dialer.heard(PeerId::numbered(1), vec![address(1)], false, start);
    dialer.connected(PeerId::numbered(1), Path::Direct, start);
    dialer.lost(&PeerId::numbered(1), false, start);
    let (mut now, mut tries) = (start, Vec::new());
    while now < start + LATELY + Duration::from_secs(300) {
        now = dialer.next().unwrap();
        assert_eq!(ids(&dialer.due(now)), [PeerId::numbered(1)]);
        tries.push(now - start);
        dialer.failed(&PeerId::numbered(1), 1.0, now);
    }
    assert_eq!(tries[0], FIRST_WAIT);
    let gaps: Vec<Duration> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.iter().take(100).all(|gap| *gap <= Duration::from_secs(4)));
    assert!(gaps.last().unwrap() > &Duration::from_secs(30));
}

#[test]
fn a_goodbye_or_a_withdrawn_record_ends_the_dialling_unless_added_by_hand() {
    let (mut dialer, now) = (Dialer::default(), Instant::now());
    for (n, by_hand) in [(1, false), (2, true), (3, false)] {
        dialer.heard(PeerId::numbered(n), vec![address(n)], by_hand, now);
        dialer.connected(PeerId::numbered(n), Path::Direct, now);
    }
    dialer.lost(&PeerId::numbered(1), true, now);
    dialer.lost(&PeerId::numbered(2), true, now);
    dialer.withdrawn(&PeerId::numbered(3));
    assert_eq!(ids(&dialer.due(now + SHORT_WAIT)), [PeerId::numbered(2)]);
    dialer.lost(&PeerId::numbered(3), false, now);
    assert_eq!(ids(&dialer.due(now + SHORT_WAIT)), [PeerId::numbered(3)]);
}

#[test]
fn a_flood_of_records_is_bounded_and_spares_who_matters() {
    let (mut dialer, now) = (Dialer::default(), Instant::now());
    dialer.heard(PeerId::numbered(1), vec![address(1)], true, now);
    dialer.heard(PeerId::numbered(2), vec![address(2)], false, now);
    dialer.connected(PeerId::numbered(2), Path::Direct, now);
    for n in 10..(10 + 2 * MAX_PEERS as u16) {
        dialer.heard(PeerId::numbered(n), (1..20).map(address).collect(), false, now + Duration::from_millis(n.into()));
    }
    assert_eq!(dialer.entries.len(), MAX_PEERS);
    assert!(dialer.entries.contains_key(&PeerId::numbered(1)) && dialer.entries.contains_key(&PeerId::numbered(2)));
    assert!(dialer.entries.values().all(|entry| entry.addresses.len() <= MAX_ADDRESSES));
    assert_eq!(dialer.due(now + LATELY).len(), 1 + MAX_HEARSAY_DIALS_PER_IP);
    assert_eq!(dialer.next(), None);
}

#[test]
fn a_flood_of_records_leaves_slots_to_who_was_met_and_turns_to_the_untried() {
    let (mut dialer, start) = (Dialer::default(), Instant::now());
    let elsewhere = |n: u16| format!("/ip4/10.1.{}.{}/tcp/1", n / 250, n % 250).parse().unwrap();
    for n in 10..210 {
        dialer.heard(PeerId::numbered(n), vec![elsewhere(n)], false, start);
    }
    let first = ids(&dialer.due(start));
    assert_eq!(first.len(), MAX_HEARSAY_DIALS);
    dialer.heard(PeerId::numbered(1), vec![address(1)], false, start);
    dialer.connected(PeerId::numbered(1), Path::Direct, start);
    dialer.lost(&PeerId::numbered(1), false, start);
    dialer.heard(PeerId::numbered(2), vec![address(2)], true, start);
    let soon = start + FIRST_WAIT;
    let mut known = ids(&dialer.due(soon));
    known.sort();
    let mut expected = vec![PeerId::numbered(1), PeerId::numbered(2)];
    expected.sort();
    assert_eq!(known, expected, "what is known has slots of its own");
    for (n, id) in first.iter().enumerate() {
        dialer.failed(id, 0.0, soon);
        dialer.heard(*id, vec![elsewhere(n as u16)], false, soon);
    }
    let second = ids(&dialer.due(soon + SHORT_WAIT));
    assert!(second.len() == MAX_HEARSAY_DIALS && second.iter().all(|id| !first.contains(id)));
}

#[test]
fn repeated_records_do_not_make_it_dial_faster() {
    let (mut dialer, start) = (Dialer::default(), Instant::now());
    let mut dials = 0;
    for millis in 0..4000 {
        let now = start + Duration::from_millis(millis);
        dialer.heard(PeerId::numbered(1), vec![address(1)], false, now);
        for (peer, _) in dialer.due(now) {
            dials += 1;
            dialer.failed(&peer, 0.5, now);
        }
    }
    assert_eq!(dials, 10);
}

/// When a peer is dialled within a time, if no dial succeeds.
fn tries(dialer: &mut Dialer, from: Instant, until: Instant, jitter: f64) -> Vec<Duration> {
    let mut tries = Vec::new();
    while let Some(now) = dialer.next().map(|next| next.max(from)).filter(|now| *now < until) {
        for (peer, _) in dialer.due(now) {
            tries.push(now - from);
            dialer.failed(&peer, jitter, now);
        }
    }
    tries
}

#[test]
fn who_is_reached_through_a_relay_is_tried_every_few_seconds_for_ever() {
    let (mut dialer, start) = (Dialer::default(), Instant::now());
    dialer.connected(PeerId::numbered(1), Path::Relayed, start);
    assert_eq!(dialer.next(), None, "nobody has said where it is");
    dialer.told(PeerId::numbered(1), vec![address(1)], start);
    let hour = Duration::from_secs(3600);
    let tries = tries(&mut dialer, start, start + hour, 1.0);
    assert_eq!(tries[0], Duration::ZERO);
    let gaps: Vec<Duration> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps[..3], [625, 1250, 2500].map(Duration::from_millis));
    assert!(gaps.iter().all(|gap| *gap <= Duration::from_millis(12_500)));
    dialer.connected(PeerId::numbered(1), Path::Direct, start + hour);
    assert_eq!(dialer.next(), None);
}

#[test]
fn what_a_peer_said_through_a_relay_is_forgotten_with_the_circuit() {
    let (mut dialer, start) = (Dialer::default(), Instant::now());
    dialer.told(PeerId::numbered(1), vec![address(1)], start);
    assert_eq!(dialer.next(), None, "only who is reached that way may tell");
    dialer.heard(PeerId::numbered(2), vec![address(2)], false, start);
    for n in [1, 2] {
        dialer.connected(PeerId::numbered(n), Path::Relayed, start);
        dialer.told(PeerId::numbered(n), vec![address(3), address(2)], start);
    }
    let mut due = dialer.due(start);
    due.sort_by_key(|(_, addresses)| addresses.len());
    assert!(due.iter().all(|(_, addresses)| *addresses == [address(3), address(2)]), "each once: {due:?}");
    for n in [1, 2] {
        dialer.failed(&PeerId::numbered(n), 0.5, start);
        dialer.lost(&PeerId::numbered(n), false, start);
    }
    assert_eq!(dialer.due(start + LATELY), [(PeerId::numbered(2), vec![address(2)])]);
    assert_eq!(dialer.entries.len(), 1);
}

#[test]
fn an_address_that_led_to_a_direct_connection_stays() {
    let (mut dialer, start) = (Dialer::default(), Instant::now());
    dialer.connected(PeerId::numbered(1), Path::Relayed, start);
    dialer.told(PeerId::numbered(1), vec![address(1)], start);
    dialer.due(start);
    dialer.heard(PeerId::numbered(1), vec![address(1)], false, start);
    dialer.connected(PeerId::numbered(1), Path::Direct, start);
    dialer.lost(&PeerId::numbered(1), false, start + LATELY);
    assert_eq!(dialer.due(start + LATELY + SHORT_WAIT), [(PeerId::numbered(1), vec![address(1)])]);
}

#[test]
fn a_direct_way_that_soon_broke_is_left_alone_for_a_while() {
    let start = Instant::now();
    for (lasted, again) in [(SHORT_LIVED, FIRST_WAIT), (SHORT_LIVED / 2, MISTRUST + FIRST_WAIT)] {
        let mut dialer = Dialer::default();
        dialer.heard(PeerId::numbered(1), vec![address(1)], false, start);
        dialer.connected(PeerId::numbered(1), Path::Direct, start);
        let broken = start + lasted;
        dialer.connected(PeerId::numbered(1), Path::Relayed, broken);
        assert_eq!(dialer.next(), Some(broken + again));
    }
    let mut dialer = Dialer::default();
    dialer.heard(PeerId::numbered(1), vec![address(1)], false, start);
    dialer.connected(PeerId::numbered(1), Path::Direct, start);
    dialer.lost(&PeerId::numbered(1), false, start);
    assert_eq!(dialer.next(), Some(start + FIRST_WAIT), "without another way it's tried at once");
    dialer.connected(PeerId::numbered(1), Path::Relayed, start);
    dialer.told(PeerId::numbered(1), vec![address(2)], start);
    assert_eq!(dialer.next(), Some(start + MISTRUST));
}

#[test]
fn dials_for_a_better_way_leave_room_for_the_others() {
    let (mut dialer, now) = (Dialer::default(), Instant::now());
    for n in 1..100 {
        dialer.connected(PeerId::numbered(n), Path::Relayed, now);
        dialer.told(PeerId::numbered(n), vec![address(n)], now);
    }
    dialer.heard(PeerId::numbered(200), vec![address(200)], false, now);
    let due = ids(&dialer.due(now));
    assert_eq!(due.len(), MAX_RELAYED_DIALS + 1);
    assert!(due.contains(&PeerId::numbered(200)));
}
