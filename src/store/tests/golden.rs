//! A database of every schema that was ever released, kept as it was written, goes on being read.

use std::fs;

use super::*;
use crate::model::{
    Draft, InvitedRelay, MessageState::*, Nickname, PausedBy, Peer, Plain, Presence, Refusal, Span, Watermark,
};

fn golden(schema: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/store/schema-{schema}.db"))
}

async fn fill(store: &Store) {
    for (number, words) in [(1, "hola"), (2, "a secret"), (3, "¿qué tal? 🌮")] {
        store.append(outgoing(ANA, number, text(words))).await.unwrap();
    }
    store.cancel(id(2)).await.unwrap();
    store.settle(settlement(100, 0, 1, 1, &[])).await.unwrap();
    let mut row = transfer(12, Direction::In);
    let unknown = Body::Unknown { kind: 9, bytes: vec![1, 2, 3] };
    let entries = vec![
        accept(11, 7, unknown),
        accept(12, 8, offer("plan.pdf", 10, Some("the plan"))),
        void(13, VoidCause::Refused(Refusal::Blocked)),
    ];
    store.receive(batch(ANA, 1, entries)).await.unwrap();
    row.folder = Some("/home/ana".into());
    row.transfer.state = TransferState::Paused;
    row.transfer.paused_by = Some(PausedBy::Peer);
    row.staging = Some("/home/ana/plan.pdf.part".into());
    store.put_transfer(row).await.unwrap();
    store.start_epoch(ANA, epoch(200)).await.unwrap();
    store.remember_peers(vec![ana()]).await.unwrap();
    store.add_address("192.168.1.1:48237", Some(ANA)).await.unwrap();
    store.put_relay(relay()).await.unwrap();
    store.keep_drafts(vec![(BOB, draft())]).await.unwrap();
}

fn draft() -> Option<Draft> {
    Draft::new("¿y si".to_owned())
}

fn relay() -> KeptRelay {
    let addresses = vec!["192.168.1.9:48237".parse().unwrap(), "[fd00::9]:48237".parse().unwrap()];
    let relay = InvitedRelay { peer: BOB, addresses, token: "0123456789abcdef".parse().ok() };
    KeptRelay { relay, invited: true }
}

fn ana() -> Peer {
    Peer {
        id: ANA,
        nickname: Nickname::new("ana").unwrap(),
        tag: ANA.tag(),
        presence: Presence::Offline,
        path: crate::model::Path::None,
        addresses: vec!["/ip4/192.168.1.1/tcp/48237".into()],
        last_seen: Some(at(5)),
        relay: false,
    }
}

/// Every schema has its golden database. `VECINO_WRITE_GOLDEN=1` writes that of a new one, and replaces none.
#[tokio::test]
async fn the_current_schema_has_its_golden_database() {
    let mut scene = Scene::new();
    fill(&scene.store).await;
    scene.reopen().await;
    scene.store.close().await.unwrap();
    let version = rusqlite::Connection::open(scene.path())
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    if std::env::var_os("VECINO_WRITE_GOLDEN").is_some() {
        let mut new = fs::File::create_new(golden(version)).unwrap();
        std::io::copy(&mut fs::File::open(scene.path()).unwrap(), &mut new).unwrap();
    }
    assert!(golden(version).exists(), "VECINO_WRITE_GOLDEN=1 cargo test golden writes it");
}

#[tokio::test]
async fn every_schema_is_read() {
    for schema in 1..=5 {
        let row = read(schema).await;
        assert_eq!((row.transfer.state, row.folder), (TransferState::Paused, Some("/home/ana".into())));
        let held = (row.transfer.paused_by, row.staging);
        let known = (Some(PausedBy::Peer), Some("/home/ana/plan.pdf.part".into()));
        assert_eq!(held, if schema > 1 { known } else { (None, None) });
    }
}

/// Reads what [`fill`] wrote, all of it; what a schema has beyond the first is in the transfer.
async fn read(schema: u32) -> TransferRow {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(HISTORY_FILE);
    fs::write(&path, fs::read(golden(schema)).unwrap()).unwrap();
    let store = Store::open(&path).unwrap();

    let history = store.history(Some(ANA), None, Span::Latest, 10).await.unwrap();
    let seen: Vec<_> =
        history.iter().map(|message| (message.id, message.lamport, message.state, message.body.clone())).collect();
    let expected = [
        (id(1), 1, Read, text("hola")),
        (id(2), 2, Failed, Body::Cancelled),
        (id(3), 3, Queued, text("¿qué tal? 🌮")),
        (id(11), 7, Delivered, Body::Unknown { kind: 9, bytes: vec![1, 2, 3] }),
        (id(12), 8, Delivered, offer("plan.pdf", 10, Some("the plan"))),
    ];
    assert_eq!(seen, expected);
    assert_eq!(history.get(1).unwrap().error, Some(Plain::Cancelled.into()), "it was kept in words");
    assert_eq!(words(&store.history(None, Some("que"), Span::Latest, 10).await.unwrap()), ["¿qué tal? 🌮"]);
    assert_eq!(words(&store.history(None, Some("secret"), Span::Latest, 10).await.unwrap()), Vec::<String>::new());
    assert_eq!(store.conversations().await.unwrap()[0].unread, 2);

    let (_, lane) = store.lanes_out().await.unwrap()[0];
    assert_eq!((lane.epoch, lane.last, lane.acked), (epoch(200), 2, 0));
    assert_eq!(store.entries(ANA, epoch(200), 1, 10, 1_000).await.unwrap().entries[1].message.id, id(3));
    let incoming = Watermark { epoch: epoch(7), next: 4, last: Some(id(13)), read: 0 };
    assert_eq!(store.lanes_in(ANA).await.unwrap(), [incoming]);
    let check = vec![Check { seq: 3, id: id(13), cancelled: false }];
    let receipt = store.receive(Batch { check, ..batch(ANA, 4, Vec::new()) }).await.unwrap();
    assert_eq!(receipt.voids, [(3, VoidCause::Refused(Refusal::Blocked))]);

    assert_eq!(store.peers().await.unwrap(), [ana()]);
    assert_eq!(store.addresses().await.unwrap(), [("192.168.1.1:48237".to_owned(), Some(ANA))]);
    assert_eq!(store.relays().await.unwrap(), if schema > 3 { vec![relay()] } else { Vec::new() });
    let drafts = if schema > 4 { vec![(BOB, draft().unwrap())] } else { Vec::new() };
    assert_eq!(store.drafts().await.unwrap(), drafts);
    store.transfer(id(12).transfer()).await.unwrap().unwrap()
}

/// A migration that was released never changes: what it makes of nothing is what it made of the golden database.
#[tokio::test]
async fn old_and_new_databases_have_the_same_schema() {
    let scene = Scene::new();
    let schema = |store: &Store| {
        let job = |tx: &rusqlite::Transaction<'_>| {
            let mut statement = tx.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<Vec<(String, Option<String>)>, _>>()?)
        };
        let store = store.clone();
        async move { store.reader.read(job).await.unwrap() }
    };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(HISTORY_FILE);
    fs::write(&path, fs::read(golden(1)).unwrap()).unwrap();
    assert_eq!(schema(&Store::open(&path).unwrap()).await, schema(&scene.store).await);
}
