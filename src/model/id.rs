//! Identifiers. Each is a type of its own, so that one can't be taken for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;
use uuid::Uuid;

/// Why a string isn't an id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// Not the base58 text of an Ed25519 peer id.
    #[error("“{0}” is not a peer id")]
    Peer(String),
    /// Not a UUID.
    #[error("“{0}” is not an id")]
    Uuid(String),
}

/// What an Ed25519 peer id's bytes begin with: identity multihash (0x00) of 36 bytes (0x24) that hold the protobuf of a
/// key of type Ed25519 (0x08 0x01) and of 32 bytes (0x12 0x20).
/// [libp2p peer ids](https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md)
const PEER_ID_PREFIX: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// Lower-case Crockford base 32: no `i`, `l`, `o`, `u`, so that a tag is read aloud without doubt.
const TAG_ALPHABET: [char; 32] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p',
    'q', 'r', 's', 't', 'v', 'w', 'x', 'y', 'z',
];

/// Characters in a tag. Six of five bits: making a key with a given tag takes about 10⁹ attempts.
const TAG_LENGTH: u32 = 6;

/// A peer's identity: its Ed25519 public key. Its text is libp2p's (`12D3KooW…`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId([u8; 32]);

impl PeerId {
    /// The id of the holder of this Ed25519 public key.
    pub const fn from_public_key(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// One of many peers, for tests.
    #[cfg(test)]
    pub(crate) fn numbered(number: u16) -> Self {
        let mut key = [0; 32];
        key[..2].copy_from_slice(&number.to_be_bytes());
        Self(key)
    }

    /// The Ed25519 public key.
    pub const fn public_key(&self) -> &[u8; 32] {
        &self.0
    }

    /// The id as libp2p writes it in bytes (38 of them).
    pub fn to_bytes(self) -> Vec<u8> {
        [PEER_ID_PREFIX.as_slice(), &self.0].concat()
    }

    /// Reads what [`PeerId::to_bytes`] gave. `None`: not an Ed25519 peer id.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.strip_prefix(PEER_ID_PREFIX.as_slice())?.try_into().ok().map(Self)
    }

    /// A few characters of the key, shown beside a nickname that could be taken for another's.
    pub fn tag(&self) -> String {
        let bits = self.0.iter().rev().take(4).fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte));
        (0..TAG_LENGTH).filter_map(|place| TAG_ALPHABET.get(((bits >> (5 * place)) & 31) as usize)).collect()
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bs58::encode(self.to_bytes()).into_string())
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for PeerId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        // The longest base58 text of 38 bytes has 52 characters; don't decode a stranger's megabyte.
        let decoded = (text.len() <= 64).then(|| bs58::decode(text).into_vec().ok()).flatten();
        decoded.and_then(|bytes| Self::from_bytes(&bytes)).ok_or_else(|| IdError::Peer(text.chars().take(64).collect()))
    }
}

impl Serialize for PeerId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PeerId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

macro_rules! uuid_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id that these 16 bytes spell.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The 16 bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::from_str(text).map(Self).map_err(|_| IdError::Uuid(text.chars().take(64).collect()))
            }
        }
    };
}

uuid_id! {
    /// A message's id: a UUIDv7 ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562)) chosen by its author.
    MessageId
}

uuid_id! {
    /// A transfer's id, the same on both sides: the id of the message that offered it.
    TransferId
}

uuid_id! {
    /// A conversation's id. For two peers it is derived from both ids; a room's will be random.
    ConversationId
}

impl MessageId {
    /// A new id: `now` makes it sort by time, `random` makes it unique.
    pub fn new(now: super::Timestamp, random: [u8; 10]) -> Self {
        let millis = u64::try_from(now.millis()).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// The transfer that this message offers, if it is an offer.
    pub const fn transfer(self) -> TransferId {
        TransferId(self.0)
    }
}

impl TransferId {
    /// The message that offered this transfer.
    pub const fn message(self) -> MessageId {
        MessageId(self.0)
    }

    /// A short form for people: the last eight digits, which are random.
    pub fn short(&self) -> String {
        let text = self.0.simple().to_string();
        text.chars().skip(text.len().saturating_sub(8)).collect()
    }
}

impl ConversationId {
    /// The conversation of these two peers, the same whichever is named first.
    pub fn between(one: &PeerId, other: &PeerId) -> Self {
        let (low, high) = if one <= other { (one, other) } else { (other, one) };
        let mut hasher = blake3::Hasher::new_derive_key("vecino 2026 conversation of two peers 1");
        hasher.update(low.public_key()).update(high.public_key());
        let mut id = [0; 16];
        hasher.finalize_xof().fill(&mut id);
        Self::from_bytes(id)
    }
}

/// One life of a lane: a new one starts when the author finds that its memory of the old one is out of date.
/// Random, 63 bits, never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(u64);

impl Epoch {
    /// The epoch made of this random number.
    pub const fn new(random: u64) -> Self {
        let low = random >> 1;
        Self(if low == 0 { 1 } else { low })
    }

    /// The number, as sent and stored. Below 2⁶³, so that it fits SQLite's integers.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Reads what [`Epoch::get`] gave. `None`: 0, or past 63 bits.
    pub const fn from_u64(number: u64) -> Option<Self> {
        if number == 0 || number > i64::MAX as u64 { None } else { Some(Self(number)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5";

    #[test]
    fn a_peer_id_reads_as_libp2p_writes_it() {
        let id: PeerId = TEXT.parse().unwrap();
        assert_eq!(id.to_string(), TEXT);
        assert_eq!(PeerId::from_bytes(&id.to_bytes()), Some(id));
        assert_eq!(serde_json::from_str::<PeerId>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
    }

    #[test]
    fn what_is_no_peer_id_is_refused() {
        for text in
            ["", "12D3Koo", "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N", &TEXT[1..], &"1".repeat(1_000_000)]
        {
            assert!(text.parse::<PeerId>().is_err(), "{}", &text[..text.len().min(60)]);
        }
    }

    #[test]
    fn a_tag_has_six_plain_characters_and_differs_with_the_key() {
        let one = PeerId::from_public_key([7; 32]).tag();
        assert_eq!(one.chars().count(), 6);
        assert!(one.chars().all(|c| TAG_ALPHABET.contains(&c)));
        assert_ne!(one, PeerId::from_public_key([8; 32]).tag());
    }

    #[test]
    fn a_conversation_of_two_is_the_same_from_both_sides() {
        let (a, b) = (PeerId::from_public_key([1; 32]), PeerId::from_public_key([2; 32]));
        assert_eq!(ConversationId::between(&a, &b), ConversationId::between(&b, &a));
        assert_ne!(ConversationId::between(&a, &b), ConversationId::between(&a, &a));
        assert_eq!(ConversationId::between(&a, &b).to_string(), "b4704443-fc8d-f2a9-870c-9d5f337f6634");
    }

    #[test]
    fn message_ids_sort_by_time() {
        let early = MessageId::new(super::super::Timestamp::from_millis(1_000), [0xff; 10]);
        let late = MessageId::new(super::super::Timestamp::from_millis(1_001), [0; 10]);
        assert!(early < late);
    }

    #[test]
    fn an_epoch_fits_63_bits_and_is_never_0() {
        assert_eq!(Epoch::new(0).get(), 1);
        assert_eq!(Epoch::new(u64::MAX).get(), i64::MAX as u64);
        assert_eq!(Epoch::from_u64(0), None);
        assert_eq!(Epoch::from_u64(u64::MAX), None);
    }
}
