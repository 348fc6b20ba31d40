//! The folders beneath a staging folder, opened one component after another without following links.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cap_fs_ext::DirExt;
use cap_std::fs::Dir;

use crate::model::FileName;

/// Names that are tried before giving up: `report.pdf`, `report (2).pdf`, …
const MAX_NUMBER: u32 = 9_999;

/// Deepest path. Removing a tree takes a file descriptor a level.
const MAX_DEPTH: usize = 100;

/// Most names whose last number is remembered.
const MAX_NUMBERED: usize = 1_024;

/// Handles of the folder and of what was used last in it, for any number of threads.
pub(super) struct Folders {
    state: Mutex<State>,
}

struct State {
    /// `None` once the folder is removed: Windows removes nothing that is open.
    root: Option<Arc<Dir>>,
    /// The folder used last. Files come folder by folder, so that nearly all need no other.
    last: Option<(Vec<FileName>, Arc<Dir>)>,
    /// The last number given to a name that was taken, so that thousands of files that all get one name don't each try
    /// thousands. Names in lower case: file systems that know no case have them clash.
    numbered: HashMap<(Vec<FileName>, String), u32>,
}

impl Folders {
    pub(super) fn new(root: Dir) -> Self {
        Self { state: Mutex::new(State { root: Some(Arc::new(root)), last: None, numbered: HashMap::new() }) }
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
        self.open(path, true)
    }

    /// Does something in a folder.
    pub(super) fn within<T>(&self, path: &[FileName], act: impl Fn(&Dir) -> io::Result<T>) -> io::Result<T> {
        self.within_opened(path, false, act)
    }

    /// Does something in a folder, which is made where there's none.
    pub(super) fn within_made<T>(&self, path: &[FileName], act: impl Fn(&Dir) -> io::Result<T>) -> io::Result<T> {
        self.within_opened(path, true, act)
    }

    /// Tries `name` and its numbered kin in the folder `path` until one isn't taken.
    pub(super) fn first_free<T>(
        &self,
        path: &[FileName],
        name: &FileName,
        mut take: impl FnMut(&FileName) -> io::Result<T>,
    ) -> io::Result<(T, FileName)> {
        if let Some(taken) = or_taken(take(name))? {
            return Ok((taken, name.clone()));
        }
        let key = (path.to_vec(), name.as_str().to_lowercase());
        let next = self.state().numbered.get(&key).map_or(2, |last| last.saturating_add(1));
        let (number, taken) = first_free_number(name, next, &mut take)?;
        self.remember(key, number);
        Ok((taken, name.numbered(number)))
    }

    fn remember(&self, key: (Vec<FileName>, String), number: u32) {
        let numbered = &mut self.state().numbered;
        if numbered.len() >= MAX_NUMBERED {
            numbered.clear();
        }
        numbered.insert(key, number);
    }

    fn within_opened<T>(&self, path: &[FileName], make: bool, act: impl Fn(&Dir) -> io::Result<T>) -> io::Result<T> {
        match act(&*self.open(path, make)?) {
            // The folder may have been removed, and another made, since it was opened.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.forget();
                act(&*self.open(path, make)?)
            }
            done => done,
        }
    }

    fn open(&self, path: &[FileName], make: bool) -> io::Result<Arc<Dir>> {
        if path.len() > MAX_DEPTH {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "folders too deep"));
        }
        let (mut folder, deeper) = self.nearest(path)?;
        if deeper.is_empty() {
            return Ok(folder);
        }
        for name in deeper {
            folder = Arc::new(descend(&folder, name, make)?);
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

fn descend(folder: &Dir, name: &FileName, make: bool) -> io::Result<Dir> {
    match folder.open_dir_nofollow(name.as_str()) {
        Err(error) if make && error.kind() == io::ErrorKind::NotFound => {
            or_taken(folder.create_dir(name.as_str()))?;
            folder.open_dir_nofollow(name.as_str())
        }
        opened => opened,
    }
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

fn first_free_number<T>(
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
fn or_taken<T>(tried: io::Result<T>) -> io::Result<Option<T>> {
    match tried {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
        tried => tried.map(Some),
    }
}
