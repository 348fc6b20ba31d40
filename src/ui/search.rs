//! A search among messages as it's typed: what was found for which words, and what is still to be asked. One question at
//! a time, so that fast typing asks for little.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use super::text::one_line;
use crate::model::{Message, MessageId, PeerId};

/// Hits asked for at a time.
pub const PAGE: u32 = 50;

/// Graphemes shown of a message before the word that was found.
const BEFORE_THE_WORD: usize = 24;

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// In the conversation with this peer; `None` for all.
    pub peer: Option<PeerId>,
    /// For messages with these words, or words that begin so.
    pub words: String,
    /// Before this message.
    pub before: Option<MessageId>,
}

/// What is looked for and what was found.
#[derive(Debug, Default)]
pub struct Search {
    peer: Option<PeerId>,
    words: String,
    /// Oldest first.
    hits: Vec<Message>,
    has_more: bool,
    asked: Option<Query>,
    /// Whether `hits` are those for `words`.
    answered: bool,
}

impl Search {
    /// Nothing yet, in the conversation with `peer` or in all.
    pub fn new(peer: Option<PeerId>) -> Self {
        Self { peer, ..Self::default() }
    }

    /// What is looked for.
    pub fn words(&self) -> &str {
        &self.words
    }

    /// What was found, oldest first.
    pub fn hits(&self) -> &[Message] {
        &self.hits
    }

    /// Whether there are older hits than those.
    pub const fn has_more(&self) -> bool {
        self.has_more
    }

    /// Whether what was found is all that there is for what is looked for.
    pub const fn is_answered(&self) -> bool {
        self.answered
    }

    /// Looks for other words. Returns what to ask now, if anything.
    pub fn edit(&mut self, words: String) -> Option<Query> {
        self.answered = false;
        self.words = words;
        if self.words.trim().is_empty() {
            self.hits.clear();
            self.has_more = false;
            return None;
        }
        self.ask(None)
    }

    /// Looks for older hits. Returns what to ask now, if anything.
    pub fn more(&mut self) -> Option<Query> {
        let oldest = self.hits.first().map(|hit| hit.id);
        if self.has_more && self.answered && oldest.is_some() { self.ask(oldest) } else { None }
    }

    fn ask(&mut self, before: Option<MessageId>) -> Option<Query> {
        if self.asked.is_some() {
            return None;
        }
        let query = Query { peer: self.peer, words: self.words.clone(), before };
        self.asked = Some(query.clone());
        Some(query)
    }

    /// Takes the answer to a question; `None` where it failed. Returns what to ask next, if the words have changed since.
    pub fn answer(&mut self, query: &Query, hits: Option<Vec<Message>>) -> Option<Query> {
        if self.asked.as_ref() != Some(query) {
            return None;
        }
        self.asked = None;
        if self.words != query.words {
            let words = std::mem::take(&mut self.words);
            return self.edit(words);
        }
        let mut hits = hits?;
        self.answered = true;
        self.has_more = hits.len() >= PAGE as usize;
        if query.before.is_some() {
            hits.append(&mut self.hits);
        }
        self.hits = hits;
        None
    }
}

/// `text` as one line that begins shortly before the first word that `words` ask for.
pub fn snippet(text: &str, words: &str) -> String {
    let wanted: Vec<String> = words.split_whitespace().map(fold).collect();
    let fits = |word: &str| {
        let word = fold(word);
        wanted.iter().any(|wanted| word.starts_with(wanted.as_str()))
    };
    let found = text.unicode_word_indices().find(|(_, word)| fits(word)).map_or(0, |(place, _)| place);
    let (before, from_there) = text.split_at(found);
    let start = before.grapheme_indices(true).rev().nth(BEFORE_THE_WORD).map(|(place, _)| place);
    match start.and_then(|start| before.get(start..)) {
        // Not from the middle of a word.
        Some(before) => {
            let before = before.split_once(char::is_whitespace).map_or("", |(_, rest)| rest);
            one_line(&format!("…{before}{from_there}"))
        }
        None => one_line(text),
    }
}

/// A word as the search compares it: lower case, without accents.
fn fold(word: &str) -> String {
    word.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::sample::{LUIS, message_id, received};

    fn hits(from: u64, to: u64) -> Vec<Message> {
        (from..to).map(|lamport| received(LUIS, lamport, "hola")).collect()
    }

    #[test]
    fn only_the_last_words_are_asked_for() {
        let mut search = Search::new(None);
        let first = search.edit("h".into()).unwrap();
        assert_eq!(search.edit("ho".into()), None, "one question at a time");
        assert_eq!(search.edit("hol".into()), None);
        let second = search.answer(&first, Some(hits(1, 9))).unwrap();
        assert_eq!(second.words, "hol");
        assert!(search.hits().is_empty(), "what was found for other words isn't shown");
        assert_eq!(search.answer(&second, Some(hits(1, 3))), None);
        assert_eq!((search.hits().len(), search.is_answered(), search.has_more()), (2, true, false));
        assert_eq!(search.edit(" ".into()), None);
        assert!(search.hits().is_empty());
    }

    #[test]
    fn older_hits_join_those_that_are_there() {
        let mut search = Search::new(Some(LUIS));
        let first = search.edit("hola".into()).unwrap();
        search.answer(&first, Some(hits(101, 151)));
        let more = search.more().unwrap();
        assert_eq!(more, Query { peer: Some(LUIS), words: "hola".into(), before: Some(message_id(101)) });
        assert_eq!(search.more(), None);
        search.answer(&more, Some(hits(90, 101)));
        assert_eq!(search.hits().len(), 61);
        assert_eq!(search.hits()[0].lamport, 90);
        assert_eq!(search.more(), None, "a short page was the first of all");
    }

    #[test]
    fn a_question_that_failed_can_be_asked_again() {
        let mut search = Search::new(None);
        let first = search.edit("hola".into()).unwrap();
        assert_eq!(search.answer(&first, None), None);
        assert!(!search.is_answered());
        assert!(search.edit("hola ".into()).is_some());
        let other = Query { peer: None, words: "other".into(), before: None };
        assert_eq!(search.answer(&other, Some(hits(1, 2))), None, "nobody asked");
        assert!(search.hits().is_empty());
    }

    #[test]
    fn a_snippet_begins_shortly_before_the_word() {
        assert_eq!(snippet("the plan for Monday", "mon"), "the plan for Monday");
        let long = "At the end of the meeting we all agreed that the Garantía of the roof is what matters";
        assert_eq!(snippet(long, "garantia"), "…we all agreed that the Garantía of the roof is what matters");
        assert_eq!(snippet("uno\n\tdos", "nothing"), "uno dos");
        let unbroken = format!("{} fin", "x".repeat(100));
        assert_eq!(snippet(&unbroken, "fin"), "…fin");
    }
}
