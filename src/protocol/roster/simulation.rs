//! A seeded relay and its members: requests and answers are lost, late and repeated, connections break and cross, the
//! relay restarts, departures are forgotten. Whatever happens, once it's calm every member shows exactly those who are on
//! the list, with the cards that they made last.
//!
//! A failing seed is printed; `VECINO_SEED=n cargo test roster` plays it alone, `VECINO_SEEDS=n` how many are tried.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::*;
use crate::model::{Nickname, PeerId, Presence};
use crate::protocol::lane::Ticket;
use crate::protocol::wire::roster::{
    Ask, Card, Changes, Heard, MAX_MEMBER_BYTES, MAX_RELAY_BYTES, Page, Reply, RosterAnswer, RosterRequest, SignedCard,
    WirePage,
};
use crate::protocol::wire::{WireError, decode, encode};

const SEEDS: u64 = 1_000;
const STEPS: u32 = 300;
const MEMBERS: u8 = 7;

/// Items of a page and departures that are remembered: few, so that both run out.
const ITEMS: usize = 3;
const DEPARTURES: usize = 4;

const RELAY: PeerId = PeerId::from_public_key([0xee; 32]);

/// A card that is well signed: the first byte of its signature is that of its maker's key.
pub(super) fn signed(peer: &PeerId, card: &Card) -> SignedCard {
    SignedCard::new(card, |_| Ok::<_, WireError>([peer.public_key()[0]; 64])).unwrap()
}

pub(super) fn is_signed(peer: &PeerId, _: &[u8], signature: &[u8; 64]) -> bool {
    signature[0] == peer.public_key()[0]
}

pub(super) fn open(page: WirePage) -> Page {
    let (mut page, listings) = page.check().unwrap();
    for listing in listings {
        page.take(listing, is_signed);
    }
    page
}

/// What is under way on a connection.
#[derive(Clone)]
enum Flight {
    Question(Ticket, Vec<u8>),
    Answer(Ticket, Vec<u8>),
    Changes(Push, Encoded),
    Heard(Push, Encoded, Heard),
}

struct Member {
    peer: PeerId,
    view: View,
    card: Card,
    /// Whether it can be called.
    reachable: bool,
    /// The connection that it knows of.
    session: Option<u64>,
    alarms: Vec<Ticket>,
    /// What a person sees.
    shown: HashMap<PeerId, Card>,
}

struct World {
    random: fastrand::Rng,
    now: Duration,
    table: Table,
    pushes: Pushes,
    pages: Pages,
    members: Vec<Member>,
    /// Connections that the relay believes in, and whose.
    sessions: BTreeMap<u64, usize>,
    flights: Vec<(u64, Flight)>,
    names: u64,
    restarts: u64,
    overs: usize,
}

impl World {
    fn new(seed: u64) -> Self {
        let card = |n: u8| Card {
            nickname: Nickname::new(&format!("member {n}")).unwrap(),
            presence: Presence::Online,
            port: Some(48_237),
            seq: 1,
            relay: RELAY,
        };
        let member = |n: u8| {
            let peer = PeerId::from_public_key([n; 32]);
            let view = View::new(peer, RELAY);
            Member {
                peer,
                view,
                card: card(n),
                reachable: true,
                session: None,
                alarms: Vec::new(),
                shown: HashMap::new(),
            }
        };
        Self {
            random: fastrand::Rng::with_seed(seed),
            now: Duration::ZERO,
            table: Table::small(1, ITEMS, DEPARTURES),
            pushes: Pushes::new(),
            pages: Pages::new(),
            members: (1..=MEMBERS).map(member).collect(),
            sessions: BTreeMap::new(),
            flights: Vec::new(),
            names: 0,
            restarts: 0,
            overs: 0,
        }
    }

    fn step(&mut self) {
        self.now += Duration::from_millis(self.random.u64(0..200));
        let who = self.random.usize(0..self.members.len());
        match self.random.u32(0..100) {
            0..10 => self.connect(who),
            10..15 => self.break_off(who),
            15..25 => self.another_card(who),
            25..28 => self.notice_dead(),
            28 => self.restart(),
            29..35 => self.lose(),
            35..40 => self.repeat(),
            40..45 => self.ring(),
            45..48 => self.turn(who),
            _ => self.deliver(),
        }
        self.push();
    }

    fn connect(&mut self, who: usize) {
        if self.members[who].session.is_some() {
            return;
        }
        self.names += 1;
        self.members[who].session = Some(self.names);
        self.sessions.insert(self.names, who);
        self.announce(who);
        self.view(who, ViewInput::Joined);
    }

