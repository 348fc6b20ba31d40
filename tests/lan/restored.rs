//! A profile put back from a copy made before: it has forgotten what was written since, and nothing else may be lost.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use crate::host::{Host, hosts};
use crate::support::process::Process;
use crate::support::profile::is_here;
use crate::support::{sandbox, within};

const LIMIT: Duration = Duration::from_secs(120);

/// Milliseconds in which something that needs no waiting comes.
const SOON: u64 = 10_000;

/// Starts nodes on both hosts and waits until they have met.
fn meet(hosts: [&Host; 2]) -> [Process; 2] {
    let mut nodes = hosts.map(|host| host.node());
    for (node, other) in nodes.iter_mut().zip(hosts.into_iter().rev()) {
        node.wait_for(&other.nickname, within(SOON), |event| is_here(event, &other.nickname));
    }
    nodes
}

/// Sends `count` numbered messages through the running node, and returns their texts.
fn write(host: &Host, peer_id: &str, words: &str, count: usize) -> Vec<String> {
    let texts: Vec<String> = (0..count).map(|number| format!("{words} {number}")).collect();
    let mut control = host.control();
    for text in &texts {
        control.send(peer_id, text);
    }
    texts
}

fn wait_for_message(node: &mut Process, text: &str) {
    node.wait_for(text, within(SOON), |event| event["event"] == "message" && event["text"] == text);
}

/// Of one author's messages in `history`, these series are there, each once and in order, and nothing else is.
/// One series may stand between the messages of another: who has forgotten messages has forgotten their times.
fn assert_complete(history: &[Value], author: &str, series: &[&[String]]) {
    let of_author = history.iter().filter(|message| message["from"] == author);
    let texts: Vec<&str> = of_author.map(|message| message["text"].as_str().unwrap()).collect();
    for texts_of_series in series {
        let found: Vec<&str> = texts.iter().copied().filter(|text| texts_of_series.iter().any(|t| t == text)).collect();
        assert_eq!(found, *texts_of_series);
    }
    assert_eq!(texts.len(), series.iter().map(|texts| texts.len()).sum::<usize>(), "{texts:?}");
}

/// Stops both nodes, so that what was said last is settled on either side.
fn stop(nodes: [Process; 2]) {
    for node in nodes {
        node.terminate();
    }
}

#[test]
fn a_restored_profile_recovers_and_loses_nothing() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (ana_id, luis_id) = (ana.id(), luis.id());
        let copy = ana.home.join("copy");
        let copied = |from: &std::path::Path, to: &std::path::Path| {
            sandbox::script(&format!("cp -a {} {}", from.display(), to.display()));
        };

        let [mut ana_node, mut luis_node] = meet([&ana, &luis]);
        let before = write(&ana, &luis_id, "antes", 10);
        let replies = write(&luis, &ana_id, "respuesta", 10);
        wait_for_message(&mut luis_node, "antes 9");
        wait_for_message(&mut ana_node, "respuesta 9");
        ana_node.terminate();
        copied(&ana.data(), &copy);

        let (mut ana_node, _) = ana.ready_node();
        let forgotten = write(&ana, &luis_id, "olvidado", 20);
        let later_replies = write(&luis, &ana_id, "réplica", 20);
        wait_for_message(&mut luis_node, "olvidado 19");
        wait_for_message(&mut ana_node, "réplica 19");
        stop([ana_node, luis_node]);
        fs::remove_dir_all(ana.data()).unwrap();
        copied(&copy, &ana.data());

        let (ana_node, _) = ana.ready_node();
        let unmet = write(&ana, &luis_id, "sin saberlo", 5);
        ana_node.terminate();
        let [mut ana_node, mut luis_node] = meet([&ana, &luis]);
        wait_for_message(&mut luis_node, "sin saberlo 4");
        wait_for_message(&mut ana_node, "réplica 19");
        let after = write(&ana, &luis_id, "después", 5);
        wait_for_message(&mut luis_node, "después 4");

        assert_complete(&luis.history(&ana_id), "peer", &[&before, &forgotten, &unmet, &after]);
        let at_ana = ana.history(&luis_id);
        assert_complete(&at_ana, "peer", &[&replies, &later_replies]);
        assert_complete(&at_ana, "me", &[&before, &unmet, &after]);
        stop([ana_node, luis_node]);
        let states: Vec<Value> = ana.history(&luis_id).into_iter().map(|message| message["state"].clone()).collect();
        assert!(states.iter().all(|state| state == "delivered"), "{states:?}");
    });
}

#[test]
fn a_receiver_restored_from_a_copy_gets_again_what_it_has_forgotten() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (ana_id, luis_id) = (ana.id(), luis.id());
        let copy = luis.home.join("copy");

        let nodes = meet([&ana, &luis]);
        ana.run(&["send", &luis_id, "uno"]).expect(0);
        stop(nodes);
        sandbox::script(&format!("cp -a {} {}", luis.data().display(), copy.display()));

        let nodes = meet([&ana, &luis]);
        ana.run(&["send", &luis_id, "dos"]).expect(0);
        stop(nodes);
        fs::remove_dir_all(luis.data()).unwrap();
        fs::rename(&copy, luis.data()).unwrap();

        let [_ana_node, mut luis_node] = meet([&ana, &luis]);
        wait_for_message(&mut luis_node, "dos");
        ana.run(&["send", &luis_id, "tres"]).expect(0);
        assert_complete(&luis.history(&ana_id), "peer", &[&["uno", "dos", "tres"].map(str::to_owned)]);
    });
}
