//! Where in a conversation a window is: at its end, or at an earlier part that was scrolled or jumped to. The end is
//! shared by all windows; of an earlier part each has its own.

use iced::widget::Id;
use iced::window;

use super::log::Row;
use crate::model::{Message, MessageId, PeerId, Span};
use crate::ui::chats::Chat;
use crate::ui::history::{History, Page};
use crate::ui::widget::{Aim, Seen};

/// With fewer rows than this left beyond what is in view, more are asked for.
const NEAR: usize = 30;

/// See the module.
#[derive(Debug)]
pub struct Place {
    window: window::Id,
    peer: PeerId,
    /// The part that is shown, unless it's the shared one.
    part: Option<History>,
    /// The message around which a part is on its way.
    awaited: Option<MessageId>,
    aim: Option<(Id, Aim<Row>)>,
    /// What was first in view, unless that was the end.
    first: Option<(Row, f32)>,
    scrolled_up: bool,
    /// Whether it isn't seen yet where a jump has led.
    unsettled: bool,
    /// Messages that came while scrolled up.
    missed: u32,
    /// The message that was jumped to.
    found: Option<MessageId>,
}

impl Place {
    /// The end of the conversation with `peer`.
    pub const fn new(window: window::Id, peer: PeerId) -> Self {
        Self {
            window,
            peer,
            part: None,
            awaited: None,
            aim: None,
            first: None,
            scrolled_up: false,
            unsettled: false,
            missed: 0,
            found: None,
        }
    }

    /// In which window.
    pub const fn window(&self) -> window::Id {
        self.window
    }

    /// With whom.
    pub const fn peer(&self) -> PeerId {
        self.peer
    }

    /// What is shown.
    pub fn history<'a>(&'a self, chat: &'a Chat) -> &'a History {
        self.part.as_ref().unwrap_or(&chat.history)
    }

    /// Where the log is to go.
    pub fn aim(&self) -> Option<(Id, Aim<Row>)> {
        self.aim.clone()
    }

    /// Where the log was last, unless that was the end.
    pub const fn first(&self) -> Option<(Row, f32)> {
        self.first
    }

    /// Whether the end is out of view.
    pub const fn is_scrolled_up(&self) -> bool {
        self.scrolled_up
    }

    /// Whether the end is known to be in view.
    pub const fn is_at_the_end(&self) -> bool {
        !self.scrolled_up && !self.unsettled
    }

    /// Messages that came while the end was out of view.
    pub const fn missed(&self) -> u32 {
        self.missed
    }

    /// The message that was jumped to.
    pub const fn found(&self) -> Option<MessageId> {
        self.found
    }

    /// The person scrolled, or what is in view changed. Returns a page that should be loaded now.
    pub fn moved(&mut self, seen: Seen<Row>, chat: &mut Chat) -> Option<Page> {
        self.aim.take_if(|(id, _)| seen.aimed.as_ref() == Some(id));
        self.unsettled = self.awaited.is_some();
        self.scrolled_up = !seen.at_the_end || self.history(chat).has_newer();
        self.first = seen.first.filter(|_| self.scrolled_up);
        if !self.scrolled_up {
            self.missed = 0;
            // A part that has come to the end is the shared one again.
            self.part = None;
        }
        if seen.above < NEAR {
            if self.part.is_none() && chat.history.is_full() {
                self.part = Some(chat.history.roaming());
            }
            let older = self.shown(chat).ask_older();
            if let Some(span) = older {
                return Some(self.page(span));
            }
        }
        if seen.below < NEAR {
            return self.shown(chat).ask_newer().map(|span| self.page(span));
        }
        None
    }

    fn shown<'a>(&'a mut self, chat: &'a mut Chat) -> &'a mut History {
        self.part.as_mut().unwrap_or(&mut chat.history)
    }

    fn page(&self, span: Span) -> Page {
        Page { peer: self.peer, window: self.part.is_some().then_some(self.window), span }
    }

    /// Goes to the latest message.
    pub fn show_end(&mut self) {
        *self = Self { aim: Some((Id::unique(), Aim::End)), ..Self::new(self.window, self.peer) };
    }

    /// Scrolls by so many times what is in view.
    pub fn scroll(&mut self, times: f32) {
        self.aim = Some((Id::unique(), Aim::Further(times)));
    }

    /// Goes to a message, and marks it. Returns a page that has to be loaded for that.
    pub fn jump(&mut self, id: MessageId, chat: &Chat) -> Option<Page> {
        self.found = Some(id);
        self.awaited = None;
        self.unsettled = true;
        if !self.history(chat).has(id) {
            if !chat.history.has(id) {
                self.awaited = Some(id);
                return Some(Page { peer: self.peer, window: Some(self.window), span: Span::Around(id) });
            }
            self.part = None;
        }
        self.aim = Some((Id::unique(), Aim::Row(Row::Message(id))));
        None
    }

    /// Marks nothing any longer. Returns whether something was marked.
    pub fn unmark(&mut self) -> bool {
        self.found.take().is_some()
    }

    /// A page that was asked for this window's part has come, or not.
    pub fn page_loaded(&mut self, span: Span, page: Option<Vec<Message>>, me: PeerId) {
        match (span, page) {
            (Span::Around(id), Some(page)) if self.awaited == Some(id) => {
                self.awaited = None;
                self.part = Some(History::around(me, id, page));
                self.scrolled_up = true;
                if self.found == Some(id) {
                    self.aim = Some((Id::unique(), Aim::Row(Row::Message(id))));
                }
            }
            (Span::Around(id), None) if self.awaited == Some(id) => {
                self.awaited = None;
                self.unsettled = false;
            }
            (Span::Around(_), _) => {}
            (_, Some(page)) => {
                if let Some(part) = &mut self.part {
                    part.add_page(span, page);
                }
            }
            (_, None) => {
                if let Some(part) = &mut self.part {
                    part.page_failed();
                }
            }
        }
    }

    /// A message of this conversation came or changed.
    pub fn take(&mut self, message: &Message) {
        if let Some(part) = &mut self.part {
            part.add_unseen(message.clone());
        }
    }

    /// The part of this window alone, if it shows one.
    pub const fn part_mut(&mut self) -> Option<&mut History> {
        self.part.as_mut()
    }

    /// One more message came at the end of the conversation.
    pub const fn missed_one(&mut self) {
        if self.scrolled_up {
            self.missed = self.missed.saturating_add(1);
        }
    }

    /// So much is loaded of what all share that who looks at earlier ones gets a part of their own.
    pub fn part_from(&mut self, chat: &Chat) {
        if self.scrolled_up && self.part.is_none() {
            self.part = Some(chat.history.roaming());
        }
    }

    /// Events were missed: what is shown is loaded anew. Returns the page for it, where it isn't the shared one.
    pub fn reload(&mut self) -> Option<Page> {
        let messages = self.part.as_ref()?.messages();
        let id = match self.first {
            Some((Row::Message(id), _)) => id,
            _ => messages.get(messages.len() / 2)?.id,
        };
        self.awaited = Some(id);
        Some(Page { peer: self.peer, window: Some(self.window), span: Span::Around(id) })
    }
}
