//! Memberships: what is said with relays about who is there.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use libp2p::identity::Keypair;
use libp2p::request_response::{Event as Exchange, Message, OutboundFailure, OutboundRequestId, ResponseChannel};

use super::super::address;
use super::super::card::{self, SignError};
use super::super::membership::{Due, Membership};
use super::super::relays::MAX_IN_USE;
use super::super::roster_codec::Said;
use super::{Event, Listed, Node, jitter};
use crate::model::{Nickname, PeerId, Plain, Presence, Reason, one_line};
use crate::protocol::budget::Budgets;
use crate::protocol::lane::Ticket;
use crate::protocol::roster::{ViewInput, ViewOutput};
use crate::protocol::wire;
use crate::protocol::wire::WireError;
use crate::protocol::wire::roster::{
    Card, Changes, Denial, Denied, Heard, Listing, MAX_MEMBER_BYTES, Reply, RosterAnswer, RosterRequest, SignedCard,
    Since,
};

/// Memberships that are kept, those at relays that are gone for now included.
const MAX_MEMBERSHIPS: usize = MAX_IN_USE + 2;

/// Changes that a relay may tell at once, and then each second: it tells them in rounds, of which there are four a second at
/// most.
const PUSHES: u32 = 64;
const PUSHES_PER_SECOND: u32 = 8;

/// How long a relay is left alone whose list can't be trusted.
pub(super) const AFTER_LIES: Duration = Duration::from_secs(10 * 60);

/// Fewest time until a relay is dialled again that is about to leave.
const AFTER_LEAVING: Duration = Duration::from_secs(3);

/// What was asked of a relay.
#[derive(Debug)]
enum Asked {
    Announcement,
    Changes(Ticket),
}

/// What this node has of its relays' lists, and what it has them say of it.
#[derive(Debug)]
pub(super) struct Roster {
    memberships: HashMap<PeerId, Membership>,
    asked: HashMap<OutboundRequestId, (PeerId, Asked)>,
    /// What was told of those who are listed.
    listed: HashMap<PeerId, Listed>,
    /// What cards say.
    card: Option<(Nickname, Presence)>,
    /// The port in the last cards.
    port: Option<u16>,
    /// The seq of the last card.
    seq: u64,
    /// What was signed last for each relay of the memberships. As long as it's true it's said again as it is: of any other
    /// a relay has to tell everybody.
    signed: HashMap<PeerId, (Card, SignedCard)>,
    pushes: Budgets,
    start: Instant,
}

impl Default for Roster {
    fn default() -> Self {
        Self {
            memberships: HashMap::new(),
            asked: HashMap::new(),
            listed: HashMap::new(),
            card: None,
            port: None,
            seq: 0,
            signed: HashMap::new(),
            pushes: Budgets::new(PUSHES, PUSHES_PER_SECOND),
            start: Instant::now(),
        }
    }
}

impl Roster {
    /// A relay is connected that this node is to be a member of.
    pub(super) fn met(&mut self, own: PeerId, relay: PeerId, now: Instant) {
        self.memberships.entry(relay).or_insert_with(|| Membership::new(own, relay)).met(now);
        self.trim();
    }

    /// Forgets memberships at relays that are gone, where there are too many.
    fn trim(&mut self) {
        while self.memberships.len() > MAX_MEMBERSHIPS {
            let apart = self.memberships.iter().find(|(_, membership)| membership.is_apart()).map(|(relay, _)| *relay);
            let Some(apart) = apart else { return };
            self.memberships.remove(&apart);
        }
    }

    /// One of the connections to a relay ended. A relay lists us as long as the one stands by which we announced ourselves,
    /// and tells us of others.
    pub(super) fn lost_one(&mut self, relay: &PeerId, now: Instant) {
        if let Some(membership) = self.memberships.get_mut(relay) {
            membership.forgotten(now);
        }
    }

    /// Whether any relay lists somebody.
    pub(super) fn is_listed(&self, peer: &PeerId) -> bool {
        self.listed.contains_key(peer)
    }

    /// Whether this relay lists somebody.
    pub(super) fn lists(&self, relay: &PeerId, peer: &PeerId) -> bool {
        self.memberships.get(relay).is_some_and(|membership| membership.listing(peer).is_some())
    }

    /// Where relays see somebody.
    pub(super) fn sockets(&self, peer: &PeerId) -> impl Iterator<Item = SocketAddr> {
        self.listings(peer).filter_map(card::socket)
    }

    fn listings(&self, peer: &PeerId) -> impl Iterator<Item = &Listing> {
        self.memberships.values().filter_map(|membership| membership.listing(peer))
    }

