//! A relay dies, freezes, comes back: whoever has another way takes it, and what has none waits.

use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use super::{LIMIT, apart, member, members, say, see_each_other};
use crate::host::{Host, Network};
use crate::reception::Reception;
use crate::sharing::{
    SOON, TRANSFERRED, accept, hash, meet, offer, transfer, wait_for_bytes, wait_for_state, wait_until, write_file,
};
use crate::support::profile::{is_gone, is_reached};
use crate::support::{sandbox, within};

/// Milliseconds from a relay's return until what waited for it is through.
const RETURNED: u64 = 10_000;

/// Milliseconds from the death of one of two relays until the other has taken its place.
const REPLACED: u64 = 5_000;

/// Milliseconds until a relay that says nothing any more is given up.
const FROZEN: u64 = 30_000;

/// Bytes of a file that is under way for some ten seconds.
const FILE: usize = 40_000_000;

#[test]
fn neighbours_chat_on_and_what_is_for_others_waits_for_its_return() {
    sandbox::run(LIMIT, || {
        let network = Network::of(2);
        let reception = Reception::of(&network, "reception");
        let ([ana, luis], eva) = (apart(&network), network.host("eva", 0));
        let mut ana_node = ana.node_with(&["--relay", reception.way_from(&ana)]);
        let mut eva_node = eva.node();
        let mut luis_node = member(&luis, &[&reception]);
        meet(&mut eva_node, "ana");
        ana_node.wait_for("luis", within(SOON), |event| is_reached(event, "luis", "relayed"));
        say(&ana, "luis", "antes");

        let host = reception.kill();
        say(&ana, "eva", "sin relé");
        say(&eva, "ana", "tampoco aquí");
        ana.run(&["send", "luis", "espera", "--timeout", "2"]).expect(4);
        assert_eq!(ana.history("luis")[1]["state"], "queued");
        luis.run(&["send", "ana", "también", "--timeout", "2"]).expect(4);

        let _reception = Reception::open(host);
        let deadline = within(RETURNED);
        luis_node.wait_for("what waited", deadline, |event| event["text"] == "espera");
        ana_node.wait_for("what waited", deadline, |event| event["text"] == "también");
        for (host, other) in [(&ana, "luis"), (&luis, "ana")] {
            assert_eq!(host.history(other).len(), 3, "each once");
        }
    });
}

#[test]
fn with_two_relays_one_dies_and_the_other_takes_over() {
    sandbox::run_alone(LIMIT, || {
        let network = Network::of(2);
        let hosts = apart(&network);
        let [ana, luis] = &hosts;
        let mut receptions = ["norte", "sur"].map(|name| Reception::of(&network, name));
        let mut nodes = members(&hosts, &[&receptions[0], &receptions[1]]);
        say(ana, "luis", "0");
        // Each of them dies, so that one of the deaths is that of the relay in use.
        for (round, text) in ["1", "2"].into_iter().enumerate() {
            let [first, second] = receptions;
            let dead = first.kill();
            let deadline = within(REPLACED);
            ana.run(&["send", "luis", text, "--wait", "none"]).expect(0);
            luis.run(&["send", "ana", text, "--wait", "none"]).expect(0);
            for node in &mut nodes {
                node.wait_for(text, deadline, |event| event["text"] == text && event["from"] == "peer");
            }
            receptions = [second, Reception::open(dead)];
            if round == 0 {
                // The one that is back has to be known to both before the other may die.
                let relays = |host: &Host| ready_relays(host) == 2;
                wait_until("both are at both relays", || relays(ana) && relays(luis));
            }
        }
        both_have_all_once(ana, luis);
    });
}

/// How many relays somebody has a place at.
fn ready_relays(host: &Host) -> usize {
    let me = host.run(&["id", "--json"]).expect(0).json();
    let relays = me["relays"].as_array().cloned().unwrap_or_default();
    relays.iter().filter(|relay| relay["state"] == "ready").count()
}

/// Both have everything that was said, once.
fn both_have_all_once(ana: &Host, luis: &Host) {
    for (host, other) in [(ana, "luis"), (luis, "ana")] {
        let mut texts: Vec<_> = host.history(other).iter().map(|message| message["text"].clone()).collect();
        texts.sort_by_key(|text| text.to_string());
        assert_eq!(texts, ["0", "1", "1", "2", "2"]);
    }
}

#[test]
fn a_file_on_its_way_goes_on_by_the_other_relay() {
    sandbox::run_alone(LIMIT, || {
        let network = Network::of(2);
        let hosts = apart(&network);
        let [ana, luis] = &hosts;
        let [first, second] = ["norte", "sur"].map(|name| Reception::of(&network, name));
        let mut nodes = members(&hosts, &[&first, &second]);
        ana.limit_rate(40);
        let path = write_file(ana, "película.mkv", FILE, 1);
        let id = offer(ana, "luis", &path);
        accept(luis, &mut nodes[1]);
        wait_for_bytes(&mut nodes[1], &id, FILE as u64 / 10);

        let (used, spare) = by_use(first, second);
        let before = spare.host.sent_bytes();
        used.kill();
        let deadline = within(REPLACED);
        let there = transfer(luis, &id)["done"].as_u64().unwrap();
        nodes[1].wait_for("more of it", deadline, |event| {
            event["id"] == id.as_str() && event["done"].as_u64().is_some_and(|done| done > there + 1_000_000)
        });
        wait_for_state(&mut nodes[1], &id, "done", TRANSFERRED);
        assert_eq!(hash(&luis.downloads().join("película.mkv")), hash(&path));
        assert!(spare.host.sent_bytes() - before > FILE as u64 / 4, "it went through the other relay");
    });
}

/// Which of two relays carries what is on its way now, and which doesn't.
fn by_use(first: Reception, second: Reception) -> (Reception, Reception) {
    const WATCHED: Duration = Duration::from_secs(1);
    let sent = || [&first, &second].map(|reception| reception.host.sent_bytes());
    let before = sent();
    thread::sleep(WATCHED);
    let after = sent();
    if after[0] - before[0] > after[1] - before[1] { (first, second) } else { (second, first) }
}

#[test]
fn a_relay_that_is_frozen_is_given_up_for_the_other() {
    sandbox::run(LIMIT, || {
        let network = Network::of(2);
        let hosts = apart(&network);
        let receptions = ["norte", "sur"].map(|name| Reception::of(&network, name));
        let mut nodes = members(&hosts, &[&receptions[0], &receptions[1]]);
        for (frozen, text) in receptions.iter().zip(["1", "2"]) {
            frozen.relay.process.signal(Signal::STOP);
            hosts[0].run(&["send", "luis", text, "--wait", "none"]).expect(0);
            nodes[1].wait_for(text, within(FROZEN), |event| event["text"] == text);
            frozen.relay.process.signal(Signal::CONT);
        }
    });
}

#[test]
fn who_lost_the_only_relay_sees_nobody_behind_it_until_it_is_back() {
    sandbox::run(LIMIT, || {
        let network = Network::of(2);
        let (hosts, reception) = (apart(&network), Reception::of(&network, "reception"));
        let mut nodes = members(&hosts, &[&reception]);
        let host = reception.kill();
        for (node, other) in nodes.iter_mut().zip(["luis", "ana"]) {
            node.wait_for("the other gone", within(SOON), |event| is_gone(event, other));
        }
        let _reception = Reception::open(host);
        see_each_other(&mut nodes, within(RETURNED));
    });
}
