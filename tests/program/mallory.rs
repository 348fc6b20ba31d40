//! A peer whose every word is the test's: it speaks the protocols of the wire by the library's own node, and has no engine.

use std::collections::VecDeque;
use std::sync::mpsc as std_mpsc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use vecino::model::{
    Body, ConversationId, Epoch, FileName, MessageId, Nickname, Offer, PeerId, Presence, Text, Timestamp, TransferId,
    Watermark,
};
use vecino::net::address::Target;
use vecino::net::{Config, Event, FileReply, Node, Sink};
use vecino::protocol::wire::chat::{Answer, Chat, ChatRequest, WireEntry};
use vecino::protocol::wire::file::{Ask, Outcome, Reply};
use vecino::protocol::wire::hello::Introduction;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is answered to somebody who pulls.
pub enum Given {
    /// A word.
    Word(Reply),
    /// Units, or whatever these pieces are. After the last of them the answer is over, with or without a proper end.
    Body(Box<dyn Iterator<Item = Vec<u8>> + Send>),
    /// No answer, and no end of it.
    Silence,
}

/// What came to Mallory.
#[derive(Debug)]
pub enum Told {
    /// The peer has committed what was sent.
    Committed,
    /// The peer sent a message of this id.
    Message(MessageId),
    /// The peer says how it fares with a transfer.
    Reported(TransferId, Outcome),
    /// What came of a question of Mallory's, in the order of the answers. `None`: nothing, or not all of it.
    Answered(Option<Reply>),
    /// The peer is gone.
    Gone,
}

type Handler = Box<dyn FnMut(Ask) -> Given + Send>;
type Command = Box<dyn FnOnce(&mut Node) + Send>;

/// A peer with no scruples, connected to a real node.
pub struct Mallory {
    /// Her own id.
    pub id: PeerId,
    peer: PeerId,
    commands: mpsc::UnboundedSender<Command>,
    told: std_mpsc::Receiver<Told>,
    seq: u64,
    runtime: Runtime,
}

impl Mallory {
    /// Meets the node at `address`. `handler` answers whatever it wants to pull.
    pub fn meets(address: &str, handler: impl FnMut(Ask) -> Given + Send + 'static) -> Self {
        let runtime = Runtime::new().unwrap();
        let mut secret = [0; 32];
        fastrand::fill(&mut secret);
        let (commands, received) = mpsc::unbounded_channel();
        let (tell, told) = std_mpsc::channel();
        let listen = ["/ip4/127.0.0.1/tcp/0".to_owned()];
        let peer = runtime.block_on(async {
            let mut node = Node::start(&Config {
                secret: &secret,
                listen: &listen,
                port: 0,
                interfaces: &[],
                mdns: false,
                only_relayed: false,
            })
            .unwrap();
            node.reach(&Target::resolve(address).await.unwrap());
            let peer = tokio::time::timeout(PATIENCE, introduced(&mut node)).await.unwrap();
            tokio::spawn(run(node, Box::new(handler), received, tell));
            peer
        });
        Self { id: vecino::net::peer_id(&secret).unwrap(), peer, commands, told, seq: 0, runtime }
    }

    /// Sends a message, which the peer has to commit. Its id.
    pub fn send(&mut self, body: &Body) -> MessageId {
        let (peer, conversation) = (self.peer, ConversationId::between(&self.id, &self.peer));
        let id = MessageId::new(Timestamp::from_millis(1_800_000_000_000), std::array::from_fn(|_| fastrand::u8(..)));
        self.seq += 1;
        let seq = self.seq;
        let entry = WireEntry::new(id, conversation, seq, Timestamp::from_millis(0), body).unwrap();
        self.act(move |node| {
            node.chat(&peer, ChatRequest::push(Epoch::new(2), seq, vec![entry]));
        });
        self.wait("the message to be committed", |told| matches!(told, Told::Committed));
        id
    }

    /// Offers one file that is called and sized like this; the transfer's id.
    pub fn offer(&mut self, name: &str, size: u64) -> TransferId {
        let offer = Offer { name: FileName::safe(name), size, files: 1, caption: None };
        self.send(&Body::Offer(offer)).transfer()
    }

    /// Chats, as somebody does whose connection is in order.
    pub fn chats(&mut self, text: &str) {
        self.send(&Body::Text(Text::new(text).unwrap()));
    }

