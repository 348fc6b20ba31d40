//! What a relay asks of those who want to use it.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Most characters of a token, which are as many bytes.
pub const MAX_TOKEN_CHARS: usize = 64;

/// Why a text isn't a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a token has 1 to {MAX_TOKEN_CHARS} letters, digits and signs, without spaces")]
pub struct TokenError;

/// A secret by which a relay lets somebody in. It shows in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The text, to be shown to the relay alone and to whom it's passed on.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let fits = (1..=MAX_TOKEN_CHARS).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic());
        fits.then(|| Self(text.to_owned())).ok_or(TokenError)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_short_word() {
        let longest = "x".repeat(MAX_TOKEN_CHARS);
        for good in ["x", "an-open-sesame!", "a,b", &longest] {
            assert_eq!(good.parse::<Token>().unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a\n", "señal", &"x".repeat(MAX_TOKEN_CHARS + 1)] {
            assert_eq!(bad.parse::<Token>(), Err(TokenError), "{bad:?}");
        }
    }

    #[test]
    fn it_shows_in_no_log() {
        assert_eq!(format!("{:?}", Some("sesame".parse::<Token>().unwrap())), "Some(Token)");
    }
}
