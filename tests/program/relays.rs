//! A relay as people meet it: something that is used, and nobody to chat with.

use std::path::Path;
use std::time::Duration;

use tokio::runtime::Runtime;
use vecino::model::{Invite, Nickname, Presence};
use vecino::net::{Config, Event, Node};
use vecino::protocol::wire::hello::Introduction;

use crate::pair::{SOON, person};
use crate::support::process::Output;
use crate::support::profile::{Profile, is_gone, is_here, is_reached, is_relay};
use crate::support::relay::Relay;
use crate::support::within;

/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Something on loopback that says hello as a relay does, and carries nothing. It ends with the runtime. Its address.
fn claims_to_be_a_relay(runtime: &Runtime) -> String {
    let mut secret = [0; 32];
    fastrand::fill(&mut secret);
    let listen = ["/ip4/127.0.0.1/tcp/0".to_owned()];
    let listening = async {
        let mut node = Node::start(&Config {
            secret: &secret,
            listen: &listen,
            port: 0,
            interfaces: &[],
            mdns: false,
            only_relayed: false,
        })
        .unwrap();
        while node.addresses().is_empty() {
            node.next().await;
        }
        node
    };
    let limited = async { tokio::time::timeout(PATIENCE, listening).await.unwrap() };
    let mut node = runtime.block_on(limited);
    let address = node.addresses().remove(0);
    runtime.spawn(async move {
        let person = Introduction::new(Nickname::new("reception").unwrap(), Presence::Online, Vec::new());
        let relay = Introduction { relay: true, ..person };
        loop {
            if let Event::Connected(peer) = node.next().await {
                node.introduce(&peer, &relay);
            }
        }
    });
    address
}

#[test]
fn a_relay_that_is_added_is_no_person() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let address = claims_to_be_a_relay(&runtime);
    let ana = person("ana", folder.path());
    let (_node, _) = ana.ready_node();
    let added = ana.run(&["add", &address, "--json"]).expect(0).json();
    assert_eq!((&added["nickname"], &added["relay"]), (&"reception".into(), &true.into()), "{added}");
    assert!(address.ends_with(added["peer_id"].as_str().unwrap()));
    let again = ana.run(&["add", &address]).expect(0);
    assert!(again.stdout.contains("is a relay, and will be used"), "{}", again.stdout);
    assert_eq!(ana.run(&["peers", "--json"]).expect(0).json().as_array().unwrap().len(), 0);
    ana.run(&["send", "reception", "hola"]).expect(3);
}

#[test]
fn a_way_through_a_relay_has_to_be_whole_and_says_where_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let ana = person("ana", folder.path());
    let (_node, _) = ana.ready_node();
    let [relay, peer] = [1, 2].map(|key| vecino::model::PeerId::from_public_key([key; 32]));
    let way = format!("/ip4/127.0.0.1/tcp/1/p2p/{relay}/p2p-circuit");
    ana.run(&["add", &way]).expect_words(1, &["p2p-circuit", "the relay's id and the peer's"]);
    ana.run(&["add", &format!("{way}/p2p/{peer}")]).expect_words(1, &["the relay isn't reached"]);
}

/// A relay on loopback, ready.
fn relay(folder: &Path, more: &[&str]) -> Relay {
    let here = ["--listen", "/ip4/127.0.0.1/tcp/0", "--no-mdns"];
    Profile::new("library", folder.join("library")).relay(&[&here, more].concat())
}

/// Standard output has all of `words`.
fn says(output: &Output, words: &[&str]) {
    assert!(words.iter().all(|words| output.stdout.contains(words)), "{output:#?}");
}

#[test]
fn people_meet_through_a_relay_that_came_with_an_invite() {
    let folder = tempfile::tempdir().unwrap();
    let library = relay(folder.path(), &[]);
    let [ana, luis] = ["ana", "luis"].map(|nickname| person(nickname, folder.path()));
    let mut ana_node = ana.node_with(&["--only-relayed", "--relay", &library.listen[0]]);
    assert_eq!(ana_node.ready().json["listen"], serde_json::json!([]));
    ana_node.wait_for("a place", within(SOON), |event| is_relay(event, "ready"));
    let relays = &ana.run(&["id", "--json"]).expect(0).json()["relays"];
    assert_eq!((&relays[0]["peer_id"], &relays[0]["state"]), (&library.id.clone().into(), &"ready".into()));
    let names: Vec<&String> = relays[0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["address", "nickname", "peer_id", "state"], "scripts rely on them");
    says(&ana.run(&["id"]).expect(0), &["relay library#", "(/ip4/127.0.0.1/tcp/", "): ready"]);

    let link = ana.run(&["id", "--invite"]).expect(0).stdout;
    let mut luis_node = luis.node_with(&["--only-relayed"]);
    luis_node.ready();
    let added = luis.run(&["add", link.trim(), "--json"]).expect(0).json();
    assert_eq!((&added["nickname"], &added["path"]), (&"ana".into(), &"relayed".into()));
    let luis_id = luis.id();
    ana_node.wait_for("luis on the list", within(SOON), |event| is_reached(event, &luis_id, "relayed"));
    luis.run(&["send", "ana", "hola"]).expect(0);
    assert_eq!(ana.history("luis")[0]["text"], "hola");

    // The invite's relay is remembered, and who was met through it. To look into the history nobody appears anywhere.
    luis_node.terminate();
    ana_node.wait_for("luis off the list", within(SOON), |event| is_gone(event, &luis_id));
    assert_eq!(luis.history("ana").len(), 1);
    ana_node.stays_without("luis for a moment", within(500), |event| is_here(event, &luis_id));
    let mut luis_node = luis.node_with(&["--only-relayed"]);
    luis_node.wait_for("ana on the list", within(SOON), |event| is_reached(event, "ana", "relayed"));
    ana.run(&["send", "luis", "and again"]).expect(0);
    assert_eq!(luis.history("ana").len(), 2);
}

