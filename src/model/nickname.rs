//! What a person calls themself: a label, never an identity.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Most characters, as people count them (extended grapheme clusters, UAX 29).
pub const MAX_NICKNAME_GRAPHEMES: usize = 32;

/// Most bytes in UTF-8: one grapheme may be a long stack of combining marks.
pub const MAX_NICKNAME_BYTES: usize = 256;

/// Why a text can't be a nickname.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NicknameError {
    /// Nothing that can be seen.
    #[error("a nickname needs at least one visible character")]
    Empty,
    /// More than [`MAX_NICKNAME_GRAPHEMES`] or [`MAX_NICKNAME_BYTES`].
    #[error("a nickname has at most {MAX_NICKNAME_GRAPHEMES} characters")]
    TooLong,
    /// A control character or a line break.
    #[error("a nickname can't hold line breaks or control characters")]
    Control,
    /// A character that is invisible or changes the direction of the text around it.
    #[error("a nickname can't hold invisible characters or ones that turn the direction of text")]
    Hidden,
}

/// A valid nickname: 1–32 graphemes, trimmed, composed (NFC), with nothing in it that hides or turns text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nickname(String);

impl Nickname {
    /// Trims and composes `text`, and takes it if it's a nickname.
    pub fn new(text: &str) -> Result<Self, NicknameError> {
        let text = text.trim();
        // Composing can shorten, so look at the length before the work and after it.
        if text.len() > 4 * MAX_NICKNAME_BYTES {
            return Err(NicknameError::TooLong);
        }
        let text: String = text.nfc().collect();
        if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
            return Err(NicknameError::Control);
        }
        if text.chars().any(is_hidden) {
            return Err(NicknameError::Hidden);
        }
        if !text.chars().any(is_visible) {
            return Err(NicknameError::Empty);
        }
        if text.len() > MAX_NICKNAME_BYTES || text.graphemes(true).count() > MAX_NICKNAME_GRAPHEMES {
            return Err(NicknameError::TooLong);
        }
        Ok(Self(text))
    }

    /// The nickname nearest to `text`: what can't stand in one is left out, what is too long is cut.
    /// `None`: nothing visible remains.
    pub fn nearest(text: &str) -> Option<Self> {
        let kept: String = text
            .chars()
            .take(4 * MAX_NICKNAME_BYTES)
            .filter(|c| !c.is_control() && !is_hidden(*c) && !matches!(c, '\u{2028}' | '\u{2029}'))
            .collect();
        let mut short = String::new();
        for grapheme in kept.trim().graphemes(true).take(MAX_NICKNAME_GRAPHEMES) {
            if short.len() + grapheme.len() > MAX_NICKNAME_BYTES {
                break;
            }
            short.push_str(grapheme);
        }
        Self::new(&short).ok()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it looks like: equal for nicknames that a person could take for each other. For comparing many; never shown.
    /// [UTS 39](https://www.unicode.org/reports/tr39/)'s skeleton, letter case aside.
    pub fn skeleton(&self) -> String {
        let lower = self.0.to_lowercase();
        let skeleton: String = unicode_security::skeleton(&lower).collect();
        skeleton.to_lowercase()
    }
}

/// Whether a person could take one of these nicknames for the other.
pub fn confusable(one: &Nickname, other: &Nickname) -> bool {
    one == other || one.skeleton() == other.skeleton()
}

/// A stranger's words as one line that shows what it says: controls, line breaks and what hides or turns text are left out.
pub fn one_line(words: &str) -> String {
    let words = words.split(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'));
    let words: Vec<&str> = words.map(str::trim).filter(|words| !words.is_empty()).collect();
    words.join(" ").replace(is_hidden, "")
}

/// Characters that hide or turn text. The joiners U+200C and U+200D and variation selectors stay: scripts and emoji need them.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}'
        // Tags: used by flags of regions alone, and able to hide any ASCII text.
        | '\u{E0000}'..='\u{E0FFF}')
}

fn is_visible(c: char) -> bool {
    !c.is_whitespace()
        && !matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{2800}')
        && !unicode_normalization::char::is_combining_mark(c)
}

impl fmt::Display for Nickname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Nickname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl TryFrom<String> for Nickname {
    type Error = NicknameError;

    fn try_from(text: String) -> Result<Self, NicknameError> {
        Self::new(&text)
    }
}

impl From<Nickname> for String {
    fn from(nickname: Nickname) -> Self {
        nickname.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nickname(text: &str) -> Nickname {
        Nickname::new(text).unwrap()
    }

    #[test]
    fn people_may_be_called_what_they_like() {
        for text in ["ana", "josé 🌮", "李雷", "محمد", "👩‍👩‍👧‍👦", "Zoë-2", "C# fan", "❤\u{fe0f}", "नमस्ते"]
        {
            assert_eq!(nickname(text).as_str(), text);
        }
        assert_eq!(nickname("  ana \t").as_str(), "ana");
        assert_eq!(nickname("jose\u{301}"), nickname("josé"));
        assert_eq!(nickname(&"👩‍👩‍👧‍👦".repeat(10)).as_str().graphemes(true).count(), 10);
    }

    #[test]
    fn what_is_no_nickname_says_why() {
        for (text, why) in [
            ("", NicknameError::Empty),
            (" \u{2003} ", NicknameError::Empty),
            ("\u{301}", NicknameError::Empty),
            ("\u{200d}", NicknameError::Empty),
            ("\u{2800}", NicknameError::Empty),
            ("a\nb", NicknameError::Control),
            ("a\u{2028}b", NicknameError::Control),
            ("a\u{1b}[31m", NicknameError::Control),
            ("ana\u{202e}gpj", NicknameError::Hidden),
            ("a\u{200b}na", NicknameError::Hidden),
            ("a\u{2066}na", NicknameError::Hidden),
            (&"x".repeat(33), NicknameError::TooLong),
            (&format!("a{}", "\u{301}".repeat(400)), NicknameError::TooLong),
        ] {
            assert_eq!(Nickname::new(text), Err(why), "{text:?}");
        }
        assert!(Nickname::new(&"x".repeat(32)).is_ok());
    }

    #[test]
    fn look_alikes_are_noticed() {
        assert!(confusable(&nickname("paypal"), &nickname("раураl")));
        assert!(confusable(&nickname("Ana"), &nickname("ana")));
        assert!(confusable(&nickname("lu1s"), &nickname("luls")));
        assert!(!confusable(&nickname("ana"), &nickname("luis")));
    }

    #[test]
    fn a_strangers_words_show_what_they_say() {
        assert_eq!(one_line("no room\r\n\tcome \u{202e}later\u{1b}[31m"), "no room come later [31m");
        assert_eq!(one_line(" \n "), "");
    }

    proptest! {
        #[test]
        fn the_nearest_nickname_is_one(text in "\\PC{0,80}|[\u{0}-\u{10ffff}]{0,80}") {
            if let Some(nickname) = Nickname::nearest(&text) {
                prop_assert_eq!(Nickname::new(nickname.as_str()), Ok(nickname.clone()));
            }
        }

        #[test]
        fn a_nickname_stays_as_it_is(text in "\\PC{0,40}") {
            if let Ok(nickname) = Nickname::new(&text) {
                prop_assert_eq!(Nickname::new(nickname.as_str()), Ok(nickname.clone()));
                prop_assert_eq!(Nickname::nearest(nickname.as_str()), Some(nickname));
            }
        }
    }
}
