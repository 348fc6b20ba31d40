//! `/vecino/chat/1`: the entries of lanes, and how far their receiver has read.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{WireError, hello::WireWatermark, manifest::MAX_ENTRIES};
use crate::model::{
    Body, ConversationId, Epoch, FileName, Incoming, MAX_CAPTION_BYTES, MAX_LAMPORT, MAX_TEXT_BYTES, MessageId, Offer,
    Refusal, Text, Timestamp, Verdict, VoidCause, Watermark,
};

/// The protocol's id.
pub const PROTOCOL: &str = "/vecino/chat/1";

/// Most bytes of a [`ChatRequest`].
pub const MAX_CHAT_BYTES: usize = 320 * 1024;

/// Most bytes of a [`ChatAnswer`].
pub const MAX_CHAT_ANSWER_BYTES: usize = 8 * 1024;

/// Most entries in one push.
pub const MAX_PUSH_ENTRIES: usize = 64;

/// Most bytes of bodies in one push; room for the rest of the request remains.
pub const MAX_PUSH_BODIES: usize = 256 * 1024;

/// Most bytes of one entry's body: a text, or what a later version has.
pub const MAX_BODY_BYTES: usize = MAX_TEXT_BYTES;

/// Most bytes of an offered file's name as its sender has it. It's made a safe one at once.
pub const MAX_NAME_BYTES: usize = 1024;

const PUSH: u8 = 1;
const READ: u8 = 2;

const KIND_CANCELLED: u16 = 0;
const KIND_TEXT: u16 = 1;
const KIND_OFFER: u16 = 2;

/// What an author or a reader sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// What this is: 1 a push of entries, 2 a read mark.
    pub k: u8,
    /// The epoch of the lane.
    pub e: u64,
    /// Push: seq of the first entry. Read mark: the highest seq that was read.
    pub s: u64,
    /// Push: consecutive entries, at most [`MAX_PUSH_ENTRIES`].
    #[serde(default)]
    pub m: Vec<WireEntry>,
}

/// One entry of a lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireEntry {
    /// Message id, 16 bytes.
    pub i: ByteBuf,
    /// Conversation id, 16 bytes.
    pub c: ByteBuf,
    /// Lamport time, 1 to 2⁵³.
    pub l: u64,
    /// Milliseconds since 1970 by the author's clock.
    pub t: i64,
    /// Kind of message: 0 cancelled, 1 text, 2 offer; others are kept as they are.
    pub k: u16,
    /// Body: text as UTF-8, an offer as CBOR of [`WireOffer`].
    #[serde(default)]
    pub b: ByteBuf,
}

/// The body of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireOffer {
    /// Name of the file, at most [`MAX_NAME_BYTES`].
    pub n: String,
    /// Bytes in all.
    pub s: u64,
    /// How many files, at most [`MAX_ENTRIES`]; none where only folders are offered.
    pub f: u64,
    /// Words that go with it, at most [`MAX_CAPTION_BYTES`]; empty for none.
    #[serde(default)]
    pub c: String,
}

/// The answer to a [`ChatRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatAnswer {
    /// 0 committed: `w` says how far. 1 diverged: the entries below the watermark aren't the receiver's. 2 busy: again after `d`.
    /// 3 can't be kept now (a full disk, say). 4 not valid.
    pub c: u16,
    /// How far the receiver is in the push's epoch.
    #[serde(default)]
    pub w: Option<WireWatermark>,
    /// Entries of the push that hold no message here.
    #[serde(default)]
    pub v: Vec<WireVoid>,
    /// Busy: milliseconds to wait.
    #[serde(default)]
    pub d: u32,
}

/// An entry that holds no message at its receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireVoid {
    /// Its seq.
    pub s: u64,
    /// Why: 0 cancelled, 1 cancelled but had before, 2 invalid, 3 blocked, 4 over budget.
    pub c: u16,
}

/// A [`ChatRequest`] that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chat {
    /// Entries of the sender's lane.
    Push(Push),
    /// The sender's person has read our lane up to here.
    Read {
        /// Epoch of our lane.
        epoch: Epoch,
        /// Highest seq read.
        seq: u64,
    },
}

