//! The small parts of which screens are made. They know the look and the words, and nothing of what they show.

mod area;
mod avatar;
mod button;
mod calm;
mod choice;
mod divider;
mod list;
mod menu;
mod notice;
mod press;
mod separator;
mod tick;
mod words;

pub use area::{above, arrows};
pub use avatar::{Face, avatar};
pub use button::{destructive, icon, icon_button, labelled, primary, quiet, secondary, small_icon_button, tip};
pub use calm::calm;
pub use choice::{choices, switch};
pub use divider::{Move, divider};
pub use list::{Aim, List, Seen};
pub use menu::menu_entry;
pub use notice::{Tone, notice, question};
pub use press::press;
pub use separator::{day, new};
pub use tick::tick;
#[cfg(test)]
pub(crate) use words::IsCut;
pub use words::{Words, file, line, paragraph};

use iced::Element;
use iced::widget::scrollable::{Direction, Scrollbar};
use iced::widget::{container, rule, text};

use super::{font, style};

/// A number on the accent's ground; nothing for 0.
pub fn badge<'a, M: 'a>(count: u32) -> Option<Element<'a, M>> {
    let label = match count {
        0 => return None,
        1..=99 => count.to_string(),
        _ => "99+".to_owned(),
    };
    Some(label_badge(label))
}

/// The same where there's little room.
pub fn small_badge<'a, M: 'a>(count: u32) -> Option<Element<'a, M>> {
    if count > 9 { Some(label_badge("9+".to_owned())) } else { badge(count) }
}

fn label_badge<'a, M: 'a>(label: String) -> Element<'a, M> {
    let number = text(label).size(12).line_height(text::LineHeight::Absolute(20.into())).font(font::STRONG);
    container(number).center_x(iced::Shrink).padding([0.0, 6.5]).style(style::badge).into()
}

/// A line between what stands beside each other.
pub fn vertical_line<'a, M: 'a>() -> Element<'a, M> {
    rule::vertical(1).style(style::line).into()
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
