//! Who the members of a relay are, and telling them of each other.
//!
//! [`Roster`] is the seam at which relays that know of each other can be put in: whatever keeps a list that members of
//! several of them see. [`OwnRoster`] is the list of one relay alone.

use std::sync::Arc;
use std::time::Duration;

use crate::model::PeerId;
use crate::protocol::roster::{Arrival, Encoded, Outcome, Pages, Push, Pushes, Table};
use crate::protocol::wire::WireError;
use crate::protocol::wire::roster::{Heard, Since};

/// Changes that a member is to be told; answer with [`Roster::told`].
#[derive(Debug)]
pub struct Telling {
    push: Push,
    changes: Encoded,
}

impl Telling {
    /// Whom to tell.
    pub const fn peer(&self) -> &PeerId {
        &self.push.peer
    }

    /// The request that tells it, encoded.
    pub fn bytes(&self) -> Arc<[u8]> {
        Arc::clone(&self.changes.bytes)
    }
}

/// A list of members. Who may be on it is decided before. Times are counted from any fixed moment.
pub trait Roster: Send {
    /// A member, and what it says of itself. Whether anything changed.
    fn announced(&mut self, arrival: Arrival, now: Duration) -> bool;

    /// Whether somebody can be called changed.
    fn reach(&mut self, peer: &PeerId, reachable: bool);

    /// A connection of somebody's has ended. Whether a member left with it.
    fn closed(&mut self, peer: &PeerId, session: u64) -> bool;

    /// Those who weren't heard of for too long; they are members no longer.
    fn expire(&mut self, now: Duration) -> Vec<PeerId>;

    /// The relay is about to leave: all members are told.
    fn leave(&mut self);

    /// Whether somebody is a member.
    fn contains(&self, peer: &PeerId) -> bool;

    /// How many members there are.
    fn members(&self) -> usize;

    /// How many the list has that they are told.
    fn listed(&self) -> usize;

    /// A member asks what has changed: the answer, encoded. From then on it's told of changes.
    ///
    /// # Errors
    ///
    /// It can't be encoded.
    fn asked(&mut self, peer: &PeerId, since: Since, now: Duration) -> Result<Arc<[u8]>, WireError>;

    /// What members are to be told now. To be asked after whatever has happened, and at [`Roster::next`].
    fn due(&mut self, now: Duration) -> Vec<Telling>;

    /// When there may be something due by itself.
    fn next(&self) -> Option<Duration>;

    /// What a member answered to what it was told; `None`: nothing.
    fn told(&mut self, telling: &Telling, heard: Option<Heard>, now: Duration);
}

/// The list of one relay alone.
#[derive(Debug)]
pub struct OwnRoster {
    table: Table,
    pushes: Pushes,
    pages: Pages,
}

impl OwnRoster {
    /// A list with nobody on it. `boot` is a random number that tells this start of the relay from others.
    pub fn new(boot: u64) -> Self {
        Self { table: Table::new(boot), pushes: Pushes::new(), pages: Pages::new() }
    }

    /// Somebody is no longer a member.
    fn left(&mut self, peer: &PeerId) {
        self.pushes.left(peer);
        self.changed();
    }

    fn changed(&mut self) {
        self.pushes.changed(self.table.version());
    }

    fn telling(&mut self, push: Push) -> Option<Telling> {
        let changes = self.pages.changes(&self.table, self.pushes.round(), push.from);
        changes
            .inspect_err(|error| tracing::error!(%error, "changes of the roster can't be encoded"))
            .ok()
            .map(|changes| Telling { push, changes })
    }
}

impl Roster for OwnRoster {
    fn announced(&mut self, arrival: Arrival, now: Duration) -> bool {
        let is_news = self.table.announced(arrival, now);
        self.changed();
        is_news
    }

    fn reach(&mut self, peer: &PeerId, reachable: bool) {
        self.table.reach(peer, reachable);
        self.changed();
    }

    fn closed(&mut self, peer: &PeerId, session: u64) -> bool {
        let left = self.table.closed(peer, session);
        if left {
            self.left(peer);
        }
        left
    }

    fn expire(&mut self, now: Duration) -> Vec<PeerId> {
        let expired = self.table.expire(now);
        expired.iter().for_each(|peer| self.left(peer));
        expired
    }

    fn leave(&mut self) {
        self.table.leave();
        self.changed();
    }

    fn contains(&self, peer: &PeerId) -> bool {
        self.table.contains(peer)
    }

    fn members(&self) -> usize {
        self.table.len()
    }

    fn listed(&self) -> usize {
        self.table.listed()
    }

    fn asked(&mut self, peer: &PeerId, since: Since, now: Duration) -> Result<Arc<[u8]>, WireError> {
        let page = self.pages.answer(&self.table, self.pushes.round(), since)?;
        self.pushes.asked(peer, page.version, page.more, now);
        Ok(page.bytes)
    }

    fn due(&mut self, now: Duration) -> Vec<Telling> {
        let due = self.pushes.due(now);
        due.into_iter().filter_map(|push| self.telling(push)).collect()
    }

    fn next(&self) -> Option<Duration> {
        self.pushes.next()
    }

    fn told(&mut self, telling: &Telling, heard: Option<Heard>, now: Duration) {
        let Encoded { version, more, .. } = telling.changes;
        let outcome = match heard {
            Some(Heard::Taken) => Outcome::Taken { version, more },
            Some(Heard::WillAsk) => Outcome::WillAsk,
            None => Outcome::Silent,
        };
        self.pushes.ended(&telling.push, outcome, now);
    }
}
