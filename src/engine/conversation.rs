//! What the person here does with messages.

use super::core::{Core, answer, now, random};
use super::handle::Reply;
use super::lanes::new_epoch;
use super::{Error, Event};
use crate::model::{Body, Message, MessageId, PeerId, Text};
use crate::protocol::wire::chat::ChatRequest;
use crate::store::Outgoing;

impl Core {
    /// Keeps a text for a peer.
    pub(super) fn send(&mut self, peer: PeerId, text: Text, reply: Reply<Message>) {
        match self.outgoing(peer, Body::Text(text)) {
            Ok(outgoing) => self.append(outgoing, reply, |message| message),
            Err(error) => answer(reply, Err(error)),
        }
    }

    /// A new message to a peer that is known.
    pub(super) fn outgoing(&self, peer: PeerId, body: Body) -> Result<Outgoing, Error> {
        if peer == self.me {
            return Err(Error::Oneself);
        }
        if !self.people.is_known(&peer) && !self.lanes.was_written_to(&peer) {
            return Err(Error::UnknownPeer(peer));
        }
        let now = now();
        let id = MessageId::new(now, random()?);
        Ok(Outgoing { peer, me: self.me, id, body, now, new_epoch: new_epoch()?, transfer: None })
    }

    /// Commits a message, tells of it, hands it to its lane, and answers whoever wrote it.
    pub(super) fn append<T: Send + 'static>(
        &mut self,
        outgoing: Outgoing,
        reply: Reply<T>,
        result: impl FnOnce(Message) -> T + Send + 'static,
    ) {
        let store = self.store.clone();
        let peer = outgoing.peer;
        self.write(peer, false);
        let transfer = outgoing.transfer.clone();
        self.beside(async move { store.append(outgoing).await }, move |core, appended| match appended {
            Ok((message, lane)) => {
                core.teller.tell(Event::Message(message.clone()));
                if let Some(row) = transfer {
                    core.files_offered(row);
                }
                core.keep_person(peer);
                core.appended(peer, lane);
                answer(reply, Ok(result(message)));
            }
            Err(error) => {
                if let Some(row) = transfer {
                    core.not_offered(row.transfer.id);
                }
                answer(reply, Err(error.into()));
            }
        });
    }

    /// Withdraws a message.
    pub(super) fn cancel_message(&mut self, id: MessageId, reply: Reply<()>) {
        let store = self.store.clone();
        let work = async move {
            let change = store.cancel(id).await?;
            let message = store.message(id).await?;
            Ok::<_, Error>((change, message))
        };
        self.beside(work, move |core, cancelled| {
            if let Ok((change, Some(message))) = &cancelled {
                core.tell_states(message.peer, vec![change.clone()]);
                core.files_cancelled(id.transfer());
            }
            answer(reply, cancelled.map(|_| ()));
        });
    }

    /// Everything in a conversation was seen here.
    pub(super) fn mark_read(&mut self, peer: PeerId, reply: Reply<()>) {
        let (store, tell) = (self.store.clone(), self.settings.receipts);
        self.beside(async move { store.mark_read(peer, tell).await }, move |core, marks| {
            let marks = match marks {
                Ok(marks) => marks,
                Err(error) => return answer(reply, Err(error.into())),
            };
            if marks.changed {
                core.teller.tell(Event::Unread { peer_id: peer, unread: 0 });
            }
            if core.settings.receipts && !marks.lanes.is_empty() {
                core.call(peer);
            }
            // Where that is lost, the next hello says the same. It may have been set meanwhile that nothing is told.
            if core.settings.receipts && core.people.is_met(&peer) {
                for (epoch, seq) in marks.lanes {
                    core.node.chat(&peer, ChatRequest::read(epoch, seq));
                }
            }
            answer(reply, Ok(()));
        });
    }
}
