use iced::Renderer;
use iced::keyboard::Modifiers;
use iced::widget::column;
use iced_test::runtime::{UserInterface, user_interface};
use iced_test::simulator::press_key;

use super::*;
use crate::ui::link::Outside;
use crate::ui::sample::{self, SIZE};
use crate::ui::widget::paragraph;

/// A clipboard that can be looked at.
#[derive(Default)]
struct Kept(Option<String>);

impl Clipboard for Kept {
    fn read(&self, _: clipboard::Kind) -> Option<String> {
        self.0.clone()
    }

    fn write(&mut self, _: clipboard::Kind, words: String) {
        self.0 = Some(words);
    }
}

/// Two passages, one above the other, with somebody at them.
struct Desk<'a> {
    ui: UserInterface<'a, Target, Theme, Renderer>,
    renderer: Renderer,
    /// Where each is.
    bounds: Vec<Rectangle>,
    texts: [&'a str; 2],
    pointer: Point,
    clipboard: Kept,
    followed: Vec<Target>,
}

impl<'a> Desk<'a> {
    fn new(texts: [&'a str; 2]) -> Self {
        let mut renderer = sample::renderer();
        let [above, below] = texts.map(|text| paragraph(text).on_link(|target| target));
        let mut ui = UserInterface::build(column![above, below].padding(20), SIZE, Default::default(), &mut renderer);
        let mut seen = Seen::default();
        ui.operate(&renderer, &mut seen);
        let (clipboard, followed) = (Kept::default(), Vec::new());
        Self { ui, renderer, bounds: seen.0, texts, pointer: Point::ORIGIN, clipboard, followed }
    }

    /// A point of a passage: in the middle between where these bytes begin and end.
    fn at(&self, passage: usize, bytes: Range<usize>) -> Point {
        let words = paragraph(self.texts[passage]);
        let mut state = State::default();
        state.made.shape(&words, SIZE.width - 40.0, &[]);
        let (area, _) = state.areas(self.texts[passage], &bytes)[0];
        area.center() + Vector::new(self.bounds[passage].x, self.bounds[passage].y)
    }

    fn happen(&mut self, event: Event) {
        let cursor = mouse::Cursor::Available(self.pointer);
        let _ = self.ui.update(&[event], cursor, &mut self.renderer, &mut self.clipboard, &mut self.followed);
    }

    fn press(&mut self, at: Point) {
        self.pointer = at;
        self.happen(Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)));
    }

    fn drag(&mut self, to: Point) {
        self.pointer = to;
        self.happen(Event::Mouse(mouse::Event::CursorMoved { position: to }));
    }

    fn release(&mut self) {
        self.happen(Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left)));
    }

    /// What Ctrl+C puts on the clipboard.
    fn copied(&mut self) -> Option<String> {
        self.clipboard.0 = None;
        let mut event = press_key(Key::Character("c".into()), None);
        if let Event::Keyboard(keyboard::Event::KeyPressed { modifiers, .. }) = &mut event {
            *modifiers = Modifiers::COMMAND;
        }
        self.happen(event);
        self.clipboard.0.clone()
    }
}

#[derive(Default)]
struct Seen(Vec<Rectangle>);

impl Operation for Seen {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn text(&mut self, _: Option<&iced::advanced::widget::Id>, bounds: Rectangle, _: &str) {
        self.0.push(bounds);
    }
}

#[test]
fn what_the_pointer_went_over_is_copied_until_there_is_a_press_elsewhere() {
    let text = "one 👍🏽 two\nthrée four";
    let mut desk = Desk::new([text, "below"]);
    assert_eq!(desk.copied(), None);
    let place = |word: &str| text.find(word).unwrap();
    let (from, to) = (desk.at(0, place("👍🏽")..place(" two")), desk.at(0, place("ée")..place("e four")));
    // To the left of a grapheme's middle is before it.
    let left = Vector::new(2.0, 0.0);
    desk.press(from - left);
    desk.drag(to + left);
    assert_eq!(desk.copied().as_deref(), Some("👍🏽 two\nthré"));
    desk.release();
    desk.drag(Point::ORIGIN);
    assert_eq!(desk.copied().as_deref(), Some("👍🏽 two\nthré"), "the pointer goes on alone");

    desk.press(to + left);
    desk.drag(from - left);
    desk.release();
    assert_eq!(desk.copied().as_deref(), Some("👍🏽 two\nthré"), "backwards");

    let below = desk.at(1, 0..5);
    desk.press(below);
    desk.release();
    assert_eq!(desk.copied(), None);
}

#[test]
fn a_double_press_selects_a_word_and_a_third_all() {
    let mut desk = Desk::new(["hello wörld, how", ""]);
    let at = desk.at(0, 6..12);
    desk.press(at);
    desk.release();
    assert_eq!(desk.copied(), None);
    desk.press(at);
    desk.release();
    assert_eq!(desk.copied().as_deref(), Some("wörld"));
    desk.press(at);
    desk.release();
    assert_eq!(desk.copied().as_deref(), Some("hello wörld, how"));
}

#[test]
fn a_press_on_a_link_follows_it_and_a_drag_selects() {
    let text = "see https://example.org/ there";
    let mut desk = Desk::new([text, "https://example.net/"]);
    let page =
        |host: &str| Target::Outside(Outside::Page { address: format!("https://{host}/"), host: host.to_owned() });
    let (beside, link) = (desk.at(0, 0..3), desk.at(0, 4..24));
    desk.press(beside);
    desk.release();
    assert_eq!(desk.followed, []);
    desk.press(link);
    assert_eq!(desk.followed, [], "not before it's let go");
    desk.drag(link + Vector::new(1.0, 1.0));
    desk.release();
    assert_eq!(desk.followed, [page("example.org")]);
    assert_eq!(desk.copied(), None);

    let end = desk.at(0, 25..30);
    desk.press(link + Vector::new(0.0, 5.0));
    desk.drag(end);
    desk.drag(link);
    desk.release();
    desk.press(link);
    desk.drag(beside);
    desk.release();
    assert_eq!(desk.followed.len(), 1, "a drag is no press");
    assert!(desk.copied().is_some_and(|words| words.contains("https://")));
}

#[test]
fn the_pointer_shows_what_can_be_pressed() {
    let mut desk = Desk::new(["see https://example.org/ there", ""]);
    for (bytes, shown) in [(0..3, mouse::Interaction::Text), (4..24, mouse::Interaction::Pointer)] {
        let to = desk.at(0, bytes);
        desk.drag(to);
        let cursor = mouse::Cursor::Available(to);
        let (state, _) = desk.ui.update(
            &[Event::Window(iced::window::Event::RedrawRequested(iced::time::Instant::now()))],
            cursor,
            &mut desk.renderer,
            &mut desk.clipboard,
            &mut desk.followed,
        );
        let user_interface::State::Updated { mouse_interaction, .. } = state else { panic!("{state:?}") };
        assert_eq!(mouse_interaction, shown);
    }
}
