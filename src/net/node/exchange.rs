//! What is said between connected peers: hellos, chat, files; who hasn't said hello, who talks nonsense.

use std::time::Instant;

use libp2p::request_response::{Event as Exchange, Message, OutboundFailure, OutboundRequestId};

use super::super::address;
use super::super::codec::Received;
use super::super::file_codec::{FileQuestion, FileResponse, Sink, Source};
use super::questions::Question;
use super::{ChatReply, Event, FileReply, Node, RequestId};
use crate::model::{ConversationId, PeerId, TransferId};
use crate::protocol::wire::WireError;
use crate::protocol::wire::chat::{Answer, ChatAnswer, ChatRequest};
use crate::protocol::wire::file::{Ask, Denial, Reply};
use crate::protocol::wire::hello::{Hello, HelloAnswer, Introduction, NOT_WELCOME};
use crate::protocol::wire::typing::{TypingAnswer, TypingNotice};

impl Node {
    /// Tells a connected peer who we are. The outcome comes as [`Event::Acknowledged`].
    pub fn introduce(&mut self, peer: &PeerId, introduction: &Introduction) {
        if let Some(id) = address::to_libp2p(peer).filter(|_| self.connections.is_connected(peer)) {
            let request = self.swarm.behaviour_mut().hello.send_request(&id, Ok(Hello::from(introduction)));
            self.hellos.insert(request, *peer);
        }
    }

    /// Sends messages or a read mark to a peer. The outcome comes as [`Event::ChatAnswered`].
    pub fn chat(&mut self, peer: &PeerId, request: ChatRequest) -> RequestId {
        let name = self.request();
        self.exchanges.said(peer, Instant::now());
        if let Some(id) = address::to_libp2p(peer) {
            let sent = self.swarm.behaviour_mut().chat.send_request(&id, Ok(request));
            self.chats.insert(sent, name);
        }
        name
    }

    /// Answers what a peer sent.
    pub fn answer_chat(&mut self, reply: ChatReply, answer: &Answer) {
        // A peer that is gone by now will ask again.
        let _ = self.swarm.behaviour_mut().chat.send_response(reply.0, Ok(ChatAnswer::from(answer)));
    }

    /// Tells a peer that the person here writes to them, or no longer, where a connection stands. Nothing comes of it, and it
    /// keeps no circuit open.
    pub fn tell_typing(&mut self, peer: &PeerId, typing: bool) {
        let hears = self.connections.has_said_hello(peer) && !self.deaf_to_typing.contains(peer);
        // Asked of libp2p itself, which would look for a way to somebody who isn't connected.
        if let Some(id) = address::to_libp2p(peer).filter(|id| hears && self.swarm.is_connected(id)) {
            self.swarm.behaviour_mut().typing.send_request(&id, Ok(TypingNotice::new(typing)));
        }
    }

    /// Asks a peer about a transfer, or tells it something, once what was asked before leaves room for it; a range's bytes go
    /// to `sink`. The outcome comes as [`Event::FileAnswered`].
    pub fn file(&mut self, peer: &PeerId, transfer: TransferId, ask: Ask, sink: Option<Sink>) -> RequestId {
        let name = self.request();
        self.exchanges.said(peer, Instant::now());
        let connected = self.connections.is_connected(peer);
        let unasked = match connected {
            true => self.questions.entry(*peer).or_default().add(Question { name, transfer, ask, sink }),
            false => Some(name),
        };
        self.events.extend(unasked.map(|name| Event::FileAnswered(name, None)));
        self.ask(peer);
        name
    }

    /// Sends as many questions as may be under way.
    fn ask(&mut self, peer: &PeerId) {
        let (Some(id), Some(questions)) = (address::to_libp2p(peer), self.questions.get_mut(peer)) else { return };
        while let Some(Question { name, transfer, ask, sink }) = questions.next() {
            let question = FileQuestion::Outgoing(transfer, ask, sink);
            questions.sent(self.swarm.behaviour_mut().files.send_request(&id, question), name);
        }
    }

