//! Transfers: what is offered from here is served, what is accepted here is pulled.
//!
//! The receiver asks for ranges in order, some at a time, and a thread writes and hashes them as they come. At the end the
//! sender's BLAKE3 has to be the same before the file gets its name. Whatever breaks off goes on from what is on disk.

mod offer;
mod place;
mod pull;
mod serve;
mod speed;
mod writer;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::core::Core;
use super::{Error, Event};
use crate::model::{Direction, PeerId, Transfer, TransferId, TransferState};
use crate::net::RequestId;
use crate::protocol::wire::file::{Ask, Outcome};
use crate::store::{Store, TransferRow};

use pull::Download;
use serve::Serving;

/// Wait before a change that the store couldn't keep is given to it again.
const KEEP_AGAIN: Duration = Duration::from_secs(5);

/// What a request about a transfer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// A range of this download's attempt.
    Range(TransferId, u64),
    /// The digest, at the end of this attempt.
    Digest(TransferId, u64),
    /// How it ended here.
    Ending(TransferId),
    /// That it's under way.
    Beginning,
}

/// All transfers that aren't over, and those that are but whose sender doesn't know yet.
pub(super) struct Files {
    rows: HashMap<TransferId, TransferRow>,
    serving: HashMap<TransferId, Serving>,
    downloads: HashMap<TransferId, Download>,
    requests: HashMap<RequestId, Purpose>,
    /// Transfers that broke off and wait a while before they are taken up again.
    resting: HashSet<TransferId>,
    /// Counts attempts, so that what comes late belongs to its own.
    attempts: u64,
}

impl Files {
    pub(super) async fn load(store: &Store) -> Result<Self, Error> {
        let rows = store.transfers().await?.into_iter().filter(is_open).map(|row| (row.transfer.id, row)).collect();
        Ok(Self {
            rows,
            serving: HashMap::new(),
            downloads: HashMap::new(),
            requests: HashMap::new(),
            resting: HashSet::new(),
            attempts: 0,
        })
    }

    /// A transfer as it is this moment, which the store may not know yet.
    pub(super) fn latest(&self, row: TransferRow) -> Transfer {
        let mut transfer = self.rows.get(&row.transfer.id).map_or(row.transfer, |row| row.transfer.clone());
        transfer.bytes_per_second = self.speed(&transfer);
        transfer
    }

    fn speed(&self, transfer: &Transfer) -> u64 {
        match transfer.direction {
            _ if transfer.state != TransferState::Active => 0,
            Direction::In => self.downloads.get(&transfer.id).map_or(0, Download::speed),
            Direction::Out => self.serving.get(&transfer.id).map_or(0, Serving::speed),
        }
    }
}

/// Whether something may still happen to a transfer.
fn is_open(row: &TransferRow) -> bool {
    !row.transfer.state.is_over() || (row.transfer.direction == Direction::In && !row.told)
}

impl Core {
    /// A peer is here: goes on with what is accepted from it, and tells it what has ended.
    pub(super) fn files_met(&mut self, peer: PeerId) {
        let of_peer = |row: &&TransferRow| row.transfer.peer_id == peer && row.transfer.direction == Direction::In;
        let ids: Vec<TransferId> = self.files.rows.values().filter(of_peer).map(|row| row.transfer.id).collect();
        for id in ids {
            self.files.resting.remove(&id);
            self.pull(id);
            self.report_ending(id);
        }
    }

    /// A peer is gone: nothing moves any more.
    pub(super) fn files_parted(&mut self, peer: PeerId) {
        self.forget_receiver(&peer);
        let of_peer = |row: &&TransferRow| row.transfer.peer_id == peer;
        let ids: Vec<TransferId> = self.files.rows.values().filter(of_peer).map(|row| row.transfer.id).collect();
        for id in ids {
            if self.files.serving.remove(&id).is_some() {
                self.tell_transfer(id);
            }
        }
    }

    /// A file was offered from here.
    pub(super) fn files_offered(&mut self, row: TransferRow) {
        let id = row.transfer.id;
        self.files.rows.insert(id, row);
        self.tell_transfer(id);
    }

    /// An offer from here was withdrawn; the store knows.
    pub(super) fn files_cancelled(&mut self, id: TransferId) {
        if let Some(mut row) = self.files.rows.remove(&id) {
            row.transfer.state = TransferState::Cancelled;
            self.teller.tell(Event::Transfer(row.transfer));
        }
    }

    /// A file was offered to us, and the store knows.
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
        if let Some(row) = self.files.rows.get(&id) {
            let transfer = self.files.latest(row.clone());
            self.teller.tell(Event::Transfer(transfer));
        }
    }

    /// Changes a transfer, keeps it, and tells of it.
    fn change(&mut self, id: TransferId, change: impl FnOnce(&mut TransferRow)) {
        let Some(row) = self.files.rows.get_mut(&id) else { return };
        change(row);
        self.tell_transfer(id);
        self.keep(id);
    }

    /// Has the store keep a transfer as it is now. One that's over and done with is then forgotten here.
    fn keep(&mut self, id: TransferId) {
        let Some(row) = self.files.rows.get(&id).cloned() else { return };
        let store = self.store.clone();
        self.beside(async move { store.put_transfer(row).await }, move |core, kept| match kept {
            Ok(()) => {
                if core.files.rows.get(&id).is_some_and(|row| !is_open(row)) {
                    core.files.rows.remove(&id);
                    core.files.serving.remove(&id);
                }
            }
            // How it ended is true already: it's kept as soon as that is possible.
            Err(error) => {
                core.warn(error.to_string());
                core.later(KEEP_AGAIN, move |core| core.keep(id));
            }
        });
    }

    /// Tells the sender how a transfer ended here, until it has heard it.
    fn report_ending(&mut self, id: TransferId) {
        let Some(row) = self.files.rows.get(&id).filter(|row| row.transfer.state.is_over() && !row.told) else {
            return;
        };
        let Transfer { peer_id, done, state, .. } = row.transfer;
        if !self.people.is_met(&peer_id) {
            return;
        }
        let outcome = match state {
            TransferState::Done => Outcome::Verified,
            TransferState::Declined => Outcome::Declined,
            _ => Outcome::Failed,
        };
        let request = self.node.file(&peer_id, id, Ask::Report { done, outcome }, None);
        self.files.requests.insert(request, Purpose::Ending(id));
    }
}
