//! What is being written: keeping it, and telling others that it is.

use std::collections::{BTreeMap, BTreeSet};

use super::{Effect, Request, Session};
use crate::engine::Error;
use crate::model::{Draft, PeerId};

/// First lines of what is being written where nobody sees it.
pub type Aside = BTreeMap<PeerId, String>;

/// What was being written when the program began, and what of all has changed since it was kept last.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    /// In conversations that haven't been opened since.
    unopened: BTreeMap<PeerId, Draft>,
    changed: BTreeSet<PeerId>,
    /// Whether somebody will say that it's time to keep them.
    awaited: bool,
    /// Those that are being kept just now. Others wait for it: of two at once the former might be kept last.
    keeping: Option<BTreeSet<PeerId>>,
}

impl Drafts {
    pub(super) fn new(drafts: Vec<(PeerId, Draft)>) -> Self {
        Self { unopened: drafts.into_iter().collect(), ..Self::default() }
    }

    /// What was being written in a conversation that is opened for the first time.
    pub(super) fn take(&mut self, peer: &PeerId) -> Option<Draft> {
        self.unopened.remove(peer)
    }
}

impl Session {
    /// The person has changed what they are writing to a peer.
    pub(super) fn wrote(&mut self, peer: PeerId) -> Vec<Effect> {
        let writes = self.chats.get(&peer).is_some_and(|chat| chat.draft_line().is_some());
        let told = Request::Typing(peer, writes).into();
        [told].into_iter().chain(self.draft_changed(peer)).collect()
    }

    /// What is being written to a peer is to be kept in a moment.
    pub(super) fn draft_changed(&mut self, peer: PeerId) -> Option<Effect> {
        self.drafts.changed.insert(peer);
        self.await_drafts()
    }

    /// What was being written to a peer is kept as a message: it mustn't be there once more after a crash.
    pub(super) fn draft_gone(&mut self, peer: PeerId) -> Vec<Effect> {
        self.drafts.changed.insert(peer);
        self.keep_drafts().into_iter().collect()
    }

    fn await_drafts(&mut self) -> Option<Effect> {
        let begins = !self.drafts.awaited && self.drafts.keeping.is_none() && !self.drafts.changed.is_empty();
        self.drafts.awaited |= begins;
        begins.then_some(Effect::AwaitDrafts)
    }

    pub(super) fn drafts_awaited(&mut self) -> Vec<Effect> {
        self.drafts.awaited = false;
        self.keep_drafts().into_iter().collect()
    }

    fn keep_drafts(&mut self) -> Option<Effect> {
        if self.drafts.keeping.is_some() || self.drafts.changed.is_empty() {
            return None;
        }
        let drafts = self.unkept_drafts();
        self.drafts.keeping = Some(std::mem::take(&mut self.drafts.changed));
        Some(Request::KeepDrafts(drafts).into())
    }

    /// What couldn't be kept is tried again with the next change.
    pub(super) fn drafts_kept(&mut self, result: Result<(), Error>) -> Vec<Effect> {
        let kept = self.drafts.keeping.take().unwrap_or_default();
        let again = self.await_drafts();
        let told = match result {
            Ok(()) => Vec::new(),
            Err(error) => {
                self.drafts.changed.extend(kept);
                self.failed(None, error)
            }
        };
        again.into_iter().chain(told).collect()
    }

    /// What of all that is being written may not be kept as it is.
    pub fn unkept_drafts(&self) -> Vec<(PeerId, Option<Draft>)> {
        let peers: BTreeSet<&PeerId> = self.drafts.changed.iter().chain(self.drafts.keeping.iter().flatten()).collect();
        let draft = |peer: &PeerId| self.chats.get(peer).and_then(|chat| Draft::new(chat.draft.text()));
        peers.into_iter().map(|peer| (*peer, draft(peer))).collect()
    }