    /// Asks or tells the peer something about a transfer.
    pub fn ask(&self, transfer: TransferId, ask: Ask, sink: Option<Sink>) {
        let peer = self.peer;
        self.act(move |node| {
            node.file(&peer, transfer, ask, sink);
        });
    }

    /// What the peer answers to one question.
    pub fn answer(&self, transfer: TransferId, ask: Ask, sink: Option<Sink>) -> Option<Reply> {
        self.ask(transfer, ask, sink);
        match self.wait("an answer", |told| matches!(told, Told::Answered(_))) {
            Told::Answered(reply) => reply,
            _ => None,
        }
    }

    /// Goes away without a word.
    pub fn leaves(self) {
        drop(self.commands);
        self.runtime.shutdown_background();
    }

    /// Waits until something is told; what comes before is passed over.
    pub fn wait(&self, what: &str, mut fits: impl FnMut(&Told) -> bool) -> Told {
        loop {
            let told = self.told.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("no {what}: {error}"));
            if fits(&told) {
                return told;
            }
        }
    }

    fn act(&self, command: impl FnOnce(&mut Node) + Send + 'static) {
        self.commands.send(Box::new(command)).unwrap_or_else(|_| panic!("Mallory is gone"));
    }
}

/// Says hello and waits until both have. Who the other is.
async fn introduced(node: &mut Node) -> PeerId {
    let introduction = Introduction::new(Nickname::new("mallory").unwrap(), Presence::Online, Vec::new());
    let (mut known, mut welcome) = (None, false);
    loop {
        match node.next().await {
            Event::Connected(peer) => node.introduce(&peer, &introduction),
            Event::Introduced(peer, _) => known = Some(peer),
            Event::Acknowledged(_, accepted) => welcome = accepted,
            _ => {}
        }
        if let Some(peer) = known.filter(|_| welcome) {
            return peer;
        }
    }
}

async fn run(
    mut node: Node,
    mut handler: Handler,
    mut commands: mpsc::UnboundedReceiver<Command>,
    tell: std_mpsc::Sender<Told>,
) {
    let mut queue = VecDeque::new();
    loop {
        tokio::select! {
            command = commands.recv() => match command {
                Some(command) => command(&mut node),
                None => return,
            },
            event = node.next() => heard(&mut node, event, &mut handler, &mut queue),
        }
        for told in queue.drain(..) {
            let _ = tell.send(told);
        }
    }
}

fn heard(node: &mut Node, event: Event, handler: &mut Handler, told: &mut VecDeque<Told>) {
    match event {
        Event::Chat(_, Chat::Push(push), reply) => {
            let ids: Vec<MessageId> = push.entries.iter().map(|entry| entry.id()).collect();
            let (next, last) = (push.first + ids.len() as u64, ids.last().copied());
            let watermark = Watermark { epoch: push.epoch, next, last, read: 0 };
            node.answer_chat(reply, &Answer::Committed { watermark, voids: Vec::new() });
            told.extend(ids.into_iter().map(Told::Message));
        }
        Event::ChatAnswered(_, Some(Answer::Committed { .. })) => told.push_back(Told::Committed),
        Event::FileAnswered(_, reply) => told.push_back(Told::Answered(reply)),
        Event::File(_, transfer, ask @ Ask::Report { outcome, .. }, reply) => {
            let word = if let Given::Word(word) = handler(ask) { word } else { Reply::Noted };
            node.answer_file(reply, word, None);
            told.push_back(Told::Reported(transfer, outcome));
        }
        Event::File(_, _, ask, reply) => give(node, handler(ask), reply),
        Event::Disconnected(_) => told.push_back(Told::Gone),
        _ => {}
    }
}

fn give(node: &mut Node, given: Given, reply: FileReply) {
    match given {
        Given::Word(word) => node.answer_file(reply, word, None),
        Given::Silence => std::mem::forget(reply),
        Given::Body(pieces) => {
            let (feed, source) = mpsc::channel(4);
            node.answer_file(reply, Reply::Units, Some(source));
            tokio::spawn(async move {
                for piece in pieces {
                    if feed.send(Ok(piece)).await.is_err() {
                        return;
                    }
                }
            });
        }
    }
}
