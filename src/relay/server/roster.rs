//! What members say and ask of the roster, and what they are told of it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use libp2p::request_response::{Event as Exchange, Message, OutboundRequestId};
use libp2p::swarm::ConnectionId;

use super::{Event, Refused, Server};
use crate::model::PeerId;
use crate::net::card::is_signed;
use crate::net::roster_codec::Said;
use crate::net::{address, codec::Received};
use crate::protocol::budget::Budgets;
use crate::protocol::roster::Arrival;
use crate::protocol::wire;
use crate::protocol::wire::roster::{
    Announce, Ask, Denial, Denied, Heard, MAX_RELAY_BYTES, Reply, RosterAnswer, Since, WirePage,
};
use crate::relay::limits::Limits;
use crate::relay::refusal::Refusal;

/// Announcements of a member at once. How many in the long run is a limit of the relay's.
const ANNOUNCES: u32 = 10;

/// Questions of a member at once: the longest list has fewer pages. And each second.
const QUESTIONS: u32 = 48;
const QUESTIONS_PER_SECOND: u32 = 2;

/// Requests of a member that are nonsense or come too often, at once and then each second, before it's sent away.
const PATIENCE: u32 = 128;
const PATIENCE_PER_SECOND: u32 = 1;

/// How long to wait where only a person can change something, or somebody has to leave first.
const LONG: Duration = Duration::from_secs(60);

/// How long to wait where a little time changes it.
const SHORT: Duration = Duration::from_secs(1);

/// What members may use up.
#[derive(Debug)]
pub(super) struct Allowance {
    announces: Budgets,
    questions: Budgets,
    patience: Budgets,
}

impl Allowance {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            announces: Budgets::new(ANNOUNCES, limits.announce_rate),
            questions: Budgets::new(QUESTIONS, QUESTIONS_PER_SECOND),
            patience: Budgets::new(PATIENCE, PATIENCE_PER_SECOND),
        }
    }

    pub(super) fn set_limits(&mut self, limits: &Limits) {
        self.announces = Budgets::new(ANNOUNCES, limits.announce_rate);
    }
}

type RosterExchange = Exchange<Said<Ask>, Said<Heard>>;

impl Server {
    pub(super) fn roster_event(&mut self, event: RosterExchange) {
        match event {
            Exchange::Message { peer, connection_id, message: Message::Request { request, channel, .. } } => {
                let (Some(peer), Said::Incoming(ask)) = (address::from_libp2p(&peer), request) else { return };
                let answer = self.asked(peer, connection_id, ask);
                // Who is gone by now needs no answer.
                let _ = self.swarm.behaviour_mut().roster.send_response(channel, answer);
            }
            Exchange::Message { message: Message::Response { request_id, response }, .. } => {
                let heard = if let Said::Incoming(Ok(heard)) = response { Some(heard) } else { None };
                self.told(&request_id, heard);
            }
            Exchange::OutboundFailure { request_id, .. } => self.told(&request_id, None),
            Exchange::InboundFailure { .. } | Exchange::ResponseSent { .. } => {}
        }
    }

    /// Answers a member.
    fn asked(&mut self, peer: PeerId, connection: ConnectionId, ask: Received<Ask>) -> Said<Heard> {
        let answer = match ask {
            Ok(Ask::Announce(announce)) => self.announce(peer, connection, announce).map(|()| Reply::Taken),
            Ok(Ask::Since(since)) => match self.question(&peer, since) {
                Ok(page) => return Said::Outgoing(page),
                Err(refusal) => Err(refusal),
            },
            Err(error) => {
                tracing::debug!(%peer, %error, "a request about the roster can't be read");
                Err(Refusal::Invalid)
            }
        };
        let reply = answer.unwrap_or_else(|refusal| self.denied(&peer, refusal));
        encoded(reply)
    }

