//! One row of the sidebar.

use iced::widget::{Space, column, container, row};
use iced::{Center, Element, Fill};
use lucide_icons::Icon;

use super::Message;
use crate::model::{
    Body, Conversation, Direction, From, Message as Sent, MessageId, MessageState, Path, Peer, PeerId, Presence,
    Transfer, TransferState,
};
use crate::ui::locale::Locale;
use crate::ui::people::{Name, People};
use crate::ui::search::snippet;
use crate::ui::style::{self, Ground};
use crate::ui::text::{file_name, one_line};
use crate::ui::widget::{Face, avatar, badge, icon, line, small_badge, tick};
use crate::ui::{font, theme};

/// Characters of a draft that are looked at: more than fit.
const MAX_DRAFT: usize = 200;

/// What stands in the list.
pub enum Kind<'a> {
    /// What belongs to oneself.
    Menu,
    /// Words above what comes next.
    Head(&'static str),
    /// A conversation.
    Conversation(&'a Conversation),
    /// Somebody here without one.
    AlsoHere(&'a Peer),
    /// A message that was found.
    Hit(&'a Sent),
    /// There are more of these.
    More,
    /// There's nothing to show.
    Nothing,
}

/// What a row is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Its words.
    Words(&'static str),
    /// Whose it is.
    Person(PeerId),
    /// A message.
    Hit(PeerId, MessageId),
}

impl Kind<'_> {
    /// What it's known by.
    pub const fn key(&self) -> Key {
        match self {
            Self::Menu => Key::Words("menu"),
            Self::Head(key) => Key::Words(key),
            Self::Conversation(conversation) => Key::Person(conversation.peer),
            Self::AlsoHere(peer) => Key::Person(peer.id),
            Self::Hit(hit) => Key::Hit(hit.peer, hit.id),
            Self::More => Key::Words("more"),
            Self::Nothing => Key::Words("nothing"),
        }
    }
}

/// What a row shows.
pub struct Row {
    peer: PeerId,
    name: Name,
    presence: Presence,
    relayed: bool,
    tick: Option<MessageState>,
    preview: String,
    time: Option<String>,
    unread: u32,
    /// Whether the line says that they are writing.
    typing: bool,
}

impl Row {
    /// A conversation's.
    pub fn of(conversation: &Conversation, people: &People, locale: &Locale) -> Self {
        let last = conversation.last.as_ref();
        let sent_state = |last: &Sent| {
            (last.from == From::Me && running(last, people).is_none()).then(|| people.shown_state(last.state))
        };
        let typing = people.is_typing(&conversation.peer);
        let line = match last {
            _ if typing => locale.tr("typing"),
            Some(last) => preview(last, people, locale),
            None => String::new(),
        };
        Self {
            tick: last.and_then(sent_state).filter(|_| !typing),
            preview: line,
            typing,
            time: last.map(|last| locale.short(last.sent_at)),
            unread: conversation.unread,
            ..Self::bare(conversation.peer, people)
        }
    }

    /// The same, but with what is being written there, if anything, in place of the last line.
    pub fn draft(self, draft: Option<&str>, locale: &Locale) -> Self {
        let Some(draft) = draft.filter(|_| !self.typing) else { return self };
        let text = one_line(draft.trim_start()).chars().take(MAX_DRAFT).collect::<String>();
        Self { preview: locale.tr_with("draft-preview", [("text", text)]), tick: None, ..self }
    }

    /// That of somebody here without a conversation.
    pub fn also_here(peer: &Peer, people: &People, locale: &Locale) -> Self {
        let bare = Self::bare(peer.id, people);
        let preview = match (bare.name.tag.is_some(), bare.relayed) {
            (true, _) => locale.tr("same-nickname"),
            (false, true) => locale.tr("through-relay"),
            (false, false) => locale.tr("say-hello"),
        };
        Self { preview, ..bare }
    }

    /// That of a message that was found for these words.
    pub fn found(hit: &Sent, words: &str, people: &People, locale: &Locale) -> Self {
        let said = match &hit.body {
            Body::Text(text) => text.as_str(),
            Body::Offer(offer) => offer.name.as_str(),
            Body::Unknown { .. } | Body::Cancelled => "",
        };
        Self {
            tick: (hit.from == From::Me).then_some(hit.state),
            preview: snippet(said, words),
            time: Some(locale.short(hit.sent_at)),
            ..Self::bare(hit.peer, people)
        }
    }

    fn bare(peer: PeerId, people: &People) -> Self {
        Self {
            peer,
            name: people.name(&peer),
            presence: people.presence(&peer),
            relayed: people.peer(&peer).is_some_and(|peer| peer.path == Path::Relayed),
            tick: None,
            preview: String::new(),
            time: None,
            unread: 0,
            typing: false,
        }
    }

    fn face<'a>(&self) -> Element<'a, Message> {
        let nickname = &self.name.nickname;
        avatar(Face { peer: self.peer, nickname, presence: self.presence, ground: Ground::Sidebar }, 40.0)
    }

    /// The avatar alone, with what is unread.
    pub fn small<'a>(self) -> Element<'a, Message> {
        let count = small_badge(self.unread).map(|count| container(count).align_right(Fill));
        iced::widget::stack![container(self.face()).center_x(Fill)].extend(count.map(Element::from)).into()
    }

    /// The whole row.
    pub fn view<'a>(self) -> Element<'a, Message> {
        let face = self.face();
        let relayed = self.relayed.then(|| icon(Icon::Waypoints, 13.0).style(style::muted));
        let time = self.time.map(|time| line(time).size(font::SECONDARY).style(style::muted));
        let first = row![container(name(&self.name)).width(Fill), relayed, time].spacing(8).align_y(Center);
        let preview = line(self.preview).size(font::SECONDARY).style(style::muted).fill();
        let second = row![self.tick.map(|state| tick(state, style::muted)), preview].spacing(4).align_y(Center);
        let words = column![first, second].width(Fill);
        row![face, words, badge(self.unread)].spacing(12).align_y(Center).into()
    }
}

/// A nickname, and the tag where it's needed.
pub fn name<'a, M: 'a>(name: &Name) -> Element<'a, M> {
    let tag = name.tag.as_ref().map(|tag| line(format!("#{tag}")).size(font::SECONDARY).style(style::muted));
    row![line(name.nickname.clone()).strong(), tag].spacing(4).align_y(Center).into()
}

/// A presence's dot, on its own.
pub fn dot<'a>(presence: Presence) -> Element<'a, Message> {
    let dot = container(Space::new()).center(10);
    match theme::presence(presence) {
        Some(color) => dot.style(style::disc(color)).into(),
        None => dot.style(style::ring).into(),
    }
}

/// A message in one line.
pub fn preview(last: &Sent, people: &People, locale: &Locale) -> String {
    match &last.body {
        Body::Text(text) => one_line(text.as_str()),
        Body::Offer(offer) => {
            let name = file_name(offer.name.as_str());
            match running(last, people) {
                Some(transfer) => progress(transfer, name, people.is_here(&last.peer), locale),
                None => locale.tr_with("file-preview", [("name", name)]),
            }
        }
        Body::Unknown { .. } => locale.tr("sent-by-newer"),
        Body::Cancelled => locale.tr("cancelled-message"),
    }
}

/// The transfer that a message offered, where it runs, or would if the peer were here.
fn running<'a>(last: &Sent, people: &'a People) -> Option<&'a Transfer> {
    people.transfer(&last.offer()?).filter(|transfer| transfer.state == TransferState::Active)
}

