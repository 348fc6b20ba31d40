//! Opening windows, following what happens to them, and closing the last.

use std::io::Cursor;

use iced::widget::{Id, center, text};
use iced::{Element, Size, Task, window};

use super::{App, Message, Stage, world};
use crate::model::{PeerId, WindowSize};
use crate::ui::locale::Locale;
use crate::ui::style;

/// The main window at first, in pixels.
const MAIN_SIZE: Size = Size::new(1180.0, 760.0);

/// A conversation's own window at first.
const CONVERSATION_SIZE: Size = Size::new(560.0, 680.0);

/// The least that a window can be, at a text size of 100 %.
const MIN_SIZE: Size = Size::new(360.0, 480.0);

const ICON: &[u8] = include_bytes!("../../../assets/icon.png");

/// The main window's size at the start, where everything is drawn so much larger: as it was left, or as it is at first, but
/// never so small that something would be cut off.
pub(super) fn first_size(left: Option<WindowSize>, scale: f32) -> Size {
    let pixels = left.map_or(MAIN_SIZE, |left| {
        let (width, height) = <(u16, u16)>::from(left);
        Size::new(f32::from(width), f32::from(height))
    });
    (pixels * (1.0 / scale)).max(MIN_SIZE)
}

/// The size in pixels, of which iced counts fewer where everything is larger.
fn in_pixels(size: Size, scale: f32) -> (u16, u16) {
    ((size.width * scale).round() as u16, (size.height * scale).round() as u16)
}

/// Whether a window of this size is minimised, of which Windows tells so.
const fn is_minimised(size: Size) -> bool {
    size.width <= 0.0 || size.height <= 0.0
}

/// A window of this size, where everything is drawn so much larger. iced reckons that in for the one size, not the other.
fn settings(size: Size, scale: f32) -> window::Settings {
    window::Settings {
        size,
        min_size: Some(MIN_SIZE * scale),
        icon: icon(),
        #[cfg(target_os = "linux")]
        platform_specific: window::settings::PlatformSpecific {
            application_id: "vecino".to_owned(),
            ..window::settings::PlatformSpecific::default()
        },
        ..window::Settings::default()
    }
}

/// Brings a window to the front. A compositor of Wayland decides itself whether it does so, and has to be asked.
pub(super) fn raise(window: window::Id) -> Task<Message> {
    let shown = window::minimize(window, false).chain(window::gain_focus(window));
    if std::env::var_os("WAYLAND_DISPLAY").is_none() {
        return shown;
    }
    shown.chain(window::request_user_attention(window, Some(window::UserAttention::Informational)))
}

/// All that a window shows.
pub(super) fn content(window: window::Id) -> Id {
    Id::from(format!("window {window:?}"))
}

/// The icon, which is an 8-bit RGBA picture. A window without one is no reason to fail.
fn icon() -> Option<window::Icon> {
    let mut picture = png::Decoder::new(Cursor::new(ICON)).read_info().ok()?;
    let mut rgba = vec![0; picture.output_buffer_size()?];
    let frame = picture.next_frame(&mut rgba).ok()?;
    window::icon::from_rgba(rgba, frame.width, frame.height).ok()
}

/// What is shown until the node runs.
pub(super) fn starting<'a>(locale: &Locale) -> Element<'a, Message> {
    center(text(locale.tr("starting")).style(style::muted)).into()
}

/// Whether a window's event means something here.
pub(super) const fn matters(event: &window::Event) -> bool {
    matches!(
        event,
        window::Event::Opened { .. }
            | window::Event::Resized(_)
            | window::Event::Focused
            | window::Event::Unfocused
            | window::Event::Closed
            | window::Event::FileHovered(_)
            | window::Event::FilesHoveredLeft
            | window::Event::FileDropped(_)
    )
}

impl App {
    pub(super) fn window_event(&mut self, window: window::Id, event: window::Event) -> Task<Message> {
        match event {
            window::Event::Opened { size, .. } | window::Event::Resized(size) => self.resized(window, size),
            window::Event::Focused => {
                self.focused = Some(window);
                self.with_session(|session| session.window_focused(window))
            }
            window::Event::Unfocused => {
                self.focused = self.focused.filter(|focused| *focused != window);
                self.with_session(|session| {
                    session.window_unfocused(window);
                    Vec::new()
                })
            }
            window::Event::FileHovered(_) => self.with_session(|session| {
                session.files_hovered(window);
                Vec::new()
            }),
            window::Event::FilesHoveredLeft => self.with_session(|session| {
                session.files_left(window);
                Vec::new()
            }),
            window::Event::FileDropped(path) => self.with_session(|session| session.file_dropped(window, path)),
            window::Event::Closed => self.closed(window),
            _ => Task::none(),
        }
    }

