//! A relay that lies: it can keep people apart and hold up what they say, and nothing else.

mod circuits;
mod relay;
mod streams;

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use libp2p::identity::Keypair;
use serde_json::Value;
use tempfile::TempDir;
use vecino::model::{Nickname, PeerId, Presence};
use vecino::net::card;
use vecino::protocol::wire::roster::{Card, SignedCard, WireListing};

use crate::support::process::Process;
use crate::support::profile::{Profile, is_gone, is_reached};
use crate::support::within;
use circuits::Way;
use relay::FalseRelay;

/// Milliseconds in which something that needs no waiting comes.
const SOON: u64 = 10_000;

/// Milliseconds in which what was held up comes once the relay is honest: longer than any rest between two tries.
const COMES: u64 = 30_000;

/// Bytes of a file that a relay betrays.
const FILE: usize = 4_000_000;

/// How long a relay may take to betray somebody who wants something of it.
const BETRAYS: Duration = Duration::from_secs(20);

/// Ana and Luis, who reach each other through a relay of the test's own, and in no other way.
struct Betrayed {
    relay: FalseRelay,
    ana: Profile,
    luis: Profile,
    ana_node: Process,
    luis_node: Process,
    // After the nodes, which write into it until they end.
    folder: TempDir,
}

/// Somebody who reaches others through this relay alone.
fn person(nickname: &str, relay: &FalseRelay, folder: &TempDir) -> Profile {
    Profile::behind_relay(nickname, folder.path().join(nickname), &relay.address)
}

impl Betrayed {
    /// Both see each other and have spoken, so that neither is a stranger to the other.
    fn met() -> Self {
        let (relay, folder) = (FalseRelay::start(), tempfile::tempdir().unwrap());
        let [ana, luis] = ["ana", "luis"].map(|nickname| person(nickname, &relay, &folder));
        let (ana_node, luis_node) = (ana.node(), luis.node());
        let mut both = Self { relay, ana, luis, ana_node, luis_node, folder };
        both.see_each_other();
        both.ana.run(&["send", "luis", "hola"]).expect(0);
        both.luis.run(&["send", "ana", "hola"]).expect(0);
        both
    }

    fn see_each_other(&mut self) {
        self.ana_node.wait_for("luis", within(COMES), |event| is_reached(event, "luis", "relayed"));
        self.luis_node.wait_for("ana", within(COMES), |event| is_reached(event, "ana", "relayed"));
    }

    /// Both write so many messages, which need not arrive.
    fn both_write(&self, words: &str, count: usize) -> [Vec<String>; 2] {
        // As long as it takes for one in some of them to be tampered with.
        let text = |who: &str, number| format!("{who} {words} {number:02} {}", "x".repeat(1_500));
        [(&self.ana, "luis"), (&self.luis, "ana")].map(|(from, to)| {
            let texts: Vec<String> = (0..count).map(|number| text(&from.nickname, number)).collect();
            for text in &texts {
                from.run(&["send", to, text, "--wait", "none"]).expect(0);
            }
            texts
        })
    }

