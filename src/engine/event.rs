//! What the engine tells: hints that something changed. The database is the truth.

use std::sync::Arc;

use serde::Serialize;
use tokio::sync::broadcast;
use tokio::time::{Instant, timeout_at};

use super::Warning;
use crate::model::{Me, Message, MessageId, MessageState, Peer, PeerId, Reason, RelayStatus, Transfer};

/// Batches that a slow subscriber may be behind before it gets [`Batch::Lagged`].
pub(super) const EVENT_BATCHES: usize = 256;

/// Something that happened, with the state after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Own nickname, presence, addresses or relays changed, or what is known of the network.
    Me(Me),
    /// A peer came, went, or changed nickname, presence or path.
    Peer(Peer),
    /// A message was written, here or by a peer.
    Message(Message),
    /// A message got further.
    MessageState {
        /// Which.
        id: MessageId,
        /// In the conversation with whom.
        peer_id: PeerId,
        /// How far.
        state: MessageState,
        /// Why it failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<Reason>,
    },
    /// The number of unread messages of a conversation changed.
    Unread {
        /// The conversation's peer.
        peer_id: PeerId,
        /// How many now.
        unread: u32,
    },
    /// A peer writes to us just now, or no longer.
    Typing {
        /// Who.
        peer_id: PeerId,
        /// Whether they do.
        typing: bool,
    },
    /// A transfer began, moved or ended.
    Transfer(Transfer),
    /// A relay is new, or how it stands with it changed.
    Relay(RelayStatus),
    /// Something that the person should know.
    Warning {
        /// What it is; in JSON, in words.
        text: Warning,
    },
}

/// What a subscriber gets: a burst of events at a time.
#[derive(Debug, Clone)]
pub enum Batch {
    /// In the order in which they happened.
    Events(Arc<[Event]>),
    /// The subscriber was too slow and has missed some: reload what is shown.
    Lagged,
}

/// A subscription. Dropping it ends it.
#[derive(Debug)]
pub struct Events {
    pub(super) receiver: broadcast::Receiver<Arc<[Event]>>,
}

impl Events {
    /// The next burst; `None` once the engine has stopped.
    pub async fn next(&mut self) -> Option<Batch> {
        match self.receiver.recv().await {
            Ok(events) => Some(Batch::Events(events)),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Batch::Lagged),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }

    /// A burst with what comes after it until `end`: for those to whom each one is costly, as a window is. Not safe to drop:
    /// what was collected would be lost.
    pub async fn with_next_until(&mut self, first: Batch, end: Instant) -> Batch {
        let Batch::Events(events) = first else { return Batch::Lagged };
        let mut all = events.to_vec();
        while let Ok(more) = timeout_at(end, self.next()).await {
            match more {
                Some(Batch::Events(events)) => all.extend_from_slice(&events),
                Some(Batch::Lagged) => return Batch::Lagged,
                None => break,
            }
        }
        Batch::Events(all.into())
    }
}
