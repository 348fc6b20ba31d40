//! Lanes from others.

use super::*;
use crate::model::{Conversation, From, MAX_EPOCHS, Refusal, Span, Watermark};

fn watermark(number: u64, next: u64, last: Option<u64>, read: u64) -> Watermark {
    Watermark { epoch: epoch(number), next, last: last.map(id), read }
}

fn check(seq: u64, number: u64) -> Check {
    Check { seq, id: id(number), cancelled: false }
}

fn ids(messages: &[Message]) -> Vec<MessageId> {
    messages.iter().map(|message| message.id).collect()
}

impl Scene {
    async fn take(&self, batch: Batch) -> Receipt {
        self.store.receive(batch).await.unwrap()
    }

    /// With messages 1 to `count` from Ana as entries 1 to `count`.
    async fn with_received(count: u64) -> Self {
        let scene = Self::new();
        let entries = (1..=count).map(|number| accept(number, number, text(&format!("number {number}")))).collect();
        scene.take(batch(ANA, 1, entries)).await;
        scene
    }
}

#[tokio::test]
async fn a_batch_is_kept_with_its_watermark() {
    let mut scene = Scene::new();
    let receipt = scene.take(batch(ANA, 1, vec![accept(1, 5, text("uno")), accept(2, 6, text("dos"))])).await;
    let message = |number, lamport, words| Message {
        id: id(number),
        peer: ANA,
        from: From::Peer,
        body: text(words),
        sent_at: at(number as i64),
        lamport,
        state: MessageState::Delivered,
        error: None,
    };
    let expected = Receipt {
        diverged: false,
        lane: watermark(7, 3, Some(2), 0),
        voids: Vec::new(),
        messages: vec![message(1, 5, "uno"), message(2, 6, "dos")],
        transfers: Vec::new(),
        unread: 2,
    };
    assert_eq!(receipt, expected);
    scene.reopen().await;
    assert_eq!(scene.store.lanes_in(ANA).await.unwrap(), [watermark(7, 3, Some(2), 0)]);
    assert_eq!(scene.store.lanes_in(BOB).await.unwrap(), []);
    assert_eq!(scene.store.history(Some(ANA), None, Span::Latest, 9).await.unwrap(), expected.messages);
    let last = expected.messages.last().cloned();
    assert_eq!(scene.store.conversations().await.unwrap(), [Conversation { peer: ANA, last, unread: 2 }]);
}

#[tokio::test]
async fn only_the_expected_entry_is_taken() {
    let scene = Scene::with_received(2).await;
    for first in [1, 2, 4, u64::MAX] {
        let stale = scene.store.receive(batch(ANA, first, vec![accept(9, 9, text("no"))])).await;
        assert!(matches!(stale, Err(StoreError::Stale { next: 3 })), "{first}");
    }
    let stale = Batch { check: vec![check(3, 3)], ..batch(ANA, 3, Vec::new()) };
    assert!(matches!(scene.store.receive(stale).await, Err(StoreError::Stale { next: 3 })));
    assert_eq!(scene.words(Some(ANA), None).await, ["number 1", "number 2"]);
    // Another epoch is another lane.
    let other = Batch { epoch: epoch(8), ..batch(ANA, 1, vec![accept(3, 3, text("number 3"))]) };
    assert_eq!(scene.take(other).await.lane, watermark(8, 2, Some(3), 0));
}

#[tokio::test]
async fn a_message_that_is_here_already_is_passed_over() {
    let scene = Scene::with_received(2).await;
    let entries = vec![accept(2, 2, text("changed")), accept(3, 3, text("number 3")), accept(3, 4, text("twice"))];
    let receipt = scene.take(Batch { epoch: epoch(8), ..batch(ANA, 1, entries) }).await;
    assert_eq!(ids(&receipt.messages), [id(3)]);
    assert_eq!((receipt.lane, receipt.voids, receipt.unread), (watermark(8, 4, Some(3), 0), vec![], 3));
    assert_eq!(scene.words(Some(ANA), None).await, ["number 1", "number 2", "number 3"]);
}

#[tokio::test]
async fn an_id_of_somebody_elses_is_refused() {
    let scene = Scene::with_received(1).await;
    scene.send(BOB, 50, "mine").await;
    let entries = vec![accept(1, 1, text("ana's")), accept(50, 1, text("mine")), accept(2, 1, text("bob's"))];
    let receipt = scene.take(batch(BOB, 1, entries)).await;
    let invalid = VoidCause::Refused(Refusal::Invalid);
    assert_eq!(receipt.voids, [(1, invalid), (2, invalid)]);
    assert_eq!(ids(&receipt.messages), [id(2)]);
    assert_eq!(receipt.lane.next, 4);
    assert_eq!(scene.words(Some(ANA), None).await, ["number 1"]);
}

