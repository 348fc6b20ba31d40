//! The machines' exact outputs, step by step.

use std::time::Duration;

use super::*;
use crate::model::{
    Body, ConversationId, Epoch, Incoming, LaneOut, MessageId, PeerId, Refusal, Text, Timestamp, Verdict, VoidCause,
    Watermark,
};
use crate::protocol::wire::chat::{Answer, Push, WireEntry};

const OLD: u64 = 100;
const NEW: u64 = 200;

fn epoch(number: u64) -> Epoch {
    Epoch::from_u64(number).unwrap()
}

fn id(number: u8) -> MessageId {
    MessageId::from_bytes([number; 16])
}

fn lane(number: u64, last: u64, acked: u64) -> LaneOut {
    LaneOut { epoch: epoch(number), last, acked, read: 0 }
}

fn mark(number: u64, next: u64) -> Watermark {
    let last = (next > 1).then(|| id(next as u8 - 1));
    Watermark { epoch: epoch(number), next, last, read: 0 }
}

fn body() -> Body {
    Body::Text(Text::new("hola").unwrap())
}

fn entry(number: u8) -> WireEntry {
    let peer = |n| PeerId::from_public_key([n; 32]);
    let conversation = ConversationId::between(&peer(1), &peer(2));
    WireEntry::new(id(number), conversation, u64::from(number), Timestamp::from_millis(0), &body()).unwrap()
}

/// What the store has from `from` to `to`.
fn loaded(from: u8, to: u8) -> Option<Loaded> {
    let before = (from > 1).then(|| id(from - 1));
    Some(Loaded { before, entries: (from..=to).map(|number| (id(number), entry(number))).collect() })
}

fn load(ticket: u64, from: u64) -> AuthorOutput {
    AuthorOutput::Load { ticket: Ticket(ticket), epoch: epoch(OLD), from }
}

fn push(ticket: u64, first: u8, to: u8) -> AuthorOutput {
    let entries = (first..=to).map(entry).collect();
    AuthorOutput::Push { ticket: Ticket(ticket), epoch: epoch(OLD), first: first.into(), entries }
}

fn settle(from: u64, acked: u64) -> AuthorOutput {
    AuthorOutput::Settle { epoch: epoch(OLD), from, acked, read: 0, voids: Vec::new() }
}

fn committed(next: u64) -> Option<Answer> {
    Some(Answer::Committed { watermark: mark(OLD, next), voids: Vec::new() })
}

fn requeue(marks: &[Watermark]) -> AuthorOutput {
    AuthorOutput::Requeue(marks.to_vec())
}

/// An author with entries 1 to `last` of which `acked` are acknowledged, whose peer is at `next`, waiting for its store.
fn met(last: u64, acked: u64, next: u64) -> Author {
    let mut author = Author::new(lane(OLD, last, acked));
    author.handle(AuthorInput::Met(vec![mark(OLD, next)]));
    author
}

/// The same, after the first push.
fn pushing(last: u8, acked: u8) -> Author {
    let mut author = met(last.into(), acked.into(), u64::from(acked) + 1);
    author.handle(AuthorInput::Loaded(Ticket(1), loaded(acked + 1, last)));
    author
}

#[test]
fn nothing_is_sent_to_who_is_not_here() {
    let mut author = Author::new(lane(OLD, 3, 0));
    assert_eq!(author.handle(AuthorInput::Appended(lane(OLD, 4, 0))), []);
    assert_eq!(author.handle(AuthorInput::Woke(Ticket(0))), []);
}

#[test]
fn what_waits_is_sent_as_soon_as_the_peer_is_here_and_acknowledged_once() {
    let mut author = Author::new(lane(OLD, 2, 0));
    assert_eq!(author.handle(AuthorInput::Met(Vec::new())), [requeue(&[]), load(1, 1)]);
    assert_eq!(author.handle(AuthorInput::Loaded(Ticket(1), loaded(1, 2))), [push(2, 1, 2)]);
    assert_eq!(author.handle(AuthorInput::Answered(Ticket(2), committed(3))), [settle(0, 2)]);
    assert_eq!(author.handle(AuthorInput::Answered(Ticket(2), committed(3))), []);
    assert_eq!(author.lane(), lane(OLD, 2, 2));
}