    fn announce(&mut self, peer: PeerId, connection: ConnectionId, announce: Announce) -> Result<(), Refusal> {
        // Who is gone won't read the answer.
        let (session, seen) = self.sessions.number(connection).ok_or(Refusal::GivenUp)?;
        let now = self.start.elapsed();
        if !self.allowance.announces.take(&peer, 1, now) {
            return Err(Refusal::TooOften);
        }
        if self.leaving {
            return Err(Refusal::Leaving);
        }
        let circuits = &mut self.swarm.behaviour_mut().circuits;
        circuits.admission().show(&peer, seen, announce.token)?;
        let card = announce.card.open(&peer, is_signed).map_err(|_| Refusal::Invalid)?;
        if card.relay != self.own {
            return Err(Refusal::Invalid);
        }
        if !self.roster.contains(&peer) {
            circuits.has_room(&peer, seen, self.roster.members())?;
        }
        let reachable = circuits.is_reserved(&peer);
        let seen = self.tells(seen).then_some(seen);
        let arrival = Arrival { peer, session, card: announce.card, seen, reachable };
        let is_news = self.roster.announced(arrival, now);
        self.sessions.said_hello(&peer);
        self.metrics.announces.inc();
        if is_news {
            self.events.push_back(Event::Member(peer, card.nickname));
        }
        Ok(())
    }

    /// Whether members are told that one of them is seen at an address. It's a hint to dial: so of private ones alone, and
    /// of this computer's own where all are on it.
    fn tells(&self, seen: IpAddr) -> bool {
        address::is_local(seen) && (self.on_loopback || !seen.is_loopback())
    }

    fn question(&mut self, peer: &PeerId, since: Since) -> Result<Arc<[u8]>, Refusal> {
        if !self.roster.contains(peer) {
            return Err(Refusal::Unannounced);
        }
        let now = self.start.elapsed();
        if !self.allowance.questions.take(peer, 1, now) {
            return Err(Refusal::TooOften);
        }
        self.roster.asked(peer, since, now).map_err(|error| {
            tracing::error!(%error, "a page of the roster can't be encoded");
            Refusal::Invalid
        })
    }

    fn denied(&mut self, peer: &PeerId, refusal: Refusal) -> Reply<WirePage> {
        self.refused(Refused { peer: Some(*peer), seen: self.sessions.seen(peer), refusal });
        let annoying = matches!(refusal, Refusal::Invalid | Refusal::TooOften);
        if annoying && !self.allowance.patience.take(peer, 1, self.start.elapsed()) {
            tracing::debug!(%peer, "closed: too many requests about the roster");
            self.disconnect(peer);
        }
        let words = self.swarm.behaviour_mut().circuits.admission().words(refusal);
        Reply::Denied(Denied { cause: denial(refusal), words, wait: wait(refusal) })
    }

    /// Tells members of changes, as many as it's time for.
    pub(super) fn tell_changes(&mut self) {
        let now = self.start.elapsed();
        for telling in self.roster.due(now) {
            let connected = self.sessions.is_connected(telling.peer());
            let Some(id) = address::to_libp2p(telling.peer()).filter(|_| connected) else {
                self.roster.told(&telling, None, now);
                continue;
            };
            let request = self.swarm.behaviour_mut().roster.send_request(&id, Said::Outgoing(telling.bytes()));
            self.tellings.insert(request, telling);
        }
    }

    fn told(&mut self, request: &OutboundRequestId, heard: Option<Heard>) {
        if let Some(telling) = self.tellings.remove(request) {
            self.roster.told(&telling, heard, self.start.elapsed());
        }
    }

    /// Those whom nobody has heard of for too long are members no longer.
    pub(super) fn expire_members(&mut self) {
        let expired = self.roster.expire(self.start.elapsed());
        self.events.extend(expired.into_iter().map(Event::Left));
    }
}

/// An answer that has no page in it, and fits.
fn encoded(reply: Reply<WirePage>) -> Said<Heard> {
    let answer = wire::encode(&RosterAnswer::from(reply), MAX_RELAY_BYTES);
    Said::Outgoing(answer.unwrap_or_default().into())
}

fn denial(refusal: Refusal) -> Denial {
    match refusal {
        Refusal::NotAllowed => Denial::NotAllowed,
        Refusal::WrongToken => Denial::Token,
        Refusal::Full => Denial::Full,
        Refusal::AddressFull => Denial::Crowded,
        Refusal::TooOften => Denial::TooQuick,
        Refusal::Leaving => Denial::Leaving,
        Refusal::Unannounced => Denial::Unannounced,
        _ => Denial::Invalid,
    }
}

fn wait(refusal: Refusal) -> Duration {
    match refusal {
        Refusal::Unannounced => Duration::ZERO,
        Refusal::TooOften | Refusal::Leaving => SHORT,
        _ => LONG,
    }
}
