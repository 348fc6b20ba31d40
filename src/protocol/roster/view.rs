//! What a member has of one relay's list.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use crate::model::PeerId;
use crate::protocol::backoff;
use crate::protocol::lane::Ticket;
use crate::protocol::wire::roster::{Changes, Heard, Listing, Page, Since};

/// Most members of one relay that a member lists. Whoever comes beyond that isn't shown.
pub const MAX_LISTINGS: usize = 10_000;

/// Listings that were no good, at which the relay is left.
const MAX_FORGED: u32 = 64;

/// Pages that a relay may answer before it comes to the end of its list: enough for [`MAX_LISTINGS`] of the largest.
const MAX_PAGES: u32 = 128;

/// First wait before a question is asked again.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Longest wait between two tries. The caller adds jitter.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What happens to a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ViewInput {
    /// The relay has taken our announcement on a connection that is new.
    Joined,
    /// The relay is gone, or doesn't take us any more.
    Parted,
    /// The end of [`ViewOutput::Ask`]. `None`: no answer, or a refusal.
    Answered(Ticket, Option<Page>),
    /// The relay tells of changes; to be answered by [`ViewOutput::Answer`].
    Told(Changes),
    /// The time asked for by [`ViewOutput::Wake`] has come.
    Woke(Ticket),
    /// Somebody isn't there though listed: they said goodbye to us. They aren't shown until the relay has something new of
    /// them.
    Refuted(PeerId),
    /// The relay says that it can't reach somebody whom it lists. They aren't shown until it tells of anything again.
    Missed(PeerId),
}

/// What a view wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ViewOutput {
    /// Ask the relay what has changed; answer with [`ViewInput::Answered`].
    Ask(Ticket, Since),
    /// Answer the changes that the relay told.
    Answer(Heard),
    /// Answer with [`ViewInput::Woke`] after this time.
    Wake(Ticket, Duration),
    /// Somebody is on the list, or has another card or address there.
    Listed(Listing),
    /// Somebody isn't on the list any more.
    Unlisted(PeerId),
    /// Whether the relay is about to leave has changed.
    Leaving(bool),
    /// The relay isn't to be trusted with a list: leave it.
    Leave,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not at the relay.
    Apart,
    /// What the relay tells is enough.
    Current,
    /// Asked what has changed since.
    Asking(Since),
    /// Waits before it asks again.
    Waiting,
}

#[derive(Debug)]
struct Held {
    listing: Listing,
    /// Whether it was told as listed.
    told: bool,
    /// Whether it was there when the list began to start over, and wasn't heard of since.
    left_over: bool,
}

/// A member's copy of the list of one relay.
#[derive(Debug)]
pub struct View {
    own: PeerId,
    relay: PeerId,
    since: Since,
    held: HashMap<PeerId, Held>,
    stage: Stage,
    ticket: Ticket,
    /// Questions since the last that brought the list to its end, and came to nothing.
    failures: u32,
    /// Pages since then.
    pages: u32,
    forged: u32,
    leaving: bool,
}

impl View {
    /// What `own` has of the list of `relay`: nothing yet.
    pub fn new(own: PeerId, relay: PeerId) -> Self {
        Self {
            own,
            relay,
            since: Since::default(),
            held: HashMap::new(),
            stage: Stage::Apart,
            ticket: Ticket(0),
            failures: 0,
            pages: 0,
            forged: 0,
            leaving: false,
        }
    }

    /// Who is listed and was told as such.
    #[cfg(test)]
    pub(super) fn listings(&self) -> impl Iterator<Item = &Listing> {
        self.held.values().filter(|held| held.told).map(|held| &held.listing)
    }

    /// What is listed of somebody.
    pub fn get(&self, peer: &PeerId) -> Option<&Listing> {
        self.held.get(peer).filter(|held| held.told).map(|held| &held.listing)
    }

    /// Takes one input and says what is to be done, in order.
    pub fn handle(&mut self, input: ViewInput) -> Vec<ViewOutput> {
        match input {
            ViewInput::Joined => self.joined(),
            ViewInput::Parted => self.parted(),
            ViewInput::Answered(ticket, page) if ticket == self.ticket => self.answered(page),
            ViewInput::Woke(ticket) if ticket == self.ticket && self.stage == Stage::Waiting => vec![self.ask()],
            ViewInput::Told(changes) => self.told(changes),
            ViewInput::Refuted(peer) => self.drop_listing(&peer).into_iter().collect(),
            ViewInput::Missed(peer) => self.missed(peer).into_iter().collect(),
            ViewInput::Answered(..) | ViewInput::Woke(_) => Vec::new(),
        }
    }

    fn joined(&mut self) -> Vec<ViewOutput> {
        (self.failures, self.pages) = (0, 0);
        vec![self.ask()]
    }

    /// The list is kept, to be carried on from where the relay is still the same when it comes back.
    fn parted(&mut self) -> Vec<ViewOutput> {
        self.stage = Stage::Apart;
        self.ticket.0 += 1;
        let shown = self.held.iter_mut().filter(|(_, held)| held.told);
        let mut outputs: Vec<ViewOutput> = shown
            .map(|(peer, held)| {
                held.told = false;
                ViewOutput::Unlisted(*peer)
            })
            .collect();
        outputs.extend(self.leaves(false));
        outputs
    }

    fn ask(&mut self) -> ViewOutput {
        self.ticket.0 += 1;
        self.stage = Stage::Asking(self.since);
        ViewOutput::Ask(self.ticket, self.since)
    }

