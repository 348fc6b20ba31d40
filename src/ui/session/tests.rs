mod export;
mod files;
mod paste;
mod settings;

use std::time::Instant;

use super::*;
use crate::engine::StoreError;
use crate::model::{Me, MessageState, Presence, Span};
use crate::ui::keys::Command;
use crate::ui::locale::Language;
use crate::ui::sample::{self, FERNANDA, LUIS, MELANI, RECEPTION, SIZE, locale, message_id, received, sent, simulator};
use crate::ui::screen::sidebar::{self, SEARCH};
use crate::ui::screen::{self, transfers};
use crate::ui::transfer::{Press, Wish};
use crate::ui::widget::Seen;

/// A session whose main window is in front.
fn session() -> (Session, window::Id) {
    let window = window::Id::unique();
    let mut session = Session::new(sample::snapshot(), window, SIZE);
    assert!(session.window_focused(window).is_empty());
    (session, window)
}

fn press(peer: PeerId) -> Message {
    Message::Main(main::Message::Sidebar(sidebar::Message::RowPressed(peer, Instant::now())))
}

const fn latest(peer: PeerId) -> Page {
    Page { peer, window: None, span: Span::Latest }
}

fn composer(session: &Session) -> Effect {
    let shown = session.main.as_ref().and_then(main::State::conversation);
    Effect::Focus(shown.unwrap().composer())
}

fn happened(session: &mut Session, events: Vec<Event>) -> Vec<Effect> {
    session.update(Message::Happened(events.into()))
}

fn submit() -> Message {
    Message::Main(main::Message::Conversation(conversation::Message::Submitted))
}

fn write(session: &mut Session, peer: PeerId, text: &str) {
    session.chats.get_mut(&peer).unwrap().draft = iced::widget::text_editor::Content::with_text(text);
}

#[test]
fn opening_loads_focuses_and_marks_read() {
    let (mut session, _) = session();
    let effects = session.update(press(MELANI));
    let expected: [Effect; 3] =
        [Request::LoadPage(latest(MELANI)).into(), composer(&session), Request::MarkRead(MELANI).into()];
    assert_eq!(effects, expected);
    assert_eq!(session.people.unread_in_all(), 0);

    session.update(Message::PageLoaded(latest(MELANI), Ok(vec![received(MELANI, 201, "hola")])));
    session.update(press(LUIS));
    assert_eq!(session.update(press(MELANI)), [composer(&session)], "all is there already");
}

#[test]
fn a_hit_far_from_the_end_leaves_what_is_unread_so() {
    let (mut session, window) = session();
    let effects = session.open_at(MELANI, message_id(7));
    assert!(!effects.contains(&Request::MarkRead(MELANI).into()));
    assert_eq!(session.people.unread(&MELANI), 2);
    assert_eq!(session.key(window, Command::Back), [composer(&session)], "no longer marked");
    assert_eq!(session.key(window, Command::Back), [Request::MarkRead(MELANI).into()], "at the end");
}

#[test]
fn what_is_covered_is_not_read() {
    let (mut session, window) = session();
    session.update(press(LUIS));
    session.key(window, Command::Shortcuts);
    let came = vec![Event::Message(received(LUIS, 500, "hola")), Event::Unread { peer_id: LUIS, unread: 1 }];
    assert_eq!(happened(&mut session, came), [Effect::Notify(LUIS)]);
    session.key(window, Command::Back);
    assert_eq!(session.key(window, Command::Back), [Request::MarkRead(LUIS).into()]);
}

#[test]
fn what_comes_in_the_conversation_in_front_is_read_and_else_counted() {
    let (mut session, window) = session();
    session.update(press(LUIS));
    let message = |lamport| Event::Message(received(LUIS, lamport, "hola"));
    let unread = |unread| Event::Unread { peer_id: LUIS, unread };
    assert_eq!(happened(&mut session, vec![message(500), unread(1)]), [Request::MarkRead(LUIS).into()]);
    assert_eq!(session.title(window), "(2) vecino", "melani's are not in front");

    session.window_unfocused(window);
    assert_eq!(happened(&mut session, vec![message(501), unread(1)]), [Effect::Notify(LUIS)]);
    assert_eq!(session.title(window), "(3) vecino");
    assert_eq!(session.window_focused(window), [Request::MarkRead(LUIS).into()]);
}

