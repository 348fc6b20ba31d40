//! The streams of circuits on a relay's connections, in the relay's own hands.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::core::upgrade::ReadyUpgrade;
use libp2p::relay::{HOP_PROTOCOL_NAME, STOP_PROTOCOL_NAME};
use libp2p::swarm::handler::ConnectionEvent;
use libp2p::swarm::{
    ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm, NetworkBehaviour, Stream,
    SubstreamProtocol, ToSwarm,
};
use libp2p::{Multiaddr, PeerId, StreamProtocol};
use tokio::sync::{mpsc, oneshot};

type Opener = oneshot::Sender<Stream>;

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
        Ok(Handler { member, opening, asked: self.asked.clone() })
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

/// One connection's part.
pub struct Handler {
    member: PeerId,
    opening: mpsc::UnboundedReceiver<Opener>,
    asked: mpsc::UnboundedSender<(PeerId, Stream)>,
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Infallible;
    type ToBehaviour = Infallible;
    type InboundProtocol = ReadyUpgrade<StreamProtocol>;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Opener;

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(ReadyUpgrade::new(HOP_PROTOCOL_NAME), ())
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, Opener, Infallible>> {
        match self.opening.poll_recv(cx) {
            Poll::Ready(Some(opener)) => Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest {
                protocol: SubstreamProtocol::new(ReadyUpgrade::new(STOP_PROTOCOL_NAME), opener),
            }),
            _ => Poll::Pending,
        }
    }

    fn on_behaviour_event(&mut self, event: Infallible) {
        match event {}
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<'_, Self::InboundProtocol, Self::OutboundProtocol, (), Opener>,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(stream) => {
                let _ = self.asked.send((self.member, stream.protocol));
            }
            // Whoever asked for it may be gone.
            ConnectionEvent::FullyNegotiatedOutbound(stream) => _ = stream.info.send(stream.protocol),
            _ => {}
        }
    }
}
