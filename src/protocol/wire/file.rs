//! `/vecino/files/1`: the receiver pulls what was offered.
//!
//! ```text
//! request:  length (u16, big endian) | FileRequest (CBOR)
//! answer:   length (u16, big endian) | FileAnswer (CBOR) | body, where units were asked for and are given
//! body:     frame … | end
//! frame:    status u8 | length u32, big endian | that many bytes | BLAKE3 of them, 32 bytes   (status 0: a unit)
//!           status u8 | 0 (u32)                | BLAKE3 of the unit, 32 bytes                 (status 3: its hash alone)
//!           status u8 | 0 (u32)                    (1 the file has changed, 2 it can't be read, 255 the end)
//! ```
//!
//! A unit is [`UNIT`] bytes of one file; its last may be shorter, an empty file has one empty unit. The units of a range
//! follow one another as the manifest's entries do, across files.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::WireError;
use super::manifest::{MAX_MANIFEST_BYTES, UNIT};
use crate::model::TransferId;

/// The protocol's id.
pub const PROTOCOL: &str = "/vecino/files/1";

/// Most bytes of a [`FileRequest`] or [`FileAnswer`].
pub const MAX_HEADER_BYTES: usize = 512;

/// Most units that one request may ask for: as many small files, each of which takes some hundred bytes of memory while it's
/// under way, or 256 MiB of a large one.
pub const MAX_UNITS: u64 = 1_024;

/// Bytes of a hash.
pub const HASH_BYTES: usize = blake3::OUT_LEN;

/// Bytes before what a frame holds.
pub const FRAME_HEAD_BYTES: usize = 5;

/// Bytes of a unit's frame besides the unit's own.
pub const FRAME_BYTES: usize = FRAME_HEAD_BYTES + HASH_BYTES;

const RANGE: u8 = 1;
const MANIFEST: u8 = 2;
const REPORT: u8 = 3;
const NOTICE: u8 = 4;
const HASHES: u8 = 5;

const FRAME_UNIT: u8 = 0;
const FRAME_CHANGED: u8 = 1;
const FRAME_UNREADABLE: u8 = 2;
const FRAME_HASH: u8 = 3;
const FRAME_END: u8 = 255;

/// What either side of a transfer asks of the other or tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRequest {
    /// What this is: 1 send units of the files, 2 send units of the manifest, 3 the receiver's report, 4 the sender's
    /// notice, 5 send the hashes of units alone.
    pub k: u8,
    /// The transfer: 16 bytes.
    pub t: ByteBuf,
    /// Units of files: where in the manifest the first file's entry begins. Report: bytes that the receiver has.
    #[serde(default)]
    pub o: u64,
    /// Units: the first, counted from the start of its file or of the manifest.
    #[serde(default)]
    pub u: u64,
    /// Units: how many at most, 1 to [`MAX_UNITS`]. Report: the [`Outcome`]. Notice: the [`Notice`].
    #[serde(default)]
    pub n: u64,
}

/// The head of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileAnswer {
    /// 0 as asked, or [`Denial::code`].
    pub c: u16,
}

/// A [`FileRequest`] that was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Units of files.
    Range(Range),
    /// Units of the manifest.
    Manifest {
        /// The first.
        unit: u64,
        /// How many at most.
        units: u64,
    },
    /// How the receiver fares.
    Report {
        /// Bytes that it has, verified.
        done: u64,
        /// In a word.
        outcome: Outcome,
    },
    /// What the sender has decided.
    Notice(Notice),
}

/// A run of units, from one file on across those that follow it in the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Where in the manifest the first file's entry begins, in bytes.
    pub at: u64,
    /// The first unit, counted from the start of that file.
    pub unit: u64,
    /// How many at most.
    pub units: u64,
    /// Whether their hashes alone are wanted.
    pub hashes: bool,
}

/// How a receiver fares with a transfer, by its number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All is verified and under its own name.
    Verified = 1,
    /// The person didn't want it.
    Declined = 2,
    /// Not all of it can be had; it was given up.
    Failed = 3,
    /// Accepted, and on its way.
    UnderWay = 4,
    /// The person holds it up.
    Paused = 5,
    /// The disk has no room for more.
    Full = 6,
    /// The person doesn't want it any more.
    Cancelled = 7,
}

/// What a sender has decided about a transfer, by its number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// It may go on.
    GoOn = 1,
    /// It's held up.
    Paused = 2,
    /// It's withdrawn.
    Cancelled = 3,
}

