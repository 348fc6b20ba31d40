//! The author's side of a lane: sends, believes answers, starts anew where its memory is out of date.

use std::time::Duration;

use crate::model::{Epoch, LaneOut, MessageId, VoidCause, Watermark};
use crate::protocol::backoff;
use crate::protocol::wire::chat::{Answer, WireEntry};

/// First wait before a push is tried again on a connection that stands.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Longest wait between two tries. The engine adds jitter.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Longest wait that a receiver may ask for.
const LONGEST_BUSY: Duration = Duration::from_secs(60);

/// Names one errand (a load or a push), so that a late result of an older one is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ticket(pub u64);

/// What happens to an author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorInput {
    /// The store committed another entry; the lane is now this.
    Appended(LaneOut),
    /// The peer is here and told how far it got, in each epoch that it remembers.
    Met(Vec<Watermark>),
    /// The peer is gone.
    Parted,
    /// The end of [`AuthorOutput::Load`]. `None`: the store couldn't.
    Loaded(Ticket, Option<Loaded>),
    /// The end of [`AuthorOutput::Push`]. `None`: no answer came, which says nothing about whether the peer has it.
    Answered(Ticket, Option<Answer>),
    /// A [`AuthorOutput::Settle`] could not be kept: the store's lane is still acknowledged up to this seq.
    Unsettled(Epoch, u64),
    /// The end of [`AuthorOutput::Renew`]: the lane as it is now. `None`: the store couldn't.
    Renewed(Ticket, Option<LaneOut>),
    /// The time asked for by [`AuthorOutput::Wake`] has come.
    Woke(Ticket),
    /// The receiver's person has read up to here.
    ReadTo(Epoch, u64),
}

/// Entries from the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// Id of the entry before the first; `None` where the first is the lane's first.
    pub before: Option<MessageId>,
    /// Consecutive entries from the seq that was asked for; empty where the lane ends before it.
    pub entries: Vec<(MessageId, WireEntry)>,
}

/// What an author wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorOutput {
    /// Read consecutive entries from this seq on, and the id before it; answer with [`AuthorInput::Loaded`].
    Load {
        /// Of which errand.
        ticket: Ticket,
        /// From which epoch.
        epoch: Epoch,
        /// First seq.
        from: u64,
    },
    /// Send to the peer; answer with [`AuthorInput::Answered`].
    Push {
        /// Of which errand.
        ticket: Ticket,
        /// The lane's epoch.
        epoch: Epoch,
        /// Seq of the first entry.
        first: u64,
        /// The entries.
        entries: Vec<WireEntry>,
    },
    /// Keep what the receiver acknowledged; where that fails, answer with [`AuthorInput::Unsettled`].
    Settle {
        /// Of which epoch.
        epoch: Epoch,
        /// What the lane was acknowledged up to before. Nothing may be kept where the store has another figure: what was
        /// refused in between would pass for delivered.
        from: u64,
        /// Everything up to this seq is at the receiver. Lower than `from` where the receiver was restored from a backup.
        acked: u64,
        /// Everything up to this seq was read there.
        read: u64,
        /// Entries that hold no message there, newly acknowledged.
        voids: Vec<(u64, VoidCause)>,
    },
    /// Keep a read mark alone, perhaps of an epoch that is over.
    SettleRead {
        /// Of which epoch.
        epoch: Epoch,
        /// Everything up to this seq was read.
        read: u64,
    },
    /// This is how far the receiver says it is. Of the epochs that are over, move what it lacks to the end of the current
    /// one: everything from its `next` on where its `last` is the entry before that, else everything. Tell by
    /// [`AuthorInput::Appended`] where something was moved; where the store can't, try again. Most often there's nothing:
    /// one side or both have to have been restored from a backup.
    Requeue(Vec<Watermark>),
    /// Move the unacknowledged entries into a new epoch; answer with [`AuthorInput::Renewed`].
    Renew(Ticket),
    /// Answer with [`AuthorInput::Woke`] after this time.
    Wake {
        /// Of which errand.
        ticket: Ticket,
        /// How long to wait.
        after: Duration,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    /// No peer.
    Away,
    /// Entries asked of the store.
    Loading,
    /// Sent, from the place's seq on.
    Pushing { ids: Vec<MessageId> },
    /// Waits before the lane is looked at again.
    Waiting(Next),
    /// The store is starting a new epoch.
    Renewing,
    /// All is acknowledged, as far as the machine knows.
    Idle,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Load,
    Renew,
}

