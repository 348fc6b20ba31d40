use super::*;
use crate::model::{Nickname, Presence};
use crate::protocol::wire::roster::Card;

const BOOT: u64 = 7;

fn listing(n: u16, seq: u64) -> Listing {
    let nickname = Nickname::new("ana").unwrap();
    let card = Card { nickname, presence: Presence::Online, port: None, seq, relay: PeerId::numbered(0) };
    Listing { peer: PeerId::numbered(n), card, seen: None }
}

/// A page that leads to this version and is the last.
fn page(version: u64, listed: &[u16], gone: &[u16]) -> Page {
    Page {
        boot: BOOT,
        over: 0,
        version,
        more: false,
        leaving: false,
        listings: listed.iter().map(|n| listing(*n, version)).collect(),
        gone: gone.iter().map(|n| PeerId::numbered(*n)).collect(),
        forged: 0,
    }
}

fn told(from: u64, page: Page) -> ViewInput {
    ViewInput::Told(Changes { from, page })
}

fn since(version: u64, over: u64) -> Since {
    Since { boot: BOOT, version, over }
}

fn view() -> View {
    View::new(PeerId::numbered(99), PeerId::numbered(0))
}

/// A view that is up to date with version 5, on which these are.
fn current(listed: &[u16]) -> View {
    let mut view = view();
    view.handle(ViewInput::Joined);
    view.handle(ViewInput::Answered(Ticket(1), Some(Page { over: 5, ..page(5, listed, &[]) })));
    view
}

#[test]
fn a_newcomer_asks_for_all_and_is_told_of_the_rest() {
    let mut view = view();
    assert_eq!(view.handle(ViewInput::Joined), [ViewOutput::Ask(Ticket(1), Since::default())]);
    let first = Page { over: 5, more: true, ..page(3, &[1, 99], &[]) };
    assert_eq!(
        view.handle(ViewInput::Answered(Ticket(1), Some(first))),
        [ViewOutput::Listed(listing(1, 3)), ViewOutput::Ask(Ticket(2), since(3, 5))],
        "it isn't told of itself"
    );
    assert_eq!(
        view.handle(ViewInput::Answered(Ticket(2), Some(page(6, &[2], &[])))),
        [ViewOutput::Listed(listing(2, 6))]
    );
    assert_eq!(
        view.handle(told(6, page(8, &[2, 3], &[1]))),
        [
            ViewOutput::Unlisted(PeerId::numbered(1)),
            ViewOutput::Listed(listing(2, 8)),
            ViewOutput::Listed(listing(3, 8)),
            ViewOutput::Answer(Heard::Taken)
        ]
    );
    assert_eq!(view.listings().count(), 2);
}

#[test]
fn changes_that_do_not_follow_are_asked_for() {
    let mut view = current(&[1]);
    assert_eq!(
        view.handle(told(7, page(8, &[2], &[]))),
        [ViewOutput::Answer(Heard::WillAsk), ViewOutput::Ask(Ticket(2), since(5, 0))]
    );
    assert_eq!(view.handle(told(7, page(9, &[3], &[]))), [ViewOutput::Answer(Heard::WillAsk)], "it has asked");
    let answer = page(9, &[2, 3], &[]);
    assert_eq!(view.handle(ViewInput::Answered(Ticket(2), Some(answer))).len(), 2);
}

#[test]
fn what_comes_late_or_again_changes_nothing() {
    let mut view = current(&[1, 2]);
    let changes = told(5, page(7, &[3], &[1]));
    assert_eq!(view.handle(changes.clone()).len(), 3);
    assert_eq!(view.handle(told(5, page(6, &[], &[1]))), [ViewOutput::Answer(Heard::Taken)]);
    assert_eq!(view.handle(changes), [ViewOutput::Answer(Heard::Taken)]);
    assert_eq!(view.handle(ViewInput::Answered(Ticket(1), Some(page(9, &[], &[2])))), [], "an old answer");
    let over = Page { over: 6, ..page(6, &[1], &[]) };
    assert_eq!(view.handle(told(0, over)), [ViewOutput::Answer(Heard::Taken)]);
    let mut here: Vec<PeerId> = view.listings().map(|listing| listing.peer).collect();
    here.sort_unstable();
    assert_eq!(here, [PeerId::numbered(2), PeerId::numbered(3)]);
}

#[test]
fn who_is_left_over_from_before_is_gone_after_the_last_page_alone() {
    let mut view = current(&[1, 2, 3]);
    let first = Page { boot: 8, over: 4, more: true, ..page(2, &[1], &[]) };
    assert_eq!(
        view.handle(told(0, first)),
        [
            ViewOutput::Listed(listing(1, 2)),
            ViewOutput::Answer(Heard::Taken),
            ViewOutput::Ask(Ticket(2), Since { boot: 8, version: 2, over: 4 })
        ]
    );
    assert!(view.get(&PeerId::numbered(2)).is_some());
    let last = Page { boot: 8, ..page(4, &[3], &[]) };
    assert_eq!(
        view.handle(ViewInput::Answered(Ticket(2), Some(last))),
        [ViewOutput::Listed(listing(3, 4)), ViewOutput::Unlisted(PeerId::numbered(2))]
    );
}

#[test]
fn changes_from_before_a_list_started_over_are_not_taken() {
    // They may name members whose departure isn't told any more.
    let mut view = current(&[1]);
    view.handle(told(0, Page { over: 50, more: true, ..page(6, &[2], &[]) }));
    assert_eq!(view.handle(told(5, page(8, &[4], &[]))), [ViewOutput::Answer(Heard::WillAsk)]);
    assert_eq!(view.handle(told(5, page(51, &[5], &[]))).len(), 3, "but those from after it are");
    assert!(
        view.get(&PeerId::numbered(4)).is_none()
            && view.get(&PeerId::numbered(1)).is_none()
            && view.get(&PeerId::numbered(5)).is_some()
    );
}

