//! Links, names and races of somebody who wants out of the folder, or over what is in it: nothing outside changes.

use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    assert!(staging.sync().is_err());
    assert_eq!(kind(staging.remove()), io::ErrorKind::NotADirectory);
    assert_eq!(entries(&place.target().join("elsewhere/named/folder")), ["report.pdf", "victim"]);
    place.assert_outside_unchanged();
}

#[test]
fn links_in_place_of_folders_are_not_followed() {
    let place = Place::new();
    let staging = place.staging();
    symlink(place.outside(), named(&staging, "link")).unwrap();
    symlink(place.outside().join("none"), named(&staging, "dangling")).unwrap();
    for link in ["link", "link/folder", "dangling"] {
        let path = path(link);
        assert!(staging.folder(&path).is_err());
        assert!(try_put(&staging, &path, &name("new"), "theirs").is_err());
        assert!(try_put(&staging, &path, &name("victim"), "theirs").is_err());
    }
    assert!(staging.set_folder_time(&path("link/folder"), UNIX_EPOCH).is_err());
    // The link's own time, at most.
    staging.set_folder_time(&path("link"), UNIX_EPOCH).unwrap();
    assert_eq!(staging.items().unwrap(), [], "links aren't what was offered");

    // And where the files come.
    fs::write(place.outside().join("7"), "precious").unwrap();
    let before = snapshot(&place.outside());
    fs::remove_dir_all(staging.path().join("numbered/0")).unwrap();
    symlink(place.outside(), staging.path().join("numbered/0")).unwrap();
    assert!(staging.create_file(7).is_err());
    assert!(staging.open_file(7).is_err());
    assert!(staging.length(7).is_err());
    assert!(staging.remove_file(7).is_err());
    assert!(staging.name_file(7, &[], &name("new"), &mut Numbers::default()).is_err());
    assert_eq!(snapshot(&place.outside()), before);

    for part in ["numbered", "named"] {
        let staging = place.staging();
        fs::remove_dir_all(staging.path().join(part)).unwrap();
        symlink(place.outside(), staging.path().join(part)).unwrap();
        assert!(Staging::open(staging.path()).is_err());
        staging.remove().unwrap();
    }
    assert_eq!(snapshot(&place.outside()), before);
}

#[test]
fn links_in_place_of_files_are_neither_followed_nor_replaced() {
    let place = Place::new();
    let staging = place.staging();
    let victim = place.outside().join("victim");
    for (link, to) in [("a", &victim), ("b", &place.outside().join("none"))] {
        symlink(to, named(&staging, link)).unwrap();
        symlink(to, place.target().join(link)).unwrap();
        put(&staging, "", link, "theirs");
        let given = format!("{link} (2)");
        assert_eq!(fs::read_to_string(named(&staging, &given)).unwrap(), "theirs");
        assert!(named(&staging, link).is_symlink());
        fs::remove_file(named(&staging, link)).unwrap();
        fs::rename(named(&staging, &given), named(&staging, link)).unwrap();
        let moved = staging.move_out(&name(link), unnoted).unwrap();
        assert_eq!(moved, place.target().join(given));
        assert_eq!(fs::read_to_string(moved).unwrap(), "theirs");
        assert!(place.target().join(link).is_symlink());
    }
    place.assert_outside_unchanged();
}

#[test]
fn only_a_plain_file_of_ours_is_opened_and_what_else_has_its_number_goes() {
    let place = Place::new();
    let staging = place.staging();
    staging.create_file(0).unwrap();
    let victim = place.outside().join("victim");
    symlink(&victim, numbered(&staging, 1)).unwrap();
    fs::hard_link(&victim, numbered(&staging, 2)).unwrap();
    let mode = rustix::fs::Mode::RWXU;
    rustix::fs::mknodat(rustix::fs::CWD, numbered(&staging, 3), rustix::fs::FileType::Fifo, mode, 0).unwrap();
    for number in [1, 2, 3] {
        assert_eq!(kind(staging.open_file(number)), io::ErrorKind::InvalidInput, "{number}");
        assert_eq!(staging.length(number).unwrap(), None, "{number}");
        staging.create_file(number).unwrap().write_all(b"theirs").unwrap();
        assert_eq!(text(staging.open_file(number).unwrap()), "theirs");
    }
    // What else might be in a folder isn't removed.
    fs::create_dir(numbered(&staging, 4)).unwrap();
    assert!(staging.open_file(4).is_err() && staging.create_file(4).is_err());
    assert_eq!(kind(staging.open_file(5)), io::ErrorKind::NotFound);
    staging.remove().unwrap();
    place.assert_outside_unchanged();
}

