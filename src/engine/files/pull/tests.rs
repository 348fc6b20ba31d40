mod again;
mod ending;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;
use tokio::sync::mpsc;

use super::*;
use crate::engine::files::serve::tests::frames_of;
use crate::engine::files::tests::{Offer, content};
use crate::model::Plain;
use crate::net::{Buffers, Frame};
use crate::protocol::wire::manifest::UNIT;

const MUCH: u64 = 100 * UNIT;

/// The receiving side of an offer.
struct Rig {
    offer: Offer,
    dir: TempDir,
    staging: Option<PathBuf>,
    /// Units that went over the wire.
    moved: u64,
}

impl Rig {
    fn new(offer: Offer) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("downloads")).unwrap();
        let rig = Self { offer, dir, staging: None, moved: 0 };
        rig.keep().make().unwrap();
        fs::copy(rig.offer.keep().manifest(), rig.keep().manifest()).unwrap();
        rig
    }

    /// One that has received everything.
    fn received_once(offer: Offer) -> Self {
        let mut rig = Self::new(offer);
        let pull = rig.open();
        rig.finish(&pull);
        pull.remove().unwrap();
        rig
    }

    fn keep(&self) -> Keep {
        Keep::of(self.dir.path(), TransferId::from_bytes([7; 16]))
    }

    fn downloads(&self) -> PathBuf {
        self.dir.path().join("downloads")
    }

    /// The same offered again, after it was received.
    fn offered_again(self) -> Self {
        self.keep().remove().unwrap();
        self.keep().make().unwrap();
        fs::copy(self.offer.keep().manifest(), self.keep().manifest()).unwrap();
        Self { staging: None, moved: 0, ..self }
    }

    /// The same tried again, after it has failed in part.
    fn tried_again(self) -> Self {
        self.keep().clear().unwrap();
        Self { staging: None, moved: 0, ..self }
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            id: TransferId::from_bytes([7; 16]),
            title: FileName::safe("offer"),
            folder: self.downloads(),
            staging: self.staging.clone(),
        }
    }

    /// A new run.
    fn open(&mut self) -> Pull {
        let summary = manifest::examine(&self.keep().manifest()).unwrap();
        let pull = Pull::open(self.keep(), &self.wanted(), summary).unwrap();
        self.staging = Some(pull.staging().to_owned());
        pull
    }

    /// Asks for pieces of so many bytes, `change`s the frames that come, and writes them, until nothing is left to ask
    /// for. How each piece ended.
    fn pull(&mut self, pull: &Pull, bytes: u64, mut change: impl FnMut(&mut Vec<Frame>)) -> Vec<End> {
        let mut ends = Vec::new();
        while let Some(piece) = pull.next(bytes).unwrap() {
            let mut frames = frames_of(&self.offer, piece.range().unwrap());
            change(&mut frames);
            self.moved += frames.iter().filter(|frame| matches!(frame, Frame::Unit(..))).count() as u64;
            let came = sent(frames);
            ends.push(pull.write(piece, came, &Buffers::default()).end);
        }
        ends
    }

    /// Pulls all there is without trouble, and finishes.
    fn finish(&mut self, pull: &Pull) -> Finished {
        assert!(pull.prove().unwrap());
        self.pull(pull, MUCH, |_| {});
        let finished = pull.finish().unwrap();
        finished.unwrap_or_else(|| {
            self.pull(pull, MUCH, |_| {});
            assert!(pull.is_exhausted());
            pull.finish().unwrap().unwrap()
        })
    }

    /// Everything below the downloads: folders, and files with their content.
    fn received(&self) -> BTreeMap<String, Option<Vec<u8>>> {
        let all = walkdir::WalkDir::new(self.downloads()).min_depth(1);
        all.into_iter()
            .map(|entry| {
                let entry = entry.unwrap();
                let name = entry.path().strip_prefix(self.downloads()).unwrap().to_str().unwrap().to_owned();
                (name, entry.file_type().is_file().then(|| fs::read(entry.path()).unwrap()))
            })
            .collect()
    }
}

