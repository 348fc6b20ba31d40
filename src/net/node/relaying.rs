//! Relays: how they are reached and left, a place at each, and circuits to peers behind them.

use std::io;
use std::time::{Duration, Instant};

use libp2p::core::transport::ListenerId;
use libp2p::relay;
use libp2p::relay::outbound::hop::ConnectError;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, DialError};
use libp2p::{Multiaddr, Swarm};

use super::super::address::{self, Circuit};
use super::super::behaviour::Behaviour;
use super::super::circuits::{Failure, Wanted};
use super::super::relays::{Dial, GivenRelay};
use super::opening::dial_error;
use super::roster::AFTER_LIES;
use super::{Event, NetError, Node, RequestId, jitter};
use crate::model::{PeerId, Plain, Presence, Reason, RelayStatus};
use crate::protocol::wire::hello::Introduction;

/// How much later the one of the larger id makes a circuit anew that both have lost: so that they don't cross.
const AFTER_THE_OTHER: Duration = Duration::from_millis(500);

impl Node {
    /// These are the relays that a person gave, and no others. Those that were found stay.
    pub fn give_relays(&mut self, relays: Vec<GivenRelay>) {
        for relay in self.relays.give(relays, Instant::now()) {
            self.leave(&relay);
        }
    }

    /// A relay isn't used any more once it's no longer [given](Self::give_relays), though it was met before. If it's found on
    /// the network again, it is.
    pub fn disregard_relay(&mut self, relay: &PeerId) {
        self.relays.disregard(relay);
    }

    /// Whether relays that are found on the network are used. They are, unless this says otherwise.
    pub fn find_relays(&mut self, finding: bool) {
        for relay in self.relays.find(finding) {
            self.leave(&relay);
        }
    }

    /// The relays that this node knows of, and how it stands with each; the preferred first.
    pub fn relays(&self) -> Vec<RelayStatus> {
        self.relays.statuses()
    }

    /// Something is to be said to somebody: if relays list them and nothing leads there, a circuit is made. Nothing is told
    /// but [`Event::Connected`], or [`Event::Listed`] with `None` where they aren't there after all.
    pub fn call(&mut self, peer: &PeerId) {
        if self.roster.is_listed(peer) && self.connections.wants_circuit(peer) {
            self.circuits.call(*peer, Instant::now());
        }
    }

    pub(super) fn tell_relays(&mut self) {
        if self.relays.is_changed() {
            self.events.push_back(Event::Relays);
        }
    }

    /// A peer that is connected has said that it's a relay: if there's use for it, this node becomes its member.
    pub(super) fn met_relay(&mut self, relay: PeerId, introduction: &Introduction) {
        let now = Instant::now();
        self.dialer.forget(&relay);
        // A relay never dials: whatever has dialled us is none that others could reach.
        let Some(at) = self.connections.dialled_at(&relay).cloned() else { return };
        let wanted = self.relays.introduced(relay, introduction.nickname.clone(), &at, now);
        if introduction.presence != Presence::Offline && (wanted || self.relays.is_joined(&relay)) {
            self.roster.met(self.own, relay, now);
        } else {
            self.leave(&relay);
        }
    }

    /// Ends the membership at a relay, and the connection.
    pub(super) fn leave(&mut self, relay: &PeerId) {
        self.part(relay, Instant::now());
        self.disconnect(relay, false);
    }

    /// A peer's last connection ended. If it's a relay, it's dialled again.
    pub(super) fn relay_lost(&mut self, relay: &PeerId, now: Instant) {
        self.reservations.lost(relay);
        self.relays.lost(relay, jitter(), now);
        self.part(relay, now);
    }

    /// Looks for a peer behind a relay. The relay is dialled first where it isn't connected.
    pub(super) fn reach_through(&mut self, name: RequestId, circuit: Circuit) {
        let Circuit { relay, relay_at, peer } = circuit;
        let now = Instant::now();
        if peer == self.own {
            return self.events.push_back(Event::Reached(name, Err(Plain::OwnAddress.into())));
        }
        if !self.relays.lead_through(relay, relay_at, now) || !self.circuits.given(peer, relay, now) {
            return self.events.push_back(Event::Reached(name, Err(Plain::TooManyWays.into())));
        }
        self.call(&peer);
        self.reaching_through.push((peer, name));
        if self.connections.is_connected(&peer) {
            self.reached_through(&peer, &Ok(peer));
        }
    }

    /// Tells those who asked for a peer behind a relay.
    pub(super) fn reached_through(&mut self, peer: &PeerId, result: &Result<PeerId, Reason>) {
        for (_, name) in self.reaching_through.extract_if(.., |(sought, _)| sought == peer) {
            self.events.push_back(Event::Reached(name, result.clone()));
        }
    }

