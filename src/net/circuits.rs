//! Circuits to peers that nothing else leads to: which to make, through which relay, and when. Pure: time comes as an
//! argument.
//!
//! A circuit is made when something is to be said, through any relay that lists the peer; if one fails, by the next. A way
//! that a person gave is kept until the program ends, and its circuit made again whenever nothing else leads to the
//! peer. The way to a relay itself is the business of [`super::relays`].

use std::collections::HashMap;
use std::time::{Duration, Instant};

use libp2p::swarm::ConnectionId;

use crate::model::PeerId;
use crate::protocol::backoff;

/// Ways that people gave. How many wishes there may be is bounded by who is listed.
const MAX_WAYS: usize = 256;

/// Circuits in the making through one relay. libp2p's client takes ten on one connection, and one that was given up
/// occupies its place for a minute.
const MAX_DIALS_PER_RELAY: usize = 4;

/// Wait after the first circuit that failed.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Wait after a peer said that it leaves, which takes it a moment.
const AFTER_GOODBYE: Duration = Duration::from_secs(2);

/// Longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// How often in a row a relay may say that somebody isn't there whom it lists, until it's believed: a newcomer is listed a
/// moment before it can be called.
const ABSENCES: u32 = 5;

/// What became of a circuit that was being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// It will be tried again.
    Passing,
    /// Whom this relay lists isn't there: not by it.
    Absent(PeerId),
}

/// How it went through one relay.
#[derive(Debug)]
struct Try {
    relay: PeerId,
    failures: u32,
    absences: u32,
    next: Instant,
}

#[derive(Debug)]
struct Wish {
    /// The relay on the way that a person gave.
    given: Option<PeerId>,
    /// Something is to be said, or was being said when the last connection broke.
    called: bool,
    /// The circuit that is being made, and its relay.
    dial: Option<(ConnectionId, PeerId)>,
    tries: Vec<Try>,
    next: Instant,
}

/// The circuits that are wished for.
#[derive(Debug, Default)]
pub(super) struct Circuits {
    wishes: HashMap<PeerId, Wish>,
}

impl Circuits {
    /// A person says through which relay somebody is reached: tried at once. `false`: there are too many ways already.
    pub(super) fn given(&mut self, peer: PeerId, relay: PeerId, now: Instant) -> bool {
        let has_way = |wish: &Wish| wish.given.is_some();
        let ways = self.wishes.values().filter(|wish| has_way(wish)).count();
        if ways >= MAX_WAYS && !self.wishes.get(&peer).is_some_and(has_way) {
            return false;
        }
        let wish = self.wishes.entry(peer).or_insert_with(|| Wish::new(now));
        wish.given = Some(relay);
        wish.tries.clear();
        wish.next = now;
        true
    }

    /// Somebody who is listed is to be reached, from a time on.
    pub(super) fn call(&mut self, peer: PeerId, from: Instant) {
        let wish = self.wishes.entry(peer).or_insert_with(|| Wish::new(from));
        if !wish.called {
            wish.called = true;
            wish.next = from;
        }
    }

    /// The circuits to make now, with the relay of each; [`Circuits::dialled`] has to be told of each. `relays` gives those
    /// that may lead to a peer, the preferred first; none where a circuit is of no use.
    pub(super) fn due(&self, now: Instant, relays: impl Fn(&PeerId, &Wanted) -> Vec<PeerId>) -> Vec<(PeerId, PeerId)> {
        let mut dials = self.dials();
        let mut waiting: Vec<(&PeerId, &Wish)> = self.waiting().filter(|(_, wish)| wish.next <= now).collect();
        waiting.sort_by_key(|(_, wish)| wish.next);
        let mut due = Vec::new();
        for (peer, wish) in waiting {
            let free = |relay: &PeerId| dials.get(relay).is_none_or(|dials| *dials < MAX_DIALS_PER_RELAY);
            let relay = wish.choose(&relays(peer, &wish.wanted()), |relay, next| free(relay) && next <= now);
            if let Some((relay, _)) = relay {
                *dials.entry(relay).or_default() += 1;
                due.push((*peer, relay));
            }
        }
        due
    }

    /// When [`Circuits::due`] will have something next.
    pub(super) fn next(&self, relays: impl Fn(&PeerId, &Wanted) -> Vec<PeerId>) -> Option<Instant> {
        let dials = self.dials();
        let free = |relay: &PeerId| dials.get(relay).is_none_or(|dials| *dials < MAX_DIALS_PER_RELAY);
        let waiting = self.waiting();
        waiting
            .filter_map(|(peer, wish)| wish.choose(&relays(peer, &wish.wanted()), |relay, _| free(relay)))
            .map(|(_, next)| next)
            .min()
    }

