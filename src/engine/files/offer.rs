//! What the person here does with files: offers one, takes or refuses one.

use std::path::PathBuf;

use super::place;
use crate::engine::Error;
use crate::engine::core::{Core, answer};
use crate::engine::handle::Reply;
use crate::model::{
    Body, Direction, FileName, LookupError, MAX_CAPTION_BYTES, Offer, PeerId, Text, TextError, Transfer, TransferId,
    TransferState,
};
use crate::protocol::wire::file::{Ask, Outcome};
use crate::store::{Outgoing, TransferRow};

/// A file that is to be offered.
struct Described {
    path: PathBuf,
    name: FileName,
    size: u64,
    modified: i64,
}

impl Core {
    /// Offers a file to a peer.
    pub(in crate::engine) fn share(
        &mut self,
        peer: PeerId,
        path: PathBuf,
        caption: Option<Text>,
        reply: Reply<Transfer>,
    ) {
        if let Some(length) = caption.as_ref().map(|text| text.as_str().len()).filter(|len| *len > MAX_CAPTION_BYTES) {
            return answer(reply, Err(TextError::TooLong(length).into()));
        }
        let work = tokio::task::spawn_blocking(move || describe(path));
        self.beside(work, move |core, described| {
            let described = described.unwrap_or(Err(Error::Stopped));
            let offer = described.and_then(|described| core.offer(peer, described, caption));
            match offer {
                Ok((outgoing, transfer)) => core.append(outgoing, reply, |_| transfer),
                Err(error) => answer(reply, Err(error)),
            }
        });
    }

    fn offer(&self, peer: PeerId, described: Described, caption: Option<Text>) -> Result<(Outgoing, Transfer), Error> {
        let Described { path, name, size, modified } = described;
        let offer = Offer { name: name.clone(), size, files: 1, caption };
        let mut outgoing = self.outgoing(peer, Body::Offer(offer))?;
        let transfer = Transfer {
            id: outgoing.id.transfer(),
            peer_id: peer,
            direction: Direction::Out,
            name: name.as_str().to_owned(),
            size,
            done: 0,
            files: 1,
            state: TransferState::Offered,
            bytes_per_second: 0,
            saved_to: None,
            error: None,
        };
        outgoing.transfer =
            Some(TransferRow { source: Some(path), modified: Some(modified), ..TransferRow::new(transfer.clone()) });
        Ok((outgoing, transfer))
    }

    /// Takes what a peer offers.
    pub(in crate::engine) fn accept(&mut self, id: TransferId, to: Option<PathBuf>, reply: Reply<Transfer>) {
        if self.is_undecided(id) {
            self.take_offer(id, to, Some(reply));
        } else {
            self.explain(id, "accepted", reply);
        }
    }

    /// Refuses what a peer offers.
    pub(in crate::engine) fn decline(&mut self, id: TransferId, reply: Reply<Transfer>) {
        if !self.is_undecided(id) {
            return self.explain(id, "declined", reply);
        }
        self.change(id, |row| row.transfer.state = TransferState::Declined);
        self.report_ending(id);
        answer(reply, self.shown(id));
    }

    fn shown(&self, id: TransferId) -> Result<Transfer, Error> {
        let row = self.files.rows.get(&id).cloned();
        row.map(|row| self.files.latest(row)).ok_or_else(|| LookupError::NoSuchTransfer(id.to_string()).into())
    }

    /// Whether it's an offer to the person here that waits for a decision.
    fn is_undecided(&self, id: TransferId) -> bool {
        self.files
            .rows
            .get(&id)
            .is_some_and(|row| (row.transfer.direction, row.transfer.state) == (Direction::In, TransferState::Offered))
    }

