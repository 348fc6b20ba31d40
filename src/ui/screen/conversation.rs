//! One conversation: header, what was said, composer. A window shows one of these; several windows may show the same
//! conversation, each at its own place, with one draft.

mod attach;
mod bubble;
mod card;
mod composer;
mod emoji;
mod entries;
mod find;
mod focus;
mod header;
mod link;
mod log;
mod menu;
mod message;
mod paste;
mod place;

use std::path::Path;

use iced::widget::text_editor::{self, Content, Edit};
use iced::widget::{Id, column, container, stack};
use iced::{Element, Fill, window};

use self::paste::Paste;
use self::place::Place;
use crate::model::{From, Message as Sent, MessageId, PeerId, Text, TextError};
use crate::ui::chats::Chat;
use crate::ui::history::History;
use crate::ui::link::Outside;
use crate::ui::locale::Locale;
use crate::ui::notice::Notice;
use crate::ui::people::People;
use crate::ui::pictures::Pictures;
use crate::ui::search::Query;
use crate::ui::transfer::Asking;
use crate::ui::widget::notice;
pub use log::Row;
pub use menu::Choice;
pub use message::{Action, Message};

/// What one window shows of a conversation.
#[derive(Debug)]
pub struct State {
    unread_at_opening: u32,
    /// The message above which "New" stands.
    new_from: Option<MessageId>,
    place: Place,
    /// The bar that finds words, while it's open.
    find: Option<find::State>,
    notice: Option<Notice>,
    /// A link that was pressed, about which is asked.
    link: Option<Outside>,
    /// Whether the menu of the header is open.
    menu: bool,
    /// Whether it's being chosen what to offer.
    attaching: bool,
    paste: Paste,
    /// The picker of emoji, while it's open.
    emoji: Option<emoji::State>,
    /// Whether files are held over the window.
    drop_target: bool,
    asking: Asking,
}

