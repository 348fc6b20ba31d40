//! Where relays see people: who is there directly is dialled.

use std::net::SocketAddr;
use std::time::Instant;

use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};

use super::super::{address, card};
use super::opening::is_worth_trying;
use super::{Node, jitter};
use crate::model::PeerId;
use crate::protocol::wire::roster::Listing;

/// Peers connected at most, so that those who are listed are dialled where relays see them. With more it's done only for
/// those to whom something is said.
const FEW_PEERS: usize = 256;

impl Node {
    /// A relay says where it sees somebody: maybe they can be reached there.
    pub(super) fn seen(&mut self, relay: &PeerId, listing: &Listing) {
        if self.only_relayed || self.connections.peers().count() >= FEW_PEERS {
            return;
        }
        let at = self.connections.dialled_at(relay).and_then(address::first_ip);
        let on_one_computer = at.is_some_and(|ip| ip.is_loopback());
        let socket = card::socket(listing).filter(|socket| is_worth_trying(socket.ip(), on_one_computer));
        if let Some(socket) = socket.filter(|_| !self.connections.is_connected(&listing.peer)) {
            self.sightings.seen(listing.peer, socket, jitter(), Instant::now());
        }
    }

    /// Dials whom it's time to look for.
    pub(super) fn sightings_due(&mut self, now: Instant) {
        while let Some((peer, at)) = self.sightings.due(now) {
            if self.connections.peers().count() < FEW_PEERS {
                self.dial_seen(peer, at);
            }
        }
    }

    fn dial_seen(&mut self, peer: PeerId, at: SocketAddr) {
        let Some(id) = address::to_libp2p(&peer) else { return };
        let options = DialOpts::peer_id(id)
            .condition(PeerCondition::DisconnectedAndNotDialing)
            .addresses(vec![address::multiaddr(at)])
            .allocate_new_port()
            .build();
        let connection = options.connection_id();
        // An error says that it's connected or being dialled.
        if self.swarm.dial(options).is_ok() {
            self.sightings.dialled(connection);
        }
    }
}
