//! What is kept of a transfer beside the database: a folder in the profile with the offer's manifest and, at the
//! receiver's, how far it is. Blocks; not for the engine's task.

use std::collections::HashSet;
use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};

use crate::model::{FileName, TransferId};

/// The folder in a profile that holds those of its transfers.
const TRANSFERS: &str = "transfers";

/// The folder of one transfer.
#[derive(Debug, Clone)]
pub(super) struct Keep {
    dir: PathBuf,
}

impl Keep {
    /// That of the transfer `id` of a profile. It may not exist yet.
    pub(super) fn of(profile: &Path, id: TransferId) -> Self {
        Self { dir: profile.join(TRANSFERS).join(id.to_string()) }
    }

    /// Makes it, for this user alone, if there's none.
    pub(super) fn make(&self) -> io::Result<()> {
        make(&self.dir)
    }

    /// What the offer holds.
    pub(super) fn manifest(&self) -> PathBuf {
        self.dir.join("manifest")
    }

    /// What has come of the manifest so far.
    pub(super) fn manifest_part(&self) -> PathBuf {
        self.dir.join("manifest.part")
    }

    /// Where the offer's items lie, at its sender's.
    pub(super) fn items(&self) -> PathBuf {
        self.dir.join("items")
    }

    /// Makes the folder of a file that was made for the offer, and says where in it that is to lie: apart, as it may be
    /// called anything.
    pub(super) fn make_made(&self, name: &FileName) -> io::Result<PathBuf> {
        let folder = self.made();
        make(&folder)?;
        Ok(folder.join(name.as_str()))
    }

    /// What holds a file that was made for the offer.
    pub(super) fn made(&self) -> PathBuf {
        self.dir.join("made")
    }

    /// The units that have come.
    pub(super) fn record(&self) -> PathBuf {
        self.dir.join("record")
    }

    /// That all has come, and is being given its names.
    pub(super) fn naming(&self) -> PathBuf {
        self.dir.join("naming")
    }

    /// Items that have been moved out of the staging folder.
    pub(super) fn moved(&self) -> PathBuf {
        self.dir.join("moved")
    }

    /// Where an attempt that failed in part has put what it had: the next one completes that.
    pub(super) fn landed(&self) -> PathBuf {
        self.dir.join("landed")
    }

    /// Removes what the next attempt of a transfer that failed has no use for. What came of an earlier one is in its place,
    /// and what was recorded of it is proven there; where nothing came, nothing stays.
    pub(super) fn clear(&self) -> io::Result<()> {
        if !self.landed().exists() {
            return self.remove();
        }
        for path in [self.naming(), self.moved(), self.manifest_part()] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Removes it with all that is in it. Gone already is fine.
    pub(super) fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn make(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Removes the folders of transfers that nobody needs any more: what a crash left.
pub(super) fn sweep(profile: &Path, needed: &HashSet<TransferId>) -> io::Result<()> {
    let folders = match fs::read_dir(profile.join(TRANSFERS)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        folders => folders?,
    };
    let needed: HashSet<String> = needed.iter().map(TransferId::to_string).collect();
    for folder in folders {
        let folder = folder?;
        if !folder.file_name().to_str().is_some_and(|name| needed.contains(name)) {
            fs::remove_dir_all(folder.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_needs_is_swept_away() {
        let profile = tempfile::tempdir().unwrap();
        sweep(profile.path(), &HashSet::new()).unwrap();
        let ids = [1, 2].map(|n| TransferId::from_bytes([n; 16]));
        for id in ids {
            let keep = Keep::of(profile.path(), id);
            keep.make().unwrap();
            fs::write(keep.manifest(), "…").unwrap();
        }
        sweep(profile.path(), &HashSet::from([ids[1]])).unwrap();
        assert!(!Keep::of(profile.path(), ids[0]).manifest().exists());
        let kept = Keep::of(profile.path(), ids[1]);
        assert!(kept.manifest().exists());
        kept.remove().unwrap();
        kept.remove().unwrap();
        assert!(!kept.manifest().exists());
    }
}