    /// A question has got its answer, or won't get one: the next one may go.
    fn file_answered(&mut self, id: &libp2p::PeerId, request: OutboundRequestId, reply: Option<Reply>) {
        let Some(peer) = address::from_libp2p(id) else { return };
        if let Some(name) = self.questions.get_mut(&peer).and_then(|questions| questions.ended(request)) {
            self.events.push_back(Event::FileAnswered(name, reply));
        }
        self.ask(&peer);
    }

    /// Answers a question about a transfer, with the bytes of a range.
    pub fn answer_file(&mut self, reply: FileReply, answer: Reply, source: Option<Source>) {
        let _ = self.swarm.behaviour_mut().files.send_response(reply.0, FileResponse::Outgoing(answer, source));
    }

    pub(super) fn hello_event(&mut self, event: Exchange<Received<Hello>, Received<HelloAnswer>>) {
        match event {
            Exchange::Message { peer, message: Message::Request { request, channel, .. }, .. } => {
                let Some(peer) = address::from_libp2p(&peer) else { return };
                let checked = request.and_then(Introduction::try_from);
                if !self.connections.may_say_hello(&peer, Instant::now()) {
                    tracing::info!(%peer, "closed: too many hellos");
                    return self.disconnect(&peer, false);
                }
                let c = if checked.is_ok() { 0 } else { NOT_WELCOME };
                let _ = self.swarm.behaviour_mut().hello.send_response(channel, Ok(HelloAnswer { c }));
                match checked {
                    Ok(introduction) => {
                        self.connections.said_hello(&peer, introduction.relay);
                        self.circuits.met(&peer);
                        if introduction.relay {
                            self.met_relay(peer, &introduction);
                        } else {
                            self.relays.is_none(&peer, Instant::now());
                        }
                        self.events.push_back(Event::Introduced(peer, introduction));
                    }
                    Err(error) => self.bad_message(&peer, "hello", &error),
                }
            }
            Exchange::Message { message: Message::Response { request_id, response }, .. } => {
                if let Some(peer) = self.hellos.remove(&request_id) {
                    let welcome = matches!(response, Ok(HelloAnswer { c: 0 }));
                    self.events.push_back(Event::Acknowledged(peer, welcome));
                }
            }
            Exchange::OutboundFailure { request_id, error, .. } => {
                let Some(peer) = self.hellos.remove(&request_id) else { return };
                if matches!(error, OutboundFailure::UnsupportedProtocols) {
                    tracing::info!(%peer, "closed: not a vecino");
                    self.dialer.forget(&peer);
                    self.disconnect(&peer, false);
                } else {
                    self.events.push_back(Event::Acknowledged(peer, false));
                }
            }
            Exchange::InboundFailure { .. } | Exchange::ResponseSent { .. } => {}
        }
    }

    pub(super) fn chat_event(&mut self, event: Exchange<Received<ChatRequest>, Received<ChatAnswer>>) {
        match event {
            Exchange::Message { peer, message: Message::Request { request, channel, .. }, .. } => {
                let Some(peer) = address::from_libp2p(&peer) else { return };
                self.exchanges.said(&peer, Instant::now());
                let conversation = ConversationId::between(&self.own, &peer);
                match request.and_then(|request| request.check(conversation)) {
                    // Whoever hasn't said who they are yet is asked to come again: the hello is on its way.
                    Ok(_) if !self.connections.has_said_hello(&peer) => {
                        self.answer_chat(ChatReply(channel), &Answer::Busy(0));
                    }
                    Ok(chat) => self.events.push_back(Event::Chat(peer, chat, ChatReply(channel))),
                    Err(error) => {
                        self.answer_chat(ChatReply(channel), &Answer::Invalid);
                        self.bad_message(&peer, "chat", &error);
                    }
                }
            }
            Exchange::Message { peer, message: Message::Response { request_id, response }, .. } => {
                let Some(name) = self.chats.remove(&request_id) else { return };
                let answer = response.and_then(Answer::try_from);
                if let (Err(error), Some(peer)) = (&answer, address::from_libp2p(&peer)) {
                    self.bad_message(&peer, "chat answer", error);
                }
                self.events.push_back(Event::ChatAnswered(name, answer.ok()));
            }
            Exchange::OutboundFailure { request_id, .. } => {
                if let Some(name) = self.chats.remove(&request_id) {
                    self.events.push_back(Event::ChatAnswered(name, None));
                }
            }
            Exchange::InboundFailure { .. } | Exchange::ResponseSent { .. } => {}
        }
    }

