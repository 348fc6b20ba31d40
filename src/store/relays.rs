//! Relays that are remembered.

use rusqlite::{Row, Transaction, params};

use super::error::Abort;
use super::people::unreadable;
use super::{Store, StoreError};
use crate::model::{InvitedRelay, PeerId};

/// A relay that is used in each run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRelay {
    /// Which, where, and what it asks.
    pub relay: InvitedRelay,
    /// Whether it came with somebody's invite; else it was added for itself.
    pub invited: bool,
}

impl Store {
    /// Remembers a relay, in place of what was remembered of it.
    pub async fn put_relay(&self, kept: KeptRelay) -> Result<(), StoreError> {
        self.writer.write(move |tx| put_relay(tx, &kept)).await
    }

    /// Remembers a relay no longer, nor the addresses by which it was added.
    pub async fn forget_relay(&self, peer: PeerId) -> Result<(), StoreError> {
        self.writer.write(move |tx| forget_relay(tx, peer)).await
    }

    /// All relays that are remembered, the first added first.
    pub async fn relays(&self) -> Result<Vec<KeptRelay>, StoreError> {
        self.reader.read(relays).await
    }
}

fn put_relay(tx: &Transaction<'_>, kept: &KeptRelay) -> Result<(), Abort> {
    let KeptRelay { relay: InvitedRelay { peer, addresses, token }, invited } = kept;
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let addresses = serde_json::Value::from(addresses).to_string();
    let sql = "INSERT INTO relays (peer, addresses, token, invited) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (peer) DO UPDATE
               SET addresses = excluded.addresses, token = excluded.token, invited = excluded.invited";
    tx.prepare_cached(sql)?.execute(params![peer, addresses, token, invited])?;
    Ok(())
}

fn forget_relay(tx: &Transaction<'_>, peer: PeerId) -> Result<(), Abort> {
    for sql in ["DELETE FROM relays WHERE peer = ?1", "DELETE FROM addresses WHERE peer = ?1"] {
        tx.prepare_cached(sql)?.execute([peer])?;
    }
    Ok(())
}

fn relays(tx: &Transaction<'_>) -> Result<Vec<KeptRelay>, Abort> {
    let mut statement = tx.prepare_cached("SELECT peer, addresses, token, invited FROM relays ORDER BY number")?;
    let found = statement.query_map([], relay)?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn relay(row: &Row<'_>) -> rusqlite::Result<KeptRelay> {
    let addresses: String = row.get("addresses")?;
    let addresses: Vec<String> = serde_json::from_str(&addresses).map_err(unreadable)?;
    let addresses = addresses.iter().map(|address| address.parse()).collect::<Result<_, _>>().map_err(unreadable)?;
    let relay = InvitedRelay { peer: row.get("peer")?, addresses, token: row.get("token")? };
    Ok(KeptRelay { relay, invited: row.get("invited")? })
}
