//! `/vecino/typing/1`: whether somebody is writing to us just now. A hint that is never kept, on a protocol of its own: a peer
//! that doesn't speak it misses nothing.

use serde::{Deserialize, Serialize};

/// The protocol's id.
pub const PROTOCOL: &str = "/vecino/typing/1";

/// Most bytes of a [`TypingNotice`].
pub const MAX_TYPING_BYTES: usize = 256;

/// Most bytes of a [`TypingAnswer`].
pub const MAX_TYPING_ANSWER_BYTES: usize = 64;

const WRITING: u8 = 1;

/// What somebody does in the conversation of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypingNotice {
    /// 1: writes. A number not listed counts as 0: no longer.
    pub t: u8,
}

/// The answer to a [`TypingNotice`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypingAnswer {
    /// 0: heard. 1: the notice was not valid.
    pub c: u16,
}

impl TypingNotice {
    /// The notice of somebody who writes, or no longer.
    pub fn new(typing: bool) -> Self {
        Self { t: if typing { WRITING } else { 0 } }
    }

    /// Whether its sender writes.
    pub fn typing(&self) -> bool {
        self.t == WRITING
    }
}
