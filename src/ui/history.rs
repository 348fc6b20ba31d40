//! The loaded part of one conversation, in shown order.

use crate::model::{From, Message, MessageId, MessageState, PeerId};

/// Messages asked for at a time.
pub const PAGE: u32 = 100;

/// Messages kept of a conversation whose latest are in view: what was loaded by scrolling up is let go beyond it.
const MAX_AT_THE_END: usize = 200;

/// The latest messages of a conversation without gaps, oldest first.
#[derive(Debug)]
pub struct History {
    me: PeerId,
    messages: Vec<Message>,
    /// The page that is on its way: messages before this one, or the latest.
    asked: Option<Option<MessageId>>,
    has_older: bool,
    loaded: bool,
}

impl History {
    /// Nothing loaded yet, of a conversation of the person `me`.
    pub const fn new(me: PeerId) -> Self {
        Self { me, messages: Vec::new(), asked: None, has_older: true, loaded: false }
    }

    /// The messages, oldest first.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Whether the first page has come.
    pub const fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Whether older messages should be asked for now, and before which; notes that they are.
    pub fn ask_older(&mut self) -> Option<Option<MessageId>> {
        if self.asked.is_some() || !self.has_older {
            return None;
        }
        self.asked = Some(self.messages.first().map(|first| first.id));
        self.asked
    }

    /// Takes the page before `before` if that was asked for last: one asked for before a reset could leave a gap.
    pub fn add_page(&mut self, before: Option<MessageId>, page: Vec<Message>) {
        if self.asked != Some(before) {
            return;
        }
        self.asked = None;
        self.loaded = true;
        self.has_older = page.len() >= PAGE as usize;
        for message in page {
            self.insert(message);
        }
    }

    /// A page didn't come; it may be asked for again.
    pub fn page_failed(&mut self) {
        self.asked = None;
    }

    /// Takes the latest messages anew, after events were missed.
    pub fn reset(&mut self) {
        *self = Self::new(self.me);
    }

    /// Takes a message, or a newer state of one that's there. Returns whether it's new and the latest.
    pub fn add(&mut self, message: Message) -> bool {
        let first = self.messages.first();
        if self.has_older && first.is_some_and(|first| self.place(&message) < self.place(first)) {
            // Older than what is loaded: it will come with its page.
            return false;
        }
        self.insert(message)
    }

    fn insert(&mut self, message: Message) -> bool {
        match self.messages.binary_search_by_key(&self.place(&message), |other| self.place(other)) {
            Ok(index) => {
                // What is asked for and what is told come by two ways: the one that got further is the later.
                if let Some(known) = self.messages.get_mut(index).filter(|known| known.state <= message.state) {
                    *known = message;
                }
                false
            }
            Err(index) => {
                self.messages.insert(index, message);
                index + 1 == self.messages.len()
            }
        }
    }

    /// Shown order: the logical clock, then the author, then the id.
    fn place(&self, message: &Message) -> (u64, PeerId, MessageId) {
        let author = match message.from {
            From::Me => self.me,
            From::Peer => message.peer,
        };
        (message.lamport, author, message.id)
    }

    /// A message got further.
    pub fn set_state(&mut self, id: MessageId, state: MessageState, error: Option<&str>) {
        if let Some(message) = self.messages.iter_mut().rev().find(|message| message.id == id) {
            message.state = state;
            message.error = error.map(str::to_owned);
        }
    }

    /// The first of the `unread` latest received messages.
    pub fn first_unread(&self, unread: u32) -> Option<MessageId> {
        let received = self.messages.iter().rev().filter(|message| message.from == From::Peer);
        received.take(unread as usize).last().map(|message| message.id)
    }

