//! Transfers whose sides are killed at random moments: they arrive whole, and little of them goes over the wire twice.
//!
//! `VECINO_FILE_KILLS` and `VECINO_FILE_MB` scale it, `VECINO_KILL_SEED` repeats a run's choices.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime};

use crate::host::hosts;
use crate::sharing::{
    TRANSFERRED, accept, hash, meet, moments, names_in, nodes, offer, transfer, wait_for_bytes, wait_for_nothing_left,
    wait_for_state, wait_until, write_file,
};
use crate::support::{sandbox, scale};

/// Megabits a second that the sender's wire carries: less than what `protocol::pace` takes for fast.
const WIRE: u32 = 200;

/// Bytes in flight on such a wire at most: those of `protocol::pace`'s 30 ms and 1.4 times the path's latency, which
/// the wire's own queue makes 50 ms at worst.
const IN_FLIGHT: u64 = WIRE as u64 * 1_000_000 / 8 * (30 + 70) / 1_000;

/// Bytes that may be fetched again for each kill, beyond what was in flight.
const AGAIN: u64 = 1024 * 1024;

/// Share of a file's bytes that may go over the wire besides, for frames, ciphers and headers.
const FRAMING: f64 = 0.02;

#[test]
fn a_transfer_outlives_kills_of_either_side_and_fetches_little_again() {
    sandbox::run(Duration::from_secs(1_800), || {
        let (kills, megabytes) = (scale("VECINO_FILE_KILLS", 15_usize), scale("VECINO_FILE_MB", 200_usize));
        let seed = scale("VECINO_KILL_SEED", fastrand::u64(..));
        println!("{megabytes} MB, {kills} kills, VECINO_KILL_SEED={seed}");
        let mut rng = fastrand::Rng::with_seed(seed);
        let [ana, luis] = hosts(["ana", "luis"]);
        ana.limit_rate(WIRE);
        let (mut ana_node, mut luis_node) = nodes(&ana, &luis);
        let size = megabytes as u64 * 1_000_000;
        let path = write_file(&ana, "película.mkv", megabytes * 1_000_000, seed);
        let before = ana.sent_bytes();
        let id = offer(&ana, "luis", &path);
        accept(&luis, &mut luis_node);

        let moments = moments(&mut rng, 1..=size - size / 20, kills);
        for moment in &moments {
            wait_for_bytes(&mut luis_node, &id, *moment);
            if rng.bool() {
                luis_node.kill9();
                luis_node = luis.node();
            } else {
                ana_node.kill9();
                ana_node = ana.node();
            }
            assert!(!names_in(&luis.downloads()).contains(&"película.mkv".to_owned()), "it isn't whole yet");
        }
        wait_for_state(&mut luis_node, &id, "done", 10 * TRANSFERRED);
        wait_for_state(&mut ana_node, &id, "done", TRANSFERRED);
        assert_eq!(hash(&luis.downloads().join("película.mkv")), hash(&path));
        assert_eq!(names_in(&luis.downloads()), ["película.mkv"]);

        let sent = ana.sent_bytes() - before;
        let needed = (size as f64 * (1.0 + FRAMING)) as u64;
        let again = sent.saturating_sub(needed) / moments.len() as u64;
        println!("{sent} bytes sent for {size}; beyond the framing {again} for each kill");
        assert!(again <= AGAIN + IN_FLIGHT, "{again} bytes were sent again for each of {} kills", moments.len());
    });
}

/// Files of a folder, each of one unit.
const SMALL_FILES: usize = 10_000;

/// Milliseconds in which all of them get their names and move out.
const ENDING: u64 = 400;

#[test]
fn thousands_of_small_files_outlive_kills_at_any_step_and_none_is_doubled() {
    sandbox::run(Duration::from_secs(900), || {
        let (kills, seed) = (scale("VECINO_FILE_KILLS", 15_usize), scale("VECINO_KILL_SEED", fastrand::u64(..)));
        println!("{SMALL_FILES} files, {kills} kills, VECINO_KILL_SEED={seed}");
        let mut rng = fastrand::Rng::with_seed(seed);
        let [ana, luis] = hosts(["ana", "luis"]);
        ana.limit_rate(100);
        let mut size = 0;
        for number in 0..SMALL_FILES {
            let bytes = rng.usize(0..8_192);
            write_file(&ana, &format!("fotos/{}/{number}.jpg", number % 30), bytes, number as u64);
            size += bytes as u64;
        }
        let (ana_node, mut luis_node) = nodes(&ana, &luis);
        let id = offer(&ana, "luis", &ana.home.join("fotos"));
        accept(&luis, &mut luis_node);

        // So much before the end that it can't be whole before the node is killed.
        for moment in moments(&mut rng, 1..=size - size / 20, kills) {
            wait_for_bytes(&mut luis_node, &id, moment);
            luis_node.kill9();
            assert!(!luis.downloads().join("fotos").exists(), "it isn't whole yet");
            luis_node = luis.node();
        }
        for _ in 0..kills {
            meet(&mut luis_node, "ana");
            thread::sleep(Duration::from_millis(rng.u64(0..ENDING)));
            luis_node.kill9();
            luis_node = luis.node();
        }
        meet(&mut luis_node, "ana");
        wait_until("it ends well", || [&ana, &luis].iter().all(|host| transfer(host, &id)["state"] == "done"));
        wait_for_nothing_left(&luis, &["fotos"]);
        assert!(files_in(&luis.downloads().join("fotos")) == files_in(&ana.home.join("fotos")));
        drop((ana_node, luis_node));
    });
}

/// What is in a folder: each file's name, bytes and time.
fn files_in(folder: &Path) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    let mut files = BTreeMap::new();
    for inside in names_in(folder) {
        let path = folder.join(&inside);
        if path.is_dir() {
            files.extend(files_in(&path).into_iter().map(|(name, file)| (format!("{inside}/{name}"), file)));
        } else {
            let modified = fs::metadata(&path).unwrap().modified().unwrap();
            files.insert(inside, (fs::read(&path).unwrap(), modified));
        }
    }
    files
}
