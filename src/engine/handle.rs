//! How everything above speaks to the engine.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, oneshot};

use super::event::Events;
use super::{Error, Event};
use crate::model::{
    Conversation, Draft, Invite, Made, Me, Message, MessageId, MessageState, Nickname, Peer, PeerId, Presence,
    Settings, Shared, Span, Text, Transfer, TransferId,
};

/// Commands that may wait for the engine; one who asks for more waits.
pub(super) const COMMANDS: usize = 256;

/// Most messages in one page of history.
pub const MAX_HISTORY: u32 = 10_000;

/// A cheap, cloneable way to the engine. When the engine is gone, every method says [`Error::Stopped`].
#[derive(Debug, Clone)]
pub struct Handle {
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) events: broadcast::WeakSender<Arc<[Event]>>,
    /// What has been told since the start, for the first who subscribes: people appear within milliseconds.
    pub(super) first: Arc<Mutex<Option<Events>>>,
}

/// Which messages to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Of the conversation with this peer; `None` for all.
    pub peer: Option<PeerId>,
    /// Holding these words.
    pub search: Option<String>,
    /// Which part of them.
    pub span: Span,
    /// At most so many, and at most [`MAX_HISTORY`].
    pub limit: u32,
}

impl Default for HistoryQuery {
    fn default() -> Self {
        Self { peer: None, search: None, span: Span::Latest, limit: 100 }
    }
}

pub(super) type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// What the engine can be asked.
#[derive(Debug)]
pub(super) enum Command {
    Me(Reply<Me>),
    Settings(Reply<Settings>),
    ChangeSettings(Box<Settings>, Reply<()>),
    SetPresence(Presence, Reply<()>),
    Peers(Reply<Vec<Peer>>),
    FindPeer(String, Reply<PeerId>),
    Conversations(Reply<Vec<Conversation>>),
    History(HistoryQuery, Reply<Vec<Message>>),
    Message(MessageId, Reply<Option<Message>>),
    Send(PeerId, Text, Reply<Message>),
    CancelMessage(MessageId, Reply<()>),
    MarkRead(PeerId, Reply<()>),
    Typing(PeerId, bool, Reply<()>),
    Drafts(Reply<Vec<(PeerId, Draft)>>),
    KeepDrafts(Vec<(PeerId, Option<Draft>)>, Reply<()>),
    Share(PeerId, Vec<PathBuf>, Option<Text>, Reply<Shared>),
    ShareMade(PeerId, Made, Option<Text>, Reply<Shared>),
    Transfers(Reply<Vec<Transfer>>),
    Accept(TransferId, Option<PathBuf>, Reply<Transfer>),
    Decline(TransferId, Reply<Transfer>),
    Pause(TransferId, Reply<Transfer>),
    Resume(TransferId, Reply<Transfer>),
    CancelTransfer(TransferId, Reply<Transfer>),
    Add(String, Duration, Reply<Peer>),
    ForgetRelay(PeerId, Reply<()>),
    Invite(Reply<Invite>),
    Shutdown(Reply<()>),
}

