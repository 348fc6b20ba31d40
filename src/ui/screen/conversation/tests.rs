use std::sync::Arc;

use iced::Event;
use iced::keyboard::key::Named;
use iced::keyboard::{self, Key, Modifiers};
use iced_test::simulator::press_key;

use super::*;
use crate::model::{MessageState, Span};
use crate::ui::history::Page;
use crate::ui::locale::Language;
use crate::ui::sample::{self, ANA, FERNANDA, LUIS, locale, message_id, received, sent, simulator};
use crate::ui::transfer::Wish;
use crate::ui::widget::Seen;

fn people() -> People {
    People::new(sample::snapshot())
}

fn chat(messages: Vec<Sent>) -> Chat {
    let mut chat = Chat::new(ANA, None);
    chat.history.ask_older();
    chat.history.add_page(Span::Latest, messages);
    chat
}

fn known(people: &People) -> Known<'_> {
    static NONE: std::sync::LazyLock<Pictures> = std::sync::LazyLock::new(Pictures::default);
    Known { people, pictures: &NONE }
}

fn state() -> State {
    State::new(window::Id::unique(), LUIS, 0)
}

/// What the person's doings in the composer come to.
fn written(state: &mut State, chat: &mut Chat, events: impl IntoIterator<Item = Event>) -> Vec<Action> {
    let (people, locale) = (people(), locale(Language::English));
    let mut actions = Vec::new();
    for event in events {
        let mut ui = simulator(state.view(chat, known(&people), Frame::Pane, &locale));
        ui.click(state.composer()).unwrap();
        ui.simulate([event]);
        // Putting the cursor there says nothing of interest.
        let messages: Vec<Message> = ui
            .into_messages()
            .filter(|message| !matches!(message, Message::Edited(text_editor::Action::Click(_))))
            .collect();
        actions.extend(messages.into_iter().map(|message| state.update(message, chat)));
    }
    actions
}

fn type_text(text: &str) -> Vec<Event> {
    text.chars().map(|c| press_key(Key::Character(c.to_string().into()), Some(c.to_string().into()))).collect()
}

fn enter(held: Modifiers) -> Event {
    let mut event = press_key(Named::Enter, Some("\r".into()));
    if let Event::Keyboard(keyboard::Event::KeyPressed { modifiers, .. }) = &mut event {
        *modifiers = held;
    }
    event
}

#[test]
fn enter_sends_what_was_written() {
    let (mut state, mut chat) = (state(), chat(Vec::new()));
    written(&mut state, &mut chat, type_text("h"));
    assert_eq!(chat.draft.text(), "h");
    let actions = written(&mut state, &mut chat, [enter(Modifiers::empty())]);
    assert_eq!(actions, [Action::Send(LUIS, Text::new("h").unwrap())]);
    assert!(chat.draft.is_empty());
}

#[test]
fn shift_enter_breaks_the_line() {
    let (mut state, mut chat) = (state(), chat(Vec::new()));
    written(&mut state, &mut chat, type_text("h"));
    let actions = written(&mut state, &mut chat, [enter(Modifiers::SHIFT)]);
    assert_eq!(actions, [Action::None]);
    assert_eq!(chat.draft.line_count(), 2);
}

#[test]
fn keys_of_the_table_write_nothing() {
    let (mut state, mut chat) = (state(), chat(Vec::new()));
    let mut key = press_key(Key::Character("k".into()), Some("\u{b}".into()));
    if let Event::Keyboard(keyboard::Event::KeyPressed { modifiers, .. }) = &mut key {
        *modifiers = Modifiers::COMMAND;
    }
    assert!(written(&mut state, &mut chat, [key]).is_empty());
    assert!(chat.draft.is_empty());
}

