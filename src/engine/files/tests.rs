//! What the tests of both sides stand on: an offer of files that are made for it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::keep::Keep;
use super::offer::look;
use crate::model::TransferId;

/// So many bytes that differ from those of another seed.
pub(super) fn content(bytes: usize, seed: u64) -> Vec<u8> {
    let mut content = vec![0; bytes];
    fastrand::Rng::with_seed(seed).fill(&mut content);
    content
}

/// What is offered, in a folder of its own, and what is kept of the offer.
pub(super) struct Offer {
    dir: TempDir,
}

impl Offer {
    /// Files with their content, and folders.
    pub(super) fn new(things: &[(&str, Option<Vec<u8>>)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let offer = Self { dir };
        for (name, content) in things {
            let path = offer.path(name);
            match content {
                Some(content) => {
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(path, content).unwrap();
                }
                None => fs::create_dir_all(path).unwrap(),
            }
        }
        offer.scanned_again()
    }

    /// The same, offered as it is now.
    pub(super) fn scanned_again(self) -> Self {
        let mut items: Vec<PathBuf> =
            fs::read_dir(self.dir.path().join("shared")).unwrap().map(|entry| entry.unwrap().path()).collect();
        items.sort();
        look(&self.keep(), &items).unwrap();
        self
    }

    pub(super) fn keep(&self) -> Keep {
        Keep::of(self.dir.path(), TransferId::from_bytes([1; 16]))
    }

    /// Where something of it lies.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("shared").join(name)
    }

    /// Everything in it: folders, and files with their content.
    pub(super) fn tree(&self) -> BTreeMap<String, Option<Vec<u8>>> {
        let shared = self.dir.path().join("shared");
        let name = |path: &Path| path.strip_prefix(&shared).unwrap().to_str().unwrap().to_owned();
        walkdir::WalkDir::new(&shared)
            .min_depth(1)
            .into_iter()
            .map(Result::unwrap)
            .map(|entry| (name(entry.path()), entry.file_type().is_file().then(|| fs::read(entry.path()).unwrap())))
            .collect()
    }
}
