//! Ten thousand lines on the control socket that are no requests: the node answers each with an error and goes on.

use std::io::{Read, Write};
use std::net::Shutdown;

use serde_json::{Value, json};

use crate::pair::{Pair, SOON};
use crate::support::control::connect;
use crate::support::profile::Profile;
use crate::support::within;

const FRAMES: usize = 10_000;
const FRAMES_A_CONNECTION: usize = 100;

/// Requests that would change something, were they not cut off before their end.
const REQUESTS: [&str; 5] = [
    r#"{"id":1,"op":"set_nickname","nickname":"otra"}"#,
    r#"{"id":2,"op":"send","peer":"luis","text":"no debe llegar"}"#,
    r#"{"id":3,"op":"mark_read","peer":"luis"}"#,
    r#"{"id":4,"op":"history","peer":"luis","limit":10}"#,
    r#"{"vecino":1}"#,
];

/// A line, without its end, that is no valid request.
fn frame(rng: &mut fastrand::Rng) -> Vec<u8> {
    match rng.u8(..8) {
        0 => REQUESTS[rng.usize(..REQUESTS.len())].as_bytes()[..rng.usize(1..10)].to_vec(),
        1 => {
            let request = REQUESTS[rng.usize(..REQUESTS.len())];
            request.as_bytes()[..rng.usize(1..request.len())].to_vec()
        }
        2 => [b"[".repeat(rng.usize(1..5_000)), b"1".to_vec()].concat(),
        3 => format!(r#"{{"id":{},"op":"{}"}}"#, rng.i64(..), rng.alphabetic()).into_bytes(),
        4 => json!({ "id": rng.f64(), "op": ["send"], "peer": null, "text": {} }).to_string().into_bytes(),
        5 => json!({ "id": 1, "op": "send", "peer": "luis", "text": rng.u64(..) }).to_string().into_bytes(),
        _ => {
            let length = rng.usize(1..256);
            std::iter::repeat_with(|| rng.u8(..)).filter(|byte| *byte != b'\n').take(length).collect()
        }
    }
}

/// Writes `lines` on a connection of its own; all that came back, once the node has closed it too.
fn answers_to(profile: &Profile, lines: &[u8]) -> Vec<Value> {
    let mut stream = connect(&profile.data());
    // The node may close a connection that breaks the protocol before it has read all of it.
    let _ = stream.write_all(lines);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answers = Vec::new();
    let _ = stream.read_to_end(&mut answers);
    let lines = answers.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

/// The node still does what it is there for, and nothing has happened to it.
fn still_serves(pair: &Pair) {
    let mut control = pair.ana.control();
    assert_eq!(control.call("me", json!({}))["nickname"], "ana");
    assert_eq!(control.call("history", json!({ "peer": pair.luis_id })), json!([]));
    pair.ana.run(&["peers"]).expect(0);
}

#[test]
fn random_and_truncated_lines_are_answered_with_errors() {
    let pair = Pair::met();
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let bystander = &mut pair.ana.control();
    for _ in 0..FRAMES / FRAMES_A_CONNECTION {
        let mut lines = b"{\"vecino\":1}\n".to_vec();
        for _ in 0..FRAMES_A_CONNECTION {
            lines.extend(frame(&mut rng));
            lines.push(b'\n');
        }
        let answers = answers_to(&pair.ana, &lines);
        let (welcome, errors) = answers.split_first().unwrap();
        assert_eq!(welcome["vecino"], 1, "{welcome}");
        assert_eq!(errors.len(), FRAMES_A_CONNECTION);
        let not_refused: Vec<&Value> = errors.iter().filter(|answer| answer["error"]["kind"].is_null()).collect();
        assert!(not_refused.is_empty(), "{not_refused:?}");
        bystander.call("me", json!({}));
    }
    still_serves(&pair);
}

#[test]
fn a_stranger_to_the_protocol_gets_an_error_and_no_more() {
    let pair = Pair::met();
    let mut rng = fastrand::Rng::with_seed(7);
    for _ in 0..200 {
        let mut lines = [frame(&mut rng), b"\n".to_vec()].concat();
        lines.extend_from_slice(b"{\"id\":1,\"op\":\"set_nickname\",\"nickname\":\"otra\"}\n");
        let answers = answers_to(&pair.ana, &lines);
        assert!(answers.iter().all(|answer| answer.get("ok").is_none()), "{answers:?}");
    }
    let other_version = answers_to(&pair.ana, b"{\"vecino\":99}\n{\"id\":1,\"op\":\"me\"}\n");
    assert_eq!(other_version.len(), 1, "{other_version:?}");
    assert!(other_version[0]["error"]["message"].as_str().unwrap().contains("99"));
    still_serves(&pair);
}

#[test]
fn a_line_without_end_is_not_read_without_end() {
    let pair = Pair::met();
    let endless = [b"{\"vecino\":1}\n".as_slice(), &b"x".repeat(3 * 1024 * 1024)].concat();
    let answers = answers_to(&pair.ana, &endless);
    assert!(answers.iter().all(|answer| answer.get("ok").is_none()), "{answers:?}");
    still_serves(&pair);
}

#[test]
fn many_connections_that_say_nothing_keep_nobody_out_for_long() {
    let mut pair = Pair::met();
    let idle: Vec<_> = (0..500).map(|_| connect(&pair.ana.data())).collect();
    pair.luis.run(&["send", "ana", "¿sigues ahí?"]).expect(0);
    pair.ana_node.wait_for("the message", within(SOON), |event| event["event"] == "message");
    drop(idle);
    pair.ana.run(&["send", "luis", "sí"]).expect(0);
}