#[test]
fn a_paste_without_words_is_looked_for_elsewhere() {
    let (mut state, mut chat) = (state(), chat(Vec::new()));
    let mut key = press_key(Key::Character("v".into()), Some("\u{16}".into()));
    if let Event::Keyboard(keyboard::Event::KeyPressed { modifiers, .. }) = &mut key {
        *modifiers = Modifiers::COMMAND;
    }
    // The clipboard of a simulator is empty.
    let actions = written(&mut state, &mut chat, [key]);
    assert_eq!(actions, [Action::None, Action::SeekPaste(LUIS, None)]);
    let mut paste = |words: &str| {
        let words = Arc::new(words.to_owned());
        let pasted = text_editor::Action::Edit(Edit::Paste(words));
        [Message::PasteBegan, Message::Edited(pasted), Message::PasteEnded].map(|said| state.update(said, &mut chat))
    };
    assert_eq!(paste("hola"), [Action::None, Action::None, Action::None]);
    let file = "/home/ana/b.pdf";
    let sought = Action::SeekPaste(LUIS, Some(Arc::new(file.to_owned())));
    assert_eq!(paste(file), [Action::None, Action::None, sought], "a file manager may have put it there");
    assert_eq!(chat.draft.text(), "hola");
}

#[test]
fn the_menu_opens_leads_on_and_closes() {
    let (people, locale) = (people(), locale(Language::English));
    let (mut state, mut chat) = (state(), chat(Vec::new()));
    let more = char::from(lucide_icons::Icon::EllipsisVertical).to_string();
    let pressed = |state: &State, chat: &Chat, frame, label: &str| -> Vec<Message> {
        let mut ui = simulator(state.view(chat, known(&people), frame, &locale));
        ui.click(label).map(|_| ui.into_messages().collect()).unwrap_or_default()
    };
    let only = |messages: Vec<Message>| <[Message; 1]>::try_from(messages).unwrap()[0].clone();
    for (label, action) in [
        ("Open in its own window", Action::PopOut(LUIS)),
        ("Find in this conversation", Action::Focus(state.find_field())),
        ("Send files…", Action::ChooseFiles(LUIS)),
        ("Send a folder…", Action::ChooseFolders(LUIS)),
        ("Save the conversation…", Action::ChooseExport(LUIS)),
    ] {
        assert!(pressed(&state, &chat, Frame::Pane, label).is_empty());
        let open = only(pressed(&state, &chat, Frame::Pane, &more));
        assert_eq!(state.update(open, &mut chat), Action::Focus(state.menu_entry(0)));
        let chosen = only(pressed(&state, &chat, Frame::Pane, label));
        assert_eq!(state.update(chosen, &mut chat), action);
        state.leave();
    }
    state.update(Message::MenuPressed, &mut chat);
    assert!(pressed(&state, &chat, Frame::Window, "Open in its own window").is_empty(), "it's there");
    let mut ui = simulator(state.view(&chat, known(&people), Frame::Pane, &locale));
    ui.point_at(iced::Point::new(100.0, 500.0));
    ui.simulate(iced_test::simulator::click());
    let left = only(ui.into_messages().collect());
    assert_eq!(state.update(left, &mut chat), Action::Focus(state.composer()), "a press beside it");
    assert!(!state.leave_menu());
}

#[test]
fn nothing_is_sent_of_nothing_and_too_much_is_said() {
    let (mut state, mut chat) = (state(), chat(Vec::new()));
    chat.draft = Content::with_text(" \n ");
    assert_eq!(state.update(Message::Submitted, &mut chat), Action::None);
    assert_eq!(state.notice, None);

    chat.draft = Content::with_text(&"x".repeat(70_000));
    assert_eq!(state.update(Message::Submitted, &mut chat), Action::None);
    assert_eq!(chat.draft.text().len(), 70_000, "the draft stays");
    let (people, english, spanish) = (people(), locale(Language::English), locale(Language::Spanish));
    let mut ui = simulator(state.view(&chat, known(&people), Frame::Pane, &english));
    ui.find("This message has 70 kB; at most 65.5 kB can be sent in one. Send it as a file instead.").unwrap();
    drop(ui);
    let mut ui = simulator(state.view(&chat, known(&people), Frame::Pane, &spanish));
    ui.find("Este mensaje tiene 70 kB; como mucho se pueden enviar 65,5 kB en uno. Envíalo como archivo.").unwrap();
}

