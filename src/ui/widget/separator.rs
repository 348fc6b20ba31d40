//! Lines across a conversation: where a day begins, and where what is new does.

use iced::widget::{container, row, rule, text};
use iced::{Center, Element, Theme};

use crate::ui::{font, style};

/// Where a day begins.
pub fn day<'a, M: 'a>(name: String) -> Element<'a, M> {
    separator(name, style::muted, style::line)
}

/// Where what hasn't been read begins.
pub fn new<'a, M: 'a>(words: String) -> Element<'a, M> {
    separator(words, style::accent, style::new_line)
}

fn separator<'a, M: 'a>(
    words: String,
    words_style: fn(&Theme) -> text::Style,
    line_style: fn(&Theme) -> rule::Style,
) -> Element<'a, M> {
    let line = || rule::horizontal(1).style(line_style);
    let words = text(words).size(font::LABEL.text).style(words_style);
    container(row![line(), words, line()].spacing(12).align_y(Center)).padding([10, 0]).into()
}
