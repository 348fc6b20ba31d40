//! Relays that this node knows of: which of them are used, and when they are dialled. Pure: time comes as an argument.
//!
//! A person gives relays, and others are found on the network. A few are used at a time, those that are preferred first;
//! the others are spare, and come in where one is lost. What is said with a relay is the [`Membership`]'s, and where
//! others reach this node by it, the [`Reservations`]'.
//!
//! [`Membership`]: super::membership::Membership
//! [`Reservations`]: super::reservations::Reservations

mod known;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use libp2p::Multiaddr;
use libp2p::swarm::ConnectionId;

use super::address::Target;
use crate::model::{Nickname, PeerId, Plain, Reason, RelayStatus, Token};
use known::{Relay, Stage, shortened};

/// Relays that are used at a time.
pub(super) const MAX_IN_USE: usize = 3;

/// Relays that a person may give, and as many again on the ways that were given to peers.
const MAX_GIVEN: usize = 16;

/// Relays that were found on the network and are remembered.
const MAX_FOUND: usize = 8;

/// Over so long those who lost a relay at the same time spread their first dials.
const SPREAD: Duration = Duration::from_secs(1);

/// Fewest time until a relay that has refused this node is asked again.
const AFTER_REFUSAL: Duration = Duration::from_secs(60);

/// How long one that was found may be out of reach before it's forgotten: it's found again.
const FORGOTTEN: Duration = Duration::from_secs(10 * 60);

/// Where a relay is known from, in order of preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RelaySource {
    /// The person's settings.
    Settings,
    /// An option of this run.
    Option,
    /// A person added it, or a way that leads through it.
    Added,
    /// An invitation named it.
    Invite,
    /// It was found on this node's own network.
    Found,
}

/// A relay that a person gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenRelay {
    /// Where it is, and maybe which it is.
    pub target: Target,
    /// How it was given.
    pub source: RelaySource,
    /// The token by which it lets this node in, if it wants one.
    pub token: Option<Token>,
}

/// Names a relay for as long as it's known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name(u64);

/// A relay to be dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dial {
    pub(super) name: Name,
    pub(super) peer: Option<PeerId>,
    pub(super) addresses: Vec<Multiaddr>,
}

/// All relays that this node knows of.
#[derive(Debug)]
pub(super) struct Relays {
    /// Those that are preferred first.
    relays: Vec<Relay>,
    /// Whether those that are found may be used.
    finding: bool,
    names: u64,
    /// Whether [`Relays::statuses`] may have changed since [`Relays::is_changed`] was asked.
    changed: bool,
}

impl Default for Relays {
    fn default() -> Self {
        Self { relays: Vec::new(), finding: true, names: 0, changed: false }
    }
}

impl Relays {
    /// These are the relays that a person gave, and no others. Returns those to be left.
    pub(super) fn give(&mut self, given: Vec<GivenRelay>, now: Instant) -> Vec<PeerId> {
        for relay in &mut self.relays {
            relay.reasons.given = None;
        }
        let mut tokens: BTreeMap<Name, Option<Token>> = BTreeMap::new();
        for GivenRelay { target, source, token } in given.into_iter().take(MAX_GIVEN) {
            if target.circuit().is_some() {
                tracing::warn!("a relay can't be reached through another");
                continue;
            }
            let relay = self.at(target.address, target.peer, now);
            relay.reasons.given = Some(relay.reasons.given.map_or(source, |known| known.min(source)));
            // It may be given more than once, with a token and without.
            let known = tokens.entry(relay.name).or_default();
            *known = known.take().or(token);
        }
        for relay in &mut self.relays {
            if let Some(token) = tokens.remove(&relay.name) {
                relay.set_token(token, now);
            }
        }
        self.drop_unwanted()
    }

    /// A way that a person gave leads through a relay at an address. `false`: there are too many.
    pub(super) fn lead_through(&mut self, peer: PeerId, at: Multiaddr, now: Instant) -> bool {
        let full = self.relays.iter().filter(|relay| relay.reasons.on_a_way).count() >= MAX_GIVEN;
        if full && !self.get(&peer).is_some_and(|relay| relay.reasons.on_a_way) {
            return false;
        }
        let relay = self.at(at, Some(peer), now);
        relay.reasons.on_a_way = true;
        relay.try_soon(now);
        self.sort();
        true
    }

    /// Whether relays that are found on the network may be used. Returns those to be left.
    pub(super) fn find(&mut self, finding: bool) -> Vec<PeerId> {
        self.finding = finding;
        self.changed = true;
        let connected = self.relays.iter().filter(|relay| relay.is_connected() && !self.is_allowed(relay));
        connected.filter_map(|relay| relay.peer).collect()
    }

