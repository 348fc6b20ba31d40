//! Everything that is known and open while a node runs. Pure: what happens comes in as a message, what is to be done
//! in the world goes out as [`Effect`]s, which the app carries out.

mod draft;
mod effect;
mod export;
mod history;
mod idle;
mod link;
mod navigation;
mod paste;
mod picture;
mod popup;
mod settings;
mod transfers;
mod view;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use iced::{Size, window};

pub use draft::Aside;
pub use effect::{Effect, Request};
pub use paste::Clip;
pub use popup::Popup;

use super::chats::Chats;
use super::history::Page;
use super::notice::Notice;
use super::people::{People, Snapshot};
use super::pictures::{Job, Picture, Pictures};
use super::screen::settings::Desktop;
use super::screen::{add, conversation, main, nobody};
use super::search::Query;
use crate::engine::{Error, Event};
use crate::model::{Interface, Message as Sent, Peer, PeerId, Presence, Reason, Settings, Shared, Text, TransferId};

/// See the module.
#[derive(Debug)]
pub struct Session {
    people: People,
    chats: Chats,
    /// Whose conversations were shown, the last of them last.
    recent: Vec<PeerId>,
    main: Option<main::State>,
    /// The conversation that was there when the main window was closed.
    left: Option<PeerId>,
    /// Conversations in windows of their own.
    windows: BTreeMap<window::Id, conversation::State>,
    focused: Option<window::Id>,
    /// What the person should know, and no conversation is the place for.
    notice: Option<Notice>,
    /// How long there has been no input.
    idle: idle::Idle,
    /// A link that was opened, about which is asked.
    link: Option<link::Question>,
    /// Files that are being dropped.
    dropped: Option<transfers::Burst>,
    /// For whom something is looked through that will be offered, as often as there's something.
    looking: Vec<PeerId>,
    /// Whether something is being looked for on the clipboard.
    pasting: bool,
    settings: Settings,
    /// What this computer has for vecino.
    desktop: Desktop,
    /// What of them is being kept just now. What is set meanwhile waits for it: of two at once the former might be kept last.
    keeping: Option<Settings>,
    drafts: draft::Drafts,
    /// The window above which the sheet of keys lies.
    sheet: Option<window::Id>,
    pictures: Pictures,
    /// The picture that fills a window.
    enlarged: Option<Enlarged>,
}

/// A picture that fills a window.
#[derive(Debug)]
struct Enlarged {
    window: window::Id,
    id: TransferId,
    /// Nothing while it's being decoded.
    picture: Option<Picture>,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// In the main window.
    Main(main::Message),
    /// In a conversation's own window.
    Window(window::Id, conversation::Message),
    /// In the engine.
    Happened(Arc<[Event]>),
    /// Events were missed.
    Lagged,
    /// All was loaded anew.
    Loaded(Result<Box<Snapshot>, Error>),
    /// A page of what was said came, or not.
    PageLoaded(Page, Result<Vec<Sent>, Error>),
    /// What a window, or the sidebar, looks for was found, or not.
    Searched(Option<window::Id>, Query, Result<Vec<Sent>, Error>),
    /// A message is kept and will be sent, or not.
    SendFinished(PeerId, Text, Result<Sent, Error>),
    /// Files or folders were chosen for a peer.
    PathsChosen(PeerId, Vec<PathBuf>),
    /// What Ctrl+V is to bring to a conversation was looked for: this was found, besides words.
    Pasted(PeerId, Option<Arc<String>>, Clip),
    /// A file was chosen in which the conversation with a peer is to be saved.
    ExportChosen(PeerId, PathBuf),
    /// It's saved there, or not.
    ExportFinished(PeerId, Result<PathBuf, Error>),
    /// Some time has passed since something of what is being written changed.
    DraftsAwaited,
    /// What is being written is kept, or not.
    DraftsKept(Result<(), Error>),
    /// More files that were dropped together would have come by now.
    DropsAwaited,
    /// Some time has passed since something was to be offered to a peer.
    LookAwaited(PeerId),
    /// An offer to a peer, with these words, is kept, or not.
    ShareFinished(PeerId, Option<Text>, Result<Box<Shared>, Error>),
    /// A folder was chosen for a peer's offer.
    TargetChosen(PeerId, TransferId, PathBuf),
    /// Something asked for in a conversation, or elsewhere, didn't work.
    Failed(Option<PeerId>, Error),
    /// Somebody answered at an address, or not.
    AddFinished(Result<Peer, Error>),
    /// The link that was opened is to be followed.
    LinkAccepted,
    /// It isn't.
    LinkDeclined,
    /// Whom it leads to is added, or not.
    LinkFinished(Result<Peer, Error>),
    /// An invite to pass on, or why there's none.
    InviteMade(Result<String, Error>),
    /// A folder was chosen for what is received.
    FolderChosen(PathBuf),
    /// The settings are kept, or not.
    SettingsKept(Result<(), Error>),
    /// Whether the desktop starts vecino when the person signs in, or why that can't be told or changed.
    AutostartSeen(Result<bool, Reason>),
    /// The network interfaces of this computer.
    InterfacesSeen(Vec<Interface>),
    /// The notification of what came from this peer, or from all, was pressed.
    PopupPressed(Option<PeerId>),
    /// The sheet of keys is to be closed.
    SheetClosed,
    /// A picture is decoded, or can't be.
    Decoded(Job, Option<Picture>),
    /// The picture that fills a window is to be closed.
    PictureClosed,
    /// Something outside the engine that the person should know.
    Warned(Notice),
    /// Some seconds have passed since the start.
    Waited,
    /// What the notice is about is to be shown.
    NoticePressed,
    /// The notice has been read.
    NoticeDismissed,
}

