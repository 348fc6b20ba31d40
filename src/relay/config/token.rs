//! What members of a closed relay know.

use std::str::FromStr;

use crate::model::{self, MAX_TOKEN_CHARS};

/// Fewest characters of a token, so that nobody finds one by trying.
pub const MIN_TOKEN_CHARS: usize = 16;

/// A token that is long enough, and can stand in a list of several. It doesn't show in logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(model::Token);

impl Token {
    /// Whether `offered` is this token. Takes as long for a near miss as for nonsense.
    pub fn is(&self, offered: &[u8]) -> bool {
        // Hashes are compared in constant time, and their length says nothing about the token's.
        blake3::hash(self.0.as_str().as_bytes()) == blake3::hash(offered)
    }

    /// What members have to show.
    pub const fn secret(&self) -> &model::Token {
        &self.0
    }
}

impl FromStr for Token {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let token = text.parse().ok().filter(|_| text.len() >= MIN_TOKEN_CHARS && !text.contains(','));
        token.map(Self).ok_or_else(|| {
            format!(
                "a token has {MIN_TOKEN_CHARS} to {MAX_TOKEN_CHARS} letters, digits and signs, without spaces and commas"
            )
        })
    }
}
