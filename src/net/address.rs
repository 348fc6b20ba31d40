//! Addresses as people write them and as the network gives them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;
use thiserror::Error;

use crate::model::{DEFAULT_PORT, PeerId};

/// Longest text that is read as an address.
const MAX_ADDRESS_CHARS: usize = 512;

/// Why a text isn't an address that can be dialled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Neither a multiaddr nor an IP address with an optional port.
    #[error("neither a multiaddr nor host:port")]
    Unreadable,
    /// A multiaddr without the parts that are needed.
    #[error("it needs an IP address and a TCP port")]
    NotTcp,
    /// A way through a relay that doesn't say whose the relay is, or who is behind it.
    #[error("a way through a relay needs the relay's id and the peer's: …/p2p/RELAY/p2p-circuit/p2p/PEER")]
    HalfACircuit,
    /// It names a peer by an id that isn't an Ed25519 one.
    #[error("the peer id in it is not one of vecino's")]
    ForeignPeer,
    /// A name that could not be resolved to an IP address.
    #[error("the name “{0}” is not known on this network")]
    UnknownHost(String),
}

/// A multiaddr to dial, and whom it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Without the peer's id.
    pub(super) address: Multiaddr,
    /// The id that was in it. There is one in each way through a relay.
    pub peer: Option<PeerId>,
}

/// A way to a peer through a relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Circuit {
    pub(super) relay: PeerId,
    /// Where the relay itself is.
    pub(super) relay_at: Multiaddr,
    /// Who is behind it.
    pub(super) peer: PeerId,
}

impl fmt::Display for Target {
    /// The multiaddr; with the peer's id only where it goes through a relay, and says nothing without it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)?;
        match self.peer.filter(|_| is_circuit(&self.address)) {
            Some(peer) => write!(f, "/p2p/{peer}"),
            None => Ok(()),
        }
    }
}

impl Target {
    /// Reads `/ip4/192.168.1.20/tcp/48237`, with or without `/p2p/…`, or the same of a relay with
    /// `/p2p/…/p2p-circuit/p2p/…`.
    fn from_multiaddr(text: &str) -> Result<Self, AddressError> {
        let mut address = Multiaddr::from_str(text).map_err(|_| AddressError::Unreadable)?;
        let peer = match address.iter().last() {
            Some(Protocol::P2p(id)) => {
                address.pop();
                Some(from_libp2p(&id).ok_or(AddressError::ForeignPeer)?)
            }
            _ => None,
        };
        if is_circuit(&address) {
            let whole = peer.is_some() && split_circuit(&address).is_some();
            return if whole { Ok(Self { address, peer }) } else { Err(AddressError::HalfACircuit) };
        }
        if socket(&address).is_some() { Ok(Self { address, peer }) } else { Err(AddressError::NotTcp) }
    }

    /// The way, where it goes through a relay.
    pub(super) fn circuit(&self) -> Option<Circuit> {
        let (relay, relay_at) = split_circuit(&self.address)?;
        Some(Circuit { relay, relay_at, peer: self.peer? })
    }

    /// Reads an address as a person writes it: a multiaddr, `host:port`, or a host alone (at [`DEFAULT_PORT`]).
    /// A host's name is looked up.
    pub async fn resolve(text: &str) -> Result<Self, AddressError> {
        match Written::read(text)? {
            Written::Address(target) => Ok(target),
            Written::Host(host, port) => {
                let unknown = || AddressError::UnknownHost(host.clone());
                let mut found = tokio::net::lookup_host((host.as_str(), port)).await.map_err(|_| unknown())?;
                Self::from_socket(found.next().ok_or_else(unknown)?)
            }
        }
    }

    fn from_socket(socket: SocketAddr) -> Result<Self, AddressError> {
        if socket.port() == 0 || socket.ip().is_unspecified() {
            return Err(AddressError::NotTcp);
        }
        Ok(Self { address: multiaddr(socket), peer: None })
    }

    /// Where `peer` listens.
    pub fn of_peer(peer: PeerId, socket: SocketAddr) -> Self {
        Self { address: multiaddr(socket), peer: Some(peer) }
    }