    pub(super) fn typing_event(&mut self, event: Exchange<Received<TypingNotice>, Received<TypingAnswer>>) {
        match event {
            Exchange::Message { peer, message: Message::Request { request, channel, .. }, .. } => {
                let Some(peer) = address::from_libp2p(&peer) else { return };
                let c = u16::from(request.is_err());
                let _ = self.swarm.behaviour_mut().typing.send_response(channel, Ok(TypingAnswer { c }));
                match request {
                    Ok(notice) if self.connections.has_said_hello(&peer) => {
                        self.events.push_back(Event::Typing(peer, notice.typing()));
                    }
                    Ok(_) => {}
                    Err(error) => self.bad_message(&peer, "typing", &error),
                }
            }
            Exchange::OutboundFailure { peer, error: OutboundFailure::UnsupportedProtocols, .. } => {
                // It's an older vecino, and stays one as long as it's connected.
                self.deaf_to_typing.extend(address::from_libp2p(&peer).filter(|id| self.connections.is_connected(id)));
            }
            _ => {}
        }
    }

    pub(super) fn file_event(&mut self, event: Exchange<FileQuestion, FileResponse>) {
        match event {
            Exchange::Message { peer, message: Message::Request { request, channel, .. }, .. } => {
                let Some(peer) = address::from_libp2p(&peer) else { return };
                self.exchanges.said(&peer, Instant::now());
                match request {
                    FileQuestion::Incoming(Ok((transfer, ask))) => {
                        self.events.push_back(Event::File(peer, transfer, ask, FileReply(channel)));
                    }
                    FileQuestion::Incoming(Err(error)) => {
                        self.answer_file(FileReply(channel), Reply::Denied(Denial::Invalid), None);
                        self.bad_message(&peer, "files", &error);
                    }
                    FileQuestion::Outgoing(..) => {}
                }
            }
            Exchange::Message { peer, message: Message::Response { request_id, response }, .. } => {
                self.file_said(&peer);
                let FileResponse::Incoming(reply) = response else { return };
                if let (Err(error), Some(peer)) = (&reply, address::from_libp2p(&peer)) {
                    self.bad_message(&peer, "files answer", error);
                }
                self.file_answered(&peer, request_id, reply.ok());
            }
            Exchange::OutboundFailure { request_id, peer, error, .. } => {
                tracing::debug!(%peer, %error, "no answer about a file");
                self.file_said(&peer);
                self.file_answered(&peer, request_id, None);
            }
            // A range may have taken long.
            Exchange::ResponseSent { peer, .. } => self.file_said(&peer),
            Exchange::InboundFailure { .. } => {}
        }
    }

    fn file_said(&mut self, peer: &libp2p::PeerId) {
        if let Some(peer) = address::from_libp2p(peer) {
            self.exchanges.said(&peer, Instant::now());
        }
    }

    pub(super) fn bad_message(&mut self, peer: &PeerId, protocol: &str, error: &WireError) {
        let (count, too_many) = self.connections.bad_message(peer);
        // Nobody fills a log by talking nonsense.
        if count == 1 {
            tracing::warn!(%peer, protocol, %error, "a message could not be read");
        } else {
            tracing::debug!(%peer, protocol, %error, count, "a message could not be read");
        }
        if too_many {
            tracing::info!(%peer, "closed: too many messages that can't be read");
            self.disconnect(peer, false);
        }
    }
}
