//! Who is there. Presence is a connection on which a peer has introduced itself, or its being on a relay's list: then it's
//! reached through the relay as soon as something is to be said.

mod listed;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::core::{Core, now};
use super::{Error, Event};
use crate::model::{Nickname, Path, Peer, PeerId, Presence, Timestamp, Watermark};
use crate::net::Listed;
use crate::protocol::lane::AuthorInput;
use crate::protocol::roster::MAX_LISTINGS;
use crate::protocol::wire::hello::Introduction;
use crate::store::{MAX_PEERS, Store};

/// How long a peer whose connection broke is still shown: long enough for a connection to be made again, short enough
/// for the screen to be true.
const GRACE: Duration = Duration::from_millis(1500);

/// People that are remembered in memory, beside those who are connected and those who were written to: a relay's whole list
/// fits among them.
const MAX_PEOPLE: usize = 2 * MAX_PEERS + MAX_LISTINGS;

/// Wait before a hello that wasn't taken is sent again.
const HELLO_AGAIN: Duration = Duration::from_secs(1);

/// A peer as the engine knows it.
#[derive(Debug)]
pub(super) struct Person {
    nickname: Nickname,
    presence: Presence,
    path: Path,
    /// Where it was reached in former runs.
    addresses: Vec<String>,
    last_seen: Option<Timestamp>,
    /// How far it said it was with our messages; `None` while it isn't connected.
    pub(super) marks: Option<Vec<Watermark>>,
    /// What it says of itself on relays' lists. Its hello, once it's connected, is the truth instead.
    listed: Option<Listed>,
    /// Whether it's remembered for the next run. Whoever was but listed isn't: they may be thousands.
    kept: bool,
    /// Counts its absences, so that the end of a grace belongs to one.
    absences: u64,
}

/// Everybody who is here or was met before.
#[derive(Debug, Default)]
pub(super) struct People {
    by_id: HashMap<PeerId, Person>,
    /// Whose row in the store is old.
    changed: HashSet<PeerId>,
    /// Whether the store is writing rows.
    remembering: bool,
}

impl People {
    pub(super) async fn load(store: &Store) -> Result<Self, Error> {
        let by_id = store.peers().await?.into_iter().map(|peer| (peer.id, Person::from(peer))).collect();
        Ok(Self { by_id, ..Self::default() })
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &PeerId> {
        self.by_id.keys()
    }

    pub(super) fn is_known(&self, peer: &PeerId) -> bool {
        self.by_id.contains_key(peer)
    }

    /// Whether the peer is connected and has said who it is.
    pub(super) fn is_met(&self, peer: &PeerId) -> bool {
        self.marks(peer).is_some()
    }

    /// How far a peer that is here said it was with our messages.
    pub(super) fn marks(&self, peer: &PeerId) -> Option<&Vec<Watermark>> {
        self.by_id.get(peer)?.marks.as_ref()
    }
}

impl Person {
    /// Somebody who isn't here and never was.
    fn new(nickname: Nickname) -> Self {
        Self {
            nickname,
            presence: Presence::Offline,
            path: Path::None,
            addresses: Vec::new(),
            last_seen: None,
            marks: None,
            listed: None,
            kept: false,
            absences: 0,
        }
    }

    /// How it was reached, if it isn't any more.
    const fn likely_path(&self) -> Path {
        if self.listed.is_some() { Path::Relayed } else { Path::Direct }
    }
}

impl From<Peer> for Person {
    fn from(peer: Peer) -> Self {
        Self { addresses: peer.addresses, last_seen: peer.last_seen, kept: true, ..Self::new(peer.nickname) }
    }
}

impl Core {
    /// A peer for the outside. `None`: never met.
    pub(super) fn peer(&self, id: &PeerId) -> Option<Peer> {
        let person = self.people.by_id.get(id)?;
        Some(Peer {
            id: *id,
            nickname: person.nickname.clone(),
            tag: id.tag(),
            presence: person.presence,
            path: person.path,
            addresses: person.addresses.clone(),
            last_seen: if person.path == Path::None { person.last_seen } else { Some(now()) },
            relay: false,
        })
    }

