//! What holds a transfer up and lets it go on: people on either side, and the disk.

use std::io;
use std::time::Duration;

use tokio::task::JoinError;

use super::download::Download;
use super::keep::Keep;
use super::pull::is_landing;
use super::room;
use super::staging::Staging;
use crate::engine::core::{Core, answer};
use crate::engine::handle::Reply;
use crate::engine::{Error, Warning};
use crate::model::{Direction, PausedBy, Plain, Reason, Transfer, TransferId, TransferState};
use crate::store::TransferRow;

/// Wait before a disk that refused is looked at again.
const DISK_AGAIN: Duration = Duration::from_secs(3);

impl Core {
    /// Holds a transfer up.
    pub(in crate::engine) fn pause(&mut self, id: TransferId, reply: Reply<Transfer>) {
        let Some(transfer) = self.files.rows.get(&id).map(|row| row.transfer.clone()) else {
            return self.explain(id, "paused", reply);
        };
        if !matches!(transfer.state, TransferState::Active | TransferState::Paused) {
            return self.explain(id, "paused", reply);
        }
        self.hold(id, PausedBy::Me, None);
        self.inform(id);
        answer(reply, self.shown(id));
    }

    /// Goes on with a transfer, or tries it again.
    pub(in crate::engine) fn resume(&mut self, id: TransferId, reply: Reply<Transfer>) {
        let Some(transfer) = self.files.rows.get(&id).map(|row| row.transfer.clone()) else {
            return self.explain(id, "resumed", reply);
        };
        match (transfer.direction, transfer.state, transfer.paused_by) {
            (_, TransferState::Paused, Some(PausedBy::Peer)) => {
                let state = "paused by the other side";
                return answer(reply, Err(Error::TransferState { id, state, wish: "resumed here" }));
            }
            (Direction::In, TransferState::Paused | TransferState::Failed, _) => self.go_on(id),
            (Direction::Out, TransferState::Paused, Some(PausedBy::Me)) => {
                self.change(id, |row| {
                    row.transfer.state = TransferState::Active;
                    row.transfer.paused_by = None;
                    row.transfer.error = None;
                });
                self.inform(id);
            }
            (Direction::Out, TransferState::Failed, _) => return self.offer_again(id, reply),
            _ => return self.explain(id, "resumed", reply),
        }
        answer(reply, self.shown(id));
    }

    /// Ends a transfer.
    pub(in crate::engine) fn cancel_transfer(&mut self, id: TransferId, reply: Reply<Transfer>) {
        let Some(transfer) = self.files.rows.get(&id).map(|row| row.transfer.clone()) else {
            return self.explain(id, "cancelled", reply);
        };
        if transfer.state.is_over() && transfer.state != TransferState::Failed {
            return self.explain(id, "cancelled", reply);
        }
        if transfer.direction == Direction::Out {
            self.end(id, TransferState::Cancelled, None, Some(reply));
            self.withdraw_message(id);
        } else {
            self.call_off(id, TransferState::Cancelled, None, Some(reply));
        }
    }

    /// The message of an offer that nobody has got yet isn't sent any more.
    fn withdraw_message(&mut self, id: TransferId) {
        let store = self.store.clone();
        self.beside(async move { store.cancel(id.message()).await }, move |core, cancelled| {
            let peer = core.files.rows.get(&id).map(|row| row.transfer.peer_id);
            match (cancelled, peer) {
                (Ok(change), Some(peer)) => {
                    core.tell_states(peer, vec![change]);
                    core.change(id, |row| row.told = true);
                }
                _ => core.inform(id),
            }
        });
    }

    /// The sender has withdrawn it.
    pub(super) fn withdrawn(&mut self, id: TransferId) {
        self.call_off(id, TransferState::Cancelled, Some(Plain::SenderCancelled.into()), None);
    }

    /// It can't be had. Nothing of it stays.
    pub(super) fn give_up(&mut self, id: TransferId, why: impl Into<Reason>) {
        self.call_off(id, TransferState::Failed, Some(why.into()), None);
    }

