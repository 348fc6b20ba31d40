use std::time::Instant;

use super::*;
use crate::model::{MessageState, Presence, ThemeChoice};
use crate::ui::keys::Command;
use crate::ui::locale::Language;
use crate::ui::sample::{self, FERNANDA, LUIS, MELANI, RECEPTION, SIZE, locale, message_id, received, sent, simulator};
use crate::ui::screen::sidebar::SEARCH;
use crate::ui::screen::{self, transfers};
use crate::ui::transfer::{Press, Wish};

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
        [Request::LoadPage(MELANI, None).into(), composer(&session), Request::MarkRead(MELANI).into()];
    assert_eq!(effects, expected);
    assert_eq!(session.people.unread_in_all(), 0);

    session.update(Message::PageLoaded(MELANI, None, Ok(vec![received(MELANI, 201, "hola")])));
    session.update(press(LUIS));
    assert_eq!(session.update(press(MELANI)), [composer(&session)], "all is there already");
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
    let scrolled = |below| {
        let place = conversation::Place { above: 1_000.0, below, height: 2_000.0 };
        Message::Main(main::Message::Conversation(conversation::Message::Scrolled(place)))
    };
    let came =
        |lamport| vec![Event::Message(received(LUIS, lamport, "hola")), Event::Unread { peer_id: LUIS, unread: 1 }];
    let marked = Effect::from(Request::MarkRead(LUIS));

    session.update(scrolled(500.0));
    assert!(happened(&mut session, came(500)).is_empty());
    assert!(session.update(scrolled(500.0)).is_empty());
    assert_eq!(session.people.unread(&LUIS), 1);
    assert_eq!(session.update(scrolled(0.0)), std::slice::from_ref(&marked));

    session.update(scrolled(500.0));
    assert!(happened(&mut session, came(501)).is_empty());
    assert_eq!(session.key(window, Command::Back).last(), Some(&marked));
    assert_eq!(session.people.unread(&LUIS), 0);
}

