//! The engine's states in the person's language.

use fluent_bundle::FluentValue;

use super::Locale;
use crate::model::{Form, Path, Presence, Reason, RelayState, RelayStatus, Transcript, Words};

/// How many things that were left out are named.
const NAMES_LEFT_OUT: usize = 3;

impl Locale {
    /// What isn't in an offer, with the first `names` of it.
    pub fn left_out(&self, count: u64, names: &[Reason]) -> String {
        let mut shown: Vec<String> = names.iter().take(NAMES_LEFT_OUT).map(|name| self.reason(name)).collect();
        if count > shown.len() as u64 {
            shown.push("…".to_owned());
        }
        let values = [("count", FluentValue::from(count)), ("names", FluentValue::from(shown.join(", ")))];
        self.tr_with("left-out", values)
    }

    /// A conversation with somebody called so, to be written out.
    pub fn transcript(&self, form: Form, name: &str) -> Transcript {
        let words = Words {
            title: self.tr_with("export-title", [("name", name)]),
            them: name.to_owned(),
            me: self.tr("export-me"),
            file: self.tr("export-file"),
            queued: self.tr("export-queued"),
            failed: self.tr("export-failed"),
            newer: self.tr("sent-by-newer"),
            cancelled: self.tr("cancelled-message"),
        };
        Transcript::new(form, words, self.zone.clone())
    }

    /// Online, away, busy, offline.
    pub fn presence(&self, presence: Presence) -> String {
        match presence {
            Presence::Online => self.tr("online"),
            Presence::Away => self.tr("away"),
            Presence::Busy => self.tr("busy"),
            Presence::Offline => self.tr("offline"),
        }
    }

    /// How it stands with a relay.
    pub fn relay_state(&self, relay: &RelayStatus) -> String {
        let why = relay.error.as_ref().map(|why| self.reason(why));
        match (relay.state, why) {
            (RelayState::Connecting, None) => self.tr("relay-connecting"),
            (RelayState::Connecting, Some(why)) => self.tr_with("relay-not-reached", [("cause", why)]),
            (RelayState::Ready, _) => self.tr("relay-ready"),
            (RelayState::Refused, None) => self.tr("relay-refused"),
            (RelayState::Refused, Some(why)) => self.tr_with("relay-refused-why", [("cause", why)]),
            (RelayState::Spare, _) => self.tr("relay-spare"),
        }
    }

    /// How somebody is reached; `None` where they aren't.
    pub fn path(&self, path: Path) -> Option<String> {
        match path {
            Path::Direct => Some(self.tr("path-direct")),
            Path::Relayed => Some(self.tr("path-relayed")),
            Path::None => None,
        }
    }
}
