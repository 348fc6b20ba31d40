//! What members of a closed relay know.

use std::fmt;
use std::str::FromStr;

/// Fewest characters of a token, so that nobody finds one by trying.
pub const MIN_TOKEN_CHARS: usize = 16;

/// Most characters of a token, which are as many bytes.
pub const MAX_TOKEN_CHARS: usize = 64;

/// A secret that opens a relay. It doesn't show in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Whether `offered` is this token. Takes as long for a near miss as for nonsense.
    pub fn is(&self, offered: &[u8]) -> bool {
        // Hashes are compared in constant time, and their length says nothing about the token's.
        blake3::hash(self.0.as_bytes()) == blake3::hash(offered)
    }

    /// What members have to show.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl FromStr for Token {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = (MIN_TOKEN_CHARS..=MAX_TOKEN_CHARS).contains(&text.len());
        if fits && text.chars().all(|c| c.is_ascii_graphic() && c != ',') {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "a token has {MIN_TOKEN_CHARS} to {MAX_TOKEN_CHARS} letters, digits and signs, without spaces and commas"
        ))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}
