//! The main window: the sidebar, and beside it a conversation, the transfers, or what stands in their place.

use iced::widget::{column, container, row};
use iced::{Element, Fill, Size, window};

use super::conversation::Known;
use super::settings::Desktop;
use super::{add, conversation, nobody, settings, sidebar, transfers};
use crate::model::{PeerId, Settings};
use crate::ui::chats::Chats;
use crate::ui::locale::Locale;
use crate::ui::people::People;
use crate::ui::session::Aside;
use crate::ui::widget::{Move, divider, vertical_line};

/// Narrower than this, the sidebar shows avatars alone; in pixels.
const AVATARS_BELOW: f32 = 720.0;

/// What the pane beside the sidebar has at least where both are shown.
const PANE_LEAST: f32 = 400.0;

/// Narrower than this, one pane is shown at a time.
const ONE_PANE_BELOW: f32 = 480.0;

/// The main window's parts.
#[derive(Debug)]
pub struct State {
    /// The window.
    pub window: window::Id,
    /// Oneself, the search, the list.
    pub sidebar: sidebar::State,
    /// What is beside it.
    pub pane: Pane,
    /// What is shown there when nothing is open.
    pub nobody: nobody::State,
    /// The form for an address, wherever it's shown.
    pub form: add::State,
    /// The window's size, in pixels.
    pub size: Size,
    /// Whether somebody or something is being looked for, which needs the sidebar whole.
    pub finding: bool,
}

/// What is open beside the sidebar.
#[derive(Debug)]
pub enum Pane {
    /// Nothing.
    Nobody,
    /// A conversation.
    Conversation(Box<conversation::State>),
    /// All transfers.
    Transfers(transfers::State),
    /// What can be set.
    Settings(settings::State),
}

/// What the person did, by part.
#[derive(Debug, Clone)]
pub enum Message {
    /// In the sidebar.
    Sidebar(sidebar::Message),
    /// In the conversation.
    Conversation(conversation::Message),
    /// Among the transfers.
    Transfers(transfers::Message),
    /// In the settings.
    Settings(settings::Message),
    /// Where nothing is open.
    Nobody(nobody::Message),
    /// Moved the line beside the sidebar.
    DividerMoved(Move),
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
        Self {
            window,
            sidebar: sidebar::State::default(),
            pane: Pane::Nobody,
            nobody: nobody::State::default(),
            form: add::State::default(),
            size,
            finding: false,
        }
    }

    /// The open conversation.
    pub fn conversation(&self) -> Option<&conversation::State> {
        match &self.pane {
            Pane::Conversation(shown) => Some(shown),
            _ => None,
        }
    }

    /// The open conversation, to be changed.
    pub fn conversation_mut(&mut self) -> Option<&mut conversation::State> {
        match &mut self.pane {
            Pane::Conversation(shown) => Some(shown),
            _ => None,
        }
    }

    /// With whom the open conversation is.
    pub fn open(&self) -> Option<PeerId> {
        self.conversation().map(conversation::State::peer)
    }

    /// The conversation that is open, or was before the transfers or the settings.
    pub fn back_to(&self) -> Option<PeerId> {
        match &self.pane {
            Pane::Nobody => None,
            Pane::Conversation(shown) => Some(shown.peer()),
            Pane::Transfers(shown) => shown.back_to(),
            Pane::Settings(shown) => shown.back_to(),
        }
    }

    /// Whether something is shown that one comes back from.
    pub const fn is_aside(&self) -> bool {
        matches!(self.pane, Pane::Transfers(_) | Pane::Settings(_))
    }

    fn division(&self) -> Division {
        match self.size.width {
            width if width < ONE_PANE_BELOW => Division::OnePane,
            width if width < AVATARS_BELOW => Division::Avatars,
            _ => Division::Both,
        }
    }

    /// Whether the search takes all of the window.
    pub fn is_only_finding(&self) -> bool {
        self.finding && self.division() != Division::Both
    }

    /// The window; in the sidebar stands what is being written where nobody sees it.
    pub fn view<'a>(
        &'a self,
        known: Known<'a>,
        chats: &'a Chats,
        drafts: &Aside,
        set: (&'a Settings, &'a Desktop),
        locale: &'a Locale,
    ) -> Element<'a, Message> {
        let people = known.people;
        let pane = |frame| self.pane((known, chats), set, frame, locale);
        let sidebar =
            |room| self.sidebar.view((people, drafts.clone()), self.open(), room, locale).map(Message::Sidebar);
        let beside = |room, line| row![sidebar(room), line, pane(conversation::Frame::Pane)].into();
        let wide = f32::from(set.0.sidebar_width.pixels()).min(self.size.width - PANE_LEAST);
        match self.division() {
            Division::Both => beside(sidebar::Room::Wide(wide.into()), divider(Message::DividerMoved)),
            Division::Avatars if !self.finding => beside(sidebar::Room::Avatars, vertical_line()),
            Division::OnePane if !self.finding && !matches!(self.pane, Pane::Nobody) => {
                pane(conversation::Frame::Alone)
            }
            Division::OnePane if people.in_order("").is_empty() => {
                column![container(sidebar(sidebar::Room::Wide(Fill))).height(124), self.nobody(people, locale)].into()
            }
            Division::Avatars | Division::OnePane => sidebar(sidebar::Room::Wide(Fill)),
        }
    }

    fn pane<'a>(
        &'a self,
        (known, chats): (Known<'a>, &'a Chats),
        (settings, desktop): (&'a Settings, &'a Desktop),
        frame: conversation::Frame,
        locale: &'a Locale,
    ) -> Element<'a, Message> {
        let people = known.people;
        match &self.pane {
            Pane::Conversation(shown) => match chats.get(&shown.peer()) {
                Some(chat) => shown.view(chat, known, frame, locale).map(Message::Conversation),
                None => self.nobody(people, locale),
            },
            Pane::Transfers(transfers) => transfers.view(people, locale).map(Message::Transfers),
            Pane::Settings(state) => {
                let shown = settings::Shown { settings, desktop, me: people.me(), form: &self.form };
                state.view(shown, locale).map(Message::Settings)
            }
            Pane::Nobody => self.nobody(people, locale),
        }
    }

    fn nobody<'a>(&'a self, people: &'a People, locale: &'a Locale) -> Element<'a, Message> {
        self.nobody.view(&self.form, people, locale).map(Message::Nobody)
    }
}
