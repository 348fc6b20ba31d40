//! Staging folders in use, and what the tests of [`attacks`] stand on.

mod attacks;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use tempfile::TempDir;

use super::*;

const SHORT: &str = "0a1b2c3d";

/// A target folder, and beside it one that nobody may touch.
struct Place {
    dir: TempDir,
    before: BTreeMap<PathBuf, String>,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let outside = dir.path().join("outside");
        fs::create_dir_all(outside.join("folder")).unwrap();
        fs::create_dir(dir.path().join("target")).unwrap();
        fs::write(outside.join("victim"), "precious").unwrap();
        fs::write(outside.join("folder/report.pdf"), "precious too").unwrap();
        let before = snapshot(&outside);
        Self { dir, before }
    }

    fn target(&self) -> PathBuf {
        self.dir.path().join("target")
    }

    fn outside(&self) -> PathBuf {
        self.dir.path().join("outside")
    }

    fn staging(&self) -> Staging {
        Staging::create(&self.target(), &name("trip"), SHORT).unwrap()
    }

    fn assert_outside_unchanged(&self) {
        assert_eq!(snapshot(&self.outside()), self.before);
        let beside: BTreeSet<_> = entries(self.dir.path()).into_iter().collect();
        assert_eq!(beside, BTreeSet::from(["outside".to_owned(), "target".to_owned()]));
    }
}

/// Everything beneath a folder: kind, permissions, times and contents.
fn snapshot(folder: &Path) -> BTreeMap<PathBuf, String> {
    let metadata = fs::symlink_metadata(folder).unwrap();
    let what = format!("{:o} {} {}.{}", metadata.mode(), metadata.nlink(), metadata.mtime(), metadata.mtime_nsec());
    let mut all = BTreeMap::new();
    if metadata.is_dir() {
        entries(folder).iter().for_each(|entry| all.extend(snapshot(&folder.join(entry))));
        all.insert(folder.to_owned(), what);
    } else {
        all.insert(folder.to_owned(), format!("{what} {:?}", fs::read(folder).unwrap()));
    }
    all
}

fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn name(text: &str) -> FileName {
    FileName::safe(text)
}

fn path(text: &str) -> Vec<FileName> {
    text.split('/').filter(|part| !part.is_empty()).map(name).collect()
}

/// Writes a file under a number that no other test's file has, and gives it its name.
fn put(staging: &Staging, parent: &str, file: &str, text: &str) {
    try_put(staging, &path(parent), &name(file), text).unwrap();
}

fn try_put(staging: &Staging, parent: &[FileName], file: &FileName, text: &str) -> io::Result<()> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    staging.create_file(number)?.write_all(text.as_bytes())?;
    staging.name_file(number, parent, file, &mut Numbers::default())
}

/// Where something of the offer's tree is.
fn named(staging: &Staging, path: &str) -> PathBuf {
    staging.path().join("named").join(path)
}

/// Where the file of a small number is.
fn numbered(staging: &Staging, number: u64) -> PathBuf {
    staging.path().join("numbered/0").join(number.to_string())
}

fn text(mut file: File) -> String {
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    text
}

fn unnoted(_: &FileName) -> io::Result<()> {
    Ok(())
}

fn kind<T>(result: io::Result<T>) -> io::ErrorKind {
    result.map(drop).unwrap_err().kind()
}

#[test]
fn a_transfer_is_received_resumed_and_moved_out() {
    let place = Place::new();
    let target = place.dir.path().join("target/new");
    assert_eq!(kind(Staging::create(&target, &name("trip"), SHORT)), io::ErrorKind::NotFound);
    fs::create_dir(&target).unwrap();
    let staging = Staging::create(&target, &name("trip"), SHORT).unwrap();
    assert_eq!(staging.path(), target.join("trip.0a1b2c3d.part"));
    staging.folder(&path("trip/empty")).unwrap();
    staging.folder(&path("trip/empty")).unwrap();
    for (number, text) in [(7, "half"), (20_000, "all")] {
        staging.create_file(number).unwrap().write_all(text.as_bytes()).unwrap();
    }
    drop(staging);

    let staging = Staging::open(&target.join("trip.0a1b2c3d.part")).unwrap();
    let day = path("trip/day one");
    assert_eq!(text(staging.open_file(7).unwrap()), "half");
    assert_eq!([7, 20_000, 8].map(|number| staging.length(number).unwrap()), [Some(4), Some(3), None]);
    let mut numbers = Numbers::default();
    staging.name_file(7, &day, &name("film.mp4"), &mut numbers).unwrap();
    staging.name_file(20_000, &[], &name("notes.txt"), &mut numbers).unwrap();
    assert_eq!(kind(staging.name_file(7, &day, &name("film.mp4"), &mut numbers)), io::ErrorKind::NotFound);
    let modified = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    staging.set_folder_time(&day, modified).unwrap();
    staging.sync().unwrap();
    assert_eq!(staging.items().unwrap(), [name("notes.txt"), name("trip")]);
    assert_eq!(staging.count_named().unwrap(), 2);

    let mut noted = Vec::new();
    let mut note = |name: &FileName| {
        noted.push(name.clone());
        Ok(())
    };
    assert_eq!(staging.move_out(&name("trip"), &mut note).unwrap(), target.join("trip"));
    assert_eq!(staging.move_out(&name("notes.txt"), &mut note).unwrap(), target.join("notes.txt"));
    assert_eq!(noted, [name("trip"), name("notes.txt")]);
    assert_eq!(staging.items().unwrap(), []);
    assert_eq!(fs::metadata(target.join("trip/day one")).unwrap().modified().unwrap(), modified);
    assert_eq!(fs::read_to_string(target.join("trip/day one/film.mp4")).unwrap(), "half");
    assert!(target.join("trip/empty").is_dir());
    staging.remove().unwrap();
    assert_eq!(entries(&target), ["notes.txt", "trip"]);
    place.assert_outside_unchanged();
}