/// Why a sender doesn't give what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// No such transfer for this peer.
    #[error("the sender no longer offers it")]
    Unknown,
    /// Nonsense was asked.
    #[error("the sender did not understand the request")]
    Invalid,
    /// Too many requests at a time.
    #[error("the sender is busy")]
    Busy,
    /// The sender's person holds it up.
    #[error("the sender has paused it")]
    Paused,
    /// The sender's person has withdrawn it.
    #[error("the sender has cancelled it")]
    Cancelled,
    /// A cause that this version doesn't know.
    #[error("the sender refused (cause {0})")]
    Other(u16),
}

/// The head of an answer that was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// Units follow.
    Units,
    /// What was told was kept.
    Noted,
    /// Not given.
    Denied(Denial),
}

/// The head of a frame: what follows it in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameHead {
    /// A unit of so many bytes, at most [`UNIT`], and its hash.
    Unit(usize),
    /// The hash of a unit.
    Hash,
    /// The file isn't what was offered any more. The rest of it is left out; the next file's first unit follows.
    Changed,
    /// The file can't be read. The same.
    Unreadable,
    /// Nothing: this is all.
    End,
}

impl FrameHead {
    /// As it stands on the wire.
    pub fn encode(self) -> [u8; FRAME_HEAD_BYTES] {
        let (status, length) = match self {
            Self::Unit(length) => (FRAME_UNIT, length as u32),
            Self::Hash => (FRAME_HASH, 0),
            Self::Changed => (FRAME_CHANGED, 0),
            Self::Unreadable => (FRAME_UNREADABLE, 0),
            Self::End => (FRAME_END, 0),
        };
        let [a, b, c, d] = length.to_be_bytes();
        [status, a, b, c, d]
    }

    /// Reads what [`FrameHead::encode`] wrote.
    pub fn decode([status, a, b, c, d]: [u8; FRAME_HEAD_BYTES]) -> Result<Self, WireError> {
        let length = u32::from_be_bytes([a, b, c, d]);
        match status {
            FRAME_UNIT if u64::from(length) <= UNIT => Ok(Self::Unit(length as usize)),
            FRAME_UNIT => Err(WireError::Oversize { limit: UNIT as usize }),
            _ if length > 0 => Err(WireError::Field("length")),
            FRAME_HASH => Ok(Self::Hash),
            FRAME_CHANGED => Ok(Self::Changed),
            FRAME_UNREADABLE => Ok(Self::Unreadable),
            FRAME_END => Ok(Self::End),
            _ => Err(WireError::Field("status")),
        }
    }
}

impl FileRequest {
    /// The request for `ask` about `transfer`.
    pub fn new(transfer: TransferId, ask: Ask) -> Self {
        let (k, o, u, n) = match ask {
            Ask::Range(Range { at, unit, units, hashes }) => (if hashes { HASHES } else { RANGE }, at, unit, units),
            Ask::Manifest { unit, units } => (MANIFEST, 0, unit, units),
            Ask::Report { done, outcome } => (REPORT, done, 0, outcome as u64),
            Ask::Notice(notice) => (NOTICE, 0, 0, notice as u64),
        };
        Self { k, t: ByteBuf::from(transfer.as_bytes()), o, u, n }
    }

    /// Checks what came.
    pub fn check(&self) -> Result<(TransferId, Ask), WireError> {
        let bytes: [u8; 16] = self.t.as_slice().try_into().map_err(|_| WireError::Field("t"))?;
        let ask = match self.k {
            RANGE | HASHES => Ask::Range(Range {
                at: (self.o < MAX_MANIFEST_BYTES).then_some(self.o).ok_or(WireError::Field("o"))?,
                unit: super::seq(self.u, "u")?,
                units: self.units()?,
                hashes: self.k == HASHES,
            }),
            MANIFEST => Ask::Manifest { unit: super::seq(self.u, "u")?, units: self.units()? },
            REPORT => Ask::Report { done: super::seq(self.o, "o")?, outcome: self.outcome()? },
            NOTICE => Ask::Notice(self.notice()?),
            _ => return Err(WireError::Field("k")),
        };
        Ok((TransferId::from_bytes(bytes), ask))
    }

    fn outcome(&self) -> Result<Outcome, WireError> {
        use Outcome::{Cancelled, Declined, Failed, Full, Paused, UnderWay, Verified};
        let all = [Verified, Declined, Failed, UnderWay, Paused, Full, Cancelled];
        all.into_iter().find(|outcome| *outcome as u64 == self.n).ok_or(WireError::Field("n"))
    }

    fn notice(&self) -> Result<Notice, WireError> {
        let all = [Notice::GoOn, Notice::Paused, Notice::Cancelled];
        all.into_iter().find(|notice| *notice as u64 == self.n).ok_or(WireError::Field("n"))
    }

    fn units(&self) -> Result<u64, WireError> {
        (1..=MAX_UNITS).contains(&self.n).then_some(self.n).ok_or(WireError::Field("n"))
    }
}

