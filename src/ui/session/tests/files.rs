//! What is picked or dropped, offered and taken.

use super::*;

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
        let skipped_names = names.iter().map(|name| (*name).into()).collect();
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
        assert_eq!(crate::ui::session::transfers::fulfil(LUIS, id, wish), effect);
    }
}
