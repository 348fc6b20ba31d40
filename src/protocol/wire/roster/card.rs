//! A member's card: what it has a relay show of it. Signed, and made out to one relay, so that nobody can make one up or
//! show it elsewhere.
//!
//! ```text
//! signature: Ed25519 by the member's key over "vecino card 1" | 0 | card, as it was sent
//! ```
//!
//! Whether a signature is right is a question to a function that the caller brings: there is no cryptography here. But
//! there is no way to a [`Listing`] past it.

// The addresses alone: there is no network in core.
use core::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use thiserror::Error;

use crate::model::{Nickname, PeerId, Presence};
use crate::protocol::wire::{self, WireError};

/// Most bytes of a card.
pub const MAX_CARD_BYTES: usize = 384;

/// Bytes of an Ed25519 signature. [RFC 8032](https://www.rfc-editor.org/rfc/rfc8032#section-5.1.6)
pub const SIGNATURE_BYTES: usize = 64;

/// What goes before a card where it's signed, so that its signature is good for nothing else.
const CONTEXT: &[u8] = b"vecino card 1\0";

/// Most bytes that a listing takes besides its card: the map, its keys and lengths, an id, a signature, an IPv6 address.
const LISTING_OVERHEAD: usize = 131;

/// A signature.
pub type Signature = [u8; SIGNATURE_BYTES];

/// A card on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireCard {
    /// Nickname, as [`Nickname`] allows.
    pub n: String,
    /// Presence: 1 online, 2 away, 3 busy. A higher number counts as online; 0 isn't valid.
    pub p: u8,
    /// TCP port that the member listens at; 0 for none.
    #[serde(default)]
    pub t: u16,
    /// Seq: higher in each card that the member makes.
    pub s: u64,
    /// What the member can do beyond version 1, a bit each; as in its hello.
    #[serde(default)]
    pub f: u64,
    /// Public key of the relay that it's made out to, 32 bytes.
    pub r: ByteBuf,
}

/// A member as a relay lists it, on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireListing {
    /// The member's public key, 32 bytes.
    pub i: ByteBuf,
    /// Its card, as it came from the member: CBOR of [`WireCard`].
    pub c: ByteBuf,
    /// Its signature, [`SIGNATURE_BYTES`].
    pub g: ByteBuf,
    /// The IP address that the relay sees it at: 4 or 16 bytes; empty where it isn't told.
    #[serde(default)]
    pub a: ByteBuf,
}

/// What a member says of itself, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// What it calls itself.
    pub nickname: Nickname,
    /// Its presence. Never [`Presence::Offline`]: who leaves has no card.
    pub presence: Presence,
    /// TCP port that it listens at.
    pub port: Option<u16>,
    /// Higher in each card that the member makes. Which of two relays' copies is the newer; no more than that.
    pub seq: u64,
    /// The relay that it's made out to.
    pub relay: PeerId,
}

/// A card's bytes and their signature, which may be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCard {
    card: Vec<u8>,
    signature: Signature,
}

/// Why a card isn't taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CardError {
    /// It isn't the member's own.
    #[error("the signature is not the member's")]
    Forged,
    /// The member signed what isn't a card.
    #[error(transparent)]
    Wire(#[from] WireError),
}

/// A member that a relay lists: its card is its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Who.
    pub peer: PeerId,
    /// What it says of itself.
    pub card: Card,
    /// Where the relay says that it sees it. A hint: nobody signed it.
    pub seen: Option<IpAddr>,
}

impl Card {
    fn encode(&self) -> Result<Vec<u8>, WireError> {
        let card = WireCard {
            n: self.nickname.as_str().to_owned(),
            p: match self.presence {
                Presence::Online => 1,
                Presence::Away => 2,
                Presence::Busy => 3,
                Presence::Offline => return Err(WireError::Field("p")),
            },
            t: self.port.unwrap_or(0),
            s: self.seq,
            f: 0,
            r: ByteBuf::from(self.relay.public_key().as_slice()),
        };
        wire::encode(&card, MAX_CARD_BYTES)
    }

    fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let card: WireCard = wire::decode(bytes, MAX_CARD_BYTES)?;
        Ok(Self {
            nickname: Nickname::new(&card.n).map_err(|_| WireError::Field("n"))?,
            presence: match card.p {
                0 => return Err(WireError::Field("p")),
                2 => Presence::Away,
                3 => Presence::Busy,
                _ => Presence::Online,
            },
            port: (card.t != 0).then_some(card.t),
            seq: wire::seq(card.s, "s")?,
            relay: public_key(&card.r, "r")?,
        })
    }
}

impl SignedCard {
    /// Signs a card by `sign`.
    pub fn new<E: From<WireError>>(card: &Card, sign: impl FnOnce(&[u8]) -> Result<Signature, E>) -> Result<Self, E> {
        let card = card.encode()?;
        let signature = sign(&signed(&card))?;
        Ok(Self { card, signature })
    }

    /// A card as it came.
    pub(super) fn from_wire(card: ByteBuf, signature: &[u8]) -> Result<Self, WireError> {
        if card.len() > MAX_CARD_BYTES {
            return Err(WireError::Oversize { limit: MAX_CARD_BYTES });
        }
        let signature = signature.try_into().map_err(|_| WireError::Field("g"))?;
        Ok(Self { card: card.into_vec(), signature })
    }

    pub(super) fn to_wire(&self) -> (ByteBuf, ByteBuf) {
        (ByteBuf::from(self.card.as_slice()), ByteBuf::from(self.signature.as_slice()))
    }

    /// What it says, if `peer` signed it: `is_signed` tells of a peer, bytes and a signature whether they belong together.
    pub fn open(
        &self,
        peer: &PeerId,
        is_signed: impl FnOnce(&PeerId, &[u8], &Signature) -> bool,
    ) -> Result<Card, CardError> {
        if !is_signed(peer, &signed(&self.card), &self.signature) {
            return Err(CardError::Forged);
        }
        Ok(Card::decode(&self.card)?)
    }
}

/// What a card's signature is made over.
fn signed(card: &[u8]) -> Vec<u8> {
    [CONTEXT, card].concat()
}

impl WireListing {
    /// A member as its relay lists it.
    pub fn new(peer: &PeerId, card: &SignedCard, seen: Option<IpAddr>) -> Self {
        let (c, g) = card.to_wire();
        let a = match seen.map(|ip| ip.to_canonical()) {
            Some(IpAddr::V4(ip)) => ByteBuf::from(ip.octets()),
            Some(IpAddr::V6(ip)) => ByteBuf::from(ip.octets()),
            None => ByteBuf::new(),
        };
        Self { i: ByteBuf::from(peer.public_key().as_slice()), c, g, a }
    }

    /// Bytes that it takes on the wire, at most.
    pub fn bytes(&self) -> usize {
        self.c.len() + LISTING_OVERHEAD
    }

    /// The member, if the card is its own.
    pub fn open(self, is_signed: impl FnOnce(&PeerId, &[u8], &Signature) -> bool) -> Result<Listing, CardError> {
        let peer = public_key(&self.i, "i")?;
        let seen = match self.a.as_slice() {
            [] => None,
            bytes => Some(ip(bytes)?),
        };
        let card = SignedCard::from_wire(self.c, &self.g)?.open(&peer, is_signed)?;
        Ok(Listing { peer, card, seen })
    }
}

fn ip(bytes: &[u8]) -> Result<IpAddr, WireError> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).map_err(|_| WireError::Field("a"))
}

pub(super) fn public_key(bytes: &[u8], field: &'static str) -> Result<PeerId, WireError> {
    bytes.try_into().map(PeerId::from_public_key).map_err(|_| WireError::Field(field))
}
