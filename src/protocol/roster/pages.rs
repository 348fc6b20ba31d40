//! Pages of a relay's list as they go over the wire, encoded once for all who need the same.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Table;
use crate::protocol::wire::roster::{MAX_RELAY_BYTES, RosterAnswer, RosterRequest, Since};
use crate::protocol::wire::{self, WireError};

/// Pages that are kept, of [`MAX_RELAY_BYTES`] at most. Those who are up to date need one in each round; the rest is for
/// newcomers.
const MAX_KEPT: usize = 16;

/// A message with a page in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// The version that the page leads to.
    pub version: u64,
    /// Whether the page says that there is more.
    pub more: bool,
}

/// What was encoded in this round. A page that is a round old misses what has changed since, and says so by its version;
/// the next round tells it.
#[derive(Debug, Default)]
pub struct Pages {
    round: u64,
    kept: VecDeque<(Message, Encoded)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Message {
    Changes(Since),
    Answer(Since),
}

impl Pages {
    /// Without a page yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The request that tells a member what has changed since the version `from`. `round` is [`super::Pushes::round`].
    pub fn changes(&mut self, table: &Table, round: u64, from: u64) -> Result<Encoded, WireError> {
        self.message(table, round, Message::Changes(table.since(from)))
    }

    /// The answer to a member that asks what has changed.
    pub fn answer(&mut self, table: &Table, round: u64, since: Since) -> Result<Encoded, WireError> {
        self.message(table, round, Message::Answer(table.known(since)))
    }

    fn message(&mut self, table: &Table, round: u64, message: Message) -> Result<Encoded, WireError> {
        if self.round != round {
            self.round = round;
            self.kept.clear();
        }
        if let Some((_, encoded)) = self.kept.iter().find(|(kept, _)| *kept == message) {
            return Ok(encoded.clone());
        }
        let encoded = message.encode(table)?;
        self.kept.truncate(MAX_KEPT - 1);
        self.kept.push_front((message, encoded.clone()));
        Ok(encoded)
    }
}

impl Message {
    fn encode(self, table: &Table) -> Result<Encoded, WireError> {
        let (Self::Changes(since) | Self::Answer(since)) = self;
        let page = table.page(since);
        let (version, more) = (page.v, page.n);
        let bytes = match self {
            Self::Changes(since) => wire::encode(&RosterRequest::changes(since.version, page), MAX_RELAY_BYTES),
            Self::Answer(_) => wire::encode(&RosterAnswer::page(page), MAX_RELAY_BYTES),
        }?;
        Ok(Encoded { bytes: bytes.into(), version, more })
    }
}