    /// What is being written in conversations that no window shows.
    pub(super) fn drafts_aside(&self) -> Aside {
        let shown = self.shown_peers();
        let opened = self.chats.iter().filter(|(peer, _)| !shown.contains(peer));
        let opened = opened.filter_map(|(peer, chat)| Some((*peer, chat.draft_line()?)));
        let unopened = self.drafts.unopened.iter().map(|(peer, draft)| (*peer, draft.as_str().to_owned()));
        opened.chain(unopened).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use iced::widget::text_editor::{Action, Edit};
    use iced::window;

    use super::*;
    use crate::engine::StoreError;
    use crate::model::{MessageState, Text};
    use crate::ui::locale::Language;
    use crate::ui::sample::{self, LUIS, MELANI, SIZE, locale, sent, simulator};
    use crate::ui::screen::{conversation, main, sidebar};
    use crate::ui::session::Message;

    fn draft(text: &str) -> Option<Draft> {
        Draft::new(text.to_owned())
    }

    fn open(session: &mut Session, peer: PeerId) {
        let pressed = sidebar::Message::RowPressed(peer, Instant::now());
        session.update(Message::Main(main::Message::Sidebar(pressed)));
    }

    /// In a window of its own, with luis's conversation open.
    fn session() -> (Session, window::Id) {
        let window = window::Id::unique();
        let mut session = Session::new(sample::snapshot(), window, SIZE);
        open(&mut session, LUIS);
        (session, window)
    }

    fn converse(session: &mut Session, message: conversation::Message) -> Vec<Effect> {
        session.update(Message::Main(main::Message::Conversation(message)))
    }

    fn act(session: &mut Session, action: Action) -> Vec<Effect> {
        converse(session, conversation::Message::Edited(action))
    }

    fn write(session: &mut Session, text: &str) -> Vec<Effect> {
        act(session, Action::Edit(Edit::Paste(Arc::new(text.to_owned()))))
    }

    fn typing(writes: bool) -> Effect {
        Request::Typing(LUIS, writes).into()
    }

    fn keep(peer: PeerId, text: &str) -> Effect {
        Request::KeepDrafts(vec![(peer, draft(text))]).into()
    }

    #[test]
    fn whoever_writes_is_said_to_until_nothing_is_left() {
        let (mut session, _) = session();
        assert_eq!(write(&mut session, "h"), [typing(true), Effect::AwaitDrafts]);
        assert!(act(&mut session, Action::SelectAll).is_empty(), "the cursor isn't a word");
        assert_eq!(act(&mut session, Action::Edit(Edit::Delete)), [typing(false)]);
        assert!(act(&mut session, Action::Edit(Edit::Backspace)).is_empty(), "there was nothing");
        assert_eq!(write(&mut session, " "), [typing(false)], "nor is this anything");
    }

    #[test]
    fn what_is_being_written_is_kept_every_second_one_after_the_other() {
        let (mut session, _) = session();
        assert_eq!(write(&mut session, "ho")[1..], [Effect::AwaitDrafts]);
        assert_eq!(write(&mut session, "la")[1..], []);
        assert_eq!(session.update(Message::DraftsAwaited), [keep(LUIS, "hola")]);
        assert_eq!(write(&mut session, "!")[1..], [], "it waits for what is being kept");
        assert_eq!(session.unkept_drafts(), [(LUIS, draft("hola!"))], "in case it all ends now");
        assert_eq!(session.update(Message::DraftsKept(Ok(()))), [Effect::AwaitDrafts]);
        assert_eq!(session.update(Message::DraftsAwaited), [keep(LUIS, "hola!")]);
        assert!(session.update(Message::DraftsKept(Ok(()))).is_empty());
        assert!(session.update(Message::DraftsAwaited).is_empty());
        assert_eq!(session.unkept_drafts(), []);

        write(&mut session, "?");
        session.update(Message::DraftsAwaited);
        let full = Error::Store(StoreError::Full("vecino.db".into()));
        assert!(session.update(Message::DraftsKept(Err(full))).is_empty(), "not again and again");
        assert_eq!(session.unkept_drafts(), [(LUIS, draft("hola!?"))]);
        assert_eq!(write(&mut session, "?")[1..], [Effect::AwaitDrafts]);
    }

    #[test]
    fn a_draft_is_there_until_its_message_is_kept() {
        let (mut session, _) = session();
        write(&mut session, "hola");
        session.update(Message::DraftsAwaited);
        session.update(Message::DraftsKept(Ok(())));
        let effects = converse(&mut session, conversation::Message::Submitted);
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::Ask(Request::KeepDrafts(_)))), "{effects:?}");
        let (text, message) = (Text::new("hola").unwrap(), sent(LUIS, 600, "hola", MessageState::Queued));
        let effects = session.update(Message::SendFinished(LUIS, text.clone(), Ok(message)));
        assert_eq!(effects, [keep(LUIS, "")], "at once");
        session.update(Message::DraftsKept(Ok(())));
        let full = Error::Store(StoreError::Full("vecino.db".into()));
        assert_eq!(session.update(Message::SendFinished(LUIS, text, Err(full))), [Effect::AwaitDrafts]);
        assert_eq!(session.unkept_drafts(), [(LUIS, draft("hola"))]);
    }

    #[test]
    fn what_was_being_written_is_there_again_and_stands_in_the_sidebar_meanwhile() {
        let window = window::Id::unique();
        let drafts = vec![(LUIS, draft("\nand the roof?\n").unwrap()), (MELANI, draft("sí").unwrap())];
        let mut session = Session::new(people_snapshot(drafts), window, SIZE);
        let (english, spanish) = (locale(Language::English), locale(Language::Spanish));
        let shows = |session: &Session, text: &str| simulator(session.view(window, &english)).find(text).is_ok();
        assert!(shows(&session, "Draft: and the roof?"));
        assert!(simulator(session.view(window, &spanish)).find("Borrador: sí").is_ok());
        open(&mut session, LUIS);
        assert_eq!(session.chats[&LUIS].draft.text().trim(), "and the roof?");
        assert!(!shows(&session, "Draft: and the roof?"), "it's open");
        open(&mut session, MELANI);
        assert!(shows(&session, "Draft: and the roof?"));
        session.update(Message::Loaded(Ok(Box::new(sample::snapshot()))));
        assert!(shows(&session, "Draft: and the roof?"), "what is here is the latest");
        open(&mut session, LUIS);
        act(&mut session, Action::SelectAll);
        act(&mut session, Action::Edit(Edit::Delete));
        open(&mut session, MELANI);
        assert!(!shows(&session, "Draft: and the roof?"));
    }

    fn people_snapshot(drafts: Vec<(PeerId, Draft)>) -> sample::Snapshot {
        sample::Snapshot { drafts, ..sample::snapshot() }
    }
}
