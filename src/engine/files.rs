//! Transfers: what is offered from here is served, what is accepted here is pulled.
//!
//! The receiver asks for units, pieces of files, in the order of the offer's manifest, and threads verify and write them
//! as they come. Each unit has its BLAKE3; what is recorded is read again after a restart. Whatever breaks off goes on
//! from what is on disk.

mod again;
mod download;
mod fetch;
mod hold;
mod keep;
mod manifest;
mod offer;
mod pull;
mod report;
mod room;
mod scan;
mod serve;
mod sources;
mod speed;
mod staging;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::core::Core;
use super::handle::Reply;
use super::{Error, Event};
use crate::model::{Direction, PausedBy, PeerId, Reason, Transfer, TransferId, TransferState};
use crate::net::RequestId;
use crate::protocol::pace::Pace;
use crate::store::{Store, TransferRow};

use download::Download;
use keep::Keep;
pub use offer::MAX_MADE_BYTES;
use serve::Serving;
use speed::STILL;

/// Wait before a change that the store couldn't keep is given to it again.
const KEEP_AGAIN: Duration = Duration::from_secs(5);

/// What a request about a transfer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Units, for this attempt.
    Pull(TransferId, u64),
    /// To tell the other side of it; that it's over, perhaps.
    Word { id: TransferId, ending: bool },
}

/// All transfers that may still move, and those that are over but whose other side doesn't know yet.
pub(super) struct Files {
    rows: HashMap<TransferId, TransferRow>,
    serving: HashMap<TransferId, Serving>,
    downloads: HashMap<TransferId, Download>,
    /// Those of which what had come is being removed: nothing begins anew before that's through.
    removing: HashSet<TransferId>,
    /// Those last told to move, which are looked at again in a while.
    moving: HashSet<TransferId>,
    /// What the ways to those who send to here carry.
    paces: HashMap<PeerId, Pace>,
    /// Those of which it's looked whether they may still be called off: nothing begins meanwhile.
    deciding: HashSet<TransferId>,
    /// Those that somebody here wanted to cancel when what came was on its way already, and who waits to hear that.
    too_late: HashMap<TransferId, Vec<Reply<Transfer>>>,
    /// Those from here that are being offered again.
    again: HashSet<TransferId>,
    requests: HashMap<RequestId, Purpose>,
    /// Those of which the other side is being told, and whether there's something newer to tell.
    informing: HashMap<TransferId, bool>,
    /// Those that the store is keeping, and whether they have changed since.
    keeping: HashMap<TransferId, bool>,
    /// Room for answers that are being given.
    answers: Arc<Semaphore>,
    /// Of which so much to each peer.
    answers_to: HashMap<PeerId, Arc<Semaphore>>,
    /// Counts attempts, so that what comes late belongs to its own.
    attempts: u64,
    /// Counts whose turn it was.
    turns: u64,
}

impl Files {
    pub(super) async fn load(store: &Store, profile: &Path) -> Result<Self, Error> {
        let rows: HashMap<_, _> =
            store.transfers().await?.into_iter().filter(is_open).map(|row| (row.transfer.id, row)).collect();
        let (profile, needed) = (profile.to_owned(), rows.keys().copied().collect::<HashSet<_>>());
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || keep::sweep(&profile, &needed)).await {
            tracing::warn!(%error, "what a crash left of transfers could not be removed");
        }
        Ok(Self {
            rows,
            serving: HashMap::new(),
            downloads: HashMap::new(),
            removing: HashSet::new(),
            moving: HashSet::new(),
            paces: HashMap::new(),
            deciding: HashSet::new(),
            too_late: HashMap::new(),
            again: HashSet::new(),
            requests: HashMap::new(),
            informing: HashMap::new(),
            keeping: HashMap::new(),
            answers: serve::room_for_all(),
            answers_to: HashMap::new(),
            attempts: 0,
            turns: 0,
        })
    }

    /// How many transfers from a peer aren't through.
    pub(super) fn received_from(&self, peer: &PeerId) -> usize {
        let received = |row: &&TransferRow| (row.transfer.peer_id, row.transfer.direction) == (*peer, Direction::In);
        self.rows.values().filter(received).filter(|row| row.transfer.state != TransferState::Failed).count()
    }

    /// A transfer as it is this moment, which the store may not know yet.
    pub(super) fn latest(&self, row: TransferRow) -> Transfer {
        let mut transfer = self.rows.get(&row.transfer.id).map_or(row.transfer, |row| row.transfer.clone());
        if transfer.state == TransferState::Active {
            let download = self.downloads.get(&transfer.id);
            transfer.current = download.and_then(Download::current);
            transfer.bytes_per_second = match transfer.direction {
                Direction::In => download.map_or(0, Download::speed),
                Direction::Out => self.serving.get(&transfer.id).map_or(0, Serving::speed),
            };
        }
        transfer
    }
}

/// Whether something may still happen to a transfer. One that failed may be tried again, and what has come of one may still
/// have to be removed.
fn is_open(row: &TransferRow) -> bool {
    let ended = matches!(row.transfer.state, TransferState::Done | TransferState::Declined | TransferState::Cancelled);
    !ended || !row.told || row.staging.is_some()
}

impl Core {
    /// What is kept of a transfer beside the database.
    fn keep_of(&self, id: TransferId) -> Keep {
        Keep::of(self.profile.dir(), id)
    }

