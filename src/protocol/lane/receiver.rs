//! The receiver's side of one author's lane: in order, without gaps, committed before it is acknowledged.

use std::collections::VecDeque;

use super::Ticket;
use crate::model::{Epoch, MAX_EPOCHS, MessageId, Verdict, VoidCause, Watermark};
use crate::protocol::wire::chat::{Answer, Push};

/// Pushes of one author that may wait while another is being committed: a retry on a second connection. More are told
/// to come again.
const MAX_WAITING: usize = 2;

/// What an author is told to wait, in milliseconds, where too many of its pushes are here already.
const CROWDED: u32 = 500;

/// What happens to a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiverInput {
    /// A push came; to be answered under this ticket.
    Pushed(Ticket, Push),
    /// The end of [`ReceiverOutput::LoadLanes`]: the author's lanes, the one used last first. `None`: the store couldn't.
    Lanes(Option<Vec<Watermark>>),
    /// The end of [`ReceiverOutput::Commit`]. `None`: the store couldn't, and kept nothing of it.
    Committed(Ticket, Option<Committed>),
}

/// What a receiver wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiverOutput {
    /// Read how far this author's lanes are here; answer with [`ReceiverInput::Lanes`].
    LoadLanes,
    /// Keep all of it in one transaction; answer with [`ReceiverInput::Committed`].
    Commit(Ticket, Commit),
    /// Answer the push.
    Answer(Ticket, Answer),
}

/// One transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Of which epoch.
    pub epoch: Epoch,
    /// Seq of the first new entry; the seq that the lane expects.
    pub first: u64,
    /// New entries; may be none.
    pub entries: Vec<Verdict>,
    /// Entries below `first` that should be here already: seq, id, and whether the author withdrew it since.
    pub check: Vec<(u64, MessageId, bool)>,
}

/// The end of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// Kept.
    Kept {
        /// The lane after it.
        watermark: Watermark,
        /// Which entries of the push, new or checked, hold no message here.
        voids: Vec<(u64, VoidCause)>,
    },
    /// A checked entry isn't the one that is here; nothing was kept.
    Diverged,
}

/// The receiver's side of the lanes of one author.
#[derive(Debug, Clone, Default)]
pub struct Receiver {
    /// `None`: to be asked of the store.
    lanes: Option<Vec<Watermark>>,
    committing: Option<(Ticket, Epoch)>,
    waiting: VecDeque<(Ticket, Push)>,
}

impl Receiver {
    /// The machine for an author of whom nothing is loaded yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is under way, so that the machine can be dropped and made anew later.
    pub fn is_idle(&self) -> bool {
        self.committing.is_none() && self.waiting.is_empty()
    }

    /// Takes one input and says what is to be done, in order.
    pub fn handle(&mut self, input: ReceiverInput) -> Vec<ReceiverOutput> {
        match input {
            ReceiverInput::Pushed(ticket, push) => self.pushed(ticket, push),
            ReceiverInput::Lanes(Some(lanes)) => {
                self.lanes = Some(lanes);
                self.go_on()
            }
            ReceiverInput::Lanes(None) => self.give_up(),
            ReceiverInput::Committed(ticket, committed) => self.committed(ticket, committed),
        }
    }

    fn pushed(&mut self, ticket: Ticket, push: Push) -> Vec<ReceiverOutput> {
        if self.waiting.len() >= MAX_WAITING {
            return vec![ReceiverOutput::Answer(ticket, Answer::Busy(CROWDED))];
        }
        let first = self.is_idle();
        self.waiting.push_back((ticket, push));
        match self.lanes {
            None if first => vec![ReceiverOutput::LoadLanes],
            None => Vec::new(),
            Some(_) => self.go_on(),
        }
    }

    /// Takes up what waits, until something has to be committed.
    fn go_on(&mut self) -> Vec<ReceiverOutput> {
        let mut outputs = Vec::new();
        while self.committing.is_none()
            && let Some((ticket, push)) = self.waiting.pop_front()
        {
            outputs.push(self.take(ticket, push));
        }
        outputs
    }

    fn take(&mut self, ticket: Ticket, push: Push) -> ReceiverOutput {
        let lane = self.lane(push.epoch);
        if push.first > lane.next {
            return ReceiverOutput::Answer(ticket, Answer::Committed { watermark: lane, voids: Vec::new() });
        }
        let known = usize::try_from(lane.next - push.first).unwrap_or(usize::MAX).min(push.entries.len());
        let mut entries = push.entries;
        let new = entries.split_off(known);
        let check = (push.first..)
            .zip(&entries)
            .map(|(seq, entry)| {
                let cancelled = matches!(entry, Verdict::Void { cause: VoidCause::Cancelled, .. });
                (seq, entry.id(), cancelled)
            })
            .collect();
        self.committing = Some((ticket, push.epoch));
        ReceiverOutput::Commit(ticket, Commit { epoch: push.epoch, first: lane.next, entries: new, check })
    }

    fn lane(&self, epoch: Epoch) -> Watermark {
        let known = self.lanes.iter().flatten().find(|lane| lane.epoch == epoch);
        known.copied().unwrap_or(Watermark::start(epoch))
    }

    fn committed(&mut self, ticket: Ticket, committed: Option<Committed>) -> Vec<ReceiverOutput> {
        let Some((_, epoch)) = self.committing.take_if(|(of, _)| *of == ticket) else { return Vec::new() };
        let answer = match committed {
            Some(Committed::Kept { watermark, voids }) => {
                self.remember(watermark);
                Answer::Committed { watermark, voids }
            }
            Some(Committed::Diverged) => Answer::Diverged,
            None => {
                // What the store has may not be what is remembered here.
                self.lanes = None;
                let mut outputs = vec![ReceiverOutput::Answer(ticket, Answer::Unavailable)];
                if !self.waiting.is_empty() {
                    outputs.push(ReceiverOutput::LoadLanes);
                }
                return outputs;
            }
        };
        debug_assert!(!matches!(&answer, Answer::Committed { watermark, .. } if watermark.epoch != epoch));
        let mut outputs = vec![ReceiverOutput::Answer(ticket, answer)];
        outputs.extend(self.go_on());
        outputs
    }

    fn remember(&mut self, watermark: Watermark) {
        let lanes = self.lanes.get_or_insert_default();
        lanes.retain(|lane| lane.epoch != watermark.epoch);
        lanes.insert(0, watermark);
        lanes.truncate(MAX_EPOCHS);
    }

    fn give_up(&mut self) -> Vec<ReceiverOutput> {
        self.waiting.drain(..).map(|(ticket, _)| ReceiverOutput::Answer(ticket, Answer::Unavailable)).collect()
    }
}
