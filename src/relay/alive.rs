//! Whether those who are connected still are: each member pings the relay
//! (<https://github.com/libp2p/specs/blob/master/ping/ping.md>), which answers and notes when it did so last. The relay pings
//! nobody: with thousands of members that would be most of what it does.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures::future::{BoxFuture, FutureExt};
use futures::{AsyncReadExt, AsyncWriteExt};
use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::core::upgrade::{DeniedUpgrade, ReadyUpgrade};
use libp2p::swarm::handler::{ConnectionEvent, FullyNegotiatedInbound};
use libp2p::swarm::{
    ConnectionClosed, ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm,
    NetworkBehaviour, Stream, SubstreamProtocol, THandlerInEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId, StreamProtocol};

const PROTOCOL: StreamProtocol = StreamProtocol::new("/ipfs/ping/1.0.0");

/// Bytes of a ping, and of its answer.
const BYTES: usize = 32;

/// When something was last heard on a connection: milliseconds since the relay's start.
#[derive(Debug, Clone)]
struct Heard {
    start: Instant,
    at: Arc<AtomicU64>,
}

impl Heard {
    fn new(start: Instant) -> Self {
        let heard = Self { start, at: Arc::default() };
        heard.now();
        heard
    }

    fn now(&self) {
        self.at.store(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn at(&self) -> Instant {
        self.start + Duration::from_millis(self.at.load(Ordering::Relaxed))
    }
}

/// Answers pings.
#[derive(Debug)]
pub(super) struct Alive {
    start: Instant,
    connections: HashMap<ConnectionId, Heard>,
}

impl Alive {
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), connections: HashMap::new() }
    }

    /// When a ping was last heard on a connection; at first: when it was made.
    pub(super) fn heard(&self, connection: ConnectionId) -> Option<Instant> {
        self.connections.get(&connection).map(Heard::at)
    }

    fn opened(&mut self, connection: ConnectionId) -> Handler {
        let heard = Heard::new(self.start);
        self.connections.insert(connection, heard.clone());
        Handler { heard, pinging: None }
    }
}

impl NetworkBehaviour for Alive {
    type ConnectionHandler = Handler;
    type ToSwarm = Infallible;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<Handler, ConnectionDenied> {
        Ok(self.opened(connection))
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<Handler, ConnectionDenied> {
        Ok(self.opened(connection))
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionClosed(ConnectionClosed { connection_id, .. }) => {
                self.connections.remove(&connection_id);
            }
            // Another behaviour didn't want it after all.
            FromSwarm::ListenFailure(failure) => _ = self.connections.remove(&failure.connection_id),
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: Infallible) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Infallible, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

/// One connection's part.
pub(super) struct Handler {
    heard: Heard,
    /// The stream on which its peer pings: the newest, as it has one at a time.
    pinging: Option<BoxFuture<'static, io::Result<Infallible>>>,
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Infallible;
    type ToBehaviour = Infallible;
    type InboundProtocol = ReadyUpgrade<StreamProtocol>;
    type OutboundProtocol = DeniedUpgrade;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Infallible;

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(ReadyUpgrade::new(PROTOCOL), ())
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ConnectionHandlerEvent<DeniedUpgrade, Infallible, Infallible>> {
        if let Some(pinging) = &mut self.pinging
            && pinging.poll_unpin(cx).is_ready()
        {
            self.pinging = None;
        }
        Poll::Pending
    }

    fn on_behaviour_event(&mut self, event: Infallible) {
        match event {}
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<'_, Self::InboundProtocol, DeniedUpgrade, (), Infallible>,
    ) {
        if let ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol: stream, .. }) = event {
            self.pinging = Some(answer(stream, self.heard.clone()).boxed());
        }
    }
}

async fn answer(mut stream: Stream, heard: Heard) -> io::Result<Infallible> {
    let mut ping = [0; BYTES];
    loop {
        stream.read_exact(&mut ping).await?;
        heard.now();
        stream.write_all(&ping).await?;
        stream.flush().await?;
    }
}
