//! Offers and transfers.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{FileName, PeerId, Reason, Text, TransferId};

/// What a message announces: files that its receiver may pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Name of the file or folder; of the first of several.
    pub name: FileName,
    /// Bytes in all. Claimed by the sender: counted, not believed.
    pub size: u64,
    /// How many files.
    pub files: u64,
    /// What the sender says about it.
    pub caption: Option<Text>,
}

/// Which way the bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// To this computer.
    In,
    /// From this computer.
    Out,
}

/// How far a transfer got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TransferState {
    /// Waits for the receiver's decision.
    Offered,
    /// Accepted: it runs, or will as soon as both are there.
    Active,
    /// Held by a person or a full disk: [`Transfer::paused_by`].
    Paused,
    /// Everything verified, under its own name.
    Done,
    /// Ended by an error, which [`Transfer::error`] tells.
    Failed,
    /// Not wanted by the receiver.
    Declined,
    /// Withdrawn by either side.
    Cancelled,
}

impl TransferState {
    /// Whether nothing more will happen to it by itself.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Declined | Self::Cancelled)
    }
}

/// Who or what holds a paused transfer up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PausedBy {
    /// The person here.
    Me,
    /// The person at the other side.
    Peer,
    /// The receiver's disk: it's full, or can't be written. It goes on by itself when that has changed.
    Disk,
}

/// The pulling of what was offered, as one side sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Its id, the same on both sides.
    pub id: TransferId,
    /// The other side.
    pub peer_id: PeerId,
    /// Which way.
    pub direction: Direction,
    /// Name of the file or folder; of the first of several.
    pub name: String,
    /// Bytes in all.
    pub size: u64,
    /// Bytes that the receiver has, verified.
    pub done: u64,
    /// How many files.
    pub files: u64,
    /// How far it got.
    pub state: TransferState,
    /// Who holds it up, while it's paused.
    pub paused_by: Option<PausedBy>,
    /// The file that is being moved, while it's active: its name, after those of the folders that it's in.
    pub current: Option<String>,
    /// Speed over the last seconds; 0 while it doesn't run.
    pub bytes_per_second: u64,
    /// Where the receiver keeps it, once done: the file or folder; the folder with all of them, where there are several.
    pub saved_to: Option<String>,
    /// Why it failed or waits, where the state and who holds it up don't tell: a full disk needs no words.
    pub error: Option<Reason>,
}

impl Transfer {
    /// One that waits for the receiver's decision.
    pub const fn offered(id: TransferId, peer_id: PeerId, direction: Direction, name: String, size: u64) -> Self {
        Self {
            id,
            peer_id,
            direction,
            name,
            size,
            done: 0,
            files: 1,
            state: TransferState::Offered,
            paused_by: None,
            current: None,
            bytes_per_second: 0,
            saved_to: None,
            error: None,
        }
    }
}

/// An offer that was made, and what was left out of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// The offer's transfer.
    #[serde(flatten)]
    pub transfer: Transfer,
    /// How many links, special files and unreadable things were left out.
    #[serde(default)]
    pub skipped: u64,
    /// The first of them, each with the reason.
    #[serde(default)]
    pub skipped_names: Vec<Reason>,
}

/// A file that lies nowhere yet, to be offered.
#[derive(Clone, PartialEq, Eq)]
pub struct Made {
    /// What it's called.
    pub name: FileName,
    /// All that is in it.
    pub bytes: Arc<[u8]>,
}

impl fmt::Debug for Made {
    /// The size alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Made({} bytes)", self.bytes.len())
    }
}
