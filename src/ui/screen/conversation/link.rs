//! A link in what was said that the person has pressed. Nothing opens before they have read where it leads and said so.

use iced::widget::{Id, column, container, scrollable};
use iced::{Element, Fill};
use lucide_icons::Icon;

use super::{Action, State};
use crate::ui::link::{Outside, Target};
use crate::ui::locale::Locale;
use crate::ui::widget::{paragraph, primary, question as asked, secondary, thin_scrollbar};
use crate::ui::{font, style};

/// The most of an address that is in view at once, in pixels.
const MAX_HEIGHT: f32 = 90.0;

/// What the person did with a link.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Pressed it.
    Pressed(Target),
    /// Wants it opened.
    Accepted,
    /// Wants its address.
    Copied,
    /// Nothing after all.
    Declined,
}

impl State {
    pub(super) fn update_link(&mut self, message: Message) -> Action {
        match message {
            Message::Pressed(Target::Invite(link)) => Action::AskInvite(link),
            Message::Pressed(Target::Outside(link)) => {
                self.link = Some(link);
                // The keyboard comes to the answer that does nothing.
                Action::Focus(self.answer())
            }
            Message::Accepted => self.link.take().map_or(Action::None, |link| Action::OpenLink(link.address())),
            Message::Copied => self.link.take().map_or(Action::None, |link| Action::Copy(link.address())),
            Message::Declined => {
                self.link = None;
                Action::None
            }
        }
    }
}

/// Asks about a link.
pub(super) fn view<'a>(link: &Outside, first: Id, locale: &Locale) -> Element<'a, Message> {
    let question = match link {
        Outside::Page { host, .. } => locale.tr_with("link-page", [("host", host.as_str())]),
        Outside::Mail(address) => locale.tr_with("link-mail", [("address", address.as_str())]),
    };
    let address = paragraph(link.address()).size(font::SECONDARY).style(style::muted);
    let address = container(scrollable(container(address).width(Fill)).direction(thin_scrollbar()));
    let words = column![paragraph(question).size(font::SECONDARY), address.max_height(MAX_HEIGHT)].width(Fill);
    let answers = [
        secondary(locale.tr("link-not-now"), Message::Declined).id(first).into(),
        secondary(locale.tr("copy"), Message::Copied).into(),
        primary(locale.tr("link-open"), Message::Accepted).into(),
    ];
    asked(Icon::ExternalLink, words, answers)
}
