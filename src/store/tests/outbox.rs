//! Lanes from here.

use super::*;
use crate::model::{
    ConversationId, Direction, FileName, From, LaneOut, MessageState::*, Offer, Reason, Refusal, Transfer,
    TransferState,
};

fn lane(number: u64, last: u64, acked: u64, read: u64) -> LaneOut {
    LaneOut { epoch: epoch(number), last, acked, read }
}

fn change(number: u64, state: MessageState, error: Option<&str>) -> StateChange {
    StateChange { id: id(number), state, error: error.map(Reason::from) }
}

impl Scene {
    /// With messages 1 to `count` to Ana in epoch 100.
    pub(super) async fn with_sent(count: u64) -> Self {
        let scene = Self::new();
        for number in 1..=count {
            scene.send(ANA, number, &format!("number {number}")).await;
        }
        scene
    }

    pub(super) async fn settle(&self, acked: u64, read: u64, refused: &[(u64, VoidCause)]) -> Vec<StateChange> {
        let from =
            self.lanes().await.iter().find(|(_, lane)| lane.epoch == epoch(100)).map_or(2, |(_, lane)| lane.acked);
        self.store.settle(settlement(100, from, acked, read, refused)).await.unwrap()
    }

    async fn lanes(&self) -> Vec<(PeerId, LaneOut)> {
        self.store.lanes_out().await.unwrap()
    }

    /// Seqs and messages of an epoch to Ana.
    pub(super) async fn lane_entries(&self, number: u64) -> Vec<(u64, MessageId)> {
        let found = self.store.entries(ANA, epoch(number), 1, 100, 1_000_000).await.unwrap();
        found.entries.into_iter().map(|entry| (entry.seq, entry.message.id)).collect()
    }
}

#[tokio::test]
async fn a_message_is_queued_with_its_place_in_lane_and_conversation() {
    let mut scene = Scene::new();
    let (first, its_lane) = scene.store.append(outgoing(ANA, 1, text("uno"))).await.unwrap();
    let expected = Message {
        id: id(1),
        peer: ANA,
        from: From::Me,
        body: text("uno"),
        sent_at: at(1),
        lamport: 1,
        state: Queued,
        error: None,
    };
    assert_eq!((&first, its_lane), (&expected, lane(100, 1, 0, 0)));
    // The epoch that's proposed counts for the first message only.
    let next = Outgoing { new_epoch: epoch(101), ..outgoing(ANA, 2, text("dos")) };
    let (second, its_lane) = scene.store.append(next).await.unwrap();
    assert_eq!((second.lamport, its_lane), (2, lane(100, 2, 0, 0)));
    scene.send(BOB, 3, "tres").await;
    scene.reopen().await;
    assert_eq!(scene.lanes().await, [(ANA, lane(100, 2, 0, 0)), (BOB, lane(100, 1, 0, 0))]);
    assert_eq!(scene.store.message(id(1)).await.unwrap(), Some(expected));
    let conversation: ConversationId = scene
        .store
        .reader
        .read(|tx| Ok(tx.query_row("SELECT conversation FROM messages LIMIT 1", [], |row| row.get(0))?))
        .await
        .unwrap();
    assert_eq!(conversation, ConversationId::between(&ME, &ANA));
}

#[tokio::test]
async fn lamport_time_goes_on_from_what_was_received() {
    let scene = Scene::new();
    scene.store.receive(batch(ANA, 1, vec![accept(1_001, 41, text("hola"))])).await.unwrap();
    assert_eq!(scene.send(ANA, 1, "uno").await.lamport, 42);
    assert_eq!(scene.send(BOB, 2, "dos").await.lamport, 1);
}

#[tokio::test]
async fn an_id_that_is_taken_changes_nothing() {
    let scene = Scene::with_sent(1).await;
    let row = transfer(1, Direction::Out);
    let again = Outgoing { transfer: Some(row), ..outgoing(ANA, 1, text("again")) };
    assert!(matches!(scene.store.append(again).await, Err(StoreError::Database { .. })));
    assert_eq!(scene.lanes().await, [(ANA, lane(100, 1, 0, 0))]);
    assert_eq!(scene.words(Some(ANA), None).await, ["number 1"]);
    assert_eq!(scene.store.transfers().await.unwrap(), []);
    assert_eq!(scene.send(ANA, 2, "next").await.lamport, 2);
}

