//! What failed in part and is tried again, and what is withdrawn at the end.

use super::*;

/// [`tree`] received, but for `film.mkv` and all of `day`, which lay elsewhere at the sender's; and back there again.
fn failed_in_part() -> Rig {
    let mut rig = Rig::new(tree());
    let elsewhere = rig.dir.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for name in ["film.mkv", "day"] {
        fs::rename(rig.offer.path("trip").join(name), elsewhere.join(name)).unwrap();
    }
    let pull = rig.open();
    let finished = rig.finish(&pull);
    assert_eq!(finished.saved_to, Some(rig.downloads().join("trip")));
    assert!(finished.lost.unwrap().to_string().starts_with("4 of 5 files"));
    pull.remove().unwrap();
    for name in ["film.mkv", "day"] {
        fs::rename(elsewhere.join(name), rig.offer.path("trip").join(name)).unwrap();
    }
    rig.tried_again()
}

/// Tries again, and everything of the offer is where it was put, besides what else is there.
fn completes(rig: &mut Rig, others: &[(&str, Option<Vec<u8>>)]) {
    let pull = rig.open();
    assert_eq!(rig.finish(&pull), Finished { saved_to: Some(rig.downloads().join("trip")), lost: None });
    assert_eq!(pull.done(), pull.summary.size);
    pull.remove().unwrap();
    let mut tree = rig.offer.tree();
    tree.extend(others.iter().map(|(name, content)| ((*name).to_owned(), content.clone())));
    assert_eq!(rig.received(), tree);
}

#[test]
fn only_what_is_missing_comes_and_into_the_same_folder() {
    let mut rig = failed_in_part();
    let there = rig.downloads().join("trip/a.txt");
    let before = fs::metadata(&there).unwrap();
    let (time, all) = (fs::metadata(rig.downloads().join("trip")).unwrap().modified().unwrap(), 6 + 1 + 2 + 1);
    completes(&mut rig, &[]);
    assert_eq!(rig.moved, all, "nothing of what is there");
    let after = fs::metadata(there).unwrap();
    let inode = |found: &fs::Metadata| std::os::unix::fs::MetadataExt::ino(found);
    assert_eq!((inode(&after), after.modified().unwrap()), (inode(&before), before.modified().unwrap()));
    assert_eq!(fs::metadata(rig.downloads().join("trip")).unwrap().modified().unwrap(), time);
}

#[test]
fn nothing_that_the_person_did_meanwhile_is_undone() {
    let mut rig = failed_in_part();
    let trip = rig.downloads().join("trip");
    fs::write(trip.join("a.txt"), "my own words").unwrap();
    fs::write(trip.join("film.mkv"), "my own film").unwrap();
    fs::write(trip.join("notes"), "mine").unwrap();
    fs::remove_dir(trip.join("empty")).unwrap();
    let pull = rig.open();
    assert_eq!(rig.finish(&pull).lost, None);
    pull.remove().unwrap();
    let mut expected = rig.offer.tree();
    for (name, mine) in [("trip/a.txt", "my own words"), ("trip/film.mkv", "my own film"), ("trip/notes", "mine")] {
        let theirs = expected.insert(name.to_owned(), Some(mine.as_bytes().to_vec()));
        if let (Some(theirs), Some((stem, ending))) = (theirs, name.split_once('.')) {
            expected.insert(format!("{stem} (2).{ending}"), theirs);
        }
    }
    assert_eq!(rig.received(), expected);
}

#[test]
fn what_the_person_has_brought_by_hand_is_not_doubled() {
    let mut rig = failed_in_part();
    let (from, trip) = (rig.offer.path("trip"), rig.downloads().join("trip"));
    fs::copy(from.join("film.mkv"), trip.join("film.mkv")).unwrap();
    fs::copy(from.join("day/b.txt"), trip.join("day/b.txt")).unwrap();
    completes(&mut rig, &[]);
    assert_eq!(rig.moved, 3);
}

