//! What people look at: messages and conversations.

use rusqlite::{OptionalExtension, Transaction, params};

use super::error::Abort;
use super::message::{self, COLUMNS};
use super::{Store, StoreError};
use crate::model::{Conversation, Message, MessageId, PeerId, Span};

/// Characters of a search that are looked at.
const MAX_SEARCH_CHARS: usize = 1_000;

/// Words of a search that are looked for.
const MAX_SEARCH_WORDS: usize = 32;

impl Store {
    /// At most `limit` messages of `span`, oldest first: of the conversation with `peer` in shown order, or of all
    /// conversations in the order in which they were kept here. `search` leaves those that have all its words, or words
    /// that begin so; any text will do. [`StoreError::UnknownMessage`] where the span's message isn't here.
    pub async fn history(
        &self,
        peer: Option<PeerId>,
        search: Option<&str>,
        span: Span,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let search = search.and_then(expression);
        self.reader.read(move |tx| history(tx, &Wanted { peer, search }, span, limit)).await
    }

    /// One message; `None` where there's none of that id.
    pub async fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        self.reader.read(move |tx| message(tx, id)).await
    }

    /// All conversations, the one whose latest message came last first.
    pub async fn conversations(&self) -> Result<Vec<Conversation>, StoreError> {
        self.reader.read(conversations).await
    }
}

/// Where a message stands in both orders.
struct Position {
    lamport: i64,
    author: Vec<u8>,
    id: Vec<u8>,
    number: i64,
}

/// Before every message.
const START: Position = Position { lamport: i64::MIN, author: Vec::new(), id: Vec::new(), number: i64::MIN };

/// Behind every message.
const END: Position = Position { lamport: i64::MAX, author: Vec::new(), id: Vec::new(), number: i64::MAX };

fn position(tx: &Transaction<'_>, id: MessageId) -> Result<Position, Abort> {
    let mut statement = tx.prepare_cached("SELECT lamport, author, id, number FROM messages WHERE id = ?1")?;
    let found = statement.query_row([id], |row| {
        Ok(Position {
            lamport: row.get("lamport")?,
            author: row.get("author")?,
            id: row.get("id")?,
            number: row.get("number")?,
        })
    });
    Ok(found.optional()?.ok_or(StoreError::UnknownMessage(id))?)
}

/// Of which messages a page is.
struct Wanted {
    peer: Option<PeerId>,
    /// As an FTS5 expression.
    search: Option<String>,
}

/// On which side of a position a page lies, beginning there.
#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
    /// With what is at the position.
    From,
}

fn history(tx: &Transaction<'_>, wanted: &Wanted, span: Span, limit: u32) -> Result<Vec<Message>, Abort> {
    match span {
        Span::Latest => beside(tx, wanted, Side::Before, &END, limit),
        Span::Earliest => beside(tx, wanted, Side::After, &START, limit),
        Span::Before(id) => beside(tx, wanted, Side::Before, &position(tx, id)?, limit),
        Span::After(id) => beside(tx, wanted, Side::After, &position(tx, id)?, limit),
        Span::Around(id) => {
            let position = position(tx, id)?;
            let mut messages = beside(tx, wanted, Side::Before, &position, limit / 2)?;
            messages.extend(beside(tx, wanted, Side::From, &position, limit - limit / 2)?);
            Ok(messages)
        }
    }
}

/// The `limit` messages next to a position on one side of it, oldest first.
fn beside(
    tx: &Transaction<'_>,
    wanted: &Wanted,
    side: Side,
    position: &Position,
    limit: u32,
) -> Result<Vec<Message>, Abort> {
    let (than, order) = match side {
        Side::Before => ("<", "DESC"),
        Side::After => (">", "ASC"),
        Side::From => (">=", "ASC"),
    };
    let mut messages: Vec<Message> = match wanted.peer {
        Some(peer) => {
            let sql = format!(
                "SELECT {COLUMNS} FROM {} AND m.peer = ?3 AND (m.lamport, m.author, m.id) {than} (?4, ?5, ?6)
                 ORDER BY m.lamport {order}, m.author {order}, m.id {order} LIMIT ?2",
                searched(wanted)
            );
            let mut statement = tx.prepare_cached(&sql)?;
            let Position { lamport, author, id, .. } = position;
            let found = statement.query_map(params![wanted.search, limit, peer, lamport, author, id], message::read)?;
            found.collect::<Result<_, _>>()?
        }
        None => {
            // FTS5 walks its hits backwards only if it's asked for in its own words.
            let number = if wanted.search.is_some() { "w.rowid" } else { "m.number" };
            let sql = format!(
                "SELECT {COLUMNS} FROM {} AND {number} {than} ?3 ORDER BY {number} {order} LIMIT ?2",
                searched(wanted)
            );
            let mut statement = tx.prepare_cached(&sql)?;
            let found = statement.query_map(params![wanted.search, limit, position.number], message::read)?;
            found.collect::<Result<_, _>>()?
        }
    };
    if matches!(side, Side::Before) {
        messages.reverse();
    }
    Ok(messages)
}

/// The messages that match the search, which is parameter 1, and the beginning of a condition.
const fn searched(wanted: &Wanted) -> &'static str {
    match wanted.search {
        // CROSS: first the words, then their messages. The other way round every message would be looked up.
        Some(_) => "message_words w CROSS JOIN messages m ON m.number = w.rowid WHERE message_words MATCH ?1",
        None => "messages m WHERE ?1 IS NULL",
    }
}

/// What a person wrote into a search field as an FTS5 expression: each word quoted, as the beginning of a word, all of
/// them wanted. `None`: no words. [FTS5 query syntax](https://www.sqlite.org/fts5.html#full_text_query_syntax)
fn expression(search: &str) -> Option<String> {
    let search: String = search.chars().take(MAX_SEARCH_CHARS).collect();
    let words: Vec<String> = search
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .take(MAX_SEARCH_WORDS)
        .map(|word| format!("\"{}\"*", word.replace('"', "\"\"")))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn message(tx: &Transaction<'_>, id: MessageId) -> Result<Option<Message>, Abort> {
    let mut statement = tx.prepare_cached(&format!("SELECT {COLUMNS} FROM messages m WHERE m.id = ?1"))?;
    Ok(statement.query_row([id], message::read).optional()?)
}

fn conversations(tx: &Transaction<'_>) -> Result<Vec<Conversation>, Abort> {
    let sql = format!(
        "SELECT c.unread, {COLUMNS} FROM conversations c JOIN messages m ON m.number = (
             SELECT number FROM messages WHERE peer = c.peer ORDER BY lamport DESC, author DESC, id DESC LIMIT 1)
         ORDER BY m.number DESC"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map([], |row| {
        let last = message::read(row)?;
        Ok(Conversation { peer: last.peer, last: Some(last), unread: row.get("unread")? })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