    fn announce(&mut self, who: usize) {
        let member = &self.members[who];
        let Some(session) = member.session else { return };
        let card = signed(&member.peer, &member.card);
        self.table
            .announced(Arrival { peer: member.peer, session, card, seen: None, reachable: member.reachable }, self.now);
        self.pushes.changed(self.table.version());
    }

    /// The member's side of a connection ends; the relay may notice later.
    fn break_off(&mut self, who: usize) {
        let Some(session) = self.members[who].session.take() else { return };
        let (broken, others): (Vec<_>, Vec<_>) = self.flights.drain(..).partition(|(other, _)| *other == session);
        self.flights = others;
        self.view(who, ViewInput::Parted);
        for (_, flight) in broken {
            if let Flight::Changes(push, _) | Flight::Heard(push, ..) = flight {
                self.pushes.ended(&push, Outcome::Silent, self.now);
            }
        }
        if self.random.bool() {
            self.close(session);
        }
    }

    /// The relay notices that a connection is dead.
    fn notice_dead(&mut self) {
        let live: Vec<u64> = self.members.iter().filter_map(|member| member.session).collect();
        let dead: Vec<u64> = self.sessions.keys().copied().filter(|session| !live.contains(session)).collect();
        for session in dead {
            self.close(session);
        }
    }

    fn close(&mut self, session: u64) {
        let Some(who) = self.sessions.remove(&session) else { return };
        if self.table.closed(&self.members[who].peer, session) {
            self.pushes.left(&self.members[who].peer);
            self.pushes.changed(self.table.version());
        }
    }

    fn another_card(&mut self, who: usize) {
        self.members[who].card.seq += 1;
        self.announce(who);
    }

    /// A member can be called from now on, or no longer.
    fn turn(&mut self, who: usize) {
        let member = &mut self.members[who];
        member.reachable = !member.reachable;
        self.table.reach(&member.peer, member.reachable);
        self.pushes.changed(self.table.version());
    }

    fn restart(&mut self) {
        for who in 0..self.members.len() {
            self.break_off(who);
        }
        self.sessions.clear();
        self.restarts += 1;
        self.table = Table::small(1 + self.restarts, ITEMS, DEPARTURES);
        self.pushes = Pushes::new();
        self.pages = Pages::new();
    }

    fn any_flight(&mut self) -> Option<usize> {
        (!self.flights.is_empty()).then(|| self.random.usize(0..self.flights.len()))
    }

    /// A request or its answer is lost: whoever asked hears that there is none.
    fn lose(&mut self) {
        let Some(flight) = self.any_flight() else { return };
        let (session, flight) = self.flights.remove(flight);
        match flight {
            Flight::Question(ticket, _) | Flight::Answer(ticket, _) => {
                self.reach(session, ViewInput::Answered(ticket, None));
            }
            Flight::Changes(push, _) | Flight::Heard(push, ..) => self.pushes.ended(&push, Outcome::Silent, self.now),
        }
    }

    /// The relay says again what it said.
    fn repeat(&mut self) {
        let Some(flight) = self.any_flight() else { return };
        let flight = self.flights[flight].clone();
        if !matches!(flight.1, Flight::Question(..)) && self.flights.len() < 50 {
            self.flights.push(flight);
        }
    }

    fn deliver(&mut self) {
        let Some(flight) = self.any_flight() else { return };
        let (session, flight) = self.flights.swap_remove(flight);
        match flight {
            Flight::Question(ticket, bytes) => self.question(session, ticket, &bytes),
            Flight::Answer(ticket, bytes) => {
                let answer: RosterAnswer = decode(&bytes, MAX_RELAY_BYTES).unwrap();
                let Ok(Reply::Page(page)) = answer.check_reply() else { panic!("a page") };
                self.overs += usize::from(page.z > 0);
                self.reach(session, ViewInput::Answered(ticket, Some(open(page))));
            }
            Flight::Changes(push, encoded) => {
                let request: RosterRequest = decode(&encoded.bytes, MAX_RELAY_BYTES).unwrap();
                let Changes { from, page } = request.check_changes().unwrap();
                let heard = self.reach(session, ViewInput::Told(Changes { from, page: open(page) }));
                if let Some(heard) = heard {
                    self.flights.push((session, Flight::Heard(push, encoded, heard)));
                }
            }
            Flight::Heard(push, encoded, heard) => {
                let outcome = match heard {
                    Heard::Taken => Outcome::Taken { version: encoded.version, more: encoded.more },
                    Heard::WillAsk => Outcome::WillAsk,
                };
                self.pushes.ended(&push, outcome, self.now);
            }
        }
    }

