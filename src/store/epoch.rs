//! The beginning of a new epoch of a lane, and what a receiver lacks of the old ones.

use rusqlite::{Transaction, params};

use super::column::Unsigned;
use super::error::Abort;
use super::outbox::{current_lane, entry_id, insert_lane, lane};
use super::{Store, StoreError};
use crate::model::{Epoch, LaneOut, PeerId, Watermark};

impl Store {
    /// Begins another epoch of the lane to `peer`. What wasn't acknowledged moves there, in order.
    pub async fn start_epoch(&self, peer: PeerId, epoch: Epoch) -> Result<LaneOut, StoreError> {
        self.writer.write(move |tx| start_epoch(tx, peer, epoch)).await
    }

    /// Moves what the receiver lacks of the epochs that are over to the end of the current one: everything from a mark's
    /// `next` on where its `last` is the entry before that, everything of an epoch where it isn't or that has no mark. The
    /// lane after it; `None` where there was nothing to move.
    pub async fn requeue(&self, peer: PeerId, marks: Vec<Watermark>) -> Result<Option<LaneOut>, StoreError> {
        self.writer.write(move |tx| requeue(tx, peer, &marks)).await
    }
}

fn start_epoch(tx: &Transaction<'_>, peer: PeerId, epoch: Epoch) -> Result<LaneOut, Abort> {
    let fresh = LaneOut { epoch, last: 0, acked: 0, read: 0 };
    let Some(old) = current_lane(tx, peer)? else { return insert_lane(tx, peer, fresh) };
    let sql = "UPDATE lane_out SET current = 0, last = acked, read = min(read, acked) WHERE peer = ?1 AND epoch = ?2";
    tx.prepare_cached(sql)?.execute(params![peer, old.epoch])?;
    let lane = insert_lane(tx, peer, LaneOut { last: old.last.saturating_sub(old.acked), ..fresh })?;
    let sql = "UPDATE lane_entry SET epoch = ?3, seq = seq - ?4 WHERE peer = ?1 AND epoch = ?2 AND seq > ?4";
    tx.prepare_cached(sql)?.execute(params![peer, old.epoch, epoch, Unsigned(old.acked)])?;
    Ok(lane)
}

fn requeue(tx: &Transaction<'_>, peer: PeerId, marks: &[Watermark]) -> Result<Option<LaneOut>, Abort> {
    let Some(current) = current_lane(tx, peer)? else { return Ok(None) };
    let mut statement = tx.prepare_cached(
        "SELECT epoch, last, acked, read FROM lane_out l WHERE peer = ?1 AND current = 0
         AND EXISTS (SELECT 1 FROM lane_entry e WHERE e.peer = l.peer AND e.epoch = l.epoch)",
    )?;
    let over: Vec<LaneOut> = statement.query_map([peer], lane)?.collect::<Result<_, _>>()?;
    let mut last = current.last;
    for old in over {
        let from = lacking_from(tx, (peer, old.epoch), marks)?;
        last = last.saturating_add(move_entries(tx, peer, (old.epoch, from), (current.epoch, last))?);
    }
    if last == current.last {
        return Ok(None);
    }
    tx.prepare_cached("UPDATE lane_out SET last = ?3 WHERE peer = ?1 AND epoch = ?2")?.execute(params![
        peer,
        current.epoch,
        Unsigned(last)
    ])?;
    Ok(Some(LaneOut { last, ..current }))
}

/// The first seq of an epoch that the receiver may lack.
fn lacking_from(tx: &Transaction<'_>, lane: (PeerId, Epoch), marks: &[Watermark]) -> Result<u64, Abort> {
    let Some(mark) = marks.iter().find(|mark| mark.epoch == lane.1) else { return Ok(1) };
    let same = mark.last == entry_id(tx, lane, mark.next.saturating_sub(1))?;
    Ok(if same { mark.next } else { 1 })
}

/// Moves the entries of an epoch from a seq on behind the `last` one of another. Returns how many.
fn move_entries(
    tx: &Transaction<'_>,
    peer: PeerId,
    (old, from): (Epoch, u64),
    (new, last): (Epoch, u64),
) -> Result<u64, Abort> {
    // Above the last one, entries are as dense as below: what has left an epoch left it at its end.
    let offset = i64::try_from(last).unwrap_or(i64::MAX).saturating_sub(i64::try_from(from).unwrap_or(i64::MAX) - 1);
    let sql = "UPDATE lane_entry SET epoch = ?3, seq = seq + ?4 WHERE peer = ?1 AND epoch = ?2 AND seq >= ?5";
    let moved = tx.prepare_cached(sql)?.execute(params![peer, old, new, offset, Unsigned(from)])?;
    let sql = "UPDATE lane_out SET last = min(last, ?3), acked = min(acked, ?3), read = min(read, ?3)
               WHERE peer = ?1 AND epoch = ?2";
    tx.prepare_cached(sql)?.execute(params![peer, old, Unsigned(from.saturating_sub(1))])?;
    Ok(moved as u64)
}