#[test]
fn who_comes_back_to_the_same_list_shows_it_when_it_is_up_to_date() {
    let mut view = current(&[1, 2]);
    assert_eq!(view.handle(ViewInput::Parted).len(), 2);
    assert_eq!(view.listings().count(), 0);
    assert_eq!(view.handle(told(5, page(6, &[3], &[]))), [ViewOutput::Answer(Heard::WillAsk)]);
    assert_eq!(view.handle(ViewInput::Joined), [ViewOutput::Ask(Ticket(3), since(5, 0))]);
    assert_eq!(
        view.handle(ViewInput::Answered(Ticket(3), Some(page(7, &[3], &[1])))),
        [ViewOutput::Listed(listing(3, 7)), ViewOutput::Listed(listing(2, 5))]
    );
}

#[test]
fn a_question_without_an_answer_is_asked_again_ever_later() {
    let mut view = view();
    view.handle(ViewInput::Joined);
    let mut waits = Vec::new();
    for n in 0..10 {
        let failed = view.handle(ViewInput::Answered(Ticket(2 * n + 1), None));
        let [ViewOutput::Wake(ticket, wait)] = failed[..] else { panic!("{failed:?}") };
        waits.push(wait.as_millis());
        assert_eq!(view.handle(ViewInput::Woke(ticket)), [ViewOutput::Ask(Ticket(2 * n + 3), Since::default())]);
        assert_eq!(view.handle(ViewInput::Woke(ticket)), [], "once");
    }
    assert_eq!(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
}

#[test]
fn a_relay_that_never_comes_to_an_end_is_asked_ever_less() {
    let mut view = view();
    view.handle(ViewInput::Joined);
    let mut ticket = 1;
    loop {
        let endless = Page { over: ticket, more: true, ..page(1, &[], &[]) };
        match view.handle(ViewInput::Answered(Ticket(ticket), Some(endless)))[..] {
            [ViewOutput::Ask(next, _)] => ticket = next.0,
            [ViewOutput::Wake(..)] => break,
            ref other => panic!("{other:?}"),
        }
    }
    assert_eq!(ticket, u64::from(MAX_PAGES) + 1);
}

#[test]
fn a_page_that_leads_nowhere_is_as_no_answer() {
    let mut view = current(&[]);
    view.handle(told(7, page(8, &[], &[])));
    let stuck = Page { more: true, ..page(5, &[], &[]) };
    let outputs = view.handle(ViewInput::Answered(Ticket(2), Some(stuck)));
    assert_eq!(outputs, [ViewOutput::Wake(Ticket(3), FIRST_WAIT)]);
}

#[test]
fn a_relay_that_forges_is_left() {
    let mut view = current(&[]);
    let elsewhere = |n| {
        let mut listing = listing(n, 6);
        listing.card.relay = PeerId::numbered(5);
        listing
    };
    let page = Page { forged: MAX_FORGED - 1, ..page(6, &[], &[]) };
    assert_eq!(view.handle(told(5, page.clone())), [ViewOutput::Answer(Heard::Taken)]);
    let page = Page { listings: vec![elsewhere(1)], forged: 0, version: 7, ..page };
    assert_eq!(
        view.handle(told(6, page)),
        [ViewOutput::Leave, ViewOutput::Answer(Heard::Taken)],
        "a card that is made out to another relay is no better"
    );
    assert_eq!(view.listings().count(), 0);
}

#[test]
fn so_many_are_listed_and_no_more() {
    let mut view = current(&[]);
    for n in 0..45_u16 {
        let next = 256 * n..256 * (n + 1);
        view.handle(told(5 + u64::from(n), page(6 + u64::from(n), &next.collect::<Vec<_>>(), &[])));
    }
    assert_eq!(view.listings().count(), MAX_LISTINGS);
    let changed = view.handle(told(50, page(51, &[1], &[])));
    assert_eq!(changed[0], ViewOutput::Listed(listing(1, 51)), "who is on it goes on changing");
}

#[test]
fn who_is_known_not_to_be_there_is_not_shown_until_there_is_something_new() {
    let mut view = current(&[1]);
    assert_eq!(view.handle(ViewInput::Refuted(PeerId::numbered(1))), [ViewOutput::Unlisted(PeerId::numbered(1))]);
    assert_eq!(view.handle(ViewInput::Refuted(PeerId::numbered(1))), []);
    assert_eq!(view.handle(told(5, page(6, &[1], &[])))[0], ViewOutput::Listed(listing(1, 6)));
}

#[test]
fn who_can_not_be_reached_though_listed_is_not_shown_until_anything_is_told() {
    let mut view = current(&[1, 2]);
    assert_eq!(view.handle(ViewInput::Missed(PeerId::numbered(1))), [ViewOutput::Unlisted(PeerId::numbered(1))]);
    assert_eq!(view.handle(ViewInput::Missed(PeerId::numbered(1))), []);
    assert_eq!(view.get(&PeerId::numbered(1)), None);
    let told = view.handle(told(5, page(6, &[2], &[])));
    assert!(told.contains(&ViewOutput::Listed(listing(1, 5))), "{told:?}");
}

#[test]
fn a_relay_says_that_it_is_about_to_leave() {
    let mut view = current(&[]);
    let leaving = Page { leaving: true, ..page(6, &[], &[]) };
    assert_eq!(view.handle(told(5, leaving)), [ViewOutput::Leaving(true), ViewOutput::Answer(Heard::Taken)]);
    assert_eq!(view.handle(ViewInput::Parted), [ViewOutput::Leaving(false)]);
}
