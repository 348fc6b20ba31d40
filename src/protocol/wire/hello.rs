//! `/vecino/hello/1`: who somebody is, and how far they got with our messages.
//!
//! Each side sends one when a connection opens, and again whenever something in it changes. The answer is a
//! [`HelloAnswer`].

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::WireError;
use crate::model::{MAX_EPOCHS, Nickname, Presence, Watermark};

/// The protocol's id.
pub const PROTOCOL: &str = "/vecino/hello/1";

/// Most bytes of a [`Hello`].
pub const MAX_HELLO_BYTES: usize = 16 * 1024;

/// Most bytes of a [`HelloAnswer`].
pub const MAX_HELLO_ANSWER_BYTES: usize = 256;

/// Longest name and version of the sender's program that is kept, in bytes.
pub const MAX_AGENT_BYTES: usize = 64;

/// Bit of [`Hello::f`]: the sender is a relay, which carries others' traffic and is nobody to chat with.
pub const RELAY: u64 = 1;

/// [`HelloAnswer::c`] where the hello was not valid.
pub const NOT_WELCOME: u16 = 1;

/// One side's introduction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Nickname, as [`Nickname`] allows.
    pub n: String,
    /// Presence: 0 offline (a goodbye), 1 online, 2 away, 3 busy. A number not listed counts as online.
    pub p: u8,
    /// How far the sender got with the receiver's messages, the epoch used last first; at most [`MAX_EPOCHS`].
    #[serde(default)]
    pub w: Vec<WireWatermark>,
    /// The sender's program and version, for people who look for a fault.
    #[serde(default)]
    pub a: String,
    /// What the sender can do beyond version 1, or is, a bit each: [`RELAY`]. Others are ignored.
    #[serde(default)]
    pub f: u64,
}

/// [`Watermark`] on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireWatermark {
    /// Epoch, 1 to 2⁶³ − 1.
    pub e: u64,
    /// The seq expected next, from 1.
    pub n: u64,
    /// Id of the entry before that: 16 bytes, or none where `n` is 1.
    #[serde(default)]
    pub l: ByteBuf,
    /// Highest seq that the person has read.
    #[serde(default)]
    pub r: u64,
}

/// The answer to a [`Hello`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloAnswer {
    /// 0: welcome. [`NOT_WELCOME`]: the hello was not valid; without a valid one the connection is closed.
    pub c: u16,
}

/// A [`Hello`] that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introduction {
    /// What the peer calls itself.
    pub nickname: Nickname,
    /// Its presence; [`Presence::Offline`] is a goodbye.
    pub presence: Presence,
    /// How far it got with our messages.
    pub watermarks: Vec<Watermark>,
    /// Whether it's a relay rather than a person's node.
    pub relay: bool,
}

impl Introduction {
    /// The introduction of a person's node.
    pub const fn new(nickname: Nickname, presence: Presence, watermarks: Vec<Watermark>) -> Self {
        Self { nickname, presence, watermarks, relay: false }
    }
}

impl From<&Introduction> for Hello {
    fn from(introduction: &Introduction) -> Self {
        Self {
            n: introduction.nickname.as_str().to_owned(),
            p: match introduction.presence {
                Presence::Offline => 0,
                Presence::Online => 1,
                Presence::Away => 2,
                Presence::Busy => 3,
            },
            w: introduction.watermarks.iter().take(MAX_EPOCHS).map(WireWatermark::from).collect(),
            a: concat!("vecino/", env!("CARGO_PKG_VERSION")).to_owned(),
            f: if introduction.relay { RELAY } else { 0 },
        }
    }
}

impl TryFrom<Hello> for Introduction {
    type Error = WireError;

    fn try_from(hello: Hello) -> Result<Self, WireError> {
        if hello.w.len() > MAX_EPOCHS {
            return Err(WireError::Field("w"));
        }
        if hello.a.len() > MAX_AGENT_BYTES {
            return Err(WireError::Field("a"));
        }
        Ok(Self {
            nickname: Nickname::new(&hello.n).map_err(|_| WireError::Field("n"))?,
            presence: match hello.p {
                0 => Presence::Offline,
                2 => Presence::Away,
                3 => Presence::Busy,
                _ => Presence::Online,
            },
            watermarks: hello.w.into_iter().map(Watermark::try_from).collect::<Result<_, _>>()?,
            relay: hello.f & RELAY != 0,
        })
    }
}

impl From<&Watermark> for WireWatermark {
    fn from(watermark: &Watermark) -> Self {
        Self {
            e: watermark.epoch.get(),
            n: watermark.next,
            l: ByteBuf::from(watermark.last.map(|id| id.as_bytes().to_vec()).unwrap_or_default()),
            r: watermark.read,
        }
    }
}

impl TryFrom<WireWatermark> for Watermark {
    type Error = WireError;

    fn try_from(wire: WireWatermark) -> Result<Self, WireError> {
        let next = super::seq(wire.n, "n")?;
        let last = if wire.l.is_empty() { None } else { Some(super::message_id(&wire.l, "l")?) };
        // The first entry has none before it, every other has one.
        if next == 0 || (next == 1) != last.is_none() {
            return Err(WireError::Field("l"));
        }
        if wire.r >= next {
            return Err(WireError::Field("r"));
        }
        Ok(Self { epoch: super::epoch(wire.e, "e")?, next, last, read: wire.r })
    }
}