#[tokio::test]
async fn void_entries_take_their_place_and_nothing_else() {
    let scene = Scene::new();
    let blocked = VoidCause::Refused(Refusal::Blocked);
    let receipt = scene.take(batch(ANA, 1, vec![void(1, blocked), void(2, VoidCause::Cancelled)])).await;
    assert_eq!(receipt.voids, [(1, blocked), (2, VoidCause::Cancelled)]);
    assert_eq!((receipt.messages, receipt.unread), (vec![], 0));
    assert_eq!(receipt.lane, watermark(7, 3, Some(2), 0));
    assert_eq!(scene.store.conversations().await.unwrap(), []);
}

#[tokio::test]
async fn what_was_withdrawn_after_it_came_is_held() {
    let scene = Scene::with_received(2).await;
    let again = Batch { epoch: epoch(8), ..batch(ANA, 1, vec![void(2, VoidCause::Cancelled)]) };
    assert_eq!(scene.take(again).await.voids, [(1, VoidCause::Held)]);
    assert_eq!(scene.words(Some(ANA), None).await, ["number 1", "number 2"]);
    // And it's known as held whenever it's asked for, in either lane.
    for (number, seq) in [(7, 2), (8, 1)] {
        let check = vec![Check { seq, id: id(2), cancelled: true }];
        let receipt = scene.take(Batch { epoch: epoch(number), check, ..batch(ANA, 0, Vec::new()) }).await;
        assert_eq!((receipt.diverged, receipt.voids), (false, vec![(seq, VoidCause::Held)]));
    }
}

#[tokio::test]
async fn what_should_be_here_is_looked_up() {
    let scene = Scene::with_received(2).await;
    let blocked = VoidCause::Refused(Refusal::Blocked);
    scene.take(batch(ANA, 3, vec![void(3, blocked), void(4, VoidCause::Cancelled)])).await;
    let checks = vec![check(1, 1), check(2, 2), check(3, 3), check(4, 4)];
    let receipt = scene.take(Batch { check: checks, ..batch(ANA, 5, vec![accept(5, 5, text("five"))]) }).await;
    assert!(!receipt.diverged);
    assert_eq!(receipt.voids, [(3, blocked), (4, VoidCause::Cancelled)]);
    assert_eq!((ids(&receipt.messages), receipt.lane), (vec![id(5)], watermark(7, 6, Some(5), 0)));
}

#[tokio::test]
async fn a_missing_entry_means_that_the_lanes_diverged() {
    let scene = Scene::with_received(2).await;
    scene.take(batch(ANA, 3, vec![void(3, VoidCause::Cancelled)])).await;
    scene.take(batch(BOB, 1, vec![accept(40, 1, text("bob's"))])).await;
    // Unknown, somebody else's, and a void one in another place.
    for wrong in [check(1, 99), check(1, 40), check(2, 3)] {
        let doubted = Batch { check: vec![check(1, 1), wrong], ..batch(ANA, 4, vec![accept(4, 4, text("four"))]) };
        let receipt = scene.take(doubted).await;
        let nothing = Receipt {
            diverged: true,
            lane: watermark(7, 4, Some(3), 0),
            voids: Vec::new(),
            messages: Vec::new(),
            transfers: Vec::new(),
            unread: 2,
        };
        assert_eq!(receipt, nothing);
    }
    assert_eq!(scene.words(Some(ANA), None).await, ["number 1", "number 2"]);
}

#[tokio::test]
async fn a_stranger_has_a_budget_until_answered() {
    let scene = Scene::new();
    let limit = StrangerLimit { messages: 3, bytes: 2 * 512 + 10, ..STRANGER };
    let say = |first, entries| Batch { stranger: limit, ..batch(ANA, first, entries) };
    let over = VoidCause::Refused(Refusal::OverBudget);
    let entries = vec![
        accept(1, 1, text("12345")),
        accept(2, 2, text("123456")),
        accept(3, 3, text("12345")),
        accept(4, 4, text("1")),
    ];
    let receipt = scene.take(say(1, entries)).await;
    assert_eq!(ids(&receipt.messages), [id(1), id(3)]);
    assert_eq!(receipt.voids, [(2, over), (4, over)]);
    assert_eq!(receipt.lane, watermark(7, 5, Some(4), 0));
    // What was refused stays refused, and what is sent from here ends the budget.
    scene.send(ANA, 50, "hola").await;
    let receipt = scene.take(say(5, vec![accept(5, 5, text("as much as they like"))])).await;
    assert_eq!(ids(&receipt.messages), [id(5)]);

    let few = Batch { stranger: StrangerLimit { messages: 1, ..STRANGER }, ..batch(BOB, 1, Vec::new()) };
    let entries = vec![accept(11, 1, text("one")), accept(12, 2, text("two"))];
    assert_eq!(scene.take(Batch { entries, ..few }).await.voids, [(2, over)]);
}

