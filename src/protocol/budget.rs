//! What a peer may use up in a time: a token bucket. Pure: time comes as an argument, counted from any fixed moment.

use std::time::Duration;

/// A bucket that fills at a steady rate up to its size.
#[derive(Debug, Clone)]
pub struct Budget {
    size: f64,
    per_second: f64,
    left: f64,
    since: Duration,
}

impl Budget {
    /// A full bucket of `size`, refilled with `per_second`.
    pub fn new(size: u32, per_second: u32, now: Duration) -> Self {
        Self { size: size.into(), per_second: per_second.into(), left: size.into(), since: now }
    }

    /// Takes `amount` if there's as much.
    pub fn take(&mut self, amount: u32, now: Duration) -> bool {
        let passed = now.saturating_sub(self.since).as_secs_f64();
        self.left = (self.left + passed * self.per_second).min(self.size);
        self.since = now;
        let enough = self.left >= f64::from(amount);
        if enough {
            self.left -= f64::from(amount);
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_its_size_at_once_and_then_its_rate() {
        let start = Duration::from_secs(7);
        let mut budget = Budget::new(100, 10, start);
        assert!(budget.take(60, start) && budget.take(40, start));
        assert!(!budget.take(1, start));
        assert!(!budget.take(11, start + Duration::from_secs(1)));
        assert!(budget.take(10, start + Duration::from_secs(1)));
        assert!(budget.take(100, start + Duration::from_secs(1_000)));
        assert!(!budget.take(1, start + Duration::from_secs(1_000)));
    }
}
