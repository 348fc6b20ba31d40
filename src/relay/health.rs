//! Whether a relay does its work, as a supervisor or a load balancer asks it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use super::Metrics;

/// How often the relay's task says that it's alive.
const BEAT: Duration = Duration::from_secs(1);

/// How long the relay's task may be silent before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a relay is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Not listening yet.
    Starting,
    /// At work.
    Serving,
    /// Being stopped: it takes no new circuits, and waits for those that are open.
    Draining,
}

/// How a relay is. Cheap to clone; all clones speak of the same one.
#[derive(Debug, Clone)]
pub struct Health(Arc<Mutex<State>>);

#[derive(Debug, Clone, Copy)]
struct State {
    phase: Phase,
    beat: Instant,
}

impl Health {
    /// A relay that is starting at `now`.
    pub fn new(now: Instant) -> Self {
        Self(Arc::new(Mutex::new(State { phase: Phase::Starting, beat: now })))
    }

    /// From now on it's in this phase.
    pub fn enter(&self, phase: Phase) {
        self.change(|state| state.phase = phase);
    }

    /// Where it is in its life.
    pub fn phase(&self) -> Phase {
        self.change(|state| state.phase)
    }

    /// Its task was alive at `now`.
    pub fn beat(&self, now: Instant) {
        self.change(|state| state.beat = now);
    }

    /// Whether it does its work at `now`; if not, why.
    pub fn check(&self, now: Instant) -> Result<(), &'static str> {
        let State { phase, beat } = self.change(|state| *state);
        match phase {
            Phase::Starting => Err("starting"),
            Phase::Draining => Err("stopping"),
            Phase::Serving if now.saturating_duration_since(beat) > PATIENCE => Err("stuck"),
            Phase::Serving => Ok(()),
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        // Nothing panics while it's held, and each value is good by itself.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What the relay's task waits for beside its work, to show that it gets round to it.
#[derive(Debug)]
pub struct Heartbeat {
    health: Health,
    metrics: Metrics,
    interval: Interval,
}

impl Heartbeat {
    /// The heartbeat of the task that `health` and `metrics` speak of. Needs tokio's runtime.
    pub fn new(health: Health, metrics: Metrics) -> Self {
        let mut interval = interval(BEAT);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { health, metrics, interval }
    }

    /// Waits for the next beat, and notes how late it comes. Safe to cancel.
    pub async fn next(&mut self) {
        let due = self.interval.tick().await;
        let now = Instant::now();
        self.metrics.loop_lag.observe(now.saturating_duration_since(due));
        self.health.beat(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_relay_at_work_is_well() {
        let start = Instant::now();
        let health = Health::new(start);
        assert_eq!(health.check(start), Err("starting"));
        health.enter(Phase::Serving);
        assert_eq!(health.check(start + PATIENCE), Ok(()));
        assert_eq!(health.check(start + PATIENCE + BEAT), Err("stuck"));
        health.beat(start + PATIENCE);
        assert_eq!(health.check(start + PATIENCE + BEAT), Ok(()));
        health.enter(Phase::Draining);
        assert_eq!(health.check(start + PATIENCE), Err("stopping"));
    }

    #[tokio::test]
    async fn each_beat_shows_how_late_it_came() {
        let start = Instant::now();
        let (health, metrics) = (Health::new(start), Metrics::new());
        health.enter(Phase::Serving);
        let long_after = start + 2 * PATIENCE;
        assert_eq!(health.check(long_after), Err("stuck"));
        let mut heartbeat = Heartbeat::new(health.clone(), metrics.clone());
        heartbeat.next().await;
        assert_eq!(health.check(Instant::now()), Ok(()));
        assert!(metrics.loop_lag.quantile(1.0).is_some());
    }
}
