//! The virtual network itself: were it not one, the other tests would show nothing.

use std::time::{Duration, Instant};

use vecino::model::DEFAULT_PORT;

use crate::host::{Host, Network, hosts};
use crate::support::process::Process;
use crate::support::sandbox;

const LIMIT: Duration = Duration::from_secs(60);

/// Whether one of three pings from one host reaches an address within a second.
fn reaches(from: &Host, address: &str) -> bool {
    let mut ping = from.command_of("ping");
    ping.args(["-n", "-c", "3", "-i", "0.2", "-W", "1", address]);
    let ended = Process::start("ping", ping).output(Instant::now() + Duration::from_secs(10));
    ended.code == Some(0)
}

/// Whether a TCP connection from one host to the node of another stands within two seconds.
fn connects(from: &Host, to: &Host) -> bool {
    let mut connect = from.command_of("timeout");
    let there = format!("exec 3<>/dev/tcp/{}/{DEFAULT_PORT}", to.address());
    connect.args(["2", "bash", "-c", &there]);
    Process::start("bash", connect).output(Instant::now() + Duration::from_secs(10)).code == Some(0)
}

#[test]
fn hosts_reach_each_other_unless_a_wire_is_cut() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        assert!(reaches(&ana, &luis.address()));
        luis.cut_silently();
        assert!(!reaches(&ana, &luis.address()));
        luis.mend();
        assert!(reaches(&ana, &luis.address()));
        luis.unplug();
        assert!(!reaches(&luis, &ana.address()));
        luis.plug_in();
        luis.set_address(2);
        assert!(reaches(&luis, &ana.address()));
    });
}

#[test]
fn a_host_can_change_its_address() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        luis.set_address(102);
        assert!(reaches(&ana, "10.77.0.102"));
        assert!(!reaches(&ana, &luis.address()));
    });
}

#[test]
fn packets_are_lost_where_that_is_wanted() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        luis.lose_packets(100);
        assert!(!reaches(&ana, &luis.address()));
    });
}

#[test]
fn a_rate_is_kept() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        ana.limit_rate(1);
        let mut flood = ana.command_of("ping");
        // 500 packets of 1,428 bytes on the wire are 5.7 megabits; the bucket lets 128 KiB of them pass at once.
        flood.args(["-q", "-n", "-c", "500", "-s", "1400", "-f", "-l", "50", "-W", "1", &luis.address()]);
        let start = Instant::now();
        Process::start("ping", flood).output(Instant::now() + Duration::from_secs(30));
        assert!(start.elapsed() > Duration::from_secs(2), "{:?}", start.elapsed());
    });
}

#[test]
fn subnets_reach_each_other_by_a_router_alone() {
    sandbox::run(LIMIT, || {
        let network = Network::of(2);
        let (ana, luis) = (network.host("ana", 0), network.host("luis", 1));
        let between = network.host_between("between", &[0, 1]);
        assert!(!reaches(&ana, &luis.address()), "whoever is in both passes nothing on");
        assert!(reaches(&ana, &between.address_in(0)));
        assert!(reaches(&luis, &between.address_in(1)));
        network.add_router();
        assert!(!reaches(&ana, &luis.address()));
        ana.route_to(&luis);
        assert!(reaches(&ana, &luis.address()));
        assert!(reaches(&luis, &ana.address()));
        ana.unroute(&luis);
        assert!(!reaches(&ana, &luis.address()));
    });
}

#[test]
fn a_firewall_lets_in_what_was_asked_for_alone() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let mut nodes = [&ana, &luis].map(|host| host.node_with(&["--no-mdns"]));
        nodes.iter_mut().for_each(|node| drop(node.ready()));
        assert!(connects(&ana, &luis) && connects(&luis, &ana));
        luis.let_nobody_in();
        assert!(!connects(&ana, &luis));
        assert!(connects(&luis, &ana), "answers come through");
        ana.shut_out(&luis);
        assert!(!connects(&luis, &ana));
    });
}

#[test]
fn isolated_hosts_reach_only_those_that_are_not() {
    sandbox::run(LIMIT, || {
        let [ana, luis, eva] = hosts(["ana", "luis", "eva"]);
        ana.isolate();
        luis.isolate();
        assert!(!reaches(&ana, &luis.address()));
        assert!(!reaches(&luis, &ana.address()));
        assert!(reaches(&ana, &eva.address()));
        assert!(reaches(&eva, &luis.address()));
    });
}
