//! Discovery: hints about who might be where. The handshake proves who really is.
//!
//! Today one layer: DNS-SD over multicast DNS ([RFC 6762](https://www.rfc-editor.org/rfc/rfc6762),
//! [RFC 6763](https://www.rfc-editor.org/rfc/rfc6763)), service `_vecino._tcp.local.`, instance name and TXT `id` the
//! peer's id, TXT `v` 1. More layers join by giving hints of the same form.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use libp2p::Multiaddr;
use mdns_sd::{IfKind, Receiver, ResolvedService, ServiceDaemon, ServiceEvent, ServiceInfo};

use super::address;
use crate::model::PeerId;

/// The service that vecino announces.
pub const SERVICE: &str = "_vecino._tcp.local.";

/// Wait before listening again.
const AFTER_A_FLOOD: Duration = Duration::from_secs(1);

/// Most addresses taken from one record.
const MAX_RECORD_ADDRESSES: usize = super::dialer::MAX_ADDRESSES;

/// Names of records that are remembered, to know whose was withdrawn.
const MAX_NAMES: usize = super::dialer::MAX_PEERS;

/// What was heard of a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// It may be at these addresses.
    Here(PeerId, Vec<Multiaddr>),
    /// It withdrew its record or let it expire.
    Gone(PeerId),
}

/// The announcement of this node, and the hearing of others'. Dropping it withdraws the announcement.
pub struct Discovery {
    daemon: ServiceDaemon,
    events: Receiver<ServiceEvent>,
    own: PeerId,
    fullname: String,
    names: HashMap<String, PeerId>,
}

/// Where this node can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// At every address of the machine, also ones that it gets later.
    Everywhere,
    /// At the addresses that the interfaces of these names have, also ones that they get later.
    On(Vec<String>),
    /// At these alone.
    At(Vec<IpAddr>),
}

impl Discovery {
    /// Announces `own` at `port` and listens for others.
    pub fn start(own: PeerId, port: u16, reach: &Reach) -> Result<Self, mdns_sd::Error> {
        let daemon = ServiceDaemon::new()?;
        let only: Option<Vec<IfKind>> = match reach {
            Reach::Everywhere => None,
            Reach::On(names) => Some(names.iter().cloned().map(IfKind::Name).collect()),
            Reach::At(ips) => Some(ips.iter().copied().map(IfKind::Addr).collect()),
        };
        if let Some(only) = only {
            daemon.disable_interface(IfKind::All)?;
            daemon.enable_interface(only)?;
        }
        let events = daemon.browse(SERVICE)?;
        let name = own.to_string();
        let host = format!("{name}.local.");
        let properties = [("id", name.as_str()), ("v", "1")];
        let ips: &[IpAddr] = match reach {
            Reach::Everywhere | Reach::On(_) => &[],
            Reach::At(ips) => ips,
        };
        let mut info = ServiceInfo::new(SERVICE, &name, &host, ips, port, properties.as_slice())?;
        if ips.is_empty() {
            info = info.enable_addr_auto();
        }
        // The name is made of a key: nobody else has it, so nobody has to be asked.
        info.set_requires_probe(false);
        let fullname = info.get_fullname().to_owned();
        daemon.register(info)?;
        Ok(Self { daemon, events, own, fullname, names: HashMap::new() })
    }

    /// The next hint; `None` once the daemon has ended.
    pub async fn next(&mut self) -> Option<Hint> {
        loop {
            match self.events.recv_async().await {
                Ok(event) => {
                    if let Some(hint) = self.hint(event) {
                        return Some(hint);
                    }
                }
                // The daemon drops a listener whom a flood of records has left behind: listen anew, once it has passed.
                Err(_) => {
                    tokio::time::sleep(AFTER_A_FLOOD).await;
                    self.events = self.daemon.browse(SERVICE).ok()?;
                }
            }
        }
    }

    fn hint(&mut self, event: ServiceEvent) -> Option<Hint> {
        match event {
            ServiceEvent::ServiceResolved(service) => {
                let (peer, addresses) = read(&service)?;
                if peer == self.own {
                    return None;
                }
                if self.names.len() < MAX_NAMES || self.names.contains_key(service.get_fullname()) {
                    self.names.insert(service.get_fullname().to_owned(), peer);
                }
                Some(Hint::Here(peer, addresses))
            }
            ServiceEvent::ServiceRemoved(_, name) => self.names.remove(&name).map(Hint::Gone),
            _ => None,
        }
    }

    /// Withdraws the announcement, so that others forget it at once.
    pub async fn stop(self) {
        if let Ok(done) = self.daemon.unregister(&self.fullname) {
            let _ = done.recv_async().await;
        }
        if let Ok(done) = self.daemon.shutdown() {
            let _ = done.recv_async().await;
        }
    }
}

/// The next hint of a discovery; where there's none, waits for ever.
pub(crate) async fn next(discovery: Option<&mut Discovery>) -> Option<Hint> {
    match discovery {
        Some(discovery) => discovery.next().await,
        None => std::future::pending().await,
    }
}

/// The id and the addresses that a record claims. `None`: nothing of use.
fn read(service: &ResolvedService) -> Option<(PeerId, Vec<Multiaddr>)> {
    let peer = service.get_property_val_str("id")?.parse().ok()?;
    let port = service.get_port();
    let mut sockets: Vec<SocketAddr> = service
        .get_addresses()
        .iter()
        .map(mdns_sd::ScopedIp::to_ip_addr)
        .filter(|ip| address::is_local(*ip))
        .map(|ip| SocketAddr::new(ip, port))
        .collect();
    // IPv4 first: it's what a local network surely routes.
    sockets.sort();
    sockets.truncate(MAX_RECORD_ADDRESSES);
    let useful = port != 0 && !sockets.is_empty();
    useful.then(|| (peer, sockets.into_iter().map(address::multiaddr).collect()))
}
