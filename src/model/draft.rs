//! What somebody is writing and hasn't sent.

use std::fmt;

use super::MAX_TEXT_BYTES;

/// The text of a message to be: not blank, at most [`MAX_TEXT_BYTES`], otherwise as it was written.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft(String);

impl Draft {
    /// Takes what is written, of a text that would be too long for a message its beginning. `None` where there's nothing.
    pub fn new(mut text: String) -> Option<Self> {
        text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
        (!text.trim().is_empty()).then_some(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Draft {
    /// The length alone: nothing that people write is in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Draft({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_something_and_no_longer_than_a_message() {
        assert_eq!(Draft::new(" \n".to_owned()), None);
        assert_eq!(Draft::new(" hola \n".to_owned()).unwrap().as_str(), " hola \n");
        let long = "x".repeat(MAX_TEXT_BYTES - 1) + "ñ";
        assert_eq!(Draft::new(long).unwrap().as_str().len(), MAX_TEXT_BYTES - 1, "a letter is whole or not there");
        assert_eq!(format!("{:?}", Draft::new("hola".to_owned()).unwrap()), "Draft(4 bytes)");
    }
}