#[test]
fn a_message_is_sent_shown_and_followed() {
    let (mut session, window) = session();
    session.update(press(LUIS));
    session.update(Message::PageLoaded(LUIS, None, Ok(Vec::new())));
    write(&mut session, LUIS, "hola\n");
    let text = Text::new("hola").unwrap();
    let effects = session.update(submit());
    assert_eq!(effects[0], Request::Send(LUIS, text.clone()).into());
    assert!(matches!(effects[1..], [Effect::ScrollToEnd(_)]));

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
    session.update(Message::SendFinished(LUIS, text, Err(Error::Store("the disk is full".into()))));
    assert_eq!(session.chats[&LUIS].draft.text(), "precious\ntyped since");
    let locale = locale(Language::English);
    simulator(session.view(window, &locale)).find("the disk is full").unwrap();
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
fn a_conversation_moves_to_a_window_of_its_own() {
    let (mut session, main) = session();
    session.update(press(LUIS));
    assert_eq!(session.key(main, Command::PopOut), [Effect::OpenWindow(LUIS)]);
    let own = window::Id::unique();
    let effects = session.window_opened(own, LUIS);
    assert!(matches!(effects.last(), Some(Effect::Focus(_))));
    assert_eq!(session.title(own), "luis");
    session.update(Message::PageLoaded(LUIS, None, Ok(sample::history())));
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
    assert!(matches!(session.key(window, Command::Back)[..], [Effect::ScrollToEnd(_)]));
}

fn share(peer: PeerId, paths: &[&str]) -> [Effect; 2] {
    let request = Request::Share(peer, paths.iter().map(|path| path.into()).collect(), None);
    [request.into(), Effect::AwaitLook(peer)]
}

#[test]
fn files_dropped_together_are_one_offer_to_whom_the_window_shows() {
    let (mut session, window) = session();
    assert!(session.file_dropped(window, "/a.pdf".into()).is_empty(), "nobody is shown");
    let locale = locale(Language::English);
    let words = "Nothing was sent: open a conversation, and drop files there.";
    simulator(session.view(window, &locale)).find(words).unwrap();
    session.update(press(LUIS));
    assert_eq!(session.file_dropped(window, "/a.pdf".into()), [Effect::AwaitDrops]);
    assert!(session.file_dropped(window, "/b.pdf".into()).is_empty());
    assert_eq!(session.update(Message::DropsAwaited), [Effect::AwaitDrops], "more came, and more may");
    assert_eq!(session.update(Message::DropsAwaited), share(LUIS, &["/a.pdf", "/b.pdf"]));
    assert!(session.update(Message::DropsAwaited).is_empty());

    session.file_dropped(window, "/c.pdf".into());
    session.update(press(MELANI));
    let effects = session.file_dropped(window, "/d.pdf".into());
    assert_eq!(effects[..2], share(LUIS, &["/c.pdf"]), "each goes to whom it was dropped on");
    assert_eq!(effects[2..], [Effect::AwaitDrops]);
    assert_eq!(session.update(Message::DropsAwaited), share(MELANI, &["/d.pdf"]));
}

#[test]
fn what_is_held_over_a_window_is_told_where_it_goes() {
    let (mut session, window) = session();
    session.files_hovered(window);
    session.update(press(LUIS));
    let locale = locale(Language::English);
    let shows = |session: &Session| simulator(session.view(window, &locale)).find("Drop here to send to luis").is_ok();
    assert!(!shows(&session));
    session.files_hovered(window);
    assert!(shows(&session));
    session.files_left(window);
    assert!(!shows(&session));
    session.files_hovered(window);
    session.file_dropped(window, "/a.pdf".into());
    assert!(!shows(&session));
}

#[test]
fn what_was_picked_is_offered_or_taken() {
    let (mut session, _) = session();
    let chosen = Message::PathsChosen(LUIS, vec!["/b.pdf".into(), "/c".into()]);
    assert_eq!(session.update(chosen), share(LUIS, &["/b.pdf", "/c"]));
    let id = message_id(107).transfer();
    let effects = session.update(Message::TargetChosen(LUIS, id, "/tmp".into()));
    assert_eq!(effects, [Request::Accept(LUIS, id, Some("/tmp".into())).into()]);
}

#[test]
fn what_was_left_out_of_an_offer_is_told() {
    let (mut session, window) = session();
    session.update(press(LUIS));
    let shared = |skipped, names: &[&str]| {
        let skipped_names = names.iter().map(|name| (*name).to_owned()).collect();
        let shared = Shared { transfer: sample::sending(), skipped, skipped_names };
        Message::ShareFinished(LUIS, None, Ok(Box::new(shared)))
    };
    let (english, spanish) = (locale(Language::English), locale(Language::Spanish));
    let words = "4 things were left out; links, special files and what can't be read aren't sent: \
                 a (a link), b (a pipe), c (a socket), …";
    session.update(shared(0, &[]));
    assert!(simulator(session.view(window, &english)).find(words).is_err());
    session.update(shared(4, &["a (a\nlink)", "b (a pipe)", "c (a socket)", "d (a link)"]));
    simulator(session.view(window, &english)).find(words).unwrap();
    session.update(shared(1, &["a"]));
    let words = "Se omitió 1 elemento; no se envían enlaces, archivos especiales ni lo que no se puede leer: a";
    simulator(session.view(window, &spanish)).find(words).unwrap();

    session.update(Message::ShareFinished(LUIS, None, Err(Error::TimedOut)));
    simulator(session.view(window, &english)).find("No answer came in time.").unwrap();
}

#[test]
fn what_takes_long_to_look_through_is_told_until_all_of_it_is_offered() {
    let (mut session, window) = session();
    session.update(press(LUIS));
    let locale = locale(Language::English);
    let words = "Looking through what is to be sent to luis…";
    let shows = |session: &Session| simulator(session.view(window, &locale)).find(words).is_ok();
    let shared = |session: &mut Session| {
        let shared = Shared { transfer: sample::sending(), skipped: 0, skipped_names: Vec::new() };
        session.update(Message::ShareFinished(LUIS, None, Ok(Box::new(shared))))
    };
    let awaited = |session: &mut Session| session.update(Message::LookAwaited(LUIS));
    session.update(Message::PathsChosen(LUIS, vec!["/small".into()]));
    shared(&mut session);
    awaited(&mut session);
    assert!(!shows(&session), "it was through sooner");

    session.update(Message::PathsChosen(LUIS, vec!["/large".into()]));
    session.update(Message::PathsChosen(LUIS, vec!["/larger".into()]));
    assert!(!shows(&session));
    awaited(&mut session);
    assert!(shows(&session));
    shared(&mut session);
    assert!(shows(&session), "one of the two is still looked through");
    shared(&mut session);
    assert!(!shows(&session));

    session.update(Message::PathsChosen(LUIS, vec!["/large".into()]));
    session.update(press(MELANI));
    awaited(&mut session);
    assert!(shows(&session), "above all, where the conversation isn't shown");
    shared(&mut session);
    assert!(!shows(&session));
}

#[test]
fn what_was_written_goes_along_with_files_as_is_said_before() {
    let (mut session, window) = session();
    session.update(press(LUIS));
    let locale = locale(Language::English);
    let words = "What you have written goes along";
    let shows = |session: &Session| simulator(session.view(window, &locale)).find(words).is_ok();
    let attach = || Message::Main(main::Message::Conversation(conversation::Message::AttachPressed));
    session.update(attach());
    assert!(!shows(&session), "nothing is written");
    write(&mut session, LUIS, "the drawings\n");
    assert!(shows(&session));
    session.update(attach());
    assert!(!shows(&session));
    session.files_hovered(window);
    assert!(shows(&session));

    let caption = Text::new("the drawings").unwrap();
    let effects = session.update(Message::PathsChosen(LUIS, vec!["/a".into()]));
    assert_eq!(effects[0], Request::Share(LUIS, vec!["/a".into()], Some(caption.clone())).into());
    assert!(session.chats[&LUIS].draft.is_empty());
    write(&mut session, LUIS, "typed since");
    session.update(Message::ShareFinished(LUIS, Some(caption), Err(Error::TimedOut)));
    assert_eq!(session.chats[&LUIS].draft.text(), "the drawings\ntyped since", "it wasn't sent");
}

#[test]
fn the_transfers_come_and_go() {
    let (mut session, window) = session();
    session.update(press(MELANI));
    assert_eq!(session.key(window, Command::Transfers), [Effect::Raise(window)]);
    let locale = locale(Language::English);
    simulator(session.view(window, &locale)).find("Transfers").unwrap();
    let unread = Event::Unread { peer_id: MELANI, unread: 1 };
    assert!(happened(&mut session, vec![unread]).is_empty(), "what isn't in view isn't read");

    let transfers = |message| Message::Main(main::Message::Transfers(message));
    let id = sample::sending().id;
    let pressed = transfers::Message::FilePressed(LUIS, id, Press::Wish(Wish::Pause));
    assert_eq!(session.update(transfers(pressed)), [Request::Pause(LUIS, id).into()]);

    let effects = session.key(window, Command::Back);
    assert_eq!(session.main.as_ref().and_then(main::State::open), Some(MELANI));
    assert_eq!(effects.last(), Some(&Request::MarkRead(MELANI).into()));
    session.update(Message::Main(main::Message::Sidebar(sidebar::Message::TransfersPressed)));
    session.update(transfers(transfers::Message::PeerPressed(LUIS)));
    assert_eq!(session.main.as_ref().and_then(main::State::open), Some(LUIS));
}

#[test]
fn each_wish_asks_for_one_thing() {
    let id = sample::sending().id;
    for (wish, effect) in [
        (Wish::Accept, Request::Accept(LUIS, id, None).into()),
        (Wish::SaveTo, Effect::ChooseTarget(LUIS, id)),
        (Wish::Decline, Request::Decline(LUIS, id).into()),
        (Wish::Pause, Request::Pause(LUIS, id).into()),
        (Wish::Resume, Request::Resume(LUIS, id).into()),
        (Wish::Cancel, Request::Cancel(LUIS, id).into()),
        (Wish::Open("/a".into()), Effect::OpenPath("/a".into())),
    ] {
        assert_eq!(super::transfers::fulfil(LUIS, id, wish), effect);
    }
}

#[test]
fn who_missed_something_loads_all_anew() {
    let (mut session, _) = session();
    session.update(press(LUIS));
    session.update(Message::PageLoaded(LUIS, None, Ok(vec![sent(LUIS, 1, "old", MessageState::Queued)])));
    assert_eq!(session.update(Message::Lagged), [Request::Reload.into()]);
    let effects = session.update(Message::Loaded(Ok(Box::new(sample::snapshot()))));
    assert_eq!(effects, [Effect::Show(Box::default()), Request::LoadPage(LUIS, None).into()]);
    session.update(Message::PageLoaded(LUIS, None, Ok(vec![sent(LUIS, 1, "old", MessageState::Read)])));
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
    happened(&mut session, vec![Event::Warning { text: "the disk is\nnearly full".into() }]);
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
    assert_eq!(effects, [Request::LoadPage(RECEPTION, None).into(), composer(&session)]);
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
        session.update(Message::PageLoaded(peer, None, Ok(Vec::new())));
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
    session.update(Message::PageLoaded(LUIS, None, Ok(sample::history())));
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
fn a_setting_applies_at_once_and_is_kept() {
    let (mut session, window) = session();
    session.update(press(LUIS));
    session.key(window, Command::Settings);
    let locale = locale(Language::English);
    simulator(session.view(window, &locale)).find("Appearance").unwrap();
    let chosen = screen::settings::Message::ThemeChosen(ThemeChoice::Dark);
    let effects = session.update(Message::Main(main::Message::Settings(chosen)));
    let dark = Settings { theme: ThemeChoice::Dark, ..Settings::default() };
    let expected: [Effect; 2] =
        [Effect::Show(Box::new(dark.clone())), Request::ChangeSettings(Box::new(dark.clone())).into()];
    assert_eq!(effects, expected);

    let failed = session.update(Message::SettingsKept(Err(Error::Store("the disk is full".into()))));
    assert_eq!(failed, [Request::Reload.into()]);
    let effects = session.update(Message::Loaded(Ok(Box::new(sample::snapshot()))));
    assert_eq!(effects[0], Effect::Show(Box::default()), "as it's kept");
    assert_eq!(session.key(window, Command::Back), [composer(&session)], "back to luis");
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
