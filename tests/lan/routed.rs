//! People who can't reach each other, and a relay that all of them reach.

mod chat;
mod death;
mod direct;
mod firewalls;

use std::array;
use std::time::{Duration, Instant};

use crate::host::{Host, Network};
use crate::reception::Reception;
use crate::sharing::{SOON, TRANSFERRED, accept, hash, last_state, share, wait_for_transfer, write_file};
use crate::support::process::Process;
use crate::support::profile::{is_gone, is_here, is_reached};
use crate::support::{sandbox, within};

const LIMIT: Duration = Duration::from_secs(180);

/// Milliseconds in which people who are at the same relay see each other come, change and go.
const APPEARS: u64 = 2_000;

/// Milliseconds in which a direct way is found, and a lost one replaced.
const MOVES: u64 = 30_000;

/// Bytes of a file that is passed through the relay.
const FILE: usize = 30_000_000;

/// Starts the node of somebody who was given these relays, and finds nobody by multicast.
fn member(host: &Host, relays: &[&Reception]) -> Process {
    let given = relays.iter().flat_map(|relay| ["--relay", relay.way_from(host)]);
    host.node_with(&["--no-mdns"].into_iter().chain(given).collect::<Vec<_>>())
}

/// Ana and Luis, each in a subnet of their own.
fn apart(network: &Network) -> [Host; 2] {
    [network.host("ana", 0), network.host("luis", 1)]
}

/// Starts the nodes of both, who are given these relays, and waits until they see each other through one.
fn members(hosts: &[Host; 2], relays: &[&Reception]) -> [Process; 2] {
    let mut nodes = array::from_fn(|number| member(&hosts[number], relays));
    see_each_other(&mut nodes, within(SOON));
    nodes
}

/// Waits until Ana and Luis see each other through a relay.
fn see_each_other([ana, luis]: &mut [Process; 2], deadline: Instant) {
    for (node, other) in [(ana, "luis"), (luis, "ana")] {
        node.wait_for(other, deadline, |event| is_reached(event, other, "relayed"));
    }
}

/// One says something to the other, who has it when this returns.
fn say(from: &Host, to: &str, text: &str) {
    from.run(&["send", to, text]).expect(0);
}

/// A file goes from Ana to Luis, who compares it.
fn pass_file([ana, luis]: &[Host; 2], luis_node: &mut Process) {
    let path = write_file(ana, "película.mkv", FILE, 1);
    let sharing = share(ana, "luis", &path);
    accept(luis, luis_node);
    let done = wait_for_transfer(luis_node, "done", TRANSFERRED).json;
    assert_eq!(hash(done["saved_to"].as_str().unwrap().as_ref()), hash(&path));
    assert_eq!(last_state(&sharing.output(within(SOON)).expect(0).stdout), "done");
}

#[test]
fn people_in_two_subnets_see_each_other_chat_and_pass_files() {
    sandbox::run_alone(LIMIT, || {
        let network = Network::of(2);
        let (hosts, reception) = (apart(&network), Reception::of(&network, "reception"));
        let [ana, luis] = &hosts;
        let mut ana_node = member(ana, &[&reception]);
        ana_node.ready();
        let mut luis_node = member(luis, &[&reception]);
        let deadline = luis_node.ready().at + Duration::from_millis(APPEARS);
        let mut nodes = [ana_node, luis_node];
        see_each_other(&mut nodes, deadline);

        say(ana, "luis", "hola");
        say(luis, "ana", "¿qué tal?");
        for (host, other, from) in [(ana, "luis", ["me", "peer"]), (luis, "ana", ["peer", "me"])] {
            let history = host.history(other);
            let said: Vec<_> = history.iter().map(|message| (&message["text"], &message["from"])).collect();
            assert_eq!(said, [(&"hola".into(), &from[0].into()), (&"¿qué tal?".into(), &from[1].into())]);
        }
        let before = reception.host.sent_bytes();
        pass_file(&hosts, &mut nodes[1]);
        assert!(reception.host.sent_bytes() - before > FILE as u64, "it went through the relay");

        let [mut ana_node, luis_node] = nodes;
        luis_node.terminate();
        ana_node.wait_for("luis gone", within(APPEARS), |event| is_gone(event, "luis"));
    });
}

#[test]
fn who_is_renamed_or_comes_back_is_seen_so() {
    sandbox::run_alone(LIMIT, || {
        let network = Network::of(2);
        let (hosts, reception) = (apart(&network), Reception::of(&network, "reception"));
        let [ana, luis] = &hosts;
        let [mut ana_node, luis_node] = members(&hosts, &[&reception]);
        say(ana, "luis", "hola");

        luis_node.kill9();
        ana_node.wait_for("luis gone", within(SOON), |event| is_gone(event, "luis"));
        ana.run(&["send", "luis", "¿estás?", "--timeout", "1"]).expect(4);

        let way = reception.way_from(luis);
        let mut luis_node = luis.start(&["node", "--json", "--nickname", "lucho", "--no-mdns", "--relay", way]);
        let deadline = luis_node.ready().at + Duration::from_millis(APPEARS);
        ana_node.wait_for("his new name", deadline, |event| is_reached(event, "lucho", "relayed"));
        luis_node.wait_for("what he missed", within(SOON), |event| event["text"] == "¿estás?");
        assert_eq!(luis.history("ana").len(), 2);
    });
}

#[test]
fn clients_that_a_network_keeps_apart_find_its_relay_and_each_other() {
    sandbox::run_alone(LIMIT, || {
        let network = Network::of(1);
        let hosts = ["ana", "luis"].map(|nickname| network.host(nickname, 0));
        hosts.iter().for_each(Host::isolate);
        let reception = network.host("reception", 0);
        let _relay = reception.relay(&[]);
        // Nobody is told where the relay is.
        let mut nodes = [hosts[0].node(), hosts[1].node()];
        let ready = nodes.each_mut().map(|node| node.ready().at).into_iter().max().unwrap();
        see_each_other(&mut nodes, ready + Duration::from_millis(APPEARS));
        let [ana, luis] = &hosts;
        say(ana, "luis", "hola");
        say(luis, "ana", "¿qué tal?");
        pass_file(&hosts, &mut nodes[1]);
        let peers = ana.run(&["peers", "--json"]).expect(0).json();
        let named: Vec<_> = peers.as_array().unwrap().iter().map(|peer| &peer["nickname"]).collect();
        assert_eq!(named, ["luis"], "the relay is nobody to chat with");
    });
}

#[test]
fn neighbours_are_reached_directly_and_others_through_the_relay() {
    sandbox::run(LIMIT, || {
        let network = Network::of(2);
        let reception = Reception::of(&network, "reception");
        let ([ana, luis], eva) = (apart(&network), network.host("eva", 0));
        let (mut ana_node, _luis_node) = (member(&ana, &[&reception]), member(&luis, &[&reception]));
        let _eva_node = member(&eva, &[&reception]);
        // Without multicast they know of each other by the relay, and try where it has seen them.
        let mut missing = vec![("eva", "direct"), ("luis", "relayed")];
        ana_node.wait_for("both", within(SOON), |event| {
            missing.retain(|(peer, path)| !is_reached(event, peer, path));
            missing.is_empty()
        });
        say(&ana, "eva", "hola");
        say(&eva, "luis", "hola");
        say(&luis, "ana", "hola");
        let still = |event: &_| is_here(event, "luis") && !is_reached(event, "luis", "relayed");
        ana_node.stays_without("another way to luis", within(APPEARS), still);
    });
}
