//! What went wrong, and what can be done about it, in the person's language.

use std::path::Path;

use super::Locale;
use crate::engine::{Error, NetError, StoreError, Warning};
use crate::model::{
    InviteError, LookupError, MAX_NICKNAME_GRAPHEMES, MAX_TEXT_BYTES, NicknameError, Reason, TextError,
};
use crate::ui::text::one_line;

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
            Error::RelayRefuses { name, cause } => {
                self.tr_with("error-relay-refuses", [("name", one_line(name)), ("cause", self.reason(cause))])
            }
            Error::Unreachable { address, cause } => {
                self.tr_with("error-unreachable", [("address", one_line(address)), ("cause", self.reason(cause))])
            }
            Error::File { path, cause } => self.reason(&Reason::at(path, cause.clone())),
            Error::UnknownPeer(_) => self.tr("error-unknown-peer"),
            Error::Oneself => self.tr("error-oneself"),
            Error::MessageGone(_) => self.tr("error-message-gone"),
            Error::TransferState { .. } => self.tr("error-transfer-state"),
            Error::OfferLost(_) => self.tr("error-offer-lost"),
            Error::AlreadyRunning(path) => self.tr_with("error-already-running", [("path", shown(path))]),
            Error::Offer(reason) | Error::System(reason) => self.reason(reason),
            Error::Store(error) => self.store_error(error),
            Error::Network(error) => self.net_error(error),
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

    /// What went wrong beside what was asked for.
    pub fn warning(&self, warning: &Warning) -> String {
        let because = |key, cause: String| self.tr_with(key, [("cause", cause)]);
        match warning {
            Warning::Error(error) => self.error(error),
            Warning::NotSent(cause) => because("warning-not-sent", self.reason(cause)),
            Warning::NotKept(error) => because("warning-not-kept", self.error(error)),
            Warning::NotRemoved(cause) => because("warning-not-removed", self.reason(cause)),
            Warning::RelayInvite(cause) => because("warning-relay-invite", self.reason(cause)),
            Warning::RelayAddress { text, cause } => {
                self.tr_with("warning-relay-address", [("text", one_line(text)), ("cause", self.reason(cause))])
            }
            Warning::RelayUnknown(name) => self.tr_with("warning-relay-unknown", [("name", one_line(name))]),
        }
    }

    fn store_error(&self, error: &StoreError) -> String {
        let of = |key, path| self.tr_with(key, [("path", shown(path))]);
        match error {
            StoreError::AlreadyRunning(path) => of("error-already-running", path),
            StoreError::SharedFolder(path) => of("store-shared-folder", path),
            StoreError::NotADatabase(path) => of("store-not-a-database", path),
            StoreError::Damaged { path, cause } => self.about("store-damaged", path, cause),
            StoreError::Newer { path, .. } => of("store-newer", path),
            StoreError::ReadOnly(path) => of("store-read-only", path),
            StoreError::Full(path) => of("store-full", path),
            StoreError::NoPermission(path) => of("store-no-permission", path),
            StoreError::Io { path, cause } | StoreError::Database { path, cause } => {
                self.about("error-file", path, cause)
            }
            StoreError::Identity { path, cause } => self.about("store-identity", path, cause),
            StoreError::Settings { path, line: None, cause } => self.about("store-settings", path, cause),
            StoreError::Settings { path, line: Some(line), cause } => {
                let values = [("path", shown(path)), ("line", line.to_string()), ("cause", self.reason(cause))];
                self.tr_with("store-settings-line", values)
            }
            StoreError::Stale { .. } => self.tr("store-stale"),
            StoreError::UnknownMessage(_) => self.tr("store-no-such-message"),
            StoreError::MessageGone(_) => self.tr("error-message-gone"),
            StoreError::Closed => self.tr("error-stopped"),
        }
    }

    fn net_error(&self, error: &NetError) -> String {
        let because = |key, cause| self.tr_with(key, [("cause", self.reason(cause))]);
        match error {
            NetError::Key => self.tr("net-key"),
            NetError::Transport(cause) => because("net-transport", cause),
            NetError::Listen { address, cause } => {
                self.tr_with("net-listen", [("address", one_line(address)), ("cause", self.reason(cause))])
            }
            NetError::Closed(cause) => because("net-closed", cause),
            NetError::Discovery(cause) => because("net-discovery", cause),
            NetError::DiscoveryEnded => self.tr("net-discovery-ended"),
        }
    }

    /// What is the matter with the file or folder at `path`.
    fn about(&self, key: &str, path: &Path, cause: &Reason) -> String {
        self.tr_with(key, [("path", shown(path)), ("cause", self.reason(cause))])
    }
}

