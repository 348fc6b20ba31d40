//! How bytes travel: TCP, secured, split into streams by yamux.

use std::error::Error;

use futures::{AsyncRead, AsyncWrite};
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::Boxed;
use libp2p::core::upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade, Version};
use libp2p::core::{Negotiated, UpgradeInfo};
use libp2p::tcp::tokio::TcpStream;
use libp2p::{PeerId, Transport, tcp};

use super::muxer::Yamux;

/// TCP and yamux around a way to secure a connection: [`Security`](super::security::Security), in `benches/wire.rs`
/// others to compare it with.
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
    tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
        .upgrade(Version::V1Lazy)
        .authenticate(security)
        .multiplex(Yamux)
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)))
        .boxed()
}
