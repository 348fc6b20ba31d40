//! Who is connected, who of them has a reservation, and how many circuits each takes part in. Counted, never searched; by
//! address as [`address::counted`] gives it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use libp2p::Multiaddr;
use libp2p::swarm::ConnectionId;

use super::handler::Door;
use super::rate::Purse;
use crate::model::PeerId;
use crate::net::address;

/// A connection of a peer.
#[derive(Debug)]
pub(super) struct Link {
    id: ConnectionId,
    /// Where the peer is seen.
    pub(super) seen: IpAddr,
    /// Our own address on this connection.
    pub(super) local: Multiaddr,
    door: Door,
    reserved: bool,
}

impl Link {
    pub(super) fn new(id: ConnectionId, seen: IpAddr, local: Multiaddr, door: Door) -> Self {
        Self { id, seen, local, door, reserved: false }
    }
}

#[derive(Debug)]
struct Member {
    /// Those with a reservation last, the newest reservation at the very end.
    links: Vec<Link>,
    circuits: usize,
    /// Circuits to it that are being opened.
    calls: usize,
    purse: Arc<Purse>,
}

impl Member {
    fn is_reserved(&self) -> bool {
        self.links.last().is_some_and(|link| link.reserved)
    }
}

/// Everybody who is connected, or takes part in a circuit that hasn't ended yet.
#[derive(Debug, Default)]
pub(super) struct Members {
    members: HashMap<PeerId, Member>,
    /// Reservations by where they were made from.
    addresses: HashMap<IpAddr, usize>,
    /// Circuits by who opened them, and from where.
    opened: HashMap<(PeerId, PeerId), usize>,
    opened_at: HashMap<IpAddr, usize>,
    reserved: usize,
}

impl Members {
    /// Members with a reservation.
    pub(super) fn reserved(&self) -> usize {
        self.reserved
    }

    /// Reservations from one address, those included that a member has more than one of.
    pub(super) fn at(&self, seen: IpAddr) -> usize {
        self.addresses.get(&address::counted(seen)).copied().unwrap_or(0)
    }

    pub(super) fn is_reserved(&self, peer: &PeerId) -> bool {
        self.members.get(peer).is_some_and(Member::is_reserved)
    }

    /// Circuits of a member, those included that are being opened.
    pub(super) fn circuits(&self, peer: &PeerId) -> usize {
        self.members.get(peer).map_or(0, |member| member.circuits)
    }

    /// Circuits to a member that are being opened.
    pub(super) fn calls(&self, peer: &PeerId) -> usize {
        self.members.get(peer).map_or(0, |member| member.calls)
    }

    /// Circuits that one has opened to another, those included that are being opened.
    pub(super) fn between(&self, caller: &PeerId, called: &PeerId) -> usize {
        self.opened.get(&(*caller, *called)).copied().unwrap_or(0)
    }

    /// The same for all that were opened from an address.
    pub(super) fn opened_at(&self, seen: IpAddr) -> usize {
        self.opened_at.get(&address::counted(seen)).copied().unwrap_or(0)
    }

    /// What the member's bytes are paid from.
    pub(super) fn purse(&self, peer: &PeerId) -> Option<Arc<Purse>> {
        self.members.get(peer).map(|member| Arc::clone(&member.purse))
    }

    pub(super) fn link(&self, peer: &PeerId, id: ConnectionId) -> Option<&Link> {
        self.members.get(peer)?.links.iter().find(|link| link.id == id)
    }

    /// By which a member is called: the connection of its newest reservation. An older one may be dead already.
    pub(super) fn door(&self, peer: &PeerId) -> Option<&Door> {
        self.reserved_link(peer).map(|link| &link.door)
    }

    fn reserved_link(&self, peer: &PeerId) -> Option<&Link> {
        self.members.get(peer)?.links.last().filter(|link| link.reserved)
    }

    /// A connection stands.
    pub(super) fn opened(&mut self, peer: PeerId, link: Link, now: Instant) {
        let member = self.members.entry(peer).or_insert_with(|| Member {
            links: Vec::new(),
            circuits: 0,
            calls: 0,
            purse: Arc::new(Purse::new(now)),
        });
        member.links.insert(0, link);
    }

    /// A connection ended. `true`: the peer's last reservation went with it.
    pub(super) fn closed(&mut self, peer: &PeerId, id: ConnectionId) -> bool {
        let Some(member) = self.members.get_mut(peer) else { return false };
        let Some(at) = member.links.iter().position(|link| link.id == id) else { return false };
        let link = member.links.remove(at);
        let left = link.reserved && !member.is_reserved();
        if link.reserved {
            one_less(&mut self.addresses, address::counted(link.seen));
        }
        self.reserved -= usize::from(left);
        self.forget(peer);
        left
    }

    /// Makes a reservation on a connection. `true`: it's the member's only one.
    pub(super) fn reserve(&mut self, peer: &PeerId, id: ConnectionId) -> bool {
        let Some(member) = self.members.get_mut(peer) else { return false };
        let Some(at) = member.links.iter().position(|link| link.id == id) else { return false };
        let first = !member.is_reserved();
        let mut link = member.links.remove(at);
        if !link.reserved {
            link.reserved = true;
            *self.addresses.entry(address::counted(link.seen)).or_default() += 1;
        }
        member.links.push(link);
        self.reserved += usize::from(first);
        first
    }

