//! When something was last said with each peer: a circuit on which nothing is said any more is closed. Pure: time comes as
//! an argument.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::model::PeerId;

/// How long nothing may be said on a circuit until it's closed. Pings and hellos don't count.
pub(super) const IDLE: Duration = Duration::from_secs(90);

/// How long after the last word a connection that breaks is made again at once. The peer closes a circuit after [`IDLE`],
/// by its own clock.
const IN_USE: Duration = Duration::from_secs(60);

#[derive(Debug)]
struct Spoken {
    last: Instant,
    /// Questions whose answer may take long.
    under_way: usize,
}

/// The peers that are connected, and when something was last said.
#[derive(Debug, Default)]
pub(super) struct Exchanges {
    peers: HashMap<PeerId, Spoken>,
}

impl Exchanges {
    /// Somebody is connected.
    pub(super) fn met(&mut self, peer: PeerId, now: Instant) {
        self.peers.entry(peer).or_insert(Spoken { last: now, under_way: 0 });
    }

    /// Something is said.
    pub(super) fn said(&mut self, peer: &PeerId, now: Instant) {
        if let Some(spoken) = self.peers.get_mut(peer) {
            spoken.last = now;
        }
    }

    /// Something is asked whose answer may take long; [`Exchanges::ended`] has to be told of its end.
    pub(super) fn began(&mut self, peer: &PeerId, now: Instant) {
        self.said(peer, now);
        if let Some(spoken) = self.peers.get_mut(peer) {
            spoken.under_way += 1;
        }
    }

    /// What was asked is answered, or won't be.
    pub(super) fn ended(&mut self, peer: &PeerId, now: Instant) {
        self.said(peer, now);
        if let Some(spoken) = self.peers.get_mut(peer) {
            spoken.under_way = spoken.under_way.saturating_sub(1);
        }
    }

    /// Somebody's last connection ended. Whether it was in use.
    pub(super) fn parted(&mut self, peer: &PeerId, now: Instant) -> bool {
        let spoken = self.peers.remove(peer);
        spoken.is_some_and(|spoken| spoken.under_way > 0 || now.duration_since(spoken.last) < IN_USE)
    }

    /// When there will have been nothing said with somebody for too long. `None`: something is being said.
    pub(super) fn idle(&self, peer: &PeerId) -> Option<Instant> {
        self.peers.get(peer).filter(|spoken| spoken.under_way == 0).map(|spoken| spoken.last + IDLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_says_nothing_is_idle_in_the_end_and_wasnt_in_use_before_that() {
        let (mut exchanges, start) = (Exchanges::default(), Instant::now());
        let ana = PeerId::from_public_key([1; 32]);
        exchanges.said(&ana, start);
        assert_eq!(exchanges.idle(&ana), None, "nobody is connected");
        exchanges.met(ana, start);
        exchanges.met(ana, start + IDLE);
        assert_eq!(exchanges.idle(&ana), Some(start + IDLE), "another connection isn't a word");
        exchanges.said(&ana, start + IDLE);
        assert_eq!(exchanges.idle(&ana), Some(start + 2 * IDLE));
        exchanges.began(&ana, start);
        assert_eq!(exchanges.idle(&ana), None, "an answer may take long");
        exchanges.ended(&ana, start + IDLE);
        assert_eq!(exchanges.idle(&ana), Some(start + 2 * IDLE));
        assert!(exchanges.parted(&ana, start + IDLE));
        exchanges.met(ana, start);
        assert!(!exchanges.parted(&ana, start + IN_USE));
        assert!(!exchanges.parted(&ana, start), "it's gone");
    }
}
