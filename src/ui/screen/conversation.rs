//! One conversation: header, what was said, composer. A window shows one of these; several windows may show the same
//! conversation, each at its own place, with one draft.

mod attach;
mod bubble;
mod card;
mod composer;
mod emoji;
mod entries;
mod header;
mod log;

use iced::widget::text_editor::{self, Content, Edit};
use iced::widget::{Id, column, container, stack};
use iced::{Element, Fill, window};

pub use log::Place;

use crate::model::{From, Message as Sent, MessageId, PeerId, Text, TextError, TransferId};
use crate::ui::chats::Chat;
use crate::ui::locale::Locale;
use crate::ui::notice::Notice;
use crate::ui::people::People;
use crate::ui::style;
use crate::ui::transfer::{Asking, Press, Wish};
use crate::ui::widget::notice;

/// Closer to the end than this is at the end, in pixels.
const AT_THE_END: f32 = 24.0;

/// Closer to the beginning than this, older messages are asked for.
const NEAR_THE_BEGINNING: f32 = 600.0;

/// What one window shows of a conversation.
#[derive(Debug)]
pub struct State {
    window: window::Id,
    peer: PeerId,
    unread_at_opening: u32,
    /// The message above which "New" stands.
    new_from: Option<MessageId>,
    scrolled_up: bool,
    /// Messages that came while scrolled up.
    missed: u32,
    /// The height of all that was said when last drawn.
    height: f32,
    /// Whether something was added at the end since.
    grown: bool,
    notice: Option<Notice>,
    /// Whether it's being chosen what to offer.
    attaching: bool,
    /// The picker of emoji, while it's open.
    emoji: Option<emoji::State>,
    /// Whether files are held over the window.
    drop_target: bool,
    asking: Asking,
}

/// What the person did.
#[derive(Debug, Clone)]
pub enum Message {
    /// Wrote.
    Edited(text_editor::Action),
    /// Pressed Enter or Send.
    Submitted,
    /// Wants to offer something, or no longer.
    AttachPressed,
    /// Files.
    FilesPressed,
    /// Folders.
    FoldersPressed,
    /// Nothing after all.
    AttachLeft,
    /// Wants an emoji, or no longer.
    EmojiPressed,
    /// In the picker of emoji.
    Emoji(emoji::Message),
    /// Scrolled, or what is scrolled grew.
    Scrolled(Place),
    /// Wants to see the latest.
    JumpPressed,
    /// Pressed something on a file's card.
    FilePressed(TransferId, Press),
    /// Wants the text of a message.
    CopyPressed(MessageId),
    /// Wants a window of its own for this.
    PopOutPressed,
    /// Wants back to the list.
    BackPressed,
    /// Has read the notice.
    NoticeDismissed,
}

/// What the owner has to do.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Nothing.
    None,
    /// Send this.
    Send(PeerId, Text),
    /// Have files chosen, and offer them.
    ChooseFiles(PeerId),
    /// Have folders chosen, and offer them.
    ChooseFolders(PeerId),
    /// Put the cursor into this field.
    Focus(Id),
    /// Load what was said before.
    LoadOlder(PeerId),
    /// Show the end of what was said.
    ScrollToEnd(Id),
    /// Scroll by so many pixels.
    ScrollBy(Id, f32),
    /// Do this with a transfer.
    Fulfil(PeerId, TransferId, Wish),
    /// Put this on the clipboard.
    Copy(String),
    /// Show the conversation in a window of its own.
    PopOut(PeerId),
    /// Leave the conversation.
    Back,
}

/// Where the conversation is shown, which decides about two buttons of its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// Beside the sidebar.
    Pane,
    /// In place of the sidebar.
    Alone,
    /// In a window of its own.
    Window,
}

impl State {
    /// The conversation with `peer` in `window`, of which so much was unread.
    pub fn new(window: window::Id, peer: PeerId, unread: u32) -> Self {
        Self {
            window,
            peer,
            unread_at_opening: unread,
            new_from: None,
            scrolled_up: false,
            missed: 0,
            height: 0.0,
            grown: false,
            notice: None,
            attaching: false,
            emoji: None,
            drop_target: false,
            asking: Asking::default(),
        }
    }

    /// With whom.
    pub const fn peer(&self) -> PeerId {
        self.peer
    }

    /// The composer, to be focused.
    pub fn composer(&self) -> Id {
        Id::from(format!("composer {:?}", self.window))
    }

    fn emoji_search(&self) -> Id {
        Id::from(format!("emoji {:?}", self.window))
    }

    fn log(&self) -> Id {
        Id::from(format!("log {:?}", self.window))
    }

    /// Whether the end of the conversation is in view.
    pub const fn is_at_the_end(&self) -> bool {
        !self.scrolled_up
    }

    /// The first page has come, so the place of "New" can be found.
    pub fn page_loaded(&mut self, chat: &Chat) {
        if self.unread_at_opening > 0 && self.new_from.is_none() {
            self.new_from = chat.history.first_unread(self.unread_at_opening);
            self.unread_at_opening = 0;
        }
    }

    /// A message was added at the end; `seen` says whether the person is looking.
    pub fn message_added(&mut self, message: &Sent, seen: bool) {
        match message.from {
            From::Me => self.new_from = None,
            From::Peer if !seen && self.new_from.is_none() => self.new_from = Some(message.id),
            From::Peer => {}
        }
        if self.scrolled_up {
            self.grown = true;
            self.missed = self.missed.saturating_add(1);
        }
    }

