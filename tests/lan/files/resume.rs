//! What interrupts a transfer: links, sleep, restarts, people. It goes on by itself from where it was, as soon as it may.

use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::host::{Host, hosts};
use crate::sharing::{
    SOON, TRANSFERRED, accept, hash, meet, names_in, nodes, offer, transfer, wait_for_bytes, wait_for_nothing_left,
    wait_for_pause, wait_for_state, write_file,
};
use crate::support::process::Process;
use crate::support::profile::is_gone;
use crate::support::{sandbox, within};

const LIMIT: Duration = Duration::from_secs(180);

const SIZE: usize = 20_000_000;

/// How long a computer sleeps.
const ASLEEP: Duration = Duration::from_secs(3);

/// Milliseconds until a dead link is noticed.
const DEAD_LINK: u64 = 30_000;

/// A transfer of [`SIZE`] bytes that takes some two seconds and has begun; its id.
fn under_way(ana: &Host, luis: &Host, luis_node: &mut Process) -> String {
    ana.limit_rate(80);
    let id = offer(ana, "luis", &write_file(ana, "película.mkv", SIZE, 1));
    accept(luis, luis_node);
    wait_for_bytes(luis_node, &id, 1);
    id
}

/// The transfer ends well on both sides, and nothing but what was sent is left.
fn arrives(ana: (&Host, &mut Process), luis: (&Host, &mut Process), id: &str) {
    wait_for_state(luis.1, id, "done", TRANSFERRED);
    wait_for_state(ana.1, id, "done", TRANSFERRED);
    assert_eq!(hash(&luis.0.downloads().join("película.mkv")), hash(&ana.0.home.join("película.mkv")));
    wait_for_nothing_left(luis.0, &["película.mkv"]);
    wait_for_nothing_left(ana.0, &[]);
}

#[test]
fn it_goes_on_after_the_cable_was_pulled_and_at_another_address() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (mut ana_node, mut luis_node) = nodes(&ana, &luis);
        let id = under_way(&ana, &luis, &mut luis_node);
        ana.unplug();
        luis_node.wait_for("ana missed", within(DEAD_LINK), |event| is_gone(event, "ana"));
        let there = transfer(&luis, &id)["done"].as_u64().unwrap();
        assert!(there > 0, "what has come is kept");
        ana.plug_in();
        ana.set_address(101);
        let before = ana.sent_bytes();
        arrives((&ana, &mut ana_node), (&luis, &mut luis_node), &id);
        let again = ana.sent_bytes() - before;
        let rest = SIZE as u64 - there;
        assert!(again < rest + rest / 20 + 3_000_000, "{again} bytes for the {rest} that were missing");
    });
}

#[test]
fn it_goes_on_after_either_side_has_slept() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (mut ana_node, mut luis_node) = nodes(&ana, &luis);
        let id = under_way(&ana, &luis, &mut luis_node);
        ana_node.signal(Signal::STOP);
        thread::sleep(ASLEEP);
        ana_node.signal(Signal::CONT);
        wait_for_bytes(&mut luis_node, &id, SIZE as u64 / 2);
        luis_node.signal(Signal::STOP);
        thread::sleep(ASLEEP);
        luis_node.signal(Signal::CONT);
        arrives((&ana, &mut ana_node), (&luis, &mut luis_node), &id);
    });
}

#[test]
fn what_its_sender_has_paused_stays_so_while_either_is_away() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (ana_node, mut luis_node) = nodes(&ana, &luis);
        let id = under_way(&ana, &luis, &mut luis_node);
        ana.run(&["pause", &id]).expect(0);
        wait_for_pause(&mut luis_node, &id, "peer");
        ana_node.terminate();
        let mut ana_node = ana.node();
        meet(&mut ana_node, "luis");
        assert_eq!(transfer(&ana, &id)["paused_by"], "me");
        assert_eq!(transfer(&luis, &id)["paused_by"], "peer");

        // The word that it goes on finds nobody, and is said again.
        luis_node.terminate();
        ana_node.wait_for("luis gone", within(SOON), |event| is_gone(event, "luis"));
        ana.run(&["resume", &id]).expect(0);
        let mut luis_node = luis.node();
        arrives((&ana, &mut ana_node), (&luis, &mut luis_node), &id);
    });
}

#[test]
fn what_its_receiver_has_paused_stays_so_after_both_were_restarted() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (mut ana_node, mut luis_node) = nodes(&ana, &luis);
        let id = under_way(&ana, &luis, &mut luis_node);
        luis.run(&["pause", &id]).expect(0);
        wait_for_pause(&mut ana_node, &id, "peer");
        ana_node.kill9();
        luis_node.kill9();
        let (mut ana_node, mut luis_node) = nodes(&ana, &luis);
        assert_eq!(transfer(&ana, &id)["paused_by"], "peer");
        assert_eq!(transfer(&luis, &id)["paused_by"], "me");
        luis.run(&["resume", &id]).expect(0);
        arrives((&ana, &mut ana_node), (&luis, &mut luis_node), &id);
    });
}

#[test]
fn an_offer_to_one_who_is_away_is_taken_after_both_were_restarted() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (mut ana_node, luis_node) = nodes(&ana, &luis);
        luis_node.terminate();
        ana_node.wait_for("luis gone", within(SOON), |event| is_gone(event, "luis"));
        let id = offer(&ana, "luis", &write_file(&ana, "película.mkv", SIZE, 1));
        ana_node.kill9();
        let ana_node = ana.node();
        let mut luis_node = luis.node();
        wait_for_state(&mut luis_node, &id, "offered", SOON);
        ana_node.kill9();
        luis_node.kill9();
        // Accepted while its sender is away.
        let (luis_node, _) = luis.ready_node();
        assert_eq!(luis.run(&["accept", &id, "--json"]).expect(0).json()["state"], "active");
        luis_node.terminate();
        assert_eq!(names_in(&luis.downloads()), [""; 0]);
        let (mut ana_node, mut luis_node) = (ana.node(), luis.node());
        arrives((&ana, &mut ana_node), (&luis, &mut luis_node), &id);
    });
}

#[test]
fn it_goes_on_at_once_however_often_it_was_held_up() {
    const LARGE: usize = 10 * SIZE;
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (_ana_node, mut luis_node) = nodes(&ana, &luis);
        let path = write_file(&ana, "película.mkv", LARGE, 1);
        // Slow enough that it isn't over before it was held up the last time, however busy this computer is.
        ana.limit_rate(40);
        let id = offer(&ana, "luis", &path);
        accept(&luis, &mut luis_node);
        // More often than a sender gives answers at a time.
        for _ in 0..10 {
            let there = transfer(&luis, &id)["done"].as_u64().unwrap();
            wait_for_bytes(&mut luis_node, &id, there + 1);
            luis.run(&["pause", &id]).expect(0);
            luis.run(&["resume", &id]).expect(0);
        }
        ana.limit_rate(10_000);
        wait_for_state(&mut luis_node, &id, "done", SOON);
        assert_eq!(hash(&luis.downloads().join("película.mkv")), hash(&path));
    });
}
