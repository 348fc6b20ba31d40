//! What a profile keeps on disk: the history in SQLite, the identity key, the settings, and the lock that lets one node
//! at a time run on it.
//!
//! SQL stops here, and so do the names and modes of a profile's files. Whatever can't be read is an error that names the
//! file and a way out; nothing is ever replaced by a fresh start. What lanes mean is the protocol's to know: here their
//! entries and watermarks are kept together with the messages, each operation in one transaction.

mod column;
mod database;
mod drafts;
mod epoch;
mod error;
pub mod folder;
mod history;
pub mod identity;
mod inbox;
mod lock;
mod message;
mod outbox;
mod people;
mod relays;
pub mod settings;
#[cfg(test)]
mod tests;
mod transfers;
mod worker;

use std::path::Path;
use std::sync::Arc;

pub use column::{path_bytes, path_of};
pub use error::StoreError;
pub use inbox::{Batch, Check, ReadMarks, Receipt, StrangerLimit};
pub use lock::ProfileLock;
pub use outbox::{Entries, OutEntry, Outgoing, Settlement, StateChange};
pub use people::MAX_PEERS;
pub use relays::KeptRelay;
pub use transfers::TransferRow;

use worker::Worker;

/// The file in a profile's folder that holds its history.
pub const HISTORY_FILE: &str = "history.db";

/// A profile's history: messages, lanes, people and transfers. Cheap to clone.
///
/// One thread writes, and a second one reads what people look at, so that no search holds up a commit. What a method
/// changes is on the disk once it returns. A method whose future is dropped has either been done or left no trace.
#[derive(Debug, Clone)]
pub struct Store {
    writer: Worker,
    reader: Worker,
}

impl Store {
    /// Opens the history in the file at `path`, or begins one. Blocks while it's checked and brought up to date.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let database::Connections { writer, reader } = database::open(path)?;
        let path: Arc<Path> = Arc::from(path);
        Ok(Self {
            writer: Worker::start("history-writer", Arc::clone(&path), writer)?,
            reader: Worker::start("history-reader", path, reader)?,
        })
    }

    /// Finishes what was asked before, and closes the files. From then on every method says [`StoreError::Closed`].
    /// An error means that the write-ahead log could not be moved into the database (the disk is full): it stays beside it
    /// and nothing is lost.
    pub async fn close(&self) -> Result<(), StoreError> {
        let reader = self.reader.stop().await;
        let writer = self.writer.stop().await;
        reader.and(writer)
    }
}