    fn answered(&mut self, page: Option<Page>) -> Vec<ViewOutput> {
        let Stage::Asking(asked) = self.stage else { return Vec::new() };
        let Some(page) = page else { return vec![self.failed()] };
        self.pages += 1;
        let stuck = page.more && page.over == 0 && page.version <= asked.version;
        if stuck || self.pages > MAX_PAGES {
            return vec![self.failed()];
        }
        self.stage = Stage::Current;
        let more = page.more;
        if !self.follows(asked, &page) {
            // Something newer came meanwhile, or the relay has lost its way: where the list stands now is asked anew.
            return vec![self.ask()];
        }
        let mut outputs = self.apply(page);
        if more {
            outputs.push(self.ask());
        }
        outputs
    }

    fn told(&mut self, changes: Changes) -> Vec<ViewOutput> {
        let Changes { from, page } = changes;
        if self.stage == Stage::Apart {
            return vec![ViewOutput::Answer(Heard::WillAsk)];
        }
        if self.is_old(&page) {
            return vec![ViewOutput::Answer(Heard::Taken)];
        }
        let follows = self.follows(Since { boot: page.boot, version: from, over: 0 }, &page);
        let more = page.more;
        let mut outputs = if follows { self.apply(page) } else { Vec::new() };
        outputs.push(ViewOutput::Answer(if follows { Heard::Taken } else { Heard::WillAsk }));
        if (more || !follows) && self.stage == Stage::Current {
            outputs.push(self.ask());
        }
        outputs
    }

    /// A failure says nothing about what the relay has.
    fn failed(&mut self) -> ViewOutput {
        let wait = backoff::wait(FIRST_WAIT, self.failures, LONGEST_WAIT);
        self.failures += 1;
        self.pages = 0;
        self.ticket.0 += 1;
        self.stage = Stage::Waiting;
        ViewOutput::Wake(self.ticket, wait)
    }

    /// Whether a page says no more than what is here.
    fn is_old(&self, page: &Page) -> bool {
        let Since { boot, version, over } = self.since;
        page.boot == boot && if page.over > 0 { page.over < version.max(over) } else { page.version < version }
    }

    /// Whether a page with what has changed `since` can be applied to what is here.
    fn follows(&self, since: Since, page: &Page) -> bool {
        let Since { boot, version, over } = self.since;
        // One from before this starting over may list members whose departure isn't told any more.
        let is_of_now = since.over == over || page.version >= over;
        let joins = page.boot == boot && since.version <= version && version <= page.version;
        !self.is_old(page) && (page.over > 0 || joins && is_of_now)
    }

    fn apply(&mut self, page: Page) -> Vec<ViewOutput> {
        if page.over > 0 {
            self.since = Since { boot: page.boot, version: 0, over: page.over };
            for held in self.held.values_mut() {
                held.left_over = true;
            }
        }
        self.since.version = page.version;
        self.forged += page.forged;
        let mut outputs: Vec<ViewOutput> = page.gone.iter().filter_map(|peer| self.drop_listing(peer)).collect();
        for listing in page.listings {
            outputs.extend(self.list(listing));
        }
        outputs.extend(self.leaves(page.leaving));
        if !page.more {
            outputs.extend(self.complete());
        }
        if self.forged >= MAX_FORGED {
            self.forged = 0;
            outputs.push(ViewOutput::Leave);
        }
        outputs
    }

    fn list(&mut self, listing: Listing) -> Option<ViewOutput> {
        if listing.card.relay != self.relay {
            self.forged += 1;
            return None;
        }
        if listing.peer == self.own {
            return None;
        }
        let has_room = self.held.len() < MAX_LISTINGS;
        let new = Held { listing: listing.clone(), told: true, left_over: false };
        match self.held.entry(listing.peer) {
            Entry::Occupied(mut held) => {
                let old = held.insert(new);
                (!old.told || old.listing != listing).then_some(ViewOutput::Listed(listing))
            }
            Entry::Vacant(place) if has_room => {
                place.insert(new);
                Some(ViewOutput::Listed(listing))
            }
            Entry::Vacant(_) => None,
        }
    }

    fn drop_listing(&mut self, peer: &PeerId) -> Option<ViewOutput> {
        self.held.remove(peer).filter(|held| held.told).map(|_| ViewOutput::Unlisted(*peer))
    }

    fn missed(&mut self, peer: PeerId) -> Option<ViewOutput> {
        let held = self.held.get_mut(&peer)?;
        std::mem::take(&mut held.told).then_some(ViewOutput::Unlisted(peer))
    }

    fn leaves(&mut self, leaving: bool) -> Option<ViewOutput> {
        let changed = leaving != self.leaving;
        self.leaving = leaving;
        changed.then_some(ViewOutput::Leaving(leaving))
    }

    /// The list has come to its end: who wasn't told of again is gone, who was here all along is shown again.
    fn complete(&mut self) -> Vec<ViewOutput> {
        (self.failures, self.pages) = (0, 0);
        self.since.over = 0;
        let left: Vec<PeerId> = self.held.iter().filter(|(_, held)| held.left_over).map(|(peer, _)| *peer).collect();
        let mut outputs: Vec<ViewOutput> = left.iter().filter_map(|peer| self.drop_listing(peer)).collect();
        for held in self.held.values_mut().filter(|held| !held.told) {
            held.told = true;
            outputs.push(ViewOutput::Listed(held.listing.clone()));
        }
        outputs
    }
}