#[test]
fn a_removed_transfer_leaves_nothing_and_takes_nothing_more() {
    let place = Place::new();
    let staging = place.staging();
    put(&staging, "a/b/c", "d", "half");
    staging.create_file(8).unwrap();
    staging.remove().unwrap();
    assert!(entries(&place.target()).is_empty());
    staging.remove().unwrap();
    Staging::remove_left(staging.path()).unwrap();
    assert_eq!(kind(Staging::remove_left(&place.target().join("unplugged/x.part"))), io::ErrorKind::NotFound);
    assert_eq!(kind(staging.create_file(7)), io::ErrorKind::NotFound);
    assert_eq!(kind(staging.folder(&path("late"))), io::ErrorKind::NotFound);
    assert_eq!(kind(staging.items()), io::ErrorKind::NotFound);
    assert_eq!(kind(Staging::open(staging.path())), io::ErrorKind::NotFound);
    assert!(entries(&place.target()).is_empty());
}

#[test]
fn what_a_crash_left_is_removed_and_nothing_that_is_no_folder() {
    let place = Place::new();
    let left = place.staging().path().to_owned();
    Staging::remove_left(&left).unwrap();
    fs::write(&left, "mine").unwrap();
    assert_eq!(kind(Staging::remove_left(&left)), io::ErrorKind::NotADirectory);
    assert_eq!(entries(&place.target()), ["trip.0a1b2c3d.part"]);
}

#[test]
fn a_name_that_is_taken_gets_a_number() {
    let place = Place::new();
    for taken in ["trip.0a1b2c3d.part", "trip", "notes.txt", "notes (2).txt"] {
        fs::write(place.target().join(taken), "mine").unwrap();
    }
    let staging = place.staging();
    assert_eq!(staging.path(), place.target().join("trip.0a1b2c3d (2).part"));
    // As by a file system to which another spelling is the same name.
    fs::write(named(&staging, "notes.txt"), "other").unwrap();
    put(&staging, "", "notes.txt", "second");
    put(&staging, "", "notes.txt", "third");
    for (taken, text) in [("notes.txt", "other"), ("notes (2).txt", "second"), ("notes (3).txt", "third")] {
        assert_eq!(fs::read_to_string(named(&staging, taken)).unwrap(), text);
    }
    let mut noted = Vec::new();
    let moved = staging.move_out(&name("notes.txt"), |name| {
        noted.push(name.to_string());
        Ok(())
    });
    assert_eq!(moved.unwrap(), place.target().join("notes (3).txt"));
    assert_eq!(noted, ["notes.txt", "notes (2).txt", "notes (3).txt"]);
    put(&staging, "trip", "x", "x");
    assert_eq!(staging.move_out(&name("trip"), unnoted).unwrap(), place.target().join("trip (2)"));
    for taken in ["trip.0a1b2c3d.part", "trip", "notes.txt", "notes (2).txt"] {
        assert_eq!(fs::read_to_string(place.target().join(taken)).unwrap(), "mine");
    }
    assert_eq!(fs::read_to_string(place.target().join("notes (3).txt")).unwrap(), "other");
}

/// Each tries one name or two, not all that went before.
#[test]
fn thousands_of_files_with_one_name_are_told_apart() {
    let place = Place::new();
    let staging = place.staging();
    let mut numbers = Numbers::default();
    let mut put = |number| {
        staging.create_file(number).unwrap();
        staging.name_file(number, &[], &name("same"), &mut numbers)
    };
    (1..=9_999).for_each(|number| put(number).unwrap());
    assert_eq!(kind(put(10_000)), io::ErrorKind::AlreadyExists, "and no more");
    let given = staging.items().unwrap();
    assert_eq!(given.len(), 9_999);
    assert!(given.contains(&name("same (9999)")));
    // Nor does one that finds them all taken try them all again and again.
    let mut numbers = Numbers::default();
    let mut tried = 0;
    for _ in 0..1_000 {
        let take = |_: &FileName| {
            tried += 1;
            Err::<(), _>(io::ErrorKind::AlreadyExists.into())
        };
        assert_eq!(kind(numbers.first_free(&[], &name("same"), take)), io::ErrorKind::AlreadyExists);
    }
    assert_eq!(tried, 9_999 + 999);
}

