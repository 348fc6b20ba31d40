//! What the person here does with offers: makes one, takes or refuses one.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::keep::Keep;
use super::manifest::Misfit;
use super::room;
use super::scan::{ScanError, Scanned, scan};
use super::sources::Item;
use crate::engine::Error;
use crate::engine::core::{Core, answer, now, random};
use crate::engine::handle::Reply;
use crate::model::{
    Body, Direction, FileReason, LookupError, MAX_CAPTION_BYTES, Made, MessageId, Offer, PeerId, Plain, Reason, Shared,
    Text, TextError, Transfer, TransferId, TransferState,
};
use crate::protocol::wire::manifest::{MAX_ENTRIES, MAX_ITEMS};
use crate::protocol::wire::{decode, encode};
use crate::store::folder::write_private;
use crate::store::{Outgoing, TransferRow, path_bytes, path_of};

/// Most bytes of a file that is made for an offer.
pub const MAX_MADE_BYTES: usize = 128 << 20;

/// Most bytes of the list of an offer's items: each has two paths.
const MAX_ITEMS_BYTES: usize = 256 * 1024 * 1024;

/// An item as it's kept.
#[derive(Serialize, Deserialize)]
struct KeptItem {
    n: ByteBuf,
    s: ByteBuf,
}

fn save_items(keep: &Keep, items: &[Item]) -> Result<(), Error> {
    let kept =
        |item: &Item| KeptItem { n: ByteBuf::from(item.name.clone()), s: ByteBuf::from(path_bytes(&item.source)) };
    let kept: Vec<KeptItem> = items.iter().map(kept).collect();
    let bytes = encode(&kept, MAX_ITEMS_BYTES).map_err(|error| Error::Offer(Reason::Other(error.to_string())))?;
    Ok(write_private(&keep.items(), &bytes)?)
}

/// The items of an offer that was made here.
pub(super) fn load_items(keep: &Keep) -> io::Result<Vec<Item>> {
    let kept: Vec<KeptItem> = decode(&std::fs::read(keep.items())?, MAX_ITEMS_BYTES)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(kept.into_iter().map(|item| Item { name: item.n.into_vec(), source: path_of(&item.s) }).collect())
}

impl Core {
    /// Offers files and folders to a peer.
    pub(in crate::engine) fn share(
        &mut self,
        peer: PeerId,
        paths: Vec<PathBuf>,
        caption: Option<Text>,
        reply: Reply<Shared>,
    ) {
        self.share_found(peer, move |keep| look(keep, &paths), caption, reply);
    }

    /// Offers a file that is made for it to a peer.
    pub(in crate::engine) fn share_made(
        &mut self,
        peer: PeerId,
        made: Made,
        caption: Option<Text>,
        reply: Reply<Shared>,
    ) {
        self.share_found(peer, move |keep| look_at_made(keep, &made), caption, reply);
    }

    /// Offers to a peer what `find` finds, once it's kept what there is of it.
    pub(super) fn share_found(
        &mut self,
        peer: PeerId,
        find: impl FnOnce(&Keep) -> Result<Scanned, Error> + Send + 'static,
        caption: Option<Text>,
        reply: Reply<Shared>,
    ) {
        if let Some(length) = caption.as_ref().map(|text| text.as_str().len()).filter(|len| *len > MAX_CAPTION_BYTES) {
            return answer(reply, Err(TextError::TooLong(length).into()));
        }
        let id = match random() {
            Ok(random) => MessageId::new(now(), random),
            Err(error) => return answer(reply, Err(error)),
        };
        let keep = self.keep_of(id.transfer());
        let work = tokio::task::spawn_blocking(move || (find(&keep), keep));
        self.beside(work, move |core, looked| {
            let Ok((scanned, keep)) = looked else { return answer(reply, Err(Error::Stopped)) };
            match scanned.and_then(|scanned| core.offer(id, peer, scanned, caption)) {
                Ok((outgoing, shared)) => core.append(outgoing, reply, |_| shared),
                Err(error) => {
                    remove(keep);
                    answer(reply, Err(error));
                }
            }
        });
    }

    fn offer(
        &self,
        id: MessageId,
        peer: PeerId,
        scanned: Scanned,
        caption: Option<Text>,
    ) -> Result<(Outgoing, Shared), Error> {
        let Scanned { title, summary, skipped, .. } = scanned;
        let offer = Offer { name: title.clone(), size: summary.size, files: summary.files, caption };
        let mut outgoing = Outgoing { id, ..self.outgoing(peer, Body::Offer(offer))? };
        let name = title.as_str().to_owned();
        let transfer = Transfer {
            files: summary.files,
            ..Transfer::offered(id.transfer(), peer, Direction::Out, name, summary.size)
        };
        outgoing.transfer = Some(TransferRow::new(transfer.clone()));
        let named = |(path, why): (PathBuf, Reason)| Reason::file(path.display().to_string(), why);
        let skipped_names = skipped.first.into_iter().map(named).collect();
        let shared = Shared { transfer, skipped: skipped.count, skipped_names };
        Ok((outgoing, shared))
    }

    /// What was kept of an offer that couldn't be made goes.
    pub(in crate::engine) fn not_offered(&self, id: TransferId) {
        remove(self.keep_of(id));
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
        self.inform(id);
        answer(reply, self.shown(id));
    }

