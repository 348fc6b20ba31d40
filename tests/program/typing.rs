//! Who writes is shown to whom they write, and it's nothing more than that.

use std::fs;

use serde_json::{Value, json};

use crate::pair::{Pair, SOON, introduce, person};
use crate::support::profile::{Profile, is_reached};
use crate::support::within;

fn is_typing(event: &Value, peer_id: &str, typing: bool) -> bool {
    event["event"] == "typing" && event["peer_id"] == peer_id && event["typing"] == typing
}

/// `person` writes to the peer of this id, or no longer.
fn write(person: &Profile, peer_id: &str, typing: bool) {
    person.control().call("typing", json!({ "peer": peer_id, "typing": typing }));
}

#[test]
fn whoever_writes_is_seen_to_until_the_message_is_there() {
    let mut pair = Pair::met();
    write(&pair.ana, &pair.luis_id, true);
    let told = pair.luis_node.wait_for("ana writing", within(SOON), |event| is_typing(event, &pair.ana_id, true)).json;
    let names: Vec<&String> = told.as_object().unwrap().keys().collect();
    assert_eq!(names, ["event", "peer_id", "typing"], "scripts rely on them");
    pair.ana.run(&["send", "luis", "hola"]).expect(0);
    pair.luis_node.wait_for("the end of it", within(SOON), |event| is_typing(event, &pair.ana_id, false));

    write(&pair.luis, &pair.ana_id, true);
    pair.ana_node.wait_for("luis writing", within(SOON), |event| is_typing(event, &pair.luis_id, true));
    write(&pair.luis, &pair.ana_id, false);
    pair.ana_node.wait_for("luis giving up", within(SOON), |event| is_typing(event, &pair.luis_id, false));
}

#[test]
fn whoever_writes_and_is_gone_writes_no_longer() {
    let mut pair = Pair::met();
    write(&pair.ana, &pair.luis_id, true);
    pair.luis_node.wait_for("ana writing", within(SOON), |event| is_typing(event, &pair.ana_id, true));
    pair.ana_node.kill9();
    pair.luis_node.wait_for("the end of it", within(SOON), |event| is_typing(event, &pair.ana_id, false));
}

#[test]
fn whoever_has_it_switched_off_neither_tells_nor_sees_it() {
    let folder = tempfile::tempdir().unwrap();
    let [ana, luis] = ["ana", "luis"].map(|nickname| person(nickname, folder.path()));
    fs::create_dir_all(luis.data()).unwrap();
    fs::write(luis.data().join("settings.toml"), "typing = false\n").unwrap();
    let (mut ana_node, mut luis_node) = (ana.node(), luis.node());
    let [ana_id, luis_id] = introduce((&ana, &mut ana_node), (&luis, &mut luis_node));
    write(&ana, &luis_id, true);
    write(&luis, &ana_id, true);
    // What is said after a notice on the same connection has come after it.
    ana.run(&["send", "luis", "hola"]).expect(0);
    luis.run(&["send", "ana", "hola"]).expect(0);
    for (node, peer) in [(&mut ana_node, &luis_id), (&mut luis_node, &ana_id)] {
        node.wait_for("a message and no notice", within(SOON), |event| {
            assert_ne!(event["event"], "typing", "{event}");
            event["event"] == "message" && event["from"] == "peer" && event["peer_id"] == **peer
        });
    }
}

#[test]
fn it_goes_through_a_circuit_that_stands_and_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let here = ["--listen", "/ip4/127.0.0.1/tcp/0", "--no-mdns"];
    let library = Profile::new("library", folder.path().join("library")).relay(&here);
    let [ana, luis] =
        ["ana", "luis"].map(|name| Profile::behind_relay(name, folder.path().join(name), &library.listen[0]));
    let (mut ana_node, ready) = ana.ready_node();
    let (mut luis_node, luis_ready) = luis.ready_node();
    let id = |ready: &Value| ready["peer_id"].as_str().unwrap().to_owned();
    let (ana_id, luis_id) = (id(&ready.json), id(&luis_ready.json));
    for (node, other) in [(&mut ana_node, &luis_id), (&mut luis_node, &ana_id)] {
        node.wait_for("the other on the list", within(SOON), |event| is_reached(event, other, "relayed"));
    }
    let before = library.metric("circuits_opened_total");
    write(&ana, &luis_id, true);
    luis_node.stays_without("a notice for which there was no way", within(500), |event| event["event"] == "typing");
    assert_eq!(library.metric("circuits_opened_total"), before);

    ana.run(&["send", "luis", "hola"]).expect(0);
    write(&ana, &luis_id, true);
    luis_node.wait_for("ana writing", within(SOON), |event| is_typing(event, &ana_id, true));
    write(&luis, &ana_id, true);
    ana_node.wait_for("luis writing", within(SOON), |event| is_typing(event, &luis_id, true));
}
