//! The end of a transfer: everything that came gets its name and goes out of the staging folder.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;

use super::entry::FileEntry;
use super::moved::Moved;
use super::naming::Naming;
use super::places::Place;
use super::{Fate, Pull, lock};
use crate::engine::files::keep::Keep;
use crate::engine::files::manifest::Reader;
use crate::engine::files::staging::set_attributes;
use crate::model::{FileName, Reason};

/// What a transfer came to.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::engine::files) struct Finished {
    /// Where it is: its one item, or the folder that holds its items. `None`: nothing could be had.
    pub(in crate::engine::files) saved_to: Option<PathBuf>,
    /// What couldn't be had. `None`: everything is there.
    pub(in crate::engine::files) lost: Option<Reason>,
}

/// Whether what came of a transfer may be on its way out of the staging folder, by what is kept of it.
pub(in crate::engine::files) fn is_landing(keep: &Keep) -> io::Result<bool> {
    Ok(Naming::read(&keep.naming())?.is_some_and(|naming| naming.named))
}

impl Pull {
    /// Gives everything its name and moves it out. Done again after a crash, it goes on where it was. `None`: something is
    /// missing after all and can be asked for, or it was told to stop; either way it's to be called again.
    pub(in crate::engine::files) fn finish(&self) -> io::Result<Option<Finished>> {
        let _work = self.at_work();
        let Some(mut naming) = self.begin_naming()? else { return Ok(None) };
        if !naming.named {
            if !self.give_names(&mut naming)? {
                return Ok(None);
            }
            self.staging.sync()?;
            if !self.land() {
                return Ok(None);
            }
            naming.named = true;
            naming.keep(&self.keep.naming())?;
        }
        let saved = self.move_out(&naming)?;
        self.staging.sync_target()?;
        if naming.why.is_some() {
            self.places.keep(&self.keep.landed(), Moved::open(&self.keep.moved())?.all())?;
        }
        let saved_to = match saved.as_slice() {
            [] => None,
            [one] if self.summary.items == 1 => Some(one.clone()),
            _ => Some(self.places.path([])),
        };
        Ok(Some(Finished { saved_to, lost: self.lost(naming) }))
    }

    /// Withdraws it. `false`: that comes too late, as what came may be on its way to where it belongs. Whoever is asked
    /// first decides, so that either all of it lands or nothing does.
    pub(in crate::engine::files) fn withdraw(&self) -> bool {
        let mut fate = lock(&self.fate);
        if *fate == Fate::Open {
            *fate = Fate::Withdrawn;
        }
        *fate == Fate::Withdrawn
    }

    /// What came goes where it belongs from now on, unless it's withdrawn.
    fn land(&self) -> bool {
        let mut fate = lock(&self.fate);
        if *fate == Fate::Open {
            *fate = Fate::Landing;
        }
        *fate == Fate::Landing
    }

    /// Makes sure that everything is there, for good, and keeps that it gets its names from now on.
    pub(super) fn begin_naming(&self) -> io::Result<Option<Naming>> {
        let kept = Naming::read(&self.keep.naming())?;
        if kept.is_some() {
            return Ok(kept);
        }
        if self.has_former() || self.is_halted() {
            return Ok(None);
        }
        if !self.is_whole()? || !self.settle()? {
            self.rewind()?;
            return Ok(None);
        }
        let there = self.items_there()?.iter().map(|item| item.as_str().to_owned()).collect();
        let (lost, why) = {
            let plan = self.plan();
            let (lost, why) = plan.failures();
            (lost as u64, why.cloned())
        };
        let naming = Naming { lost, why, there, named: false };
        self.staging.sync()?;
        self.record.sync()?;
        naming.keep(&self.keep.naming())?;
        Ok(Some(naming))
    }

    /// Whether each file that is recorded as whole is there as such; what isn't is struck out.
    fn settle(&self) -> io::Result<bool> {
        let (mut reader, mut first, mut all) = (Reader::open(&self.keep.manifest(), 0)?, 0, true);
        while let Some((at, entry)) = reader.next()? {
            if let Ok(file) = FileEntry::new(&entry, at, first)
                && self.has_come_whole(&file)
                && !self.settle_file(&file)?
            {
                self.staging.remove_file(file.first)?;
                self.strike_out_all(&file)?;
                all = false;
            }
            first += entry.units();
        }
        Ok(all)
    }

    fn settle_file(&self, file: &FileEntry) -> io::Result<bool> {
        if self.staging.length(file.first)? != Some(file.size) {
            return Ok(self.is_in_place(file));
        }
        // A small one got its attributes when it was written, and Linux makes all of them durable at once.
        if file.is_large() || !cfg!(target_os = "linux") {
            let opened = self.staging.open_file(file.first)?;
            set_attributes(&opened, file.modified, file.executable)?;
            if !cfg!(target_os = "linux") {
                opened.sync_all()?;
            }
        }
        Ok(true)
    }

    /// Whether all of a file is recorded.
    pub(super) fn has_come_whole(&self, file: &FileEntry) -> bool {
        self.record.has_all(file.all_units()) && !self.plan().has_failed(file)
    }

    fn lost(&self, naming: Naming) -> Option<Reason> {
        let first = naming.why?;
        Some(match naming.lost {
            1 => first,
            lost => Reason::Several { lost, files: self.summary.files, first: Box::new(first) },
        })
    }

    /// Moves out all that has a name, and says where everything is.
    fn move_out(&self, naming: &Naming) -> io::Result<Vec<PathBuf>> {
        let mut moved = Moved::open(&self.keep.moved())?;
        let items = self.staging.items()?;
        let held: HashSet<&FileName> = items.iter().collect();
        let out = moved.all().filter(|(item, _)| !held.contains(item)).map(|(_, place)| self.places.path_of(place));
        let there = naming.there.iter().map(|item| self.places.path([&FileName::safe(item)]));
        let mut saved: Vec<PathBuf> = there.chain(out).collect();
        // Most get their own names: those are noted together.
        for item in &items {
            let stamp = self.staging.stamp(item)?;
            let own = Place { name: item.clone(), stamp };
            moved.note(item, self.places.landed(item).unwrap_or(&own))?;
        }
        moved.sync()?;
        for item in &items {
            if let Some(place) = self.places.landed(item)
                && self.staging.complete(item, &place.name, place.stamp)?
            {
                saved.push(self.places.path_of(place));
                continue;
            }
            let stamp = self.staging.stamp(item)?;
            saved.push(self.staging.move_out(item, |name| {
                match moved.note(item, &Place { name: name.clone(), stamp })? {
                    true => moved.sync(),
                    false => Ok(()),
                }
            })?);
        }
        Ok(saved)
    }
}
