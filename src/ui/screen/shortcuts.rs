//! What each key does, as the table of keys has it.

use iced::widget::{Id, center, column, container, mouse_area, opaque, row, scrollable};
use iced::{Center, Element, Fill};
use lucide_icons::Icon;

use crate::ui::keys::{self, Command};
use crate::ui::locale::Locale;
use crate::ui::widget::{above, icon_button, key_name, line, paragraph, thin_scrollbar};
use crate::ui::{font, style};

/// The sheet, and the list on it.
pub const SHEET: Id = Id::new("sheet of keys");
/// See [`SHEET`].
pub const LIST: Id = Id::new("list of keys");

/// The widest sheet, in pixels.
const MAX_WIDTH: f32 = 480.0;

/// All keys and what they do.
pub fn list<'a, M: 'a>(locale: &Locale) -> Element<'a, M> {
    let shown = keys::TABLE.iter().filter_map(|shortcut| Some((shortcut, words(shortcut.command, locale)?)));
    column(shown.map(|(shortcut, words)| {
        row![container(paragraph(words).size(font::SECONDARY)).width(Fill), key_name(keys::label(shortcut, locale))]
            .spacing(12)
            .align_y(Center)
            .into()
    }))
    .spacing(6)
    .into()
}

/// The sheet that lies above a window. A press beside it closes it.
pub fn sheet<'a, M: Clone + 'a>(locale: &Locale, on_close: M) -> Element<'a, M> {
    let close = icon_button(Icon::X, locale.tr("tip-close"), Some(on_close.clone()));
    let head = row![line(locale.tr("shortcuts")).strong().fill(), close].align_y(Center);
    let list = container(list(locale)).padding(iced::padding::right(12));
    let list = scrollable(list).id(LIST).direction(thin_scrollbar()).style(style::scroller).width(Fill);
    let sheet = container(column![head, list].spacing(8)).max_width(MAX_WIDTH).padding(16).style(style::menu);
    let ground = container(center(opaque(sheet)).padding(20)).style(style::shade);
    above(SHEET, opaque(mouse_area(ground).on_press(on_close))).into()
}

/// What a command does. Those that count through the conversations have one line for all, at the first.
fn words(command: Command, locale: &Locale) -> Option<String> {
    let key = match command {
        Command::Find => "key-find",
        Command::FindEverywhere => "key-find-everywhere",
        Command::FindHere => "key-find-here",
        Command::PageUp => "key-page-up",
        Command::PageDown => "key-page-down",
        Command::Previous => "key-previous",
        Command::Next => "key-next",
        Command::PreviousUnread => "key-previous-unread",
        Command::NextUnread => "key-next-unread",
        Command::Nth(0) => "key-nth",
        Command::Nth(_) => return None,
        Command::Attach => "key-attach",
        Command::Transfers => "key-transfers",
        Command::Menu => "key-menu",
        Command::PopOut => "key-pop-out",
        Command::FocusNext => "key-focus-next",
        Command::FocusPrevious => "key-focus-previous",
        Command::Settings => "key-settings",
        Command::Shortcuts => "key-shortcuts",
        Command::Back => "key-back",
        Command::CloseWindow => "key-close-window",
        Command::Quit => "key-quit",
    };
    Some(locale.tr(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::locale::Language;
    use crate::ui::sample::{locale, simulator};

    #[test]
    fn every_key_is_listed_once_and_the_sheet_can_be_closed() {
        let locale = locale(Language::English);
        let mut ui = simulator(sheet(&locale, ()));
        ui.find("Find a person or conversation").unwrap();
        ui.find("Ctrl K").unwrap();
        ui.find("Ctrl 1…9").unwrap();
        assert!(ui.find("Ctrl 2").is_err());
    }
}
