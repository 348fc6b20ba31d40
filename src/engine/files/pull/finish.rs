//! The end of a transfer: everything that came goes out of the staging folder, under its own name.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;

use super::entry::{FileEntry, has_no_place, safe_path, time};
use super::names::Names;
use super::{Pull, lock};
use crate::engine::files::manifest::Reader;
use crate::model::FileName;
use crate::protocol::wire::manifest::EntryKind;

/// What a transfer came to.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::engine::files) struct Finished {
    /// Where it is: its one item, or the folder that holds its items. `None`: nothing could be had.
    pub(in crate::engine::files) saved_to: Option<PathBuf>,
    /// What couldn't be had, in words. `None`: everything is there.
    pub(in crate::engine::files) lost: Option<String>,
}

impl Pull {
    /// Moves everything out. Done again after a crash, it goes on where it was.
    pub(in crate::engine::files) fn finish(&self) -> io::Result<Finished> {
        let _work = self.at_work();
        let lost = self.lost();
        self.set_folder_times()?;
        self.staging.sync()?;
        let items = self.items()?;
        let mut moved = Names::open(&self.keep.moved())?;
        let mut saved = Vec::new();
        for (number, item) in items.iter().enumerate() {
            saved.extend(self.move_out(number as u64, item, &mut moved)?);
        }
        let saved_to = match saved.as_slice() {
            [] => None,
            [one] if items.len() == 1 => Some(one.clone()),
            _ => Some(self.folder.clone()),
        };
        Ok(Finished { saved_to, lost })
    }

    fn lost(&self) -> Option<String> {
        let plan = self.plan();
        let (count, first) = plan.failures();
        let first = first?;
        Some(match count {
            1 => first.to_owned(),
            _ => format!("{count} of {} files could not be had; the first: {first}", self.summary.files),
        })
    }

    /// The names of the offer's items here, in the order of the manifest.
    fn items(&self) -> io::Result<Vec<FileName>> {
        let mut reader = Reader::open(&self.keep.manifest(), 0)?;
        let (mut items, mut seen) = (Vec::new(), HashSet::new());
        let mut last = None;
        while let Some((_, mut entry)) = reader.next()? {
            if last.as_ref() == entry.path.first() {
                continue;
            }
            entry.path.truncate(1);
            last = entry.path.first().cloned();
            items.extend(safe_path(&entry).into_iter().filter(|item| seen.insert(item.clone())));
        }
        // Files on their own whose names clash have got others.
        let mut reader = Reader::open(&self.keep.manifest(), 0)?;
        let mut first = 0;
        while let Some((at, entry)) = reader.next()? {
            if let Ok(file) = FileEntry::new(&entry, at, first)
                && file.parent.is_empty()
                && let Some(name) = lock(&self.names).get(first)
                && seen.insert(name.clone())
            {
                items.push(name.clone());
            }
            first += entry.units();
        }
        Ok(items)
    }

    /// Moves one item out, unless all of it lay there already. `None`: there's nothing of it.
    fn move_out(&self, number: u64, item: &FileName, moved: &mut Names) -> io::Result<Option<PathBuf>> {
        if !self.staging.holds(item)? {
            return Ok(moved.get(number).map(|name| self.folder.join(name.as_str())));
        }
        if self.plan().is_there_already(item) {
            return Ok(Some(self.folder.join(item.as_str())));
        }
        self.staging.move_out(item, |name| moved.note(number, name)).map(Some)
    }

    /// Folders have the times that they had at the sender's, now that nothing more is put into them.
    fn set_folder_times(&self) -> io::Result<()> {
        let mut reader = Reader::open(&self.keep.manifest(), 0)?;
        while let Some((_, entry)) = reader.next()? {
            if let EntryKind::Folder { modified } = entry.kind {
                match self.staging.set_folder_time(&safe_path(&entry), time(modified)) {
                    // It has been moved out already.
                    Err(error) if error.kind() != io::ErrorKind::NotFound && !has_no_place(&error) => {
                        return Err(error);
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}