    pub(super) fn shown(&self, id: TransferId) -> Result<Transfer, Error> {
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

    /// Says why something can't be done with a transfer: what is over is known to the store alone.
    pub(super) fn explain(&mut self, id: TransferId, wish: &'static str, reply: Reply<Transfer>) {
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
        let size = room::needed(row.transfer.size, row.transfer.done, row.transfer.files);
        let state = row.transfer.state;
        let work = tokio::task::spawn_blocking(move || room::choose(folder, size));
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
                    core.inform(id);
                    core.pull(id);
                }
                Err(error) => {
                    let why = reason(error);
                    core.change(id, |row| {
                        row.transfer.state = TransferState::Offered;
                        row.transfer.error = Some(why);
                    });
                }
            }
            if let Some(reply) = reply {
                answer(reply, chosen.and_then(|_| core.shown(id)));
            }
        });
    }
}

/// Why an offer waits that couldn't be taken.
fn reason(error: &Error) -> Reason {
    match error {
        Error::File { path, cause } => Reason::at(path, cause.clone()),
        other => other.to_string().into(),
    }
}

/// Removes what is kept of a transfer, beside everything else.
pub(super) fn remove(keep: Keep) {
    tokio::task::spawn_blocking(move || {
        if let Err(error) = keep.remove() {
            tracing::warn!(%error, "what was kept of a transfer stays until the next start");
        }
    });
}

const fn in_a_word(state: TransferState) -> &'static str {
    match state {
        TransferState::Offered => "offered",
        TransferState::Active => "under way",
        TransferState::Paused => "paused",
        TransferState::Done => "done",
        TransferState::Failed => "failed",
        TransferState::Declined => "declined",
        TransferState::Cancelled => "cancelled",
    }
}

/// Looks at what is to be offered, and keeps what there is of it.
pub(super) fn look(keep: &Keep, paths: &[PathBuf]) -> Result<Scanned, Error> {
    let refused = |error: io::Error| Error::System(Reason::OfferNotKept(Box::new(error.into())));
    keep.make().map_err(refused)?;
    let scanned = scan(paths, &keep.manifest())?;
    save_items(keep, &scanned.items)?;
    Ok(scanned)
}

/// The same for a file that is made for the offer: it lies with what is kept of the transfer, and goes with it.
fn look_at_made(keep: &Keep, made: &Made) -> Result<Scanned, Error> {
    if made.bytes.len() > MAX_MADE_BYTES {
        let most = (MAX_MADE_BYTES >> 20) as u64;
        return Err(Error::Offer(Reason::TooLarge { name: made.name.as_str().to_owned(), most }));
    }
    let refused = |error: io::Error| Error::System(Reason::OfferNotKept(Box::new(error.into())));
    let path = keep.make_made(&made.name).map_err(refused)?;
    let room = path.parent().is_some_and(|folder| room::has_room(folder, made.bytes.len() as u64));
    if !room {
        return Err(Error::System(Reason::NoRoomFor(made.name.as_str().to_owned())));
    }
    write_private(&path, &made.bytes)?;
    look(keep, &[path])
}

impl From<ScanError> for Error {
    fn from(error: ScanError) -> Self {
        match error {
            ScanError::Nothing { path, reason: cause } | ScanError::Unreadable { path, cause } => {
                Self::File { path, cause }
            }
            ScanError::Empty => Self::Offer(Plain::NothingToOffer.into()),
            ScanError::Nameless(path) => Self::Offer(Reason::file(path.display().to_string(), FileReason::Nameless)),
            ScanError::TooMuch(misfit) => Self::Offer(match misfit {
                Misfit::Entries => Reason::TooManyEntries(MAX_ENTRIES),
                Misfit::Items => Reason::TooManyItems(MAX_ITEMS as u64),
                Misfit::Size => Plain::TooMuch.into(),
                Misfit::Stray => Plain::StrayEntry.into(),
                Misfit::Twin => Plain::TwinItems.into(),
            }),
            ScanError::Manifest(cause) => Self::Offer(Reason::ListNotKept(Box::new(cause))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::FileName;

    #[test]
    fn a_file_that_is_made_lies_with_its_transfer_and_goes_with_it() {
        let profile = tempfile::tempdir().unwrap();
        let keep = Keep::of(profile.path(), TransferId::from_bytes([1; 16]));
        // A name that something else has that is kept there.
        let made = Made { name: FileName::safe("manifest"), bytes: vec![7; 300].into() };
        let scanned = look_at_made(&keep, &made).unwrap();
        assert_eq!((scanned.title.as_str(), scanned.summary.size, scanned.summary.files), ("manifest", 300, 1));
        let [item] = load_items(&keep).unwrap().try_into().unwrap_or_else(|_| panic!("one item"));
        assert!(item.source.starts_with(profile.path()));
        assert_eq!(fs::read(&item.source).unwrap(), *made.bytes);
        keep.remove().unwrap();
        assert!(!item.source.exists());
    }

    #[test]
    fn one_that_is_too_large_is_not_kept() {
        let profile = tempfile::tempdir().unwrap();
        let keep = Keep::of(profile.path(), TransferId::from_bytes([1; 16]));
        let made = Made { name: FileName::safe("a.png"), bytes: vec![0; MAX_MADE_BYTES + 1].into() };
        assert!(matches!(look_at_made(&keep, &made), Err(Error::Offer(_))));
        assert_eq!(fs::read_dir(profile.path()).unwrap().count(), 0);
    }
}
