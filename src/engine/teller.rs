//! Tells subscribers what happened: at once where the engine has nothing else to do, in bursts where it has.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::time::Instant;

use super::event::EVENT_BATCHES;
use super::{Event, Events};

/// Events in one burst at most.
const BURST: usize = 100;

/// How long an event may wait for others while the engine has its hands full.
const PATIENCE: Duration = Duration::from_millis(50);

/// Collects events and sends them out.
#[derive(Debug)]
pub(super) struct Teller {
    sender: broadcast::Sender<Arc<[Event]>>,
    pending: Vec<Event>,
    /// When the oldest pending one came.
    since: Instant,
}

impl Teller {
    pub(super) fn new() -> Self {
        Self { sender: broadcast::channel(EVENT_BATCHES).0, pending: Vec::new(), since: Instant::now() }
    }

    /// For subscribers. It doesn't keep the channel open.
    pub(super) fn sender(&self) -> broadcast::WeakSender<Arc<[Event]>> {
        self.sender.downgrade()
    }

    pub(super) fn subscribe(&self) -> Events {
        Events { receiver: self.sender.subscribe() }
    }

    pub(super) fn tell(&mut self, event: Event) {
        // Of a transfer that moves, the latest word says it all.
        if let Event::Transfer(transfer) = &event {
            let same = |pending: &Event| matches!(pending, Event::Transfer(of) if of.id == transfer.id && of.state == transfer.state);
            self.pending.retain(|pending| !same(pending));
        }
        if self.pending.is_empty() {
            self.since = Instant::now();
        }
        self.pending.push(event);
        if self.pending.len() >= BURST {
            self.flush();
        }
    }

    /// Whether something is to be told.
    pub(super) const fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Sends out what has waited long enough.
    pub(super) fn flush_overdue(&mut self) {
        if self.since.elapsed() >= PATIENCE {
            self.flush();
        }
    }

    /// Sends out what is pending.
    pub(super) fn flush(&mut self) {
        if !self.pending.is_empty() {
            // An error says that nobody listens.
            let _ = self.sender.send(std::mem::take(&mut self.pending).into());
        }
    }
}
