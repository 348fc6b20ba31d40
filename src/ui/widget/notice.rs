//! Something that the person should know, until they dismiss it.

use iced::widget::{container, row};
use iced::{Center, Element, Fill};
use lucide_icons::Icon;

use super::{icon, icon_button, paragraph};
use crate::ui::{font, style};

/// `words` in a band, with a way to dismiss them that `tip` names.
pub fn notice<'a, M: Clone + 'a>(words: String, tip: String, on_dismiss: M) -> Element<'a, M> {
    let content = row![
        icon(Icon::CircleAlert, 18.0),
        container(paragraph(words).size(font::SECONDARY)).width(Fill).padding([9, 0]),
        icon_button(Icon::X, tip, Some(on_dismiss)),
    ];
    container(content.spacing(10).align_y(Center)).padding([0, 12]).width(Fill).style(style::notice).into()
}
