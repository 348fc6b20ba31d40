//! Several transfers on one wire: none starves, none stalls.
//!
//! `VECINO_SOAK_SECONDS` makes the two directions run for longer, `VECINO_SOAK_MB` with larger files.

use std::time::{Duration, Instant};

use crate::host::hosts;
use crate::sharing::{
    SOON, TRANSFERRED, hash, meet, names_in, nodes, offer, transfer, wait_for_bytes, wait_for_each,
    wait_for_nothing_left, wait_for_state, wait_until, write_file,
};
use crate::support::{sandbox, scale, within};

const LIMIT: Duration = Duration::from_secs(120);

const HUGE: usize = 60_000_000;

/// Milliseconds in which something arrives beside a huge transfer that fills the wire: it has its share of it.
const BESIDE: u64 = 3_000;

/// Milliseconds without progress that are a stall.
const STALL: u64 = 5_000;

#[test]
fn a_small_transfer_is_through_long_before_a_huge_one() {
    sandbox::run(LIMIT, || {
        let [ana, luis, eva] = hosts(["ana", "luis", "eva"]);
        luis.shell("tc qdisc replace dev eth0 root tbf rate 100mbit burst 128k latency 50ms");
        ana.limit_rate(80);
        let (mut ana_node, mut eva_node) = (ana.node(), eva.node());
        let mut luis_node = luis.node_with(&["--accept", "all"]);
        for node in [&mut ana_node, &mut eva_node] {
            meet(node, "luis");
        }
        let huge = offer(&ana, "luis", &write_file(&ana, "película.mkv", HUGE, 1));
        wait_for_bytes(&mut luis_node, &huge, HUGE as u64 / 20);
        for (from, name) in [(&ana, "de ana.jpg"), (&eva, "de eva.jpg")] {
            let id = offer(from, "luis", &write_file(from, name, 2_000_000, 2));
            let done = luis_node.wait_for(name, within(BESIDE), |event| {
                assert!(event["id"] != huge.as_str() || event["state"] != "done", "the huge one was through before");
                event["id"] == id.as_str() && event["state"] == "done"
            });
            assert_eq!(done.json["saved_to"], luis.downloads().join(name).to_str().unwrap());
        }
        luis.run(&["cancel", &huge]).expect(0);
        wait_for_state(&mut ana_node, &huge, "cancelled", SOON);
        wait_for_nothing_left(&luis, &["de ana.jpg", "de eva.jpg"]);
    });
}

#[test]
fn a_dozen_at_once_all_come_to_their_end() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        ana.limit_rate(40);
        let mut ana_node = ana.node();
        let _luis_node = luis.node_with(&["--accept", "all"]);
        meet(&mut ana_node, "luis");
        let files: Vec<_> = (0..12).map(|number| (format!("{number}.jpg"), 3_000_000 + number * 1_000)).collect();
        let ids: Vec<String> =
            files.iter().map(|(name, size)| offer(&ana, "luis", &write_file(&ana, name, *size, 1))).collect();
        wait_for_each(&mut ana_node, &ids, "the end", TRANSFERRED, |event| event["state"] == "done");
        assert_eq!(names_in(&luis.downloads()).len(), files.len());
    });
}

#[test]
fn both_directions_at_once_never_stall() {
    let seconds = Duration::from_secs(scale("VECINO_SOAK_SECONDS", 0));
    sandbox::run(LIMIT + seconds, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        let (mut ana_node, mut luis_node) = nodes(&ana, &luis);
        let size = scale("VECINO_SOAK_MB", 300_usize) * 1_000_000;
        let paths = [write_file(&ana, "de ana.mkv", size, 1), write_file(&luis, "de luis.mkv", size, 2)];
        let start = Instant::now();
        loop {
            let to_luis = offer(&ana, "luis", &paths[0]);
            let to_ana = offer(&luis, "ana", &paths[1]);
            wait_for_state(&mut luis_node, &to_luis, "offered", SOON);
            wait_for_state(&mut ana_node, &to_ana, "offered", SOON);
            luis.run(&["accept", &to_luis]).expect(0);
            ana.run(&["accept", &to_ana]).expect(0);
            let mut receivers = [(&mut luis_node, &to_luis, 0, false), (&mut ana_node, &to_ana, 0, false)];
            while receivers.iter().any(|(.., done)| !done) {
                for (node, id, bytes, done) in receivers.iter_mut().filter(|(.., done)| !done) {
                    let event = node.wait_for("progress", within(STALL), |event| {
                        event["id"] == id.as_str()
                            && (event["done"].as_u64() > Some(*bytes) || event["state"] == "done")
                    });
                    *bytes = event.json["done"].as_u64().unwrap();
                    *done = event.json["state"] == "done";
                }
            }
            for (host, path) in [(&luis, &paths[0]), (&ana, &paths[1])] {
                let name = path.file_name().unwrap();
                let arrived = host.downloads().join(name);
                assert_eq!(hash(&arrived), hash(path));
                std::fs::remove_file(arrived).unwrap();
                assert_eq!(names_in(&host.downloads()), [""; 0]);
            }
            for (host, id) in [(&ana, &to_luis), (&luis, &to_ana)] {
                wait_until("its sender knows that it's done", || transfer(host, id)["state"] == "done");
            }
            if start.elapsed() >= seconds {
                break;
            }
        }
        println!("{:?}", start.elapsed());
    });
}
