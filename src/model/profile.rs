//! What a node knows of itself.

use serde::{Deserialize, Serialize};

use super::{Network, Nickname, PeerId, Presence, RelayStatus};

/// Oneself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// Own identity.
    pub peer_id: PeerId,
    /// Own nickname.
    pub nickname: Nickname,
    /// What tells it from others of the same nickname.
    pub tag: String,
    /// Own presence.
    pub presence: Presence,
    /// Multiaddrs at which this node can be reached, its id included. Empty where no node runs.
    pub addresses: Vec<String>,
    /// The relays that this node knows of, in the order in which it prefers them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relays: Vec<RelayStatus>,
    /// How it stands with the network.
    #[serde(skip)]
    pub network: Network,
}

/// What to do with an offer when it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AcceptOffers {
    /// The person decides about each.
    #[default]
    Ask,
    /// Taken from peers that the person here has written to.
    Known,
    /// All are taken.
    All,
}
