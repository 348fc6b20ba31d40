//! What the two sides of a transfer tell each other about it: the receiver reports how it fares, the sender gives notice of
//! what it has decided.

use std::time::{Duration, Instant};

use super::Purpose;
use super::serve::Wanted;
use crate::engine::core::Core;
use crate::model::{Direction, PausedBy, PeerId, Plain, Reason, Transfer, TransferId, TransferState};
use crate::net::FileReply;
use crate::protocol::wire::file::{Ask, Denial, Notice, Outcome, Reply};
use crate::store::TransferRow;

/// Wait before a word that wasn't heard is said again.
const AGAIN: Duration = Duration::from_secs(1);

impl Core {
    /// A peer asks or tells something about a transfer.
    pub(in crate::engine) fn file_asked(&mut self, peer: PeerId, id: TransferId, ask: Ask, reply: FileReply) {
        if !self.may_spend(peer, 1) {
            return self.node.answer_file(reply, Reply::Denied(Denial::Busy), None);
        }
        let expected = if matches!(ask, Ask::Notice(_)) { Direction::In } else { Direction::Out };
        let belongs = |transfer: &Transfer| transfer.peer_id == peer && transfer.direction == expected;
        if !self.files.rows.get(&id).is_some_and(|row| belongs(&row.transfer)) {
            return self.asked_of_the_past(peer, id, ask, reply);
        }
        match ask {
            Ask::Range(range) => return self.serve(id, Wanted::Files(range), reply),
            Ask::Manifest { unit, units } => return self.serve(id, Wanted::Manifest { unit, units }, reply),
            Ask::Report { done, outcome } => self.reported(id, done, outcome),
            Ask::Notice(notice) => self.noticed(id, notice),
        }
        self.node.answer_file(reply, Reply::Noted, None);
    }

    /// A transfer that is over: what is told of it may come twice, where the first answer was lost.
    fn asked_of_the_past(&mut self, peer: PeerId, id: TransferId, ask: Ask, reply: FileReply) {
        let store = self.store.clone();
        self.beside(async move { store.transfer(id).await }, move |core, row| {
            let row = row.ok().flatten().filter(|row| row.transfer.peer_id == peer);
            let transfer = row.as_ref().map(|row| row.transfer.clone());
            // It was withdrawn, but all of it had arrived before that was heard.
            if let (Some(row), Ask::Report { done, outcome: Outcome::Verified }) = (row, ask)
                && (row.transfer.direction, row.transfer.state) == (Direction::Out, TransferState::Cancelled)
            {
                core.files.rows.entry(id).or_insert(row);
                core.reported(id, done, Outcome::Verified);
            }
            let answer = match (ask, transfer) {
                (Ask::Report { .. } | Ask::Notice(_), Some(_)) => Reply::Noted,
                (_, Some(Transfer { state: TransferState::Cancelled, direction: Direction::Out, .. })) => {
                    Reply::Denied(Denial::Cancelled)
                }
                _ => Reply::Denied(Denial::Unknown),
            };
            core.node.answer_file(reply, answer, None);
        });
    }

    /// Tells the other side how a transfer stands: its sender how it fares here, its receiver what was decided here. One
    /// word at a time, and again until it was heard.
    pub(super) fn inform(&mut self, id: TransferId) {
        let Some(row) = self.files.rows.get(&id) else { return };
        let Some(word) = word(row) else { return };
        let (peer, ending) = (row.transfer.peer_id, row.transfer.state.is_over());
        if !self.people.is_met(&peer) {
            return self.call(peer);
        }
        if let Some(newer) = self.files.informing.get_mut(&id) {
            *newer = true;
            return;
        }
        let request = self.node.file(&peer, id, word, None);
        self.files.informing.insert(id, false);
        self.files.requests.insert(request, Purpose::Word { id, ending });
    }

    /// What became of the word about a transfer; `ending`: that it's over.
    pub(super) fn informed(&mut self, id: TransferId, ending: bool, reply: Option<Reply>) {
        if matches!(reply, Some(Reply::Denied(Denial::Busy)) | None) {
            return self.later(AGAIN, move |core| {
                core.files.informing.remove(&id);
                core.inform(id);
            });
        }
        let newer = self.files.informing.remove(&id).unwrap_or(false);
        // One who doesn't know the transfer any more, or never did, needs no word of it.
        if ending {
            self.change(id, |row| row.told = row.transfer.state.is_over());
        }
        if newer {
            self.inform(id);
        }
    }

