//! Transfers that come to nothing, by the wish of either side or by what became of the files.

use std::fs;
use std::time::Duration;

use crate::host::{Host, hosts};
use crate::sharing::{
    SOON, TRANSFERRED, accept, hash, names_in, nodes, offer, share, wait_for_bytes, wait_for_nothing_left,
    wait_for_pause, wait_for_state, write_file,
};
use crate::support::process::Process;
use crate::support::profile::is_gone;
use crate::support::{sandbox, within};

const LIMIT: Duration = Duration::from_secs(180);

const SIZE: usize = 20_000_000;

/// Two people of whom the first has offered something to the second.
struct Scene {
    ana: Host,
    luis: Host,
    ana_node: Process,
    luis_node: Process,
    id: String,
}

impl Scene {
    fn offered() -> Self {
        let [ana, luis] = hosts(["ana", "luis"]);
        ana.limit_rate(80);
        let (ana_node, luis_node) = nodes(&ana, &luis);
        let mut scene = Self { ana, luis, ana_node, luis_node, id: String::new() };
        scene.offer();
        scene
    }

    fn offer(&mut self) {
        self.id = offer(&self.ana, "luis", &write_file(&self.ana, "película.mkv", SIZE, 1));
        wait_for_state(&mut self.luis_node, &self.id, "offered", SOON);
    }

    fn active(&mut self) {
        self.luis.run(&["accept", &self.id]).expect(0);
        wait_for_bytes(&mut self.luis_node, &self.id, SIZE as u64 / 10);
    }

    /// One of them cancels; both hear it, and nothing is left.
    fn cancelled_by(&mut self, ana: bool) {
        let host = if ana { &self.ana } else { &self.luis };
        assert_eq!(host.run(&["cancel", &self.id, "--json"]).expect(0).json()["state"], "cancelled");
        for node in [&mut self.ana_node, &mut self.luis_node] {
            wait_for_state(node, &self.id, "cancelled", SOON);
        }
        for host in [&self.ana, &self.luis] {
            wait_for_nothing_left(host, &[]);
        }
    }
}

#[test]
fn a_cancelled_transfer_leaves_nothing_whoever_cancels_and_when() {
    sandbox::run(LIMIT, || {
        let mut scene = Scene::offered();
        for by_ana in [true, false] {
            if by_ana {
                scene.cancelled_by(by_ana);
                scene.offer();
            }
            scene.active();
            scene.cancelled_by(by_ana);

            scene.offer();
            scene.active();
            let (host, node) =
                if by_ana { (&scene.luis, &mut scene.ana_node) } else { (&scene.ana, &mut scene.luis_node) };
            host.run(&["pause", &scene.id]).expect(0);
            wait_for_pause(node, &scene.id, "peer");
            scene.cancelled_by(by_ana);
            scene.offer();
        }
        scene.luis.run(&["decline", &scene.id]).expect(0);
        wait_for_state(&mut scene.ana_node, &scene.id, "declined", SOON);
        wait_for_nothing_left(&scene.ana, &[]);
        wait_for_nothing_left(&scene.luis, &[]);
    });
}

#[test]
fn what_is_cancelled_while_the_other_is_away_is_told_when_they_come() {
    sandbox::run(LIMIT, || {
        for by_ana in [true, false] {
            let mut scene = Scene::offered();
            scene.active();
            let Scene { ana, luis, mut ana_node, mut luis_node, id } = scene;
            if by_ana {
                luis_node.kill9();
                ana_node.wait_for("luis gone", within(SOON), |event| is_gone(event, "luis"));
                ana.run(&["cancel", &id]).expect(0);
                luis_node = luis.node();
                wait_for_state(&mut luis_node, &id, "cancelled", SOON);
            } else {
                ana_node.kill9();
                luis_node.wait_for("ana gone", within(SOON), |event| is_gone(event, "ana"));
                luis.run(&["cancel", &id]).expect(0);
                wait_for_nothing_left(&luis, &[]);
                ana_node = ana.node();
                wait_for_state(&mut ana_node, &id, "cancelled", SOON);
            }
            wait_for_nothing_left(&ana, &[]);
            wait_for_nothing_left(&luis, &[]);
            drop((ana_node, luis_node));
            sandbox::script("ip -all netns delete; ip link delete lan0; rm -r /run/vecino");
        }
    });
}

