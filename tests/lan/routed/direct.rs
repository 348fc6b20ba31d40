//! A direct way appears and goes while people chat and a file is on its way: it's taken as long as it's there.

use std::time::Instant;

use super::chat::{assert_kept, chat_while};
use super::{LIMIT, MOVES, apart, members, say};
use crate::host::{Host, Network};
use crate::reception::Reception;
use crate::sharing::{TRANSFERRED, accept, hash, offer, transfer, wait_for_bytes, wait_for_state, write_file};
use crate::support::profile::is_reached;
use crate::support::{sandbox, within};

/// Megabits a second that Ana's computer sends, so that the file is under way for longer than both moves take.
const MEGABITS: u32 = 20;
const FILE: usize = 100_000_000;

/// How many bytes of a file are there, which isn't all of it.
fn on_its_way(host: &Host, id: &str) -> u64 {
    let there = transfer(host, id)["done"].as_u64().unwrap();
    assert!(there < FILE as u64, "the file isn't on its way any more");
    there
}

#[test]
fn it_is_taken_in_the_middle_of_a_transfer_and_left_again() {
    sandbox::run(LIMIT, || {
        let network = Network::of(2);
        network.add_router();
        let (hosts, reception) = (apart(&network), Reception::of(&network, "reception"));
        let [ana, luis] = &hosts;
        let [mut ana_node, mut luis_node] = members(&hosts, &[&reception]);
        let ids = [ana.id(), luis.id()];
        // Neither is a stranger to the other, who might send only so much.
        say(ana, "luis", "hola");
        say(luis, "ana", "hola");
        ana.limit_rate(MEGABITS);
        let path = write_file(ana, "película.mkv", FILE, 1);
        let id = offer(ana, "luis", &path);
        accept(luis, &mut luis_node);
        wait_for_bytes(&mut luis_node, &id, FILE as u64 / 20);

        let written = chat_while(&hosts, &ids, || {
            ana.route_to(luis);
            let deadline = within(MOVES);
            let start = Instant::now();
            let moved = luis_node.wait_for("a direct way", deadline, |event| is_reached(event, "ana", "direct"));
            ana_node.wait_for("a direct way", deadline, |event| is_reached(event, "luis", "direct"));
            println!("direct after {:?}", moved.at - start);
            let there = on_its_way(luis, &id);
            // What was asked for through the relay may still come through it.
            let settled = there + FILE as u64 / 10;
            wait_for_bytes(&mut luis_node, &id, settled);
            let before = reception.host.sent_bytes();
            wait_for_bytes(&mut luis_node, &id, settled + FILE as u64 / 10);
            let carried = reception.host.sent_bytes() - before;
            assert!(carried < FILE as u64 / 100, "{carried} bytes still went through the relay");

            ana.unroute(luis);
            let (start, deadline) = (Instant::now(), within(MOVES));
            on_its_way(luis, &id);
            let moved = luis_node.wait_for("the relay", deadline, |event| is_reached(event, "ana", "relayed"));
            ana_node.wait_for("the relay", deadline, |event| is_reached(event, "luis", "relayed"));
            println!("relayed again after {:?}", moved.at - start);
            on_its_way(luis, &id);
            wait_for_state(&mut luis_node, &id, "done", 2 * TRANSFERRED);
        });
        assert_eq!(hash(&luis.downloads().join("película.mkv")), hash(&path));
        assert_kept(&hosts, &ids, &written, 3);
    });
}
