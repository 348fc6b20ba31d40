//! Transfers that fail, are cancelled at the last moment, or are tried again.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::pair::Pair;
use crate::support::process::Process;
use crate::support::profile::Profile;
use crate::support::within;

/// Files of which each goes to its place by itself, so many that it takes a while.
const MANY: usize = 4_000;

/// How long these take at most.
const LONG: u64 = 60_000;

/// The names in a folder, sorted.
fn names_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn wait_for_state(node: &mut Process, id: &str, state: &str) -> Value {
    let wanted = |event: &Value| event["event"] == "transfer" && event["id"] == id && event["state"] == state;
    node.wait_for(&format!("{state} transfer {id}"), within(LONG), wanted).json
}

/// Ana offers these to luis, who takes it; its id.
fn offer(pair: &mut Pair, paths: &[PathBuf]) -> String {
    let id = pair.ana.control().call("share", json!({ "peer": "luis", "paths": paths }))["id"].clone();
    let id = id.as_str().unwrap().to_owned();
    wait_for_state(&mut pair.luis_node, &id, "offered");
    id
}

/// `viaje` with two files.
fn folder(pair: &Pair) -> PathBuf {
    let folder = pair.ana.home.join("viaje");
    fs::create_dir(&folder).unwrap();
    for name in ["carta.txt", "foto.jpg"] {
        fs::write(folder.join(name), format!("{name} de ana")).unwrap();
    }
    folder
}

/// Takes an offer of which something can't be read, and waits until both know that it failed.
fn fails(pair: &mut Pair, id: &str) {
    pair.luis.run(&["accept", id]).expect(0);
    wait_for_state(&mut pair.luis_node, id, "failed");
    wait_for_state(&mut pair.ana_node, id, "failed");
}

#[test]
fn a_folder_that_failed_in_part_is_completed_even_after_a_restart() {
    let mut pair = Pair::met();
    let folder = folder(&pair);
    let id = offer(&mut pair, std::slice::from_ref(&folder));
    let elsewhere = pair.ana.home.join("elsewhere");
    fs::rename(folder.join("foto.jpg"), &elsewhere).unwrap();
    fails(&mut pair, &id);
    let there = pair.luis.downloads().join("viaje");
    assert_eq!(names_in(&there), ["carta.txt"]);
    fs::rename(elsewhere, folder.join("foto.jpg")).unwrap();
    fs::write(there.join("apuntes"), "de luis").unwrap();

    pair.luis_node.kill9();
    pair.luis_node = pair.luis.ready_node().0;
    pair.luis.run(&["add", pair.ana.control().call("me", json!({}))["addresses"][0].as_str().unwrap()]).expect(0);
    pair.luis.run(&["resume", &id]).expect(0);
    let done = wait_for_state(&mut pair.luis_node, &id, "done");
    wait_for_state(&mut pair.ana_node, &id, "done");
    assert_eq!(done["saved_to"], there.to_str().unwrap());
    assert_eq!(names_in(&pair.luis.downloads()), ["viaje"]);
    assert_eq!(names_in(&there), ["apuntes", "carta.txt", "foto.jpg"]);
    assert_eq!(fs::read(there.join("foto.jpg")).unwrap(), b"foto.jpg de ana");
}

/// Luis has taken many files, and the first of them has its name; the transfer's id.
fn landing(pair: &mut Pair) -> String {
    let folder = pair.ana.home.join("muchas");
    fs::create_dir(&folder).unwrap();
    let paths: Vec<PathBuf> = (0..MANY).map(|number| folder.join(format!("{number}.txt"))).collect();
    for path in &paths {
        fs::write(path, path.to_str().unwrap()).unwrap();
    }
    let id = offer(pair, &paths);
    let downloads = pair.luis.downloads();
    let mut luis = pair.luis.control();
    luis.call("accept", json!({ "transfer": id }));
    let deadline = Instant::now() + Duration::from_millis(LONG);
    while !names_in(&downloads).iter().any(|name| Path::new(name).extension().is_some_and(|ending| ending == "txt")) {
        assert!(Instant::now() < deadline, "nothing has its name");
        thread::sleep(Duration::from_millis(1));
    }
    id
}

