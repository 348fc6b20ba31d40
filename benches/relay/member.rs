//! One member: a node of the library's, which listens nowhere and reaches others through the relay alone. It answers
//! whatever is asked, and keeps nothing.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{mpsc, oneshot};
use vecino::model::{
    Body, ConversationId, Epoch, MessageId, Nickname, PeerId, Presence, Text, Timestamp, TransferId, Watermark,
};
use vecino::net::{Config, Event, FileReply, GivenRelay, Node, RequestId, Sink};
use vecino::protocol::wire::chat::{Answer, Chat, ChatRequest, WireEntry};
use vecino::protocol::wire::file::{Ask, FrameHead, Range, Reply};
use vecino::protocol::wire::hello::Introduction;
use vecino::protocol::wire::manifest::UNIT;

use super::Outcome;

/// What is said, over and over.
const WORDS: &str = "¿qué tal? ¿nos vemos a las ocho en la plaza, donde siempre?";

/// Pieces of a file that wait to be sent.
const WAITING: usize = 4;

/// A member whose node runs on a task of its own.
pub struct Member {
    /// Its id.
    pub id: PeerId,
    listed: Arc<AtomicUsize>,
    orders: mpsc::UnboundedSender<Order>,
}

enum Order {
    /// To have a circuit to somebody; the answer comes when both have introduced themselves.
    Call(PeerId, oneshot::Sender<()>),
    /// To say something; the answer tells whether it was taken.
    Say(PeerId, oneshot::Sender<bool>),
    /// To fetch so many units; the answer tells whether they came.
    Fetch(PeerId, u64, Sink, oneshot::Sender<bool>),
}

impl Member {
    /// Starts a node that uses this relay. Needs a tokio runtime.
    pub fn start(nickname: Nickname, relay: GivenRelay) -> Outcome<Self> {
        let mut secret = [0; 32];
        fastrand::fill(&mut secret);
        let mut node = Node::start(&Config {
            secret: &secret,
            listen: &[],
            port: 0,
            interfaces: &[],
            mdns: false,
            only_relayed: true,
        })?;
        node.present(&nickname, Presence::Online);
        node.give_relays(vec![relay]);
        let id = vecino::net::peer_id(&secret)?;
        let (listed, (orders, ordered)) = (Arc::<AtomicUsize>::default(), mpsc::unbounded_channel());
        let introduction = Introduction::new(nickname, Presence::Online, Vec::new());
        let at_work = AtWork {
            id,
            node,
            introduction,
            here: HashSet::new(),
            met: HashSet::new(),
            listed: Arc::clone(&listed),
            calling: HashMap::new(),
            asked: HashMap::new(),
        };
        tokio::spawn(at_work.run(ordered));
        Ok(Self { id, listed, orders })
    }

    /// How many others the relay lists to it.
    pub fn listed(&self) -> usize {
        self.listed.load(Ordering::Relaxed)
    }

    /// Waits until it's connected with somebody.
    pub async fn call(&self, peer: PeerId) -> Outcome<()> {
        let (told, heard) = oneshot::channel();
        self.order(Order::Call(peer, told))?;
        Ok(heard.await?)
    }

    /// Says something to somebody; whether that was taken.
    pub async fn say(&self, peer: PeerId) -> Outcome<bool> {
        let (told, heard) = oneshot::channel();
        self.order(Order::Say(peer, told))?;
        Ok(heard.await?)
    }

    /// Fetches so many units from somebody, each of which goes to `sink`; whether all came.
    pub async fn fetch(&self, peer: PeerId, units: u64, sink: Sink) -> Outcome<bool> {
        let (told, heard) = oneshot::channel();
        self.order(Order::Fetch(peer, units, sink, told))?;
        Ok(heard.await?)
    }

    fn order(&self, order: Order) -> Outcome<()> {
        self.orders.send(order).map_err(|_| "a member is gone".into())
    }
}

