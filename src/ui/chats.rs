//! What is held of each conversation, however many windows show it.

use std::collections::BTreeMap;

use iced::widget::text_editor::Content;

use super::history::History;
use crate::model::{MAX_CAPTION_BYTES, PeerId, Text};

/// Conversations that were opened, by peer.
pub type Chats = BTreeMap<PeerId, Chat>;

/// The loaded history and the draft of one conversation.
#[derive(Debug)]
pub struct Chat {
    /// What was said.
    pub history: History,
    /// What is being written.
    pub draft: Content,
}

impl Chat {
    /// Nothing loaded, nothing written, of a conversation of the person `me`.
    pub fn new(me: PeerId) -> Self {
        Self { history: History::new(me), draft: Content::new() }
    }

    /// What is being written, where it would go along with files that are offered now.
    pub fn caption(&self) -> Option<Text> {
        let text = self.draft.text();
        Text::new(text.trim_end()).ok().filter(|text| text.as_str().len() <= MAX_CAPTION_BYTES)
    }

    /// What couldn't be kept must not be lost: back to where it was written, before what came since.
    pub fn put_back(&mut self, text: &Text) {
        let since = self.draft.text();
        let draft = [text.as_str(), since.trim_end()].join(if since.trim().is_empty() { "" } else { "\n" });
        self.draft = Content::with_text(&draft);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::sample::ANA;

    #[test]
    fn what_is_written_goes_along_with_files_unless_it_is_nothing_or_too_long() {
        let mut chat = Chat::new(ANA);
        for (draft, caption) in [
            ("", None),
            (" \n", None),
            ("the drawings\n", Some("the drawings".to_owned())),
            (&"x".repeat(MAX_CAPTION_BYTES), Some("x".repeat(MAX_CAPTION_BYTES))),
            (&"x".repeat(MAX_CAPTION_BYTES + 1), None),
        ] {
            chat.draft = Content::with_text(draft);
            assert_eq!(chat.caption().map(String::from), caption);
        }
    }
}
