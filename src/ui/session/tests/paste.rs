//! What Ctrl+V brings besides words.

use super::*;
use crate::model::{FileName, Made};
use crate::ui::notice::Unfit;

fn words(words: &str) -> Option<Arc<String>> {
    Some(Arc::new(words.to_owned()))
}

/// Ctrl+V where the clipboard has no words.
fn paste(session: &mut Session) -> Vec<Effect> {
    let say = |message| Message::Main(main::Message::Conversation(message));
    session.update(say(conversation::Message::PasteBegan));
    session.update(say(conversation::Message::PasteEnded))
}

#[test]
fn files_and_pictures_are_offered_with_what_is_written() {
    let (mut session, _) = session();
    session.update(press(LUIS));
    assert_eq!(paste(&mut session), [Effect::SeekPaste(LUIS, None)]);
    let effects = session.update(Message::Pasted(LUIS, None, Clip::Files(vec!["/a.pdf".into()])));
    assert_eq!(effects, [Request::Share(LUIS, vec!["/a.pdf".into()], None).into(), Effect::AwaitLook(LUIS)]);

    write(&mut session, LUIS, "like this");
    let picture = Made { name: FileName::safe("Picture.png"), bytes: [1, 2].into() };
    paste(&mut session);
    let effects = session.update(Message::Pasted(LUIS, None, Clip::Picture(picture.clone())));
    let caption = Text::new("like this").unwrap();
    assert_eq!(effects, [Request::ShareMade(LUIS, picture, Some(caption)).into(), Effect::AwaitLook(LUIS)]);
    assert!(session.chats[&LUIS].draft.is_empty());
}

#[test]
fn it_goes_to_whom_it_was_pasted_for() {
    let (mut session, _) = session();
    session.update(press(LUIS));
    paste(&mut session);
    session.update(press(MELANI));
    assert!(paste(&mut session).is_empty(), "one at a time");
    let effects = session.update(Message::Pasted(LUIS, None, Clip::Files(vec!["/a.pdf".into()])));
    assert_eq!(effects[0], Request::Share(LUIS, vec!["/a.pdf".into()], None).into());
    assert_eq!(paste(&mut session), [Effect::SeekPaste(MELANI, None)]);
}

#[test]
fn words_that_stood_for_no_file_are_pasted_after_all() {
    let (mut session, _) = session();
    session.update(press(LUIS));
    paste(&mut session);
    let effects = session.update(Message::Pasted(LUIS, words("/etc/hosts"), Clip::Nothing));
    assert_eq!(effects[0], Request::Typing(LUIS, true).into());
    assert_eq!(session.chats[&LUIS].draft.text(), "/etc/hosts");
    paste(&mut session);
    session.seek_paste(LUIS, words(" /tmp"));
    assert_eq!(session.chats[&LUIS].draft.text(), "/etc/hosts /tmp", "while it's looked for something else");
    session.update(Message::Pasted(LUIS, words("/a.pdf"), Clip::Files(vec!["/a.pdf".into()])));
    assert!(session.chats[&LUIS].draft.is_empty(), "they stood for the file, and what was written went along");
}

#[test]
fn a_picture_that_cannot_be_sent_is_said_to_be_so() {
    let (mut session, window) = session();
    session.update(press(LUIS));
    let (english, spanish) = (locale(Language::English), locale(Language::Spanish));
    paste(&mut session);
    session.update(Message::Pasted(LUIS, None, Clip::Unfit(Unfit::TooLarge)));
    let words = "The picture on the clipboard is too large to be sent. Save it as a file, and send that.";
    simulator(session.view(window, &english)).find(words).unwrap();
    paste(&mut session);
    session.update(Message::Pasted(LUIS, None, Clip::Unfit(Unfit::Damaged)));
    simulator(session.view(window, &spanish)).find("No se puede leer la imagen del portapapeles.").unwrap();
}