    /// Everybody; those here first, then by nickname.
    pub(super) fn peers(&self) -> Vec<Peer> {
        let mut peers: Vec<Peer> = self.people.ids().filter_map(|id| self.peer(id)).collect();
        peers.sort_by_cached_key(|peer| (!peer.is_here(), peer.nickname.as_str().to_lowercase(), peer.id));
        peers
    }

    /// Tells a peer who we are, with how far we are with its messages.
    pub(super) fn introduce_to(&mut self, peer: PeerId) {
        let store = self.store.clone();
        self.beside(async move { store.lanes_in(peer).await }, move |core, lanes| match lanes {
            Ok(watermarks) => {
                let watermarks = watermarks.into_iter().map(|lane| core.told_of(lane)).collect();
                let introduction = Introduction::new(core.nickname(), core.presence, watermarks);
                core.node.introduce(&peer, &introduction);
            }
            Err(error) => {
                core.warn(error);
                core.later(HELLO_AGAIN, move |core| core.introduce_to(peer));
            }
        });
    }

    /// Tells everybody here who we are, since something changed.
    pub(super) fn introduce_to_all(&mut self) {
        self.node.present(&self.nickname(), self.presence);
        let here: Vec<PeerId> = self.people.ids().filter(|peer| self.people.is_met(peer)).copied().collect();
        for peer in here {
            self.introduce_to(peer);
        }
    }

    pub(super) fn set_presence(&mut self, presence: Presence) {
        if self.presence != presence && presence != Presence::Offline {
            self.presence = presence;
            self.introduce_to_all();
            self.tell_myself();
        }
    }

    /// Tells everybody here that we leave. Returns who was told.
    pub(super) fn say_goodbye(&mut self) -> HashSet<PeerId> {
        let goodbye = Introduction::new(self.nickname(), Presence::Offline, Vec::new());
        let here: HashSet<PeerId> = self.people.ids().filter(|peer| self.people.is_met(peer)).copied().collect();
        for peer in &here {
            self.node.introduce(peer, &goodbye);
        }
        here
    }

    pub(super) fn connected(&mut self, peer: PeerId) {
        self.introduce_to(peer);
        self.moved_to(peer);
    }

    /// A peer that is here has another way to us.
    pub(super) fn moved_to(&mut self, peer: PeerId) {
        let (addresses, path) = (self.node.addresses_of(&peer), self.path_to(&peer));
        let Some(person) = self.people.by_id.get_mut(&peer).filter(|person| person.marks.is_some()) else { return };
        let moved = person.path != path;
        if moved || person.addresses != addresses {
            person.addresses = addresses;
            person.path = path;
            self.tell_peer(&peer);
        }
        if moved {
            self.files_moved(&peer);
        }
    }

    /// How a peer is reached that has said something. One that is gone by now will be shown as such in a moment.
    fn path_to(&self, peer: &PeerId) -> Path {
        match self.node.path(peer) {
            Path::Relayed => Path::Relayed,
            Path::Direct => Path::Direct,
            Path::None => self.people.by_id.get(peer).map_or(Path::Direct, Person::likely_path),
        }
    }

    pub(super) fn acknowledged(&mut self, peer: PeerId, welcome: bool) {
        if !welcome {
            self.later(HELLO_AGAIN, move |core| core.introduce_to(peer));
        }
    }

    pub(super) fn introduced(&mut self, id: PeerId, introduction: Introduction) {
        if introduction.relay {
            return self.introduced_relay(id, introduction);
        }
        if introduction.presence == Presence::Offline {
            self.node.disconnect(&id, true);
            return self.left(id);
        }
        self.make_room_for(&id);
        let (addresses, path) = (self.node.addresses_of(&id), self.path_to(&id));
        let person = self.people.by_id.entry(id).or_insert_with(|| Person::new(introduction.nickname.clone()));
        let renamed = person.nickname != introduction.nickname;
        let changed =
            renamed || (person.presence, person.path) != (introduction.presence, path) || person.addresses != addresses;
        person.nickname = introduction.nickname;
        person.presence = introduction.presence;
        person.path = path;
        person.addresses = addresses;
        person.kept = true;
        let newly = person.marks.replace(introduction.watermarks.clone()).is_none();
        if changed {
            self.tell_peer(&id);
        }
        if newly || renamed {
            self.remember(id);
        }
        self.author_does(id, AuthorInput::Met(introduction.watermarks));
        if newly {
            self.files_met(id);
            self.met(id);
        }
    }