    fn resized(&mut self, window: window::Id, size: Size) -> Task<Message> {
        if is_minimised(size) {
            return Task::none();
        }
        if Some(window) == self.main {
            self.size = size;
        }
        self.with_session(|session| {
            session.window_resized(window, size);
            Vec::new()
        })
    }

    /// There's so many times as much room in the same windows, of which iced says nothing. None may be smaller than what it
    /// shows needs.
    pub(super) fn rescaled(&mut self, times: f32) -> Task<Message> {
        self.size = self.size * times;
        let Stage::Running(session) = &mut self.stage else { return Task::none() };
        if let Some(main) = self.main {
            session.window_resized(main, self.size);
        }
        Task::batch(session.all_windows().map(|window| window::set_min_size(window, Some(MIN_SIZE))))
    }

    fn closed(&mut self, window: window::Id) -> Task<Message> {
        self.main.take_if(|main| *main == window);
        self.focused.take_if(|focused| *focused == window);
        let has_tray = self.has_tray();
        let ends = match &mut self.stage {
            Stage::Running(session) => session.window_closed(window) && !(has_tray && session.closes_to_tray()),
            _ => true,
        };
        if ends { self.quit() } else { Task::none() }
    }

    /// Shows the main window, in front.
    pub(super) fn show_main(&mut self) -> Task<Message> {
        match (&self.stage, self.main) {
            _ if self.leaving => Task::none(),
            (Stage::Running(_), _) => self.with_session(|session| session.show()),
            (_, Some(window)) => raise(window),
            (_, None) => self.open_main(None),
        }
    }

    /// Shows what a later start asks for.
    pub(super) fn show_asked(&mut self, link: Option<String>) -> Task<Message> {
        match link {
            Some(link) if !self.leaving => self.with_session(|session| session.link_opened(&link)),
            _ => self.show_main(),
        }
    }

    /// Shows the main window if none is there.
    pub(super) fn show_some_window(&mut self) -> Task<Message> {
        let has_others = matches!(&self.stage, Stage::Running(session) if session.has_windows());
        if self.main.is_some() || has_others { Task::none() } else { self.show_main() }
    }

    /// Opens the main window, with this conversation.
    pub(super) fn open_main(&mut self, peer: Option<PeerId>) -> Task<Message> {
        self.trial.begin();
        let (window, opened) = window::open(settings(self.size, self.scale));
        self.main = Some(window);
        let size = self.size;
        let shown = self.with_session(|session| session.main_opened(window, size, peer));
        opened.discard().chain(shown)
    }

    /// A window of its own for a conversation.
    pub(super) fn open_window(&mut self, peer: PeerId) -> Task<Message> {
        let (window, opened) = window::open(settings(CONVERSATION_SIZE, self.scale));
        let shown = self.with_session(|session| session.window_opened(window, peer));
        // Fields can only be focused once the window has its widgets.
        opened.discard().chain(shown)
    }

    /// Says goodbye, once, and ends.
    pub(super) fn quit(&mut self) -> Task<Message> {
        if std::mem::replace(&mut self.leaving, true) {
            return Task::none();
        }
        self.trial.stop();
        // Who starts vecino now waits for its end, and has one of their own.
        if let Some(asks) = self.asks.take() {
            asks.abort();
        }
        let left = in_pixels(self.size, self.scale);
        let is_first = left == in_pixels(MAIN_SIZE, 1.0);
        let (drafts, settings) = match &mut self.stage {
            Stage::Running(session) => (session.unkept_drafts(), session.with_window(left.into(), is_first)),
            _ => (Vec::new(), None),
        };
        match self.handle.take() {
            Some(handle) => Task::perform(world::goodbye(handle, drafts, settings), |()| Message::Finished),
            None => Task::done(Message::Finished),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_comes_back_as_large_as_it_was_and_has_room_for_larger_text() {
        for scale in [0.8, 1.0, 1.5] {
            let size = first_size(Some((900, 800).into()), scale);
            assert_eq!(in_pixels(size, scale), (900, 800));
            assert_eq!(in_pixels(first_size(None, scale), scale), in_pixels(MAIN_SIZE, 1.0));
            assert_eq!(settings(size, scale).min_size, Some(MIN_SIZE * scale));
        }
        assert_eq!(first_size(Some((400, 500).into()), 1.5), MIN_SIZE, "the text is larger than it was");
        assert_eq!(first_size(Some((0, 0).into()), 1.0), MIN_SIZE);
        assert_eq!(first_size(Some((u16::MAX, u16::MAX).into()), 1.0), Size::new(4_096.0, 4_096.0));
    }

    #[test]
    fn a_minimised_window_has_no_size_to_keep() {
        assert!(is_minimised(Size::ZERO) && is_minimised(Size::new(0.0, 700.0)) && is_minimised(Size::new(900.0, 0.0)));
        assert!(!is_minimised(MIN_SIZE));
    }

    #[test]
    fn the_icon_is_one() {
        assert!(icon().is_some());
    }
}
