use std::fs;
use std::io::Read;

use super::*;
use crate::protocol::wire::manifest::EntryKind;

struct Offer {
    dir: tempfile::TempDir,
    sources: Sources,
}

impl Offer {
    /// A file `plan`, and a folder `trip` with `trip/a` and `trip/photos/b`; each file holds its own path.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("trip/photos")).unwrap();
        for file in ["plan", "trip/a", "trip/photos/b"] {
            fs::write(dir.path().join(file), file).unwrap();
        }
        let root = fs::canonicalize(dir.path()).unwrap();
        let item = |name: &str| Item { name: name.as_bytes().to_vec(), source: root.join(name) };
        let sources = Sources::new(vec![item("plan"), item("trip")]);
        Self { dir, sources }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn read(&mut self, path: &str) -> io::Result<String> {
        let path = path.split('/').map(|name| name.as_bytes().to_vec()).collect();
        let kind = EntryKind::File { size: 0, modified: 0, executable: false };
        let mut text = String::new();
        self.sources.open(&Entry { path, kind })?.read_to_string(&mut text)?;
        Ok(text)
    }
}

#[test]
fn entries_are_opened_where_they_lie() {
    let mut offer = Offer::new();
    for path in ["plan", "trip/a", "trip/photos/b", "trip/photos/b", "trip/a"] {
        assert_eq!(offer.read(path).unwrap(), path);
    }
    for path in ["other", "other/a", "trip/c", "trip/other/a", "plan/a"] {
        assert!(offer.read(path).is_err(), "{path}");
    }
    for path in ["trip", "trip/photos"] {
        assert!(offer.read(path).is_err(), "{path}");
    }
}

#[test]
fn a_folder_that_was_put_in_the_place_of_another_is_noticed() {
    let mut offer = Offer::new();
    assert_eq!(offer.read("trip/photos/b").unwrap(), "trip/photos/b");
    fs::rename(offer.path("trip/photos"), offer.path("old")).unwrap();
    fs::create_dir(offer.path("trip/photos")).unwrap();
    fs::write(offer.path("trip/photos/c"), "new").unwrap();
    assert_eq!(offer.read("trip/photos/c").unwrap(), "new");
    assert!(offer.read("trip/photos/b").is_err());
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed_wherever_it_was_planted() {
    use std::os::unix::fs::symlink;
    for planted in ["plan", "trip/a", "trip/photos", "trip"] {
        for read_before in [true, false] {
            let mut offer = Offer::new();
            let file = match planted {
                "trip/photos" => "trip/photos/b",
                "trip" => "trip/a",
                file => file,
            };
            if read_before {
                offer.read(file).unwrap();
            }
            fs::create_dir(offer.path("away")).unwrap();
            fs::rename(offer.path(planted), offer.path("away/target")).unwrap();
            symlink(offer.path("away/target"), offer.path(planted)).unwrap();
            let was_opened = read_before && planted.starts_with("trip") && planted != "trip/a";
            if was_opened {
                // The folder that is open is the one that was offered, wherever it lies now.
                assert_eq!(offer.read(file).unwrap(), file);
            } else {
                assert!(offer.read(file).is_err(), "{planted}");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_a_file_is_an_error_and_no_wait() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    for path in ["plan", "trip/a"] {
        let mut offer = Offer::new();
        fs::remove_file(offer.path(path)).unwrap();
        mknodat(CWD, offer.path(path), FileType::Fifo, Mode::RUSR, 0).unwrap();
        assert!(offer.read(path).unwrap_err().to_string().contains("not a file"));
    }
}

#[test]
fn times_reach_before_1970() {
    let file = tempfile::tempfile().unwrap();
    for nanos in [0, 1_000_000_000, -1_500_000_000] {
        let duration = Duration::from_nanos(i64::unsigned_abs(nanos));
        let time = if nanos < 0 { UNIX_EPOCH - duration } else { UNIX_EPOCH + duration };
        file.set_modified(time).unwrap();
        assert_eq!(modified(&file.metadata().unwrap()), nanos);
    }
}
