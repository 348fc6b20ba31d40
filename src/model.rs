//! What every layer speaks of: ids, nicknames, messages, presence, transfers.
//!
//! Plain values, validated when they are made, shared by all. This module knows nothing else of ours and does no I/O.
//! The JSON that the command line and the control socket print is these types' own serialisation, so that a field has
//! one name wherever it occurs.

mod draft;
mod file_name;
mod id;
mod interface;
mod invite;
mod lane;
mod lookup;
mod message;
mod network;
mod nickname;
mod peer;
mod printable;
mod profile;
mod reason;
mod relay;
mod settings;
mod time;
mod token;
mod transcript;
mod transfer;

pub use draft::Draft;
#[cfg(test)]
pub(crate) use file_name::hostile::name as hostile_name;
pub use file_name::{FileName, MAX_FILE_NAME_BYTES, split_extension};
pub use id::{ConversationId, Epoch, IdError, MessageId, PeerId, TransferId};
pub use interface::Interface;
pub use invite::{
    Invite, InviteError, Invited, InvitedRelay, MAX_INVITE_ADDRESSES, MAX_INVITE_RELAYS, MAX_RELAY_ADDRESSES,
};
pub use lane::{Incoming, LaneOut, MAX_EPOCHS, MAX_LAMPORT, Verdict, VoidCause, Watermark};
pub use lookup::{Candidate, LookupError, find_peer, find_transfer};
pub use message::{
    Body, Conversation, From, MAX_CAPTION_BYTES, MAX_TEXT_BYTES, Message, MessageState, Refusal, Span, Text, TextError,
};
pub use network::{Multicast, Network};
pub use nickname::{MAX_NICKNAME_BYTES, MAX_NICKNAME_GRAPHEMES, Nickname, NicknameError, confusable, one_line};
pub use peer::{Path, Peer, Presence, short_address};
pub use printable::{printable, printable_line};
pub use profile::{AcceptOffers, Me};
#[cfg(test)]
pub(crate) use reason::sample::reasons as sample_reasons;
pub use reason::{Fault, FileReason, Plain, Reason};
pub use relay::{RelayState, RelayStatus};
pub use settings::{DEFAULT_PORT, Drawing, Notifications, Settings, SidebarWidth, TextSize, ThemeChoice, WindowSize};
pub use time::Timestamp;
pub use token::{MAX_TOKEN_CHARS, Token, TokenError};
pub use transcript::{Form, Said, Transcript, What, Words};
pub use transfer::{Direction, Made, Offer, PausedBy, Shared, Transfer, TransferState};