    /// A peer says that it leaves: what relays' lists say of it is out of date.
    fn left(&mut self, id: PeerId) {
        if let Some(person) = self.people.by_id.get_mut(&id) {
            person.listed = None;
        }
        self.part(id);
        self.gone(id);
    }

    /// A peer turns out not to be somebody to chat with.
    pub(super) fn is_no_person(&mut self, id: PeerId) {
        if self.people.is_met(&id) {
            self.left(id);
        }
    }

    pub(super) fn disconnected(&mut self, peer: PeerId) {
        let was_met = self.people.is_met(&peer);
        self.part(peer);
        let Some(person) = self.people.by_id.get_mut(&peer).filter(|_| was_met) else { return };
        person.absences += 1;
        let absence = person.absences;
        self.later(GRACE, move |core| core.stayed_away(peer, absence));
        self.call_if_owed(peer);
    }

    /// The time is over that somebody had to come back.
    fn stayed_away(&mut self, peer: PeerId, absence: u64) {
        let of_absence = |person: &&mut Person| person.absences == absence && person.marks.is_none();
        let Some(person) = self.people.by_id.get_mut(&peer).filter(of_absence) else { return };
        if person.listed.is_none() {
            self.gone(peer);
        } else if person.show_listed() {
            self.tell_peer(&peer);
        }
    }

    /// Many passers-by don't fill the memory: the one who left first, and was never written to, is forgotten. `false`:
    /// there's nobody to forget, and no room.
    fn make_room_for(&mut self, newcomer: &PeerId) -> bool {
        if self.people.by_id.len() < MAX_PEOPLE || self.people.is_known(newcomer) {
            return true;
        }
        let passers_by = self.people.by_id.iter().filter(|(id, person)| {
            person.path == Path::None && person.marks.is_none() && !self.lanes.was_written_to(id)
        });
        let first = passers_by.min_by_key(|(_, person)| person.last_seen).map(|(id, _)| *id);
        first.is_some_and(|first| self.people.by_id.remove(&first).is_some())
    }

    /// Nothing more can be sent to the peer for now.
    fn part(&mut self, peer: PeerId) {
        if let Some(person) = self.people.by_id.get_mut(&peer) {
            person.marks = None;
            person.last_seen = Some(now());
        }
        self.typing_parted(&peer);
        self.author_does(peer, AuthorInput::Parted);
        self.files_parted(peer);
    }

    /// The peer is shown as gone.
    fn gone(&mut self, peer: PeerId) {
        let Some(person) = self.people.by_id.get_mut(&peer) else { return };
        if person.path == Path::None {
            return;
        }
        person.path = Path::None;
        person.presence = Presence::Offline;
        person.last_seen = Some(now());
        let kept = person.kept;
        self.tell_peer(&peer);
        if kept {
            self.remember(peer);
        }
    }

    fn tell_peer(&mut self, id: &PeerId) {
        if let Some(peer) = self.peer(id) {
            self.teller.tell(Event::Peer(peer));
        }
    }

    /// Keeps what is known of a peer for the next run. One transaction at a time takes all that have changed: whoever
    /// renames themself all the time costs no more than that.
    fn remember(&mut self, id: PeerId) {
        self.people.changed.insert(id);
        if !self.people.remembering {
            self.remember_changed();
        }
    }

    fn remember_changed(&mut self) {
        let changed = std::mem::take(&mut self.people.changed);
        let peers: Vec<Peer> = changed.iter().filter_map(|id| self.peer(id)).collect();
        self.people.remembering = !peers.is_empty();
        if peers.is_empty() {
            return;
        }
        let store = self.store.clone();
        self.beside(async move { store.remember_peers(peers).await }, |core, kept| {
            if let Err(error) = kept {
                core.warn(error);
            }
            core.remember_changed();
        });
    }
}
