//! Tests against real files. Everybody's ids differ in every byte, so that mixed-up ones fail.

mod drafts;
mod epoch;
mod files;
mod golden;
mod history;
mod inbox;
mod opening;
mod outbox;
mod people;
mod running;
mod settings;

use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::model::{
    Body, Direction, Epoch, FileName, Incoming, Message, MessageId, MessageState, Offer, PeerId, Span, Text, Timestamp,
    Transfer, TransferState, Verdict, VoidCause,
};

const ME: PeerId = PeerId::from_public_key([0x11; 32]);
const ANA: PeerId = PeerId::from_public_key([0x0a; 32]);
const BOB: PeerId = PeerId::from_public_key([0xb0; 32]);

/// 2025-11-22, and as many milliseconds later.
fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_763_800_000_000 + millis)
}

fn id(number: u64) -> MessageId {
    MessageId::from_bytes((0x1_0000_0000_0000 + u128::from(number)).to_be_bytes())
}

fn epoch(number: u64) -> Epoch {
    Epoch::from_u64(number).unwrap()
}

fn text(words: &str) -> Body {
    Body::Text(Text::new(words).unwrap())
}

fn offer(name: &str, size: u64, caption: Option<&str>) -> Body {
    let caption = caption.map(|words| Text::new(words).unwrap());
    Body::Offer(Offer { name: FileName::safe(name), size, files: 1, caption })
}

const STRANGER: StrangerLimit =
    StrangerLimit { messages: 1_000, bytes: 1_000_000, people: 100, bytes_of_all: 10_000_000 };

/// What ana says of the lane from here to her.
fn settlement(number: u64, from: u64, acked: u64, read: u64, voids: &[(u64, VoidCause)]) -> Settlement {
    Settlement { peer: ANA, epoch: epoch(number), from, acked, read, voids: voids.to_vec() }
}

/// A message from here to `peer`.
fn outgoing(peer: PeerId, number: u64, body: Body) -> Outgoing {
    let now = at(i64::try_from(number).unwrap());
    Outgoing { peer, me: ME, id: id(number), body, now, new_epoch: epoch(100), transfer: None }
}

fn accept(number: u64, lamport: u64, body: Body) -> Verdict {
    Verdict::Accept(Incoming { id: id(number), lamport, sent_at: at(i64::try_from(number).unwrap()), body })
}

fn void(number: u64, cause: VoidCause) -> Verdict {
    Verdict::Void { id: id(number), cause }
}

/// Entries of `author`'s epoch 7, from `first` on.
fn batch(author: PeerId, first: u64, entries: Vec<Verdict>) -> Batch {
    Batch {
        author,
        me: ME,
        epoch: epoch(7),
        first,
        entries,
        check: Vec::new(),
        received_at: at(1_000),
        stranger: STRANGER,
        offers: TransferState::Offered,
    }
}

fn transfer(number: u64, direction: Direction) -> TransferRow {
    TransferRow::new(Transfer::offered(id(number).transfer(), ANA, direction, "plan.pdf".into(), 10))
}

/// A store in a folder of its own, which goes with it.
struct Scene {
    dir: TempDir,
    store: Store,
}

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join(HISTORY_FILE)).unwrap();
        Self { dir, store }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join(HISTORY_FILE)
    }

    /// Closes the store and opens it again.
    async fn reopen(&mut self) {
        self.store.close().await.unwrap();
        self.store = Store::open(&self.path()).unwrap();
    }

    async fn send(&self, peer: PeerId, number: u64, words: &str) -> Message {
        self.store.append(outgoing(peer, number, text(words))).await.unwrap().0
    }

    async fn state(&self, number: u64) -> (MessageState, Option<String>) {
        let message = self.store.message(id(number)).await.unwrap().unwrap();
        (message.state, message.error.map(|error| error.to_string()))
    }

    /// The words of a conversation, or of all, in the order shown.
    async fn words(&self, peer: Option<PeerId>, search: Option<&str>) -> Vec<String> {
        words(&self.store.history(peer, search, Span::Latest, 10_000).await.unwrap())
    }
}

fn words(messages: &[Message]) -> Vec<String> {
    messages.iter().map(|message| message.body.text().to_owned()).collect()
}
