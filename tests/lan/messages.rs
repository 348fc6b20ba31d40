//! What `vecino send` promises.

use std::time::Duration;

use serde_json::{Value, json};

use crate::host::{Host, hosts};
use crate::support::process::Process;
use crate::support::profile::is_here;
use crate::support::{sandbox, within};

const LIMIT: Duration = Duration::from_secs(120);

/// Milliseconds in which something that needs no waiting comes.
const SOON: u64 = 10_000;

/// Starts a node on a host and waits until it has seen everybody of `others`.
fn node_that_sees(host: &Host, others: &[&str]) -> Process {
    let (mut node, _) = host.ready_node();
    wait_for_people(&mut node, others);
    node
}

fn wait_for_people(node: &mut Process, others: &[&str]) {
    let mut missing = others.to_vec();
    node.wait_for(&others.join(", "), within(SOON), |event| {
        missing.retain(|peer| !is_here(event, peer));
        missing.is_empty()
    });
}

/// The texts that came from `peer`, oldest first.
fn received(host: &Host, peer: &str) -> Vec<String> {
    let history = host.history(peer);
    let theirs = history.iter().filter(|message| message["from"] == "peer");
    theirs.map(|message| message["text"].as_str().unwrap().to_owned()).collect()
}

fn is_message(event: &Value, text: &str) -> bool {
    event["event"] == "message" && event["text"] == text
}

#[test]
fn a_confirmed_message_survives_the_receivers_death() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let luis_node = luis.node();
        let _ana_node = node_that_sees(&ana, &["luis"]);
        let sent = ana.run(&["send", "luis", "¿comemos?", "--json"]).expect(0).json();
        luis_node.kill9();
        assert_eq!(sent["state"], "delivered");
        assert_eq!(sent["from"], "me");
        let kept = luis.history(&ana.id());
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert_eq!((&kept[0]["id"], &kept[0]["text"]), (&sent["id"], &json!("¿comemos?")));
    });
}

#[test]
fn a_message_to_one_who_is_away_arrives_after_both_were_restarted() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let luis_node = luis.node();
        let ana_node = node_that_sees(&ana, &["luis"]);
        luis_node.terminate();
        let unconfirmed = ana.run(&["send", "luis", "hasta luego", "--timeout", "1", "--json"]).expect(4);
        assert_eq!(unconfirmed.json()["state"], "queued");
        assert_ne!(unconfirmed.stderr, "", "a person is told that it waits");
        ana_node.kill9();

        let (mut ana_node, _) = ana.ready_node();
        let (mut luis_node, _) = luis.ready_node();
        luis_node.wait_for("the message", within(SOON), |event| is_message(event, "hasta luego"));
        let id = unconfirmed.json()["id"].clone();
        ana_node.wait_for("its delivery", within(SOON), |event| {
            event["event"] == "message_state" && event["id"] == id && event["state"] == "delivered"
        });
        assert_eq!(received(&luis, &ana.id()), ["hasta luego"]);
    });
}

#[test]
fn a_command_without_a_running_node_delivers_by_itself() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (mut luis_node, _) = luis.ready_node();
        ana.run(&["send", "luis", "voy"]).expect(0);
        luis_node.wait_for("the message", within(SOON), |event| is_message(event, "voy"));
        ana.run(&["send", "luis", "ya"]).expect(0);
        assert_eq!(received(&luis, &ana.id()), ["voy", "ya"]);
    });
}

#[test]
fn nobody_of_that_name_is_exit_code_3() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let _luis_node = luis.node();
        let _ana_node = node_that_sees(&ana, &["luis"]);
        ana.run(&["send", "maría", "hola"]).expect_words(3, &["maría"]);
        ana.run(&["history", "maría"]).expect_words(3, &["maría"]);
    });
}

#[test]
fn two_people_of_one_name_are_told_apart() {
    sandbox::run(LIMIT, || {
        let [ana, one, two] = hosts(["ana", "luis", "luis"]);
        let (_one_node, one_ready) = one.ready_node();
        let (_two_node, two_ready) = two.ready_node();
        let ids = [one_ready, two_ready].map(|ready| ready.json["peer_id"].as_str().unwrap().to_owned());
        let _ana_node = node_that_sees(&ana, &[&ids[0], &ids[1]]);

        let tags = [&one, &two].map(|host| host.run(&["id", "--json"]).expect(0).json()["tag"].clone());
        let names = tags.map(|tag| format!("luis#{}", tag.as_str().unwrap()));
        ana.run(&["send", "luis", "¿cuál?"]).expect_words(3, &[&names[0], &names[1], &ids[0], &ids[1]]);

        ana.run(&["send", &names[0], "al uno"]).expect(0);
        ana.run(&["send", &ids[1][..20], "al dos"]).expect(0);
        ana.run(&["send", &ids[1], "al dos otra vez"]).expect(0);
        let ana_id = ana.id();
        assert_eq!(received(&one, &ana_id), ["al uno"]);
        assert_eq!(received(&two, &ana_id), ["al dos", "al dos otra vez"]);
    });
}

#[test]
fn nothing_is_lost_on_a_bad_link() {
    const MESSAGES: usize = 100;
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let mut luis_node = luis.node();
        let _ana_node = node_that_sees(&ana, &["luis"]);
        wait_for_people(&mut luis_node, &["ana"]);
        let (ana_id, luis_id) = (ana.id(), luis.id());
        luis.run(&["send", "ana", "te oigo mal"]).expect(0);
        ana.lose_packets(10);
        luis.lose_packets(10);

        let texts: Vec<String> = (0..MESSAGES).map(|number| format!("número {number}")).collect();
        let mut control = ana.control();
        for text in &texts {
            control.send(&luis_id, text);
        }
        let last = texts.last().unwrap();
        luis_node.wait_for("the last message", within(60_000), |event| is_message(event, last));
        assert_eq!(received(&luis, &ana_id), texts);
    });
}
