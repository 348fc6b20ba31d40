//! What comes from others: lanes from them, what was taken, and what holds no message here.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::column::Unsigned;
use super::error::Abort;
use super::message::{self, Circumstances};
use super::{Store, StoreError, TransferRow, transfers};
use crate::model::{
    Body, ConversationId, Direction, Epoch, From, Incoming, MAX_EPOCHS, MAX_LAMPORT, Message, MessageId, MessageState,
    Offer, PeerId, Refusal, Timestamp, Transfer, TransferState, Verdict, VoidCause, Watermark,
};

/// Void entries of one author that are remembered. The oldest go first: only an author who still doubts so old an entry
/// would ask, and then begins a new epoch.
const MAX_VOIDS: i64 = 1_024;

/// Offers of one peer that may wait for a decision, be under way, or have failed and be tried again. They are kept in memory.
const MAX_OPEN_OFFERS: u64 = 500;

/// How far one message may move a conversation's Lamport clock, so that nobody uses it up.
const MAX_LAMPORT_STEP: u64 = 1 << 20;

/// What a message weighs besides its words: its row, its index entries, its transfer.
const OVERHEAD: u64 = 512;

/// What somebody may send before the person here has ever written to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StrangerLimit {
    /// Messages.
    pub messages: u64,
    /// Bytes of messages.
    pub bytes: u64,
    /// How many people may do so.
    pub people: u64,
    /// Bytes of all of them together.
    pub bytes_of_all: u64,
}

/// An entry that its author thinks is here already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Its place in the lane, below the expected one.
    pub seq: u64,
    /// Its id.
    pub id: MessageId,
    /// Whether its author has withdrawn it.
    pub cancelled: bool,
}

/// A run of entries of a lane, each judged.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Whose lane.
    pub author: PeerId,
    /// Oneself.
    pub me: PeerId,
    /// Which epoch of it.
    pub epoch: Epoch,
    /// The seq of the first entry: the one that the lane expects.
    pub first: u64,
    /// What was decided about each, in order.
    pub entries: Vec<Verdict>,
    /// Entries that should be here already.
    pub check: Vec<Check>,
    /// By the clock here.
    pub received_at: Timestamp,
    /// Holds for an author who was never written to.
    pub stranger: StrangerLimit,
    /// The state in which a new offer's transfer begins.
    pub offers: TransferState,
}

/// What became of a [`Batch`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// An entry to check isn't here: author and receiver don't speak of the same lane. Nothing was changed.
    pub diverged: bool,
    /// How far the lane is now.
    pub lane: Watermark,
    /// The batch's entries, checked ones included, that hold no message here.
    pub voids: Vec<(u64, VoidCause)>,
    /// What is new in the history.
    pub messages: Vec<Message>,
    /// The transfers of the offers among them.
    pub transfers: Vec<TransferRow>,
    /// Messages of this conversation that wait to be read.
    pub unread: u32,
}

/// What reading a conversation changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadMarks {
    /// The lanes whose read mark moved, and where it is now.
    pub lanes: Vec<(Epoch, u64)>,
    /// Whether anything changed at all.
    pub changed: bool,
}

impl Store {
    /// How far this author's lanes are, the latest used first.
    pub async fn lanes_in(&self, author: PeerId) -> Result<Vec<Watermark>, StoreError> {
        self.writer.read(move |tx| lanes_in(tx, author)).await
    }

    /// Takes a batch: messages, watermark and all that goes with them, all or nothing. A message that is in the history
    /// already isn't kept twice. [`StoreError::Stale`] where the lane expects another entry than the batch's first.
    pub async fn receive(&self, batch: Batch) -> Result<Receipt, StoreError> {
        self.writer.write(move |tx| receive(tx, &batch)).await
    }

    /// Notes that the person here has seen everything in the conversation with `peer`. The lanes' marks, which are for
    /// `peer` alone, move where it's to be told.
    pub async fn mark_read(&self, peer: PeerId, tell: bool) -> Result<ReadMarks, StoreError> {
        self.writer.write(move |tx| mark_read(tx, peer, tell)).await
    }
}

fn watermark(row: &Row<'_>) -> rusqlite::Result<Watermark> {
    let (Unsigned(next), Unsigned(read)) = (row.get("next")?, row.get("read")?);
    Ok(Watermark { epoch: row.get("epoch")?, next, last: row.get("last_id")?, read })
}