    /// There's something to know about what was asked for here.
    pub fn tell(&mut self, notice: Notice) {
        self.notice = Some(notice);
    }

    /// That's no longer to be known.
    pub fn withdraw(&mut self, notice: &Notice) {
        self.notice.take_if(|shown| shown == notice);
    }

    /// Files are held over the window, or no longer.
    pub const fn set_drop_target(&mut self, is_one: bool) {
        self.drop_target = is_one;
    }

    /// Closes the menu or the picker. Returns whether there was one to leave.
    pub fn leave(&mut self) -> bool {
        std::mem::replace(&mut self.attaching, false) | self.emoji.take().is_some()
    }

    /// Takes in what the person did.
    pub fn update(&mut self, message: Message, chat: &mut Chat) -> Action {
        match message {
            Message::Edited(action) => {
                let may_end_shortcode = matches!(action, text_editor::Action::Edit(Edit::Insert(':')));
                chat.draft.perform(action);
                if may_end_shortcode {
                    emoji::replace_shortcode(&mut chat.draft);
                }
                Action::None
            }
            Message::Submitted => self.submit(chat),
            Message::AttachPressed => {
                self.attaching = !self.attaching;
                Action::None
            }
            Message::FilesPressed => self.attach(Action::ChooseFiles(self.peer)),
            Message::FoldersPressed => self.attach(Action::ChooseFolders(self.peer)),
            Message::AttachLeft => self.attach(Action::None),
            Message::EmojiPressed => {
                self.emoji = self.emoji.is_none().then(emoji::State::new);
                Action::Focus(if self.emoji.is_some() { self.emoji_search() } else { self.composer() })
            }
            Message::Emoji(message) => self.update_emoji(message, chat),
            Message::Scrolled(place) => self.scrolled(place),
            Message::JumpPressed => self.show_end(),
            Message::FilePressed(id, press) => {
                self.asking.pressed(id, press).map_or(Action::None, |wish| Action::Fulfil(self.peer, id, wish))
            }
            Message::CopyPressed(id) => {
                let message = chat.history.messages().iter().find(|message| message.id == id);
                message.map_or(Action::None, |message| Action::Copy(message.body.text().to_owned()))
            }
            Message::PopOutPressed => Action::PopOut(self.peer),
            Message::BackPressed => Action::Back,
            Message::NoticeDismissed => {
                self.notice = None;
                Action::None
            }
        }
    }

    fn update_emoji(&mut self, message: emoji::Message, chat: &mut Chat) -> Action {
        if message == emoji::Message::Left {
            self.emoji = None;
            return Action::Focus(self.composer());
        }
        if let Some(chosen) = self.emoji.as_mut().and_then(|picker| picker.update(message)) {
            emoji::insert(&mut chat.draft, chosen);
        }
        Action::None
    }

    fn attach(&mut self, action: Action) -> Action {
        self.attaching = false;
        action
    }

    fn submit(&mut self, chat: &mut Chat) -> Action {
        match Text::new(chat.draft.text().trim_end()) {
            Ok(text) => {
                chat.draft = Content::new();
                self.notice = None;
                Action::Send(self.peer, text)
            }
            Err(TextError::Empty) => Action::None,
            Err(error) => {
                self.tell(Notice::Failed(error.into()));
                Action::None
            }
        }
    }

    fn scrolled(&mut self, place: Place) -> Action {
        let grown_by = place.height - self.height;
        self.height = place.height;
        if std::mem::take(&mut self.grown) && self.scrolled_up && grown_by > 0.0 {
            // The log is anchored at its end: what was added there would push away what is being read.
            return Action::ScrollBy(self.log(), -grown_by);
        }
        self.scrolled_up = place.below > AT_THE_END;
        if !self.scrolled_up {
            self.missed = 0;
        }
        if place.above < NEAR_THE_BEGINNING { Action::LoadOlder(self.peer) } else { Action::None }
    }

    /// Goes to the latest message.
    pub fn show_end(&mut self) -> Action {
        self.scrolled_up = false;
        self.missed = 0;
        Action::ScrollToEnd(self.log())
    }

    /// The screen.
    pub fn view<'a>(
        &'a self,
        chat: &'a Chat,
        people: &'a People,
        frame: Frame,
        locale: &'a Locale,
    ) -> Element<'a, Message> {
        let name = people.name(&self.peer);
        let told = self.notice.as_ref().map(|told| {
            let notice = notice(told.words(locale), locale.tr("tip-dismiss"), Message::NoticeDismissed);
            container(notice).padding(iced::padding::horizontal(20).bottom(8))
        });
        let captioned = || chat.caption().is_some();
        let menu = self.attaching.then(|| attach::menu(captioned(), locale));
        let picker = self.emoji.as_ref().map(|picker| picker.view(self.emoji_search(), locale).map(Message::Emoji));
        let log = stack![self.view_log(chat, people, locale)].extend(menu).extend(picker);
        let content = column![
            header::view(self.peer, people, frame, locale),
            log.height(Fill),
            told,
            composer::view(self.composer(), &chat.draft, &name, locale),
        ];
        let drop_target = self.drop_target.then(|| attach::drop_target(&name.nickname, captioned(), locale));
        container(stack![content].extend(drop_target)).style(style::background).into()
    }
}

#[cfg(test)]
mod tests;