#[test]
fn an_offer_is_taken_or_refused() {
    let (people, locale) = (people(), locale(Language::English));
    let id = message_id(107).transfer();
    for (button, action) in [
        ("Accept", Action::Fulfil(LUIS, id, Wish::Accept)),
        ("Save to…", Action::Fulfil(LUIS, id, Wish::SaveTo)),
        ("Decline", Action::Fulfil(LUIS, id, Wish::Decline)),
    ] {
        let (mut state, mut chat) = (state(), chat(sample::history()));
        let mut ui = simulator(state.view(&chat, known(&people), Frame::Pane, &locale));
        ui.click(button).unwrap();
        let actions: Vec<Action> = ui
            .into_messages()
            .collect::<Vec<_>>()
            .into_iter()
            .map(|message| state.update(message, &mut chat))
            .collect();
        assert_eq!(actions, [action]);
    }
}

#[test]
fn a_running_transfer_is_cancelled_after_a_question() {
    let (people, locale) = (people(), locale(Language::English));
    let (mut state, mut chat) = (state(), chat(sample::history()));
    let mut press = |label: &str| {
        let mut ui = simulator(state.view(&chat, known(&people), Frame::Pane, &locale));
        ui.click(label).unwrap();
        let messages: Vec<Message> = ui.into_messages().collect();
        messages.into_iter().map(|message| state.update(message, &mut chat)).collect::<Vec<_>>()
    };
    assert_eq!(press(&char::from(lucide_icons::Icon::X).to_string()), [Action::None]);
    assert_eq!(press("Cancel it"), [Action::Fulfil(LUIS, sample::sending().id, Wish::Cancel)]);
}

#[test]
fn files_and_folders_are_picked_from_a_menu() {
    let (people, locale) = (people(), locale(Language::English));
    let (mut state, mut chat) = (state(), chat(sample::history()));
    let mut press = |label: &str| {
        let mut ui = simulator(state.view(&chat, known(&people), Frame::Pane, &locale));
        ui.click(label).ok()?;
        let messages: Vec<Message> = ui.into_messages().collect();
        messages.into_iter().map(|message| state.update(message, &mut chat)).next_back()
    };
    let plus = char::from(lucide_icons::Icon::Plus).to_string();
    assert_eq!(press("Files…"), None);
    assert_eq!(press(&plus), Some(Action::None));
    assert_eq!(press("Files…"), Some(Action::ChooseFiles(LUIS)));
    assert_eq!(press("Folder…"), None, "the menu has closed");
    press(&plus);
    assert_eq!(press("Folder…"), Some(Action::ChooseFolders(LUIS)));
    press(&plus);
    assert_eq!(press("Morning! Did the drawings arrive?"), Some(Action::None), "beside the menu");
    assert_eq!(press("Files…"), None);
    press(&plus);
    assert!(state.leave());
    assert!(!state.leave());
}

#[test]
fn a_failed_message_says_why_and_a_waiting_one_for_whom() {
    let (people, locale) = (people(), locale(Language::English));
    let mut failed = sent(FERNANDA, 1, "hola", MessageState::Failed);
    failed.peer = FERNANDA;
    failed.error = Some("the other side does not accept messages from you".into());
    let chat = chat(vec![failed, sent(FERNANDA, 2, "are you there?", MessageState::Queued)]);
    let state = State::new(window::Id::unique(), FERNANDA, 0);
    let mut ui = simulator(state.view(&chat, known(&people), Frame::Pane, &locale));
    ui.find("Not sent: the other side does not accept messages from you").unwrap();
    ui.find("fernanda isn't here. Messages are kept and go out as soon as they are.").unwrap();
}

#[test]
fn new_stands_above_what_had_not_been_read() {
    let messages = vec![received(LUIS, 1, "a"), received(LUIS, 2, "b"), received(LUIS, 3, "c")];
    let mut state = State::new(window::Id::unique(), LUIS, 2);
    state.page_loaded(&chat(messages));
    assert_eq!(state.new_from, Some(message_id(2)));
    state.message_added(&received(LUIS, 4, "d"), false);
    assert_eq!(state.new_from, Some(message_id(2)), "the line stays");
    state.message_added(&sent(LUIS, 5, "e", MessageState::Queued), true);
    assert_eq!(state.new_from, None, "who answers has read");
    state.message_added(&received(LUIS, 6, "f"), false);
    assert_eq!(state.new_from, Some(message_id(6)));
}

