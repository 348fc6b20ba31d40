//! What a peer in a test's hands says and hears of the roster.

use std::collections::HashMap;
use std::sync::Arc;

use libp2p::StreamProtocol;
use libp2p::request_response::{self, Event as Exchange, Message, OutboundRequestId, ProtocolSupport};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::{PATIENCE, Peer};
use crate::model::{Nickname, Presence};
use crate::net::behaviour::keypair;
use crate::net::card;
use crate::net::roster_codec::{Member, RosterCodec, Said};
use crate::protocol::wire;
use crate::protocol::wire::roster::{
    Card, Changes, Denial, Heard, MAX_RELAY_BYTES, PROTOCOL, Page, Reply, RosterAnswer, RosterRequest, Since,
};

pub(super) type RosterBehaviour = request_response::Behaviour<RosterCodec<Member>>;

/// A request's bytes, and where its answer goes.
pub(super) type Question = (Arc<[u8]>, oneshot::Sender<Reply>);

pub(super) fn behaviour() -> RosterBehaviour {
    let protocols = [(StreamProtocol::new(PROTOCOL), ProtocolSupport::Full)];
    request_response::Behaviour::new(protocols, request_response::Config::default())
}

/// What is asked, and what is told.
pub(super) struct Questions {
    asked: mpsc::UnboundedReceiver<Question>,
    waiting: HashMap<OutboundRequestId, oneshot::Sender<Reply>>,
    changes: mpsc::UnboundedSender<Changes>,
}

impl Questions {
    pub(super) fn new(asked: mpsc::UnboundedReceiver<Question>, changes: mpsc::UnboundedSender<Changes>) -> Self {
        Self { asked, waiting: HashMap::new(), changes }
    }

    pub(super) async fn next(&mut self) -> Question {
        match self.asked.recv().await {
            Some(question) => question,
            None => std::future::pending().await,
        }
    }

    pub(super) fn ask(&mut self, roster: &mut RosterBehaviour, relay: &libp2p::PeerId, question: Question) {
        let (bytes, answer) = question;
        self.waiting.insert(roster.send_request(relay, Said::Outgoing(bytes)), answer);
    }

    /// All changes are taken.
    pub(super) fn happened(&mut self, roster: &mut RosterBehaviour, event: Exchange<Said<Changes>, Said<Reply>>) {
        match event {
            Exchange::Message { message: Message::Request { request, channel, .. }, .. } => {
                let Said::Incoming(changes) = request else { panic!("what comes is incoming") };
                let _ = self.changes.send(changes.unwrap());
                let _ = roster.send_response(channel, Said::Outgoing(encoded(&RosterAnswer::from(Heard::Taken))));
            }
            Exchange::Message { message: Message::Response { request_id, response }, .. } => {
                let Said::Incoming(reply) = response else { panic!("what comes is incoming") };
                let _ = self.waiting.remove(&request_id).unwrap().send(reply.unwrap());
            }
            Exchange::OutboundFailure { request_id, .. } => drop(self.waiting.remove(&request_id)),
            _ => {}
        }
    }
}

fn encoded(message: &impl Serialize) -> Arc<[u8]> {
    wire::encode(message, MAX_RELAY_BYTES).unwrap().into()
}

/// Why it was refused, if it was.
pub fn denial(reply: Reply) -> Option<Denial> {
    if let Reply::Denied(denied) = reply { Some(denied.cause) } else { None }
}

impl Peer {
    /// The answer to some bytes, if one comes.
    pub async fn say(&self, bytes: Arc<[u8]>) -> Option<Reply> {
        let (sender, answer) = oneshot::channel();
        self.questions.send((bytes, sender)).ok()?;
        timeout(PATIENCE, answer).await.expect("no answer").ok()
    }

    /// A card of this peer's for its relay.
    pub fn card(&self, nickname: &str) -> Card {
        let nickname = Nickname::new(nickname).unwrap();
        Card { nickname, presence: Presence::Online, port: Some(7), seq: 1, relay: self.relay }
    }

    /// An announcement of this peer's, with a token, or an empty text for none.
    pub fn announcement(&self, card: &Card, token: &str) -> Arc<[u8]> {
        let signed = card::sign(&keypair(&self.secret).unwrap(), card).unwrap();
        encoded(&RosterRequest::announce(&signed, token.parse().ok().as_ref()))
    }

    /// The answer to an announcement.
    pub async fn announce_card(&self, card: &Card, token: &str) -> Reply {
        self.say(self.announcement(card, token)).await.expect("the connection is gone")
    }

    /// Why an announcement under this name is refused, if it is.
    pub async fn announce(&self, nickname: &str) -> Option<Denial> {
        denial(self.announce_card(&self.card(nickname), "").await)
    }

    /// Announces itself, and can be called from then on.
    pub async fn join(&self, nickname: &str) {
        assert_eq!(self.announce(nickname).await, None);
        assert_eq!(self.reserve().await, 100);
    }

    /// The answer to the question for what has changed.
    pub async fn since(&self, since: Since) -> Reply {
        self.say(encoded(&RosterRequest::since(since))).await.expect("the connection is gone")
    }

    /// All of the list.
    pub async fn list(&self) -> Page {
        let Reply::Page(page) = self.since(Since::default()).await else { panic!("a page") };
        page
    }
}