    /// The receiver says how it fares.
    fn reported(&mut self, id: TransferId, done: u64, outcome: Outcome) {
        let trouble = self.files.serving.get(&id).and_then(super::serve::Serving::trouble);
        let Some(row) = self.files.rows.get_mut(&id) else { return };
        let before = (row.transfer.state, row.transfer.paused_by);
        // A report that was under way when it ended says nothing new. What failed may be tried again over there, and what
        // was withdrawn may have been there by then.
        let arrived = (before.0, outcome) == (TransferState::Cancelled, Outcome::Verified);
        if before.0.is_over() && before.0 != TransferState::Failed && !arrived {
            return;
        }
        let after = state(outcome, before);
        row.transfer.done = done.min(row.transfer.size);
        if before == after {
            let done = row.transfer.done;
            self.serving(id).speed.moved(done, Instant::now());
            return self.tell_transfer(id);
        }
        self.change(id, |row| {
            (row.transfer.state, row.transfer.paused_by) = after;
            row.transfer.error = match outcome {
                Outcome::Failed => Some(trouble.unwrap_or(Reason::Plain(Plain::NotReceived))),
                _ => None,
            };
            row.told = after.0.is_over();
        });
    }

    /// The sender has decided something.
    fn noticed(&mut self, id: TransferId, notice: Notice) {
        let Some(transfer) = self.files.rows.get(&id).map(|row| &row.transfer) else { return };
        match (notice, transfer.state, transfer.paused_by) {
            (Notice::Cancelled, state, _) if !state.is_over() => self.withdrawn(id),
            (Notice::Paused, TransferState::Active, _) => self.paused_by_peer(id),
            (Notice::GoOn, TransferState::Paused, Some(PausedBy::Peer)) => self.go_on(id),
            (Notice::GoOn, ..) => self.inform(id),
            _ => {}
        }
    }
}

/// What the other side is to be told of a transfer. `None`: it knows.
fn word(row: &TransferRow) -> Option<Ask> {
    let Transfer { direction, state, paused_by, done, .. } = row.transfer;
    if state.is_over() && row.told {
        return None;
    }
    match direction {
        Direction::In => outcome(state, paused_by).map(|outcome| Ask::Report { done, outcome }),
        Direction::Out => notice(state, paused_by).map(Ask::Notice),
    }
}

/// What a sender says of a transfer in such a state. `None`: its receiver knows.
const fn notice(state: TransferState, paused_by: Option<PausedBy>) -> Option<Notice> {
    match (state, paused_by) {
        (TransferState::Cancelled, _) => Some(Notice::Cancelled),
        (TransferState::Paused, Some(PausedBy::Me)) => Some(Notice::Paused),
        (TransferState::Active | TransferState::Paused, _) => Some(Notice::GoOn),
        _ => None,
    }
}

/// What a receiver says of a transfer in such a state. `None`: its sender knows.
const fn outcome(state: TransferState, paused_by: Option<PausedBy>) -> Option<Outcome> {
    Some(match (state, paused_by) {
        (TransferState::Offered, _) | (TransferState::Paused, Some(PausedBy::Peer)) => return None,
        (TransferState::Active, _) => Outcome::UnderWay,
        (TransferState::Paused, Some(PausedBy::Disk)) => Outcome::Full,
        (TransferState::Paused, _) => Outcome::Paused,
        (TransferState::Done, _) => Outcome::Verified,
        (TransferState::Failed, _) => Outcome::Failed,
        (TransferState::Declined, _) => Outcome::Declined,
        (TransferState::Cancelled, _) => Outcome::Cancelled,
    })
}

/// The state of a transfer at its sender's after such a report.
fn state(outcome: Outcome, before: (TransferState, Option<PausedBy>)) -> (TransferState, Option<PausedBy>) {
    let held = before == (TransferState::Paused, Some(PausedBy::Me));
    match outcome {
        Outcome::Verified => (TransferState::Done, None),
        Outcome::Declined => (TransferState::Declined, None),
        Outcome::Failed => (TransferState::Failed, None),
        Outcome::Cancelled => (TransferState::Cancelled, None),
        // What the person here has paused stays so until they resume it.
        _ if held => before,
        Outcome::UnderWay => (TransferState::Active, None),
        Outcome::Paused => (TransferState::Paused, Some(PausedBy::Peer)),
        Outcome::Full => (TransferState::Paused, Some(PausedBy::Disk)),
    }
}
