//! The demo's relay: a vecino in a process of its own, too.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, anyhow};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout};
use tokio::time::timeout;

use super::person::ended_early;
use super::{START_TIME, end, vecino};
use crate::cli::Failure;
use crate::relay::config::variables;

/// What the relay is called.
const NAME: &str = "relay";

/// A relay that runs.
pub(super) struct Relay {
    /// Where it listens, its id included.
    pub address: String,
    child: Child,
    /// It goes on to tell what happens, and mustn't be kept from it.
    _told: Lines<BufReader<ChildStdout>>,
}

impl Relay {
    /// Starts a relay with a new identity in `stage`, and waits until it listens. It ends with the demo: its standard
    /// input does.
    pub async fn start(stage: &Path) -> Result<Self, Failure> {
        let log = stage.join("relay.log");
        let mut child = spawn(&stage.join(NAME), &log)?;
        let stdout = child.stdout.take().context("the relay has no standard output")?;
        let mut told = BufReader::new(stdout).lines();
        let ready = timeout(START_TIME, ready(&mut told)).await.unwrap_or_else(|_| Err(anyhow!("it isn't ready")));
        let address = ready.with_context(|| ended_early(NAME, &log))?;
        Ok(Self { address, child, _told: told })
    }

    /// Asks it to end, and waits until it has.
    pub async fn end(&mut self) {
        end(&mut self.child).await;
    }
}

fn spawn(dir: &Path, log: &Path) -> Result<Child, Failure> {
    let mut command = vecino(dir)?;
    command.args(["--json", "relay", "--nickname", NAME, "--no-mdns", "--http", "off"]);
    command.args(["--listen", "/ip4/127.0.0.1/tcp/0", "--end-with-stdin"]);
    // What this person has set for a relay of theirs isn't for this one.
    for (name, _) in variables() {
        command.env_remove(name);
    }
    command.stdout(Stdio::piped());
    super::spawn(command, log)
}

/// Where the relay listens, once it says so.
async fn ready(told: &mut Lines<BufReader<ChildStdout>>) -> anyhow::Result<String> {
    while let Some(line) = told.next_line().await? {
        let event: Value = serde_json::from_str(&line)?;
        if event.get("event").and_then(Value::as_str) == Some("ready") {
            let address = event.pointer("/listen/0").and_then(Value::as_str);
            return Ok(address.ok_or_else(|| anyhow!("it listens nowhere"))?.to_owned());
        }
    }
    Err(anyhow!("it ended"))
}