#[test]
fn a_new_message_goes_at_once_or_after_the_one_that_is_on_its_way() {
    let mut author = pushing(1, 0);
    assert_eq!(author.handle(AuthorInput::Appended(lane(OLD, 2, 0))), []);
    assert_eq!(author.handle(AuthorInput::Answered(Ticket(2), committed(2))), [settle(0, 1), load(3, 2)]);
    assert_eq!(author.handle(AuthorInput::Loaded(Ticket(3), loaded(2, 2))), [push(4, 2, 2)]);
    assert_eq!(author.handle(AuthorInput::Answered(Ticket(4), committed(3))), [settle(1, 2)]);
    assert_eq!(author.handle(AuthorInput::Appended(lane(OLD, 3, 0))), [load(5, 3)]);
}

#[test]
fn a_message_committed_while_the_store_looked_is_not_forgotten() {
    let mut author = met(1, 1, 2);
    author.handle(AuthorInput::Appended(lane(OLD, 2, 1)));
    assert_eq!(author.handle(AuthorInput::Loaded(Ticket(1), loaded(2, 1))), [load(2, 2)]);
    assert_eq!(author.handle(AuthorInput::Loaded(Ticket(2), loaded(2, 2))), [push(3, 2, 2)]);
}

#[test]
fn no_answer_says_nothing_and_is_asked_again_later_and_later() {
    let mut author = pushing(1, 0);
    let mut ticket = 2;
    for millis in [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
        let wake = AuthorOutput::Wake { ticket: Ticket(ticket + 1), after: Duration::from_millis(millis) };
        assert_eq!(author.handle(AuthorInput::Answered(Ticket(ticket), None)), [wake]);
        assert_eq!(author.handle(AuthorInput::Woke(Ticket(ticket + 1))), [load(ticket + 2, 1)]);
        assert_eq!(author.handle(AuthorInput::Loaded(Ticket(ticket + 2), loaded(1, 1))), [push(ticket + 3, 1, 1)]);
        ticket += 3;
    }
    // The peer's return ends the waiting.
    author.handle(AuthorInput::Parted);
    assert_eq!(author.handle(AuthorInput::Answered(Ticket(ticket), committed(2))), []);
    assert_eq!(author.handle(AuthorInput::Met(vec![])), [requeue(&[]), load(ticket + 1, 1)]);
}

#[test]
fn a_busy_receiver_is_given_its_time_within_reason() {
    for (asked, given) in [(400, 400), (0, 250), (u32::MAX, 60_000)] {
        let mut author = pushing(1, 0);
        let wake = AuthorOutput::Wake { ticket: Ticket(3), after: Duration::from_millis(given) };
        assert_eq!(author.handle(AuthorInput::Answered(Ticket(2), Some(Answer::Busy(asked)))), [wake]);
    }
}

#[test]
fn what_the_receiver_has_beyond_the_last_answer_is_sent_again_for_its_verdict() {
    // The answer to 2 and 3 was lost: one of them may have been refused.
    let mut author = Author::new(lane(OLD, 3, 1));
    let marks = [mark(OLD, 4)];
    assert_eq!(author.handle(AuthorInput::Met(marks.to_vec())), [requeue(&marks), load(1, 2)]);
    assert_eq!(author.handle(AuthorInput::Loaded(Ticket(1), loaded(2, 3))), [push(2, 2, 3)]);
    let voids = vec![(3, VoidCause::Refused(Refusal::Blocked)), (9, VoidCause::Cancelled)];
    let answer = Answer::Committed { watermark: mark(OLD, 4), voids };
    let kept = vec![(3, VoidCause::Refused(Refusal::Blocked))];
    let settled = AuthorOutput::Settle { epoch: epoch(OLD), from: 1, acked: 3, read: 0, voids: kept };
    assert_eq!(author.handle(AuthorInput::Answered(Ticket(2), Some(answer))), [settled]);
}

