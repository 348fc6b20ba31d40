//! A bare libp2p stream between two processes, as two nodes are: this program, run once more at either host.

use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::identity::Keypair;
use serde_json::{Value, json};
use tokio::runtime::Builder;
#[cfg(target_env = "gnu")]
use vecino::cli::memory::{KEPT, TUNABLES};

use super::stream::{self, Outcome, Wire};
use crate::host::Host;
use crate::support::process::Process;
use crate::support::within;

const RECEIVE: &str = "stream-receive";
const SEND: &str = "stream-send";

/// Milliseconds in which a stream is through, whatever its size.
const PATIENCE: u64 = 600_000;

/// What a stream is carried by.
#[derive(Clone, Copy)]
pub enum Parts {
    /// libp2p's own, as they come.
    Libp2p,
    /// vecino's, and its way with memory.
    Vecino,
}

impl Parts {
    const fn name(self) -> &'static str {
        match self {
            Self::Libp2p => "libp2p",
            Self::Vecino => "vecino",
        }
    }

    fn wire(name: &str) -> Outcome<Wire> {
        let keypair = Keypair::generate_ed25519();
        if name == Self::Vecino.name() { stream::vecino(&keypair) } else { stream::libp2p(&keypair) }
    }
}

/// The time that so many bytes take from the stream's opening to the last byte read.
pub fn measure(parts: Parts, from: &Host, to: &Host, bytes: u64) -> Outcome<Duration> {
    let mut receiver = start(parts, to, RECEIVE, &format!("/ip4/{}/tcp/0", to.address()), bytes)?;
    let ready = receiver.wait_for("address", within(PATIENCE), |line| line.get("listens").is_some());
    let address = ready.json.get("listens").and_then(Value::as_str).ok_or("no address")?;
    let sender = start(parts, from, SEND, address, bytes)?;
    let done = receiver.wait_for("end of the stream", within(PATIENCE), |line| line.get("seconds").is_some());
    sender.output(within(PATIENCE)).expect(0);
    let seconds = done.json.get("seconds").and_then(Value::as_f64).ok_or("no time")?;
    Ok(Duration::try_from_secs_f64(seconds)?)
}

fn start(parts: Parts, host: &Host, end: &str, address: &str, bytes: u64) -> Outcome<Process> {
    let mut command = host.command_of(std::env::current_exe()?);
    command.args([end, parts.name(), address, &bytes.to_string()]);
    #[cfg(target_env = "gnu")]
    if matches!(parts, Parts::Vecino) {
        command.env(TUNABLES, KEPT);
    }
    Ok(Process::start(end, command))
}

/// Plays the end of a stream that the arguments ask for; `None` where they ask for something else.
pub fn play(args: &[String]) -> Outcome<Option<()>> {
    let [end, parts, address, bytes] = args else { return Ok(None) };
    let (address, bytes) = (address.parse(), bytes.parse());
    match end.as_str() {
        RECEIVE => receive(parts, address?, bytes?).map(Some),
        SEND => send(parts, address?, bytes?).map(Some),
        _ => Ok(None),
    }
}

/// Says where it listens, receives, and says how long that took.
fn receive(parts: &str, address: Multiaddr, bytes: u64) -> Outcome<()> {
    // The same threads as the program's own.
    Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let mut listener = Parts::wire(parts)?;
        let address = stream::listen(&mut listener, address).await?;
        println!("{}", json!({ "listens": address }));
        let took = tokio::spawn(stream::receive(listener, bytes)).await??;
        println!("{}", json!({ "seconds": took.as_secs_f64() }));
        Ok(())
    })
}

fn send(parts: &str, address: Multiaddr, bytes: u64) -> Outcome<()> {
    let wire = Parts::wire(parts);
    Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(async { tokio::spawn(stream::send(wire?, address, bytes)).await? })
}