    /// At the start: what a full disk has held up goes on when there's room, and what a crash left is removed.
    pub(super) fn files_begin(&mut self) {
        let left = |row: &&TransferRow| row.transfer.state.is_over() && row.staging.is_some();
        let left: Vec<_> = self.files.rows.values().filter(left).map(|row| row.transfer.id).collect();
        for id in left {
            self.clear_up(id);
        }
        let held = |row: &&TransferRow| row.transfer.paused_by == Some(PausedBy::Disk);
        let inward = |row: &&TransferRow| row.transfer.direction == Direction::In;
        let held: Vec<_> = self.files.rows.values().filter(held).filter(inward).map(|row| row.transfer.id).collect();
        for id in held {
            self.look_at_disk_later(id);
        }
    }

    /// A peer is here: goes on with what is accepted from it, and tells it how things stand.
    pub(super) fn files_met(&mut self, peer: PeerId) {
        let of_peer = |row: &&TransferRow| row.transfer.peer_id == peer;
        let ids: Vec<TransferId> = self.files.rows.values().filter(of_peer).map(|row| row.transfer.id).collect();
        for id in ids {
            self.pull(id);
            self.inform(id);
        }
    }

    /// Whether a peer that isn't connected is to be asked for something, or to be told how something ended.
    pub(super) fn files_owed(&self, peer: &PeerId) -> bool {
        let owes = |row: &TransferRow| match row.transfer.state {
            TransferState::Active => true,
            state => state.is_over() && !row.told,
        };
        self.files.rows.values().any(|row| row.transfer.peer_id == *peer && owes(row))
    }

    /// A peer is reached in another way: what was measured of the old one says nothing about it.
    pub(super) fn files_moved(&mut self, peer: &PeerId) {
        self.files.paces.remove(peer);
    }

    /// A peer is gone: nothing moves any more.
    pub(super) fn files_parted(&mut self, peer: PeerId) {
        self.forget_receiver(&peer);
        self.files.paces.remove(&peer);
        self.files.answers_to.remove(&peer);
        let of_peer = |row: &&TransferRow| row.transfer.peer_id == peer;
        let ids: Vec<TransferId> = self.files.rows.values().filter(of_peer).map(|row| row.transfer.id).collect();
        for id in ids {
            let download = self.files.downloads.get_mut(&id).map(Download::stand_still);
            if self.files.serving.remove(&id).is_some() || download.is_some() {
                self.tell_transfer(id);
                self.keep(id);
            }
        }
        // Others may have waited for their turn.
        self.pull_next();
    }

    /// Something was offered from here.
    pub(super) fn files_offered(&mut self, row: TransferRow) {
        let id = row.transfer.id;
        self.files.rows.insert(id, row);
        self.tell_transfer(id);
    }

    /// An offer from here wasn't taken as a message; the store knows.
    pub(super) fn offer_refused(&mut self, id: TransferId, cause: Option<Reason>) {
        let Some(row) = self.files.rows.get_mut(&id) else { return };
        if row.transfer.state == TransferState::Offered {
            row.transfer.state = TransferState::Failed;
            row.transfer.error = cause;
            self.tell_transfer(id);
        }
    }

    /// An offer from here was withdrawn before anybody got it; the store knows.
    pub(super) fn files_cancelled(&mut self, id: TransferId) {
        self.change(id, |row| {
            row.transfer.state = TransferState::Cancelled;
            row.told = true;
        });
    }

    /// Something was offered to us, and the store knows.
    pub(super) fn offered(&mut self, row: TransferRow) {
        let id = row.transfer.id;
        let taken = row.transfer.state == TransferState::Active;
        self.files.rows.insert(id, row);
        self.tell_transfer(id);
        if taken {
            self.take_offer(id, None, None);
        }
    }

    fn tell_transfer(&mut self, id: TransferId) {
        let Some(row) = self.files.rows.get(&id) else { return };
        let transfer = self.files.latest(row.clone());
        // Nothing happens when something stops moving: so it's looked at again.
        if transfer.bytes_per_second > 0 && self.files.moving.insert(id) {
            self.later(STILL, move |core| {
                core.files.moving.remove(&id);
                core.tell_transfer(id);
            });
        }
        self.teller.tell(Event::Transfer(transfer));
    }

    /// Changes a transfer, keeps it, and tells of it.
    fn change(&mut self, id: TransferId, change: impl FnOnce(&mut TransferRow)) {
        let Some(row) = self.files.rows.get_mut(&id) else { return };
        change(row);
        self.tell_transfer(id);
        self.keep(id);
    }

    /// Has the store keep a transfer as it is now: one transaction at a time, however often it changes. One that's over and
    /// done with is then forgotten here.
    fn keep(&mut self, id: TransferId) {
        if let Some(changed) = self.files.keeping.get_mut(&id) {
            *changed = true;
            return;
        }
        let Some(row) = self.files.rows.get(&id).cloned() else { return };
        self.files.keeping.insert(id, false);
        let store = self.store.clone();
        self.beside(async move { store.put_transfer(row).await }, move |core, kept| {
            let changed = core.files.keeping.remove(&id).unwrap_or(false);
            match kept {
                Ok(()) if changed => core.keep(id),
                Ok(()) => {
                    if core.files.rows.get(&id).is_some_and(|row| !is_open(row)) {
                        core.forget(id);
                    }
                }
                // How it ended is true already: it's kept as soon as that is possible.
                Err(error) => {
                    core.warn(error);
                    core.later(KEEP_AGAIN, move |core| core.keep(id));
                }
            }
        });
    }

    /// What is kept of a transfer that is over and known to be is removed.
    fn forget(&mut self, id: TransferId) {
        self.files.rows.remove(&id);
        self.files.serving.remove(&id);
        offer::remove(self.keep_of(id));
    }
}
