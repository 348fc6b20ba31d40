//! What may go wrong for whoever asks the engine for something, in words for a person.

use std::path::PathBuf;

use thiserror::Error;

use crate::model::{InviteError, LookupError, MessageState, NicknameError, PeerId, Reason, TextError, TransferId};
use crate::net::NetError;
use crate::store::StoreError;

/// Why the engine didn't do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// A name didn't lead to one peer or transfer.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// Not a nickname.
    #[error(transparent)]
    Nickname(#[from] NicknameError),
    /// Not a message.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Not an address.
    #[error("“{text}” is not an address ({cause}); write /ip4/192.168.1.20/tcp/48237, or 192.168.1.20:48237")]
    Address {
        /// What was given.
        text: String,
        /// What is wrong with it.
        cause: String,
    },
    /// Not an invite.
    #[error(transparent)]
    Invite(#[from] InviteError),
    /// A relay doesn't take us.
    #[error("the relay {name} doesn't take this vecino: {cause}")]
    RelayRefuses {
        /// What it's called, or its address.
        name: String,
        /// Why, as it says.
        cause: Reason,
    },
    /// Nobody answered at an address.
    #[error("nobody could be reached at {address}: {cause}")]
    Unreachable {
        /// Where.
        address: String,
        /// Why.
        cause: Reason,
    },
    /// A file or folder can't be used.
    #[error("{}: {cause}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: Reason,
    },
    /// An offer can't be made.
    #[error("{0}")]
    Offer(Reason),
    /// This peer has no conversation and isn't here.
    #[error("no peer {0} is known here")]
    UnknownPeer(PeerId),
    /// A message to oneself.
    #[error("that is yourself")]
    Oneself,
    /// The message has gone too far to do this.
    #[error("the message can't be cancelled: it is {0:?} already or may have been received")]
    MessageGone(MessageState),
    /// The transfer isn't in a state in which this can be done.
    #[error("the transfer {} is {state} and can't be {wish}", id.short())]
    TransferState {
        /// Which.
        id: TransferId,
        /// Its state, in a word.
        state: &'static str,
        /// What was asked for.
        wish: &'static str,
    },
    /// It isn't known any more where the files of an offer from here lie.
    #[error("where the files of transfer {} lie isn't known any more: offer them anew", .0.short())]
    OfferLost(TransferId),
    /// Another node runs on the profile.
    #[error("a vecino is running on this profile already ({})", .0.display())]
    AlreadyRunning(PathBuf),
    /// The profile can't be read or written. The words name the file and a way out.
    #[error("{0}")]
    Store(StoreError),
    /// The network can't be used.
    #[error("{0}")]
    Network(NetError),
    /// This computer lacks something that it takes.
    #[error("{0}")]
    System(Reason),
    /// The time given ran out.
    #[error("not confirmed in time")]
    TimedOut,
    /// The engine has stopped.
    #[error("this vecino has stopped")]
    Stopped,
}
