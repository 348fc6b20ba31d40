//! What can be offered: a small menu above the composer; and where it will go, while it's held over the window.

use iced::widget::{column, container, mouse_area, opaque, row, space, stack};
use iced::{Center, Element, Fill};
use lucide_icons::Icon;

use super::Message;
use crate::ui::keys::{self, Command};
use crate::ui::locale::Locale;
use crate::ui::widget::{Words, icon, key_name, line, paragraph, press};
use crate::ui::{font, style};

/// Across the menu, in pixels.
const WIDTH: f32 = 220.0;

/// The menu, over something that any press beside it leads back to. `captioned`: what is being written goes along.
pub(super) fn menu<'a>(captioned: bool, locale: &Locale) -> Element<'a, Message> {
    let files = entry(Icon::File, locale.tr("attach-files"), keys::name(Command::Attach), Message::FilesPressed);
    let folders = entry(Icon::Folder, locale.tr("attach-folders"), None, Message::FoldersPressed);
    let hint = captioned.then(|| container(caption(locale)).padding([6, 10]));
    let menu = opaque(container(column![files, folders, hint]).width(WIDTH).padding(4).style(style::menu));
    let place = container(menu).align_bottom(Fill).padding(iced::padding::left(20).bottom(8));
    stack![mouse_area(space().width(Fill).height(Fill)).on_press(Message::AttachLeft), place].into()
}

fn entry<'a>(picture: Icon, words: String, key: Option<String>, message: Message) -> Element<'a, Message> {
    let content = row![icon(picture, 18.0).style(style::muted), container(line(words)).width(Fill), key.map(key_name)]
        .spacing(10);
    press(content.align_y(Center)).padding([8, 10]).width(Fill).style(style::row(false)).on_press(message).into()
}

/// That what is being written goes along.
fn caption<'a>(locale: &Locale) -> Words<'a> {
    paragraph(locale.tr("caption-goes-along")).size(font::SECONDARY).style(style::muted)
}

/// To whom what is held over the window goes when it's dropped, and whether what is being written goes along.
pub(super) fn drop_target<'a>(nickname: &str, captioned: bool, locale: &Locale) -> Element<'a, Message> {
    let words = line(locale.tr_with("drop-here", [("name", nickname)])).strong();
    let caption = captioned.then(|| caption(locale));
    let content = column![icon(Icon::Files, 36.0), words, caption].spacing(12).align_x(Center);
    container(container(content).center(Fill).style(style::drop_target)).padding(16).into()
}
