//! Threads, queues, full disks and the end.

use std::sync::mpsc;

use futures::FutureExt;
use futures::future::join_all;

use super::*;

/// Holds a thread up until what is returned is dropped.
fn hold(worker: &Worker) -> mpsc::Sender<()> {
    let (release, held) = mpsc::channel::<()>();
    let job = worker.read(move |_| {
        let _ = held.recv();
        Ok(())
    });
    assert!(job.now_or_never().is_none());
    release
}

#[tokio::test]
async fn a_job_whose_caller_has_gone_is_done() {
    let scene = Scene::new();
    let release = hold(&scene.store.writer);
    assert!(scene.store.append(outgoing(ANA, 1, text("hola"))).now_or_never().is_none());
    drop(release);
    scene.store.lanes_out().await.unwrap();
    assert_eq!(scene.words(None, None).await, ["hola"]);
}

#[tokio::test]
async fn a_full_queue_makes_callers_wait_and_nothing_else() {
    let scene = Scene::new();
    let release = hold(&scene.store.writer);
    let sent = join_all((1..=600).map(|number| scene.store.append(outgoing(ANA, number, text("hola")))));
    let free = async {
        // The callers' own thread goes on, and readers don't notice.
        assert_eq!(scene.words(None, None).await, Vec::<String>::new());
        drop(release);
    };
    let (sent, ()) = futures::join!(sent, free);
    assert!(sent.iter().all(Result::is_ok));
    assert_eq!(scene.store.lanes_out().await.unwrap()[0].1.last, 600);
    assert_eq!(scene.words(Some(ANA), None).await.len(), 600);
}

#[tokio::test]
async fn a_search_does_not_hold_up_commits() {
    let scene = Scene::new();
    let release = hold(&scene.store.reader);
    scene.send(ANA, 1, "hola").await;
    assert_eq!(scene.store.entries(ANA, epoch(100), 1, 10, 1_000).await.unwrap().entries.len(), 1);
    drop(release);
    assert_eq!(scene.words(None, None).await, ["hola"]);
}

#[tokio::test]
async fn closing_finishes_what_was_asked_and_then_says_so() {
    let mut scene = Scene::new();
    let release = hold(&scene.store.writer);
    let sent = scene.store.append(outgoing(ANA, 1, text("hola")));
    let (sent, closed, ()) = futures::join!(sent, scene.store.close(), async { drop(release) });
    assert!(sent.is_ok() && closed.is_ok());
    assert!(!scene.dir.path().join("history.db-wal").exists());
    assert!(matches!(scene.store.append(outgoing(ANA, 2, text("no"))).await, Err(StoreError::Closed)));
    assert!(matches!(scene.store.message(id(1)).await, Err(StoreError::Closed)));
    scene.store.close().await.unwrap();
    scene.store = Store::open(&scene.path()).unwrap();
    assert_eq!(scene.words(None, None).await, ["hola"]);
}

#[tokio::test]
async fn dropping_without_closing_loses_nothing() {
    let Scene { dir, store } = Scene::new();
    store.append(outgoing(ANA, 1, text("hola"))).await.unwrap();
    let path = dir.path().join(HISTORY_FILE);
    let other = Store::open(&path).unwrap();
    drop(store);
    assert_eq!(words(&other.history(None, None, Span::Latest, 10).await.unwrap()), ["hola"]);
}

/// Lets the database grow by no more than `pages`.
async fn limit(store: &Store, pages: i64) {
    let limit = move |tx: &rusqlite::Transaction<'_>| {
        let count: i64 = tx.pragma_query_value(None, "page_count", |row| row.get(0))?;
        tx.pragma_update_and_check(None, "max_page_count", count + pages, |_| Ok(()))?;
        Ok(())
    };
    store.writer.write(limit).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_named_and_loses_nothing() {
    let mut scene = Scene::new();
    scene.send(ANA, 1, "before").await;
    scene.store.receive(batch(BOB, 1, vec![accept(1_001, 1, text("from bob"))])).await.unwrap();
    limit(&scene.store, 3).await;
    let long = text(&"long ".repeat(10_000));
    let error = scene.store.append(outgoing(ANA, 2, long.clone())).await.unwrap_err();
    assert!(error.is_full() && error.to_string().contains("the disk is full"), "{error}");
    let error = scene.store.receive(batch(BOB, 2, vec![accept(1_002, 2, long.clone())])).await.unwrap_err();
    assert!(error.is_full(), "{error}");
    assert_eq!(scene.store.lanes_out().await.unwrap()[0].1.last, 1);
    assert_eq!(scene.store.lanes_in(BOB).await.unwrap()[0].next, 2);
    assert_eq!(scene.words(None, None).await, ["before", "from bob"]);

    limit(&scene.store, 1_000).await;
    let (message, lane) = scene.store.append(outgoing(ANA, 2, long.clone())).await.unwrap();
    assert_eq!((message.lamport, lane.last), (2, 2));
    let receipt = scene.store.receive(batch(BOB, 2, vec![accept(1_002, 2, long)])).await.unwrap();
    assert_eq!((receipt.lane.next, receipt.unread), (3, 2));
    scene.reopen().await;
    assert_eq!(scene.words(None, None).await.len(), 4);
}

#[tokio::test]
async fn what_turns_read_only_says_so() {
    let scene = Scene::new();
    scene.store.writer.read(|tx| Ok(tx.pragma_update(None, "query_only", true)?)).await.unwrap();
    let error = scene.store.append(outgoing(ANA, 1, text("hola"))).await.unwrap_err();
    assert!(matches!(&error, StoreError::ReadOnly(path) if *path == scene.path()), "{error}");
}
