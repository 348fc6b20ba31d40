//! A stand-in for the engine in tests of what stands above it: people, messages and transfers in memory, no network,
//! no disk. Messages to people who are here are delivered at once, others stay queued.

use std::sync::Arc;

use tokio::sync::{broadcast, mpsc};

use super::event::EVENT_BATCHES;
use super::handle::{COMMANDS, Command, Reply};
use super::{Error, Event, Handle, HistoryQuery};
use crate::model::{
    Body, Direction, From as Author, Invite, Invited, Me, Message, MessageId, MessageState, Network, Nickname, Path,
    Peer, PeerId, Presence, Settings, Shared, Span, Text, Timestamp, Transfer, TransferId, TransferState, find_peer,
};

/// The state of a node that isn't one.
pub(crate) struct Fake {
    pub(crate) me: Me,
    pub(crate) peers: Vec<Peer>,
    pub(crate) messages: Vec<Message>,
    pub(crate) transfers: Vec<Transfer>,
    events: broadcast::Sender<Arc<[Event]>>,
    /// Offers of nothing, which are looked through without end.
    looked_through: Vec<Reply<Shared>>,
}

/// By which a test lets things happen.
pub(crate) type Teller = broadcast::Sender<Arc<[Event]>>;

/// Somebody called `nickname`, with a key made of `key`, here or away.
pub(crate) fn peer(key: u8, nickname: &str, path: Path) -> Peer {
    let id = PeerId::from_public_key([key; 32]);
    let presence = if path == Path::None { Presence::Offline } else { Presence::Online };
    let nickname = Nickname::new(nickname).unwrap();
    Peer { id, nickname, tag: id.tag(), presence, path, addresses: Vec::new(), last_seen: None, relay: false }
}

/// A text from oneself to `peer`, the `number`-th.
pub(crate) fn message(number: u64, peer: PeerId, text: &str, state: MessageState) -> Message {
    let mut id = [0x70; 16];
    id[8..].copy_from_slice(&number.to_be_bytes());
    Message {
        id: MessageId::from_bytes(id),
        peer,
        from: Author::Me,
        body: Body::Text(Text::new(text).unwrap()),
        sent_at: Timestamp::from_millis(1_763_800_000_042),
        lamport: number,
        state,
        error: None,
    }
}

/// A transfer of 1,000 bytes with `peer`, its id made of `key`.
pub(crate) fn transfer(key: u8, peer: PeerId, direction: Direction, state: TransferState) -> Transfer {
    Transfer {
        id: TransferId::from_bytes([key; 16]),
        peer_id: peer,
        direction,
        name: "report.pdf".to_owned(),
        size: 1_000,
        done: 0,
        files: 1,
        state,
        paused_by: None,
        current: None,
        bytes_per_second: 0,
        saved_to: None,
        error: None,
    }
}

impl Fake {
    /// The node of somebody called ana who knows `peers`.
    pub(crate) fn new(peers: Vec<Peer>) -> Self {
        let peer_id = PeerId::from_public_key([0xaa; 32]);
        let me = Me {
            peer_id,
            nickname: Nickname::new("ana").unwrap(),
            tag: peer_id.tag(),
            presence: Presence::Online,
            addresses: vec!["/ip4/127.0.0.1/tcp/48237".to_owned()],
            relays: Vec::new(),
            network: Network::default(),
        };
        let events = broadcast::Sender::new(EVENT_BATCHES);
        Self { me, peers, messages: Vec::new(), transfers: Vec::new(), events, looked_through: Vec::new() }
    }

