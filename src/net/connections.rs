//! The connections there are, by peer: which to keep where two crossed, and which never said hello.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use libp2p::Multiaddr;
use libp2p::swarm::ConnectionId;

use crate::model::PeerId;

/// How long a connection may stand before its peer has said hello.
pub(super) const HELLO_DEADLINE: Duration = Duration::from_secs(10);

/// How long two connections to one peer stand side by side before one is closed, so that what is under way ends.
const SETTLING: Duration = Duration::from_secs(2);

/// Messages of one peer that may be unreadable before its connections are closed.
const MAX_BAD_MESSAGES: u32 = 64;

#[derive(Debug)]
struct Connection {
    id: ConnectionId,
    /// The side that dialled has the smaller id.
    by_smaller: bool,
    since: Instant,
}

#[derive(Debug)]
struct Known {
    connections: Vec<Connection>,
    address: Multiaddr,
    hello: bool,
    since: Instant,
    bad: u32,
}

/// All connections of a node.
#[derive(Debug)]
pub(super) struct Connections {
    own: PeerId,
    peers: HashMap<PeerId, Known>,
}

impl Connections {
    pub(super) fn new(own: PeerId) -> Self {
        Self { own, peers: HashMap::new() }
    }

    /// A connection stands. `true`: it's the peer's first.
    pub(super) fn opened(
        &mut self,
        peer: PeerId,
        id: ConnectionId,
        dialled: bool,
        at: Multiaddr,
        now: Instant,
    ) -> bool {
        let by_smaller = dialled == (self.own < peer);
        let known = self.peers.entry(peer).or_insert_with(|| Known {
            connections: Vec::new(),
            address: at,
            hello: false,
            since: now,
            bad: 0,
        });
        known.connections.push(Connection { id, by_smaller, since: now });
        known.connections.len() == 1
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

    /// Where the peer is connected.
    pub(super) fn address(&self, peer: &PeerId) -> Option<&Multiaddr> {
        self.peers.get(peer).map(|known| &known.address)
    }

    pub(super) fn peers(&self) -> impl Iterator<Item = &PeerId> {
        self.peers.keys()
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

    /// A message of the peer couldn't be read. `true`: that was one too many.
    pub(super) fn bad_message(&mut self, peer: &PeerId) -> bool {
        self.peers.get_mut(peer).is_some_and(|known| {
            known.bad = known.bad.saturating_add(1);
            known.bad >= MAX_BAD_MESSAGES
        })
    }

    /// Peers that let the time for a hello pass.
    pub(super) fn silent(&self, now: Instant) -> Vec<PeerId> {
        let is_silent = |known: &Known| !known.hello && now.duration_since(known.since) >= HELLO_DEADLINE;
        self.peers.iter().filter(|(_, known)| is_silent(known)).map(|(peer, _)| *peer).collect()
    }

    /// Connections that are one too many. The peer with the smaller id closes; what it dialled first stays, so that
    /// both sides would choose the same where both dialled at once.
    pub(super) fn superfluous(&self, now: Instant) -> Vec<ConnectionId> {
        let mut close = Vec::new();
        for (peer, known) in &self.peers {
            let settled = known.connections.iter().all(|connection| now.duration_since(connection.since) >= SETTLING);
            if self.own > *peer || known.connections.len() < 2 || !settled {
                continue;
            }
            let kept = known.connections.iter().find(|connection| connection.by_smaller);
            let kept = kept.or(known.connections.first()).map(|connection| connection.id);
            close.extend(known.connections.iter().map(|connection| connection.id).filter(|id| Some(*id) != kept));
        }
        close
    }

    /// Whether somebody has to be looked at again soon.
    pub(super) fn needs_a_look(&self) -> bool {
        self.peers.values().any(|known| !known.hello || known.connections.len() > 1)
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
        assert!(small.opened(peer(2), id(12), false, Multiaddr::empty(), now));
        assert!(!small.opened(peer(2), id(11), true, Multiaddr::empty(), now));
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
    fn who_never_says_hello_is_named() {
        let now = Instant::now();
        let mut connections = Connections::new(peer(1));
        connections.opened(peer(2), id(1), true, Multiaddr::empty(), now);
        connections.opened(peer(3), id(2), true, Multiaddr::empty(), now);
        connections.said_hello(&peer(3));
        assert!(connections.needs_a_look());
        assert_eq!(connections.silent(now), []);
        assert_eq!(connections.silent(now + HELLO_DEADLINE), [peer(2)]);
    }
}
