//! What is held of each conversation, however many windows show it.

use std::collections::BTreeMap;

use iced::widget::text_editor::Content;

use super::history::History;
use crate::model::{Draft, MAX_CAPTION_BYTES, PeerId, Text};

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
    /// Nothing loaded of a conversation of the person `me`, in which this was being written.
    pub fn new(me: PeerId, draft: Option<Draft>) -> Self {
        let draft = draft.map_or_else(Content::new, |draft| Content::with_text(draft.as_str()));
        Self { history: History::new(me), draft }
    }

    /// What is being written, where it would go along with files that are offered now.
    pub fn caption(&self) -> Option<Text> {
        let text = self.draft.text();
        Text::new(text.trim_end()).ok().filter(|text| text.as_str().len() <= MAX_CAPTION_BYTES)
    }

    /// The first line of what is being written, if there's something.
    pub fn draft_line(&self) -> Option<String> {
        let lines = (0..self.draft.line_count()).filter_map(|number| self.draft.line(number));
        lines.map(|line| line.text.into_owned()).find(|line| !line.trim().is_empty())
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
        let mut chat = Chat::new(ANA, None);
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