/// All of them are there, and nothing else.
fn all_is_there(luis: &Profile) {
    let downloads = luis.downloads();
    assert_eq!(names_in(&downloads).len(), MANY);
    for number in 0..MANY {
        assert!(downloads.join(format!("{number}.txt")).exists());
    }
}

#[test]
fn what_its_receiver_cancels_while_it_lands_is_done() {
    let mut pair = Pair::met();
    let id = landing(&mut pair);
    let mut luis = pair.luis.control();
    luis.request("cancel", json!({ "transfer": id })).unwrap();
    assert!(luis.refusal().contains("done"), "it says so");
    wait_for_state(&mut pair.ana_node, &id, "done");
    all_is_there(&pair.luis);
}

#[test]
fn what_its_sender_cancels_while_it_lands_is_done_on_both_sides() {
    let mut pair = Pair::met();
    let id = landing(&mut pair);
    let mut ana = pair.ana.control();
    ana.request("cancel", json!({ "transfer": id })).unwrap();
    wait_for_state(&mut pair.luis_node, &id, "done");
    wait_for_state(&mut pair.ana_node, &id, "done");
    all_is_there(&pair.luis);
    let known = pair.ana.control().call("transfers", json!({}));
    assert_eq!(known[0]["state"], "done", "{known}");
}

#[test]
fn what_is_cancelled_after_a_crash_while_it_landed_is_done() {
    let mut pair = Pair::met();
    let id = landing(&mut pair);
    pair.luis_node.kill9();
    pair.ana_node.terminate();
    pair.luis_node = pair.luis.ready_node().0;
    pair.luis.run(&["cancel", &id]).expect_words(1, &["done"]);
    all_is_there(&pair.luis);
}

#[test]
fn what_failed_at_its_senders_is_offered_again_from_there() {
    let mut pair = Pair::met();
    let folder = folder(&pair);
    let id = offer(&mut pair, std::slice::from_ref(&folder));
    fs::write(folder.join("foto.jpg"), "otra foto").unwrap();
    fails(&mut pair, &id);

    let again = pair.ana.run(&["resume", &id, "--json"]).expect(0).json();
    assert_eq!((&again["state"], &again["name"], &again["files"]), (&json!("offered"), &json!("viaje"), &json!(2)));
    let new = again["id"].as_str().unwrap();
    assert_ne!(new, id);
    wait_for_state(&mut pair.ana_node, &id, "cancelled");
    wait_for_state(&mut pair.luis_node, new, "offered");
    pair.ana.run(&["resume", &id]).expect_words(1, &["cancelled"]);
    let to = pair.luis.home.join("aquí");
    pair.luis.run(&["accept", new, "--to", to.to_str().unwrap(), "--wait"]).expect(0);
    assert_eq!(fs::read(to.join("viaje/foto.jpg")).unwrap(), b"otra foto");
    // What the old offer brought isn't pulled again from one who has withdrawn it.
    pair.luis.run(&["resume", &id, "--wait"]).expect_words(1, &["cancelled"]);
}

#[test]
fn what_is_gone_at_its_senders_is_named_when_it_is_tried_again() {
    let mut pair = Pair::met();
    let folder = folder(&pair);
    let id = offer(&mut pair, std::slice::from_ref(&folder));
    fs::remove_dir_all(&folder).unwrap();
    fails(&mut pair, &id);
    pair.ana.run(&["resume", &id]).expect_words(1, &["viaje"]);
    fs::remove_file(pair.ana.data().join("transfers").join(&id).join("items")).unwrap();
    pair.ana.run(&["resume", &id]).expect_words(1, &["isn't known any more"]);
    assert_eq!(pair.ana.control().call("transfers", json!({}))[0]["state"], "failed");
}
