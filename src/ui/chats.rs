//! What is held of each conversation, however many windows show it.

use std::collections::BTreeMap;

use iced::widget::text_editor::Content;

use super::history::History;
use crate::model::PeerId;

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
}
