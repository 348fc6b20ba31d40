use std::fs::File;

use super::super::manifest::{Reader, examine};
use super::*;
use crate::protocol::wire::manifest::MAX_COMPONENT_BYTES;

/// A folder to offer from, and one for the manifest.
struct Disk {
    dir: tempfile::TempDir,
}

impl Disk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("transfer")).unwrap();
        Self { dir }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// The same as it's told of, where the folder of temporary files is itself behind a link.
    fn real(&self, path: &str) -> PathBuf {
        fs::canonicalize(self.dir.path()).unwrap().join(path)
    }

    fn folder(&self, path: &str) {
        fs::create_dir_all(self.path(path)).unwrap();
    }

    fn file(&self, path: &str, content: &str) {
        self.folder(Path::new(path).parent().unwrap().to_str().unwrap());
        fs::write(self.path(path), content).unwrap();
    }

    #[cfg(unix)]
    fn set_modified(&self, path: &str, nanos: i64) {
        use std::time::{Duration, UNIX_EPOCH};
        let duration = Duration::from_nanos(nanos.unsigned_abs());
        let time = if nanos < 0 { UNIX_EPOCH - duration } else { UNIX_EPOCH + duration };
        File::open(self.path(path)).unwrap().set_modified(time).unwrap();
    }

    fn scan(&self, paths: &[&str]) -> Result<Scanned, ScanError> {
        let paths: Vec<_> = paths.iter().map(|path| self.path(path)).collect();
        scan(&paths, &self.path("transfer/manifest"))
    }

    /// What the manifest says, ordered by path: `path kind`.
    fn listed(&self) -> Vec<String> {
        let mut listed: Vec<_> = self.entries().iter().map(line).collect();
        listed.sort();
        listed
    }

    fn entries(&self) -> Vec<Entry> {
        let mut reader = Reader::open(&self.path("transfer/manifest"), 0).unwrap();
        std::iter::from_fn(|| reader.next().unwrap()).map(|(_, entry)| entry).collect()
    }
}

fn line(entry: &Entry) -> String {
    let path = entry.path.iter().map(|name| String::from_utf8_lossy(name)).collect::<Vec<_>>().join("/");
    match entry.kind {
        EntryKind::Folder { .. } => format!("{path}/"),
        EntryKind::File { size, executable: false, .. } => format!("{path} {size}"),
        EntryKind::File { size, executable: true, .. } => format!("{path} {size} x"),
    }
}

#[test]
fn a_tree_is_listed_with_all_that_is_kept_of_it() {
    let disk = Disk::new();
    disk.file("trip/a.txt", "hola");
    disk.file("trip/photos/b", "");
    disk.folder("trip/empty/emptier");
    disk.file("plan.pdf", "plan");
    let scanned = disk.scan(&["trip", "plan.pdf"]).unwrap();
    assert_eq!(
        disk.listed(),
        [
            "plan.pdf 4",
            "trip/",
            "trip/a.txt 4",
            "trip/empty/",
            "trip/empty/emptier/",
            "trip/photos/",
            "trip/photos/b 0"
        ]
    );
    assert_eq!(scanned.summary, examine(&disk.path("transfer/manifest")).unwrap());
    let Summary { entries, items, files, folders, size, units, .. } = scanned.summary;
    assert_eq!((entries, items, files, folders, size, units), (7, 2, 3, 4, 8, 3));
    assert_eq!(scanned.title.as_str(), "trip");
    assert_eq!(scanned.skipped, Skipped::default());
    assert_eq!(scanned.items[1], Item { name: b"plan.pdf".to_vec(), source: disk.real("plan.pdf") });
}

#[cfg(unix)]
#[test]
fn times_are_kept_to_the_nanosecond_and_from_before_1970() {
    let disk = Disk::new();
    disk.file("a/file", "");
    disk.set_modified("a/file", -1_500_000_001);
    disk.set_modified("a", 1_763_800_000_042_000_001);
    disk.scan(&["a"]).unwrap();
    let kinds: Vec<_> = disk.entries().iter().map(|entry| entry.kind).collect();
    let file = EntryKind::File { size: 0, modified: -1_500_000_001, executable: false };
    assert_eq!(kinds, [EntryKind::Folder { modified: 1_763_800_000_042_000_001 }, file]);
}

#[cfg(unix)]
#[test]
fn programs_stay_programs_and_names_stay_bytes() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::PermissionsExt;
    let disk = Disk::new();
    disk.file("a/run", "#!");
    fs::set_permissions(disk.path("a/run"), fs::Permissions::from_mode(0o610)).unwrap();
    let name = b"\xff\\\n\x1b";
    fs::write(disk.path("a").join(std::ffi::OsStr::from_bytes(name)), "").unwrap();
    disk.scan(&["a"]).unwrap();
    assert!(disk.listed().contains(&"a/run 2 x".to_owned()));
    assert!(disk.entries().iter().any(|entry| entry.path == [b"a".as_slice(), name]));
}

