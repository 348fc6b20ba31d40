//! People who write: nodes of this process without store or person. They take whatever they are sent.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use vecino::model::{Body, ConversationId, Epoch, MessageId, Nickname, PeerId, Presence, Text, Timestamp, Watermark};
use vecino::net::address::Target;
use vecino::net::{Config, Event, Node, RequestId};
use vecino::protocol::wire::chat::{Answer, Chat, ChatRequest, MAX_PUSH_ENTRIES, WireEntry};
use vecino::protocol::wire::hello::Introduction;

use super::Outcome;

/// The lane's.
const EPOCH: u64 = 2;

/// Somebody whose node runs on a task of its own.
pub struct Speaker {
    /// Their id.
    pub id: PeerId,
    orders: mpsc::UnboundedSender<Order>,
    at_work: JoinHandle<Outcome<()>>,
}

/// Texts to send, and who is told once all are taken.
type Order = (Vec<Text>, oneshot::Sender<()>);

impl Speaker {
    /// Starts a node, and waits until it and the one at this address know each other.
    pub async fn start(nickname: &str, at: &str) -> Outcome<Self> {
        let mut secret = [0; 32];
        fastrand::fill(&mut secret);
        let mut node = Node::start(&Config {
            secret: &secret,
            listen: &[],
            port: 0,
            mdns: false,
            interfaces: &[],
            only_relayed: false,
        })?;
        let id = vecino::net::peer_id(&secret)?;
        let introduction = Introduction::new(Nickname::new(nickname)?, Presence::Online, Vec::new());
        node.reach(&Target::resolve(at).await?);
        let other = loop {
            match node.next().await {
                Event::Connected(peer) => node.introduce(&peer, &introduction),
                Event::Acknowledged(peer, true) => break peer,
                Event::Reached(_, Err(cause)) => return Err(cause.to_string().into()),
                _ => {}
            }
        };
        let (orders, ordered) = mpsc::unbounded_channel();
        let at_work = AtWork { id, other, node, introduction, said: 0, under_way: None };
        Ok(Self { id, orders, at_work: tokio::spawn(at_work.run(ordered)) })
    }

    /// Says all of it, and waits until it's kept.
    pub async fn say(&self, texts: Vec<Text>) -> Outcome<()> {
        let (told, heard) = oneshot::channel();
        self.orders.send((texts, told)).map_err(|_| "a speaker is gone")?;
        Ok(heard.await?)
    }

    /// Says goodbye.
    pub async fn leave(self) -> Outcome<()> {
        drop(self.orders);
        self.at_work.await?
    }
}

struct AtWork {
    id: PeerId,
    other: PeerId,
    node: Node,
    introduction: Introduction,
    said: u64,
    /// The push that has no answer yet, and the order that it's of.
    under_way: Option<(RequestId, Vec<WireEntry>, Order)>,
}

impl AtWork {
    async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) -> Outcome<()> {
        loop {
            tokio::select! {
                event = self.node.next() => self.happened(event).await?,
                order = orders.recv(), if self.under_way.is_none() => match order {
                    Some(order) => self.go_on(order),
                    None => break,
                },
            }
        }
        self.node.stop().await;
        Ok(())
    }

    async fn happened(&mut self, event: Event) -> Outcome<()> {
        match event {
            Event::Connected(peer) => self.node.introduce(&peer, &self.introduction),
            Event::Chat(_, Chat::Push(push), reply) => {
                let next = push.first + push.entries.len() as u64;
                let last = push.entries.last().map(|entry| entry.id());
                let watermark = Watermark { epoch: push.epoch, next, last, read: 0 };
                self.node.answer_chat(reply, &Answer::Committed { watermark, voids: Vec::new() });
            }
            Event::ChatAnswered(of, answer) => {
                let Some((_, entries, order)) = self.under_way.take_if(|(request, ..)| *request == of) else {
                    return Ok(());
                };
                match answer {
                    Some(Answer::Committed { .. }) => {
                        self.said += entries.len() as u64;
                        self.go_on(order);
                    }
                    Some(Answer::Busy(millis)) => {
                        sleep(Duration::from_millis(millis.into())).await;
                        self.push(entries, order);
                    }
                    other => return Err(format!("the app doesn't take what is said: {other:?}").into()),
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Sends what comes next of an order, or says that all of it is taken.
    fn go_on(&mut self, (mut texts, told): Order) {
        if texts.is_empty() {
            let _ = told.send(());
            return;
        }
        let rest = texts.split_off(texts.len().min(MAX_PUSH_ENTRIES));
        let conversation = ConversationId::between(&self.id, &self.other);
        let now = Timestamp::from_millis(jiff::Timestamp::now().as_millisecond());
        let entries = texts.into_iter().zip(self.said + 1..).filter_map(|(text, number)| {
            let id = MessageId::new(now, std::array::from_fn(|_| fastrand::u8(..)));
            WireEntry::new(id, conversation, number, now, &Body::Text(text)).ok()
        });
        let entries = entries.collect();
        self.push(entries, (rest, told));
    }

    fn push(&mut self, entries: Vec<WireEntry>, order: Order) {
        let request = ChatRequest::push(Epoch::new(EPOCH), self.said + 1, entries.clone());
        self.under_way = Some((self.node.chat(&self.other, request), entries, order));
    }
}

/// What people say: of uneven length, with lines, emoji and links here and there.
pub fn words(number: u64) -> Outcome<Text> {
    let words = match number % 7 {
        0 => "ok".to_owned(),
        1 => "Did the drawings arrive? I left them on the shared disk, in the folder of the patio.".to_owned(),
        2 => "👍".to_owned(),
        3 => "First the floor,\nthen the walls,\nthen the roof.\nAnd then we'll see.".to_owned(),
        4 => "¿Nos vemos a las ocho en la plaza, donde siempre? ".repeat(1 + usize::try_from(number % 5)?),
        5 => format!("Look at https://example.org/plans/{number} and tell me."),
        _ => "Well, it isn't what we said on Monday, but it will do.".to_owned(),
    };
    Ok(Text::new(format!("{words} {number}"))?)
}
