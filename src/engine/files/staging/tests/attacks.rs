//! Links, names and races of somebody who wants out of the folder, or over what is in it: nothing outside changes.

use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::model::hostile_name;

#[test]
fn a_link_in_place_of_the_staging_folder_is_not_followed() {
    let place = Place::new();
    let planted = place.target().join("trip.0a1b2c3d.part");
    symlink(place.outside(), &planted).unwrap();
    assert!(Staging::open(&planted).is_err());
    let staging = place.staging();
    assert_eq!(staging.path(), place.target().join("trip.0a1b2c3d (2).part"));
    put(&staging, "folder", "report.pdf", "theirs");

    // Planted while it's in use.
    fs::rename(staging.path(), place.target().join("elsewhere")).unwrap();
    symlink(place.outside(), staging.path()).unwrap();
    put(&staging, "folder", "victim", "theirs");
    staging.set_folder_time(&path("folder"), UNIX_EPOCH).unwrap();
    assert_eq!(kind(staging.remove()), io::ErrorKind::NotADirectory);
    assert_eq!(entries(&place.target().join("elsewhere/folder")), ["report.pdf", "victim"]);
    place.assert_outside_unchanged();
}

#[test]
fn links_in_place_of_folders_are_not_followed() {
    let place = Place::new();
    let staging = place.staging();
    symlink(place.outside(), staging.path().join("link")).unwrap();
    symlink(place.outside().join("none"), staging.path().join("dangling")).unwrap();
    for link in ["link", "link/folder", "dangling"] {
        let path = path(link);
        assert!(staging.folder(&path).is_err());
        assert!(staging.create_file(&path, &name("new"), any).is_err());
        assert!(staging.open_file(&path, &name("report.pdf")).is_err());
        assert!(staging.open_file(&path, &name("victim")).is_err());
        assert!(staging.name_file(&path, &name("victim"), &name("new"), any).is_err());
        assert!(staging.remove_file(&path, &name("victim")).is_err());
    }
    assert!(staging.set_folder_time(&path("link/folder"), UNIX_EPOCH).is_err());
    // The link's own time, at most.
    staging.set_folder_time(&path("link"), UNIX_EPOCH).unwrap();
    place.assert_outside_unchanged();
}

#[test]
fn links_in_place_of_files_are_neither_followed_nor_replaced() {
    let place = Place::new();
    let staging = place.staging();
    let victim = place.outside().join("victim");
    for (link, to) in [("a", &victim), ("b.part", &victim), ("b", &place.outside().join("none"))] {
        symlink(to, staging.path().join(link)).unwrap();
        symlink(to, place.target().join(link)).unwrap();
    }
    assert!(staging.open_file(&[], &name("a")).is_err());
    assert!(staging.open_file(&[], &name("b.part")).is_err());
    assert_eq!(put(&staging, "", "a", "theirs"), name("a (2)"));
    let part = put(&staging, "", "b.part", "theirs");
    assert_eq!(part, name("b (2).part"));
    assert_eq!(staging.name_file(&[], &part, &name("b"), any).unwrap(), name("b (2)"));
    for taken in ["a (2)", "b (2)"] {
        fs::rename(staging.path().join(taken), staging.path().join("moving")).unwrap();
        fs::remove_file(staging.path().join(&taken[..1])).unwrap();
        fs::rename(staging.path().join("moving"), staging.path().join(&taken[..1])).unwrap();
        let moved = staging.move_out(&name(&taken[..1]), unnoted).unwrap();
        assert_eq!(moved, place.target().join(taken));
        assert_eq!(fs::read_to_string(moved).unwrap(), "theirs");
    }
    staging.remove_file(&[], &name("b.part")).unwrap();
    place.assert_outside_unchanged();
}

