//! Circuit relay v2, the relay's side: reservations, and circuits between those who have one.
//!
//! Instead of libp2p's own, which leaves calls without an answer where one member gets many at once, picks any of a
//! member's connections, dead ones included, can't be told other limits while it runs, and doesn't say what it carried.
//! Here every request gets one answer, whatever breaks; each circuit is a task of its own, which opens and then carries.
//!
//! A reservation lasts as long as the connection that it was made on. The protocol wants an end of it by the clock, which
//! the member compares with its own: so it lies far ahead, and clocks that disagree do no harm.

mod copy;
mod handler;
mod members;
mod rate;
mod wire;

#[cfg(test)]
mod tests;

/// What a peer says, for tests that speak for one.
#[cfg(test)]
pub(in crate::relay) mod by_hand {
    pub(in crate::relay) use super::wire::tests::{asked, called, status, taken};
    pub(in crate::relay) use super::wire::{Request, Status};
}

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};

use libp2p::Multiaddr;
use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::{
    CloseConnection, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, Stream, THandlerInEvent, ToSwarm,
};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::timeout;

use super::admission::Admission;
use super::limits::Limits;
use super::metrics::Metrics;
use super::refusal::Refusal;
use crate::model::PeerId;
use crate::net::{Buffers, address};
use crate::protocol::budget::Budgets;
use copy::{Carried, Circuit, Common};
use handler::{Asked, Door, Handler};
use members::{Link, Members};
use rate::Purse;
use wire::{Answer, Request, Status};

/// Calls to one member that may be under way or wait for their turn.
const MAX_CALLS_PENDING: usize = 64;

/// Circuits that one may have opened to another, those included that are being opened: one, those that it doesn't know to be
/// dead yet, and one for the change.
const MAX_BETWEEN: usize = 4;

/// Reservations that a member may ask for at once, and then each second: one for each of its connections.
const RESERVES: u32 = 10;
const RESERVES_PER_SECOND: u32 = 1;

/// Requests of a member that are nonsense or come too often, at once and then each second, before its connection is
/// closed: refusing costs something as well.
const PATIENCE: u32 = 256;
const PATIENCE_PER_SECOND: u32 = 1;

/// How long an answer may take to be written.
const ANSWERING: Duration = Duration::from_secs(10);

/// How far ahead a reservation ends: ten years.
const LEASE: Duration = Duration::from_secs(10 * 365 * 24 * 3_600);

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A peer can be called from now on.
    Reserved(PeerId),
    /// A peer can no longer be called.
    Released(PeerId),
    /// A peer didn't get what it asked for: a reservation, or a circuit.
    Refused(PeerId, Refusal),
    /// A circuit stands.
    Opened {
        /// Who asked for it.
        caller: PeerId,
        /// Whom they called.
        called: PeerId,
    },
    /// A circuit is over.
    Closed {
        /// Who asked for it.
        caller: PeerId,
        /// Whom they called.
        called: PeerId,
        /// Bytes from the caller.
        to_called: u64,
        /// Bytes to the caller.
        to_caller: u64,
    },
}

/// A circuit that is open, or on the way.
#[derive(Debug, Clone, Copy)]
struct Pair {
    caller: PeerId,
    /// Where the caller was seen.
    seen: IpAddr,
    called: PeerId,
    open: bool,
}

/// The streams of a circuit.
struct Ends {
    caller: Stream,
    called: Stream,
}

/// How a task ended.
enum Done {
    Answered,
    Called { since: Instant, outcome: Result<Box<Ends>, Refusal> },
    Carried(Carried),
}

/// The relay's side of all circuits.
pub struct Circuits {
    own: libp2p::PeerId,
    limits: watch::Sender<Arc<Limits>>,
    admission: Admission,
    members: Members,
    /// By the task that opens or carries each.
    pairs: HashMap<Id, Pair>,
    tasks: JoinSet<Done>,
    common: Common,
    /// What each may ask for: reservations, circuits; and what it may annoy with.
    reserves: Budgets,
    calls: Budgets,
    patience: Budgets,
    start: Instant,
    leaving: bool,
    /// Connections that are to be closed.
    closing: VecDeque<(PeerId, ConnectionId)>,
    events: VecDeque<Event>,
}

