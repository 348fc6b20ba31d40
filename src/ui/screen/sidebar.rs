//! The sidebar: oneself, the search, conversations, and who else is here.

pub mod row;

use std::time::{Duration, Instant};

use iced::widget::{Id, column, container, space, text, text_input};
use iced::{Center, Element, Fill};
use lucide_icons::Icon;

use self::row::{Kind, Row};
use super::relays;
use crate::model::{Message as Sent, MessageId, PeerId, Presence};
use crate::ui::font;
use crate::ui::keys::{self, Command};
use crate::ui::locale::Locale;
use crate::ui::people::People;
use crate::ui::search::{Query, Search};
use crate::ui::session::Aside;
use crate::ui::style::{self, Ground};
use crate::ui::widget::{Face, List, arrows, avatar, icon, icon_button, key_name, line, press, secondary, tip};

/// The search field.
pub const SEARCH: Id = Id::new("search");

/// Wide enough for avatars, in pixels.
pub const NARROW: f32 = 72.0;

/// Above the first row and below the last, in pixels.
const MARGIN: f32 = 4.0;

/// Two presses within this are a double click.
const DOUBLE_CLICK: Duration = Duration::from_millis(400);

/// The search, the menu, and the last press.
#[derive(Debug, Default)]
pub struct State {
    /// Among people by name, and among messages by their words.
    search: Search,
    menu: bool,
    pressed: Option<(PeerId, Instant)>,
}

/// What the person did.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Typed in the search.
    Searched(String),
    /// Pressed Enter there.
    SearchSubmitted,
    /// Pressed a row, at this time.
    RowPressed(PeerId, Instant),
    /// Pressed a message that was found.
    HitPressed(PeerId, MessageId),
    /// Wants to see older messages that fit.
    MorePressed,
    /// Pressed oneself.
    MePressed,
    /// The same where the sidebar has no room for more.
    WholeWanted,
    /// Chose a presence.
    PresenceChosen(Presence),
    /// Wants an invite to pass on.
    InvitePressed,
    /// Wants to see the transfers.
    TransfersPressed,
    /// Wants to see the settings.
    SettingsPressed,
}

/// What the owner has to do.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Nothing.
    None,
    /// Show this conversation.
    Open(PeerId),
    /// Show this message.
    OpenAt(PeerId, MessageId),
    /// Give the sidebar room for all it has.
    Widen,
    /// Look for messages.
    Search(Query),
    /// Show this conversation in a window of its own.
    PopOut(PeerId),
    /// Show oneself so.
    SetPresence(Presence),
    /// Put an invite on the clipboard.
    CopyInvite,
    /// Show the transfers, or no longer.
    ShowTransfers,
    /// Show the settings, or no longer.
    ShowSettings,
}

impl State {
    /// Takes in what the person did.
    pub fn update(&mut self, message: Message, people: &People) -> Action {
        match message {
            Message::Searched(words) => self.search.edit(words).map_or(Action::None, Action::Search),
            Message::SearchSubmitted => {
                if let Some(first) = people.in_order(self.search.words()).first() {
                    self.search.edit(String::new());
                    return Action::Open(*first);
                }
                // Until the answer has come, the hits are those for other words.
                let latest = self.search.hits().last().filter(|_| self.search.is_answered());
                latest.map_or(Action::None, |hit| Action::OpenAt(hit.peer, hit.id))
            }
            Message::HitPressed(peer, id) => Action::OpenAt(peer, id),
            Message::MorePressed => self.search.more().map_or(Action::None, Action::Search),
            Message::RowPressed(peer, now) => self.press(peer, now),
            Message::MePressed => {
                self.menu = !self.menu;
                Action::None
            }
            Message::WholeWanted => {
                self.menu = true;
                Action::Widen
            }
            Message::PresenceChosen(presence) => {
                self.menu = false;
                Action::SetPresence(presence)
            }
            Message::InvitePressed => {
                self.menu = false;
                Action::CopyInvite
            }
            Message::TransfersPressed => {
                self.menu = false;
                Action::ShowTransfers
            }
            Message::SettingsPressed => Action::ShowSettings,
        }
    }

    fn press(&mut self, peer: PeerId, now: Instant) -> Action {
        self.menu = false;
        let before = self.pressed.replace((peer, now));
        if before.is_some_and(|(other, then)| other == peer && now.duration_since(then) <= DOUBLE_CLICK) {
            self.pressed = None;
            return Action::PopOut(peer);
        }
        Action::Open(peer)
    }

    /// Closes the menu or empties the search. Returns whether there was something to leave.
    pub fn leave(&mut self) -> bool {
        let open = self.menu || !self.search.words().is_empty();
        self.menu = false;
        self.search.edit(String::new());
        open
    }

