//! Entries of menus.

use iced::Center;
use iced::Fill;
use iced::widget::{container, row};
use lucide_icons::Icon;

use super::press::{Press, press};
use super::{icon, key_name, line};
use crate::ui::style;

/// An entry: a picture, words, and the name of the key that does the same.
pub fn menu_entry<'a, M: Clone + 'a>(picture: Icon, words: String, key: Option<String>) -> Press<'a, M> {
    let content = row![icon(picture, 18.0).style(style::muted), container(line(words)).width(Fill), key.map(key_name)]
        .spacing(10);
    press(content.align_y(Center)).padding([8, 10]).width(Fill).style(style::row(false))
}
