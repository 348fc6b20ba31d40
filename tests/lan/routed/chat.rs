//! Two people who chat all the while, and whether all of it arrived.

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::host::Host;
use crate::oracle::{discrepancy, settled};

/// The two write to each other as long as `meanwhile` takes; what each has written.
pub fn chat_while(hosts: &[Host; 2], ids: &[String; 2], meanwhile: impl FnOnce()) -> [Vec<String>; 2] {
    let [ana, luis] = hosts;
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let writers =
            [(ana, &ids[1]), (luis, &ids[0])].map(|(host, peer)| scope.spawn(|| write_until(&over, host, peer)));
        // Where it fails they have to end, too.
        let outcome = panic::catch_unwind(AssertUnwindSafe(meanwhile));
        over.store(true, Ordering::Relaxed);
        let written = writers.map(|writer| writer.join().unwrap());
        outcome.unwrap_or_else(|cause| panic::resume_unwind(cause));
        written
    })
}

/// Writes five numbered messages a second to a peer until `over` is set; their texts.
fn write_until(over: &AtomicBool, host: &Host, peer_id: &str) -> Vec<String> {
    const PAUSE: Duration = Duration::from_millis(200);
    let mut control = host.control();
    let mut written = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let text = format!("{} {:04}", host.nickname, written.len());
        control.send(peer_id, &text);
        written.push(text);
        thread::sleep(PAUSE);
    }
    written
}

/// Both have all that both have written, once and in order. `others`: messages besides, each a “hola” or an offer.
pub fn assert_kept([ana, luis]: &[Host; 2], ids: &[String; 2], written: &[Vec<String>; 2], others: usize) {
    let all = written[0].len() + written[1].len() + others;
    let histories = settled([(ana, &ids[1]), (luis, &ids[0])], all);
    for (author, other) in [(0, 1), (1, 0)] {
        let chatted = |history: &[Value]| -> Vec<Value> {
            let is_chat = |message: &&Value| message["offer"].is_null() && message["text"] != "hola";
            history.iter().filter(is_chat).cloned().collect()
        };
        let found = discrepancy(&written[author], &chatted(&histories[author]), &chatted(&histories[other]));
        assert_eq!(found, None, "of {} messages", written[author].len());
    }
}
