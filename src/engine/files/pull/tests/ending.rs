//! The end of a transfer, and crashes and people that come between its steps.

use super::*;
use crate::engine::files::manifest::Writer;
use crate::engine::files::pull::places::Place;
use crate::engine::files::staging::Numbers;
use crate::protocol::wire::manifest::{Entry, EntryKind};

/// Where the tree of an offer gets its names.
fn named(pull: &Pull) -> PathBuf {
    pull.staging().join("named")
}

/// Everything has come, and a new run is to finish it.
fn all_has_come(offer: Offer) -> (Rig, Pull) {
    let mut rig = Rig::new(offer);
    let pull = rig.open();
    rig.pull(&pull, MUCH, |_| {});
    (rig, pull)
}

/// A new run finishes, and what was offered is there, once.
fn arrives(mut rig: Rig) {
    let pull = rig.open();
    let finished = rig.finish(&pull);
    assert_eq!(finished, Finished { saved_to: Some(rig.downloads().join("trip")), lost: None });
    pull.remove().unwrap();
    assert_eq!(rig.received(), rig.offer.tree());
}

#[test]
fn a_file_that_was_written_but_not_recorded_does_not_come_twice() {
    let (rig, pull) = all_has_come(tree());
    // The last thing that reached the disk were the bytes of their last units.
    for file in files(&pull) {
        assert!(pull.record.clear(file.first + file.units - 1).unwrap());
    }
    drop(pull);
    arrives(rig);
}

#[test]
fn a_file_that_is_called_like_an_unfinished_one_is_another() {
    let large = |seed| Some(content(3 * UNIT as usize, seed));
    let mut rig = Rig::new(Offer::new(&[
        ("trip/film", large(1)),
        ("trip/film.part", large(2)),
        ("trip/film.part.part", Some(content(10, 3))),
    ]));
    // Each run dies after a piece of one unit, and what it did comes in any order.
    for bytes in [1, 1, 1, 1, 1] {
        let pull = rig.open();
        pull.prove().unwrap();
        let piece = pull.next(bytes).unwrap().unwrap();
        let came = sent(frames_of(&rig.offer, piece.range().unwrap()));
        pull.write(piece, came, &Buffers::default());
    }
    arrives(rig);
}

#[test]
fn whatever_step_of_the_naming_a_crash_comes_after_nothing_is_lost_or_doubled() {
    let steps: [fn(&Pull); 6] = [
        |pull| drop(pull.begin_naming().unwrap().unwrap()),
        |pull| {
            pull.begin_naming().unwrap().unwrap();
            let mut numbers = Numbers::default();
            for file in files(pull).iter().step_by(2) {
                pull.staging.name_file(file.first, &file.parent, &file.name, &mut numbers).unwrap();
            }
        },
        |pull| {
            let mut naming = pull.begin_naming().unwrap().unwrap();
            assert!(pull.give_names(&mut naming).unwrap());
        },
        |pull| {
            let mut naming = pull.begin_naming().unwrap().unwrap();
            pull.give_names(&mut naming).unwrap();
            Naming { named: true, ..naming }.keep(&pull.keep.naming()).unwrap();
        },
        |pull| {
            let mut naming = pull.begin_naming().unwrap().unwrap();
            pull.give_names(&mut naming).unwrap();
            Naming { named: true, ..naming }.keep(&pull.keep.naming()).unwrap();
            let item = FileName::safe("trip");
            Moved::open(&pull.keep.moved()).unwrap().note(&item, &Place { name: item.clone(), stamp: None }).unwrap();
        },
        |pull| drop(pull.finish().unwrap().unwrap()),
    ];
    for step in steps {
        let (rig, pull) = all_has_come(tree());
        step(&pull);
        drop(pull);
        arrives(rig);
    }
}

/// The files of an offer.
fn files(pull: &Pull) -> Vec<entry::FileEntry> {
    let mut reader = manifest::Reader::open(&pull.keep.manifest(), 0).unwrap();
    let (mut files, mut first) = (Vec::new(), 0);
    while let Some((at, entry)) = reader.next().unwrap() {
        files.extend(entry::FileEntry::new(&entry, at, first).ok());
        first += entry.units();
    }
    files
}

#[test]
fn what_vanishes_before_it_has_its_name_is_fetched_again() {
    let (mut rig, pull) = all_has_come(tree());
    fs::remove_dir_all(pull.staging().join("numbered/0")).unwrap();
    assert_eq!(pull.finish().unwrap(), None);
    assert_eq!(pull.done(), 0);
    assert!(!pull.is_exhausted(), "it's asked for again");
    let units = rig.moved;
    let finished = rig.finish(&pull);
    assert_eq!((finished.lost, rig.moved), (None, 2 * units));
    pull.remove().unwrap();
    assert_eq!(rig.received(), rig.offer.tree());
}

