//! Every screen by keyboard alone: Tab comes to all that can be pressed, what it comes to is in view, and what lies above all
//! else keeps it.

use std::path::Path;

use iced::advanced::renderer::{Headless, Style};
use iced::advanced::widget::operation::focusable::{focus, unfocus};
use iced::advanced::widget::operation::{Focusable, Outcome, Scrollable, scope};
use iced::advanced::widget::{Id, Operation};
use iced::advanced::{clipboard, mouse};
use iced::keyboard::key::{Named, NativeCode, Physical};
use iced::keyboard::{Event as KeyEvent, Key, Location, Modifiers};
use iced::{Event, Pixels, Rectangle, Size, Vector, window};
use iced_test::runtime::{UserInterface, user_interface};
use unicode_segmentation::UnicodeSegmentation;

use super::Scene;
use super::drawing::Drawn;
use super::gallery::{LINK, Stage, stages};
use super::kept::Kept;
use crate::engine::Event as Happening;
use crate::model::{PeerId, Settings, ThemeChoice};
use crate::ui::focus::{scroll, step};
use crate::ui::locale::{Language, Locale};
use crate::ui::sample::{self, LUIS, SIZE};
use crate::ui::session::{Effect, Message, Request};
use crate::ui::theme::theme;
use crate::ui::{font, keys};

/// More presses of Tab than any screen takes.
const MOST: usize = 400;

/// Somebody at a window, with nothing but a keyboard.
struct Desk {
    scene: Scene,
    window: window::Id,
    size: Size,
    locale: Locale,
    renderer: iced::Renderer,
    cache: user_interface::Cache,
    /// What the session asked for that isn't about the keyboard.
    asked: Vec<Effect>,
}

/// What the widgets tell of where the keyboard is.
#[derive(Default)]
struct Look {
    texts: Vec<(Rectangle, String)>,
    /// Where it is, and in what it's seen.
    here: Vec<(Rectangle, Rectangle)>,
    count: usize,
    view: Option<(Rectangle, Vector)>,
    entered: Option<(Rectangle, Vector)>,
}

impl Operation for Look {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        let before = self.view;
        self.view = self.entered.take().or(before);
        operate(self);
        self.view = before;
    }

    fn text(&mut self, _: Option<&Id>, bounds: Rectangle, text: &str) {
        self.texts.push((bounds, text.to_owned()));
    }

    fn focusable(&mut self, _: Option<&Id>, bounds: Rectangle, state: &mut dyn Focusable) {
        self.count += 1;
        if state.is_focused() {
            let everywhere = Rectangle::with_size(Size::INFINITE);
            let (view, moved) = self.view.unwrap_or((everywhere, Vector::ZERO));
            self.here.push((bounds, view + moved));
        }
    }

    fn scrollable(&mut self, _: Option<&Id>, bounds: Rectangle, _: Rectangle, moved: Vector, _: &mut dyn Scrollable) {
        self.entered = Some((bounds, moved));
    }
}

impl Look {
    /// The words on what the keyboard is at; of several, which lie above each other, the last.
    fn words(&self) -> Option<&str> {
        let (here, _) = self.here.last()?;
        let mut inside = self.texts.iter().filter(|(bounds, _)| here.contains(bounds.center())).map(|(_, words)| words);
        // Beside words, one letter is a sign, or stands for a face.
        let words = inside.clone().find(|words| words.graphemes(true).count() > 1).or_else(|| inside.next());
        Some(words.map_or("", String::as_str))
    }
}

impl Desk {
    fn at(Stage { scene, window, .. }: Stage, size: Size) -> Self {
        sample::load_fonts();
        let renderer = <iced::Renderer as Headless>::new(font::TEXT, Pixels(font::BODY.text), Some("tiny-skia"));
        let renderer = futures::executor::block_on(renderer).unwrap();
        let (locale, cache) = (sample::locale(Language::English), user_interface::Cache::default());
        let mut desk = Self { scene, window, size, locale, renderer, cache, asked: Vec::new() };
        desk.show(&[], None);
        desk
    }

    fn named(name: &str) -> Self {
        let stage = stages(false, SIZE).into_iter().find(|stage| stage.name == name).unwrap();
        Self::at(stage, SIZE)
    }

