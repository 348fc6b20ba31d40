//! Who is on relays' lists, and who is written to before they were ever met.

use super::super::core::Core;
use super::{People, Person};
use crate::model::{Nickname, Path, PeerId};
use crate::net::Listed;

impl People {
    /// Whether the peer isn't connected, but on a relay's list.
    fn is_to_be_called(&self, peer: &PeerId) -> bool {
        self.by_id.get(peer).is_some_and(|person| person.marks.is_none() && person.listed.is_some())
    }
}

impl Person {
    /// Shows what relays' lists say, unless it's connected. Returns whether that changed anything.
    pub(super) fn show_listed(&mut self) -> bool {
        let Some(listed) = self.listed.as_ref().filter(|_| self.marks.is_none()) else { return false };
        let shown = (&self.nickname, self.presence, self.path);
        if shown == (&listed.nickname, listed.presence, Path::Relayed) {
            return false;
        }
        self.nickname.clone_from(&listed.nickname);
        self.presence = listed.presence;
        self.path = Path::Relayed;
        true
    }
}

impl Core {
    /// An invite tells of somebody: they can be written to, whether they are here or not.
    pub(in crate::engine) fn invited(&mut self, id: PeerId, nickname: Nickname) {
        if !self.people.is_known(&id) {
            self.make_room_for(&id);
            self.people.by_id.insert(id, Person::new(nickname));
            self.tell_peer(&id);
        }
        self.keep_person(id);
    }

    /// Somebody is remembered from now on.
    pub(in crate::engine) fn keep_person(&mut self, id: PeerId) {
        if let Some(person) = self.people.by_id.get_mut(&id).filter(|person| !person.kept) {
            person.kept = true;
            self.remember(id);
        }
    }

    /// Relays' lists say something else of somebody. `None`: they are on none any more.
    pub(in crate::engine) fn listed(&mut self, id: PeerId, listed: Option<Listed>) {
        match listed {
            Some(listed) => self.found_listed(id, listed),
            None => self.unlisted(id),
        }
    }

    fn found_listed(&mut self, id: PeerId, listed: Listed) {
        if !self.people.is_known(&id) {
            if !self.make_room_for(&id) {
                return;
            }
            self.people.by_id.insert(id, Person::new(listed.nickname.clone()));
        }
        let Some(person) = self.people.by_id.get_mut(&id) else { return };
        let newly = person.listed.replace(listed).is_none();
        if person.show_listed() {
            self.tell_peer(&id);
        }
        if newly {
            self.call_if_owed(id);
            self.met(id);
        }
    }

    fn unlisted(&mut self, id: PeerId) {
        let Some(person) = self.people.by_id.get_mut(&id) else { return };
        // Whoever was connected directly a moment ago is given the time to come back.
        let shown_for_it = person.listed.take().is_some() && person.marks.is_none() && person.path == Path::Relayed;
        if shown_for_it {
            self.gone(id);
        }
    }

    /// Something is to be said to somebody: where only a relay leads to them, they are called.
    pub(in crate::engine) fn call(&mut self, peer: PeerId) {
        if self.people.is_to_be_called(&peer) {
            self.node.call(&peer);
        }
    }

    /// The same for somebody who may be owed something from before.
    pub(super) fn call_if_owed(&mut self, peer: PeerId) {
        if self.lanes.has_pending(&peer) || self.files_owed(&peer) {
            self.call(peer);
        }
    }
}