fn lanes_in(tx: &Transaction<'_>, author: PeerId) -> Result<Vec<Watermark>, Abort> {
    let sql = "SELECT epoch, next, last_id, read FROM lane_in WHERE author = ?1 ORDER BY used_at DESC";
    let mut statement = tx.prepare_cached(sql)?;
    let lanes = statement.query_map([author], watermark)?;
    Ok(lanes.collect::<Result<_, _>>()?)
}

fn lane_in(tx: &Transaction<'_>, author: PeerId, epoch: Epoch) -> Result<Watermark, Abort> {
    let sql = "SELECT epoch, next, last_id, read FROM lane_in WHERE author = ?1 AND epoch = ?2";
    let found = tx.prepare_cached(sql)?.query_row(params![author, epoch], watermark).optional()?;
    Ok(found.unwrap_or(Watermark::start(epoch)))
}

fn receive(tx: &Transaction<'_>, batch: &Batch) -> Result<Receipt, Abort> {
    let lane = lane_in(tx, batch.author, batch.epoch)?;
    let moved_on = !batch.entries.is_empty() && batch.first != lane.next;
    if moved_on || batch.check.iter().any(|check| check.seq >= lane.next) {
        return Err(StoreError::Stale { next: lane.next }.into());
    }
    let tally = Tally::load(tx, batch.author)?;
    let mut intake = Intake::new(tx, batch, lane, tally);
    for check in &batch.check {
        if !intake.check(check)? {
            return Ok(Intake::new(tx, batch, lane, tally).receipt(true));
        }
    }
    if batch.entries.is_empty() {
        return Ok(intake.receipt(false));
    }
    // Voids refer to the lane, and it may be a new one.
    touch_lane(tx, batch.author, lane)?;
    for verdict in &batch.entries {
        intake.take(verdict)?;
    }
    save_lane(tx, batch.author, intake.lane)?;
    forget_oldest(tx, batch.author)?;
    Ok(intake.receipt(false))
}

/// A conversation's row, as far as receiving changes it.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    lamport: u64,
    unread: u32,
    sent: u64,
    received: u64,
    received_bytes: u64,
    /// Others who were never written to, and the bytes of what they left here. Loaded for such a one alone.
    other_strangers: u64,
    other_bytes: u64,
}

impl Tally {
    /// That of the conversation with `peer`; all zeros where there's none yet.
    fn load(tx: &Transaction<'_>, peer: PeerId) -> Result<Self, Abort> {
        let sql = "SELECT lamport, unread, sent, received, received_bytes FROM conversations WHERE peer = ?1";
        let found = tx.prepare_cached(sql)?.query_row([peer], |row| {
            let (Unsigned(lamport), Unsigned(sent)) = (row.get("lamport")?, row.get("sent")?);
            let (Unsigned(received), Unsigned(received_bytes)) = (row.get("received")?, row.get("received_bytes")?);
            Ok(Self { lamport, unread: row.get("unread")?, sent, received, received_bytes, ..Self::default() })
        });
        let tally = found.optional()?.unwrap_or_default();
        if tally.sent > 0 {
            return Ok(tally);
        }
        let sql = "SELECT count(*), ifnull(sum(received_bytes), 0) FROM conversations WHERE sent = 0 AND peer <> ?1";
        let (Unsigned(other_strangers), Unsigned(other_bytes)) =
            tx.prepare_cached(sql)?.query_row([peer], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Self { other_strangers, other_bytes, ..tally })
    }

    fn save(self, tx: &Transaction<'_>, peer: PeerId, conversation: ConversationId) -> Result<(), Abort> {
        let sql = "INSERT INTO conversations (peer, conversation, lamport, unread, sent, received, received_bytes)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                   ON CONFLICT (peer) DO UPDATE
                   SET conversation = excluded.conversation, lamport = excluded.lamport, unread = excluded.unread,
                       received = excluded.received, received_bytes = excluded.received_bytes";
        tx.prepare_cached(sql)?.execute(params![
            peer,
            conversation,
            Unsigned(self.lamport),
            self.unread,
            Unsigned(self.sent),
            Unsigned(self.received),
            Unsigned(self.received_bytes)
        ])?;
        Ok(())
    }

    /// With one more message of this Lamport time and size.
    fn with(self, lamport: u64, bytes: u64) -> Self {
        Self {
            lamport: self.lamport.max(lamport),
            unread: self.unread.saturating_add(1),
            received: self.received + 1,
            received_bytes: self.received_bytes.saturating_add(bytes),
            ..self
        }
    }

    fn is_over(self, limit: StrangerLimit) -> bool {
        self.sent == 0
            && (self.received > limit.messages
                || self.received_bytes > limit.bytes
                || self.other_strangers >= limit.people
                || self.other_bytes.saturating_add(self.received_bytes) > limit.bytes_of_all)
    }
}

