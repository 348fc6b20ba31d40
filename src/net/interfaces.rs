//! The network interfaces of this computer, and word of changes of their addresses.

use std::net::IpAddr;

use futures::StreamExt;
use if_watch::tokio::IfWatcher;

use super::address;
use crate::model::Interface;

/// How the names of interfaces begin that lead to virtual machines and containers on this computer alone.
const TECHNICAL: [&str; 12] =
    ["br-", "cali", "cni", "docker", "flannel", "lxcbr", "lxdbr", "podman", "vboxnet", "veth", "virbr", "vmnet"];

/// Those that have an address at which others could reach this computer, by name. The loopback is one for programs alone.
pub fn list() -> Vec<Interface> {
    let mut listed: Vec<Interface> = Vec::new();
    for (name, ip) in all() {
        let address = ip.to_string();
        match listed.iter_mut().find(|interface| interface.name == name) {
            Some(interface) => interface.addresses.push(address),
            None => {
                let technical = ip.is_loopback() || is_technical(&name);
                listed.push(Interface { name, addresses: vec![address], technical });
            }
        }
    }
    listed
}

/// Whether one of these addresses, of this computer, leads to other computers.
pub(super) fn lead_elsewhere(ips: &[IpAddr]) -> bool {
    all().into_iter().any(|(name, ip)| ips.contains(&ip) && !ip.is_loopback() && !is_technical(&name))
}

/// The addresses of those with these names.
pub(super) fn addresses(names: &[String]) -> Vec<IpAddr> {
    all().into_iter().filter(|(name, _)| names.contains(name)).map(|(_, ip)| ip).collect()
}

fn all() -> Vec<(String, IpAddr)> {
    let found = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "the network interfaces can't be listed");
        Vec::new()
    });
    let found = found.into_iter().map(|interface| (interface.name.clone(), interface.ip()));
    let mut all: Vec<(String, IpAddr)> = found.filter(|(_, ip)| address::is_dialable(*ip)).collect();
    all.sort();
    all.dedup();
    all
}

fn is_technical(name: &str) -> bool {
    TECHNICAL.iter().any(|begin| name.starts_with(begin))
}

/// Tells when an address came or went.
#[derive(Debug)]
pub(super) struct Watch(IfWatcher);

impl Watch {
    /// `None` where the system doesn't tell.
    pub(super) fn start() -> Option<Self> {
        IfWatcher::new()
            .inspect_err(|error| tracing::warn!(%error, "changes of addresses won't be seen"))
            .ok()
            .map(Self)
    }
}

/// Waits for the next change; without a watch for ever. One that the system ends is gone.
pub(super) async fn changed(watch: &mut Option<Watch>) {
    let Some(Watch(watcher)) = watch else { return std::future::pending().await };
    if let Err(error) = watcher.select_next_some().await {
        tracing::warn!(%error, "changes of addresses are no longer seen");
        *watch = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_is_there_and_none_for_people() {
        let listed = list();
        let of = |ip: &str| listed.iter().find(|interface| interface.addresses.iter().any(|each| each == ip));
        let loopback = of("127.0.0.1").unwrap();
        assert!(loopback.technical, "{loopback:?}");
        assert!(addresses(std::slice::from_ref(&loopback.name)).contains(&IpAddr::from([127, 0, 0, 1])));
        assert!(addresses(&["no such".to_owned()]).is_empty());
        assert!(!lead_elsewhere(&[[127, 0, 0, 1].into(), [192, 0, 2, 1].into()]), "nor is that one's of this computer");
        let others: Vec<IpAddr> = listed
            .iter()
            .filter(|interface| !interface.technical)
            .flat_map(|interface| interface.addresses.iter().filter_map(|ip| ip.parse().ok()))
            .collect();
        assert_eq!(lead_elsewhere(&others), !others.is_empty());
    }

    #[test]
    fn what_leads_to_containers_is_known_by_its_name() {
        for (name, technical) in [("docker0", true), ("br-1f2e", true), ("bridge0", false), ("wlan0", false)] {
            assert_eq!(is_technical(name), technical, "{name}");
        }
    }
}
