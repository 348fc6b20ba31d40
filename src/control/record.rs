//! Messages and events as they are written on the socket and printed, readable again at its other end.

use serde::{Deserialize, Serialize};

use crate::engine::{Batch, Event, Events};
use crate::model::{
    From as Author, Me, Message, MessageId, MessageState, Peer, PeerId, RelayStatus, Said, Timestamp, Transfer,
    TransferId, What,
};

/// A message as the command line's contract has it: the same JSON as [`Message`]'s own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRecord {
    /// Its id.
    pub id: MessageId,
    /// The conversation's peer.
    pub peer_id: PeerId,
    /// Who wrote it.
    pub from: Author,
    /// What it says, in words. A stranger's text.
    pub text: String,
    /// When it was written, by its author's clock.
    pub sent_at: Timestamp,
    /// How far it got.
    pub state: MessageState,
    /// The transfer that it offers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<TransferId>,
    /// The name of what it offers. A stranger's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl<'a> From<&'a MessageRecord> for Said<'a> {
    fn from(record: &'a MessageRecord) -> Self {
        let what = match record.offer {
            Some(_) => What::Offer(record.name.as_deref(), &record.text),
            None => What::Text(&record.text),
        };
        Self { from: record.from, what, sent_at: record.sent_at, state: record.state }
    }
}

impl From<&Message> for MessageRecord {
    fn from(message: &Message) -> Self {
        Self {
            id: message.id,
            peer_id: message.peer,
            from: message.from,
            text: message.body.text().to_owned(),
            sent_at: message.sent_at,
            state: message.state,
            offer: message.offer(),
            name: message.body.offered_name().map(str::to_owned),
            error: message.error.as_ref().map(ToString::to_string),
        }
    }
}

/// Something that happened: the same JSON as [`Event`]'s own, and the marker of a gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventRecord {
    /// Own nickname, presence, addresses or relays changed.
    Me(Me),
    /// A peer came, went, or changed nickname, presence or path.
    Peer(Peer),
    /// A message was written, here or by a peer.
    Message(MessageRecord),
    /// A message got further.
    MessageState {
        /// Which.
        id: MessageId,
        /// In the conversation with whom.
        peer_id: PeerId,
        /// How far.
        state: MessageState,
        /// Why it failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// The number of unread messages of a conversation changed.
    Unread {
        /// The conversation's peer.
        peer_id: PeerId,
        /// How many now.
        unread: u32,
    },
    /// A peer writes to us just now, or no longer.
    Typing {
        /// Who.
        peer_id: PeerId,
        /// Whether they do.
        typing: bool,
    },
    /// A transfer began, moved or ended.
    Transfer(Transfer),
    /// A relay is new, or how it stands with it changed.
    Relay(RelayStatus),
    /// Something that the person should know.
    Warning {
        /// In words.
        text: String,
    },
    /// Whoever follows was too slow and has missed some events: ask for the state again.
    Lagged,
    /// An event that this version doesn't know.
    #[serde(other)]
    Unknown,
}

impl From<&Event> for EventRecord {
    fn from(event: &Event) -> Self {
        match event {
            Event::Me(me) => Self::Me(me.clone()),
            Event::Peer(peer) => Self::Peer(peer.clone()),
            Event::Message(message) => Self::Message(message.into()),
            Event::MessageState { id, peer_id, state, error } => Self::MessageState {
                id: *id,
                peer_id: *peer_id,
                state: *state,
                error: error.as_ref().map(ToString::to_string),
            },
            Event::Unread { peer_id, unread } => Self::Unread { peer_id: *peer_id, unread: *unread },
            Event::Typing { peer_id, typing } => Self::Typing { peer_id: *peer_id, typing: *typing },
            Event::Transfer(transfer) => Self::Transfer(transfer.clone()),
            Event::Relay(relay) => Self::Relay(relay.clone()),
            Event::Warning { text } => Self::Warning { text: text.to_string() },
        }
    }
}

/// A subscription to the engine's events, one record at a time.
#[derive(Debug)]
pub struct Records {
    events: Events,
    burst: std::vec::IntoIter<EventRecord>,
}

impl Records {
    /// The records of what `events` brings.
    pub fn new(events: Events) -> Self {
        Self { events, burst: Vec::new().into_iter() }
    }

    /// The next record; `None` once the engine has stopped. Safe to cancel.
    pub async fn next(&mut self) -> Option<EventRecord> {
        loop {
            if let Some(record) = self.burst.next() {
                return Some(record);
            }
            match self.events.next().await? {
                Batch::Lagged => return Some(EventRecord::Lagged),
                Batch::Events(events) => {
                    self.burst = events.iter().map(EventRecord::from).collect::<Vec<_>>().into_iter();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Body, FileName, Offer, RelayState, Text};

    fn message(body: Body) -> Message {
        Message {
            id: MessageId::from_bytes([0x11; 16]),
            peer: PeerId::from_public_key([1; 32]),
            from: Author::Me,
            body,
            sent_at: Timestamp::from_millis(1_763_800_000_042),
            lamport: 7,
            state: MessageState::Failed,
            error: Some("refused".into()),
        }
    }

    #[test]
    fn a_record_is_written_as_the_message_itself_and_reads_back() {
        let caption = Some(Text::new("read this").unwrap());
        let offer = Offer { name: FileName::safe("a.pdf"), size: 3, files: 1, caption };
        for message in [message(Body::Text(Text::new("hola").unwrap())), message(Body::Offer(offer))] {
            let record = MessageRecord::from(&message);
            let json = serde_json::to_string(&record).unwrap();
            assert_eq!(json, serde_json::to_string(&message).unwrap());
            assert_eq!(serde_json::from_str::<MessageRecord>(&json).unwrap(), record);
        }
    }

    #[test]
    fn an_event_is_written_as_the_engine_writes_it_and_reads_back() {
        let message = message(Body::Text(Text::new("hola").unwrap()));
        let (id, peer_id) = (message.id, message.peer);
        let relay = RelayStatus {
            peer_id: Some(peer_id),
            nickname: None,
            address: "/ip4/10.0.0.1/tcp/48237".to_owned(),
            state: RelayState::Refused,
            error: Some("no places are left".into()),
            given: true,
        };
        for event in [
            Event::Message(message),
            Event::Relay(relay),
            Event::MessageState { id, peer_id, state: MessageState::Read, error: None },
            Event::Unread { peer_id, unread: 3 },
            Event::Typing { peer_id, typing: true },
            Event::Warning { text: crate::engine::Error::Offer("the disk is nearly full".into()).into() },
        ] {
            let record = EventRecord::from(&event);
            let json = serde_json::to_string(&record).unwrap();
            assert_eq!(json, serde_json::to_string(&event).unwrap());
            assert_eq!(serde_json::from_str::<EventRecord>(&json).unwrap(), record);
        }
    }

    #[test]
    fn an_event_of_a_newer_version_can_be_passed_over() {
        let record: EventRecord = serde_json::from_str(r#"{"event":"room","name":"office"}"#).unwrap();
        assert_eq!(record, EventRecord::Unknown);
    }
}
