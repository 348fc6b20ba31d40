//! What was said, scrolled: the only place that knows that all loaded messages are laid out at once, so that a list
//! that lays out only what is in view can take its place.

use iced::widget::{center, column, container, row, scrollable, stack};
use iced::{Center, Element, Fill, Shrink};
use lucide_icons::Icon;

use super::entries::{Entry, entries};
use super::{Message, State, bubble};
use crate::model::{From, MessageState, Path, PeerId};
use crate::ui::chats::Chat;
use crate::ui::locale::Locale;
use crate::ui::people::People;
use crate::ui::widget::{self, icon, labelled, line, paragraph, thin_scrollbar};
use crate::ui::{font, style};

/// Between bubbles of one group, and between groups, in pixels.
const SPACES: (f32, f32) = (2.0, 10.0);

/// Where in the log one is, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Hidden above.
    pub above: f32,
    /// Hidden below.
    pub below: f32,
    /// Of the whole.
    pub height: f32,
}

impl std::convert::From<scrollable::Viewport> for Place {
    fn from(viewport: scrollable::Viewport) -> Self {
        // The log is anchored at its end, so offsets count from there.
        Self {
            above: viewport.absolute_offset_reversed().y,
            below: viewport.absolute_offset().y,
            height: viewport.content_bounds().height,
        }
    }
}

impl State {
    pub(super) fn view_log<'a>(
        &'a self,
        chat: &'a Chat,
        people: &'a People,
        locale: &'a Locale,
    ) -> Element<'a, Message> {
        if chat.history.is_loaded() && chat.history.messages().is_empty() {
            return nothing_yet(self.peer, people, locale);
        }
        let entries = entries(chat.history.messages(), self.new_from, locale);
        let away = (!people.is_here(&self.peer) && waits(chat)).then(|| self.offline_hint(people, locale));
        let log = column(entries.into_iter().map(|entry| self.view_entry(entry, people, locale))).push(away);
        let log = scrollable(log.padding(iced::padding::horizontal(20).top(4).bottom(12)))
            .id(self.log())
            .direction(thin_scrollbar())
            .anchor_bottom()
            .width(Fill)
            .style(style::scroller)
            .on_scroll(|viewport| Message::Scrolled(viewport.into()));
        stack![container(log).align_bottom(Fill)].extend(self.scrolled_up.then(|| self.jump(locale))).into()
    }

    fn view_entry<'a>(&self, entry: Entry<'a>, people: &'a People, locale: &'a Locale) -> Element<'a, Message> {
        match entry {
            Entry::Day(day) => widget::day(locale.day_name(day)),
            Entry::New => widget::new(locale.tr("new")),
            Entry::Message { message, first, dated } => {
                let space = if first { SPACES.1 } else { SPACES.0 };
                let entry = container(bubble::view(message, dated, people, &self.asking, locale))
                    .padding(iced::padding::top(space));
                match message.from {
                    From::Me => entry.align_right(Fill).into(),
                    From::Peer => entry.align_left(Fill).into(),
                }
            }
        }
    }

    fn jump<'a>(&self, locale: &Locale) -> Element<'a, Message> {
        let words = match self.missed {
            0 => locale.tr("jump-to-latest"),
            count => locale.tr_with("jump-to-new", [("count", count)]),
        };
        let button = labelled(words).style(style::primary).on_press(Message::JumpPressed);
        container(button).padding(12).align_right(Fill).align_bottom(Fill).into()
    }

    fn offline_hint<'a>(&self, people: &People, locale: &Locale) -> Element<'a, Message> {
        let name = people.name(&self.peer).nickname;
        let words = paragraph(locale.tr_with("offline-hint", [("name", name)]));
        container(words.size(font::SECONDARY).style(style::muted)).padding(iced::padding::top(10)).into()
    }
}

/// Whether the latest of one's own messages is still to be sent.
fn waits(chat: &Chat) -> bool {
    let mut latest = chat.history.messages().iter().rev();
    latest.find(|message| message.from == From::Me).is_some_and(|message| message.state == MessageState::Queued)
}

fn nothing_yet<'a>(peer: PeerId, people: &People, locale: &Locale) -> Element<'a, Message> {
    let relayed = people.peer(&peer).is_some_and(|peer| peer.path == Path::Relayed);
    let hint = if relayed { "no-messages-hint-relayed" } else { "no-messages-hint" };
    let hint = locale.tr_with(hint, [("name", people.name(&peer).nickname)]);
    let words = column![
        icon(Icon::MessageCircle, 36.0).style(style::accent),
        line(locale.tr("no-messages")).strong(),
        row![paragraph(hint).size(font::SECONDARY).style(style::muted)].width(Shrink),
    ];
    center(words.spacing(8).align_x(Center)).padding(20).into()
}
