//! Files arrive whole, under their own names, and over nobody else's.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::host::{Host, hosts};
use crate::support::process::{Event, Process};
use crate::support::profile::is_here;
use crate::support::{sandbox, within};

const LIMIT: Duration = Duration::from_secs(180);

/// Bytes of a large file.
const LARGE: usize = 100_000_000;

/// Milliseconds in which a large file has to be through.
const TRANSFERRED: u64 = 60_000;

/// Milliseconds in which something that needs no waiting comes.
const SOON: u64 = 10_000;

/// Writes a file of so many random bytes into the person's folder.
fn write_file(host: &Host, name: &str, bytes: usize, seed: u64) -> PathBuf {
    let path = host.home.join(name);
    let mut content = vec![0; bytes];
    fastrand::Rng::with_seed(seed).fill(&mut content);
    fs::write(&path, content).unwrap();
    path
}

fn hash(path: &Path) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(fs::File::open(path).unwrap()).unwrap();
    hasher.finalize()
}

/// The names in a folder, sorted.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Nodes on both hosts that have seen each other.
fn nodes(ana: &Host, luis: &Host) -> (Process, Process) {
    let (mut ana_node, mut luis_node) = (ana.node(), luis.node());
    for (node, other) in [(&mut ana_node, "luis"), (&mut luis_node, "ana")] {
        node.wait_for(other, within(SOON), |event| is_here(event, other));
    }
    (ana_node, luis_node)
}

fn share(host: &Host, peer: &str, path: &Path) -> Process {
    host.start(&["share", peer, path.to_str().unwrap(), "--json"])
}

fn wait_for_transfer(node: &mut Process, state: &str, millis: u64) -> Event {
    node.wait_for(&format!("{state} transfer"), within(millis), |event| {
        event["event"] == "transfer" && event["state"] == state
    })
}

/// Waits for an offer at `host` and accepts it; its id.
fn accept(host: &Host, node: &mut Process) -> String {
    let offer = wait_for_transfer(node, "offered", SOON).json;
    assert_eq!(offer["direction"], "in", "{offer}");
    let id = offer["id"].as_str().unwrap().to_owned();
    host.run(&["accept", &id]).expect(0);
    id
}

/// The state that the last line of a finished `share` tells.
fn last_state(shared: &str) -> Value {
    let line = shared.lines().last().unwrap();
    serde_json::from_str::<Value>(line).unwrap()["state"].clone()
}

#[test]
fn a_large_file_arrives_under_its_own_name_and_replaces_nothing() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (_ana_node, mut luis_node) = nodes(&ana, &luis);
        let first = write_file(&ana, "informe ñ.bin", LARGE, 1);
        let second_folder = ana.home.join("otra");
        fs::create_dir(&second_folder).unwrap();
        let second = second_folder.join("informe ñ.bin");
        fs::rename(write_file(&ana, "segundo", 1_000_001, 2), &second).unwrap();

        for (path, kept_as) in [(&first, "informe ñ.bin"), (&second, "informe ñ (2).bin")] {
            let sharing = share(&ana, "luis", path);
            accept(&luis, &mut luis_node);
            let done = wait_for_transfer(&mut luis_node, "done", TRANSFERRED).json;
            let saved = luis.downloads().join(kept_as);
            assert_eq!(done["saved_to"], saved.to_str().unwrap());
            assert_eq!(hash(&saved), hash(path));
            let shared = sharing.output(within(SOON)).expect(0);
            assert_eq!(last_state(&shared.stdout), "done");
        }
        assert_eq!(hash(&luis.downloads().join("informe ñ.bin")), hash(&first));
        assert_eq!(names_in(&luis.downloads()), ["informe ñ (2).bin", "informe ñ.bin"], "and nothing unfinished");
    });
}

#[test]
fn a_transfer_goes_on_after_either_side_was_killed_in_its_midst() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        // Two seconds for the file, so that there is a midst to be killed in.
        ana.limit_rate(400);
        let (ana_node, mut luis_node) = nodes(&ana, &luis);
        let path = write_file(&ana, "película.mkv", LARGE, 3);
        let sharing = share(&ana, "luis", &path);
        let id = accept(&luis, &mut luis_node);
        let past =
            |share: f64| move |event: &Value| event["done"].as_f64().is_some_and(|done| done > share * LARGE as f64);

        luis_node.wait_for("a quarter", within(TRANSFERRED), past(0.25));
        luis_node.kill9();
        assert_eq!(names_in(&luis.downloads()).iter().filter(|name| *name == "película.mkv").count(), 0);
        let mut luis_node = luis.node();
        luis_node.wait_for("the half", within(TRANSFERRED), past(0.5));
        ana_node.kill9();
        drop(sharing);
        let (_ana_node, _) = ana.ready_node();

        let done = wait_for_transfer(&mut luis_node, "done", TRANSFERRED).json;
        assert_eq!(done["id"], id);
        assert_eq!(names_in(&luis.downloads()), ["película.mkv"]);
        assert_eq!(hash(&luis.downloads().join("película.mkv")), hash(&path));
    });
}

#[test]
fn a_declined_offer_is_exit_code_5() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (_ana_node, mut luis_node) = nodes(&ana, &luis);
        let sharing = share(&ana, "luis", &write_file(&ana, "foto.jpg", 1_000, 4));
        let id = wait_for_transfer(&mut luis_node, "offered", SOON).json["id"].as_str().unwrap().to_owned();
        let declined = luis.run(&["decline", &id, "--json"]).expect(0).json();
        assert_eq!(declined["state"], "declined");
        let shared = sharing.output(within(SOON)).expect(5);
        assert_eq!(last_state(&shared.stdout), "declined");
        assert_eq!(names_in(&luis.downloads()), [""; 0]);
    });
}

#[test]
fn offers_are_taken_unasked_where_a_person_wants_that() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (_ana_node, _) = ana.ready_node();
        let mut luis_node = luis.node_with(&["--accept", "all"]);
        luis_node.wait_for("ana", within(SOON), |event| is_here(event, "ana"));
        let empty = write_file(&ana, "vacío.txt", 0, 5);
        let small = write_file(&ana, "lista.txt", 4_097, 6);
        for path in [&empty, &small] {
            share(&ana, "luis", path).output(within(SOON)).expect(0);
            assert_eq!(hash(&luis.downloads().join(path.file_name().unwrap())), hash(path));
        }
    });
}
