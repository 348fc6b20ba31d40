//! Addresses given by a person: dialled until somebody is there, and remembered.

use std::collections::HashMap;
use std::time::Duration;

use super::Error;
use super::core::{Core, answer};
use super::handle::Reply;
use crate::model::{Peer, PeerId};
use crate::net::RequestId;
use crate::net::address::Target;

/// Wait before an address at which nobody was is tried again.
const AGAIN: Duration = Duration::from_secs(15);

/// An address that is being dialled.
#[derive(Debug)]
struct Sought {
    target: Target,
    reply: Option<Reply<Peer>>,
    /// Whether it's remembered who was found there.
    kept: bool,
}

/// What is being sought.
#[derive(Debug, Default)]
pub(super) struct Seeking {
    dials: HashMap<RequestId, Sought>,
    /// Reached, but they haven't said who they are yet.
    waiting: Vec<(PeerId, Reply<Peer>)>,
}

impl Core {
    /// Looks for those whose addresses are remembered from former runs.
    pub(super) fn seek_all(&mut self, addresses: Vec<(String, Option<PeerId>)>) {
        for (text, peer) in addresses {
            match peer {
                Some(peer) => self.node.remember(peer, &[text], true),
                None => self.beside(async move { Target::resolve(&text).await }, |core, target| {
                    if let Ok(target) = target {
                        core.seek(target, None, true);
                    }
                }),
            }
        }
    }

    /// Reads, remembers and dials an address.
    pub(super) fn add(&mut self, text: String, timeout: Duration, reply: Reply<Peer>) {
        let read = {
            let text = text.clone();
            async move { Target::resolve(&text).await }
        };
        self.beside(read, move |core, target| match target {
            Ok(target) if target.peer == Some(core.me) => answer(reply, Err(Error::Oneself)),
            Ok(target) => {
                core.remember_address(&target, target.peer);
                let limit = timeout;
                let unreachable = Error::Unreachable { address: text, cause: format!("no answer in {limit:?}") };
                let (sender, heard) = tokio::sync::oneshot::channel();
                core.seek(target, Some(sender), true);
                core.beside(tokio::time::timeout(limit, heard), move |_, heard| {
                    answer(reply, heard.ok().and_then(Result::ok).unwrap_or(Err(unreachable)));
                });
            }
            Err(cause) => answer(reply, Err(Error::Address { text, cause: cause.to_string() })),
        });
    }

    /// Dials an address until somebody is there.
    pub(super) fn seek(&mut self, target: Target, reply: Option<Reply<Peer>>, kept: bool) {
        let request = self.node.reach(&target);
        self.seeking.dials.insert(request, Sought { target, reply, kept });
    }

    pub(super) fn reached(&mut self, request: RequestId, result: Result<PeerId, String>) {
        let Some(Sought { target, reply, kept }) = self.seeking.dials.remove(&request) else { return };
        let result = result.and_then(|peer| match target.peer {
            Some(expected) if expected != peer => Err(format!("somebody else is there: {peer}")),
            _ => Ok(peer),
        });
        match result {
            Ok(peer) => {
                if kept {
                    self.remember_address(&target, Some(peer));
                }
                if let Some(reply) = reply {
                    self.seeking.waiting.push((peer, reply));
                    self.met(peer);
                }
            }
            Err(cause) => {
                if let Some(reply) = reply {
                    answer(reply, Err(Error::Unreachable { address: target.to_string(), cause }));
                }
                self.later(AGAIN, move |core| core.seek(target, None, kept));
            }
        }
    }

    /// Tells those who wait for this peer, if it has said who it is.
    pub(super) fn met(&mut self, id: PeerId) {
        let Some(peer) = self.peer(&id).filter(|_| self.people.is_met(&id)) else { return };
        for (_, reply) in self.seeking.waiting.extract_if(.., |(of, _)| *of == id) {
            answer(reply, Ok(peer.clone()));
        }
        self.seeking.waiting.retain(|(_, reply)| !reply.is_closed());
    }

    fn remember_address(&mut self, target: &Target, peer: Option<PeerId>) {
        let store = self.store.clone();
        let address = target.to_string();
        self.beside(async move { store.add_address(address, peer).await }, |core, kept| {
            if let Err(error) = kept {
                core.warn(error.to_string());
            }
        });
    }
}
