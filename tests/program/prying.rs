//! Receivers who ask for nonsense, for too much, or for what was offered to others: the sender serves everybody else.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::mpsc;
use vecino::model::{MessageId, TransferId};
use vecino::net::Frame;
use vecino::protocol::wire::file::{Ask, Denial, MAX_UNITS, Notice, Outcome, Range, Reply};
use vecino::protocol::wire::manifest::UNIT;

use crate::mallory::{Given, Mallory, Told};
use crate::pair::{Pair, SOON};
use crate::support::process::Process;
use crate::support::within;

/// Questions as fast as they're answered, a few of which a sender answers with units, and the rest with calling itself busy.
const QUESTIONS: usize = 500;

const SIZE: usize = 20_000_000;

/// Ana has offered a file to Mallory, and Luis is a friend of hers.
struct Scene {
    pair: Pair,
    mallory: Mallory,
    path: PathBuf,
    id: TransferId,
    sharing: Process,
}

impl Scene {
    fn new() -> Self {
        let mut pair = Pair::met_with(&["--accept", "all"]);
        let me = pair.ana.control().call("me", json!({}));
        let mallory = Mallory::meets(me["addresses"][0].as_str().unwrap(), |_| Given::Word(Reply::Noted));
        let name = mallory.id.to_string();
        pair.ana_node.wait_for("Mallory", within(SOON), |event| event["peer_id"] == name.as_str());
        let path = pair.ana.home.join("película.mkv");
        let mut content = vec![0; SIZE];
        fastrand::Rng::with_seed(1).fill(&mut content);
        fs::write(&path, content).unwrap();
        let sharing = pair.ana.start(&["share", &name, path.to_str().unwrap(), "--json"]);
        let Told::Message(id) = mallory.wait("the offer", |told| matches!(told, Told::Message(_))) else {
            unreachable!()
        };
        Self { pair, mallory, path, id: MessageId::transfer(id), sharing }
    }

    /// Ana's own word of the transfer.
    fn transfer(&self) -> Value {
        self.transfer_of(&self.id)
    }

    fn transfer_of(&self, id: &TransferId) -> Value {
        let all = self.pair.ana.run(&["transfers", "--json"]).expect(0).json();
        let id = id.to_string();
        all.as_array().unwrap().iter().find(|transfer| transfer["id"] == id.as_str()).unwrap().clone()
    }

    /// The whole file goes to the friend, soon.
    fn serves_her_friend(&self) {
        let sharing = self.pair.ana.start(&["share", "luis", self.path.to_str().unwrap(), "--json"]);
        sharing.output(within(SOON)).expect(0);
    }

    /// What comes of asking for a range.
    fn pull(&self, range: Range) -> (Option<Reply>, Vec<Frame>) {
        let (sink, mut frames) = mpsc::channel(MAX_UNITS as usize + 1);
        let reply = self.mallory.answer(self.id, Ask::Range(range), Some(sink));
        (reply, std::iter::from_fn(|| frames.try_recv().ok()).collect())
    }
}

fn range(at: u64, unit: u64, units: u64) -> Range {
    Range { at, unit, units, hashes: false }
}

#[test]
fn ranges_that_are_not_there_give_nothing() {
    let scene = Scene::new();
    for out_of_bounds in [range(1 << 29, 0, 1), range(0, 1_000_000, 5), range(0, (1 << 53) - 1, MAX_UNITS)] {
        let (reply, frames) = scene.pull(out_of_bounds);
        assert_eq!(reply, Some(Reply::Units), "{out_of_bounds:?}");
        assert!(frames == [Frame::End], "{out_of_bounds:?}");
    }
    for odd in [1, 3, 17, 40] {
        let (_, frames) = scene.pull(range(odd, 0, 5));
        assert!(!frames.iter().any(|frame| matches!(frame, Frame::Unit(..))), "{odd}");
    }
    let (reply, frames) = scene.pull(range(0, SIZE as u64 / UNIT, 9));
    assert_eq!((reply, frames.len()), (Some(Reply::Units), 2), "the last unit and the end");
    scene.serves_her_friend();
}