    /// A dial came to nothing. `false`: it was none for a circuit.
    pub(super) fn circuit_failed(&mut self, peer: &PeerId, dial: ConnectionId, error: &DialError) -> bool {
        let cause = connect_cause(error);
        let absent = matches!(cause, Some(ConnectError::NoReservation));
        let now = Instant::now();
        match self.circuits.failed(peer, dial, absent, jitter(), now) {
            None => return false,
            Some(Failure::Passing) => {}
            Some(Failure::Absent(relay)) => self.missed_at(&relay, peer),
        }
        self.reached_through(peer, &Err(circuit_error(error)));
        true
    }

    /// A dial came to nothing. `false`: it was none to a relay. Nobody behind it is reached, either.
    pub(super) fn relay_dial_failed(&mut self, relay: Option<&PeerId>, dial: ConnectionId, error: &DialError) -> bool {
        if matches!(error, DialError::WrongPeerId { .. }) {
            self.relays.is_elsewhere(dial);
        }
        let cause = dial_error(error);
        if !self.relays.failed(dial, cause.clone(), jitter(), Instant::now()) {
            return false;
        }
        let behind = |(peer, _): &(PeerId, RequestId)| relay.is_some() && self.circuits.way(peer) == relay;
        let sought: Vec<PeerId> =
            self.reaching_through.iter().filter(|asked| behind(asked)).map(|(peer, _)| *peer).collect();
        for peer in sought {
            self.reached_through(&peer, &Err(Reason::RelayAway(Box::new(cause.clone()))));
        }
        true
    }

    /// Dials relays, asks them for places and circuits, and leaves those that are too many.
    pub(super) fn relay_due(&mut self) {
        let now = Instant::now();
        for dial in self.relays.due(now) {
            let connection = dial_relay(&mut self.swarm, &dial);
            self.relays.dialled(dial.name, connection, now);
        }
        for (relay, at) in self.reservations.due(now) {
            let listener = address::listen_address(&relay, &at).and_then(|address| self.swarm.listen_on(address).ok());
            self.reservations.asked(&relay, listener, now);
        }
        for (peer, relay) in self.circuits.due(now, |peer, wanted| self.ways_to(peer, wanted)) {
            self.dial_circuit(peer, relay);
        }
        if let Some(relay) = self.relays.surplus(|relay| self.connections.is_used(relay)) {
            self.leave(&relay);
        }
    }

    /// When relays are to be dialled or asked for something next.
    pub(super) fn next_relaying(&self) -> Option<Instant> {
        let circuits = self.circuits.next(|peer, wanted| self.ways_to(peer, wanted));
        [self.relays.next(), self.reservations.next(), circuits].into_iter().flatten().min()
    }

    /// The relays by which a circuit to a peer can be made, the preferred first; none where it wouldn't be better than what
    /// there is. The relays have to be connected, by a dial of this node's: libp2p would dial them itself, from the port that
    /// this node listens at.
    pub(super) fn ways_to(&self, peer: &PeerId, wanted: &Wanted) -> Vec<PeerId> {
        if !self.connections.wants_circuit(peer) {
            return Vec::new();
        }
        let is_connected = |relay: &&PeerId| self.connections.dialled_at(relay).is_some();
        let given = wanted.given.as_ref().filter(is_connected);
        if !self.roster.is_listed(peer) {
            return given.into_iter().copied().collect();
        }
        if !wanted.called {
            return Vec::new();
        }
        let listing = self.relays.in_use().filter(|relay| self.roster.lists(relay, peer));
        listing.filter(is_connected).copied().collect()
    }

    fn dial_circuit(&mut self, peer: PeerId, relay: PeerId) {
        let at = self.connections.dialled_at(&relay).and_then(|at| address::listen_address(&relay, at));
        let (Some(id), Some(address)) = (address::to_libp2p(&peer), at) else { return };
        let options = DialOpts::peer_id(id).condition(PeerCondition::Always).addresses(vec![address]).build();
        let connection = options.connection_id();
        self.circuits.dialled(&peer, relay, connection);
        if let Err(error) = self.swarm.dial(options) {
            self.circuit_failed(&peer, connection, &error);
        }
    }

    /// A peer's last connection ended. If something was being said, another way is sought at once, by another relay than
    /// `before` if there is one.
    pub(super) fn seek_again(&mut self, peer: PeerId, before: Option<PeerId>, goodbye: bool, now: Instant) {
        let was_in_use = self.exchanges.parted(&peer, now) || self.is_asking(&peer);
        if goodbye {
            return self.circuits.left(&peer, now);
        }
        if was_in_use && self.roster.is_listed(&peer) {
            let first = self.own < peer;
            self.circuits.call(peer, if first { now } else { now + AFTER_THE_OTHER });
        }
        if let Some(relay) = before {
            self.circuits.broke(&peer, relay, now);
        }
    }

    /// Whether answers are waited for, which may take long.
    fn is_asking(&self, peer: &PeerId) -> bool {
        self.questions.get(peer).is_some_and(|questions| !questions.is_empty())
    }

