//! How bytes travel: TCP or a circuit through a relay, secured, split into streams by yamux. Inside a circuit both are as
//! they are over TCP, so that the relay sees neither.

use std::error::Error;

use futures::{AsyncRead, AsyncWrite};
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::Boxed;
use libp2p::core::upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade, Version};
use libp2p::core::{Negotiated, UpgradeInfo};
use libp2p::tcp::tokio::TcpStream;
use libp2p::{PeerId, Transport, relay, tcp};

use super::lazy::Writer;
use super::muxer::{PAYLOAD_BYTES, Yamux};
use super::security::Security;

/// TCP and yamux around a way to secure a connection: [`Security`], in `benches/wire.rs` others to compare it with.
pub fn transport<U, S, E>(security: U) -> Boxed<(PeerId, StreamMuxerBox)>
where
    U: InboundConnectionUpgrade<Negotiated<TcpStream>, Output = (PeerId, S), Error = E>
        + OutboundConnectionUpgrade<Negotiated<TcpStream>, Output = (PeerId, S), Error = E>
        + UpgradeInfo
        + Clone
        + Send
        + 'static,
    <U as InboundConnectionUpgrade<Negotiated<TcpStream>>>::Future: Send,
    <U as OutboundConnectionUpgrade<Negotiated<TcpStream>>>::Future: Send,
    <U as UpgradeInfo>::Info: Send,
    <<U as UpgradeInfo>::InfoIter as IntoIterator>::IntoIter: Send,
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    E: Error + Send + Sync + 'static,
{
    secured(tcp(), security, Yamux::default())
}

/// The same over TCP, and over circuits for addresses that go through a relay.
pub(super) fn with_circuits(security: Security, circuits: relay::client::Transport) -> Boxed<(PeerId, StreamMuxerBox)> {
    // A circuit is a stream of the connection with the relay, each write a frame of it.
    let circuits = circuits.map(|circuit, _| Writer::new(circuit, PAYLOAD_BYTES));
    let over_circuits = secured(circuits, security.clone(), Yamux::in_circuit());
    over_circuits.or_transport(secured(tcp(), security, Yamux::default())).map(|either, _| either.into_inner()).boxed()
}

/// The same over TCP for a relay, whose connections have so many streams at most.
pub(crate) fn for_relay(security: Security, streams: usize) -> Boxed<(PeerId, StreamMuxerBox)> {
    secured(tcp(), security, Yamux::for_relay(streams))
}

fn tcp() -> tcp::tokio::Transport {
    tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
}

fn secured<T, C, U, S, E>(sockets: T, security: U, streams: Yamux) -> Boxed<(PeerId, StreamMuxerBox)>
where
    T: Transport<Output = C> + Send + Unpin + 'static,
    T::Dial: Send + 'static,
    T::ListenerUpgrade: Send + 'static,
    T::Error: Send + Sync + 'static,
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    U: InboundConnectionUpgrade<Negotiated<C>, Output = (PeerId, S), Error = E>
        + OutboundConnectionUpgrade<Negotiated<C>, Output = (PeerId, S), Error = E>
        + UpgradeInfo
        + Clone
        + Send
        + 'static,
    <U as InboundConnectionUpgrade<Negotiated<C>>>::Future: Send,
    <U as OutboundConnectionUpgrade<Negotiated<C>>>::Future: Send,
    <U as UpgradeInfo>::Info: Send,
    <<U as UpgradeInfo>::InfoIter as IntoIterator>::IntoIter: Send,
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    E: Error + Send + Sync + 'static,
{
    sockets
        .upgrade(Version::V1Lazy)
        .authenticate(security)
        .multiplex(streams)
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)))
        .boxed()
}
