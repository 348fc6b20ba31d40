//! Something that the person should know, until they dismiss it, or that they are asked.

use iced::widget::{column, container, row};
use iced::{Center, Element, Fill, Theme};
use lucide_icons::Icon;

use super::{icon, icon_button, paragraph, secondary};
use crate::ui::{font, style};

/// What a notice says by its look, besides its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// Something needs a look.
    Warning,
}

/// `words` in a band, with what can be done about them, and a way to dismiss them that `tip` names.
pub fn notice<'a, M: Clone + 'a>(
    tone: Tone,
    words: String,
    action: Option<(String, M)>,
    tip: String,
    on_dismiss: M,
) -> Element<'a, M> {
    let (picture, ground): (_, fn(&Theme) -> _) = match tone {
        Tone::Good => (Icon::CircleCheck, style::good_notice),
        Tone::Warning => (Icon::CircleAlert, style::notice),
    };
    let content = row![
        icon(picture, 18.0),
        container(paragraph(words).size(font::SECONDARY)).width(Fill).padding([9, 0]),
        action.map(|(label, message)| secondary(label, message)),
        icon_button(Icon::X, tip, Some(on_dismiss)),
    ];
    container(content.spacing(10).align_y(Center)).padding([0, 12]).width(Fill).style(ground).into()
}

/// A question in a band, with its answers below: in a narrow window there's no room beside it.
pub fn question<'a, M: 'a>(
    sign: Icon,
    words: impl Into<Element<'a, M>>,
    answers: impl IntoIterator<Item = Element<'a, M>>,
) -> Element<'a, M> {
    let words = row![icon(sign, 18.0), container(words).width(Fill)].spacing(10);
    let answers = container(row(answers).spacing(8).wrap()).padding(iced::padding::left(28));
    container(column![words, answers].spacing(8)).padding([10, 12]).width(Fill).style(style::notice).into()
}
