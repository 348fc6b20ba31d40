//! Where a transfer is received: a folder of its own, `<title>.<short id>.part`, in the folder that the person chose. Files
//! come under numbers, get their names when all are there, and then move out.
//!
//! Everything in it is reached from its open handle, one component after another, no link is followed and nothing that
//! exists is replaced, whoever changes the tree meanwhile. Blocks; for the threads that write, not for the engine's task.

mod completing;
mod folders;
mod moving;
mod numbers;
mod space;
#[cfg(unix)]
#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cap_fs_ext::{DirExt, FollowSymlinks, MetadataExt, OpenOptionsFollowExt, SystemTimeSpec};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

use crate::model::{FileName, Plain};

pub(super) use completing::Stamp;
use folders::{Folders, descend, first_free};
pub(super) use numbers::Numbers;
pub(super) use space::{free_bytes, set_attributes};

/// What holds the files while they come, each under a number.
const NUMBERED: &str = "numbered";

/// What holds the offer's tree, into which they move when all are there.
const NAMED: &str = "named";

/// Numbered files in one folder. Each takes the next one where its predecessor is full.
const IN_ONE_FOLDER: u64 = 1 << 14;

/// The staging folder of one received transfer.
pub(super) struct Staging {
    path: PathBuf,
    /// Its own name in `target`.
    name: OsString,
    /// The folder in which it stands, and into which what is finished moves.
    target: Dir,
    numbered: Folders,
    named: Folders,
}

impl Staging {
    /// Makes `<title>.<short>.part`, numbered if that is taken, in `target`, an absolute path. `short` tells transfers of
    /// one title apart.
    ///
    /// # Errors
    /// Among others where there's no folder `target`: the disk that it was on may be gone.
    pub(super) fn create(target: &Path, title: &FileName, short: &str) -> io::Result<Self> {
        let folder = Dir::open_ambient_dir(target, ambient_authority())?;
        let name = title.with_ending(&format!(".{short}.part"));
        let ((), name) = first_free(&name, |name| folder.create_dir(name.as_str()))?;
        let name = OsStr::new(name.as_str());
        Self::beneath(folder.try_clone()?, target, name).inspect_err(|_| {
            let _ = remove(&folder, name);
        })
    }

