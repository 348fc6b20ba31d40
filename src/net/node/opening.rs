//! Connections: how they are made, which are kept, and how they end.

use std::io;
use std::net::IpAddr;
use std::time::Instant;

use libp2p::core::ConnectedPoint;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, DialError};
use libp2p::{Multiaddr, identify};

use super::super::address::{self, Target};
use super::super::connections::{Via, Way};
use super::super::dialer::MAX_ADDRESSES;
use super::questions::Questions;
use super::{Event, LOOK, Node, RequestId, jitter};
use crate::model::{Path, PeerId, Plain, Reason};

impl Node {
    /// Somebody may be at these addresses: dials there now, and again later.
    pub fn remember(&mut self, peer: PeerId, addresses: &[String], by_hand: bool) {
        let addresses = addresses.iter().filter_map(|text| text.parse().ok());
        let addresses = addresses.filter(|address| address::socket(address).is_some()).collect();
        self.heard(peer, addresses, by_hand);
    }

    /// Dials an address and says who is there, by [`Event::Reached`]. A way through a relay is kept, and taken whenever
    /// there's no other.
    pub fn reach(&mut self, target: &Target) -> RequestId {
        let name = self.request();
        match target.circuit() {
            Some(circuit) => self.reach_through(name, circuit),
            None => self.reach_at(name, &target.address),
        }
        name
    }

    fn reach_at(&mut self, name: RequestId, address: &Multiaddr) {
        let options = DialOpts::unknown_peer_id().address(address.clone()).allocate_new_port().build();
        let connection = options.connection_id();
        match self.swarm.dial(options) {
            Ok(()) => _ = self.reaching.insert(connection, (name, address.clone())),
            Err(error) => self.events.push_back(Event::Reached(name, Err(dial_error(&error)))),
        }
    }

    /// Somebody's addresses became known. Who is connected directly isn't dialled for it.
    pub(super) fn heard(&mut self, peer: PeerId, addresses: Vec<Multiaddr>, by_hand: bool) {
        let now = Instant::now();
        // Relays have a book of their own.
        if !self.relays.heard(&peer, &addresses, now) {
            self.dialer.heard(peer, addresses, by_hand, now);
            self.link(peer, now);
        }
    }

    /// Tells the dialer how a peer is connected.
    fn link(&mut self, peer: PeerId, now: Instant) {
        if self.relays.contains(&peer) {
            return;
        }
        let path = self.connections.path(&peer);
        if path != Path::None {
            self.dialer.connected(peer, path, now);
        }
    }

    /// When somebody is to be dialled next.
    pub(super) fn next_dial(&self) -> Option<Instant> {
        self.dialer.next().filter(|_| !self.only_relayed)
    }

    pub(super) fn dial_due(&mut self) {
        let now = Instant::now();
        if self.only_relayed {
            return;
        }
        for (peer, addresses) in self.dialer.due(now) {
            let Some(id) = address::to_libp2p(&peer) else { continue };
            // Beside a circuit a direct way is sought.
            let relayed = self.connections.path(&peer) == Path::Relayed;
            let condition = if relayed { PeerCondition::Always } else { PeerCondition::Disconnected };
            // From a port of its own: two nodes that dial each other at once between their listening ports would meet
            // in one TCP connection that both believe to have opened.
            let options = DialOpts::peer_id(id).condition(condition).addresses(addresses).allocate_new_port().build();
            if self.swarm.dial(options).is_err() {
                self.dialer.failed(&peer, 0.5, now);
            }
        }
    }

    pub(super) fn next_look(&self) -> Option<Instant> {
        let due = [self.connections.next_look(), self.next_idle()].into_iter().flatten().min()?;
        Some(self.looked.map_or(due, |looked| due.max(looked + LOOK)))
    }

    pub(super) fn look(&mut self) {
        if self.next_look().is_none_or(|due| due > Instant::now()) {
            return;
        }
        self.looked = Some(Instant::now());
        let now = Instant::now();
        for peer in self.connections.silent(now) {
            tracing::info!(%peer, "closed: no hello");
            self.disconnect(&peer, false);
        }
        for peer in self.idle(now) {
            tracing::debug!(%peer, "closed: nothing is said through the relay");
            self.disconnect(&peer, false);
        }
        for connection in self.connections.dead(now).into_iter().chain(self.connections.superfluous(now)) {
            self.swarm.close_connection(connection);
        }
    }

