//! Where relays say that they see their members: each address is tried once, since a relay may carry people who could well
//! reach each other. Pure: time comes as an argument.
//!
//! An address that nobody answers at isn't tried again until the member is listed anew, or a circuit to it stands, which
//! is the [dialer](super::dialer)'s business.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use libp2p::swarm::ConnectionId;

use crate::model::PeerId;

/// Addresses that wait to be tried. Those that come when there are as many aren't.
const MAX_WAITING: usize = 1024;

/// Dials under way.
const MAX_DIALS: usize = 8;

/// Least time between two dials, so that a relay that makes addresses up can't have its members flood a network.
const BETWEEN: Duration = Duration::from_millis(125);

/// Over so long those who hear of a newcomer at the same time spread their dials.
const SPREAD: Duration = Duration::from_secs(1);

/// What was heard of members.
#[derive(Debug, Default)]
pub(super) struct Sightings {
    /// Where each member that is listed was seen last.
    seen: HashMap<PeerId, SocketAddr>,
    waiting: VecDeque<(Instant, PeerId, SocketAddr)>,
    /// When the next one may be dialled.
    free: Option<Instant>,
    dials: HashSet<ConnectionId>,
}

impl Sightings {
    /// A relay sees a member at an address. `jitter` from 0 to 1 spreads the dials of many.
    pub(super) fn seen(&mut self, peer: PeerId, at: SocketAddr, jitter: f64, now: Instant) {
        let is_new = self.seen.insert(peer, at) != Some(at);
        if is_new && self.waiting.len() < MAX_WAITING {
            let due = now + SPREAD.mul_f64(jitter.clamp(0.0, 1.0));
            let place = self.waiting.partition_point(|(other, ..)| *other <= due);
            self.waiting.insert(place, (due, peer, at));
        }
    }

    /// A member is on no list any more.
    pub(super) fn unlisted(&mut self, peer: &PeerId) {
        self.seen.remove(peer);
    }

    /// The next address to try; [`Sightings::dialled`] has to be told of it.
    pub(super) fn due(&mut self, now: Instant) -> Option<(PeerId, SocketAddr)> {
        while self.next().is_some_and(|next| next <= now) {
            let (_, peer, at) = self.waiting.pop_front()?;
            if self.seen.get(&peer) == Some(&at) {
                self.free = Some(now + BETWEEN);
                return Some((peer, at));
            }
        }
        None
    }

    /// When [`Sightings::due`] may have something next.
    pub(super) fn next(&self) -> Option<Instant> {
        let next = self.waiting.front().map(|(due, ..)| self.free.map_or(*due, |free| free.max(*due)));
        next.filter(|_| self.dials.len() < MAX_DIALS)
    }

    /// An address is being tried.
    pub(super) fn dialled(&mut self, dial: ConnectionId) {
        self.dials.insert(dial);
    }

    /// A dial has ended. `true`: it was one of these.
    pub(super) fn ended(&mut self, dial: ConnectionId) -> bool {
        self.dials.remove(&dial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(port: u16) -> SocketAddr {
        ([10, 0, 0, 1], port).into()
    }

    #[test]
    fn an_address_is_tried_once_until_it_is_another_or_listed_anew() {
        let (mut sightings, now) = (Sightings::default(), Instant::now());
        sightings.seen(PeerId::numbered(1), at(1), 1.0, now);
        sightings.seen(PeerId::numbered(1), at(1), 0.0, now);
        assert_eq!((sightings.due(now), sightings.next()), (None, Some(now + SPREAD)));
        assert_eq!(sightings.due(now + SPREAD), Some((PeerId::numbered(1), at(1))));
        sightings.seen(PeerId::numbered(1), at(1), 0.0, now);
        assert_eq!((sightings.due(now), sightings.next()), (None, None));
        let later = now + SPREAD + BETWEEN;
        sightings.seen(PeerId::numbered(1), at(2), 0.0, later);
        assert_eq!(sightings.due(later), Some((PeerId::numbered(1), at(2))));
        sightings.unlisted(&PeerId::numbered(1));
        sightings.seen(PeerId::numbered(1), at(2), 0.0, later);
        assert_eq!(sightings.due(later + BETWEEN), Some((PeerId::numbered(1), at(2))));
    }

    #[test]
    fn who_has_gone_or_moved_meanwhile_is_not_tried() {
        let (mut sightings, now) = (Sightings::default(), Instant::now());
        sightings.seen(PeerId::numbered(1), at(1), 0.0, now);
        sightings.seen(PeerId::numbered(2), at(1), 0.0, now);
        sightings.seen(PeerId::numbered(2), at(2), 0.0, now);
        sightings.unlisted(&PeerId::numbered(1));
        assert_eq!(sightings.due(now), Some((PeerId::numbered(2), at(2))));
        assert_eq!(sightings.due(now + SPREAD), None);
    }

    #[test]
    fn few_are_tried_at_a_time_and_not_everybody_waits() {
        let (mut sightings, now) = (Sightings::default(), Instant::now());
        for n in 0..2 * MAX_WAITING as u16 {
            sightings.seen(PeerId::numbered(n), at(1), 0.0, now);
        }
        let mut time = now;
        for n in 0..MAX_DIALS {
            assert!(sightings.due(time).is_some());
            sightings.dialled(ConnectionId::new_unchecked(n));
            assert_eq!(sightings.due(time), None, "one after another");
            time += BETWEEN;
        }
        assert_eq!((sightings.due(time), sightings.next()), (None, None));
        assert!(sightings.ended(ConnectionId::new_unchecked(3)));
        assert!(!sightings.ended(ConnectionId::new_unchecked(3)));
        assert!(sightings.due(time).is_some());
        assert_eq!(sightings.waiting.len(), MAX_WAITING - MAX_DIALS - 1);
    }
}
