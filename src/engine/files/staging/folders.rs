//! The folders beneath a staging folder, opened one component after another without following links.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cap_fs_ext::DirExt;
use cap_std::fs::Dir;

use crate::model::{FileName, Plain};

/// Names that are tried before giving up: `report.pdf`, `report (2).pdf`, …
pub(super) const MAX_NUMBER: u32 = 9_999;

/// Deepest path. Removing a tree takes a file descriptor a level.
const MAX_DEPTH: usize = 100;

/// Handles of the folder and of what was used last in it, for any number of threads.
pub(super) struct Folders {
    state: Mutex<State>,
}

struct State {
    /// `None` once the folder is removed: Windows removes nothing that is open.
    root: Option<Arc<Dir>>,
    /// The folder used last. Files come folder by folder, so that nearly all need no other.
    last: Option<(Vec<FileName>, Arc<Dir>)>,
}

impl Folders {
    pub(super) fn new(root: Dir) -> Self {
        Self { state: Mutex::new(State { root: Some(Arc::new(root)), last: None }) }
    }

    /// The staging folder itself.
    pub(super) fn root(&self) -> io::Result<Arc<Dir>> {
        self.state().root.clone().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Closes what is open beneath the folder.
    pub(super) fn forget(&self) {
        self.state().last = None;
    }

    /// Closes everything, for good.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.root = None;
        state.last = None;
    }

    /// Opens a folder and makes it, and those above it, where there's none.
    pub(super) fn make(&self, path: &[FileName]) -> io::Result<Arc<Dir>> {
        self.reach(path, true)
    }

    /// Opens a folder.
    pub(super) fn open(&self, path: &[FileName]) -> io::Result<Arc<Dir>> {
        self.reach(path, false)
    }

    /// Does something in a folder.
    pub(super) fn within<T>(&self, path: &[FileName], act: impl FnMut(&Dir) -> io::Result<T>) -> io::Result<T> {
        self.within_opened(path, false, act)
    }

    /// Does something in a folder, which is made where there's none.
    pub(super) fn within_made<T>(&self, path: &[FileName], act: impl FnMut(&Dir) -> io::Result<T>) -> io::Result<T> {
        self.within_opened(path, true, act)
    }

    fn within_opened<T>(
        &self,
        path: &[FileName],
        make: bool,
        mut act: impl FnMut(&Dir) -> io::Result<T>,
    ) -> io::Result<T> {
        match act(&*self.reach(path, make)?) {
            // The folder may have been removed, and another made, since it was opened.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.forget();
                act(&*self.reach(path, make)?)
            }
            done => done,
        }
    }

    fn reach(&self, path: &[FileName], make: bool) -> io::Result<Arc<Dir>> {
        if path.len() > MAX_DEPTH {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, Plain::FoldersTooDeep.words()));
        }
        let (mut folder, deeper) = self.nearest(path)?;
        if deeper.is_empty() {
            return Ok(folder);
        }
        for name in deeper {
            folder = Arc::new(descend(&folder, name.as_str(), make)?);
        }
        self.state().last = Some((path.to_vec(), folder.clone()));
        Ok(folder)
    }

    /// The open folder from which the way to `path` is shortest, and the rest of the way.
    fn nearest<'a>(&self, path: &'a [FileName]) -> io::Result<(Arc<Dir>, &'a [FileName])> {
        if let Some((last, folder)) = &self.state().last
            && let Some(deeper) = path.strip_prefix(last.as_slice())
        {
            return Ok((folder.clone(), deeper));
        }
        Ok((self.root()?, path))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens a folder in another one, and makes it if it's wanted and there's none.
pub(super) fn descend(folder: &Dir, name: &str, make: bool) -> io::Result<Dir> {
    match folder.open_dir_nofollow(name) {
        Err(error) if make && error.kind() == io::ErrorKind::NotFound => {
            or_taken(folder.create_dir(name))?;
            folder.open_dir_nofollow(name)
        }
        opened => opened,
    }
}

/// The files in a folder and in those beneath it.
pub(super) fn count_files(folder: &Dir) -> io::Result<u64> {
    let mut files = 0;
    for entry in folder.entries()? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            files += count_files(&folder.open_dir_nofollow(entry.file_name())?)?;
        }
        files += u64::from(kind.is_file());
    }
    Ok(files)
}

/// Tries `name` and its numbered kin until one isn't taken.
pub(super) fn first_free<T>(
    name: &FileName,
    mut take: impl FnMut(&FileName) -> io::Result<T>,
) -> io::Result<(T, FileName)> {
    if let Some(taken) = or_taken(take(name))? {
        return Ok((taken, name.clone()));
    }
    let (number, taken) = first_free_number(name, 2, &mut take)?;
    Ok((taken, name.numbered(number)))
}

/// Tries the numbered kin of `name` from a number on. That which wasn't taken.
pub(super) fn first_free_number<T>(
    name: &FileName,
    first: u32,
    take: &mut impl FnMut(&FileName) -> io::Result<T>,
) -> io::Result<(u32, T)> {
    for number in first..=MAX_NUMBER {
        if let Some(taken) = or_taken(take(&name.numbered(number)))? {
            return Ok((number, taken));
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// `None` where something has the name.
pub(super) fn or_taken<T>(tried: io::Result<T>) -> io::Result<Option<T>> {
    match tried {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
        tried => tried.map(Some),
    }
}
