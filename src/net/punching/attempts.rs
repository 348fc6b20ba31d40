//! Through which circuits a direct way is sought by both ends at once, and when. Pure: time comes as an argument.
//!
//! What the other end asks for is granted within bounds, since it names the addresses that are dialled.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use libp2p::PeerId;
use libp2p::swarm::ConnectionId;

use crate::protocol::backoff;

/// Dials under way, each to one peer.
const MAX_DIALS: usize = 8;

/// Dials that come of one circuit, as long as it stands.
const MAX_DIALS_PER_CIRCUIT: u32 = 32;

/// As many as libp2p attempts at first may follow each other at once.
const AT_ONCE: u32 = 3;

/// Fewest time between two of the others.
const FEWEST_WAIT: Duration = Duration::from_millis(400);

/// How often the other end is asked once more. libp2p counts in a byte.
const MAX_ASKED: u32 = 16;

/// Wait until it's asked for the first time; libp2p makes three attempts of its own before.
const FIRST_WAIT: Duration = Duration::from_secs(10);

/// Longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);

#[derive(Debug)]
struct Circuit {
    peer: PeerId,
    /// Whether this end is the one that asks: the one that was called.
    asks: bool,
    asked: u32,
    dials: u32,
    last: Option<Instant>,
    next: Instant,
}

/// What is tried, and what is not to be.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    circuits: HashMap<ConnectionId, Circuit>,
    direct: HashMap<ConnectionId, PeerId>,
    /// By peer: one that was granted, with its name once it's under way.
    dials: HashMap<PeerId, Option<ConnectionId>>,
    /// Those whose direct way soon broke, and until when none is sought.
    mistrusted: HashMap<PeerId, Instant>,
}

impl Attempts {
    /// A circuit stands.
    pub(super) fn circuit(&mut self, id: ConnectionId, peer: PeerId, asks: bool, now: Instant) {
        let circuit = Circuit { peer, asks, asked: 0, dials: 0, last: None, next: now + FIRST_WAIT };
        self.circuits.insert(id, circuit);
    }

    /// A direct connection stands.
    pub(super) fn direct(&mut self, id: ConnectionId, peer: PeerId) {
        self.ended(id);
        self.direct.insert(id, peer);
    }

    /// A connection of either kind ended.
    pub(super) fn closed(&mut self, id: ConnectionId) {
        self.circuits.remove(&id);
        self.direct.remove(&id);
    }

    /// A peer isn't to be dialled until then.
    pub(super) fn mistrust(&mut self, peer: PeerId, until: Instant, now: Instant) {
        self.mistrusted.retain(|_, until| *until > now);
        self.mistrusted.insert(peer, until);
    }

    /// Both ends of a circuit want to dial now. Whether this one may; then [`Attempts::dialled`] follows.
    pub(super) fn may_dial(&mut self, circuit: ConnectionId, now: Instant) -> bool {
        let Some(peer) = self.circuits.get(&circuit).map(|circuit| circuit.peer) else { return false };
        let is_of_use = self.is_of_use(&peer, now) && self.dials.len() < MAX_DIALS;
        let Some(circuit) = self.circuits.get_mut(&circuit) else { return false };
        let too_soon =
            circuit.dials >= AT_ONCE && circuit.last.is_some_and(|last| now.duration_since(last) < FEWEST_WAIT);
        if !is_of_use || too_soon || circuit.dials >= MAX_DIALS_PER_CIRCUIT {
            return false;
        }
        circuit.dials += 1;
        circuit.last = Some(now);
        // It isn't asked for another before this one has ended.
        circuit.next = circuit.next.max(now + FIRST_WAIT);
        self.dials.insert(peer, None);
        true
    }

    /// The dial that was granted is under way.
    pub(super) fn dialled(&mut self, peer: &PeerId, dial: ConnectionId) {
        if let Some(granted) = self.dials.get_mut(peer) {
            *granted = Some(dial);
        }
    }

    /// A dial came to an end; maybe none of these.
    pub(super) fn ended(&mut self, dial: ConnectionId) {
        self.dials.retain(|_, under_way| *under_way != Some(dial));
    }

    /// The circuits whose other end is to be asked once more, now. They are waited for anew.
    pub(super) fn due(&mut self, now: Instant) -> Vec<(PeerId, ConnectionId)> {
        let mut due = Vec::new();
        for (id, circuit) in &mut self.circuits {
            if circuit.is_waiting() && circuit.next <= now {
                circuit.next = now + backoff::wait(FIRST_WAIT, circuit.asked + 1, LONGEST_WAIT);
                circuit.asked += 1;
                due.push((circuit.peer, *id));
            }
        }
        due.retain(|(peer, _)| self.is_of_use(peer, now));
        due
    }

    /// When [`Attempts::due`] may have something next.
    pub(super) fn next(&self) -> Option<Instant> {
        self.circuits.values().filter(|circuit| circuit.is_waiting()).map(|circuit| circuit.next).min()
    }

    fn is_of_use(&self, peer: &PeerId, now: Instant) -> bool {
        let is_mistrusted = self.mistrusted.get(peer).is_some_and(|until| *until > now);
        !is_mistrusted && !self.dials.contains_key(peer) && !self.direct.values().any(|direct| direct == peer)
    }
}

