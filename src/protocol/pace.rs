//! How much a receiver asks for at a time: enough to fill the wire, never so much that what else is said on it waits
//! behind. Pure: time comes as an argument, counted from any fixed moment.
//!
//! What is in flight is kept to what the path carries in its own latency and a little more ([`QUEUE`]): that much may
//! queue up somewhere on the way, and a chat message waits no longer. On a fast wire it's more ([`FAST_QUEUE`]). The rate is
//! measured over what arrived, the latency is the least that was seen of late. So a window that is too small grows, as what it
//! holds arrives sooner than it may, and one that is too large shrinks.
//!
//! What queues up by ourselves would pass for latency in the end: the window would grow with it, and it with the window. So
//! now and then ([`PROBE`]) what is in flight is let run out, and the latency is what the next takes by itself.

use std::time::Duration;

use super::wire::manifest::UNIT;

/// Time's worth of bytes that may queue up on the way.
pub const QUEUE: Duration = Duration::from_millis(30);

/// Bytes a second from which on a wire is fast: what queues up inside the system, a few MiB, is no wait there, and most of
/// what is in flight hasn't left the sender's disk.
pub const FAST: f64 = 50e6;

/// Time's worth of bytes that are in flight on a fast wire, so that ranges are long: each begins as a stream of its own,
/// which has to grow its window anew.
pub const FAST_QUEUE: Duration = Duration::from_millis(100);

/// Least that is in flight: one unit that arrives and one that is asked for.
const LEAST: u64 = 2 * UNIT;

/// Most that is in flight.
const MOST: u64 = 128 * 1024 * 1024;

/// In flight before anything is known of the path.
const FIRST: u64 = 8 * UNIT;

/// Ranges that are in flight together. The time that one takes by itself isn't used to fill the path's latency: with too few
/// of them, a path of long latency is never filled.
const DEPTH: u64 = 4;

/// What is in flight of the path's latency: more than all, for what isn't used between one range and the next.
const SLACK: f64 = 1.4;

/// Time after which the path's latency is no longer believed.
pub const PROBE: Duration = Duration::from_secs(20);

/// Time over which a rate is measured.
const MEASURE: Duration = Duration::from_millis(20);

/// Share of a new rate in the smoothed one.
const WEIGHT: f64 = 0.4;

/// The window of one path.
#[derive(Debug, Clone)]
pub struct Pace {
    window: u64,
    rate: Option<f64>,
    latency: Option<Duration>,
    /// When the latency is measured anew: from then on nothing more is asked for until nothing is in flight. `None`: nothing
    /// was asked for yet.
    probe: Option<Duration>,
    /// When something was asked for while nothing was in flight.
    alone: Option<Duration>,
    /// Since when bytes have been counted, and how many. `None`: nothing is in flight.
    since: Option<Duration>,
    counted: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { window: FIRST, rate: None, latency: None, probe: None, alone: None, since: None, counted: 0 }
    }
}

impl Pace {
    /// Bytes that may be in flight.
    pub const fn window(&self) -> u64 {
        self.window
    }

    /// Bytes to ask for at a time, so that a few ranges are in flight together: at least a unit.
    pub const fn range(&self) -> u64 {
        let range = self.window / DEPTH;
        if range < UNIT { UNIT } else { range }
    }

    /// Something was asked for.
    pub fn asked(&mut self, now: Duration) {
        self.probe.get_or_insert(now + PROBE);
        if self.since.is_none() {
            (self.since, self.alone) = (Some(now), Some(now));
            self.counted = 0;
        }
    }

    /// The first of what was asked for at `asked` has come, so long after it was.
    pub fn answered(&mut self, asked: Duration, after: Duration) {
        if self.is_due(asked) && self.alone == Some(asked) {
            (self.latency, self.probe) = (Some(after), Some(asked + after + PROBE));
            // Not all at once: it would queue up.
            self.window = (self.wanted() / 2).max(LEAST);
            // One by itself tells nothing of the rate.
            self.since = None;
        } else {
            self.latency = Some(self.latency.map_or(after, |least| least.min(after)));
        }
    }

    /// So many bytes have arrived; `idle` where nothing more is in flight.
    pub fn arrived(&mut self, bytes: u64, idle: bool, now: Duration) {
        let Some(since) = self.since else { return };
        self.counted += bytes;
        let passed = now.saturating_sub(since);
        if passed >= MEASURE {
            self.measured(self.counted as f64 / passed.as_secs_f64());
            (self.since, self.counted) = (Some(now), 0);
        }
        if idle {
            self.since = None;
        }
        if self.is_due(now) {
            self.window = UNIT;
        }
    }

