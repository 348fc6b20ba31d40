//! Another vecino, as it is known here.

use serde::{Deserialize, Serialize};

use super::{Nickname, PeerId, Timestamp};

/// Whether somebody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// There, and at the keyboard.
    Online,
    /// There, but not at the keyboard.
    Away,
    /// There, and not to be disturbed.
    Busy,
    /// Not there.
    Offline,
}

/// How a peer is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Path {
    /// A connection of its own.
    Direct,
    /// Through a relay, which can't read what it carries.
    Relayed,
    /// Not reached.
    None,
}

/// A peer that is here or was met before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Its identity.
    #[serde(rename = "peer_id")]
    pub id: PeerId,
    /// What it calls itself.
    pub nickname: Nickname,
    /// Tells it from others of the same nickname.
    pub tag: String,
    /// Whether it's there.
    pub presence: Presence,
    /// How it's reached.
    pub path: Path,
    /// Multiaddrs at which it is or was reached.
    pub addresses: Vec<String>,
    /// When it was last connected; `None` where it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
    /// Whether it's a relay, which is nobody to chat with. Only what was added by its address can be one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub relay: bool,
}

impl Peer {
    /// Whether it's connected.
    pub const fn is_here(&self) -> bool {
        !matches!(self.path, Path::None)
    }
}