/// The author's side of one lane.
#[derive(Debug, Clone)]
pub struct Author {
    lane: LaneOut,
    stage: Stage,
    ticket: Ticket,
    /// Where to go on.
    place: Place,
    /// What the receiver says its person has read of this epoch. Believed up to what is acknowledged.
    claimed_read: u64,
    /// What the receiver said when it was met last, of all epochs.
    met: Vec<Watermark>,
    /// Errands since the last progress that came to nothing.
    failures: u32,
}

/// Where a lane is to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// First seq to load.
    from: u64,
    /// What the id of the entry before it has to be for both sides to speak of the same lane. `None`: the receiver
    /// compares the ids itself, being sent entries that it claims to have.
    check: Option<Option<MessageId>>,
}

impl Place {
    const START: Self = Self { from: 1, check: Some(None) };
}

impl Author {
    /// The machine for a lane as the store has it.
    pub fn new(lane: LaneOut) -> Self {
        Self {
            lane,
            stage: Stage::Away,
            ticket: Ticket(0),
            place: Place::START,
            claimed_read: 0,
            met: Vec::new(),
            failures: 0,
        }
    }

    /// The lane as the machine knows it.
    pub const fn lane(&self) -> LaneOut {
        self.lane
    }

    /// Whether the receiver hasn't acknowledged all of it yet.
    pub const fn has_pending(&self) -> bool {
        self.lane.last > self.lane.acked
    }

    /// Takes one input and says what is to be done, in order.
    pub fn handle(&mut self, input: AuthorInput) -> Vec<AuthorOutput> {
        match input {
            AuthorInput::Appended(lane) => self.appended(lane),
            AuthorInput::Met(watermarks) => self.met(watermarks),
            AuthorInput::Parted => {
                self.stage = Stage::Away;
                Vec::new()
            }
            AuthorInput::Loaded(ticket, loaded) if ticket == self.ticket => self.loaded(loaded),
            AuthorInput::Answered(ticket, answer) if ticket == self.ticket => self.answered(answer),
            AuthorInput::Renewed(ticket, lane) => self.renewed(ticket, lane),
            AuthorInput::Unsettled(epoch, acked) => self.unsettled(epoch, acked),
            AuthorInput::Woke(ticket) if ticket == self.ticket => self.woke(),
            AuthorInput::ReadTo(epoch, seq) => self.read_to(epoch, seq),
            AuthorInput::Loaded(..) | AuthorInput::Answered(..) | AuthorInput::Woke(_) => Vec::new(),
        }
    }

    fn appended(&mut self, lane: LaneOut) -> Vec<AuthorOutput> {
        // Where the store has begun another epoch meanwhile, Renewed tells.
        if lane.epoch == self.lane.epoch {
            self.lane.last = self.lane.last.max(lane.last);
        }
        if self.stage == Stage::Idle { self.load(self.place) } else { Vec::new() }
    }

    fn met(&mut self, watermarks: Vec<Watermark>) -> Vec<AuthorOutput> {
        self.failures = 0;
        let mine = watermarks.iter().find(|mark| mark.epoch == self.lane.epoch).copied();
        let mut outputs = vec![AuthorOutput::Requeue(watermarks.clone())];
        outputs.extend(
            watermarks
                .iter()
                .filter(|mark| mark.epoch != self.lane.epoch && mark.read > 0)
                .map(|mark| AuthorOutput::SettleRead { epoch: mark.epoch, read: mark.read }),
        );
        self.met = watermarks;
        // What the receiver says of the old epoch is of no use while the store begins a new one.
        if self.stage != Stage::Renewing {
            outputs.extend(self.reconcile(mine.unwrap_or(Watermark::start(self.lane.epoch))));
        }
        outputs
    }