    /// Has the window take events and an operation, and the session what comes of them.
    fn show(&mut self, events: &[Event], operation: Option<Box<dyn Operation + '_>>) {
        let cache = std::mem::take(&mut self.cache);
        let view = self.scene.session.view(self.window, &self.locale);
        let mut ui = UserInterface::build(view, self.size, cache, &mut self.renderer);
        let mut messages: Vec<Message> = Vec::new();
        let mut operation = operation;
        while let Some(mut now) = operation.take() {
            ui.operate(&self.renderer, now.as_mut());
            if let Outcome::Chain(next) = now.finish() {
                operation = Some(next);
            }
        }
        let redraw = Event::Window(window::Event::RedrawRequested(std::time::Instant::now()));
        let redraw = std::slice::from_ref(&redraw);
        for events in [events, redraw, redraw] {
            let away = mouse::Cursor::Unavailable;
            let _ = ui.update(events, away, &mut self.renderer, &mut clipboard::Null, &mut messages);
        }
        self.cache = ui.into_cache();
        for message in messages {
            let effects = self.scene.session.update(message);
            self.perform(effects);
        }
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Focus(id) => self.show(&[], Some(Box::new(focus(id)))),
                Effect::Step(_, None, way) => self.show(&[], Some(Box::new(step(way)))),
                Effect::Step(_, Some(within), way) => self.show(&[], Some(Box::new(scope(within, step(way))))),
                Effect::Scroll(_, id, times) => self.show(&[], Some(Box::new(scroll(id, times)))),
                effect => self.asked.push(effect),
            }
        }
    }

    fn press(&mut self, key: Key, modifiers: Modifiers) {
        let text = match &key {
            Key::Character(letter) if modifiers.is_empty() => Some(letter.clone()),
            _ => None,
        };
        let physical_key = Physical::Unidentified(NativeCode::Unidentified);
        let (modified_key, location) = (key.clone(), Location::Standard);
        let pressed = KeyEvent::KeyPressed {
            key: key.clone(),
            modified_key,
            physical_key,
            location,
            modifiers,
            text,
            repeat: false,
        };
        self.show(&[Event::Keyboard(pressed)], None);
        if let Some(command) = keys::command(&key, physical_key, modifiers) {
            let effects = self.scene.session.key(self.window, command);
            self.perform(effects);
        }
    }

    fn tap(&mut self, named: Named) {
        self.press(Key::Named(named), Modifiers::empty());
    }

    fn back_tab(&mut self) {
        self.press(Key::Named(Named::Tab), Modifiers::SHIFT);
    }

    fn type_letter(&mut self, letter: &str) {
        self.press(Key::Character(letter.into()), Modifiers::empty());
    }

    fn look(&mut self) -> Look {
        let mut look = Look::default();
        let cache = std::mem::take(&mut self.cache);
        let view = self.scene.session.view(self.window, &self.locale);
        let mut ui = UserInterface::build(view, self.size, cache, &mut self.renderer);
        ui.operate(&self.renderer, &mut look);
        self.cache = ui.into_cache();
        look
    }

    /// What the window looks like.
    fn picture(&mut self) -> Vec<u8> {
        let cache = std::mem::take(&mut self.cache);
        let view = self.scene.session.view(self.window, &self.locale);
        let mut ui = UserInterface::build(view, self.size, cache, &mut self.renderer);
        let light = theme(ThemeChoice::Light, iced::theme::Mode::None);
        let style = Style { text_color: iced::Color::BLACK };
        ui.draw(&mut self.renderer, &light, &style, mouse::Cursor::Unavailable);
        self.cache = ui.into_cache();
        let size = Size::new(self.size.width as u32, self.size.height as u32);
        self.renderer.screenshot(size, 1.0, iced::Color::WHITE)
    }

    fn words(&mut self) -> Option<String> {
        self.look().words().map(str::to_owned)
    }

    /// Presses Tab until it's at these words.
    #[track_caller]
    fn go_to(&mut self, words: &str) {
        let mut seen = Vec::new();
        while self.words().as_deref() != Some(words) {
            self.tap(Named::Tab);
            seen.extend(self.words());
            assert!(seen.len() < MOST, "Tab doesn't come to “{words}”: {:?}", &seen[..40]);
        }
    }

    /// What is being written to luis.
    fn draft(&self) -> String {
        self.scene.session.written_to(&LUIS)
    }

    /// The last request.
    fn request(&self) -> &Effect {
        self.asked.last().unwrap()
    }
}