    /// Looks whether something else is to be told of somebody; if so, what.
    fn relist(&mut self, peer: &PeerId) -> Option<Option<Listed>> {
        let latest = self.listings(peer).max_by_key(|listing| listing.card.seq);
        let listed =
            latest.map(|Listing { card, .. }| Listed { nickname: card.nickname.clone(), presence: card.presence });
        if self.listed.get(peer) == listed.as_ref() {
            return None;
        }
        match &listed {
            Some(listed) => _ = self.listed.insert(*peer, listed.clone()),
            None => _ = self.listed.remove(peer),
        }
        Some(listed)
    }

    /// What a relay is to say of this node.
    fn card_for(&mut self, relay: PeerId, keypair: &Keypair) -> Option<Result<SignedCard, SignError>> {
        let (nickname, presence) = self.card.clone()?;
        let card = Card { nickname, presence, port: self.port, seq: 0, relay };
        if let Some((said, signed)) = self.signed.get(&relay)
            && (Card { seq: 0, ..said.clone() }) == card
        {
            return Some(Ok(signed.clone()));
        }
        let card = Card { seq: self.next_seq(), ..card };
        let signed = card::sign(keypair, &card);
        if let Ok(signed) = &signed {
            self.signed.retain(|relay, _| self.memberships.contains_key(relay));
            self.signed.insert(relay, (card, signed.clone()));
        }
        Some(signed)
    }

    fn next_seq(&mut self) -> u64 {
        let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        self.seq = (self.seq + 1).max(u64::try_from(millis).unwrap_or(0));
        self.seq
    }
}

impl Node {
    /// What relays are to say of this node, from now on. Until it's given, nothing is said.
    pub fn present(&mut self, nickname: &Nickname, presence: Presence) {
        // Who leaves has no card: it's the end of the connection that tells of it.
        if presence == Presence::Offline {
            return;
        }
        let card = Some((nickname.clone(), presence));
        if self.roster.card != card {
            self.roster.card = card;
            self.tell_all_relays();
        }
    }

    /// Where this node listens may have changed.
    pub(super) fn announce_anew(&mut self) {
        let port = self.port();
        if self.roster.port != port {
            self.roster.port = port;
            self.tell_all_relays();
        }
    }

    fn tell_all_relays(&mut self) {
        let now = Instant::now();
        for membership in self.roster.memberships.values_mut() {
            membership.changed(now);
        }
    }

    pub(super) fn port(&self) -> Option<u16> {
        self.swarm.listeners().filter_map(address::socket).map(|socket| socket.port()).next()
    }

    /// Does what is due at the relays.
    pub(super) fn roster_due(&mut self) {
        let now = Instant::now();
        if self.roster.card.is_some() {
            let due: Vec<_> =
                self.roster.memberships.iter_mut().filter_map(|(relay, of)| Some((*relay, of.due(now)?))).collect();
            for (relay, due) in due {
                match due {
                    Due::Announce => self.announce_to(relay),
                    Due::View(outputs) => self.carry_out(relay, outputs, None),
                }
            }
        }
        self.sightings_due(now);
    }

    /// When something will be due at relays.
    pub(super) fn next_roster(&self) -> Option<Instant> {
        let memberships = self.roster.memberships.values().filter(|_| self.roster.card.is_some());
        memberships.filter_map(Membership::next).chain(self.sightings.next()).min()
    }

    fn announce_to(&mut self, relay: PeerId) {
        let Some(signed) = self.roster.card_for(relay, &self.keypair) else { return };
        let signed = match signed {
            Ok(signed) => signed,
            Err(error) => return self.put_off(relay, error.to_string(), AFTER_LIES),
        };
        let request = RosterRequest::announce(&signed, self.relays.token(&relay));
        if let Some(membership) = self.roster.memberships.get_mut(&relay) {
            membership.announced();
        }
        self.ask_relay(relay, &request, Asked::Announcement);
    }

    fn ask_relay(&mut self, relay: PeerId, request: &RosterRequest, asked: Asked) {
        let (Some(id), Ok(bytes)) = (address::to_libp2p(&relay), wire::encode(request, MAX_MEMBER_BYTES)) else {
            return;
        };
        let sent = self.swarm.behaviour_mut().roster.send_request(&id, Said::Outgoing(bytes.into()));
        self.roster.asked.insert(sent, (relay, asked));
    }

