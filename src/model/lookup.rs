//! Finding what a person named on the command line: a peer by nickname, `nickname#tag`, id or a prefix of one;
//! a transfer by its id or an end of it.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Peer, PeerId, TransferId};

/// All Ed25519 peer ids begin with these eight characters, so a prefix has to be longer to tell anything.
const COMMON_PREFIX: usize = 8;

/// Fewest digits of a transfer's id that may stand for it.
const SHORTEST_END: usize = 4;

/// Somebody who could have been meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The id.
    pub peer_id: PeerId,
    /// `nickname#tag`.
    pub name: String,
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}", self.name, self.peer_id)
    }
}

/// Why a name didn't lead to one thing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LookupError {
    /// Nobody is called that.
    #[error("nobody called “{0}” is known here")]
    NoSuchPeer(String),
    /// Several are.
    #[error("“{name}” could be any of {} people", candidates.len())]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// Whom it fits.
        candidates: Vec<Candidate>,
    },
    /// No transfer has that id.
    #[error("there is no transfer “{0}”")]
    NoSuchTransfer(String),
    /// Several transfers' ids end or begin so.
    #[error("“{0}” fits several transfers; write more of the id")]
    AmbiguousTransfer(String),
}

/// The one peer that `name` means among `peers`.
///
/// A nickname wins over a prefix of an id; an exact nickname over one that differs in letter case.
pub fn find_peer<'a>(name: &str, peers: impl IntoIterator<Item = &'a Peer>) -> Result<&'a Peer, LookupError> {
    let peers: Vec<&Peer> = peers.into_iter().collect();
    let name = name.trim();
    let tagged = name.rsplit_once('#');
    let ways: [&dyn Fn(&Peer) -> bool; 5] = [
        &|peer| peer.id.to_string() == name,
        &|peer| peer.nickname.as_str() == name,
        &|peer| tagged.is_some_and(|(nickname, tag)| peer.nickname.as_str() == nickname && peer.tag == tag),
        &|peer| peer.nickname.as_str().to_lowercase() == name.to_lowercase(),
        &|peer| name.len() > COMMON_PREFIX && peer.id.to_string().starts_with(name),
    ];
    for fits in ways {
        let found: Vec<&Peer> = peers.iter().copied().filter(|peer| fits(peer)).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(one),
            several => {
                let mut candidates: Vec<Candidate> = several
                    .iter()
                    .map(|peer| Candidate { peer_id: peer.id, name: format!("{}#{}", peer.nickname, peer.tag) })
                    .collect();
                candidates.sort_by(|a, b| a.name.cmp(&b.name));
                return Err(LookupError::Ambiguous { name: name.to_owned(), candidates });
            }
        }
    }
    Err(LookupError::NoSuchPeer(name.chars().take(80).collect()))
}

/// The one transfer whose id is, begins with or ends with `text`.
pub fn find_transfer(text: &str, ids: impl IntoIterator<Item = TransferId>) -> Result<TransferId, LookupError> {
    let wanted = text.trim().to_lowercase().replace('-', "");
    let mut found: Vec<TransferId> = if wanted.len() < SHORTEST_END {
        Vec::new()
    } else {
        ids.into_iter()
            .filter(|id| {
                let digits = id.to_string().replace('-', "");
                digits.starts_with(&wanted) || digits.ends_with(&wanted)
            })
            .collect()
    };
    found.sort();
    found.dedup();
    match found.as_slice() {
        [] => Err(LookupError::NoSuchTransfer(text.chars().take(80).collect())),
        [one] => Ok(*one),
        _ => Err(LookupError::AmbiguousTransfer(text.chars().take(80).collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Nickname, Path, Presence};

    fn peer(key: u8, nickname: &str) -> Peer {
        let id = PeerId::from_public_key([key; 32]);
        Peer {
            id,
            nickname: Nickname::new(nickname).unwrap(),
            tag: id.tag(),
            presence: Presence::Online,
            path: Path::Direct,
            addresses: Vec::new(),
            last_seen: None,
            relay: false,
        }
    }

    #[test]
    fn a_peer_is_found_by_any_of_its_names() {
        let peers = [peer(1, "ana"), peer(2, "luis"), peer(3, "luis"), peer(4, "C#fan"), peer(5, "LUIS")];
        let find = |name: &str| find_peer(name, &peers).map(|peer| peer.id);
        assert_eq!(find("ana"), Ok(peers[0].id));
        assert_eq!(find("ANA"), Ok(peers[0].id));
        assert_eq!(find("LUIS"), Ok(peers[4].id));
        assert_eq!(find("C#fan"), Ok(peers[3].id));
        assert_eq!(find(&format!("luis#{}", peers[2].tag)), Ok(peers[2].id));
        assert_eq!(find(&peers[1].id.to_string()), Ok(peers[1].id));
        assert_eq!(find(&peers[1].id.to_string()[..20]), Ok(peers[1].id));
        assert_eq!(find("maría"), Err(LookupError::NoSuchPeer("maría".into())));
        assert_eq!(find("12D3KooW"), Err(LookupError::NoSuchPeer("12D3KooW".into())));
        assert_eq!(find(""), Err(LookupError::NoSuchPeer(String::new())));
    }

    #[test]
    fn an_ambiguous_nickname_lists_its_candidates() {
        let peers = [peer(2, "luis"), peer(3, "luis"), peer(1, "ana")];
        let Err(LookupError::Ambiguous { candidates, .. }) = find_peer("luis", &peers) else { panic!() };
        let mut ids: Vec<PeerId> = candidates.iter().map(|c| c.peer_id).collect();
        ids.sort();
        assert_eq!(ids, [peers[0].id, peers[1].id]);
    }

    #[test]
    fn a_transfer_is_found_by_the_end_of_its_id() {
        let one = TransferId::from_bytes([0x12; 16]);
        let mut bytes = [0x12; 16];
        bytes[15] = 0x34;
        let two = TransferId::from_bytes(bytes);
        assert_eq!(find_transfer(&one.to_string(), [one, two]), Ok(one));
        assert_eq!(find_transfer(&two.short(), [one, two]), Ok(two));
        assert_eq!(find_transfer("1212", [one, two]), Err(LookupError::AmbiguousTransfer("1212".into())));
        assert_eq!(find_transfer("12", [one, two]), Err(LookupError::NoSuchTransfer("12".into())));
    }
}
