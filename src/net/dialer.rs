//! Whom to dial, where and when. Pure: time comes as an argument.
//!
//! Discovery and people give addresses; this keeps a bounded book of them and says what to try next. A peer that was
//! lost is tried often for a while, so that it's back within seconds of its return, then seldom. One that is reached
//! through a relay is tried every few seconds as long as it is, so that a direct way is taken as soon as there is one.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use libp2p::Multiaddr;

use super::address;
use crate::model::{Path, PeerId};
use crate::protocol::backoff;

/// Peers in the book. A flood of forged records pushes out other hearsay, never who is connected or was added by hand.
pub const MAX_PEERS: usize = 4096;

/// Addresses kept for one peer, the ones heard last.
pub const MAX_ADDRESSES: usize = 8;

/// Dials under way at a time.
pub const MAX_DIALS: usize = 32;

/// How many of them may be to peers of whom nothing is known but a record, which anybody can forge.
const MAX_HEARSAY_DIALS: usize = 24;

/// How many of those may be to one IP address.
const MAX_HEARSAY_DIALS_PER_IP: usize = 4;

/// Wait after the first dial that failed.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// Longest wait for a peer that was here or was heard of lately.
const SHORT_WAIT: Duration = Duration::from_secs(3);

/// How long "lately" is.
const LATELY: Duration = Duration::from_secs(10 * 60);

/// Longest wait for others.
const LONG_WAIT: Duration = Duration::from_secs(30);

/// Longest wait for a peer that is reached through a relay.
const RELAYED_WAIT: Duration = Duration::from_secs(10);

/// How many dials may be to peers that are reached through a relay.
const MAX_RELAYED_DIALS: usize = 8;

/// A direct way that lasted less than this is not to be trusted,
const SHORT_LIVED: Duration = Duration::from_secs(30);

/// and not tried again for so long while there is one through a relay: what is under way isn't moved to and fro.
const MISTRUST: Duration = Duration::from_secs(60);

/// Fewest time between two dials of one peer, however often it is heard of.
const FEWEST_WAIT: Duration = Duration::from_millis(400);

#[derive(Debug)]
struct Entry {
    addresses: Vec<Multiaddr>,
    /// What the peer itself said through a relay: tried as long as it's reached that way.
    told: Vec<Multiaddr>,
    /// Added by a person: never forgotten.
    by_hand: bool,
    /// Its record was withdrawn: not tried any more unless it was added by hand.
    gone: bool,
    /// How it's reached now. Beside a relay a direct way would be better.
    path: Path,
    /// Since when.
    linked: Instant,
    /// Until when a direct way isn't sought while there's one through a relay.
    mistrusted: Option<Instant>,
    dialing: bool,
    /// Whether it ever was connected.
    met: bool,
    failures: u32,
    /// Dials since it was connected last that came to nothing, whatever was heard meanwhile.
    barren: u32,
    next: Instant,
    last: Option<Instant>,
    fresh: Instant,
}

/// The book of addresses.
#[derive(Debug, Default)]
pub struct Dialer {
    entries: HashMap<PeerId, Entry>,
}

impl Dialer {
    /// Somebody's addresses became known: they are tried at once.
    pub fn heard(&mut self, peer: PeerId, addresses: Vec<Multiaddr>, by_hand: bool, now: Instant) {
        if !self.entries.contains_key(&peer) && !self.make_room() {
            return;
        }
        let entry = self.entries.entry(peer).or_insert_with(|| Entry::new(now));
        entry.hear(addresses);
        entry.by_hand |= by_hand;
        entry.gone = false;
        entry.failures = 0;
        entry.fresh = now;
        entry.try_soon(now);
    }

    /// A peer that is reached through a relay says where it listens.
    pub fn told(&mut self, peer: PeerId, mut addresses: Vec<Multiaddr>, now: Instant) {
        let Some(entry) = self.entries.get_mut(&peer).filter(|entry| entry.path == Path::Relayed) else { return };
        addresses.truncate(MAX_ADDRESSES);
        if entry.told != addresses {
            entry.told = addresses;
            entry.failures = 0;
            entry.try_soon(now);
        }
    }

