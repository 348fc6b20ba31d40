//! Offers and transfers.

use serde::{Deserialize, Serialize};

use super::{FileName, PeerId, Text, TransferId};

/// What a message announces: files that its receiver may pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Name of the file.
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
    /// Held by a person or a full disk.
    Paused,
    /// Verified, under its own name.
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

/// The pulling of what was offered, as one side sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Its id, the same on both sides.
    pub id: TransferId,
    /// The other side.
    pub peer_id: PeerId,
    /// Which way.
    pub direction: Direction,
    /// Name of the file.
    pub name: String,
    /// Bytes in all.
    pub size: u64,
    /// Bytes that the receiver has.
    pub done: u64,
    /// How many files.
    pub files: u64,
    /// How far it got.
    pub state: TransferState,
    /// Speed over the last seconds; 0 while it doesn't run.
    pub bytes_per_second: u64,
    /// Where the receiver keeps it, once done.
    pub saved_to: Option<String>,
    /// Why it failed or waits.
    pub error: Option<String>,
}
