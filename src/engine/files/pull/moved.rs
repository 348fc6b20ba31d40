//! Where the items of an offer have gone: noted before they move, so that they are found after a crash.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::model::FileName;

#[derive(Serialize, Deserialize)]
struct Line {
    item: String,
    name: String,
}

/// The name that each item was given last in the folder that it moves into.
pub(super) struct Moved {
    file: File,
    names: HashMap<FileName, FileName>,
}

impl Moved {
    /// Opens the notes of a transfer, or begins them.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        let mut names = HashMap::new();
        for line in BufReader::new(&file).lines() {
            // A last line that a crash cut off notes a name that wasn't given.
            if let Ok(Line { item, name }) = serde_json::from_str(&line?) {
                names.insert(FileName::safe(&item), FileName::safe(&name));
            }
        }
        Ok(Self { file, names })
    }

    /// Forgets a transfer's.
    pub(super) fn remove(path: &Path) -> io::Result<()> {
        gone_is_fine(fs::remove_file(path))
    }

    /// The items that are noted, and their names.
    pub(super) fn all(&self) -> impl Iterator<Item = (&FileName, &FileName)> {
        self.names.iter()
    }

    /// Notes a name, unless it's noted already. Whether it wasn't: then it has to be [made durable](Self::sync).
    pub(super) fn note(&mut self, item: &FileName, name: &FileName) -> io::Result<bool> {
        if self.names.get(item) == Some(name) {
            return Ok(false);
        }
        let line = Line { item: item.as_str().to_owned(), name: name.as_str().to_owned() };
        // Begun on a line of its own, after whatever a crash left.
        self.file.write_all(format!("\n{}\n", serde_json::to_string(&line)?).as_bytes())?;
        self.names.insert(item.clone(), name.clone());
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
        let mut moved = Moved::open(&path).unwrap();
        for (item, given) in [("a.txt", "a (2).txt"), ("b", "ñ\"\n"), ("a.txt", "a (3).txt")] {
            assert!(moved.note(&name(item), &name(given)).unwrap());
        }
        assert!(!moved.note(&name("a.txt"), &name("a (3).txt")).unwrap());
        let cut = fs::read(&path).unwrap();
        fs::write(&path, [&cut[..], b"{\"item\":\"c\",\"na"].concat()).unwrap();
        let mut moved = Moved::open(&path).unwrap();
        let noted = |moved: &Moved, item: &str| moved.names.get(&name(item)).cloned();
        assert_eq!(noted(&moved, "a.txt"), Some(name("a (3).txt")));
        assert_eq!(noted(&moved, "b"), Some(name("ñ\"\n")));
        assert_eq!(noted(&moved, "c"), None);
        moved.note(&name("c"), &name("c")).unwrap();
        assert_eq!(noted(&Moved::open(&path).unwrap(), "c"), Some(name("c")));
        Moved::remove(&path).unwrap();
        Moved::remove(&path).unwrap();
        assert_eq!(Moved::open(&path).unwrap().all().count(), 0);
    }
}