#[test]
fn items_of_one_name_are_told_apart() {
    let disk = Disk::new();
    for path in ["a/x.tar", "b/x.tar", "c/x.tar", "d/x (2).tar"] {
        disk.file(path, "");
    }
    let scanned = disk.scan(&["a/x.tar", "b/x.tar", "d/x (2).tar", "c/x.tar", "a/x.tar", "a/../a/x.tar"]).unwrap();
    let names: Vec<_> = scanned.items.iter().map(|item| String::from_utf8(item.name.clone()).unwrap()).collect();
    assert_eq!(names, ["x.tar", "x (2).tar", "x (2) (2).tar", "x (3).tar"]);
    assert_eq!(scanned.items[3].source, disk.real("c/x.tar"));
    assert_eq!(scanned.summary.files, 4);
}

#[test]
fn an_item_has_a_name_however_it_was_picked() {
    let disk = Disk::new();
    disk.folder("trip/photos");
    for picked in ["trip/photos/..", "trip/.", "trip/"] {
        assert_eq!(disk.scan(&[picked]).unwrap().items[0].name, b"trip", "{picked}");
    }
    #[cfg(unix)]
    assert_eq!(disk.scan(&["/"]).unwrap_err(), ScanError::Nameless(PathBuf::from("/")));
}

#[cfg(unix)]
#[test]
fn links_and_special_files_are_left_out_and_named() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use std::os::unix::fs::symlink;
    let disk = Disk::new();
    disk.file("a/file", "");
    disk.file("secret/key", "");
    symlink(disk.path("secret"), disk.path("a/folder link")).unwrap();
    symlink(disk.path("secret/key"), disk.path("a/file link")).unwrap();
    symlink("nowhere", disk.path("a/dangling")).unwrap();
    symlink(".", disk.path("a/loop")).unwrap();
    mknodat(CWD, disk.path("a/pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(disk.path("a/socket")).unwrap();
    let scanned = disk.scan(&["a"]).unwrap();
    assert_eq!(disk.listed(), ["a/", "a/file 0"]);
    let mut skipped: Vec<_> = scanned.skipped.first.iter().map(|(path, why)| (path.clone(), why.to_string())).collect();
    skipped.sort();
    let link = |path: &str| (disk.real(path), "is a link".to_owned());
    let special = |path: &str| (disk.real(path), "is neither a file nor a folder".to_owned());
    assert_eq!(
        skipped,
        [
            link("a/dangling"),
            link("a/file link"),
            link("a/folder link"),
            link("a/loop"),
            special("a/pipe"),
            special("a/socket")
        ]
    );
    assert_eq!(scanned.skipped.count, 6);
}

#[cfg(unix)]
#[test]
fn a_link_that_was_picked_stands_for_what_it_leads_to() {
    let disk = Disk::new();
    disk.file("data/v1/report", "hola");
    std::os::unix::fs::symlink("data/v1", disk.path("current")).unwrap();
    let scanned = disk.scan(&["current", "data/v1"]).unwrap();
    assert_eq!(disk.listed(), ["current/", "current/report 4"]);
    assert_eq!(scanned.items, [Item { name: b"current".to_vec(), source: disk.real("data/v1") }]);
}

#[test]
fn only_the_first_that_are_left_out_are_named() {
    let disk = Disk::new();
    let mut scan = Scan::begin(&disk.path("transfer/manifest")).unwrap();
    for number in 0..300 {
        scan.skip(Path::new(&number.to_string()), FileReason::Link.into());
    }
    assert_eq!((scan.skipped.count, scan.skipped.first.len()), (300, MAX_NAMED));
    assert_eq!(scan.skipped.first[99].0, Path::new("99"));
}

#[test]
fn a_tree_deeper_than_a_path_may_be_ends_there() {
    let disk = Disk::new();
    disk.folder(&["d"; 200].join("/"));
    let scanned = disk.scan(&["d"]).unwrap();
    assert_eq!(scanned.summary.folders, MAX_COMPONENTS as u64);
    let deepest = disk.real(&["d"; MAX_COMPONENTS + 1].join("/"));
    assert_eq!(scanned.skipped, Skipped { count: 1, first: vec![(deepest, Reason::TooDeep(MAX_COMPONENTS as u64))] });
}

/// What has too long a path for the system can't be read, whoever asks; permissions don't stop every user.
#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_left_out_and_named() {
    use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};
    let disk = Disk::new();
    disk.file("a/file", "");
    let name = "n".repeat(MAX_COMPONENT_BYTES);
    let mut folder = openat(CWD, disk.path("a"), OFlags::RDONLY, Mode::empty()).unwrap();
    for _ in 0..20 {
        mkdirat(&folder, &name, Mode::RWXU).unwrap();
        folder = openat(&folder, &name, OFlags::RDONLY, Mode::empty()).unwrap();
    }
    let scanned = disk.scan(&["a"]).unwrap();
    assert_eq!(scanned.skipped.count, 1);
    assert!(scanned.skipped.first[0].1.to_string().starts_with("can't be read: "), "{:?}", scanned.skipped);
    assert!((10..20).contains(&scanned.summary.folders));
    assert!(disk.listed().contains(&"a/file 0".to_owned()));
}

