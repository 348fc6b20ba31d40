//! A relay's list of its members: of those who can be called, since for the others nobody has a use.

#[cfg(test)]
mod tests;

// The addresses alone: there is no network in core.
use core::net::IpAddr;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::time::Duration;

use serde_bytes::ByteBuf;

use super::LEASE;
use crate::model::PeerId;
use crate::protocol::wire::roster::{
    DEPARTURE_BYTES, MAX_PAGE_ITEMS, MAX_RELAY_BYTES, RELAY_OVERHEAD, SignedCard, Since, WireListing, WirePage,
};

/// Departures that are remembered. Who has missed more than that starts over.
const MAX_DEPARTURES: usize = 4_096;

/// The version of a list on which nobody was yet, so that 0 means none.
const FIRST_VERSION: u64 = 1;

/// A member's announcement, once it is let in and its card was opened.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Who.
    pub peer: PeerId,
    /// The connection by which it came: a number that is no other connection's.
    pub session: u64,
    /// Its card.
    pub card: SignedCard,
    /// Where it is seen, if others may know.
    pub seen: Option<IpAddr>,
    /// Whether it can be called through the relay by now. Who can't isn't listed yet: others would try in vain.
    pub reachable: bool,
}

/// The members and the list of them. How many there may be is for its owner to say: it takes whom it is given.
#[derive(Debug)]
pub struct Table {
    boot: u64,
    version: u64,
    leaving: bool,
    bounds: Bounds,
    members: HashMap<PeerId, Member>,
    /// Members by the version at which they came or changed last.
    listed: BTreeMap<u64, PeerId>,
    departed: HashMap<PeerId, u64>,
    /// Those in `departed`, by version.
    departures: BTreeMap<u64, PeerId>,
    /// The highest version of a departure that isn't remembered any more.
    forgotten: u64,
}

#[derive(Debug)]
struct Member {
    /// Under which it's listed, if it is.
    version: Option<u64>,
    card: SignedCard,
    seen: Option<IpAddr>,
    /// The connections by which it has announced itself: one, and a second while it moves.
    sessions: Vec<u64>,
    heard: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Bounds {
    items: usize,
    departures: usize,
}

impl Table {
    /// A list with nobody on it. `boot` is a random number that tells this start of the relay from others.
    pub fn new(boot: u64) -> Self {
        Self::bounded(boot, Bounds { items: MAX_PAGE_ITEMS, departures: MAX_DEPARTURES })
    }

    /// One with small bounds, which are soon met.
    #[cfg(test)]
    pub(super) fn small(boot: u64, items: usize, departures: usize) -> Self {
        Self::bounded(boot, Bounds { items, departures })
    }

    fn bounded(boot: u64, bounds: Bounds) -> Self {
        Self {
            boot,
            version: FIRST_VERSION,
            leaving: false,
            bounds,
            members: HashMap::new(),
            listed: BTreeMap::new(),
            departed: HashMap::new(),
            departures: BTreeMap::new(),
            forgotten: 0,
        }
    }

