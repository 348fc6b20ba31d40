//! One bare libp2p stream over a transport, from one end to the other: what files are measured against.

use std::error::Error;
use std::future::poll_fn;
use std::time::{Duration, Instant};

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::core::muxing::{StreamMuxerBox, StreamMuxerExt};
use libp2p::core::transport::{Boxed, DialOpts, ListenerId, PortUse, TransportEvent};
use libp2p::core::upgrade::Version;
use libp2p::core::{Endpoint, Transport};
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId, tcp};
use tokio::task::JoinHandle;
use vecino::net::security::Security;
use vecino::net::transport::transport;

pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;
pub type Wire = Boxed<(PeerId, StreamMuxerBox)>;

/// libp2p's own TLS and yamux over TCP, as they come.
pub fn libp2p(keypair: &Keypair) -> Outcome<Wire> {
    Ok(tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
        .upgrade(Version::V1Lazy)
        .authenticate(libp2p_tls::Config::new(keypair)?)
        .multiplex(libp2p_yamux::Config::default())
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)))
        .boxed())
}

/// vecino's.
pub fn vecino(keypair: &Keypair) -> Outcome<Wire> {
    Ok(transport(Security::new(keypair)?))
}

const WRITE_BYTES: usize = 256 * 1024;

/// Listens at `address`; the one that it has become.
pub async fn listen(listener: &mut Wire, address: Multiaddr) -> Outcome<Multiaddr> {
    listener.listen_on(ListenerId::next(), address)?;
    loop {
        if let Some(TransportEvent::NewAddress { listen_addr, .. }) = listener.next().await {
            return Ok(listen_addr);
        }
    }
}

/// Connects to `address`, sends so many bytes over one stream, and waits until the other end has them.
pub async fn send(mut dialer: Wire, address: Multiaddr, bytes: u64) -> Outcome<()> {
    let how = DialOpts { role: Endpoint::Dialer, port_use: PortUse::New };
    let (_, mut connection) = dialer.dial(address, how)?.await?;
    let mut stream = poll_fn(|cx| connection.poll_outbound_unpin(cx)).await?;
    let driver = drive(connection);
    let buffer = vec![7; WRITE_BYTES];
    let mut left = bytes;
    while left > 0 {
        let part = buffer.len().min(usize::try_from(left)?);
        stream.write_all(buffer.get(..part).unwrap_or_default()).await?;
        left -= part as u64;
    }
    stream.close().await?;
    // The other end closes when it has everything.
    stream.read_to_end(&mut Vec::new()).await?;
    driver.abort();
    Ok(())
}

/// Waits for a connection and reads so many bytes from its first stream. The time from the stream's opening to the last
/// byte.
pub async fn receive(mut listener: Wire, bytes: u64) -> Outcome<Duration> {
    let mut connection = answer(&mut listener).await?;
    let mut stream = poll_fn(|cx| connection.poll_inbound_unpin(cx)).await?;
    let start = Instant::now();
    let driver = drive(connection);
    let mut buffer = vec![0; WRITE_BYTES];
    let mut received = 0;
    while received < bytes {
        match stream.read(&mut buffer).await? {
            0 => return Err(format!("{received} bytes of {bytes}").into()),
            read => received += read as u64,
        }
    }
    let took = start.elapsed();
    stream.close().await?;
    // What is left to be sent is the other end's to wait for.
    driver.await?;
    Ok(took)
}

/// Waits for a connection.
pub async fn answer(listener: &mut Wire) -> Outcome<StreamMuxerBox> {
    loop {
        if let Some(TransportEvent::Incoming { upgrade, .. }) = listener.next().await {
            return Ok(upgrade.await?.1);
        }
    }
}

/// Moves the connection's bytes until it ends, as a swarm's task would.
pub fn drive(mut connection: StreamMuxerBox) -> JoinHandle<()> {
    tokio::spawn(async move { while poll_fn(|cx| connection.poll_unpin(cx)).await.is_ok() {} })
}
