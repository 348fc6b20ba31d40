//! Who is shown as here, by hellos and by relays' lists. Nobody is on the network: what it would tell is told by hand.

use tempfile::TempDir;
use tokio::sync::mpsc;

use super::super::core::Parts;
use super::super::profile::Profile;
use super::super::start::Options;
use super::super::teller::Teller;
use super::super::{Batch, Events};
use super::*;
use crate::model::{Settings, Text};
use crate::net::{Config, Node};
use crate::store::{HISTORY_FILE, ProfileLock};

const LUIS: PeerId = PeerId::from_public_key([1; 32]);
const MELANI: PeerId = PeerId::from_public_key([2; 32]);

/// A node's state, and what it tells.
struct Scene {
    core: Core,
    events: Events,
    // After the core, which writes into it.
    _dir: TempDir,
}

impl Scene {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (secret, listen) = ([9; 32], ["/ip4/127.0.0.1/tcp/0".to_owned()]);
        let config =
            Config { secret: &secret, listen: &listen, port: 0, interfaces: &[], mdns: false, only_relayed: false };
        let teller = Teller::new();
        let events = teller.subscribe();
        let parts = Parts {
            me: crate::net::peer_id(&secret).unwrap(),
            profile: Profile::at(dir.path()),
            lock: ProfileLock::acquire(dir.path()).unwrap(),
            settings: Settings { nickname: Some(nickname("ana")), ..Settings::default() },
            options: Options::default(),
            node: Node::start(&config).unwrap(),
            store: Store::open(&dir.path().join(HISTORY_FILE)).unwrap(),
            teller,
            asked: mpsc::channel(1).1,
        };
        Self { core: Core::load(parts).await.unwrap(), events, _dir: dir }
    }

    fn listed(&mut self, peer: PeerId, called: &str, presence: Presence) {
        self.core.listed(peer, Some(Listed { nickname: nickname(called), presence }));
    }

    fn hello(&mut self, peer: PeerId, called: &str, presence: Presence) {
        self.core.introduced(peer, Introduction::new(nickname(called), presence, Vec::new()));
    }

    fn shown(&self, peer: PeerId) -> Option<(String, Presence, Path)> {
        self.core.peer(&peer).map(|peer| (peer.nickname.to_string(), peer.presence, peer.path))
    }

    /// What was told of peers since this was asked last.
    async fn told(&mut self) -> Vec<(PeerId, Path)> {
        let told = self.all_told().await.into_iter();
        told.filter_map(|event| if let Event::Peer(peer) = event { Some((peer.id, peer.path)) } else { None }).collect()
    }

    /// All that was told since this was asked last.
    async fn all_told(&mut self) -> Vec<Event> {
        let end = Event::Warning { text: Error::Offer("the end".into()).into() };
        self.core.teller.tell(end.clone());
        self.core.teller.flush();
        let mut told = Vec::new();
        while told.last() != Some(&end) {
            let Some(Batch::Events(events)) = self.events.next().await else { panic!("events are missing") };
            told.extend_from_slice(&events);
        }
        told
    }

    /// What was told of who is typing since this was asked last.
    async fn told_of_typing(&mut self) -> Vec<(PeerId, bool)> {
        let told = self.all_told().await;
        told.into_iter()
            .filter_map(
                |event| if let Event::Typing { peer_id, typing } = event { Some((peer_id, typing)) } else { None },
            )
            .collect()
    }

    fn remembers(&self, peer: PeerId) -> bool {
        self.core.people.by_id[&peer].kept
    }
}

fn nickname(text: &str) -> Nickname {
    Nickname::new(text).unwrap()
}

#[tokio::test]
async fn who_is_listed_is_here_through_a_relay_until_they_are_not() {
    let mut scene = Scene::new().await;
    scene.listed(LUIS, "luis", Presence::Busy);
    assert_eq!(scene.shown(LUIS), Some(("luis".to_owned(), Presence::Busy, Path::Relayed)));
    scene.listed(LUIS, "luis", Presence::Busy);
    assert_eq!(scene.told().await, [(LUIS, Path::Relayed)], "told once");
    scene.listed(LUIS, "Luis M.", Presence::Away);
    assert_eq!(scene.shown(LUIS), Some(("Luis M.".to_owned(), Presence::Away, Path::Relayed)));
    assert!(!scene.core.people.is_met(&LUIS) && !scene.remembers(LUIS), "thousands of them would fill the store");
    scene.core.listed(LUIS, None);
    scene.core.listed(LUIS, None);
    assert_eq!(scene.shown(LUIS), Some(("Luis M.".to_owned(), Presence::Offline, Path::None)));
    assert_eq!(scene.told().await, [(LUIS, Path::Relayed), (LUIS, Path::None)]);
    assert!(scene.core.people.changed.is_empty() && !scene.core.people.remembering);
    scene.core.listed(MELANI, None);
    assert_eq!(scene.shown(MELANI), None, "never heard of");
}

#[tokio::test]
async fn what_somebody_says_themself_rules_over_lists() {
    let mut scene = Scene::new().await;
    scene.listed(LUIS, "old", Presence::Away);
    scene.hello(LUIS, "luis", Presence::Online);
    // There's no connection in here: the way is the likely one.
    let connected = Some(("luis".to_owned(), Presence::Online, Path::Relayed));
    assert_eq!(scene.shown(LUIS), connected);
    scene.listed(LUIS, "late", Presence::Busy);
    assert_eq!(scene.shown(LUIS), connected);
    scene.core.listed(LUIS, None);
    assert_eq!(scene.shown(LUIS), connected, "off the list, but connected");
    assert!(scene.remembers(LUIS));
    assert_eq!(scene.told().await, [(LUIS, Path::Relayed), (LUIS, Path::Relayed)]);
}

