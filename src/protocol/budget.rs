//! What each peer may use up in a time: token buckets. Pure: time comes as an argument, counted from any fixed moment.

use std::collections::HashMap;
use std::time::Duration;

use crate::model::PeerId;

/// Buckets that aren't full and are remembered. More at a time means that somebody makes up identities, against which no
/// bucket of one peer's helps.
const MAX_BUCKETS: usize = 4_096;

/// A bucket for each peer, that fills at a steady rate up to its size. It outlasts the peer's connection: whoever comes
/// again finds it as it was.
#[derive(Debug)]
pub struct Budgets {
    size: f64,
    per_second: f64,
    buckets: HashMap<PeerId, Bucket>,
}

/// A bucket. Its size and rate are told each time, as they may change.
#[derive(Debug)]
pub(crate) struct Bucket {
    left: f64,
    since: Duration,
}

impl Budgets {
    /// Buckets of `size`, refilled with `per_second`, full at first.
    pub fn new(size: u32, per_second: u32) -> Self {
        Self { size: size.into(), per_second: per_second.into(), buckets: HashMap::new() }
    }

    /// Takes `amount` of what the peer has, if it's as much.
    pub fn take(&mut self, peer: &PeerId, amount: u32, now: Duration) -> bool {
        self.make_room(peer, now);
        let bucket = self.buckets.entry(*peer).or_insert_with(|| Bucket::new(self.size, now));
        bucket.take(self.size, self.per_second, amount, now)
    }

    /// A full bucket is as good as a new one.
    fn make_room(&mut self, newcomer: &PeerId, now: Duration) {
        if self.buckets.len() < MAX_BUCKETS || self.buckets.contains_key(newcomer) {
            return;
        }
        self.buckets.retain(|_, bucket| bucket.filled(self.per_second, now) < self.size);
        if self.buckets.len() >= MAX_BUCKETS {
            self.buckets.clear();
        }
    }
}

impl Bucket {
    /// A full one.
    pub(crate) fn new(size: f64, now: Duration) -> Self {
        Self { left: size, since: now }
    }

    /// Takes `amount`, if as much is left.
    pub(crate) fn take(&mut self, size: f64, per_second: f64, amount: u32, now: Duration) -> bool {
        self.left = self.filled(per_second, now).min(size);
        self.since = now;
        let enough = self.left >= f64::from(amount);
        if enough {
            self.left -= f64::from(amount);
        }
        enough
    }

    /// What would be in it now if there were no end of its size.
    pub(crate) fn filled(&self, per_second: f64, now: Duration) -> f64 {
        self.left + now.saturating_sub(self.since).as_secs_f64() * per_second
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_gets_its_size_at_once_and_then_its_rate() {
        let start = Duration::from_secs(7);
        let mut budgets = Budgets::new(100, 10);
        let mut take = |amount, now| budgets.take(&PeerId::numbered(1), amount, now);
        assert!(take(60, start) && take(40, start));
        assert!(!take(1, start));
        assert!(!take(11, start + Duration::from_secs(1)));
        assert!(take(10, start + Duration::from_secs(1)));
        assert!(take(100, start + Duration::from_secs(1_000)));
        assert!(!take(1, start + Duration::from_secs(1_000)));
        assert!(budgets.take(&PeerId::numbered(2), 100, start), "another's is another");
    }

    #[test]
    fn full_buckets_are_forgotten_and_there_are_never_too_many() {
        let mut budgets = Budgets::new(10, 10);
        for n in 0..MAX_BUCKETS as u16 {
            assert!(budgets.take(&PeerId::numbered(n), 10, Duration::ZERO));
        }
        assert!(!budgets.take(&PeerId::numbered(5), 1, Duration::ZERO));
        let later = Duration::from_millis(900);
        assert!(budgets.take(&PeerId::numbered(7), 9, later), "it's the only one that isn't full soon");
        assert!(budgets.take(&PeerId::numbered(9_999), 1, Duration::from_secs(1)));
        assert_eq!(budgets.buckets.len(), 2);
        assert!(!budgets.take(&PeerId::numbered(7), 5, Duration::from_secs(1)));
    }
}
