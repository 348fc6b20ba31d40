//! How fast bare libp2p streams are on loopback: no codec, no disk, no hashing. One stream, both ends in this process on two
//! threads: over vecino's transport, over it with each other way to secure a connection, and over libp2p's own parts.
//!
//! `cargo bench --bench wire`

#[path = "wire/stream.rs"]
mod stream;

use libp2p::identity::Keypair;
use libp2p::noise;
use libp2p_tls as tls;
use vecino::net::transport::transport;

use stream::{Outcome, Wire};

const BYTES: u64 = 2_000_000_000;
const RUNS: usize = 3;

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
    Ok(())
}

fn report(name: &str, speed: f64) {
    println!("{name:<18} {speed:>6.0}");
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
