//! The streams of one connection in a test's own hands.

use std::convert::Infallible;
use std::task::{Context, Poll};

use libp2p::StreamProtocol;
use libp2p::core::upgrade::ReadyUpgrade;
use libp2p::swarm::handler::ConnectionEvent;
use libp2p::swarm::{ConnectionHandler, ConnectionHandlerEvent, Stream, SubstreamProtocol};
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
