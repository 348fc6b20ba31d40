//! What a relay counts. Numbers alone: no peer's id, nickname or address is ever in them.

mod latency;

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

pub use latency::Latency;

use super::refusal::Refusal;

/// What the name of every metric begins with.
const PREFIX: &str = "vecino_relay";

/// One label and its value.
type Label = [(&'static str, &'static str); 1];

/// Which way bytes go through a circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the peer that asked for the circuit to the one it called.
    ToCalled,
    /// Back.
    ToCaller,
}

impl Direction {
    const fn label(self) -> Label {
        match self {
            Self::ToCalled => [("direction", "to_called")],
            Self::ToCaller => [("direction", "to_caller")],
        }
    }
}

const fn label(refusal: Refusal) -> Label {
    [("cause", refusal.word())]
}

/// A relay's counters. Cheap to clone; all clones count together.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    /// When counting began.
    started: SystemTime,
    /// Members that have announced themselves.
    pub members: Gauge,
    /// Reservations that stand.
    pub reservations: Gauge,
    /// Circuits, those included that are being opened.
    pub circuits: Gauge,
    /// Connections that stand, members' or not.
    pub connections: Gauge,
    /// Entries of the roster.
    pub roster_entries: Gauge,
    /// Announcements that were taken.
    pub announces: Counter,
    /// Circuits that were opened.
    pub circuits_opened: Counter,
    /// From when bytes were read until all of them were taken for the other end: the relay's own part, and how long the
    /// other end made it wait.
    pub routing: Latency,
    /// From being asked for a circuit to its being open.
    pub circuit_setup: Latency,
    /// How late the relay's task looks at its clock: how long everybody waits for it.
    pub loop_lag: Latency,
    carried: Family<Label, Counter>,
    /// Those in `carried`, which are counted on the way of every byte.
    to_called: Counter,
    to_caller: Counter,
    refused: Family<Label, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Counters at nought.
    pub fn new() -> Self {
        let carried = Family::<Label, Counter>::default();
        let mut metrics = Self {
            registry: Arc::default(),
            started: SystemTime::now(),
            members: Gauge::default(),
            reservations: Gauge::default(),
            circuits: Gauge::default(),
            connections: Gauge::default(),
            roster_entries: Gauge::default(),
            announces: Counter::default(),
            circuits_opened: Counter::default(),
            routing: Latency::default(),
            circuit_setup: Latency::default(),
            loop_lag: Latency::default(),
            to_called: carried.get_or_create_owned(&Direction::ToCalled.label()),
            to_caller: carried.get_or_create_owned(&Direction::ToCaller.label()),
            carried,
            refused: Family::default(),
        };
        // What hasn't happened yet is 0, not absent: else the first time of a cause shows in no rate.
        for refusal in Refusal::ALL {
            metrics.refused.get_or_create_owned(&label(refusal));
        }
        metrics.registry = Arc::new(metrics.register());
        metrics
    }

    fn register(&self) -> Registry {
        let mut all = Registry::with_prefix(PREFIX);
        let version: Label = [("version", env!("CARGO_PKG_VERSION"))];
        all.register("build", "The program", Info::new(version));
        let started = self.started.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let start = ConstGauge::new(started);
        all.register_with_unit("start_time", "When the relay started, since 1970", Unit::Seconds, start);
        all.register("members", "Members that have announced themselves", self.members.clone());
        all.register("reservations", "Reservations that stand", self.reservations.clone());
        all.register("circuits", "Circuits, those included that are being opened", self.circuits.clone());
        all.register("connections", "Connections that stand", self.connections.clone());
        all.register("roster_entries", "Entries of the roster", self.roster_entries.clone());
        all.register("announces", "Announcements that were taken", self.announces.clone());
        all.register("circuits_opened", "Circuits that were opened", self.circuits_opened.clone());
        all.register("refusals", "What was refused, by cause", self.refused.clone());
        let carried = self.carried.clone();
        all.register_with_unit("carried", "What went through circuits", Unit::Bytes, carried);
        let latencies = [
            ("routing", "From a byte's being read to its being written on", &self.routing),
            ("circuit_setup", "From being asked for a circuit to its being open", &self.circuit_setup),
            ("loop_lag", "How late the relay's task looks at its clock", &self.loop_lag),
        ];
        for (name, help, latency) in latencies {
            all.register_with_unit(name, help, Unit::Seconds, latency.clone());
        }
        all
    }

    /// The counter of bytes that go this way.
    pub const fn carried(&self, direction: Direction) -> &Counter {
        match direction {
            Direction::ToCalled => &self.to_called,
            Direction::ToCaller => &self.to_caller,
        }
    }

    /// Counts a refusal.
    pub fn refuse(&self, cause: Refusal) {
        self.refused.get_or_create(&label(cause)).inc();
    }

    /// How often something was refused for this cause.
    pub fn refused(&self, cause: Refusal) -> u64 {
        self.refused.get_or_create(&label(cause)).get()
    }

    /// Bytes carried both ways.
    pub fn carried_in_all(&self) -> u64 {
        self.to_called.get() + self.to_caller.get()
    }

    /// When counting began.
    pub const fn started(&self) -> SystemTime {
        self.started
    }

    /// All of it as text, in the format of
    /// [OpenMetrics](https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md).
    pub fn render(&self) -> Result<String, fmt::Error> {
        let mut rendered = String::new();
        text::encode(&mut rendered, &self.registry)?;
        Ok(rendered)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn line<'a>(text: &'a str, name: &str) -> &'a str {
        let found = text.lines().find(|line| line.split(' ').next() == Some(name));
        found.unwrap_or_else(|| panic!("no {name} in\n{text}")).rsplit(' ').next().unwrap()
    }

    #[test]
    fn everything_is_there_from_the_beginning() {
        let text = Metrics::new().render().unwrap();
        for name in ["members", "reservations", "circuits", "connections", "roster_entries"] {
            assert_eq!(line(&text, &format!("vecino_relay_{name}")), "0");
        }
        for cause in Refusal::ALL {
            assert_eq!(line(&text, &format!("vecino_relay_refusals_total{{cause=\"{}\"}}", cause.word())), "0");
        }
        for name in ["routing", "circuit_setup", "loop_lag"] {
            assert_eq!(line(&text, &format!("vecino_relay_{name}_seconds_count")), "0");
        }
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn what_is_counted_is_shown() {
        let metrics = Metrics::new();
        let clone = metrics.clone();
        clone.members.set(3);
        clone.refuse(Refusal::WrongToken);
        clone.refuse(Refusal::WrongToken);
        clone.carried(Direction::ToCalled).inc_by(700);
        clone.carried(Direction::ToCaller).inc_by(35);
        clone.routing.observe(Duration::from_micros(300));
        let text = metrics.render().unwrap();
        assert_eq!(line(&text, "vecino_relay_members"), "3");
        assert_eq!(line(&text, "vecino_relay_refusals_total{cause=\"wrong_token\"}"), "2");
        assert_eq!(line(&text, "vecino_relay_carried_bytes_total{direction=\"to_called\"}"), "700");
        assert_eq!(line(&text, "vecino_relay_routing_seconds_count"), "1");
        assert_eq!((metrics.refused(Refusal::WrongToken), metrics.carried_in_all()), (2, 735));
    }

    #[test]
    fn the_text_is_what_scrapers_read() {
        let text = Metrics::new().render().unwrap();
        for line in text.lines() {
            let comment = ["# HELP ", "# TYPE ", "# UNIT ", "# EOF"].iter().any(|start| line.starts_with(start));
            let sample = line.rsplit_once(' ').is_some_and(|(_, value)| value.parse::<f64>().is_ok());
            assert!(comment || (sample && line.starts_with(PREFIX)), "{line}");
        }
        assert!(text.contains("# TYPE vecino_relay_routing_seconds histogram\n"));
        assert!(text.contains("# TYPE vecino_relay_refusals counter\n"));
        assert!(text.contains(concat!("vecino_relay_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1\n")));
    }
}
