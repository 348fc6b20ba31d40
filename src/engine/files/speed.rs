//! How fast something moves.

use std::time::{Duration, Instant};

/// Time over which it's measured.
const WINDOW: Duration = Duration::from_secs(1);

/// After so long without a move it stands still.
pub(super) const STILL: Duration = Duration::from_secs(3);

/// Bytes a second, smoothed.
#[derive(Debug, Clone)]
pub(super) struct Speed {
    since: Instant,
    at: u64,
    rate: Option<f64>,
}

impl Speed {
    pub(super) fn new(at: u64, now: Instant) -> Self {
        Self { since: now, at, rate: None }
    }

    /// It has got to `at`.
    pub(super) fn moved(&mut self, at: u64, now: Instant) {
        let passed = now.duration_since(self.since);
        if passed < WINDOW {
            return;
        }
        let rate = at.saturating_sub(self.at) as f64 / passed.as_secs_f64();
        self.rate = Some(self.rate.map_or(rate, |before| 0.6 * rate + 0.4 * before));
        self.since = now;
        self.at = at;
    }

    /// Bytes a second; 0 before the first window has passed and once it stands still.
    pub(super) fn bytes_per_second(&self, now: Instant) -> u64 {
        if now.duration_since(self.since) > STILL {
            return 0;
        }
        self.rate.map_or(0, |rate| rate as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_what_moves_and_drops_to_nothing_when_it_stops() {
        let start = Instant::now();
        let mut speed = Speed::new(0, start);
        assert_eq!(speed.bytes_per_second(start), 0);
        for second in 1..=10 {
            speed.moved(second * 1_000, start + WINDOW * second as u32);
        }
        assert_eq!(speed.bytes_per_second(start + WINDOW * 10), 1_000);
        assert_eq!(speed.bytes_per_second(start + WINDOW * 14), 0);
    }
}