#[test]
fn a_receiver_restored_from_a_backup_gets_again_what_it_lost() {
    let mut author = Author::new(lane(OLD, 3, 3));
    let marks = [mark(OLD, 2)];
    assert_eq!(author.handle(AuthorInput::Met(marks.to_vec())), [requeue(&marks), load(1, 2)]);
    assert_eq!(author.handle(AuthorInput::Loaded(Ticket(1), loaded(2, 3))), [settle(3, 1), push(2, 2, 3)]);
}

#[test]
fn an_author_whose_receiver_has_seen_more_starts_a_new_epoch() {
    let mut author = Author::new(lane(OLD, 3, 1));
    let marks = [mark(OLD, 9)];
    assert_eq!(author.handle(AuthorInput::Met(marks.to_vec())), [requeue(&marks), AuthorOutput::Renew(Ticket(1))]);
    let first = AuthorOutput::Load { ticket: Ticket(2), epoch: epoch(NEW), from: 1 };
    assert_eq!(author.handle(AuthorInput::Renewed(Ticket(1), Some(lane(NEW, 2, 0)))), [requeue(&marks), first]);
}

#[test]
fn so_does_one_whose_receiver_has_another_message_in_that_place() {
    let mut author = met(3, 1, 2);
    let other = Some(Loaded { before: Some(id(77)), entries: vec![(id(2), entry(2))] });
    assert_eq!(author.handle(AuthorInput::Loaded(Ticket(1), other)), [AuthorOutput::Renew(Ticket(2))]);
    let mut author = pushing(2, 0);
    assert_eq!(
        author.handle(AuthorInput::Answered(Ticket(2), Some(Answer::Diverged))),
        [AuthorOutput::Renew(Ticket(3))]
    );
    let mut author = pushing(2, 0);
    let other = Answer::Committed { watermark: Watermark { last: Some(id(77)), ..mark(OLD, 3) }, voids: Vec::new() };
    assert_eq!(author.handle(AuthorInput::Answered(Ticket(2), Some(other))), [AuthorOutput::Renew(Ticket(3))]);
}

#[test]
fn epochs_are_not_started_in_a_loop() {
    let mut author = pushing(2, 0);
    author.handle(AuthorInput::Answered(Ticket(2), Some(Answer::Diverged)));
    author.handle(AuthorInput::Renewed(Ticket(3), Some(lane(NEW, 2, 0))));
    author.handle(AuthorInput::Loaded(Ticket(4), loaded(1, 2)));
    let wait = author.handle(AuthorInput::Answered(Ticket(5), Some(Answer::Diverged)));
    assert_eq!(wait, [AuthorOutput::Wake { ticket: Ticket(6), after: Duration::from_millis(500) }]);
    assert_eq!(author.handle(AuthorInput::Woke(Ticket(6))), [AuthorOutput::Renew(Ticket(7))]);
}

#[test]
fn a_settlement_that_could_not_be_kept_is_asked_for_again() {
    let mut author = pushing(2, 0);
    author.handle(AuthorInput::Answered(Ticket(2), committed(3)));
    let wait = author.handle(AuthorInput::Unsettled(epoch(OLD), 0));
    assert_eq!(wait, [AuthorOutput::Wake { ticket: Ticket(3), after: Duration::from_millis(250) }]);
    assert_eq!(author.handle(AuthorInput::Woke(Ticket(3))), [load(4, 1)]);
}

#[test]
fn a_read_mark_counts_up_to_what_is_acknowledged() {
    let read = |read| AuthorOutput::SettleRead { epoch: epoch(OLD), read };
    let mut author = pushing(3, 1);
    assert_eq!(author.handle(AuthorInput::ReadTo(epoch(OLD), 9)), [read(1)]);
    assert_eq!(author.handle(AuthorInput::ReadTo(epoch(OLD), 1)), []);
    let settled = AuthorOutput::Settle { epoch: epoch(OLD), from: 1, acked: 3, read: 3, voids: Vec::new() };
    assert_eq!(author.handle(AuthorInput::Answered(Ticket(2), committed(4))), [settled]);
    let old = AuthorOutput::SettleRead { epoch: epoch(NEW), read: 4 };
    assert_eq!(author.handle(AuthorInput::ReadTo(epoch(NEW), 4)), [old]);
}

fn accept(number: u8) -> Verdict {
    let sent_at = Timestamp::from_millis(0);
    Verdict::Accept(Incoming { id: id(number), lamport: number.into(), sent_at, body: body() })
}