/// What comes of these frames: they, and then no more.
fn sent(frames: Vec<Frame>) -> mpsc::Receiver<Frame> {
    let (sink, came) = mpsc::channel(frames.len().max(1));
    frames.into_iter().for_each(|frame| sink.try_send(frame).unwrap());
    came
}

/// A folder with small, large, empty files and an empty folder.
fn tree() -> Offer {
    let unit = UNIT as usize;
    Offer::new(&[
        ("trip/empty", None),
        ("trip/a.txt", Some(content(10, 1))),
        ("trip/film.mkv", Some(content(5 * unit + 17, 2))),
        ("trip/day/nothing", Some(Vec::new())),
        ("trip/day/exact", Some(content(2 * unit, 3))),
        ("trip/day/b.txt", Some(content(unit, 4))),
    ])
}

#[test]
fn a_tree_arrives_as_it_was_in_pieces_of_any_size() {
    for bytes in [1, UNIT, 3 * UNIT + 5, MUCH] {
        let mut rig = Rig::new(tree());
        let pull = rig.open();
        let ends = rig.pull(&pull, bytes, |_| {});
        assert!(ends.iter().all(|end| matches!(end, End::Whole)), "{ends:?}");
        let finished = rig.finish(&pull);
        assert_eq!(finished, Finished { saved_to: Some(rig.downloads().join("trip")), lost: None });
        assert_eq!((pull.done(), rig.moved), (pull.summary.size, pull.summary.units));
        pull.remove().unwrap();
        assert_eq!(rig.received(), rig.offer.tree());
        let of = |path: &Path| fs::metadata(path).unwrap();
        for name in ["trip", "trip/day", "trip/empty", "trip/a.txt", "trip/film.mkv"] {
            let (there, here) = (of(&rig.offer.path(name)), of(&rig.downloads().join(name)));
            assert_eq!(there.modified().unwrap(), here.modified().unwrap(), "{name}");
        }
    }
}

#[test]
fn what_may_be_run_may_be_run_at_the_receivers_too() {
    let offer = Offer::new(&[("run.sh", Some(b"#!/bin/sh".to_vec()))]);
    fs::set_permissions(offer.path("run.sh"), fs::Permissions::from_mode(0o700)).unwrap();
    let mut rig = Rig::new(offer.scanned_again());
    let pull = rig.open();
    rig.finish(&pull);
    assert_eq!(fs::metadata(rig.downloads().join("run.sh")).unwrap().permissions().mode() & 0o111, 0o111);
}

#[test]
fn what_breaks_off_is_asked_for_again_and_nothing_else() {
    let mut rig = Rig::new(tree());
    let pull = rig.open();
    let mut breaks = 0;
    let ends = rig.pull(&pull, 3 * UNIT, |frames| {
        breaks += 1;
        if breaks % 2 == 1 {
            frames.truncate(1);
        }
    });
    assert!(ends.iter().any(|end| matches!(end, End::Broken)));
    assert_eq!(rig.moved, pull.summary.units);
    rig.finish(&pull);
    pull.remove().unwrap();
    assert_eq!(rig.received(), rig.offer.tree());
}

#[test]
fn a_run_after_a_crash_goes_on_where_the_last_one_was() {
    let mut rig = Rig::new(tree());
    // Each run dies after one piece of two units.
    for run in 0..100 {
        let pull = rig.open();
        assert!(pull.prove().unwrap());
        let Some(piece) = pull.next(2 * UNIT).unwrap() else {
            assert!(run > 3);
            break;
        };
        let frames = frames_of(&rig.offer, piece.range().unwrap());
        rig.moved += frames.iter().filter(|frame| matches!(frame, Frame::Unit(..))).count() as u64;
        let came = sent(frames);
        assert!(matches!(pull.write(piece, came, &Buffers::default()).end, End::Whole));
    }
    let pull = rig.open();
    let finished = rig.finish(&pull);
    assert_eq!(finished.saved_to, Some(rig.downloads().join("trip")));
    assert_eq!(rig.moved, pull.summary.units, "no unit twice");
    pull.remove().unwrap();
    assert_eq!(rig.received(), rig.offer.tree());
}

