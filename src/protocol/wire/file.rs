//! `/vecino/files/1`: the receiver pulls what was offered.
//!
//! ```text
//! request:  length (u16, big endian) | FileRequest (CBOR)
//! answer:   length (u16, big endian) | FileAnswer (CBOR) | body: FileAnswer.n raw bytes
//! ```

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::WireError;
use crate::model::TransferId;

/// The protocol's id.
pub const PROTOCOL: &str = "/vecino/files/1";

/// Most bytes of a [`FileRequest`] or [`FileAnswer`].
pub const MAX_HEADER_BYTES: usize = 512;

/// Most bytes that one request may ask for.
pub const MAX_RANGE: u64 = 64 * 1024 * 1024;

const RANGE: u8 = 1;
const DIGEST: u8 = 2;
const REPORT: u8 = 3;

/// What the receiver of an offer asks of its sender or tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRequest {
    /// What this is: 1 send a range, 2 send the digest of the whole file, 3 a report.
    pub k: u8,
    /// The transfer: 16 bytes.
    pub t: ByteBuf,
    /// Range: where it begins. Report: bytes that the receiver has.
    #[serde(default)]
    pub o: u64,
    /// Range: its length, 1 to [`MAX_RANGE`]. Report: 1 all verified, 2 declined, 3 failed, 4 under way.
    #[serde(default)]
    pub n: u64,
}

/// The head of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileAnswer {
    /// 0 as asked, 1 no such transfer (for this peer), 2 the file has changed since it was offered, 3 it can't be read,
    /// 4 not valid, 5 busy: try again later.
    pub c: u16,
    /// Range: bytes of body that follow.
    #[serde(default)]
    pub n: u64,
    /// Digest: BLAKE3 of the whole file, 32 bytes.
    #[serde(default)]
    pub h: ByteBuf,
}

/// A [`FileRequest`] that was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// A contiguous piece of the file.
    Range {
        /// Where it begins.
        offset: u64,
        /// How long it is, 1 to [`MAX_RANGE`].
        length: u64,
    },
    /// BLAKE3 of the whole file.
    Digest,
    /// How the receiver fares.
    Report {
        /// Bytes that it has.
        done: u64,
        /// In a word.
        outcome: Outcome,
    },
}

/// How a receiver fares with a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All is verified and under its own name.
    Verified,
    /// The person didn't want it.
    Declined,
    /// It can't be had; it was given up.
    Failed,
    /// Accepted, and on its way.
    UnderWay,
}

/// Why a sender doesn't give what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// No such transfer for this peer.
    #[error("the sender no longer offers it")]
    Unknown,
    /// It's not the file that was offered any more.
    #[error("the file was changed while it was being sent")]
    Changed,
    /// The file can't be read.
    #[error("the sender can't read the file any more")]
    Unreadable,
    /// Nonsense was asked.
    #[error("the sender did not understand the request")]
    Invalid,
    /// Too many requests at a time.
    #[error("the sender is busy")]
    Busy,
    /// A cause that this version doesn't know.
    #[error("the sender refused (cause {0})")]
    Other(u16),
}

/// The head of an answer that was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// So many bytes follow.
    Range(u64),
    /// BLAKE3 of the whole file.
    Digest([u8; 32]),
    /// The report was kept.
    Noted,
    /// Not given.
    Denied(Denial),
}

impl FileRequest {
    /// The request for `ask` about `transfer`.
    pub fn new(transfer: TransferId, ask: Ask) -> Self {
        let (k, o, n) = match ask {
            Ask::Range { offset, length } => (RANGE, offset, length),
            Ask::Digest => (DIGEST, 0, 0),
            Ask::Report { done, outcome } => (REPORT, done, outcome_code(outcome)),
        };
        Self { k, t: ByteBuf::from(transfer.as_bytes()), o, n }
    }

    /// Checks what came.
    pub fn check(&self) -> Result<(TransferId, Ask), WireError> {
        let bytes: [u8; 16] = self.t.as_slice().try_into().map_err(|_| WireError::Field("t"))?;
        let offset = super::seq(self.o, "o")?;
        let ask = match self.k {
            RANGE if (1..=MAX_RANGE).contains(&self.n) => Ask::Range { offset, length: self.n },
            RANGE => return Err(WireError::Field("n")),
            DIGEST => Ask::Digest,
            REPORT => Ask::Report {
                done: offset,
                outcome: match self.n {
                    1 => Outcome::Verified,
                    2 => Outcome::Declined,
                    3 => Outcome::Failed,
                    4 => Outcome::UnderWay,
                    _ => return Err(WireError::Field("n")),
                },
            },
            _ => return Err(WireError::Field("k")),
        };
        Ok((TransferId::from_bytes(bytes), ask))
    }
}

fn outcome_code(outcome: Outcome) -> u64 {
    match outcome {
        Outcome::Verified => 1,
        Outcome::Declined => 2,
        Outcome::Failed => 3,
        Outcome::UnderWay => 4,
    }
}

impl From<Reply> for FileAnswer {
    fn from(reply: Reply) -> Self {
        let plain = |c| Self { c, n: 0, h: ByteBuf::new() };
        match reply {
            Reply::Range(length) => Self { n: length, ..plain(0) },
            Reply::Digest(digest) => Self { h: ByteBuf::from(digest), ..plain(0) },
            Reply::Noted => plain(0),
            Reply::Denied(Denial::Unknown) => plain(1),
            Reply::Denied(Denial::Changed) => plain(2),
            Reply::Denied(Denial::Unreadable) => plain(3),
            Reply::Denied(Denial::Invalid) => plain(4),
            Reply::Denied(Denial::Busy) => plain(5),
            Reply::Denied(Denial::Other(code)) => plain(code),
        }
    }
}

impl FileAnswer {
    /// Checks the answer to `ask`. An answer may be shorter than the range that was asked for, never longer or empty.
    pub fn check(&self, ask: &Ask) -> Result<Reply, WireError> {
        let denial = match self.c {
            0 => return self.granted(ask),
            1 => Denial::Unknown,
            2 => Denial::Changed,
            3 => Denial::Unreadable,
            4 => Denial::Invalid,
            5 => Denial::Busy,
            code => Denial::Other(code),
        };
        if self.n == 0 { Ok(Reply::Denied(denial)) } else { Err(WireError::Field("n")) }
    }

    fn granted(&self, ask: &Ask) -> Result<Reply, WireError> {
        match ask {
            Ask::Range { length, .. } if (1..=*length).contains(&self.n) => Ok(Reply::Range(self.n)),
            Ask::Digest if self.n == 0 => {
                self.h.as_slice().try_into().map(Reply::Digest).map_err(|_| WireError::Field("h"))
            }
            Ask::Report { .. } if self.n == 0 => Ok(Reply::Noted),
            _ => Err(WireError::Field("n")),
        }
    }
}