#[test]
fn a_relay_that_refuses_says_why_until_it_is_shown_its_token() {
    let folder = tempfile::tempdir().unwrap();
    let secret = "an-open-sesame-for-all";
    let library = relay(folder.path(), &["--set", "access=token", "--set", &format!("tokens={secret}")]);
    let ana = person("ana", folder.path());
    let (mut node, _) = ana.ready_node();
    ana.run(&["add", &library.listen[0]]).expect_words(1, &["the relay library#", "doesn't take this vecino"]);
    let warning = node.wait_for("a warning", within(SOON), |event| event["event"] == "warning").json;
    assert!(warning["text"].as_str().unwrap().contains("doesn't take this vecino"), "{warning}");
    says(&ana.run(&["id"]).expect(0), &["relay library#", "doesn't take this vecino ("]);

    let invite = std::fs::read_to_string(folder.path().join("library/relay/invite")).unwrap();
    let mut no_token: Invite = invite.trim().parse().unwrap();
    no_token.relays[0].token = None;
    ana.run(&["add", &no_token.to_string()]).expect_words(1, &["doesn't take this vecino"]);
    let added = ana.run(&["add", invite.trim()]).expect(0);
    says(&added, &["is a relay, and will be used"]);
    node.wait_for("a place", within(SOON), |event| is_relay(event, "ready"));
    assert!(!ana.run(&["id", "--json"]).expect(0).stdout.contains(secret));
    assert!(!node.stderr().contains(secret));
    // Whoever is invited gets the token too.
    let passed_on: Invite = ana.run(&["id", "--invite"]).expect(0).stdout.trim().parse().unwrap();
    assert_eq!(passed_on.relays[0].token, secret.parse().ok());
}

#[test]
fn relays_are_named_in_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let library = relay(folder.path(), &[]);
    let ana = person("ana", folder.path());
    let settings = ana.data().join("settings.toml");
    std::fs::create_dir_all(ana.data()).unwrap();
    std::fs::write(&settings, format!("relays = ['10.0.0.1:x', '{}']\n", library.listen[0])).unwrap();
    let mut node = ana.node();
    let warning = node.wait_for("a warning", within(SOON), |event| event["event"] == "warning").json;
    let text = warning["text"].as_str().unwrap();
    assert!(text.contains("“10.0.0.1:x” can't be used as a relay"), "{text}");
    let ready = node.wait_for("a place", within(SOON), |event| is_relay(event, "ready")).json;
    assert_eq!(ready["nickname"], "library");
    ana.run(&["node", "--relay", "10.0.0.1:x"]).expect(1);
}

#[test]
fn an_invite_that_was_cut_off_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let ana = person("ana", folder.path());
    let (_node, ready) = ana.ready_node();
    let link = ana.run(&["id", "--invite", "--json"]).expect(0).json()["invite"].as_str().unwrap().to_owned();
    let invite: Invite = link.parse().unwrap();
    assert_eq!(invite.person.unwrap().peer.to_string(), ready.json["peer_id"]);
    ana.run(&["add", &link[..link.len() - 2]]).expect_words(1, &["the invite is damaged"]);
    ana.run(&["add", &link]).expect_words(1, &["that is yourself"]);
}

#[test]
fn a_relay_that_was_added_is_forgotten_with_all_who_are_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let library = relay(folder.path(), &[]);
    let [ana, luis] = ["ana", "luis"].map(|nickname| person(nickname, folder.path()));
    let mut luis_node = luis.node_with(&["--only-relayed", "--relay", &library.listen[0]]);
    let luis_id = luis_node.ready().json["peer_id"].as_str().unwrap().to_owned();
    luis_node.wait_for("a place", within(SOON), |event| is_relay(event, "ready"));
    let relays = |person: &Profile| person.run(&["id", "--json"]).expect(0).json()["relays"].clone();
    assert_eq!(relays(&luis)[0].get("given"), None, "an option isn't kept");
    luis.run(&["forget", "library"]).expect_words(3, &["no relay “library” was added"]);

    let mut ana_node = ana.node_with(&["--only-relayed"]);
    let ana_id = ana_node.ready().json["peer_id"].as_str().unwrap().to_owned();
    ana.run(&["add", &library.listen[0]]).expect(0);
    ana_node.wait_for("luis on the list", within(SOON), |event| is_reached(event, &luis_id, "relayed"));
    ana.run(&["send", "luis", "hola"]).expect(0);
    assert_eq!(relays(&ana)[0]["given"], true);

    says(&ana.run(&["forget", "library"]).expect(0), &["library#", "is forgotten"]);
    // Nothing stands between the two any more, and both say so.
    ana_node.wait_for("luis gone", within(SOON), |event| is_gone(event, &luis_id));
    luis_node.wait_for("ana gone", within(SOON), |event| is_gone(event, &ana_id));
    assert_eq!(relays(&ana), serde_json::Value::Null);
    ana.run(&["send", "luis", "are you there?", "--timeout", "1"]).expect(4);

    // It isn't there in the next run either, until it's added again.
    ana_node.terminate();
    let mut ana_node = ana.node_with(&["--only-relayed"]);
    ana_node.ready();
    assert_eq!(relays(&ana), serde_json::Value::Null);
    ana_node.stays_without("luis for a moment", within(1_000), |event| is_here(event, &luis_id));
    ana.run(&["add", &library.listen[0]]).expect(0);
    ana_node.wait_for("luis on the list", within(SOON), |event| is_reached(event, &luis_id, "relayed"));
    luis_node.wait_for("what was written meanwhile", within(SOON), |event| event["text"] == "are you there?");
}
