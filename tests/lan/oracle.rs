//! Both sides write and either is killed at random moments; then everything written is compared with everything kept.
//!
//! `VECINO_MESSAGES` and `VECINO_KILLS` scale it, `VECINO_KILL_SEED` repeats a run's choices (its moments are the machine's).

use std::collections::BTreeSet;
use std::ops::Not;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::host::{Host, Network, hosts};
use crate::reception::Reception;
use crate::support::control::Control;
use crate::support::process::Process;
use crate::support::profile::is_here;
use crate::support::{sandbox, scale, within};

const LIMIT: Duration = Duration::from_secs(1_200);

/// Milliseconds in which everything has to have arrived once nobody is killed any more.
const SETTLES_WITHIN: u64 = 60_000;

/// Milliseconds in which two nodes have to see each other.
const MEET_WITHIN: u64 = 10_000;

/// Longest time between a killed node's last request and its death: some of them are answered by then, some are not.
const LONGEST_GRACE_MICROS: u64 = 3_000;

/// One of the two, with a node that is running.
struct Side {
    host: Host,
    node: Process,
    control: Control,
    id: String,
    peer_id: String,
    /// Messages that are known to be kept on its disk.
    written: usize,
}

impl Side {
    /// Starts a node on `host`.
    fn start(host: Host) -> Self {
        let (node, ready) = host.ready_node();
        let id = ready.json["peer_id"].as_str().unwrap().to_owned();
        Self { control: host.control(), host, node, id, peer_id: String::new(), written: 0 }
    }

    /// The text of this side's message of this number, from 0. Searching for one finds no other.
    fn text(&self, number: usize) -> String {
        format!("{} {number:05}", self.host.nickname)
    }

    fn write(&mut self) {
        self.control.send(&self.peer_id, &self.text(self.written));
        self.written += 1;
    }

    fn wait_for_other(&mut self) {
        self.node.wait_for("the other side", within(MEET_WITHIN), |event| is_here(event, &self.peer_id));
    }

    /// Writes a message, dies within `grace` of asking for that, answered or not, and starts again.
    fn write_and_die(self, grace: Duration) -> Self {
        let Self { host, node, mut control, id, peer_id, written } = self;
        let text = format!("{} {written:05}", host.nickname);
        control.request("send", json!({ "peer": peer_id, "text": text })).unwrap();
        thread::sleep(grace);
        node.kill9();
        let confirmed = control.answer().is_ok();

        let (node, _) = host.ready_node();
        let side = Self { control: host.control(), host, node, id, peer_id, written };
        let kept = side.keeps(&text);
        assert!(kept || !confirmed, "“{text}” was confirmed and is lost");
        Self { written: side.written + usize::from(kept), ..side }
    }

    /// Whether a message of this text is in the history here.
    fn keeps(&self, text: &str) -> bool {
        let found = self.host.run(&["history", &self.peer_id, "--search", text, "--json"]).expect(0).json();
        found.as_array().unwrap().is_empty().not()
    }
}

/// What is wrong between what one side wrote and what both keep; `None` where nothing is.
pub fn discrepancy(written: &[String], own: &[Value], others: &[Value]) -> Option<String> {
    let texts = |history: &[Value], from: &str| -> Vec<String> {
        let of_author = history.iter().filter(|message| message["from"] == from);
        of_author.map(|message| message["text"].as_str().unwrap_or_default().to_owned()).collect()
    };
    for (place, kept) in [("its author", texts(own, "me")), ("the other side", texts(others, "peer"))] {
        let distinct: BTreeSet<&String> = kept.iter().collect();
        let lost: Vec<&String> = written.iter().filter(|text| !distinct.contains(text)).take(5).collect();
        if !lost.is_empty() {
            return Some(format!("lost at {place}: {lost:?} …"));
        }
        if kept.len() > distinct.len() {
            return Some(format!("doubled at {place}: {} messages, {} different ones", kept.len(), distinct.len()));
        }
        let swapped = kept.iter().zip(written).find(|(kept, written)| kept != written);
        if let Some((kept, written)) = swapped {
            return Some(format!("out of order at {place}: “{kept}” where “{written}” belongs"));
        }
        if kept.len() > written.len() {
            return Some(format!("nobody wrote at {place}: {:?} …", &kept[written.len()..][..1]));
        }
    }
    let ids = |history: &[Value]| -> Vec<Value> { history.iter().map(|message| message["id"].clone()).collect() };
    (ids(own) != ids(others)).then(|| "the two histories show another order".to_owned())
}

