//! Disks that fill up while something is received: nothing is damaged, both sides know, and it goes on when there's room.
//!
//! `VECINO_DISK_FULLS` scales at how many points of a transfer.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::host::hosts;
use crate::sharing::{
    SOON, TRANSFERRED, hash, names_in, nodes, offer, transfer, wait_for_bytes, wait_for_each, wait_for_nothing_left,
    wait_for_pause, wait_for_state, write_file,
};
use crate::support::{sandbox, scale, within};

const LIMIT: Duration = Duration::from_secs(600);

const SIZE: usize = 6_000_000;

/// Bytes before the end at which the last of the points is: what the wire carries while a full processor keeps the watch
/// over a disk from seeing its point go by.
const MARGIN: usize = 500_000;

/// Milliseconds after which a full disk is looked at again.
const DISK_AGAIN: u64 = 3_000;

/// Transfers that run at a time, each to a disk of its own.
const AT_ONCE: usize = 8;

/// A disk on which a file of [`SIZE`] has room, and not much besides.
fn mount(at: &Path) {
    fs::create_dir_all(at).unwrap();
    sandbox::script(&format!("mount -t tmpfs -o size=12m,mode=700 tmpfs {}", at.display()));
}

/// Writes a file until the disk has no page left.
fn fill(disk: &Path) -> PathBuf {
    let ballast = disk.join("ballast");
    let mut file = File::create(&ballast).unwrap();
    while file.write_all(&[0; 65_536]).is_ok() {}
    ballast
}

/// Fills a disk as soon as so many bytes of it are in use. It looks at the disk itself, since a node's word about its
/// progress comes a moment later, and a transfer may be at its end by then.
fn fill_at(disk: &Path, used: u64) -> PathBuf {
    let limit = within(TRANSFERRED);
    loop {
        let now = rustix::fs::statvfs(disk).unwrap();
        if (now.f_blocks - now.f_bfree) * now.f_frsize >= used {
            return fill(disk);
        }
        assert!(Instant::now() < limit, "{} never held {used} bytes", disk.display());
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_disk_that_fills_up_at_any_point_holds_a_transfer_up_until_there_is_room() {
    sandbox::run(LIMIT, || {
        let points = scale("VECINO_DISK_FULLS", 8_usize);
        let [ana, luis] = hosts(["ana", "luis"]);
        ana.limit_rate(40);
        let (mut ana_node, mut luis_node) = nodes(&ana, &luis);
        let disks: Vec<PathBuf> = (0..AT_ONCE).map(|number| luis.home.join(format!("disk{number}"))).collect();
        disks.iter().for_each(|disk| mount(disk));
        let path = write_file(&ana, "informe.bin", SIZE, 1);

        for round in 0..points.div_ceil(AT_ONCE) {
            let mut held = Vec::new();
            for (disk, number) in disks.iter().zip(round * AT_ONCE..points) {
                let id = offer(&ana, "luis", &path);
                wait_for_state(&mut luis_node, &id, "offered", SOON);
                let point = ((SIZE - MARGIN) * number / points) as u64;
                let watch = thread::spawn({
                    let disk = disk.clone();
                    move || fill_at(&disk, point.max(1))
                });
                luis.run(&["accept", &id, "--to", disk.to_str().unwrap()]).expect(0);
                held.push((disk, id, watch));
            }
            let ids: Vec<String> = held.iter().map(|(_, id, _)| id.clone()).collect();
            wait_for_each(&mut ana_node, &ids, "a full disk", SOON, |event| event["paused_by"] == "disk");
            let mut full = Vec::new();
            for (disk, id, watch) in held {
                let held = transfer(&luis, &id);
                assert_eq!(
                    (&held["paused_by"], &held["error"]),
                    (&"disk".into(), &Value::Null),
                    "a full disk needs no words"
                );
                assert!(!disk.join("informe.bin").exists(), "nothing unfinished has its name");
                full.push((disk, watch.join().unwrap()));
            }
            full.iter().for_each(|(_, ballast)| fs::remove_file(ballast).unwrap());
            wait_for_each(&mut ana_node, &ids, "the end", TRANSFERRED, |event| event["state"] == "done");
            for (disk, _) in &full {
                assert_eq!(names_in(disk), ["informe.bin"]);
                assert_eq!(hash(&disk.join("informe.bin")), hash(&path));
                fs::remove_file(disk.join("informe.bin")).unwrap();
            }
        }
        wait_for_nothing_left(&luis, &[]);
        wait_for_nothing_left(&ana, &[]);
    });
}

#[test]
fn a_profile_on_a_full_disk_holds_a_transfer_up_and_nothing_arrives_twice() {
    sandbox::run(LIMIT, || {
        let [ana, luis] = hosts(["ana", "luis"]);
        mount(&luis.data());
        ana.limit_rate(100);
        let (mut ana_node, mut luis_node) = nodes(&ana, &luis);
        let path = write_file(&ana, "informe.bin", 4 * SIZE, 2);
        let id = offer(&ana, "luis", &path);
        wait_for_state(&mut luis_node, &id, "offered", SOON);
        luis.run(&["accept", &id]).expect(0);
        wait_for_bytes(&mut luis_node, &id, SIZE as u64);
        let ballast = fill(&luis.data());
        for node in [&mut ana_node, &mut luis_node] {
            wait_for_pause(node, &id, "disk");
        }
        let looked_again = within(DISK_AGAIN + 1_000);
        luis_node.stays_without("it goes on without room", looked_again, |event| event["state"] == "active");
        // Killed with nothing kept of how far it is, it finds that out again.
        luis_node.kill9();
        fs::remove_file(ballast).unwrap();
        let mut luis_node = luis.node();
        wait_for_state(&mut luis_node, &id, "done", TRANSFERRED);
        wait_for_state(&mut ana_node, &id, "done", TRANSFERRED);
        assert_eq!(hash(&luis.downloads().join("informe.bin")), hash(&path));
        wait_for_nothing_left(&luis, &["informe.bin"]);
        wait_for_nothing_left(&ana, &[]);
    });
}
