//! A local network of hosts, each a network namespace with one wire to a switch. It lives in a sandbox and ends with it.

use std::cell::Cell;
use std::ops::Deref;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::support::profile::Profile;
use crate::support::sandbox::script;

/// One computer on the network, with one person at it.
pub struct Host {
    /// Its number on the network, from 1.
    number: usize,
    /// The subnets in which it has a leg: the one of `eth0`, of `eth1` and so on.
    legs: Vec<usize>,
    profile: Profile,
}

/// A network on which the people of these nicknames each have a computer.
pub fn hosts<const N: usize>(nicknames: [&str; N]) -> [Host; N] {
    let network = Network::of(1);
    nicknames.map(|nickname| network.host(nickname, 0))
}

/// A network of subnets, each with a switch of its own. Nothing passes from one to another unless a router is there and
/// hosts have a route to it; multicast never does.
pub struct Network {
    hosts: Cell<usize>,
}

impl Network {
    /// A network of so many subnets, on which nobody is yet.
    pub fn of(subnets: usize) -> Self {
        for subnet in 0..subnets {
            script(&format!("ip link add lan{subnet} type bridge mcast_snooping 0; ip link set lan{subnet} up"));
        }
        Self { hosts: Cell::new(0) }
    }

    /// A computer in this subnet.
    pub fn host(&self, nickname: &str, subnet: usize) -> Host {
        self.host_between(nickname, &[subnet])
    }

    /// A computer with a leg in each of these subnets, which passes nothing on between them.
    pub fn host_between(&self, nickname: &str, subnets: &[usize]) -> Host {
        let number = self.hosts.get() + 1;
        self.hosts.set(number);
        Host::new(number, nickname, subnets)
    }

    /// Puts a router between the first two subnets. Hosts use it from [`Host::route_to`] on.
    pub fn add_router(&self) {
        script(
            "ip netns add router
             for subnet in 0 1; do
                 ip link add router$subnet type veth peer name eth$subnet netns router
                 ip link set router$subnet master lan$subnet up
                 ip -n router addr add 10.$((77 + subnet)).0.254/24 dev eth$subnet
                 ip -n router link set eth$subnet up
             done
             nsenter --net=/run/netns/router sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'",
        );
    }

    /// The same, where those of the second subnet see hosts of the first at the router's own address. What comes there
    /// unasked is dropped, as routers at the edge of a network do: a reset would end the attempt of whoever is first.
    pub fn add_translating_router(&self) {
        self.add_router();
        script(
            "nsenter --net=/run/netns/router sh -ec '
                 iptables -w -t nat -A POSTROUTING -o eth1 -j MASQUERADE
                 iptables -w -A INPUT -i eth1 -p tcp --syn -j DROP'",
        );
    }
}

impl Host {
    fn new(number: usize, nickname: &str, subnets: &[usize]) -> Self {
        let home = PathBuf::from(format!("/run/vecino/h{number}"));
        let enter = vec!["nsenter".to_owned(), format!("--net=/run/netns/h{number}"), "--".to_owned()];
        let profile = Profile { enter, ..Profile::new(nickname, home) };
        let host = Self { number, legs: subnets.to_owned(), profile };
        script(&format!("ip netns add h{number}"));
        host.shell("echo 0 > /proc/sys/net/ipv4/ip_forward || true; ip link set lo up");
        // As Linux has it by itself, whatever this machine was given: BBR paces each burst by a timer, which takes a third of
        // the speed of a wire that has no limit.
        host.shell("echo cubic > /proc/sys/net/ipv4/tcp_congestion_control || true");
        for (leg, subnet) in subnets.iter().enumerate() {
            let port = host.port(leg);
            script(&format!(
                "ip link add {port} type veth peer name eth{leg} netns h{number}
                 ip link set {port} master lan{subnet} up"
            ));
            // Checking for duplicates of an IPv6 address takes a second or two, which a computer has long behind it
            // when somebody starts a program. Where the kernel's settings are read-only, it is waited for there.
            host.shell(&format!("echo 0 > /proc/sys/net/ipv6/conf/eth{leg}/accept_dad || true"));
            host.set_address_of(leg, number);
        }
        // Multicast goes where the default route goes.
        host.shell("ip route replace default dev eth0");
        host
    }

    /// The same computer, where nodes are told this besides.
    pub fn with_node_args(mut self, args: Vec<String>) -> Self {
        self.profile.node_args = args;
        self
    }

    /// The subnet of its first leg.
    pub fn subnet(&self) -> usize {
        self.legs[0]
    }

    /// What the switch calls the wire to this leg of the host.
    fn port(&self, leg: usize) -> String {
        match leg {
            0 => format!("h{}", self.number),
            _ => format!("h{}x{leg}", self.number),
        }
    }

    /// Runs a shell script on this host, which has to succeed.
    pub fn shell(&self, text: &str) {
        script(&format!("nsenter --net=/run/netns/h{} sh -ec '{text}'", self.number));
    }

