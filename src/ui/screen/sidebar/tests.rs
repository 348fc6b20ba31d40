use iced::keyboard::key::Named;

use super::*;
use crate::engine::Event;
use crate::model::{Me, RelayState};
use crate::ui::locale::Language;
use crate::ui::sample::{self, LUIS, MELANI, RECEPTION, locale, simulator};

fn people() -> People {
    People::new(sample::snapshot())
}

fn view<'a>(state: &'a State, people: &'a People, locale: &'a Locale) -> Element<'a, Message> {
    state.view((people, Aside::new()), None, Room::Wide(304.into()), locale)
}

#[test]
fn a_press_opens_a_conversation() {
    let (people, locale) = (people(), locale(Language::English));
    let mut state = State::default();
    let mut ui = simulator(view(&state, &people, &locale));
    ui.click("melani").unwrap();
    let pressed: Vec<Message> = ui.into_messages().collect();
    let actions: Vec<Action> = pressed.into_iter().map(|message| state.update(message, &people)).collect();
    assert_eq!(actions, [Action::Open(MELANI)]);
}

#[test]
fn a_double_press_opens_a_window() {
    let people = people();
    let mut state = State::default();
    let start = Instant::now();
    let mut press =
        |peer, millis| state.update(Message::RowPressed(peer, start + Duration::from_millis(millis)), &people);
    assert_eq!(press(LUIS, 0), Action::Open(LUIS));
    assert_eq!(press(MELANI, 100), Action::Open(MELANI), "another row");
    assert_eq!(press(MELANI, 300), Action::PopOut(MELANI));
    assert_eq!(press(MELANI, 400), Action::Open(MELANI), "three presses are not two double ones");
    assert_eq!(press(MELANI, 2_000), Action::Open(MELANI), "too slow");
}

#[test]
fn the_search_filters_and_enter_opens_the_first() {
    let (people, locale) = (people(), locale(Language::English));
    let mut state = State::default();
    state.update(Message::Searched("recep".into()), &people);
    let mut ui = simulator(view(&state, &people, &locale));
    ui.find("reception").unwrap();
    assert!(ui.find("melani").is_err());
    ui.click(SEARCH).unwrap();
    ui.tap_key(Named::Enter);
    let actions: Vec<Action> = ui.into_messages().map(|message| state.update(message, &people)).collect();
    assert_eq!(actions, [Action::Open(RECEPTION)]);

    let mut state = State::default();
    let Action::Search(query) = state.update(Message::Searched("nobody".into()), &people) else {
        panic!("messages aren't looked for")
    };
    assert_eq!(state.update(Message::SearchSubmitted, &people), Action::None);
    assert!(simulator(view(&state, &people, &locale)).find("Nothing found").is_err(), "not known yet");
    state.answer(&query, Some(Vec::new()));
    simulator(view(&state, &people, &locale)).find("Nothing found").unwrap();
    assert!(state.leave());
    assert!(!state.leave());
}

#[test]
fn messages_with_the_words_are_found_and_gone_to() {
    let (people, locale) = (people(), locale(Language::English));
    let mut state = State::default();
    let Action::Search(query) = state.update(Message::Searched("patio".into()), &people) else {
        panic!("messages aren't looked for")
    };
    let long = format!("{} then the patio, of course", "a long time was spent on the roof ".repeat(3));
    let hits = vec![sample::received(LUIS, 1, "the patio"), sample::received(MELANI, 2, &long)];
    assert_eq!(state.answer(&query, Some(hits)), None);
    let mut ui = simulator(view(&state, &people, &locale));
    ui.find("Messages").unwrap();
    ui.click("…on the roof then the patio, of course").unwrap();
    let actions: Vec<Action> = ui.into_messages().map(|message| state.update(message, &people)).collect();
    assert_eq!(actions, [Action::OpenAt(MELANI, sample::message_id(2))]);
    assert_eq!(state.update(Message::SearchSubmitted, &people), Action::OpenAt(MELANI, sample::message_id(2)));
    state.update(Message::Searched("patio plan".into()), &people);
    assert_eq!(state.update(Message::SearchSubmitted, &people), Action::None, "those were found for other words");
}

#[test]
fn what_is_unread_is_counted() {
    let (people, locale) = (people(), locale(Language::English));
    let state = State::default();
    let text = |shown: &str| simulator(view(&state, &people, &locale)).find(shown).is_ok();
    assert!(text("2"));
    assert!(!text("3"));
    assert!(text("Online · 5 people here"));
}

#[test]
fn a_presence_is_chosen_from_a_menu() {
    let (people, locale) = (people(), locale(Language::Spanish));
    let mut state = State::default();
    assert!(simulator(view(&state, &people, &locale)).find("Ocupado").is_err());
    state.update(Message::MePressed, &people);
    let mut ui = simulator(view(&state, &people, &locale));
    ui.click("Ocupado").unwrap();
    let actions: Vec<Action> = ui.into_messages().map(|message| state.update(message, &people)).collect();
    assert_eq!(actions, [Action::SetPresence(Presence::Busy)]);
}

#[test]
fn beside_it_are_the_invite_and_the_relays() {
    let (mut people, locale) = (people(), locale(Language::English));
    let me = people.me().clone();
    people.apply(&Event::Me(Me { relays: vec![sample::relay(RelayState::Ready)], ..me }));
    let mut state = State::default();
    state.update(Message::MePressed, &people);
    let mut ui = simulator(view(&state, &people, &locale));
    ui.find("library").unwrap();
    ui.find("ready").unwrap();
    ui.click("Copy my invite").unwrap();
    let actions: Vec<Action> = ui.into_messages().map(|message| state.update(message, &people)).collect();
    assert_eq!(actions, [Action::CopyInvite]);
    assert!(!state.leave(), "the menu is closed");
}
