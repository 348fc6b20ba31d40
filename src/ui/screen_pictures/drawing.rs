//! Draws an element as a window would show it, and compares it with the picture that is kept of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use iced::advanced::renderer::{Headless, Style};
use iced::{Element, Event, Size, Theme, mouse, theme, window};
use iced_test::core::clipboard;
use iced_test::runtime::{UserInterface, user_interface};

use super::kept::Kept;
use crate::ui::sample;

/// Set, it has pictures written that are missing or no longer right.
const WRITE: &str = "VECINO_WRITE_PICTURES";

/// A picture as it's drawn.
pub(super) struct Drawn {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Its pixels, row by row: red, green, blue, and 255.
    pub(super) rgba: Vec<u8>,
}

/// Draws in a window of this size, in logical pixels, each of which is `scale` real ones wide. Returns what is wrong.
pub(super) fn check<'a, M: 'a>(
    name: &str,
    (size, scale): (Size, f32),
    theme: &Theme,
    element: impl Into<Element<'a, M>>,
) -> Option<String> {
    let drawn = picture((size, scale), theme, element.into());
    let kept = folder().join(format!("{name}.png"));
    let wrong = match kept.exists().then(|| Kept::read(&kept)) {
        Some(known) => known.differs_from(&drawn)?,
        None => "there's no such picture yet".to_owned(),
    };
    let now = Kept::of(&drawn);
    if std::env::var_os(WRITE).is_some() {
        now.write(&kept);
        return None;
    }
    let seen = std::env::temp_dir().join("vecino-pictures");
    fs::create_dir_all(&seen).unwrap();
    let seen = seen.join(format!("{name}.png"));
    now.write(&seen);
    Some(format!("{name}: {wrong}. It looks like {} now", seen.display()))
}

/// Fails with what is wrong, and how it's made right.
#[track_caller]
pub(super) fn conclude(wrong: impl IntoIterator<Item = String>) {
    let wrong: Vec<String> = wrong.into_iter().collect();
    let all = wrong.join("\n");
    assert!(wrong.is_empty(), "{all}\nIf that's how it's to look: {WRITE}=1 cargo test --lib screen_pictures");
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures")
}

pub(super) fn picture<M>((size, scale): (Size, f32), theme: &Theme, element: Element<'_, M>) -> Drawn {
    let mut renderer = sample::renderer();
    let mut ui = UserInterface::build(element, size, user_interface::Cache::default(), &mut renderer);
    let redraw = Event::Window(window::Event::RedrawRequested(Instant::now()));
    let away = mouse::Cursor::Unavailable;
    ui.update(&[redraw], away, &mut renderer, &mut clipboard::Null, &mut Vec::new());
    let base = theme::Base::base(theme);
    ui.draw(&mut renderer, theme, &Style { text_color: base.text_color }, away);
    let real = |length: f32| (length * scale).round() as u32;
    let (width, height) = (real(size.width), real(size.height));
    Drawn { width, height, rgba: renderer.screenshot(Size::new(width, height), scale, base.background_color) }
}

#[test]
fn a_letter_more_is_seen_and_so_is_another_ground() {
    let drawn = |words: &'static str, theme: &Theme| {
        picture::<()>((Size::new(320.0, 200.0), 1.0), theme, iced::widget::text(words).into())
    };
    let one = Kept::of(&drawn("vecino", &Theme::Light));
    assert_eq!(one.differs_from(&drawn("vecino", &Theme::Light)), None);
    assert!(one.differs_from(&drawn("vecinos", &Theme::Light)).is_some());
    assert!(one.differs_from(&drawn("vecino", &Theme::GruvboxLight)).is_some());

    let shaded = |by: u8| {
        let rgba = drawn("vecino", &Theme::Light).rgba.into_iter().map(|each| each.saturating_sub(by)).collect();
        Drawn { width: 320, height: 200, rgba }
    };
    assert_eq!(one.differs_from(&shaded(1)), None, "another processor rounds otherwise");
    assert!(one.differs_from(&shaded(10)).is_some());
}