    /// Goes on from where the receiver says it is.
    ///
    /// What it has beyond our last acknowledgement is sent once more: only its answer tells which of it was refused, and
    /// it compares the ids. Where it has less than it acknowledged (it was restored from a backup), the lane goes back.
    fn reconcile(&mut self, mark: Watermark) -> Vec<AuthorOutput> {
        if mark.next - 1 > self.lane.last {
            return self.renew();
        }
        self.claimed_read = mark.read;
        if mark.next <= self.lane.acked + 1 {
            self.load(Place { from: mark.next, check: Some(mark.last) })
        } else {
            self.load(Place { from: self.lane.acked + 1, check: None })
        }
    }

    fn load(&mut self, place: Place) -> Vec<AuthorOutput> {
        self.place = place;
        self.stage = Stage::Loading;
        vec![AuthorOutput::Load { ticket: self.next_ticket(), epoch: self.lane.epoch, from: place.from }]
    }

    fn loaded(&mut self, loaded: Option<Loaded>) -> Vec<AuthorOutput> {
        if self.stage != Stage::Loading {
            return Vec::new();
        }
        let Some(loaded) = loaded else { return self.wait(Next::Load) };
        if self.place.check.is_some_and(|expected| expected != loaded.before) {
            return self.renew();
        }
        let from = self.place.from;
        let mut outputs = self.settle(from - 1, Vec::new());
        if loaded.entries.is_empty() {
            outputs.extend(self.rest());
            return outputs;
        }
        let (ids, entries): (Vec<_>, Vec<_>) = loaded.entries.into_iter().unzip();
        self.stage = Stage::Pushing { ids };
        outputs.push(AuthorOutput::Push { ticket: self.next_ticket(), epoch: self.lane.epoch, first: from, entries });
        outputs
    }

    /// The store had nothing to send: rest, unless an entry was committed while it looked.
    fn rest(&mut self) -> Vec<AuthorOutput> {
        if self.lane.last < self.place.from {
            self.failures = 0;
            self.stage = Stage::Idle;
            return Vec::new();
        }
        if self.failures > 0 {
            return self.wait(Next::Load);
        }
        self.failures = 1;
        self.load(self.place)
    }

    fn answered(&mut self, answer: Option<Answer>) -> Vec<AuthorOutput> {
        let Stage::Pushing { ids } = std::mem::replace(&mut self.stage, Stage::Idle) else { return Vec::new() };
        match answer {
            Some(Answer::Committed { watermark, voids }) if watermark.epoch == self.lane.epoch => {
                self.committed(&ids, watermark, voids)
            }
            Some(Answer::Diverged) => self.renew(),
            Some(Answer::Busy(millis)) => {
                self.wait_for(Next::Load, Duration::from_millis(millis.into()).clamp(FIRST_WAIT, LONGEST_BUSY))
            }
            Some(Answer::Committed { .. } | Answer::Unavailable | Answer::Invalid) | None => self.wait(Next::Load),
        }
    }

    fn committed(&mut self, ids: &[MessageId], mark: Watermark, mut voids: Vec<(u64, VoidCause)>) -> Vec<AuthorOutput> {
        let first = self.place.from;
        let end = first + ids.len() as u64;
        if mark.next < first || mark.next - 1 > self.lane.last {
            return self.reconcile(mark);
        }
        if mark.next == first {
            // Nothing of it was taken. Going on from the same place at once could go on for ever.
            return self.wait(Next::Load);
        }
        let next = mark.next.min(end);
        let newest = usize::try_from(next - 1 - first).ok().and_then(|place| ids.get(place)).copied();
        // Further on than this push, the receiver has compared the ids that it was sent.
        if mark.next <= end && mark.last != newest {
            return self.renew();
        }
        self.failures = 0;
        self.claimed_read = self.claimed_read.max(mark.read);
        voids.retain(|(seq, _)| (first..next).contains(seq));
        let mut outputs = self.settle(next - 1, voids);
        self.place = Place { from: next, check: Some(newest) };
        self.stage = Stage::Idle;
        if self.lane.last >= next {
            outputs.extend(self.load(self.place));
        }
        outputs
    }

