//! Whether others come through to this node, as far as what comes by itself tells: nothing is sent to find it out. What is
//! on this computer too, as another profile is, says nothing of the network.

use std::net::IpAddr;

use libp2p::Multiaddr;
use libp2p::core::ConnectedPoint;

use super::{Event, Node};
use crate::model::{Multicast, Network};
use crate::net::{address, interfaces};

/// What has come through since there was a network.
#[derive(Debug, Default)]
pub(super) struct Contact {
    heard: bool,
    reached: bool,
}

impl Node {
    /// How it stands with the network. Since when is for whoever has a clock to say.
    pub fn network(&self) -> Network {
        let Contact { heard, reached } = self.contact;
        Network { since: None, up: self.is_on_a_network(), multicast: self.multicast(heard), reached }
    }

    fn multicast(&self, heard: bool) -> Multicast {
        if self.discovery.is_some() || self.listening.is_to_announce() {
            if heard { Multicast::Heard } else { Multicast::Silent }
        } else if self.listening.is_announcing() {
            Multicast::Failed
        } else {
            Multicast::Off
        }
    }

    fn is_on_a_network(&self) -> bool {
        interfaces::lead_elsewhere(&self.own_ips())
    }

    fn own_ips(&self) -> Vec<IpAddr> {
        self.swarm.listeners().filter_map(address::socket).map(|socket| socket.ip()).collect()
    }

    /// The addresses changed. What came through on a network that is gone says nothing of the next one.
    pub(super) fn contact_moved(&mut self) {
        if !self.is_on_a_network() {
            self.contact = Contact::default();
        }
    }

    /// Somebody announces itself at these addresses.
    pub(super) fn contact_heard(&mut self, addresses: &[Multiaddr]) {
        if self.contact.heard {
            return;
        }
        let own = self.own_ips();
        let mut ips = addresses.iter().filter_map(address::socket).map(|socket| socket.ip());
        if ips.any(|ip| is_elsewhere(ip, &own)) {
            self.contact.heard = true;
            self.events.push_back(Event::Listening);
        }
    }

    /// A connection stands.
    pub(super) fn contact_made(&mut self, endpoint: &ConnectedPoint) {
        if !self.contact.reached && comes_from(endpoint).is_some_and(|ip| is_elsewhere(ip, &self.own_ips())) {
            self.contact.reached = true;
            self.events.push_back(Event::Listening);
        }
    }
}

/// Who opened a connection to an address of this computer. `None`: this node opened it, or it comes through a relay.
fn comes_from(endpoint: &ConnectedPoint) -> Option<IpAddr> {
    let is_direct = endpoint.is_listener() && !endpoint.is_relayed();
    is_direct.then(|| address::first_ip(endpoint.get_remote_address())).flatten()
}

fn is_elsewhere(ip: IpAddr, own: &[IpAddr]) -> bool {
    !ip.is_loopback() && !own.contains(&ip)
}

#[cfg(test)]
mod tests {
    use libp2p::core::Endpoint;
    use libp2p::core::transport::PortUse;
    use libp2p::swarm::ConnectionId;

    use super::super::Config;
    use super::super::harness::Member;
    use super::*;
    use crate::model::PeerId;
    use crate::net::discovery::Hint;

    const HERE: &str = "/ip4/192.0.2.1/tcp/48237";

    const OTHER: &str = "/ip4/192.0.2.7/tcp/48237";

    fn listener(local: &str, remote: &str) -> ConnectedPoint {
        ConnectedPoint::Listener { local_addr: local.parse().unwrap(), send_back_addr: remote.parse().unwrap() }
    }

    #[test]
    fn only_who_opened_a_connection_here_has_reached_this_computer() {
        assert_eq!(comes_from(&listener(HERE, OTHER)), Some([192, 0, 2, 7].into()));
        let relay = "/ip4/192.0.2.9/tcp/48237/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN/p2p-circuit";
        assert_eq!(comes_from(&listener(relay, relay)), None);
        let dialled = ConnectedPoint::Dialer {
            address: OTHER.parse().unwrap(),
            role_override: Endpoint::Dialer,
            port_use: PortUse::New,
        };
        assert_eq!(comes_from(&dialled), None);
    }

    #[test]
    fn this_computer_itself_is_not_elsewhere() {
        let own = [IpAddr::from([192, 0, 2, 1])];
        for (ip, elsewhere) in [([192, 0, 2, 1], false), ([127, 0, 0, 1], false), ([192, 0, 2, 7], true)] {
            assert_eq!(is_elsewhere(ip.into(), &own), elsewhere, "{ip:?}");
        }
    }

    /// One that looks for others on loopback.
    async fn announced() -> Member {
        let listen = ["/ip4/127.0.0.1/tcp/0".to_owned()];
        let ana =
            Config { secret: &[44; 32], listen: &listen, port: 0, interfaces: &[], mdns: true, only_relayed: false };
        let ana = Member::run(44, &ana);
        ana.until("the announcement", |node| node.discovery.is_some()).await;
        ana
    }

    /// Hears somebody at an address, and is connected from there.
    fn meet(node: &mut Node, at: &str) {
        let (peer, connection) = (PeerId::numbered(9), ConnectionId::new_unchecked(usize::MAX));
        let id = address::to_libp2p(&peer).unwrap();
        node.take_hint(Some(Hint::Here(peer, vec![at.parse().unwrap()])));
        node.opened(&id, connection, &listener(HERE, at));
        node.take_hint(Some(Hint::Gone(peer)));
        node.closed(&id, connection);
    }

    #[tokio::test]
    async fn what_comes_through_is_told_once_and_forgotten_with_the_network() {
        let ana = announced().await;
        let nothing = Network { multicast: Multicast::Silent, ..Network::default() };
        ana.ask(move |node| {
            let told = |node: &Node| node.events.iter().filter(|event| matches!(event, Event::Listening)).count();
            node.events.clear();
            meet(node, "/ip4/127.0.0.1/tcp/48237");
            assert_eq!((node.network(), told(node)), (nothing, 0), "what is on this computer");
            meet(node, OTHER);
            assert_eq!(node.network(), Network { multicast: Multicast::Heard, reached: true, ..nothing });
            meet(node, OTHER);
            assert_eq!(told(node), 2);
            node.listening();
            assert_eq!((node.network(), told(node)), (nothing, 3));
        })
        .await;
    }

    #[tokio::test]
    async fn multicast_that_has_ended_is_neither_silent_nor_off() {
        let ana = announced().await;
        ana.ask(|node| {
            node.events.clear();
            node.take_hint(None);
            assert_eq!(node.network().multicast, Multicast::Failed);
            assert!(node.events.iter().any(|event| matches!(event, Event::Listening)));
        })
        .await;
        assert_eq!(Member::start(1).ask(|node| node.network().multicast).await, Multicast::Off);
    }
}