#[test]
fn removing_follows_no_link() {
    let place = Place::new();
    let staging = place.staging();
    put(&staging, "a/b", "file", "x");
    for link in ["link", "a/link", "a/b/link"] {
        symlink(place.outside(), named(&staging, link)).unwrap();
    }
    for link in [named(&staging, "a/victim"), numbered(&staging, 1_000), staging.path().join("victim")] {
        symlink(place.outside().join("victim"), link).unwrap();
    }
    staging.remove().unwrap();
    assert!(entries(&place.target()).is_empty());
    place.assert_outside_unchanged();
}

/// Issue 3: symlinks planted meanwhile.
#[test]
fn a_folder_that_becomes_a_link_and_back_while_in_use_leads_nowhere() {
    let place = Place::new();
    let staging = place.staging();
    let (parent, file) = (path("folder"), name("report.pdf"));
    staging.folder(&parent).unwrap();
    staging.create_file(1).unwrap();
    let swapped = AtomicUsize::new(0);
    let mut done = [0_u32; 6];
    thread::scope(|scope| {
        let folders = [("named/folder", "folder"), ("numbered/0", "folder")];
        let [(tree, theirs), (numbers, also_theirs)] =
            folders.map(|(folder, outside)| (staging.path().join(folder), place.outside().join(outside)));
        for (folder, outside) in [(tree, theirs), (numbers, also_theirs)] {
            let swapped = &swapped;
            scope.spawn(move || {
                swap_for_links(&folder, &outside);
                swapped.fetch_add(1, Ordering::Relaxed);
            });
        }
        // At the end the folders stay: then all can be done.
        while swapped.load(Ordering::Relaxed) < 2 || done.contains(&0) {
            let forget = || {
                staging.numbered.forget();
                staging.named.forget();
            };
            done[0] += u32::from(staging.create_file(1).is_ok());
            forget();
            done[1] += u32::from(staging.open_file(1).is_ok());
            forget();
            done[2] += u32::from(staging.length(1).is_ok_and(|length| length.is_some()));
            forget();
            done[3] += u32::from(staging.name_file(1, &parent, &file, &mut Numbers::default()).is_ok());
            forget();
            done[4] += u32::from(staging.create_file(2).is_ok() && staging.remove_file(2).is_ok());
            forget();
            done[5] += u32::from(staging.set_folder_time(&parent, UNIX_EPOCH).is_ok());
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
        try_put(&staging, &parent[..made % 3], &next(), "")
            .or_else(|error| {
                // A file has the folder's name.
                assert_eq!(error.kind(), io::ErrorKind::NotADirectory);
                fs::remove_dir_all(staging.path().join("numbered/0")).unwrap();
                try_put(&staging, &[], &next(), "")
            })
            .unwrap();
        made += 1;
    }
    assert_eq!(count_files(staging.path()), made);
    assert_eq!(entries(&place.target()).len(), 1);
    let tops = entries(&named(&staging, ""));
    assert_eq!(tops, staging.items().unwrap().iter().map(|item| item.as_str().to_owned()).collect::<Vec<_>>());
    for item in tops {
        let moved = staging.move_out(&name(&item), unnoted).unwrap();
        assert_eq!(moved.parent(), Some(place.target().as_path()));
    }
    assert_eq!(count_files(staging.path()), 0);
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