#[test]
fn what_comes_below_what_is_in_view_is_read_once_it_is_seen() {
    let (mut session, window) = session();
    session.update(press(LUIS));
    session.update(Message::PageLoaded(latest(LUIS), Ok(sample::history())));
    let scrolled = |below| {
        let seen = Seen { above: 90, below, at_the_end: below == 0, first: None, aimed: None };
        Message::Main(main::Message::Conversation(conversation::Message::Moved(seen)))
    };
    let came =
        |lamport| vec![Event::Message(received(LUIS, lamport, "hola")), Event::Unread { peer_id: LUIS, unread: 1 }];
    let marked = Effect::from(Request::MarkRead(LUIS));

    session.update(scrolled(50));
    assert!(happened(&mut session, came(500)).is_empty());
    assert!(session.update(scrolled(50)).is_empty());
    assert_eq!(session.people.unread(&LUIS), 1);
    assert_eq!(session.update(scrolled(0)), std::slice::from_ref(&marked));

    session.update(scrolled(50));
    assert!(happened(&mut session, came(501)).is_empty());
    assert_eq!(session.key(window, Command::Back).last(), Some(&marked));
    assert_eq!(session.people.unread(&LUIS), 0);
}

#[test]
fn a_message_is_sent_shown_and_followed() {
    let (mut session, window) = session();
    session.update(press(LUIS));
    session.update(Message::PageLoaded(latest(LUIS), Ok(Vec::new())));
    write(&mut session, LUIS, "hola\n");
    let text = Text::new("hola").unwrap();
    let effects = session.update(submit());
    assert_eq!(effects[0], Request::Send(LUIS, text.clone()).into());
    assert_eq!(effects.len(), 1);

    let message = sent(LUIS, 600, "hola", MessageState::Queued);
    session.update(Message::SendFinished(LUIS, text, Ok(message.clone())));
    happened(&mut session, vec![Event::Message(message)]);
    assert_eq!(session.chats[&LUIS].history.messages().len(), 1, "told twice, shown once");
    let state = MessageState::Delivered;
    happened(&mut session, vec![Event::MessageState { id: message_id(600), peer_id: LUIS, state, error: None }]);
    assert_eq!(session.chats[&LUIS].history.messages()[0].state, MessageState::Delivered);
    let locale = locale(Language::English);
    simulator(session.view(window, &locale)).find("hola").unwrap();
}

#[test]
fn what_could_not_be_kept_goes_back_to_the_composer() {
    let (mut session, window) = session();
    session.update(press(LUIS));
    let text = Text::new("precious").unwrap();
    write(&mut session, LUIS, "typed since");
    session.update(Message::SendFinished(LUIS, text, Err(Error::Store(StoreError::Full("vecino.db".into())))));
    assert_eq!(session.chats[&LUIS].draft.text(), "precious\ntyped since");
    let locale = locale(Language::English);
    simulator(session.view(window, &locale))
        .find("vecino.db can't be written: the disk is full. Make room on it and try again.")
        .unwrap();
}

#[test]
fn a_draft_waits_in_its_conversation() {
    let (mut session, _) = session();
    session.update(press(LUIS));
    write(&mut session, LUIS, "half a sen");
    session.update(press(MELANI));
    assert!(session.chats[&MELANI].draft.is_empty());
    session.update(press(LUIS));
    assert_eq!(session.chats[&LUIS].draft.text(), "half a sen");
}

