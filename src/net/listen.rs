//! Where to listen.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use libp2p::Multiaddr;

use super::discovery::Reach;
use super::{NetError, address};

/// The addresses to listen at: those given, or every one of the machine at `port` (or at another where it's taken).
pub(super) fn addresses(given: &[String], port: u16) -> Result<Vec<Multiaddr>, NetError> {
    if given.is_empty() {
        return everywhere(port);
    }
    let read = |text: &String| {
        let address: Option<Multiaddr> = text.parse().ok();
        address.filter(|address| address::socket(address).is_some()).ok_or_else(|| NetError::Listen {
            address: text.clone(),
            cause: "it has to be an IP address and a TCP port, as /ip4/0.0.0.0/tcp/48237".to_owned(),
        })
    };
    given.iter().map(read).collect()
}

fn everywhere(port: u16) -> Result<Vec<Multiaddr>, NetError> {
    let port = free_port(port)
        .or_else(|_| free_port(0))
        .map_err(|error| NetError::Listen { address: format!("0.0.0.0:{port}"), cause: error.to_string() })?;
    let unspecified = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
    Ok(unspecified.into_iter().map(|ip| address::multiaddr(SocketAddr::new(ip, port))).collect())
}

/// `port` if nobody listens at it, or any free one for 0. libp2p shares a port with whoever else is willing to, and then
/// the system would deal connections out between two programs: so look first.
fn free_port(port: u16) -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))?.local_addr()?.port())
}

/// What to announce for these addresses.
pub(super) fn reach(addresses: &[Multiaddr]) -> Reach {
    let ips: Vec<IpAddr> = addresses.iter().filter_map(address::socket).map(|socket| socket.ip()).collect();
    if ips.iter().any(IpAddr::is_unspecified) { Reach::Everywhere } else { Reach::At(ips) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_seen_and_another_taken() {
        let holder = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        let taken = holder.local_addr().unwrap().port();
        assert!(free_port(taken).is_err());
        let addresses = addresses(&[], taken).unwrap();
        assert!(addresses.iter().all(|address| address::socket(address).unwrap().port() != taken));
        assert_eq!(reach(&addresses), Reach::Everywhere);
    }

    #[test]
    fn given_addresses_are_taken_as_they_are() {
        let given = ["/ip4/127.0.0.1/tcp/0".to_owned()];
        let addresses = addresses(&given, 48_237).unwrap();
        assert_eq!(reach(&addresses), Reach::At(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]));
        assert!(super::addresses(&["/ip4/127.0.0.1/udp/0".to_owned()], 1).is_err());
    }
}
