//! What the tests of transfers stand on: files with known content, nodes that have met, and what is said of a transfer.

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::host::Host;
use crate::support::process::{Event, Process};
use crate::support::profile::is_here;
use crate::support::within;

/// Milliseconds in which a transfer of these tests has to be through.
pub const TRANSFERRED: u64 = 60_000;

/// Milliseconds in which something that needs no waiting comes.
pub const SOON: u64 = 10_000;

/// Writes a file of so many random bytes into the person's folder. The name may lead into folders, which are made.
pub fn write_file(host: &Host, name: &str, bytes: usize, seed: u64) -> PathBuf {
    let path = host.home.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut content = vec![0; bytes];
    fastrand::Rng::with_seed(seed).fill(&mut content);
    fs::write(&path, content).unwrap();
    path
}

pub fn hash(path: &Path) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(fs::File::open(path).unwrap()).unwrap();
    hasher.finalize()
}

/// The names in a folder, sorted; none where there's no such folder.
pub fn names_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Nodes on both hosts that have seen each other.
pub fn nodes(ana: &Host, luis: &Host) -> (Process, Process) {
    let (mut ana_node, mut luis_node) = (ana.node(), luis.node());
    meet(&mut ana_node, "luis");
    meet(&mut luis_node, "ana");
    (ana_node, luis_node)
}

/// Waits until a node sees somebody.
pub fn meet(node: &mut Process, other: &str) {
    node.wait_for(other, within(SOON), |event| is_here(event, other));
}

pub fn share(host: &Host, peer: &str, path: &Path) -> Process {
    host.start(&["share", peer, path.to_str().unwrap(), "--json"])
}

/// Offers something and leaves it to the node; the transfer's id.
pub fn offer(host: &Host, peer: &str, path: &Path) -> String {
    let mut sharing = share(host, peer, path);
    let offer = sharing.wait_for("an offer", within(SOON), |line| line["direction"] == "out").json;
    offer["id"].as_str().unwrap().to_owned()
}

/// Waits for a node's next word of a transfer in this state.
pub fn wait_for_transfer(node: &mut Process, state: &str, millis: u64) -> Event {
    node.wait_for(&format!("{state} transfer"), within(millis), |event| {
        event["event"] == "transfer" && event["state"] == state
    })
}

/// The same for one transfer among several.
pub fn wait_for_state(node: &mut Process, id: &str, state: &str, millis: u64) -> Event {
    node.wait_for(&format!("{state} transfer {id}"), within(millis), |event| {
        event["event"] == "transfer" && event["id"] == id && event["state"] == state
    })
}

/// Waits until a node has told `what` of each of these transfers, in whatever order.
pub fn wait_for_each(node: &mut Process, ids: &[String], what: &str, millis: u64, fits: impl Fn(&Value) -> bool) {
    let mut missing = ids.to_vec();
    node.wait_for(&format!("{what} of each"), within(millis), |event| {
        missing.retain(|id| event["event"] != "transfer" || event["id"] != id.as_str() || !fits(event));
        missing.is_empty()
    });
}

/// Waits until a node knows somebody to hold the transfer up: `me`, `peer` or `disk`.
pub fn wait_for_pause(node: &mut Process, id: &str, by: &str) {
    node.wait_for(&format!("{id} paused by {by}"), within(SOON), |event| {
        event["id"] == id && event["state"] == "paused" && event["paused_by"] == by
    });
}

/// Waits until so many bytes of a transfer are there.
pub fn wait_for_bytes(node: &mut Process, id: &str, bytes: u64) -> Event {
    node.wait_for(&format!("{bytes} bytes of {id}"), within(TRANSFERRED), |event| {
        event["event"] == "transfer" && event["id"] == id && event["done"].as_u64().is_some_and(|done| done >= bytes)
    })
}

/// Waits for an offer at a node; its id.
pub fn offered(node: &mut Process) -> String {
    let offer = wait_for_transfer(node, "offered", SOON).json;
    assert_eq!(offer["direction"], "in", "{offer}");
    offer["id"].as_str().unwrap().to_owned()
}

/// Waits for an offer at `host` and accepts it; its id.
pub fn accept(host: &Host, node: &mut Process) -> String {
    let id = offered(node);
    host.run(&["accept", &id]).expect(0);
    id
}

/// The transfer of this id, as a node knows it now.
pub fn transfer(host: &Host, id: &str) -> Value {
    let all = host.run(&["transfers", "--json"]).expect(0).json();
    let found = all.as_array().unwrap().iter().find(|transfer| transfer["id"] == id);
    found.unwrap_or_else(|| panic!("no transfer {id} in {all}")).clone()
}

/// The state that the last line of a finished `share` tells.
pub fn last_state(shared: &str) -> Value {
    let line = shared.lines().last().unwrap();
    serde_json::from_str::<Value>(line).unwrap()["state"].clone()
}

/// Waits until `holds` does: for what no event tells.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_millis(SOON);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: not so in time");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Waits until nothing but `kept` is in the downloads, and nothing of any transfer in the profile.
pub fn wait_for_nothing_left(host: &Host, kept: &[&str]) {
    let transfers = host.data().join("transfers");
    let left = || (names_in(&host.downloads()), names_in(&transfers));
    wait_until(&format!("{} keeps {kept:?} alone", host.nickname), || {
        let (downloads, transfers) = left();
        downloads == kept && transfers.is_empty()
    });
}

/// Random numbers from a range, in order, no two alike.
pub fn moments(rng: &mut fastrand::Rng, range: RangeInclusive<u64>, count: usize) -> Vec<u64> {
    let mut moments: Vec<u64> = std::iter::repeat_with(|| rng.u64(range.clone())).take(count).collect();
    moments.sort_unstable();
    moments.dedup();
    moments
}
