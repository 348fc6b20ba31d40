//! Nodes on tasks of their own, for tests.

use super::super::address::Target;
use super::*;
use crate::model::{Epoch, RelayState};
use crate::net::{GivenRelay, RelaySource};
use crate::protocol::wire::chat::ChatRequest;
use tokio::sync::{mpsc, oneshot};

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Time between two looks at something that nobody tells.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

pub(crate) fn introduction(nickname: &str) -> Introduction {
    Introduction::new(Nickname::new(nickname).unwrap(), Presence::Online, Vec::new())
}

/// What the member with this key calls itself.
pub(crate) fn nickname(key: u8) -> Nickname {
    Nickname::new(&format!("member {key}")).unwrap()
}

type Act = Box<dyn FnOnce(&mut Node) + Send>;

/// A node on a task. It says hello to whoever is connected, and answers every message with [`BUSY`].
pub(crate) struct Member {
    pub(crate) id: PeerId,
    acts: mpsc::UnboundedSender<Act>,
    /// What happened, and how the peer was reached then.
    events: mpsc::UnboundedReceiver<(Event, Path)>,
}

const BUSY: Answer = Answer::Busy(7);

impl Member {
    /// One that listens on loopback.
    pub(crate) fn start(key: u8) -> Self {
        let listen = ["/ip4/127.0.0.1/tcp/0".to_owned()];
        Self::run(
            key,
            &Config { secret: &[key; 32], listen: &listen, port: 0, interfaces: &[], mdns: false, only_relayed: false },
        )
    }

    /// One that nobody can dial.
    pub(crate) fn hidden(key: u8) -> Self {
        Self::run(
            key,
            &Config { secret: &[key; 32], listen: &[], port: 0, interfaces: &[], mdns: false, only_relayed: true },
        )
    }

    pub(crate) fn run(key: u8, config: &Config<'_>) -> Self {
        let mut node = Node::start(config).unwrap();
        node.present(&nickname(key), Presence::Online);
        let (acts, received) = mpsc::unbounded_channel();
        let (tell, events) = mpsc::unbounded_channel();
        let id = node.own;
        tokio::spawn(run_member(node, received, tell));
        Self { id, acts, events }
    }

    pub(crate) async fn ask<T: Send + 'static>(&self, act: impl FnOnce(&mut Node) -> T + Send + 'static) -> T {
        let (answer, answered) = oneshot::channel();
        let act: Act = Box::new(move |node| assert!(answer.send(act(node)).is_ok()));
        assert!(self.acts.send(act).is_ok());
        answered.await.unwrap()
    }

    /// Waits for something that nobody tells.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn(&mut Node) -> bool + Copy + Send + 'static) {
        let wait = async {
            while !self.ask(is_so).await {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("waited for {what}"));
    }

    /// Waits for something that happens.
    pub(crate) async fn hears<T>(&mut self, what: &str, find: impl Fn(Event, Path) -> Option<T>) -> T {
        let wait = async {
            loop {
                let (event, path) = self.events.recv().await.unwrap();
                if let Some(found) = find(event, path) {
                    return found;
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("waited for {what}"))
    }

    /// Whom it finds at a target, and how.
    pub(crate) async fn reach(&mut self, target: Target) -> (Result<PeerId, String>, Path) {
        let name = self.ask(move |node| node.reach(&target)).await;
        self.hears("an end of the search", |event, path| match event {
            Event::Reached(of, result) if of == name => Some((result.map_err(|why| why.to_string()), path)),
            _ => None,
        })
        .await
    }

    /// Is given relays, and waits until all of them are ready.
    pub(crate) async fn uses(&self, relays: &[Target]) {
        self.is_given(relays).await;
        self.until("all relays to be ready", |node| node.relays().iter().all(|relay| relay.state == RelayState::Ready))
            .await;
    }

    /// Is given relays, and no others.
    pub(crate) async fn is_given(&self, relays: &[Target]) {
        let given = |target: &Target| GivenRelay { target: target.clone(), source: RelaySource::Settings, token: None };
        let given = relays.iter().map(given).collect();
        self.ask(move |node| node.give_relays(given)).await;
    }

    /// How it stands with its relays.
    pub(crate) async fn states(&self) -> Vec<RelayState> {
        self.ask(|node| node.relays().into_iter().map(|relay| relay.state).collect()).await
    }

    /// What is told next of somebody by relays.
    pub(crate) async fn hears_of(&mut self, peer: PeerId) -> Option<Listed> {
        self.hears("a listing", |event, _| match event {
            Event::Listed(of, listed) if of == peer => Some(listed),
            _ => None,
        })
        .await
    }

    /// Calls somebody who is listed, and is connected.
    pub(crate) async fn calls(&mut self, peer: PeerId) {
        self.ask(move |node| node.call(&peer)).await;
        let connected = |event, path| matches!(event, Event::Connected(of) if of == peer).then_some(path);
        assert_eq!(self.hears("a circuit", connected).await, Path::Relayed);
    }

    /// Looks for a relay, and takes a place at it.
    pub(crate) async fn joins(&mut self, relay: Target, id: PeerId) {
        assert_eq!(self.reach(relay).await, (Ok(id), Path::Direct));
        self.has_a_place().await;
    }

    pub(crate) async fn has_a_place(&self) {
        self.until("a place at the relay", |node| node.swarm.listeners().any(address::is_circuit)).await;
    }

    /// A message arrives at a peer, and the answer comes back; sent again as long as it doesn't.
    pub(crate) async fn chats(&mut self, peer: PeerId) {
        loop {
            let request = ChatRequest::read(Epoch::new(1), 1);
            let name = self.ask(move |node| node.chat(&peer, request)).await;
            let answer = self.hears("an answer", |event, _| match event {
                Event::ChatAnswered(of, answer) if of == name => Some(answer),
                _ => None,
            });
            if answer.await == Some(BUSY) {
                return;
            }
        }
    }
}

async fn run_member(
    mut node: Node,
    mut acts: mpsc::UnboundedReceiver<Act>,
    tell: mpsc::UnboundedSender<(Event, Path)>,
) {
    loop {
        tokio::select! {
            event = node.next() => {
                let path = peer_of(&event).map_or(Path::None, |peer| node.path(&peer));
                match event {
                    Event::Connected(peer) => {
                        node.introduce(&peer, &introduction("member"));
                        _ = tell.send((event, path));
                    }
                    Event::Chat(_, _, reply) => node.answer_chat(reply, &BUSY),
                    event => _ = tell.send((event, path)),
                }
            }
            act = acts.recv() => match act {
                Some(act) => act(&mut node),
                None => return,
            },
        }
    }
}

fn peer_of(event: &Event) -> Option<PeerId> {
    match event {
        Event::Connected(peer) | Event::Moved(peer) | Event::Reached(_, Ok(peer)) => Some(*peer),
        _ => None,
    }
}