    fn question(&mut self, session: u64, ticket: Ticket, bytes: &[u8]) {
        let request: RosterRequest = decode(bytes, MAX_MEMBER_BYTES).unwrap();
        let Ok(Ask::Since(since)) = request.check_ask() else { panic!("a question") };
        let Some(who) = self.sessions.get(&session) else { return };
        let encoded = self.pages.answer(&self.table, self.pushes.round(), since).unwrap();
        self.pushes.asked(&self.members[*who].peer, encoded.version, encoded.more, self.now);
        self.flights.push((session, Flight::Answer(ticket, encoded.bytes.to_vec())));
    }

    /// Pushes go by the member's newest connection.
    fn push(&mut self) {
        for push in self.pushes.due(self.now) {
            let to = self.sessions.iter().rev().find(|(_, who)| self.members[**who].peer == push.peer);
            let encoded = self.pages.changes(&self.table, self.pushes.round(), push.from).unwrap();
            match to {
                Some((session, who)) if self.members[*who].session == Some(*session) => {
                    self.flights.push((*session, Flight::Changes(push, encoded)));
                }
                _ => self.pushes.ended(&push, Outcome::Silent, self.now),
            }
        }
    }

    fn ring(&mut self) {
        let who = self.random.usize(0..self.members.len());
        for ticket in std::mem::take(&mut self.members[who].alarms) {
            self.view(who, ViewInput::Woke(ticket));
        }
    }

    fn reach(&mut self, session: u64, input: ViewInput) -> Option<Heard> {
        let who = self.members.iter().position(|member| member.session == Some(session))?;
        self.view(who, input)
    }

    fn view(&mut self, who: usize, input: ViewInput) -> Option<Heard> {
        let member = &mut self.members[who];
        let mut heard = None;
        for output in member.view.handle(input) {
            match output {
                ViewOutput::Ask(ticket, since) => {
                    let bytes = encode(&RosterRequest::since(since), MAX_MEMBER_BYTES).unwrap();
                    self.flights.extend(member.session.map(|session| (session, Flight::Question(ticket, bytes))));
                }
                ViewOutput::Answer(answer) => heard = Some(answer),
                ViewOutput::Wake(ticket, _) => member.alarms.push(ticket),
                ViewOutput::Listed(listing) => {
                    member.shown.insert(listing.peer, listing.card);
                }
                ViewOutput::Unlisted(peer) => {
                    assert!(member.shown.remove(&peer).is_some(), "somebody leaves who wasn't shown");
                }
                ViewOutput::Leaving(_) | ViewOutput::Leave => panic!("the relay is an honest one, and stays"),
            }
        }
        heard
    }

    /// Nothing is lost any more, until nothing is under way.
    fn settle(&mut self) {
        for who in 0..self.members.len() {
            if self.random.bool() { self.connect(who) } else { self.break_off(who) }
        }
        self.notice_dead();
        for _ in 0..10_000 {
            self.deliver();
            for _ in 0..MEMBERS {
                self.ring();
            }
            self.push();
            let alarms = self.members.iter().any(|member| !member.alarms.is_empty());
            if self.flights.is_empty() && !alarms {
                match self.pushes.next() {
                    Some(next) => self.now = self.now.max(next),
                    None => return,
                }
            }
        }
        panic!("the list doesn't settle");
    }

    fn check(&self) {
        let here = self.members.iter().filter(|it| it.session.is_some() && it.reachable);
        let listed: HashMap<PeerId, Card> = here.map(|it| (it.peer, it.card.clone())).collect();
        assert_eq!(self.table.listed(), listed.len());
        for member in &self.members {
            let mut others = listed.clone();
            others.remove(&member.peer);
            if member.session.is_none() {
                others.clear();
            }
            assert_eq!(member.shown, others, "{:?}", member.peer);
            let held: HashMap<PeerId, Card> =
                member.view.listings().map(|listing| (listing.peer, listing.card.clone())).collect();
            assert_eq!(held, others, "what is told is what is held");
        }
    }
}

fn play(seed: u64) -> World {
    let mut world = World::new(seed);
    for _ in 0..STEPS {
        world.step();
    }
    world.settle();
    world.check();
    world
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn whatever_happens_all_see_the_same_list_in_the_end() {
    let seeds = match number("VECINO_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("VECINO_SEEDS").unwrap_or(SEEDS),
    };
    for seed in seeds {
        if let Err(cause) = std::panic::catch_unwind(|| play(seed)) {
            eprintln!("failed with VECINO_SEED={seed}");
            std::panic::resume_unwind(cause);
        }
    }
}

#[test]
fn the_simulation_meets_what_it_is_for() {
    let (mut restarts, mut overs, mut listed) = (0, 0, 0);
    for seed in 0..100 {
        let world = play(seed);
        restarts += world.restarts;
        overs += world.overs;
        listed += world.table.len();
    }
    assert!(restarts > 100 && overs > 1_000 && listed > 200, "{restarts} {overs} {listed}");
}
