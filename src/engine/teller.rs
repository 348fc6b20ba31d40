//! Tells subscribers what happened, in bursts.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::time::Instant;

use super::Event;
use super::event::EVENT_BATCHES;

/// Events in one burst at most.
const BURST: usize = 100;

/// Time between two bursts at least. The first after a quiet time goes out at once.
const PAUSE: Duration = Duration::from_millis(50);

/// Collects events and sends them out.
#[derive(Debug)]
pub(super) struct Teller {
    sender: broadcast::Sender<Arc<[Event]>>,
    pending: Vec<Event>,
    last: Option<Instant>,
}

impl Teller {
    pub(super) fn new() -> Self {
        Self { sender: broadcast::channel(EVENT_BATCHES).0, pending: Vec::new(), last: None }
    }

    /// For subscribers. It doesn't keep the channel open.
    pub(super) fn sender(&self) -> broadcast::WeakSender<Arc<[Event]>> {
        self.sender.downgrade()
    }

    pub(super) fn tell(&mut self, event: Event) {
        // Of a transfer that moves, the latest word says it all.
        if let Event::Transfer(transfer) = &event {
            let same = |pending: &Event| matches!(pending, Event::Transfer(of) if of.id == transfer.id && of.state == transfer.state);
            self.pending.retain(|pending| !same(pending));
        }
        self.pending.push(event);
        if self.pending.len() >= BURST {
            self.flush();
        }
    }

    /// When what is pending has to go out. `None`: nothing is.
    pub(super) fn due(&self) -> Option<Instant> {
        if self.pending.is_empty() {
            return None;
        }
        Some(self.last.map_or_else(Instant::now, |last| last + PAUSE))
    }

    /// Sends out what is pending.
    pub(super) fn flush(&mut self) {
        if !self.pending.is_empty() {
            // An error says that nobody listens.
            let _ = self.sender.send(std::mem::take(&mut self.pending).into());
            self.last = Some(Instant::now());
        }
    }
}
