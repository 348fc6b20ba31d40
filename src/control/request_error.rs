//! Why a request wasn't carried out, as both ends of the socket say it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::engine;
use crate::model::{Candidate, LookupError};

/// What sort of error it is, for scripts and exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Nobody is called that.
    NoSuchPeer,
    /// Several peers are.
    Ambiguous,
    /// No transfer, or more than one, has an id that begins or ends so.
    NoSuchTransfer,
    /// The request breaks a rule: unknown, malformed, too long, not an address, not a nickname.
    Invalid,
    /// Nobody answered at an address.
    Unreachable,
    /// The time given ran out.
    TimedOut,
    /// The message or transfer isn't in a state in which this can be done.
    State,
    /// Too much at once: ask again.
    Busy,
    /// The node has no window that could be shown.
    NoWindow,
    /// The protocol's version isn't known.
    Version,
    /// The node has stopped.
    Stopped,
    /// Anything else; also what a newer version says.
    #[serde(other)]
    Failed,
}

/// Why a request wasn't carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Error)]
#[error("{message}")]
pub struct RequestError {
    /// What sort of error.
    pub kind: Kind,
    /// What happened and what can be done, in words.
    pub message: String,
    /// Who could have been meant, where several could.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
}

impl RequestError {
    /// An error without candidates.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), candidates: Vec::new() }
    }
}

impl From<engine::Error> for RequestError {
    fn from(error: engine::Error) -> Self {
        use engine::Error;
        let message = error.to_string();
        match error {
            Error::Lookup(error) => error.into(),
            Error::UnknownPeer(_) => Self::new(Kind::NoSuchPeer, message),
            Error::Nickname(_)
            | Error::Text(_)
            | Error::Address { .. }
            | Error::Invite(_)
            | Error::Offer(_)
            | Error::Oneself => Self::new(Kind::Invalid, message),
            Error::Unreachable { .. } => Self::new(Kind::Unreachable, message),
            Error::MessageGone(_) | Error::TransferState { .. } | Error::OfferLost(_) => {
                Self::new(Kind::State, message)
            }
            Error::TimedOut => Self::new(Kind::TimedOut, message),
            Error::Stopped => Self::new(Kind::Stopped, message),
            Error::File { .. }
            | Error::RelayRefuses { .. }
            | Error::AlreadyRunning(_)
            | Error::Store(_)
            | Error::Network(_)
            | Error::System(_) => Self::new(Kind::Failed, message),
        }
    }
}

impl From<LookupError> for RequestError {
    fn from(error: LookupError) -> Self {
        let message = error.to_string();
        match error {
            LookupError::NoSuchPeer(_) => Self::new(Kind::NoSuchPeer, message),
            LookupError::Ambiguous { candidates, .. } => Self { kind: Kind::Ambiguous, message, candidates },
            LookupError::NoSuchTransfer(_) | LookupError::AmbiguousTransfer(_) => {
                Self::new(Kind::NoSuchTransfer, message)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PeerId;

    #[test]
    fn an_ambiguous_name_keeps_its_candidates_across_the_socket() {
        let candidates = vec![Candidate { peer_id: PeerId::from_public_key([1; 32]), name: "luis#abcdef".to_owned() }];
        let error = engine::Error::Lookup(LookupError::Ambiguous { name: "luis".to_owned(), candidates });
        let error = RequestError::from(error);
        let json = serde_json::to_value(&error).unwrap();
        assert_eq!(json["kind"], "ambiguous");
        assert_eq!(json["candidates"][0]["name"], "luis#abcdef");
        assert_eq!(serde_json::from_value::<RequestError>(json).unwrap(), error);
    }

    #[test]
    fn a_kind_of_a_newer_version_is_a_failure() {
        let error: RequestError = serde_json::from_str(r#"{"kind":"eclipse","message":"dark"}"#).unwrap();
        assert_eq!(error, RequestError::new(Kind::Failed, "dark"));
    }
}
