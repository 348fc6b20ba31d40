//! `/vecino/roster/1`: members announce themselves to a relay, and it passes the list of them on.
//!
//! A member asks, the relay answers; and the relay tells of changes, which the member answers. The list has a version that
//! grows with each change; a **page** tells what changed from one version to another. [`crate::protocol::roster`] has the
//! rules.

mod card;
#[cfg(test)]
mod tests;
mod token;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::WireError;
use crate::model::{PeerId, Token};
pub use card::{
    Card, CardError, Listing, MAX_CARD_BYTES, SIGNATURE_BYTES, Signature, SignedCard, WireCard, WireListing,
};

/// The protocol's id.
pub const PROTOCOL: &str = "/vecino/roster/1";

/// Most bytes of what a member sends: a request, or the answer to one of the relay's.
pub const MAX_MEMBER_BYTES: usize = 1024;

/// Most bytes of what a relay sends.
pub const MAX_RELAY_BYTES: usize = 64 * 1024;

/// Bytes of a relay's message that are left for what isn't listings or departures.
pub const RELAY_OVERHEAD: usize = 256;

/// Most listings and departures of a page, together.
pub const MAX_PAGE_ITEMS: usize = 256;

/// Most bytes of a relay's words to a member that it refuses.
pub const MAX_WORDS_BYTES: usize = 256;

/// Bytes that a departure takes in a page.
pub const DEPARTURE_BYTES: usize = 34;

/// Longest wait that a relay may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

const ANNOUNCE: u8 = 1;
const SINCE: u8 = 2;
const CHANGES: u8 = 3;

const DONE: u16 = 0;
/// The member's answer to changes that don't follow on what it has.
const WILL_ASK: u16 = 1;

/// What a member asks of a relay, or a relay tells a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterRequest {
    /// What this is: 1 a member's announcement, 2 a member's question for what has changed, 3 a relay's changes.
    pub k: u8,
    /// Announcement: the member's card, CBOR of [`WireCard`].
    #[serde(default)]
    pub c: ByteBuf,
    /// Announcement: the card's signature.
    #[serde(default)]
    pub g: ByteBuf,
    /// Announcement: the token by which the member is let in, if it has one.
    #[serde(default, with = "token")]
    pub t: Option<Token>,
    /// Question: which start of the relay the version is of.
    #[serde(default)]
    pub b: u64,
    /// Question: the version that the member has. Changes: the version that they follow on.
    #[serde(default)]
    pub v: u64,
    /// Question of a member that has started over and isn't through yet: `z` of the page that it started over with.
    #[serde(default)]
    pub z: u64,
    /// Changes: what they are.
    #[serde(default)]
    pub p: Option<WirePage>,
}

/// The answer to a [`RosterRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterAnswer {
    /// To a member: 0 done; 1 to 8 refused, see [`Denial`]. To a relay: 0 taken, 1 the member will ask.
    pub c: u16,
    /// Refused: why, in words for the person, at most [`MAX_WORDS_BYTES`].
    #[serde(default)]
    pub m: String,
    /// Refused: milliseconds to wait before the next try.
    #[serde(default)]
    pub d: u32,
    /// To a question: what has changed.
    #[serde(default)]
    pub p: Option<WirePage>,
}

/// What changed on a relay's list from one version to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WirePage {
    /// Which start of the relay: a random number.
    pub b: u64,
    /// Not 0: start over. Whoever isn't told of on this page or those that follow isn't listed; this is the list's version
    /// at the time.
    #[serde(default)]
    pub z: u64,
    /// The version that the list has with this page.
    pub v: u64,
    /// Whether there is more, to be asked for.
    #[serde(default)]
    pub n: bool,
    /// Whether the relay is about to leave.
    #[serde(default)]
    pub l: bool,
    /// Members that came or changed.
    #[serde(default)]
    pub e: Vec<WireListing>,
    /// Members that left: public keys of 32 bytes.
    #[serde(default)]
    pub x: Vec<ByteBuf>,
}

