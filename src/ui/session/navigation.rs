//! Which conversation is shown where, and how the keyboard moves among them.

use std::collections::BTreeSet;

use iced::widget::Id;
use iced::{Size, window};

use super::{Effect, Request, Session, shown_in, view};
use crate::model::PeerId;
use crate::ui::focus::Way;
use crate::ui::keys::Command;
use crate::ui::screen::main::Pane;
use crate::ui::screen::{conversation, main, nobody, settings, shortcuts, sidebar, transfers};

impl Session {
    /// Does what the sidebar asks for.
    pub(super) fn do_sidebar(&mut self, action: sidebar::Action) -> Vec<Effect> {
        match action {
            sidebar::Action::None => Vec::new(),
            sidebar::Action::Open(peer) => self.open(peer),
            sidebar::Action::OpenAt(peer, id) => self.open_at(peer, id),
            sidebar::Action::Widen => self.find(),
            sidebar::Action::Search(query) => vec![Request::Search(None, query).into()],
            sidebar::Action::PopOut(peer) => self.pop_out(peer),
            sidebar::Action::ShowTransfers => self.show_transfers(),
            sidebar::Action::ShowSettings => self.show_settings(),
            sidebar::Action::CopyInvite => vec![Request::Invite.into()],
            sidebar::Action::SetPresence(presence) => self.set_presence(presence),
        }
    }

    /// Shows a conversation in the main window.
    pub(super) fn open(&mut self, peer: PeerId) -> Vec<Effect> {
        self.show_pane(peer).map_or_else(Vec::new, |window| self.shown(window, peer))
    }

    /// Puts a conversation into the main window. Returns the window, if there's one.
    pub(super) fn show_pane(&mut self, peer: PeerId) -> Option<window::Id> {
        let main = self.main.as_mut()?;
        main.finding = false;
        if main.open() != Some(peer) {
            let shown = conversation::State::new(main.window, peer, self.people.unread(&peer));
            main.pane = Pane::Conversation(Box::new(shown));
        }
        Some(main.window)
    }

    /// Whatever is due when a conversation comes into view: its messages, the cursor, the receipt.
    pub(super) fn shown(&mut self, window: window::Id, peer: PeerId) -> Vec<Effect> {
        self.hold(peer);
        let mut effects = Vec::new();
        if self.chats.get(&peer).is_none_or(|chat| !chat.history.is_loaded()) {
            effects.extend(self.load_latest(peer));
        }
        if let Some(shown) = shown_in(&mut self.main, &mut self.windows, window) {
            if let Some(chat) = self.chats.get(&peer).filter(|chat| chat.history.is_loaded()) {
                shown.page_loaded(chat);
            }
            effects.push(Effect::Focus(shown.composer()));
        }
        effects.extend(self.mark_read());
        effects
    }

    /// Shows a conversation in a window of its own, and no longer in the main one.
    pub(super) fn pop_out(&mut self, peer: PeerId) -> Vec<Effect> {
        if let Some((window, _)) = self.windows.iter().find(|(_, shown)| shown.peer() == peer) {
            return vec![Effect::Raise(*window)];
        }
        if let Some(main) = self.main.as_mut().filter(|main| main.open() == Some(peer)) {
            main.pane = Pane::Nobody;
        }
        vec![Effect::OpenWindow(peer)]
    }

    /// The window for a conversation has been opened.
    pub fn window_opened(&mut self, window: window::Id, peer: PeerId) -> Vec<Effect> {
        self.windows.insert(window, conversation::State::new(window, peer, self.people.unread(&peer)));
        self.shown(window, peer)
    }

    /// Shows the main window.
    pub fn show(&mut self) -> Vec<Effect> {
        match &self.main {
            Some(main) => vec![Effect::Raise(main.window)],
            None => {
                let elsewhere = |peer: &PeerId| self.windows.values().any(|shown| shown.peer() == *peer);
                vec![Effect::OpenMain(self.left.filter(|left| !elsewhere(left)))]
            }
        }
    }

