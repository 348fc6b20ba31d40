//! A relay: the program's own, as a process, with what it prints and what it tells over HTTP.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::process::Process;
use super::profile::Profile;

/// How long an answer over HTTP may take.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// A relay that is ready.
pub struct Relay {
    /// The program that runs.
    pub process: Process,
    /// Its id.
    pub id: String,
    /// Multiaddrs at which it listens, its id included.
    pub listen: Vec<String>,
    /// Where it tells of itself.
    http: SocketAddr,
}

impl Profile {
    /// Starts a relay whose identity is kept in this home, and waits until it's ready.
    pub fn relay(&self, more: &[&str]) -> Relay {
        self.relay_in(more, &[])
    }

    /// The same, with more variables in its environment.
    pub fn relay_in(&self, more: &[&str], variables: &[(&str, &Path)]) -> Relay {
        let data = self.home.join("relay");
        let mut args = vec!["relay", "--json", "--data-dir", data.to_str().unwrap(), "--nickname", &self.nickname];
        args.extend(["--http", "127.0.0.1:0"]);
        args.extend(more);
        let mut command = self.command(&args);
        command.envs(variables.iter().copied());
        Relay::of(Process::start(format!("{}: vecino relay", self.nickname), command))
    }
}

impl Relay {
    /// The relay that runs as this process, once it's ready.
    pub fn of(mut process: Process) -> Self {
        let ready = process.ready().json;
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("not all of it is in {ready}")).to_owned();
        let listen = ready["listen"].as_array().unwrap().iter().map(text).collect();
        Self { id: text(&ready["peer_id"]), listen, http: text(&ready["http"]).parse().unwrap(), process }
    }

    /// Where it tells of itself.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// The multiaddr at which it listens at this IPv4 address, its id included.
    pub fn address_at(&self, ip: &str) -> &str {
        let found = self.listen.iter().find(|address| address.starts_with(&format!("/ip4/{ip}/tcp/")));
        found.unwrap_or_else(|| panic!("it doesn't listen at {ip}: {:?}", self.listen))
    }

    /// What it answers to a GET of `path`, with its head. Only where the relay runs on this test's own loopback.
    pub fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.http).unwrap();
        stream.set_read_timeout(Some(ANSWERS_WITHIN)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Bytes of it that are resident in memory, as Linux counts them.
    pub fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// The figure of this name among its metrics, with its labels if it has any.
    pub fn metric(&self, name: &str) -> f64 {
        let metrics = self.get("/metrics");
        let of_name = |line: &&str| line.split(' ').next() == Some(&format!("vecino_relay_{name}"));
        let line = metrics.lines().find(of_name).unwrap_or_else(|| panic!("no {name} in {metrics}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }
}
