//! Names that aren't what they should be, since that was taken: noted before they are given, so that a file is found under
//! its own name after a crash, and never another's under it.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::model::FileName;

/// Most names that are noted. Who offers more files that clash has made them so.
const MAX_NAMES: usize = 100_000;

#[derive(Serialize, Deserialize)]
struct Line {
    n: u64,
    name: String,
}

/// The names noted of one transfer, by a number for each.
pub(super) struct Names {
    file: File,
    names: HashMap<u64, FileName>,
}

impl Names {
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
            if let Ok(Line { n, name }) = serde_json::from_str(&line?) {
                names.insert(n, FileName::safe(&name));
            }
        }
        Ok(Self { file, names })
    }

    /// Whether nothing is noted.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The name noted for `number`.
    pub(super) fn get(&self, number: u64) -> Option<&FileName> {
        self.names.get(&number)
    }

    /// Notes a name.
    pub(super) fn note(&mut self, number: u64, name: &FileName) -> io::Result<()> {
        if self.names.len() >= MAX_NAMES && !self.names.contains_key(&number) {
            return Err(io::Error::other("too many files whose names clash"));
        }
        let line = serde_json::to_string(&Line { n: number, name: name.as_str().to_owned() })?;
        // Begun on a line of its own, after whatever a crash left.
        self.file.write_all(format!("\n{line}\n").as_bytes())?;
        self.names.insert(number, name.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_note_counts_and_a_line_that_was_cut_off_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("names");
        let mut names = Names::open(&path).unwrap();
        for (number, name) in [(7, "a (2).txt"), (8, "ñ\"\n"), (7, "a (3).txt")] {
            names.note(number, &FileName::safe(name)).unwrap();
        }
        let cut = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&cut[..], b"{\"n\":9,\"na"].concat()).unwrap();
        let mut names = Names::open(&path).unwrap();
        assert_eq!(names.get(7), Some(&FileName::safe("a (3).txt")));
        assert_eq!(names.get(8), Some(&FileName::safe("ñ\"\n")));
        assert_eq!(names.get(9), None);
        names.note(9, &FileName::safe("b")).unwrap();
        assert_eq!(Names::open(&path).unwrap().get(9), Some(&FileName::safe("b")));
    }
}
