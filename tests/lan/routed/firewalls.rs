//! A router passes packets between two people, and each one's firewall takes in nothing that it hasn't asked for.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::chat::{assert_kept, chat_while};
use super::{LIMIT, MOVES, apart, say, see_each_other};
use crate::host::{Host, Network};
use crate::reception::Reception;
use crate::sharing::SOON;
use crate::support::process::Process;
use crate::support::profile::is_reached;
use crate::support::{sandbox, within};

/// Milliseconds in which libp2p gives up: three attempts, each with a dial of five seconds.
const GIVES_UP: u64 = 40_000;

/// Messages that have to come after the way has changed.
const MORE: usize = 20;

/// Ana and Luis, each behind a firewall, with a way between them by the router.
fn firewalled(network: &Network) -> [Host; 2] {
    network.add_router();
    let hosts = apart(network);
    hosts[0].route_to(&hosts[1]);
    hosts.iter().for_each(Host::let_nobody_in);
    hosts
}

/// Starts the node of a member that logs what it tries.
fn member(host: &Host, relay: &str) -> Process {
    let args = ["node", "--json", "--nickname", &host.nickname, "--no-mdns", "--relay", relay];
    let mut command = host.command(&args);
    command.env("RUST_LOG", "vecino=debug");
    Process::start(host.nickname.clone(), command)
}

fn members(hosts: &[Host; 2], relay: &Reception) -> [Process; 2] {
    let mut nodes = hosts.each_ref().map(|host| member(host, relay.way_from(host)));
    see_each_other(&mut nodes, within(SOON));
    nodes
}

/// Waits until one of the nodes has logged something.
fn wait_for_log(nodes: &[Process; 2], text: &str, deadline: Instant) {
    while !nodes.iter().any(|node| node.stderr().contains(text)) {
        assert!(Instant::now() < deadline, "nobody says “{text}”");
        thread::sleep(Duration::from_millis(100));
    }
}

/// Waits for messages of the other one that come from now on.
fn wait_for_chat(node: &mut Process, other: &str, deadline: Instant) {
    let is_theirs = |event: &Value| event["text"].as_str().is_some_and(|text| text.starts_with(other));
    for _ in 0..MORE {
        node.wait_for("chat", deadline, is_theirs);
    }
}

#[test]
fn both_ends_pass_them_by_dialling_at_once_and_go_back_when_the_way_is_shut() {
    sandbox::run(LIMIT, || {
        let network = Network::of(2);
        let (hosts, reception) = (firewalled(&network), Reception::of(&network, "reception"));
        let [ana, luis] = &hosts;
        let mut nodes = members(&hosts, &reception);
        let ids = [ana.id(), luis.id()];
        say(ana, "luis", "hola");
        say(luis, "ana", "hola");
        let written = chat_while(&hosts, &ids, || {
            for (node, other) in nodes.iter_mut().zip(["luis", "ana"]) {
                node.wait_for("a direct way", within(MOVES), |event| is_reached(event, other, "direct"));
            }
            wait_for_log(&nodes, "a hole was punched", within(SOON));
            for (node, other) in nodes.iter_mut().zip(["luis", "ana"]) {
                wait_for_chat(node, other, within(MOVES));
            }

            ana.shut_out(luis);
            luis.shut_out(ana);
            for (node, other) in nodes.iter_mut().zip(["luis", "ana"]) {
                node.wait_for("the relay", within(MOVES), |event| is_reached(event, other, "relayed"));
            }
            for (node, other) in nodes.iter_mut().zip(["luis", "ana"]) {
                wait_for_chat(node, other, within(MOVES));
            }
        });
        assert_kept(&hosts, &ids, &written, 2);
    });
}

#[test]
fn a_router_that_translates_addresses_and_keeps_ports_is_passed_like_a_firewall() {
    sandbox::run(LIMIT, || {
        let network = Network::of(2);
        network.add_translating_router();
        let (hosts, reception) = (apart(&network), Reception::open(network.host("reception", 1)));
        let [ana, luis] = &hosts;
        ana.route_out_to(luis);
        luis.let_nobody_in();
        let mut nodes = hosts.each_ref().map(|host| member(host, reception.way_from(luis)));
        see_each_other(&mut nodes, within(SOON));
        say(luis, "ana", "hola");
        for (node, other) in nodes.iter_mut().zip(["luis", "ana"]) {
            node.wait_for("a direct way", within(MOVES), |event| is_reached(event, other, "direct"));
        }
        wait_for_log(&nodes, "a hole was punched", within(SOON));
        say(ana, "luis", "hola");
        say(luis, "ana", "hola");
    });
}

#[test]
fn where_nothing_passes_they_stay_at_the_relay_and_chat_on() {
    sandbox::run(LIMIT, || {
        let network = Network::of(2);
        let (hosts, reception) = (firewalled(&network), Reception::of(&network, "reception"));
        let [ana, luis] = &hosts;
        ana.shut_out(luis);
        luis.shut_out(ana);
        let mut nodes = members(&hosts, &reception);
        let ids = [ana.id(), luis.id()];
        say(ana, "luis", "hola");
        say(luis, "ana", "hola");
        let written = chat_while(&hosts, &ids, || {
            wait_for_log(&nodes, "no hole was punched", within(GIVES_UP));
            for (node, other) in nodes.iter_mut().zip(["luis", "ana"]) {
                let lost = |event: &Value| event["event"] == "peer" && !is_reached(event, other, "relayed");
                // All that it has printed by now.
                node.stays_without("another way, or none", Instant::now(), lost);
                wait_for_chat(node, other, within(MOVES));
            }
        });
        assert_kept(&hosts, &ids, &written, 2);
    });
}
