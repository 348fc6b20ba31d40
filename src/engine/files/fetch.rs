//! The receiver fetches the manifest of what it has accepted, before anything else.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};

use tokio::sync::mpsc;

use super::Purpose;
use super::download::Frames;
use super::keep::Keep;
use crate::engine::core::Core;
use crate::model::TransferId;
use crate::net::Frame;
use crate::protocol::wire::file::Ask;
use crate::protocol::wire::manifest::{MAX_MANIFEST_BYTES, UNIT};

/// Units that are asked for at a time.
const UNITS: u64 = 64;

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

impl Core {
    /// Asks for the manifest from a unit on.
    pub(super) fn fetch_manifest(&mut self, id: TransferId, unit: u64) {
        let Some((row, attempt)) = self.attempt(id) else { return };
        let peer = row.transfer.peer_id;
        let (sink, frames) = mpsc::channel(UNITS_AHEAD);
        let request = self.node.file(&peer, id, Ask::Manifest { unit, units: UNITS }, Some(sink));
        self.files.requests.insert(request, Purpose::Pull(id, attempt));
        let keep = self.keep_of(id);
        let work = tokio::task::spawn_blocking(move || take(&keep, unit, frames));
        self.beside(work, move |core, fetched| {
            if core.attempt(id).is_none_or(|(_, current)| current != attempt) {
                return;
            }
            match fetched.unwrap_or_else(|error| Err(io::Error::other(error))) {
                Ok(Fetched::More) => core.fetch_manifest(id, unit + UNITS),
                Ok(Fetched::Whole) => core.begin(id),
                Ok(Fetched::Broken) => core.rest(id),
                Ok(Fetched::Nonsense) => {
                    core.give_up(id, "the sender's list of what it offers can't be read".to_owned());
                }
                Err(error) => {
                    core.files.downloads.remove(&id);
                    core.disk_refused(id, &error);
                }
            }
        });
    }
}

/// Writes the units of a manifest that come, from `unit` on. A whole one gets its name.
fn take(keep: &Keep, unit: u64, mut frames: Frames) -> io::Result<Fetched> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(keep.manifest_part())?;
    file.set_len(unit * UNIT)?;
    file.seek(SeekFrom::End(0))?;
    for taken in 0..=UNITS {
        match frames.blocking_recv() {
            Some(Frame::Unit(bytes, hash)) => {
                let length = (unit + taken) * UNIT + bytes.len() as u64;
                if blake3::hash(&bytes).as_bytes() != &hash || length > MAX_MANIFEST_BYTES {
                    return Ok(Fetched::Nonsense);
                }
                file.write_all(&bytes)?;
            }
            Some(Frame::End) if taken == UNITS => return Ok(Fetched::More),
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
