//! The menu of a conversation, and saving it.

use std::path::PathBuf;

use super::*;

fn say(message: conversation::Message) -> Message {
    Message::Main(main::Message::Conversation(message))
}

#[test]
fn the_menus_key_opens_it_and_escape_or_the_sidebar_closes_it() {
    let (mut session, window) = session();
    assert!(session.key(window, Command::Menu).is_empty(), "nobody is shown");
    session.update(press(LUIS));
    let locale = locale(Language::English);
    let is_open = |session: &Session| simulator(session.view(window, &locale)).find("Save the conversation…").is_ok();
    assert!(matches!(session.key(window, Command::Menu)[..], [Effect::Focus(_)]));
    assert!(is_open(&session));
    assert_eq!(session.key(window, Command::Back), [composer(&session)]);
    assert!(!is_open(&session));
    session.key(window, Command::Menu);
    assert_eq!(session.key(window, Command::Menu), [composer(&session)]);
    assert!(!is_open(&session));
    session.key(window, Command::Menu);
    session.update(Message::Main(main::Message::Sidebar(sidebar::Message::Searched("l".into()))));
    assert!(!is_open(&session));
}

#[test]
fn a_conversation_is_saved_where_one_chose_and_it_is_said_where() {
    let (mut session, window) = session();
    session.update(press(LUIS));
    let name = session.full_name(&LUIS);
    let chosen = conversation::Choice::Export;
    let effects = session.update(say(conversation::Message::MenuChosen(chosen)));
    assert_eq!(effects, [Effect::ChooseExport(LUIS, name.clone())]);
    let path = PathBuf::from("/home/ana/luis.txt");
    let effects = session.update(Message::ExportChosen(LUIS, path.clone()));
    assert_eq!(effects, [Effect::Export(LUIS, name, path.clone())]);
    let (english, spanish) = (locale(Language::English), locale(Language::Spanish));
    simulator(session.view(window, &english)).find("Saving the conversation…").unwrap();
    session.update(Message::ExportFinished(LUIS, Ok(path.clone())));
    simulator(session.view(window, &spanish)).find("Guardada como /home/ana/luis.txt").unwrap();
    let mut ui = simulator(session.view(window, &english));
    ui.click("Show in folder").unwrap();
    let shown: Vec<Message> = ui.into_messages().collect();
    let effects: Vec<Effect> = shown.into_iter().flat_map(|message| session.update(message)).collect();
    assert_eq!(effects, [Effect::OpenPath("/home/ana".into())]);

    session.update(press(MELANI));
    session.update(Message::ExportFinished(LUIS, Ok(path.clone())));
    let mut ui = simulator(session.view(window, &english));
    ui.click("Show in folder").unwrap();
    assert!(matches!(ui.into_messages().next(), Some(Message::NoticePressed)), "above all, as another is open");
    assert_eq!(session.update(Message::NoticePressed), [Effect::OpenPath("/home/ana".into())]);

    let full = Error::File { path, cause: "the disk is full".into() };
    session.update(Message::ExportFinished(MELANI, Err(full)));
    simulator(session.view(window, &english)).find("The conversation can't be saved: the disk is full").unwrap();
}
