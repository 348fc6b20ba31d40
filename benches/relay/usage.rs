//! What the relay's process takes, and what it says of its routing.

use std::fs;
use std::time::Duration;

use super::Outcome;
use super::support::relay::Relay;

/// Clock ticks a second in `/proc`: proc(5).
const TICKS: u64 = 100;

/// The name of the histogram of what the relay takes to pass something on.
const ROUTING: &str = "vecino_relay_routing_seconds_bucket{le=\"";

/// Processor time that it has used.
pub fn processor_time(relay: &Relay) -> Outcome<Duration> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", relay.process.pid()))?;
    // What comes before may have spaces in it.
    let (_, fields) = stat.rsplit_once(") ").ok_or("no fields")?;
    let ticks: u64 = fields.split(' ').skip(11).take(2).map(|field| field.parse().unwrap_or(0)).sum();
    Ok(Duration::from_millis(ticks * 1_000 / TICKS))
}

/// How often passing something on took no longer than so many seconds, for each of the relay's bounds.
pub struct Routing(Vec<(f64, u64)>);

impl Routing {
    /// Since the relay's start.
    pub fn of(relay: &Relay) -> Outcome<Self> {
        let metrics = relay.get("/metrics");
        let bucket = |line: &str| {
            let (bound, count) = line.strip_prefix(ROUTING)?.split_once("\"} ")?;
            let bound = if bound == "+Inf" { f64::INFINITY } else { bound.parse().ok()? };
            Some((bound, count.parse().ok()?))
        };
        let buckets: Vec<_> = metrics.lines().filter_map(bucket).collect();
        if buckets.is_empty() { Err("the relay doesn't say how long routing takes".into()) } else { Ok(Self(buckets)) }
    }

    /// How often since `before`, and the bound, in seconds, that this share of them kept to.
    pub fn since(&self, before: &Self, share: f64) -> (u64, f64) {
        let counts: Vec<(f64, u64)> =
            self.0.iter().zip(&before.0).map(|((bound, now), (_, before))| (*bound, now - before)).collect();
        let all = counts.last().map_or(0, |(_, count)| *count);
        let reached = counts.iter().find(|(_, count)| *count as f64 >= all as f64 * share);
        (all, reached.map_or(f64::INFINITY, |(bound, _)| *bound))
    }
}
