//! Buttons and icons.

use iced::widget::tooltip::Position;
use iced::widget::{Text, container, text, tooltip};
use iced::{Element, Theme};
use lucide_icons::Icon;

use super::press::{Press, press};
use crate::ui::{font, style};

/// A line icon of so many pixels.
pub fn icon<'a>(icon: Icon, size: f32) -> Text<'a, Theme> {
    text(char::from(icon).to_string()).font(font::ICONS).size(size).line_height(text::LineHeight::Relative(1.0))
}

/// An icon in a target of 36 pixels, with words for it when the pointer rests there.
pub fn icon_button<'a, M: Clone + 'a>(picture: Icon, words: String, on_press: Option<M>) -> Element<'a, M> {
    let target = press(container(icon(picture, 18.0)).center(36.0)).padding(0).style(style::quiet);
    tip(target.on_press_maybe(on_press), words)
}

/// The same in a target of 28 pixels, for cards and rows.
pub fn small_icon_button<'a, M: Clone + 'a>(picture: Icon, words: String, on_press: M) -> Element<'a, M> {
    let target = press(container(icon(picture, 16.0)).center(28.0)).padding(0).style(style::on_card);
    tip(target.on_press(on_press), words)
}

/// Something that says in words what it is when the pointer rests there.
pub fn tip<'a, M: 'a>(target: impl Into<Element<'a, M>>, words: String) -> Element<'a, M> {
    let words = container(text(words).size(font::SECONDARY.text)).padding([4, 8]).style(style::boxed);
    tooltip(target, words, Position::Bottom).gap(4).into()
}

/// A button's label.
pub fn labelled<'a, M: Clone + 'a>(label: String) -> Press<'a, M> {
    let label = text(label).size(font::SECONDARY.text).line_height(text::LineHeight::Absolute(20.into()));
    press(label.font(font::STRONG)).padding([5, 12])
}

/// The button of what is likely wanted.
pub fn primary<'a, M: Clone + 'a>(label: String, on_press: M) -> Press<'a, M> {
    labelled(label).style(style::primary).on_press(on_press)
}

/// A button beside it.
pub fn secondary<'a, M: Clone + 'a>(label: String, on_press: M) -> Press<'a, M> {
    labelled(label).style(style::secondary).on_press(on_press)
}

/// A button for what can't be undone.
pub fn destructive<'a, M: Clone + 'a>(label: String, on_press: M) -> Press<'a, M> {
    labelled(label).style(style::destructive).on_press(on_press)
}

/// A button for what is seldom wanted.
pub fn quiet<'a, M: Clone + 'a>(label: String, on_press: M) -> Press<'a, M> {
    labelled(label).style(style::quiet).on_press(on_press)
}
