//! A relay that this node uses, as it is shown to its person.

use serde::{Deserialize, Serialize};

use super::{Nickname, PeerId, Reason};

/// How far a node is with a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RelayState {
    /// It isn't reached yet, or no longer: tried again and again.
    Connecting,
    /// Others reach this node through it.
    Ready,
    /// It doesn't take this node.
    Refused,
    /// Not needed as long as enough others are ready.
    Spare,
}

/// A relay, and how it stands with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayStatus {
    /// Its identity; `None` where it was given by an address alone and wasn't reached yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer_id: Option<PeerId>,
    /// What it calls itself, once it has said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<Nickname>,
    /// Multiaddr at which it's dialled, without its id.
    pub address: String,
    /// How far this node is with it.
    pub state: RelayState,
    /// Why it isn't ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Reason>,
    /// Whether the person has added it, by itself or with an invite, so that it can be forgotten.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub given: bool,
}
