//! A relay on the virtual network.

use crate::host::{Host, Network};
use crate::support::relay::Relay;

/// A relay and its computer, which has a leg in both subnets.
pub struct Reception {
    pub host: Host,
    pub relay: Relay,
}

impl Reception {
    /// A relay of this name, on a new computer.
    pub fn of(network: &Network, name: &str) -> Self {
        Self::open(network.host_between(name, &[0, 1]))
    }

    /// Starts the relay on its computer, where it has run before or not.
    pub fn open(host: Host) -> Self {
        Self { relay: host.relay(&[]), host }
    }

    /// The relay is killed; its computer stays.
    pub fn kill(self) -> Host {
        self.relay.process.kill9();
        self.host
    }

    /// Where the relay is reached from somebody's subnet.
    pub fn way_from(&self, member: &Host) -> &str {
        self.relay.address_at(&self.host.address_in(member.subnet()))
    }
}