#[tokio::test]
async fn strangers_together_have_a_budget_too() {
    let over = VoidCause::Refused(Refusal::OverBudget);
    for limit in [StrangerLimit { people: 1, ..STRANGER }, StrangerLimit { bytes_of_all: 2 * 512 + 9, ..STRANGER }] {
        let scene = Scene::new();
        let say = |peer, number| Batch { stranger: limit, ..batch(peer, 1, vec![accept(number, 1, text("12345"))]) };
        assert_eq!(scene.take(say(ANA, 1)).await.voids, []);
        assert_eq!(scene.take(say(BOB, 2)).await.voids, [(1, over)]);
        // Whoever is written to is none.
        scene.send(BOB, 50, "hola").await;
        let again = Batch { stranger: limit, ..batch(BOB, 2, vec![accept(3, 2, text("12345"))]) };
        assert_eq!(scene.take(again).await.voids, []);
    }
}

#[tokio::test]
async fn an_offer_begins_a_transfer() {
    let scene = Scene::new();
    let entries = vec![accept(1, 1, offer("plan.pdf", 10, Some("look"))), accept(2, 2, offer("b", u64::MAX, None))];
    let offers = TransferState::Active;
    let receipt = scene.take(Batch { offers, ..batch(ANA, 1, entries) }).await;
    let mut row = transfer(1, Direction::In);
    row.transfer.state = offers;
    assert_eq!(receipt.transfers, [row.clone()]);
    assert_eq!(scene.store.transfers().await.unwrap(), [row]);
    // No disk has so many bytes.
    assert_eq!(receipt.voids, [(2, VoidCause::Refused(Refusal::Invalid))]);
    assert_eq!(receipt.messages[0].body, offer("plan.pdf", 10, Some("look")));
}

#[tokio::test]
async fn a_kind_of_the_future_is_kept_for_it() {
    let mut scene = Scene::new();
    let body = Body::Unknown { kind: 77, bytes: vec![0, 255, 1] };
    scene.take(batch(ANA, 1, vec![accept(1, 1, body.clone())])).await;
    scene.reopen().await;
    assert_eq!(scene.store.message(id(1)).await.unwrap().unwrap().body, body);
}

#[tokio::test]
async fn absurd_clocks_are_clamped() {
    let scene = Scene::new();
    let early = Verdict::Accept(Incoming { id: id(1), lamport: u64::MAX, sent_at: at(i64::MAX / 2), body: text("a") });
    let messages = scene.take(batch(ANA, 1, vec![early, accept(2, u64::MAX, text("b"))])).await.messages;
    assert_eq!(messages[0].sent_at, at(1_000));
    assert_eq!((messages[0].lamport, messages[1].lamport), (1 << 20, 2 << 20));
    assert_eq!(scene.send(ANA, 3, "c").await.lamport, (2 << 20) + 1);
}

#[tokio::test]
async fn the_least_recently_used_epochs_are_forgotten() {
    let scene = Scene::new();
    let mut number = 0;
    let mut next = |of: u64, first| {
        number += 1;
        Batch { epoch: epoch(of), ..batch(ANA, first, vec![void(number, VoidCause::Cancelled)]) }
    };
    for of in 1..=MAX_EPOCHS as u64 {
        scene.take(next(of, 1)).await;
    }
    scene.take(next(1, 2)).await;
    scene.take(next(50, 1)).await;
    let lanes = scene.store.lanes_in(ANA).await.unwrap();
    let epochs: Vec<_> = lanes.iter().map(|lane| lane.epoch.get()).collect();
    assert_eq!(epochs, [50, 1].into_iter().chain((3..=16).rev()).collect::<Vec<_>>());
    // One that was forgotten starts over.
    assert_eq!(scene.take(next(2, 1)).await.lane.next, 2);
}