    /// A transfer to here is to end without what it was for: unless what came is on its way to where it belongs already. Then
    /// it's let land, all of it, and who waits hears that.
    fn call_off(
        &mut self,
        id: TransferId,
        state: TransferState,
        error: Option<Reason>,
        reply: Option<Reply<Transfer>>,
    ) {
        let withdrawn = |open: &Download| Some((open.pull()?.withdraw(), open.is_finishing()));
        match self.files.downloads.get(&id).and_then(withdrawn) {
            Some((true, _)) => return self.end(id, state, error, reply),
            Some((false, true)) => return self.too_late(id, reply),
            // Since before a restart, and it waits for its sender or a person: for nothing, as everything is here.
            Some((false, false)) => {
                self.land(id);
                return self.too_late(id, reply);
            }
            None => {}
        }
        if self.files.too_late.contains_key(&id) {
            return self.too_late(id, reply);
        }
        // One that isn't open may have been at it before a restart, or before its disk refused.
        let staging = self.files.rows.get(&id).filter(|row| !row.transfer.state.is_over());
        let Some(staging) = staging.and_then(|row| row.staging.clone()) else {
            return self.end(id, state, error, reply);
        };
        if !self.files.deciding.insert(id) {
            self.files.too_late.entry(id).or_default().extend(reply);
            return;
        }
        let keep = self.keep_of(id);
        let looked = tokio::task::spawn_blocking(move || Ok::<_, io::Error>(staging.exists() && is_landing(&keep)?));
        self.beside(looked, move |core, landing| {
            core.files.deciding.remove(&id);
            let over = core.files.rows.get(&id).is_none_or(|row| row.transfer.state.is_over());
            match landing.unwrap_or(Ok(false)) {
                _ if over => core.too_late(id, reply),
                // It was opened a moment ago.
                _ if core.files.downloads.get(&id).and_then(Download::pull).is_some() => {
                    core.call_off(id, state, error, reply);
                }
                Ok(true) => {
                    core.land(id);
                    core.too_late(id, reply);
                }
                Ok(false) | Err(_) => core.end(id, state, error, reply),
            }
        });
    }

    /// A transfer isn't ended: what came of it lands. Who wanted that hears how it ended, once it has.
    fn too_late(&mut self, id: TransferId, reply: Option<Reply<Transfer>>) {
        self.files.too_late.entry(id).or_default().extend(reply);
        if !self.files.downloads.contains_key(&id) {
            self.answer_too_late(id);
        }
    }

    /// Who wanted to cancel a transfer too late hears how it stands now.
    pub(super) fn answer_too_late(&mut self, id: TransferId) {
        for reply in self.files.too_late.remove(&id).unwrap_or_default() {
            self.explain(id, "cancelled", reply);
        }
    }

    /// A transfer is over, without what it was for. Who waits for it, here or at the other side, hears it when nothing of
    /// it is left.
    pub(super) fn end(
        &mut self,
        id: TransferId,
        state: TransferState,
        error: Option<Reason>,
        reply: Option<Reply<Transfer>>,
    ) {
        let staging = self.files.rows.get(&id).and_then(|row| row.staging.clone());
        self.change(id, |row| {
            row.transfer.state = state;
            row.transfer.paused_by = None;
            row.transfer.error = error;
            row.told = false;
        });
        let Some(row) = self.files.rows.get(&id) else { return };
        let (shown, keep) = (self.files.latest(row.clone()), self.keep_of(id));
        let received = row.transfer.direction == Direction::In;
        let pull = self.files.downloads.remove(&id).and_then(Download::into_pull);
        self.files.removing.insert(id);
        let work = tokio::task::spawn_blocking(move || match pull {
            _ if !received => Ok(()),
            // Whoever is at work ends first.
            Some(pull) => pull.remove().and_then(|()| forget(&keep, state)),
            None => remove_all(staging, &keep, state),
        });
        self.beside(work, move |core, removed| {
            core.removed(id, removed);
            core.inform(id);
            core.pull_next();
            if let Some(reply) = reply {
                answer(reply, Ok(shown));
            }
            core.answer_too_late(id);
        });
    }

    /// At the start: what a crash left of a transfer that is over is removed.
    pub(super) fn clear_up(&mut self, id: TransferId) {
        let Some(row) = self.files.rows.get(&id) else { return };
        let (staging, keep, state) = (row.staging.clone(), self.keep_of(id), row.transfer.state);
        self.files.removing.insert(id);
        let work = tokio::task::spawn_blocking(move || remove_all(staging, &keep, state));
        self.beside(work, move |core, removed| {
            core.removed(id, removed);
            // It may have been tried again meanwhile.
            core.pull(id);
        });
    }

