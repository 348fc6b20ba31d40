//! What may be wrong with a configuration, and where.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Where a setting stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In a file.
    File {
        /// Which.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// In this variable of the environment.
    Variable(String),
    /// In this flag of the command line.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

/// Why a configuration can't be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// A file can't be read.
    #[error("{}: {cause}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A file isn't TOML.
    #[error("{origin}: {cause}")]
    Syntax {
        /// Where it ceases to be.
        origin: Origin,
        /// In the parser's words.
        cause: String,
    },
    /// A key that isn't one of the relay's.
    #[error("{origin}: {key}: the relay has no such setting{}", suggestion(*nearest))]
    UnknownKey {
        /// Where it stands.
        origin: Origin,
        /// As it was written.
        key: String,
        /// The key that may have been meant.
        nearest: Option<&'static str>,
    },
    /// A value that the key can't have.
    #[error("{origin}: {key}: {cause}")]
    Value {
        /// Where it stands.
        origin: Origin,
        /// Of which key.
        key: &'static str,
        /// What it has to be.
        cause: String,
    },
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|key| format!("; is it “{key}”?")).unwrap_or_default()
}
