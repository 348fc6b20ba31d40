//! Who was met, and where to look for them.

use rusqlite::types::Type;
use rusqlite::{Row, Transaction, params};

use super::error::Abort;
use super::{Store, StoreError};
use crate::model::{Nickname, Path, Peer, PeerId, Presence, Timestamp};

/// Peers without a conversation that are remembered; who was seen longest ago goes first.
pub const MAX_PEERS: usize = 4_096;

/// Addresses of one peer that are remembered.
const MAX_ADDRESSES: usize = 8;

/// When somebody was seen who never was: an invite told of them.
const NEVER: Timestamp = Timestamp::from_millis(0);

impl Store {
    /// Remembers peers: when they were seen last, nicknames and first few addresses.
    pub async fn remember_peers(&self, peers: Vec<Peer>) -> Result<(), StoreError> {
        self.writer
            .write(move |tx| {
                peers.iter().try_for_each(|peer| remember_peer(tx, peer))?;
                forget_strangers(tx)
            })
            .await
    }

    /// Everybody who is remembered, as absent, the latest seen first.
    pub async fn peers(&self) -> Result<Vec<Peer>, StoreError> {
        self.reader.read(peers).await
    }

    /// Remembers an address given by the person here, and who was found there.
    pub async fn add_address(&self, address: impl Into<String>, peer: Option<PeerId>) -> Result<(), StoreError> {
        let address = address.into();
        self.writer.write(move |tx| add_address(tx, &address, peer)).await
    }

    /// All addresses given by the person here.
    pub async fn addresses(&self) -> Result<Vec<(String, Option<PeerId>)>, StoreError> {
        self.reader.read(addresses).await
    }
}

fn remember_peer(tx: &Transaction<'_>, peer: &Peer) -> Result<(), Abort> {
    let addresses: Vec<&str> = peer.addresses.iter().take(MAX_ADDRESSES).map(String::as_str).collect();
    let addresses = serde_json::Value::from(addresses).to_string();
    let seen = peer.last_seen.unwrap_or(NEVER);
    let sql = "INSERT INTO peers (id, nickname, addresses, last_seen) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (id) DO UPDATE
               SET nickname = excluded.nickname, addresses = excluded.addresses, last_seen = excluded.last_seen";
    tx.prepare_cached(sql)?.execute(params![peer.id, peer.nickname.as_str(), addresses, seen])?;
    Ok(())
}

fn forget_strangers(tx: &Transaction<'_>) -> Result<(), Abort> {
    let sql = "DELETE FROM peers WHERE id IN (
                   SELECT id FROM peers WHERE id NOT IN (SELECT peer FROM conversations)
                   ORDER BY last_seen DESC, id DESC LIMIT -1 OFFSET ?1)";
    tx.prepare_cached(sql)?.execute([MAX_PEERS as i64])?;
    Ok(())
}

fn peers(tx: &Transaction<'_>) -> Result<Vec<Peer>, Abort> {
    let sql = "SELECT id, nickname, addresses, last_seen FROM peers ORDER BY last_seen DESC, id DESC";
    let mut statement = tx.prepare_cached(sql)?;
    let found = statement.query_map([], peer)?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn peer(row: &Row<'_>) -> rusqlite::Result<Peer> {
    let id: PeerId = row.get("id")?;
    let (nickname, addresses): (String, String) = (row.get("nickname")?, row.get("addresses")?);
    Ok(Peer {
        id,
        nickname: Nickname::new(&nickname).map_err(unreadable)?,
        tag: id.tag(),
        presence: Presence::Offline,
        path: Path::None,
        addresses: serde_json::from_str(&addresses).map_err(unreadable)?,
        last_seen: Some(row.get("last_seen")?).filter(|seen| *seen != NEVER),
        relay: false,
    })
}

pub(super) fn unreadable(cause: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(cause))
}

fn add_address(tx: &Transaction<'_>, address: &str, peer: Option<PeerId>) -> Result<(), Abort> {
    let sql = "INSERT INTO addresses (address, peer) VALUES (?1, ?2)
               ON CONFLICT (address) DO UPDATE SET peer = coalesce(excluded.peer, peer)";
    tx.prepare_cached(sql)?.execute(params![address, peer])?;
    Ok(())
}

fn addresses(tx: &Transaction<'_>) -> Result<Vec<(String, Option<PeerId>)>, Abort> {
    let mut statement = tx.prepare_cached("SELECT address, peer FROM addresses ORDER BY address")?;
    let found = statement.query_map([], |row| Ok((row.get("address")?, row.get("peer")?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}
