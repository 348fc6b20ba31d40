//! Commands, and those of them that only look, or have something kept.

use std::time::Duration;

use super::Error;
use super::core::{Core, answer};
use super::handle::{Command, HistoryQuery, MAX_HISTORY, Reply};
use crate::model::{Conversation, Draft, LookupError, Message, MessageId, PeerId, Transfer, find_peer};

/// How long after its start a node gives people to appear before it says that nobody is called so.
const APPEARING: Duration = Duration::from_secs(3);

/// How often it looks meanwhile.
const LOOK: Duration = Duration::from_millis(100);

impl Core {
    /// Begins to do what is asked.
    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::Me(reply) => answer(reply, Ok(self.myself())),
            Command::Settings(reply) => answer(reply, Ok(self.settings.clone())),
            Command::ChangeSettings(settings, reply) => self.change_settings(*settings, reply),
            Command::SetPresence(presence, reply) => {
                self.set_presence(presence);
                answer(reply, Ok(()));
            }
            Command::Peers(reply) => answer(reply, Ok(self.peers())),
            Command::FindPeer(name, reply) => self.find_peer(name, reply),
            Command::Conversations(reply) => self.conversations(reply),
            Command::History(query, reply) => self.history(query, reply),
            Command::Message(id, reply) => self.message(id, reply),
            Command::Send(peer, text, reply) => self.send(peer, text, reply),
            Command::CancelMessage(id, reply) => self.cancel_message(id, reply),
            Command::MarkRead(peer, reply) => self.mark_read(peer, reply),
            Command::Typing(peer, typing, reply) => {
                self.write(peer, typing);
                answer(reply, Ok(()));
            }
            Command::Drafts(reply) => self.drafts(reply),
            Command::KeepDrafts(drafts, reply) => self.keep_drafts(drafts, reply),
            Command::Share(peer, paths, caption, reply) => self.share(peer, paths, caption, reply),
            Command::ShareMade(peer, made, caption, reply) => self.share_made(peer, made, caption, reply),
            Command::Transfers(reply) => self.transfers(reply),
            Command::Accept(id, to, reply) => self.accept(id, to, reply),
            Command::Decline(id, reply) => self.decline(id, reply),
            Command::Pause(id, reply) => self.pause(id, reply),
            Command::Resume(id, reply) => self.resume(id, reply),
            Command::CancelTransfer(id, reply) => self.cancel_transfer(id, reply),
            Command::Add(address, timeout, reply) => self.add(address, timeout, reply),
            Command::ForgetRelay(relay, reply) => self.forget_relay(relay, reply),
            Command::Invite(reply) => answer(reply, Ok(self.invite())),
            Command::Shutdown(reply) => self.shutdown(reply),
        }
    }

    fn find_peer(&mut self, name: String, reply: Reply<PeerId>) {
        let peers = self.peers();
        match find_peer(&name, &peers) {
            Ok(peer) => answer(reply, Ok(peer.id)),
            Err(LookupError::NoSuchPeer(_)) if self.started.elapsed() < APPEARING && !reply.is_closed() => {
                self.later(LOOK, move |core| core.find_peer(name, reply));
            }
            Err(error) => answer(reply, Err(error.into())),
        }
    }

    fn conversations(&mut self, reply: Reply<Vec<Conversation>>) {
        let store = self.store.clone();
        self.beside(async move { store.conversations().await }, |_, found| answer(reply, found.map_err(Error::from)));
    }

    fn history(&mut self, query: HistoryQuery, reply: Reply<Vec<Message>>) {
        let store = self.store.clone();
        let HistoryQuery { peer, search, span, limit } = query;
        let work = async move { store.history(peer, search.as_deref(), span, limit.min(MAX_HISTORY)).await };
        self.beside(work, |_, found| answer(reply, found.map_err(Error::from)));
    }

    fn drafts(&mut self, reply: Reply<Vec<(PeerId, Draft)>>) {
        let store = self.store.clone();
        self.beside(async move { store.drafts().await }, |_, found| answer(reply, found.map_err(Error::from)));
    }

    fn keep_drafts(&mut self, drafts: Vec<(PeerId, Option<Draft>)>, reply: Reply<()>) {
        let store = self.store.clone();
        let work = async move { store.keep_drafts(drafts).await };
        self.beside(work, |_, kept| answer(reply, kept.map_err(Error::from)));
    }

    fn message(&mut self, id: MessageId, reply: Reply<Option<Message>>) {
        let store = self.store.clone();
        self.beside(async move { store.message(id).await }, |_, found| answer(reply, found.map_err(Error::from)));
    }

    fn transfers(&mut self, reply: Reply<Vec<Transfer>>) {
        let store = self.store.clone();
        self.beside(async move { store.transfers().await }, |core, rows| {
            let rows = rows.map(|rows| rows.into_iter().map(|row| core.files.latest(row)).collect());
            answer(reply, rows.map_err(Error::from));
        });
    }
}
