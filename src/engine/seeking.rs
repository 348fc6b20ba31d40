//! Addresses and invites given by a person: looked for until somebody is there, and remembered.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::Error;
use super::core::{Core, answer};
use super::handle::Reply;
use crate::model::{Invite, Invited, Peer, PeerId, Reason};
use crate::net::RequestId;
use crate::net::address::Target;

/// Wait before an address at which nobody was is tried again.
const AGAIN: Duration = Duration::from_secs(15);

/// An address that is being dialled.
#[derive(Debug)]
struct Sought {
    target: Target,
    reply: Option<Reply<Peer>>,
}

/// What is being sought.
#[derive(Debug, Default)]
pub(super) struct Seeking {
    dials: HashMap<RequestId, Sought>,
    /// Reached or invited, but they haven't said who they are yet.
    waiting: Vec<(PeerId, Reply<Peer>)>,
    /// Who is, or was, at the addresses that people gave.
    found: HashMap<PeerId, SocketAddr>,
}

impl Seeking {
    /// The address given by a person at which a peer was found.
    pub(super) fn found_at(&self, peer: &PeerId) -> Option<SocketAddr> {
        self.found.get(peer).copied()
    }

    /// What people gave no longer leads to this peer.
    pub(super) fn forget(&mut self, peer: &PeerId) {
        self.found.remove(peer);
    }
}

impl Core {
    /// Looks for those whose addresses are remembered from former runs. Relays are the network's to look for.
    pub(super) fn seek_all(&mut self, addresses: Vec<(String, Option<PeerId>)>) {
        for (text, peer) in addresses {
            self.beside(async move { Target::resolve(&text).await }, move |core, target| match (target, peer) {
                (_, Some(peer)) if core.relays.is_kept(&peer) => {}
                (Ok(target), Some(peer)) if target.socket().is_some() => {
                    core.note_found(&target, peer);
                    core.node.remember(peer, &[target.to_string()], true);
                }
                (Ok(target), _) => core.seek(target, None),
                (Err(_), _) => {}
            });
        }
    }

    /// Reads, remembers and looks for an address, or follows an invite.
    pub(super) fn add(&mut self, text: String, timeout: Duration, reply: Reply<Peer>) {
        if Invite::is_meant_by(&text) {
            return match text.parse() {
                Ok(invite) => self.accept_invite(invite, timeout, reply),
                Err(error) => answer(reply, Err(Error::Invite(error))),
            };
        }
        let read = {
            let text = text.clone();
            async move { Target::resolve(&text).await }
        };
        self.beside(read, move |core, target| match target {
            Ok(target) if target.peer == Some(core.me) => answer(reply, Err(Error::Oneself)),
            Ok(target) => {
                core.remember_address(&target, target.peer);
                let reply = core.limited(text, timeout, reply);
                core.seek(target, Some(reply));
            }
            Err(cause) => answer(reply, Err(Error::Address { text, cause: cause.to_string() })),
        });
    }

    /// Uses the relays of an invite, and looks for the person that it leads to.
    fn accept_invite(&mut self, invite: Invite, timeout: Duration, reply: Reply<Peer>) {
        let Invite { person, relays } = invite;
        if person.as_ref().is_some_and(|person| person.peer == self.me) {
            return answer(reply, Err(Error::Oneself));
        }
        let places = relays.iter().flat_map(|relay| &relay.addresses);
        let own = person.iter().flat_map(|person| &person.addresses);
        let places: Vec<String> = own.chain(places).map(ToString::to_string).collect();
        let reply = self.limited(places.join(", "), timeout, reply);
        let relay = relays.first().map(|relay| relay.peer);
        for relay in relays {
            self.keep_relay(relay, person.is_some());
        }
        match (person, relay) {
            (Some(person), _) => self.seek_invited(person, reply),
            (None, Some(relay)) => {
                self.seeking.waiting.push((relay, reply));
                self.settle_wait_for_one_known(relay);
            }
            (None, None) => {}
        }
    }

    fn seek_invited(&mut self, person: Invited, reply: Reply<Peer>) {
        let Invited { peer, nickname, addresses } = person;
        self.invited(peer, nickname);
        for at in addresses {
            let target = Target::of_peer(peer, at);
            self.remember_address(&target, Some(peer));
            self.node.remember(peer, &[target.to_string()], true);
        }
        self.seeking.waiting.push((peer, reply));
        self.met(peer);
    }

    /// A reply that says after some time that nobody is at `place`.
    fn limited(&mut self, place: String, limit: Duration, reply: Reply<Peer>) -> Reply<Peer> {
        let unreachable = Error::Unreachable { address: place, cause: Reason::Silence(limit) };
        let (sender, heard) = tokio::sync::oneshot::channel();
        self.beside(tokio::time::timeout(limit, heard), move |_, heard| {
            answer(reply, heard.ok().and_then(Result::ok).unwrap_or(Err(unreachable)));
        });
        sender
    }

    /// Dials an address until somebody is there.
    fn seek(&mut self, target: Target, reply: Option<Reply<Peer>>) {
        let request = self.node.reach(&target);
        self.seeking.dials.insert(request, Sought { target, reply });
    }

    pub(super) fn reached(&mut self, request: RequestId, result: Result<PeerId, Reason>) {
        let Some(Sought { target, reply }) = self.seeking.dials.remove(&request) else { return };
        let result = result.and_then(|peer| match target.peer {
            Some(expected) if expected != peer => Err(Reason::SomebodyElse(peer)),
            _ => Ok(peer),
        });
        match result {
            Ok(peer) => {
                self.remember_address(&target, Some(peer));
                self.note_found(&target, peer);
                if let Some(reply) = reply {
                    self.seeking.waiting.push((peer, reply));
                    if self.people.is_met(&peer) {
                        self.met(peer);
                    }
                }
            }
            Err(cause) => {
                if let Some(reply) = reply {
                    answer(reply, Err(Error::Unreachable { address: target.to_string(), cause }));
                }
                self.later(AGAIN, move |core| core.seek(target, None));
            }
        }
    }

    fn note_found(&mut self, target: &Target, peer: PeerId) {
        if let Some(at) = target.socket() {
            self.seeking.found.insert(peer, at);
        }
    }

    /// Tells those who wait for this peer, if it's here.
    pub(super) fn met(&mut self, id: PeerId) {
        if let Some(peer) = self.peer(&id).filter(Peer::is_here) {
            self.found(&peer);
        }
    }

    /// Whether somebody waits for this peer.
    pub(super) fn is_awaited(&self, id: &PeerId) -> bool {
        self.seeking.waiting.iter().any(|(of, reply)| of == id && !reply.is_closed())
    }

    /// Tells those who wait for this peer who it is.
    pub(super) fn found(&mut self, peer: &Peer) {
        self.answer_waiting(peer.id, &Ok(peer.clone()));
    }

    /// Tells those who wait for this peer why they won't have it.
    pub(super) fn not_found(&mut self, id: PeerId, why: &Error) {
        self.answer_waiting(id, &Err(why.clone()));
    }

    fn answer_waiting(&mut self, id: PeerId, result: &Result<Peer, Error>) {
        for (_, reply) in self.seeking.waiting.extract_if(.., |(of, _)| *of == id) {
            answer(reply, result.clone());
        }
        self.seeking.waiting.retain(|(_, reply)| !reply.is_closed());
    }

    fn remember_address(&mut self, target: &Target, peer: Option<PeerId>) {
        let store = self.store.clone();
        let address = target.to_string();
        self.beside(async move { store.add_address(address, peer).await }, |core, kept| {
            if let Err(error) = kept {
                core.warn(error);
            }
        });
    }
}
