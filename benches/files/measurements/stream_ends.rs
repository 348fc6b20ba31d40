//! A bare libp2p stream between two processes, as two nodes are: this program, run once more at either host.

use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::identity::Keypair;
use serde_json::{Value, json};
use tokio::runtime::Builder;
use vecino::net::security::Security;
use vecino::net::transport::transport;

use super::stream::{self, Outcome, Wire};
use crate::host::Host;
use crate::support::process::Process;
use crate::support::within;

const RECEIVE: &str = "stream-receive";
const SEND: &str = "stream-send";

/// Milliseconds in which a stream is through, whatever its size.
const PATIENCE: u64 = 600_000;

/// The time that so many bytes take from the stream's opening to the last byte read.
pub fn measure(from: &Host, to: &Host, bytes: u64) -> Outcome<Duration> {
    let mut receiver = start(to, RECEIVE, &format!("/ip4/{}/tcp/0", to.address()), bytes)?;
    let ready = receiver.wait_for("address", within(PATIENCE), |line| line.get("listens").is_some());
    let address = ready.json.get("listens").and_then(Value::as_str).ok_or("no address")?;
    let sender = start(from, SEND, address, bytes)?;
    let done = receiver.wait_for("end of the stream", within(PATIENCE), |line| line.get("seconds").is_some());
    sender.output(within(PATIENCE)).expect(0);
    let seconds = done.json.get("seconds").and_then(Value::as_f64).ok_or("no time")?;
    Ok(Duration::try_from_secs_f64(seconds)?)
}

fn start(host: &Host, end: &str, address: &str, bytes: u64) -> Outcome<Process> {
    let mut command = host.command_of(std::env::current_exe()?);
    command.args([end, address, &bytes.to_string()]);
    Ok(Process::start(end, command))
}

/// Plays the end of a stream that the arguments ask for; `None` where they ask for something else.
pub fn play(args: &[String]) -> Outcome<Option<()>> {
    let [end, address, bytes] = args else { return Ok(None) };
    let (address, bytes) = (address.parse(), bytes.parse());
    match end.as_str() {
        RECEIVE => receive(address?, bytes?).map(Some),
        SEND => send(address?, bytes?).map(Some),
        _ => Ok(None),
    }
}

/// Says where it listens, receives, and says how long that took.
fn receive(address: Multiaddr, bytes: u64) -> Outcome<()> {
    // The same threads as the program's own.
    Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let mut listener = wire()?;
        let address = stream::listen(&mut listener, address).await?;
        println!("{}", json!({ "listens": address }));
        let took = tokio::spawn(stream::receive(listener, bytes)).await??;
        println!("{}", json!({ "seconds": took.as_secs_f64() }));
        Ok(())
    })
}

fn send(address: Multiaddr, bytes: u64) -> Outcome<()> {
    Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(async { tokio::spawn(stream::send(wire()?, address, bytes)).await? })
}

fn wire() -> Outcome<Wire> {
    Ok(transport(Security::new(&Keypair::generate_ed25519())?))
}