impl Session {
    /// What is known at the start, in a main window of this size, if there's one.
    pub fn new(mut snapshot: Snapshot, window: impl Into<Option<window::Id>>, size: Size) -> Self {
        let settings = snapshot.settings.clone();
        let drafts = draft::Drafts::new(std::mem::take(&mut snapshot.drafts));
        Self {
            settings,
            desktop: Desktop::default(),
            keeping: None,
            drafts,
            sheet: None,
            pictures: Pictures::default(),
            enlarged: None,
            people: People::new(snapshot),
            chats: Chats::new(),
            recent: Vec::new(),
            main: window.into().map(|window| main::State::new(window, size)),
            left: None,
            windows: BTreeMap::new(),
            focused: None,
            notice: None,
            idle: idle::Idle::default(),
            link: None,
            dropped: None,
            looking: Vec::new(),
            pasting: false,
        }
    }

    /// Takes in what happened.
    pub fn update(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Main(message) => self.update_main(message),
            Message::Window(window, message) => self.update_conversation(window, message),
            Message::Happened(events) => self.happened(&events),
            Message::Lagged => vec![Request::Reload.into()],
            Message::Loaded(Ok(snapshot)) => self.reloaded(*snapshot),
            Message::Loaded(Err(error)) => self.failed(None, error),
            Message::PageLoaded(page, result) => self.page_loaded(page, result),
            Message::Searched(window, query, result) => self.searched(window, &query, result),
            Message::SendFinished(peer, text, result) => self.send_finished(peer, &text, result),
            Message::PathsChosen(peer, paths) => self.share(peer, paths),
            Message::Pasted(peer, words, clip) => self.pasted(peer, words, clip),
            Message::ExportChosen(peer, path) => self.export(peer, path),
            Message::ExportFinished(peer, result) => self.export_finished(peer, result),
            Message::DraftsAwaited => self.drafts_awaited(),
            Message::DraftsKept(result) => self.drafts_kept(result),
            Message::DropsAwaited => self.drops_awaited(),
            Message::LookAwaited(peer) => self.look_awaited(peer),
            Message::ShareFinished(peer, caption, result) => self.share_finished(peer, caption, result),
            Message::TargetChosen(peer, id, folder) => vec![Request::Accept(peer, id, Some(folder)).into()],
            Message::Failed(peer, error) => self.failed(peer, error),
            Message::AddFinished(result) => self.add_finished(result),
            Message::LinkAccepted => self.link_accepted(),
            Message::LinkDeclined => self.link_declined(),
            Message::LinkFinished(result) => self.link_finished(result),
            Message::InviteMade(Ok(link)) => {
                self.notice = Some(Notice::InviteCopied);
                vec![Effect::Copy(link)]
            }
            Message::InviteMade(Err(error)) => self.failed(None, error),
            Message::FolderChosen(folder) => self.folder_chosen(folder),
            Message::SettingsKept(result) => self.settings_kept(result),
            Message::AutostartSeen(seen) => self.autostart_seen(seen),
            Message::InterfacesSeen(interfaces) => {
                self.desktop.interfaces = interfaces;
                Vec::new()
            }
            Message::PopupPressed(of) => self.popup_pressed(of),
            Message::SheetClosed => {
                self.sheet = None;
                Vec::new()
            }
            Message::Decoded(job, picture) => self.decoded(&job, picture),
            Message::PictureClosed => {
                self.enlarged = None;
                Vec::new()
            }
            Message::Warned(notice) => {
                self.notice = Some(notice);
                Vec::new()
            }
            Message::Waited => self.update_main(main::Message::Nobody(nobody::Message::Waited)),
            Message::NoticePressed => {
                let folder = self.notice.as_ref().and_then(Notice::folder).map(Path::to_owned);
                folder.map(Effect::OpenPath).into_iter().collect()
            }
            Message::NoticeDismissed => {
                self.notice = None;
                Vec::new()
            }
        }
    }

    fn update_main(&mut self, message: main::Message) -> Vec<Effect> {
        let Some(main) = &mut self.main else { return Vec::new() };
        match message {
            main::Message::Conversation(message) => {
                let window = main.window;
                self.update_conversation(window, message)
            }
            main::Message::Sidebar(message) => {
                main.conversation_mut().map(conversation::State::leave_menu);
                let action = main.sidebar.update(message, &self.people);
                self.do_sidebar(action)
            }
            main::Message::Transfers(message) => self.update_transfers(message),
            main::Message::Settings(message) => self.update_settings(message),
            main::Message::DividerMoved(moved) => self.divider_moved(moved),
            main::Message::Nobody(message) => match main.nobody.update(message) {
                nobody::Action::None => Vec::new(),
                nobody::Action::Add(message) => self.update_form(message),
                nobody::Action::Copy(text) => vec![Effect::Copy(text)],
                nobody::Action::CopyInvite => vec![Request::Invite.into()],
            },
        }
    }

    fn update_conversation(&mut self, window: window::Id, message: conversation::Message) -> Vec<Effect> {
        let Some(shown) = shown_in(&mut self.main, &mut self.windows, window) else { return Vec::new() };
        let peer = shown.peer();
        let Some(chat) = self.chats.get_mut(&peer) else { return Vec::new() };
        let before = message.may_write().then(|| chat.draft.text());
        let answers = message.answers_link().then(|| shown.composer());
        let action = shown.update(message, chat);
        let wrote = before.is_some_and(|before| before != chat.draft.text());
        let mut effects = self.do_conversation(window, action);
        effects.extend(answers.map(Effect::Focus));
        if wrote {
            effects.extend(self.wrote(peer));
        }
        // The end may have come into view.
        effects.extend(self.mark_read());
        effects
    }

    fn do_conversation(&mut self, window: window::Id, action: conversation::Action) -> Vec<Effect> {
        match action {
            conversation::Action::None => Vec::new(),
            conversation::Action::Send(peer, text) => {
                self.show_end(window);
                vec![Request::Send(peer, text).into()]
            }
            conversation::Action::SeekPaste(peer, words) => self.seek_paste(peer, words),
            conversation::Action::ChooseExport(peer) => vec![Effect::ChooseExport(peer, self.full_name(&peer))],
            conversation::Action::OpenFolder(folder) => vec![Effect::OpenPath(folder)],
            conversation::Action::ChooseFiles(peer) => vec![Effect::ChooseFiles(peer)],
            conversation::Action::ChooseFolders(peer) => vec![Effect::ChooseFolders(peer)],
            conversation::Action::Load(page) => vec![Request::LoadPage(page).into()],
            conversation::Action::Search(query) => vec![Request::Search(Some(window), query).into()],
            conversation::Action::Focus(id) => vec![Effect::Focus(id)],
            conversation::Action::Fulfil(peer, id, wish) => vec![transfers::fulfil(peer, id, wish)],
            conversation::Action::OpenLink(address) => vec![Effect::OpenLink(address)],
            conversation::Action::AskInvite(link) => self.link_opened(&link),
            conversation::Action::Copy(text) => vec![Effect::Copy(text)],
            conversation::Action::SeePicture(id, path) => {
                self.pictures.seen(id, path).map(Effect::Decode).into_iter().collect()
            }
            conversation::Action::Enlarge(id) => self.enlarge(window, id),
            conversation::Action::PopOut(peer) => self.pop_out(peer),
            conversation::Action::Back => self.leave_conversation(),
        }
    }

    fn happened(&mut self, events: &[Event]) -> Vec<Effect> {
        for event in events {
            if let Event::Me(me) = event {
                self.named(me);
            }
            self.people.apply(event);
            match event {
                Event::Message(message) => self.message_added(message),
                Event::MessageState { .. } => self.state_changed(event),
                Event::Warning { text } => self.notice = Some(Notice::Warning(text.clone())),
                Event::Me(_)
                | Event::Peer(_)
                | Event::Unread { .. }
                | Event::Typing { .. }
                | Event::Transfer(_)
                | Event::Relay(_) => {}
            }
        }
        let moved = events.iter().any(|event| matches!(event, Event::Me(_)));
        let look = self.look_at_interfaces().filter(|_| moved);
        let read = self.mark_read();
        read.into_iter().chain(look).chain(self.notified(events)).collect()
    }

    /// What is shown in the window in front has been read, unless what came last is below what is in view.
    fn mark_read(&mut self) -> Option<Effect> {
        let focused = self.focused.filter(|focused| !self.is_covered(*focused))?;
        let shown = shown_in(&mut self.main, &mut self.windows, focused)?;
        let peer = shown.peer();
        if !shown.is_at_the_end() {
            return None;
        }
        if self.people.unread(&peer) == 0 {
            return None;
        }
        self.people.set_unread(peer, 0);
        Some(Request::MarkRead(peer).into())
    }

    fn reloaded(&mut self, snapshot: Snapshot) -> Vec<Effect> {
        if self.keeping.is_none() {
            // Else what was loaded may be older than what is set.
            self.settings = snapshot.settings.clone();
        }
        let mut effects = vec![Effect::Show(Box::new(self.settings.clone()))];
        self.people = People::new(snapshot);
        self.people.show_receipts(self.settings.receipts);
        effects.extend(self.reload_histories());
        effects.extend(self.mark_read());
        effects
    }

    fn send_finished(&mut self, peer: PeerId, text: &Text, result: Result<Sent, Error>) -> Vec<Effect> {
        match result {
            Ok(message) => {
                self.people.apply(&Event::Message(message.clone()));
                self.message_added(&message);
                self.draft_gone(peer)
            }
            Err(error) => {
                self.chat(peer).put_back(text);
                let keep = self.draft_changed(peer);
                keep.into_iter().chain(self.failed(Some(peer), error)).collect()
            }
        }
    }

    fn failed(&mut self, peer: Option<PeerId>, error: Error) -> Vec<Effect> {
        self.tell(peer, Notice::Failed(error));
        Vec::new()
    }

    /// Says it where it matters: in the conversation where it's shown, else above all.
    fn tell(&mut self, peer: Option<PeerId>, notice: Notice) {
        let shown = self.main.iter_mut().filter_map(main::State::conversation_mut);
        let mut shown = shown.chain(self.windows.values_mut()).filter(|shown| Some(shown.peer()) == peer).peekable();
        if shown.peek().is_none() {
            self.notice = Some(notice);
        } else {
            shown.for_each(|shown| shown.tell(notice.clone()));
        }
    }

    /// Says `notice` no longer.
    fn withdraw(&mut self, notice: &Notice) {
        self.notice.take_if(|shown| shown == notice);
        let shown = self.main.iter_mut().filter_map(main::State::conversation_mut);
        shown.chain(self.windows.values_mut()).for_each(|shown| shown.withdraw(notice));
    }

    fn add_finished(&mut self, result: Result<Peer, Error>) -> Vec<Effect> {
        let (added, result) = match result {
            Ok(peer) => (Some(peer), Ok(())),
            Err(error) => (None, Err(error)),
        };
        let mut effects = self.update_form(add::Message::Added(result));
        effects.extend(added.map(|peer| self.added(peer)).unwrap_or_default());
        effects
    }

    /// Shows whom was added.
    fn added(&mut self, peer: Peer) -> Vec<Effect> {
        if peer.relay {
            self.notice = Some(Notice::RelayAdded(peer.nickname.to_string()));
            return Vec::new();
        }
        let id = peer.id;
        self.people.apply(&Event::Peer(peer));
        self.open(id)
    }

    /// Whether what is being written to a peer would go along with files.
    pub fn is_captioned(&self, peer: &PeerId) -> bool {
        self.chats.get(peer).is_some_and(|chat| chat.caption().is_some())
    }

    /// What is being written to a peer.
    #[cfg(test)]
    pub fn written_to(&self, peer: &PeerId) -> String {
        self.chats.get(peer).map(|chat| chat.draft.text().trim_end().to_owned()).unwrap_or_default()
    }

    /// How much is unread in all.
    pub fn unread(&self) -> u32 {
        self.people.unread_in_all()
    }

    /// How one shows oneself.
    pub const fn presence(&self) -> Presence {
        self.people.me().presence
    }

    /// Shows oneself so, as the person has chosen.
    pub fn set_presence(&mut self, presence: Presence) -> Vec<Effect> {
        self.idle.chosen();
        self.show_presence(presence)
    }

    fn show_presence(&mut self, presence: Presence) -> Vec<Effect> {
        self.people.set_own_presence(presence);
        vec![Request::SetPresence(presence).into()]
    }
}

/// The conversation that a window shows.
fn shown_in<'a>(
    main: &'a mut Option<main::State>,
    windows: &'a mut BTreeMap<window::Id, conversation::State>,
    window: window::Id,
) -> Option<&'a mut conversation::State> {
    match main {
        Some(main) if main.window == window => main.conversation_mut(),
        _ => windows.get_mut(&window),
    }
}

#[cfg(test)]
mod tests;