#[test]
fn of_many_conversations_the_last_are_held_and_all_that_is_being_written() {
    let (mut session, _) = session();
    let peers: Vec<PeerId> = (1..=60).map(PeerId::numbered).collect();
    for peer in &peers {
        let page = Page { peer: *peer, window: None, span: Span::Latest };
        assert!(session.open(*peer).contains(&Request::LoadPage(page).into()));
        session.update(Message::PageLoaded(page, Ok(vec![received(*peer, 1, "hello")])));
    }
    assert!(session.chats.len() <= 20, "{} are held", session.chats.len());
    assert!(session.chats[&peers[59]].history.is_loaded());
    session.open(peers[0]);
    session.update(Message::PageLoaded(Page { peer: peers[0], window: None, span: Span::Latest }, Ok(Vec::new())));
    write(&mut session, peers[0], "and the roof?");
    for peer in &peers[1..] {
        session.open(*peer);
    }
    assert_eq!(session.written_to(&peers[0]), "and the roof?");
    assert!(!session.chats[&peers[0]].history.is_loaded(), "what was said isn't held");
    let again = session.open(peers[0]);
    let page = Page { peer: peers[0], window: None, span: Span::Latest };
    assert!(again.contains(&Request::LoadPage(page).into()), "it's loaded anew: {again:?}");
}

#[test]
fn what_could_not_be_sent_goes_back_to_a_conversation_that_is_not_held() {
    let (mut session, _) = session();
    let text = Text::new("the drawings").unwrap();
    session.update(Message::SendFinished(LUIS, text, Err(Error::Stopped)));
    assert_eq!(session.written_to(&LUIS), "the drawings");
}

#[test]
fn a_conversation_moves_to_a_window_of_its_own() {
    let (mut session, main) = session();
    session.update(press(LUIS));
    assert_eq!(session.key(main, Command::PopOut), [Effect::OpenWindow(LUIS)]);
    let own = window::Id::unique();
    let effects = session.window_opened(own, LUIS);
    assert!(matches!(effects.last(), Some(Effect::Focus(_))));
    assert_eq!(session.title(own), "luis");
    session.update(Message::PageLoaded(latest(LUIS), Ok(sample::history())));
    let locale = locale(Language::English);
    simulator(session.view(own, &locale)).find("Morning! Did the drawings arrive?").unwrap();

    session.window_unfocused(main);
    session.window_focused(own);
    let unread = Event::Unread { peer_id: LUIS, unread: 1 };
    assert_eq!(happened(&mut session, vec![unread]), [Request::MarkRead(LUIS).into()], "it's read there too");
    assert_eq!(session.pop_out(LUIS), [Effect::Raise(own)], "one window for one conversation");
    assert!(!session.window_closed(main));
    assert!(session.window_closed(own), "the last one");
}

#[test]
fn keys_move_among_conversations() {
    let (mut session, window) = session();
    let open = |session: &Session| session.main.as_ref().and_then(main::State::open);
    session.key(window, Command::Nth(1));
    assert_eq!(open(&session), Some(MELANI));
    session.key(window, Command::Previous);
    assert_eq!(open(&session), Some(LUIS));
    assert!(session.key(window, Command::Previous).is_empty(), "there's none above");
    for _ in 0..3 {
        session.key(window, Command::Next);
    }
    assert_eq!(open(&session), Some(FERNANDA));
    assert!(session.key(window, Command::Nth(8)).is_empty());
    assert_eq!(session.key(window, Command::Attach), [Effect::ChooseFiles(FERNANDA)]);
    assert_eq!(session.key(window, Command::Find), [Effect::Raise(window), Effect::Focus(SEARCH)]);
    assert_eq!(session.key(window, Command::CloseWindow), [Effect::CloseWindow(window)]);
    assert_eq!(session.key(window, Command::Quit), [Effect::Quit]);
}

#[test]
fn escape_leaves_the_search_first() {
    let (mut session, window) = session();
    session.update(press(LUIS));
    session.update(Message::Main(main::Message::Sidebar(sidebar::Message::Searched("x".into()))));
    assert_eq!(session.key(window, Command::Back), [composer(&session)]);
    assert!(session.key(window, Command::Back).is_empty(), "to the latest message");
}