    /// The socket that is dialled; `None` where it's behind a relay.
    pub fn socket(&self) -> Option<SocketAddr> {
        socket(&self.address)
    }
}

/// An address as a person writes it.
enum Written {
    Address(Target),
    /// A name to look up, and a port.
    Host(String, u16),
}

impl Written {
    fn read(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > MAX_ADDRESS_CHARS {
            return Err(AddressError::Unreadable);
        }
        if text.starts_with('/') {
            return Target::from_multiaddr(text).map(Self::Address);
        }
        if let Ok(socket) = text.parse::<SocketAddr>() {
            return Target::from_socket(socket).map(Self::Address);
        }
        if let Ok(ip) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Target::from_socket(SocketAddr::new(ip, DEFAULT_PORT)).map(Self::Address);
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| AddressError::Unreadable)?),
            None => (text, DEFAULT_PORT),
        };
        let named = !host.is_empty() && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'));
        if !named {
            return Err(AddressError::Unreadable);
        }
        Ok(Self::Host(host.to_owned(), port))
    }
}

/// Whether a text is an address as [`Target::resolve`] reads them. A host's name isn't looked up.
pub fn check(text: &str) -> Result<(), AddressError> {
    Written::read(text).map(drop)
}

/// The socket that a multiaddr with at most a peer's id stands for.
pub fn socket_of(address: &str) -> Option<SocketAddr> {
    socket(&address.parse().ok()?)
}

/// `/ip4/…/tcp/…` of a socket's address.
pub(crate) fn multiaddr(socket: SocketAddr) -> Multiaddr {
    Multiaddr::from(socket.ip()).with(Protocol::Tcp(socket.port()))
}

/// The socket's address that a multiaddr stands for: an IP address and a TCP port, with at most a peer's id behind them.
/// A way through a relay has none: what it begins with is the relay's.
pub(super) fn socket(address: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = address.iter();
    let ip = ip(parts.next()?)?;
    let Protocol::Tcp(port) = parts.next()? else { return None };
    match (parts.next(), parts.next()) {
        (None | Some(Protocol::P2p(_)), None) => Some(SocketAddr::new(ip, port)),
        _ => None,
    }
}

/// The IP address that a multiaddr begins with; the relay's where it goes through one.
pub(crate) fn first_ip(address: &Multiaddr) -> Option<IpAddr> {
    ip(address.iter().next()?)
}

/// Where somebody is seen who connects from an address; the unspecified one where it has none.
pub(crate) fn seen_at(address: &Multiaddr) -> IpAddr {
    first_ip(address).map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ip| ip.to_canonical())
}

/// The address that stands for all from which one computer can connect as it likes, and by which it's counted: of IPv6 the
/// /64.
pub(crate) fn counted(seen: IpAddr) -> IpAddr {
    match seen.to_canonical() {
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64))),
        ip => ip,
    }
}

fn ip(part: Protocol<'_>) -> Option<IpAddr> {
    match part {
        Protocol::Ip4(ip) => Some(IpAddr::V4(ip)),
        Protocol::Ip6(ip) => Some(IpAddr::V6(ip)),
        _ => None,
    }
}

/// Whether an address goes through a relay.
pub(super) fn is_circuit(address: &Multiaddr) -> bool {
    address.iter().any(|part| part == Protocol::P2pCircuit)
}

/// The relay and its own address, of one that ends in `/p2p/RELAY/p2p-circuit`.
fn split_circuit(address: &Multiaddr) -> Option<(PeerId, Multiaddr)> {
    let mut relay_at = address.clone();
    let Protocol::P2pCircuit = relay_at.pop()? else { return None };
    let Protocol::P2p(relay) = relay_at.pop()? else { return None };
    let plain = socket(&relay_at).map(multiaddr)?;
    (plain == relay_at).then_some((from_libp2p(&relay)?, relay_at))
}

/// `…/p2p/RELAY/p2p-circuit`: where this node listens at a relay, and what is dialled of others there.
pub(super) fn listen_address(relay: &PeerId, relay_at: &Multiaddr) -> Option<Multiaddr> {
    Some(relay_at.clone().with(Protocol::P2p(to_libp2p(relay)?)).with(Protocol::P2pCircuit))
}

