//! Commands, their exit codes, and what they print for a person.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use rustix::process::Signal;
use serde_json::json;

use crate::pair::{Pair, SOON, person};
use crate::support::process::Output;
use crate::support::within;

#[test]
fn wrong_usage_is_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let ana = person("ana", folder.path());
    for args in [
        ["frobnicate"].as_slice(),
        &["--frobnicate"],
        &["send"],
        &["send", "luis"],
        &["send", "luis", "hola", "--wait", "never"],
        &["send", "luis", "hola", "--timeout", "soon"],
        &["share", "luis"],
        &["node", "--accept", "maybe"],
        &["node", "--nickname", ""],
        &["history", "--limit", "some"],
        &["export", "luis", "--format", "pdf"],
        &["completions", "cobol"],
    ] {
        let output = ana.run(args);
        assert_eq!(output.code, Some(2), "{args:?}: {output:#?}");
        assert_eq!(output.stdout, "", "{args:?}");
        assert_ne!(output.stderr, "", "{args:?}");
    }
    assert!(!ana.data().join("identity.key").exists(), "a command that isn't carried out makes nothing");
}

#[test]
fn help_and_version_are_results() {
    let folder = tempfile::tempdir().unwrap();
    let ana = person("ana", folder.path());
    let help = ana.run(&["--help"]).expect(0).stdout;
    for command in [
        "node",
        "id",
        "peers",
        "send",
        "share",
        "accept",
        "decline",
        "pause",
        "resume",
        "cancel",
        "transfers",
        "history",
        "export",
        "add",
        "forget",
    ] {
        assert!(help.contains(command), "{command} in {help}");
    }
    assert!(ana.run(&["--version"]).expect(0).stdout.contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_know_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    let ana = person("ana", folder.path());
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = ana.run(&["completions", shell]).expect(0).stdout;
        assert!(script.contains("vecino") && script.contains("history"), "{shell}: {script}");
    }
}

#[test]
fn without_a_display_the_app_says_what_to_do_instead() {
    let folder = tempfile::tempdir().unwrap();
    person("ana", folder.path()).run(&[]).expect_words(1, &["vecino node", "vecino send"]);
}

#[test]
fn an_id_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let ana = person("ana", folder.path());
    let id = ana.id();
    assert_eq!(ana.id(), id);
    assert!(ana.run(&["id"]).expect(0).stdout.contains(&id));
    let (_node, ready) = ana.ready_node();
    assert_eq!(ready.json["peer_id"], id);
    assert_eq!(ready.json["nickname"], "ana");
    assert_ne!(person("luis", folder.path()).id(), id);
}

#[test]
fn a_node_ends_when_it_is_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let ana = person("ana", folder.path());
    for signal in [Signal::TERM, Signal::INT] {
        let (node, _) = ana.ready_node();
        node.signal(signal);
        node.output(within(SOON)).expect(0);
    }
}

#[test]
fn a_message_can_come_from_standard_input_and_be_read_in_the_history() {
    let pair = Pair::met();
    pair.ana.run_with_input(&["send", "luis", "-"], "dos líneas\nde texto".as_bytes()).expect(0);
    pair.luis.run(&["send", "ana", "visto"]).expect(0);
    let shown = pair.luis.run(&["history", "ana"]).expect(0).stdout;
    let place = |words: &str| shown.find(words).unwrap_or_else(|| panic!("no “{words}” in {shown}"));
    assert!(place("dos líneas") < place("visto"), "oldest first: {shown}");
    let found = pair.ana.run(&["history", "--search", "VIST", "--json"]).expect(0).json();
    assert_eq!(found.as_array().unwrap().iter().map(|message| &message["text"]).collect::<Vec<_>>(), ["visto"]);
    let last = pair.ana.run(&["history", "luis", "--limit", "1", "--json"]).expect(0).json();
    assert_eq!(last[0]["text"], "visto");
}

#[test]
fn a_conversation_is_exported_whole() {
    let pair = Pair::met();
    for text in ["uno", "dos", "tres *estrellas*"] {
        pair.ana.run(&["send", "luis", text]).expect(0);
    }
    let json = pair.luis.run(&["export", "ana", "--format", "json"]).expect(0).json();
    let texts: Vec<&str> = json.as_array().unwrap().iter().map(|message| message["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["uno", "dos", "tres *estrellas*"]);
    let markdown = pair.luis.run(&["export", "ana", "--format", "md"]).expect(0).stdout;
    assert!(markdown.contains("uno") && markdown.contains("estrellas"), "{markdown}");
    let text = pair.luis.run(&["export", "ana", "--format", "txt"]).expect(0).stdout;
    assert!(text.starts_with("Conversation with ana\n") && text.ends_with(" ana\n    tres *estrellas*\n"), "{text}");
    let lines = pair.luis.run(&["export", "ana", "--format", "jsonl"]).expect(0).stdout;
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(serde_json::Value::from(lines), json);
}

#[test]
fn a_confirmation_that_is_not_waited_for_is_not_missed() {
    let pair = Pair::met();
    pair.ana.run(&["send", "luis", "sin prisa", "--wait", "none"]).expect(0);
    // Nobody is at that computer to read it.
    let unread = pair.ana.run(&["send", "luis", "¿lees?", "--wait", "read", "--timeout", "1", "--json"]).expect(4);
    assert_eq!(unread.json()["state"], "delivered");
    let mut luis = pair.luis.control();
    luis.call("mark_read", json!({ "peer": pair.ana_id }));
    let mut ana = pair.ana.control();
    let message = json!({ "message": unread.json()["id"], "state": "read", "timeout_ms": SOON });
    assert_eq!(ana.call("wait_message", message)["state"], "read");
}

#[test]
fn a_reader_who_has_had_enough_is_no_failure() {
    let pair = Pair::met();
    pair.ana.run(&["send", "luis", "hola"]).expect(0);
    let (reader, writer) = std::io::pipe().unwrap();
    let mut history = pair.ana.command(&["history", "luis"]);
    drop(reader);
    let ended = history.stdin(Stdio::null()).stdout(writer).output().unwrap();
    let stderr = String::from_utf8(ended.stderr).unwrap();
    let output = Output { code: ended.status.code(), stdout: String::new(), stderr };
    assert_eq!(output.expect(0).stderr, "");
}

#[test]
fn a_node_outlives_whoever_read_its_events() {
    let folder = tempfile::tempdir().unwrap();
    let ana = person("ana", folder.path());
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = ana.command(&["node", "--json", "--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0"]);
    let mut node = command.stdin(Stdio::null()).stdout(writer).spawn().unwrap();
    // It holds the writing end of the pipe too.
    drop(command);
    BufReader::new(reader).read_line(&mut String::new()).unwrap();

    let mut control = ana.control();
    for nickname in ["ana uno", "ana dos"] {
        assert_eq!(control.call("set_nickname", json!({ "nickname": nickname }))["nickname"], nickname);
    }
    assert_eq!(node.try_wait().unwrap(), None);
    node.kill().unwrap();
    node.wait().unwrap();
}