    /// The main window has been opened anew, for this conversation.
    pub fn main_opened(&mut self, window: window::Id, size: Size, peer: Option<PeerId>) -> Vec<Effect> {
        let main = self.main.insert(main::State::new(window, size));
        // It was listened before.
        main.nobody.update(nobody::Message::Waited);
        peer.map_or_else(Vec::new, |peer| self.open(peer))
    }

    /// A window has been closed. Returns whether it was the last.
    pub fn window_closed(&mut self, window: window::Id) -> bool {
        self.windows.remove(&window);
        self.enlarged.take_if(|enlarged| enlarged.window == window);
        if let Some(main) = self.main.take_if(|main| main.window == window) {
            self.left = main.back_to();
        }
        if self.focused == Some(window) {
            self.focused = None;
        }
        !self.has_windows()
    }

    /// With whom windows show conversations.
    pub(super) fn shown_peers(&self) -> BTreeSet<PeerId> {
        let open = self.main.as_ref().and_then(main::State::open);
        self.windows.values().map(|shown| shown.peer()).chain(open).collect()
    }

    /// All windows that are open.
    pub fn all_windows(&self) -> impl Iterator<Item = window::Id> {
        self.main.iter().map(|main| main.window).chain(self.windows.keys().copied())
    }

    /// Whether any window is open.
    pub fn has_windows(&self) -> bool {
        self.main.is_some() || !self.windows.is_empty()
    }

    /// A window has come to the front.
    pub fn window_focused(&mut self, window: window::Id) -> Vec<Effect> {
        self.focused = Some(window);
        self.mark_read().into_iter().collect()
    }

    /// A window is no longer in front.
    pub fn window_unfocused(&mut self, window: window::Id) {
        if self.focused == Some(window) {
            self.focused = None;
        }
    }

    /// A window has another size.
    pub fn window_resized(&mut self, window: window::Id, size: Size) {
        if let Some(main) = self.main.as_mut().filter(|main| main.window == window) {
            main.size = size;
        }
    }

    /// Does what a key asks for in a window.
    pub fn key(&mut self, window: window::Id, command: Command) -> Vec<Effect> {
        let shown = shown_in(&mut self.main, &mut self.windows, window).map(|shown| shown.peer());
        match command {
            Command::Find | Command::FindEverywhere => self.find(),
            Command::FindHere => self.find_here(window),
            Command::PageUp => self.scroll(window, -0.9),
            Command::PageDown => self.scroll(window, 0.9),
            Command::Previous => self.step(-1),
            Command::Next => self.step(1),
            Command::PreviousUnread => self.step_to_unread(-1),
            Command::NextUnread => self.step_to_unread(1),
            Command::Nth(place) => self.nth(place),
            Command::Attach => shown.map(Effect::ChooseFiles).into_iter().collect(),
            Command::Transfers => self.show_transfers(),
            Command::Menu => self.update_conversation(window, conversation::Message::MenuPressed),
            Command::PopOut => shown.map_or_else(Vec::new, |peer| self.pop_out(peer)),
            Command::FocusNext => vec![Effect::Step(window, self.above(window), Way::Next)],
            Command::FocusPrevious => vec![Effect::Step(window, self.above(window), Way::Previous)],
            Command::Settings => self.show_settings(),
            Command::Shortcuts => self.show_shortcuts(window),
            Command::Back => self.back(window),
            Command::CloseWindow => vec![Effect::CloseWindow(window)],
            Command::Quit => vec![Effect::Quit],
        }
    }

    fn find(&mut self) -> Vec<Effect> {
        let Some(main) = &mut self.main else { return Vec::new() };
        main.finding = true;
        vec![Effect::Raise(main.window), Effect::Focus(sidebar::SEARCH)]
    }

    fn step(&mut self, by: isize) -> Vec<Effect> {
        let order = self.people.in_order("");
        let open = self.main.as_ref().and_then(main::State::open);
        let place = open.and_then(|open| order.iter().position(|peer| *peer == open));
        let next = match place {
            Some(place) => place.checked_add_signed(by),
            None => Some(0),
        };
        next.and_then(|next| order.get(next).copied()).map_or_else(Vec::new, |peer| self.open(peer))
    }