/// Waits until both hosts keep `written` messages with these peers and know their own to be delivered, or gives up waiting:
/// what is missing then is the oracle's finding.
pub fn settled(sides: [(&Host, &str); 2], written: usize) -> [Vec<Value>; 2] {
    let deadline = within(SETTLES_WITHIN);
    let delivered = |message: &Value| message["from"] == "peer" || message["state"] == "delivered";
    loop {
        let histories = sides.map(|(host, peer_id)| host.history(peer_id));
        let complete = |history: &Vec<Value>| history.len() >= written && history.iter().all(delivered);
        if histories.iter().all(complete) || Instant::now() > deadline {
            assert!(histories.iter().flatten().all(delivered), "a message that has arrived isn't shown as delivered");
            return histories;
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// Both sides write `messages` in all, in as many bursts as there are to be `kills`, each ended by a death. `trouble` is
/// made after each burst besides.
fn written_under_fire(
    hosts: [Host; 2],
    rng: &mut fastrand::Rng,
    messages: usize,
    kills: usize,
    mut trouble: impl FnMut(&mut fastrand::Rng),
) -> [Side; 2] {
    let mut sides = hosts.map(Side::start);
    let ids = [0, 1].map(|number: usize| sides[number].id.clone());
    for (side, peer_id) in sides.iter_mut().zip(ids.into_iter().rev()) {
        side.peer_id = peer_id;
        side.wait_for_other();
        // Neither is a stranger to the other, who might send only so much.
        side.write();
    }
    for round in 0..kills {
        for _ in 0..messages / (kills + 1) {
            sides[rng.usize(..2)].write();
        }
        trouble(rng);
        let victim = rng.usize(..2);
        let grace = Duration::from_micros(rng.u64(..LONGEST_GRACE_MICROS));
        let [first, second] = sides;
        sides = if victim == 0 { [first.write_and_die(grace), second] } else { [first, second.write_and_die(grace)] };
        // Now and then one dies again before it has met the other.
        if rng.u8(..4) > 0 || round + 1 == kills {
            sides[victim].wait_for_other();
        }
    }
    while sides.iter().map(|side| side.written).sum::<usize>() < messages {
        sides[rng.usize(..2)].write();
    }
    sides
}

/// Has both sides write under fire, and compares what they keep then.
fn nothing_is_lost_doubled_or_swapped(hosts: [Host; 2], trouble: impl FnMut(&mut fastrand::Rng)) {
    let (messages, kills) = (scale("VECINO_MESSAGES", 600), scale("VECINO_KILLS", 12));
    let seed = scale("VECINO_KILL_SEED", fastrand::u64(..));
    println!("{messages} messages, {kills} kills, VECINO_KILL_SEED={seed}");
    let start = Instant::now();
    let sides = written_under_fire(hosts, &mut fastrand::Rng::with_seed(seed), messages, kills, trouble);
    let written = sides.iter().map(|side| side.written).sum();
    let histories = settled(sides.each_ref().map(|side| (&side.host, side.peer_id.as_str())), written);
    for (author, other) in [(0, 1), (1, 0)] {
        let written: Vec<String> = (0..sides[author].written).map(|number| sides[author].text(number)).collect();
        let found = discrepancy(&written, &histories[author], &histories[other]);
        assert_eq!(found, None, "{} of {}", sides[author].host.nickname, written.len());
    }
    let counts = [0, 1].map(|number: usize| sides[number].written);
    println!("compared {counts:?} messages after {:?}", start.elapsed());
}

#[test]
fn nothing_is_lost_doubled_or_swapped_by_kills_at_random_moments() {
    sandbox::run(LIMIT, || nothing_is_lost_doubled_or_swapped(hosts(["ana", "luis"]), |_| ()));
}

#[test]
fn nothing_is_lost_doubled_or_swapped_through_a_relay_that_is_killed_too() {
    sandbox::run(LIMIT, || {
        let network = Network::of(2);
        let mut reception = Some(Reception::of(&network, "reception"));
        let member = |nickname, subnet| {
            let host = network.host(nickname, subnet);
            let way = reception.iter().map(|reception| reception.way_from(&host).to_owned());
            let args = ["--no-mdns", "--relay"].into_iter().map(str::to_owned).chain(way).collect();
            host.with_node_args(args)
        };
        let hosts = [member("ana", 0), member("luis", 1)];
        nothing_is_lost_doubled_or_swapped(hosts, |rng| {
            if rng.u8(..3) == 0 {
                reception = reception.take().map(|reception| Reception::open(reception.kill()));
            }
        });
    });
}

/// A history of these messages: `<` one's own, `>` the peer's.
fn history_of(messages: &[&str]) -> Vec<Value> {
    let message = |written: &&str| {
        let (from, text) = written.split_at(1);
        json!({ "id": text, "text": text, "from": if from == "<" { "me" } else { "peer" } })
    };
    messages.iter().map(message).collect()
}

#[test]
fn the_oracle_sees_what_it_is_there_to_see() {
    let written = ["a0", "a1"].map(str::to_owned);
    let finding = |own: &[&str], others: &[&str]| {
        discrepancy(&written, &history_of(own), &history_of(others)).unwrap_or_default()
    };
    assert_eq!(finding(&["<a0", ">l0", "<a1"], &[">a0", "<l0", ">a1"]), "");
    assert!(finding(&["<a0", "<a1"], &[">a0"]).starts_with("lost at the other side: [\"a1\"]"));
    assert!(finding(&["<a0"], &[">a0", ">a1"]).starts_with("lost at its author"));
    assert!(finding(&["<a0", "<a1"], &[">a0", ">a1", ">a1"]).starts_with("doubled"));
    assert!(finding(&["<a0", "<a1"], &[">a1", ">a0"]).starts_with("out of order"));
    assert!(finding(&["<a0", "<a1"], &[">a0", ">a1", ">a2"]).starts_with("nobody wrote"));
    assert!(finding(&["<a0", ">l0", "<a1"], &["<l0", ">a0", ">a1"]).starts_with("the two histories"));
}