/// A batch being taken.
struct Intake<'a> {
    tx: &'a Transaction<'a>,
    batch: &'a Batch,
    conversation: ConversationId,
    lane: Watermark,
    tally: Tally,
    voids: Vec<(u64, VoidCause)>,
    messages: Vec<Message>,
    transfers: Vec<TransferRow>,
}

impl<'a> Intake<'a> {
    fn new(tx: &'a Transaction<'a>, batch: &'a Batch, lane: Watermark, tally: Tally) -> Self {
        let conversation = ConversationId::between(&batch.me, &batch.author);
        Self { tx, batch, conversation, lane, tally, voids: Vec::new(), messages: Vec::new(), transfers: Vec::new() }
    }

    fn receipt(self, diverged: bool) -> Receipt {
        let Self { lane, tally, voids, messages, transfers, .. } = self;
        Receipt { diverged, lane, voids, messages, transfers, unread: tally.unread }
    }

    /// Whether the entry is here, as a message or as a void one.
    fn check(&mut self, check: &Check) -> Result<bool, Abort> {
        if self.holds(check.id)? {
            if check.cancelled {
                self.voids.push((check.seq, VoidCause::Held));
            }
            return Ok(true);
        }
        let sql = "SELECT cause FROM lane_void WHERE author = ?1 AND epoch = ?2 AND seq = ?3 AND id = ?4";
        let place = params![self.batch.author, self.batch.epoch, Unsigned(check.seq), check.id];
        let cause = self.tx.prepare_cached(sql)?.query_row(place, |row| row.get(0)).optional()?;
        self.voids.extend(cause.map(|cause| (check.seq, cause)));
        Ok(cause.is_some())
    }

    fn holds(&self, id: MessageId) -> Result<bool, Abort> {
        Ok(message::author(self.tx, id)? == Some(self.batch.author))
    }

    /// Takes the lane's next entry.
    fn take(&mut self, verdict: &Verdict) -> Result<(), Abort> {
        match verdict {
            Verdict::Accept(incoming) => self.accept(incoming)?,
            Verdict::Void { id, cause: VoidCause::Cancelled } if self.holds(*id)? => {
                self.voids.push((self.lane.next, VoidCause::Held));
            }
            Verdict::Void { id, cause } => self.void(*id, *cause)?,
        }
        self.lane = Watermark { next: self.lane.next + 1, last: Some(verdict.id()), ..self.lane };
        Ok(())
    }

    fn accept(&mut self, incoming: &Incoming) -> Result<(), Abort> {
        match message::author(self.tx, incoming.id)? {
            Some(author) if author == self.batch.author => return Ok(()),
            Some(_) => return self.refuse(incoming.id, Refusal::Invalid),
            None => {}
        }
        if !message::fits(&incoming.body) {
            return self.refuse(incoming.id, Refusal::Invalid);
        }
        let lamport = incoming.lamport.min(self.tally.lamport.saturating_add(MAX_LAMPORT_STEP)).min(MAX_LAMPORT);
        let tally = self.tally.with(lamport, message::weight(&incoming.body).saturating_add(OVERHEAD));
        let offers = matches!(incoming.body, Body::Offer(_));
        if tally.is_over(self.batch.stranger) || (offers && self.open_offers()? >= MAX_OPEN_OFFERS) {
            return self.refuse(incoming.id, Refusal::OverBudget);
        }
        tally.save(self.tx, self.batch.author, self.conversation)?;
        self.tally = tally;
        self.keep(incoming, lamport)
    }

    /// Offers of the author that wait for a decision, or are under way, or may be tried again.
    fn open_offers(&self) -> Result<u64, Abort> {
        // Written as the index is, or else it isn't used: `In`; `Offered`, `Active`, `Paused`, `Failed`.
        let sql = "SELECT count(*) FROM transfers WHERE peer = ?1 AND direction = 0 AND state IN (0, 1, 2, 4)";
        let Unsigned(count) = self.tx.prepare_cached(sql)?.query_row([self.batch.author], |row| row.get(0))?;
        Ok(count)
    }

    fn keep(&mut self, incoming: &Incoming, lamport: u64) -> Result<(), Abort> {
        let Batch { author, received_at, .. } = *self.batch;
        let message = Message {
            id: incoming.id,
            peer: author,
            from: From::Peer,
            body: incoming.body.clone(),
            sent_at: incoming.sent_at.clamped(received_at),
            lamport,
            state: MessageState::Delivered,
            error: None,
        };
        let about = Circumstances { conversation: self.conversation, author, received_at };
        message::insert(self.tx, &message, about)?;
        if let Body::Offer(offer) = &message.body {
            let transfer = offered(&message, offer, self.batch.offers);
            transfers::put(self.tx, &transfer)?;
            self.transfers.push(transfer);
        }
        self.messages.push(message);
        Ok(())
    }

