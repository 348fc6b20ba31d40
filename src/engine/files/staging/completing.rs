//! What an earlier attempt has moved out is completed: what it lacks is moved into it, and what is in it stays as it is.

use std::fs::File;
use std::io::{self, Read};
use std::time::{Duration, UNIX_EPOCH};

use cap_fs_ext::{DirExt, FollowSymlinks, MetadataExt, OpenOptionsFollowExt, SystemTimeSpec};
use cap_std::fs::{Dir, Metadata, OpenOptions};
use serde::{Deserialize, Serialize};

use super::Staging;
use super::folders::first_free;
use super::moving::move_new;
use crate::model::FileName;

/// What tells a folder from one that gets its name later: a file system may use its number again, but not at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Stamp {
    inode: u64,
    /// In nanoseconds since 1970.
    created: u64,
}

impl Stamp {
    /// `None` of anything but a folder, and where the file system doesn't tell: such a one is never taken for another.
    fn of(found: &Metadata) -> Option<Self> {
        let since: Duration = found.created().ok()?.into_std().duration_since(UNIX_EPOCH).ok()?;
        let created = u64::try_from(since.as_nanos()).ok().filter(|created| *created > 0)?;
        found.is_dir().then(|| Self { inode: found.ino(), created })
    }
}

impl Staging {
    /// What tells one of the [`items`](Self::items) from others, where it's a folder.
    pub(in super::super) fn stamp(&self, item: &FileName) -> io::Result<Option<Stamp>> {
        Ok(Stamp::of(&self.named.root()?.symlink_metadata(item.as_str())?))
    }

    /// Whether a folder that was moved out still lies there under its name.
    pub(in super::super) fn has_out(&self, name: &FileName, stamp: Stamp) -> bool {
        self.open_out(name, stamp).is_some()
    }

    fn open_out(&self, name: &FileName, stamp: Stamp) -> Option<Dir> {
        let folder = self.target.open_dir_nofollow(name.as_str()).ok()?;
        let found = folder.dir_metadata().ok()?;
        (Stamp::of(&found) == Some(stamp)).then_some(folder)
    }

    /// Moves what is missing of what was moved out as `name` from an item of this tree into it, without replacing anything:
    /// a file whose name is taken by another gets the next free one. Nothing in the item may be open or in use.
    ///
    /// `false`: what lies there under that name isn't what was moved out, so that the item has to
    /// [move out](Self::move_out) by itself.
    pub(in super::super) fn complete(
        &self,
        item: &FileName,
        name: &FileName,
        stamp: Option<Stamp>,
    ) -> io::Result<bool> {
        let root = self.named.root()?;
        self.named.forget();
        let Some(stamp) = stamp else {
            let is_file = root.symlink_metadata(item.as_str())?.is_file();
            return if is_file { drop_if_same(&root, item, &self.target, name) } else { Ok(false) };
        };
        let (Some(to), Ok(from)) = (self.open_out(name, stamp), root.open_dir_nofollow(item.as_str())) else {
            return Ok(false);
        };
        merge(&from, &to, (&self.target, name))?;
        drop((from, to));
        is_emptied(&root, item)?;
        // Names in the folders beneath are to be durable as well.
        super::space::sync_all(&self.target.open_dir_nofollow(name.as_str())?)?;
        Ok(true)
    }
}

/// Moves what `to` lacks of `from` into it. `place` is where `to` lies: it keeps its time.
fn merge(from: &Dir, to: &Dir, place: (&Dir, &FileName)) -> io::Result<()> {
    let modified = to.dir_metadata()?.modified()?;
    let mut moved = false;
    loop {
        // What moves meanwhile may hide others from the one who lists them: so it's listed until nothing goes any more.
        let mut gone = false;
        for entry in from.entries()? {
            let entry = entry?;
            let name = entry.file_name();
            // Nothing else was put there by us.
            let Some(name) = name.to_str().map(FileName::safe).filter(|safe| name == safe.as_str()) else { continue };
            let kind = entry.file_type()?;
            gone |= match kind {
                _ if kind.is_file() => move_file(from, &name, to)?,
                _ if kind.is_dir() => merge_folder(from, &name, to)?,
                _ => false,
            };
        }
        moved |= gone;
        if !gone {
            break;
        }
    }
    let (parent, name) = place;
    if moved { parent.set_symlink_times(name.as_str(), None, Some(SystemTimeSpec::from(modified))) } else { Ok(()) }
}

/// Whether it's gone from `from`.
fn move_file(from: &Dir, name: &FileName, to: &Dir) -> io::Result<bool> {
    first_free(name, |given| match move_new(from, name, to, given) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && drop_if_same(from, name, to, given)? => Ok(()),
        moved => moved,
    })?;
    Ok(true)
}

/// Whether it's gone from `from`.
fn merge_folder(from: &Dir, name: &FileName, to: &Dir) -> io::Result<bool> {
    match to.symlink_metadata(name.as_str()) {
        Ok(found) if found.is_dir() => {
            let (inner, outer) = (from.open_dir_nofollow(name.as_str())?, to.open_dir_nofollow(name.as_str())?);
            merge(&inner, &outer, (to, name))?;
            drop((inner, outer));
            is_emptied(from, name)
        }
        // A link is never followed: the folder gets the next free name.
        _ => first_free(name, |given| move_new(from, name, to, given)).map(|_| true),
    }
}

/// Removes a folder of which all has moved. `false`: somebody has put something into it.
fn is_emptied(parent: &Dir, name: &FileName) -> io::Result<bool> {
    match parent.remove_dir(name.as_str()) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
        removed => removed.map(|()| true),
    }
}

/// Removes a file that lies in `to` as `given` with the same content.
fn drop_if_same(from: &Dir, name: &FileName, to: &Dir, given: &FileName) -> io::Result<bool> {
    let (Some(mut ours), Some(mut theirs)) = (open(from, name), open(to, given)) else { return Ok(false) };
    if ours.metadata()?.len() != theirs.metadata()?.len() {
        return Ok(false);
    }
    let (mut one, mut other) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let read = ours.read(&mut one)?;
        let (Some(one), Some(other)) = (one.get(..read), other.get_mut(..read)) else { return Ok(false) };
        if read == 0 {
            break;
        }
        if theirs.read_exact(other).is_err() || one != other {
            return Ok(false);
        }
    }
    drop((ours, theirs));
    from.remove_file(name.as_str())?;
    Ok(true)
}

fn open(folder: &Dir, name: &FileName) -> Option<File> {
    let is_file = folder.symlink_metadata(name.as_str()).is_ok_and(|found| found.is_file());
    let mut options = OpenOptions::new();
    options.read(true).follow(FollowSymlinks::No);
    let file = is_file.then(|| folder.open_with(name.as_str(), &options).ok()).flatten()?;
    Some(file.into_std())
}