fn many(from: u64, to: u64) -> Vec<Sent> {
    (from..to).map(|lamport| received(LUIS, lamport, "hola")).collect()
}

const fn seen(above: usize, below: usize) -> Message {
    Message::Moved(Seen { above, below, at_the_end: below == 0, first: None, aimed: None })
}

#[test]
fn scrolling_up_loads_what_was_before_and_counts_what_comes() {
    let (mut state, mut chat) = (state(), chat(many(1_001, 1_101)));
    assert_eq!(state.update(seen(90, 0), &mut chat), Action::None);
    assert_eq!(state.update(seen(60, 30), &mut chat), Action::None);
    assert!(!state.is_at_the_end());
    let older = Page { peer: LUIS, window: None, span: Span::Before(message_id(1_001)) };
    assert_eq!(state.update(seen(10, 80), &mut chat), Action::Load(older));
    assert_eq!(state.update(seen(5, 85), &mut chat), Action::None, "it's on its way");
    chat.history.add_page(older.span, many(901, 1_001));
    state.message_added(&received(LUIS, 2_000, "hola"), true);
    let (people, locale) = (people(), locale(Language::English));
    let mut ui = simulator(state.view(&chat, known(&people), Frame::Pane, &locale));
    ui.click("1 new message").unwrap();
    for message in ui.into_messages().collect::<Vec<_>>() {
        state.update(message, &mut chat);
    }
    assert!(state.is_at_the_end());
}

#[test]
fn who_goes_far_back_does_so_alone_and_comes_back() {
    let (mut state, mut chat) = (state(), chat(many(10_000, 10_100)));
    let mut first = 10_000;
    while !chat.history.is_full() {
        let Action::Load(page) = state.update(seen(0, 90), &mut chat) else { panic!("nothing is loaded") };
        assert_eq!(page.window, None);
        chat.history.add_page(page.span, many(first - 100, first));
        first -= 100;
    }
    let Action::Load(page) = state.update(seen(0, 590), &mut chat) else { panic!("nothing is loaded") };
    assert_eq!((page.window, page.span), (Some(state.place.window()), Span::Before(message_id(first))));
    state.place_mut().page_loaded(page.span, Some(many(first - 100, first)), ANA);
    assert_eq!(chat.history.messages().last().unwrap().lamport, 10_099, "what all share keeps its end");
    assert_eq!(state.history(&chat).messages().last().unwrap().lamport, 9_999, "this one lets it go");
    let Action::Load(page) = state.update(seen(590, 0), &mut chat) else { panic!("nothing is loaded") };
    assert_eq!(page.span, Span::After(message_id(9_999)));
    assert!(!state.is_at_the_end(), "of what is loaded alone");
    state.place_mut().page_loaded(page.span, Some(many(10_000, 10_099)), ANA);
    state.update(seen(590, 0), &mut chat);
    assert!(state.is_at_the_end());
    assert_eq!(state.history(&chat).messages().last().unwrap().lamport, 10_099);
}

#[test]
fn what_is_found_is_gone_to_wherever_it_is() {
    let (mut state, mut chat) = (state(), chat(many(1_001, 1_101)));
    let (people, locale) = (people(), locale(Language::English));
    state.open_find();
    let Action::Search(query) = state.update(Message::Find(find::Message::Edited("taco".into())), &mut chat) else {
        panic!("nothing is looked for")
    };
    let hit = received(LUIS, 500, "taco");
    let around = Page { peer: LUIS, window: Some(state.place.window()), span: Span::Around(hit.id) };
    assert_eq!(state.found(&query, Some(vec![hit.clone()]), &chat), Action::Load(around));
    let mut page = many(450, 551);
    page[50] = hit;
    state.place_mut().page_loaded(around.span, Some(page), ANA);
    assert!(!state.is_at_the_end());
    let mut ui = simulator(state.view(&chat, known(&people), Frame::Pane, &locale));
    ui.find("taco").unwrap();
    ui.find("1 of 1").unwrap();
    drop(ui);
    assert!(state.leave(), "the bar and the mark go");
    assert!(!state.leave());
    state.show_end();
    assert_eq!(state.history(&chat).messages().last().unwrap().lamport, 1_100);
}

