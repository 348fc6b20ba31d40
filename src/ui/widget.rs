//! The small parts of which screens are made. They know the look and the words, and nothing of what they show.

mod avatar;
mod button;
mod choice;
mod list;
mod notice;
mod press;
mod separator;
mod tick;
mod words;

pub use avatar::{Face, avatar};
pub use button::{destructive, icon, icon_button, labelled, primary, quiet, secondary, small_icon_button, tip};
pub use choice::{choices, switch};
pub use list::{Aim, List, Seen};
pub use notice::notice;
pub use press::press;
pub use separator::{day, new};
pub use tick::tick;
pub use words::{Words, line, paragraph};

use iced::Element;
use iced::widget::scrollable::{Direction, Scrollbar};
use iced::widget::{container, text};

use super::{font, style};

/// A number on the accent's ground; nothing for 0.
pub fn badge<'a, M: 'a>(count: u32) -> Option<Element<'a, M>> {
    let label = match count {
        0 => return None,
        1..=99 => count.to_string(),
        _ => "99+".to_owned(),
    };
    let number = text(label).size(12).line_height(text::LineHeight::Absolute(20.into())).font(font::STRONG);
    Some(container(number).center_x(iced::Shrink).padding([0.0, 6.5]).style(style::badge).into())
}

/// The name of a key in its small box.
pub fn key_name<'a, M: 'a>(name: String) -> Element<'a, M> {
    let name = text(name).size(12).line_height(text::LineHeight::Absolute(18.into())).style(style::muted);
    container(name).padding([0, 5]).style(style::key).into()
}

/// A scrollbar that takes little room, at the right.
pub fn thin_scrollbar() -> Direction {
    Direction::Vertical(Scrollbar::new().width(6).scroller_width(6).margin(2))
}