#[tokio::test]
async fn an_offer_is_kept_with_its_transfer() {
    let scene = Scene::new();
    let row = transfer(1, Direction::Out);
    let body = offer("plan.pdf", 10, Some("look"));
    let outgoing = Outgoing { transfer: Some(row.clone()), ..outgoing(ANA, 1, body.clone()) };
    let (message, _) = scene.store.append(outgoing).await.unwrap();
    assert_eq!(scene.store.transfer(message.offer().unwrap()).await.unwrap(), Some(row));
    assert_eq!(scene.store.entries(ANA, epoch(100), 1, 1, 1).await.unwrap().entries[0].message.body, body);
}

#[tokio::test]
async fn entries_come_in_order_within_their_limits() {
    let scene = Scene::new();
    for number in 1..=5 {
        scene.send(ANA, number, "0123456789").await;
    }
    let of = |found: &Entries| found.entries.iter().map(|entry| (entry.seq, entry.message.id)).collect::<Vec<_>>();
    for (from, count, bytes, expected, prev) in [
        (1, 10, 1_000, 1..=5, None),
        (1, 2, 1_000, 1..=2, None),
        (3, 10, 20, 3..=4, Some(2)),
        (3, 10, 29, 3..=4, Some(2)),
        (3, 10, 30, 3..=5, Some(2)),
        (4, 10, 0, 4..=4, Some(3)),
    ] {
        let found = scene.store.entries(ANA, epoch(100), from, count, bytes).await.unwrap();
        assert_eq!(of(&found), expected.map(|seq| (seq, id(seq))).collect::<Vec<_>>());
        assert_eq!(found.prev, prev.map(id));
    }
    let end = scene.store.entries(ANA, epoch(100), 6, 10, 1_000).await.unwrap();
    assert_eq!(end, Entries { prev: Some(id(5)), entries: Vec::new() });
    assert_eq!(scene.store.entries(ANA, epoch(9), 1, 10, 1_000).await.unwrap(), Entries::default());
    assert_eq!(scene.store.entries(BOB, epoch(100), 2, 10, 1_000).await.unwrap(), Entries::default());
}

#[tokio::test]
async fn what_the_receiver_says_is_noted_once() {
    let mut scene = Scene::with_sent(4).await;
    let delivered = [change(1, Delivered, None), change(2, Delivered, None), change(3, Delivered, None)];
    assert_eq!(scene.settle(3, 0, &[]).await, delivered);
    assert_eq!(scene.settle(3, 0, &[]).await, []);
    assert_eq!(
        scene.settle(4, 2, &[]).await,
        [change(1, Read, None), change(2, Read, None), change(4, Delivered, None)]
    );
    assert_eq!(scene.settle(4, 2, &[]).await, []);
    scene.reopen().await;
    assert_eq!(scene.lanes().await, [(ANA, lane(100, 4, 4, 2))]);
    assert_eq!(scene.state(2).await, (Read, None));
    assert_eq!(scene.state(4).await, (Delivered, None));
}

#[tokio::test]
async fn a_message_may_be_delivered_and_read_at_once() {
    let scene = Scene::with_sent(1).await;
    assert_eq!(scene.settle(1, 1, &[]).await, [change(1, Read, None)]);
}

#[tokio::test]
async fn what_was_refused_has_failed_with_its_cause() {
    let scene = Scene::with_sent(4).await;
    let refused = [(2, VoidCause::Refused(Refusal::Blocked)), (3, VoidCause::Refused(Refusal::Other(9)))];
    let changes = scene.settle(4, 4, &refused).await;
    let expected = [
        change(1, Read, None),
        change(2, Failed, Some("the other side does not accept messages from you")),
        change(3, Failed, Some("the other side refused this message (cause 9)")),
        change(4, Read, None),
    ];
    assert_eq!(changes, expected);
    assert_eq!(scene.state(2).await.0, Failed);
}

