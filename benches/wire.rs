//! How fast bare libp2p streams are on loopback: no codec, no disk, no hashing. One stream, both ends in this process on two
//! threads: over vecino's transport, over it with each other way to secure a connection, and over libp2p's own parts.
//!
//! `cargo bench --bench wire`

#[path = "wire/stream.rs"]
mod stream;

use std::future::poll_fn;
use std::time::Instant;

use futures::{AsyncReadExt, AsyncWriteExt};
use libp2p::core::muxing::StreamMuxerExt;
use libp2p::core::transport::{DialOpts, PortUse};
use libp2p::core::{Endpoint, Transport};
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, noise};
use libp2p_tls as tls;
use vecino::net::transport::transport;

use stream::{Outcome, Wire};

const BYTES: u64 = 2_000_000_000;
const RUNS: usize = 3;
const CONNECTIONS: u32 = 500;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome<()> {
    println!("MB/s, one stream, 2 GB");
    let (dialer, listener) = (Keypair::generate_ed25519(), Keypair::generate_ed25519());
    // In turns, so that what else this machine does falls on all of them.
    for _ in 0..RUNS {
        let ends = (stream::vecino(&dialer)?, stream::vecino(&listener)?);
        report("vecino's", speed(ends).await?);
        let ends = (transport(noise::Config::new(&dialer)?), transport(noise::Config::new(&listener)?));
        report("with Noise", speed(ends).await?);
        let ends = (transport(tls::Config::new(&dialer)?), transport(tls::Config::new(&listener)?));
        report("with libp2p's TLS", speed(ends).await?);
        let ends = (stream::libp2p(&dialer)?, stream::libp2p(&listener)?);
        report("all libp2p's", speed(ends).await?);
    }
    println!("milliseconds of a connection from its dialling to the first byte and its end, one after another");
    for _ in 0..RUNS {
        report("vecino's", connection((stream::vecino(&dialer)?, stream::vecino(&listener)?)).await?);
        let ends = (transport(noise::Config::new(&dialer)?), transport(noise::Config::new(&listener)?));
        report("with Noise", connection(ends).await?);
    }
    Ok(())
}

fn report(name: &str, figure: f64) {
    let digits = if figure < 10.0 { 2 } else { 0 };
    println!("{name:<18} {figure:>6.digits$}");
}

/// Milliseconds of one connection.
async fn connection((mut dialer, mut listener): (Wire, Wire)) -> Outcome<f64> {
    let address = stream::listen(&mut listener, "/ip4/127.0.0.1/tcp/0".parse()?).await?;
    let start = Instant::now();
    for _ in 0..CONNECTIONS {
        meet(&mut dialer, &mut listener, address.clone()).await?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e3 / f64::from(CONNECTIONS))
}

/// MB/s from the stream's opening to the last byte read.
async fn speed((dialer, mut listener): (Wire, Wire)) -> Outcome<f64> {
    let address = stream::listen(&mut listener, "/ip4/127.0.0.1/tcp/0".parse()?).await?;
    // The dialer says what it multiplexes by with its first bytes, and the listener waits for that: neither end's
    // connection is complete before there is something to send.
    let sender = tokio::spawn(stream::send(dialer, address, BYTES));
    let took = tokio::spawn(stream::receive(listener, BYTES)).await??;
    sender.await??;
    Ok(BYTES as f64 / took.as_secs_f64() / 1e6)
}

/// Connects to `address` and moves one byte; the listener is in this process too.
async fn meet(dialer: &mut Wire, listener: &mut Wire, address: Multiaddr) -> Outcome<()> {
    let how = DialOpts { role: Endpoint::Dialer, port_use: PortUse::New };
    let dial = dialer.dial(address, how)?;
    let dialled = tokio::spawn(async move {
        let (_, mut connection) = dial.await?;
        let mut bytes = poll_fn(|cx| connection.poll_outbound_unpin(cx)).await?;
        let driver = stream::drive(connection);
        bytes.write_all(b"!").await?;
        bytes.close().await?;
        bytes.read_to_end(&mut Vec::new()).await?;
        driver.abort();
        Outcome::Ok(())
    });
    let mut connection = stream::answer(listener).await?;
    let mut bytes = poll_fn(|cx| connection.poll_inbound_unpin(cx)).await?;
    let driver = stream::drive(connection);
    bytes.read_to_end(&mut Vec::new()).await?;
    bytes.close().await?;
    dialled.await??;
    driver.abort();
    Ok(())
}