#[test]
fn what_was_damaged_between_two_runs_is_fetched_again() {
    let mut rig = Rig::new(tree());
    let pull = rig.open();
    let mut pieces = 0;
    rig.pull(&pull, MUCH, |frames| {
        // The large files stay without their last unit.
        pieces += 1;
        if pieces == 1 {
            frames.truncate(6);
        }
    });
    let staging = rig.staging.clone().unwrap();
    drop(pull);
    let files =
        walkdir::WalkDir::new(&staging).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    for file in files {
        let mut bytes = fs::read(file.path()).unwrap();
        if let Some(byte) = bytes.first_mut() {
            *byte ^= 1;
        }
        fs::write(file.path(), bytes).unwrap();
    }
    let pull = rig.open();
    let finished = rig.finish(&pull);
    assert_eq!(finished.lost, None);
    pull.remove().unwrap();
    assert_eq!(rig.received(), rig.offer.tree());
}

#[test]
fn a_staging_folder_that_is_gone_is_begun_anew() {
    let mut rig = Rig::new(tree());
    let pull = rig.open();
    rig.pull(&pull, MUCH, |_| {});
    drop(pull);
    fs::remove_dir_all(rig.staging.as_ref().unwrap()).unwrap();
    let pull = rig.open();
    assert_eq!(pull.done(), 0);
    rig.finish(&pull);
    pull.remove().unwrap();
    assert_eq!(rig.received(), rig.offer.tree());
}

#[test]
fn finishing_again_after_a_crash_finds_what_was_moved_out() {
    let files = ["a.txt", "b.txt", "trip/day/c.txt"].map(|name| (name, Some(content(10, 1))));
    let mut rig = Rig::new(Offer::new(&files));
    fs::write(rig.downloads().join("a.txt"), "mine").unwrap();
    fs::create_dir(rig.downloads().join("trip")).unwrap();
    let pull = rig.open();
    let finished = rig.finish(&pull);
    drop(pull);
    let (units, pull) = (rig.moved, rig.open());
    assert_eq!(rig.finish(&pull), finished);
    assert_eq!(rig.moved, units, "nothing is sent again");
    assert_eq!(finished.saved_to, Some(rig.downloads()));
    pull.remove().unwrap();
    let names: Vec<String> = rig.received().into_keys().collect();
    assert_eq!(names, ["a (2).txt", "a.txt", "b.txt", "trip", "trip (2)", "trip (2)/day", "trip (2)/day/c.txt"]);
    assert_eq!(fs::read_to_string(rig.downloads().join("a.txt")).unwrap(), "mine");
}

#[test]
fn a_damaged_unit_is_fetched_again_and_damage_without_end_is_told() {
    let mut rig = Rig::new(tree());
    let pull = rig.open();
    let damage = |frames: &mut Vec<Frame>| {
        if let Some(Frame::Unit(bytes, _)) =
            frames.iter_mut().find(|frame| matches!(frame, Frame::Unit(bytes, _) if bytes.len() > 5))
        {
            bytes[3] ^= 1;
        }
    };
    let mut left = 3;
    rig.pull(&pull, MUCH, |frames| {
        if left > 0 {
            left -= 1;
            damage(frames);
        }
    });
    rig.finish(&pull);
    pull.remove().unwrap();
    assert_eq!(rig.received(), rig.offer.tree());

    let mut rig = Rig::new(tree());
    let pull = rig.open();
    for _ in 0..100 {
        let Some(piece) = pull.next(MUCH).unwrap() else { panic!("it's never whole") };
        let mut frames = frames_of(&rig.offer, piece.range().unwrap());
        damage(&mut frames);
        let came = sent(frames);
        match pull.write(piece, came, &Buffers::default()).end {
            End::Nonsense(why) => return assert_eq!(why, Plain::Damaged),
            end => assert!(matches!(end, End::Whole)),
        }
    }
    panic!("damage without end was taken");
}

