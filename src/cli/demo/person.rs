//! One of the demo's people: a vecino in a process of its own, spoken to by its control socket as any command would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use serde::de::DeserializeOwned;
use tokio::process::Child;
use tokio::time::{Instant, sleep, timeout};

use super::{START_TIME, end, vecino};
use crate::cli::Failure;
use crate::cli::text::printable;
use crate::control::{Client, Error, EventRecord, Follow, Request};
use crate::engine::Profile;
use crate::model::{Me, Nickname, Settings};

/// Pause between two looks whether it has.
const LOOK_PAUSE: Duration = Duration::from_millis(20);

/// How long the demo waits for anything to happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Most characters of what a vecino that failed had to say.
const MAX_LOG_CHARS: usize = 2_000;

/// What the two are run as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    /// `vecino node`, and the play is told in the terminal.
    Terminal,
    /// The app.
    Window,
}

/// How a vecino reaches others.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reach<'a> {
    /// Over this computer's loopback, found by multicast DNS.
    Direct,
    /// Through the relay at this address alone.
    Relayed(&'a str),
}

impl Reach<'_> {
    fn args(&self) -> Vec<&str> {
        match self {
            Self::Direct => vec!["--listen", "/ip4/127.0.0.1/tcp/0"],
            Self::Relayed(relay) => vec!["--no-mdns", "--only-relayed", "--relay", relay],
        }
    }
}

/// A vecino that runs.
pub(super) struct Person {
    /// Who they are.
    pub me: Me,
    child: Child,
    client: Client,
}

impl Person {
    /// Starts the vecino of somebody called `name` on a new profile in `stage`, and waits until it listens, if it's to.
    /// It ends with the demo, whatever becomes of that: its standard input does.
    pub async fn start(name: &str, stage: &Path, face: Face, reach: Reach<'_>) -> Result<Self, Failure> {
        let dir = stage.join(name);
        let profile = new_profile(name, &dir)?;
        let log = stage.join(format!("{name}.log"));
        let mut child = spawn(&dir, &log, face, reach)?;
        let client = connect(&profile, &mut child).await.with_context(|| ended_early(name, &log))?;
        let me = match reach {
            Reach::Direct => listening(&client).await?,
            Reach::Relayed(_) => ask(&client, &Request::Me).await?,
        };
        Ok(Self { me, child, client })
    }

    /// What they are called.
    pub fn name(&self) -> &str {
        self.me.nickname.as_str()
    }

    /// The id by which another asks for them.
    pub fn id(&self) -> String {
        self.me.peer_id.to_string()
    }

    /// Asks their vecino.
    pub async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T, Failure> {
        ask(&self.client, &request).await
    }

    /// What happens at their vecino from now on.
    pub async fn follow(&self) -> Result<Happenings, Failure> {
        Ok(Happenings { follow: self.client.follow().await? })
    }

    /// Asks their vecino to end, and waits until it has.
    pub async fn end(&mut self) {
        end(&mut self.child).await;
    }

    /// Waits until the person has closed their window.
    pub async fn closed(&mut self) {
        // Waiting for a child closes its standard input, by which it would end.
        let stdin = self.child.stdin.take();
        let _ = self.child.wait().await;
        drop(stdin);
    }
}

/// The events of one vecino.
pub(super) struct Happenings {
    follow: Follow,
}

impl Happenings {
    /// Waits for `what`: the first event that `wanted` takes.
    pub async fn wait<T>(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(EventRecord) -> Option<T>,
    ) -> Result<T, Failure> {
        let wait = async {
            loop {
                let record = self.follow.next().await?.ok_or(Error::Closed)?;
                if let Some(found) = wanted(record) {
                    return Ok(found);
                }
            }
        };
        timeout(PATIENCE, wait).await.map_err(|_| anyhow!("{what}: that didn't happen within {PATIENCE:?}"))?
    }
}

fn new_profile(name: &str, dir: &Path) -> Result<Profile, Failure> {
    let profile = Profile::locate(Some(dir.to_owned()))?;
    let received: PathBuf = dir.join("received");
    fs::create_dir_all(&received).with_context(|| format!("{} can't be made", received.display()))?;
    let nickname = Nickname::new(name).context("the demo's people need nicknames")?;
    let settings = Settings {
        nickname: Some(nickname),
        download_dir: Some(received),
        port: 0,
        close_to_tray: false,
        ..Settings::default()
    };
    profile.save_settings(&Settings::default(), &settings)?;
    Ok(profile)
}

fn spawn(dir: &Path, log: &Path, face: Face, reach: Reach<'_>) -> Result<Child, Failure> {
    let mut command = vecino(dir)?;
    if face == Face::Terminal {
        command.arg("node");
    }
    command.args(reach.args()).arg("--end-with-stdin").stdout(Stdio::null());
    super::spawn(command, log)
}

/// Connects to the vecino of `profile` as soon as it serves its socket.
async fn connect(profile: &Profile, child: &mut Child) -> anyhow::Result<Client> {
    let deadline = Instant::now() + START_TIME;
    loop {
        match Client::connect(profile).await {
            Ok(client) => return Ok(client),
            Err(Error::NotRunning) if Instant::now() < deadline => {}
            Err(error) => return Err(error.into()),
        }
        if let Some(status) = child.try_wait()? {
            return Err(anyhow!("it ended with {status}"));
        }
        sleep(LOOK_PAUSE).await;
    }
}

/// Who a vecino is, once it has an address.
async fn listening(client: &Client) -> Result<Me, Failure> {
    let deadline = Instant::now() + START_TIME;
    loop {
        let me: Me = ask(client, &Request::Me).await?;
        if !me.addresses.is_empty() || Instant::now() > deadline {
            return Ok(me);
        }
        sleep(LOOK_PAUSE).await;
    }
}

async fn ask<T: DeserializeOwned>(client: &Client, request: &Request) -> Result<T, Failure> {
    let answer = client.ask(request).await?;
    Ok(serde_json::from_value(answer).map_err(|error| Error::Garbled(error.to_string()))?)
}

pub(super) fn ended_early(name: &str, log: &Path) -> String {
    let said: String = fs::read_to_string(log).unwrap_or_default().chars().take(MAX_LOG_CHARS).collect();
    format!("the vecino of {name} didn't start. It said:\n{}\n", printable(said.trim()))
}
