//! Whose turn it is: which downloads run, and which of them asks next.

use super::Download;
use crate::engine::core::Core;
use crate::model::{PeerId, TransferId, TransferState};
use crate::store::TransferRow;

/// Downloads that run at a time; others wait their turn.
const MAX_DOWNLOADS: usize = 32;

/// Of which so many from one peer, so that one who stalls doesn't hold up everybody else.
const MAX_DOWNLOADS_FROM_PEER: usize = 12;

impl Core {
    /// Whether one more download may run, from this peer.
    pub(super) fn has_turn(&self, peer: &PeerId) -> bool {
        let running = self.files.downloads.iter().filter(|(id, download)| !download.resting && self.may_run(id));
        let (mut all, mut of_peer) = (0, 0);
        for (id, _) in running {
            all += 1;
            of_peer += usize::from(self.files.rows.get(id).is_some_and(|row| row.transfer.peer_id == *peer));
        }
        all < MAX_DOWNLOADS && of_peer < MAX_DOWNLOADS_FROM_PEER
    }

    fn may_run(&self, id: &TransferId) -> bool {
        let row = self.files.rows.get(id);
        row.is_some_and(|row| row.transfer.state == TransferState::Active && self.people.is_met(&row.transfer.peer_id))
    }

    /// Where as many downloads are open as may be, one that doesn't run is closed: it's taken up again from the disk.
    pub(super) fn close_one(&mut self) {
        if self.files.downloads.len() < MAX_DOWNLOADS {
            return;
        }
        let idle =
            |(id, download): &(&TransferId, &Download)| download.is_idle() && (download.resting || !self.may_run(id));
        if let Some(id) = self.files.downloads.iter().find(idle).map(|(id, _)| *id) {
            self.files.downloads.remove(&id);
        }
    }

    /// There may be room for another download.
    pub(in crate::engine::files) fn pull_next(&mut self) {
        let waits =
            |row: &&TransferRow| !self.files.downloads.contains_key(&row.transfer.id) && self.may_run(&row.transfer.id);
        let mut waiting: Vec<TransferId> = self.files.rows.values().filter(waits).map(|row| row.transfer.id).collect();
        // Ids begin with the time of the offer.
        waiting.sort_by_key(|id| *id.as_bytes());
        for id in waiting {
            self.pull(id);
        }
    }

    /// Asks for as much as the way to a peer takes, of all that is wanted from it in turns.
    pub(in crate::engine::files) fn fill(&mut self, peer: PeerId) {
        if !self.people.is_met(&peer) {
            return;
        }
        loop {
            let pace = self.files.paces.entry(peer).or_default();
            let (window, range) = (pace.window(), pace.range());
            let of_peer = |(id, download): (&TransferId, &Download)| {
                let row = self.files.rows.get(id).filter(|row| row.transfer.peer_id == peer)?;
                Some((*id, download.in_flight, download.turn, row.transfer.state, download.askable().is_some()))
            };
            let downloads: Vec<_> = self.files.downloads.iter().filter_map(of_peer).collect();
            let in_flight: u64 = downloads.iter().map(|(_, in_flight, ..)| in_flight).sum();
            if in_flight > 0 && in_flight + range > window {
                return;
            }
            let askable =
                downloads.into_iter().filter(|(.., state, askable)| *askable && *state == TransferState::Active);
            let Some((id, ..)) = askable.min_by_key(|(_, in_flight, turn, ..)| (*in_flight, *turn)) else { return };
            self.choose(id, peer, range);
        }
    }
}