#[test]
fn lies_end_the_transfer_and_leave_no_file() {
    let longer = |frames: &mut Vec<Frame>| {
        let bytes = vec![7; 11];
        let hash = *blake3::hash(&bytes).as_bytes();
        frames[0] = Frame::Unit(bytes, hash);
    };
    let lies: [fn(&mut Vec<Frame>); 3] =
        [longer, |frames| frames[0] = Frame::Nonsense, |frames| frames[0] = Frame::End];
    for lie in lies {
        let mut rig = Rig::new(Offer::new(&[("a.txt", Some(content(10, 1)))]));
        let pull = rig.open();
        let piece = pull.next(MUCH).unwrap().unwrap();
        let mut frames = frames_of(&rig.offer, piece.range().unwrap());
        lie(&mut frames);
        let came = sent(frames);
        assert!(matches!(pull.write(piece, came, &Buffers::default()).end, End::Nonsense(_)));
        pull.remove().unwrap();
        assert_eq!(rig.received(), BTreeMap::new());
    }
}

#[test]
fn a_file_that_was_changed_is_left_out_whole_and_named() {
    let large = |seed| Some(content(5 * UNIT as usize + 17, seed));
    let mut rig =
        Rig::new(Offer::new(&[("a.mkv", large(1)), ("b.txt", Some(content(9, 2))), ("c.txt", Some(content(9, 3)))]));
    let pull = rig.open();
    // Some of it has come before.
    let piece = pull.next(3 * UNIT).unwrap().unwrap();
    let frames = frames_of(&rig.offer, piece.range().unwrap());
    let came = sent(frames);
    pull.write(piece, came, &Buffers::default());
    fs::write(rig.offer.path("a.mkv"), large(9).unwrap()).unwrap();
    fs::remove_file(rig.offer.path("b.txt")).unwrap();

    let finished = rig.finish(&pull);
    let lost = "2 of 3 files could not be had; the first: a.mkv was changed while it was being sent";
    assert_eq!(finished, Finished { saved_to: Some(rig.downloads()), lost: Some(lost.into()) });
    pull.remove().unwrap();
    assert_eq!(rig.received(), BTreeMap::from([("c.txt".to_owned(), Some(content(9, 3)))]));
}

#[test]
fn nothing_is_left_of_an_offer_whose_one_file_was_changed() {
    let offer = Offer::new(&[("film.mkv", Some(content(3 * UNIT as usize, 1)))]);
    let mut rig = Rig::new(offer);
    fs::write(rig.offer.path("film.mkv"), content(3 * UNIT as usize, 2)).unwrap();
    let pull = rig.open();
    let finished = rig.finish(&pull);
    assert_eq!(finished.saved_to, None);
    assert_eq!(finished.lost.unwrap().to_string(), "film.mkv was changed while it was being sent");
    pull.remove().unwrap();
    assert_eq!(rig.received(), BTreeMap::new());
}

#[test]
fn what_lies_there_already_is_not_sent_again() {
    let mut again = Rig::received_once(tree()).offered_again();
    let pull = again.open();
    let finished = again.finish(&pull);
    assert_eq!((finished.saved_to, again.moved), (Some(again.downloads().join("trip")), 0));
    pull.remove().unwrap();
    assert_eq!(again.received(), again.offer.tree(), "and nothing beside it");
}

#[test]
fn a_piece_is_as_large_as_what_comes_of_it() {
    let mut rig = Rig::new(Offer::new(&[("film.mkv", Some(content(20 * UNIT as usize, 1)))]));
    let pull = rig.open();
    let piece = pull.next(3 * UNIT).unwrap().unwrap();
    let frames = frames_of(&rig.offer, piece.range().unwrap());
    assert_eq!((frames.len(), piece.wire_bytes()), (4, 3 * (UNIT + 37)));
    pull.write(piece, sent(frames), &Buffers::default());
    rig.finish(&pull);
    pull.remove().unwrap();

    let mut again = rig.offered_again();
    let pull = again.open();
    let piece = pull.next(UNIT).unwrap().unwrap();
    assert_eq!((piece.hashes, piece.range().unwrap().units, piece.wire_bytes()), (true, 20, 20 * 37));
    assert!(pull.next(UNIT).unwrap().is_none());
}

