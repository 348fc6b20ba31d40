//! What a relay tells whoever runs it, as it happens.

use std::net::{IpAddr, SocketAddr};

use serde::Serialize;
use tokio::sync::mpsc;
use tracing::{info, warn};

use super::refusal::Refusal;
use super::server::Refused;
use crate::model::{Nickname, PeerId};

/// Refusals that are told in one second. All of them are counted; but nobody fills a log by asking for what they don't get.
const MAX_REFUSALS: u32 = 10;

/// Something that happened. Its JSON is in `docs/cli.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Report {
    /// The relay is at work.
    Ready {
        /// Its id.
        peer_id: PeerId,
        /// What it's called.
        nickname: Nickname,
        /// Multiaddrs at which it's reached.
        listen: Vec<String>,
        /// Where metrics and the status page are served.
        #[serde(skip_serializing_if = "Option::is_none")]
        http: Option<SocketAddr>,
    },
    /// Somebody is a member now, is called something else, or isn't a member any more.
    Member {
        /// Who.
        peer_id: PeerId,
        /// What they call themselves. Not told of those who left.
        #[serde(skip_serializing_if = "Option::is_none")]
        nickname: Option<Nickname>,
        /// Whether they are here.
        state: Standing,
    },
    /// Somebody didn't get what they asked for.
    Refused {
        /// Who, where they proved it.
        #[serde(skip_serializing_if = "Option::is_none")]
        peer_id: Option<PeerId>,
        /// Where they are seen.
        #[serde(skip_serializing_if = "Option::is_none")]
        address: Option<IpAddr>,
        /// Why.
        cause: Refusal,
    },
    /// The configuration was read again and is in force.
    Reloaded,
    /// The relay was told to stop, and waits for circuits to end.
    Stopping,
    /// Something that whoever runs the relay should know.
    Warning {
        /// In words.
        text: String,
    },
}

/// Where a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Connected, and announced.
    Here,
    /// No longer.
    Gone,
}

/// Tells reports to whoever listens, and the log. Nothing waits for a listener that is slow: what it has no room for it
/// misses.
#[derive(Debug)]
pub(super) struct Reports {
    listener: mpsc::Sender<Report>,
    refusals: u32,
}

impl Reports {
    pub(super) fn new(listener: mpsc::Sender<Report>) -> Self {
        Self { listener, refusals: 0 }
    }

    pub(super) fn tell(&self, report: Report) {
        match &report {
            Report::Ready { peer_id, listen, .. } => info!(%peer_id, listen = %listen.join(" "), "at work"),
            Report::Member { .. } => {}
            Report::Refused { peer_id, address, cause } => {
                let peer = peer_id.map(tracing::field::display);
                let address = address.map(tracing::field::display);
                info!(peer, address, cause = cause.word(), "refused");
            }
            Report::Reloaded => info!("the configuration was read again"),
            Report::Stopping => info!("stopping"),
            Report::Warning { text } => warn!("{text}"),
        }
        // A full queue, or nobody there: the log has it.
        let _ = self.listener.try_send(report);
    }

    pub(super) fn warn(&self, text: impl Into<String>) {
        self.tell(Report::Warning { text: text.into() });
    }

    pub(super) fn refused(&mut self, refused: Refused) {
        self.refusals = self.refusals.saturating_add(1);
        if self.refusals <= MAX_REFUSALS {
            let Refused { peer, seen, refusal } = refused;
            self.tell(Report::Refused { peer_id: peer, address: seen, cause: refusal });
        }
    }

    /// Another second begins.
    pub(super) fn tick(&mut self) {
        let untold = std::mem::take(&mut self.refusals).saturating_sub(MAX_REFUSALS);
        if untold > 0 {
            info!(untold, "refused besides in this second");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_is_told_in_part() {
        let (sender, mut told) = mpsc::channel(1_000);
        let mut reports = Reports::new(sender);
        let refused = Refused { peer: None, seen: Some([10, 0, 0, 1].into()), refusal: Refusal::Flood };
        for _ in 0..2 {
            (0..500).for_each(|_| reports.refused(refused));
            reports.tick();
        }
        assert_eq!(told.len(), 2 * MAX_REFUSALS as usize);
        let json = serde_json::to_string(&told.try_recv().unwrap()).unwrap();
        assert_eq!(json, r#"{"event":"refused","address":"10.0.0.1","cause":"flood"}"#);
    }

    #[test]
    fn a_listener_that_is_slow_misses_something_and_holds_nobody_up() {
        let (sender, mut told) = mpsc::channel(1);
        let reports = Reports::new(sender);
        reports.tell(Report::Stopping);
        reports.warn("too late");
        assert_eq!((told.try_recv(), told.try_recv().is_err()), (Ok(Report::Stopping), true));
    }

    #[test]
    fn members_are_told_as_scripts_expect() {
        let peer_id = PeerId::from_public_key([1; 32]);
        let here = Report::Member { peer_id, nickname: Nickname::new("ana").ok(), state: Standing::Here };
        let json = serde_json::to_value(here).unwrap();
        assert_eq!(
            json,
            serde_json::json!({ "event": "member", "peer_id": peer_id, "nickname": "ana", "state": "here" })
        );
        let gone = Report::Member { peer_id, nickname: None, state: Standing::Gone };
        let json = serde_json::to_value(gone).unwrap();
        assert_eq!(json, serde_json::json!({ "event": "member", "peer_id": peer_id, "state": "gone" }));
    }
}