/// What a member asks of a relay, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// To be listed, or to stay on the list.
    Announce(Announce),
    /// What has changed.
    Since(Since),
}

/// A member's announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announce {
    /// Its card, not opened yet.
    pub card: SignedCard,
    /// The token by which it's let in, if it has one.
    pub token: Option<Token>,
}

/// What a member has of a relay's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Since {
    /// Of which start of the relay.
    pub boot: u64,
    /// Up to which version.
    pub version: u64,
    /// Where it has started over and isn't through yet: the version that the list had then. Else 0.
    pub over: u64,
}

/// Changes that a relay tells of by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes<P = Page> {
    /// The version that they follow on.
    pub from: u64,
    /// What they are.
    pub page: P,
}

/// A [`WirePage`] that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Which start of the relay.
    pub boot: u64,
    /// Where the list starts over: its version at the time. Else 0.
    pub over: u64,
    /// The version that the list has with this page.
    pub version: u64,
    /// Whether there is more.
    pub more: bool,
    /// Whether the relay is about to leave.
    pub leaving: bool,
    /// Members that came or changed.
    pub listings: Vec<Listing>,
    /// Members that left.
    pub gone: Vec<PeerId>,
    /// Listings that were no good.
    pub forged: u32,
}

/// What a relay answers a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply<P = Page> {
    /// The announcement is taken.
    Taken,
    /// What has changed.
    Page(P),
    /// Neither.
    Denied(Denied),
}

/// A relay's refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// Why.
    pub cause: Denial,
    /// The same in the relay's words, at most [`MAX_WORDS_BYTES`]. A stranger's text: whoever shows it strips it.
    pub words: String,
    /// How long to wait before the next try.
    pub wait: Duration,
}

/// Why a relay refuses a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Denial {
    /// What it sent isn't valid.
    Invalid,
    /// The relay has a list of those that it takes, and it isn't on it.
    NotAllowed,
    /// The relay wants a token, and this isn't one.
    Token,
    /// There is no room.
    Full,
    /// Too many come from its address.
    Crowded,
    /// It announces itself or asks too often.
    TooQuick,
    /// The relay is about to leave.
    Leaving,
    /// It has to announce itself first.
    Unannounced,
    /// A cause that this version doesn't know.
    Other(u16),
}

/// What a member answers to changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// They are taken, or are nothing new.
    Taken,
    /// They don't follow on what it has: it will ask.
    WillAsk,
}

impl RosterRequest {
    fn empty(k: u8) -> Self {
        Self { k, c: ByteBuf::new(), g: ByteBuf::new(), t: None, b: 0, v: 0, z: 0, p: None }
    }

    /// A member's announcement.
    pub fn announce(card: &SignedCard, token: Option<&Token>) -> Self {
        let (c, g) = card.to_wire();
        Self { c, g, t: token.cloned(), ..Self::empty(ANNOUNCE) }
    }

    /// A member's question for what has changed.
    pub fn since(since: Since) -> Self {
        Self { b: since.boot, v: since.version, z: since.over, ..Self::empty(SINCE) }
    }

    /// A relay's changes.
    pub fn changes(from: u64, page: WirePage) -> Self {
        Self { v: from, p: Some(page), ..Self::empty(CHANGES) }
    }

    /// Checks what a member sent to a relay.
    pub fn check_ask(self) -> Result<Ask, WireError> {
        match self.k {
            ANNOUNCE => Ok(Ask::Announce(Announce { card: SignedCard::from_wire(self.c, &self.g)?, token: self.t })),
            SINCE => Ok(Ask::Since(Since { boot: self.b, version: self.v, over: self.z })),
            _ => Err(WireError::Field("k")),
        }
    }

    /// Checks what a relay sent to a member, up to the page in it.
    pub fn check_changes(self) -> Result<Changes<WirePage>, WireError> {
        match (self.k, self.p) {
            (CHANGES, Some(page)) => Ok(Changes { from: self.v, page }),
            (CHANGES, None) => Err(WireError::Field("p")),
            _ => Err(WireError::Field("k")),
        }
    }
}

