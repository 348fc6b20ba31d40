//! What goes to others: lanes from here, their entries, and what has become of them.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::column::{Kind, Unsigned};
use super::error::Abort;
use super::message::{self, Circumstances};
use super::{Store, StoreError, TransferRow, transfers};
use crate::model::{
    Body, ConversationId, Epoch, From, LaneOut, MAX_LAMPORT, Message, MessageId, MessageState, PeerId, Plain, Reason,
    Timestamp, TransferState, VoidCause,
};

/// What a message that its author withdrew says.
const CANCELLED: Reason = Reason::Plain(Plain::Cancelled);

/// What it says where its receiver had it already.
const CANCELLED_LATE: Reason = Reason::Plain(Plain::CancelledLate);

/// A message to be kept and sent.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// To whom.
    pub peer: PeerId,
    /// By whom: oneself.
    pub me: PeerId,
    /// Its id, new.
    pub id: MessageId,
    /// What it says.
    pub body: Body,
    /// When it was written.
    pub now: Timestamp,
    /// The lane's epoch if there's no lane to this peer yet.
    pub new_epoch: Epoch,
    /// The transfer of an offer.
    pub transfer: Option<TransferRow>,
}

/// One entry of a lane from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutEntry {
    /// Its place in the lane.
    pub seq: u64,
    /// What it carries.
    pub message: Message,
}

/// What a receiver says about a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Who.
    pub peer: PeerId,
    /// Which epoch of the lane to it.
    pub epoch: Epoch,
    /// What the lane was acknowledged up to so far.
    pub from: u64,
    /// It has committed everything up to this entry. Less than `from` where it was restored from a backup.
    pub acked: u64,
    /// Its person has read everything up to this entry.
    pub read: u64,
    /// Entries above `from` that hold no message there.
    pub voids: Vec<(u64, VoidCause)>,
}

/// A run of entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries {
    /// The id of the entry before the first one asked for; `None` where that is the lane's first.
    pub prev: Option<MessageId>,
    /// Consecutive.
    pub entries: Vec<OutEntry>,
}

/// A message that got further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChange {
    /// Which.
    pub id: MessageId,
    /// How far.
    pub state: MessageState,
    /// Why it failed, or what else there's to say.
    pub error: Option<Reason>,
}

impl Store {
    /// The current lane to every peer that was written to.
    pub async fn lanes_out(&self) -> Result<Vec<(PeerId, LaneOut)>, StoreError> {
        self.writer.read(lanes_out).await
    }

    /// Keeps a message with its place in the conversation and in the lane, all or nothing, as queued.
    pub async fn append(&self, outgoing: Outgoing) -> Result<(Message, LaneOut), StoreError> {
        self.writer.write(move |tx| append(tx, outgoing)).await
    }

    /// Entries of a lane from `from` on: at most `max_count`, and no more than weigh `max_bytes`, but at least one where
    /// there is one. A lane that isn't there has none.
    pub async fn entries(
        &self,
        peer: PeerId,
        epoch: Epoch,
        from: u64,
        max_count: usize,
        max_bytes: u64,
    ) -> Result<Entries, StoreError> {
        self.writer.read(move |tx| entries(tx, (peer, epoch), from, max_count, max_bytes)).await
    }

    /// Notes what a receiver says about a lane. Returns the messages that this changed. [`StoreError::Stale`] where the lane
    /// is acknowledged up to another entry than the one that the settlement builds on.
    pub async fn settle(&self, settlement: Settlement) -> Result<Vec<StateChange>, StoreError> {
        self.writer.write(move |tx| settle(tx, &settlement)).await
    }

    /// Notes that the receiver's person has read a lane, current or not, up to `read`. Returns the messages that this
    /// changed.
    pub async fn settle_read(&self, peer: PeerId, epoch: Epoch, read: u64) -> Result<Vec<StateChange>, StoreError> {
        self.writer.write(move |tx| settle_read(tx, (peer, epoch), read)).await
    }

    /// Withdraws a message that isn't acknowledged, and what it offers with it: its words go, its lane entry keeps its place.
    /// [`StoreError::MessageGone`] for one that isn't queued any more.
    pub async fn cancel(&self, id: MessageId) -> Result<StateChange, StoreError> {
        self.writer.write(move |tx| cancel(tx, id)).await
    }
}