#[test]
fn only_a_plain_file_is_opened() {
    let place = Place::new();
    let staging = place.staging();
    fs::hard_link(place.outside().join("victim"), staging.path().join("shared")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        staging.path().join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
    staging.folder(&path("folder")).unwrap();
    for other in ["shared", "pipe", "folder"] {
        assert!(staging.open_file(&[], &name(other)).is_err(), "{other}");
    }
    assert_eq!(kind(staging.open_file(&[], &name("none"))), io::ErrorKind::NotFound);
    staging.remove().unwrap();
    place.assert_outside_unchanged();
}

#[test]
fn removing_follows_no_link() {
    let place = Place::new();
    let staging = place.staging();
    put(&staging, "a/b", "file", "x");
    for link in ["link", "a/link", "a/b/link"] {
        symlink(place.outside(), staging.path().join(link)).unwrap();
    }
    symlink(place.outside().join("victim"), staging.path().join("a/victim")).unwrap();
    staging.remove().unwrap();
    assert!(entries(&place.target()).is_empty());
    place.assert_outside_unchanged();
}

/// Issue 3: symlinks planted meanwhile.
#[test]
fn a_folder_that_becomes_a_link_and_back_while_in_use_leads_nowhere() {
    let place = Place::new();
    let staging = place.staging();
    let (parent, file, part) = (path("folder"), name("report.pdf"), name("report.pdf.part"));
    staging.folder(&parent).unwrap();
    let swapped = AtomicBool::new(false);
    let mut done = [0_u32; 4];
    thread::scope(|scope| {
        let swap = || {
            swap_for_links(&staging.path().join("folder"), &place.outside().join("folder"));
            swapped.store(true, Ordering::Relaxed);
        };
        scope.spawn(swap);
        // At the end the folder stays: then all can be done.
        while !swapped.load(Ordering::Relaxed) || done.contains(&0) {
            done[0] += u32::from(staging.create_file(&parent, &part, any).is_ok());
            staging.folders.forget();
            done[1] += u32::from(staging.name_file(&parent, &part, &file, any).is_ok());
            staging.folders.forget();
            done[2] += u32::from(staging.open_file(&parent, &file).is_ok());
            staging.folders.forget();
            done[3] += u32::from(staging.remove_file(&parent, &file).is_ok());
            let _ = staging.set_folder_time(&parent, UNIX_EPOCH);
        }
    });
    staging.remove().unwrap();
    place.assert_outside_unchanged();
}

fn swap_for_links(folder: &Path, outside: &Path) {
    let aside = folder.with_file_name("aside");
    for _ in 0..1_000 {
        // The other thread may have made a new folder meanwhile: then that one is next.
        if fs::rename(folder, &aside).is_ok() && symlink(outside, folder).is_ok() {
            thread::yield_now();
            fs::remove_file(folder).unwrap();
        }
        if fs::rename(&aside, folder).is_err() {
            let _ = fs::remove_dir_all(&aside);
        }
        thread::yield_now();
    }
}

#[test]
fn items_of_one_name_that_move_out_at_once_replace_none() {
    let place = Place::new();
    let stagings: Vec<_> = (0..4).map(|_| place.staging()).collect();
    for (number, staging) in stagings.iter().enumerate() {
        for round in 0..50 {
            put(staging, "", &format!("file {round}"), &number.to_string());
            put(staging, &format!("folder {round}"), "inside", &number.to_string());
        }
    }
    thread::scope(|scope| {
        for staging in &stagings {
            scope.spawn(|| {
                for round in 0..50 {
                    staging.move_out(&name(&format!("file {round}")), unnoted).unwrap();
                    staging.move_out(&name(&format!("folder {round}")), unnoted).unwrap();
                }
            });
        }
    });
    for round in 0..50 {
        let read = |item: &str, inside: &str| -> BTreeSet<String> {
            let numbered = [1, 2, 3, 4].map(|n| if n == 1 { name(item) } else { name(item).numbered(n) });
            numbered
                .iter()
                .map(|name| fs::read_to_string(place.target().join(name.as_str()).join(inside)).unwrap())
                .collect()
        };
        assert_eq!(read(&format!("folder {round}"), "inside").len(), 4);
        let files = [1, 2, 3, 4].map(|n| {
            let item = name(&format!("file {round}"));
            let item = if n == 1 { item } else { item.numbered(n) };
            fs::read_to_string(place.target().join(item.as_str())).unwrap()
        });
        assert_eq!(BTreeSet::from(files).len(), 4);
    }
    stagings.iter().for_each(|staging| staging.remove().unwrap());
    assert_eq!(entries(&place.target()).len(), 2 * 4 * 50);
}

/// Issue 3's hostile names, on a real disk: whatever a stranger calls its files, they land in the staging folder, and
/// from there in the target folder.
#[test]
fn hostile_names_stay_beneath_the_folder() {
    let place = Place::new();
    let staging = place.staging();
    let mut random = fastrand::Rng::with_seed(33);
    let mut hostile = String::new();
    let mut next = || {
        hostile_name(&mut random, &mut hostile);
        name(&hostile)
    };
    let mut made = 0;
    for _ in 0..3_000 {
        let parent = [next(), next()];
        let (_, given) = staging
            .create_file(&parent[..made % 3], &next(), any)
            .or_else(|error| {
                // A file has the folder's name.
                assert_eq!(error.kind(), io::ErrorKind::NotADirectory);
                staging.create_file(&[], &next(), any)
            })
            .unwrap();
        assert!(given.as_str().len() <= 255);
        made += 1;
    }
    assert_eq!(count_files(staging.path()), made);
    assert_eq!(entries(&place.target()).len(), 1);
    for item in entries(staging.path()) {
        assert_eq!(item, name(&item).as_str());
        let moved = staging.move_out(&name(&item), unnoted).unwrap();
        assert_eq!(moved.parent(), Some(place.target().as_path()));
    }
    assert!(entries(staging.path()).is_empty());
    staging.remove().unwrap();
    assert_eq!(count_files(&place.target()), made);
    place.assert_outside_unchanged();
}

fn count_files(folder: &Path) -> usize {
    let count = |entry: String| {
        let path = folder.join(entry);
        if path.is_dir() { count_files(&path) } else { 1 }
    };
    entries(folder).into_iter().map(count).sum()
}
