//! What a person or a script may get wrong: a clear answer, no panic, nothing lost.

use serde_json::{Value, json};

use crate::pair::{Pair, person};

/// Three megabytes of text, of which a message takes no more than 64 KiB.
const TOO_LONG: usize = 3_000_000;

#[test]
fn a_message_of_three_megabytes_is_refused_in_words() {
    let pair = Pair::met();
    let text = "larga ".repeat(TOO_LONG / 6);
    pair.ana.run_with_input(&["send", "luis", "-"], text.as_bytes()).expect_words(1, &["3000000 bytes", "65536"]);
    pair.ana.run_with_input(&["send", "nobody", "-"], text.as_bytes()).expect_words(1, &["65536"]);
    pair.ana.run(&["send", "luis", "corta"]).expect(0);
    assert_eq!(pair.luis.history("ana").len(), 1);
}

#[test]
fn a_text_at_the_limit_passes_and_one_byte_more_does_not() {
    let pair = Pair::met();
    let longest = "ñ".repeat(32 * 1024);
    pair.ana.run_with_input(&["send", "luis", "-"], longest.as_bytes()).expect(0);
    pair.ana.run_with_input(&["send", "luis", "-"], format!("{longest}.").as_bytes()).expect_words(1, &["65537"]);
    assert_eq!(pair.luis.history("ana")[0]["text"], longest);
}

#[test]
fn texts_that_are_no_message_are_refused() {
    let pair = Pair::met();
    pair.ana.run(&["send", "luis", " \n"]).expect_words(1, &["empty"]);
    pair.ana.run_with_input(&["send", "luis", "-"], b"a\0b").expect_words(1, &["NUL"]);
    pair.ana.run_with_input(&["send", "luis", "-"], b"\xff\xfe").expect_words(1, &["UTF-8"]);
    let to_oneself = pair.ana.run(&["send", &pair.ana_id, "yo"]);
    assert!(matches!(to_oneself.code, Some(1 | 3)), "{to_oneself:#?}");
    assert_eq!(pair.luis.history("ana"), [Value::Null; 0]);
}

#[test]
fn a_nickname_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let ana = person("ana", folder.path());
    let long = "x".repeat(33);
    for nickname in ["", "  ", "a\nb", "ana\u{202e}siul", "\u{200b}", &long] {
        ana.run(&["node", "--no-mdns", "--nickname", nickname]).expect_words(2, &["nickname"]);
    }
    let (_node, _) = ana.ready_node();
    let mut control = ana.control();
    control.request("set_nickname", json!({ "nickname": "a\u{202e}b" })).unwrap();
    assert!(control.refusal().contains("direction"));
    assert_eq!(control.call("me", json!({}))["nickname"], "ana");
}

#[test]
fn an_address_that_is_none_is_refused_and_one_where_nobody_is_fails() {
    let folder = tempfile::tempdir().unwrap();
    let ana = person("ana", folder.path());
    let (_node, _) = ana.ready_node();
    for address in ["", "nonsense", "/ip4/999.1.1.1/tcp/1", "127.0.0.1:99999", "/ip4/127.0.0.1", "http://127.0.0.1/"] {
        ana.run(&["add", address]).expect_words(1, &["address"]);
    }
    ana.run(&["add", "127.0.0.1:1"]).expect_words(1, &["127.0.0.1", "reached"]);
    person("luis", folder.path()).run(&["node", "--no-mdns", "--listen", "nonsense"]).expect_words(1, &["nonsense"]);
    assert_eq!(ana.run(&["peers", "--json"]).expect(0).json(), json!([]));
}

#[test]
fn what_can_not_be_shared_is_named() {
    let pair = Pair::met();
    let folder = pair.ana.downloads();
    let missing = pair.ana.home.join("falta.txt");
    let [folder, missing] = [&folder, &missing].map(|path| path.to_str().unwrap());
    pair.ana.run(&["share", "luis", missing]).expect_words(1, &["falta.txt"]);
    pair.ana.run(&["share", "luis", folder, missing]).expect_words(1, &["falta.txt"]);
    let words = "larga ".repeat(1_000);
    pair.ana.run(&["share", "luis", folder, "--message", &words]).expect_words(1, &["6000 bytes", "4096"]);
    assert_eq!(pair.ana.run(&["transfers", "--json"]).expect(0).json(), json!([]));
    assert_eq!(pair.luis.history("ana"), [Value::Null; 0]);
}

#[test]
fn a_transfer_that_there_is_not_is_exit_code_3() {
    let pair = Pair::met();
    for command in ["accept", "decline", "pause", "resume", "cancel"] {
        pair.ana.run(&[command, "0123456789"]).expect_words(3, &["0123456789"]);
        pair.ana.run(&[command, "x"]).expect(3);
    }
}

#[test]
fn a_second_node_on_the_profile_is_refused_and_the_first_goes_on() {
    let pair = Pair::met();
    let second = pair.ana.node();
    second.output(crate::support::within(crate::pair::SOON)).expect_words(1, &["running", "data"]);
    pair.ana.run(&["send", "luis", "aquí sigo"]).expect(0);
}
