//! `vecino demo` where there is no display.

use std::fs;

use crate::pair::person;

#[test]
fn the_demo_plays_to_its_end_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ana = person("ana", folder.path());
    let temporary = folder.path().join("t");
    fs::create_dir(&temporary).unwrap();
    let mut demo = ana.command(&["demo", "--no-window"]);
    demo.env("TMPDIR", &temporary);
    let output = crate::support::process::Process::start("demo", demo).output(crate::support::within(60_000)).expect(0);
    for told in ["ana", "luis", "eva", "josé", "across the relay"] {
        assert!(output.stdout.contains(told), "no {told} in {output:#?}");
    }
    assert_eq!(output.stdout.matches("verified").count(), 2, "a file directly, and one through the relay");
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0, "temporary files are left");
    assert!(!ana.data().join("identity.key").exists(), "the person's own profile isn't touched");
}