    pub(super) fn roster_event(&mut self, event: Exchange<Said<Changes>, Said<Reply>>) {
        match event {
            Exchange::Message { peer, message: Message::Request { request, channel, .. }, .. } => {
                let Some(peer) = address::from_libp2p(&peer) else { return };
                if let Said::Incoming(changes) = request {
                    self.told_changes(peer, changes, channel);
                }
            }
            Exchange::Message { message: Message::Response { request_id, response }, .. } => {
                let asked = self.roster.asked.remove(&request_id);
                if let (Some((relay, asked)), Said::Incoming(reply)) = (asked, response) {
                    self.answered(relay, asked, reply);
                }
            }
            Exchange::OutboundFailure { request_id, error, .. } => {
                let Some((relay, asked)) = self.roster.asked.remove(&request_id) else { return };
                match (asked, error) {
                    (Asked::Announcement, OutboundFailure::UnsupportedProtocols) => {
                        // It keeps no list, or no longer, but may carry circuits.
                        self.part(&relay, Instant::now());
                        self.roster.memberships.remove(&relay);
                        self.joined(relay);
                    }
                    (asked, _) => self.unanswered(relay, &asked),
                }
            }
            Exchange::InboundFailure { .. } | Exchange::ResponseSent { .. } => {}
        }
    }

    /// Somebody tells of changes, as only a relay does of which this node is a member.
    fn told_changes(
        &mut self,
        peer: PeerId,
        changes: Result<Changes, WireError>,
        channel: ResponseChannel<Said<Reply>>,
    ) {
        let in_time = self.roster.pushes.take(&peer, 1, self.roster.start.elapsed());
        match changes {
            Ok(changes) if in_time && self.roster.memberships.contains_key(&peer) => {
                self.view(peer, ViewInput::Told(changes), Some(channel));
            }
            Ok(_) if self.roster.memberships.contains_key(&peer) => {
                self.put_off(peer, Plain::TellsTooMuch, AFTER_LIES);
            }
            Ok(_) => self.bad_message(&peer, "roster", &WireError::Field("k")),
            Err(error) => self.bad_message(&peer, "roster", &error),
        }
    }

    fn answered(&mut self, relay: PeerId, asked: Asked, reply: Result<Reply, WireError>) {
        if let Err(error) = &reply {
            self.bad_message(&relay, "roster answer", error);
        }
        match (asked, reply) {
            (Asked::Announcement, Ok(Reply::Taken)) => self.announcement_taken(relay),
            (Asked::Announcement, Ok(Reply::Denied(denied))) => self.denied(relay, &denied),
            (Asked::Changes(ticket), Ok(Reply::Page(page))) => {
                self.view(relay, ViewInput::Answered(ticket, Some(page)), None);
            }
            (asked @ Asked::Changes(_), Ok(Reply::Denied(Denied { cause: Denial::Unannounced, .. }))) => {
                self.unanswered(relay, &asked);
                if let Some(membership) = self.roster.memberships.get_mut(&relay) {
                    membership.forgotten(Instant::now());
                }
            }
            (asked, _) => self.unanswered(relay, &asked),
        }
    }

    fn unanswered(&mut self, relay: PeerId, asked: &Asked) {
        match asked {
            Asked::Announcement => self.not_taken(relay, Duration::ZERO),
            Asked::Changes(ticket) => self.view(relay, ViewInput::Answered(*ticket, None), None),
        }
    }

    fn announcement_taken(&mut self, relay: PeerId) {
        let Some(membership) = self.roster.memberships.get_mut(&relay) else { return };
        if membership.taken(jitter(), Instant::now()) {
            self.joined(relay);
            self.view(relay, ViewInput::Joined, None);
        }
    }

    /// A relay has let this node in: it's asked for a place.
    fn joined(&mut self, relay: PeerId) {
        self.relays.joined(&relay);
        if let Some(at) = self.connections.dialled_at(&relay) {
            self.reservations.joined(relay, at.clone(), Instant::now());
        }
    }

    fn not_taken(&mut self, relay: PeerId, wait: Duration) {
        if let Some(membership) = self.roster.memberships.get_mut(&relay) {
            membership.not_taken(wait, Instant::now());
        }
    }

    /// A relay doesn't take an announcement.
    fn denied(&mut self, relay: PeerId, denied: &Denied) {
        let why = if denied.words.is_empty() { said(denied.cause).into() } else { one_line(&denied.words).into() };
        match denied.cause {
            Denial::TooQuick | Denial::Unannounced => self.not_taken(relay, denied.wait),
            // Who is a member already stays it to the end.
            Denial::Leaving if self.relays.is_joined(&relay) => {
                self.relays.leaves(&relay, true);
                self.not_taken(relay, denied.wait);
            }
            Denial::Leaving => self.put_off(relay, why, denied.wait.max(AFTER_LEAVING)),
            _ => {
                tracing::info!(%relay, cause = ?denied.cause, "refused by a relay");
                self.relays.refused(&relay, why, denied.wait, Instant::now());
                self.leave(&relay);
            }
        }
    }