    /// Runs it until it's told to shut down or every handle is gone.
    pub(crate) fn start(mut self) -> (Handle, Teller) {
        let (commands, mut asked) = mpsc::channel(COMMANDS);
        let teller = self.events.clone();
        let handle = Handle { commands, events: teller.downgrade(), first: Arc::default() };
        tokio::spawn(async move {
            while let Some(command) = asked.recv().await {
                if let Command::Shutdown(reply) = command {
                    let _ = reply.send(Ok(()));
                    return;
                }
                self.carry_out(command);
            }
        });
        (handle, teller)
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Me(reply) => drop(reply.send(Ok(self.me.clone()))),
            Command::Settings(reply) => drop(reply.send(Ok(Settings::default()))),
            Command::ChangeSettings(settings, reply) => {
                self.me.nickname = settings.nickname.unwrap_or(self.me.nickname.clone());
                drop(reply.send(Ok(())));
            }
            Command::SetPresence(presence, reply) => {
                self.me.presence = presence;
                drop(reply.send(Ok(())));
            }
            Command::Peers(reply) => drop(reply.send(Ok(self.peers.clone()))),
            Command::FindPeer(name, reply) => {
                drop(reply.send(find_peer(&name, &self.peers).map(|peer| peer.id).map_err(Error::from)));
            }
            Command::Drafts(reply) => drop(reply.send(Ok(Vec::new()))),
            Command::KeepDrafts(_, reply) => drop(reply.send(Ok(()))),
            Command::Conversations(reply) => drop(reply.send(Ok(Vec::new()))),
            Command::History(query, reply) => drop(reply.send(Ok(self.history(&query)))),
            Command::Message(id, reply) => {
                drop(reply.send(Ok(self.messages.iter().find(|message| message.id == id).cloned())));
            }
            Command::Send(peer, text, reply) => drop(reply.send(Ok(self.send(peer, &text)))),
            Command::CancelMessage(_, reply) | Command::MarkRead(_, reply) | Command::Typing(_, _, reply) => {
                drop(reply.send(Ok(())))
            }
            Command::Share(_, paths, _, reply) if paths.is_empty() => self.looked_through.push(reply),
            Command::Share(peer, _, _, reply) | Command::ShareMade(peer, _, _, reply) => {
                let offered = transfer(7, peer, Direction::Out, TransferState::Offered);
                self.transfers.push(offered.clone());
                drop(reply.send(Ok(Shared { transfer: offered, skipped: 0, skipped_names: Vec::new() })));
            }
            Command::Transfers(reply) => drop(reply.send(Ok(self.transfers.clone()))),
            Command::Accept(id, to, reply) => {
                let saved_to = to.map(|to| to.display().to_string());
                drop(reply.send(self.change(id, TransferState::Active, saved_to)));
            }
            Command::Decline(id, reply) => drop(reply.send(self.change(id, TransferState::Declined, None))),
            Command::Pause(id, reply) => drop(reply.send(self.change(id, TransferState::Paused, None))),
            Command::Resume(id, reply) => drop(reply.send(self.change(id, TransferState::Active, None))),
            Command::CancelTransfer(id, reply) => drop(reply.send(self.change(id, TransferState::Cancelled, None))),
            Command::Add(address, _, reply) => {
                drop(reply.send(Err(Error::Unreachable { address, cause: "nobody is real here".into() })));
            }
            Command::ForgetRelay(relay, reply) => {
                self.me.relays.retain(|known| known.peer_id != Some(relay));
                drop(reply.send(Ok(())));
            }
            Command::Invite(reply) => drop(reply.send(Ok(self.invite()))),
            Command::Shutdown(_) => {}
        }
    }

    fn invite(&self) -> Invite {
        let addresses = vec![([127, 0, 0, 1], 48_237).into()];
        let person = Invited { peer: self.me.peer_id, nickname: self.me.nickname.clone(), addresses };
        Invite { person: Some(person), relays: Vec::new() }
    }

    fn history(&self, query: &HistoryQuery) -> Vec<Message> {
        let mut found: Vec<Message> = self
            .messages
            .iter()
            .skip_while(|message| matches!(query.span, Span::After(id) if id != message.id))
            .skip(usize::from(matches!(query.span, Span::After(_))))
            .take_while(|message| query.span != Span::Before(message.id))
            .filter(|message| query.peer.is_none_or(|peer| message.peer == peer))
            .filter(|message| query.search.as_ref().is_none_or(|words| message.body.text().contains(words)))
            .cloned()
            .collect();
        let limit = query.limit as usize;
        match query.span {
            Span::Earliest | Span::After(_) => found.truncate(limit),
            Span::Latest | Span::Before(_) | Span::Around(_) => drop(found.drain(..found.len().saturating_sub(limit))),
        }
        found
    }

    fn send(&mut self, to: PeerId, text: &Text) -> Message {
        let here = self.peers.iter().any(|peer| peer.id == to && peer.is_here());
        let queued = message(self.messages.len() as u64, to, text.as_str(), MessageState::Queued);
        let state = if here { MessageState::Delivered } else { MessageState::Queued };
        self.messages.push(Message { state, ..queued.clone() });
        queued
    }

    fn change(&mut self, id: TransferId, state: TransferState, saved_to: Option<String>) -> Result<Transfer, Error> {
        let found = self.transfers.iter_mut().find(|transfer| transfer.id == id);
        let transfer = found.ok_or(Error::TransferState { id, state: "unknown", wish: "changed" })?;
        transfer.state = state;
        transfer.saved_to = saved_to;
        Ok(transfer.clone())
    }
}