#[tokio::test]
async fn an_offer_that_was_refused_has_failed_with_its_message() {
    let scene = Scene::new();
    for number in [1, 2] {
        let offer = Offer { name: FileName::safe("foto.jpg"), size: 7, files: 1, caption: None };
        let transfer = Transfer::offered(id(number).transfer(), ANA, Direction::Out, "foto.jpg".to_owned(), 7);
        let transfer = Some(TransferRow::new(transfer));
        let outgoing = Outgoing { transfer, ..outgoing(ANA, number, Body::Offer(offer)) };
        scene.store.append(outgoing).await.unwrap();
    }
    scene.settle(2, 0, &[(2, VoidCause::Refused(Refusal::OverBudget))]).await;
    let state = async |number| scene.store.transfer(id(number).transfer()).await.unwrap().unwrap().transfer;
    assert_eq!(state(1).await.state, TransferState::Offered);
    let refused = state(2).await;
    assert_eq!((refused.state, refused.error), (TransferState::Failed, Some(Refusal::OverBudget.into())));
}

#[tokio::test]
async fn a_receiver_restored_from_a_backup_sets_its_lane_back_but_no_message() {
    let scene = Scene::with_sent(4).await;
    scene.settle(4, 3, &[(2, VoidCause::Refused(Refusal::OverBudget))]).await;
    assert_eq!(scene.settle(1, 1, &[]).await, []);
    assert_eq!(scene.lanes().await, [(ANA, lane(100, 4, 1, 3))]);
    // Sent again, and this time the second was taken and the third refused.
    let changes = scene.settle(4, 1, &[(3, VoidCause::Refused(Refusal::Blocked))]).await;
    assert_eq!(changes, [change(2, Delivered, None)]);
    assert_eq!(scene.state(3).await, (Read, None));
    assert_eq!(scene.state(4).await, (Delivered, None));
}

#[tokio::test]
async fn claims_beyond_the_lane_are_cut() {
    let scene = Scene::with_sent(2).await;
    assert_eq!(scene.settle(1, u64::MAX, &[]).await, [change(1, Read, None)]);
    assert_eq!(scene.settle(u64::MAX, u64::MAX, &[]).await, [change(2, Read, None)]);
    assert_eq!(scene.lanes().await, [(ANA, lane(100, 2, 2, 2))]);
    let unknown = scene.store.settle(settlement(5, 0, 2, 2, &[])).await.unwrap();
    assert_eq!(unknown, []);
}

#[tokio::test]
async fn a_new_epoch_takes_over_what_was_not_acknowledged() {
    let mut scene = Scene::with_sent(5).await;
    scene.settle(2, 1, &[]).await;
    assert_eq!(scene.store.start_epoch(ANA, epoch(200)).await.unwrap(), lane(200, 3, 0, 0));
    scene.reopen().await;
    assert_eq!(scene.lanes().await, [(ANA, lane(200, 3, 0, 0))]);
    assert_eq!(scene.lane_entries(100).await, [(1, id(1)), (2, id(2))]);
    assert_eq!(scene.lane_entries(200).await, [(1, id(3)), (2, id(4)), (3, id(5))]);
    let (_, next) = scene.store.append(outgoing(ANA, 6, text("six"))).await.unwrap();
    assert_eq!(next, lane(200, 4, 0, 0));
    // The old one still hears what was read of it, and nothing of what has left it.
    assert_eq!(scene.settle(5, 5, &[]).await, [change(2, Read, None)]);
    let changes = scene.store.settle(settlement(200, 0, 1, 0, &[])).await.unwrap();
    assert_eq!(changes, [change(3, Delivered, None)]);
}

#[tokio::test]
async fn a_new_epoch_can_begin_a_lane_but_none_begins_twice() {
    let scene = Scene::new();
    assert_eq!(scene.store.start_epoch(ANA, epoch(200)).await.unwrap(), lane(200, 0, 0, 0));
    scene.send(ANA, 1, "uno").await;
    assert!(matches!(scene.store.start_epoch(ANA, epoch(200)).await, Err(StoreError::Database { .. })));
    assert_eq!(scene.lanes().await, [(ANA, lane(200, 1, 0, 0))]);
}

