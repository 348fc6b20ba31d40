//! Who may connect: decided before anything is computed for them. A handshake costs the relay as much as whoever asks for
//! it, so that what one address can ask for has to have an end.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::{
    ConnectionClosed, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandlerInEvent, THandlerOutEvent,
    ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};

use super::limits::Limits;
use super::refusal::Refusal;
use crate::net::address;
use crate::protocol::budget::Bucket;

/// Connections that are being made, in all and from one address.
const MAX_PENDING: usize = 256;
const MAX_PENDING_AT_ONE: usize = 32;

/// Those from one address once half of the places are taken: so that a few addresses can't keep everybody else out.
const FEW_PENDING_AT_ONE: usize = 4;

/// Connections of one peer: a living one, one that it doesn't know to be dead yet, and one for the change.
const MAX_OF_ONE_PEER: usize = 3;

/// Connections beyond those of as many members as there may be: of those who come back before their old one is known to
/// be dead, and of those who are to be told that the relay is full.
pub(super) const SPARE: usize = 256;

/// The same of one address.
const SPARE_AT_ONE: usize = 32;

/// Seconds whose connections an address may make at once.
const SAVED: f64 = 4.0;

/// Addresses that are remembered though nobody is there, as they have made too many connections of late.
const MAX_REMEMBERED: usize = 4_096;

/// What is known of an IP address, as [`address::counted`] gives it.
#[derive(Debug)]
struct Place {
    pending: usize,
    established: usize,
    /// Connections that it may make at once.
    bucket: Bucket,
}

/// Counts connections, and refuses those that are too many.
#[derive(Debug)]
pub(super) struct Gate {
    limits: Arc<Limits>,
    /// Connections that this process has files for.
    files: usize,
    places: HashMap<IpAddr, Place>,
    pending: HashMap<ConnectionId, IpAddr>,
    established: HashMap<ConnectionId, IpAddr>,
    peers: HashMap<PeerId, usize>,
    start: Instant,
}

impl Gate {
    /// A gate for a process that may have so many connections.
    pub(super) fn new(limits: Arc<Limits>, files: usize) -> Self {
        let (places, pending, established) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { limits, files, places, pending, established, peers: HashMap::new(), start: Instant::now() }
    }

    /// Other limits from now on, and files for so many connections.
    pub(super) fn set_limits(&mut self, limits: Arc<Limits>, files: usize) {
        (self.limits, self.files) = (limits, files);
    }

    /// Connections that there may be.
    fn most(&self) -> usize {
        self.files.min(self.limits.members.saturating_add(SPARE))
    }

    /// How many strangers would have to go for as many newcomers as come in a moment to be let in.
    pub(super) fn too_few(&self) -> usize {
        (self.pending.len() + self.established.len() + SPARE / 2).saturating_sub(self.most())
    }

    /// Somebody knocks.
    fn knock(&mut self, id: ConnectionId, at: IpAddr, now: Duration) -> Result<(), Refusal> {
        if self.pending.len() >= MAX_PENDING {
            return Err(Refusal::Flood);
        }
        if self.pending.len() + self.established.len() >= self.most() {
            return Err(Refusal::Full);
        }
        let rate = f64::from(self.limits.connect_rate);
        let burst = (rate * SAVED).max(1.0);
        self.make_room(at, burst, rate, now);
        let new = || Place { pending: 0, established: 0, bucket: Bucket::new(burst, now) };
        let place = self.places.entry(at).or_insert_with(new);
        if !place.bucket.take(burst, rate, 1, now) {
            return Err(Refusal::Flood);
        }
        let most_at_one = self.limits.members_per_address.saturating_add(SPARE_AT_ONE);
        let is_busy = self.pending.len() >= MAX_PENDING / 2;
        if place.pending >= if is_busy { FEW_PENDING_AT_ONE } else { MAX_PENDING_AT_ONE } {
            return Err(Refusal::Flood);
        }
        if place.pending + place.established >= most_at_one {
            return Err(Refusal::AddressFull);
        }
        place.pending += 1;
        self.pending.insert(id, at);
        Ok(())
    }

