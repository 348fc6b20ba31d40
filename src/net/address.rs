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
    /// The id that was in it.
    pub peer: Option<PeerId>,
}

impl fmt::Display for Target {
    /// The multiaddr, without the peer's id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

impl Target {
    /// Reads a multiaddr (`/ip4/192.168.1.20/tcp/48237`, with or without `/p2p/…`) or an IP address with an optional
    /// port (`192.168.1.20:48237`, `[fe80::1]:48237`, `192.168.1.20`).
    fn from_multiaddr(text: &str) -> Result<Self, AddressError> {
        let mut address = Multiaddr::from_str(text).map_err(|_| AddressError::Unreadable)?;
        let peer = match address.iter().last() {
            Some(Protocol::P2p(id)) => {
                address.pop();
                Some(from_libp2p(&id).ok_or(AddressError::ForeignPeer)?)
            }
            _ => None,
        };
        if socket(&address).is_some() { Ok(Self { address, peer }) } else { Err(AddressError::NotTcp) }
    }

    /// Reads an address as a person writes it: a multiaddr, `host:port`, or a host alone (at [`DEFAULT_PORT`]).
    /// A host's name is looked up.
    pub async fn resolve(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > MAX_ADDRESS_CHARS {
            return Err(AddressError::Unreadable);
        }
        if text.starts_with('/') {
            return Self::from_multiaddr(text);
        }
        if let Ok(socket) = text.parse::<SocketAddr>() {
            return Self::from_socket(socket);
        }
        if let Ok(ip) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Self::from_socket(SocketAddr::new(ip, DEFAULT_PORT));
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| AddressError::Unreadable)?),
            None => (text, DEFAULT_PORT),
        };
        let named = !host.is_empty() && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'));
        if !named {
            return Err(AddressError::Unreadable);
        }
        let unknown = || AddressError::UnknownHost(host.to_owned());
        let mut found = tokio::net::lookup_host((host, port)).await.map_err(|_| unknown())?;
        Self::from_socket(found.next().ok_or_else(unknown)?)
    }

    fn from_socket(socket: SocketAddr) -> Result<Self, AddressError> {
        if socket.port() == 0 || socket.ip().is_unspecified() {
            return Err(AddressError::NotTcp);
        }
        Ok(Self { address: multiaddr(socket), peer: None })
    }
}

/// `/ip4/…/tcp/…` of a socket's address.
pub(super) fn multiaddr(socket: SocketAddr) -> Multiaddr {
    Multiaddr::from(socket.ip()).with(Protocol::Tcp(socket.port()))
}

/// The socket's address that a multiaddr begins with.
pub(super) fn socket(address: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = address.iter();
    let ip = match parts.next()? {
        Protocol::Ip4(ip) => IpAddr::V4(ip),
        Protocol::Ip6(ip) => IpAddr::V6(ip),
        _ => return None,
    };
    match parts.next()? {
        Protocol::Tcp(port) => Some(SocketAddr::new(ip, port)),
        _ => None,
    }
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
pub(super) fn from_libp2p(id: &libp2p::PeerId) -> Option<PeerId> {
    PeerId::from_bytes(&id.to_bytes())
}

/// Our id as libp2p's.
pub(super) fn to_libp2p(id: &PeerId) -> Option<libp2p::PeerId> {
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
            assert_eq!(Target::resolve(text).await, Err(error), "{text}");
        }
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
