//! Where to listen.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use libp2p::core::transport::ListenerId;
use libp2p::swarm::NetworkBehaviour;
use libp2p::{Multiaddr, Swarm};

use super::discovery::Reach;
use super::{NetError, address};
use crate::model::{Plain, Reason};

/// Whether something can't be listened at because another program does.
pub(crate) fn is_taken(error: &NetError) -> bool {
    matches!(error, NetError::Listen { cause: Reason::Plain(Plain::PortTaken), .. })
}

/// The addresses that were given to listen at.
pub(super) fn addresses(given: &[String]) -> Result<Vec<Multiaddr>, NetError> {
    let read = |text: &String| {
        let address: Option<Multiaddr> = text.parse().ok();
        address
            .filter(|address| address::socket(address).is_some())
            .ok_or_else(|| NetError::Listen { address: text.clone(), cause: Plain::NotListenable.into() })
    };
    given.iter().map(read).collect()
}

/// Every address of the machine, at `port` if nobody listens at it, or at any free one for 0.
pub(crate) fn everywhere(port: u16) -> Result<Vec<Multiaddr>, NetError> {
    let port = free(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port))?;
    let unspecified = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
    Ok(unspecified.into_iter().map(|ip| address::multiaddr(SocketAddr::new(ip, port))).collect())
}

/// An error if somebody listens at one of these addresses already.
pub(crate) fn are_free(addresses: &[Multiaddr]) -> Result<(), NetError> {
    // Where there's no IPv6 nobody listens at it.
    let sockets = addresses.iter().filter_map(address::socket).filter(|socket| socket.ip() != Ipv6Addr::UNSPECIFIED);
    sockets.map(free).try_for_each(|free| free.map(drop))
}

/// The port of an address where nobody listens, or any free one for 0. libp2p shares a port with whoever else is willing
/// to, and then the system would deal connections out between two programs: so look first.
pub(super) fn free(socket: SocketAddr) -> Result<u16, NetError> {
    let free = || TcpListener::bind(socket)?.local_addr();
    let local = free().map_err(|error| {
        let cause = if error.kind() == ErrorKind::AddrInUse { Plain::PortTaken.into() } else { error.into() };
        NetError::Listen { address: socket.to_string(), cause }
    })?;
    Ok(local.port())
}

/// Listens at these addresses, and returns which listener has which. `any`: at those that there are; otherwise each of them
/// has to work.
pub(crate) fn listen_at<B: NetworkBehaviour>(
    swarm: &mut Swarm<B>,
    addresses: &[Multiaddr],
    any: bool,
) -> Result<HashMap<ListenerId, Multiaddr>, NetError> {
    let mut refused = None;
    let mut listening = HashMap::new();
    for address in addresses {
        match swarm.listen_on(address.clone()) {
            Ok(listener) => _ = listening.insert(listener, address.clone()),
            Err(error) => {
                refused = Some(NetError::Listen { address: address.to_string(), cause: error.to_string().into() });
            }
        }
    }
    match refused {
        // A machine without IPv6 is well without it; an address that a person named has to work.
        Some(error) if !any || listening.is_empty() => Err(error),
        _ => Ok(listening),
    }
}

/// What to announce for these addresses.
pub(crate) fn reach(addresses: &[Multiaddr]) -> Reach {
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
        let error = everywhere(taken).unwrap_err();
        assert_eq!(error.to_string(), format!("can't listen at 0.0.0.0:{taken}: another program listens there"));
        assert!(is_taken(&error));
        assert!(are_free(&[address::multiaddr(([127, 0, 0, 1], taken).into())]).is_err());
        let elsewhere = are_free(&[address::multiaddr(([192, 0, 2, 1], taken).into())]).unwrap_err();
        assert!(!is_taken(&elsewhere), "no address of this computer: {elsewhere}");
        let addresses = everywhere(0).unwrap();
        assert!(addresses.iter().all(|address| address::socket(address).unwrap().port() != taken));
        assert_eq!(reach(&addresses), Reach::Everywhere);
    }

    #[test]
    fn given_addresses_are_taken_as_they_are() {
        let given = ["/ip4/127.0.0.1/tcp/0".to_owned()];
        let addresses = addresses(&given).unwrap();
        assert_eq!(reach(&addresses), Reach::At(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]));
        assert!(super::addresses(&["/ip4/127.0.0.1/udp/0".to_owned()]).is_err());
    }
}
