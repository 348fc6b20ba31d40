//! Where a transfer is received: a folder of its own, `<title>.<short id>.part`, in the folder that the person chose.
//!
//! Everything in it is reached from its open handle, one component after another, no link is followed and nothing that
//! exists is replaced, whoever changes the tree meanwhile. Blocks; for the threads that write, not for the engine's task.

mod folders;
mod moving;
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

use crate::model::FileName;

use folders::{Folders, first_free};
pub(super) use space::{free_bytes, set_attributes};

/// The staging folder of one received transfer.
pub(super) struct Staging {
    path: PathBuf,
    /// Its own name in `target`.
    name: OsString,
    /// The folder in which it stands, and into which what is finished moves.
    target: Dir,
    folders: Folders,
}

impl Staging {
    /// Makes `<title>.<short>.part`, numbered if that is taken, in `target`, an absolute path, which is made if there's
    /// none. `short` tells transfers of one title apart.
    pub(super) fn create(target: &Path, title: &FileName, short: &str) -> io::Result<Self> {
        Dir::create_ambient_dir_all(target, ambient_authority())?;
        let folder = Dir::open_ambient_dir(target, ambient_authority())?;
        let name = title.with_ending(&format!(".{short}.part"));
        let ((), name) = first_free(&name, |name| folder.create_dir(name.as_str()))?;
        Self::beneath(folder, target, OsStr::new(name.as_str()))
    }

    /// Opens one that was made before.
    ///
    /// # Errors
    /// `NotFound` if it's gone; another if it isn't a plain folder any more.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let (Some(target), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        Self::beneath(Dir::open_ambient_dir(target, ambient_authority())?, target, name)
    }

    fn beneath(target: Dir, path: &Path, name: &OsStr) -> io::Result<Self> {
        let root = target.open_dir_nofollow(name)?;
        Ok(Self { path: path.join(name), name: name.to_owned(), target, folders: Folders::new(root) })
    }

    /// Where it is, to open it again.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a folder and those above it. One that is there already is fine.
    ///
    /// # Errors
    /// Among others where there's a link or a file of that name.
    pub(super) fn folder(&self, path: &[FileName]) -> io::Result<()> {
        self.folders.make(path).map(drop)
    }

    /// Makes a new empty file, open for reading and writing, and the folders above it. It's numbered if its name is
    /// taken: by another spelling that this file system takes for the same, or by somebody else's file.
    /// `before` hears each name before it's tried, so that the caller can note it.
    pub(super) fn create_file(
        &self,
        parent: &[FileName],
        name: &FileName,
        before: impl Fn(&FileName) -> io::Result<()>,
    ) -> io::Result<(File, FileName)> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        self.folders.within_made(parent, |folder| {
            let create = |name: &FileName| {
                before(name)?;
                folder.open_with(name.as_str(), &options)
            };
            self.folders.first_free(parent, name, create).map(into_std)
        })
    }

    /// Opens a file that was made before, for reading and writing.
    ///
    /// # Errors
    /// Among others where it's no regular file, a link, or has a second name elsewhere: then its bytes aren't ours alone.
    pub(super) fn open_file(&self, parent: &[FileName], name: &FileName) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).follow(FollowSymlinks::No);
        self.folders.within(parent, |folder| {
            let file = folder.open_with(name.as_str(), &options)?;
            let metadata = file.metadata()?;
            if !metadata.is_file() || metadata.nlink() > 1 {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file"));
            }
            Ok(file.into_std())
        })
    }

    /// Gives the file `from` the name `to` in its folder, or the next free one like it, and says which. Never replaces.
    /// `before` hears each name before it's tried.
    pub(super) fn name_file(
        &self,
        parent: &[FileName],
        from: &FileName,
        to: &FileName,
        before: impl Fn(&FileName) -> io::Result<()>,
    ) -> io::Result<FileName> {
        self.folders.within(parent, |folder| {
            let move_to = |to: &FileName| {
                before(to)?;
                moving::move_new(folder, from, folder, to)
            };
            self.folders.first_free(parent, to, move_to).map(|((), name)| name)
        })
    }

    /// Removes a file, or a link of that name.
    pub(super) fn remove_file(&self, parent: &[FileName], name: &FileName) -> io::Result<()> {
        self.folders.within(parent, |folder| folder.remove_file_or_symlink(name.as_str()))
    }

    /// Sets a folder's modification time; at the end, since whatever is put into it changes that.
    pub(super) fn set_folder_time(&self, path: &[FileName], modified: SystemTime) -> io::Result<()> {
        let (name, parent) = path.split_last().ok_or(io::ErrorKind::InvalidInput)?;
        let modified = cap_std::time::SystemTime::from_std(modified);
        self.folders.within(parent, |folder| {
            folder.set_symlink_times(name.as_str(), None, Some(SystemTimeSpec::from(modified)))
        })
    }

    /// Moves a top-level item out into the target folder, under its name or the next free one like it, and says where it
    /// is then. Nothing in that item may be open or in use. `before` hears each name before it's tried, so that the
    /// caller can note it: whoever finds after a crash that the staging folder [holds](Self::holds) the item no longer
    /// knows where it is. Never replaces.
    pub(super) fn move_out(
        &self,
        name: &FileName,
        mut before: impl FnMut(&FileName) -> io::Result<()>,
    ) -> io::Result<PathBuf> {
        let root = self.folders.root()?;
        self.folders.forget();
        let ((), given) = first_free(name, |given| {
            before(given)?;
            moving::move_new(&root, name, &self.target, given)
        })?;
        self.folders.forget();
        Ok(self.path.with_file_name(given.as_str()))
    }

    /// Whether a top-level item is still in it.
    pub(super) fn holds(&self, name: &FileName) -> io::Result<bool> {
        match self.folders.root()?.symlink_metadata(name.as_str()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            found => found.map(|_| true),
        }
    }

    /// Makes names and folders here and in the target folder durable. The bytes of a file are its writer's to sync.
    pub(super) fn sync(&self) -> io::Result<()> {
        space::sync(&*self.folders.root()?, &self.target)
    }

    /// Removes it with all that is in it; links are removed, not followed. Gone already is fine. Nobody may be at work in
    /// it any more; what is called later fails with `NotFound`.
    ///
    /// # Errors
    /// Among others where something else has its name now, which then stays.
    pub(super) fn remove(&self) -> io::Result<()> {
        self.folders.close();
        let removed = match self.target.symlink_metadata(&self.name) {
            Ok(metadata) if !metadata.is_dir() => Err(io::ErrorKind::NotADirectory.into()),
            Ok(_) => self.target.remove_dir_all(&self.name),
            Err(error) => Err(error),
        };
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}

fn into_std<T>((file, other): (cap_std::fs::File, T)) -> (File, T) {
    (file.into_std(), other)
}
