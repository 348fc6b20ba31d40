//! A histogram of times that is written on the way of every byte, so without a lock, and read by people too.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// The longest time that belongs into each bucket, in seconds. One more holds what took longer still.
const BOUNDS: [f64; 14] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// How long something takes. Cheap to clone; all clones count together.
#[derive(Debug, Clone, Default)]
pub struct Latency(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    within: [AtomicU64; BOUNDS.len()],
    beyond: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Latency {
    /// Counts one that took this long.
    pub fn observe(&self, time: Duration) {
        let seconds = time.as_secs_f64();
        let bucket = self.0.within.get(BOUNDS.partition_point(|bound| *bound < seconds));
        bucket.unwrap_or(&self.0.beyond).fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.0.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// A time that this share of all (0 to 1) didn't exceed, as closely as the buckets tell. `None`: nothing was
    /// counted yet, or it took longer than the last bound.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let buckets = self.buckets();
        let count: u64 = buckets.iter().map(|(_, count)| count).sum();
        let mut left = (count as f64 * share).ceil().max(1.0);
        let reached = buckets.iter().find(|(_, count)| {
            left -= *count as f64;
            left <= 0.0
        });
        reached.filter(|(bound, _)| bound.is_finite()).map(|(bound, _)| Duration::from_secs_f64(*bound))
    }

    fn buckets(&self) -> Vec<(f64, u64)> {
        let counted = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let within = BOUNDS.iter().zip(&self.0.within).map(|(bound, counter)| (*bound, counted(counter)));
        within.chain([(f64::INFINITY, counted(&self.0.beyond))]).collect()
    }
}

impl EncodeMetric for Latency {
    fn encode(&self, mut encoder: MetricEncoder) -> Result<(), fmt::Error> {
        let buckets = self.buckets();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = Duration::from_nanos(self.0.nanoseconds.load(Ordering::Relaxed)).as_secs_f64();
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_bounds_of_buckets() {
        let latency = Latency::default();
        assert_eq!(latency.quantile(0.5), None);
        for _ in 0..98 {
            latency.observe(Duration::from_micros(80));
        }
        latency.observe(Duration::from_millis(1));
        latency.observe(Duration::from_millis(40));
        assert_eq!(latency.quantile(0.5), Some(Duration::from_micros(100)));
        assert_eq!(latency.quantile(0.99), Some(Duration::from_millis(1)));
        assert_eq!(latency.quantile(1.0), Some(Duration::from_millis(50)));
        latency.observe(Duration::from_secs(60));
        assert_eq!(latency.quantile(1.0), None);
    }

    #[test]
    fn buckets_hold_all_that_was_counted() {
        let latency = Latency::default();
        let times = [0, 100, 101, 5_000_000, 5_000_001];
        times.into_iter().for_each(|micros| latency.observe(Duration::from_micros(micros)));
        let buckets = latency.buckets();
        assert_eq!((buckets[0].1, buckets[1].1), (2, 1));
        assert_eq!((buckets[BOUNDS.len() - 1].1, buckets[BOUNDS.len()].1), (1, 1));
    }
}
