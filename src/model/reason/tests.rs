use std::io::{self, ErrorKind};

use proptest::prelude::*;

use super::sample::reasons;
use super::*;

#[test]
fn every_reason_is_read_again_from_its_words() {
    for reason in reasons() {
        let json = serde_json::to_string(&reason).unwrap();
        assert_eq!(json, serde_json::to_string(&reason.to_string()).unwrap(), "its JSON is its words");
        assert_eq!(serde_json::from_str::<Reason>(&json).unwrap(), reason, "{json}");
        // A path stands first, if at all.
        if !matches!(reason, Reason::At { .. }) {
            let held = Reason::Unwritable(Box::new(reason));
            assert_eq!(Reason::from(held.to_string()), held);
        }
    }
}

#[test]
fn no_two_reasons_have_the_same_words() {
    let mut words: Vec<String> = Plain::ALL.iter().map(ToString::to_string).collect();
    words.extend(FileReason::ALL.iter().map(ToString::to_string));
    let count = words.len();
    words.sort();
    words.dedup();
    assert_eq!(words.len(), count);
}

#[test]
fn what_stands_in_older_databases_is_known() {
    let full = io::Error::from_raw_os_error(if cfg!(windows) { 112 } else { 28 });
    for (words, reason) in [
        ("the sender has cancelled it".to_owned(), Plain::SenderCancelled.into()),
        (
            "holiday/a: b.jpg can't be read by its sender".to_owned(),
            Reason::file("holiday/a: b.jpg", FileReason::UnreadableThere),
        ),
        (
            format!("/media/usb: {full}"),
            Reason::at(Path::new("/media/usb"), Reason::System { fault: Fault::NoSpace, words: full.to_string() }),
        ),
        (
            "/a: b: not enough room: it needs 12 bytes, 3 are free".to_owned(),
            Reason::at(Path::new("/a: b"), Reason::NoRoom { needed: 12, free: 3 }),
        ),
    ] {
        assert_eq!(Reason::from(words.as_str()), reason, "{words}");
        assert_eq!(reason.to_string(), words);
    }
}

#[test]
fn words_of_others_stay_as_they_are() {
    for words in [
        "",
        "the disk is full",
        "connection refused (os error 111)",
        "3 of many files could not be had; the first: x",
        "no answer in 007s",
        "no answer in NaNs",
        "somebody else is there: nobody",
        "not enough room: it needs +1 bytes, 2 are free",
        "it can't be written (",
        "something (os error 4294967296)",
    ] {
        assert_eq!(Reason::from(words), Reason::Other(words.to_owned()));
    }
    let nested = "the relay isn't reached: ".repeat(600);
    assert_eq!(Reason::from(nested.as_str()).to_string(), nested);
    let colons = ": ".repeat(8_000);
    assert_eq!(Reason::from(colons.as_str()), Reason::Other(colons));
}

#[test]
fn the_system_s_errors_are_told_apart_and_keep_their_words() {
    let missing = std::path::PathBuf::from("no such place/at all");
    for fault in Fault::all() {
        for kind in fault.kinds() {
            let reason = Reason::from(io::Error::from(*kind));
            assert_eq!(reason, Reason::System { fault, words: kind.to_string() });
            let own = io::Error::new(*kind, "in words of its own");
            assert_eq!(Reason::from(own), Reason::System { fault, words: "in words of its own".to_owned() });
        }
    }
    let denied = io::Error::from_raw_os_error(if cfg!(windows) { 5 } else { 13 });
    let placed = format!("{denied} at path {missing:?}");
    assert_eq!(Reason::from(&denied), Reason::System { fault: Fault::NoPermission, words: denied.to_string() });
    assert_eq!(Reason::from(placed.as_str()), Reason::System { fault: Fault::NoPermission, words: placed });
    let own = io::Error::new(ErrorKind::NotFound, Plain::SomeGone.words());
    assert_eq!(Reason::from(own), Plain::SomeGone.into());
    let rare = io::Error::other("out of ideas");
    assert_eq!(Reason::from(rare), Reason::Other("out of ideas".to_owned()));
}

proptest! {
    #[test]
    fn words_are_never_changed(words in ".*") {
        prop_assert_eq!(Reason::from(words.as_str()).to_string(), words);
    }

    #[test]
    fn neither_are_those_with_a_name_of_somebody(name in ".*", lost in 0_u64..9, kept in 0_usize..90) {
        let reasons = reasons();
        let why = reasons[kept % reasons.len()].clone();
        let first = Box::new(Reason::file(name, why));
        let several = Reason::Several { lost, files: 9, first }.to_string();
        prop_assert_eq!(Reason::from(several.as_str()).to_string(), several);
    }
}