/// What is known that a conversation shows.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Who and what.
    pub people: &'a People,
    /// Pictures that came.
    pub pictures: &'a Pictures,
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
            unread_at_opening: unread,
            new_from: None,
            place: Place::new(window, peer),
            find: None,
            notice: None,
            link: None,
            menu: false,
            attaching: false,
            paste: Paste::default(),
            emoji: None,
            drop_target: false,
            asking: Asking::default(),
        }
    }

    /// With whom.
    pub const fn peer(&self) -> PeerId {
        self.place.peer()
    }

    /// Whether the end of the conversation is in view.
    pub const fn is_at_the_end(&self) -> bool {
        self.place.is_at_the_end()
    }

    /// What of the conversation is shown.
    pub fn history<'a>(&'a self, chat: &'a Chat) -> &'a History {
        self.place.history(chat)
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
        self.place.missed_one();
    }

    /// Where in the conversation this is.
    pub const fn place_mut(&mut self) -> &mut Place {
        &mut self.place
    }

    /// Shows a message, wherever in the conversation it is.
    pub fn jump(&mut self, id: MessageId, chat: &Chat) -> Action {
        self.place.jump(id, chat).map_or(Action::None, Action::Load)
    }

    /// Opens the bar that finds words.
    pub fn open_find(&mut self) -> Id {
        let peer = self.peer();
        self.find.get_or_insert_with(|| find::State::new(peer));
        self.find_field()
    }

    /// Takes what was found; `None` where that failed.
    pub fn found(&mut self, query: &Query, hits: Option<Vec<Sent>>, chat: &Chat) -> Action {
        match &mut self.find {
            Some(bar) => {
                let action = bar.answer(query, hits);
                self.do_find(action, chat)
            }
            None => Action::None,
        }
    }

    fn do_find(&mut self, action: find::Action, chat: &Chat) -> Action {
        match action {
            find::Action::None => Action::None,
            find::Action::Ask(query) => Action::Search(query),
            find::Action::Jump(id) => self.jump(id, chat),
            find::Action::Leave => {
                self.leave();
                Action::Focus(self.composer())
            }
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

    /// Closes the menu of the header. Returns whether it was open.
    pub const fn leave_menu(&mut self) -> bool {
        std::mem::replace(&mut self.menu, false)
    }

    /// Closes what is above the composer: menu, picker, the question about a link or the bar. Returns whether there was one to leave.
    pub fn leave(&mut self) -> bool {
        let menus =
            std::mem::replace(&mut self.attaching, false) | self.emoji.take().is_some() | self.link.take().is_some();
        menus || (self.find.take().is_some() | self.place.unmark())
    }

    /// Takes in what the person did.
    pub fn update(&mut self, message: Message, chat: &mut Chat) -> Action {
        match message {
            Message::Edited(text_editor::Action::Edit(Edit::Paste(words))) if self.paste.holds_back(&words) => {
                Action::None
            }
            Message::Edited(action) => {
                let may_end_shortcode = matches!(action, text_editor::Action::Edit(Edit::Insert(':')));
                chat.draft.perform(action);
                if may_end_shortcode {
                    emoji::replace_shortcode(&mut chat.draft);
                }
                Action::None
            }
            Message::PasteBegan => {
                self.paste = Paste::Begun;
                Action::None
            }
            Message::PasteEnded => {
                let sought = std::mem::take(&mut self.paste).sought();
                sought.map_or(Action::None, |words| Action::SeekPaste(self.peer(), words))
            }
            Message::Submitted => self.submit(chat),
            Message::MenuPressed => {
                self.menu = !self.menu;
                Action::Focus(if self.menu { self.menu_entry(0) } else { self.composer() })
            }
            Message::MenuStepped(place) => Action::Focus(self.menu_entry(place)),
            Message::MenuLeft => {
                self.menu = false;
                Action::Focus(self.composer())
            }
            Message::MenuChosen(choice) => {
                self.menu = false;
                match choice {
                    Choice::PopOut => Action::PopOut(self.peer()),
                    Choice::Find => Action::Focus(self.open_find()),
                    Choice::Files => Action::ChooseFiles(self.peer()),
                    Choice::Folders => Action::ChooseFolders(self.peer()),
                    Choice::Export => Action::ChooseExport(self.peer()),
                }
            }
            Message::AttachPressed => {
                self.attaching = !self.attaching;
                Action::None
            }
            Message::FilesPressed => self.attach(Action::ChooseFiles(self.peer())),
            Message::FoldersPressed => self.attach(Action::ChooseFolders(self.peer())),
            Message::AttachLeft => self.attach(Action::None),
            Message::EmojiPressed => {
                self.emoji = self.emoji.is_none().then(emoji::State::new);
                Action::Focus(if self.emoji.is_some() { self.emoji_search() } else { self.composer() })
            }
            Message::Emoji(message) => self.update_emoji(message, chat),
            Message::Moved(seen) => self.place.moved(seen, chat).map_or(Action::None, Action::Load),
            Message::Find(message) => match &mut self.find {
                Some(bar) => {
                    let action = bar.update(message);
                    self.do_find(action, chat)
                }
                None => Action::None,
            },
            Message::JumpPressed => {
                self.show_end();
                Action::None
            }
            Message::FilePressed(id, press) => {
                self.asking.pressed(id, press).map_or(Action::None, |wish| Action::Fulfil(self.peer(), id, wish))
            }
            Message::PictureSeen(id, path) => Action::SeePicture(id, path),
            Message::PicturePressed(id) => Action::Enlarge(id),
            Message::Link(message) => self.update_link(message),
            Message::CopyPressed(id) => {
                let message = self.history(chat).messages().iter().find(|message| message.id == id);
                message.map_or(Action::None, |message| Action::Copy(message.body.text().to_owned()))
            }
            Message::PopOutPressed => Action::PopOut(self.peer()),
            Message::BackPressed => Action::Back,
            Message::NoticePressed => {
                let folder = self.notice.as_ref().and_then(Notice::folder).map(Path::to_owned);
                folder.map_or(Action::None, Action::OpenFolder)
            }
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
                Action::Send(self.peer(), text)
            }
            Err(TextError::Empty) => Action::None,
            Err(error) => {
                self.tell(Notice::Failed(error.into()));
                Action::None
            }
        }
    }

    /// Goes to the latest message.
    pub fn show_end(&mut self) {
        self.place.show_end();
    }

    /// Scrolls by so many times what is in view.
    pub fn scroll(&mut self, times: f32) {
        self.place.scroll(times);
    }

    /// The screen.
    pub fn view<'a>(
        &'a self,
        chat: &'a Chat,
        known: Known<'a>,
        frame: Frame,
        locale: &'a Locale,
    ) -> Element<'a, Message> {
        let people = known.people;
        let name = people.name(&self.peer());
        let told = self.notice.as_ref().map(|told| {
            let action = told.folder().map(|_| (locale.tr("show-in-folder"), Message::NoticePressed));
            let notice =
                notice(told.tone(), told.words(locale), action, locale.tr("tip-dismiss"), Message::NoticeDismissed);
            container(notice).padding(iced::padding::horizontal(20).bottom(8))
        });
        let link = self.link.as_ref().map(|link| {
            container(link::view(link, self.answer(), locale).map(Message::Link))
                .padding(iced::padding::horizontal(20).bottom(8))
        });
        let captioned = || chat.caption().is_some();
        let attach = self.attaching.then(|| attach::menu(captioned(), locale));
        let picker = self.emoji.as_ref().map(|picker| picker.view(self.emoji_search(), locale).map(Message::Emoji));
        let log = stack![self.view_log(chat, known, locale)].extend(attach).extend(picker);
        let find = self.find.as_ref().map(|bar| bar.view(self.find_field(), locale).map(Message::Find));
        let content = column![
            header::view(self.peer(), people, frame, locale),
            find,
            log.height(Fill),
            told,
            link,
            composer::view(self.composer(), &chat.draft, &name, locale),
        ];
        let drop_target = self.drop_target.then(|| attach::drop_target(&name.nickname, captioned(), locale));
        let menu = self.menu.then(|| menu::view(frame, |place| self.menu_entry(place), locale));
        stack![content].extend(menu).extend(drop_target).into()
    }
}

#[cfg(test)]
mod tests;
