//! What a person should know though they asked for nothing.

use serde::{Serialize, Serializer};
use thiserror::Error;

use super::{Error, NetError, StoreError};
use crate::model::Reason;

/// Something that went wrong beside what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Warning {
    /// What would be an error if somebody had asked for it.
    #[error(transparent)]
    Error(#[from] Error),
    /// A message that is stored can't be put for the wire.
    #[error("a message can't be sent: {0}")]
    NotSent(Reason),
    /// A message that came isn't stored.
    #[error("a message can't be kept: {0}")]
    NotKept(Error),
    /// What a transfer left can't be removed.
    #[error("what came of a transfer could not be removed: {0}")]
    NotRemoved(Reason),
    /// An invite among the relays of the settings or the command line. It isn't repeated: there may be a token in it.
    #[error("an invite that was set as a relay can't be used: {0}")]
    RelayInvite(Reason),
    /// A text among them that leads to no relay.
    #[error("“{text}” can't be used as a relay: {cause}")]
    RelayAddress {
        /// What is set.
        text: String,
        /// What is wrong with it.
        cause: Reason,
    },
    /// A relay's computer, whose name isn't known.
    #[error("the relay “{0}” isn't used yet: nobody on this network knows that name")]
    RelayUnknown(String),
}

impl From<StoreError> for Warning {
    fn from(error: StoreError) -> Self {
        Self::Error(error.into())
    }
}

impl From<NetError> for Warning {
    fn from(error: NetError) -> Self {
        Self::Error(error.into())
    }
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