    /// Somebody may be at these addresses. `false`: it's no relay that is known.
    pub(super) fn heard(&mut self, peer: &PeerId, addresses: &[Multiaddr], now: Instant) -> bool {
        let Some(relay) = self.get_mut(peer) else { return false };
        addresses.iter().for_each(|address| relay.hear(address));
        relay.try_soon(now);
        self.changed = true;
        true
    }

    /// Somebody was found on this node's own network.
    pub(super) fn found(&mut self, peer: &PeerId) {
        if let Some(relay) = self.get_mut(peer) {
            relay.reasons.found = true;
            self.sort();
        }
    }

    /// A person wants a relay no longer: that it was found counts no more, until it's found once more.
    pub(super) fn disregard(&mut self, peer: &PeerId) {
        if let Some(relay) = self.get_mut(peer) {
            relay.reasons.found = false;
        }
    }

    /// A record was withdrawn.
    pub(super) fn withdrawn(&mut self, peer: &PeerId) {
        if let Some(relay) = self.get_mut(peer).filter(|relay| !relay.is_connected()) {
            relay.reasons.found = false;
            self.drop_unwanted();
        }
    }

    /// Whether a peer is known to be a relay, or was given as one.
    pub(super) fn contains(&self, peer: &PeerId) -> bool {
        self.get(peer).is_some()
    }

    /// Where a relay is dialled.
    pub(super) fn addresses(&self, peer: &PeerId) -> &[Multiaddr] {
        self.get(peer).map_or(&[], |relay| &relay.addresses)
    }

    /// The token by which a relay lets this node in, if it wants one.
    pub(super) fn token(&self, peer: &PeerId) -> Option<&Token> {
        self.get(peer)?.token.as_ref()
    }

