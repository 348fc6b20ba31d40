//! Lanes: how a message gets to a peer exactly once, in order, across crashes of either side.
//!
//! Two pure machines. The [`Author`] sends what its store holds and believes only its receiver's own answers; the
//! [`Receiver`] has its store commit before it answers. Neither keeps a message: both ask for store jobs by [`AuthorOutput`]
//! and [`ReceiverOutput`] and are told of their end by an input. Whatever is lost on the way — an answer, a job's
//! result, the process — costs a repetition, never a message.
//!
//! An entry is known by `(author, epoch, seq)`. Both sides compare **ids** too: a watermark carries the id of the entry
//! below it. So an author that was restored from a backup is recognised even when it has written as many messages since
//! as its former self had: it moves what it believes unacknowledged into a new epoch and sends it again, and the
//! receiver skips the ids that are in its history already.

mod author;
#[cfg(test)]
mod exact;
mod receiver;
#[cfg(test)]
mod simulation;

pub use author::{Author, AuthorInput, AuthorOutput, Loaded, Ticket};
pub use receiver::{Commit, Committed, Receiver, ReceiverInput, ReceiverOutput};