impl Denial {
    /// Those that this version knows.
    const KNOWN: [Self; 5] = [Self::Unknown, Self::Invalid, Self::Busy, Self::Paused, Self::Cancelled];

    /// Its number on the wire.
    pub const fn code(self) -> u16 {
        match self {
            Self::Unknown => 1,
            Self::Invalid => 4,
            Self::Busy => 5,
            Self::Paused => 6,
            Self::Cancelled => 7,
            Self::Other(code) => code,
        }
    }

    fn of(code: u16) -> Self {
        Self::KNOWN.into_iter().find(|denial| denial.code() == code).unwrap_or(Self::Other(code))
    }
}

impl From<Reply> for FileAnswer {
    fn from(reply: Reply) -> Self {
        match reply {
            Reply::Units | Reply::Noted => Self { c: 0 },
            Reply::Denied(denial) => Self { c: denial.code() },
        }
    }
}

impl FileAnswer {
    /// What it says to `ask`.
    pub fn reply(&self, ask: &Ask) -> Reply {
        match (self.c, ask) {
            (0, Ask::Range(_) | Ask::Manifest { .. }) => Reply::Units,
            (0, Ask::Report { .. } | Ask::Notice(_)) => Reply::Noted,
            (code, _) => Reply::Denied(Denial::of(code)),
        }
    }
}

impl Ask {
    /// Most units that the answer may hold.
    pub const fn units(&self) -> u64 {
        match self {
            Self::Range(range) => range.units,
            Self::Manifest { units, .. } => *units,
            Self::Report { .. } | Self::Notice(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: TransferId = TransferId::from_bytes([7; 16]);

    #[test]
    fn every_request_reads_as_it_was_written() {
        let range = Range { at: 1_234, unit: 7, units: MAX_UNITS, hashes: false };
        let mut asks = vec![
            Ask::Range(range),
            Ask::Range(Range { hashes: true, ..range }),
            Ask::Manifest { unit: 3, units: 64 },
            Ask::Notice(Notice::GoOn),
            Ask::Notice(Notice::Paused),
            Ask::Notice(Notice::Cancelled),
        ];
        let report = |n| FileRequest { k: REPORT, n, ..FileRequest::new(ID, Ask::Range(range)) };
        asks.extend((1..=7).map(|n| report(n).check().unwrap().1));
        for ask in asks {
            assert_eq!(FileRequest::new(ID, ask).check(), Ok((ID, ask)));
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        let good = FileRequest::new(ID, Ask::Range(Range { at: 0, unit: 0, units: 1, hashes: false }));
        for (request, field) in [
            (FileRequest { k: 0, ..good.clone() }, "k"),
            (FileRequest { k: 6, ..good.clone() }, "k"),
            (FileRequest { t: ByteBuf::from([7; 15]), ..good.clone() }, "t"),
            (FileRequest { o: MAX_MANIFEST_BYTES, ..good.clone() }, "o"),
            (FileRequest { u: 1 << 63, ..good.clone() }, "u"),
            (FileRequest { n: 0, ..good.clone() }, "n"),
            (FileRequest { n: MAX_UNITS + 1, ..good.clone() }, "n"),
            (FileRequest { k: REPORT, n: 8, ..good.clone() }, "n"),
            (FileRequest { k: NOTICE, n: 0, ..good.clone() }, "n"),
        ] {
            assert_eq!(request.check(), Err(WireError::Field(field)));
        }
    }

    #[test]
    fn every_answer_reads_as_it_was_written() {
        let range = Ask::Manifest { unit: 0, units: 1 };
        let denials = Denial::KNOWN.into_iter().chain([Denial::Other(99)]);
        for reply in denials.map(Reply::Denied).chain([Reply::Units]) {
            assert_eq!(FileAnswer::from(reply).reply(&range), reply);
        }
        assert_eq!(FileAnswer::from(Reply::Noted).reply(&Ask::Notice(Notice::GoOn)), Reply::Noted);
    }

    #[test]
    fn a_frame_reads_as_it_was_written_and_never_passes_a_unit() {
        let unit = UNIT as usize;
        for head in [
            FrameHead::Unit(0),
            FrameHead::Unit(unit),
            FrameHead::Hash,
            FrameHead::Changed,
            FrameHead::Unreadable,
            FrameHead::End,
        ] {
            assert_eq!(FrameHead::decode(head.encode()), Ok(head));
        }
        assert_eq!(FrameHead::decode(FrameHead::Unit(unit + 1).encode()), Err(WireError::Oversize { limit: unit }));
        assert_eq!(FrameHead::decode([FRAME_END, 0, 0, 0, 1]), Err(WireError::Field("length")));
        assert_eq!(FrameHead::decode([9, 0, 0, 0, 0]), Err(WireError::Field("status")));
    }
}
