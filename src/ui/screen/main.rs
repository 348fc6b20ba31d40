//! The main window: the sidebar, and beside it a conversation or what stands in its place.

use iced::widget::{column, container, row, rule};
use iced::{Element, Fill, Size, window};

use super::{conversation, nobody, sidebar};
use crate::model::PeerId;
use crate::ui::chats::Chats;
use crate::ui::locale::Locale;
use crate::ui::people::People;
use crate::ui::style;

/// Narrower than this, the sidebar shows avatars alone; in pixels.
const AVATARS_BELOW: f32 = 720.0;

/// Narrower than this, one pane is shown at a time.
const ONE_PANE_BELOW: f32 = 480.0;

/// The main window's parts.
#[derive(Debug)]
pub struct State {
    /// The window.
    pub window: window::Id,
    /// Oneself, the search, the list.
    pub sidebar: sidebar::State,
    /// The open conversation.
    pub conversation: Option<conversation::State>,
    /// What is shown without one.
    pub nobody: nobody::State,
    /// The window's size, in pixels.
    pub size: Size,
}

/// What the person did, by part.
#[derive(Debug, Clone)]
pub enum Message {
    /// In the sidebar.
    Sidebar(sidebar::Message),
    /// In the conversation.
    Conversation(conversation::Message),
    /// Where no conversation is.
    Nobody(nobody::Message),
}

/// How the window is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Division {
    Both,
    Avatars,
    OnePane,
}

impl State {
    /// An empty main window.
    pub fn new(window: window::Id, size: Size) -> Self {
        Self { window, sidebar: sidebar::State::default(), conversation: None, nobody: nobody::State::default(), size }
    }

    /// With whom the open conversation is.
    pub fn open(&self) -> Option<PeerId> {
        self.conversation.as_ref().map(conversation::State::peer)
    }

    fn division(&self) -> Division {
        match self.size.width {
            width if width < ONE_PANE_BELOW => Division::OnePane,
            width if width < AVATARS_BELOW => Division::Avatars,
            _ => Division::Both,
        }
    }

    /// Whether the search can be seen.
    pub fn has_search(&self) -> bool {
        match self.division() {
            Division::Both => true,
            Division::Avatars => false,
            Division::OnePane => self.conversation.is_none(),
        }
    }

    /// The window.
    pub fn view<'a>(&'a self, people: &'a People, chats: &'a Chats, locale: &'a Locale) -> Element<'a, Message> {
        let sidebar = |room| self.sidebar.view(people, self.open(), room, locale).map(Message::Sidebar);
        let beside = |room| {
            let line = rule::vertical(1).style(style::line);
            row![sidebar(room), line, self.pane(people, chats, conversation::Frame::Pane, locale)].into()
        };
        match self.division() {
            Division::Both => beside(sidebar::Room::Wide(sidebar::WIDE.into())),
            Division::Avatars => beside(sidebar::Room::Avatars),
            Division::OnePane if self.conversation.is_some() => {
                self.pane(people, chats, conversation::Frame::Alone, locale)
            }
            Division::OnePane if people.in_order("").is_empty() => {
                column![container(sidebar(sidebar::Room::Wide(Fill))).height(124), self.nobody(people, locale)].into()
            }
            Division::OnePane => sidebar(sidebar::Room::Wide(Fill)),
        }
    }

    fn pane<'a>(
        &'a self,
        people: &'a People,
        chats: &'a Chats,
        frame: conversation::Frame,
        locale: &'a Locale,
    ) -> Element<'a, Message> {
        let open = self.conversation.as_ref();
        match open.and_then(|open| chats.get(&open.peer()).map(|chat| (open, chat))) {
            Some((open, chat)) => open.view(chat, people, frame, locale).map(Message::Conversation),
            None => self.nobody(people, locale),
        }
    }

    fn nobody<'a>(&'a self, people: &'a People, locale: &'a Locale) -> Element<'a, Message> {
        self.nobody.view(people, locale).map(Message::Nobody)
    }
}