impl Circuits {
    /// A relay without members.
    pub fn new(own: libp2p::PeerId, limits: Arc<Limits>, admission: Admission, metrics: Metrics) -> Self {
        let start = Instant::now();
        let calls = Budgets::new(limits.circuit_burst, limits.circuit_rate);
        let (limits, receiver) = watch::channel(limits);
        let common = Common {
            limits: receiver,
            metrics: Arc::new(metrics),
            buffers: Buffers::default(),
            total: Arc::new(Purse::new(start)),
        };
        Self {
            own,
            limits,
            admission,
            members: Members::default(),
            pairs: HashMap::new(),
            tasks: JoinSet::new(),
            common,
            reserves: Budgets::new(RESERVES, RESERVES_PER_SECOND),
            calls,
            patience: Budgets::new(PATIENCE, PATIENCE_PER_SECOND),
            start,
            leaving: false,
            closing: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Who may use the relay.
    pub fn admission(&mut self) -> &mut Admission {
        &mut self.admission
    }

    /// Members with a reservation.
    pub fn reservations(&self) -> usize {
        self.members.reserved()
    }

    /// Circuits, those included that are being opened.
    pub fn circuits(&self) -> usize {
        self.pairs.len()
    }

    /// Whether a member can be called.
    pub fn is_reserved(&self, peer: &PeerId) -> bool {
        self.members.is_reserved(peer)
    }

    /// Whether there's room for a newcomer that is seen at an address, where so many have a place already.
    ///
    /// # Errors
    ///
    /// What is full.
    pub fn has_room(&self, newcomer: &PeerId, seen: IpAddr, members: usize) -> Result<(), Refusal> {
        let limits = self.limits.borrow();
        if members >= limits.members {
            return Err(Refusal::Full);
        }
        if !self.members.is_reserved(newcomer) && self.members.at(seen) >= limits.members_per_address {
            return Err(Refusal::AddressFull);
        }
        Ok(())
    }

    /// Other limits from now on, for circuits that stand as well.
    pub fn set_limits(&mut self, limits: Arc<Limits>) {
        self.calls = Budgets::new(limits.circuit_burst, limits.circuit_rate);
        self.limits.send_replace(limits);
    }

    /// Gives out nothing more; circuits that stand go on.
    pub fn drain(&mut self) {
        self.leaving = true;
    }

    fn reserve(&mut self, peer: PeerId, id: ConnectionId, stream: Stream) {
        let answer = match self.may_reserve(&peer, id) {
            Ok(address) => {
                if self.members.reserve(&peer, id) {
                    self.events.push_back(Event::Reserved(peer));
                }
                Answer::Reserved { expire: expire(SystemTime::now()), address }
            }
            Err(refusal) => {
                self.refused(&peer, id, refusal);
                Answer::Status(reserve_status(refusal))
            }
        };
        self.tasks.spawn(answered(stream, answer));
    }

    /// The address at which the peer reaches this relay: the one it does right now.
    fn may_reserve(&mut self, peer: &PeerId, id: ConnectionId) -> Result<Multiaddr, Refusal> {
        // Who is gone won't read the answer.
        let link = self.members.link(peer, id).ok_or(Refusal::GivenUp)?;
        if self.leaving {
            return Err(Refusal::Leaving);
        }
        if !self.reserves.take(peer, 1, self.start.elapsed()) {
            return Err(Refusal::TooOften);
        }
        self.admission.check(peer, link.seen)?;
        if !self.members.is_reserved(peer) {
            self.has_room(peer, link.seen, self.members.reserved())?;
        }
        Ok(link.local.clone().with_p2p(self.own).unwrap_or_else(|local| local))
    }

    fn connect(&mut self, caller: PeerId, id: ConnectionId, called: PeerId, stream: Stream) {
        match self.may_connect(&caller, id, &called) {
            Ok((door, seen)) => {
                self.members.calling(&caller, seen, &called);
                let task = self.tasks.spawn(call(stream, door, caller));
                self.pairs.insert(task.id(), Pair { caller, seen, called, open: false });
            }
            Err(refusal) => {
                self.refused(&caller, id, refusal);
                self.tasks.spawn(answered(stream, Answer::Status(connect_status(refusal))));
            }
        }
    }

    /// By which door the other is called, and where the caller is seen.
    fn may_connect(&mut self, caller: &PeerId, id: ConnectionId, called: &PeerId) -> Result<(Door, IpAddr), Refusal> {
        let link = self.members.link(caller, id).ok_or(Refusal::GivenUp)?;
        if self.leaving {
            return Err(Refusal::Leaving);
        }
        if !self.calls.take(caller, 1, self.start.elapsed()) {
            return Err(Refusal::TooOften);
        }
        if caller == called {
            return Err(Refusal::NotAllowed);
        }
        self.admission.check(caller, link.seen)?;
        let door = self.members.door(called).ok_or(Refusal::NoReservation)?;
        let limits = self.limits.borrow();
        let members_most = self.members.circuits(caller).max(self.members.circuits(called));
        if self.pairs.len() >= limits.circuits
            || self.members.opened_at(link.seen) >= limits.circuits.div_ceil(2)
            || members_most >= limits.circuits_per_member
            || self.members.between(caller, called) >= MAX_BETWEEN
            || self.members.calls(called) >= MAX_CALLS_PENDING
        {
            return Err(Refusal::TooManyCircuits);
        }
        Ok((door.clone(), link.seen))
    }

    fn refused(&mut self, peer: &PeerId, id: ConnectionId, refusal: Refusal) {
        self.events.push_back(Event::Refused(*peer, refusal));
        if refusal == Refusal::TooOften {
            self.annoyed(peer, id);
        }
    }

    /// A peer makes work for nothing.
    fn annoyed(&mut self, peer: &PeerId, id: ConnectionId) {
        if !self.patience.take(peer, 1, self.start.elapsed()) && self.members.link(peer, id).is_some() {
            self.closing.push_back((*peer, id));
        }
    }

    fn done(&mut self, ended: Result<(Id, Done), JoinError>) {
        match ended {
            Ok((_, Done::Answered)) => {}
            Ok((id, Done::Called { since, outcome })) => self.called(id, since, outcome),
            Ok((id, Done::Carried(carried))) => self.over(id, Ok(carried)),
            Err(error) => {
                tracing::error!(%error, "a task of a circuit broke off");
                self.over(error.id(), Err(Refusal::NoAnswer));
            }
        }
    }

    /// A call was answered. If it was taken, what the two say is carried from now on.
    fn called(&mut self, id: Id, since: Instant, outcome: Result<Box<Ends>, Refusal>) {
        let ends = match outcome {
            Ok(ends) => *ends,
            Err(refusal) => return self.over(id, Err(refusal)),
        };
        let Some(pair) = self.pairs.remove(&id) else { return };
        self.members.called(&pair.called);
        let purse = |peer: &PeerId| self.members.purse(peer).unwrap_or_else(|| Arc::new(Purse::new(Instant::now())));
        let (caller, called) = ((ends.caller, purse(&pair.caller)), (ends.called, purse(&pair.called)));
        let circuit = Circuit::new(caller, called, self.common.clone());
        let task = self.tasks.spawn(async move { Done::Carried(circuit.await) });
        self.pairs.insert(task.id(), Pair { open: true, ..pair });
        self.common.metrics.circuits_opened.inc();
        self.common.metrics.circuit_setup.observe(since.elapsed());
        self.events.push_back(Event::Opened { caller: pair.caller, called: pair.called });
    }

    /// A circuit is over, or didn't come to be.
    fn over(&mut self, id: Id, carried: Result<Carried, Refusal>) {
        let Some(Pair { caller, seen, called, open }) = self.pairs.remove(&id) else { return };
        if !open {
            self.members.called(&called);
        }
        self.members.ended(&caller, seen, &called);
        self.events.push_back(match carried {
            Err(refusal) if !open => Event::Refused(caller, refusal),
            carried => {
                let Carried { to_called, to_caller } = carried.unwrap_or_default();
                Event::Closed { caller, called, to_called, to_caller }
            }
        });
    }
}

impl NetworkBehaviour for Circuits {
    type ConnectionHandler = Handler;
    type ToSwarm = Event;

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: libp2p::PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<Handler, ConnectionDenied> {
        let peer = address::from_libp2p(&peer).ok_or_else(|| ConnectionDenied::new(Refusal::NotAllowed))?;
        let (door, handler) = Door::new();
        let link = Link::new(id, address::seen_at(remote), local.clone(), door);
        self.members.opened(peer, link, Instant::now());
        Ok(handler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: libp2p::PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<Handler, ConnectionDenied> {
        // A relay dials nobody; if it did, it would offer nothing there.
        Ok(Door::new().1)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        let (peer, id) = match event {
            FromSwarm::ConnectionClosed(closed) => (Some(closed.peer_id), closed.connection_id),
            // Another behaviour didn't want the connection after all.
            FromSwarm::ListenFailure(failure) => (failure.peer_id, failure.connection_id),
            _ => return,
        };
        let Some(peer) = peer.and_then(|peer| address::from_libp2p(&peer)) else { return };
        if self.members.closed(&peer, id) {
            self.events.push_back(Event::Released(peer));
        }
    }

    fn on_connection_handler_event(&mut self, peer: libp2p::PeerId, id: ConnectionId, asked: Asked) {
        let Some(peer) = address::from_libp2p(&peer) else { return };
        match asked {
            Asked::For(Request::Reserve, stream) => self.reserve(peer, id, stream),
            Asked::For(Request::Connect(called), stream) => self.connect(peer, id, called, stream),
            Asked::Nonsense => self.annoyed(&peer, id),
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Event, THandlerInEvent<Self>>> {
        while let Poll::Ready(Some(ended)) = self.tasks.poll_join_next_with_id(cx) {
            self.done(ended);
        }
        if let Some((peer, id)) = self.closing.pop_front()
            && let Some(peer_id) = address::to_libp2p(&peer)
        {
            tracing::debug!(%peer, "closed: too many requests");
            return Poll::Ready(ToSwarm::CloseConnection { peer_id, connection: CloseConnection::One(id) });
        }
        match self.events.pop_front() {
            Some(event) => Poll::Ready(ToSwarm::GenerateEvent(event)),
            None => Poll::Pending,
        }
    }
}

/// Answers a request.
async fn answered(mut stream: Stream, answer: Answer) -> Done {
    // Who doesn't read the answer does without.
    let _ = timeout(ANSWERING, wire::answer(&mut stream, answer)).await;
    Done::Answered
}

/// Calls a member, and tells the caller what came of it.
async fn call(mut caller: Stream, door: Door, from: PeerId) -> Done {
    let since = Instant::now();
    let called = door.call(from).await;
    let status = called.as_ref().map_or_else(|refusal| connect_status(*refusal), |_| Status::Ok);
    let told = timeout(ANSWERING, wire::answer(&mut caller, Answer::Status(status))).await;
    let outcome = match (called, told) {
        (Ok(called), Ok(Ok(()))) => Ok(Box::new(Ends { caller, called })),
        (Ok(_), _) => Err(Refusal::GivenUp),
        (Err(refusal), _) => Err(refusal),
    };
    Done::Called { since, outcome }
}

/// When a reservation made now ends, in seconds from 1970 on.
fn expire(now: SystemTime) -> u64 {
    now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().saturating_add(LEASE).as_secs()
}

/// What a refused reservation is answered with.
fn reserve_status(refusal: Refusal) -> Status {
    match refusal {
        Refusal::NotAllowed | Refusal::WrongToken | Refusal::Leaving => Status::ReservationRefused,
        _ => Status::ResourceLimitExceeded,
    }
}

/// What a circuit is answered with that doesn't come to be.
fn connect_status(refusal: Refusal) -> Status {
    match refusal {
        Refusal::NotAllowed | Refusal::WrongToken => Status::PermissionDenied,
        Refusal::NoReservation => Status::NoReservation,
        Refusal::NoAnswer => Status::ConnectionFailed,
        _ => Status::ResourceLimitExceeded,
    }
}