#[tokio::test]
async fn a_withdrawn_message_loses_its_words_and_keeps_its_place() {
    let mut scene = Scene::with_sent(3).await;
    assert_eq!(scene.store.cancel(id(2)).await.unwrap(), change(2, Failed, Some("cancelled")));
    scene.reopen().await;
    assert_eq!(scene.lane_entries(100).await, [(1, id(1)), (2, id(2)), (3, id(3))]);
    assert_eq!(scene.store.message(id(2)).await.unwrap().unwrap().body, Body::Cancelled);
    assert_eq!(scene.words(None, Some("number")).await, ["number 1", "number 3"]);
    assert_eq!(scene.words(Some(ANA), None).await, ["number 1", "(cancelled)", "number 3"]);
    let changes = scene.settle(3, 3, &[(2, VoidCause::Cancelled)]).await;
    assert_eq!(changes, [change(1, Read, None), change(3, Read, None)]);
    assert_eq!(scene.state(2).await, (Failed, Some("cancelled".into())));
}

#[tokio::test]
async fn a_message_withdrawn_too_late_says_so() {
    let scene = Scene::with_sent(1).await;
    scene.store.cancel(id(1)).await.unwrap();
    let late = change(1, Delivered, Some("cancelled, but it had arrived already"));
    assert_eq!(scene.settle(1, 0, &[(1, VoidCause::Held)]).await, [late]);
}

#[tokio::test]
async fn a_message_withdrawn_while_its_words_were_on_their_way_is_told_as_arrived() {
    let scene = Scene::with_sent(1).await;
    scene.store.cancel(id(1)).await.unwrap();
    let late = change(1, Delivered, Some("cancelled, but it had arrived already"));
    assert_eq!(scene.settle(1, 0, &[]).await, [late]);
}

#[tokio::test]
async fn a_settlement_that_builds_on_another_figure_is_refused() {
    let scene = Scene::with_sent(3).await;
    let stale = scene.store.settle(settlement(100, 1, 3, 0, &[])).await;
    assert!(matches!(stale, Err(StoreError::Stale { next: 1 })));
    assert_eq!(scene.lanes().await, [(ANA, lane(100, 3, 0, 0))]);
    assert_eq!(scene.state(1).await, (Queued, None));
}

#[tokio::test]
async fn a_read_mark_alone_moves_nothing_else() {
    let scene = Scene::with_sent(3).await;
    scene.settle(2, 0, &[]).await;
    assert_eq!(
        scene.store.settle_read(ANA, epoch(100), 9).await.unwrap(),
        [change(1, Read, None), change(2, Read, None)]
    );
    assert_eq!(scene.lanes().await, [(ANA, lane(100, 3, 2, 2))]);
    assert_eq!(scene.store.settle_read(ANA, epoch(7), 9).await.unwrap(), []);
}

#[tokio::test]
async fn only_what_is_queued_can_be_withdrawn() {
    let scene = Scene::with_sent(2).await;
    scene.settle(1, 0, &[]).await;
    scene.store.receive(batch(ANA, 1, vec![accept(1_001, 1, text("hola"))])).await.unwrap();
    assert!(matches!(scene.store.cancel(id(1)).await, Err(StoreError::MessageGone(Delivered))));
    assert!(matches!(scene.store.cancel(id(1_001)).await, Err(StoreError::MessageGone(Delivered))));
    assert!(matches!(scene.store.cancel(id(9)).await, Err(StoreError::UnknownMessage(of)) if of == id(9)));
    scene.store.cancel(id(2)).await.unwrap();
    assert!(matches!(scene.store.cancel(id(2)).await, Err(StoreError::MessageGone(Failed))));
}

#[tokio::test]
async fn a_withdrawn_offer_takes_its_transfer_along() {
    let scene = Scene::new();
    let body = offer("plan.pdf", 10, Some("look"));
    let outgoing = Outgoing { transfer: Some(transfer(1, Direction::Out)), ..outgoing(ANA, 1, body) };
    scene.store.append(outgoing).await.unwrap();
    scene.store.cancel(id(1)).await.unwrap();
    assert_eq!(scene.store.transfers().await.unwrap()[0].transfer.state, TransferState::Cancelled);
    for gone in ["look", "plan"] {
        assert_eq!(scene.words(None, Some(gone)).await, Vec::<String>::new());
    }
}