    pub(super) fn opened(&mut self, id: &libp2p::PeerId, connection: ConnectionId, endpoint: &ConnectedPoint) {
        let (reached, now) = (self.reaching.remove(&connection), Instant::now());
        self.sightings.ended(connection);
        self.punches.remove(&connection);
        let Some(peer) = address::from_libp2p(id) else {
            self.swarm.close_connection(connection);
            self.relays.failed(connection, Plain::NotAVecino.into(), jitter(), now);
            if let Some((name, _)) = reached {
                self.events.push_back(Event::Reached(name, Err(Plain::NotAVecino.into())));
            }
            return;
        };
        self.contact_made(endpoint);
        let before = self.connections.path(&peer);
        let way = way(endpoint);
        if let (Way::Direct(at), true) = (&way, endpoint.is_dialer()) {
            self.relays.opened(peer, connection);
            // The port that an incoming connection came from is nobody's address. Relays have a book of their own.
            if !self.relays.contains(&peer) {
                self.dialer.heard(peer, vec![at.clone()], false, now);
            }
        }
        let via = if let Way::Relayed(via) = way { Some(via) } else { None };
        for replaced in self.connections.opened(peer, connection, endpoint.is_dialer(), way, now) {
            self.swarm.close_connection(replaced);
        }
        self.exchanges.met(peer, now);
        self.circuits.made(&peer, connection);
        self.link(peer, now);
        if let Some(via) = via {
            self.told(peer, via, &[]);
        }
        // A peer that dials again has lost its side, and with it what it knew of us.
        self.events.push_back(Event::Connected(peer));
        self.moved_from(before, peer);
        if let Some((name, address)) = reached {
            self.heard(peer, vec![address], true);
            self.events.push_back(Event::Reached(name, Ok(peer)));
        }
        self.reached_through(&peer, &Ok(peer));
    }

    /// A peer that was connected and still is may be reached in another way.
    fn moved_from(&mut self, before: Path, peer: PeerId) {
        let path = self.connections.path(&peer);
        if before != Path::None && before != path {
            tracing::debug!(%peer, ?path, "reached in another way");
            self.events.push_back(Event::Moved(peer));
        }
    }

    /// A peer says where it listens: so one that found us can be found by us, and one that is reached through a relay be
    /// reached directly.
    pub(super) fn identified(&mut self, id: &libp2p::PeerId, connection: ConnectionId, said: &identify::Info) {
        let Some(peer) = address::from_libp2p(id) else { return };
        let listening = &said.listen_addrs;
        self.seen_by(&peer, &said.observed_addr);
        match self.connections.way(&peer, connection) {
            Some(Way::Direct(_)) => self.identified_directly(peer, listening),
            Some(Way::Relayed(via)) => self.told(peer, *via, listening),
            None => {}
        }
    }

    /// A peer that is reached through a relay says where it listens. Relays say where they see it.
    fn told(&mut self, peer: PeerId, via: Via, listening: &[Multiaddr]) {
        let on_one_computer = via.ip.is_some_and(|ip| ip.is_loopback());
        let told = listening.iter().filter_map(address::socket).chain(self.roster.sockets(&peer));
        let mut addresses: Vec<Multiaddr> = Vec::new();
        for address in told.filter(|socket| is_worth_trying(socket.ip(), on_one_computer)).map(address::multiaddr) {
            if !addresses.contains(&address) && addresses.len() < MAX_ADDRESSES {
                addresses.push(address);
            }
        }
        self.dialer.told(peer, addresses, Instant::now());
    }

    fn identified_directly(&mut self, peer: PeerId, listening: &[Multiaddr]) {
        let here: Vec<_> = self.connections.addresses(&peer).filter_map(address::socket).collect();
        // Only at an address that it's connected from: what else it claims is hearsay that it can announce by mDNS.
        let told =
            listening.iter().filter_map(address::socket).filter(|told| here.iter().any(|at| at.ip() == told.ip()));
        let told: Vec<Multiaddr> = told.map(address::multiaddr).take(MAX_ADDRESSES).collect();
        if !told.is_empty() {
            self.heard(peer, told, false);
            self.events.push_back(Event::Moved(peer));
        }
    }