    /// Takes the messages that were found; `None` where that failed. Returns what to look for next.
    pub fn answer(&mut self, query: &Query, hits: Option<Vec<Sent>>) -> Option<Query> {
        self.search.answer(query, hits)
    }

    /// The sidebar, with the row of `open` marked, and drafts in place of last lines; only avatars where there's little room.
    pub fn view<'a>(
        &'a self,
        (people, drafts): (&'a People, Aside),
        open: Option<PeerId>,
        room: Room,
        locale: &'a Locale,
    ) -> Element<'a, Message> {
        let head = match room {
            Room::Avatars => column![own_avatar_button(people, locale), settings(locale), transfers(locale)]
                .spacing(8)
                .padding([16, 0])
                .width(Fill)
                .align_x(Center),
            Room::Wide(_) => column![me(people, locale), self.search(locale)],
        };
        let rows = self.rows(people, room);
        let keys = rows.iter().map(Kind::key).collect();
        let make = move |place: usize| match rows.get(place) {
            Some(kind) => self.row(kind, (people, &drafts), open, room, locale),
            None => space().into(),
        };
        let list = List::new(keys, make).margins(MARGIN, MARGIN).begins_at_the_top();
        let content = arrows(column![head, list]);
        container(content).width(room.width()).height(Fill).style(style::sidebar).into()
    }

    fn search<'a>(&'a self, locale: &Locale) -> Element<'a, Message> {
        let field = text_input(&locale.tr("search-placeholder"), self.search.words())
            .id(SEARCH)
            .on_input(Message::Searched)
            .on_submit(Message::SearchSubmitted)
            .size(font::BODY.text)
            .line_height(text::LineHeight::Absolute(22.into()))
            .padding([7, 12])
            .style(style::input);
        let hint = self.search.words().is_empty().then(|| keys::name(Command::Find, locale).map(key_name)).flatten();
        let hint = container(hint.unwrap_or_else(|| space().into())).align_right(Fill).center_y(Fill).padding([0, 12]);
        container(iced::widget::stack![field, hint].height(38)).padding([0, 16]).into()
    }

    /// All rows.
    fn rows<'a>(&'a self, people: &'a People, room: Room) -> Vec<Kind<'a>> {
        let query = self.search.words();
        let (conversations, also_here) = (people.conversations(query), people.also_here(query));
        let is_wide = matches!(room, Room::Wide(_));
        let hits = if is_wide { self.search.hits() } else { &[] };
        let found_nothing =
            self.search.is_answered() && conversations.is_empty() && also_here.is_empty() && hits.is_empty();
        let head = |key, shown: bool| (is_wide && shown).then_some(Kind::Head(key));
        let others = if conversations.is_empty() { "people-title" } else { "also-here" };
        let mut rows = Vec::new();
        rows.extend((self.menu && is_wide).then_some(Kind::Menu));
        rows.extend(head("conversations", !conversations.is_empty()));
        rows.extend(conversations.into_iter().map(Kind::Conversation));
        rows.extend(head(others, !also_here.is_empty()));
        rows.extend(also_here.into_iter().map(Kind::AlsoHere));
        rows.extend(head("messages-found", !hits.is_empty()));
        rows.extend(hits.iter().rev().map(Kind::Hit));
        rows.extend(self.search.has_more().then_some(Kind::More));
        rows.extend((is_wide && found_nothing).then_some(Kind::Nothing));
        rows
    }

    fn row<'a>(
        &'a self,
        kind: &Kind<'a>,
        (people, drafts): (&'a People, &Aside),
        open: Option<PeerId>,
        room: Room,
        locale: &'a Locale,
    ) -> Element<'a, Message> {
        let person = |row: Row, peer: PeerId| {
            let draft = drafts.get(&peer).map(String::as_str);
            self::person(row.draft(draft, locale), peer, open == Some(peer), room)
        };
        let row = match kind {
            Kind::Menu => {
                return container(own_menu(people, locale)).padding(iced::padding::horizontal(16).vertical(4)).into();
            }
            Kind::Head(key) => section(locale.tr(key)),
            Kind::Conversation(conversation) => person(Row::of(conversation, people, locale), conversation.peer),
            Kind::AlsoHere(peer) => person(Row::also_here(peer, people, locale), peer.id),
            Kind::Hit(hit) => found(hit, self.search.words(), people, locale),
            Kind::More => secondary(locale.tr("search-more"), Message::MorePressed).into(),
            Kind::Nothing => container(line(locale.tr("search-nothing")).style(style::muted)).padding(16).into(),
        };
        container(row).padding([0, 6]).width(Fill).into()
    }
}

/// The row of somebody.
fn person<'a>(row: Row, peer: PeerId, is_open: bool, room: Room) -> Element<'a, Message> {
    let (content, sides) = match room {
        // The count stands beside the letter.
        Room::Avatars => (row.small(), 0),
        Room::Wide(_) => (row.view(), 10),
    };
    press(content)
        .padding([9, sides])
        .width(Fill)
        .style(style::row(is_open))
        .on_press_with(move || Message::RowPressed(peer, Instant::now()))
        .into()
}

