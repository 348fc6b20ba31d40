//! What can be offered: a small menu above the composer; and where it will go, while it's held over the window.

use iced::widget::{button, column, container, mouse_area, opaque, row, space, stack};
use iced::{Center, Element, Fill};
use lucide_icons::Icon;

use super::Message;
use crate::ui::keys::{self, Command};
use crate::ui::locale::Locale;
use crate::ui::style;
use crate::ui::widget::{icon, key_name, line};

/// Across the menu, in pixels.
const WIDTH: f32 = 220.0;

/// The menu, over something that any press beside it leads back to.
pub(super) fn menu<'a>(locale: &Locale) -> Element<'a, Message> {
    let files = entry(Icon::File, locale.tr("attach-files"), keys::name(Command::Attach), Message::FilesPressed);
    let folders = entry(Icon::Folder, locale.tr("attach-folders"), None, Message::FoldersPressed);
    let menu = opaque(container(column![files, folders]).width(WIDTH).padding(4).style(style::menu));
    let place = container(menu).align_bottom(Fill).padding(iced::padding::left(20).bottom(8));
    stack![mouse_area(space().width(Fill).height(Fill)).on_press(Message::AttachLeft), place].into()
}

fn entry<'a>(picture: Icon, words: String, key: Option<String>, message: Message) -> Element<'a, Message> {
    let content = row![icon(picture, 18.0).style(style::muted), container(line(words)).width(Fill), key.map(key_name)]
        .spacing(10);
    button(content.align_y(Center)).padding([8, 10]).width(Fill).style(style::row(false)).on_press(message).into()
}

/// To whom what is held over the window goes when it's dropped.
pub(super) fn drop_target<'a>(nickname: &str, locale: &Locale) -> Element<'a, Message> {
    let words = line(locale.tr_with("drop-here", [("name", nickname)])).strong();
    let content = column![icon(Icon::Files, 36.0), words].spacing(12).align_x(Center);
    container(container(content).center(Fill).style(style::drop_target)).padding(16).into()
}
