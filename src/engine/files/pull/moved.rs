//! Where the items of an offer have gone: noted before they move, so that they are found after a crash.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::places::Place;
use crate::engine::files::staging::Stamp;
use crate::model::FileName;

#[derive(Serialize, Deserialize)]
struct Line {
    item: String,
    name: String,
    #[serde(default)]
    stamp: Option<Stamp>,
}

/// The place that each item was given last in the folder that it moves into.
pub(super) struct Moved {
    file: File,
    places: HashMap<FileName, Place>,
}

impl Moved {
    /// Opens the notes of a transfer, or begins them.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        let mut places = HashMap::new();
        for line in BufReader::new(&file).lines() {
            // A last line that a crash cut off notes a name that wasn't given.
            if let Ok(Line { item, name, stamp }) = serde_json::from_str(&line?) {
                places.insert(FileName::safe(&item), Place { name: FileName::safe(&name), stamp });
            }
        }
        Ok(Self { file, places })
    }

    /// Forgets a transfer's.
    pub(super) fn remove(path: &Path) -> io::Result<()> {
        gone_is_fine(fs::remove_file(path))
    }

    /// The items that are noted, and where they are.
    pub(super) fn all(&self) -> impl Iterator<Item = (&FileName, &Place)> {
        self.places.iter()
    }

    /// Notes a place, unless it's noted already. Whether it wasn't: then it has to be [made durable](Self::sync).
    pub(super) fn note(&mut self, item: &FileName, place: &Place) -> io::Result<bool> {
        if self.places.get(item) == Some(place) {
            return Ok(false);
        }
        let (name, stamp) = (place.name.as_str().to_owned(), place.stamp);
        let line = Line { item: item.as_str().to_owned(), name, stamp };
        // Begun on a line of its own, after whatever a crash left.
        self.file.write_all(format!("\n{}\n", serde_json::to_string(&line)?).as_bytes())?;
        self.places.insert(item.clone(), place.clone());
        Ok(true)
    }

    /// Makes what is noted durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

pub(super) fn gone_is_fine(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_note_counts_and_a_line_that_was_cut_off_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("moved");
        let name = FileName::safe;
        let place = |given| Place { name: name(given), stamp: None };
        let mut moved = Moved::open(&path).unwrap();
        for (item, given) in [("a.txt", "a (2).txt"), ("b", "ñ\"\n"), ("a.txt", "a (3).txt")] {
            assert!(moved.note(&name(item), &place(given)).unwrap());
        }
        assert!(!moved.note(&name("a.txt"), &place("a (3).txt")).unwrap());
        let cut = fs::read(&path).unwrap();
        fs::write(&path, [&cut[..], b"{\"item\":\"c\",\"na"].concat()).unwrap();
        let mut moved = Moved::open(&path).unwrap();
        let noted = |moved: &Moved, item: &str| moved.places.get(&name(item)).map(|place| place.name.clone());
        assert_eq!(noted(&moved, "a.txt"), Some(name("a (3).txt")));
        assert_eq!(noted(&moved, "b"), Some(name("ñ\"\n")));
        assert_eq!(noted(&moved, "c"), None);
        moved.note(&name("c"), &place("c")).unwrap();
        assert_eq!(noted(&Moved::open(&path).unwrap(), "c"), Some(name("c")));
        Moved::remove(&path).unwrap();
        Moved::remove(&path).unwrap();
        assert_eq!(Moved::open(&path).unwrap().all().count(), 0);
    }
}
