//! What was said, scrolled. Only what is in view is laid out.

use iced::widget::{center, column, container, row, stack};
use iced::{Center, Element, Fill, Shrink};
use lucide_icons::Icon;

use super::entries::{Entry, entry};
use super::{Known, Message, State, bubble};
use crate::model::{From, MessageId, MessageState, Path, PeerId};
use crate::ui::chats::Chat;
use crate::ui::locale::Locale;
use crate::ui::people::People;
use crate::ui::widget::{self, List, icon, labelled, line, paragraph};
use crate::ui::{font, style};

/// Between bubbles of one group, and between groups, in pixels.
const SPACES: (f32, f32) = (2.0, 10.0);

/// Beside bubbles, in pixels.
const SIDES: f32 = 20.0;

/// A row of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A message, with what stands above it.
    Message(MessageId),
    /// Below all: why nothing goes out.
    Away,
}

impl State {
    pub(super) fn view_log<'a>(&'a self, chat: &'a Chat, known: Known<'a>, locale: &'a Locale) -> Element<'a, Message> {
        let people = known.people;
        let history = self.history(chat);
        if history.is_loaded() && history.messages().is_empty() {
            return nothing_yet(self.peer(), people, locale);
        }
        let messages = history.messages();
        let mut rows: Vec<Row> = messages.iter().map(|message| Row::Message(message.id)).collect();
        if !people.is_here(&self.peer()) && !history.has_newer() && waits(chat) {
            rows.push(Row::Away);
        }
        let make = move |place| {
            let row = match entry(messages, place, self.new_from, locale) {
                Some(entry) => self.view_entry(entry, known, locale),
                None => self.offline_hint(people, locale),
            };
            container(row).padding([0.0, SIDES]).width(Fill).into()
        };
        let log = List::new(rows, make)
            .on_move(Message::Moved)
            .start(self.place.first())
            .aim(self.place.aim())
            .margins(4.0, 12.0)
            .goes_on(history.has_newer());
        stack![log].extend(self.place.is_scrolled_up().then(|| self.jump_button(locale))).into()
    }

    fn view_entry<'a>(&'a self, entry: Entry<'a>, known: Known<'a>, locale: &'a Locale) -> Element<'a, Message> {
        let Entry { day, is_new, message, first, dated } = entry;
        let space = if first { SPACES.1 } else { SPACES.0 };
        let look = bubble::Look { dated, found: self.place.found() == Some(message.id) };
        let bubble =
            container(bubble::view(message, look, known, &self.asking, locale)).padding(iced::padding::top(space));
        let bubble = match message.from {
            From::Me => bubble.align_right(Fill),
            From::Peer => bubble.align_left(Fill),
        };
        let day = day.map(|day| widget::day(locale.day_name(day)));
        column![day, is_new.then(|| widget::new(locale.tr("new"))), bubble].into()
    }

    fn jump_button<'a>(&self, locale: &Locale) -> Element<'a, Message> {
        let words = match self.place.missed() {
            0 => locale.tr("jump-to-latest"),
            count => locale.tr_with("jump-to-new", [("count", count)]),
        };
        let button = labelled(words).style(style::primary).on_press(Message::JumpPressed);
        container(button).padding(12).align_right(Fill).align_bottom(Fill).into()
    }

    fn offline_hint<'a>(&self, people: &People, locale: &Locale) -> Element<'a, Message> {
        let name = people.name(&self.peer()).nickname;
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
