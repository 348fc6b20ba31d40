//! What was said: loading it, taking in what comes, finding words in it.

use iced::window;

use super::{Effect, Request, Session, shown_in};
use crate::engine::{Error, Event};
use crate::model::{Message as Sent, MessageId, PeerId};
use crate::ui::chats::Chat;
use crate::ui::history::{History, Page};
use crate::ui::screen::{conversation, main};
use crate::ui::search::Query;

/// Conversations whose latest messages are held, those that windows show among them.
const MAX_HELD: usize = 20;

impl Session {
    /// What is held of a conversation.
    pub(super) fn chat(&mut self, peer: PeerId) -> &mut Chat {
        let me = self.people.me().peer_id;
        self.chats.entry(peer).or_insert_with(|| Chat::new(me, self.drafts.take(&peer)))
    }

    /// Asks for the latest messages of a conversation.
    pub(super) fn load_latest(&mut self, peer: PeerId) -> Option<Effect> {
        let span = self.chat(peer).history.ask_older()?;
        Some(Request::LoadPage(Page { peer, window: None, span }).into())
    }

    /// A conversation has come into view. What was said in those that haven't been for the longest time is let go; what is
    /// being written there stays.
    pub(super) fn hold(&mut self, peer: PeerId) {
        let me = self.people.me().peer_id;
        self.recent.retain(|other| *other != peer);
        self.recent.push(peer);
        let shown = self.shown_peers();
        let mut surplus = self.recent.len().saturating_sub(MAX_HELD);
        self.recent.retain(|peer| {
            if surplus == 0 || shown.contains(peer) {
                return true;
            }
            surplus -= 1;
            if let Some(chat) = self.chats.get_mut(peer) {
                chat.history = History::new(me);
            }
            let writes = self.chats.get(peer).is_some_and(|chat| chat.draft_line().is_some());
            if !writes {
                self.chats.remove(peer);
            }
            false
        });
    }

    pub(super) fn page_loaded(&mut self, page: Page, result: Result<Vec<Sent>, Error>) -> Vec<Effect> {
        let me = self.people.me().peer_id;
        let (messages, failed) = match result {
            Ok(messages) => (Some(messages), Vec::new()),
            Err(error) => (None, self.failed(Some(page.peer), error)),
        };
        match page.window {
            Some(window) => {
                let shown = shown_in(&mut self.main, &mut self.windows, window);
                if let Some(shown) = shown.filter(|shown| shown.peer() == page.peer) {
                    shown.place_mut().page_loaded(page.span, messages, me);
                }
            }
            None => {
                let Some(chat) = self.chats.get_mut(&page.peer) else { return failed };
                match messages {
                    Some(messages) => chat.history.add_page(page.span, messages),
                    None => chat.history.page_failed(),
                }
                for (_, shown) in shown_of(&mut self.main, &mut self.windows, page.peer) {
                    shown.page_loaded(chat);
                }
            }
        }
        failed
    }

    pub(super) fn message_added(&mut self, message: &Sent) {
        let Some(chat) = self.chats.get_mut(&message.peer) else { return };
        let is_latest = chat.history.add(message.clone());
        let mut all_at_the_end = true;
        for (window, shown) in shown_of(&mut self.main, &mut self.windows, message.peer) {
            shown.place_mut().take(message);
            if is_latest {
                shown.message_added(message, self.focused == Some(window));
            }
            all_at_the_end &= shown.is_at_the_end();
        }
        if all_at_the_end {
            chat.history.trim();
        } else if chat.history.is_full() {
            for (_, shown) in shown_of(&mut self.main, &mut self.windows, message.peer) {
                shown.place_mut().part_from(chat);
            }
            chat.history.trim();
        }
    }

    /// A message got further.
    pub(super) fn state_changed(&mut self, event: &Event) {
        let Event::MessageState { id, peer_id, state, error } = event else { return };
        let error = error.as_ref();
        if let Some(chat) = self.chats.get_mut(peer_id) {
            chat.history.set_state(*id, *state, error);
        }
        let shown = shown_of(&mut self.main, &mut self.windows, *peer_id);
        for part in shown.filter_map(|(_, shown)| shown.place_mut().part_mut()) {
            part.set_state(*id, *state, error);
        }
    }

    /// Events were missed: what is shown of each conversation is loaded anew.
    pub(super) fn reload_histories(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        let peers: Vec<PeerId> = self.chats.keys().copied().collect();
        for peer in peers {
            if let Some(chat) = self.chats.get_mut(&peer) {
                chat.history.reset();
            }
            effects.extend(self.load_latest(peer));
            let parts = shown_of(&mut self.main, &mut self.windows, peer);
            let pages = parts.filter_map(|(_, shown)| shown.place_mut().reload());
            effects.extend(pages.map(|page| Request::LoadPage(page).into()));
        }
        effects
    }

    /// Shows a message in the main window, wherever in its conversation it is.
    pub(super) fn open_at(&mut self, peer: PeerId, id: MessageId) -> Vec<Effect> {
        let Some(window) = self.show_pane(peer) else { return Vec::new() };
        let mut effects: Vec<Effect> = self.load_latest(peer).into_iter().collect();
        // Before anything counts as read: the end may be far from what is shown.
        if let (Some(shown), Some(chat)) =
            (self.main.as_mut().and_then(main::State::conversation_mut), self.chats.get(&peer))
            && let conversation::Action::Load(page) = shown.jump(id, chat)
        {
            effects.push(Request::LoadPage(page).into());
        }
        effects.extend(self.shown(window, peer));
        effects
    }

    /// Opens the bar that finds words in the conversation that a window shows.
    pub(super) fn find_here(&mut self, window: window::Id) -> Vec<Effect> {
        let shown = shown_in(&mut self.main, &mut self.windows, window);
        shown.map(|shown| Effect::Focus(shown.open_find())).into_iter().collect()
    }

    /// Words that a window, or the sidebar, looks for were found, or not.
    pub(super) fn searched(
        &mut self,
        window: Option<window::Id>,
        query: &Query,
        result: Result<Vec<Sent>, Error>,
    ) -> Vec<Effect> {
        let (hits, mut effects) = match result {
            Ok(hits) => (Some(hits), Vec::new()),
            Err(error) => (None, self.failed(query.peer, error)),
        };
        match window {
            Some(window) => {
                let Some(shown) = shown_in(&mut self.main, &mut self.windows, window) else { return effects };
                let Some(chat) = self.chats.get(&shown.peer()) else { return effects };
                let action = shown.found(query, hits, chat);
                effects.extend(self.do_conversation(window, action));
            }
            None => {
                let next = self.main.as_mut().and_then(|main| main.sidebar.answer(query, hits));
                effects.extend(next.map(|query| Request::Search(None, query).into()));
            }
        }
        effects
    }
}

/// The windows that show the conversation with `peer`, and what of it.
fn shown_of<'a>(
    main: &'a mut Option<main::State>,
    windows: &'a mut std::collections::BTreeMap<window::Id, conversation::State>,
    peer: PeerId,
) -> impl Iterator<Item = (window::Id, &'a mut conversation::State)> {
    let in_main = main.iter_mut().filter_map(|main| Some((main.window, main.conversation_mut()?)));
    let others = windows.iter_mut().map(|(window, shown)| (*window, shown));
    in_main.chain(others).filter(move |(_, shown)| shown.peer() == peer)
}
