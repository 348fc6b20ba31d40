//! How fast bytes may go: one purse for each member and one for all. Whoever wants to spend waits in a line, so that
//! somebody with a word to say comes before the next piece of a file, however much of that there is.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

/// What is saved up where nothing is sent, as a time at the full rate.
const SAVED: f64 = 0.25;

/// Least that is waited for, in bytes, so that nobody is woken for a few.
const WORTH: f64 = 16_384.0;

/// Bytes that may be spent, refilled at a rate which is told each time. It may be overdrawn by what was read at once.
#[derive(Debug)]
pub(super) struct Purse {
    content: Mutex<Content>,
    /// One, for which those who wait stand in a line.
    turn: Arc<Semaphore>,
}

/// The turn to spend from a purse. The next one has it when this is dropped.
#[derive(Debug)]
pub(super) struct Turn(#[expect(dead_code, reason = "it's given back when it's dropped")] OwnedSemaphorePermit);

#[derive(Debug)]
struct Content {
    bytes: f64,
    since: Instant,
}

impl Purse {
    pub(super) fn new(now: Instant) -> Self {
        let content = Mutex::new(Content { bytes: WORTH, since: now });
        Self { content, turn: Arc::new(Semaphore::new(1)) }
    }

    /// Waits for its turn, and until there's something to spend at a rate that may change meanwhile. `None`: nothing is
    /// counted.
    pub(super) async fn turn(&self, rate: impl Fn() -> u64) -> Option<Turn> {
        if rate() == 0 {
            return None;
        }
        let turn = Arc::clone(&self.turn).acquire_owned().await.ok()?;
        while let Some(wait) = self.wait(rate(), Instant::now()) {
            sleep(wait).await;
        }
        Some(Turn(turn))
    }

    /// How long to wait before anything may be spent, at `rate` bytes a second; 0: nothing is counted.
    fn wait(&self, rate: u64, now: Instant) -> Option<Duration> {
        if rate == 0 {
            return None;
        }
        // An `f64` is exact up to a rate of 9 PB/s.
        let rate = rate as f64;
        let mut content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        let earned = now.saturating_duration_since(content.since).as_secs_f64() * rate;
        content.bytes = (content.bytes + earned).min((rate * SAVED).max(WORTH));
        content.since = now;
        (content.bytes <= 0.0).then(|| Duration::from_secs_f64((WORTH - content.bytes) / rate))
    }

    /// Spends bytes.
    pub(super) fn spend(&self, bytes: usize) {
        self.content.lock().unwrap_or_else(PoisonError::into_inner).bytes -= bytes as f64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_long_run_there_is_no_more_than_the_rate() {
        const RATE: u64 = 1_000_000;
        let start = Instant::now();
        let purse = Purse::new(start);
        let (mut now, mut spent) = (start, 0);
        while now < start + Duration::from_secs(10) {
            match purse.wait(RATE, now) {
                Some(wait) => now += wait,
                None => {
                    purse.spend(65_536);
                    spent += 65_536;
                }
            }
        }
        assert!((9_900_000..10_300_000).contains(&spent), "{spent}");
    }

    #[test]
    fn what_is_saved_is_bounded_and_no_rate_is_none() {
        let start = Instant::now();
        let purse = Purse::new(start);
        let later = start + Duration::from_secs(1_000);
        assert_eq!(purse.wait(1_000_000, later), None);
        purse.spend(250_000);
        assert!(purse.wait(1_000_000, later).is_some());
        assert_eq!(purse.wait(0, later), None);
    }
}