#[test]
fn tab_comes_to_everything_and_it_is_in_view() {
    for size in [Size::new(360.0, 480.0), SIZE] {
        for stage in stages(false, size) {
            let name = stage.name;
            // The log has more rows than are in view; nothing can be pressed while files are held over a window.
            let mut desk = Desk::at(stage, size);
            let all = desk.look().count;
            let mut places = Vec::new();
            for _ in 0..=all {
                desk.tap(Named::Tab);
                let look = desk.look();
                let (here, view) = *look.here.last().unwrap_or_else(|| panic!("{name}: Tab leads nowhere"));
                let seen =
                    here.intersection(&view).is_some_and(|seen| seen.height + 1.0 >= here.height.min(view.height));
                let words = look.words().unwrap_or_default();
                assert!(seen, "{name} at {size:?}: “{words}” at {here:?} isn't in view: {view:?}");
                places.push((here.x as i32, here.y as i32));
            }
            places.sort_unstable();
            places.dedup();
            let has_above = ["emoji", "attach", "keys", "enlarged"].contains(&name);
            let has_log =
                !["nobody", "choose", "transfers", "transfers-asking", "transfers-none", "settings"].contains(&name);
            assert!(has_above || has_log || places.len() == all, "{name} at {size:?}: {} of {all}", places.len());
        }
    }
}

#[test]
fn a_link_is_opened_and_one_goes_on_writing() {
    let mut desk = Desk::named("link");
    desk.tap(Named::Escape);
    desk.go_to(LINK);
    desk.tap(Named::Enter);
    assert_eq!(desk.words().as_deref(), Some("Not now"), "the answer that does nothing");
    desk.go_to("Open");
    desk.tap(Named::Space);
    assert_eq!(*desk.request(), Effect::OpenLink(LINK.into()));
    desk.type_letter("y");
    assert_eq!(desk.draft(), "y");
    desk.go_to(LINK);
    desk.tap(Named::Enter);
    desk.tap(Named::Enter);
    desk.type_letter("o");
    assert_eq!(desk.draft(), "yo", "declined");
}

#[test]
fn it_is_seen_where_the_keyboard_is() {
    for (name, words) in [
        ("transfers", "Accept"),
        ("transfers", "Decline"),
        ("transfers", "melani"),
        ("settings", "As the system"),
        ("settings", "Dark"),
        ("link", LINK),
        ("link", "Open"),
    ] {
        let mut desk = Desk::named(name);
        desk.go_to(words);
        let with = desk.picture();
        desk.tap(Named::Tab);
        desk.back_tab();
        assert_eq!(desk.words().as_deref(), Some(words));
        desk.show(&[], Some(Box::new(unfocus())));
        let without = desk.picture();
        if let Some(folder) = std::env::var_os("VECINO_WRITE_PICTURES_TO") {
            let drawn = Drawn { width: 1180, height: 760, rgba: with.clone() };
            Kept::of(&drawn).write(&Path::new(&folder).join(format!("keyboard-{name}-{words:.6}.png")));
        }
        let pixels = with.chunks_exact(4).zip(without.chunks_exact(4));
        let others = pixels.filter(|(one, other)| (0..3).any(|place| one[place].abs_diff(other[place]) > 60)).count();
        assert!(others > 100, "{name}, {words}: {others} pixels tell");
    }
}

#[test]
fn an_emoji_is_chosen_by_arrows() {
    let mut desk = Desk::named("conversation");
    desk.go_to("Message luis");
    desk.tap(Named::Tab);
    desk.tap(Named::Enter);
    assert_eq!(desk.words().as_deref(), Some(""), "the field");
    for way in [Named::ArrowDown, Named::ArrowDown, Named::ArrowRight, Named::ArrowDown, Named::ArrowLeft] {
        desk.tap(way);
    }
    let chosen = desk.words().unwrap();
    desk.tap(Named::Enter);
    assert_eq!(desk.draft(), chosen);
    for _ in 0..60 {
        desk.tap(Named::ArrowDown);
    }
    let look = desk.look();
    let (here, view) = look.here[look.here.len() - 1];
    assert!(here.is_within(&view), "{here:?} is in {view:?}");
    desk.tap(Named::Escape);
    desk.type_letter("y");
    assert_eq!(desk.draft(), format!("{chosen}y"));
}