/// Consecutive entries, judged one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// Epoch of the author's lane.
    pub epoch: Epoch,
    /// Seq of the first.
    pub first: u64,
    /// What becomes of each.
    pub entries: Vec<Verdict>,
}

/// A [`ChatAnswer`] that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Everything below the watermark is committed.
    Committed {
        /// How far.
        watermark: Watermark,
        /// What holds no message there.
        voids: Vec<(u64, VoidCause)>,
    },
    /// The receiver has other entries at these seqs: our memory of the lane is out of date.
    Diverged,
    /// To be tried again after so many milliseconds.
    Busy(u32),
    /// The receiver can't keep it now.
    Unavailable,
    /// The receiver took it for nonsense.
    Invalid,
}

impl ChatRequest {
    /// The request for consecutive entries of a lane. They come from the author's store and keep their limits there.
    pub fn push(epoch: Epoch, first: u64, entries: Vec<WireEntry>) -> Self {
        Self { k: PUSH, e: epoch.get(), s: first, m: entries }
    }

    /// The request for a read mark.
    pub fn read(epoch: Epoch, seq: u64) -> Self {
        Self { k: READ, e: epoch.get(), s: seq, m: Vec::new() }
    }

    /// Checks the request. An entry that is wrong in itself becomes a refusal, so that its lane goes on; a request
    /// that is wrong as a whole is an error. `conversation` is the one of the two peers.
    pub fn check(self, conversation: ConversationId) -> Result<Chat, WireError> {
        let epoch = super::epoch(self.e, "e")?;
        let seq = super::seq(self.s, "s")?;
        match self.k {
            READ => Ok(Chat::Read { epoch, seq }),
            PUSH => {
                if self.m.is_empty() || self.m.len() > MAX_PUSH_ENTRIES {
                    return Err(WireError::Field("m"));
                }
                if seq == 0 || seq.checked_add(self.m.len() as u64).is_none_or(|end| end >= 1 << 63) {
                    return Err(WireError::Field("s"));
                }
                let entries = self.m.into_iter().map(|entry| entry.judge(conversation)).collect::<Result<_, _>>()?;
                Ok(Chat::Push(Push { epoch, first: seq, entries }))
            }
            _ => Err(WireError::Field("k")),
        }
    }
}

impl WireEntry {
    /// An entry as its author sends it.
    pub fn new(
        id: MessageId,
        conversation: ConversationId,
        lamport: u64,
        sent_at: Timestamp,
        body: &Body,
    ) -> Result<Self, WireError> {
        let (k, b) = match body {
            Body::Cancelled => (KIND_CANCELLED, Vec::new()),
            Body::Text(text) => (KIND_TEXT, text.as_str().as_bytes().to_vec()),
            Body::Offer(offer) => (KIND_OFFER, super::encode(&WireOffer::from(offer), MAX_BODY_BYTES)?),
            Body::Unknown { kind, bytes } => (*kind, bytes.clone()),
        };
        Ok(Self {
            i: ByteBuf::from(id.as_bytes()),
            c: ByteBuf::from(conversation.as_bytes()),
            l: lamport,
            t: sent_at.millis(),
            k,
            b: ByteBuf::from(b),
        })
    }

    /// The entry's id, where it has one.
    pub fn id(&self) -> Result<MessageId, WireError> {
        super::message_id(&self.i, "i")
    }

    /// Without an id there's nothing that could be refused: that alone is an error.
    fn judge(self, conversation: ConversationId) -> Result<Verdict, WireError> {
        let id = self.id()?;
        if self.k == KIND_CANCELLED {
            return Ok(Verdict::Void { id, cause: VoidCause::Cancelled });
        }
        Ok(match self.incoming(id, conversation) {
            Ok(incoming) => Verdict::Accept(incoming),
            Err(_) => Verdict::Void { id, cause: VoidCause::Refused(Refusal::Invalid) },
        })
    }

    fn incoming(self, id: MessageId, conversation: ConversationId) -> Result<Incoming, WireError> {
        if super::conversation_id(&self.c, "c")? != conversation {
            return Err(WireError::Field("c"));
        }
        if self.l == 0 || self.l > MAX_LAMPORT {
            return Err(WireError::Field("l"));
        }
        let sent_at = Timestamp::from_millis(self.t);
        Ok(Incoming { id, lamport: self.l, sent_at, body: body(self.k, self.b.into_vec())? })
    }
}

