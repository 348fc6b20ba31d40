//! Pictures of every screen, compared with those in `tests/data/pictures`. With `VECINO_WRITE_PICTURES=1` set, the tests
//! write those that are missing or no longer right: look at them before they are committed. Beyond what is compared, every
//! screen is held to what can be told without looking, and reached by keyboard alone.

mod bounds;
mod drawing;
mod gallery;
mod kept;
mod keyboard;
mod screens;
mod strangers;

use iced::{Element, Size, window};

use self::drawing::{check, conclude};
use super::history::Page;
use super::locale::{Language, Locale};
use super::people::Snapshot;
use super::sample::{self, LUIS, SIZE, locale};
use super::screen::{conversation, main, sidebar};
use super::session::{Effect, Message, Request, Session};
use super::theme::theme;
use crate::engine::Event;
use crate::model::{Message as Sent, PeerId, Span, ThemeChoice};

/// Compares a screen in both themes and both languages.
#[track_caller]
fn each<'a, M: 'a>(name: &str, size: Size, locales: &'a Locales, view: impl Fn(&'a Locale) -> Element<'a, M>) {
    let mut wrong = Vec::new();
    for (tag, locale) in [("en", &locales.english), ("es", &locales.spanish)] {
        for (look, choice) in [("light", ThemeChoice::Light), ("dark", ThemeChoice::Dark)] {
            let name = format!("{name}-{look}-{tag}");
            wrong.extend(check(&name, (size, 1.0), &theme(choice, iced::theme::Mode::None), view(locale)));
        }
    }
    conclude(wrong);
}

/// Compares a screen once, light and in English.
#[track_caller]
fn once<M>(name: &str, (size, scale): (Size, f32), element: Element<'_, M>) {
    conclude(check(name, (size, scale), &theme(ThemeChoice::Light, iced::theme::Mode::None), element));
}

/// The words and manners of both languages.
struct Locales {
    english: Locale,
    spanish: Locale,
}

fn locales() -> Locales {
    Locales { english: locale(Language::English), spanish: locale(Language::Spanish) }
}

/// A session and its main window.
struct Scene {
    session: Session,
    window: window::Id,
}

impl Scene {
    /// Where all this is known.
    fn of(snapshot: Snapshot, size: Size) -> Self {
        let window = window::Id::unique();
        Self { session: Session::new(snapshot, window, size), window }
    }

    /// The conversation with luis, of which the end is new, and to which he writes more.
    fn with_luis(size: Size) -> Self {
        let mut snapshot = sample::snapshot();
        let luis = snapshot.conversations.iter_mut().find(|known| known.peer == LUIS).unwrap();
        luis.unread = 2;
        let mut scene = Self::of(snapshot, size);
        scene.open(LUIS, sample::history());
        scene.session.window_focused(scene.window);
        let typing = Event::Typing { peer_id: LUIS, typing: true };
        scene.session.update(Message::Happened([typing].into()));
        scene
    }

    fn open(&mut self, peer: PeerId, history: Vec<Sent>) {
        self.sidebar(sidebar::Message::RowPressed(peer, std::time::Instant::now()));
        self.session.update(Message::PageLoaded(Page { peer, window: None, span: Span::Latest }, Ok(history)));
    }

    fn sidebar(&mut self, message: sidebar::Message) -> Vec<Effect> {
        self.session.update(Message::Main(main::Message::Sidebar(message)))
    }

    fn conversation(&mut self, message: conversation::Message) {
        self.session.update(Message::Main(main::Message::Conversation(message)));
    }

    /// Presses these words.
    fn press(&mut self, words: &str, size: Size) {
        let english = locale(Language::English);
        let mut ui = sample::simulator_of(size, self.session.view(self.window, &english));
        ui.click(words).unwrap();
        let pressed: Vec<Message> = ui.into_messages().collect();
        for message in pressed {
            self.session.update(message);
        }
    }

    /// Answers a search with those of luis' messages that have the words.
    fn answer(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let Effect::Ask(Request::Search(window, query)) = effect else { continue };
            let has = |message: &Sent| message.body.text().contains(&query.words);
            let hits = sample::history().into_iter().filter(has).collect();
            let next = self.session.update(Message::Searched(window, query, Ok(hits)));
            self.answer(next);
        }
    }

    /// Compares the main window in both themes and both languages.
    #[track_caller]
    fn each(&self, name: &str) {
        self.each_of(name, self.window, SIZE);
    }

    #[track_caller]
    fn each_of(&self, name: &str, window: window::Id, size: Size) {
        let locales = locales();
        each(name, size, &locales, |locale| self.session.view(window, locale));
    }

    /// Compares the main window once.
    #[track_caller]
    fn once(&self, name: &str, size: Size, scale: f32) {
        let locale = locale(Language::English);
        once(name, (size, scale), self.session.view(self.window, &locale));
    }
}
