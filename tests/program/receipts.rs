//! What was read is told, or not, as it's set.

use std::fs;

use serde_json::json;

use crate::pair::{SOON, address, person};
use crate::support::process::Process;
use crate::support::profile::{Profile, is_gone, is_here};
use crate::support::within;

/// A new run of luis's node with these settings, which ana has met.
fn run(luis: &Profile, settings: &str, ana: &Profile, ana_id: &str) -> Process {
    fs::create_dir_all(luis.data()).unwrap();
    fs::write(luis.data().join("settings.toml"), settings).unwrap();
    let (mut node, ready) = luis.ready_node();
    ana.run(&["add", &address(&ready)]).expect(0);
    node.wait_for("ana", within(SOON), |event| is_here(event, ana_id));
    node
}

/// How far each of ana's messages got, by her own node, the oldest first.
fn states(ana: &Profile) -> Vec<String> {
    let sent = ana.history("luis");
    sent.iter().map(|message| message["state"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_read_is_not_told_as_long_as_it_is_set_so() {
    let folder = tempfile::tempdir().unwrap();
    let [ana, luis] = ["ana", "luis"].map(|nickname| person(nickname, folder.path()));
    let (mut ana_node, ready) = ana.ready_node();
    let ana_id = ready.json["peer_id"].as_str().unwrap().to_owned();

    let node = run(&luis, "receipts = false\n", &ana, &ana_id);
    ana.run(&["send", "luis", "uno"]).expect(0);
    luis.control().call("mark_read", json!({ "peer": ana_id }));
    assert_eq!(luis.history("ana")[0]["state"], "read", "it's true all the same");
    // The answer to a message, and a hello, would tell as well.
    ana.run(&["send", "luis", "dos"]).expect(0);
    assert_eq!(states(&ana), ["delivered"; 2]);
    node.terminate();
    let node = run(&luis, "receipts = false\n", &ana, &ana_id);
    ana.run(&["send", "luis", "tres"]).expect(0);
    assert_eq!(states(&ana), ["delivered"; 3]);
    node.terminate();

    // Nor is it told later, until something is read that is.
    let mut node = run(&luis, "receipts = true\n", &ana, &ana_id);
    ana.run(&["send", "luis", "cuatro"]).expect(0);
    assert_eq!(states(&ana), ["delivered"; 4]);
    luis.control().call("mark_read", json!({ "peer": ana_id }));
    for _ in 0..4 {
        ana_node.wait_for("a message that was read", within(SOON), |event| event["state"] == "read");
    }
    assert_eq!(states(&ana), ["read"; 4]);

    // What was to be told and couldn't be isn't told once it's not to be any more.
    ana.run(&["send", "luis", "cinco"]).expect(0);
    ana_node.terminate();
    node.wait_for("ana's goodbye", within(SOON), |event| is_gone(event, &ana_id));
    luis.control().call("mark_read", json!({ "peer": ana_id }));
    node.terminate();
    let (mut ana_node, _) = ana.ready_node();
    let node = run(&luis, "receipts = false\n", &ana, &ana_id);
    ana.run(&["send", "luis", "seis"]).expect(0);
    assert_eq!(states(&ana)[4..], ["delivered"; 2]);
    node.terminate();
    let _node = run(&luis, "", &ana, &ana_id);
    ana_node.wait_for("the mark, in a hello", within(SOON), |event| event["state"] == "read");
    assert_eq!(states(&ana)[4..], ["read", "delivered"]);
}