fn body(kind: u16, bytes: Vec<u8>) -> Result<Body, WireError> {
    if bytes.len() > MAX_BODY_BYTES {
        return Err(WireError::Oversize { limit: MAX_BODY_BYTES });
    }
    match kind {
        KIND_TEXT => {
            let text = String::from_utf8(bytes).map_err(|_| WireError::Field("b"))?;
            Ok(Body::Text(Text::new(text).map_err(|_| WireError::Field("b"))?))
        }
        KIND_OFFER => Ok(Body::Offer(super::decode::<WireOffer>(&bytes, MAX_BODY_BYTES)?.try_into()?)),
        kind => Ok(Body::Unknown { kind, bytes }),
    }
}

impl From<&Offer> for WireOffer {
    fn from(offer: &Offer) -> Self {
        Self {
            n: offer.name.as_str().to_owned(),
            s: offer.size,
            f: offer.files,
            c: offer.caption.as_ref().map(|text| text.as_str().to_owned()).unwrap_or_default(),
        }
    }
}

impl TryFrom<WireOffer> for Offer {
    type Error = WireError;

    fn try_from(wire: WireOffer) -> Result<Self, WireError> {
        if wire.n.is_empty() || wire.n.len() > MAX_NAME_BYTES {
            return Err(WireError::Field("n"));
        }
        if wire.f > MAX_ENTRIES {
            return Err(WireError::Field("f"));
        }
        if wire.c.len() > MAX_CAPTION_BYTES {
            return Err(WireError::Field("c"));
        }
        let caption = match wire.c.as_str() {
            "" => None,
            text => Some(Text::new(text).map_err(|_| WireError::Field("c"))?),
        };
        Ok(Self { name: FileName::safe(&wire.n), size: super::seq(wire.s, "s")?, files: wire.f, caption })
    }
}

impl From<&Answer> for ChatAnswer {
    fn from(answer: &Answer) -> Self {
        let plain = |c| Self { c, w: None, v: Vec::new(), d: 0 };
        match answer {
            Answer::Committed { watermark, voids } => Self {
                w: Some(watermark.into()),
                v: voids.iter().map(|(seq, cause)| WireVoid { s: *seq, c: void_code(*cause) }).collect(),
                ..plain(0)
            },
            Answer::Diverged => plain(1),
            Answer::Busy(millis) => Self { d: *millis, ..plain(2) },
            Answer::Unavailable => plain(3),
            Answer::Invalid => plain(4),
        }
    }
}

impl TryFrom<ChatAnswer> for Answer {
    type Error = WireError;

    fn try_from(wire: ChatAnswer) -> Result<Self, WireError> {
        match wire.c {
            0 => {
                if wire.v.len() > MAX_PUSH_ENTRIES {
                    return Err(WireError::Field("v"));
                }
                let watermark = wire.w.ok_or(WireError::Field("w"))?.try_into()?;
                let voids = wire.v.iter().map(|void| (void.s, void_cause(void.c))).collect();
                Ok(Self::Committed { watermark, voids })
            }
            1 => Ok(Self::Diverged),
            2 => Ok(Self::Busy(wire.d)),
            3 => Ok(Self::Unavailable),
            4 => Ok(Self::Invalid),
            _ => Err(WireError::Field("c")),
        }
    }
}

fn void_code(cause: VoidCause) -> u16 {
    match cause {
        VoidCause::Cancelled => 0,
        VoidCause::Held => 1,
        VoidCause::Refused(Refusal::Invalid) => 2,
        VoidCause::Refused(Refusal::Blocked) => 3,
        VoidCause::Refused(Refusal::OverBudget) => 4,
        VoidCause::Refused(Refusal::Other(code)) => code,
    }
}

fn void_cause(code: u16) -> VoidCause {
    match code {
        0 => VoidCause::Cancelled,
        1 => VoidCause::Held,
        2 => VoidCause::Refused(Refusal::Invalid),
        3 => VoidCause::Refused(Refusal::Blocked),
        4 => VoidCause::Refused(Refusal::OverBudget),
        code => VoidCause::Refused(Refusal::Other(code)),
    }
}