#[test]
fn who_missed_something_loads_all_anew() {
    let (mut session, _) = session();
    session.update(press(LUIS));
    session.update(Message::PageLoaded(latest(LUIS), Ok(vec![sent(LUIS, 1, "old", MessageState::Queued)])));
    assert_eq!(session.update(Message::Lagged), [Request::Reload.into()]);
    let effects = session.update(Message::Loaded(Ok(Box::new(sample::snapshot()))));
    assert_eq!(effects, [Effect::Show(Box::default()), Request::LoadPage(latest(LUIS)).into()]);
    session.update(Message::PageLoaded(latest(LUIS), Ok(vec![sent(LUIS, 1, "old", MessageState::Read)])));
    assert_eq!(session.chats[&LUIS].history.messages()[0].state, MessageState::Read);
}

#[test]
fn an_error_stands_where_it_matters() {
    let (mut session, window) = session();
    let (english, spanish) = (locale(Language::English), locale(Language::Spanish));
    session.update(Message::Failed(None, Error::TimedOut));
    let mut ui = simulator(session.view(window, &spanish));
    ui.find("No hubo respuesta a tiempo.").unwrap();
    drop(ui);
    session.update(Message::NoticeDismissed);
    assert!(simulator(session.view(window, &english)).find("No answer came in time.").is_err());

    session.update(press(LUIS));
    session.update(Message::Failed(Some(LUIS), Error::TimedOut));
    assert_eq!(session.notice, None);
    simulator(session.view(window, &english)).find("No answer came in time.").unwrap();
    happened(&mut session, vec![Event::Warning { text: Error::Offer("the disk is\nnearly full".into()).into() }]);
    simulator(session.view(window, &english)).find("the disk is nearly full").unwrap();
}

#[test]
fn who_answers_at_an_address_is_opened() {
    let (mut session, _) = session();
    let message = nobody::Message::Add(add::Message::Edited("10.0.0.2:48237".into()));
    session.update(Message::Main(main::Message::Nobody(message)));
    let effects = session.update(Message::Main(main::Message::Nobody(nobody::Message::Add(add::Message::Submitted))));
    assert_eq!(effects, [Request::Add("10.0.0.2:48237".into()).into()]);
    let effects = session.update(Message::AddFinished(Ok(sample::peer(RECEPTION, "reception"))));
    assert_eq!(effects, [Request::LoadPage(latest(RECEPTION)).into(), composer(&session)]);
}

#[test]
fn a_relay_that_is_added_is_told_and_not_opened() {
    let (mut session, window) = session();
    let relay = Peer { relay: true, ..sample::peer(PeerId::from_public_key([9; 32]), "library") };
    let here = session.people.count_here();
    assert!(session.update(Message::AddFinished(Ok(relay))).is_empty());
    assert_eq!(session.people.count_here(), here);
    let english = locale(Language::English);
    simulator(session.view(window, &english)).find("library is a relay. It is used from now on.").unwrap();
}

#[test]
fn an_invite_goes_to_the_clipboard() {
    let (mut session, window) = session();
    let pressed = sidebar::Message::InvitePressed;
    assert_eq!(session.update(Message::Main(main::Message::Sidebar(pressed))), [Request::Invite.into()]);
    let effects = session.update(Message::InviteMade(Ok("vecino:abc".into())));
    assert_eq!(effects, [Effect::Copy("vecino:abc".into())]);
    let english = locale(Language::English);
    let copied = "Your invite is copied. Whoever has it can add you, and use the relays that you use.";
    simulator(session.view(window, &english)).find(copied).unwrap();
    session.update(Message::InviteMade(Err(Error::Stopped)));
    assert_eq!(session.notice, Some(Notice::Failed(Error::Stopped)));
}

