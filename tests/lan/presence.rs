//! People appear, and their going shows.

use std::array;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::host::{Host, hosts};
use crate::support::process::Process;
use crate::support::profile::{is_gone, is_here};
use crate::support::{sandbox, within};

const LIMIT: Duration = Duration::from_secs(120);

/// Milliseconds in which a goodbye shows.
const GOODBYE: u64 = 1_000;
/// Milliseconds in which a killed program is missed.
const KILLED: u64 = 5_000;
/// Milliseconds in which a dead link is missed.
const DEAD_LINK: u64 = 30_000;
/// Milliseconds in which one who returns is back.
const RETURNED: u64 = 5_000;

/// Starts a node on every host at once. All have to have seen all others by nickname within `limit` of the last one's
/// being ready.
fn everybody_appears<const N: usize>(nicknames: [&str; N], limit: Duration) {
    let hosts = hosts(nicknames);
    let mut nodes: Vec<Process> = hosts.iter().map(|host| host.node()).collect();
    let all_ready = nodes.iter_mut().map(|node| node.ready().at).max().unwrap();
    for (node, own) in nodes.iter_mut().zip(nicknames) {
        let mut missing: BTreeSet<&str> = nicknames.into_iter().filter(|nickname| *nickname != own).collect();
        node.wait_for(&format!("all {} others at {own}", missing.len()), all_ready + limit, |event| {
            missing.retain(|nickname| !is_here(event, nickname));
            missing.is_empty()
        });
        println!("{own} sees all after {:?}", all_ready.elapsed());
    }
    for host in &hosts {
        let others = nicknames.into_iter().filter(|nickname| *nickname != host.nickname);
        assert_eq!(listed(host), others.map(str::to_owned).collect());
    }
}

/// The nicknames that `vecino peers` lists as connected directly.
fn listed(host: &Host) -> BTreeSet<String> {
    let peers = host.run(&["peers", "--json"]).expect(0).json();
    let here = peers.as_array().unwrap().iter().filter(|peer| peer["path"] == "direct");
    here.map(|peer| peer["nickname"].as_str().unwrap().to_owned()).collect()
}

/// Two hosts whose nodes have seen each other.
fn acquainted() -> ([Host; 2], [Process; 2]) {
    let hosts = hosts(["ana", "luis"]);
    let mut nodes = [hosts[0].node(), hosts[1].node()];
    for (node, other) in nodes.iter_mut().zip(["luis", "ana"]) {
        node.ready();
        node.wait_for(other, within(RETURNED), |event| is_here(event, other));
    }
    (hosts, nodes)
}

#[test]
fn five_people_who_start_at_once_see_each_other_within_two_seconds() {
    sandbox::run_alone(LIMIT, || everybody_appears(["ana", "luis", "melani", "josé 🌮", "宏"], Duration::from_secs(2)));
}

#[test]
fn thirty_people_who_start_at_once_see_each_other_within_five_seconds() {
    sandbox::run_alone(LIMIT, || {
        let numbered: [String; 29] = array::from_fn(|number| format!("vecino {number}"));
        let nicknames: [&str; 30] = array::from_fn(|number| numbered.get(number).map_or("josé 🌮", String::as_str));
        everybody_appears(nicknames, Duration::from_secs(5));
    });
}

#[test]
fn a_goodbye_shows_at_once() {
    sandbox::run(LIMIT, || {
        let ([_, luis_host], [mut ana, luis]) = acquainted();
        let deadline = within(GOODBYE);
        luis.terminate();
        ana.wait_for("luis going", deadline, |event| is_gone(event, "luis"));

        let (_luis, ready) = luis_host.ready_node();
        ana.wait_for("luis back", ready.at + Duration::from_millis(RETURNED), |event| is_here(event, "luis"));
    });
}

#[test]
fn a_killed_node_is_missed_and_its_return_is_seen() {
    sandbox::run(LIMIT, || {
        let ([_, luis_host], [mut ana, luis]) = acquainted();
        let deadline = within(KILLED);
        luis.kill9();
        ana.wait_for("luis missed", deadline, |event| is_gone(event, "luis"));

        let (mut luis, ready) = luis_host.ready_node();
        let back = ready.at + Duration::from_millis(RETURNED);
        ana.wait_for("luis back", back, |event| is_here(event, "luis"));
        luis.wait_for("ana", back, |event| is_here(event, "ana"));
    });
}

#[test]
fn a_dead_link_is_missed_by_both_and_its_return_is_seen() {
    sandbox::run(LIMIT, || {
        let ([_, luis_host], [mut ana, mut luis]) = acquainted();
        luis_host.cut_silently();
        let deadline = within(DEAD_LINK);
        ana.wait_for("luis missed", deadline, |event| is_gone(event, "luis"));
        luis.wait_for("ana missed", deadline, |event| is_gone(event, "ana"));

        luis_host.mend();
        let deadline = within(RETURNED);
        ana.wait_for("luis back", deadline, |event| is_here(event, "luis"));
        luis.wait_for("ana back", deadline, |event| is_here(event, "ana"));
    });
}

#[test]
fn a_pulled_cable_is_missed_by_both_and_plugging_it_in_is_seen() {
    sandbox::run(LIMIT, || {
        let ([_, luis_host], [mut ana, mut luis]) = acquainted();
        luis_host.unplug();
        let deadline = within(DEAD_LINK);
        ana.wait_for("luis missed", deadline, |event| is_gone(event, "luis"));
        luis.wait_for("ana missed", deadline, |event| is_gone(event, "ana"));

        luis_host.plug_in();
        // The system takes the route away with the carrier, and a network service would put it back.
        luis_host.set_address(2);
        let deadline = within(RETURNED);
        ana.wait_for("luis back", deadline, |event| is_here(event, "luis"));
        luis.wait_for("ana back", deadline, |event| is_here(event, "ana"));
    });
}

#[test]
fn a_host_that_changes_its_address_is_found_at_the_new_one() {
    sandbox::run(LIMIT, || {
        let ([_, luis_host], [mut ana, _luis]) = acquainted();
        luis_host.set_address(102);
        let deadline = within(DEAD_LINK + RETURNED);
        ana.wait_for("luis at the new address", deadline, |event| {
            is_here(event, "luis") && event["addresses"].to_string().contains("/10.77.0.102/")
        });
    });
}

#[test]
fn a_frozen_node_is_missed() {
    use rustix::process::Signal;
    sandbox::run(LIMIT, || {
        let (_hosts, [mut ana, luis]) = acquainted();
        luis.signal(Signal::STOP);
        let stopped = Instant::now();
        let gone = ana.wait_for("luis missed", within(DEAD_LINK), |event| is_gone(event, "luis"));
        luis.signal(Signal::CONT);
        assert!(gone.at >= stopped);
        ana.wait_for("luis back", within(RETURNED), |event| is_here(event, "luis"));
    });
}