    /// Lets go of what was loaded by scrolling up.
    pub fn trim(&mut self) {
        if self.messages.len() > MAX_AT_THE_END && self.asked.is_none() {
            self.messages.drain(..self.messages.len() - MAX_AT_THE_END);
            self.has_older = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::sample::{ANA, LUIS, message_id, received, sent};

    fn page(from: u64, to: u64) -> Vec<Message> {
        (from..to).map(|lamport| received(LUIS, lamport, "hola")).collect()
    }

    fn lamports(history: &History) -> Vec<u64> {
        history.messages().iter().map(|message| message.lamport).collect()
    }

    #[test]
    fn pages_and_new_messages_join_in_order() {
        let mut history = History::new(ANA);
        assert_eq!(history.ask_older(), Some(None));
        assert_eq!(history.ask_older(), None, "one page at a time");
        history.add_page(None, page(101, 201));
        assert!(history.add(received(LUIS, 201, "new")));
        assert!(!history.add(received(LUIS, 201, "new")), "twice the same");
        assert_eq!(history.ask_older(), Some(Some(message_id(101))));
        history.add_page(Some(message_id(101)), page(1, 101));
        assert_eq!(lamports(&history), (1..202).collect::<Vec<_>>());
        assert_eq!(history.ask_older(), Some(Some(message_id(1))));
        history.add_page(Some(message_id(1)), Vec::new());
        assert_eq!(history.ask_older(), None, "a short page was the first of all");
    }

    #[test]
    fn a_late_message_of_an_older_page_leaves_no_gap() {
        let mut history = History::new(ANA);
        history.ask_older();
        history.add_page(None, page(101, 201));
        assert!(!history.add(received(LUIS, 5, "late")));
        assert_eq!(lamports(&history).first(), Some(&101));
        assert!(!history.add(sent(LUIS, 150, "at the same moment", MessageState::Queued)));
        assert_eq!(history.messages().len(), 101);
    }

    #[test]
    fn a_page_asked_for_before_a_reset_is_not_taken() {
        let mut history = History::new(ANA);
        history.ask_older();
        history.add_page(None, page(101, 201));
        history.ask_older();
        history.reset();
        assert_eq!(history.ask_older(), Some(None));
        history.add_page(Some(message_id(101)), page(1, 101));
        assert!(history.messages().is_empty());
        history.add_page(None, page(401, 501));
        assert_eq!(lamports(&history), (401..501).collect::<Vec<_>>());
    }

    #[test]
    fn the_first_unread_is_counted_among_received_ones() {
        let mut history = History::new(ANA);
        history.ask_older();
        let mine = sent(LUIS, 4, "mine", MessageState::Read);
        history.add_page(None, vec![received(LUIS, 1, "a"), received(LUIS, 2, "b"), received(LUIS, 3, "c"), mine]);
        assert_eq!(history.first_unread(0), None);
        assert_eq!(history.first_unread(2), Some(message_id(2)));
        assert_eq!(history.first_unread(9), Some(message_id(1)));
    }

    #[test]
    fn a_state_never_goes_back() {
        let mut history = History::new(ANA);
        history.add(sent(LUIS, 1, "hola", MessageState::Read));
        history.add(sent(LUIS, 1, "hola", MessageState::Queued));
        assert_eq!(history.messages()[0].state, MessageState::Read);
    }

    #[test]
    fn a_state_reaches_its_message() {
        let mut history = History::new(ANA);
        history.add(sent(LUIS, 1, "hola", MessageState::Queued));
        history.set_state(message_id(1), MessageState::Failed, Some("blocked"));
        assert_eq!(history.messages()[0].state, MessageState::Failed);
        assert_eq!(history.messages()[0].error.as_deref(), Some("blocked"));
    }

    #[test]
    fn trimming_keeps_the_latest_and_can_load_the_rest_again() {
        let mut history = History::new(ANA);
        history.ask_older();
        history.add_page(None, page(1, 50));
        for lamport in 50..=300 {
            history.add(received(LUIS, lamport, "x"));
        }
        history.trim();
        assert_eq!(lamports(&history), (101..=300).collect::<Vec<_>>());
        assert_eq!(history.ask_older(), Some(Some(message_id(101))));
    }
}
