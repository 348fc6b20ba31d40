//! The lanes' machines and what they ask for: loads, pushes, commits, answers.

use std::collections::HashMap;
use std::time::Duration;

use super::core::{Core, now, random};
use super::{Error, Event, Warning};
use crate::model::{
    AcceptOffers, ConversationId, Epoch, LaneOut, MessageId, MessageState, PeerId, TransferState, Watermark,
};
use crate::net::{self, ChatReply, RequestId};
use crate::protocol::backoff;
use crate::protocol::budget::Budgets;
use crate::protocol::lane::{
    Author, AuthorInput, AuthorOutput, Commit, Committed, Loaded, Receiver, ReceiverInput, ReceiverOutput, Ticket,
};
use crate::protocol::wire::WireError;
use crate::protocol::wire::chat::{Answer, Chat, ChatRequest, MAX_PUSH_BODIES, MAX_PUSH_ENTRIES, Push, WireEntry};
use crate::store::{Batch, Check, Entries, Receipt, Settlement, StateChange, Store, StoreError, StrangerLimit};

/// What somebody may leave here before the person has ever written to them, and all such people together.
const STRANGER: StrangerLimit =
    StrangerLimit { messages: 10_000, bytes: 64 << 20, people: 2_000, bytes_of_all: 256 << 20 };

/// Entries, read marks and questions about files that a peer may send at once, and then each second.
const BURST: u32 = 4_000;
const ENTRIES_PER_SECOND: u32 = 2_000;

/// What a peer that is too quick is told to wait, in milliseconds.
const TOO_QUICK: u32 = 250;

/// Offers of one peer that are taken without a question, as long as they aren't through.
const MAX_TAKEN: usize = 64;

/// Wait before a store job that failed is done again.
const JOB_AGAIN: Duration = Duration::from_secs(5);

/// All lanes.
pub(super) struct Lanes {
    authors: HashMap<PeerId, Author>,
    receivers: HashMap<PeerId, Receiver>,
    budgets: Budgets,
    /// Pushes under way, by the network's name for them.
    pushes: HashMap<RequestId, (PeerId, Ticket)>,
    /// Pushes of others that wait for their commit.
    replies: HashMap<Ticket, ChatReply>,
    tickets: u64,
}

impl Lanes {
    pub(super) async fn load(store: &Store) -> Result<Self, Error> {
        let authors = store.lanes_out().await?.into_iter().map(|(peer, lane)| (peer, Author::new(lane))).collect();
        Ok(Self {
            authors,
            receivers: HashMap::new(),
            budgets: Budgets::new(BURST, ENTRIES_PER_SECOND),
            pushes: HashMap::new(),
            replies: HashMap::new(),
            tickets: 0,
        })
    }

    /// Whether there's something for the peer that it hasn't acknowledged.
    pub(super) fn has_pending(&self, peer: &PeerId) -> bool {
        self.authors.get(peer).is_some_and(Author::has_pending)
    }

    /// Whether the person here has ever written to the peer.
    pub(super) fn was_written_to(&self, peer: &PeerId) -> bool {
        self.authors.contains_key(peer)
    }
}

/// A new epoch's number.
pub(super) fn new_epoch() -> Result<Epoch, Error> {
    Ok(Epoch::new(u64::from_le_bytes(random()?)))
}

// The author's side.
impl Core {
    /// The store has another entry for `peer`: the machine sends it when it can.
    pub(super) fn appended(&mut self, peer: PeerId, lane: LaneOut) {
        self.call(peer);
        if self.lanes.authors.contains_key(&peer) {
            self.author_does(peer, AuthorInput::Appended(lane));
            return;
        }
        self.lanes.authors.insert(peer, Author::new(lane));
        if let Some(marks) = self.people.marks(&peer).cloned() {
            self.author_does(peer, AuthorInput::Met(marks));
        }
    }

    /// Gives an input to a peer's author, if there's one, and carries out what it wants.
    pub(super) fn author_does(&mut self, peer: PeerId, input: AuthorInput) {
        let Some(author) = self.lanes.authors.get_mut(&peer) else { return };
        for output in author.handle(input) {
            self.author_wants(peer, output);
        }
    }