    /// A circuit is being opened.
    pub(super) fn calling(&mut self, caller: &PeerId, seen: IpAddr, called: &PeerId) {
        *self.opened.entry((*caller, *called)).or_default() += 1;
        *self.opened_at.entry(address::counted(seen)).or_default() += 1;
        for peer in [caller, called] {
            if let Some(member) = self.members.get_mut(peer) {
                member.circuits += 1;
            }
        }
        if let Some(member) = self.members.get_mut(called) {
            member.calls += 1;
        }
    }

    /// The circuit stands, or doesn't.
    pub(super) fn called(&mut self, called: &PeerId) {
        if let Some(member) = self.members.get_mut(called) {
            member.calls = member.calls.saturating_sub(1);
        }
    }

    /// A circuit is over.
    pub(super) fn ended(&mut self, caller: &PeerId, seen: IpAddr, called: &PeerId) {
        one_less(&mut self.opened, (*caller, *called));
        one_less(&mut self.opened_at, address::counted(seen));
        for peer in [caller, called] {
            if let Some(member) = self.members.get_mut(peer) {
                member.circuits = member.circuits.saturating_sub(1);
            }
            self.forget(peer);
        }
    }

    /// Nobody is forgotten who is still counted.
    fn forget(&mut self, peer: &PeerId) {
        if self.members.get(peer).is_some_and(|member| member.links.is_empty() && member.circuits == 0) {
            self.members.remove(peer);
        }
    }
}

fn one_less<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: K) {
    if let Entry::Occupied(mut count) = counts.entry(key) {
        *count.get_mut() -= 1;
        if *count.get() == 0 {
            count.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn link(id: usize) -> Link {
        seen_at(HERE, id)
    }

    fn seen_at(seen: IpAddr, id: usize) -> Link {
        Link::new(ConnectionId::new_unchecked(id), seen, Multiaddr::empty(), Door::new().0)
    }

    fn peer(n: u8) -> PeerId {
        PeerId::from_public_key([n; 32])
    }

    fn id(id: usize) -> ConnectionId {
        ConnectionId::new_unchecked(id)
    }

    /// The connection on which a member would be called.
    fn reached(members: &Members, peer: &PeerId) -> Option<ConnectionId> {
        members.reserved_link(peer).map(|link| link.id)
    }

    #[test]
    fn the_newest_reservation_is_called_and_the_older_one_when_it_is_gone() {
        let (mut members, ana, now) = (Members::default(), peer(1), Instant::now());
        members.opened(ana, link(1), now);
        assert_eq!(reached(&members, &ana), None);
        assert!(members.reserve(&ana, id(1)));
        members.opened(ana, link(2), now);
        assert_eq!(reached(&members, &ana), Some(id(1)));
        assert!(!members.reserve(&ana, id(2)));
        assert_eq!(reached(&members, &ana), Some(id(2)));
        assert!(!members.reserve(&ana, id(1)), "a renewal");
        assert_eq!(reached(&members, &ana), Some(id(1)));
        assert_eq!((members.reserved(), members.at(HERE)), (1, 2));
        assert!(!members.closed(&ana, id(1)));
        assert_eq!(reached(&members, &ana), Some(id(2)));
        assert!(members.closed(&ana, id(2)));
        assert!(!members.closed(&ana, id(2)));
        assert_eq!((members.reserved(), members.at(HERE), members.members.len()), (0, 0, 0));
    }

    #[test]
    fn members_of_one_ipv6_network_are_counted_as_one_address() {
        let [one, two, elsewhere] =
            ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"].map(|ip| ip.parse::<IpAddr>().unwrap());
        let (mut members, now) = (Members::default(), Instant::now());
        for (n, seen) in [(1, one), (2, two)] {
            members.opened(peer(n), seen_at(seen, n.into()), now);
            members.reserve(&peer(n), id(n.into()));
        }
        members.calling(&peer(1), one, &peer(2));
        assert_eq!((members.at(one), members.at(elsewhere)), (2, 0));
        assert_eq!((members.opened_at(two), members.opened_at(elsewhere)), (1, 0));
        assert_eq!(members.link(&peer(2), id(2)).map(|link| link.seen), Some(two), "admission asks for all of it");
        members.ended(&peer(1), one, &peer(2));
        members.closed(&peer(1), id(1));
        members.closed(&peer(2), id(2));
        assert!(members.addresses.is_empty() && members.opened_at.is_empty());
    }

    #[test]
    fn who_takes_part_in_a_circuit_is_counted_until_it_ends() {
        let (mut members, ana, luis, now) = (Members::default(), peer(1), peer(2), Instant::now());
        members.opened(ana, link(1), now);
        members.opened(luis, link(2), now);
        members.calling(&ana, HERE, &luis);
        assert_eq!((members.circuits(&ana), members.circuits(&luis)), (1, 1));
        assert_eq!((members.between(&ana, &luis), members.between(&luis, &ana), members.opened_at(HERE)), (1, 0, 1));
        assert_eq!((members.calls(&ana), members.calls(&luis)), (0, 1));
        members.called(&luis);
        members.closed(&ana, id(1));
        assert_eq!((members.circuits(&ana), members.calls(&luis)), (1, 0));
        members.ended(&ana, HERE, &luis);
        assert_eq!((members.circuits(&ana), members.circuits(&luis)), (0, 0));
        assert!(members.opened.is_empty() && members.opened_at.is_empty());
        assert_eq!(members.members.len(), 1);
    }
}
