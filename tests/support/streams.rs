//! The streams of connections in a test's own hands.

use std::convert::Infallible;
use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::core::upgrade::ReadyUpgrade;
use libp2p::swarm::handler::ConnectionEvent;
use libp2p::swarm::{
    ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm, NetworkBehaviour, Stream,
    SubstreamProtocol, ToSwarm,
};
use libp2p::{Multiaddr, PeerId, StreamProtocol};
use tokio::sync::{mpsc, oneshot};

/// Who waits for a stream.
pub type Opener = oneshot::Sender<Stream>;

/// Hands over the streams that the other side opens, and opens those that are asked for.
pub struct Streams {
    /// The protocol of those that come, and where they go.
    pub heard: StreamProtocol,
    pub came: Box<dyn FnMut(Stream) + Send>,
    /// The protocol of those that are opened, and who asks for them.
    pub spoken: StreamProtocol,
    pub opening: mpsc::UnboundedReceiver<Opener>,
}

impl ConnectionHandler for Streams {
    type FromBehaviour = Infallible;
    type ToBehaviour = Infallible;
    type InboundProtocol = ReadyUpgrade<StreamProtocol>;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Opener;

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(ReadyUpgrade::new(self.heard.clone()), ())
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, Opener, Infallible>> {
        match self.opening.poll_recv(cx) {
            Poll::Ready(Some(opener)) => Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest {
                protocol: SubstreamProtocol::new(ReadyUpgrade::new(self.spoken.clone()), opener),
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
            ConnectionEvent::FullyNegotiatedInbound(stream) => (self.came)(stream.protocol),
            // Whoever asked for it may be gone.
            ConnectionEvent::FullyNegotiatedOutbound(stream) => _ = stream.info.send(stream.protocol),
            _ => {}
        }
    }
}

/// Has the streams of each connection handled as is said when its peer is known.
pub struct StreamsBehaviour(pub Box<dyn FnMut(PeerId) -> Streams + Send>);

impl NetworkBehaviour for StreamsBehaviour {
    type ConnectionHandler = Streams;
    type ToSwarm = Infallible;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<Streams, ConnectionDenied> {
        Ok((self.0)(peer))
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<Streams, ConnectionDenied> {
        Ok((self.0)(peer))
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: Infallible) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Infallible, Infallible>> {
        Poll::Pending
    }
}