#[tokio::test]
async fn a_connection_that_ends_leaves_the_way_through_the_relay() {
    let mut scene = Scene::new().await;
    scene.hello(LUIS, "luis", Presence::Online);
    scene.listed(LUIS, "luis", Presence::Away);
    scene.core.disconnected(LUIS);
    let away = Some(("luis".to_owned(), Presence::Away, Path::Relayed));
    while scene.shown(LUIS) != away {
        scene.core.next_job().await;
    }
    assert_eq!(scene.told().await, [(LUIS, Path::Direct), (LUIS, Path::Relayed)]);

    scene.hello(MELANI, "melani", Presence::Online);
    scene.core.disconnected(MELANI);
    scene.core.listed(MELANI, None);
    let grace = Some(("melani".to_owned(), Presence::Online, Path::Direct));
    assert_eq!(scene.shown(MELANI), grace, "who wasn't listed is given a moment");
    scene.listed(MELANI, "melani", Presence::Busy);
    assert_eq!(scene.shown(MELANI), Some(("melani".to_owned(), Presence::Busy, Path::Relayed)));
}

#[tokio::test]
async fn a_goodbye_is_believed_before_lists() {
    let mut scene = Scene::new().await;
    scene.listed(LUIS, "luis", Presence::Online);
    scene.hello(LUIS, "luis", Presence::Online);
    scene.hello(LUIS, "luis", Presence::Offline);
    scene.core.disconnected(LUIS);
    assert_eq!(scene.shown(LUIS), Some(("luis".to_owned(), Presence::Offline, Path::None)));
}

#[tokio::test]
async fn a_relay_is_nobody_to_chat_with() {
    let mut scene = Scene::new().await;
    let person = Introduction::new(nickname("library"), Presence::Online, Vec::new());
    scene.core.introduced(LUIS, Introduction { relay: true, ..person.clone() });
    assert_eq!(scene.shown(LUIS), None);
    scene.core.introduced(MELANI, person.clone());
    scene.core.introduced(MELANI, Introduction { relay: true, ..person });
    assert_eq!(scene.shown(MELANI).unwrap().2, Path::None, "it had said that it's a person");
    assert!(!scene.core.people.is_met(&MELANI));
}

#[tokio::test]
async fn a_whole_list_fits_and_more_than_that_takes_no_memory() {
    let mut scene = Scene::new().await;
    scene.listed(LUIS, "luis", Presence::Online);
    let peer = |number: usize| {
        let mut key = [0xcc; 32];
        key[..8].copy_from_slice(&number.to_be_bytes());
        PeerId::from_public_key(key)
    };
    for number in 0..MAX_PEOPLE {
        scene.listed(peer(number), "x", Presence::Online);
    }
    assert_eq!(scene.core.people.by_id.len(), MAX_PEOPLE);
    assert!(scene.core.people.is_known(&peer(MAX_LISTINGS)) && !scene.core.people.is_known(&peer(MAX_PEOPLE - 1)));
    scene.core.listed(LUIS, None);
    scene.listed(peer(MAX_PEOPLE), "x", Presence::Online);
    assert!(!scene.core.people.is_known(&LUIS), "who isn't here any more makes room");
    assert!(scene.core.people.is_known(&peer(MAX_PEOPLE)));
    scene.hello(MELANI, "melani", Presence::Online);
    assert!(scene.core.people.is_met(&MELANI), "who is connected always has room");
}

#[tokio::test]
async fn whoever_is_written_to_or_invited_is_remembered() {
    let mut scene = Scene::new().await;
    scene.listed(LUIS, "luis", Presence::Online);
    let outgoing = scene.core.outgoing(LUIS, crate::model::Body::Text(Text::new("hola").unwrap())).unwrap();
    let (reply, answer) = tokio::sync::oneshot::channel();
    scene.core.append(outgoing, reply, |message| message);
    while !scene.remembers(LUIS) {
        scene.core.next_job().await;
    }
    answer.await.unwrap().unwrap();
    assert!(scene.core.lanes.has_pending(&LUIS));
    scene.core.invited(MELANI, nickname("melani"));
    assert_eq!(scene.shown(MELANI), Some(("melani".to_owned(), Presence::Offline, Path::None)));
    assert!(scene.remembers(MELANI));
    assert_eq!(scene.core.peer(&MELANI).unwrap().last_seen, None, "never seen");
    scene.core.invited(MELANI, nickname("another name"));
    assert_eq!(scene.shown(MELANI).unwrap().0, "melani");
}

#[tokio::test]
async fn who_is_typing_is_somebody_here_who_has_said_so_lately() {
    let mut scene = Scene::new().await;
    scene.core.typing_heard(LUIS, true);
    scene.hello(LUIS, "luis", Presence::Online);
    for typing in [true, true, false, true] {
        scene.core.typing_heard(LUIS, typing);
    }
    scene.core.disconnected(LUIS);
    let changes = [(LUIS, true), (LUIS, false)];
    assert_eq!(scene.told_of_typing().await, changes.repeat(2), "nothing before the hello");

    scene.hello(LUIS, "luis", Presence::Online);
    scene.core.typing_heard(LUIS, true);
    scene.core.settings.typing = false;
    scene.core.typing_off();
    scene.core.typing_heard(LUIS, true);
    assert_eq!(scene.told_of_typing().await, changes);
}
