//! What is opened, what is refused, and that a refused file stays as it was.

use std::fs;

use rusqlite::Connection;

use super::*;

/// A closed history with some messages in it.
async fn closed() -> (TempDir, PathBuf) {
    let Scene { dir, store } = Scene::new();
    for number in 1..=50 {
        store.append(outgoing(ANA, number, text(&format!("number {number} {}", "x".repeat(400))))).await.unwrap();
    }
    store.close().await.unwrap();
    let path = dir.path().join(HISTORY_FILE);
    // So that every page is in use.
    Connection::open(&path).unwrap().execute_batch("VACUUM").unwrap();
    (dir, path)
}

/// Opens what can't be opened, and looks whether it stayed.
fn refused(path: &Path) -> StoreError {
    let before = fs::read(path).unwrap();
    let error = Store::open(path).expect_err("it was opened");
    assert_eq!(fs::read(path).unwrap(), before, "{error}");
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    error
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_their_owners_alone() {
    let scene = Scene::new();
    scene.send(ANA, 1, "hola").await;
    for ending in ["", "-wal", "-shm"] {
        let mut file = scene.path().into_os_string();
        file.push(ending);
        assert_eq!(super::files::mode(Path::new(&file)), 0o600, "{ending}");
    }
}

#[tokio::test]
async fn commits_are_durable_and_links_are_held() {
    let scene = Scene::new();
    let pragma = |name: &'static str| {
        scene
            .store
            .writer
            .read(move |tx| Ok(tx.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))?))
    };
    use rusqlite::types::Value::{Integer, Text};
    assert_eq!(pragma("synchronous").await.unwrap(), Integer(2));
    assert_eq!(pragma("journal_mode").await.unwrap(), Text("wal".into()));
    assert_eq!(pragma("foreign_keys").await.unwrap(), Integer(1));
    assert_eq!(pragma("trusted_schema").await.unwrap(), Integer(0));
}

#[test]
fn garbage_is_no_database() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(HISTORY_FILE);
    for garbage in [b"hola".repeat(5_000), vec![0; 8_192], b"x".to_vec()] {
        fs::write(&path, garbage).unwrap();
        assert!(matches!(refused(&path), StoreError::NotADatabase(_)));
    }
}

#[test]
fn the_database_of_another_program_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(HISTORY_FILE);
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
    assert!(matches!(refused(&path), StoreError::NotADatabase(_)));
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let (_dir, path) = closed().await;
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 6).unwrap();
    assert!(matches!(refused(&path), StoreError::Newer { found: 6, known: 5, .. }));
}

#[tokio::test]
async fn a_truncated_database_is_damaged() {
    let (_dir, path) = closed().await;
    let whole = fs::read(&path).unwrap();
    for length in [whole.len() / 2, whole.len() - 4_096, 4_096, 5_000, 600, 50] {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(matches!(refused(&path), StoreError::Damaged { .. }), "{length}");
    }
    fs::write(&path, &whole[..10]).unwrap();
    assert!(matches!(refused(&path), StoreError::NotADatabase(_)));
}

#[tokio::test]
async fn every_page_is_looked_at() {
    let (_dir, path) = closed().await;
    let whole = fs::read(&path).unwrap();
    // Pages of tables and indexes begin with their type; 0x42 is none.
    let pages = (1..whole.len() / 4_096).filter(|page| matches!(whole[page * 4_096], 2 | 5 | 10 | 13));
    for page in pages {
        let mut damaged = whole.clone();
        damaged[page * 4_096] = 0x42;
        fs::write(&path, &damaged).unwrap();
        assert!(matches!(refused(&path), StoreError::Damaged { .. }), "page {page}");
    }
}

#[tokio::test]
async fn a_flipped_bit_in_the_header_loses_nothing() {
    let (_dir, path) = closed().await;
    let whole = fs::read(&path).unwrap();
    for byte in 0..100 {
        let mut damaged = whole.clone();
        damaged[byte] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        match Store::open(&path) {
            // Not every byte matters. Where it's opened, all is there.
            Ok(store) => {
                let history = store.history(None, None, Span::Latest, 100).await.unwrap();
                assert_eq!(history.len(), 50, "byte {byte}");
                store.close().await.unwrap();
            }
            Err(error) => {
                assert!(error.to_string().contains(HISTORY_FILE), "{error}");
                assert_eq!(fs::read(&path).unwrap(), damaged, "byte {byte}");
            }
        }
    }
}

#[tokio::test]
async fn a_log_without_its_database_is_not_thrown_away() {
    let scene = Scene::new();
    scene.send(ANA, 1, "hola").await;
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join(HISTORY_FILE);
    let log = elsewhere.path().join("history.db-wal");
    fs::copy(scene.dir.path().join("history.db-wal"), &log).unwrap();
    assert!(matches!(Store::open(&path), Err(StoreError::Damaged { .. })));
    assert!(fs::metadata(&log).unwrap().len() > 0);
}

#[test]
fn a_folder_in_its_place_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let error = Store::open(dir.path()).err().unwrap();
    assert!(error.to_string().contains(&dir.path().display().to_string()), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_database_that_can_not_be_written_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, path) = closed().await;
    let probe = dir.path().join("probe");
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(&probe, "").is_ok() {
        eprintln!("SKIPPED: this user may write everywhere (root), so that nothing is read-only");
        return;
    }
    assert!(matches!(refused(&path), StoreError::NoPermission(_) | StoreError::ReadOnly(_)));
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(matches!(refused(&path), StoreError::NoPermission(_)));
}

#[tokio::test]
async fn a_crash_at_any_point_leaves_a_prefix_of_what_was_committed() {
    let scene = Scene::new();
    for number in 1..=12 {
        scene.send(ANA, number, &format!("number {number}")).await;
    }
    // What a power cut would leave: the files as they are, and of the log only what had reached the disk.
    let database = fs::read(scene.path()).unwrap();
    let log = fs::read(scene.dir.path().join("history.db-wal")).unwrap();
    let mut seen = 0;
    for length in (0..=log.len()).step_by(2_999).chain([log.len()]) {
        let elsewhere = tempfile::tempdir().unwrap();
        let path = elsewhere.path().join(HISTORY_FILE);
        fs::write(&path, &database).unwrap();
        fs::write(elsewhere.path().join("history.db-wal"), &log[..length]).unwrap();
        let store = Store::open(&path).unwrap();
        let kept = words(&store.history(Some(ANA), None, Span::Latest, 100).await.unwrap());
        let expected: Vec<_> = (1..=kept.len()).map(|number| format!("number {number}")).collect();
        assert_eq!(kept, expected);
        let last = store.lanes_out().await.unwrap().first().map_or(0, |(_, lane)| lane.last);
        assert_eq!(last, kept.len() as u64);
        assert!(kept.len() >= seen);
        seen = kept.len();
    }
    assert_eq!(seen, 12);
}
