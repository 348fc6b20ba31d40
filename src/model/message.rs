//! Messages and conversations.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

use super::{MessageId, Offer, PeerId, Reason, Timestamp, TransferId};

/// Most bytes of UTF-8 in a message's text.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Most bytes of UTF-8 in the text that goes with an offer.
pub const MAX_CAPTION_BYTES: usize = 4 * 1024;

/// Why a text can't be a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("the message is empty")]
    Empty,
    /// Past [`MAX_TEXT_BYTES`].
    #[error("the message has {0} bytes; at most {MAX_TEXT_BYTES} can be sent in one (send it as a file instead)")]
    TooLong(usize),
    /// A NUL character, which no text needs.
    #[error("the message holds a NUL character; send it as a file instead")]
    Nul,
}

/// A message's text: not blank, at most [`MAX_TEXT_BYTES`], otherwise kept as it was written. It is a stranger's data:
/// whoever shows it strips what a terminal or a layout would act on.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text(String);

impl Text {
    /// Takes `text` if it can be a message.
    pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
        let text = text.into();
        if text.len() > MAX_TEXT_BYTES {
            return Err(TextError::TooLong(text.len()));
        }
        if text.trim().is_empty() {
            return Err(TextError::Empty);
        }
        if text.contains('\0') {
            return Err(TextError::Nul);
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Text {
    /// The length alone: no message text in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

impl TryFrom<String> for Text {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl std::convert::From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Words.
    Text(Text),
    /// An offer of files; its transfer has the message's id.
    Offer(Offer),
    /// Of a kind that this version doesn't know: kept, to be shown as "sent by a newer version".
    Unknown {
        /// The kind's number on the wire.
        kind: u16,
        /// What came, for the version that will know.
        bytes: Vec<u8>,
    },
    /// Withdrawn by its author before it was sent.
    Cancelled,
}

impl Body {
    /// The body in a line of words, for lists and scripts.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text.as_str(),
            Self::Offer(offer) => match &offer.caption {
                Some(caption) => caption.as_str(),
                None => offer.name.as_str(),
            },
            Self::Unknown { .. } => "(sent by a newer version of vecino)",
            Self::Cancelled => "(cancelled)",
        }
    }

    /// The name of what it offers: of the file or folder, or of the first of several.
    pub fn offered_name(&self) -> Option<&str> {
        match self {
            Self::Offer(offer) => Some(offer.name.as_str()),
            Self::Text(_) | Self::Unknown { .. } | Self::Cancelled => None,
        }
    }
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum From {
    /// The person at this computer.
    Me,
    /// The conversation's peer.
    Peer,
}

/// How far a message got. A received message is `Delivered` until the person here has read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageState {
    /// Kept here, to be sent as soon as the peer is there.
    Queued,
    /// The receiver has committed it to disk.
    Delivered,
    /// The receiver's person has seen it.
    Read,
    /// It won't get there; [`Message::error`] says why.
    Failed,
}

/// A part of what was said, by its place in shown order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Span {
    /// The end.
    #[default]
    Latest,
    /// The beginning.
    Earliest,
    /// What comes right before this message.
    Before(MessageId),
    /// What comes right after it.
    After(MessageId),
    /// Half before it, and half beginning with it.
    Around(MessageId),
}

impl std::convert::From<Option<MessageId>> for Span {
    /// What comes before a message, or the end.
    fn from(before: Option<MessageId>) -> Self {
        before.map_or(Self::Latest, Self::Before)
    }
}

/// Why a receiver refuses a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum Refusal {
    /// It breaks a rule of its kind: too long, wrong conversation, undecodable.
    #[error("the other side could not accept this message as valid")]
    Invalid,
    /// The receiver has blocked its author.
    #[error("the other side does not accept messages from you")]
    Blocked,
    /// The author has used up what a stranger may send before being answered.
    #[error("the other side accepts no more messages until they answer")]
    OverBudget,
    /// A cause that this version doesn't know.
    #[error("the other side refused this message (cause {0})")]
    Other(u16),
}

