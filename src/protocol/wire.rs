//! Messages on the wire: CBOR maps with short, pinned field names.
//!
//! A wire type holds whatever decodes; all validation is in the named conversions to model types. Unknown fields are
//! ignored, new ones come with a default. What a decoder refuses is a [`WireError`], never a panic.

pub mod chat;
pub mod file;
#[cfg(test)]
mod golden;
pub mod hello;
pub mod manifest;
pub mod roster;
pub mod typing;

use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

use crate::model::{ConversationId, Epoch, MessageId};

/// Why bytes from a peer weren't taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WireError {
    /// More bytes than this message may have.
    #[error("a message of more than {limit} bytes")]
    Oversize {
        /// The limit it passed.
        limit: usize,
    },
    /// Not the CBOR that was expected.
    #[error("not decodable: {0}")]
    Decode(String),
    /// Bytes after the end of the message.
    #[error("{0} bytes after the end of the message")]
    Trailing(usize),
    /// Decodes, but a field's value is out of its range.
    #[error("field “{0}” is out of range")]
    Field(&'static str),
}

/// The bytes of `value`. Fails only where it would pass `limit`, so that a writer keeps the readers' limits.
pub fn encode<T: Serialize>(value: &T, limit: usize) -> Result<Vec<u8>, WireError> {
    let bytes = cbor4ii::serde::to_vec(Vec::new(), value).map_err(|error| WireError::Decode(error.to_string()))?;
    if bytes.len() > limit { Err(WireError::Oversize { limit }) } else { Ok(bytes) }
}

/// Reads what [`encode`] wrote, all of it.
pub fn decode<T: DeserializeOwned>(bytes: &[u8], limit: usize) -> Result<T, WireError> {
    if bytes.len() > limit {
        return Err(WireError::Oversize { limit });
    }
    let mut reader = cbor4ii::core::utils::SliceReader::new(bytes);
    let mut deserializer = cbor4ii::serde::Deserializer::new(&mut reader);
    let value = T::deserialize(&mut deserializer).map_err(|error| WireError::Decode(error.to_string()))?;
    let rest = remaining(&mut reader);
    if rest > 0 { Err(WireError::Trailing(rest)) } else { Ok(value) }
}

fn remaining(reader: &mut cbor4ii::core::utils::SliceReader<'_>) -> usize {
    use cbor4ii::core::dec::Read;
    reader.fill(1).map_or(0, |rest| rest.as_ref().len())
}

fn message_id(bytes: &[u8], field: &'static str) -> Result<MessageId, WireError> {
    bytes.try_into().map(MessageId::from_bytes).map_err(|_| WireError::Field(field))
}

fn conversation_id(bytes: &[u8], field: &'static str) -> Result<ConversationId, WireError> {
    bytes.try_into().map(ConversationId::from_bytes).map_err(|_| WireError::Field(field))
}

fn epoch(number: u64, field: &'static str) -> Result<Epoch, WireError> {
    Epoch::from_u64(number).ok_or(WireError::Field(field))
}

/// A seq or a count of them: what fits 63 bits.
fn seq(number: u64, field: &'static str) -> Result<u64, WireError> {
    if number < 1 << 63 { Ok(number) } else { Err(WireError::Field(field)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    struct Small {
        a: u8,
    }

    #[test]
    fn limits_hold_for_writer_and_reader_alike() {
        let bytes = encode(&Small { a: 1 }, 4).unwrap();
        assert_eq!(bytes, [0xa1, 0x61, b'a', 1]);
        assert_eq!(decode(&bytes, 4), Ok(Small { a: 1 }));
        assert_eq!(encode(&Small { a: 1 }, 3), Err(WireError::Oversize { limit: 3 }));
        assert_eq!(decode::<Small>(&bytes, 3), Err(WireError::Oversize { limit: 3 }));
    }

    #[test]
    fn trailing_bytes_are_refused_and_unknown_fields_ignored() {
        assert_eq!(decode::<Small>(&[0xa1, 0x61, b'a', 1, 0], 100), Err(WireError::Trailing(1)));
        assert_eq!(decode(&[0xa2, 0x61, b'z', 0x82, 1, 2, 0x61, b'a', 7], 100), Ok(Small { a: 7 }));
    }

    #[test]
    fn deep_nesting_is_an_error() {
        let mut bytes = vec![0xa1, 0x61, b'z'];
        bytes.extend([0x81; 100_000]);
        assert!(matches!(decode::<Small>(&bytes, 1 << 20), Err(WireError::Decode(_))));
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode::<hello::Hello>(&bytes, 1000);
            let _ = decode::<chat::ChatRequest>(&bytes, 1000);
            let _ = decode::<chat::ChatAnswer>(&bytes, 1000);
            let _ = decode::<file::FileRequest>(&bytes, 1000);
            let _ = decode::<file::FileAnswer>(&bytes, 1000);
            let _ = decode::<roster::WireCard>(&bytes, 1000);
            let _ = decode::<roster::RosterRequest>(&bytes, 1000);
            let _ = decode::<roster::RosterAnswer>(&bytes, 1000);
            let _ = decode::<typing::TypingNotice>(&bytes, 1000);
            let _ = decode::<typing::TypingAnswer>(&bytes, 1000);
        }
    }
}