    /// This host's IPv4 address as the network was made; its first leg's.
    pub fn address(&self) -> String {
        self.address_of(0, self.number)
    }

    /// The IPv4 address of its leg in a subnet, as the network was made.
    pub fn address_in(&self, subnet: usize) -> String {
        let leg = self.legs.iter().position(|of_leg| *of_leg == subnet).unwrap();
        self.address_of(leg, self.number)
    }

    fn address_of(&self, leg: usize, last: usize) -> String {
        format!("{}.{last}", prefix(self.legs[leg]))
    }

    /// Gives the host another IPv4 address in its (first) subnet, with `last` at its end, and takes the one that it has
    /// away, with the routes.
    pub fn set_address(&self, last: usize) {
        self.set_address_of(0, last);
        self.shell("ip route replace default dev eth0");
    }

    fn set_address_of(&self, leg: usize, last: usize) {
        let address = self.address_of(leg, last);
        self.shell(&format!(
            "ip -4 addr flush dev eth{leg}; ip addr add {address}/24 dev eth{leg}; ip link set eth{leg} up"
        ));
    }

    /// From now on packets go between this host's subnet and the other's, both ways, by the router.
    pub fn route_to(&self, other: &Host) {
        self.route("add", other);
        other.route("add", self);
    }

    /// Packets of this host go into the other's subnet by the router, which has to translate its address for answers.
    pub fn route_out_to(&self, other: &Host) {
        self.route("add", other);
    }

    /// They no longer do. Nobody is told: packets go nowhere.
    pub fn unroute(&self, other: &Host) {
        self.route("del", other);
        other.route("del", self);
    }

    fn route(&self, what: &str, other: &Host) {
        let [own, others] = [self, other].map(|host| prefix(host.subnet()));
        self.shell(&format!("ip route {what} {others}.0/24 via {own}.254"));
    }

    /// The switch passes nothing on between this host and others that it keeps apart in the same way, as a guest Wi-Fi
    /// does with its clients.
    pub fn isolate(&self) {
        script(&format!("ip link set dev {} type bridge_slave isolated on", self.port(0)));
    }

    /// The wire is cut behind the next switch: nothing arrives any more, and neither side is told.
    pub fn cut_silently(&self) {
        script(&format!("ip link set {} nomaster", self.port(0)));
    }

    /// Mends what [`Host::cut_silently`] cut.
    pub fn mend(&self) {
        script(&format!("ip link set {} master lan{}", self.port(0), self.subnet()));
    }

    /// The cable is pulled out of the host: its system sees the carrier go.
    pub fn unplug(&self) {
        script(&format!("ip link set {} down", self.port(0)));
    }

    /// The cable is plugged in again.
    pub fn plug_in(&self) {
        script(&format!("ip link set {} up", self.port(0)));
    }

    /// Loses this share of the packets that come in, at random.
    pub fn lose_packets(&self, percent: u32) {
        let probability = f64::from(percent) / 100.0;
        self.shell(&format!("iptables -w -A INPUT -m statistic --mode random --probability {probability} -j DROP"));
    }

    /// Puts up a firewall that takes in no TCP connection unless this host has asked for it: packets of those that it knows
    /// pass, others' first ones are dropped, and nobody is told.
    pub fn let_nobody_in(&self) {
        self.shell(
            "iptables -w -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
             iptables -w -A INPUT -p tcp --syn -j DROP",
        );
    }

    /// Takes in nothing more of what another host sends, and doesn't tell it.
    pub fn shut_out(&self, other: &Host) {
        self.shell(&format!("iptables -w -I INPUT -s {} -j DROP", other.address()));
    }

    /// Bytes that have gone over its wires out of this host, with all their headers.
    pub fn sent_bytes(&self) -> u64 {
        let sent = |leg| {
            let port = self.port(leg);
            let output = Command::new("ip").args(["-j", "-s", "link", "show", "dev", &port]).output().unwrap();
            let links: Value = serde_json::from_slice(&output.stdout).unwrap();
            links.pointer("/0/stats64/rx/bytes").and_then(Value::as_u64).unwrap()
        };
        (0..self.legs.len()).map(sent).sum()
    }

    /// Lets no more than `megabits` a second out of this host; more than 50 ms' worth of packets doesn't wait for that.
    pub fn limit_rate(&self, megabits: u32) {
        // Four milliseconds' worth may go at once, or else a timer that comes late on a busy machine costs some of the rate.
        let burst = (megabits * 500).max(128 * 1024);
        self.shell(&format!("tc qdisc replace dev eth0 root tbf rate {megabits}mbit burst {burst} latency 50ms"));
    }
}

/// The first three numbers of the IPv4 addresses in a subnet.
fn prefix(subnet: usize) -> String {
    format!("10.{}.0", 77 + subnet)
}

impl Deref for Host {
    type Target = Profile;

    fn deref(&self) -> &Profile {
        &self.profile
    }
}
