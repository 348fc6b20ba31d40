//! The connections there are, by peer: which to keep where there are several, and which never said hello.
//!
//! What is said to a peer goes over any of its connections. So the way to a peer is chosen by which of them are left
//! standing: a direct one rather than one through a relay.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use libp2p::Multiaddr;
use libp2p::swarm::ConnectionId;

use crate::model::{Path, PeerId};
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

/// How long a direct connection may go without an answer to a ping once the peer has come through a relay though the
/// connection stood: the time between two pings, and that of an answer.
const SUSPICION: Duration = Duration::from_secs(9);

/// Hellos of one peer at once, and then each second: one for each connection and each change of name or presence.
const HELLOS: u32 = 30;
const HELLOS_PER_SECOND: u32 = 2;

/// Messages of one peer that may be unreadable before its connections are closed.
const MAX_BAD_MESSAGES: u32 = 64;

/// How a connection goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// To the peer itself, at this address.
    Direct(Multiaddr),
    /// Through a relay.
    Relayed(Via),
}

/// The relay that a connection goes through, as far as its address tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Via {
    pub(super) relay: Option<PeerId>,
    /// Where it is.
    pub(super) ip: Option<IpAddr>,
}

#[derive(Debug)]
struct Connection {
    id: ConnectionId,
    dialled: bool,
    way: Way,
    since: Instant,
    /// When it was last seen to carry something both ways.
    alive: Instant,
    /// Since when the peer seems to have lost its side.
    suspected: Option<Instant>,
}

impl Connection {
    fn is_direct(&self) -> bool {
        matches!(self.way, Way::Direct(_))
    }

    /// When it will have been silent for too long.
    fn dies(&self) -> Instant {
        let silent = self.alive + SILENCE;
        self.suspected.map_or(silent, |suspected| silent.min(suspected + SUSPICION))
    }
}

#[derive(Debug)]
struct Known {
    connections: Vec<Connection>,
    hello: bool,
    /// It's a relay: nobody who dials.
    relay: bool,
    since: Instant,
    bad: u32,
}

impl Known {
    /// Whether a connection stands that needs none through a relay beside it.
    fn is_reached_directly(&self) -> bool {
        self.connections.iter().any(|connection| connection.is_direct() && connection.suspected.is_none())
    }

    /// Of those that go the same way, all but the first that this node has dialled.
    fn surplus(&self, direct: bool) -> impl Iterator<Item = &Connection> {
        let alike = move |connection: &&Connection| connection.is_direct() == direct;
        let dialled = self.connections.iter().filter(alike).find(|connection| connection.dialled);
        let kept = dialled.or_else(|| self.connections.iter().find(alike)).map(|connection| connection.id);
        self.connections.iter().filter(alike).filter(move |connection| Some(connection.id) != kept)
    }

    fn superfluous(&self, chooses: bool, now: Instant) -> Vec<ConnectionId> {
        let newest = self.connections.iter().map(|connection| connection.since).max();
        if newest.is_none_or(|newest| now.duration_since(newest) < SETTLING) {
            return Vec::new();
        }
        let mut superfluous: Vec<&Connection> = Vec::new();
        if chooses {
            superfluous.extend(self.surplus(true));
        }
        if self.is_reached_directly() {
            superfluous.extend(self.connections.iter().filter(|connection| !connection.is_direct()));
        } else if chooses {
            superfluous.extend(self.surplus(false));
        }
        superfluous.into_iter().map(|connection| connection.id).collect()
    }