    /// Says why a transfer can't be decided about: what is over is known to the store alone.
    fn explain(&mut self, id: TransferId, wish: &'static str, reply: Reply<Transfer>) {
        let store = self.store.clone();
        self.beside(async move { store.transfer(id).await }, move |core, row| {
            let error = match row {
                Ok(Some(row)) => {
                    let transfer = core.files.latest(row);
                    let offered_here = transfer.direction == Direction::Out && !transfer.state.is_over();
                    let state = if offered_here { "offered by you" } else { in_a_word(transfer.state) };
                    Error::TransferState { id, state, wish }
                }
                Ok(None) => LookupError::NoSuchTransfer(id.to_string()).into(),
                Err(error) => error.into(),
            };
            answer(reply, Err(error));
        });
    }

    /// Finds a place for what is offered, and begins to pull it. Where that fails and nobody waits for the answer, the
    /// transfer says so and waits for a decision.
    pub(super) fn take_offer(&mut self, id: TransferId, to: Option<PathBuf>, reply: Option<Reply<Transfer>>) {
        let Some(row) = self.files.rows.get(&id) else { return };
        let folder = to.or_else(|| self.options.download_dir.clone()).or_else(|| self.settings.download_dir.clone());
        let (size, state) = (row.transfer.size, row.transfer.state);
        let work = tokio::task::spawn_blocking(move || place::choose(folder, size));
        self.beside(work, move |core, chosen| {
            // Somebody may have decided otherwise meanwhile.
            if core.files.rows.get(&id).is_none_or(|row| row.transfer.state != state) {
                if let Some(reply) = reply {
                    core.explain(id, "accepted", reply);
                }
                return;
            }
            let chosen = chosen.unwrap_or(Err(Error::Stopped));
            match &chosen {
                Ok(folder) => {
                    let folder = folder.clone();
                    core.change(id, |row| {
                        row.transfer.state = TransferState::Active;
                        row.transfer.error = None;
                        row.folder = Some(folder);
                    });
                    core.report_beginning(id);
                    core.pull(id);
                }
                Err(error) => {
                    let words = error.to_string();
                    core.change(id, |row| {
                        row.transfer.state = TransferState::Offered;
                        row.transfer.error = Some(words);
                    });
                }
            }
            if let Some(reply) = reply {
                answer(reply, chosen.and_then(|_| core.shown(id)));
            }
        });
    }

    fn report_beginning(&mut self, id: TransferId) {
        let Some(Transfer { peer_id, done, .. }) = self.files.rows.get(&id).map(|row| row.transfer.clone()) else {
            return;
        };
        if self.people.is_met(&peer_id) {
            let ask = Ask::Report { done, outcome: Outcome::UnderWay };
            let request = self.node.file(&peer_id, id, ask, None);
            self.files.requests.insert(request, super::Purpose::Beginning);
        }
    }
}

const fn in_a_word(state: TransferState) -> &'static str {
    match state {
        TransferState::Offered => "offered",
        TransferState::Active => "accepted already",
        TransferState::Paused => "paused",
        TransferState::Done => "done",
        TransferState::Failed => "failed",
        TransferState::Declined => "declined",
        TransferState::Cancelled => "cancelled",
    }
}

/// Looks at a file that is to be offered.
fn describe(path: PathBuf) -> Result<Described, Error> {
    let failed = |path: &PathBuf, cause: String| Error::File { path: path.clone(), cause };
    let absolute = std::path::absolute(&path).map_err(|error| failed(&path, error.to_string()))?;
    // Opened, not only looked at: what can't be read should be known now.
    let file = std::fs::File::open(&absolute).map_err(|error| failed(&absolute, error.to_string()))?;
    let metadata = file.metadata().map_err(|error| failed(&absolute, error.to_string()))?;
    if !metadata.is_file() {
        return Err(failed(&absolute, "is not a regular file; only single files can be sent".to_owned()));
    }
    let name = absolute.file_name().map(|name| FileName::safe(&name.to_string_lossy()));
    let name = name.ok_or_else(|| failed(&absolute, "has no name".to_owned()))?;
    Ok(Described { name, size: metadata.len(), modified: place::modified(&metadata), path: absolute })
}
