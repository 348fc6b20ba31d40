//! Folder, lock and identity key.

use std::fs;

use super::*;
use crate::model::{Direction, Reason, TransferState, sample_reasons};

#[cfg(unix)]
pub(super) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[test]
fn the_folder_is_its_owners_alone() {
    let dir = tempfile::tempdir().unwrap();
    let profile = dir.path().join("a/b");
    folder::create(&profile).unwrap();
    assert_eq!(mode(&profile), 0o700);
    folder::create(&profile).unwrap();
    set_mode(&profile, 0o755);
    folder::create(&profile).unwrap();
    assert_eq!(mode(&profile), 0o700);
}

#[cfg(unix)]
#[test]
fn a_folder_that_everyone_uses_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    set_mode(dir.path(), 0o1777);
    assert!(matches!(folder::create(dir.path()), Err(StoreError::SharedFolder(path)) if path == dir.path()));
    assert_eq!(mode(dir.path()), 0o1777);
}

#[test]
fn a_file_where_the_folder_should_be_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "x").unwrap();
    let error = folder::create(&file).unwrap_err();
    assert!(error.to_string().starts_with(&file.display().to_string()), "{error}");
    assert_eq!(fs::read(&file).unwrap(), b"x");
}

#[test]
fn a_private_file_is_replaced_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    folder::write_private(&path, b"one").unwrap();
    folder::write_private(&path, b"two").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"two");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    #[cfg(unix)]
    assert_eq!(mode(&path), 0o600);
    let nowhere = dir.path().join("none/file");
    assert!(matches!(folder::write_private(&nowhere, b""), Err(StoreError::Io { path, .. }) if path == nowhere));
}

#[test]
fn one_lock_a_profile() {
    let dir = tempfile::tempdir().unwrap();
    let held = ProfileLock::acquire(dir.path()).unwrap();
    assert!(matches!(ProfileLock::acquire(dir.path()), Err(StoreError::AlreadyRunning(path)) if path == dir.path()));
    drop(held);
    let _held = ProfileLock::acquire(dir.path()).unwrap();
    #[cfg(unix)]
    {
        assert_eq!(mode(&dir.path().join("lock")), 0o600);
        assert_eq!(fs::read_to_string(dir.path().join("lock")).unwrap(), format!("{}\n", std::process::id()));
    }
}

#[test]
fn an_identity_is_made_once() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(identity::load(dir.path()).unwrap(), None);
    let made = identity::load_or_create(dir.path()).unwrap();
    assert_ne!(*made, [0; 32]);
    assert_eq!(identity::load_or_create(dir.path()).unwrap(), made);
    assert_eq!(identity::load(dir.path()).unwrap(), Some(made.clone()));
    assert_eq!(fs::read(dir.path().join(identity::IDENTITY_FILE)).unwrap(), made.as_slice());
    let other = tempfile::tempdir().unwrap();
    assert_ne!(identity::load_or_create(other.path()).unwrap(), made);
}

#[test]
fn two_that_make_an_identity_at_once_agree() {
    let dir = tempfile::tempdir().unwrap();
    let seeds: Vec<_> = std::thread::scope(|scope| {
        let made: Vec<_> = (0..8).map(|_| scope.spawn(|| identity::load_or_create(dir.path()).unwrap())).collect();
        made.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(seeds.iter().all(|seed| *seed == seeds[0]));
}

#[test]
fn a_bad_identity_is_named_and_stays() {
    for bytes in [Vec::new(), vec![7; 31], vec![7; 33], vec![7; 100_000]] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(identity::IDENTITY_FILE);
        fs::write(&path, &bytes).unwrap();
        let error = identity::load_or_create(dir.path()).unwrap_err();
        assert!(matches!(&error, StoreError::Identity { path: named, .. } if *named == path));
        assert!(error.to_string().contains(&format!("holds {}.", bytes.len())), "{error}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn a_folder_in_the_identitys_place_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(identity::IDENTITY_FILE);
    fs::create_dir(&path).unwrap();
    assert!(matches!(identity::load_or_create(dir.path()), Err(StoreError::Identity { .. })));
    assert!(path.is_dir());
}

#[cfg(unix)]
#[test]
fn an_identity_that_others_may_read_is_closed_to_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(identity::IDENTITY_FILE);
    let made = identity::load_or_create(dir.path()).unwrap();
    assert_eq!(mode(&path), 0o600);
    set_mode(&path, 0o644);
    assert_eq!(identity::load(dir.path()).unwrap(), Some(made));
    assert_eq!(mode(&path), 0o600);
}

#[tokio::test]
async fn a_reason_is_there_again_and_the_words_of_another_version_stand_as_they_are() {
    let mut scene = Scene::new();
    let failed = |number, why: &Reason| {
        let mut row = transfer(number, Direction::In);
        row.transfer.state = TransferState::Failed;
        row.transfer.error = Some(why.clone());
        row
    };
    let rows: Vec<TransferRow> = sample_reasons().iter().zip(100..).map(|(why, number)| failed(number, why)).collect();
    for row in &rows {
        scene.store.put_transfer(row.clone()).await.unwrap();
    }
    scene.reopen().await;
    for row in &rows {
        assert_eq!(scene.store.transfer(row.transfer.id).await.unwrap().as_ref(), Some(row));
    }

    scene.store.close().await.unwrap();
    let other = "the wind has carried it off";
    let database = rusqlite::Connection::open(scene.path()).unwrap();
    database.execute("UPDATE transfers SET error = ?1", [other]).unwrap();
    drop(database);
    scene.store = Store::open(&scene.path()).unwrap();
    let kept = scene.store.transfers().await.unwrap();
    assert!(kept.iter().all(|row| row.transfer.error == Some(Reason::Other(other.to_owned()))), "{kept:?}");
}
