//! What author and receiver of a lane keep of it. A lane is the ordered, durable stream of messages from one author to
//! one peer; an entry is known by `(author, epoch, seq)`, seq counting from 1 without gaps.

use super::{Body, Epoch, MessageId, Refusal, Timestamp};

/// Epochs of one author that a receiver remembers. The least recently used is forgotten first: an author that comes back
/// to a forgotten one is asked for it from the start, and what is in the history already isn't stored twice.
pub const MAX_EPOCHS: usize = 16;

/// Highest Lamport time a message may carry: what a double holds exactly.
pub const MAX_LAMPORT: u64 = 1 << 53;

/// How far a receiver got in one epoch of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watermark {
    /// Which epoch.
    pub epoch: Epoch,
    /// The seq that the receiver expects; everything below it is committed. From 1.
    pub next: u64,
    /// Id of the entry `next - 1`, by which the author sees whether both speak of the same lane. `None` where `next` is 1.
    pub last: Option<MessageId>,
    /// Highest seq that the receiver's person has read; 0 for none.
    pub read: u64,
}

impl Watermark {
    /// The start of an epoch.
    pub const fn start(epoch: Epoch) -> Self {
        Self { epoch, next: 1, last: None, read: 0 }
    }
}

/// How far an author got with the current epoch of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneOut {
    /// Which epoch.
    pub epoch: Epoch,
    /// The latest entry's seq; 0 where there's none.
    pub last: u64,
    /// The highest seq that the receiver acknowledged.
    pub acked: u64,
    /// The highest seq that the receiver's person has read.
    pub read: u64,
}

/// A valid message as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Chosen by its author.
    pub id: MessageId,
    /// Its place in the conversation.
    pub lamport: u64,
    /// By the author's clock, as claimed.
    pub sent_at: Timestamp,
    /// What it says.
    pub body: Body,
}

/// Why an entry holds no message at the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoidCause {
    /// Its author withdrew it; it only keeps its place.
    Cancelled,
    /// Its author withdrew it, but the receiver had the message already.
    Held,
    /// The receiver doesn't take it.
    Refused(Refusal),
}

/// What a receiver decides about an entry before it commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// To be kept.
    Accept(Incoming),
    /// Takes its place in the lane and nothing else.
    Void {
        /// The entry's id.
        id: MessageId,
        /// Why.
        cause: VoidCause,
    },
}

impl Verdict {
    /// The entry's id.
    pub const fn id(&self) -> MessageId {
        match self {
            Self::Accept(incoming) => incoming.id,
            Self::Void { id, .. } => *id,
        }
    }
}