    fn author_wants(&mut self, peer: PeerId, output: AuthorOutput) {
        match output {
            AuthorOutput::Load { ticket, epoch, from } => self.load_entries(peer, ticket, epoch, from),
            AuthorOutput::Push { ticket, epoch, first, entries } => {
                let request = self.node.chat(&peer, ChatRequest::push(epoch, first, entries));
                self.lanes.pushes.insert(request, (peer, ticket));
            }
            AuthorOutput::Settle { epoch, from, acked, read, voids } => {
                self.settle(Settlement { peer, epoch, from, acked, read, voids });
            }
            AuthorOutput::SettleRead { epoch, read } => {
                let store = self.store.clone();
                self.beside(async move { store.settle_read(peer, epoch, read).await }, move |core, changes| {
                    core.tell_states(peer, changes.unwrap_or_default());
                });
            }
            AuthorOutput::Requeue(marks) => self.requeue(peer, marks),
            AuthorOutput::Renew(ticket) => self.renew(peer, ticket),
            AuthorOutput::Wake { ticket, after } => {
                self.later(jittered(after), move |core| core.author_does(peer, AuthorInput::Woke(ticket)));
            }
        }
    }

    fn load_entries(&mut self, peer: PeerId, ticket: Ticket, epoch: Epoch, from: u64) {
        let store = self.store.clone();
        let conversation = ConversationId::between(&self.me, &peer);
        let work = async move {
            let entries = store.entries(peer, epoch, from, MAX_PUSH_ENTRIES, MAX_PUSH_BODIES as u64).await;
            entries.map(|entries| to_wire(entries, conversation))
        };
        self.beside(work, move |core, loaded| {
            let loaded = match loaded {
                Ok(Ok(loaded)) => Some(loaded),
                Ok(Err(error)) => {
                    core.warn(Warning::NotSent(error.to_string().into()));
                    None
                }
                Err(error) => {
                    core.warn(error);
                    None
                }
            };
            core.author_does(peer, AuthorInput::Loaded(ticket, loaded));
        });
    }

    fn settle(&mut self, settlement: Settlement) {
        let Settlement { peer, epoch, from, .. } = settlement;
        let store = self.store.clone();
        self.beside(async move { store.settle(settlement).await }, move |core, settled| match settled {
            Ok(changes) => core.tell_states(peer, changes),
            Err(error) => {
                let kept = match error {
                    StoreError::Stale { next } => next.saturating_sub(1),
                    _ => {
                        core.warn(error);
                        from
                    }
                };
                core.author_does(peer, AuthorInput::Unsettled(epoch, kept));
            }
        });
    }

    fn requeue(&mut self, peer: PeerId, marks: Vec<Watermark>) {
        let store = self.store.clone();
        let again = marks.clone();
        self.beside(async move { store.requeue(peer, marks).await }, move |core, lane| match lane {
            Ok(Some(lane)) => core.author_does(peer, AuthorInput::Appended(lane)),
            Ok(None) => {}
            Err(error) => {
                core.warn(error);
                core.later(JOB_AGAIN, move |core| core.requeue(peer, again));
            }
        });
    }

    fn renew(&mut self, peer: PeerId, ticket: Ticket) {
        tracing::info!(%peer, "a new epoch: one side was restored from a backup, or runs twice");
        let store = self.store.clone();
        let work = async move { Ok::<_, Error>(store.start_epoch(peer, new_epoch()?).await?) };
        self.beside(work, move |core, lane| {
            if let Err(error) = &lane {
                core.warn(error.clone());
            }
            core.author_does(peer, AuthorInput::Renewed(ticket, lane.ok()));
        });
    }

    pub(super) fn tell_states(&mut self, peer_id: PeerId, changes: Vec<StateChange>) {
        for StateChange { id, state, error } in changes {
            if state == MessageState::Failed {
                self.offer_refused(id.transfer(), error.clone());
            }
            self.teller.tell(Event::MessageState { id, peer_id, state, error });
        }
    }

    pub(super) fn chat_answered(&mut self, request: RequestId, answer: Option<Answer>) {
        if let Some((peer, ticket)) = self.lanes.pushes.remove(&request) {
            self.author_does(peer, AuthorInput::Answered(ticket, answer));
        }
    }
}

// The receiver's side.
impl Core {
    pub(super) fn chat(&mut self, peer: PeerId, chat: Chat, reply: ChatReply) {
        let amount = match &chat {
            Chat::Read { .. } => 1,
            Chat::Push(push) => push.entries.len(),
        };
        if !self.may_spend(peer, amount) {
            return self.node.answer_chat(reply, &Answer::Busy(TOO_QUICK));
        }
        match chat {
            Chat::Read { epoch, seq } => {
                // A read mark needs no answer but that it was heard.
                let heard = Answer::Committed { watermark: Watermark::start(epoch), voids: Vec::new() };
                self.node.answer_chat(reply, &heard);
                self.author_does(peer, AuthorInput::ReadTo(epoch, seq));
            }
            Chat::Push(push) => self.pushed(peer, push, reply),
        }
    }

    /// Takes from what a peer may have us do: an entry, a read mark or a question about a file each count one.
    pub(super) fn may_spend(&mut self, peer: PeerId, amount: usize) -> bool {
        self.lanes.budgets.take(&peer, u32::try_from(amount).unwrap_or(u32::MAX), self.started.elapsed())
    }

