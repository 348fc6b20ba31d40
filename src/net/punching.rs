//! A direct way through two firewalls: both ends of a circuit dial each other at the same moment, each from the port that
//! it listens at, so that each one's firewall takes the other's packets for the answer to its own.
//!
//! libp2p's [`dcutr`] has the two agree on the moment and dials. This says where this node may be dialled, bounds what a
//! peer can have it dial, and asks again as long as a circuit stands.

mod attempts;

use std::collections::VecDeque;
use std::task::{Context, Poll};
use std::time::Instant;

use either::Either;
use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NewExternalAddrCandidate, NotifyHandler, THandler,
    THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId, dcutr};

use super::address;
use super::dialer::MAX_ADDRESSES;
use attempts::Attempts;

/// The left one of two types. libp2p gives no name to what the handler of a circuit hears and says.
trait Left {
    type Type;
}

impl<L, R> Left for Either<L, R> {
    type Type = L;
}

type Command = <THandlerInEvent<dcutr::Behaviour> as Left>::Type;
type Agreed = <THandlerOutEvent<dcutr::Behaviour> as Left>::Type;

/// [`dcutr::Behaviour`] within bounds. It has to be the last to be asked about a connection: libp2p's panics over one that
/// another refuses afterwards.
pub(super) struct Behaviour {
    inner: dcutr::Behaviour,
    attempts: Attempts,
    /// Whether there's an address to offer: a node that can't be dialled dials nobody, either.
    listening: bool,
    commands: VecDeque<ToSwarm<dcutr::Event, THandlerInEvent<dcutr::Behaviour>>>,
}

impl Behaviour {
    pub(super) fn new(own: PeerId) -> Self {
        let inner = dcutr::Behaviour::new(own);
        Self { inner, attempts: Attempts::default(), listening: false, commands: VecDeque::new() }
    }

    /// This node may be reached at an address, which is told to the other ends of circuits from now on.
    pub(super) fn offer(&mut self, address: &Multiaddr) {
        if is_worth_dialling(address) {
            self.listening = true;
            let candidate = NewExternalAddrCandidate { addr: address };
            self.inner.on_swarm_event(FromSwarm::NewExternalAddrCandidate(candidate));
        }
    }

    /// A peer's direct way soon broke: none is sought until then.
    pub(super) fn mistrust(&mut self, peer: PeerId, until: Instant, now: Instant) {
        self.attempts.mistrust(peer, until, now);
    }

    /// Asks the other ends of circuits once more where that is due.
    pub(super) fn ask_due(&mut self, now: Instant) {
        let ask = |(peer_id, circuit)| ToSwarm::NotifyHandler {
            peer_id,
            handler: NotifyHandler::One(circuit),
            event: Either::Left(Command::Connect),
        };
        self.commands.extend(self.attempts.due(now).into_iter().map(ask));
    }

    /// When [`Behaviour::ask_due`] will have something to do next.
    pub(super) fn next(&self) -> Option<Instant> {
        self.attempts.next().filter(|_| self.listening)
    }

    /// The same with only those addresses that may be dialled. `None`: nobody is to be.
    fn bounded(&mut self, circuit: ConnectionId, agreed: Agreed) -> Option<Agreed> {
        let may_dial = |this: &mut Self, addresses: Vec<Multiaddr>| {
            let addresses = worth_dialling(addresses);
            let may = this.listening && !addresses.is_empty() && this.attempts.may_dial(circuit, Instant::now());
            may.then_some(addresses)
        };
        match agreed {
            Agreed::InboundConnectNegotiated { remote_addrs } => {
                may_dial(self, remote_addrs).map(|remote_addrs| Agreed::InboundConnectNegotiated { remote_addrs })
            }
            Agreed::OutboundConnectNegotiated { remote_addrs } => {
                may_dial(self, remote_addrs).map(|remote_addrs| Agreed::OutboundConnectNegotiated { remote_addrs })
            }
            failed @ (Agreed::InboundConnectFailed { .. } | Agreed::OutboundConnectFailed { .. }) => Some(failed),
        }
    }
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = <dcutr::Behaviour as NetworkBehaviour>::ConnectionHandler;
    type ToSwarm = dcutr::Event;

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.inner.handle_established_inbound_connection(id, peer, local, remote)
    }

    fn handle_established_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.inner.handle_established_outbound_connection(id, peer, address, role, port)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match &event {
            FromSwarm::ConnectionEstablished(made) if made.endpoint.is_relayed() => {
                let asks = made.endpoint.is_listener();
                self.attempts.circuit(made.connection_id, made.peer_id, asks, Instant::now());
            }
            FromSwarm::ConnectionEstablished(made) => self.attempts.direct(made.connection_id, made.peer_id),
            FromSwarm::ConnectionClosed(closed) => self.attempts.closed(closed.connection_id),
            FromSwarm::DialFailure(failed) => self.attempts.ended(failed.connection_id),
            // Any peer's word for where it sees this node. What counts is offered.
            FromSwarm::NewExternalAddrCandidate(_) => return,
            _ => {}
        }
        self.inner.on_swarm_event(event);
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, circuit: ConnectionId, event: THandlerOutEvent<Self>) {
        let agreed = match event {
            Either::Left(agreed) => agreed,
            Either::Right(never) => match never {},
        };
        if let Some(agreed) = self.bounded(circuit, agreed) {
            self.inner.on_connection_handler_event(peer, circuit, Either::Left(agreed));
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        if let Some(command) = self.commands.pop_front() {
            return Poll::Ready(command);
        }
        let polled = self.inner.poll(cx);
        if let Poll::Ready(ToSwarm::Dial { opts }) = &polled
            && let Some(peer) = opts.get_peer_id()
        {
            self.attempts.dialled(&peer, opts.connection_id());
        }
        polled
    }
}

