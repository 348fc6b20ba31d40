//! The connections there are, by peer: which to keep where two crossed, and which never said hello.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use libp2p::Multiaddr;
use libp2p::swarm::ConnectionId;

use crate::model::PeerId;
use crate::protocol::budget::Budgets;

/// How long a connection may stand before its peer has said hello.
pub(super) const HELLO_DEADLINE: Duration = Duration::from_secs(10);

/// How long two connections to one peer stand side by side before one is closed, so that what is under way ends.
const SETTLING: Duration = Duration::from_secs(2);

/// Connections that are made within this time of each other have crossed. One that is made later is the better one: its
/// maker would not have dialled had the older one not been dead at its end.
const CROSSING: Duration = Duration::from_secs(6);

/// How long a connection may go without an answer to a ping before it counts as dead. libp2p reports a failure only after
/// a second one, which on a dead link can take half a minute.
const SILENCE: Duration = Duration::from_secs(18);

/// Hellos of one peer at once, and then each second: one for each connection and each change of name or presence.
const HELLOS: u32 = 30;
const HELLOS_PER_SECOND: u32 = 2;

/// Messages of one peer that may be unreadable before its connections are closed.
const MAX_BAD_MESSAGES: u32 = 64;

#[derive(Debug)]
struct Connection {
    id: ConnectionId,
    /// The side that dialled has the smaller id.
    by_smaller: bool,
    address: Multiaddr,
    since: Instant,
    /// When it was last seen to carry something both ways.
    alive: Instant,
}

#[derive(Debug)]
struct Known {
    connections: Vec<Connection>,
    hello: bool,
    since: Instant,
    bad: u32,
}

impl Known {
    fn superfluous(&self, chooses: bool, now: Instant) -> Vec<ConnectionId> {
        let Some(newest) = self.connections.iter().map(|connection| connection.since).max() else { return Vec::new() };
        if now.duration_since(newest) < SETTLING {
            return Vec::new();
        }
        if !chooses || self.connections.len() < 2 {
            return Vec::new();
        }
        let kept = self.connections.iter().find(|connection| connection.by_smaller).or(self.connections.first());
        let kept = kept.map(|connection| connection.id);
        self.connections.iter().map(|connection| connection.id).filter(|id| Some(*id) != kept).collect()
    }

    /// When something about this peer may be due.
    fn looks(&self) -> impl Iterator<Item = Instant> {
        let hello = (!self.hello).then(|| self.since + HELLO_DEADLINE);
        let several = self.connections.len() > 1;
        let settled = self.connections.iter().map(|connection| connection.since + SETTLING).max().filter(|_| several);
        let silent = self.connections.iter().map(|connection| connection.alive + SILENCE).min();
        [hello, settled, silent].into_iter().flatten()
    }
}

/// All connections of a node.
#[derive(Debug)]
pub(super) struct Connections {
    own: PeerId,
    /// From when the budgets count.
    start: Instant,
    peers: HashMap<PeerId, Known>,
    hellos: Budgets,
}

impl Connections {
    pub(super) fn new(own: PeerId) -> Self {
        Self { own, start: Instant::now(), peers: HashMap::new(), hellos: Budgets::new(HELLOS, HELLOS_PER_SECOND) }
    }

    /// A connection stands. Returns those that it replaces.
    pub(super) fn opened(
        &mut self,
        peer: PeerId,
        id: ConnectionId,
        dialled: bool,
        at: Multiaddr,
        now: Instant,
    ) -> Vec<ConnectionId> {
        let by_smaller = dialled == (self.own < peer);
        let known = self.peers.entry(peer).or_insert_with(|| Known {
            connections: Vec::new(),
            hello: false,
            since: now,
            bad: 0,
        });
        let is_old = |connection: &&Connection| now.duration_since(connection.since) >= CROSSING;
        let replaced = known.connections.iter().filter(is_old).map(|connection| connection.id).collect();
        known.connections.push(Connection { id, by_smaller, address: at, since: now, alive: now });
        replaced
    }

    /// A connection ended. `true`: it was the peer's last.
    pub(super) fn closed(&mut self, peer: &PeerId, id: ConnectionId) -> bool {
        let Some(known) = self.peers.get_mut(peer) else { return false };
        known.connections.retain(|connection| connection.id != id);
        let last = known.connections.is_empty();
        if last {
            self.peers.remove(peer);
        }
        last
    }

    pub(super) fn is_connected(&self, peer: &PeerId) -> bool {
        self.peers.contains_key(peer)
    }

    /// Where the peer is connected, at the other end of each connection, the latest first.
    pub(super) fn addresses(&self, peer: &PeerId) -> impl Iterator<Item = &Multiaddr> {
        let connections = self.peers.get(peer).map(|known| known.connections.iter().rev());
        connections.into_iter().flatten().map(|connection| &connection.address)
    }

    pub(super) fn peers(&self) -> impl Iterator<Item = &PeerId> {
        self.peers.keys()
    }

    /// Whether the peer may introduce itself once more.
    pub(super) fn may_say_hello(&mut self, peer: &PeerId, now: Instant) -> bool {
        self.hellos.take(peer, 1, now.duration_since(self.start))
    }

    /// The peer has introduced itself.
    pub(super) fn said_hello(&mut self, peer: &PeerId) {
        if let Some(known) = self.peers.get_mut(peer) {
            known.hello = true;
        }
    }