impl WirePage {
    /// Checks all but the listings, which come beside the page: [`Page::take`] opens them one by one, since that is work.
    pub fn check(self) -> Result<(Page, Vec<WireListing>), WireError> {
        if self.e.len() + self.x.len() > MAX_PAGE_ITEMS {
            return Err(WireError::Field("e"));
        }
        let gone = self.x.iter().map(|key| card::public_key(key, "x")).collect::<Result<_, _>>()?;
        let page = Page {
            boot: self.b,
            over: self.z,
            version: self.v,
            more: self.n,
            leaving: self.l,
            listings: Vec::with_capacity(self.e.len()),
            gone,
            forged: 0,
        };
        Ok((page, self.e))
    }
}

impl Page {
    /// Takes a listing in if its card is the member's own; else it's counted.
    pub fn take(&mut self, listing: WireListing, is_signed: impl FnOnce(&PeerId, &[u8], &Signature) -> bool) {
        match listing.open(is_signed) {
            Ok(listing) => self.listings.push(listing),
            Err(_) => self.forged += 1,
        }
    }
}

impl RosterAnswer {
    fn plain(c: u16) -> Self {
        Self { c, m: String::new(), d: 0, p: None }
    }

    /// A relay's answer to a member that asked what has changed.
    pub fn page(page: WirePage) -> Self {
        Self { p: Some(page), ..Self::plain(DONE) }
    }

    /// Checks what a relay answered, up to the page in it.
    pub fn check_reply(self) -> Result<Reply<WirePage>, WireError> {
        if self.m.len() > MAX_WORDS_BYTES {
            return Err(WireError::Field("m"));
        }
        Ok(match (self.c, self.p) {
            (DONE, Some(page)) => Reply::Page(page),
            (DONE, None) => Reply::Taken,
            (code, _) => {
                let wait = Duration::from_millis(self.d.into()).min(LONGEST_WAIT);
                Reply::Denied(Denied { cause: denial(code), words: self.m, wait })
            }
        })
    }

    /// Checks what a member answered.
    pub fn check_heard(&self) -> Result<Heard, WireError> {
        match self.c {
            DONE => Ok(Heard::Taken),
            WILL_ASK => Ok(Heard::WillAsk),
            _ => Err(WireError::Field("c")),
        }
    }
}

impl From<Heard> for RosterAnswer {
    fn from(heard: Heard) -> Self {
        Self::plain(match heard {
            Heard::Taken => DONE,
            Heard::WillAsk => WILL_ASK,
        })
    }
}

impl From<Reply<WirePage>> for RosterAnswer {
    fn from(reply: Reply<WirePage>) -> Self {
        match reply {
            Reply::Taken => Self::plain(DONE),
            Reply::Page(page) => Self::page(page),
            Reply::Denied(Denied { cause, mut words, wait }) => {
                words.truncate(words.floor_char_boundary(MAX_WORDS_BYTES));
                let d = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
                Self { m: words, d, ..Self::plain(denial_code(cause)) }
            }
        }
    }
}

const fn denial(code: u16) -> Denial {
    match code {
        1 => Denial::Invalid,
        2 => Denial::NotAllowed,
        3 => Denial::Token,
        4 => Denial::Full,
        5 => Denial::Crowded,
        6 => Denial::TooQuick,
        7 => Denial::Leaving,
        8 => Denial::Unannounced,
        code => Denial::Other(code),
    }
}

const fn denial_code(denial: Denial) -> u16 {
    match denial {
        Denial::Invalid => 1,
        Denial::NotAllowed => 2,
        Denial::Token => 3,
        Denial::Full => 4,
        Denial::Crowded => 5,
        Denial::TooQuick => 6,
        Denial::Leaving => 7,
        Denial::Unannounced => 8,
        Denial::Other(code) => code,
    }
}
