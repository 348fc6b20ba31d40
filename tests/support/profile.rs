//! A person's profile and the program run on it, apart from whatever else is on the machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::control::Control;
use super::process::{Event, Output, Process};
use super::within;

/// Milliseconds that a command may take. One that waits longer than its own time limit is stuck.
const COMMAND_ENDS_WITHIN: u64 = 60_000;

/// Milliseconds until a node has to say that it is ready.
const READY_WITHIN: u64 = 20_000;

/// One person: a nickname, a profile, a folder for downloads, and the place in which the program is run.
#[derive(Debug, Clone)]
pub struct Profile {
    /// What the person calls themself.
    pub nickname: String,
    /// A folder of the person's own; it holds the data directory and the downloads.
    pub home: PathBuf,
    /// The command that enters the place where the program is to run; empty for here.
    pub enter: Vec<String>,
    /// What `vecino node` is told besides.
    pub node_args: Vec<String>,
}

impl Profile {
    /// A person whose folder is `home`, on this machine's own network.
    pub fn new(nickname: impl Into<String>, home: PathBuf) -> Self {
        let profile = Self { nickname: nickname.into(), home, enter: Vec::new(), node_args: Vec::new() };
        fs::create_dir_all(profile.downloads()).unwrap();
        profile
    }

    /// The same, but found only by address: no multicast, and the loopback alone.
    pub fn on_loopback(nickname: impl Into<String>, home: PathBuf) -> Self {
        let listen = ["--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0"];
        Self { node_args: listen.map(str::to_owned).into(), ..Self::new(nickname, home) }
    }

    /// The same, but who reaches others through the relay at this address alone, and takes every file.
    pub fn behind_relay(nickname: impl Into<String>, home: PathBuf, relay: &str) -> Self {
        let args = ["--no-mdns", "--only-relayed", "--accept", "all", "--relay", relay];
        Self { node_args: args.map(str::to_owned).into(), ..Self::new(nickname, home) }
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    /// Where received files go.
    pub fn downloads(&self) -> PathBuf {
        self.home.join("downloads")
    }

    /// A command line that begins with `program` and runs in this person's place.
    pub fn command_of(&self, program: impl AsRef<Path>) -> Command {
        let program = program.as_ref();
        let Some((first, rest)) = self.enter.split_first() else { return Command::new(program) };
        let mut command = Command::new(first);
        command.args(rest).arg(program);
        command
    }

    /// `vecino ARGS…` on this profile, in an environment that holds nothing of this machine's.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.command_of(env!("CARGO_BIN_EXE_vecino"));
        command
            .args(args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.home)
            .env("LANG", "C.UTF-8")
            .env("RUST_BACKTRACE", "1")
            .env("VECINO_DATA_DIR", self.data())
            .current_dir(&self.home);
        command
    }

    /// Starts `vecino ARGS…`.
    pub fn start(&self, args: &[&str]) -> Process {
        Process::start(format!("{}: vecino {}", self.nickname, args.join(" ")), self.command(args))
    }

    /// Runs `vecino ARGS…` to its end.
    pub fn run(&self, args: &[&str]) -> Output {
        self.run_with_input(args, b"")
    }

    /// Runs `vecino ARGS…` to its end, with `input` on its standard input.
    pub fn run_with_input(&self, args: &[&str], input: &[u8]) -> Output {
        let mut process = self.start(args);
        process.feed(input);
        process.output(within(COMMAND_ENDS_WITHIN))
    }

    /// Starts a node that prints JSON.
    pub fn node(&self) -> Process {
        self.node_with(&[])
    }

    /// Starts a node that prints JSON, with more arguments.
    pub fn node_with(&self, more: &[&str]) -> Process {
        let downloads = self.downloads();
        let mut args =
            vec!["node", "--json", "--nickname", &self.nickname, "--download-dir", downloads.to_str().unwrap()];
        args.extend(self.node_args.iter().map(String::as_str));
        args.extend(more);
        self.start(&args)
    }

    /// Starts a node and waits until it is ready.
    pub fn ready_node(&self) -> (Process, Event) {
        let mut node = self.node();
        let ready = node.ready();
        (node, ready)
    }

    /// This person's id.
    pub fn id(&self) -> String {
        self.run(&["id", "--json"]).expect(0).json()["peer_id"].as_str().unwrap().to_owned()
    }

    /// All messages here with `peer`, oldest first.
    pub fn history(&self, peer: &str) -> Vec<Value> {
        let output = self.run(&["history", peer, "--limit", "10000", "--json"]).expect(0);
        output.json().as_array().unwrap().clone()
    }

    /// A connection to the node that runs on this profile.
    pub fn control(&self) -> Control {
        Control::connect(&self.data())
    }
}

impl Process {
    /// Waits until the node says that it is ready.
    pub fn ready(&mut self) -> Event {
        self.wait_for("ready", within(READY_WITHIN), |event| event["event"] == "ready")
    }
}

/// Whether `event` says that the peer with this nickname or id is here.
pub fn is_here(event: &Value, peer: &str) -> bool {
    is_about(event, peer) && event["path"] != "none" && event["presence"] != "offline"
}

/// Whether `event` says that the peer with this nickname or id is gone.
pub fn is_gone(event: &Value, peer: &str) -> bool {
    is_about(event, peer) && event["path"] == "none" && event["presence"] == "offline"
}

/// Whether `event` says that the peer with this nickname or id is here, and reached by this path.
pub fn is_reached(event: &Value, peer: &str, path: &str) -> bool {
    is_here(event, peer) && event["path"] == path
}

/// Whether `event` says that a relay is in this state.
pub fn is_relay(event: &Value, state: &str) -> bool {
    event["event"] == "relay" && event["state"] == state
}

fn is_about(event: &Value, peer: &str) -> bool {
    event["event"] == "peer" && (event["nickname"] == peer || event["peer_id"] == peer)
}