#[test]
fn an_offer_that_nobody_got_is_withdrawn_without_a_word() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (mut ana_node, luis_node) = nodes(&ana, &luis);
        luis_node.terminate();
        ana_node.wait_for("luis gone", within(SOON), |event| is_gone(event, "luis"));
        let id = offer(&ana, "luis", &write_file(&ana, "foto.jpg", 1_000, 1));
        ana.run(&["cancel", &id]).expect(0);
        wait_for_nothing_left(&ana, &[]);
        let mut luis_node = luis.node();
        let next = offer_after(&ana, &mut luis_node);
        assert_ne!(next, id);
        assert_eq!(luis.run(&["transfers", "--json"]).expect(0).json().as_array().unwrap().len(), 1);
    });
}

/// A later offer, which comes after whatever was sent before it.
fn offer_after(ana: &Host, luis_node: &mut Process) -> String {
    let id = offer(ana, "luis", &write_file(ana, "otra.jpg", 1_000, 2));
    wait_for_state(luis_node, &id, "offered", SOON);
    id
}

#[test]
fn a_file_that_changes_while_it_is_sent_fails_by_name_and_the_others_arrive() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        ana.limit_rate(80);
        let (mut ana_node, mut luis_node) = nodes(&ana, &luis);
        let first = write_file(&ana, "viaje/a película.mkv", SIZE, 1);
        let second = write_file(&ana, "viaje/b lista.txt", 1_000, 2);
        let sharing = share(&ana, "luis", first.parent().unwrap());
        let id = accept(&luis, &mut luis_node);
        wait_for_bytes(&mut luis_node, &id, SIZE as u64 / 10);
        fs::OpenOptions::new().append(true).open(&first).unwrap().set_len(SIZE as u64 - 7).unwrap();

        for node in [&mut luis_node, &mut ana_node] {
            let failed = wait_for_state(node, &id, "failed", TRANSFERRED).json;
            let error = failed["error"].as_str().unwrap().to_owned();
            assert!(error.contains("a película.mkv") && error.contains("changed"), "{error}");
        }
        sharing.output(within(SOON)).expect_words(1, &["a película.mkv"]);
        let arrived = luis.downloads().join("viaje");
        assert_eq!(names_in(&arrived), ["b lista.txt"]);
        assert_eq!(hash(&arrived.join("b lista.txt")), hash(&second));
        assert_eq!(names_in(&luis.downloads()), ["viaje"]);

        // Tried again it fails again: what was offered isn't there any more.
        luis.run(&["resume", &id]).expect(0);
        for node in [&mut luis_node, &mut ana_node] {
            wait_for_state(node, &id, "active", SOON);
            wait_for_state(node, &id, "failed", SOON);
        }
        assert_eq!(names_in(&arrived), ["b lista.txt"]);
        luis.run(&["cancel", &id]).expect(0);
        wait_for_state(&mut ana_node, &id, "cancelled", SOON);
        wait_for_nothing_left(&ana, &[]);
    });
}

#[test]
fn what_could_not_be_read_arrives_when_it_is_tried_again() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (mut ana_node, mut luis_node) = nodes(&ana, &luis);
        let path = write_file(&ana, "foto.jpg", 1_000_000, 1);
        let id = offer(&ana, "luis", &path);
        wait_for_state(&mut luis_node, &id, "offered", SOON);
        let elsewhere = ana.home.join("elsewhere");
        fs::rename(&path, &elsewhere).unwrap();
        luis.run(&["accept", &id]).expect(0);
        for node in [&mut luis_node, &mut ana_node] {
            let failed = wait_for_state(node, &id, "failed", SOON).json;
            assert!(failed["error"].as_str().unwrap().contains("foto.jpg"), "{failed}");
        }
        assert_eq!(names_in(&luis.downloads()), [""; 0]);
        fs::rename(&elsewhere, &path).unwrap();
        luis.run(&["resume", &id]).expect(0);
        for node in [&mut luis_node, &mut ana_node] {
            wait_for_state(node, &id, "done", SOON);
        }
        assert_eq!(hash(&luis.downloads().join("foto.jpg")), hash(&path));
        wait_for_nothing_left(&luis, &["foto.jpg"]);
    });
}