fn progress(transfer: &Transfer, name: String, here: bool, locale: &Locale) -> String {
    let percent = u128::from(transfer.done) * 100 / u128::from(transfer.size.max(1));
    let values = [("name", name), ("percent", percent.min(100).to_string())];
    match (here, transfer.direction) {
        (false, _) => locale.tr_with("waiting-preview", values),
        (true, Direction::Out) => locale.tr_with("sending-preview", values),
        (true, Direction::In) => locale.tr_with("receiving-preview", values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Event;
    use crate::ui::locale::Language;
    use crate::ui::sample::{self, FERNANDA, LUIS, LUIS_TOO, MELANI, PRINTER, RECEPTION, locale};

    fn row(peer: PeerId, language: Language) -> Row {
        let (people, locale) = (People::new(sample::snapshot()), locale(language));
        match people.conversations("").into_iter().find(|conversation| conversation.peer == peer) {
            Some(conversation) => Row::of(conversation, &people, &locale),
            None => Row::also_here(people.peer(&peer).unwrap(), &people, &locale),
        }
    }

    #[test]
    fn a_row_tells_the_last_line() {
        let melani = row(MELANI, Language::English);
        assert_eq!((melani.preview.as_str(), melani.tick), ("perfect, see you at four then 👍", None));
        assert_eq!((melani.unread, melani.time.as_deref()), (2, Some("14:05")));
        let fernanda = row(FERNANDA, Language::Spanish);
        assert_eq!((fernanda.tick, fernanda.time.as_deref()), (Some(MessageState::Queued), Some("lun")));
    }

    #[test]
    fn a_row_shows_what_was_read_as_far_as_one_tells_it_oneself() {
        let mut snapshot = sample::snapshot();
        let tick = |snapshot: &sample::Snapshot| {
            let (people, locale) = (People::new(snapshot.clone()), locale(Language::English));
            let printer = people.conversations("").into_iter().find(|with| with.peer == PRINTER).unwrap();
            Row::of(printer, &people, &locale).tick
        };
        assert_eq!(tick(&snapshot), Some(MessageState::Read));
        snapshot.settings.receipts = false;
        assert_eq!(tick(&snapshot), Some(MessageState::Delivered));
    }

    #[test]
    fn a_row_tells_who_is_writing() {
        let (mut people, locale) = (People::new(sample::snapshot()), locale(Language::English));
        people.apply(&Event::Typing { peer_id: PRINTER, typing: true });
        let row = |peer| {
            let found = people.conversations("").into_iter().find(|conversation| conversation.peer == peer);
            let row = Row::of(found.unwrap(), &people, &locale);
            (row.preview, row.tick)
        };
        assert_eq!(row(PRINTER), ("is typing…".to_owned(), None));
        assert_eq!(row(MELANI).0, "perfect, see you at four then 👍");
    }

    #[test]
    fn a_row_tells_of_a_running_transfer() {
        assert_eq!(row(LUIS, Language::English).preview, "Sending: planos-casa.zip · 43 %");
        assert_eq!(row(LUIS, Language::Spanish).preview, "Enviando: planos-casa.zip · 43 %");
    }

    #[test]
    fn a_transfer_with_somebody_away_waits() {
        let (mut people, locale) = (People::new(sample::snapshot()), locale(Language::English));
        people.apply(&Event::Peer(Peer { path: Path::None, ..sample::peer(LUIS, "luis") }));
        let row = Row::of(people.conversations("")[0], &people, &locale);
        assert_eq!(row.preview, "Waiting: planos-casa.zip · 43 %");
    }

    #[test]
    fn who_else_is_here_is_told_apart() {
        assert_eq!(row(LUIS_TOO, Language::English).preview, "Same nickname, another person");
        assert_eq!(row(RECEPTION, Language::English).preview, "Through the relay");
    }
}