fn lanes_out(tx: &Transaction<'_>) -> Result<Vec<(PeerId, LaneOut)>, Abort> {
    let mut statement = tx.prepare_cached("SELECT peer, epoch, last, acked, read FROM lane_out WHERE current = 1")?;
    let lanes = statement.query_map([], |row| Ok((row.get("peer")?, lane(row)?)))?;
    Ok(lanes.collect::<Result<_, _>>()?)
}

pub(super) fn lane(row: &Row<'_>) -> rusqlite::Result<LaneOut> {
    let (Unsigned(last), Unsigned(acked), Unsigned(read)) = (row.get("last")?, row.get("acked")?, row.get("read")?);
    Ok(LaneOut { epoch: row.get("epoch")?, last, acked, read })
}

pub(super) fn current_lane(tx: &Transaction<'_>, peer: PeerId) -> Result<Option<LaneOut>, Abort> {
    let sql = "SELECT epoch, last, acked, read FROM lane_out WHERE peer = ?1 AND current = 1";
    Ok(tx.prepare_cached(sql)?.query_row([peer], lane).optional()?)
}

fn append(tx: &Transaction<'_>, outgoing: Outgoing) -> Result<(Message, LaneOut), Abort> {
    let Outgoing { peer, me, id, body, now, new_epoch, transfer } = outgoing;
    let conversation = ConversationId::between(&me, &peer);
    let message = Message {
        id,
        peer,
        from: From::Me,
        body,
        sent_at: now,
        lamport: count_sent(tx, peer, conversation)?,
        state: MessageState::Queued,
        error: None,
    };
    let number = message::insert(tx, &message, Circumstances { conversation, author: me, received_at: now })?;
    let lane = extend_lane(tx, peer, new_epoch, number)?;
    if let Some(transfer) = transfer {
        transfers::put(tx, &transfer)?;
    }
    Ok((message, lane))
}

/// Counts one more sent message in the conversation and returns its Lamport time.
fn count_sent(tx: &Transaction<'_>, peer: PeerId, conversation: ConversationId) -> Result<u64, Abort> {
    let sql = "INSERT INTO conversations (peer, conversation, lamport, unread, sent, received, received_bytes)
               VALUES (?1, ?2, 1, 0, 1, 0, 0)
               ON CONFLICT (peer) DO UPDATE
               SET conversation = excluded.conversation, lamport = min(lamport + 1, ?3), sent = sent + 1
               RETURNING lamport";
    let mut statement = tx.prepare_cached(sql)?;
    let Unsigned(lamport) =
        statement.query_row(params![peer, conversation, Unsigned(MAX_LAMPORT)], |row| row.get(0))?;
    Ok(lamport)
}