#[test]
fn what_had_a_number_before_goes() {
    let place = Place::new();
    let staging = place.staging();
    for number in [1, 2, 3] {
        staging.create_file(number).unwrap().write_all(b"left by a crash").unwrap();
    }
    staging.create_file(2).unwrap().write_all(b"new").unwrap();
    assert_eq!([1, 2, 3].map(|number| staging.length(number).unwrap()), [Some(15), Some(3), Some(15)]);
    staging.remove_file(2).unwrap();
    staging.remove_file(2).unwrap();
    assert_eq!(kind(staging.open_file(2)), io::ErrorKind::NotFound);
}

#[test]
fn a_move_that_cannot_be_noted_is_not_made() {
    let place = Place::new();
    let staging = place.staging();
    put(&staging, "", "notes.txt", "x");
    let full = |_: &FileName| Err(io::ErrorKind::StorageFull.into());
    assert_eq!(kind(staging.move_out(&name("notes.txt"), full)), io::ErrorKind::StorageFull);
    assert_eq!(staging.items().unwrap(), [name("notes.txt")]);
}

#[test]
fn a_folder_made_anew_is_found_again() {
    let place = Place::new();
    let staging = place.staging();
    put(&staging, "a/b", "one", "1");
    fs::remove_dir_all(named(&staging, "a")).unwrap();
    fs::remove_dir_all(staging.path().join("numbered/0")).unwrap();
    put(&staging, "a/b", "two", "2");
    assert_eq!(fs::read_to_string(named(&staging, "a/b/two")).unwrap(), "2");
    assert_eq!(entries(&named(&staging, "a/b")), ["two"]);
}

#[test]
fn folders_are_not_deeper_than_can_be_removed() {
    let place = Place::new();
    let staging = place.staging();
    let deep = vec![name("d"); 100];
    try_put(&staging, &deep, &name("x"), "").unwrap();
    assert_eq!(kind(staging.folder(&vec![name("d"); 101])), io::ErrorKind::InvalidInput);
    staging.remove().unwrap();
    assert!(entries(&place.target()).is_empty());
}

#[test]
fn an_item_moves_out_once() {
    let place = Place::new();
    let staging = place.staging();
    for round in 0..100 {
        let item = name(&format!("item {round}"));
        put(&staging, "", item.as_str(), "x");
        let moved = thread::scope(|scope| {
            let both = [(); 2].map(|()| scope.spawn(|| staging.move_out(&item, unnoted)));
            both.map(|thread| thread.join().unwrap())
        });
        assert_eq!(moved.iter().filter(|moved| moved.is_ok()).count(), 1, "{moved:?}");
    }
    assert_eq!(entries(&place.target()).len(), 101);
}

#[test]
fn threads_share_a_staging_folder() {
    let place = Place::new();
    let staging = place.staging();
    thread::scope(|scope| {
        for thread in 0..4 {
            let staging = &staging;
            scope.spawn(move || {
                for number in 0..200 {
                    put(staging, &format!("shared/{}", number % 3), "same", &thread.to_string());
                }
            });
        }
    });
    let made: usize = (0..3).map(|number| entries(&named(&staging, &format!("shared/{number}"))).len()).sum();
    assert_eq!(made, 800);
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    // Not even for the administrator, whom permissions don't bind.
    #[cfg(target_os = "linux")]
    assert!(Staging::create(Path::new("/proc/self"), &name("trip"), SHORT).is_err());
    let place = Place::new();
    let staging = place.staging();
    put(&staging, "", "notes.txt", "x");
    fs::write(place.target().join("file"), "").unwrap();
    assert!(Staging::create(&place.target().join("file"), &name("trip"), SHORT).is_err());
    if rustix::process::geteuid().is_root() {
        return;
    }
    fs::set_permissions(place.target(), fs::Permissions::from_mode(0o555)).unwrap();
    assert_eq!(kind(Staging::create(&place.target(), &name("trip"), SHORT)), io::ErrorKind::PermissionDenied);
    assert_eq!(kind(staging.move_out(&name("notes.txt"), unnoted)), io::ErrorKind::PermissionDenied);
    assert_eq!(staging.items().unwrap(), [name("notes.txt")]);
    fs::set_permissions(place.target(), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_file_gets_its_time_and_may_be_executed_by_whom_it_may_be_read() {
    let place = Place::new();
    let staging = place.staging();
    let modified = UNIX_EPOCH - Duration::from_nanos(1_500_000_000);
    for (mode, executable, wanted) in [(0o644, true, 0o755), (0o640, true, 0o750), (0o600, false, 0o600)] {
        let file = staging.create_file(1).unwrap();
        file.set_permissions(fs::Permissions::from_mode(mode)).unwrap();
        set_attributes(&file, modified, executable).unwrap();
        let metadata = file.metadata().unwrap();
        assert_eq!(metadata.mode() & 0o7777, wanted);
        assert_eq!(metadata.modified().unwrap(), modified);
    }
    assert!(free_bytes(staging.path()).is_some_and(|free| free > 0));
}