    /// A circuit to a peer is being made.
    pub(super) fn dialled(&mut self, peer: &PeerId, relay: PeerId, dial: ConnectionId) {
        if let Some(wish) = self.wishes.get_mut(peer) {
            wish.dial = Some((dial, relay));
        }
    }

    /// A connection to a peer stands, whichever it is: what was wished for is there.
    pub(super) fn made(&mut self, peer: &PeerId, connection: ConnectionId) {
        if let Some(wish) = self.wishes.get_mut(peer) {
            wish.dial.take_if(|(dial, _)| *dial == connection);
            // What was tried is kept until they have said something: who takes circuits and drops them is tried less and less.
            wish.called = false;
        }
        self.forget_useless(peer);
    }

    /// A peer has said hello.
    pub(super) fn met(&mut self, peer: &PeerId) {
        if let Some(wish) = self.wishes.get_mut(peer) {
            wish.tries.clear();
        }
        self.forget_useless(peer);
    }

    /// A dial came to nothing. `absent`: the relay said that the peer isn't there. `None`: it was none for a circuit.
    /// `jitter` from 0 to 1 spreads the tries of many.
    pub(super) fn failed(
        &mut self,
        peer: &PeerId,
        dial: ConnectionId,
        absent: bool,
        jitter: f64,
        now: Instant,
    ) -> Option<Failure> {
        let wish = self.wishes.get_mut(peer)?;
        let (_, relay) = wish.dial.take_if(|(of, _)| *of == dial)?;
        if !wish.is_of_use() {
            self.wishes.remove(peer);
            return Some(Failure::Passing);
        }
        let absent = wish.failed(relay, absent, jitter, now) >= ABSENCES;
        Some(if absent { Failure::Absent(relay) } else { Failure::Passing })
    }

    /// A circuit broke that led through this relay: others are tried first.
    pub(super) fn broke(&mut self, peer: &PeerId, relay: PeerId, now: Instant) {
        if let Some(wish) = self.wishes.get_mut(peer).filter(|wish| wish.is_of_use()) {
            wish.failed(relay, false, 0.5, now);
        }
    }

    /// A peer said that it leaves, and its last connection ended.
    pub(super) fn left(&mut self, peer: &PeerId, now: Instant) {
        if let Some(wish) = self.wishes.get_mut(peer) {
            wish.next = now + AFTER_GOODBYE;
        }
    }

    /// The relay on the way to a peer that a person gave.
    pub(super) fn way(&self, peer: &PeerId) -> Option<&PeerId> {
        self.wishes.get(peer)?.given.as_ref()
    }

    /// Somebody is on no list any more.
    pub(super) fn unlisted(&mut self, peer: &PeerId) {
        let Some(wish) = self.wishes.get_mut(peer) else { return };
        wish.called = false;
        wish.tries.clear();
        self.forget_useless(peer);
    }

    fn forget_useless(&mut self, peer: &PeerId) {
        // What is being made will come to an end, and has to be known then.
        let is_useless = |wish: &Wish| !wish.is_of_use() && wish.dial.is_none() && wish.tries.is_empty();
        if self.wishes.get(peer).is_some_and(is_useless) {
            self.wishes.remove(peer);
        }
    }

    fn waiting(&self) -> impl Iterator<Item = (&PeerId, &Wish)> {
        self.wishes.iter().filter(|(_, wish)| wish.dial.is_none())
    }

    fn dials(&self) -> HashMap<PeerId, usize> {
        let mut dials = HashMap::new();
        for (_, relay) in self.wishes.values().filter_map(|wish| wish.dial) {
            *dials.entry(relay).or_default() += 1;
        }
        dials
    }
}

/// What a wish is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The relay on the way that a person gave.
    pub(super) given: Option<PeerId>,
    /// Whether something is to be said.
    pub(super) called: bool,
}

impl Wish {
    fn new(next: Instant) -> Self {
        Self { given: None, called: false, dial: None, tries: Vec::new(), next }
    }

    fn is_of_use(&self) -> bool {
        self.called || self.given.is_some()
    }

    fn wanted(&self) -> Wanted {
        Wanted { given: self.given, called: self.called }
    }