    /// Somebody has proven who they are.
    fn enter(&mut self, id: ConnectionId, peer: PeerId) -> Result<(), Refusal> {
        // Without a knock nobody comes this far.
        let at = self.settle(id).ok_or(Refusal::Full)?;
        if address::from_libp2p(&peer).is_none() {
            return Err(Refusal::Invalid);
        }
        let of_peer = self.peers.entry(peer).or_default();
        if *of_peer >= MAX_OF_ONE_PEER {
            return Err(Refusal::TooManyConnections);
        }
        *of_peer += 1;
        self.established.insert(id, at);
        if let Some(place) = self.places.get_mut(&at) {
            place.established += 1;
        }
        Ok(())
    }

    /// A connection is no longer being made.
    fn settle(&mut self, id: ConnectionId) -> Option<IpAddr> {
        let at = self.pending.remove(&id)?;
        if let Some(place) = self.places.get_mut(&at) {
            place.pending = place.pending.saturating_sub(1);
        }
        Some(at)
    }

    /// A connection that had been let in is over.
    fn leave(&mut self, id: ConnectionId, peer: &PeerId) {
        let Some(at) = self.established.remove(&id) else { return };
        if let Some(place) = self.places.get_mut(&at) {
            place.established = place.established.saturating_sub(1);
        }
        if let Some(of_peer) = self.peers.get_mut(peer) {
            *of_peer = of_peer.saturating_sub(1);
            if *of_peer == 0 {
                self.peers.remove(peer);
            }
        }
    }

    /// An address where nobody is, and whose connections are long past, is as good as a new one.
    fn make_room(&mut self, newcomer: IpAddr, burst: f64, rate: f64, now: Duration) {
        let taken = self.pending.len() + self.established.len();
        if self.places.len() < taken + MAX_REMEMBERED || self.places.contains_key(&newcomer) {
            return;
        }
        let is_there = |place: &Place| place.pending + place.established > 0;
        self.places.retain(|_, place| is_there(place) || place.bucket.filled(rate, now) < burst);
        if self.places.len() >= taken + MAX_REMEMBERED {
            self.places.retain(|_, place| is_there(place));
        }
    }
}