    /// Whether the peer has introduced itself.
    pub(super) fn has_said_hello(&self, peer: &PeerId) -> bool {
        self.peers.get(peer).is_some_and(|known| known.hello)
    }

    /// A message of the peer couldn't be read. How many that makes, and whether it's one too many.
    pub(super) fn bad_message(&mut self, peer: &PeerId) -> (u32, bool) {
        let Some(known) = self.peers.get_mut(peer) else { return (0, false) };
        known.bad = known.bad.saturating_add(1);
        (known.bad, known.bad >= MAX_BAD_MESSAGES)
    }

    /// Peers that let the time for a hello pass.
    pub(super) fn silent(&self, now: Instant) -> Vec<PeerId> {
        let is_silent = |known: &Known| !known.hello && now.duration_since(known.since) >= HELLO_DEADLINE;
        self.peers.iter().filter(|(_, known)| is_silent(known)).map(|(peer, _)| *peer).collect()
    }

    /// Connections that are one too many. Of two that crossed, the peer with the smaller id closes one; what it dialled
    /// first stays, so that both sides would choose the same.
    pub(super) fn superfluous(&self, now: Instant) -> Vec<ConnectionId> {
        self.peers.iter().flat_map(|(peer, known)| known.superfluous(self.own < *peer, now)).collect()
    }

    /// A connection has answered.
    pub(super) fn answered(&mut self, peer: &PeerId, id: ConnectionId, now: Instant) {
        let connections = self.peers.get_mut(peer).map(|known| known.connections.iter_mut());
        if let Some(connection) = connections.into_iter().flatten().find(|connection| connection.id == id) {
            connection.alive = now;
        }
    }

    /// Connections that have been silent for too long.
    pub(super) fn dead(&self, now: Instant) -> Vec<ConnectionId> {
        let all = self.peers.values().flat_map(|known| &known.connections);
        all.filter(|connection| now.duration_since(connection.alive) >= SILENCE)
            .map(|connection| connection.id)
            .collect()
    }

    /// When somebody has to be looked at next.
    pub(super) fn next_look(&self) -> Option<Instant> {
        self.peers.values().flat_map(Known::looks).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(n: u8) -> PeerId {
        PeerId::from_public_key([n; 32])
    }

    fn id(n: usize) -> ConnectionId {
        ConnectionId::new_unchecked(n)
    }

    #[test]
    fn both_sides_keep_the_same_of_two_crossed_connections() {
        let now = Instant::now();
        let (mut small, mut large) = (Connections::new(peer(1)), Connections::new(peer(2)));
        // 11 was dialled by the smaller, 12 by the larger.
        assert_eq!(small.opened(peer(2), id(12), false, Multiaddr::empty(), now), []);
        assert_eq!(small.opened(peer(2), id(11), true, Multiaddr::empty(), now), []);
        large.opened(peer(1), id(12), true, Multiaddr::empty(), now);
        large.opened(peer(1), id(11), false, Multiaddr::empty(), now);
        assert_eq!(small.superfluous(now), []);
        assert_eq!(small.superfluous(now + SETTLING), [id(12)]);
        assert_eq!(large.superfluous(now + SETTLING), []);
        assert!(!small.closed(&peer(2), id(12)));
        assert_eq!(small.superfluous(now + SETTLING), []);
        assert!(small.closed(&peer(2), id(11)));
        assert!(!small.is_connected(&peer(2)));
    }

    #[test]
    fn a_connection_that_is_made_later_replaces_the_older_one_on_either_side() {
        let start = Instant::now();
        let later = start + Duration::from_secs(60);
        for own in [1, 3] {
            let mut connections = Connections::new(peer(own));
            connections.opened(peer(2), id(1), true, Multiaddr::empty(), start);
            assert_eq!(connections.opened(peer(2), id(2), false, Multiaddr::empty(), later), [id(1)]);
            connections.closed(&peer(2), id(1));
            assert_eq!(connections.superfluous(later + SETTLING), []);
        }
    }

    #[test]
    fn who_never_says_hello_is_named() {
        let now = Instant::now();
        let mut connections = Connections::new(peer(1));
        connections.opened(peer(2), id(1), true, Multiaddr::empty(), now);
        connections.opened(peer(3), id(2), true, Multiaddr::empty(), now);
        connections.said_hello(&peer(3));
        assert_eq!(connections.next_look(), Some(now + HELLO_DEADLINE));
        assert_eq!(connections.silent(now), []);
        assert_eq!(connections.silent(now + HELLO_DEADLINE), [peer(2)]);
    }

    #[test]
    fn a_connection_that_no_longer_answers_is_named() {
        let start = Instant::now();
        let mut connections = Connections::new(peer(2));
        connections.opened(peer(1), id(1), true, Multiaddr::empty(), start);
        connections.opened(peer(1), id(2), true, Multiaddr::empty(), start);
        connections.said_hello(&peer(1));
        let later = start + Duration::from_secs(5);
        connections.answered(&peer(1), id(2), later);
        assert_eq!(connections.dead(later), []);
        assert_eq!(connections.dead(start + SILENCE), [id(1)]);
        connections.closed(&peer(1), id(1));
        assert_eq!(connections.next_look(), Some(later + SILENCE));
        assert_eq!(connections.dead(later + SILENCE), [id(2)]);
    }
}
