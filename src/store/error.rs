//! What may go wrong with a profile's files, in words for a person: which file, what is wrong, and the way out.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use rusqlite::ffi::{Error as Failure, SQLITE_IOERR_SHMSIZE};
use thiserror::Error;

use super::folder;
use crate::model::{MessageId, MessageState, Reason};

/// Why the store didn't do what it was asked. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// Another node holds the profile's lock.
    #[error("a vecino is running on this profile already ({})", .0.display())]
    AlreadyRunning(PathBuf),
    /// The data directory is one that everybody uses, as `/tmp` is: closing it to others would break it for them.
    #[error("{} is a folder that everyone uses; name one for vecino alone", .0.display())]
    SharedFolder(PathBuf),
    /// The file holds something else than a vecino database.
    #[error(
        "{} is not a vecino database. It was left as it is: move it away to begin with an empty history, or restore it \
         from a backup",
        .0.display()
    )]
    NotADatabase(PathBuf),
    /// The database can't be read any more.
    #[error(
        "{} is damaged ({cause}). It was left as it is: restore it from a backup, or move it away to begin with an empty \
         history",
        path.display()
    )]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What was found.
        cause: Reason,
    },
    /// The database has a schema that this version doesn't know.
    #[error(
        "{} was written by a newer vecino (schema {found}, this one knows up to {known}); update vecino on this computer",
        path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema's version.
        found: i64,
        /// The latest version known here.
        known: i64,
    },
    /// The file or its file system can't be written.
    #[error("{} can't be written: it is read-only. Make it writable, or name another data directory", .0.display())]
    ReadOnly(PathBuf),
    /// No room is left on the disk.
    #[error("{} can't be written: the disk is full. Make room on it and try again", .0.display())]
    Full(PathBuf),
    /// The file belongs to somebody else.
    #[error("{} can't be opened: permission denied. Give it back to the user that vecino runs as", .0.display())]
    NoPermission(PathBuf),
    /// The file can't be read or written.
    #[error("{}: {cause}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: Reason,
    },
    /// The identity key's file holds no identity key.
    #[error(
        "the identity key {} can't be used: {cause}. It was left as it is: restore it from a backup, or move it away to get \
         a new identity (to others you will be somebody new)",
        path.display()
    )]
    Identity {
        /// The key's file.
        path: PathBuf,
        /// What is wrong with it.
        cause: Reason,
    },
    /// The settings can't be understood.
    #[error("{}{}: {cause}. It was left as it is: correct it, or move it away to get the defaults", path.display(), in_line(*line))]
    Settings {
        /// The settings' file.
        path: PathBuf,
        /// The line, counted from 1, where one is to blame.
        line: Option<usize>,
        /// What is wrong with it.
        cause: Reason,
    },
    /// The lane has moved on since the batch was judged: judge it again from `next`.
    #[error("the lane expects entry {next} now")]
    Stale {
        /// The seq that the lane expects.
        next: u64,
    },
    /// No message has this id.
    #[error("no message {0} is known here")]
    UnknownMessage(MessageId),
    /// The message has gone too far to be cancelled.
    #[error("the message can't be cancelled any more: it is {0:?}")]
    MessageGone(MessageState),
    /// The database refused a job for a reason that isn't one of the above.
    #[error("{}: {cause}", path.display())]
    Database {
        /// The database.
        path: PathBuf,
        /// In SQLite's words.
        cause: Reason,
    },
    /// The store was closed.
    #[error("the history is closed")]
    Closed,
}

impl StoreError {
    /// Whether it's for want of room on the disk, which may come back.
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// What `cause` means for the file at `path`.
    pub(super) fn io(path: &Path, cause: io::Error) -> Self {
        let path = path.to_owned();
        match cause.kind() {
            io::ErrorKind::PermissionDenied => Self::NoPermission(path),
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(path),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(path),
            _ => Self::Io { path, cause: cause.into() },
        }
    }

    /// SQLite doesn't say why it can't open a file. The files beside the database are what it makes, so try to make one.
    fn not_opened(path: PathBuf, cause: &rusqlite::Error) -> Self {
        match tempfile::tempfile_in(folder::folder_of(&path)) {
            Err(cause) => Self::io(&path, cause),
            Ok(_) => Self::Database { path, cause: cause.to_string().into() },
        }
    }

    fn sql(path: &Path, cause: &rusqlite::Error) -> Self {
        use rusqlite::Error as Sql;
        let path = path.to_owned();
        match cause {
            // The index of the write-ahead log couldn't grow: SQLite doesn't look at why, but it's a file in memory's size.
            Sql::SqliteFailure(Failure { extended_code: SQLITE_IOERR_SHMSIZE, .. }, _) => Self::Full(path),
            Sql::SqliteFailure(Failure { code, .. }, _) => match code {
                ErrorCode::NotADatabase => Self::NotADatabase(path),
                ErrorCode::DatabaseCorrupt => Self::Damaged { path, cause: cause.to_string().into() },
                ErrorCode::DiskFull => Self::Full(path),
                ErrorCode::ReadOnly => Self::ReadOnly(path),
                ErrorCode::CannotOpen => Self::not_opened(path, cause),
                ErrorCode::PermissionDenied => Self::NoPermission(path),
                _ => Self::Database { path, cause: cause.to_string().into() },
            },
            Sql::FromSqlConversionFailure(..)
            | Sql::IntegralValueOutOfRange(..)
            | Sql::InvalidColumnType(..)
            | Sql::Utf8Error(..) => Self::Damaged { path, cause: cause.to_string().into() },
            _ => Self::Database { path, cause: cause.to_string().into() },
        }
    }
}

fn in_line(line: Option<usize>) -> String {
    line.map(|line| format!(", line {line}")).unwrap_or_default()
}

/// What ends a transaction before its commit: the database, or a rule of the operation.
#[derive(Debug)]
pub(super) enum Abort {
    Sql(rusqlite::Error),
    Rule(StoreError),
}

impl Abort {
    /// The error for whoever asked, about the database at `path`.
    pub(super) fn at(self, path: &Path) -> StoreError {
        match self {
            Self::Sql(cause) => StoreError::sql(path, &cause),
            Self::Rule(error) => error,
        }
    }
}

impl From<rusqlite::Error> for Abort {
    fn from(cause: rusqlite::Error) -> Self {
        Self::Sql(cause)
    }
}

impl From<StoreError> for Abort {
    fn from(error: StoreError) -> Self {
        Self::Rule(error)
    }
}