    fn settle(&mut self, acked: u64, voids: Vec<(u64, VoidCause)>) -> Vec<AuthorOutput> {
        if acked == self.lane.acked && voids.is_empty() {
            return self.settle_read();
        }
        let from = std::mem::replace(&mut self.lane.acked, acked);
        self.lane.read = self.lane.read.max(self.claimed_read.min(acked));
        vec![AuthorOutput::Settle { epoch: self.lane.epoch, from, acked, read: self.lane.read, voids }]
    }

    /// The store lags behind what the receiver said: have it said again.
    fn unsettled(&mut self, epoch: Epoch, acked: u64) -> Vec<AuthorOutput> {
        if epoch != self.lane.epoch || acked == self.lane.acked {
            return Vec::new();
        }
        self.lane.acked = acked;
        self.place = Place { from: acked + 1, check: None };
        match self.stage {
            Stage::Away | Stage::Renewing | Stage::Waiting(Next::Renew) => Vec::new(),
            _ => self.wait(Next::Load),
        }
    }

    fn settle_read(&mut self) -> Vec<AuthorOutput> {
        let read = self.claimed_read.min(self.lane.acked);
        if read <= self.lane.read {
            return Vec::new();
        }
        self.lane.read = read;
        vec![AuthorOutput::SettleRead { epoch: self.lane.epoch, read }]
    }

    fn read_to(&mut self, epoch: Epoch, seq: u64) -> Vec<AuthorOutput> {
        if epoch != self.lane.epoch {
            return vec![AuthorOutput::SettleRead { epoch, read: seq }];
        }
        self.claimed_read = self.claimed_read.max(seq);
        self.settle_read()
    }

    /// Starts a new epoch; at once the first time, after a wait where the last one brought no progress.
    fn renew(&mut self) -> Vec<AuthorOutput> {
        if self.failures > 0 {
            return self.wait(Next::Renew);
        }
        self.failures = 1;
        self.start_renewal()
    }

    fn start_renewal(&mut self) -> Vec<AuthorOutput> {
        self.stage = Stage::Renewing;
        vec![AuthorOutput::Renew(self.next_ticket())]
    }

    fn renewed(&mut self, ticket: Ticket, lane: Option<LaneOut>) -> Vec<AuthorOutput> {
        let mut outputs = Vec::new();
        if let Some(lane) = lane {
            // True whoever asked and whatever happened since: the store has begun another epoch.
            self.lane = lane;
            self.claimed_read = 0;
            self.place = Place::START;
            outputs.push(AuthorOutput::Requeue(self.met.clone()));
        }
        outputs.extend(match self.stage {
            Stage::Away => Vec::new(),
            Stage::Renewing if ticket != self.ticket => Vec::new(),
            Stage::Renewing if lane.is_none() => self.wait(Next::Renew),
            _ => self.load(self.place),
        });
        outputs
    }

    fn woke(&mut self) -> Vec<AuthorOutput> {
        match self.stage {
            Stage::Waiting(Next::Load) => self.load(self.place),
            Stage::Waiting(Next::Renew) => self.start_renewal(),
            _ => Vec::new(),
        }
    }

    fn wait(&mut self, next: Next) -> Vec<AuthorOutput> {
        let after = backoff::wait(FIRST_WAIT, self.failures, LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        self.wait_for(next, after)
    }

    fn wait_for(&mut self, next: Next, after: Duration) -> Vec<AuthorOutput> {
        self.stage = Stage::Waiting(next);
        vec![AuthorOutput::Wake { ticket: self.next_ticket(), after }]
    }

    fn next_ticket(&mut self) -> Ticket {
        self.ticket.0 += 1;
        self.ticket
    }
}