    /// Until when a peer's direct way isn't trusted, since it soon broke.
    pub fn mistrusts(&self, peer: &PeerId) -> Option<Instant> {
        self.entries.get(peer)?.mistrusted
    }

    /// A peer's record was withdrawn.
    pub fn withdrawn(&mut self, peer: &PeerId) {
        if let Some(entry) = self.entries.get_mut(peer) {
            entry.gone = true;
        }
        self.forget_gone();
    }

    /// A peer is connected, and is reached in this way now.
    pub fn connected(&mut self, peer: PeerId, path: Path, now: Instant) {
        if !self.entries.contains_key(&peer) && !self.make_room() {
            return;
        }
        let entry = self.entries.entry(peer).or_insert_with(|| Entry::new(now));
        if entry.path == path {
            return;
        }
        entry.leave(now);
        entry.path = path;
        entry.linked = now;
        entry.met = true;
        entry.failures = 0;
        entry.barren = 0;
        entry.fresh = now;
        if path == Path::Direct {
            entry.dialing = false;
        } else {
            entry.next = now.max(entry.mistrusted.unwrap_or(now)) + FIRST_WAIT;
        }
    }

    /// A peer's last connection ended. `goodbye`: it said so, and will be heard of when it's back.
    pub fn lost(&mut self, peer: &PeerId, goodbye: bool, now: Instant) {
        if let Some(entry) = self.entries.get_mut(peer) {
            if !goodbye {
                entry.leave(now);
            }
            entry.path = Path::None;
            entry.told.clear();
            entry.fresh = now;
            entry.next = now + FIRST_WAIT;
            // Somebody of whom there's no address but what it said through a relay.
            entry.gone = goodbye || entry.addresses.is_empty();
        }
        self.forget_gone();
    }

    fn forget_gone(&mut self) {
        self.entries.retain(|_, entry| !entry.gone || entry.by_hand || entry.path != Path::None);
    }

    /// A dial ended without a connection. `jitter` from 0 to 1 spreads the tries of many.
    pub fn failed(&mut self, peer: &PeerId, jitter: f64, now: Instant) {
        let Some(entry) = self.entries.get_mut(peer) else { return };
        entry.dialing = false;
        let longest = entry.longest_wait(now);
        let wait = backoff::wait(FIRST_WAIT, entry.failures, longest);
        entry.failures = entry.failures.saturating_add(1);
        entry.barren = entry.barren.saturating_add(1);
        entry.next = now + backoff::spread(wait, jitter);
    }

    /// A peer is nobody to dial here: it speaks another language, or is a relay. Not tried again until it's heard of anew.
    pub fn forget(&mut self, peer: &PeerId) {
        self.entries.remove(peer);
    }

    /// Whom to dial now, marked as being dialled. Those who were added by hand or met before go first, then those who
    /// were tried in vain the fewest times: a flood of forged records doesn't hold up the honest ones for long.
    pub fn due(&mut self, now: Instant) -> Vec<(PeerId, Vec<Multiaddr>)> {
        let mut slots = self.slots();
        let mut due: Vec<(&PeerId, &mut Entry)> =
            self.entries.iter_mut().filter(|(_, entry)| entry.is_waiting() && entry.next <= now).collect();
        due.sort_by_key(|(_, entry)| (entry.is_hearsay(), entry.barren, entry.next));
        due.retain_mut(|(_, entry)| slots.take(entry));
        due.into_iter()
            .map(|(peer, entry)| {
                entry.dialing = true;
                entry.last = Some(now);
                (*peer, entry.worth_trying())
            })
            .collect()
    }

    /// When [`Dialer::due`] will have something next. `None`: not before it's told something.
    pub fn next(&self) -> Option<Instant> {
        let slots = self.slots();
        self.entries
            .values()
            .filter(|entry| entry.is_waiting() && slots.are_free_for(entry))
            .map(|entry| entry.next)
            .min()
    }

    fn slots(&self) -> Slots {
        let mut slots = Slots::default();
        for entry in self.entries.values().filter(|entry| entry.dialing) {
            slots.occupy(entry);
        }
        slots
    }

