//! A local network of hosts, each a network namespace with one wire to a switch. It lives in a sandbox and ends with it.

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
    profile: Profile,
}

/// A network on which the people of these nicknames each have a computer.
pub fn hosts<const N: usize>(nicknames: [&str; N]) -> [Host; N] {
    script("ip link add lan type bridge mcast_snooping 0; ip link set lan up");
    let mut number = 0;
    nicknames.map(|nickname| {
        number += 1;
        Host::new(number, nickname)
    })
}

impl Host {
    fn new(number: usize, nickname: &str) -> Self {
        let home = PathBuf::from(format!("/run/vecino/h{number}"));
        let enter = vec!["nsenter".to_owned(), format!("--net=/run/netns/h{number}"), "--".to_owned()];
        let host = Self { number, profile: Profile { enter, ..Profile::new(nickname, home) } };
        let port = host.port();
        script(&format!(
            "ip netns add {port}
             ip link add {port} type veth peer name eth0 netns {port}
             ip link set {port} master lan up"
        ));
        // Checking for duplicates of an IPv6 address takes a second or two, which a computer has long behind it
        // when somebody starts a program. Where the kernel's settings are read-only, it is waited for there.
        host.shell("echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad || true; ip link set lo up");
        host.set_address(number);
        host
    }

    /// What the switch calls the wire to this host.
    fn port(&self) -> String {
        format!("h{}", self.number)
    }

    /// Runs a shell script on this host, which has to succeed.
    pub fn shell(&self, text: &str) {
        script(&format!("nsenter --net=/run/netns/{} sh -ec '{text}'", self.port()));
    }

    /// This host's IPv4 address as the network was made.
    pub fn address(&self) -> String {
        format!("10.77.0.{}", self.number)
    }

    /// Gives the host the IPv4 address `10.77.0.LAST` and takes its other one away.
    pub fn set_address(&self, last: usize) {
        // Multicast goes where the default route goes.
        self.shell(&format!(
            "ip -4 addr flush dev eth0; ip addr add 10.77.0.{last}/24 dev eth0; ip link set eth0 up
             ip route replace default dev eth0"
        ));
    }

    /// The wire is cut behind the next switch: nothing arrives any more, and neither side is told.
    pub fn cut_silently(&self) {
        script(&format!("ip link set {} nomaster", self.port()));
    }

    /// Mends what [`Host::cut_silently`] cut.
    pub fn mend(&self) {
        script(&format!("ip link set {} master lan", self.port()));
    }

    /// The cable is pulled out of the host: its system sees the carrier go.
    pub fn unplug(&self) {
        script(&format!("ip link set {} down", self.port()));
    }

    /// The cable is plugged in again.
    pub fn plug_in(&self) {
        script(&format!("ip link set {} up", self.port()));
    }

    /// Loses this share of the packets that come in, at random.
    pub fn lose_packets(&self, percent: u32) {
        let probability = f64::from(percent) / 100.0;
        self.shell(&format!("iptables -w -A INPUT -m statistic --mode random --probability {probability} -j DROP"));
    }

    /// Bytes that have gone over the wire out of this host, with all their headers.
    pub fn sent_bytes(&self) -> u64 {
        let output = Command::new("ip").args(["-j", "-s", "link", "show", "dev", &self.port()]).output().unwrap();
        let links: Value = serde_json::from_slice(&output.stdout).unwrap();
        links.pointer("/0/stats64/rx/bytes").and_then(Value::as_u64).unwrap()
    }

    /// Lets no more than `megabits` a second out of this host; more than 50 ms' worth of packets doesn't wait for that.
    pub fn limit_rate(&self, megabits: u32) {
        // Four milliseconds' worth may go at once, or else a timer that comes late on a busy machine costs some of the rate.
        let burst = (megabits * 500).max(128 * 1024);
        self.shell(&format!("tc qdisc replace dev eth0 root tbf rate {megabits}mbit burst {burst} latency 50ms"));
    }
}

impl Deref for Host {
    type Target = Profile;

    fn deref(&self) -> &Profile {
        &self.profile
    }
}
