//! The menu of the header: what else can be done with a conversation.

use iced::widget::{Id, column, container, mouse_area, opaque, space, stack};
use iced::{Element, Fill};
use lucide_icons::Icon;

use super::{Frame, Message};
use crate::ui::keys::{self, Command};
use crate::ui::locale::Locale;
use crate::ui::style;
use crate::ui::widget::{above, menu_entry};

/// The menu.
pub(super) const MENU: Id = Id::new("menu of the header");

/// Across the menu, and from the top of the conversation to it, in pixels.
const WIDTH: f32 = 320.0;
const TOP: f32 = 58.0;

/// Something to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The conversation in a window of its own.
    PopOut,
    /// A search in it.
    Find,
    /// Files to send.
    Files,
    /// Folders to send.
    Folders,
    /// The conversation in a file.
    Export,
}

impl Choice {
    fn words(self, locale: &Locale) -> (Icon, String, Option<Command>) {
        match self {
            Self::PopOut => (Icon::PictureInPicture2, locale.tr("tip-pop-out"), Some(Command::PopOut)),
            Self::Find => (Icon::Search, locale.tr("menu-find"), Some(Command::FindHere)),
            Self::Files => (Icon::File, locale.tr("menu-files"), Some(Command::Attach)),
            Self::Folders => (Icon::Folder, locale.tr("menu-folder"), None),
            Self::Export => (Icon::FileDown, locale.tr("menu-export"), None),
        }
    }
}

/// What can be chosen where the conversation is shown so.
const fn choices(frame: Frame) -> &'static [Choice] {
    match frame {
        Frame::Window => &[Choice::Find, Choice::Files, Choice::Folders, Choice::Export],
        Frame::Pane | Frame::Alone => &[Choice::PopOut, Choice::Find, Choice::Files, Choice::Folders, Choice::Export],
    }
}

/// The menu, over something that any press beside it leads back to. Each entry has the id of its place.
pub(super) fn view<'a>(frame: Frame, id: impl Fn(usize) -> Id, locale: &Locale) -> Element<'a, Message> {
    let choices = choices(frame);
    let count = choices.len();
    let entries = choices.iter().enumerate().map(|(place, choice)| {
        let (picture, words, command) = choice.words(locale);
        let step = |by: usize| Message::MenuStepped((place + by) % count);
        menu_entry(picture, words, command.and_then(|command| keys::name(command, locale)))
            .id(id(place))
            .on_step(step(count - 1), step(1))
            .on_press(Message::MenuChosen(*choice))
            .into()
    });
    let menu = opaque(container(column(entries)).width(WIDTH).padding(4).style(style::menu));
    let place = container(menu).align_right(Fill).padding(iced::padding::top(TOP).right(20).left(20));
    above(MENU, stack![mouse_area(space().width(Fill).height(Fill)).on_press(Message::MenuLeft), place]).into()
}