    /// A peer's known addresses, the one used or heard last first.
    pub fn addresses(&self, peer: &PeerId) -> &[Multiaddr] {
        self.entries.get(peer).map_or(&[], |entry| &entry.addresses)
    }

    fn make_room(&mut self) -> bool {
        if self.entries.len() < MAX_PEERS {
            return true;
        }
        let stalest = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.path == Path::None && !entry.by_hand && !entry.dialing)
            .min_by_key(|(_, entry)| entry.fresh)
            .map(|(peer, _)| *peer);
        stalest.is_some_and(|peer| self.entries.remove(&peer).is_some())
    }
}

impl Entry {
    fn new(now: Instant) -> Self {
        Self {
            addresses: Vec::new(),
            told: Vec::new(),
            by_hand: false,
            gone: false,
            path: Path::None,
            linked: now,
            mistrusted: None,
            dialing: false,
            met: false,
            failures: 0,
            barren: 0,
            next: now,
            last: None,
            fresh: now,
        }
    }

    fn hear(&mut self, addresses: Vec<Multiaddr>) {
        for address in addresses {
            self.addresses.retain(|known| *known != address);
            self.addresses.insert(0, address);
        }
        self.addresses.truncate(MAX_ADDRESSES);
    }

    /// Tries it as soon as may be.
    fn try_soon(&mut self, now: Instant) {
        let soonest = self.last.map_or(now, |last| now.max(last + FEWEST_WAIT));
        let mistrusted = self.mistrusted.filter(|_| self.path == Path::Relayed);
        self.next = mistrusted.map_or(soonest, |until| until.max(soonest));
    }

    /// The present path is over.
    fn leave(&mut self, now: Instant) {
        if self.path == Path::Direct && now.duration_since(self.linked) < SHORT_LIVED {
            self.mistrusted = Some(now + MISTRUST);
        }
    }

    fn is_waiting(&self) -> bool {
        let told = self.path == Path::Relayed && !self.told.is_empty();
        self.path != Path::Direct && !self.dialing && (told || !self.addresses.is_empty())
    }

    fn is_hearsay(&self) -> bool {
        !self.by_hand && !self.met
    }

    /// Where it may be: what it says itself first, then where it was and what others say.
    fn worth_trying(&self) -> Vec<Multiaddr> {
        let told = if self.path == Path::Relayed { self.told.as_slice() } else { &[] };
        let others = self.addresses.iter().filter(|address| !told.contains(address));
        told.iter().chain(others).cloned().collect()
    }

    fn longest_wait(&self, now: Instant) -> Duration {
        if self.path == Path::Relayed {
            RELAYED_WAIT
        } else if now.duration_since(self.fresh) < LATELY {
            SHORT_WAIT
        } else {
            LONG_WAIT
        }
    }

    fn ip(&self) -> Option<IpAddr> {
        self.addresses.first().and_then(address::socket).map(|socket| socket.ip())
    }
}

/// What the dials under way take up.
#[derive(Debug, Default)]
struct Slots {
    all: usize,
    relayed: usize,
    hearsay: usize,
    by_ip: HashMap<Option<IpAddr>, usize>,
}

impl Slots {
    fn are_free_for(&self, entry: &Entry) -> bool {
        let at_ip = || self.by_ip.get(&entry.ip()).copied().unwrap_or(0);
        let for_hearsay = || self.hearsay < MAX_HEARSAY_DIALS && at_ip() < MAX_HEARSAY_DIALS_PER_IP;
        let for_relayed = self.relayed < MAX_RELAYED_DIALS || entry.path != Path::Relayed;
        self.all < MAX_DIALS && for_relayed && (!entry.is_hearsay() || for_hearsay())
    }

    fn occupy(&mut self, entry: &Entry) {
        self.all += 1;
        self.relayed += usize::from(entry.path == Path::Relayed);
        if entry.is_hearsay() {
            self.hearsay += 1;
            *self.by_ip.entry(entry.ip()).or_default() += 1;
        }
    }

    fn take(&mut self, entry: &Entry) -> bool {
        let free = self.are_free_for(entry);
        if free {
            self.occupy(entry);
        }
        free
    }
}

#[cfg(test)]
mod tests;
