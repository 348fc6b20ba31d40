//! The loaded part of one conversation, in shown order.

use iced::window;

use crate::model::{From, Message, MessageId, MessageState, PeerId, Reason, Span};

/// Messages asked for at a time.
pub const PAGE: u32 = 100;

/// Messages kept of a conversation whose latest are in view: what was loaded by scrolling up is let go beyond it.
const MAX_AT_THE_END: usize = 200;

/// Messages kept by who looks at earlier ones: what is further from what is in view is let go beyond it.
const MAX_LOADED: usize = 600;

/// A page that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Of the conversation with this peer.
    pub peer: PeerId,
    /// For the part that one window shows; `None` for the latest messages, which all share.
    pub window: Option<window::Id>,
    /// Which.
    pub span: Span,
}

/// Messages of a conversation without gaps, oldest first.
#[derive(Debug, Clone)]
pub struct History {
    me: PeerId,
    messages: Vec<Message>,
    /// The page that is on its way.
    asked: Option<Span>,
    has_older: bool,
    has_newer: bool,
    loaded: bool,
    /// Whether it belongs to one who looks at earlier ones, and may let the latest go.
    roams: bool,
}

impl History {
    /// Nothing loaded yet, of a conversation of the person `me`.
    pub const fn new(me: PeerId) -> Self {
        Self { me, messages: Vec::new(), asked: None, has_older: true, has_newer: false, loaded: false, roams: false }
    }

    /// The part around a message, of which half a page is before it.
    pub fn around(me: PeerId, id: MessageId, page: Vec<Message>) -> Self {
        let half = PAGE as usize / 2;
        let before = page.iter().take_while(|message| message.id != id).count();
        let from_there = page.len() - before;
        let mut history = Self::new(me);
        history.has_older = before >= half;
        history.has_newer = from_there >= PAGE as usize - half;
        history.loaded = true;
        history.messages = page;
        history.roams = true;
        history
    }

    /// The same messages, for one who goes on to earlier ones.
    pub fn roaming(&self) -> Self {
        Self { asked: None, roams: true, ..self.clone() }
    }

    /// The messages, oldest first.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Whether the first page has come.
    pub const fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Whether there are later messages than those loaded.
    pub const fn has_newer(&self) -> bool {
        self.has_newer
    }

    /// Whether so much is loaded that more should only be in exchange for some of it.
    pub const fn is_full(&self) -> bool {
        self.messages.len() >= MAX_LOADED
    }

    /// Whether a message is loaded.
    pub fn has(&self, id: MessageId) -> bool {
        self.messages.iter().any(|message| message.id == id)
    }

    /// Whether older messages should be asked for now, and which; notes that they are.
    pub fn ask_older(&mut self) -> Option<Span> {
        if self.asked.is_some() || !self.has_older {
            return None;
        }
        self.asked = Some(self.messages.first().map(|first| first.id).into());
        self.asked
    }

    /// Whether newer messages should be asked for now, and which; notes that they are.
    pub fn ask_newer(&mut self) -> Option<Span> {
        if self.asked.is_some() || !self.has_newer {
            return None;
        }
        self.asked = self.messages.last().map(|last| Span::After(last.id));
        self.asked
    }

    /// Takes a page if that was asked for last: one asked for before a reset could leave a gap. Of a full one of who
    /// looks at earlier ones as much goes at the other end.
    pub fn add_page(&mut self, span: Span, page: Vec<Message>) {
        if self.asked != Some(span) {
            return;
        }
        self.asked = None;
        self.loaded = true;
        let more = page.len() >= PAGE as usize;
        let exchanges = self.roams && self.is_full();
        for message in page {
            self.insert(message);
        }
        let surplus = if exchanges { self.messages.len().saturating_sub(MAX_LOADED) } else { 0 };
        if matches!(span, Span::After(_)) {
            self.has_newer = more;
            self.messages.drain(..surplus);
            self.has_older |= surplus > 0;
        } else {
            self.has_older = more;
            self.cut_newest(surplus);
        }
    }

    fn cut_newest(&mut self, count: usize) {
        self.messages.truncate(self.messages.len() - count);
        self.has_newer |= count > 0;
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
        let place = self.place(&message);
        let is_older = self.has_older && self.messages.first().is_some_and(|first| place < self.place(first));
        let is_newer = self.has_newer && self.messages.last().is_some_and(|last| place > self.place(last));
        // What is beyond what is loaded will come with its page.
        !is_older && !is_newer && self.insert(message)
    }

