//! The receiver fetches the manifest of what it has accepted, before anything else.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};

use tokio::sync::mpsc;

use super::Purpose;
use super::download::Frames;
use super::keep::Keep;
use crate::engine::core::Core;
use crate::model::{Plain, TransferId};
use crate::net::Frame;
use crate::protocol::wire::file::Ask;
use crate::protocol::wire::manifest::{MAX_MANIFEST_BYTES, UNIT};

/// Units of one answer that may have come and wait to be written.
const UNITS_AHEAD: usize = 4;

/// What came of asking for a part of a manifest.
enum Fetched {
    /// All of what was asked for: there may be more.
    More,
    /// The manifest is whole.
    Whole,
    /// It broke off.
    Broken,
    /// What came can't be a manifest.
    Nonsense,
}

/// The first unit of a manifest that isn't here yet.
pub(super) fn fetched(keep: &Keep) -> u64 {
    std::fs::metadata(keep.manifest_part()).map_or(0, |part| part.len() / UNIT)
}

impl Core {
    /// Asks for the manifest from a unit on.
    pub(super) fn fetch_manifest(&mut self, id: TransferId, unit: u64) {
        let Some((row, attempt)) = self.attempt(id) else { return };
        let peer = row.transfer.peer_id;
        let units = self.files.paces.entry(peer).or_default().range() / UNIT;
        let (sink, frames) = mpsc::channel(UNITS_AHEAD);
        let request = self.node.file(&peer, id, Ask::Manifest { unit, units }, Some(sink));
        self.files.requests.insert(request, Purpose::Pull(id, attempt));
        let keep = self.keep_of(id);
        let work = tokio::task::spawn_blocking(move || take(&keep, unit, units, frames));
        self.beside(work, move |core, fetched| {
            if core.attempt(id).is_none_or(|(_, current)| current != attempt) {
                return;
            }
            match fetched.unwrap_or_else(|error| Err(io::Error::other(error))) {
                Ok(Fetched::More) => core.fetch_manifest(id, unit + units),
                Ok(Fetched::Whole) => core.begin(id),
                Ok(Fetched::Broken) => core.rest(id),
                Ok(Fetched::Nonsense) => {
                    core.give_up(id, Plain::ListUnreadable);
                }
                Err(error) => {
                    core.files.downloads.remove(&id);
                    core.disk_refused(id, &error);
                }
            }
        });
    }
}

/// Writes the units of a manifest that come, from `unit` on, of which so many were asked for. A whole one gets its name.
fn take(keep: &Keep, unit: u64, units: u64, mut frames: Frames) -> io::Result<Fetched> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(keep.manifest_part())?;
    file.set_len(unit * UNIT)?;
    file.seek(SeekFrom::End(0))?;
    let mut length = unit * UNIT;
    for _ in 0..=units {
        match frames.blocking_recv() {
            Some(Frame::Unit(bytes, hash)) => {
                length += bytes.len() as u64;
                if blake3::hash(&bytes).as_bytes() != &hash || length > MAX_MANIFEST_BYTES {
                    return Ok(Fetched::Nonsense);
                }
                file.write_all(&bytes)?;
            }
            Some(Frame::End) if length == (unit + units) * UNIT => return Ok(Fetched::More),
            Some(Frame::End) => return named(keep, &file),
            Some(_) => return Ok(Fetched::Nonsense),
            None => return Ok(Fetched::Broken),
        }
    }
    Ok(Fetched::Nonsense)
}

fn named(keep: &Keep, file: &File) -> io::Result<Fetched> {
    file.sync_all()?;
    std::fs::rename(keep.manifest_part(), keep.manifest())?;
    Ok(Fetched::Whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::files::tests::content;

    /// What becomes of units of a manifest that come, and whether an end does.
    fn came(keep: &Keep, unit: u64, units: &[&[u8]], ends: bool) -> Fetched {
        let (sink, frames) = mpsc::channel(units.len() + 1);
        let frame = |bytes: &&[u8]| Frame::Unit(bytes.to_vec(), *blake3::hash(bytes).as_bytes());
        units.iter().map(frame).chain(ends.then_some(Frame::End)).for_each(|frame| sink.try_send(frame).unwrap());
        drop(sink);
        take(keep, unit, 2, frames).unwrap()
    }

    #[test]
    fn what_breaks_off_goes_on_from_the_first_unit_that_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let keep = Keep::of(dir.path(), TransferId::from_bytes([7; 16]));
        keep.make().unwrap();
        let manifest = content(4 * UNIT as usize + 10, 1);
        let units: Vec<&[u8]> = manifest.chunks(UNIT as usize).collect();
        assert_eq!(fetched(&keep), 0);
        assert!(matches!(came(&keep, 0, &units[..2], true), Fetched::More));
        assert!(matches!(came(&keep, 2, &units[2..3], false), Fetched::Broken));
        assert_eq!(fetched(&keep), 3);
        assert!(matches!(came(&keep, 3, &units[3..], false), Fetched::Broken));
        assert_eq!(fetched(&keep), 4, "what is there of the last unit isn't all of it");
        assert!(matches!(came(&keep, 4, &units[4..], true), Fetched::Whole));
        assert_eq!(std::fs::read(keep.manifest()).unwrap(), manifest);
    }

    #[test]
    fn a_short_unit_is_the_last_even_where_no_more_were_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let keep = Keep::of(dir.path(), TransferId::from_bytes([7; 16]));
        keep.make().unwrap();
        let manifest = content(UNIT as usize + 10, 1);
        let units: Vec<&[u8]> = manifest.chunks(UNIT as usize).collect();
        assert!(matches!(came(&keep, 0, &units, true), Fetched::Whole));
        assert_eq!(std::fs::read(keep.manifest()).unwrap(), manifest);
    }
}
