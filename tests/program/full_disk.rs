//! A disk that is full: told in words, nothing lost, and everything goes on once there's room.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::pair::{SOON, introduce};
use crate::support::process::Output;
use crate::support::profile::Profile;
use crate::support::{sandbox, within};

/// A disk for one data directory.
fn mount_small_disk(at: &Path) {
    fs::create_dir_all(at).unwrap();
    sandbox::script(&format!("mount -t tmpfs -o size=2m,mode=700 tmpfs {}", at.display()));
}

/// Writes a file until the disk has no room for another byte.
fn fill(disk: &Path) -> PathBuf {
    let ballast = disk.join("ballast");
    let mut file = File::create(&ballast).unwrap();
    for size in [4_096, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
    ballast
}

fn texts(profile: &Profile, peer: &str) -> Vec<String> {
    let history = profile.history(peer);
    history.iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect()
}

/// Sends long messages until one is refused. That refusal; those that were kept before are added to `kept`.
fn send_until_refused(from: &Profile, to: &str, kept: &mut Vec<String>) -> Output {
    for number in 0..100 {
        let text = format!("{number} {}", "x".repeat(30_000));
        let sent = from.run_with_input(&["send", to, "-", "--timeout", "1"], text.as_bytes());
        // Its delivery may come with no room left to note that; it is kept all the same.
        if !matches!(sent.code, Some(0 | 4)) {
            return sent;
        }
        kept.push(text);
    }
    panic!("the disk isn't full");
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

#[test]
fn a_full_disk_loses_nothing_and_is_told() {
    sandbox::run(Duration::from_secs(120), || {
        sandbox::script("ip link set lo up");
        let [ana, luis] = ["ana", "luis"].map(|name| Profile::on_loopback(name, format!("/run/{name}").into()));
        mount_small_disk(&ana.data());
        let (mut ana_node, mut luis_node) = (ana.node(), luis.node());
        let [ana_id, luis_id] = introduce((&ana, &mut ana_node), (&luis, &mut luis_node));
        ana.run(&["send", &luis_id, "antes"]).expect(0);
        luis.run(&["send", &ana_id, "antes también"]).expect(0);

        let ballast = fill(&ana.data());
        let mut kept = vec!["antes".to_owned(), "antes también".to_owned()];
        send_until_refused(&ana, &luis_id, &mut kept).expect_words(1, &["disk is full"]);
        let waiting = luis.run_with_input(&["send", &ana_id, "-", "--timeout", "1"], "y".repeat(60_000).as_bytes());
        waiting.expect(4);
        assert_eq!(texts(&ana, &luis_id), kept, "what is there can still be read");

        fs::remove_file(ballast).unwrap();
        ana_node.wait_for("what had to wait", within(3 * SOON), |event| {
            event["event"] == "message" && event["text"].as_str().is_some_and(|text| text.starts_with("yyy"))
        });
        ana.run(&["send", &luis_id, "después"]).expect(0);
        kept.extend(["y".repeat(60_000), "después".to_owned()]);
        assert_eq!(texts(&ana, &luis_id), texts(&luis, &ana_id));
        assert_eq!(sorted(texts(&ana, &luis_id)), sorted(kept));
    });
}

#[test]
fn a_node_does_not_start_where_there_is_no_room_and_starts_once_there_is() {
    sandbox::run(Duration::from_secs(60), || {
        sandbox::script("ip link set lo up");
        let ana = Profile::on_loopback("ana", "/run/ana".into());
        mount_small_disk(&ana.data());
        let ballast = fill(&ana.data());
        ana.node().output(within(SOON)).expect_words(1, &["full"]);
        fs::remove_file(ballast).unwrap();
        let (node, _) = ana.ready_node();
        node.terminate();
    });
}