#[test]
fn what_is_told_of_a_transfer_counts_from_its_receiver_alone_and_as_far_as_it_can_be() {
    let scene = Scene::new();
    let ask = |id, ask| scene.mallory.answer(id, ask, None);
    let absurd = Ask::Report { done: (1 << 53) - 1, outcome: Outcome::UnderWay };
    assert_eq!(ask(scene.id, absurd), Some(Reply::Noted));
    assert_eq!(scene.transfer()["done"], SIZE);

    let shared = scene.pair.ana.start(&["share", "luis", scene.path.to_str().unwrap(), "--json"]);
    let shared = shared.output(within(SOON)).expect(0).stdout;
    let others: Value = serde_json::from_str(shared.lines().last().unwrap()).unwrap();
    let others_id = others["id"].as_str().unwrap().parse().unwrap();
    for stranger in [others_id, TransferId::from_bytes([7; 16])] {
        for told in [
            Ask::Notice(Notice::Cancelled),
            Ask::Report { done: 0, outcome: Outcome::Cancelled },
            Ask::Range(range(0, 0, 1)),
            Ask::Manifest { unit: 0, units: 1 },
        ] {
            assert_eq!(ask(stranger, told), Some(Reply::Denied(Denial::Unknown)), "{told:?}");
        }
    }
    // A receiver has nothing to decide for the sender.
    let notice = ask(scene.id, Ask::Notice(Notice::Cancelled));
    assert!(matches!(notice, Some(Reply::Noted | Reply::Denied(_))));
    assert_eq!(scene.transfer()["state"], "active");
    assert_eq!(scene.transfer_of(&others_id)["state"], "done");

    assert_eq!(ask(scene.id, Ask::Report { done: 0, outcome: Outcome::Declined }), Some(Reply::Noted));
    scene.sharing.output(within(SOON)).expect(5);
}

/// Most memory that a process has had so far, in KiB.
#[cfg(target_os = "linux")]
fn peak_memory(process: &Process) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.pid().as_raw_nonzero())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn hundreds_of_questions_cost_little_and_hurt_nobody() {
    let scene = Scene::new();
    scene.serves_her_friend();
    let before = peak_memory(&scene.pair.ana_node);
    let mut sinks = Vec::new();
    for _ in 0..QUESTIONS {
        let (sink, frames) = mpsc::channel(1);
        scene.mallory.ask(scene.id, Ask::Range(range(0, 0, 8)), Some(sink));
        sinks.push(frames);
    }
    scene.serves_her_friend();
    drop(sinks);
    for _ in 0..QUESTIONS {
        scene.mallory.wait("an answer or none", |told| matches!(told, Told::Answered(_)));
    }
    scene.serves_her_friend();
    // The system counts pages a little late: the peak may seem to have fallen.
    let grown = peak_memory(&scene.pair.ana_node).saturating_sub(before);
    // Those eight that are being answered hold about 2 MiB each, read ahead and on their way out. All would hold a GiB.
    assert!(grown < 64 * 1024, "{grown} KiB for nothing");
}

#[test]
fn a_few_questions_at_a_time_are_answered_and_the_rest_put_off() {
    const QUESTIONS: usize = 40;
    let scene = Scene::new();
    let (sinks, frames): (Vec<_>, Vec<_>) = (0..QUESTIONS).map(|_| mpsc::channel(1)).unzip();
    for sink in sinks {
        scene.mallory.ask(scene.id, Ask::Range(range(0, 0, 70)), Some(sink));
    }
    let mut busy = 0;
    // Those that are answered wait for their units to be taken.
    let is_answer = |told: &Told| matches!(told, Told::Answered(_));
    while busy < QUESTIONS - 8 {
        let Told::Answered(reply) = scene.mallory.wait("an answer", is_answer) else { unreachable!() };
        assert_eq!(reply, Some(Reply::Denied(Denial::Busy)));
        busy += 1;
    }
    drop(frames);
    for _ in busy..QUESTIONS {
        scene.mallory.wait("the end of an answer that nobody took", is_answer);
    }
    // The threads that gave them end soon after.
    let deadline = within(SOON);
    let (mut reply, mut frames) = scene.pull(range(0, 0, 1));
    while reply == Some(Reply::Denied(Denial::Busy)) && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(100));
        (reply, frames) = scene.pull(range(0, 0, 1));
    }
    assert_eq!((reply, frames.len()), (Some(Reply::Units), 2), "a unit and the end");
}

#[test]
fn who_reads_slowly_holds_nobody_else_up() {
    let scene = Scene::new();
    let mut slow = Vec::new();
    for _ in 0..50 {
        let (sink, frames) = mpsc::channel(1);
        scene.mallory.ask(scene.id, Ask::Range(range(0, 0, 70)), Some(sink));
        slow.push(frames);
    }
    for _ in 0..3 {
        scene.serves_her_friend();
        // One unit of each of them is taken.
        slow.iter_mut().for_each(|frames| drop(frames.try_recv()));
    }
    assert_eq!(scene.transfer()["state"], "offered");
}