    /// Leaves a relay for a while.
    pub(super) fn put_off(&mut self, relay: PeerId, why: impl Into<Reason>, wait: Duration) {
        let why = why.into();
        tracing::info!(%relay, %why, "left a relay");
        self.relays.put_off(&relay, why, wait, Instant::now());
        self.leave(&relay);
    }

    /// This node isn't at a relay any more.
    pub(super) fn part(&mut self, relay: &PeerId, now: Instant) {
        self.roster.asked.retain(|_, (of, _)| of != relay);
        if let Some(membership) = self.roster.memberships.get_mut(relay) {
            let outputs = membership.parted(now);
            self.carry_out(*relay, outputs, None);
            self.roster.trim();
        }
    }

    /// Somebody isn't there, whatever relays say: they have said goodbye.
    pub(super) fn refute(&mut self, peer: &PeerId) {
        let relays: Vec<PeerId> = self.roster.memberships.keys().copied().collect();
        for relay in relays {
            self.view(relay, ViewInput::Refuted(*peer), None);
        }
    }

    /// Somebody isn't there whom a relay lists: it can't reach them.
    pub(super) fn missed_at(&mut self, relay: &PeerId, peer: &PeerId) {
        self.view(*relay, ViewInput::Missed(*peer), None);
    }

    fn view(&mut self, relay: PeerId, input: ViewInput, channel: Option<ResponseChannel<Said<Reply>>>) {
        if let Some(membership) = self.roster.memberships.get_mut(&relay) {
            let outputs = membership.view(input, jitter(), Instant::now());
            self.carry_out(relay, outputs, channel);
        }
    }

    fn carry_out(
        &mut self,
        relay: PeerId,
        outputs: Vec<ViewOutput>,
        mut channel: Option<ResponseChannel<Said<Reply>>>,
    ) {
        for output in outputs {
            match output {
                ViewOutput::Ask(ticket, since) => self.ask_changes(relay, ticket, since),
                ViewOutput::Answer(heard) => {
                    if let Some(channel) = channel.take() {
                        self.answer_changes(heard, channel);
                    }
                }
                ViewOutput::Listed(listing) => {
                    self.seen(&relay, &listing);
                    self.relist(listing.peer);
                }
                ViewOutput::Unlisted(peer) => self.relist(peer),
                ViewOutput::Leaving(leaving) => self.relays.leaves(&relay, leaving),
                ViewOutput::Leave => self.put_off(relay, Plain::WrongList, AFTER_LIES),
                // The membership keeps the time.
                ViewOutput::Wake(..) => {}
            }
        }
    }

    fn ask_changes(&mut self, relay: PeerId, ticket: Ticket, since: Since) {
        self.ask_relay(relay, &RosterRequest::since(since), Asked::Changes(ticket));
    }

    fn answer_changes(&mut self, heard: Heard, channel: ResponseChannel<Said<Reply>>) {
        let Ok(bytes) = wire::encode(&RosterAnswer::from(heard), MAX_MEMBER_BYTES) else { return };
        let bytes: Arc<[u8]> = bytes.into();
        // A relay that is gone by now tells it again.
        let _ = self.swarm.behaviour_mut().roster.send_response(channel, Said::Outgoing(bytes));
    }

    /// Tells if something else is known of somebody now.
    fn relist(&mut self, peer: PeerId) {
        let Some(listed) = self.roster.relist(&peer) else { return };
        if listed.is_none() {
            self.circuits.unlisted(&peer);
            self.sightings.unlisted(&peer);
        }
        self.events.push_back(Event::Listed(peer, listed));
    }
}

/// What is said to the person where a relay says nothing.
const fn said(cause: Denial) -> Plain {
    match cause {
        Denial::Invalid => Plain::RelayInvalid,
        Denial::NotAllowed => Plain::RelayNotAllowed,
        Denial::Token => Plain::RelayToken,
        Denial::Full => Plain::RelayHasNoRoom,
        Denial::Crowded => Plain::RelayCrowded,
        Denial::TooQuick => Plain::RelayTooQuick,
        Denial::Leaving => Plain::RelayLeaving,
        Denial::Unannounced | Denial::Other(_) => Plain::RelayOther,
    }
}
