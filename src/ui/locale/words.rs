//! The engine's errors and states in the person's language.

use fluent_bundle::FluentValue;

use super::Locale;
use crate::engine::Error;
use crate::model::{
    Form, InviteError, LookupError, MAX_NICKNAME_GRAPHEMES, MAX_TEXT_BYTES, NicknameError, Path, Presence, RelayState,
    RelayStatus, TextError, Transcript, Words,
};
use crate::ui::text::one_line;

/// How many things that were left out are named.
const NAMES_LEFT_OUT: usize = 3;

impl Locale {
    /// What went wrong and what can be done about it.
    pub fn error(&self, error: &Error) -> String {
        match error {
            Error::Lookup(error) => self.lookup_error(error),
            Error::Nickname(error) => self.nickname_error(*error),
            Error::Text(error) => self.text_error(*error),
            Error::Address { text, .. } => self.tr_with("error-address", [("text", one_line(text))]),
            Error::Invite(InviteError::Damaged) => self.tr("error-invite-damaged"),
            Error::Invite(InviteError::Newer) => self.tr("error-invite-newer"),
            Error::RelayRefuses { name, words } => {
                self.tr_with("error-relay-refuses", [("name", one_line(name)), ("cause", one_line(words))])
            }
            Error::Unreachable { address, cause } => {
                self.tr_with("error-unreachable", [("address", one_line(address)), ("cause", one_line(cause))])
            }
            Error::File { path, cause } => {
                let path = one_line(&path.display().to_string());
                self.tr_with("error-file", [("path", path), ("cause", one_line(cause))])
            }
            Error::UnknownPeer(_) => self.tr("error-unknown-peer"),
            Error::Oneself => self.tr("error-oneself"),
            Error::MessageGone(_) => self.tr("error-message-gone"),
            Error::TransferState { .. } => self.tr("error-transfer-state"),
            Error::OfferLost(_) => self.tr("error-offer-lost"),
            Error::AlreadyRunning(path) => {
                self.tr_with("error-already-running", [("path", one_line(&path.display().to_string()))])
            }
            Error::Offer(words) | Error::Store(words) | Error::Network(words) => one_line(words),
            Error::TimedOut => self.tr("error-timed-out"),
            Error::Stopped => self.tr("error-stopped"),
        }
    }

    fn lookup_error(&self, error: &LookupError) -> String {
        match error {
            LookupError::NoSuchPeer(name) => self.tr_with("error-no-such-peer", [("name", one_line(name))]),
            LookupError::Ambiguous { name, .. } => self.tr_with("error-ambiguous", [("name", one_line(name))]),
            LookupError::NoSuchTransfer(_) | LookupError::AmbiguousTransfer(_) => self.tr("error-no-such-transfer"),
        }
    }

    /// Why this isn't a nickname.
    pub fn nickname_error(&self, error: NicknameError) -> String {
        match error {
            NicknameError::Empty => self.tr("error-nickname-empty"),
            NicknameError::TooLong => self.tr_with("error-nickname-long", [("most", MAX_NICKNAME_GRAPHEMES)]),
            NicknameError::Control => self.tr("error-nickname-control"),
            NicknameError::Hidden => self.tr("error-nickname-hidden"),
        }
    }

    /// Why this can't be sent as a message.
    pub fn text_error(&self, error: TextError) -> String {
        match error {
            TextError::Empty => self.tr("error-text-empty"),
            TextError::TooLong(bytes) => {
                let values = [("size", self.size(bytes as u64)), ("most", self.size(MAX_TEXT_BYTES as u64))];
                self.tr_with("error-text-long", values)
            }
            TextError::Nul => self.tr("error-text-nul"),
        }
    }

    /// What isn't in an offer, with the first `names` of it.
    pub fn left_out(&self, count: u64, names: &[String]) -> String {
        let mut shown: Vec<String> = names.iter().take(NAMES_LEFT_OUT).map(|name| one_line(name)).collect();
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
        let why = relay.error.as_deref().map(one_line);
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