#[test]
fn a_folder_that_is_renamed_or_gone_is_made_anew() {
    let mut rig = failed_in_part();
    fs::rename(rig.downloads().join("trip"), rig.downloads().join("summer")).unwrap();
    let others =
        [("summer", None), ("summer/a.txt", Some(content(10, 1))), ("summer/empty", None), ("summer/day", None)];
    completes(&mut rig, &others);

    let mut rig = failed_in_part();
    fs::remove_dir_all(rig.downloads().join("trip")).unwrap();
    completes(&mut rig, &[]);
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    for link in [false, true] {
        let mut rig = failed_in_part();
        let trip = rig.downloads().join("trip");
        fs::rename(&trip, rig.dir.path().join("kept")).unwrap();
        if link {
            std::os::unix::fs::symlink(rig.dir.path().join("kept"), &trip).unwrap();
        } else {
            fs::create_dir(&trip).unwrap();
        }
        let pull = rig.open();
        let finished = rig.finish(&pull);
        assert_eq!(finished, Finished { saved_to: Some(rig.downloads().join("trip (2)")), lost: None });
        pull.remove().unwrap();
        assert!(!rig.dir.path().join("kept/film.mkv").exists());
        let anew = rig.received().into_iter().filter(|(name, _)| name != "trip");
        let anew: BTreeMap<_, _> =
            anew.map(|(name, content)| (name.replacen("trip (2)", "trip", 1), content)).collect();
        assert_eq!(anew, rig.offer.tree());
    }
}

#[test]
fn no_link_in_the_folder_leads_out_of_it() {
    let mut rig = failed_in_part();
    let (day, outside) = (rig.downloads().join("trip/day"), rig.dir.path().join("outside"));
    fs::create_dir(&outside).unwrap();
    fs::remove_dir_all(&day).unwrap();
    std::os::unix::fs::symlink(&outside, &day).unwrap();
    let pull = rig.open();
    assert_eq!(rig.finish(&pull).lost, None);
    pull.remove().unwrap();
    assert_eq!(fs::read_dir(outside).unwrap().count(), 0);
    assert_eq!(fs::read(rig.downloads().join("trip/day (2)/b.txt")).unwrap(), content(UNIT as usize, 4));
}

#[test]
fn it_may_fail_in_part_and_be_tried_again_more_than_once() {
    let mut rig = failed_in_part();
    let film = rig.offer.path("trip/film.mkv");
    fs::rename(&film, rig.dir.path().join("film")).unwrap();
    let pull = rig.open();
    let finished = rig.finish(&pull);
    assert!(finished.lost.unwrap().to_string().starts_with("trip/film.mkv"));
    pull.remove().unwrap();
    fs::rename(rig.dir.path().join("film"), film).unwrap();
    let mut rig = rig.tried_again();
    completes(&mut rig, &[]);
    assert_eq!(rig.moved, 6);
}

#[test]
fn an_attempt_that_a_crash_ended_goes_on_in_the_same_folder() {
    let steps: [fn(&Pull); 3] =
        [|_| {}, |pull| drop(pull.begin_naming().unwrap().unwrap()), |pull| drop(pull.finish().unwrap().unwrap())];
    for step in steps {
        let mut rig = failed_in_part();
        let pull = rig.open();
        assert!(pull.prove().unwrap());
        rig.pull(&pull, MUCH, |_| {});
        step(&pull);
        drop(pull);
        completes(&mut rig, &[]);
    }
}

#[test]
fn an_attempt_whose_staging_folder_is_removed_begins_anew_in_the_same_folder() {
    let mut rig = failed_in_part();
    let pull = rig.open();
    rig.pull(&pull, MUCH, |_| {});
    fs::remove_dir_all(pull.staging()).unwrap();
    drop(pull);
    completes(&mut rig, &[]);
}

#[test]
fn one_that_is_withdrawn_before_it_lands_leaves_nothing_and_later_it_is_too_late() {
    let mut rig = Rig::new(tree());
    let pull = rig.open();
    rig.pull(&pull, MUCH, |_| {});
    assert!(pull.withdraw());
    assert_eq!(pull.finish().unwrap(), None);
    pull.remove().unwrap();
    assert_eq!(rig.received(), BTreeMap::new());

    let mut rig = Rig::new(tree());
    let pull = rig.open();
    assert!(!is_landing(&rig.keep()).unwrap());
    rig.finish(&pull);
    assert!(!pull.withdraw());
    assert!(is_landing(&rig.keep()).unwrap());
    // Nor is it undone after a crash.
    drop(pull);
    assert!(!rig.open().withdraw());
}
