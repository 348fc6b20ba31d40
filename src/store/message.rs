//! A message as a row, and back.

use rusqlite::{Row, Transaction};

use super::column::{Kind, Unsigned};
use super::error::Abort;
use crate::model::{
    Body, ConversationId, FileName, From, Message, MessageId, Offer, PeerId, Text, TextError, Timestamp,
};

/// The columns that [`read`] reads.
pub(super) const COLUMNS: &str = "m.id, m.peer, m.author, m.lamport, m.sent_at, m.kind, m.text, m.name, m.size, m.files, \
                                  m.wire_kind, m.data, m.state, m.error";

/// What a row holds besides the message itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances {
    pub(super) conversation: ConversationId,
    pub(super) author: PeerId,
    pub(super) received_at: Timestamp,
}

/// The body's columns. What doesn't apply to its kind is empty.
#[derive(Default)]
struct BodyColumns<'a> {
    text: Option<&'a str>,
    name: Option<&'a str>,
    size: Option<Unsigned>,
    files: Option<Unsigned>,
    wire_kind: Option<u16>,
    data: Option<&'a [u8]>,
}

fn columns(body: &Body) -> (Kind, BodyColumns<'_>) {
    let none = BodyColumns::default();
    match body {
        Body::Text(text) => (Kind::Text, BodyColumns { text: Some(text.as_str()), ..none }),
        Body::Offer(offer) => {
            let columns = BodyColumns {
                text: offer.caption.as_ref().map(Text::as_str),
                name: Some(offer.name.as_str()),
                size: Some(Unsigned(offer.size)),
                files: Some(Unsigned(offer.files)),
                ..none
            };
            (Kind::Offer, columns)
        }
        Body::Unknown { kind, bytes } => {
            (Kind::Unknown, BodyColumns { wire_kind: Some(*kind), data: Some(bytes), ..none })
        }
        Body::Cancelled => (Kind::Cancelled, none),
    }
}

/// Bytes that a body takes, for budgets and batches.
pub(super) fn weight(body: &Body) -> u64 {
    let (_, columns) = columns(body);
    let lengths = [columns.text.map(str::len), columns.name.map(str::len), columns.data.map(<[u8]>::len)];
    lengths.into_iter().flatten().map(|length| length as u64).sum()
}

/// Whether the columns can hold what a stranger claims.
pub(super) fn fits(body: &Body) -> bool {
    match body {
        Body::Offer(offer) => i64::try_from(offer.size).is_ok() && i64::try_from(offer.files).is_ok(),
        Body::Text(_) | Body::Unknown { .. } | Body::Cancelled => true,
    }
}

/// Adds a message, whose conversation has to be there, and returns its number.
pub(super) fn insert(tx: &Transaction<'_>, message: &Message, about: Circumstances) -> Result<i64, Abort> {
    let (kind, columns) = columns(&message.body);
    let sql =
        "INSERT INTO messages (id, conversation, peer, author, lamport, sent_at, received_at, kind, text, name, size,
                   files, wire_kind, data, state, error)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
    tx.prepare_cached(sql)?.execute(rusqlite::params![
        message.id,
        about.conversation,
        message.peer,
        about.author,
        Unsigned(message.lamport),
        message.sent_at,
        about.received_at,
        kind,
        columns.text,
        columns.name,
        columns.size,
        columns.files,
        columns.wire_kind,
        columns.data,
        message.state,
        message.error,
    ])?;
    Ok(tx.last_insert_rowid())
}

/// The message in a row that has [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Message> {
    let (peer, author): (PeerId, PeerId) = (row.get("peer")?, row.get("author")?);
    let Unsigned(lamport) = row.get("lamport")?;
    Ok(Message {
        id: row.get("id")?,
        peer,
        from: if author == peer { From::Peer } else { From::Me },
        body: body(row)?,
        sent_at: row.get("sent_at")?,
        lamport,
        state: row.get("state")?,
        error: row.get("error")?,
    })
}

fn body(row: &Row<'_>) -> rusqlite::Result<Body> {
    Ok(match row.get("kind")? {
        Kind::Cancelled => Body::Cancelled,
        Kind::Text => Body::Text(text(row.get("text")?)?),
        Kind::Offer => Body::Offer(offer(row)?),
        Kind::Unknown => Body::Unknown { kind: row.get("wire_kind")?, bytes: row.get("data")? },
    })
}

fn offer(row: &Row<'_>) -> rusqlite::Result<Offer> {
    let (Unsigned(size), Unsigned(files)) = (row.get("size")?, row.get("files")?);
    let name: String = row.get("name")?;
    let caption: Option<String> = row.get("text")?;
    Ok(Offer { name: FileName::safe(&name), size, files, caption: caption.map(text).transpose()? })
}

fn text(stored: String) -> rusqlite::Result<Text> {
    let invalid =
        |error: TextError| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error.into());
    Text::new(stored).map_err(invalid)
}

/// Who wrote the message `id`; `None` where there's no such message.
pub(super) fn author(tx: &Transaction<'_>, id: MessageId) -> Result<Option<PeerId>, Abort> {
    use rusqlite::OptionalExtension;
    let mut statement = tx.prepare_cached("SELECT author FROM messages WHERE id = ?1")?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?)
}