    fn refuse(&mut self, id: MessageId, refusal: Refusal) -> Result<(), Abort> {
        self.void(id, VoidCause::Refused(refusal))
    }

    fn void(&mut self, id: MessageId, cause: VoidCause) -> Result<(), Abort> {
        let sql = "INSERT INTO lane_void (author, epoch, seq, id, cause) VALUES (?1, ?2, ?3, ?4, ?5)";
        let Batch { author, epoch, .. } = *self.batch;
        self.tx.prepare_cached(sql)?.execute(params![author, epoch, Unsigned(self.lane.next), id, cause])?;
        self.voids.push((self.lane.next, cause));
        Ok(())
    }
}

/// The transfer that a received offer begins.
fn offered(message: &Message, offer: &Offer, state: TransferState) -> TransferRow {
    let name = offer.name.as_str().to_owned();
    let transfer = Transfer::offered(message.id.transfer(), message.peer, Direction::In, name, offer.size);
    TransferRow::new(Transfer { files: offer.files, state, ..transfer })
}

/// Makes the lane this author's latest used one.
fn touch_lane(tx: &Transaction<'_>, author: PeerId, lane: Watermark) -> Result<(), Abort> {
    let sql = "INSERT INTO lane_in (author, epoch, next, last_id, read, used_at)
               VALUES (?1, ?2, ?3, ?4, ?5, (SELECT 1 + coalesce(max(used_at), 0) FROM lane_in WHERE author = ?1))
               ON CONFLICT (author, epoch) DO UPDATE SET used_at = excluded.used_at";
    tx.prepare_cached(sql)?.execute(params![
        author,
        lane.epoch,
        Unsigned(lane.next),
        lane.last,
        Unsigned(lane.read)
    ])?;
    Ok(())
}

fn save_lane(tx: &Transaction<'_>, author: PeerId, lane: Watermark) -> Result<(), Abort> {
    tx.prepare_cached("UPDATE lane_in SET next = ?3, last_id = ?4 WHERE author = ?1 AND epoch = ?2")?
        .execute(params![author, lane.epoch, Unsigned(lane.next), lane.last])?;
    Ok(())
}

/// Keeps what is remembered of one author within its bounds.
fn forget_oldest(tx: &Transaction<'_>, author: PeerId) -> Result<(), Abort> {
    let sql = "DELETE FROM lane_in WHERE author = ?1 AND used_at <= (
                   SELECT used_at FROM lane_in WHERE author = ?1 ORDER BY used_at DESC LIMIT 1 OFFSET ?2)";
    tx.prepare_cached(sql)?.execute(params![author, Unsigned(MAX_EPOCHS as u64)])?;
    let sql = "DELETE FROM lane_void WHERE author = ?1 AND number <= (
                   SELECT number FROM lane_void WHERE author = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)";
    tx.prepare_cached(sql)?.execute(params![author, MAX_VOIDS])?;
    Ok(())
}

fn mark_read(tx: &Transaction<'_>, peer: PeerId, tell: bool) -> Result<ReadMarks, Abort> {
    // Written as the index on unread messages is, or else it isn't used: 1 is `Delivered`.
    let sql = "UPDATE messages SET state = ?2 WHERE peer = ?1 AND author = peer AND state = 1";
    let mut changed = tx.prepare_cached(sql)?.execute(params![peer, MessageState::Read])? > 0;
    let sql = "UPDATE conversations SET unread = 0 WHERE peer = ?1 AND unread > 0";
    changed |= tx.prepare_cached(sql)?.execute([peer])? > 0;
    // A mark tells of all before it: it stays where it is until something is read that may be told.
    if !tell || !changed {
        return Ok(ReadMarks { lanes: Vec::new(), changed });
    }
    let sql = "UPDATE lane_in SET read = next - 1 WHERE author = ?1 AND read < next - 1 RETURNING epoch, read";
    let mut statement = tx.prepare_cached(sql)?;
    let moved = statement.query_map([peer], |row| {
        let Unsigned(read) = row.get("read")?;
        Ok((row.get("epoch")?, read))
    })?;
    Ok(ReadMarks { lanes: moved.collect::<Result<_, _>>()?, changed })
}
