//! Why something failed, waits or isn't taken: typed where vecino makes the words, so that each face can say it in its own.
//!
//! A reason travels as its English words: on the control socket, in JSON, in the database. Words that vecino knows become
//! what they mean when they're read; others (of the system, of a relay, of another version) stay as they are. So reading
//! words never changes them.

mod fault;
mod file;
mod known;
mod plain;
#[cfg(test)]
pub(crate) mod sample;

use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{PeerId, Refusal};

pub use fault::Fault;
pub use file::FileReason;
pub use plain::Plain;

/// Why something isn't as it should be. Its `Display` is the command line's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// One that needs no more words.
    Plain(Plain),
    /// What is the matter with a file that is named before.
    Its(FileReason),
    /// The same: it isn't offered, as the system doesn't let it be read.
    Unreadable(Box<Self>),
    /// The same: it isn't offered, as there are more folders around it than may be, which is so many.
    TooDeep(u64),
    /// Something is the matter with a file.
    File {
        /// What it's called, after the folders that it's in; or its path.
        name: String,
        /// What.
        why: Box<Self>,
    },
    /// Some files of several could not be had.
    Several {
        /// How many.
        lost: u64,
        /// Of how many.
        files: u64,
        /// The first of them, with what is the matter with it.
        first: Box<Self>,
    },
    /// What comes can't be written, which is tried again.
    Unwritable(Box<Self>),
    /// It's about a file or folder.
    At {
        /// Its path.
        place: String,
        /// What it is.
        cause: Box<Self>,
    },
    /// A disk has too little room.
    NoRoom {
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The disk has no room for a file of this name, which is made to be offered.
    NoRoomFor(String),
    /// A file of this name, which is made to be offered, is too large.
    TooLarge {
        /// Its name.
        name: String,
        /// Most MiB that such a file may have.
        most: u64,
    },
    /// What is offered can't be noted.
    OfferNotKept(Box<Self>),
    /// The list of what is offered can't be written.
    ListNotKept(Box<Self>),
    /// More files and folders than an offer may hold, which is so many.
    TooManyEntries(u64),
    /// More picked at once than may be, which is so many.
    TooManyItems(u64),
    /// The sender doesn't give what was asked for, for a cause of this number.
    Denied(u16),
    /// The receiver doesn't take a message.
    Refused(Refusal),
    /// Nobody has answered for so long.
    Silence(Duration),
    /// Somebody else is where this computer looked for somebody.
    SomebodyElse(PeerId),
    /// A dial came to somebody else. libp2p's words.
    OtherPeer {
        /// Who.
        peer: String,
        /// Where.
        place: String,
    },
    /// The relay that leads there isn't reached.
    RelayAway(Box<Self>),
    /// A database isn't there, though this file of it is.
    MissingBeside(String),
    /// A database has a schema of this version, which there never was.
    SchemaVersion(i64),
    /// An identity key has a wrong length.
    KeyLength {
        /// Bytes that it should have.
        expected: u64,
        /// Bytes that it has.
        found: u64,
    },
    /// The system gives no random numbers.
    NoRandomness(Box<Self>),
    /// The operating system refuses.
    System {
        /// In what way.
        fault: Fault,
        /// In its own words.
        words: String,
    },
    /// In words of somebody else.
    Other(String),
}

impl Reason {
    /// `why`, of the file of this name.
    pub fn file(name: impl Into<String>, why: impl Into<Self>) -> Self {
        Self::File { name: name.into(), why: Box::new(why.into()) }
    }

    /// `cause`, about the file or folder at a path.
    pub fn at(path: &Path, cause: Self) -> Self {
        Self::At { place: path.display().to_string(), cause: Box::new(cause) }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(plain) => plain.fmt(f),
            Self::Its(why) => why.fmt(f),
            Self::Unreadable(cause) => write!(f, "can't be read: {cause}"),
            Self::TooDeep(most) => write!(f, "is in too many folders, one in another (at most {most})"),
            Self::File { name, why } => write!(f, "{name} {why}"),
            Self::Several { lost, files, first } => {
                write!(f, "{lost} of {files} files could not be had; the first: {first}")
            }
            Self::Unwritable(cause) => write!(f, "it can't be written ({cause}); it's tried again"),
            Self::At { place, cause } => write!(f, "{place}: {cause}"),
            Self::NoRoom { needed, free } => write!(f, "not enough room: it needs {needed} bytes, {free} are free"),
            Self::NoRoomFor(name) => write!(f, "there's no room for {name} on the disk"),
            Self::TooLarge { name, most } => write!(f, "{name} is too large to be offered so (at most {most} MiB)"),
            Self::OfferNotKept(cause) => write!(f, "what is offered can't be kept: {cause}"),
            Self::ListNotKept(cause) => write!(f, "the list of what is offered can't be kept: {cause}"),
            Self::TooManyEntries(most) => {
                write!(f, "these are more files and folders than can be offered at once (at most {most})")
            }
            Self::TooManyItems(most) => {
                write!(f, "at most {most} files and folders can be picked at once; offer a folder that holds them")
            }
            Self::Denied(cause) => write!(f, "the sender refused (cause {cause})"),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Silence(time) => write!(f, "no answer in {time:?}"),
            Self::SomebodyElse(peer) => write!(f, "somebody else is there: {peer}"),
            Self::OtherPeer { peer, place } => write!(f, "Dial error: Unexpected peer ID {peer} at {place}."),
            Self::RelayAway(cause) => write!(f, "the relay isn't reached: {cause}"),
            Self::MissingBeside(log) => write!(f, "it's missing or empty, but {log} is there"),
            Self::SchemaVersion(version) => write!(f, "its schema's version is {version}"),
            Self::KeyLength { expected, found } => write!(f, "it should hold {expected} bytes and holds {found}"),
            Self::NoRandomness(cause) => write!(f, "the system gives no randomness: {cause}"),
            Self::System { words, .. } | Self::Other(words) => f.write_str(words),
        }
    }
}

impl From<Plain> for Reason {
    fn from(plain: Plain) -> Self {
        Self::Plain(plain)
    }
}

impl From<FileReason> for Reason {
    fn from(why: FileReason) -> Self {
        Self::Its(why)
    }
}

impl From<Refusal> for Reason {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<String> for Reason {
    fn from(words: String) -> Self {
        Self::from(words.as_str())
    }
}

impl From<io::Error> for Reason {
    fn from(error: io::Error) -> Self {
        Self::from(&error)
    }
}

impl From<&io::Error> for Reason {
    /// An error that has words of vecino's own is what they mean.
    fn from(error: &io::Error) -> Self {
        match (Self::from(error.to_string()), Fault::of(error.kind())) {
            (Self::Other(words), Some(fault)) => Self::System { fault, words },
            (known, _) => known,
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests;