    /// When something about this peer may be due.
    fn looks(&self) -> impl Iterator<Item = Instant> {
        let hello = (!self.hello).then(|| self.since + HELLO_DEADLINE);
        let several = self.connections.len() > 1;
        let settled = self.connections.iter().map(|connection| connection.since + SETTLING).max().filter(|_| several);
        let silent = self.connections.iter().map(Connection::dies).min();
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

    /// A connection stands. Returns those that it replaces: older ones that go the same way.
    pub(super) fn opened(
        &mut self,
        peer: PeerId,
        id: ConnectionId,
        dialled: bool,
        way: Way,
        now: Instant,
    ) -> Vec<ConnectionId> {
        let known = self.peers.entry(peer).or_insert_with(|| Known {
            connections: Vec::new(),
            hello: false,
            relay: false,
            since: now,
            bad: 0,
        });
        let new = Connection { id, dialled, way, since: now, alive: now, suspected: None };
        // To a relay all are this node's own, so that none can have crossed; and it uses the oldest.
        let is_old = |connection: &Connection| known.relay || now.duration_since(connection.since) >= CROSSING;
        let is_replaced = |connection: &Connection| connection.is_direct() == new.is_direct() && is_old(connection);
        let replaced = known.connections.iter().filter(|old| is_replaced(old)).map(|old| old.id).collect();
        // Nobody goes through a relay who believes to be connected directly.
        if !new.is_direct() && !dialled {
            let old = known.connections.iter_mut().filter(|old| now.duration_since(old.since) >= CROSSING);
            for direct in old.filter(|old| old.is_direct()) {
                direct.suspected.get_or_insert(now);
            }
        }
        known.connections.push(new);
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

    /// How the peer is reached.
    pub(super) fn path(&self, peer: &PeerId) -> Path {
        match self.peers.get(peer) {
            Some(known) if known.connections.iter().any(Connection::is_direct) => Path::Direct,
            Some(_) => Path::Relayed,
            None => Path::None,
        }
    }

    /// Whether a way through a relay would be of use: not beside a connection that stands, unless it's a direct one that
    /// seems to be dead.
    pub(super) fn wants_circuit(&self, peer: &PeerId) -> bool {
        let Some(known) = self.peers.get(peer) else { return true };
        !known.is_reached_directly() && known.connections.iter().all(Connection::is_direct)
    }

    /// How one connection of a peer goes.
    pub(super) fn way(&self, peer: &PeerId, id: ConnectionId) -> Option<&Way> {
        let mut connections = self.peers.get(peer)?.connections.iter();
        connections.find(|connection| connection.id == id).map(|connection| &connection.way)
    }

    /// Where the peer is connected directly, at the other end of each connection, the latest first.
    pub(super) fn addresses(&self, peer: &PeerId) -> impl Iterator<Item = &Multiaddr> {
        let connections = self.peers.get(peer).map(|known| known.connections.iter().rev());
        connections.into_iter().flatten().filter_map(|connection| match &connection.way {
            Way::Direct(address) => Some(address),
            Way::Relayed(_) => None,
        })
    }

    /// Where this node has dialled the peer directly, the latest first.
    pub(super) fn dialled_at(&self, peer: &PeerId) -> Option<&Multiaddr> {
        let connections = self.peers.get(peer)?.connections.iter().rev();
        connections.filter(|connection| connection.dialled).find_map(|connection| match &connection.way {
            Way::Direct(address) => Some(address),
            Way::Relayed(_) => None,
        })
    }

    pub(super) fn peers(&self) -> impl Iterator<Item = &PeerId> {
        self.peers.keys()
    }

    /// Those who are reached through relays alone.
    pub(super) fn relayed(&self) -> impl Iterator<Item = &PeerId> {
        self.peers
            .iter()
            .filter(|(_, known)| !known.connections.iter().any(Connection::is_direct))
            .map(|(peer, _)| peer)
    }

    /// Whether a connection goes through a relay.
    pub(super) fn is_used(&self, relay: &PeerId) -> bool {
        let all = self.peers.values().flat_map(|known| &known.connections);
        let via = |way: &Way| if let Way::Relayed(via) = way { via.relay } else { None };
        all.filter_map(|connection| via(&connection.way)).any(|via| via == *relay)
    }

    /// Whether the peer may introduce itself once more.
    pub(super) fn may_say_hello(&mut self, peer: &PeerId, now: Instant) -> bool {
        self.hellos.take(peer, 1, now.duration_since(self.start))
    }

    /// The peer has introduced itself, as a relay or as a person's node.
    pub(super) fn said_hello(&mut self, peer: &PeerId, relay: bool) {
        if let Some(known) = self.peers.get_mut(peer) {
            known.hello = true;
            known.relay = relay;
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

    /// Connections that are one too many. Through a relay all are where a direct one stands, and either side may close
    /// them. Of two that crossed, the peer with the smaller id closes one; what it dialled first stays, so that both
    /// sides would choose the same.
    pub(super) fn superfluous(&self, now: Instant) -> Vec<ConnectionId> {
        self.peers.iter().flat_map(|(peer, known)| known.superfluous(self.own < *peer, now)).collect()
    }

    /// A connection has answered.
    pub(super) fn answered(&mut self, peer: &PeerId, id: ConnectionId, now: Instant) {
        let connections = self.peers.get_mut(peer).map(|known| known.connections.iter_mut());
        if let Some(connection) = connections.into_iter().flatten().find(|connection| connection.id == id) {
            connection.alive = now;
            connection.suspected = None;
        }
    }

    /// Connections that have been silent for too long.
    pub(super) fn dead(&self, now: Instant) -> Vec<ConnectionId> {
        let all = self.peers.values().flat_map(|known| &known.connections);
        all.filter(|connection| connection.dies() <= now).map(|connection| connection.id).collect()
    }

    /// When somebody has to be looked at next.
    pub(super) fn next_look(&self) -> Option<Instant> {
        self.peers.values().flat_map(Known::looks).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: usize) -> ConnectionId {
        ConnectionId::new_unchecked(n)
    }

    fn direct() -> Way {
        Way::Direct("/ip4/10.0.0.1/tcp/1".parse().unwrap())
    }

    fn relayed() -> Way {
        Way::Relayed(Via { relay: Some(PeerId::numbered(9)), ip: None })
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn both_sides_keep_the_same_of_two_crossed_connections() {
        let now = Instant::now();
        let (mut small, mut large) = (Connections::new(PeerId::numbered(1)), Connections::new(PeerId::numbered(2)));
        // 11 was dialled by the smaller, 12 by the larger.
        assert_eq!(small.opened(PeerId::numbered(2), id(12), false, direct(), now), []);
        assert_eq!(small.opened(PeerId::numbered(2), id(11), true, direct(), now), []);
        large.opened(PeerId::numbered(1), id(12), true, direct(), now);
        large.opened(PeerId::numbered(1), id(11), false, direct(), now);
        assert_eq!(small.superfluous(now), []);
        assert_eq!(small.superfluous(now + SETTLING), [id(12)]);
        assert_eq!(large.superfluous(now + SETTLING), []);
        assert!(!small.closed(&PeerId::numbered(2), id(12)));
        assert_eq!(small.superfluous(now + SETTLING), []);
        assert!(small.closed(&PeerId::numbered(2), id(11)));
        assert!(!small.is_connected(&PeerId::numbered(2)));
    }

    #[test]
    fn a_connection_that_is_made_later_replaces_the_older_one_on_either_side() {
        let start = Instant::now();
        let later = start + Duration::from_secs(60);
        for own in [1, 3] {
            let mut connections = Connections::new(PeerId::numbered(own));
            connections.opened(PeerId::numbered(2), id(1), true, direct(), start);
            assert_eq!(connections.opened(PeerId::numbered(2), id(2), false, direct(), later), [id(1)]);
            connections.closed(&PeerId::numbered(2), id(1));
            assert_eq!(connections.superfluous(later + SETTLING), []);
        }
    }

    #[test]
    fn who_never_says_hello_is_named() {
        let now = Instant::now();
        let mut connections = Connections::new(PeerId::numbered(1));
        connections.opened(PeerId::numbered(2), id(1), true, direct(), now);
        connections.opened(PeerId::numbered(3), id(2), true, direct(), now);
        connections.said_hello(&PeerId::numbered(3), false);
        assert_eq!(connections.next_look(), Some(now + HELLO_DEADLINE));
        assert_eq!(connections.silent(now), []);
        assert_eq!(connections.silent(now + HELLO_DEADLINE), [PeerId::numbered(2)]);
    }

    #[test]
    fn a_connection_that_no_longer_answers_is_named() {
        let start = Instant::now();
        let mut connections = Connections::new(PeerId::numbered(2));
        connections.opened(PeerId::numbered(1), id(1), true, direct(), start);
        connections.opened(PeerId::numbered(1), id(2), true, direct(), start);
        connections.said_hello(&PeerId::numbered(1), false);
        let later = start + Duration::from_secs(5);
        connections.answered(&PeerId::numbered(1), id(2), later);
        assert_eq!(connections.dead(later), []);
        assert_eq!(connections.dead(start + SILENCE), [id(1)]);
        connections.closed(&PeerId::numbered(1), id(1));
        assert_eq!(connections.next_look(), Some(later + SILENCE));
        assert_eq!(connections.dead(later + SILENCE), [id(2)]);
    }

    #[test]
    fn a_direct_connection_ends_the_relayed_ones_on_either_side() {
        let start = Instant::now();
        let later = start + MINUTE;
        for own in [1, 3] {
            let mut connections = Connections::new(PeerId::numbered(own));
            assert!(connections.wants_circuit(&PeerId::numbered(2)));
            connections.opened(PeerId::numbered(2), id(1), true, relayed(), start);
            assert_eq!(connections.path(&PeerId::numbered(2)), Path::Relayed);
            assert!(!connections.wants_circuit(&PeerId::numbered(2)));
            assert_eq!(connections.relayed().count(), 1);
            assert!(connections.is_used(&PeerId::numbered(9)) && !connections.is_used(&PeerId::numbered(2)));
            assert_eq!(
                connections.opened(PeerId::numbered(2), id(2), own == 1, direct(), later),
                [],
                "what is under way ends first"
            );
            assert_eq!((connections.path(&PeerId::numbered(2)), connections.relayed().count()), (Path::Direct, 0));
            assert_eq!(connections.superfluous(later), []);
            assert_eq!(connections.next_look(), Some(start + HELLO_DEADLINE));
            assert_eq!(connections.superfluous(later + SETTLING), [id(1)]);
            assert!(!connections.closed(&PeerId::numbered(2), id(1)));
            assert_eq!(connections.superfluous(later + SETTLING), []);
            connections.closed(&PeerId::numbered(2), id(2));
            assert_eq!(connections.path(&PeerId::numbered(2)), Path::None);
        }
    }

    #[test]
    fn where_a_direct_and_a_relayed_connection_cross_the_direct_one_stays() {
        let now = Instant::now();
        let mut connections = Connections::new(PeerId::numbered(1));
        connections.opened(PeerId::numbered(2), id(1), true, direct(), now);
        connections.opened(PeerId::numbered(2), id(2), false, relayed(), now + Duration::from_secs(1));
        let settled = now + Duration::from_secs(1) + SETTLING;
        assert_eq!(connections.superfluous(settled), [id(2)]);
        assert_eq!(connections.dead(settled + SUSPICION), [], "it was made too soon to say anything");
    }

    #[test]
    fn relayed_connections_replace_and_cross_among_themselves() {
        let start = Instant::now();
        let mut connections = Connections::new(PeerId::numbered(1));
        connections.opened(PeerId::numbered(2), id(1), false, relayed(), start);
        connections.opened(PeerId::numbered(2), id(2), true, relayed(), start);
        assert_eq!(connections.superfluous(start + SETTLING), [id(1)]);
        connections.closed(&PeerId::numbered(2), id(1));
        assert_eq!(connections.opened(PeerId::numbered(2), id(3), false, relayed(), start + MINUTE), [id(2)]);
    }

    #[test]
    fn a_peer_that_comes_through_a_relay_has_lost_its_side_of_the_direct_connection() {
        let start = Instant::now();
        let later = start + MINUTE;
        let connect = || {
            let mut connections = Connections::new(PeerId::numbered(1));
            connections.opened(PeerId::numbered(2), id(1), true, direct(), start);
            connections.said_hello(&PeerId::numbered(2), false);
            connections.answered(&PeerId::numbered(2), id(1), later);
            assert!(!connections.wants_circuit(&PeerId::numbered(2)));
            assert_eq!(connections.opened(PeerId::numbered(2), id(2), false, relayed(), later), []);
            connections
        };
        let mut dying = connect();
        assert_eq!(dying.superfluous(later + SETTLING), [], "neither is closed before that's known");
        assert_eq!(dying.dead(later + SETTLING), []);
        dying.answered(&PeerId::numbered(2), id(2), later + SUSPICION);
        assert_eq!(dying.dead(later + SUSPICION), [id(1)]);
        dying.closed(&PeerId::numbered(2), id(1));
        assert_eq!(dying.path(&PeerId::numbered(2)), Path::Relayed);

        let mut alive = connect();
        alive.answered(&PeerId::numbered(2), id(1), later + SETTLING);
        assert_eq!(alive.dead(later + SUSPICION), []);
        assert_eq!(alive.superfluous(later + SETTLING), [id(2)]);
    }

    #[test]
    fn a_circuit_of_ones_own_casts_no_doubt_on_the_direct_connection() {
        let start = Instant::now();
        let mut connections = Connections::new(PeerId::numbered(1));
        connections.opened(PeerId::numbered(2), id(1), true, direct(), start);
        connections.opened(PeerId::numbered(2), id(2), true, relayed(), start + Duration::from_secs(7));
        assert_eq!(connections.superfluous(start + SUSPICION), [id(2)]);
    }

    #[test]
    fn of_a_relay_only_the_latest_connection_is_kept() {
        let start = Instant::now();
        let mut connections = Connections::new(PeerId::numbered(1));
        connections.opened(PeerId::numbered(2), id(1), true, direct(), start);
        connections.said_hello(&PeerId::numbered(2), true);
        assert_eq!(connections.opened(PeerId::numbered(2), id(2), true, direct(), start), [id(1)]);
    }
}
