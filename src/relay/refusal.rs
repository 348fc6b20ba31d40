//! Why somebody doesn't get what they ask a relay for: one list for what they are told, for logs and for metrics.

use serde::{Serialize, Serializer};
use thiserror::Error;

/// The refusals: each in words for whoever is refused, and with its name in metrics, logs and JSON.
macro_rules! refusals {
    ($($(#[$said:meta])* $cause:ident = $word:literal,)+) => {
        /// Why somebody doesn't get what they ask for, in words for them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
        pub enum Refusal {
            $($(#[$said])* $cause,)+
        }

        impl Refusal {
            /// Every one.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$cause),+];

            /// Its name in metrics, logs and JSON.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$cause => $word,)+
                }
            }
        }
    };
}

refusals! {
    /// What they ask for can't be understood, or they aren't of vecino's kind.
    #[error("that can't be understood here")]
    Invalid = "invalid",
    /// They aren't among those who may use the relay.
    #[error("this relay isn't for you")]
    NotAllowed = "not_allowed",
    /// They have shown no token, or a wrong one.
    #[error("this relay wants a token that it knows")]
    WrongToken = "wrong_token",
    /// As many members as there may be.
    #[error("the relay is full")]
    Full = "full",
    /// As many members as there may be at one IP address.
    #[error("too many members at your address")]
    AddressFull = "address_full",
    /// They ask more often than they may.
    #[error("too many requests")]
    TooOften = "too_often",
    /// More attempts to connect than are looked at.
    #[error("too many attempts to connect")]
    Flood = "flood",
    /// More connections of one member than it has a use for.
    #[error("too many connections of one member")]
    TooManyConnections = "too_many_connections",
    /// As many circuits as there may be: in all, or of one of the two.
    #[error("too many circuits")]
    TooManyCircuits = "too_many_circuits",
    /// They haven't announced themselves.
    #[error("only members are told of the others")]
    Unannounced = "unannounced",
    /// Whom they call isn't a member, or is no longer.
    #[error("not a member here")]
    NoReservation = "no_reservation",
    /// Whom they call doesn't answer, or doesn't want to.
    #[error("no answer")]
    NoAnswer = "no_answer",
    /// They didn't wait for the answer.
    #[error("given up")]
    GivenUp = "given_up",
    /// The relay is being stopped.
    #[error("the relay is going down")]
    Leaving = "leaving",
}

impl Serialize for Refusal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}