/// Whether an address that a stranger's record claims may be dialled: those of local networks alone, so that a forged
/// record can't have this node knock at somebody's server.
pub fn is_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_link_local() || ip.is_loopback() || is_shared(ip),
        // Link-local ones need a zone, which a multiaddr that is dialled can't carry.
        IpAddr::V6(ip) => ip.is_loopback() || is_unique_local(ip),
    }
}

/// Whether others can dial the address: not one that needs a zone.
pub fn is_dialable(ip: IpAddr) -> bool {
    !matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local())
}

/// 100.64.0.0/10, [RFC 6598](https://www.rfc-editor.org/rfc/rfc6598): carriers, and overlay networks.
fn is_shared(ip: Ipv4Addr) -> bool {
    matches!(ip.octets(), [100, 64..=127, ..])
}

/// fc00::/7, [RFC 4193](https://www.rfc-editor.org/rfc/rfc4193).
fn is_unique_local(ip: Ipv6Addr) -> bool {
    matches!(ip.octets(), [0xfc | 0xfd, ..])
}

/// libp2p's id as ours. `None`: the key isn't Ed25519.
pub(crate) fn from_libp2p(id: &libp2p::PeerId) -> Option<PeerId> {
    PeerId::from_bytes(&id.to_bytes())
}