/// Those of a peer's addresses that may be dialled, the latest of them: libp2p tells them in the order in which they were
/// offered.
fn worth_dialling(mut addresses: Vec<Multiaddr>) -> Vec<Multiaddr> {
    addresses.retain(is_worth_dialling);
    addresses.split_off(addresses.len().saturating_sub(MAX_ADDRESSES))
}

/// Whether an address is a TCP port on a local network, and not on this computer: who is on the same one needs no hole.
fn is_worth_dialling(address: &Multiaddr) -> bool {
    let ip = address::socket(address).map(|socket| socket.ip());
    ip.is_some_and(|ip| address::is_local(ip) && !ip.is_loopback())
}

/// Where others may reach a node that is seen at an address and listens at others: there, at the port that it listens at.
/// A router that translates addresses most often leaves ports as they are.
pub(super) fn seen_at<'a>(
    observed: &Multiaddr,
    mut listening: impl Iterator<Item = &'a Multiaddr>,
) -> Option<Multiaddr> {
    let ip = address::first_ip(observed)?;
    let port = listening.find_map(|at| match (address::socket(at)?, ip.is_ipv4()) {
        (at, v4) if at.is_ipv4() == v4 => Some(at.port()),
        _ => None,
    })?;
    Some(Multiaddr::from(ip).with(Protocol::Tcp(port)))
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn at(text: &str) -> Multiaddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_local_networks_are_dialled_and_few_addresses() {
        let id = PeerId::random();
        for (address, worth) in [
            (format!("/ip4/10.0.0.1/tcp/1/p2p/{id}"), true),
            ("/ip6/fd00::1/tcp/1".to_owned(), true),
            ("/ip4/127.0.0.1/tcp/1".to_owned(), false),
            ("/ip4/8.8.8.8/tcp/1".to_owned(), false),
            ("/ip4/10.0.0.1/udp/1/quic-v1".to_owned(), false),
            ("/dns4/example.org/tcp/1".to_owned(), false),
            (format!("/ip4/10.0.0.1/tcp/1/p2p/{id}/p2p-circuit"), false),
        ] {
            assert_eq!(is_worth_dialling(&at(&address)), worth, "{address}");
        }
        let many: Vec<Multiaddr> = (1..=20).map(|n| at(&format!("/ip4/10.0.0.{n}/tcp/1"))).collect();
        assert_eq!(worth_dialling(many.clone()), many[20 - MAX_ADDRESSES..]);
    }

    /// Whether one end of a circuit dials once the other has named these addresses.
    fn dials(behaviour: &mut Behaviour, peer: PeerId, addresses: &[&str]) -> bool {
        let circuit = ConnectionId::new_unchecked(1);
        behaviour.attempts.circuit(circuit, peer, false, Instant::now());
        let agreed = Agreed::InboundConnectNegotiated { remote_addrs: addresses.iter().map(|text| at(text)).collect() };
        behaviour.on_connection_handler_event(peer, circuit, Either::Left(agreed));
        let dialled = behaviour.poll(&mut Context::from_waker(Waker::noop()));
        matches!(dialled, Poll::Ready(ToSwarm::Dial { .. }))
    }

    #[test]
    fn a_peer_has_us_dial_local_networks_alone_and_nobody_who_can_not_be_dialled() {
        let peer = PeerId::random();
        let mut behaviour = Behaviour::new(PeerId::random());
        assert!(!dials(&mut behaviour, peer, &["/ip4/10.0.0.1/tcp/1"]), "it listens nowhere");
        behaviour.offer(&at("/ip4/127.0.0.1/tcp/1"));
        assert!(!dials(&mut behaviour, peer, &["/ip4/10.0.0.1/tcp/1"]), "nor does it now for anybody else");
        behaviour.offer(&at("/ip4/10.0.0.2/tcp/1"));
        assert!(!dials(&mut behaviour, peer, &["/ip4/8.8.8.8/tcp/1", "/ip4/127.0.0.1/tcp/22"]));
        assert!(dials(&mut behaviour, peer, &["/ip4/8.8.8.8/tcp/1", "/ip4/10.0.0.1/tcp/1"]));
        assert!(!dials(&mut behaviour, peer, &["/ip4/10.0.0.1/tcp/1"]), "one at a time");
    }

    #[test]
    fn who_is_seen_by_a_router_s_address_is_dialled_at_its_own_port() {
        let listening = [at("/ip6/fd00::1/tcp/7"), at("/ip4/10.0.0.1/tcp/48237")];
        let seen = |observed: &str| seen_at(&at(observed), listening.iter());
        assert_eq!(seen("/ip4/192.168.1.1/tcp/50000"), Some(at("/ip4/192.168.1.1/tcp/48237")));
        assert_eq!(seen("/ip6/fd00::9/tcp/50000"), Some(at("/ip6/fd00::9/tcp/7")));
        assert_eq!(seen_at(&at("/ip4/192.168.1.1/tcp/50000"), [].iter()), None);
    }
}
