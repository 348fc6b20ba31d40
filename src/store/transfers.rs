//! Transfers, with what it takes to go on with them after a restart.

use std::path::PathBuf;

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::column::{StoredPath, Unsigned};
use super::error::Abort;
use super::{Store, StoreError};
use crate::model::{Reason, Transfer, TransferId, TransferState};

/// A transfer as it's kept. Its speed and current file aren't.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferRow {
    /// What is shown of it.
    pub transfer: Transfer,
    /// The folder into which it's to be received.
    pub folder: Option<PathBuf>,
    /// The folder in it that holds what has been received so far.
    pub staging: Option<PathBuf>,
    /// Whether its sender knows how it ended here.
    pub told: bool,
}

impl TransferRow {
    /// A transfer of which nothing is on this disk yet.
    pub const fn new(transfer: Transfer) -> Self {
        Self { transfer, folder: None, staging: None, told: false }
    }
}

impl Store {
    /// Keeps a transfer as it is now.
    pub async fn put_transfer(&self, row: TransferRow) -> Result<(), StoreError> {
        self.writer.write(move |tx| put(tx, &row)).await
    }

    /// One transfer; `None` where there's none of that id.
    pub async fn transfer(&self, id: TransferId) -> Result<Option<TransferRow>, StoreError> {
        self.reader.read(move |tx| transfer(tx, id)).await
    }

    /// All transfers, the latest offer first.
    pub async fn transfers(&self) -> Result<Vec<TransferRow>, StoreError> {
        self.reader.read(transfers).await
    }
}

pub(super) fn put(tx: &Transaction<'_>, row: &TransferRow) -> Result<(), Abort> {
    let TransferRow { transfer, folder, staging, told } = row;
    let stored = |path: &Option<PathBuf>| path.clone().map(StoredPath);
    let sql = "INSERT INTO transfers (id, peer, direction, name, size, done, files, state, paused_by, saved_to,
                   error, folder, staging, told)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
               ON CONFLICT (id) DO UPDATE
               SET peer = excluded.peer, direction = excluded.direction, name = excluded.name, size = excluded.size,
                   done = excluded.done, files = excluded.files, state = excluded.state,
                   paused_by = excluded.paused_by, saved_to = excluded.saved_to, error = excluded.error,
                   folder = excluded.folder, staging = excluded.staging, told = excluded.told";
    tx.prepare_cached(sql)?.execute(params![
        transfer.id,
        transfer.peer_id,
        transfer.direction,
        transfer.name,
        Unsigned(transfer.size),
        Unsigned(transfer.done),
        Unsigned(transfer.files),
        transfer.state,
        transfer.paused_by,
        transfer.saved_to,
        transfer.error,
        stored(folder),
        stored(staging),
        told,
    ])?;
    Ok(())
}

/// Puts the transfer `id`, if there is one, into `state`.
pub(super) fn set_state(tx: &Transaction<'_>, id: TransferId, state: TransferState) -> Result<(), Abort> {
    tx.prepare_cached("UPDATE transfers SET state = ?2 WHERE id = ?1")?.execute(params![id, state])?;
    Ok(())
}

/// The transfer `id`, if it's an offer that waits for the other side, came to nothing: its message was refused.
pub(super) fn refuse(tx: &Transaction<'_>, id: TransferId, cause: Option<&Reason>) -> Result<(), Abort> {
    tx.prepare_cached("UPDATE transfers SET state = ?2, error = ?3 WHERE id = ?1 AND state = ?4")?.execute(params![
        id,
        TransferState::Failed,
        cause,
        TransferState::Offered
    ])?;
    Ok(())
}

fn transfer(tx: &Transaction<'_>, id: TransferId) -> Result<Option<TransferRow>, Abort> {
    Ok(tx.prepare_cached("SELECT * FROM transfers WHERE id = ?1")?.query_row([id], read).optional()?)
}

fn transfers(tx: &Transaction<'_>) -> Result<Vec<TransferRow>, Abort> {
    let mut statement = tx.prepare_cached("SELECT * FROM transfers ORDER BY number DESC")?;
    let found = statement.query_map([], read)?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<TransferRow> {
    let (Unsigned(size), Unsigned(done), Unsigned(files)) = (row.get("size")?, row.get("done")?, row.get("files")?);
    let path = |column: &str| Ok::<_, rusqlite::Error>(row.get::<_, Option<StoredPath>>(column)?.map(|path| path.0));
    Ok(TransferRow {
        transfer: Transfer {
            id: row.get("id")?,
            peer_id: row.get("peer")?,
            direction: row.get("direction")?,
            name: row.get("name")?,
            size,
            done,
            files,
            state: row.get("state")?,
            paused_by: row.get("paused_by")?,
            current: None,
            bytes_per_second: 0,
            saved_to: row.get("saved_to")?,
            error: row.get("error")?,
        },
        folder: path("folder")?,
        staging: path("staging")?,
        told: row.get("told")?,
    })
}