/// Puts the message `number` at the end of the lane to `peer`.
fn extend_lane(tx: &Transaction<'_>, peer: PeerId, new_epoch: Epoch, number: i64) -> Result<LaneOut, Abort> {
    let mut lane = match current_lane(tx, peer)? {
        Some(lane) => lane,
        None => insert_lane(tx, peer, LaneOut { epoch: new_epoch, last: 0, acked: 0, read: 0 })?,
    };
    lane.last += 1;
    tx.prepare_cached("UPDATE lane_out SET last = ?3 WHERE peer = ?1 AND epoch = ?2")?.execute(params![
        peer,
        lane.epoch,
        Unsigned(lane.last)
    ])?;
    tx.prepare_cached("INSERT INTO lane_entry (peer, epoch, seq, message) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![peer, lane.epoch, Unsigned(lane.last), number])?;
    Ok(lane)
}

pub(super) fn insert_lane(tx: &Transaction<'_>, peer: PeerId, lane: LaneOut) -> Result<LaneOut, Abort> {
    let sql = "INSERT INTO lane_out (peer, epoch, last, acked, read, current) VALUES (?1, ?2, ?3, ?4, ?5, 1)";
    tx.prepare_cached(sql)?.execute(params![
        peer,
        lane.epoch,
        Unsigned(lane.last),
        Unsigned(lane.acked),
        Unsigned(lane.read)
    ])?;
    Ok(lane)
}

fn entries(
    tx: &Transaction<'_>,
    (peer, epoch): (PeerId, Epoch),
    from: u64,
    max_count: usize,
    max_bytes: u64,
) -> Result<Entries, Abort> {
    let prev = entry_id(tx, (peer, epoch), from.saturating_sub(1))?;
    let sql = format!(
        "SELECT e.seq, {} FROM lane_entry e JOIN messages m ON m.number = e.message
         WHERE e.peer = ?1 AND e.epoch = ?2 AND e.seq >= ?3 ORDER BY e.seq",
        message::COLUMNS
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let mut rows = statement.query(params![peer, epoch, Unsigned(from)])?;
    let (mut entries, mut bytes) = (Vec::new(), 0_u64);
    while entries.len() < max_count
        && let Some(row) = rows.next()?
    {
        let (Unsigned(seq), message) = (row.get("seq")?, message::read(row)?);
        bytes = bytes.saturating_add(message::weight(&message.body));
        if bytes > max_bytes && !entries.is_empty() {
            break;
        }
        entries.push(OutEntry { seq, message });
    }
    Ok(Entries { prev, entries })
}

pub(super) fn entry_id(
    tx: &Transaction<'_>,
    (peer, epoch): (PeerId, Epoch),
    seq: u64,
) -> Result<Option<MessageId>, Abort> {
    let sql = "SELECT m.id FROM lane_entry e JOIN messages m ON m.number = e.message
               WHERE e.peer = ?1 AND e.epoch = ?2 AND e.seq = ?3";
    let mut statement = tx.prepare_cached(sql)?;
    Ok(statement.query_row(params![peer, epoch, Unsigned(seq)], |row| row.get(0)).optional()?)
}

fn settle(tx: &Transaction<'_>, settlement: &Settlement) -> Result<Vec<StateChange>, Abort> {
    let Settlement { peer, epoch, from, acked, read, ref voids } = *settlement;
    let Some(before) = any_lane(tx, (peer, epoch))? else { return Ok(Vec::new()) };
    if before.acked != from {
        return Err(StoreError::Stale { next: before.acked.saturating_add(1) }.into());
    }
    // Nobody can have got more than there is.
    advance(tx, peer, before, acked.min(before.last), read, voids)
}

fn settle_read(tx: &Transaction<'_>, lane: (PeerId, Epoch), read: u64) -> Result<Vec<StateChange>, Abort> {
    match any_lane(tx, lane)? {
        Some(before) => advance(tx, lane.0, before, before.acked, read, &[]),
        None => Ok(Vec::new()),
    }
}

fn any_lane(tx: &Transaction<'_>, (peer, epoch): (PeerId, Epoch)) -> Result<Option<LaneOut>, Abort> {
    let sql = "SELECT epoch, last, acked, read FROM lane_out WHERE peer = ?1 AND epoch = ?2";
    Ok(tx.prepare_cached(sql)?.query_row(params![peer, epoch], lane).optional()?)
}

fn advance(
    tx: &Transaction<'_>,
    peer: PeerId,
    before: LaneOut,
    acked: u64,
    read: u64,
    voids: &[(u64, VoidCause)],
) -> Result<Vec<StateChange>, Abort> {
    // Nobody can have read more than they got.
    let after = LaneOut { acked, read: before.read.max(read.min(acked)), ..before };
    if after == before {
        return Ok(Vec::new());
    }
    tx.prepare_cached("UPDATE lane_out SET acked = ?3, read = ?4 WHERE peer = ?1 AND epoch = ?2")?.execute(params![
        peer,
        after.epoch,
        Unsigned(after.acked),
        Unsigned(after.read)
    ])?;
    let mut changes = Vec::new();
    for sent in sent_between(tx, peer, before, after)? {
        let news = News {
            acknowledged: (before.acked < sent.seq && sent.seq <= after.acked)
                .then(|| voids.iter().find(|(seq, _)| *seq == sent.seq).map(|(_, cause)| *cause)),
            read: before.read < sent.seq && sent.seq <= after.read,
        };
        if let Some((state, error)) = sent.after(news) {
            tx.prepare_cached("UPDATE messages SET state = ?2, error = ?3 WHERE number = ?1")?.execute(params![
                sent.number,
                state,
                error
            ])?;
            if state == MessageState::Failed {
                transfers::refuse(tx, sent.id.transfer(), error.as_ref())?;
            }
            changes.push(StateChange { id: sent.id, state, error });
        }
    }
    Ok(changes)
}

/// A sent message as its lane entry leads to it.
struct Sent {
    seq: u64,
    number: i64,
    id: MessageId,
    kind: Kind,
    state: MessageState,
    error: Option<Reason>,
}

/// What is new about an entry.
#[derive(Clone, Copy)]
struct News {
    /// The receiver has committed it; where it holds no message there, why.
    acknowledged: Option<Option<VoidCause>>,
    /// Its person has read it.
    read: bool,
}

impl Sent {
    /// The state and error that `news` leads to; `None` where they stay. A state never goes back.
    fn after(&self, news: News) -> Option<(MessageState, Option<Reason>)> {
        let mut now = (self.state, self.error.clone());
        if let Some(void) = news.acknowledged
            && matches!(self.state, MessageState::Queued | MessageState::Failed)
        {
            now = self.acknowledged(void);
        }
        if news.read && now.0 == MessageState::Delivered {
            now.0 = MessageState::Read;
        }
        (now != (self.state, self.error.clone())).then_some(now)
    }

    fn acknowledged(&self, void: Option<VoidCause>) -> (MessageState, Option<Reason>) {
        match (self.kind, void) {
            // Withdrawn while it was on its way: what was sent were still its words.
            (Kind::Cancelled, None | Some(VoidCause::Held)) => (MessageState::Delivered, Some(CANCELLED_LATE)),
            (Kind::Cancelled, _) | (_, Some(VoidCause::Cancelled)) => (MessageState::Failed, Some(CANCELLED)),
            (_, Some(VoidCause::Refused(refusal))) => (MessageState::Failed, Some(refusal.into())),
            (_, None | Some(VoidCause::Held)) => (MessageState::Delivered, None),
        }
    }
}

/// The messages of the entries that a step from `before` to `after` can change.
fn sent_between(tx: &Transaction<'_>, peer: PeerId, before: LaneOut, after: LaneOut) -> Result<Vec<Sent>, Abort> {
    let from = if after.read > before.read { before.read.min(before.acked) } else { before.acked };
    let sql = "SELECT e.seq, m.number, m.id, m.kind, m.state, m.error
               FROM lane_entry e JOIN messages m ON m.number = e.message
               WHERE e.peer = ?1 AND e.epoch = ?2 AND e.seq > ?3 AND e.seq <= ?4 ORDER BY e.seq";
    let mut statement = tx.prepare_cached(sql)?;
    let sent = statement.query_map(params![peer, after.epoch, Unsigned(from), Unsigned(after.acked)], |row| {
        let Unsigned(seq) = row.get("seq")?;
        Ok(Sent {
            seq,
            number: row.get("number")?,
            id: row.get("id")?,
            kind: row.get("kind")?,
            state: row.get("state")?,
            error: row.get("error")?,
        })
    })?;
    Ok(sent.collect::<Result<_, _>>()?)
}

fn cancel(tx: &Transaction<'_>, id: MessageId) -> Result<StateChange, Abort> {
    let sql = "SELECT m.state, m.author <> m.peer AND NOT EXISTS (
                   SELECT 1 FROM lane_entry e JOIN lane_out l ON l.peer = e.peer AND l.epoch = e.epoch
                   WHERE e.message = m.number AND e.seq <= l.acked) AS unsent
               FROM messages m WHERE m.id = ?1";
    let found = tx.prepare_cached(sql)?.query_row([id], |row| Ok((row.get("state")?, row.get("unsent")?)));
    let (state, unsent): (MessageState, bool) = found.optional()?.ok_or(StoreError::UnknownMessage(id))?;
    if state != MessageState::Queued || !unsent {
        return Err(StoreError::MessageGone(state).into());
    }
    let sql = "UPDATE messages SET kind = ?2, text = NULL, name = NULL, size = NULL, files = NULL, wire_kind = NULL,
                   data = NULL, state = ?3, error = ?4
               WHERE id = ?1";
    tx.prepare_cached(sql)?.execute(params![id, Kind::Cancelled, MessageState::Failed, CANCELLED])?;
    transfers::set_state(tx, id.transfer(), TransferState::Cancelled)?;
    Ok(StateChange { id, state: MessageState::Failed, error: Some(CANCELLED) })
}
