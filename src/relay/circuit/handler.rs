//! One connection's part: reads what its peer asks, and opens the streams by which its peer is called.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::FuturesUnordered;
use libp2p::StreamProtocol;
use libp2p::core::upgrade::ReadyUpgrade;
use libp2p::relay::{HOP_PROTOCOL_NAME, STOP_PROTOCOL_NAME};
use libp2p::swarm::handler::{ConnectionEvent, FullyNegotiatedInbound, FullyNegotiatedOutbound};
use libp2p::swarm::{ConnectionHandler, ConnectionHandlerEvent, Stream, SubstreamProtocol};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use super::super::refusal::Refusal;
use super::wire::{self, Answer, Request, Status, WireError};
use crate::model::PeerId;

/// Streams of one peer that are waited at for what it asks; more of them are reset.
const MAX_UNREAD: usize = 32;

/// How long a peer may take to say what it wants.
const ASKING: Duration = Duration::from_secs(10);

/// Calls to one member at once. libp2p's client drops the eleventh.
const MAX_CALLS: usize = 8;

/// How long a call waits for its turn.
const TURN: Duration = Duration::from_secs(4);

/// How long a member may take to answer a call.
const CALLING: Duration = Duration::from_secs(5);

/// What came from a peer.
#[derive(Debug)]
pub enum Asked {
    /// A request, and the stream that waits for the answer.
    For(Request, Stream),
    /// Nothing in its time, or nothing that is a request.
    Nonsense,
}

/// Where a stream to the peer is handed to.
pub type Caller = oneshot::Sender<Stream>;

/// By which a peer is called on one connection. When the connection is gone every call ends at once.
#[derive(Debug, Clone)]
pub(super) struct Door {
    turns: Arc<Semaphore>,
    callers: mpsc::Sender<Caller>,
}

impl Door {
    /// A door, and the handler of the connection behind it.
    pub(super) fn new() -> (Self, Handler) {
        let (callers, waiting) = mpsc::channel(MAX_CALLS);
        let handler = Handler { unread: FuturesUnordered::new(), waiting };
        (Self { turns: Arc::new(Semaphore::new(MAX_CALLS)), callers }, handler)
    }

    /// Tells the peer who calls. The stream to it, once it has taken the call.
    pub(super) async fn call(&self, caller: PeerId) -> Result<Stream, Refusal> {
        let turn = timeout(TURN, self.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else { return Err(Refusal::NoAnswer) };
        match timeout(CALLING, self.open(caller)).await {
            Ok(opened) => opened,
            Err(_) => Err(Refusal::NoAnswer),
        }
    }

    async fn open(&self, caller: PeerId) -> Result<Stream, Refusal> {
        let (sender, opened) = oneshot::channel();
        self.callers.send(sender).await.map_err(|_| Refusal::NoReservation)?;
        let mut stream = opened.await.map_err(|_| Refusal::NoAnswer)?;
        match wire::call(&mut stream, &caller).await {
            Ok(()) => Ok(stream),
            Err(WireError::Refused(code)) if code == Status::NoReservation as i32 => Err(Refusal::NoReservation),
            Err(_) => Err(Refusal::NoAnswer),
        }
    }
}

/// The part of one connection.
pub struct Handler {
    unread: FuturesUnordered<BoxFuture<'static, Asked>>,
    waiting: mpsc::Receiver<Caller>,
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Infallible;
    type ToBehaviour = Asked;
    type InboundProtocol = ReadyUpgrade<StreamProtocol>;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Caller;

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(ReadyUpgrade::new(HOP_PROTOCOL_NAME), ())
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, Caller, Asked>> {
        if let Poll::Ready(Some(asked)) = self.unread.poll_next_unpin(cx) {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(asked));
        }
        if let Poll::Ready(Some(caller)) = self.waiting.poll_recv(cx) {
            let protocol = SubstreamProtocol::new(ReadyUpgrade::new(STOP_PROTOCOL_NAME), caller).with_timeout(CALLING);
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        Poll::Pending
    }

    fn on_behaviour_event(&mut self, event: Infallible) {
        match event {}
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<'_, Self::InboundProtocol, Self::OutboundProtocol, (), Caller>,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol: stream, .. })
                if self.unread.len() < MAX_UNREAD =>
            {
                self.unread.push(read(stream).boxed());
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound { protocol: stream, info: caller }) => {
                // Who called may have given up.
                let _ = caller.send(stream);
            }
            // With the event goes the caller, who learns by that that there's no stream.
            _ => {}
        }
    }
}

/// What a peer asks on a stream. What isn't a request is answered as such.
async fn read(mut stream: Stream) -> Asked {
    let read = async {
        match wire::request(&mut stream).await {
            Ok(request) => Some(request),
            Err(error) => {
                let _ = wire::answer(&mut stream, Answer::Status(error.status())).await;
                None
            }
        }
    };
    match timeout(ASKING, read).await {
        Ok(Some(request)) => Asked::For(request, stream),
        _ => Asked::Nonsense,
    }
}
