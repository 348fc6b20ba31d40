//! Waits between tries: each twice as long as the one before, up to a longest one, and spread, so that many who failed at
//! the same moment don't try again at the same moment.

use std::time::Duration;

/// Beyond so many failures no wait grows any more.
const MOST_DOUBLINGS: u32 = 16;

/// How long to wait after so many failures before this one.
pub fn wait(first: Duration, failures: u32, longest: Duration) -> Duration {
    first.saturating_mul(1 << failures.min(MOST_DOUBLINGS)).min(longest)
}

/// A quarter less than a wait, or up to a quarter more. `jitter` is from 0 to 1.
pub fn spread(wait: Duration, jitter: f64) -> Duration {
    wait.mul_f64(0.75 + 0.5 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits =
            [0, 1, 2, 3, u32::MAX].map(|failures| wait(Duration::from_secs(1), failures, Duration::from_secs(5)));
        assert_eq!(waits, [1, 2, 4, 5, 5].map(Duration::from_secs));
        assert_eq!(wait(Duration::MAX, 1, Duration::MAX), Duration::MAX);
    }

    #[test]
    fn they_are_spread_by_a_quarter() {
        let spread = [-1.0, 0.0, 0.5, 1.0, 2.0].map(|jitter| spread(Duration::from_secs(4), jitter));
        assert_eq!(spread, [3, 3, 4, 5, 5].map(Duration::from_secs));
    }
}
