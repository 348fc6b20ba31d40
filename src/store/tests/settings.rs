//! The settings file.

use std::fs;

use super::*;
use crate::model::{AcceptOffers, Drawing, Nickname, Notifications, Settings, ThemeChoice, WindowSize};
use crate::store::settings::{load, save};

fn file(content: &str) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.toml");
    fs::write(&path, content).unwrap();
    (dir, path)
}

fn full() -> Settings {
    Settings {
        nickname: Some(Nickname::new("josé 🌮").unwrap()),
        accept: AcceptOffers::Known,
        receipts: false,
        typing: false,
        download_dir: Some("/tmp/ñandú \"x\"".into()),
        port: 1,
        interfaces: vec!["eth0".into()],
        mdns: false,
        relays: vec!["/ip4/10.0.0.1/tcp/48237".into(), "relay.example:48237".into()],
        relays_found: false,
        notifications: Notifications::Name,
        theme: ThemeChoice::Dark,
        language: Some("es".into()),
        text_size: 125.into(),
        sidebar_width: 350.into(),
        window_size: Some((900, 700).into()),
        drawing: Drawing::GraphicsCard,
        close_to_tray: false,
    }
}

#[test]
fn no_file_means_the_defaults() {
    let dir = tempfile::tempdir().unwrap();
    let (settings, warnings) = load(&dir.path().join("settings.toml")).unwrap();
    assert_eq!((settings, warnings), (Settings::default(), Vec::new()));
}

#[test]
fn what_is_saved_is_loaded_and_no_key_of_ours_is_unknown() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.toml");
    let mut before = Settings::default();
    for settings in [full(), Settings::default(), full()] {
        save(&path, &before, &settings).unwrap();
        assert_eq!(load(&path).unwrap(), (settings.clone(), Vec::new()));
        before = settings;
    }
    #[cfg(unix)]
    assert_eq!(super::files::mode(&path), 0o600);
}

#[test]
fn unknown_keys_are_named() {
    let (_dir, path) = file("port = 5\nnicname = 'ana'\n[window]\nwidth = 3\n");
    let (settings, warnings) = load(&path).unwrap();
    assert_eq!(settings.port, 5);
    assert_eq!(warnings.len(), 2);
    assert!(warnings[0].contains("“nicname”") && warnings[0].contains("settings.toml"), "{}", warnings[0]);
    assert!(warnings[1].contains("“window”"), "{}", warnings[1]);
}

#[test]
fn saving_keeps_comments_order_and_unknown_keys() {
    let (_dir, path) = file(
        "# my own\ntheme = 'dark' # at night\n\n# the firewall knows it\nport = 5\nlanguage = 'es'\nfuture = [1, 2]\n\n[window]\nwidth = 3\n",
    );
    let settings = Settings { port: 6, theme: ThemeChoice::Dark, mdns: false, ..Settings::default() };
    save(&path, &load(&path).unwrap().0, &settings).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(load(&path).unwrap().0, settings);
    assert!(
        text.starts_with("# my own\ntheme = 'dark' # at night\n\n# the firewall knows it\nport = 6\nfuture = [1, 2]\n"),
        "{text}"
    );
    assert!(text.ends_with("\n[window]\nwidth = 3\n"), "{text}");
    assert!(!text.contains("language"), "{text}");
}

#[test]
fn what_somebody_else_wrote_meanwhile_stays() {
    let (_dir, path) = file("port = 5\nlanguage = 'es'\ntheme = 'dark'\n");
    let before = load(&path).unwrap().0;
    let written = "port = 6 # the new firewall\nmdns = false\n";
    fs::write(&path, format!("{written}theme = 'light'\n")).unwrap();
    let after = Settings { theme: ThemeChoice::System, window_size: Some((900, 700).into()), ..before.clone() };
    save(&path, &before, &after).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with(written), "{text}");
    assert_eq!(load(&path).unwrap().0, Settings { port: 6, mdns: false, language: None, ..after });
}

#[test]
fn where_the_file_is_gone_all_is_written() {
    let (_dir, path) = file("port = 5\n");
    let before = load(&path).unwrap().0;
    fs::remove_file(&path).unwrap();
    let after = Settings { mdns: false, ..before.clone() };
    save(&path, &before, &after).unwrap();
    assert_eq!(load(&path).unwrap().0, after);
}

#[test]
fn a_list_is_written_anew_only_where_it_says_something_else() {
    let written = "relays = [\n  \"10.0.0.1\", # the cellar's\n  '10.0.0.2',\n]\nmdns = true\nrelays_found = true\n";
    let (_dir, path) = file(&format!("{written}port = 5\ntheme = 'dark'\naccept = 'ask'\n"));
    let mut settings = load(&path).unwrap().0;
    assert_eq!(settings.relays, ["10.0.0.1", "10.0.0.2"]);
    save(&path, &Settings::default(), &settings).unwrap();
    assert!(fs::read_to_string(&path).unwrap().starts_with(written));
    let before = settings.clone();
    settings.relays.pop();
    save(&path, &before, &settings).unwrap();
    assert!(fs::read_to_string(&path).unwrap().starts_with("relays = [\"10.0.0.1\"]\nmdns"));
    assert_eq!(load(&path).unwrap(), (settings.clone(), Vec::new()));
    let before = settings.clone();
    settings.relays.clear();
    save(&path, &before, &settings).unwrap();
    assert!(!fs::read_to_string(&path).unwrap().contains("relays ="));
}

#[test]
fn a_window_is_no_larger_than_can_be_drawn() {
    for (written, size) in [("[65535, 700]", (WindowSize::MOST, 700)), ("[900, 4097]", (900, WindowSize::MOST))] {
        let (_dir, path) = file(&format!("window_size = {written}\n"));
        assert_eq!(load(&path).unwrap().0.window_size.map(<(u16, u16)>::from), Some(size), "{written}");
    }
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_stays() {
    for (content, line, cause) in [
        ("port = 5\nport = 6\n", Some(2), "duplicate key"),
        ("mdns = true\n\ntheme = 'pink'\n", Some(3), "unknown variant `pink`"),
        ("port = 99999\n", Some(1), "99999"),
        ("nickname = ''\n", Some(1), "at least one visible character"),
        ("# fine\nport = \n", Some(2), ""),
        ("accept = 3\n", Some(1), "string"),
        ("port = 5\nrelays = '10.0.0.1'\n", Some(2), "sequence"),
    ] {
        let (_dir, path) = file(content);
        let error = load(&path).map(drop).unwrap_err();
        let StoreError::Settings { path: named, line: at, cause: why } = &error else { panic!("{error}") };
        assert_eq!((named, *at), (&path, line), "{content}: {error}");
        let why = why.to_string();
        assert!(why.contains(cause) && !why.contains('\n'), "{content}: {why}");
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
}

#[test]
fn a_file_that_is_no_toml_is_not_saved_over() {
    for content in [b"port = = 5".as_slice(), b"\xff\xfe", &[b' '; 2 * 1024 * 1024]] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        fs::write(&path, content).unwrap();
        assert!(matches!(load(&path), Err(StoreError::Settings { .. })));
        assert!(matches!(save(&path, &Settings::default(), &full()), Err(StoreError::Settings { .. })));
        assert_eq!(fs::read(&path).unwrap(), content);
    }
}

#[cfg(unix)]
#[test]
fn a_link_to_the_settings_stays_one() {
    let (dir, path) = file("port = 5 # here\n");
    let link = dir.path().join("link.toml");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    save(&link, &Settings::default(), &full()).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&path).unwrap().contains("port = 1 # here\n"));
}