#[test]
fn what_lies_above_all_else_keeps_the_keyboard_and_gives_it_back() {
    let mut desk = Desk::named("conversation");
    desk.go_to("Message luis");
    desk.press(Key::Character("/".into()), Modifiers::COMMAND);
    desk.type_letter("x");
    assert_eq!(desk.draft(), "");
    for _ in 0..3 {
        desk.tap(Named::Tab);
        desk.back_tab();
    }
    desk.tap(Named::PageDown);
    desk.tap(Named::Tab);
    desk.tap(Named::Enter);
    desk.type_letter("y");
    assert_eq!(desk.draft(), "y");

    desk.back_tab();
    desk.tap(Named::Enter);
    desk.tap(Named::ArrowDown);
    desk.tap(Named::ArrowDown);
    desk.tap(Named::Enter);
    assert_eq!(*desk.request(), Effect::ChooseFolders(LUIS));
}

#[test]
fn settings_are_changed_without_a_pointer() {
    let mut desk = Desk::named("settings");
    desk.go_to("Dark");
    desk.tap(Named::Space);
    let dark = Settings { theme: ThemeChoice::Dark, ..Settings::default() };
    assert!(desk.asked.contains(&Request::ChangeSettings(Box::new(dark.clone())).into()));
    desk.tap(Named::ArrowLeft);
    assert_eq!(desk.words().as_deref(), Some("Light"));
    desk.go_to("Start when I sign in");
    desk.tap(Named::Enter);
    assert_eq!(*desk.request(), Effect::SetAutostart(false));
    desk.go_to("Connect");
    desk.tap(Named::Escape);
}

#[test]
fn transfers_are_held_and_cancelled_without_a_pointer() {
    let mut desk = Desk::named("transfers-asking");
    desk.go_to("Cancel it");
    desk.tap(Named::Tab);
    assert_eq!(desk.words().as_deref(), Some("Keep it"));
    desk.back_tab();
    desk.tap(Named::Enter);
    assert!(matches!(desk.request(), Effect::Ask(Request::Cancel(LUIS, _))));
    desk.go_to("Accept");
    desk.tap(Named::Enter);
    assert!(matches!(desk.request(), Effect::Ask(Request::Accept(LUIS, _, None))));
    desk.go_to("Try again");
    desk.tap(Named::Enter);
    assert!(matches!(desk.request(), Effect::Ask(Request::Resume(LUIS, _))));
}

#[test]
fn the_arrows_go_from_the_search_to_what_is_found() {
    let mut desk = Desk::named("choose");
    desk.press(Key::Character("k".into()), Modifiers::COMMAND);
    desk.tap(Named::ArrowDown);
    assert_eq!(desk.words().as_deref(), Some("luis"));
    desk.tap(Named::ArrowDown);
    desk.tap(Named::Enter);
    assert!(desk.asked.iter().any(|effect| matches!(effect, Effect::Ask(Request::LoadPage(_)))));
}

#[test]
fn it_comes_to_each_of_many_people() {
    let mut desk = Desk::named("conversation");
    let person = |number| Happening::Peer(sample::peer(PeerId::numbered(number), &format!("person {number}")));
    desk.scene.session.update(Message::Happened((100..200).map(person).collect()));
    desk.go_to("person 100");
    for number in 101..200 {
        desk.tap(Named::ArrowDown);
        assert_eq!(desk.words(), Some(format!("person {number}")));
        let look = desk.look();
        let (here, view) = look.here[0];
        assert!(here.is_within(&view), "{number}: {here:?} is in {view:?}");
    }
    for number in (100..199).rev() {
        desk.back_tab();
        assert_eq!(desk.words(), Some(format!("person {number}")));
    }
}