    /// The next conversation up or down that has something unread, from the other end where there's none.
    fn step_to_unread(&mut self, by: isize) -> Vec<Effect> {
        let mut order = self.people.in_order("");
        if by < 0 {
            order.reverse();
        }
        let open = self.main.as_ref().and_then(main::State::open);
        let start = open.and_then(|open| order.iter().position(|peer| *peer == open)).map_or(0, |place| place + 1);
        order.rotate_left(start);
        let next = order.into_iter().find(|peer| self.people.unread(peer) > 0);
        next.map_or_else(Vec::new, |peer| self.open(peer))
    }

    fn nth(&mut self, place: usize) -> Vec<Effect> {
        self.people.in_order("").get(place).copied().map_or_else(Vec::new, |peer| self.open(peer))
    }

    /// Out of the sheet of keys, the search, a menu, the transfers or the settings; else to the latest message.
    fn back(&mut self, window: window::Id) -> Vec<Effect> {
        let above = self.sheet.take_if(|above| *above == window).is_some();
        if above || self.enlarged.take_if(|enlarged| enlarged.window == window).is_some() {
            return Vec::new();
        }
        if let Some(shown) = shown_in(&mut self.main, &mut self.windows, window)
            && shown.leave_menu()
        {
            return vec![Effect::Focus(shown.composer())];
        }
        if let Some(main) = self.main.as_mut().filter(|main| main.window == window)
            && (main.sidebar.leave() | std::mem::take(&mut main.finding))
        {
            let composer = main.conversation().map(conversation::State::composer);
            return composer.map(Effect::Focus).into_iter().collect();
        }
        if self.main.as_ref().is_some_and(|main| main.window == window && main.is_aside()) {
            return self.leave_pane();
        }
        if let Some(shown) = shown_in(&mut self.main, &mut self.windows, window)
            && shown.leave()
        {
            return vec![Effect::Focus(shown.composer())];
        }
        self.show_end(window);
        self.mark_read().into_iter().collect()
    }

    pub(super) fn show_end(&mut self, window: window::Id) {
        if let Some(shown) = shown_in(&mut self.main, &mut self.windows, window) {
            shown.show_end();
        }
    }

    /// What lies above all else in a window, and keeps the keyboard.
    fn above(&mut self, window: window::Id) -> Option<Id> {
        if self.sheet == Some(window) {
            return Some(shortcuts::SHEET);
        }
        if self.enlarged.as_ref().is_some_and(|enlarged| enlarged.window == window) {
            return Some(view::ENLARGED);
        }
        shown_in(&mut self.main, &mut self.windows, window)?.above()
    }

    /// Scrolls what a window shows by so many times what is in view.
    fn scroll(&mut self, window: window::Id, times: f32) -> Vec<Effect> {
        if self.sheet == Some(window) {
            return vec![Effect::Scroll(window, shortcuts::LIST, times)];
        }
        let list = self.main.as_ref().filter(|main| main.window == window).and_then(|main| match main.pane {
            Pane::Nobody => Some(nobody::LIST),
            Pane::Transfers(_) => Some(transfers::LIST),
            Pane::Settings(_) => Some(settings::LIST),
            Pane::Conversation(_) => None,
        });
        if let Some(list) = list {
            return vec![Effect::Scroll(window, list, times)];
        }
        if let Some(shown) = shown_in(&mut self.main, &mut self.windows, window) {
            shown.scroll(times);
        }
        Vec::new()
    }

    /// Shows the conversation that was there before the transfers or the settings.
    pub(super) fn leave_pane(&mut self) -> Vec<Effect> {
        let Some(main) = &mut self.main else { return Vec::new() };
        let back_to = main.back_to();
        main.pane = Pane::Nobody;
        back_to.map_or_else(Vec::new, |peer| self.open(peer))
    }

    pub(super) fn leave_conversation(&mut self) -> Vec<Effect> {
        if let Some(main) = &mut self.main {
            main.pane = Pane::Nobody;
        }
        Vec::new()
    }
}