impl Circuit {
    fn is_waiting(&self) -> bool {
        self.asks && self.asked < MAX_ASKED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn id(n: usize) -> ConnectionId {
        ConnectionId::new_unchecked(n)
    }

    /// Circuits to so many peers, each of which this end asks through.
    fn circuits(peers: usize, now: Instant) -> (Attempts, Vec<PeerId>) {
        let mut attempts = Attempts::default();
        let peers: Vec<PeerId> = (0..peers).map(|_| PeerId::random()).collect();
        for (n, peer) in peers.iter().enumerate() {
            attempts.circuit(id(n), *peer, true, now);
        }
        (attempts, peers)
    }

    #[test]
    fn one_peer_is_dialled_once_at_a_time_and_not_beside_a_direct_way() {
        let now = Instant::now();
        let (mut attempts, peers) = circuits(1, now);
        assert!(!attempts.may_dial(id(7), now), "that's no circuit");
        assert!(attempts.may_dial(id(0), now));
        assert!(!attempts.may_dial(id(0), now + MINUTE), "it was granted");
        attempts.dialled(&peers[0], id(8));
        attempts.ended(id(9));
        assert!(!attempts.may_dial(id(0), now + MINUTE), "it's under way");
        attempts.ended(id(8));
        assert!(attempts.may_dial(id(0), now), "it failed");
        attempts.dialled(&peers[0], id(10));
        attempts.direct(id(10), peers[0]);
        assert!(!attempts.may_dial(id(0), now + MINUTE), "there is one");
        attempts.closed(id(10));
        assert!(attempts.may_dial(id(0), now + MINUTE));
        attempts.closed(id(0));
        assert!(attempts.circuits.is_empty() && attempts.direct.is_empty());
    }

    #[test]
    fn few_are_dialled_at_a_time_and_each_so_often_at_most() {
        let start = Instant::now();
        let (mut attempts, peers) = circuits(MAX_DIALS + 1, start);
        let granted = (0..=MAX_DIALS).filter(|n| attempts.may_dial(id(*n), start)).count();
        assert_eq!(granted, MAX_DIALS);
        attempts.dialled(&peers[0], id(100));
        attempts.ended(id(100));
        assert!(attempts.may_dial(id(MAX_DIALS), start));

        let (mut attempts, peers) = circuits(1, start);
        let mut dial = |now| {
            let granted = attempts.may_dial(id(0), now);
            attempts.dialled(&peers[0], id(100));
            attempts.ended(id(100));
            granted
        };
        assert!((0..AT_ONCE).all(|_| dial(start)));
        assert!(!dial(start + FEWEST_WAIT / 2));
        assert!((AT_ONCE..MAX_DIALS_PER_CIRCUIT).all(|n| dial(start + n * MINUTE)));
        assert!(!attempts.may_dial(id(0), start + MAX_DIALS_PER_CIRCUIT * MINUTE));
    }

    #[test]
    fn who_was_called_asks_again_ever_more_seldom_until_it_gives_up() {
        let start = Instant::now();
        let (mut attempts, peers) = circuits(1, start);
        let (mut waits, mut now) = (Vec::new(), start);
        while let Some(next) = attempts.next() {
            assert_eq!(attempts.due(next - FEWEST_WAIT), []);
            assert_eq!(attempts.due(next), [(peers[0], id(0))]);
            waits.push((next - now).as_secs());
            now = next;
        }
        assert_eq!(waits[..7], [10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(waits.len(), MAX_ASKED as usize);
        attempts.circuit(id(1), peers[0], false, start);
        assert_eq!(attempts.next(), None, "the other end asks");
    }

    #[test]
    fn nobody_is_asked_while_a_dial_or_a_direct_way_stands() {
        let start = Instant::now();
        let (mut attempts, peers) = circuits(2, start);
        assert!(attempts.may_dial(id(0), start + FIRST_WAIT / 2));
        attempts.direct(id(7), peers[1]);
        assert_eq!(attempts.due(start + FIRST_WAIT), []);
        assert_eq!(attempts.due(start + MINUTE), []);
        attempts.closed(id(7));
        attempts.dialled(&peers[0], id(8));
        attempts.ended(id(8));
        let mut due = attempts.due(start + 5 * MINUTE);
        due.sort_by_key(|(_, circuit)| *circuit);
        assert_eq!(due, [(peers[0], id(0)), (peers[1], id(1))]);
    }

    #[test]
    fn a_direct_way_that_soon_broke_is_left_alone() {
        let start = Instant::now();
        let (mut attempts, peers) = circuits(1, start);
        attempts.mistrust(peers[0], start + MINUTE, start);
        assert!(!attempts.may_dial(id(0), start + MINUTE / 2));
        assert_eq!(attempts.due(start + MINUTE / 2), []);
        assert!(attempts.may_dial(id(0), start + MINUTE));
        attempts.mistrust(PeerId::random(), start + 3 * MINUTE, start + 2 * MINUTE);
        assert_eq!(attempts.mistrusted.len(), 1, "who is trusted again is forgotten");
    }
}