fn pushed(ticket: u64, first: u8, to: u8) -> ReceiverInput {
    let entries = (first..=to).map(accept).collect();
    ReceiverInput::Pushed(Ticket(ticket), Push { epoch: epoch(OLD), first: first.into(), entries })
}

fn commit(ticket: u64, first: u64, new: &[u8], known: &[u8]) -> ReceiverOutput {
    let check = known.iter().map(|number| (u64::from(*number), id(*number), false)).collect();
    let entries = new.iter().copied().map(accept).collect();
    ReceiverOutput::Commit(Ticket(ticket), Commit { epoch: epoch(OLD), first, entries, check })
}

fn kept(ticket: u64, next: u64) -> ReceiverInput {
    ReceiverInput::Committed(Ticket(ticket), Some(Committed::Kept { watermark: mark(OLD, next), voids: Vec::new() }))
}

fn answered(ticket: u64, next: u64) -> ReceiverOutput {
    ReceiverOutput::Answer(Ticket(ticket), committed(next).unwrap())
}

fn receiver(next: u64) -> Receiver {
    let mut receiver = Receiver::new();
    receiver.handle(ReceiverInput::Lanes(Some(vec![mark(OLD, next)])));
    receiver
}

#[test]
fn what_is_expected_is_committed_and_then_acknowledged() {
    let mut receiver = Receiver::new();
    assert_eq!(receiver.handle(pushed(1, 1, 2)), [ReceiverOutput::LoadLanes]);
    assert_eq!(receiver.handle(ReceiverInput::Lanes(Some(Vec::new()))), [commit(1, 1, &[1, 2], &[])]);
    assert_eq!(receiver.handle(kept(1, 3)), [answered(1, 3)]);
    assert!(receiver.is_idle());
}

#[test]
fn what_comes_again_is_compared_and_acknowledged_again() {
    let mut receiver = receiver(4);
    assert_eq!(receiver.handle(pushed(1, 2, 3)), [commit(1, 4, &[], &[2, 3])]);
    assert_eq!(receiver.handle(kept(1, 4)), [answered(1, 4)]);
    assert_eq!(receiver.handle(pushed(2, 3, 5)), [commit(2, 4, &[4, 5], &[3])]);
    let diverged = ReceiverInput::Committed(Ticket(2), Some(Committed::Diverged));
    assert_eq!(receiver.handle(diverged), [ReceiverOutput::Answer(Ticket(2), Answer::Diverged)]);
}

#[test]
fn a_gap_is_answered_with_what_is_expected() {
    assert_eq!(receiver(4).handle(pushed(1, 6, 7)), [answered(1, 4)]);
}

#[test]
fn one_push_at_a_time_is_committed_and_few_wait() {
    let mut receiver = receiver(1);
    assert_eq!(receiver.handle(pushed(1, 1, 1)), [commit(1, 1, &[1], &[])]);
    assert_eq!(receiver.handle(pushed(2, 1, 1)), []);
    assert_eq!(receiver.handle(pushed(3, 2, 2)), []);
    assert_eq!(receiver.handle(pushed(4, 2, 2)), [ReceiverOutput::Answer(Ticket(4), Answer::Busy(500))]);
    assert_eq!(receiver.handle(kept(1, 2)), [answered(1, 2), commit(2, 2, &[], &[1])]);
    assert_eq!(receiver.handle(kept(2, 2)), [answered(2, 2), commit(3, 2, &[2], &[])]);
}

#[test]
fn what_could_not_be_kept_is_not_acknowledged() {
    let unavailable = |ticket| ReceiverOutput::Answer(Ticket(ticket), Answer::Unavailable);
    let mut receiver = receiver(1);
    receiver.handle(pushed(1, 1, 1));
    assert_eq!(receiver.handle(ReceiverInput::Committed(Ticket(1), None)), [unavailable(1)]);
    // What the store has is asked for anew.
    assert_eq!(receiver.handle(pushed(2, 1, 1)), [ReceiverOutput::LoadLanes]);
    assert_eq!(receiver.handle(ReceiverInput::Lanes(None)), [unavailable(2)]);
}