#[test]
fn an_empty_conversation_says_by_which_way_it_will_go() {
    let (mut session, window) = session();
    let english = locale(Language::English);
    for (peer, words) in [
        (LUIS, "What you write here goes straight to luis, and nowhere else."),
        (RECEPTION, "What you write here reaches reception through a relay, which can't read it."),
    ] {
        session.update(press(peer));
        session.update(Message::PageLoaded(latest(peer), Ok(Vec::new())));
        simulator(session.view(window, &english)).find(words).unwrap();
    }
}

#[test]
fn a_presence_shows_at_once() {
    let (mut session, _) = session();
    let chosen = sidebar::Message::PresenceChosen(Presence::Busy);
    let effects = session.update(Message::Main(main::Message::Sidebar(chosen)));
    assert_eq!(effects, [Request::SetPresence(Presence::Busy).into()]);
    assert_eq!(session.people.me().presence, Presence::Busy);
}

#[test]
fn a_narrow_window_shows_one_pane_with_a_way_back() {
    let (mut session, window) = session();
    session.window_resized(window, Size::new(400.0, 600.0));
    session.update(press(LUIS));
    session.update(Message::PageLoaded(latest(LUIS), Ok(sample::history())));
    let locale = locale(Language::English);
    let shows = |session: &Session, text: &str| simulator(session.view(window, &locale)).find(text).is_ok();
    assert!(shows(&session, "Great. Here is a photo of the site"));
    assert!(!shows(&session, "melani"));
    session.update(Message::Main(main::Message::Conversation(conversation::Message::BackPressed)));
    assert!(shows(&session, "melani"));

    session.window_resized(window, Size::new(600.0, 600.0));
    session.key(window, Command::Nth(0));
    assert!(shows(&session, "Great. Here is a photo of the site"));
    assert!(!shows(&session, "melani"), "only avatars");
}

#[test]
fn the_sheet_of_keys_is_shown_and_left() {
    let (mut session, window) = session();
    let locale = locale(Language::English);
    session.key(window, Command::Shortcuts);
    simulator(session.view(window, &locale)).find("Conversation above").unwrap();
    session.key(window, Command::Back);
    assert!(simulator(session.view(window, &locale)).find("Conversation above").is_err());
}

#[test]
fn the_next_unread_conversation_is_found_either_way() {
    let (mut session, window) = session();
    session.update(press(LUIS));
    for peer_id in [MELANI, FERNANDA] {
        happened(&mut session, vec![Event::Unread { peer_id, unread: 1 }]);
    }
    let open = |session: &Session| session.main.as_ref().and_then(main::State::open);
    session.key(window, Command::NextUnread);
    assert_eq!(open(&session), Some(MELANI));
    session.key(window, Command::NextUnread);
    assert_eq!(open(&session), Some(FERNANDA));
    assert!(session.key(window, Command::NextUnread).is_empty(), "nothing is left");
    happened(&mut session, vec![Event::Unread { peer_id: MELANI, unread: 1 }]);
    session.key(window, Command::PreviousUnread);
    assert_eq!(open(&session), Some(MELANI));
}

#[test]
fn the_main_window_is_raised_or_opened_anew_as_it_was() {
    let (mut session, window) = session();
    session.update(press(LUIS));
    assert_eq!(session.show(), [Effect::Raise(window)]);

    session.window_opened(window::Id::unique(), MELANI);
    assert!(!session.window_closed(window), "melani's is left");
    assert_eq!(session.show(), [Effect::OpenMain(Some(LUIS))]);
    let again = window::Id::unique();
    session.main_opened(again, SIZE, Some(LUIS));
    assert_eq!(session.main.as_ref().and_then(main::State::open), Some(LUIS));
    assert_eq!(session.show(), [Effect::Raise(again)]);

    session.window_closed(again);
    session.window_opened(window::Id::unique(), LUIS);
    assert_eq!(session.show(), [Effect::OpenMain(None)], "his has a window of its own by now");
}