    /// When there will have been nothing said with somebody for too long. `None`: something is being said.
    pub(super) fn idle_from(&self, peer: &PeerId) -> Option<Instant> {
        self.exchanges.idle(peer).filter(|_| !self.is_asking(peer))
    }

    /// Who is reached through a relay, and could be again, though nothing was said for long.
    pub(super) fn idle(&self, now: Instant) -> Vec<PeerId> {
        self.idling().filter(|(_, at)| *at <= now).map(|(peer, _)| peer).collect()
    }

    pub(super) fn next_idle(&self) -> Option<Instant> {
        self.idling().map(|(_, at)| at).min()
    }

    fn idling(&self) -> impl Iterator<Item = (PeerId, Instant)> {
        let listed = self.connections.relayed().filter(|peer| self.roster.is_listed(peer));
        listed.filter_map(|peer| Some((*peer, self.idle_from(peer)?)))
    }

    pub(super) fn circuit_event(&mut self, event: relay::client::Event) {
        if let relay::client::Event::ReservationReqAccepted { relay_peer_id, .. } = event
            && let Some(relay) = address::from_libp2p(&relay_peer_id)
        {
            tracing::info!(%relay, "reached through a relay");
            if self.reservations.accepted(&relay, Instant::now()) {
                self.relays.has_place(&relay, true);
            } else {
                self.put_off(relay, Plain::PlacesDontLast, AFTER_LIES);
            }
        }
    }

    /// A listener has another address. One at a relay comes with the place, a few at most.
    pub(super) fn listens_at(&mut self, listener: ListenerId) {
        if let Some(relay) = self.reservations.has_address(listener) {
            self.put_off(relay, Plain::TooManyAddresses, AFTER_LIES);
        }
    }

    /// A listener ended: a place at a relay, or an address of this computer.
    pub(super) fn listener_closed(&mut self, listener: ListenerId, reason: Result<(), io::Error>) {
        let place = self.reservations.closed(listener, Instant::now());
        match (place, reason) {
            (Some(relay), reason) => {
                tracing::info!(%relay, ?reason, "no longer reached through a relay");
                self.relays.has_place(&relay, false);
            }
            (None, Ok(())) => {}
            (None, Err(error)) => {
                self.events.push_back(Event::Warning(NetError::Closed(error.into())));
            }
        }
    }
}

/// Dials a relay, as any other connection from a port of its own. `None`: it can't be dialled now.
fn dial_relay(swarm: &mut Swarm<Behaviour>, dial: &Dial) -> Option<ConnectionId> {
    let options = match dial.peer.as_ref().and_then(address::to_libp2p) {
        Some(id) => DialOpts::peer_id(id)
            .condition(PeerCondition::DisconnectedAndNotDialing)
            .addresses(dial.addresses.clone())
            .allocate_new_port()
            .build(),
        None => {
            let address: Multiaddr = dial.addresses.first()?.clone();
            DialOpts::unknown_peer_id().address(address).allocate_new_port().build()
        }
    };
    let connection = options.connection_id();
    swarm.dial(options).ok().map(|()| connection)
}

/// Why a circuit was not made.
fn circuit_error(error: &DialError) -> Reason {
    match connect_cause(error) {
        Some(ConnectError::NoReservation) => Plain::NotAtRelay.into(),
        Some(ConnectError::ConnectionFailed) => Plain::NotThroughRelay.into(),
        Some(ConnectError::ResourceLimitExceeded) => Plain::RelayFull.into(),
        Some(ConnectError::PermissionDenied) => Plain::RelayForbids.into(),
        Some(ConnectError::Unsupported) => Plain::NotARelay.into(),
        Some(ConnectError::Io(_) | ConnectError::Protocol(_)) | None => dial_error(error),
    }
}

fn connect_cause(error: &DialError) -> Option<&ConnectError> {
    let DialError::Transport(causes) = error else { return None };
    causes.first().and_then(|(_, cause)| connect_error(cause))
}

/// What the relay said, inside what the transport makes of it.
fn connect_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a ConnectError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    #[tokio::test]
    async fn who_drops_the_circuit_of_a_persons_way_at_once_is_dialled_again_after_a_while() {
        let config =
            Config { secret: &[1; 32], listen: &[], port: 0, interfaces: &[], mdns: false, only_relayed: true };
        let mut node = Node::start(&config).unwrap();
        let (luis, relay, now) = (PeerId::numbered(1), PeerId::numbered(2), Instant::now());
        assert!(node.circuits.given(luis, relay, now));
        node.exchanges.met(luis, now);
        node.seek_again(luis, Some(relay), false, now);
        let by_the_relay = |_: &PeerId, wanted: &Wanted| wanted.given.into_iter().collect();
        assert!(node.circuits.next(by_the_relay).unwrap() > now);
        node.circuits.met(&luis);
        assert_eq!(node.circuits.next(by_the_relay), Some(now), "they have said something meanwhile");
    }
}
