//! Offers and transfers: what is picked and dropped, and what is done with them, wherever they're shown.

use std::path::PathBuf;

use iced::widget::text_editor::Content;
use iced::window;

use super::{Effect, Request, Session, shown_in};
use crate::engine::Error;
use crate::model::{PeerId, Shared, Text, TransferId};
use crate::ui::notice::Notice;
use crate::ui::screen::main::{self, Pane};
use crate::ui::screen::transfers;
use crate::ui::transfer::Wish;

/// Files dropped together, which come one by one.
#[derive(Debug)]
pub(super) struct Burst {
    peer: PeerId,
    paths: Vec<PathBuf>,
    /// How many there were at the last look.
    seen: usize,
}

impl Session {
    /// Files are held over a window.
    pub fn files_hovered(&mut self, window: window::Id) {
        self.set_drop_target(window, true);
    }

    /// Files are no longer held over a window.
    pub fn files_left(&mut self, window: window::Id) {
        self.set_drop_target(window, false);
    }

    fn set_drop_target(&mut self, window: window::Id, is_one: bool) {
        if let Some(shown) = shown_in(&mut self.main, &mut self.windows, window) {
            shown.set_drop_target(is_one);
        }
    }

    /// A file was dropped on a window: it's for whom the window shows, together with those that follow at once.
    pub fn file_dropped(&mut self, window: window::Id, path: PathBuf) -> Vec<Effect> {
        self.files_left(window);
        let shown = shown_in(&mut self.main, &mut self.windows, window);
        let Some(peer) = shown.map(|shown| shown.peer()) else {
            self.notice = Some(Notice::DroppedOnNobody);
            return Vec::new();
        };
        if let Some(drop) = self.dropped.as_mut().filter(|drop| drop.peer == peer) {
            drop.paths.push(path);
            return Vec::new();
        }
        let before = self.dropped.replace(Burst { peer, paths: vec![path], seen: 1 });
        let mut effects = before.map_or_else(Vec::new, |drop| self.share(drop.peer, drop.paths));
        effects.push(Effect::AwaitDrops);
        effects
    }

    /// Some time has passed since the last look at what is dropped: where no more came, that's all.
    pub(super) fn drops_awaited(&mut self) -> Vec<Effect> {
        let Some(drop) = &mut self.dropped else { return Vec::new() };
        if std::mem::replace(&mut drop.seen, drop.paths.len()) < drop.paths.len() {
            return vec![Effect::AwaitDrops];
        }
        self.dropped.take().map_or_else(Vec::new, |drop| self.share(drop.peer, drop.paths))
    }

    /// Offers files and folders. What is being written to this peer goes along.
    pub(super) fn share(&mut self, peer: PeerId, paths: Vec<PathBuf>) -> Vec<Effect> {
        self.offer(peer, |caption| Request::Share(peer, paths, caption))
    }

    /// Offers something, as `request` has it with these words.
    pub(super) fn offer(&mut self, peer: PeerId, request: impl FnOnce(Option<Text>) -> Request) -> Vec<Effect> {
        let chat = self.chats.get_mut(&peer);
        let caption = chat.and_then(|chat| {
            let caption = chat.caption()?;
            chat.draft = Content::new();
            Some(caption)
        });
        self.looking.push(peer);
        vec![request(caption).into(), Effect::AwaitLook(peer)]
    }

    /// A large folder takes a while: that it's at work is said.
    pub(super) fn look_awaited(&mut self, peer: PeerId) -> Vec<Effect> {
        if self.looking.contains(&peer) {
            self.tell(Some(peer), self.looking_at(&peer));
        }
        Vec::new()
    }

    fn looking_at(&self, peer: &PeerId) -> Notice {
        Notice::Looking { name: self.people.name(peer).nickname }
    }

    /// One of the things that are looked through for a peer has been.
    fn looked(&mut self, peer: PeerId) {
        if let Some(place) = self.looking.iter().position(|of| *of == peer) {
            self.looking.swap_remove(place);
        }
        if !self.looking.contains(&peer) {
            self.withdraw(&self.looking_at(&peer));
        }
    }

    pub(super) fn share_finished(
        &mut self,
        peer: PeerId,
        caption: Option<Text>,
        result: Result<Box<Shared>, Error>,
    ) -> Vec<Effect> {
        self.looked(peer);
        let had_caption = caption.is_some();
        if let (Err(_), Some(caption)) = (&result, caption) {
            self.chat(peer).put_back(&caption);
        }
        let effects = if had_caption { self.draft_gone(peer) } else { Vec::new() };
        match result.map(|shared| *shared) {
            Ok(Shared { skipped: 0, .. }) => {}
            Ok(Shared { skipped, skipped_names, .. }) => {
                self.tell(Some(peer), Notice::LeftOut { count: skipped, names: skipped_names });
            }
            Err(error) => self.tell(Some(peer), Notice::Failed(error)),
        }
        effects
    }

    /// Shows all transfers in the main window, or what was there before.
    pub(super) fn show_transfers(&mut self) -> Vec<Effect> {
        let Some(main) = &mut self.main else { return Vec::new() };
        let raise = Effect::Raise(main.window);
        if let Pane::Transfers(_) = main.pane {
            return [raise].into_iter().chain(self.leave_pane()).collect();
        }
        main.pane = Pane::Transfers(transfers::State::new(main.back_to()));
        vec![raise]
    }

    pub(super) fn update_transfers(&mut self, message: transfers::Message) -> Vec<Effect> {
        let Some(main::State { pane: Pane::Transfers(transfers), .. }) = &mut self.main else { return Vec::new() };
        match transfers.update(message) {
            transfers::Action::None => Vec::new(),
            transfers::Action::Fulfil(peer, id, wish) => vec![fulfil(peer, id, wish)],
            transfers::Action::Open(peer) => self.open(peer),
            transfers::Action::Back => self.leave_pane(),
        }
    }
}

/// What is to be done for what is wanted with a transfer.
pub(super) fn fulfil(peer: PeerId, id: TransferId, wish: Wish) -> Effect {
    match wish {
        Wish::Accept => Request::Accept(peer, id, None).into(),
        Wish::SaveTo => Effect::ChooseTarget(peer, id),
        Wish::Decline => Request::Decline(peer, id).into(),
        Wish::Pause => Request::Pause(peer, id).into(),
        Wish::Resume => Request::Resume(peer, id).into(),
        Wish::Cancel => Request::Cancel(peer, id).into(),
        Wish::Open(path) => Effect::OpenPath(path),
    }
}