impl Handle {
    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| Error::Stopped)?;
        answer.await.map_err(|_| Error::Stopped)?
    }

    /// Own id, nickname, presence, addresses and relays.
    pub async fn me(&self) -> Result<Me, Error> {
        self.ask(Command::Me).await
    }

    /// The profile's settings as they are in force.
    pub async fn settings(&self) -> Result<Settings, Error> {
        self.ask(Command::Settings).await
    }

    /// Keeps other settings and puts them in force; a new nickname is told to everyone here.
    pub async fn change_settings(&self, settings: Settings) -> Result<(), Error> {
        self.ask(|reply| Command::ChangeSettings(Box::new(settings), reply)).await
    }

    /// Keeps another nickname and tells it to everyone here.
    pub async fn set_nickname(&self, nickname: Nickname) -> Result<(), Error> {
        let mut settings = self.settings().await?;
        settings.nickname = Some(nickname);
        self.change_settings(settings).await
    }

    /// Shows oneself online, away or busy.
    pub async fn set_presence(&self, presence: Presence) -> Result<(), Error> {
        self.ask(|reply| Command::SetPresence(presence, reply)).await
    }

    /// Everybody who is here or was met before; those here first, then by nickname.
    pub async fn peers(&self) -> Result<Vec<Peer>, Error> {
        self.ask(Command::Peers).await
    }

    /// The peer that `name` means: a nickname, `nickname#tag`, an id or a prefix of one. A node that has just started
    /// gives people a moment to appear first.
    pub async fn find_peer(&self, name: impl Into<String>) -> Result<PeerId, Error> {
        let name = name.into();
        self.ask(|reply| Command::FindPeer(name, reply)).await
    }

    /// All conversations, the one with the latest message first.
    pub async fn conversations(&self) -> Result<Vec<Conversation>, Error> {
        self.ask(Command::Conversations).await
    }

    /// Messages, oldest first.
    pub async fn history(&self, query: HistoryQuery) -> Result<Vec<Message>, Error> {
        self.ask(|reply| Command::History(query, reply)).await
    }

    /// One message; `None` where there's none of that id.
    pub async fn message(&self, id: MessageId) -> Result<Option<Message>, Error> {
        self.ask(|reply| Command::Message(id, reply)).await
    }

    /// Keeps a message to `peer` and sends it as soon as they are here. Returns once it's on disk, as `queued`.
    pub async fn send(&self, peer: PeerId, text: Text) -> Result<Message, Error> {
        self.ask(|reply| Command::Send(peer, text, reply)).await
    }

    /// Withdraws a message that has not been sent yet.
    pub async fn cancel_message(&self, id: MessageId) -> Result<(), Error> {
        self.ask(|reply| Command::CancelMessage(id, reply)).await
    }

    /// Everything in the conversation with `peer` has been seen by the person here.
    pub async fn mark_read(&self, peer: PeerId) -> Result<(), Error> {
        self.ask(|reply| Command::MarkRead(peer, reply)).await
    }

    /// The person here writes to `peer` just now, or no longer. To be said at each key, or as often as one likes: the peer is
    /// told now and then, if they are here and it's set so.
    pub async fn typing(&self, peer: PeerId, typing: bool) -> Result<(), Error> {
        self.ask(|reply| Command::Typing(peer, typing, reply)).await
    }

    /// What is being written to whom, and hasn't been sent, as it was kept last.
    pub async fn drafts(&self) -> Result<Vec<(PeerId, Draft)>, Error> {
        self.ask(Command::Drafts).await
    }

    /// Keeps what is being written to these peers; with `None` nothing is any more. Returns once it's on disk.
    pub async fn keep_drafts(&self, drafts: Vec<(PeerId, Option<Draft>)>) -> Result<(), Error> {
        self.ask(|reply| Command::KeepDrafts(drafts, reply)).await
    }

    /// Waits until a sent message is `state` or further, or failed, and returns it.
    /// [`Error::TimedOut`] after `timeout`: it's still queued.
    pub async fn wait_message(&self, id: MessageId, state: MessageState, timeout: Duration) -> Result<Message, Error> {
        let mut events = self.subscribe()?;
        let wait = async {
            loop {
                if let Some(message) = self.message(id).await?
                    && message.state >= state
                {
                    return Ok(message);
                }
                loop {
                    match events.next().await {
                        None => return Err(Error::Stopped),
                        Some(super::Batch::Lagged) => break,
                        Some(super::Batch::Events(batch)) => {
                            if batch
                                .iter()
                                .any(|event| matches!(event, Event::MessageState { id: of, .. } if *of == id))
                            {
                                break;
                            }
                        }
                    }
                }
            }
        };
        tokio::time::timeout(timeout, wait).await.unwrap_or(Err(Error::TimedOut))
    }

    /// Offers files and folders to `peer` in one message, with some words where wanted. Returns once the offer is on
    /// disk, with what was left out of it.
    pub async fn share(&self, peer: PeerId, paths: Vec<PathBuf>, caption: Option<Text>) -> Result<Shared, Error> {
        self.ask(|reply| Command::Share(peer, paths, caption, reply)).await
    }

    /// The same with a file that lies nowhere yet, such as a picture from the clipboard. It's kept in the profile, with
    /// what else is kept of its transfer, for as long as that may still need it: through restarts and while the peer is
    /// away, until all of it is there, refused or cancelled. One has at most [`MAX_MADE_BYTES`](super::MAX_MADE_BYTES).
    pub async fn share_made(&self, peer: PeerId, made: Made, caption: Option<Text>) -> Result<Shared, Error> {
        self.ask(|reply| Command::ShareMade(peer, made, caption, reply)).await
    }

    /// All transfers, running and past, the latest offer first.
    pub async fn transfers(&self) -> Result<Vec<Transfer>, Error> {
        self.ask(Command::Transfers).await
    }

    /// Takes what is offered, into the folder `to` or else the one set.
    pub async fn accept(&self, id: TransferId, to: Option<PathBuf>) -> Result<Transfer, Error> {
        self.ask(|reply| Command::Accept(id, to, reply)).await
    }

    /// Refuses what is offered.
    pub async fn decline(&self, id: TransferId) -> Result<Transfer, Error> {
        self.ask(|reply| Command::Decline(id, reply)).await
    }

    /// Holds a transfer up, on either side, until it's resumed here.
    pub async fn pause(&self, id: TransferId) -> Result<Transfer, Error> {
        self.ask(|reply| Command::Pause(id, reply)).await
    }

    /// Goes on with a transfer that was paused here, or tries one again that failed. What failed of what was offered from
    /// here is offered anew: as another transfer, which is the one that's given.
    pub async fn resume(&self, id: TransferId) -> Result<Transfer, Error> {
        self.ask(|reply| Command::Resume(id, reply)).await
    }

    /// Ends a transfer on either side. What was received so far is removed.
    ///
    /// # Errors
    /// Among others where what came is on its way to where it belongs already: that is then waited for.
    pub async fn cancel_transfer(&self, id: TransferId) -> Result<Transfer, Error> {
        self.ask(|reply| Command::CancelTransfer(id, reply)).await
    }

    /// Connects to a peer or relay by address (multiaddr, `host:port`) or invite, remembers it, and returns who is there.
    /// A relay that is added is used from then on.
    pub async fn add(&self, address: impl Into<String>, timeout: Duration) -> Result<Peer, Error> {
        let address = address.into();
        self.ask(|reply| Command::Add(address, timeout, reply)).await
    }

    /// Uses a relay that was added, or came with an invite, no longer: who is reached through it alone is gone. Nothing
    /// changes where it wasn't added.
    pub async fn forget_relay(&self, relay: PeerId) -> Result<(), Error> {
        self.ask(|reply| Command::ForgetRelay(relay, reply)).await
    }

    /// How others can reach this node at present, with the tokens of the relays that it uses.
    pub async fn invite(&self) -> Result<Invite, Error> {
        self.ask(Command::Invite).await
    }

    /// What happens from now on; for the first who asks, what has happened since the start.
    pub fn subscribe(&self) -> Result<Events, Error> {
        if let Some(events) = self.first.lock().ok().and_then(|mut first| first.take()) {
            return Ok(events);
        }
        let sender = self.events.upgrade().ok_or(Error::Stopped)?;
        Ok(Events { receiver: sender.subscribe() })
    }

    /// Says goodbye to everyone here, finishes what is being written, and stops. Returns when that's done.
    pub async fn shutdown(&self) -> Result<(), Error> {
        self.ask(Command::Shutdown).await
    }
}
