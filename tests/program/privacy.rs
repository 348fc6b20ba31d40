//! Strangers' texts in a terminal, and everybody's texts in logs.

use std::fs;

use crate::pair::{Pair, SOON};
use crate::support::within;

#[test]
fn texts_and_file_names_do_not_reach_the_logs() {
    const CANARY: &str = "canario";
    let mut pair = Pair::met_with(&["--verbose", "--accept", "all"]);
    let sent = pair.ana.run(&["send", "luis", "un canario en la mina", "--verbose"]).expect(0);
    let file = pair.ana.home.join("canario amarillo.txt");
    fs::write(&file, "pío").unwrap();
    let shared = pair.ana.run(&["share", "luis", file.to_str().unwrap(), "--verbose", "--json"]).expect(0);
    pair.luis_node.wait_for("the file", within(SOON), |event| event["event"] == "transfer" && event["state"] == "done");
    let logs = [sent.stderr, shared.stderr, pair.ana_node.terminate().stderr, pair.luis_node.terminate().stderr];
    for log in &logs {
        assert!(!log.contains(CANARY), "{log}");
    }
    assert!(logs.iter().any(|log| !log.is_empty()), "with --verbose something is logged");
}

#[test]
fn a_strangers_text_can_not_command_the_terminal() {
    let pair = Pair::met();
    let hostile = "\u{1b}[2J\u{1b}]0;título\u{7} \u{9b}31m \u{202e}gpj.exe\u{2066} fin";
    pair.ana.run(&["send", "luis", hostile]).expect(0);
    assert_eq!(pair.luis.history("ana")[0]["text"], hostile, "kept as it was written");
    for args in [["history", "ana"].as_slice(), &["history"], &["history", "--search", "fin"]] {
        let shown = pair.luis.run(args).expect(0).stdout;
        assert!(shown.contains("fin"), "{shown:?}");
        let commands = ['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}', '\u{2066}'];
        assert!(!shown.contains(commands), "{shown:?}");
    }
    // JSON escapes controls by itself.
    let json = pair.luis.run(&["history", "ana", "--json"]).expect(0).stdout;
    assert!(!json.contains(['\u{1b}', '\u{7}']), "{json:?}");
}
