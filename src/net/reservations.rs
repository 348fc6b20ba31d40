//! Places at relays, at which others reach this node: when to ask for one. Pure: time comes as an argument.
//!
//! A reservation stands as long as the connection to its relay, and libp2p shows it as a listener.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use libp2p::Multiaddr;
use libp2p::core::transport::ListenerId;

use crate::model::PeerId;
use crate::protocol::backoff;

/// Wait after the first reservation that was refused or lost.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// Longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Least time that a place has to last: libp2p asks for it again by itself.
const LEAST_TIME: Duration = Duration::from_secs(60);

/// Addresses that come with one place, its renewals included.
const MAX_ADDRESSES: usize = 8;

#[derive(Debug)]
struct Relay {
    at: Multiaddr,
    /// What was asked for, or stands.
    listener: Option<ListenerId>,
    /// When the place was given that stands.
    accepted: Option<Instant>,
    addresses: usize,
    failures: u32,
    next: Instant,
}

/// The relays that have let this node in, and the places at them.
#[derive(Debug, Default)]
pub(super) struct Reservations {
    relays: HashMap<PeerId, Relay>,
    /// Whose each listener is; also of those whose relay was lost and that haven't ended yet.
    listeners: HashMap<ListenerId, PeerId>,
}

impl Reservations {
    /// A relay that was dialled at `at` has let this node in.
    pub(super) fn joined(&mut self, relay: PeerId, at: Multiaddr, now: Instant) {
        let new = || Relay { at: at.clone(), listener: None, accepted: None, addresses: 0, failures: 0, next: now };
        self.relays.entry(relay).or_insert_with(new).at.clone_from(&at);
    }

    /// A relay's last connection ended.
    pub(super) fn lost(&mut self, relay: &PeerId) {
        self.relays.remove(relay);
    }

    /// Relays to be asked for a place, and their addresses; [`Reservations::asked`] has to be told of each.
    pub(super) fn due(&self, now: Instant) -> Vec<(PeerId, Multiaddr)> {
        let due = self.waiting().filter(|(_, relay)| relay.next <= now);
        due.map(|(id, relay)| (*id, relay.at.clone())).collect()
    }

    /// When [`Reservations::due`] will have something next.
    pub(super) fn next(&self) -> Option<Instant> {
        self.waiting().map(|(_, relay)| relay.next).min()
    }

    /// A relay was asked for a place; `None`: it could not be.
    pub(super) fn asked(&mut self, relay: &PeerId, listener: Option<ListenerId>, now: Instant) {
        let Some(of) = self.relays.get_mut(relay) else { return };
        (of.listener, of.accepted, of.addresses) = (listener, None, 0);
        match listener {
            Some(listener) => _ = self.listeners.insert(listener, *relay),
            None => of.wait(now),
        }
    }

    /// A relay has given a place, or the same once more. `false`: it has done so a moment ago.
    pub(super) fn accepted(&mut self, relay: &PeerId, now: Instant) -> bool {
        let Some(relay) = self.relays.get_mut(relay) else { return true };
        relay.failures = 0;
        relay.accepted.replace(now).is_none_or(|before| now.saturating_duration_since(before) >= LEAST_TIME)
    }

    /// A listener has another address. The relay whose it is, if there are too many.
    pub(super) fn has_address(&mut self, listener: ListenerId) -> Option<PeerId> {
        let id = self.listeners.get(&listener)?;
        let relay = self.relays.get_mut(id).filter(|relay| relay.listener == Some(listener))?;
        relay.addresses += 1;
        (relay.addresses > MAX_ADDRESSES).then_some(*id)
    }

    /// A listener ended: the relay whose it was.
    pub(super) fn closed(&mut self, listener: ListenerId, now: Instant) -> Option<PeerId> {
        let id = self.listeners.remove(&listener)?;
        if let Some(relay) = self.relays.get_mut(&id).filter(|relay| relay.listener == Some(listener)) {
            relay.listener = None;
            relay.wait(now);
        }
        Some(id)
    }

    fn waiting(&self) -> impl Iterator<Item = (&PeerId, &Relay)> {
        self.relays.iter().filter(|(_, relay)| relay.listener.is_none())
    }
}

impl Relay {
    fn wait(&mut self, now: Instant) {
        self.next = now + backoff::wait(FIRST_WAIT, self.failures, LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Multiaddr {
        "/ip4/10.0.0.1/tcp/1".parse().unwrap()
    }

    #[test]
    fn a_relay_that_was_joined_is_asked_once_and_again_when_the_place_is_lost() {
        let (mut reservations, mut now) = (Reservations::default(), Instant::now());
        reservations.joined(PeerId::numbered(1), at(), now);
        let mut waits = Vec::new();
        for _ in 0..7 {
            assert_eq!(reservations.due(now), [(PeerId::numbered(1), at())]);
            let listener = ListenerId::next();
            reservations.asked(&PeerId::numbered(1), Some(listener), now);
            reservations.joined(PeerId::numbered(1), at(), now);
            assert_eq!((reservations.due(now), reservations.next()), (vec![], None));
            assert_eq!(reservations.closed(listener, now), Some(PeerId::numbered(1)));
            let next = reservations.next().unwrap();
            waits.push((next - now).as_secs());
            now = next;
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
        assert!(reservations.accepted(&PeerId::numbered(1), now));
        reservations.asked(&PeerId::numbered(1), None, now);
        assert_eq!(reservations.next(), Some(now + FIRST_WAIT));
    }

    #[test]
    fn a_place_that_does_not_last_or_has_ever_more_addresses_is_noticed() {
        let (mut reservations, now) = (Reservations::default(), Instant::now());
        let listener = ListenerId::next();
        reservations.joined(PeerId::numbered(1), at(), now);
        reservations.asked(&PeerId::numbered(1), Some(listener), now);
        assert!(reservations.accepted(&PeerId::numbered(1), now));
        assert!(reservations.accepted(&PeerId::numbered(1), now + LEAST_TIME));
        assert!(!reservations.accepted(&PeerId::numbered(1), now + LEAST_TIME + LEAST_TIME / 2));
        for _ in 0..MAX_ADDRESSES {
            assert_eq!(reservations.has_address(listener), None);
        }
        assert_eq!(reservations.has_address(listener), Some(PeerId::numbered(1)));
        assert_eq!(reservations.has_address(ListenerId::next()), None, "not at a relay");
    }

    #[test]
    fn the_end_of_an_old_place_leaves_a_new_one_alone() {
        let (mut reservations, now) = (Reservations::default(), Instant::now());
        let (old, new) = (ListenerId::next(), ListenerId::next());
        reservations.joined(PeerId::numbered(1), at(), now);
        reservations.asked(&PeerId::numbered(1), Some(old), now);
        reservations.lost(&PeerId::numbered(1));
        reservations.joined(PeerId::numbered(1), at(), now);
        reservations.asked(&PeerId::numbered(1), Some(new), now);
        assert_eq!(reservations.closed(old, now), Some(PeerId::numbered(1)));
        assert_eq!(reservations.next(), None);
        assert_eq!(reservations.closed(old, now), None);
        assert_eq!(reservations.closed(ListenerId::next(), now), None, "not at a relay");
    }
}
