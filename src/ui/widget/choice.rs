//! Ways to choose: one of a few, or yes and no.

use iced::widget::{container, row, space};
use iced::{Center, Element, Fill};

use super::{arrows, line, press};
use crate::ui::{font, style};

/// One of a few, beside each other: their words, whether it's the one chosen, and what a press means.
pub fn choices<'a, M: Clone + 'a>(choices: impl IntoIterator<Item = (String, bool, M)>) -> Element<'a, M> {
    let choices = choices.into_iter().map(|(words, chosen, message)| {
        let words = line(words).size(font::SECONDARY);
        let words = if chosen { words.strong() } else { words };
        press(words).padding([6, 12]).style(style::choice(chosen)).on_press(message).into()
    });
    arrows(container(row(choices).spacing(2).wrap()).padding(2).style(style::choices)).into()
}

/// Yes or no, with the words for it at the left.
pub fn switch<'a, M: Clone + 'a>(words: String, on: bool, on_press: M) -> Element<'a, M> {
    let knob = container(space().width(14).height(14)).style(style::knob(on));
    let knob = container(knob).padding(3).width(36).style(style::rail(on));
    let knob = if on { knob.align_right(36) } else { knob.align_left(36) };
    let content = row![container(super::paragraph(words)).width(Fill), knob].spacing(16).align_y(Center);
    press(content).padding([8, 0]).width(Fill).style(style::bare).on_press(on_press).into()
}