    /// The list's version: it grows with each change.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// How many members there are, listed or not.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// How many are on the list.
    pub fn listed(&self) -> usize {
        self.listed.len()
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whether somebody is a member, listed or not.
    pub fn contains(&self, peer: &PeerId) -> bool {
        self.members.contains_key(peer)
    }

    /// Takes a member in, or notes that it's still there. `now` is counted from any fixed moment. Whether anything changed:
    /// it's new, or has another card or address.
    pub fn announced(&mut self, arrival: Arrival, now: Duration) -> bool {
        let Arrival { peer, session, card, seen, reachable } = arrival;
        let Some(member) = self.members.get_mut(&peer) else {
            self.members.insert(peer, Member { version: None, card, seen, sessions: vec![session], heard: now });
            self.reach(&peer, reachable);
            return true;
        };
        member.heard = now;
        if !member.sessions.contains(&session) {
            member.sessions.push(session);
        }
        let changed = member.card != card || member.seen != seen;
        (member.card, member.seen) = (card, seen);
        if changed && reachable {
            self.list(&peer);
        } else {
            self.reach(&peer, reachable);
        }
        changed
    }

    /// A member can be called from now on, or no longer. Nothing where it's none, or nothing has changed.
    pub fn reach(&mut self, peer: &PeerId, reachable: bool) {
        let Some(member) = self.members.get(peer) else { return };
        match (member.version.is_some(), reachable) {
            (false, true) => self.list(peer),
            (true, false) => self.unlist(peer),
            _ => {}
        }
    }

    /// Puts a member on the list, or has it told anew.
    fn list(&mut self, peer: &PeerId) {
        let Some(member) = self.members.get_mut(peer) else { return };
        self.version += 1;
        if let Some(earlier) = member.version.replace(self.version) {
            self.listed.remove(&earlier);
        }
        self.listed.insert(self.version, *peer);
        if let Some(departure) = self.departed.remove(peer) {
            self.departures.remove(&departure);
        }
    }

    /// Takes a member off the list, if it's on it.
    fn unlist(&mut self, peer: &PeerId) {
        let Some(version) = self.members.get_mut(peer).and_then(|member| member.version.take()) else { return };
        self.listed.remove(&version);
        self.version += 1;
        self.departed.insert(*peer, self.version);
        self.departures.insert(self.version, *peer);
        while self.departures.len() > self.bounds.departures {
            let Some((version, oldest)) = self.departures.pop_first() else { break };
            self.departed.remove(&oldest);
            self.forgotten = version;
        }
    }

    /// A connection has ended. Whether its member left with it: not while it has another.
    pub fn closed(&mut self, peer: &PeerId, session: u64) -> bool {
        let Some(member) = self.members.get_mut(peer) else { return false };
        member.sessions.retain(|other| *other != session);
        member.sessions.is_empty() && self.remove(peer)
    }

    /// Somebody is no longer a member, however many connections it has.
    pub fn remove(&mut self, peer: &PeerId) -> bool {
        self.unlist(peer);
        self.members.remove(peer).is_some()
    }

    /// Those who weren't heard of for [`LEASE`] are no longer members.
    pub fn expire(&mut self, now: Duration) -> Vec<PeerId> {
        let silent = |member: &Member| now.saturating_sub(member.heard) > LEASE;
        let expired: Vec<PeerId> =
            self.members.iter().filter(|(_, member)| silent(member)).map(|(peer, _)| *peer).collect();
        for peer in &expired {
            self.remove(peer);
        }
        expired
    }

    /// The relay is about to leave: every page says so from now on, and it's a change, so that all are told.
    pub fn leave(&mut self) {
        self.version += 1;
        self.leaving = true;
    }

    /// What somebody has who is up to date with this version.
    pub const fn since(&self, version: u64) -> Since {
        Since { boot: self.boot, version, over: 0 }
    }

    /// What a member is answered from: what it has, or nothing where that can't be carried on. All of those are told the same.
    pub fn known(&self, since: Since) -> Since {
        if self.goes_on(since) { since } else { Since::default() }
    }

    /// What has changed since: as much as a page holds.
    pub fn page(&self, since: Since) -> WirePage {
        let over = if self.goes_on(since) { 0 } else { self.version };
        let since = if over == 0 { since } else { Since { boot: self.boot, version: 0, over } };
        let mut page = WirePage {
            b: self.boot,
            z: over,
            v: since.version,
            n: false,
            l: self.leaving,
            e: Vec::new(),
            x: Vec::new(),
        };
        let mut room = MAX_RELAY_BYTES - RELAY_OVERHEAD;
        for (version, peer) in self.changes(since) {
            let member = self.members.get(&peer).filter(|member| member.version == Some(version));
            let listing = member.map(|member| WireListing::new(&peer, &member.card, member.seen));
            let bytes = listing.as_ref().map_or(DEPARTURE_BYTES, WireListing::bytes);
            if bytes > room || page.e.len() + page.x.len() == self.bounds.items {
                page.n = true;
                return page;
            }
            room -= bytes;
            page.v = version;
            match listing {
                Some(listing) => page.e.push(listing),
                None => page.x.push(ByteBuf::from(peer.public_key().as_slice())),
            }
        }
        page.v = self.version;
        page
    }

    /// Whether what a member has can be carried on from there: that is, whether every departure is remembered that it may
    /// not know of. Who is starting over needs none from before that.
    fn goes_on(&self, since: Since) -> bool {
        let covered = since.version.max(since.over);
        since.boot == self.boot && (self.forgotten..=self.version).contains(&covered)
    }

    /// Who came, changed or left since, by version: all of them, or one more than a page holds.
    fn changes(&self, since: Since) -> Vec<(u64, PeerId)> {
        let after = |version| (Bound::Excluded(version), Bound::Unbounded);
        let listed = self.listed.range(after(since.version)).take(self.bounds.items + 1);
        let gone = self.departures.range(after(since.version.max(since.over))).take(self.bounds.items + 1);
        let mut changes: Vec<(u64, PeerId)> = listed.chain(gone).map(|(version, peer)| (*version, *peer)).collect();
        changes.sort_unstable();
        changes
    }
}
