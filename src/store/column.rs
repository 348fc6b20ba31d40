//! How values stand in columns.

use std::path::PathBuf;

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};

use crate::model::{
    ConversationId, Direction, Epoch, MessageId, MessageState, PausedBy, PeerId, Reason, Refusal, Timestamp, Token,
    TransferId, TransferState, VoidCause,
};

macro_rules! stored_as_bytes {
    ($($id:ty: $from:path, $to:path;)*) => {$(
        impl ToSql for $id {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from($to(self).as_slice()))
            }
        }

        impl FromSql for $id {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                FromSql::column_result(value).map($from)
            }
        }
    )*};
}

stored_as_bytes! {
    PeerId: PeerId::from_public_key, PeerId::public_key;
    MessageId: MessageId::from_bytes, MessageId::as_bytes;
    TransferId: TransferId::from_bytes, TransferId::as_bytes;
    ConversationId: ConversationId::from_bytes, ConversationId::as_bytes;
}

impl ToSql for Token {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for Token {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map_err(FromSqlError::other)
    }
}

/// A reason stands as its words: those of older versions, and of others, are kept as they are.
impl ToSql for Reason {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.to_string().into())
    }
}

impl FromSql for Reason {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str().map(Self::from)
    }
}

/// Numbers on disk never change their meaning: a variant's number is its own for ever.
macro_rules! stored_as_number {
    ($type:ty: $($variant:ident = $number:literal),*) => {
        impl ToSql for $type {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                let number: i64 = match self { $(Self::$variant => $number),* };
                Ok(number.into())
            }
        }

        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                match value.as_i64()? {
                    $($number => Ok(Self::$variant),)*
                    other => Err(FromSqlError::OutOfRange(other)),
                }
            }
        }
    };
}

/// What the columns of a message's body hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Cancelled,
    Text,
    Offer,
    Unknown,
}

stored_as_number!(Kind: Cancelled = 0, Text = 1, Offer = 2, Unknown = 3);
stored_as_number!(MessageState: Queued = 0, Delivered = 1, Read = 2, Failed = 3);
stored_as_number!(Direction: In = 0, Out = 1);
stored_as_number!(PausedBy: Me = 0, Peer = 1, Disk = 2);
stored_as_number!(TransferState:
    Offered = 0, Active = 1, Paused = 2, Done = 3, Failed = 4, Declined = 5, Cancelled = 6);

/// Causes that this version doesn't know are stored as themselves, above those that it knows.
const OTHER_REFUSALS: i64 = 65_536;

impl ToSql for VoidCause {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let number = match self {
            Self::Cancelled => 0,
            Self::Held => 1,
            Self::Refused(Refusal::Invalid) => 2,
            Self::Refused(Refusal::Blocked) => 3,
            Self::Refused(Refusal::OverBudget) => 4,
            Self::Refused(Refusal::Other(cause)) => OTHER_REFUSALS + i64::from(*cause),
        };
        Ok(number.into())
    }
}

impl FromSql for VoidCause {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(match value.as_i64()? {
            0 => Self::Cancelled,
            1 => Self::Held,
            2 => Self::Refused(Refusal::Invalid),
            3 => Self::Refused(Refusal::Blocked),
            4 => Self::Refused(Refusal::OverBudget),
            number => u16::try_from(number - OTHER_REFUSALS)
                .map(|cause| Self::Refused(Refusal::Other(cause)))
                .map_err(|_| FromSqlError::OutOfRange(number))?,
        })
    }
}

impl ToSql for Timestamp {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.millis().into())
    }
}

impl FromSql for Timestamp {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self::from_millis)
    }
}

impl ToSql for Epoch {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        unsigned(self.get())
    }
}

impl FromSql for Epoch {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let Unsigned(number) = Unsigned::column_result(value)?;
        Self::from_u64(number).ok_or(FromSqlError::InvalidType)
    }
}

/// A number that is never negative. SQLite's integers end at 2⁶³ − 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unsigned(pub(super) u64);

impl ToSql for Unsigned {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        unsigned(self.0)
    }
}

fn unsigned(number: u64) -> rusqlite::Result<ToSqlOutput<'static>> {
    let number = i64::try_from(number).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    Ok(number.into())
}

impl FromSql for Unsigned {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        u64::try_from(number).map(Self).map_err(|_| FromSqlError::OutOfRange(number))
    }
}

/// A path as the platform writes it, which needn't be Unicode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredPath(pub(super) PathBuf);

impl ToSql for StoredPath {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(path_bytes(&self.0).into())
    }
}

impl FromSql for StoredPath {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_blob().map(path_of).map(Self)
    }
}

/// A path as it's kept: the bytes of the platform.
#[cfg(unix)]
pub fn path_bytes(path: &std::path::Path) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec()
}

/// The path that [`path_bytes`] made these of.
#[cfg(unix)]
pub fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes))
}

/// A path as it's kept: UTF-16 of the platform, low byte first.
#[cfg(windows)]
pub fn path_bytes(path: &std::path::Path) -> Vec<u8> {
    use std::os::windows::ffi::OsStrExt;
    path.as_os_str().encode_wide().flat_map(u16::to_le_bytes).collect()
}

/// The path that [`path_bytes`] made these of.
#[cfg(windows)]
pub fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::windows::ffi::OsStringExt;
    let wide: Vec<u16> =
        bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(u16::from_le_bytes).collect();
    PathBuf::from(std::ffi::OsString::from_wide(&wide))
}
