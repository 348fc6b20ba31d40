//! The names in `--json`, which scripts rely on.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::pair::{Pair, SOON, address};
use crate::support::within;

const ME: &[&str] = &["addresses", "nickname", "peer_id", "presence", "tag"];
const PEER: &[&str] = &["addresses", "nickname", "path", "peer_id", "presence", "tag"];
const MESSAGE: &[&str] = &["from", "id", "peer_id", "sent_at", "state", "text"];
const MESSAGE_STATE: &[&str] = &["event", "id", "peer_id", "state"];
const READY: &[&str] = &["event", "listen", "nickname", "peer_id"];
const TRANSFER: &[&str] = &[
    "bytes_per_second",
    "current",
    "direction",
    "done",
    "error",
    "files",
    "id",
    "name",
    "paused_by",
    "peer_id",
    "saved_to",
    "size",
    "state",
];
const LEFT_OUT: &[&str] = &["skipped", "skipped_names"];

/// `object` has these names and no others, but for a peer's `last_seen`, which one that was never here has not.
fn has_names(object: &Value, names: &[&str]) {
    let all = object.as_object().unwrap().keys().map(String::as_str);
    let found: BTreeSet<&str> = all.filter(|name| *name != "last_seen").collect();
    assert_eq!(found, names.iter().copied().collect(), "{object}");
}

#[test]
fn people() {
    let pair = Pair::met();
    let me = pair.ana.run(&["id", "--json"]).expect(0).json();
    has_names(&me, ME);
    assert_eq!(me["presence"], "online");
    let peers = pair.ana.run(&["peers", "--json"]).expect(0).json();
    assert_eq!(peers.as_array().unwrap().len(), 1);
    has_names(&peers[0], PEER);
    assert_eq!((&peers[0]["peer_id"], &peers[0]["nickname"]), (&pair.luis_id.clone().into(), &"luis".into()));
    assert_eq!((&peers[0]["presence"], &peers[0]["path"]), (&"online".into(), &"direct".into()));
    let added = pair.ana.run(&["add", peers[0]["addresses"][0].as_str().unwrap(), "--json"]).expect(0).json();
    has_names(&added, PEER);
}

#[test]
fn messages() {
    let mut pair = Pair::met();
    let sent = pair.ana.run(&["send", "luis", "hola", "--json"]).expect(0).json();
    has_names(&sent, MESSAGE);
    assert!(sent["sent_at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{sent}");
    let received = pair.luis.history(&pair.ana_id);
    has_names(&received[0], MESSAGE);
    assert_eq!((&received[0]["from"], &received[0]["peer_id"]), (&"peer".into(), &pair.ana_id.clone().into()));

    let told = pair.luis_node.wait_for("message", within(SOON), |event| event["event"] == "message").json;
    has_names(&told, &[MESSAGE, &["event"]].concat());
    let state = pair.ana_node.wait_for("state", within(SOON), |event| event["event"] == "message_state").json;
    has_names(&state, MESSAGE_STATE);
    assert_eq!((&state["id"], &state["state"]), (&sent["id"], &"delivered".into()));
}

#[test]
fn transfers() {
    let mut pair = Pair::met_with(&["--accept", "all"]);
    let file = pair.ana.home.join("hola.txt");
    fs::write(&file, "hola").unwrap();
    let shared = pair.ana.run(&["share", "luis", file.to_str().unwrap(), "--json"]).expect(0);
    let lines: Vec<Value> = shared.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    has_names(&lines[0], &[TRANSFER, LEFT_OUT].concat());
    for line in &lines[1..] {
        has_names(line, TRANSFER);
    }
    let done = pair.luis_node.wait_for("transfer", within(SOON), |event| event["state"] == "done").json;
    has_names(&done, &[TRANSFER, &["event"]].concat());
    assert_eq!((&done["size"], &done["done"], &done["files"]), (&4.into(), &4.into(), &1.into()));
    let listed = pair.luis.run(&["transfers", "--json"]).expect(0).json();
    has_names(&listed[0], TRANSFER);
    let offers = pair.luis.history("ana");
    has_names(&offers[0], &[MESSAGE, &["offer", "name"]].concat());
    assert_eq!((&offers[0]["offer"], &offers[0]["text"]), (&listed[0]["id"], &"hola.txt".into()));
    assert_eq!(offers[0]["name"], "hola.txt");
}

#[test]
fn a_node_that_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let (_node, ready) = crate::pair::person("ana", folder.path()).ready_node();
    has_names(&ready.json, READY);
    assert!(address(&ready).starts_with("/ip4/127.0.0.1/tcp/"), "{}", ready.json);
}
