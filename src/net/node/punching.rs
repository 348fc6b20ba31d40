//! Holes through firewalls, for those who are reached through a relay: where this node may be dialled for it, and what
//! becomes of it.

use std::time::Instant;

use libp2p::{Multiaddr, dcutr};

use super::super::address;
use super::super::punching::seen_at;
use super::Node;
use crate::model::PeerId;

impl Node {
    /// A peer says where it sees this node. Relays are believed: what they say leads others to no port but this node's own.
    pub(super) fn seen_by(&mut self, peer: &PeerId, observed: &Multiaddr) {
        if self.relays.contains(peer)
            && let Some(address) = seen_at(observed, self.swarm.listeners())
        {
            self.swarm.behaviour_mut().punching.offer(&address);
        }
    }

    /// When somebody is to be asked for another attempt next.
    pub(super) fn next_punch(&self) -> Option<Instant> {
        self.swarm.behaviour().punching.next()
    }

    pub(super) fn punch_due(&mut self) {
        if self.next_punch().is_some_and(|due| due <= Instant::now()) {
            self.swarm.behaviour_mut().punching.ask_due(Instant::now());
        }
    }

    /// What the dialler doesn't trust isn't tried in this way, either.
    pub(super) fn mistrust_punches(&mut self, peer: &PeerId, now: Instant) {
        if let Some(until) = self.dialer.mistrusts(peer).filter(|until| *until > now)
            && let Some(id) = address::to_libp2p(peer)
        {
            self.swarm.behaviour_mut().punching.mistrust(id, until, now);
        }
    }
}

/// What became of an attempt. The connection itself is known already, and a circuit goes on without.
pub(super) fn punched(event: &dcutr::Event) {
    let peer = event.remote_peer_id;
    match &event.result {
        Ok(_) => tracing::debug!(%peer, "a hole was punched"),
        Err(error) => tracing::debug!(%peer, %error, "no hole was punched"),
    }
}
