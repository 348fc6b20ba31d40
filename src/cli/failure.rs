//! Why a command failed: what it says on standard error, and its exit code.

use std::io::{self, Write};

use thiserror::Error;

use super::text::{one_line, printable};
use crate::control::{self, Kind, RequestError};
use crate::engine;

/// Why a command didn't do what it was asked.
#[derive(Debug, Error)]
pub enum Failure {
    /// The command line can't be carried out as it was written.
    #[error("{0}")]
    Usage(String),
    /// The node refused, or can't be reached.
    #[error(transparent)]
    Control(#[from] control::Error),
    /// Not confirmed in time; the message is still queued.
    #[error("{0}")]
    Unconfirmed(String),
    /// The receiver doesn't want it.
    #[error("{0}")]
    Declined(String),
    /// Ended by a person before it was done.
    #[error("{0}")]
    Interrupted(String),
    /// Whoever reads standard output has had enough.
    #[error("standard output is closed")]
    OutputClosed,
    /// Anything else.
    #[error("{0:#}")]
    Other(#[from] anyhow::Error),
}

impl Failure {
    /// The exit code, as `docs/cli.md` lists them.
    pub fn code(&self) -> u8 {
        match self {
            // What was wanted of the output was had: `vecino history | head`.
            Self::OutputClosed => 0,
            Self::Usage(_) => 2,
            Self::Unconfirmed(_) => 4,
            Self::Declined(_) => 5,
            Self::Control(control::Error::Refused(error)) => match error.kind {
                Kind::NoSuchPeer | Kind::Ambiguous | Kind::NoSuchTransfer => 3,
                Kind::TimedOut => 4,
                _ => 1,
            },
            Self::Control(_) | Self::Interrupted(_) | Self::Other(_) => 1,
        }
    }

    /// Says on standard error what went wrong.
    pub fn report(&self) {
        if matches!(self, Self::OutputClosed) {
            return;
        }
        note(format_args!("vecino: {self}"));
        if let Self::Control(control::Error::Refused(RequestError { candidates, .. })) = self {
            for candidate in candidates {
                note(format_args!("  {}", one_line(&candidate.to_string())));
            }
        }
    }
}

impl From<engine::Error> for Failure {
    fn from(error: engine::Error) -> Self {
        RequestError::from(error).into()
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        Self::Control(error.into())
    }
}

/// Says something on standard error that is no result. Where nobody hears it, nothing is lost.
pub fn note(words: impl std::fmt::Display) {
    let _ = writeln!(io::stderr(), "{}", printable(&words.to_string()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LookupError, TextError};

    #[test]
    fn each_cause_has_its_exit_code() {
        let refused = |kind| Failure::from(RequestError::new(kind, "no"));
        for (failure, code) in [
            (Failure::OutputClosed, 0),
            (Failure::Other(anyhow::anyhow!("broken")), 1),
            (Failure::Interrupted("stopped".to_owned()), 1),
            (Failure::Control(control::Error::Closed), 1),
            (engine::Error::Text(TextError::Empty).into(), 1),
            (refused(Kind::Unreachable), 1),
            (Failure::Usage("how".to_owned()), 2),
            (engine::Error::Lookup(LookupError::NoSuchPeer("luis".to_owned())).into(), 3),
            (refused(Kind::Ambiguous), 3),
            (refused(Kind::NoSuchTransfer), 3),
            (engine::Error::TimedOut.into(), 4),
            (Failure::Unconfirmed("queued".to_owned()), 4),
            (Failure::Declined("no".to_owned()), 5),
        ] {
            assert_eq!(failure.code(), code, "{failure:?}");
        }
    }
}
