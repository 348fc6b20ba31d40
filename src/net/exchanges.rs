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

/// The peers that are connected, and when something was last said.
#[derive(Debug, Default)]
pub(super) struct Exchanges {
    peers: HashMap<PeerId, Instant>,
}

impl Exchanges {
    /// Somebody is connected.
    pub(super) fn met(&mut self, peer: PeerId, now: Instant) {
        self.peers.entry(peer).or_insert(now);
    }

    /// Something is said.
    pub(super) fn said(&mut self, peer: &PeerId, now: Instant) {
        if let Some(last) = self.peers.get_mut(peer) {
            *last = now;
        }
    }

    /// Somebody's last connection ended. Whether something was said lately.
    pub(super) fn parted(&mut self, peer: &PeerId, now: Instant) -> bool {
        self.peers.remove(peer).is_some_and(|last| now.duration_since(last) < IN_USE)
    }

    /// When there will have been nothing said with somebody for too long. `None`: they aren't connected.
    pub(super) fn idle(&self, peer: &PeerId) -> Option<Instant> {
        self.peers.get(peer).map(|last| *last + IDLE)
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
        assert!(exchanges.parted(&ana, start + IDLE));
        exchanges.met(ana, start);
        assert!(!exchanges.parted(&ana, start + IN_USE));
        assert!(!exchanges.parted(&ana, start), "it's gone");
    }
}