#[cfg(unix)]
#[test]
fn what_this_user_may_not_read_is_left_out_or_refused() {
    use std::os::unix::fs::PermissionsExt;
    let disk = Disk::new();
    for path in ["a/open", "a/closed", "a/folder/file"] {
        disk.file(path, "");
    }
    for path in ["a/closed", "a/folder"] {
        fs::set_permissions(disk.path(path), fs::Permissions::from_mode(0o000)).unwrap();
    }
    let scanned = disk.scan(&["a"]);
    let picked = disk.scan(&["a/closed"]);
    fs::set_permissions(disk.path("a/folder"), fs::Permissions::from_mode(0o700)).unwrap();
    // Nothing is closed to root.
    if rustix::process::geteuid().is_root() {
        assert_eq!(scanned.unwrap().summary.files, 3);
        assert!(picked.is_ok());
        return;
    }
    let scanned = scanned.unwrap();
    assert_eq!((scanned.summary.entries, scanned.skipped.count), (2, 2));
    assert!(matches!(picked.unwrap_err(), ScanError::Unreadable { path, .. } if path == disk.real("a/closed")));
}

#[test]
fn the_manifest_is_not_in_itself() {
    let disk = Disk::new();
    disk.file("transfer/other", "");
    fs::write(disk.path("transfer/manifest"), "an older one").unwrap();
    let scanned = disk.scan(&["transfer"]).unwrap();
    assert_eq!(disk.listed(), ["transfer/", "transfer/other 0"]);
    assert_eq!(scanned.skipped, Skipped::default());
}

#[test]
fn where_nothing_can_be_offered_the_person_hears_why() {
    let disk = Disk::new();
    assert_eq!(disk.scan(&[]).unwrap_err(), ScanError::Empty);
    disk.file("here", "");
    let ScanError::Unreadable { path, .. } = disk.scan(&["here", "gone"]).unwrap_err() else { panic!("another error") };
    assert_eq!(path, disk.path("gone"));
    assert_eq!(disk.scan(&["here"; MAX_ITEMS + 1]).unwrap_err(), ScanError::TooMuch(Misfit::Items));
    #[cfg(unix)]
    {
        let _socket = std::os::unix::net::UnixListener::bind(disk.path("socket")).unwrap();
        let error = disk.scan(&["socket"]).unwrap_err();
        assert_eq!(error, ScanError::Nothing { path: disk.real("socket"), reason: FileReason::Special.into() });
        assert_eq!(disk.scan(&["socket", "here"]).unwrap().items.len(), 1);
    }
    let error = scan(&[disk.path("here")], &disk.path("no folder/manifest")).unwrap_err();
    assert!(matches!(error, ScanError::Manifest(_)));
    // A failed scan leaves nothing behind.
    fs::remove_file(disk.path("transfer/manifest")).ok();
    disk.scan(&["here", "gone"]).unwrap_err();
    assert_eq!(fs::read_dir(disk.path("transfer")).unwrap().count(), 0);
}

#[test]
fn a_folder_of_many_files_is_one_walk() {
    let disk = Disk::new();
    disk.folder("many");
    for number in 0..5_000 {
        File::create(disk.path("many").join(number.to_string())).unwrap();
    }
    let scanned = disk.scan(&["many"]).unwrap();
    assert_eq!((scanned.summary.files, scanned.summary.units), (5_000, 5_000));
    assert_eq!(examine(&disk.path("transfer/manifest")).unwrap(), scanned.summary);
}

#[test]
fn ten_thousand_items_of_one_name_are_told_apart_in_one_go() {
    let disk = Disk::new();
    let mut scan = Scan::begin(&disk.path("transfer/manifest")).unwrap();
    let names: HashSet<_> = (0..MAX_ITEMS).map(|_| scan.free_name(b"index.html".to_vec())).collect();
    assert_eq!(names.len(), MAX_ITEMS);
    assert!(names.contains(format!("index ({MAX_ITEMS}).html").as_bytes()));
}