fn shown(path: &Path) -> String {
    one_line(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::super::Language;
    use super::super::tests::locale;
    use super::*;
    use crate::model::{MessageId, MessageState, PeerId, Plain};

    fn store_errors() -> Vec<StoreError> {
        let (path, cause) = (|| "/home/ana/vecino.db".into(), || Reason::SchemaVersion(-1));
        vec![
            StoreError::AlreadyRunning(path()),
            StoreError::SharedFolder(path()),
            StoreError::NotADatabase(path()),
            StoreError::Damaged { path: path(), cause: cause() },
            StoreError::Newer { path: path(), found: 9, known: 5 },
            StoreError::ReadOnly(path()),
            StoreError::Full(path()),
            StoreError::NoPermission(path()),
            StoreError::Io { path: path(), cause: cause() },
            StoreError::Identity { path: path(), cause: cause() },
            StoreError::Settings { path: path(), line: None, cause: cause() },
            StoreError::Settings { path: path(), line: Some(3), cause: cause() },
            StoreError::Stale { next: 1 },
            StoreError::UnknownMessage(MessageId::from_bytes([1; 16])),
            StoreError::MessageGone(MessageState::Read),
            StoreError::Database { path: path(), cause: cause() },
            StoreError::Closed,
        ]
    }

    fn net_errors() -> Vec<NetError> {
        let cause = || Reason::from(Plain::PortTaken);
        vec![
            NetError::Key,
            NetError::Transport(cause()),
            NetError::Listen { address: "0.0.0.0:48237".to_owned(), cause: cause() },
            NetError::Closed(cause()),
            NetError::Discovery(cause()),
            NetError::DiscoveryEnded,
        ]
    }

    fn errors() -> Vec<Error> {
        let (text, cause) = (|| "10.0.0.1:x".to_owned(), || Reason::from(Plain::NoAnswer));
        let id = MessageId::from_bytes([1; 16]).transfer();
        let mut errors = vec![
            Error::Lookup(LookupError::NoSuchPeer(text())),
            Error::Nickname(NicknameError::Empty),
            Error::Text(TextError::TooLong(70_000)),
            Error::Address { text: text(), cause: "neither".to_owned() },
            Error::Invite(InviteError::Newer),
            Error::RelayRefuses { name: text(), cause: cause() },
            Error::Unreachable { address: text(), cause: cause() },
            Error::File { path: "/tmp".into(), cause: cause() },
            Error::Offer(cause()),
            Error::UnknownPeer(PeerId::from_public_key([1; 32])),
            Error::Oneself,
            Error::MessageGone(MessageState::Read),
            Error::TransferState { id, state: "done", wish: "paused" },
            Error::AlreadyRunning("/tmp".into()),
            Error::System(cause()),
            Error::TimedOut,
            Error::Stopped,
        ];
        errors.extend(store_errors().into_iter().map(Error::Store));
        errors.extend(net_errors().into_iter().map(Error::Network));
        errors
    }

    #[test]
    fn whatever_goes_wrong_is_said_in_the_person_s_language() {
        let (text, cause) = (|| "relay.not.there".to_owned(), || Reason::from(Plain::InviteDamaged));
        let mut warnings = vec![
            Warning::NotSent(cause()),
            Warning::NotKept(Error::Stopped),
            Warning::NotRemoved(cause()),
            Warning::RelayInvite(cause()),
            Warning::RelayAddress { text: text(), cause: cause() },
            Warning::RelayUnknown(text()),
        ];
        warnings.extend(errors().into_iter().map(Warning::Error));
        let (english, spanish) = (locale(Language::English), locale(Language::Spanish));
        for warning in warnings {
            let (en, es) = (english.warning(&warning), spanish.warning(&warning));
            assert!(en != es && !es.is_empty() && es != warning.to_string(), "{warning:?}: {en} / {es}");
            assert!(!en.contains(['{', '$']) && !es.contains(['{', '$']), "{en} / {es}");
        }
    }

    #[test]
    fn who_is_not_reached_is_told_why() {
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let error = Error::Unreachable { address: "10.0.0.1:1".to_owned(), cause: refused.into() };
        let words = "No se pudo llegar a nadie en 10.0.0.1:1: conexión rechazada";
        assert_eq!(locale(Language::Spanish).error(&error), words);
    }
}