    /// The relays to dial now; [`Relays::dialled`] has to be told of each.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Dial> {
        self.forget_lost(now);
        let due = self.waiting().filter(|relay| relay.next <= now);
        due.map(|relay| Dial { name: relay.name, peer: relay.peer, addresses: relay.addresses.clone() }).collect()
    }

    /// When [`Relays::due`] will have something next.
    pub(super) fn next(&self) -> Option<Instant> {
        self.waiting().map(|relay| relay.next).min()
    }

    /// A relay is being dialled; `None`: it can't be.
    pub(super) fn dialled(&mut self, name: Name, connection: Option<ConnectionId>, now: Instant) {
        let Some(relay) = self.relays.iter_mut().find(|relay| relay.name == name) else { return };
        match connection {
            Some(connection) => relay.stage = Stage::Dialling(connection),
            None => relay.wait(0.5, now),
        }
    }

    /// A dial came to nothing. `false`: it was none to a relay. `jitter` from 0 to 1 spreads the tries of many.
    pub(super) fn failed(&mut self, dial: ConnectionId, cause: Reason, jitter: f64, now: Instant) -> bool {
        let Some(relay) = self.dialled_by(dial) else { return false };
        relay.stage = Stage::Away;
        relay.refused = false;
        relay.cause = Some(shortened(cause));
        relay.wait(jitter, now);
        self.changed = true;
        true
    }

    /// Somebody else is where a relay was dialled: it may be another relay, unless a person said which it is.
    pub(super) fn is_elsewhere(&mut self, dial: ConnectionId) {
        if let Some(relay) = self.dialled_by(dial).filter(|relay| !relay.named) {
            relay.peer = None;
            relay.nickname = None;
        }
    }

    /// A connection to somebody stands that this node has made. `true`: to a relay that was dialled as such.
    pub(super) fn opened(&mut self, peer: PeerId, connection: ConnectionId) -> bool {
        let dialled = self.dialled_by(connection).map(|relay| relay.name);
        if let Some(name) = dialled {
            self.is_at(name, peer);
        }
        if let Some(relay) = self.get_mut(&peer).filter(|relay| !relay.is_connected()) {
            relay.stage = Stage::Connected;
        }
        dialled.is_some()
    }

    /// A peer that is connected has said that it's a relay, and is dialled at `at`. `false`: there's no use for it.
    pub(super) fn introduced(&mut self, peer: PeerId, nickname: Nickname, at: &Multiaddr, now: Instant) -> bool {
        if !self.contains(&peer) && !self.take_found(peer, at, now) {
            return false;
        }
        let wanted = self.is_wanted(&peer);
        if let Some(relay) = self.get_mut(&peer) {
            relay.nickname = Some(nickname);
            relay.hear(at);
            if !relay.is_connected() {
                relay.stage = Stage::Connected;
            }
        }
        self.changed = true;
        wanted
    }

    /// What was given as a relay turned out to be none.
    pub(super) fn is_none(&mut self, peer: &PeerId, now: Instant) {
        self.refused(peer, Plain::NotARelay.into(), Duration::ZERO, now);
    }

    /// A relay has let this node in.
    pub(super) fn joined(&mut self, peer: &PeerId) {
        if let Some(relay) = self.get_mut(peer).filter(|relay| relay.stage == Stage::Connected) {
            relay.stage = Stage::Joined { place: false };
            relay.failures = 0;
            relay.refused = false;
            relay.cause = None;
            self.changed = true;
        }
    }

    /// Whether others reach this node by a relay has changed.
    pub(super) fn has_place(&mut self, peer: &PeerId, place: bool) {
        if let Some(relay) = self.get_mut(peer).filter(|relay| matches!(relay.stage, Stage::Joined { .. })) {
            relay.stage = Stage::Joined { place };
            self.changed = true;
        }
    }

    /// A relay doesn't take this node: it's left, and asked again after `wait` at the earliest.
    pub(super) fn refused(&mut self, peer: &PeerId, why: Reason, wait: Duration, now: Instant) {
        let Some(relay) = self.get_mut(peer) else { return };
        relay.refused = true;
        relay.cause = Some(shortened(why));
        relay.put_off(wait.max(AFTER_REFUSAL), now);
        self.changed = true;
    }

    /// A relay is no good for now: it's left, and dialled again after `wait`.
    pub(super) fn put_off(&mut self, peer: &PeerId, why: Reason, wait: Duration, now: Instant) {
        let Some(relay) = self.get_mut(peer) else { return };
        relay.cause = Some(shortened(why));
        relay.put_off(wait, now);
        self.changed = true;
    }

    /// Whether a relay is about to leave.
    pub(super) fn leaves(&mut self, peer: &PeerId, leaving: bool) {
        if let Some(relay) = self.get_mut(peer) {
            relay.leaving = leaving;
            self.changed = true;
        }
    }

    /// A relay's last connection ended.
    pub(super) fn lost(&mut self, peer: &PeerId, jitter: f64, now: Instant) {
        let Some(relay) = self.get_mut(peer).filter(|relay| relay.is_connected()) else { return };
        // Where it was put off, it stays so.
        let next = relay.next;
        match relay.stage {
            Stage::Joined { .. } => relay.next = now + SPREAD.mul_f64(jitter.clamp(0.0, 1.0)),
            _ => relay.wait(jitter, now),
        }
        relay.next = relay.next.max(next);
        relay.stage = Stage::Away;
        relay.leaving = false;
        relay.away = now;
        self.changed = true;
    }

    /// Whether a relay is of use: allowed, and not spare.
    pub(super) fn is_wanted(&self, peer: &PeerId) -> bool {
        self.wanted().any(|relay| relay.peer == Some(*peer))
    }

    /// Whether a relay is connected and has let this node in.
    pub(super) fn is_joined(&self, peer: &PeerId) -> bool {
        self.get(peer).is_some_and(|relay| matches!(relay.stage, Stage::Joined { .. }))
    }

    /// The relays that circuits can be made by, the preferred first.
    pub(super) fn in_use(&self) -> impl Iterator<Item = &PeerId> {
        self.relays.iter().filter(|relay| relay.is_in_use()).filter_map(|relay| relay.peer.as_ref())
    }

    /// A relay that is one too many: the least preferred of those in use that nothing goes through.
    pub(super) fn surplus(&self, is_used: impl Fn(&PeerId) -> bool) -> Option<PeerId> {
        let in_use = self.relays.iter().filter(|relay| relay.is_in_use()).skip(MAX_IN_USE);
        let needless = in_use.filter(|relay| !relay.reasons.on_a_way).filter_map(|relay| relay.peer);
        needless.filter(|peer| !is_used(peer)).last()
    }

    /// Whether [`Relays::statuses`] may have changed since this was asked last.
    pub(super) fn is_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// What a person is told, in order of preference.
    pub(super) fn statuses(&self) -> Vec<RelayStatus> {
        let shown = self.relays.iter().filter(|relay| self.is_allowed(relay));
        let wanted: Vec<Name> = self.wanted().map(|relay| relay.name).collect();
        shown.map(|relay| relay.status(wanted.contains(&relay.name))).collect()
    }

    fn get(&self, peer: &PeerId) -> Option<&Relay> {
        self.relays.iter().find(|relay| relay.peer == Some(*peer))
    }

    fn get_mut(&mut self, peer: &PeerId) -> Option<&mut Relay> {
        self.relays.iter_mut().find(|relay| relay.peer == Some(*peer))
    }

    fn dialled_by(&mut self, connection: ConnectionId) -> Option<&mut Relay> {
        self.relays.iter_mut().find(|relay| relay.stage == Stage::Dialling(connection))
    }

    fn is_allowed(&self, relay: &Relay) -> bool {
        relay.reasons.source().is_some_and(|source| source != RelaySource::Found || self.finding)
    }

    /// Those that are in use, or would be if they could: the others are spare.
    fn wanted(&self) -> impl Iterator<Item = &Relay> {
        let allowed = self.relays.iter().filter(|relay| self.is_allowed(relay));
        allowed
            .scan(0, |in_use, relay| {
                let wanted = *in_use < MAX_IN_USE || relay.reasons.on_a_way;
                *in_use += usize::from(relay.is_in_use());
                Some(wanted.then_some(relay))
            })
            .flatten()
    }

    fn waiting(&self) -> impl Iterator<Item = &Relay> {
        self.wanted().filter(|relay| relay.stage == Stage::Away && !relay.addresses.is_empty())
    }

    /// The relay that is known at an address or by an id, or a new one.
    fn at(&mut self, address: Multiaddr, peer: Option<PeerId>, now: Instant) -> &mut Relay {
        let by_id = |relay: &Relay| peer.is_some() && relay.peer == peer;
        let by_address = |relay: &Relay| relay.addresses.contains(&address) && (peer.is_none() || relay.peer.is_none());
        let known = self.relays.iter().position(by_id).or_else(|| self.relays.iter().position(by_address));
        let place = known.unwrap_or_else(|| {
            self.names += 1;
            self.relays.push(Relay::new(Name(self.names), now));
            self.relays.len() - 1
        });
        self.changed = true;
        #[allow(clippy::indexing_slicing, reason = "it was found or pushed there")]
        let relay = &mut self.relays[place];
        relay.hear(&address);
        if peer.is_some() {
            relay.peer = peer;
            relay.named = true;
        }
        relay
    }

    /// A relay that nobody gave. `false`: there are too many.
    fn take_found(&mut self, peer: PeerId, at: &Multiaddr, now: Instant) -> bool {
        let is_found = |relay: &Relay| relay.reasons.source() == Some(RelaySource::Found);
        if self.relays.iter().filter(|relay| is_found(relay)).count() >= MAX_FOUND {
            let away = self.relays.iter().position(|relay| is_found(relay) && relay.stage == Stage::Away);
            let Some(away) = away else { return false };
            self.relays.remove(away);
        }
        let relay = self.at(at.clone(), Some(peer), now);
        relay.reasons.found = true;
        self.sort();
        true
    }

    /// A dial has shown which relay is at an address. One that is known already takes the place of the two.
    fn is_at(&mut self, name: Name, peer: PeerId) {
        let known = self.relays.iter().position(|relay| relay.peer == Some(peer) && relay.name != name);
        let Some(known) = known else {
            if let Some(relay) = self.relays.iter_mut().find(|relay| relay.name == name) {
                relay.peer = Some(peer);
                relay.stage = Stage::Connected;
            }
            return;
        };
        let other = self.relays.remove(known);
        if let Some(relay) = self.relays.iter_mut().find(|relay| relay.name == name) {
            relay.take_over(other, peer);
        }
        self.sort();
    }

    /// Forgets those that there's no reason to know. Returns those of them that are connected.
    fn drop_unwanted(&mut self) -> Vec<PeerId> {
        self.sort();
        let unwanted = self.relays.extract_if(.., |relay| relay.reasons.source().is_none());
        unwanted.filter(Relay::is_connected).filter_map(|relay| relay.peer).collect()
    }

    fn forget_lost(&mut self, now: Instant) {
        let is_lost = |relay: &Relay| {
            let found = relay.reasons.source() == Some(RelaySource::Found);
            found && relay.stage == Stage::Away && now.duration_since(relay.away) >= FORGOTTEN
        };
        let before = self.relays.len();
        self.relays.retain(|relay| !is_lost(relay));
        self.changed |= self.relays.len() != before;
    }

    fn sort(&mut self) {
        self.relays.sort_by_key(|relay| (relay.reasons.source().unwrap_or(RelaySource::Found), relay.name));
        self.changed = true;
    }
}
