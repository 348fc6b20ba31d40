//! What is being written and hasn't been sent.

use rusqlite::{Transaction, params};

use super::error::Abort;
use super::{Store, StoreError};
use crate::model::{Draft, PeerId};

impl Store {
    /// Keeps what is being written to each of these peers, in place of what was; with `None` nothing is.
    pub async fn keep_drafts(&self, drafts: Vec<(PeerId, Option<Draft>)>) -> Result<(), StoreError> {
        self.writer.write(move |tx| drafts.iter().try_for_each(|(peer, draft)| keep(tx, peer, draft.as_ref()))).await
    }

    /// All that is being written.
    pub async fn drafts(&self) -> Result<Vec<(PeerId, Draft)>, StoreError> {
        self.reader.read(drafts).await
    }
}

fn keep(tx: &Transaction<'_>, peer: &PeerId, draft: Option<&Draft>) -> Result<(), Abort> {
    match draft {
        Some(draft) => {
            let sql = "INSERT INTO drafts (peer, text) VALUES (?1, ?2)
                       ON CONFLICT (peer) DO UPDATE SET text = excluded.text";
            tx.prepare_cached(sql)?.execute(params![peer, draft.as_str()])?;
        }
        None => _ = tx.prepare_cached("DELETE FROM drafts WHERE peer = ?1")?.execute([peer])?,
    }
    Ok(())
}

fn drafts(tx: &Transaction<'_>) -> Result<Vec<(PeerId, Draft)>, Abort> {
    let mut statement = tx.prepare_cached("SELECT peer, text FROM drafts ORDER BY peer")?;
    let found = statement.query_map([], |row| Ok((row.get("peer")?, row.get("text")?)))?;
    let found: Vec<(PeerId, String)> = found.collect::<Result<_, _>>()?;
    Ok(found.into_iter().filter_map(|(peer, text)| Some((peer, Draft::new(text)?))).collect())
}