#[test]
fn a_message_can_be_copied() {
    let (mut state, mut chat) = (state(), chat(sample::history()));
    let action = state.update(Message::CopyPressed(message_id(104)), &mut chat);
    assert_eq!(action, Action::Copy("Sending both as one folder".into()));
    assert_eq!(state.update(Message::CopyPressed(message_id(1)), &mut chat), Action::None);
}

#[test]
fn each_frame_has_its_way_out() {
    let (people, locale, chat) = (people(), locale(Language::English), chat(Vec::new()));
    let state = state();
    let buttons = |frame| {
        let mut ui = simulator(state.view(&chat, known(&people), frame, &locale));
        let mut has = |icon: lucide_icons::Icon| ui.find(char::from(icon).to_string().as_str()).is_ok();
        (has(lucide_icons::Icon::ArrowLeft), has(lucide_icons::Icon::PictureInPicture2))
    };
    assert_eq!(buttons(Frame::Pane), (false, true));
    assert_eq!(buttons(Frame::Alone), (true, false), "in a narrow window it's in the menu");
    assert_eq!(buttons(Frame::Window), (false, false));
}

/// What comes of the presses on these, one after another.
fn pressed(state: &mut State, chat: &mut Chat, targets: &[&str]) -> Vec<Action> {
    let (people, locale) = (people(), locale(Language::English));
    let mut actions = Vec::new();
    for target in targets {
        let mut ui = simulator(state.view(chat, known(&people), Frame::Pane, &locale));
        ui.click(*target).unwrap();
        let messages: Vec<Message> = ui.into_messages().collect();
        actions.extend(messages.into_iter().map(|message| state.update(message, chat)));
    }
    actions
}

#[test]
fn a_link_is_opened_only_after_it_was_said_where_it_leads() {
    let link = "https://аpple.com/some/long/page";
    let address = "https://xn--pple-43d.com/some/long/page";
    let (mut state, mut chat) = (state(), chat(vec![received(LUIS, 1, link)]));
    let asked = Action::Focus(state.answer());
    assert_eq!(pressed(&mut state, &mut chat, &[link]), [asked]);
    let (people, english) = (people(), locale(Language::English));
    let mut ui = simulator(state.view(&chat, known(&people), Frame::Pane, &english));
    ui.find("This link leads to xn--pple-43d.com. Open it?").unwrap();
    ui.find(address).unwrap();
    drop(ui);
    assert_eq!(pressed(&mut state, &mut chat, &["Open"]), [Action::OpenLink(address.to_owned())]);
    assert_eq!(state.link, None, "once");

    let copied = pressed(&mut state, &mut chat, &[link, "Copy"]);
    assert_eq!(copied[1..], [Action::Copy(address.to_owned())]);
    assert_eq!(pressed(&mut state, &mut chat, &[link, "Not now"])[1..], [Action::None]);
    assert_eq!(state.link, None);
    pressed(&mut state, &mut chat, &[link]);
    assert!(state.leave() && state.link.is_none(), "with Esc");
}

#[test]
fn a_letter_is_asked_about_by_its_address() {
    let (mut state, mut chat) = (state(), chat(vec![received(LUIS, 1, "mailto:luis@example.org")]));
    pressed(&mut state, &mut chat, &["mailto:luis@example.org"]);
    let (people, spanish) = (people(), locale(Language::Spanish));
    let mut ui = simulator(state.view(&chat, known(&people), Frame::Pane, &spanish));
    ui.find("¿Escribir un correo a luis@example.org?").unwrap();
    drop(ui);
    let actions = pressed(&mut state, &mut chat, &["Open"]);
    assert_eq!(actions, [Action::OpenLink("mailto:luis@example.org".to_owned())]);
}