/// A message that was found.
fn found<'a>(hit: &Sent, words: &str, people: &People, locale: &Locale) -> Element<'a, Message> {
    let (peer, id) = (hit.peer, hit.id);
    let content = Row::found(hit, words, people, locale).view();
    press(content)
        .padding([9, 10])
        .width(Fill)
        .style(style::row(false))
        .on_press_with(move || Message::HitPressed(peer, id))
        .into()
}

/// How much room the sidebar has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Room {
    /// For names and last lines, so many pixels wide or all there is.
    Wide(iced::Length),
    /// For avatars.
    Avatars,
}

impl Room {
    fn width(self) -> iced::Length {
        match self {
            Self::Wide(width) => width,
            Self::Avatars => NARROW.into(),
        }
    }
}

fn section<'a>(title: String) -> Element<'a, Message> {
    let title = text(title).size(font::LABEL.text).line_height(text::LineHeight::Absolute(22.into()));
    container(title.font(font::STRONG).style(style::muted)).padding(iced::padding::top(12).bottom(4).left(10)).into()
}

fn own_avatar<'a>(people: &People) -> Element<'a, Message> {
    let me = people.me();
    let face =
        Face { peer: me.peer_id, nickname: me.nickname.as_str(), presence: me.presence, ground: Ground::Sidebar };
    avatar(face, 40.0)
}

/// Oneself where there's room for nothing else: leads to all that the sidebar has where it's whole.
fn own_avatar_button<'a>(people: &People, locale: &Locale) -> Element<'a, Message> {
    let key = keys::name(Command::Find, locale).unwrap_or_default();
    let button = press(own_avatar(people)).padding(2).style(style::row(false)).on_press(Message::WholeWanted);
    tip(button, locale.tr_with("tip-sidebar", [("key", key)]))
}

fn me<'a>(people: &People, locale: &Locale) -> Element<'a, Message> {
    let me = people.me();
    let name = people.own_name();
    let here = locale.tr_with("people-here", [("count", people.count_here())]);
    let words = column![
        row::name(&name),
        line(format!("{} · {here}", locale.presence(me.presence))).size(font::SECONDARY).style(style::muted),
    ];
    let oneself = iced::widget::row![own_avatar(people), words.width(Fill)].spacing(12).align_y(Center);
    let padding = iced::padding::all(8).left(10).right(4);
    let oneself = press(oneself).padding(padding).width(Fill).style(style::row(false)).on_press(Message::MePressed);
    let moving = people.is_anything_moving().then(|| transfers(locale));
    container(iced::widget::row![oneself, moving, settings(locale)].align_y(Center))
        .padding(iced::padding::all(8).left(6).right(12))
        .into()
}

fn settings<'a>(locale: &Locale) -> Element<'a, Message> {
    let key = keys::name(Command::Settings, locale).unwrap_or_default();
    icon_button(Icon::Settings, locale.tr_with("tip-settings", [("key", key)]), Some(Message::SettingsPressed))
}

fn transfers<'a>(locale: &Locale) -> Element<'a, Message> {
    let key = keys::name(Command::Transfers, locale).unwrap_or_default();
    icon_button(Icon::ArrowDownUp, locale.tr_with("tip-transfers", [("key", key)]), Some(Message::TransfersPressed))
}

/// What belongs to oneself: presences to choose from, the invite, relays.
fn own_menu<'a>(people: &People, locale: &Locale) -> Element<'a, Message> {
    let choices = [Presence::Online, Presence::Away, Presence::Busy].into_iter().map(|presence| {
        let face = row::dot(presence);
        let words = line(locale.presence(presence));
        press(iced::widget::row![face, words].spacing(10).align_y(Center))
            .padding([6, 10])
            .width(Fill)
            .style(style::row(people.me().presence == presence))
            .on_press(Message::PresenceChosen(presence))
            .into()
    });
    let entry = |sign: Icon, key: &str, message| {
        let sign = container(icon(sign, 13.0).style(style::muted)).center_x(10);
        let entry = iced::widget::row![sign, line(locale.tr(key))].spacing(10).align_y(Center);
        press(entry).padding([6, 10]).width(Fill).style(style::row(false)).on_press(message)
    };
    let invite = entry(Icon::Link, "invite-copy", Message::InvitePressed);
    let transfers = entry(Icon::ArrowDownUp, "transfers", Message::TransfersPressed);
    let relays = relays::view(&people.me().relays, locale).map(|relays| container(relays).padding([6, 10]));
    container(column(choices).push(transfers).push(invite).push(relays)).padding(4).style(style::menu).into()
}

#[cfg(test)]
mod tests;
