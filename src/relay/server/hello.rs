//! Hellos between the relay and whoever is connected: by its own they know that it's a relay, by theirs it knows that
//! they are of vecino's kind.

use libp2p::request_response::{Event as Exchange, Message, OutboundFailure};

use super::Server;
use crate::model::{Nickname, PeerId, Presence};
use crate::net::address;
use crate::net::codec::Received;
use crate::protocol::budget::Budgets;
use crate::protocol::wire::hello::{Hello, HelloAnswer, Introduction, NOT_WELCOME};

/// Hellos of one peer at once, and then each second: one for each connection and each change of name or presence.
const HELLOS: u32 = 30;
const HELLOS_PER_SECOND: u32 = 2;

/// What peers may use up in hellos.
pub(super) fn budgets() -> Budgets {
    Budgets::new(HELLOS, HELLOS_PER_SECOND)
}

/// What a relay of this name says of itself.
pub(super) fn of(nickname: &Nickname) -> Introduction {
    let person = Introduction::new(nickname.clone(), Presence::Online, Vec::new());
    Introduction { relay: true, ..person }
}

impl Server {
    /// Tells somebody who is connected that this is a relay.
    pub(super) fn introduce(&mut self, peer: &PeerId) {
        if let Some(id) = address::to_libp2p(peer).filter(|_| self.sessions.is_connected(peer)) {
            let hello = Hello::from(&self.introduction);
            let request = self.swarm.behaviour_mut().hello.send_request(&id, Ok(hello));
            self.said.insert(request);
        }
    }

    /// Tells everybody that this relay goes.
    pub(super) fn say_goodbye(&mut self) {
        self.introduction.presence = Presence::Offline;
        self.said.clear();
        let peers: Vec<PeerId> = self.sessions.peers().copied().collect();
        for peer in &peers {
            self.introduce(peer);
        }
    }

    pub(super) fn hello_event(&mut self, event: Exchange<Received<Hello>, Received<HelloAnswer>>) {
        match event {
            Exchange::Message { peer, message: Message::Request { request, channel, .. }, .. } => {
                let Some(peer) = address::from_libp2p(&peer) else { return };
                if !self.hellos.take(&peer, 1, self.start.elapsed()) {
                    tracing::debug!(%peer, "closed: too many hellos");
                    return self.disconnect(&peer);
                }
                let introduction = request.and_then(Introduction::try_from);
                let c = if introduction.is_ok() { 0 } else { NOT_WELCOME };
                // Who is gone by now needs no answer.
                let _ = self.swarm.behaviour_mut().hello.send_response(channel, Ok(HelloAnswer { c }));
                match introduction {
                    Ok(Introduction { presence: Presence::Offline, .. }) => self.disconnect(&peer),
                    Ok(_) => self.sessions.said_hello(&peer),
                    Err(error) => tracing::debug!(%peer, %error, "a hello could not be read"),
                }
            }
            Exchange::Message { message: Message::Response { request_id, .. }, .. } => {
                self.said.remove(&request_id);
            }
            Exchange::OutboundFailure { peer, request_id, error, .. } => {
                self.said.remove(&request_id);
                let Some(peer) = address::from_libp2p(&peer) else { return };
                if matches!(error, OutboundFailure::UnsupportedProtocols) {
                    tracing::debug!(%peer, "closed: not a vecino");
                    self.disconnect(&peer);
                } else {
                    self.unheard.insert(peer);
                }
            }
            Exchange::InboundFailure { .. } | Exchange::ResponseSent { .. } => {}
        }
    }
}