#[tokio::test]
async fn the_oldest_void_entries_are_forgotten() {
    let scene = Scene::new();
    let voids =
        |numbers: std::ops::RangeInclusive<u64>| numbers.map(|number| void(number, VoidCause::Cancelled)).collect();
    scene.take(batch(ANA, 1, voids(1..=1_000))).await;
    scene.take(batch(BOB, 1, voids(5_001..=5_001))).await;
    scene.take(batch(ANA, 1_001, voids(1_001..=1_025))).await;
    for (author, seq, number, diverged) in [(ANA, 1, 1, true), (ANA, 2, 2, false), (BOB, 1, 5_001, false)] {
        let receipt = scene.take(Batch { check: vec![check(seq, number)], ..batch(author, 0, Vec::new()) }).await;
        assert_eq!(receipt.diverged, diverged, "{number}");
    }
}

#[tokio::test]
async fn reading_moves_the_marks_of_all_lanes() {
    let mut scene = Scene::with_received(2).await;
    let other =
        Batch { epoch: epoch(8), ..batch(ANA, 1, vec![accept(3, 3, text("three")), void(4, VoidCause::Cancelled)]) };
    scene.take(other).await;
    scene.send(ANA, 50, "mine").await;
    scene.take(batch(BOB, 1, vec![accept(11, 1, text("bob's"))])).await;
    let mut marks = scene.store.mark_read(ANA, true).await.unwrap();
    marks.lanes.sort();
    assert_eq!(marks, ReadMarks { lanes: vec![(epoch(7), 2), (epoch(8), 2)], changed: true });
    assert_eq!(scene.store.mark_read(ANA, true).await.unwrap(), ReadMarks::default());
    scene.reopen().await;
    for (number, state) in
        [(1, MessageState::Read), (3, MessageState::Read), (50, MessageState::Queued), (11, MessageState::Delivered)]
    {
        assert_eq!(scene.state(number).await.0, state);
    }
    let unread: Vec<_> =
        scene.store.conversations().await.unwrap().into_iter().map(|with| (with.peer, with.unread)).collect();
    assert_eq!(unread, [(BOB, 1), (ANA, 0)]);
    assert_eq!(scene.store.lanes_in(ANA).await.unwrap(), [watermark(8, 3, Some(4), 2), watermark(7, 3, Some(2), 2)]);
    // What comes later is unread again.
    let receipt = scene.take(batch(ANA, 3, vec![accept(5, 5, text("five"))])).await;
    assert_eq!((receipt.unread, receipt.lane.read), (1, 2));
}

#[tokio::test]
async fn what_is_read_without_telling_moves_no_mark_until_something_is_told() {
    let scene = Scene::with_received(2).await;
    let marks = scene.store.mark_read(ANA, false).await.unwrap();
    assert_eq!(marks, ReadMarks { lanes: Vec::new(), changed: true });
    assert_eq!(scene.state(2).await.0, MessageState::Read);
    assert_eq!(scene.store.conversations().await.unwrap()[0].unread, 0);
    assert_eq!(scene.store.mark_read(ANA, true).await.unwrap(), ReadMarks::default(), "nothing is read now");
    let receipt = scene.take(batch(ANA, 3, vec![accept(3, 3, text("three"))])).await;
    assert_eq!(receipt.lane.read, 0);
    let marks = scene.store.mark_read(ANA, true).await.unwrap();
    assert_eq!(marks, ReadMarks { lanes: vec![(epoch(7), 3)], changed: true });
}

#[tokio::test]
async fn offers_that_are_not_over_are_bounded_and_words_still_come() {
    let scene = Scene::new();
    let offers = (1..=600).map(|number| accept(number, number, offer("plan.pdf", 10, None))).collect();
    let receipt = scene.store.receive(batch(ANA, 1, offers)).await.unwrap();
    assert_eq!((receipt.transfers.len(), receipt.voids.len()), (500, 100));
    assert!(receipt.voids.iter().all(|(_, cause)| *cause == VoidCause::Refused(Refusal::OverBudget)));
    let words = scene.store.receive(batch(ANA, 601, vec![accept(700, 700, text("hola"))])).await.unwrap();
    assert_eq!(words.messages.len(), 1);
    use TransferState::{Active, Cancelled, Declined, Done, Failed, Paused};
    let states = [(Active, 0), (Paused, 0), (Failed, 0), (Declined, 1), (Cancelled, 1), (Done, 1)];
    for (number, (state, room)) in (701..).zip(states) {
        let mut row = receipt.transfers[number as usize - 701].clone();
        row.transfer.state = state;
        scene.store.put_transfer(row).await.unwrap();
        let next = vec![accept(number, number, offer("plan.pdf", 10, None))];
        let receipt = scene.store.receive(batch(ANA, number - 99, next)).await.unwrap();
        assert_eq!(receipt.transfers.len(), room, "{state:?}");
    }
}