    /// What came of a transfer is removed, or couldn't be: then it's tried again at the next start.
    pub(super) fn removed(&mut self, id: TransferId, removed: Result<io::Result<()>, JoinError>) {
        self.files.removing.remove(&id);
        match removed.unwrap_or(Ok(())) {
            Ok(()) => self.change(id, |row| row.staging = None),
            Err(error) => self.warn(Warning::NotRemoved(error.into())),
        }
    }

    /// The sender has paused it. What is held up here stays so until that is over.
    pub(super) fn paused_by_peer(&mut self, id: TransferId) {
        if self.files.rows.get(&id).is_some_and(|row| row.transfer.state == TransferState::Active) {
            self.hold(id, PausedBy::Peer, None);
        }
    }

    /// The disk is full, or gone: said on both sides, and tried again.
    pub(super) fn disk_refused(&mut self, id: TransferId, error: &io::Error) {
        if self.files.rows.get(&id).is_none_or(|row| row.transfer.state != TransferState::Active) {
            return;
        }
        let full = is_full(error);
        // That it's plainly full, each face says in its own words.
        let why = (!full).then(|| Reason::Unwritable(Box::new(error.into())));
        if !full {
            // What it was doing is begun anew from what is on disk, once nobody writes any more.
            if let Some(download) = self.files.downloads.remove(&id) {
                download.halt(true);
            }
        }
        self.hold(id, PausedBy::Disk, why);
        self.inform(id);
        self.look_at_disk_later(id);
    }

    /// What the disk has held up is looked at again.
    pub(super) fn look_at_disk_later(&mut self, id: TransferId) {
        self.later(DISK_AGAIN, move |core| core.look_at_disk(id));
    }

    fn look_at_disk(&mut self, id: TransferId) {
        let Some(row) = self.files.rows.get(&id).filter(|row| row.transfer.paused_by == Some(PausedBy::Disk)) else {
            return;
        };
        let Some(folder) = row.folder.clone() else { return self.go_on(id) };
        let left = needed(&row.transfer);
        // Beside what comes, what is noted of it needs room, on a disk that may be another.
        let profile = self.profile.dir().to_owned();
        let looked = tokio::task::spawn_blocking(move || room::has_room(&folder, left) && room::has_room(&profile, 0));
        self.beside(looked, move |core, room| {
            let held = |row: &TransferRow| row.transfer.paused_by == Some(PausedBy::Disk);
            match core.files.rows.get(&id).is_some_and(held) {
                true if room.unwrap_or(false) => core.go_on(id),
                true => core.look_at_disk_later(id),
                false => {}
            }
        });
    }

    fn hold(&mut self, id: TransferId, by: PausedBy, error: Option<Reason>) {
        if let Some(download) = self.files.downloads.get(&id) {
            download.halt(true);
        }
        self.change(id, |row| {
            row.transfer.state = TransferState::Paused;
            row.transfer.paused_by = Some(by);
            row.transfer.error = error;
        });
        self.pull_next();
    }

    /// Nothing holds a transfer to here up any more.
    pub(super) fn go_on(&mut self, id: TransferId) {
        if let Some(download) = self.files.downloads.get(&id) {
            download.halt(false);
        }
        self.change(id, |row| {
            row.transfer.state = TransferState::Active;
            row.transfer.paused_by = None;
            row.transfer.error = None;
        });
        self.inform(id);
        self.pull(id);
    }
}

/// Bytes that the rest of a transfer takes on the disk.
fn needed(transfer: &Transfer) -> u64 {
    room::needed(transfer.size, transfer.done, transfer.files)
}

pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Removes what a former run has left of a transfer.
fn remove_all(staging: Option<std::path::PathBuf>, keep: &Keep, state: TransferState) -> io::Result<()> {
    staging.map_or(Ok(()), |path| Staging::remove_left(&path))?;
    forget(keep, state)
}

/// Removes what is kept of a transfer that ended so: one that failed may be tried again.
pub(super) fn forget(keep: &Keep, state: TransferState) -> io::Result<()> {
    if state == TransferState::Failed { keep.clear() } else { keep.remove() }
}