    pub(super) fn closed(&mut self, id: &libp2p::PeerId, connection: ConnectionId) {
        let Some(peer) = address::from_libp2p(id) else { return };
        let (before, now) = (self.connections.path(&peer), Instant::now());
        let via = match self.connections.way(&peer, connection) {
            Some(Way::Relayed(via)) => via.relay,
            Some(Way::Direct(_)) | None => None,
        };
        if self.connections.closed(&peer, connection) {
            let goodbye = self.farewells.remove(&peer);
            self.deaf_to_typing.remove(&peer);
            self.dialer.lost(&peer, goodbye, now);
            self.relay_lost(&peer, now);
            self.seek_again(peer, via, goodbye, now);
            self.events.push_back(Event::Disconnected(peer));
            let unanswered = self.questions.remove(&peer).into_iter().flat_map(Questions::into_names);
            self.events.extend(unanswered.map(|name| Event::FileAnswered(name, None)));
        } else if self.connections.is_connected(&peer) {
            self.link(peer, now);
            self.roster.lost_one(&peer, now);
            // What we said on the one that is gone may not have arrived.
            self.events.push_back(Event::Connected(peer));
            self.moved_from(before, peer);
        }
        self.mistrust_punches(&peer, now);
    }

    pub(super) fn dial_failed(&mut self, id: Option<&libp2p::PeerId>, connection: ConnectionId, error: &DialError) {
        if let Some((name, _)) = self.reaching.remove(&connection) {
            self.events.push_back(Event::Reached(name, Err(dial_error(error))));
        }
        let peer = id.and_then(address::from_libp2p);
        if let Some(peer) = &peer {
            tracing::debug!(%peer, %error, "could not be dialled");
        }
        if self.punches.remove(&connection)
            || self.sightings.ended(connection)
            || self.relay_dial_failed(peer.as_ref(), connection, error)
        {
            return;
        }
        let Some(peer) = peer else { return };
        if !self.circuit_failed(&peer, connection, error) && self.connections.path(&peer) != Path::Direct {
            self.dialer.failed(&peer, jitter(), Instant::now());
        }
    }
}

/// How a new connection goes.
fn way(endpoint: &ConnectedPoint) -> Way {
    if endpoint.is_relayed() {
        let through = match endpoint {
            ConnectedPoint::Dialer { address, .. } => address,
            ConnectedPoint::Listener { local_addr, .. } => local_addr,
        };
        let relay = through.iter().find_map(|part| if let Protocol::P2p(id) = part { Some(id) } else { None });
        let relay = relay.and_then(|id| address::from_libp2p(&id));
        return Way::Relayed(Via { relay, ip: address::first_ip(through) });
    }
    let mut at = endpoint.get_remote_address().clone();
    if matches!(at.iter().last(), Some(Protocol::P2p(_))) {
        at.pop();
    }
    Way::Direct(at)
}

/// Whether an address that was heard through a relay may be dialled: on local networks; on this computer itself only if the
/// relay is, too.
pub(super) fn is_worth_trying(ip: IpAddr, on_one_computer: bool) -> bool {
    address::is_local(ip) && (on_one_computer || !ip.is_loopback())
}

/// Why a dial failed.
pub(super) fn dial_error(error: &DialError) -> Reason {
    match error {
        DialError::LocalPeerId { .. } => Plain::OwnAddress.into(),
        DialError::Transport(causes) => match causes.first() {
            Some((_, cause)) => innermost(cause),
            None => Plain::NoAnswer.into(),
        },
        other => other.to_string().into(),
    }
}

fn innermost(error: &(dyn std::error::Error + 'static)) -> Reason {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.downcast_ref::<io::Error>().map_or_else(|| error.to_string().into(), Reason::from)
}

#[cfg(test)]
mod tests {
    use libp2p::TransportError;
    use libp2p::core::transport::timeout::TransportTimeoutError;

    use super::*;
    use crate::model::Fault;

    #[test]
    fn libp2p_s_words_for_a_dial_that_failed_are_known() {
        let timeout = TransportTimeoutError::<io::Error>::Timeout;
        let late = TransportError::Other(io::Error::other(timeout));
        for error in [
            DialError::NoAddresses,
            DialError::Aborted,
            DialError::WrongPeerId { obtained: libp2p::PeerId::random(), address: Multiaddr::empty() },
            DialError::Transport(vec![(Multiaddr::empty(), late)]),
            DialError::LocalPeerId { address: Multiaddr::empty() },
            DialError::Transport(Vec::new()),
        ] {
            assert!(!matches!(dial_error(&error), Reason::Other(_)), "{error}");
        }
        let refused = TransportError::Other(io::Error::from(io::ErrorKind::ConnectionRefused));
        let refused = dial_error(&DialError::Transport(vec![(Multiaddr::empty(), refused)]));
        assert!(matches!(refused, Reason::System { fault: Fault::Refused, .. }), "{refused:?}");
    }
}
