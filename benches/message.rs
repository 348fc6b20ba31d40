//! How long a message takes from `send` to `delivered`, with both ends committed to disk, beside what it's made of in the
//! same run: an fsync on the same file system and a bare request-response on the same transport.
//!
//! `cargo bench --bench message`

use std::error::Error;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tempfile::TempDir;
use vecino::engine::{self, Handle, Options, Profile};
use vecino::model::{Epoch, MessageState, Nickname, PeerId, Text};
use vecino::net::address::Target;
use vecino::net::{Config, Event, Node};
use vecino::protocol::wire::chat::ChatRequest;

type Outcome<T> = Result<T, Box<dyn Error>>;

const MESSAGES: usize = 1_000;
const WARM_UP: usize = 50;
const PATIENCE: Duration = Duration::from_secs(10);

/// What SQLite writes for a small commit: a few pages of 4 KiB in its log.
const COMMIT_BYTES: usize = 16 * 1024;

fn main() -> Outcome<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let dir = tempfile::tempdir()?;
    let fsync = fsyncs(dir.path())?;
    let exchange = runtime.block_on(exchanges())?;
    let message = runtime.block_on(messages(&dir))?;
    let again = fsyncs(dir.path())?;
    println!("{:<42} {:>9} {:>9} {:>9}", "milliseconds", "p50", "p99", "max");
    for (name, times) in [
        ("fsync of 16 KiB, before", &fsync),
        ("fsync of 16 KiB, after", &again),
        ("bare request-response", &exchange),
        ("message, sent to delivered", &message),
    ] {
        let [p50, p99, max] = [times.value_at_quantile(0.5), times.value_at_quantile(0.99), times.max()];
        println!("{name:<42} {:>9.3} {:>9.3} {:>9.3}", millis(p50), millis(p99), millis(max));
    }
    let fsyncs = 2 * fsync.value_at_quantile(0.5).max(again.value_at_quantile(0.5));
    let over = millis(message.value_at_quantile(0.5)) - millis(fsyncs);
    println!("\nover two fsyncs at p50: {over:.3} ms (target: at most 2)");
    Ok(())
}

fn millis(nanos: u64) -> f64 {
    Duration::from_nanos(nanos).as_secs_f64() * 1_000.0
}

fn histogram() -> Outcome<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, 60_000_000_000, 3)?)
}

fn record(times: &mut Histogram<u64>, since: Instant) -> Outcome<()> {
    Ok(times.record(u64::try_from(since.elapsed().as_nanos())?)?)
}

fn fsyncs(dir: &Path) -> Outcome<Histogram<u64>> {
    let mut file = File::create(dir.join("fsync"))?;
    let bytes = vec![7; COMMIT_BYTES];
    let mut times = histogram()?;
    for number in 0..MESSAGES {
        file.seek(SeekFrom::Start((number * COMMIT_BYTES) as u64))?;
        let start = Instant::now();
        file.write_all(&bytes)?;
        file.sync_data()?;
        record(&mut times, start)?;
    }
    Ok(times)
}

/// Requests that the other node's network answers by itself, nothing above it.
async fn exchanges() -> Outcome<Histogram<u64>> {
    let listen = ["/ip4/127.0.0.1/tcp/0".to_owned()];
    let start = |secret| {
        Node::start(&Config { secret, listen: &listen, port: 0, interfaces: &[], mdns: false, only_relayed: false })
    };
    let (mut asker, mut answerer) = (start(&[1; 32])?, start(&[2; 32])?);
    while answerer.addresses().is_empty() {
        answerer.next().await;
    }
    let address = answerer.addresses().first().cloned().ok_or("no address")?;
    asker.reach(&Target::resolve(&address).await?);
    let answering = tokio::spawn(async move {
        loop {
            answerer.next().await;
        }
    });
    let peer = connected(&mut asker).await;
    let mut times = histogram()?;
    for number in 0..WARM_UP + MESSAGES {
        let start = Instant::now();
        let request = asker.chat(&peer, ChatRequest::read(Epoch::new(2), 1));
        while !matches!(asker.next().await, Event::ChatAnswered(of, Some(_)) if of == request) {}
        if number >= WARM_UP {
            record(&mut times, start)?;
        }
    }
    answering.abort();
    Ok(times)
}

async fn connected(node: &mut Node) -> PeerId {
    loop {
        if let Event::Connected(peer) = node.next().await {
            return peer;
        }
    }
}

async fn messages(dir: &TempDir) -> Outcome<Histogram<u64>> {
    let (ana, luis) = (start(dir, "ana").await?, start(dir, "luis").await?);
    let address = luis.me().await?.addresses.first().cloned().ok_or("no address")?;
    let peer = ana.add(address, PATIENCE).await?.id;
    let mut times = histogram()?;
    for number in 0..WARM_UP + MESSAGES {
        let text = Text::new(format!("message {number}"))?;
        let start = Instant::now();
        let message = ana.send(peer, text).await?;
        ana.wait_message(message.id, MessageState::Delivered, PATIENCE).await?;
        if number >= WARM_UP {
            record(&mut times, start)?;
        }
    }
    ana.shutdown().await?;
    luis.shutdown().await?;
    Ok(times)
}

async fn start(dir: &TempDir, name: &str) -> Outcome<Handle> {
    let profile = Profile::locate(Some(dir.path().join(name)))?;
    let options = Options {
        nickname: Some(Nickname::new(name)?),
        listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
        no_mdns: true,
        ..Options::default()
    };
    Ok(engine::start(&profile, options).await?)
}