struct AtWork {
    id: PeerId,
    node: Node,
    introduction: Introduction,
    /// Whom the relay lists.
    here: HashSet<PeerId>,
    /// Who is connected and has said hello.
    met: HashSet<PeerId>,
    listed: Arc<AtomicUsize>,
    calling: HashMap<PeerId, oneshot::Sender<()>>,
    asked: HashMap<RequestId, oneshot::Sender<bool>>,
}

impl AtWork {
    async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        loop {
            tokio::select! {
                event = self.node.next() => self.happened(event),
                order = orders.recv() => match order {
                    Some(order) => self.obey(order),
                    None => return self.node.stop().await,
                },
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Call(peer, told) if self.met.contains(&peer) => _ = told.send(()),
            Order::Call(peer, told) => {
                self.calling.insert(peer, told);
                self.node.call(&peer);
            }
            Order::Say(peer, told) => {
                if let Some(request) = said(&self.id, &peer) {
                    self.asked.insert(self.node.chat(&peer, request), told);
                }
            }
            Order::Fetch(peer, units, sink, told) => {
                let ask = Ask::Range(Range { at: 0, unit: 0, units, hashes: false });
                let request = self.node.file(&peer, TransferId::from_bytes([1; 16]), ask, Some(sink));
                self.asked.insert(request, told);
            }
        }
    }

    fn happened(&mut self, event: Event) {
        match event {
            Event::Connected(peer) => self.node.introduce(&peer, &self.introduction),
            Event::Introduced(peer, who) if !who.relay => {
                self.met.insert(peer);
                if let Some(told) = self.calling.remove(&peer) {
                    let _ = told.send(());
                }
            }
            Event::Disconnected(peer) => _ = self.met.remove(&peer),
            Event::Listed(peer, listed) => {
                match listed {
                    Some(_) => self.here.insert(peer),
                    None => self.here.remove(&peer),
                };
                self.listed.store(self.here.len(), Ordering::Relaxed);
            }
            Event::Chat(_, Chat::Push(push), reply) => {
                let (next, last) = (push.first + 1, push.entries.first().map(|entry| entry.id()));
                let watermark = Watermark { epoch: push.epoch, next, last, read: 0 };
                self.node.answer_chat(reply, &Answer::Committed { watermark, voids: Vec::new() });
            }
            Event::ChatAnswered(request, answer) => self.answered(request, answer.is_some()),
            Event::File(_, _, Ask::Range(range), reply) => self.give(range.units, reply),
            Event::FileAnswered(request, reply) => self.answered(request, reply == Some(Reply::Units)),
            _ => {}
        }
    }

    fn answered(&mut self, request: RequestId, well: bool) {
        if let Some(told) = self.asked.remove(&request) {
            let _ = told.send(well);
        }
    }

    /// Sends so many units, all alike: what is measured is the way.
    fn give(&mut self, units: u64, reply: FileReply) {
        let (feed, source) = mpsc::channel(WAITING);
        self.node.answer_file(reply, Reply::Units, Some(source));
        tokio::spawn(async move {
            let bytes = vec![7; UNIT as usize];
            let unit = [&FrameHead::Unit(bytes.len()).encode(), bytes.as_slice(), &[0; 32]].concat();
            for _ in 0..units {
                if feed.send(Ok(unit.clone())).await.is_err() {
                    return;
                }
            }
            let _ = feed.send(Ok(FrameHead::End.encode().to_vec())).await;
        });
    }
}

/// A push of one message.
fn said(from: &PeerId, to: &PeerId) -> Option<ChatRequest> {
    let id = MessageId::new(Timestamp::from_millis(1_800_000_000_000), std::array::from_fn(|_| fastrand::u8(..)));
    let body = Body::Text(Text::new(WORDS).ok()?);
    let entry = WireEntry::new(id, ConversationId::between(from, to), 1, Timestamp::from_millis(0), &body).ok()?;
    Some(ChatRequest::push(Epoch::new(2), 1, vec![entry]))
}