#[test]
fn what_vanishes_while_it_comes_is_fetched_again_whole() {
    let mut rig = Rig::new(Offer::new(&[("trip/film.mkv", Some(content(6 * UNIT as usize, 1)))]));
    let pull = rig.open();
    let piece = pull.next(2 * UNIT).unwrap().unwrap();
    let came = sent(frames_of(&rig.offer, piece.range().unwrap()));
    pull.write(piece, came, &Buffers::default());
    fs::remove_dir_all(pull.staging().join("numbered/0")).unwrap();
    rig.finish(&pull);
    pull.remove().unwrap();
    assert_eq!(rig.received(), rig.offer.tree());
}

#[test]
fn what_vanishes_once_it_has_its_name_is_not_taken_for_moved() {
    for item in ["trip", "b.txt"] {
        let (mut rig, pull) =
            all_has_come(Offer::new(&[("trip/a.txt", Some(content(10, 1))), ("b.txt", Some(content(10, 2)))]));
        let mut naming = pull.begin_naming().unwrap().unwrap();
        pull.give_names(&mut naming).unwrap();
        let path = named(&pull).join(item);
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        drop(pull);
        let pull = rig.open();
        assert_eq!(pull.finish().unwrap_err().kind(), io::ErrorKind::NotFound, "{item}");
    }
}

#[test]
fn what_one_unit_of_is_damaged_is_not_fetched_again_whole() {
    let (mut rig, pull) = all_has_come(Offer::new(&[("trip/film.mkv", Some(content(9 * UNIT as usize + 5, 1)))]));
    drop(pull);
    let numbered = rig.staging.as_ref().unwrap().join("numbered/0/0");
    let mut bytes = fs::read(&numbered).unwrap();
    bytes[4 * UNIT as usize] ^= 1;
    fs::write(&numbered, bytes).unwrap();
    let (pull, units) = (rig.open(), rig.moved);
    rig.finish(&pull);
    assert_eq!(rig.moved, units + 1);
    pull.remove().unwrap();
    assert_eq!(rig.received(), rig.offer.tree());
}

#[test]
fn nothing_of_a_former_run_gets_its_name_unproven() {
    let (mut rig, pull) = all_has_come(tree());
    drop(pull);
    let numbered = rig.staging.as_ref().unwrap().join("numbered/0/0");
    let length = fs::metadata(&numbered).unwrap().len();
    fs::write(&numbered, vec![7; length as usize]).unwrap();
    let pull = rig.open();
    pull.halt(true);
    assert!(!pull.prove().unwrap());
    pull.halt(false);
    assert_eq!(pull.finish().unwrap(), None);
    rig.finish(&pull);
    pull.remove().unwrap();
    assert_eq!(rig.received(), rig.offer.tree());
}

#[test]
fn one_that_is_halted_gives_no_names() {
    let (mut rig, pull) = all_has_come(tree());
    pull.halt(true);
    assert_eq!(pull.finish().unwrap(), None);
    let mut naming = Naming::default();
    assert!(!pull.give_names(&mut naming).unwrap());
    assert_eq!(fs::read_dir(named(&pull)).unwrap().count(), 0);
    pull.halt(false);
    assert_eq!(rig.finish(&pull).lost, None);
}

#[test]
fn a_disk_that_is_gone_for_a_while_takes_nothing_with_it() {
    let (mut rig, pull) = all_has_come(tree());
    drop(pull);
    let elsewhere = rig.dir.path().join("unplugged");
    fs::rename(rig.downloads(), &elsewhere).unwrap();
    let wanted = rig.wanted();
    let summary = manifest::examine(&rig.keep().manifest()).unwrap();
    let error = Pull::open(rig.keep(), &wanted, summary).err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert!(!rig.downloads().exists(), "nor is its folder made");
    fs::rename(elsewhere, rig.downloads()).unwrap();
    let (pull, units) = (rig.open(), rig.moved);
    assert_eq!(pull.done(), pull.summary.size);
    rig.finish(&pull);
    assert_eq!(rig.moved, units, "nothing is sent again");
}

