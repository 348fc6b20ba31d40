//! A profile whose files are damaged: named, with a way out, and left as they are.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::pair::{SOON, person};
use crate::support::process::Output;
use crate::support::profile::Profile;
use crate::support::within;

/// Starts a node that is expected to give up.
fn refused_node(ana: &Profile) -> Output {
    ana.node().output(within(SOON))
}

/// Ana's node refuses `content` in `file` of the data directory, names the file, and leaves it.
fn is_refused(file: &str, content: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let ana = person("ana", folder.path());
    fs::create_dir_all(ana.data()).unwrap();
    let path = ana.data().join(file);
    fs::write(&path, content).unwrap();
    let output = refused_node(&ana).expect_words(1, &[file, "left as it is", "move it away"]);
    assert!(!output.stdout.contains("ready"), "{output:#?}");
    assert_eq!(fs::read(&path).unwrap(), content);
}

/// The only file of this name anywhere in the person's folder.
fn file_named(folder: &Path, name: &str) -> Option<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find_map(|path| if path.is_dir() { file_named(&path, name) } else { path.ends_with(name).then_some(path) })
}

#[test]
fn a_database_of_garbage() {
    let mut garbage = vec![0; 100_000];
    fastrand::Rng::with_seed(1).fill(&mut garbage);
    is_refused("history.db", &garbage);
}

#[test]
fn a_database_that_is_a_text() {
    is_refused("history.db", b"Dear diary, today I met my neighbour.\n");
}

#[test]
fn a_key_of_wrong_length() {
    for length in [0, 31, 33, 64] {
        is_refused("identity.key", &vec![7; length]);
    }
}

#[test]
fn a_damaged_key_gives_no_other_identity_to_any_command() {
    let folder = tempfile::tempdir().unwrap();
    let ana = person("ana", folder.path());
    ana.id();
    let key = ana.data().join("identity.key");
    fs::write(&key, [1; 31]).unwrap();
    ana.run(&["id"]).expect_words(1, &["identity.key"]);
    ana.run(&["history"]).expect_words(1, &["identity.key"]);
    assert_eq!(fs::read(&key).unwrap(), [1; 31]);
}

#[test]
fn settings_of_garbage_are_named_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let ana = person("ana", folder.path());
    let (node, _) = ana.ready_node();
    node.terminate();
    let settings = file_named(&ana.home, "settings.toml").expect("the nickname is kept in the settings");
    for (content, line) in [("# mine\nnickname = [", "line 2"), ("port = 7\n\naccept = \"perhaps\"\n", "line 3")] {
        fs::write(&settings, content).unwrap();
        refused_node(&ana).expect_words(1, &["settings.toml", line, "left as it is"]);
        assert_eq!(fs::read_to_string(&settings).unwrap(), content);
    }
}

#[test]
fn an_unknown_setting_is_named_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let ana = person("ana", folder.path());
    let (node, _) = ana.ready_node();
    node.terminate();
    let settings = file_named(&ana.home, "settings.toml").unwrap();
    let content = fs::read_to_string(&settings).unwrap() + "\n# from tomorrow\ndoorbell = \"ding\"\n";
    fs::write(&settings, &content).unwrap();
    let ana = Profile { nickname: "ana maría".to_owned(), ..ana };
    let (node, _) = ana.ready_node();
    let output = node.terminate();
    assert!((output.stdout + &output.stderr).contains("doorbell"));
    let kept = fs::read_to_string(&settings).unwrap();
    assert!(kept.contains("ana maría") && kept.contains("# from tomorrow\ndoorbell = \"ding\""), "{kept}");
}

#[test]
fn a_profile_is_its_owners_alone() {
    fn others_may_not(path: &Path) {
        let mode = fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", path.display());
        if path.is_dir() {
            fs::read_dir(path).unwrap().for_each(|entry| others_may_not(&entry.unwrap().path()));
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let ana = person("ana", folder.path());
    let (_node, _) = ana.ready_node();
    for file in ["identity.key", "history.db", "control.sock"] {
        assert!(ana.data().join(file).exists(), "{file}");
    }
    others_may_not(&ana.data());
}