    fn is_due(&self, now: Duration) -> bool {
        self.probe.is_some_and(|due| now >= due)
    }

    fn measured(&mut self, rate: f64) {
        self.rate = Some(self.rate.map_or(rate, |before| WEIGHT * rate + (1.0 - WEIGHT) * before));
        self.window = self.wanted().min(self.window.saturating_mul(2));
    }

    /// What the path carries in its latency and a little more, as far as both are known.
    fn wanted(&self) -> u64 {
        let Some(rate) = self.rate else { return FIRST };
        let time = self.latency.unwrap_or_default().mul_f64(SLACK) + queue(rate);
        ((rate * time.as_secs_f64()) as u64).clamp(LEAST, MOST)
    }
}

/// Time's worth of bytes that are in flight beside the path's own latency, at a rate in bytes a second.
fn queue(rate: f64) -> Duration {
    if rate < FAST { QUEUE } else { FAST_QUEUE }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A path that carries `rate` bytes a second, each after the latency of its time, for `seconds`; the window at the end, the longest that a byte waited in the last half, and the share of the rate that was used then.
    fn run(rate: f64, latency: impl Fn(Duration) -> Duration, seconds: f64) -> (u64, Duration, f64) {
        let mut pace = Pace::default();
        let (mut now, mut free, mut flying) = (Duration::ZERO, Duration::ZERO, std::collections::VecDeque::new());
        let (mut in_flight, mut longest, mut carried) = (0, Duration::ZERO, 0);
        let half = Duration::from_secs_f64(seconds / 2.0);
        let takes = |bytes: u64| Duration::from_secs_f64(bytes as f64 / rate);
        while now < 2 * half {
            while in_flight == 0 || in_flight + pace.range() <= pace.window() {
                let bytes = pace.range();
                pace.asked(now);
                let begins = free.max(now);
                free = begins + takes(bytes);
                let first = begins + takes(UNIT) + latency(now) - now;
                flying.push_back((now, first, free + latency(now), bytes));
                in_flight += bytes;
            }
            let (asked, first, comes, bytes) = flying.pop_front().unwrap();
            now = now.max(comes);
            in_flight -= bytes;
            pace.answered(asked, first);
            pace.arrived(bytes, flying.is_empty(), now);
            if now > half {
                longest = longest.max(comes - asked);
                carried += bytes;
            }
        }
        (pace.window(), longest, carried as f64 / rate / half.as_secs_f64())
    }

    #[test]
    fn every_wire_is_filled_and_nobody_waits_long_behind() {
        for (bits, latency_ms) in [(100e6, 0), (1e9, 0), (1e9, 20), (8e9, 0), (100e6, 100), (20e6, 5)] {
            let latency = Duration::from_millis(latency_ms);
            let (window, longest, used) = run(bits / 8.0, |_| latency, 120.0);
            let unit = Duration::from_secs_f64(UNIT as f64 * 8.0 / bits);
            assert!(used > 0.94, "{bits} bit/s after {latency_ms} ms: {used} used, {window} in flight");
            assert!(
                longest < latency.mul_f64(SLACK) + 2 * queue(bits / 8.0) + 3 * unit,
                "{bits} bit/s after {latency_ms} ms: {longest:?}"
            );
        }
    }

    #[test]
    fn a_wire_whose_latency_rises_is_filled_again() {
        let step = |at: Duration| Duration::from_millis(if at < Duration::from_secs(20) { 1 } else { 100 });
        let (window, _, used) = run(100e6 / 8.0, step, 120.0);
        assert!(used > 0.94, "{used} used, {window} in flight");
    }

    #[test]
    fn a_pause_is_no_slowness() {
        let mut pace = Pace::default();
        for second in 0..5 {
            let now = Duration::from_secs(second * 10);
            pace.asked(now);
            pace.arrived(10 << 20, true, now + Duration::from_millis(100));
        }
        assert!(pace.rate.unwrap() > 100e6);
    }

    #[test]
    fn the_window_keeps_its_bounds() {
        let mut pace = Pace::default();
        for step in 1..100 {
            pace.asked(Duration::from_millis(step * 20));
            pace.arrived(1 << 40, false, Duration::from_millis(step * 20 + 20));
        }
        assert_eq!(pace.window(), MOST);
        for step in 100..200 {
            pace.arrived(1, false, Duration::from_millis(step * 20 + 20));
        }
        assert_eq!(pace.window(), LEAST);
    }
}