    /// The relay to try next, of those that the caller allows, and when: the one that can be tried first, of several the
    /// preferred.
    fn choose(&self, relays: &[PeerId], allowed: impl Fn(&PeerId, Instant) -> bool) -> Option<(PeerId, Instant)> {
        let next = |relay: &PeerId| {
            let tried = self.tries.iter().find(|tried| tried.relay == *relay);
            tried.map_or(self.next, |tried| tried.next.max(self.next))
        };
        let choices = relays.iter().map(|relay| (*relay, next(relay)));
        choices.filter(|(relay, next)| allowed(relay, *next)).min_by_key(|(_, next)| *next)
    }

    /// How often in a row this relay has said that the peer isn't there.
    fn failed(&mut self, relay: PeerId, absent: bool, jitter: f64, now: Instant) -> u32 {
        let known = self.tries.iter().position(|tried| tried.relay == relay);
        let mut tried = known.map_or(Try { relay, failures: 0, absences: 0, next: now }, |at| self.tries.remove(at));
        let wait = backoff::wait(FIRST_WAIT, tried.failures, LONGEST_WAIT);
        tried.failures = tried.failures.saturating_add(1);
        tried.absences = if absent { tried.absences + 1 } else { 0 };
        tried.next = now + backoff::spread(wait, jitter);
        let absences = tried.absences;
        // Those that were tried last; relays come and go, and there are never many.
        self.tries.truncate(super::relays::MAX_IN_USE);
        self.tries.insert(0, tried);
        absences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELAY: u16 = 1000;
    const OTHER: u16 = 1001;

    fn dial(n: usize) -> ConnectionId {
        ConnectionId::new_unchecked(n)
    }

    fn one(_: &PeerId, _: &Wanted) -> Vec<PeerId> {
        vec![PeerId::numbered(RELAY)]
    }

    fn both(_: &PeerId, _: &Wanted) -> Vec<PeerId> {
        vec![PeerId::numbered(RELAY), PeerId::numbered(OTHER)]
    }

    fn none(_: &PeerId, _: &Wanted) -> Vec<PeerId> {
        Vec::new()
    }

    #[test]
    fn who_is_called_gets_one_circuit_once_a_relay_leads_there() {
        let (mut circuits, now) = (Circuits::default(), Instant::now());
        assert_eq!(circuits.next(one), None);
        circuits.call(PeerId::numbered(1), now);
        circuits.call(PeerId::numbered(1), now + AFTER_GOODBYE);
        assert_eq!((circuits.due(now, none), circuits.next(none)), (vec![], None));
        assert_eq!(circuits.next(one), Some(now));
        assert_eq!(circuits.due(now, one), [(PeerId::numbered(1), PeerId::numbered(RELAY))]);
        circuits.dialled(&PeerId::numbered(1), PeerId::numbered(RELAY), dial(7));
        assert_eq!((circuits.due(now, both), circuits.next(both)), (vec![], None));
        circuits.made(&PeerId::numbered(1), dial(7));
        assert_eq!(circuits.next(both), None, "it's there");
        circuits.call(PeerId::numbered(1), now);
        circuits.unlisted(&PeerId::numbered(1));
        assert_eq!(circuits.next(both), None, "nobody leads there any more");
        assert!(circuits.wishes.is_empty());
    }

    #[test]
    fn a_circuit_that_comes_too_late_is_known_as_such() {
        let (mut circuits, now) = (Circuits::default(), Instant::now());
        circuits.call(PeerId::numbered(1), now);
        circuits.dialled(&PeerId::numbered(1), PeerId::numbered(RELAY), dial(7));
        circuits.made(&PeerId::numbered(1), dial(8));
        assert_eq!(circuits.next(both), None);
        assert_eq!(circuits.failed(&PeerId::numbered(1), dial(7), false, 0.5, now), Some(Failure::Passing));
        assert!(circuits.wishes.is_empty());
    }

    #[test]
    fn a_way_that_a_person_gave_is_taken_again_and_again() {
        let (mut circuits, now) = (Circuits::default(), Instant::now());
        assert!(circuits.given(PeerId::numbered(1), PeerId::numbered(RELAY), now));
        assert_eq!(circuits.way(&PeerId::numbered(1)), Some(&PeerId::numbered(RELAY)));
        let given = |_: &PeerId, wanted: &Wanted| wanted.given.into_iter().collect();
        for n in 1..4 {
            assert_eq!(circuits.due(now, given), [(PeerId::numbered(1), PeerId::numbered(RELAY))]);
            circuits.dialled(&PeerId::numbered(1), PeerId::numbered(RELAY), dial(n));
            circuits.made(&PeerId::numbered(1), dial(n));
        }
        circuits.unlisted(&PeerId::numbered(1));
        circuits.left(&PeerId::numbered(1), now);
        assert_eq!(circuits.next(given), Some(now + AFTER_GOODBYE));
    }

    #[test]
    fn after_a_failure_the_other_relay_is_tried_and_then_longer_and_longer_waited() {
        let (mut circuits, mut now) = (Circuits::default(), Instant::now());
        circuits.call(PeerId::numbered(1), now);
        assert_eq!(circuits.failed(&PeerId::numbered(1), dial(7), false, 0.5, now), None, "that was another dial");
        let mut tries = Vec::new();
        for _ in 0..16 {
            let due = circuits.next(both).unwrap().max(now);
            let wait = due - now;
            now = due;
            let [(of, relay)] = circuits.due(now, both)[..] else { panic!("one at a time") };
            circuits.dialled(&of, relay, dial(7));
            assert_eq!(circuits.failed(&of, dial(7), false, 0.5, now), Some(Failure::Passing));
            tries.push((relay == PeerId::numbered(RELAY), wait.as_millis()));
        }
        let (first, second) = (true, false);
        assert_eq!(tries[..6], [(first, 0), (second, 0), (first, 250), (second, 0), (first, 500), (second, 0)]);
        assert_eq!(tries[14..], [(first, LONGEST_WAIT.as_millis()), (second, 0)]);
    }

    #[test]
    fn who_takes_circuits_and_drops_them_at_once_is_tried_less_and_less() {
        let (mut circuits, mut now) = (Circuits::default(), Instant::now());
        let mut waits = Vec::new();
        for n in 0..6 {
            circuits.call(PeerId::numbered(1), now);
            let due = circuits.next(one).unwrap().max(now);
            waits.push((due - now).as_millis());
            now = due;
            circuits.dialled(&PeerId::numbered(1), PeerId::numbered(RELAY), dial(n));
            circuits.made(&PeerId::numbered(1), dial(n));
            circuits.call(PeerId::numbered(1), now);
            circuits.broke(&PeerId::numbered(1), PeerId::numbered(RELAY), now);
        }
        circuits.made(&PeerId::numbered(1), dial(9));
        assert_eq!(waits, [0, 250, 500, 1_000, 2_000, 4_000]);
        circuits.met(&PeerId::numbered(1));
        assert!(circuits.wishes.is_empty());
    }

    #[test]
    fn where_a_circuit_broke_the_other_relay_comes_first() {
        let (mut circuits, now) = (Circuits::default(), Instant::now());
        circuits.call(PeerId::numbered(1), now);
        circuits.broke(&PeerId::numbered(1), PeerId::numbered(RELAY), now);
        assert_eq!(circuits.due(now, both), [(PeerId::numbered(1), PeerId::numbered(OTHER))]);
        assert_eq!(circuits.next(one), Some(now + FIRST_WAIT), "where there is one");
    }

    #[test]
    fn a_relay_is_believed_that_somebody_is_absent_when_it_has_said_so_for_some_seconds() {
        let (mut circuits, start) = (Circuits::default(), Instant::now());
        circuits.call(PeerId::numbered(1), start);
        let mut now = start;
        let mut answers = Vec::new();
        for n in 0..5 {
            now = circuits.next(one).unwrap().max(now);
            circuits.dialled(&PeerId::numbered(1), PeerId::numbered(RELAY), dial(n));
            answers.push(circuits.failed(&PeerId::numbered(1), dial(n), true, 0.5, now).unwrap());
        }
        assert_eq!(answers[..4], [Failure::Passing; 4]);
        assert_eq!(answers[4], Failure::Absent(PeerId::numbered(RELAY)));
        assert!(now - start >= Duration::from_secs(3));
    }

    #[test]
    fn a_relay_is_asked_for_few_circuits_at_a_time_and_there_is_an_end_to_ways() {
        let (mut circuits, now) = (Circuits::default(), Instant::now());
        for n in 0..300 {
            assert_eq!(circuits.given(PeerId::numbered(n), PeerId::numbered(RELAY), now), usize::from(n) < MAX_WAYS);
        }
        let due = circuits.due(now, one);
        assert_eq!(due.len(), MAX_DIALS_PER_RELAY);
        for (n, (peer, relay)) in due.iter().enumerate() {
            circuits.dialled(peer, *relay, dial(n));
        }
        assert_eq!((circuits.due(now, one), circuits.next(one)), (vec![], None));
        let by_the_other = circuits.due(now, both);
        assert_eq!(by_the_other.len(), MAX_DIALS_PER_RELAY);
        assert!(by_the_other.iter().all(|(_, relay)| *relay == PeerId::numbered(OTHER)));
        circuits.made(&due[0].0, dial(0));
        assert_eq!(circuits.next(one), Some(now));
    }
}
