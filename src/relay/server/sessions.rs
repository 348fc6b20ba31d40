//! The connections to a relay: who has said hello, and which of them are dead.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use libp2p::swarm::ConnectionId;

use crate::model::PeerId;

/// How long a connection may stand before its peer has said hello.
const HELLO: Duration = Duration::from_secs(10);

/// How long a connection may go without a ping. Members ping every 7 s.
const SILENCE: Duration = Duration::from_secs(25);

/// The same for one whose peer has made another since: most likely it has lost this one.
const DOUBT: Duration = Duration::from_secs(12);

#[derive(Debug)]
struct Session {
    peer: PeerId,
    /// Tells it from every other, those that are over included.
    number: u64,
    /// Where the peer is seen.
    seen: Option<IpAddr>,
    opened: Instant,
    /// When its peer last made another.
    doubted: Option<Instant>,
}

impl Session {
    /// From when on it counts as dead.
    fn dead(&self, heard: Option<Instant>) -> Instant {
        let heard = heard.unwrap_or(self.opened);
        let doubted = self.doubted.filter(|doubted| heard <= *doubted);
        doubted.map_or(heard + SILENCE, |doubted| (heard + SILENCE).min(doubted + DOUBT))
    }
}

#[derive(Debug)]
struct Guest {
    since: Instant,
    connections: Vec<ConnectionId>,
    /// By when it has to have said hello, as long as it hasn't.
    hello: Option<Instant>,
}

/// A connection that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Closed {
    /// Its number.
    pub(super) number: u64,
    /// Whether it was the peer's last.
    pub(super) last: bool,
}

/// All connections to the relay.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    sessions: HashMap<ConnectionId, Session>,
    guests: HashMap<PeerId, Guest>,
    numbers: u64,
}

impl Sessions {
    /// A connection stands.
    pub(super) fn opened(&mut self, peer: PeerId, id: ConnectionId, seen: Option<IpAddr>, now: Instant) {
        let guest =
            self.guests.entry(peer).or_insert(Guest { since: now, connections: Vec::new(), hello: Some(now + HELLO) });
        for older in &guest.connections {
            if let Some(session) = self.sessions.get_mut(older) {
                session.doubted = Some(now);
            }
        }
        guest.connections.push(id);
        self.numbers += 1;
        self.sessions.insert(id, Session { peer, number: self.numbers, seen, opened: now, doubted: None });
    }

    /// A connection ended.
    pub(super) fn closed(&mut self, id: ConnectionId) -> Option<Closed> {
        let session = self.sessions.remove(&id)?;
        let guest = self.guests.get_mut(&session.peer)?;
        guest.connections.retain(|connection| *connection != id);
        let last = guest.connections.is_empty();
        if last {
            self.guests.remove(&session.peer);
        }
        Some(Closed { number: session.number, last })
    }

    /// The number of a connection, which no other has, and where its peer is seen.
    pub(super) fn number(&self, id: ConnectionId) -> Option<(u64, IpAddr)> {
        self.sessions.get(&id).and_then(|session| Some((session.number, session.seen?)))
    }

    /// Where a peer was seen last.
    pub(super) fn seen(&self, peer: &PeerId) -> Option<IpAddr> {
        self.sessions.get(self.guests.get(peer)?.connections.last()?)?.seen
    }

    /// A peer has said hello.
    pub(super) fn said_hello(&mut self, peer: &PeerId) {
        if let Some(guest) = self.guests.get_mut(peer) {
            guest.hello = None;
        }
    }

    /// Those who are connected.
    pub(super) fn peers(&self) -> impl Iterator<Item = &PeerId> {
        self.guests.keys()
    }

    pub(super) fn is_connected(&self, peer: &PeerId) -> bool {
        self.guests.contains_key(peer)
    }

    /// How many connections there are.
    pub(super) fn connections(&self) -> usize {
        self.sessions.len()
    }

    /// So many of those who aren't members, the ones that have been here longest.
    pub(super) fn strangers(&self, count: usize, is_member: impl Fn(&PeerId) -> bool) -> Vec<PeerId> {
        let strangers = self.guests.iter().filter(|(peer, _)| !is_member(peer));
        let mut strangers: Vec<(Instant, PeerId)> = strangers.map(|(peer, guest)| (guest.since, *peer)).collect();
        strangers.sort_unstable();
        strangers.into_iter().take(count).map(|(_, peer)| peer).collect()
    }

    /// Connections that are to be closed: dead ones, and those of peers that let the time for a hello pass. `heard` says when
    /// each was last pinged on.
    pub(super) fn overdue(&self, now: Instant, heard: impl Fn(ConnectionId) -> Option<Instant>) -> Vec<ConnectionId> {
        let dead = self.sessions.iter().filter(|(id, session)| session.dead(heard(**id)) <= now).map(|(id, _)| *id);
        let silent = self.guests.values().filter(|guest| guest.hello.is_some_and(|by| by <= now));
        dead.chain(silent.flat_map(|guest| guest.connections.iter().copied())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    fn peer(n: u8) -> PeerId {
        PeerId::from_public_key([n; 32])
    }

    fn id(n: usize) -> ConnectionId {
        ConnectionId::new_unchecked(n)
    }

    fn never(_: ConnectionId) -> Option<Instant> {
        None
    }

    #[test]
    fn who_never_says_hello_and_who_no_longer_answers_is_named() {
        let (mut sessions, start) = (Sessions::default(), Instant::now());
        let (ana, luis) = (peer(1), peer(2));
        sessions.opened(ana, id(1), HERE, start);
        sessions.opened(luis, id(2), HERE, start);
        sessions.said_hello(&ana);
        assert_eq!(sessions.overdue(start + HELLO / 2, never), []);
        assert_eq!(sessions.overdue(start + HELLO, never), [id(2)]);
        assert_eq!(sessions.closed(id(2)), Some(Closed { number: 2, last: true }));
        let later = start + Duration::from_secs(20);
        assert_eq!(sessions.overdue(start + SILENCE, |_| Some(later)), []);
        assert_eq!(sessions.overdue(later + SILENCE, |_| Some(later)), [id(1)]);
        assert_eq!(sessions.closed(id(1)), Some(Closed { number: 1, last: true }));
        assert_eq!((sessions.connections(), sessions.peers().count()), (0, 0));
    }

    #[test]
    fn the_strangers_that_were_here_longest_are_named() {
        let (mut sessions, start) = (Sessions::default(), Instant::now());
        for n in 1..=4 {
            sessions.opened(peer(5 - n), id(n.into()), HERE, start + Duration::from_secs(n.into()));
        }
        assert_eq!(sessions.strangers(2, |guest| *guest == peer(4)), [peer(3), peer(2)]);
        assert_eq!(sessions.strangers(9, |_| true), []);
    }

    #[test]
    fn of_two_connections_the_older_has_less_time_unless_it_answers() {
        let (mut sessions, start) = (Sessions::default(), Instant::now());
        let ana = peer(1);
        sessions.opened(ana, id(1), HERE, start);
        sessions.said_hello(&ana);
        sessions.opened(ana, id(2), HERE, start);
        assert_eq!(sessions.overdue(start + DOUBT, never), [id(1)]);
        assert_eq!(sessions.overdue(start + DOUBT, |_| Some(start + DOUBT / 2)), []);
        assert_eq!(sessions.closed(id(1)), Some(Closed { number: 1, last: false }));
        assert!(sessions.is_connected(&ana));
    }
}