    /// Opens one that was made before.
    ///
    /// # Errors
    /// `NotFound` if it's gone, or the folder that it's in; another if it isn't a plain folder any more.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let (target, name) = split(path)?;
        Self::beneath(Dir::open_ambient_dir(target, ambient_authority())?, target, name)
    }

    fn beneath(target: Dir, path: &Path, name: &OsStr) -> io::Result<Self> {
        let root = target.open_dir_nofollow(name)?;
        let part = |name| descend(&root, name, true).map(Folders::new);
        let (numbered, named) = (part(NUMBERED)?, part(NAMED)?);
        Ok(Self { path: path.join(name), name: name.to_owned(), target, numbered, named })
    }

    /// Where it is, to open it again.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes an empty file of a number, open for reading and writing. Whatever had that number goes.
    pub(super) fn create_file(&self, number: u64) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        let (folder, name) = numbered(number);
        self.numbered.within_made(&folder, |folder| {
            let created = match folder.open_with(name.as_str(), &options) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    folder.remove_file_or_symlink(name.as_str())?;
                    folder.open_with(name.as_str(), &options)
                }
                created => created,
            };
            created.map(cap_std::fs::File::into_std)
        })
    }

    /// Opens the file of a number, for reading and writing.
    ///
    /// # Errors
    /// `NotFound` if there's none, `InvalidInput` where it's no regular file, a link, or has a second name elsewhere: then
    /// its bytes aren't ours alone.
    pub(super) fn open_file(&self, number: u64) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).follow(FollowSymlinks::No);
        let (folder, name) = numbered(number);
        self.numbered.within(&folder, |folder| {
            if !is_plain(&folder.symlink_metadata(name.as_str())?) {
                return Err(not_plain());
            }
            let file = folder.open_with(name.as_str(), &options)?;
            if is_plain(&file.metadata()?) { Ok(file.into_std()) } else { Err(not_plain()) }
        })
    }

    /// Bytes of the file of a number. `None`: there's no such file, or nothing that is ours alone.
    pub(super) fn length(&self, number: u64) -> io::Result<Option<u64>> {
        let (folder, name) = numbered(number);
        match self.numbered.within(&folder, |folder| folder.symlink_metadata(name.as_str())) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            found => found.map(|found| is_plain(&found).then_some(found.len())),
        }
    }

    /// Removes the file of a number, or a link that has it. Gone already is fine.
    pub(super) fn remove_file(&self, number: u64) -> io::Result<()> {
        let (folder, name) = numbered(number);
        match self.numbered.within(&folder, |folder| folder.remove_file_or_symlink(name.as_str())) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// Makes a folder of the offer's tree and those above it. One that is there already is fine.
    ///
    /// # Errors
    /// Among others where there's a link or a file of that name.
    pub(super) fn folder(&self, path: &[FileName]) -> io::Result<()> {
        self.named.make(path).map(drop)
    }

    /// Moves the file of a number into the offer's tree, under its name there or the next free one like it: another
    /// spelling that this file system takes for the same may have it, or somebody else's file. The folders above it are
    /// made. Never replaces.
    ///
    /// # Errors
    /// `NotFound` where there's no file of that number, `AlreadyExists` where all names like it are taken.
    pub(super) fn name_file(
        &self,
        number: u64,
        parent: &[FileName],
        name: &FileName,
        numbers: &mut Numbers,
    ) -> io::Result<()> {
        let (folder, number) = numbered(number);
        let from = self.numbered.open(&folder)?;
        self.named.within_made(parent, |to| {
            numbers.first_free(parent, name, |name| moving::move_new(&from, &number, to, name))
        })
    }

    /// Sets the modification time of a folder of the tree; at the end, since whatever is put into it changes that.
    pub(super) fn set_folder_time(&self, path: &[FileName], modified: SystemTime) -> io::Result<()> {
        let (name, parent) = path.split_last().ok_or(io::ErrorKind::InvalidInput)?;
        let modified = cap_std::time::SystemTime::from_std(modified);
        self.named.within(parent, |folder| {
            folder.set_symlink_times(name.as_str(), None, Some(SystemTimeSpec::from(modified)))
        })
    }

    /// The files and folders that are the tree's top, sorted. Nothing in it may be open or in use.
    pub(super) fn items(&self) -> io::Result<Vec<FileName>> {
        let mut items = Vec::new();
        for entry in self.named.root()?.entries()? {
            let entry = entry?;
            let (name, kind) = (entry.file_name(), entry.file_type()?);
            let ours = |name: &&str| (kind.is_dir() || kind.is_file()) && FileName::safe(name).as_str() == *name;
            items.extend(name.to_str().filter(ours).map(FileName::safe));
        }
        items.sort();
        Ok(items)
    }

    /// How many files are in the tree.
    pub(super) fn count_named(&self) -> io::Result<u64> {
        folders::count_files(&*self.named.root()?)
    }

    /// Moves one of the [`items`](Self::items) out into the target folder, under its name or the next free one like it, and
    /// says where it is then. Nothing in that item may be open or in use. `before` hears each name before it's tried, so
    /// that the caller can note it: whoever finds the item gone after a crash knows where it is. Never replaces.
    pub(super) fn move_out(
        &self,
        name: &FileName,
        mut before: impl FnMut(&FileName) -> io::Result<()>,
    ) -> io::Result<PathBuf> {
        let root = self.named.root()?;
        self.named.forget();
        let ((), given) = first_free(name, |given| {
            before(given)?;
            moving::move_new(&root, name, &self.target, given)
        })?;
        self.named.forget();
        Ok(self.path.with_file_name(given.as_str()))
    }

    /// Makes everything in it durable. Where the system has no one call for that, the bytes of a file are its writer's to
    /// sync.
    pub(super) fn sync(&self) -> io::Result<()> {
        space::sync_all(&self.target.open_dir_nofollow(&self.name)?)
    }

    /// Makes the names of what has moved out durable.
    pub(super) fn sync_target(&self) -> io::Result<()> {
        space::sync_names(&self.target)
    }

    /// Removes it with all that is in it; links are removed, not followed. Gone already is fine. Nobody may be at work in
    /// it any more; what is called later fails with `NotFound`.
    ///
    /// # Errors
    /// Among others where something else has its name now, which then stays.
    pub(super) fn remove(&self) -> io::Result<()> {
        self.numbered.close();
        self.named.close();
        remove(&self.target, &self.name)
    }

    /// The same for one that a former run left.
    ///
    /// # Errors
    /// Also where the folder that it's in can't be opened: the disk may come back.
    pub(super) fn remove_left(path: &Path) -> io::Result<()> {
        let (target, name) = split(path)?;
        remove(&Dir::open_ambient_dir(target, ambient_authority())?, name)
    }
}

fn split(path: &Path) -> io::Result<(&Path, &OsStr)> {
    path.parent().zip(path.file_name()).ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

fn remove(target: &Dir, name: &OsStr) -> io::Result<()> {
    let removed = match target.symlink_metadata(name) {
        Ok(metadata) if !metadata.is_dir() => Err(io::ErrorKind::NotADirectory.into()),
        Ok(_) => target.remove_dir_all(name),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// The folder that holds the file of a number, and the file's name in it.
fn numbered(number: u64) -> ([FileName; 1], FileName) {
    let name = |number: u64| FileName::safe(&number.to_string());
    ([name(number / IN_ONE_FOLDER)], name(number))
}

fn is_plain(metadata: &cap_std::fs::Metadata) -> bool {
    metadata.is_file() && metadata.nlink() <= 1
}

fn not_plain() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, Plain::NotAPlainFile.words())
}