#[test]
fn of_what_was_changed_since_the_changed_units_alone_are_sent() {
    let rig = Rig::received_once(tree());
    let film = rig.downloads().join("trip/film.mkv");
    let mut bytes = fs::read(&film).unwrap();
    bytes[3 * UNIT as usize] ^= 1;
    fs::write(&film, &bytes).unwrap();

    let mut again = rig.offered_again();
    let pull = again.open();
    let finished = again.finish(&pull);
    assert_eq!((finished.saved_to, again.moved), (Some(again.downloads().join("trip (2)")), 1));
    pull.remove().unwrap();
    assert_eq!(fs::read(&film).unwrap(), bytes, "it stays as it was");
    assert_eq!(
        fs::read(again.downloads().join("trip (2)/film.mkv")).unwrap(),
        fs::read(again.offer.path("trip/film.mkv")).unwrap()
    );
}

#[test]
fn names_that_clash_are_told_apart_in_every_run() {
    let mut rig = Rig::new(Offer::new(&[
        ("trip/a:b", Some(content(10, 1))),
        ("trip/a_b", Some(content(10, 2))),
        ("trip/a?b", Some(content(2 * UNIT as usize, 3))),
        ("trip/a*b", Some(content(2 * UNIT as usize, 4))),
    ]));
    for _ in 0..4 {
        let pull = rig.open();
        pull.prove().unwrap();
        if let Some(piece) = pull.next(1).unwrap() {
            let frames = frames_of(&rig.offer, piece.range().unwrap());
            let came = sent(frames);
            pull.write(piece, came, &Buffers::default());
        }
    }
    let pull = rig.open();
    assert_eq!(rig.finish(&pull).lost, None);
    pull.remove().unwrap();
    let received = rig.received();
    let names: Vec<&str> = received.keys().map(String::as_str).collect();
    assert_eq!(names, ["trip", "trip/a_b", "trip/a_b (2)", "trip/a_b (3)", "trip/a_b (4)"]);
    let contents: std::collections::BTreeSet<_> = received.into_values().flatten().collect();
    let sent: std::collections::BTreeSet<_> = rig.offer.tree().into_values().flatten().collect();
    assert!(contents == sent);
}

#[test]
fn one_that_is_halted_stops_and_goes_on() {
    let mut rig = Rig::new(tree());
    let pull = rig.open();
    let piece = pull.next(MUCH).unwrap().unwrap();
    pull.halt(true);
    let frames = frames_of(&rig.offer, piece.range().unwrap());
    let came = sent(frames);
    let written = pull.write(piece, came, &Buffers::default());
    assert!(matches!(written.end, End::Broken));
    assert!(written.first.is_none(), "nothing came, so no latency is known");
    assert!(pull.next(MUCH).unwrap().is_none() && !pull.is_exhausted());
    pull.halt(false);
    rig.finish(&pull);
    pull.remove().unwrap();
    assert_eq!(rig.received(), rig.offer.tree());
}

#[test]
fn a_piece_of_long_names_is_of_few_files() {
    let folders = vec!["x".repeat(200); 15].join("/");
    let names: Vec<String> = (0..500).map(|number| format!("{folders}/{number:0200}")).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), Some(Vec::new()))).collect();
    let mut rig = Rig::new(Offer::new(&files));
    let pull = rig.open();
    let piece = pull.next(MUCH).unwrap().unwrap();
    // 3,200 bytes each.
    assert_eq!(piece.parts.len(), 328);
    rig.finish(&pull);
}

#[test]
fn hashes_that_break_off_are_asked_for_as_hashes_again() {
    let mut again = Rig::received_once(tree()).offered_again();
    let pull = again.open();
    let mut answers = 0;
    again.pull(&pull, 2 * UNIT, |frames| {
        answers += 1;
        frames.truncate(if answers < 3 { 1 } else { usize::MAX });
    });
    assert_eq!((again.finish(&pull).saved_to, again.moved), (Some(again.downloads().join("trip")), 0));
}
