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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Multicast;

    #[test]
    fn the_json_of_oneself_has_the_same_fields_whatever_is_known_of_the_network() {
        let peer_id = PeerId::numbered(1);
        let me = Me {
            peer_id,
            nickname: Nickname::new("ana").unwrap(),
            tag: peer_id.tag(),
            presence: Presence::Online,
            addresses: Vec::new(),
            relays: Vec::new(),
            network: Network { up: true, multicast: Multicast::Heard, ..Network::default() },
        };
        let json = serde_json::to_value(&me).unwrap();
        let fields: Vec<&String> = json.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["addresses", "nickname", "peer_id", "presence", "tag"]);
        assert_eq!(serde_json::from_value::<Me>(json).unwrap(), Me { network: Network::default(), ..me });
    }
}
