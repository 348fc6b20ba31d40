//! What can be offered: a small menu above the composer; and where it will go, while it's held over the window.

use iced::widget::{Id, column, container, mouse_area, opaque, space, stack};
use iced::{Center, Element, Fill};
use lucide_icons::Icon;

use super::Message;
use crate::ui::keys::{self, Command};
use crate::ui::locale::Locale;
use crate::ui::widget::{Words, above, icon, line, menu_entry, paragraph};
use crate::ui::{font, style};

/// The menu.
pub(super) const MENU: Id = Id::new("menu of what to offer");

/// Across the menu, in pixels.
const WIDTH: f32 = 220.0;

/// The menu, over something that any press beside it leads back to. `captioned`: what is being written goes along.
pub(super) fn menu<'a>(captioned: bool, locale: &Locale) -> Element<'a, Message> {
    let files = menu_entry(Icon::File, locale.tr("attach-files"), keys::name(Command::Attach, locale));
    let files = files.on_press(Message::FilesPressed);
    let folders = menu_entry(Icon::Folder, locale.tr("attach-folders"), None).on_press(Message::FoldersPressed);
    let hint = captioned.then(|| container(caption(locale)).padding([6, 10]));
    let menu = opaque(container(column![files, folders, hint]).width(WIDTH).padding(4).style(style::menu));
    let place = container(menu).align_bottom(Fill).padding(iced::padding::left(20).bottom(8));
    above(MENU, stack![mouse_area(space().width(Fill).height(Fill)).on_press(Message::AttachLeft), place]).into()
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
    // Its ground hides all that is below: what could be pressed there isn't what is meant now.
    container(container(content).center(Fill).style(style::drop_target)).padding(16).style(style::background).into()
}