    /// The same for who looks at earlier ones: of a full history the latest are let go.
    pub fn add_unseen(&mut self, message: Message) {
        self.add(message);
        if self.asked.is_none() {
            self.cut_newest(self.messages.len().saturating_sub(MAX_LOADED + PAGE as usize));
        }
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
    pub fn set_state(&mut self, id: MessageId, state: MessageState, error: Option<&Reason>) {
        if let Some(message) = self.messages.iter_mut().rev().find(|message| message.id == id) {
            message.state = state;
            message.error = error.cloned();
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
        assert_eq!(history.ask_older(), Some(Span::Latest));
        assert_eq!(history.ask_older(), None, "one page at a time");
        history.add_page(Span::Latest, page(101, 201));
        assert!(history.add(received(LUIS, 201, "new")));
        assert!(!history.add(received(LUIS, 201, "new")), "twice the same");
        assert_eq!(history.ask_older(), Some(Span::Before(message_id(101))));
        history.add_page(Span::Before(message_id(101)), page(1, 101));
        assert_eq!(lamports(&history), (1..202).collect::<Vec<_>>());
        assert_eq!(history.ask_older(), Some(Span::Before(message_id(1))));
        history.add_page(Span::Before(message_id(1)), Vec::new());
        assert_eq!(history.ask_older(), None, "a short page was the first of all");
    }

    #[test]
    fn a_late_message_of_an_older_page_leaves_no_gap() {
        let mut history = History::new(ANA);
        history.ask_older();
        history.add_page(Span::Latest, page(101, 201));
        assert!(!history.add(received(LUIS, 5, "late")));
        assert_eq!(lamports(&history).first(), Some(&101));
        assert!(!history.add(sent(LUIS, 150, "at the same moment", MessageState::Queued)));
        assert_eq!(history.messages().len(), 101);
    }

    #[test]
    fn a_page_asked_for_before_a_reset_is_not_taken() {
        let mut history = History::new(ANA);
        history.ask_older();
        history.add_page(Span::Latest, page(101, 201));
        history.ask_older();
        history.reset();
        assert_eq!(history.ask_older(), Some(Span::Latest));
        history.add_page(Span::Before(message_id(101)), page(1, 101));
        assert!(history.messages().is_empty());
        history.add_page(Span::Latest, page(401, 501));
        assert_eq!(lamports(&history), (401..501).collect::<Vec<_>>());
    }

    #[test]
    fn the_first_unread_is_counted_among_received_ones() {
        let mut history = History::new(ANA);
        history.ask_older();
        let mine = sent(LUIS, 4, "mine", MessageState::Read);
        history
            .add_page(Span::Latest, vec![received(LUIS, 1, "a"), received(LUIS, 2, "b"), received(LUIS, 3, "c"), mine]);
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
        history.set_state(message_id(1), MessageState::Failed, Some(&"blocked".into()));
        assert_eq!(history.messages()[0].state, MessageState::Failed);
        assert_eq!(history.messages()[0].error, Some("blocked".into()));
    }

    #[test]
    fn trimming_keeps_the_latest_and_can_load_the_rest_again() {
        let mut history = History::new(ANA);
        history.ask_older();
        history.add_page(Span::Latest, page(1, 50));
        for lamport in 50..=300 {
            history.add(received(LUIS, lamport, "x"));
        }
        history.trim();
        assert_eq!(lamports(&history), (101..=300).collect::<Vec<_>>());
        assert_eq!(history.ask_older(), Some(Span::Before(message_id(101))));
    }

    #[test]
    fn a_part_around_a_message_grows_both_ways_and_stays_bounded() {
        let mut history = History::around(ANA, message_id(5_000), page(4_950, 5_050));
        assert!(history.has_newer());
        assert!(!history.add(received(LUIS, 9_000, "later")), "it comes with its page");
        assert_eq!(history.ask_newer(), Some(Span::After(message_id(5_049))));
        assert_eq!(history.ask_older(), None, "one page at a time");
        history.add_page(Span::After(message_id(5_049)), page(5_050, 5_150));
        for _ in 0..20 {
            let Some(Span::Before(first)) = history.ask_older() else { panic!("there is more") };
            let lamport = history.messages()[0].lamport;
            history.add_page(Span::Before(first), page(lamport - 100, lamport));
            assert!(history.messages().len() <= MAX_LOADED);
        }
        assert_eq!(lamports(&history), (2_950..3_550).collect::<Vec<_>>());
        assert_eq!(history.ask_newer(), Some(Span::After(message_id(3_549))));
        history.add_page(Span::After(message_id(3_549)), page(3_550, 3_560));
        assert!(!history.has_newer(), "a short page was the last of all");
        assert_eq!(lamports(&history), (2_960..3_560).collect::<Vec<_>>());
        assert!(history.add(received(LUIS, 3_560, "new")));
    }

    #[test]
    fn a_part_near_an_end_knows_it() {
        let first = History::around(ANA, message_id(10), page(1, 60));
        assert!(!first.has_older && first.has_newer);
        let last = History::around(ANA, message_id(95), page(45, 100));
        assert!(last.has_older && !last.has_newer);
    }

    #[test]
    fn what_comes_while_one_looks_at_earlier_ones_stays_bounded() {
        let mut history = History::new(ANA);
        history.ask_older();
        history.add_page(Span::Latest, page(1, 101));
        let mut history = history.roaming();
        for lamport in 101..10_000 {
            history.add_unseen(received(LUIS, lamport, "x"));
        }
        assert!(history.messages().len() <= MAX_LOADED + PAGE as usize);
        assert!(history.has_newer());
        assert_eq!(lamports(&history).first(), Some(&1), "what is in view stays");
    }
}