#[test]
fn a_staging_folder_that_goes_at_the_very_end_is_begun_anew() {
    let (mut rig, pull) = all_has_come(tree());
    let mut naming = pull.begin_naming().unwrap().unwrap();
    pull.give_names(&mut naming).unwrap();
    let item = FileName::safe("trip");
    Moved::open(&pull.keep.moved()).unwrap().note(&item, &Place { name: item.clone(), stamp: None }).unwrap();
    drop(pull);
    fs::remove_dir_all(rig.staging.as_ref().unwrap()).unwrap();
    let pull = rig.open();
    assert_eq!(pull.done(), 0);
    rig.finish(&pull);
    pull.remove().unwrap();
    assert_eq!(rig.received(), rig.offer.tree());
}

#[test]
fn items_whose_names_clash_all_arrive() {
    let mut rig = Rig::new(Offer::new(&[
        ("a:b", Some(content(10, 1))),
        ("a_b", Some(content(10, 2))),
        ("a?b", Some(content(2 * UNIT as usize, 3))),
    ]));
    // One of them lies there already.
    fs::write(rig.downloads().join("a_b"), content(10, 2)).unwrap();
    let pull = rig.open();
    let finished = rig.finish(&pull);
    assert_eq!(finished, Finished { saved_to: Some(rig.downloads()), lost: None });
    pull.remove().unwrap();
    let received: Vec<_> = rig.received().into_values().flatten().collect();
    assert!(rig.offer.tree().into_values().flatten().all(|content| received.contains(&content)));
}

#[test]
fn more_files_of_one_name_than_can_be_told_apart_are_left_out_by_name() {
    const FILES: u64 = 10_020;
    let mut rig = Rig::new(tree());
    let mut writer = Writer::create(&rig.keep().manifest()).unwrap();
    let folder = Entry { path: vec![b"trip".to_vec()], kind: EntryKind::Folder { modified: 0 } };
    let file = Entry {
        path: vec![b"trip".to_vec(), b"same".to_vec()],
        kind: EntryKind::File { size: 0, modified: 0, executable: false },
    };
    writer.add(&folder).unwrap();
    (0..FILES).for_each(|_| writer.add(&file).unwrap());
    writer.finish().unwrap();

    let pull = rig.open();
    while let Some(piece) = pull.next(MUCH).unwrap() {
        let frames = (0..piece.range().unwrap().units).map(|_| Frame::Unit(Vec::new(), *blake3::hash(b"").as_bytes()));
        let came = sent(frames.collect());
        assert!(matches!(pull.write(piece, came, &Buffers::default()).end, End::Whole));
    }
    let finished = pull.finish().unwrap().unwrap();
    let lost = "21 of 10020 files could not be had; the first: trip/same can't be made here";
    assert!(finished.lost.as_ref().unwrap().to_string().starts_with(lost), "{finished:?}");
    pull.remove().unwrap();
    assert_eq!(rig.received().len(), 10_000, "a folder, and each name once");
}

#[test]
fn what_differs_from_what_lies_there_is_kept_after_a_crash_too() {
    let (mut again, film, old) = received_and_changed();
    let pull = again.open();
    again.pull(&pull, MUCH, |_| {});
    drop(pull);
    let pull = again.open();
    let finished = again.finish(&pull);
    assert_eq!(finished.saved_to, Some(again.downloads().join("trip (2)")));
    pull.remove().unwrap();
    assert_eq!(fs::read(&film).unwrap(), old);
    let new = again.downloads().join("trip (2)/film.mkv");
    assert_eq!(fs::read(new).unwrap(), fs::read(again.offer.path("trip/film.mkv")).unwrap());
}

/// [`tree`] received before and offered again, and a file of it that was changed since.
fn received_and_changed() -> (Rig, PathBuf, Vec<u8>) {
    let mut rig = Rig::new(tree());
    let pull = rig.open();
    rig.finish(&pull);
    pull.remove().unwrap();
    let film = rig.downloads().join("trip/film.mkv");
    let mut bytes = fs::read(&film).unwrap();
    bytes[3 * UNIT as usize] ^= 1;
    fs::write(&film, &bytes).unwrap();
    (rig.offered_again(), film, bytes)
}

#[test]
fn what_is_changed_after_it_was_compared_does_not_count() {
    let mut rig = Rig::new(tree());
    let pull = rig.open();
    rig.finish(&pull);
    pull.remove().unwrap();
    let mut again = rig.offered_again();
    let pull = again.open();
    again.pull(&pull, MUCH, |_| {});
    assert_eq!(again.moved, 0);
    fs::write(again.downloads().join("trip/a.txt"), content(10, 9)).unwrap();
    let finished = again.finish(&pull);
    assert_eq!(finished.saved_to, Some(again.downloads().join("trip (2)")));
    pull.remove().unwrap();
    assert_eq!(fs::read(again.downloads().join("trip (2)/a.txt")).unwrap(), content(10, 1));
}