/// One entry of a conversation. Immutable but for its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id, chosen by its author.
    pub id: MessageId,
    /// The conversation's peer.
    pub peer: PeerId,
    /// Who wrote it.
    pub from: From,
    /// What it says.
    pub body: Body,
    /// When its author wrote it, by the author's clock, clamped where absurd.
    pub sent_at: Timestamp,
    /// Its place in the conversation: shown order is by this, then author, then id.
    pub lamport: u64,
    /// How far it got.
    pub state: MessageState,
    /// Why it failed.
    pub error: Option<Reason>,
}

impl Message {
    /// The transfer that this message offers.
    pub fn offer(&self) -> Option<TransferId> {
        matches!(self.body, Body::Offer(_)).then(|| self.id.transfer())
    }
}

impl Serialize for Message {
    /// The command line's contract: `id`, `peer_id`, `from`, `text`, `sent_at`, `state`, and where they apply `offer`,
    /// `name`, `error`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Json<'a> {
            id: MessageId,
            peer_id: PeerId,
            from: From,
            text: &'a str,
            sent_at: Timestamp,
            state: MessageState,
            #[serde(skip_serializing_if = "Option::is_none")]
            offer: Option<TransferId>,
            #[serde(skip_serializing_if = "Option::is_none")]
            name: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            error: Option<&'a Reason>,
        }
        Json {
            id: self.id,
            peer_id: self.peer,
            from: self.from,
            text: self.body.text(),
            sent_at: self.sent_at,
            state: self.state,
            offer: self.offer(),
            name: self.body.offered_name(),
            error: self.error.as_ref(),
        }
        .serialize(serializer)
    }
}

/// A conversation as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// With whom.
    pub peer: PeerId,
    /// Its latest message in shown order.
    pub last: Option<Message>,
    /// Received messages not read yet.
    pub unread: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FileName;

    #[test]
    fn a_text_is_kept_as_written_up_to_its_limit() {
        assert_eq!(Text::new(" hola\n\tvecino ").unwrap().as_str(), " hola\n\tvecino ");
        assert!(Text::new("x".repeat(MAX_TEXT_BYTES)).is_ok());
        assert_eq!(Text::new("x".repeat(MAX_TEXT_BYTES + 1)), Err(TextError::TooLong(MAX_TEXT_BYTES + 1)));
        assert_eq!(Text::new(" \n"), Err(TextError::Empty));
        assert_eq!(Text::new("a\0b"), Err(TextError::Nul));
    }

    #[test]
    fn a_text_does_not_reach_the_logs() {
        assert!(!format!("{:?}", Body::Text(Text::new("canary").unwrap())).contains("canary"));
    }

    #[test]
    fn a_message_is_json_as_the_contract_says() {
        let id = MessageId::from_bytes([0x11; 16]);
        let mut message = Message {
            id,
            peer: PeerId::from_public_key([1; 32]),
            from: From::Peer,
            body: Body::Text(Text::new("hola").unwrap()),
            sent_at: Timestamp::from_millis(0),
            lamport: 1,
            state: MessageState::Delivered,
            error: None,
        };
        assert_eq!(
            serde_json::to_string(&message).unwrap(),
            format!(
                r#"{{"id":"11111111-1111-1111-1111-111111111111","peer_id":"{}","from":"peer","text":"hola","sent_at":"1970-01-01T00:00:00.000Z","state":"delivered"}}"#,
                message.peer
            )
        );
        for (caption, text) in [(None, "a.pdf"), (Some(Text::new("read this").unwrap()), "read this")] {
            message.body = Body::Offer(Offer { name: FileName::safe("a.pdf"), size: 3, files: 1, caption });
            let json = serde_json::to_value(&message).unwrap();
            assert_eq!(json["offer"], json["id"]);
            assert_eq!((&json["text"], &json["name"]), (&text.into(), &"a.pdf".into()));
        }
    }
}