/// Our id as libp2p's.
pub(crate) fn to_libp2p(id: &PeerId) -> Option<libp2p::PeerId> {
    libp2p::PeerId::from_bytes(&id.to_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn people_write_addresses_in_many_ways() {
        let id = "12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5";
        for (text, address) in [
            ("/ip4/192.168.1.20/tcp/48237", "/ip4/192.168.1.20/tcp/48237"),
            (" 192.168.1.20:4000 ", "/ip4/192.168.1.20/tcp/4000"),
            ("192.168.1.20", "/ip4/192.168.1.20/tcp/48237"),
            ("[fd00::1]:4000", "/ip6/fd00::1/tcp/4000"),
            ("fd00::1", "/ip6/fd00::1/tcp/48237"),
            (&format!("/ip4/10.0.0.1/tcp/1/p2p/{id}"), "/ip4/10.0.0.1/tcp/1"),
        ] {
            let target = Target::resolve(text).await.unwrap();
            assert_eq!(target.address.to_string(), address, "{text}");
            assert_eq!(target.peer.map(|peer| peer.to_string()), text.contains("p2p").then(|| id.to_owned()));
        }
    }

    #[tokio::test]
    async fn what_is_no_address_says_why() {
        for (text, error) in [
            ("", AddressError::Unreadable),
            ("/ip4/192.168.1.20", AddressError::NotTcp),
            ("/ip4/1.2.3.4/udp/1", AddressError::NotTcp),
            ("/nonsense/1", AddressError::Unreadable),
            ("192.168.1.20:99999", AddressError::Unreadable),
            ("a b:1", AddressError::Unreadable),
            (":1", AddressError::Unreadable),
            ("0.0.0.0:1", AddressError::NotTcp),
            ("1.2.3.4:0", AddressError::NotTcp),
        ] {
            assert_eq!(check(text), Err(error.clone()), "{text}");
            assert_eq!(Target::resolve(text).await, Err(error), "{text}");
        }
        assert_eq!(check("nobody.invalid:1"), Ok(()), "nobody has looked it up yet");
    }

    #[tokio::test]
    async fn a_way_through_a_relay_names_the_relay_and_who_is_behind_it() {
        let (relay, peer) = (PeerId::from_public_key([1; 32]), PeerId::from_public_key([2; 32]));
        let address = format!("/ip4/10.0.0.1/tcp/4000/p2p/{relay}/p2p-circuit");
        let text = format!("{address}/p2p/{peer}");
        let target = Target::resolve(&text).await.unwrap();
        assert_eq!(target.to_string(), text);
        assert!(is_circuit(&target.address));
        let circuit = target.circuit().unwrap();
        assert_eq!((circuit.relay, circuit.peer), (relay, peer));
        assert_eq!(circuit.relay_at.to_string(), "/ip4/10.0.0.1/tcp/4000");
        assert_eq!(listen_address(&relay, &circuit.relay_at), Some(target.address.clone()));
        assert_eq!(socket(&target.address), None, "the relay's socket isn't the peer's");
        assert_eq!(first_ip(&target.address), Some("10.0.0.1".parse().unwrap()));
        for half in [
            address.clone(),
            format!("/ip4/10.0.0.1/tcp/4000/p2p-circuit/p2p/{peer}"),
            format!("/p2p/{relay}/p2p-circuit/p2p/{peer}"),
            format!("/ip4/10.0.0.1/udp/4000/p2p/{relay}/p2p-circuit/p2p/{peer}"),
            format!("{address}/p2p/{relay}/p2p-circuit/p2p/{peer}"),
            format!("{address}/ip4/10.0.0.2/tcp/1/p2p/{peer}"),
        ] {
            assert_eq!(Target::resolve(&half).await, Err(AddressError::HalfACircuit), "{half}");
        }
        let direct = Target::resolve(&format!("/ip4/10.0.0.1/tcp/4000/p2p/{peer}")).await.unwrap();
        assert!(direct.circuit().is_none());
        assert_eq!(direct.to_string(), "/ip4/10.0.0.1/tcp/4000");
        assert!(!is_circuit(&direct.address));
    }

    #[test]
    fn a_socket_is_all_that_there_is_of_an_address() {
        let id = PeerId::from_public_key([1; 32]);
        for (address, plain) in [
            ("/ip4/10.0.0.1/tcp/1".to_owned(), true),
            (format!("/ip4/10.0.0.1/tcp/1/p2p/{id}"), true),
            (format!("/ip4/10.0.0.1/tcp/1/p2p/{id}/p2p-circuit"), false),
            (format!("/ip4/10.0.0.1/tcp/1/p2p/{id}/p2p-circuit/p2p/{id}"), false),
            ("/ip4/10.0.0.1/tcp/1/p2p-circuit".to_owned(), false),
            ("/ip4/10.0.0.1/tcp/1/ws".to_owned(), false),
        ] {
            let found = socket(&address.parse().unwrap());
            assert_eq!(found, plain.then(|| "10.0.0.1:1".parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn all_addresses_of_one_ipv6_network_count_as_one() {
        for (seen, full, counted_as) in [
            ("/ip4/192.0.2.7/tcp/1", "192.0.2.7", "192.0.2.7"),
            ("/ip6/::ffff:192.0.2.7/tcp/1", "192.0.2.7", "192.0.2.7"),
            ("/ip6/2001:db8:1:2:3:4:5:6/tcp/1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("/ip6/2001:db8:1:2::1/tcp/1/p2p-circuit", "2001:db8:1:2::1", "2001:db8:1:2::"),
            ("/ip6/2001:db8:1:3::1/tcp/1", "2001:db8:1:3::1", "2001:db8:1:3::"),
            ("/ip6/::1/tcp/1", "::1", "::"),
            ("/dns/example.org/tcp/1", "0.0.0.0", "0.0.0.0"),
            ("", "0.0.0.0", "0.0.0.0"),
        ] {
            let at = seen_at(&seen.parse().unwrap());
            assert_eq!((at, counted(at)), (full.parse().unwrap(), counted_as.parse().unwrap()), "{seen}");
        }
        assert_eq!(counted("::ffff:192.0.2.7".parse().unwrap()), IpAddr::from([192, 0, 2, 7]));
    }

    #[test]
    fn only_local_networks_are_dialled_on_hearsay() {
        for (ip, local) in [
            ("192.168.0.1", true),
            ("10.1.2.3", true),
            ("172.31.0.1", true),
            ("169.254.1.1", true),
            ("127.0.0.1", true),
            ("100.100.0.1", true),
            ("fd12::1", true),
            ("::1", true),
            ("8.8.8.8", false),
            ("172.32.0.1", false),
            ("0.0.0.0", false),
            ("224.0.0.251", false),
            ("255.255.255.255", false),
            ("2001:db8::1", false),
            ("ff02::fb", false),
        ] {
            assert_eq!(is_local(ip.parse().unwrap()), local, "{ip}");
        }
    }
}