    /// Waits until the relay has betrayed somebody so often.
    fn is_betrayed(&self, times: usize) {
        let deadline = Instant::now() + BETRAYS;
        while self.relay.betrayals() < times {
            assert!(Instant::now() < deadline, "betrayed {} times", self.relay.betrayals());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Everything that either wrote since the hellos arrives: once, in order, and nothing else does.
    fn all_arrives(&self, written: &[Vec<String>; 2]) {
        let deadline = within(COMES);
        let sides = [(&self.ana, "luis"), (&self.luis, "ana")];
        let is_delivered = |message: &Value| message["from"] == "peer" || message["state"] == "delivered";
        let all = written[0].len() + written[1].len() + 2;
        loop {
            let histories = sides.map(|(person, peer)| person.history(peer));
            let complete = |history: &Vec<Value>| history.len() >= all && history.iter().all(is_delivered);
            if histories.iter().all(complete) || Instant::now() > deadline {
                let texts = |history: &[Value], from: &str| -> Vec<Value> {
                    history
                        .iter()
                        .filter(|message| message["from"] == from)
                        .map(|message| message["text"].clone())
                        .skip(1)
                        .collect()
                };
                for (number, written) in written.iter().enumerate() {
                    assert_eq!(texts(&histories[number], "me"), *written, "at its author");
                    assert_eq!(texts(&histories[1 - number], "peer"), *written, "at the other side");
                }
                assert!(histories.iter().all(complete), "all of it is there, and shown as delivered");
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
}

#[test]
fn circuits_that_are_cut_held_up_or_tampered_with_only_cost_time() {
    let both = Betrayed::met();
    let mut written = [Vec::new(), Vec::new()];
    for way in [Way::Cut, Way::Delay, Way::Repeat, Way::Swap, Way::Flip, Way::Lose] {
        both.relay.carries(way);
        for (all, now) in written.iter_mut().zip(both.both_write(&format!("{way:?}"), 6)) {
            all.extend(now);
        }
        both.is_betrayed(2);
        both.relay.carries(Way::Honest);
        both.all_arrives(&written);
    }
}

#[test]
fn circuits_that_are_denied_or_ignored_only_cost_time() {
    let mut both = Betrayed::met();
    let mut written = [Vec::new(), Vec::new()];
    for way in [Way::Deny, Way::Ignore] {
        both.relay.carries(way);
        for (all, now) in written.iter_mut().zip(both.both_write(&format!("{way:?}"), 1)) {
            all.extend(now);
        }
        both.is_betrayed(1);
        both.relay.carries(Way::Honest);
        // Whoever was said not to be here is here again by the relay's next word.
        both.relay.lists(|list| list);
        both.all_arrives(&written);
    }
    both.ana_node.stays_without("doubts", within(500), |event| event["state"] == "failed");
}

#[test]
fn who_is_connected_with_somebody_else_notices() {
    let both = Betrayed::met();
    let eva = person("eva", &both.relay, &both.folder);
    let mut eva_node = eva.node();
    eva_node.wait_for("ana", within(SOON), |event| is_reached(event, "ana", "relayed"));
    let eva_id: libp2p::PeerId = eva.id().parse().unwrap();

    both.relay.carries(Way::Elsewhere(eva_id));
    let written = both.both_write("secreto", 1);
    both.is_betrayed(2);
    assert_eq!(both.ana.history("luis").last().unwrap()["state"], "queued");
    eva_node.stays_without("what isn't hers", within(500), |event| event["event"] == "message");
    for person in ["ana", "luis"] {
        assert_eq!(eva.history(person), [Value::Null; 0]);
    }
    both.relay.carries(Way::Honest);
    both.all_arrives(&written);
}

#[test]
fn a_file_arrives_whole_whatever_is_done_to_its_circuits() {
    let both = Betrayed::met();
    // Units get through, and the file doesn't: on its way it's betrayed at least four times.
    both.relay.is_honest_for(FILE / 4);
    let mut content = vec![0; FILE];
    for way in [Way::Cut, Way::Delay, Way::Repeat, Way::Swap, Way::Flip, Way::Lose, Way::Deny, Way::Ignore] {
        let name = format!("{way:?}.bin");
        fastrand::fill(&mut content);
        fs::write(both.ana.home.join(&name), &content).unwrap();
        both.relay.carries(way);
        let start = Instant::now();
        let sharing = both.ana.start(&["share", "luis", &name]);
        let wanted = if matches!(way, Way::Deny | Way::Ignore) { 1 } else { 2 };
        both.is_betrayed(wanted);
        both.relay.carries(Way::Honest);
        // Whoever was said not to be here is here again by the relay's next word.
        both.relay.lists(|list| list);
        sharing.output(within(COMES)).expect(0);
        println!("{way:?}: arrived after {:?}", start.elapsed());
        let saved = fs::read(both.luis.downloads().join(&name)).unwrap();
        assert!(saved == content, "{way:?}: another file");
    }
    let saved = fs::read_dir(both.luis.downloads()).unwrap().count();
    assert_eq!(saved, 8, "each once, and nothing half done is left");
}

/// A card of somebody called `nickname`, made out to `relay`, with the key that signed it.
fn card(nickname: &str, relay: &PeerId) -> (PeerId, SignedCard) {
    let keypair = Keypair::generate_ed25519();
    let card = Card {
        nickname: Nickname::new(nickname).unwrap(),
        presence: Presence::Online,
        port: None,
        // Newer than anything that anybody says of themself.
        seq: u64::MAX / 4,
        relay: *relay,
    };
    let id = PeerId::from_bytes(&keypair.public().to_peer_id().to_bytes()).unwrap();
    (id, card::sign(&keypair, &card).unwrap())
}

#[test]
fn nobody_is_listed_by_what_they_did_not_sign() {
    let mut both = Betrayed::met();
    let luis_id: PeerId = both.luis.id().parse().unwrap();
    let relay = both.relay.id;
    let elsewhere = PeerId::from_public_key([7; 32]);
    both.relay.lists(move |mut list| {
        let (stranger, signed) = card("impostor", &relay);
        // Another's card under Luis's name, one that was made out to another relay, one that was changed.
        list.push(WireListing::new(&luis_id, &signed, None));
        let (_, of_another) = card("impostor", &elsewhere);
        list.push(WireListing::new(&stranger, &of_another, None));
        let mut renamed = list[0].clone();
        let name_at = renamed.c.windows(3).position(|bytes| bytes == b"ana" || bytes == b"lui").unwrap();
        renamed.c[name_at] ^= 1;
        list.push(renamed);
        let (own, made_out_elsewhere) = card("fantasma", &elsewhere);
        list.push(WireListing::new(&own, &made_out_elsewhere, None));
        list
    });
    let is_forged = |event: &Value| {
        let name = event["nickname"].as_str().unwrap_or_default();
        event["event"] == "peer" && !["ana", "luis"].contains(&name)
    };
    both.ana_node.stays_without("somebody who isn't there", within(2_000), is_forged);
    assert_eq!(names(&both.ana), ["luis"]);
    let written = both.both_write("todavía", 1);
    both.all_arrives(&written);
}

/// The nicknames that somebody is shown.
fn names(person: &Profile) -> Vec<Value> {
    let peers = person.run(&["peers", "--json"]).expect(0).json();
    peers.as_array().unwrap().iter().map(|peer| peer["nickname"].clone()).collect()
}

#[test]
fn people_who_are_hidden_are_found_again_and_nothing_is_lost_meanwhile() {
    let mut both = Betrayed::met();
    both.relay.carries(Way::Deny);
    both.relay.lists(|_| Vec::new());
    both.ana_node.wait_for("luis gone", within(SOON), |event| is_gone(event, "luis"));
    both.luis_node.wait_for("ana gone", within(SOON), |event| is_gone(event, "ana"));
    let written = both.both_write("oculto", 2);
    both.relay.carries(Way::Honest);
    both.relay.lists(|list| list);
    both.see_each_other();
    both.all_arrives(&written);
}

#[test]
fn who_left_and_is_still_listed_has_got_nothing() {
    let Betrayed { relay, ana, luis, mut ana_node, luis_node, folder: _folder } = Betrayed::met();
    let kept = relay.members();
    relay.lists(move |_| kept.clone());
    luis_node.kill9();
    ana.run(&["send", "luis", "¿estás?", "--timeout", "2"]).expect(4);
    assert_eq!(ana.history("luis").last().unwrap()["state"], "queued");
    relay.lists(|list| list);
    ana_node.wait_for("luis gone", within(SOON), |event| is_gone(event, "luis"));
    let mut luis_node = luis.node();
    luis_node.wait_for("what waited", within(COMES), |event| event["text"] == "¿estás?");
}

#[test]
fn an_old_card_shown_again_is_corrected_by_who_it_is_about() {
    let Betrayed { relay, ana: _, luis, mut ana_node, luis_node, folder: _folder } = Betrayed::met();
    let old = relay.members();
    luis_node.terminate();
    relay.lists(move |list| {
        let old_of = |listing: &WireListing| old.iter().find(|older| older.i == listing.i).cloned();
        list.into_iter().map(|listing| old_of(&listing).unwrap_or(listing)).collect()
    });
    let args = ["node", "--json", "--nickname", "lucho", "--no-mdns", "--only-relayed", "--relay", &relay.address];
    let mut luis_node = luis.start(&args);
    luis_node.wait_for("ana", within(COMES), |event| is_reached(event, "ana", "relayed"));
    // On a circuit they hear it from each other.
    luis.run(&["send", "ana", "soy yo", "--timeout", "30"]).expect(0);
    ana_node.wait_for("his true name", within(SOON), |event| is_reached(event, "lucho", "relayed"));
}
