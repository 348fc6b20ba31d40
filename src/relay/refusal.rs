//! Why somebody doesn't get what they ask a relay for: one list for what they are told, for logs and for metrics.

use serde::{Serialize, Serializer};
use thiserror::Error;

/// Why somebody doesn't get what they ask for, in words for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum Refusal {
    /// What they ask for can't be understood, or they aren't of vecino's kind.
    #[error("that can't be understood here")]
    Invalid,
    /// They aren't among those who may use the relay.
    #[error("this relay isn't for you")]
    NotAllowed,
    /// They have shown no token, or a wrong one.
    #[error("this relay wants a token that it knows")]
    WrongToken,
    /// As many members as there may be.
    #[error("the relay is full")]
    Full,
    /// As many members as there may be at one IP address.
    #[error("too many members at your address")]
    AddressFull,
    /// They ask more often than they may.
    #[error("too many requests")]
    TooOften,
    /// More attempts to connect than are looked at.
    #[error("too many attempts to connect")]
    Flood,
    /// More connections of one member than it has a use for.
    #[error("too many connections of one member")]
    TooManyConnections,
    /// As many circuits as there may be: in all, or of one of the two.
    #[error("too many circuits")]
    TooManyCircuits,
    /// They haven't announced themselves.
    #[error("only members are told of the others")]
    Unannounced,
    /// Whom they call isn't a member, or is no longer.
    #[error("not a member here")]
    NoReservation,
    /// Whom they call doesn't answer, or doesn't want to.
    #[error("no answer")]
    NoAnswer,
    /// They didn't wait for the answer.
    #[error("given up")]
    GivenUp,
    /// The relay is being stopped.
    #[error("the relay is going down")]
    Leaving,
}

impl Refusal {
    /// Every one.
    pub const ALL: [Self; 14] = [
        Self::Invalid,
        Self::NotAllowed,
        Self::WrongToken,
        Self::Full,
        Self::AddressFull,
        Self::TooOften,
        Self::Flood,
        Self::TooManyConnections,
        Self::TooManyCircuits,
        Self::Unannounced,
        Self::NoReservation,
        Self::NoAnswer,
        Self::GivenUp,
        Self::Leaving,
    ];

    /// Its name in metrics, logs and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::NotAllowed => "not_allowed",
            Self::WrongToken => "wrong_token",
            Self::Full => "full",
            Self::AddressFull => "address_full",
            Self::TooOften => "too_often",
            Self::Flood => "flood",
            Self::TooManyConnections => "too_many_connections",
            Self::TooManyCircuits => "too_many_circuits",
            Self::Unannounced => "unannounced",
            Self::NoReservation => "no_reservation",
            Self::NoAnswer => "no_answer",
            Self::GivenUp => "given_up",
            Self::Leaving => "leaving",
        }
    }
}

impl Serialize for Refusal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}
