//! The commands about files, between two nodes that run.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::pair::{Pair, SOON};
use crate::support::process::Process;
use crate::support::profile::Profile;
use crate::support::within;

/// A small file in the person's folder.
fn small_file(person: &Profile, name: &str) -> PathBuf {
    let path = person.home.join(name);
    fs::write(&path, "hola").unwrap();
    path
}

/// Ana offers a file to luis; the command that does, and the transfer's id.
fn offer(pair: &mut Pair, name: &str) -> (Process, String) {
    let file = small_file(&pair.ana, name);
    let sharing = pair.ana.start(&["share", "luis", file.to_str().unwrap(), "--message", "para ti"]);
    let offered = |event: &Value| event["event"] == "transfer" && event["name"] == name;
    let id = pair.luis_node.wait_for("the offer", within(SOON), offered).json["id"].as_str().unwrap().to_owned();
    (sharing, id)
}

#[test]
fn one_who_waits_has_the_file_in_the_end() {
    let mut pair = Pair::met();
    let (sharing, id) = offer(&mut pair, "nota.txt");
    assert_eq!(pair.luis.history("ana")[0]["text"], "para ti");
    let folder = pair.luis.home.join("aquí");
    fs::create_dir(&folder).unwrap();
    let accepted = pair.luis.run(&["accept", &id, "--to", folder.to_str().unwrap(), "--wait"]).expect(0);
    let saved = folder.join("nota.txt");
    let says = format!("nota.txt (4 B) from ana is here, verified: {}\n", saved.display());
    assert_eq!(accepted.stdout, says);
    assert_eq!(fs::read(saved).unwrap(), b"hola");
    let shared = sharing.output(within(SOON)).expect(0);
    assert_eq!(shared.stdout, "luis has nota.txt (4 B), verified.\n");
    let waits = format!("{}  nota.txt (4 B) to luis: waits to be accepted\n", &id[id.len() - 8..]);
    assert!(shared.stderr.starts_with(&waits), "{shared:#?}");
}

#[test]
fn transfers_are_followed_until_interrupted() {
    let mut pair = Pair::met();
    let mut following = pair.luis.start(&["transfers", "--follow", "--json"]);
    // Whether it follows already when the offer comes or lists it, it tells.
    let (sharing, id) = offer(&mut pair, "nota.txt");
    let in_state = |state: &'static str| move |line: &Value| line["state"] == state;
    assert_eq!(following.wait_for("the offer", within(SOON), in_state("offered")).json["id"], id);
    pair.luis.run(&["decline", &id]).expect(0);
    following.wait_for("its end", within(SOON), in_state("declined"));
    sharing.output(within(SOON)).expect_words(5, &["luis declined nota.txt"]);
    following.signal(Signal::INT);
    following.output(within(SOON)).expect(0);

    let running = pair.luis.run(&["transfers"]).expect(0).stdout;
    assert_eq!(running, format!("{}  nota.txt (4 B) from ana: declined\n", &id[id.len() - 8..]));
}

#[test]
fn an_offer_that_nobody_has_taken_is_not_paused() {
    let mut pair = Pair::met();
    let (sharing, id) = offer(&mut pair, "nota.txt");
    pair.ana.run(&["pause", &id]).expect_words(1, &["offered by you"]);
    pair.luis.run(&["accept", &id]).expect(0);
    sharing.output(within(SOON)).expect(0);
}

#[test]
fn what_stands_still_is_said_to() {
    let mut pair = Pair::met_with(&["--accept", "all"]);
    let film = pair.ana.home.join("film.mkv");
    fs::File::create(&film).unwrap().set_len(4_000_000_000).unwrap();
    let sharing = pair.ana.start(&["share", "luis", film.to_str().unwrap(), "--json"]);
    let moves = |moves: bool| {
        move |event: &Value| {
            event["state"] == "active" && (event["bytes_per_second"].as_u64().unwrap_or(0) > 0) == moves
        }
    };
    let id = pair.luis_node.wait_for("it moves", within(SOON), moves(true)).json["id"].as_str().unwrap().to_owned();
    pair.ana_node.signal(Signal::STOP);
    pair.luis_node.wait_for("it stands still", within(SOON), moves(false));
    pair.ana_node.signal(Signal::CONT);
    pair.luis_node.wait_for("it moves again", within(SOON), moves(true));
    pair.ana.run(&["cancel", &id]).expect(0);
    sharing.output(within(SOON)).expect(1);
}

#[test]
fn two_hundred_open_transfers_go_on_when_the_two_meet_again() {
    const OFFERS: usize = 200;
    let mut pair = Pair::met();
    let file = small_file(&pair.ana, "nota.txt");
    let (mut ana, mut luis) = (pair.ana.control(), pair.luis.control());
    let offer = |_| ana.call("share", json!({ "peer": "luis", "paths": [file] }))["id"].clone();
    let ids: Vec<Value> = (0..OFFERS).map(offer).collect();
    for _ in &ids {
        pair.luis_node.wait_for("an offer", within(SOON), |event| event["state"] == "offered");
    }
    pair.ana_node.terminate();
    ids.iter().for_each(|id| _ = luis.call("accept", json!({ "transfer": id })));
    let _ana_node = pair.ana.ready_node();
    pair.luis.run(&["add", pair.ana.control().call("me", json!({}))["addresses"][0].as_str().unwrap()]).expect(0);
    let mut done = HashSet::new();
    while done.len() < OFFERS {
        let whole = pair.luis_node.wait_for("the next one", within(SOON), |event| event["state"] == "done");
        done.insert(whole.json["id"].to_string());
    }
}

#[test]
fn an_offer_whose_notes_are_damaged_fails_on_both_sides() {
    let mut pair = Pair::met();
    let (sharing, id) = offer(&mut pair, "nota.txt");
    fs::write(pair.ana.data().join("transfers").join(&id).join("items"), "?").unwrap();
    pair.luis.run(&["accept", &id, "--wait"]).expect(1);
    sharing.output(within(SOON)).expect_words(1, &["offer it again"]);
}