    fn pushed(&mut self, peer: PeerId, push: Push, reply: ChatReply) {
        self.lanes.tickets += 1;
        let ticket = Ticket(self.lanes.tickets);
        self.lanes.replies.insert(ticket, reply);
        self.receiver_does(peer, ReceiverInput::Pushed(ticket, push));
    }

    fn receiver_does(&mut self, peer: PeerId, input: ReceiverInput) {
        let outputs = self.lanes.receivers.entry(peer).or_default().handle(input);
        if !self.people.is_met(&peer) {
            self.forget_receiver(&peer);
        }
        for output in outputs {
            match output {
                ReceiverOutput::LoadLanes => {
                    let store = self.store.clone();
                    self.beside(async move { store.lanes_in(peer).await }, move |core, lanes| {
                        core.receiver_does(peer, ReceiverInput::Lanes(lanes.ok()));
                    });
                }
                ReceiverOutput::Commit(ticket, commit) => self.commit(peer, ticket, commit),
                ReceiverOutput::Answer(ticket, answer) => {
                    let answer = match answer {
                        Answer::Committed { watermark, voids } => {
                            Answer::Committed { watermark: self.told_of(watermark), voids }
                        }
                        other => other,
                    };
                    if let Some(reply) = self.lanes.replies.remove(&ticket) {
                        self.node.answer_chat(reply, &answer);
                    }
                }
            }
        }
    }

    /// How far a lane is, as far as its author is to know.
    pub(super) fn told_of(&self, lane: Watermark) -> Watermark {
        if self.settings.receipts { lane } else { Watermark { read: 0, ..lane } }
    }

    fn commit(&mut self, author: PeerId, ticket: Ticket, commit: Commit) {
        let batch = Batch {
            author,
            me: self.me,
            epoch: commit.epoch,
            first: commit.first,
            entries: commit.entries,
            check: commit.check.into_iter().map(|(seq, id, cancelled)| Check { seq, id, cancelled }).collect(),
            received_at: now(),
            stranger: STRANGER,
            offers: self.state_of_new_offers(&author),
        };
        let store = self.store.clone();
        self.beside(async move { store.receive(batch).await }, move |core, receipt| {
            let committed = match receipt {
                Ok(receipt) => Some(core.received(author, receipt)),
                Err(StoreError::Stale { .. }) => None,
                Err(error) => {
                    core.warn(Warning::NotKept(error.into()));
                    None
                }
            };
            core.receiver_does(author, ReceiverInput::Committed(ticket, committed));
        });
    }

    fn state_of_new_offers(&self, author: &PeerId) -> TransferState {
        let taken = match self.options.accept.unwrap_or(self.settings.accept) {
            AcceptOffers::Ask => false,
            AcceptOffers::Known => self.lanes.was_written_to(author),
            AcceptOffers::All => true,
        };
        // Beyond some that run, offers wait for the person, whose number the store bounds.
        if taken && self.files.received_from(author) < MAX_TAKEN {
            TransferState::Active
        } else {
            TransferState::Offered
        }
    }

    fn received(&mut self, author: PeerId, receipt: Receipt) -> Committed {
        if receipt.diverged {
            return Committed::Diverged;
        }
        let something = !receipt.messages.is_empty();
        if something {
            self.typing_over(&author);
        }
        for message in receipt.messages {
            self.teller.tell(Event::Message(message));
        }
        if something {
            self.teller.tell(Event::Unread { peer_id: author, unread: receipt.unread });
        }
        for row in receipt.transfers {
            self.offered(row);
        }
        Committed::Kept { watermark: receipt.lane, voids: receipt.voids }
    }

    /// Nothing of a peer that left has to be remembered here: its store is what counts.
    pub(super) fn forget_receiver(&mut self, peer: &PeerId) {
        if self.lanes.receivers.get(peer).is_some_and(Receiver::is_idle) {
            self.lanes.receivers.remove(peer);
        }
    }
}

fn to_wire(entries: Entries, conversation: ConversationId) -> Result<Loaded, WireError> {
    let wire = |message: crate::model::Message| {
        let entry = WireEntry::new(message.id, conversation, message.lamport, message.sent_at, &message.body)?;
        Ok((message.id, entry))
    };
    let wired: Result<Vec<(MessageId, WireEntry)>, WireError> =
        entries.entries.into_iter().map(|entry| wire(entry.message)).collect();
    Ok(Loaded { before: entries.prev, entries: wired? })
}

/// A quarter more or less, so that many don't try at the same moment.
fn jittered(wait: Duration) -> Duration {
    backoff::spread(wait, net::jitter())
}
