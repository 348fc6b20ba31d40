//! The streams of circuits on a relay's connections, in the relay's own hands.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::relay::{HOP_PROTOCOL_NAME, STOP_PROTOCOL_NAME};
use libp2p::swarm::{ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, Stream, ToSwarm};
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{mpsc, oneshot};

use crate::support::streams::{Opener, Streams as Handler};

/// Where streams to members are asked for.
#[derive(Clone, Default)]
pub struct Doors(Arc<Mutex<HashMap<PeerId, mpsc::UnboundedSender<Opener>>>>);

impl Doors {
    /// A new stream to a member on which it's called, if it's here.
    pub async fn open(&self, member: &PeerId) -> Option<Stream> {
        let (opener, opened) = oneshot::channel();
        self.0.lock().unwrap().get(member)?.send(opener).ok()?;
        opened.await.ok()
    }
}

/// Hands each stream on which a member asks something to `asked`, and opens others at `doors`.
pub struct Streams {
    pub doors: Doors,
    pub asked: mpsc::UnboundedSender<(PeerId, Stream)>,
}

impl NetworkBehaviour for Streams {
    type ConnectionHandler = Handler;
    type ToSwarm = Infallible;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        member: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<Handler, ConnectionDenied> {
        let (door, opening) = mpsc::unbounded_channel();
        self.doors.0.lock().unwrap().insert(member, door);
        let asked = self.asked.clone();
        let came = Box::new(move |stream| _ = asked.send((member, stream)));
        Ok(Handler { heard: HOP_PROTOCOL_NAME, came, spoken: STOP_PROTOCOL_NAME, opening })
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<Handler, ConnectionDenied> {
        unreachable!("a relay dials nobody")
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: Infallible) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Infallible, Infallible>> {
        Poll::Pending
    }
}