impl NetworkBehaviour for Gate {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        id: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        let at = address::counted(address::seen_at(remote));
        self.knock(id, at, self.start.elapsed()).map_err(ConnectionDenied::new)
    }

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<dummy::ConnectionHandler, ConnectionDenied> {
        self.enter(id, peer).map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<dummy::ConnectionHandler, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionClosed(ConnectionClosed { peer_id, connection_id, .. }) => {
                self.leave(connection_id, &peer_id);
            }
            FromSwarm::ListenFailure(failure) => {
                self.settle(failure.connection_id);
                // Another behaviour didn't want it after all.
                if let Some(peer) = failure.peer_id {
                    self.leave(failure.connection_id, &peer);
                }
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Infallible, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use libp2p::multihash::Multihash;

    use super::*;

    fn id(n: usize) -> ConnectionId {
        ConnectionId::new_unchecked(n)
    }

    fn ip(n: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(n))
    }

    fn member(n: u16) -> PeerId {
        address::to_libp2p(&crate::model::PeerId::numbered(n)).unwrap()
    }

    fn gate(limits: Limits) -> Gate {
        Gate::new(Arc::new(limits), usize::MAX)
    }

    #[test]
    fn an_address_has_its_share_of_handshakes_and_others_have_theirs() {
        let (mut gate, now) = (gate(Limits::default()), Duration::ZERO);
        for n in 0..MAX_PENDING_AT_ONE {
            assert_eq!(gate.knock(id(n), ip(1), now), Ok(()));
        }
        assert_eq!(gate.knock(id(100), ip(1), now), Err(Refusal::Flood));
        assert_eq!(gate.knock(id(101), ip(2), now), Ok(()));
        gate.settle(id(0));
        assert_eq!(gate.knock(id(102), ip(1), now), Ok(()));
    }

    #[test]
    fn one_ipv6_network_has_the_share_of_one_address() {
        let mut gate = gate(Limits::default());
        let mut knock = |n: usize, network: u16| {
            let remote = format!("/ip6/2001:db8:0:{network:x}::{n:x}/tcp/1").parse().unwrap();
            gate.handle_pending_inbound_connection(id(usize::from(network) * 100 + n), &Multiaddr::empty(), &remote)
        };
        for n in 0..MAX_PENDING_AT_ONE {
            assert!(knock(n, 1).is_ok());
        }
        assert!(knock(99, 1).is_err());
        assert!(knock(99, 2).is_ok());
    }

    #[test]
    fn a_few_addresses_do_not_keep_the_others_out() {
        let (mut gate, now) = (gate(Limits::default()), Duration::ZERO);
        let mut knocks = 0;
        for address in 0..8 {
            for _ in 0..MAX_PENDING_AT_ONE {
                knocks += 1;
                let _ = gate.knock(id(knocks), ip(address), now);
            }
        }
        assert_eq!(gate.pending.len(), MAX_PENDING / 2 + 4 * FEW_PENDING_AT_ONE);
        for address in 100..110 {
            knocks += 1;
            assert_eq!(gate.knock(id(knocks), ip(address), now), Ok(()));
        }
    }

    #[test]
    fn an_address_that_knocks_all_the_time_is_let_in_at_its_rate() {
        let (mut gate, start) = (gate(Limits { connect_rate: 10, ..Limits::default() }), Duration::ZERO);
        let mut let_in = 0;
        for n in 0..10_000 {
            let now = start + Duration::from_millis(n);
            if gate.knock(id(n as usize), ip(1), now).is_ok() {
                let_in += 1;
                gate.settle(id(n as usize));
            }
        }
        assert!((135..=141).contains(&let_in), "{let_in}: 40 at once, 100 in 10 s");
    }

    #[test]
    fn connections_are_counted_in_all_by_address_and_by_peer() {
        let limits = Limits { members: 4, members_per_address: 5, ..Limits::default() };
        let (mut gate, now) = (gate(limits), Duration::ZERO);
        let mut connect = |n: usize, at: IpAddr, peer: PeerId| {
            gate.knock(id(n), at, now)?;
            gate.enter(id(n), peer)
        };
        for n in 0..MAX_OF_ONE_PEER {
            assert_eq!(connect(n, ip(1), member(1)), Ok(()));
        }
        assert_eq!(connect(10, ip(1), member(1)), Err(Refusal::TooManyConnections));
        for n in 20..20 + 5 + SPARE_AT_ONE - MAX_OF_ONE_PEER {
            assert_eq!(connect(n, ip(1), member(n as u16)), Ok(()));
        }
        assert_eq!(connect(11, ip(1), member(2)), Err(Refusal::AddressFull));
        let foreign = Multihash::wrap(0x12, &[7; 32]).unwrap();
        assert_eq!(connect(14, ip(2), PeerId::from_multihash(foreign).unwrap()), Err(Refusal::Invalid));
        for n in 100..100 + 4 + SPARE - 5 - SPARE_AT_ONE {
            assert_eq!(connect(n, ip(n as u32), member(n as u16)), Ok(()), "{n}");
        }
        assert_eq!(connect(12, ip(2), member(5)), Err(Refusal::Full));
        assert_eq!(gate.too_few(), SPARE / 2);
        gate.leave(id(0), &member(1));
        assert_eq!(gate.knock(id(13), ip(2), now), Ok(()));
        assert_eq!(gate.enter(id(13), member(1)), Ok(()));
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let (mut gate, now) = (gate(Limits::default()), Duration::ZERO);
        for n in 0..3 * MAX_REMEMBERED {
            gate.knock(id(n), ip(n as u32), now).unwrap();
            gate.enter(id(n), member(n as u16)).unwrap();
            gate.leave(id(n), &member(n as u16));
        }
        assert!(gate.places.len() <= MAX_REMEMBERED + 1, "{}", gate.places.len());
        assert!(gate.pending.is_empty() && gate.established.is_empty() && gate.peers.is_empty());
    }

    #[test]
    fn no_more_connections_than_there_are_files() {
        let (mut gate, now) = (Gate::new(Arc::new(Limits::default()), 2), Duration::ZERO);
        assert_eq!(gate.knock(id(1), ip(1), now), Ok(()));
        assert_eq!(gate.knock(id(2), ip(1), now), Ok(()));
        assert_eq!(gate.knock(id(3), ip(1), now), Err(Refusal::Full));
    }
}
