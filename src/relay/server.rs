//! The relay on the network: one swarm, and what is said on it between the relay and its members.
//!
//! [`Server`] is polled by the task that owns it; connections and circuits run on tasks of their own. What it's asked to
//! do returns at once.

mod behaviour;
mod hello;
mod roster;
mod sessions;

#[cfg(test)]
mod members;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod several;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use libp2p::multiaddr::Protocol;
use libp2p::request_response::OutboundRequestId;
use libp2p::swarm::{ConnectionId, ListenError, SwarmEvent};
use libp2p::{Multiaddr, Swarm};
use tokio::time::{Interval, MissedTickBehavior, interval, sleep_until, timeout};

use super::admission::Admission;
use super::circuit::{self, Circuits};
use super::config::Access;
use super::limits::Limits;
use super::metrics::Metrics;
use super::refusal::Refusal;
use super::roster::{OwnRoster, Roster, Telling};
use crate::model::{Nickname, PeerId};
use crate::net::discovery::{self, Discovery, Reach};
use crate::net::{NetError, address, listen};
use crate::protocol::budget::Budgets;
use crate::protocol::wire::hello::Introduction;
use behaviour::{Behaviour, BehaviourEvent};
use roster::Allowance;
use sessions::Sessions;

/// Time between two looks at the connections.
const LOOK: Duration = Duration::from_secs(1);

/// How long members have to hear the goodbye, and then connections to close.
const GOODBYE: Duration = Duration::from_secs(2);

/// What a relay needs to start.
#[derive(Debug)]
pub struct Setup<'a> {
    /// Seed of the identity's key.
    pub secret: &'a [u8; 32],
    /// What the relay calls itself.
    pub nickname: &'a Nickname,
    /// Where to listen; empty: everywhere.
    pub listen: &'a [Multiaddr],
    /// TCP port where `listen` is empty.
    pub port: u16,
    /// Whether to be found by multicast DNS.
    pub mdns: bool,
    /// Who may use it.
    pub access: Access,
    /// How much it gives.
    pub limits: Arc<Limits>,
    /// What it counts with.
    pub metrics: Metrics,
}

/// What happened at the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The addresses at which it listens changed; [`Server::addresses`] has them.
    Listening,
    /// Somebody has announced themselves, or something of themselves that changed.
    Member(PeerId, Nickname),
    /// Somebody is no longer a member.
    Left(PeerId),
    /// Somebody didn't get what they asked for.
    Refused(Refused),
    /// About reservations and circuits.
    Circuit(circuit::Event),
    /// After [`Server::drain`]: no circuit is left.
    Drained,
    /// Something that whoever runs the relay should know.
    Warning(String),
}

/// What wasn't given, and to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// Who asked, if they got as far as proving it.
    pub peer: Option<PeerId>,
    /// Where they were seen.
    pub seen: Option<IpAddr>,
    /// Why not.
    pub refusal: Refusal,
}

/// A relay.
pub struct Server {
    own: PeerId,
    metrics: Metrics,
    swarm: Swarm<Behaviour>,
    /// What it says of itself.
    introduction: Introduction,
    sessions: Sessions,
    roster: Box<dyn Roster>,
    /// What members are being told of the roster.
    tellings: HashMap<OutboundRequestId, Telling>,
    allowance: Allowance,
    hellos: Budgets,
    start: Instant,
    /// Hellos whose answer hasn't come yet.
    said: HashSet<OutboundRequestId>,
    /// Who hasn't taken the last hello.
    unheard: HashSet<PeerId>,
    look: Interval,
    discovery: Option<Discovery>,
    /// Set while discovery waits for a port to announce.
    announce: Option<Reach>,
    /// Whether it listens on this computer alone.
    on_loopback: bool,
    leaving: bool,
    /// Set while it's to be told that no circuit is left.
    draining: bool,
    /// What happened and wasn't told yet.
    events: VecDeque<Event>,
}

impl Server {
    /// Starts to listen. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`NetError`] where the key is none, or an address can't be listened at.
    pub fn start(setup: &Setup<'_>) -> Result<Self, NetError> {
        let keypair = crate::net::behaviour::keypair(setup.secret)?;
        let id = keypair.public().to_peer_id();
        let own = address::from_libp2p(&id).ok_or(NetError::Key)?;
        let (limits, admission) = (&setup.limits, Admission::new(setup.access.clone()));
        let circuits = Circuits::new(id, Arc::clone(limits), admission, setup.metrics.clone());
        let (mut swarm, connections) = behaviour::swarm(keypair, limits, circuits)?;
        let everywhere = setup.listen.is_empty();
        let addresses = if everywhere { listen::everywhere(setup.port)? } else { setup.listen.to_vec() };
        listen::are_free(&addresses)?;
        listen::listen_at(&mut swarm, &addresses, everywhere)?;
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut server = Self {
            own,
            metrics: setup.metrics.clone(),
            swarm,
            introduction: hello::of(setup.nickname),
            sessions: Sessions::default(),
            roster: Box::new(OwnRoster::new(boot())),
            tellings: HashMap::new(),
            allowance: Allowance::new(limits),
            hellos: hello::budgets(),
            start: Instant::now(),
            said: HashSet::new(),
            unheard: HashSet::new(),
            look,
            discovery: None,
            announce: setup.mdns.then(|| listen::reach(&addresses)),
            on_loopback: addresses.iter().filter_map(address::first_ip).all(|ip| ip.is_loopback()),
            leaving: false,
            draining: false,
            events: VecDeque::new(),
        };
        server.warn_of_files(connections, limits.members);
        Ok(server)
    }

    fn warn_of_files(&mut self, connections: usize, members: usize) {
        if connections < members {
            self.events.push_back(Event::Warning(format!(
                "room for {connections} connections instead of {members}: the system allows no more open files"
            )));
        }
    }

    /// The relay's own id.
    pub fn id(&self) -> PeerId {
        self.own
    }

    /// Multiaddrs at which it listens, its id included.
    pub fn addresses(&self) -> Vec<String> {
        let mut addresses: Vec<String> =
            self.swarm.listeners().map(|address| format!("{address}/p2p/{}", self.own)).collect();
        addresses.sort();
        addresses
    }

    /// Where a socket's address would be this relay's.
    pub fn address_at(&self, socket: SocketAddr) -> String {
        format!("{}/p2p/{}", address::multiaddr(socket), self.own)
    }

    /// Connections that stand.
    fn connections(&self) -> usize {
        self.sessions.connections()
    }

    /// Circuits, those included that are being opened.
    fn circuits(&self) -> usize {
        self.swarm.behaviour().circuits.circuits()
    }

    /// Sets what tells of now.
    fn gauge(&self) {
        let circuits = &self.swarm.behaviour().circuits;
        for (gauge, count) in [
            (&self.metrics.connections, self.connections()),
            (&self.metrics.reservations, circuits.reservations()),
            (&self.metrics.circuits, circuits.circuits()),
            (&self.metrics.members, self.roster.members()),
            (&self.metrics.roster_entries, self.roster.listed()),
        ] {
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// Other limits from now on.
    pub fn set_limits(&mut self, limits: &Arc<Limits>) {
        let files = behaviour::files(limits);
        self.warn_of_files(files, limits.members);
        let behaviour = self.swarm.behaviour_mut();
        behaviour.gate.set_limits(Arc::clone(limits), files);
        behaviour.circuits.set_limits(Arc::clone(limits));
        self.allowance.set_limits(limits);
    }

    /// Lets in others from now on. Who isn't let in any more is sent away, and hears why when they come again.
    pub fn set_access(&mut self, access: Access) {
        let admission = self.swarm.behaviour_mut().circuits.admission();
        admission.set_access(access);
        let check = |peer: &PeerId| {
            let seen = self.sessions.seen(peer)?;
            let refusal = admission.check(peer, seen).err()?;
            Some((*peer, Refused { peer: Some(*peer), seen: Some(seen), refusal }))
        };
        let unwanted: Vec<(PeerId, Refused)> = self.sessions.peers().filter_map(check).collect();
        for (peer, refused) in unwanted {
            self.disconnect(&peer);
            self.refused(refused);
        }
    }

    /// Ends all connections of somebody, and with them their circuits.
    fn disconnect(&mut self, peer: &PeerId) {
        if let Some(id) = address::to_libp2p(peer) {
            // An error says that there's none.
            let _ = self.swarm.disconnect_peer_id(id);
        }
    }

    /// Takes no more members and gives out no more circuits; members are told to look for another way.
    /// [`Event::Drained`] comes when the last circuit is over.
    pub fn drain(&mut self) {
        (self.leaving, self.draining) = (true, true);
        self.roster.leave();
        self.swarm.behaviour_mut().circuits.drain();
    }

    /// What happens next. Safe to drop at any time and call again.
    pub async fn next(&mut self) -> Event {
        loop {
            self.gauge();
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            if self.draining && self.circuits() == 0 {
                self.draining = false;
                return Event::Drained;
            }
            self.tell_changes();
            let due = self.roster.next().map(|due| self.start + due);
            tokio::select! {
                event = self.swarm.select_next_some() => self.swarm_event(event),
                _ = self.look.tick() => self.look(),
                () = until(due) => {}
                // A relay is found; it looks for nobody.
                hint = discovery::next(self.discovery.as_mut()) => if hint.is_none() {
                    self.undiscovered("multicast DNS has ended");
                },
            }
        }
    }

    /// Says goodbye to everybody and closes all connections, at the latest after some seconds.
    pub async fn stop(mut self) {
        self.say_goodbye();
        if let Some(discovery) = self.discovery.take() {
            let _ = timeout(GOODBYE, discovery.stop()).await;
        }
        let heard = async {
            while !self.said.is_empty() {
                let event = self.swarm.select_next_some().await;
                self.swarm_event(event);
            }
        };
        // Who doesn't answer sees by the end of the connection that the relay is gone.
        let _ = timeout(GOODBYE, heard).await;
        let peers: Vec<PeerId> = self.sessions.peers().copied().collect();
        for peer in &peers {
            self.disconnect(peer);
        }
        let closed = async {
            while self.connections() > 0 {
                let event = self.swarm.select_next_some().await;
                self.swarm_event(event);
            }
        };
        let _ = timeout(GOODBYE, closed).await;
    }

    fn swarm_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Hello(event)) => self.hello_event(event),
            SwarmEvent::Behaviour(BehaviourEvent::Roster(event)) => self.roster_event(event),
            SwarmEvent::Behaviour(BehaviourEvent::Circuits(event)) => self.circuit_event(event),
            SwarmEvent::NewListenAddr { address, .. } => {
                self.start_discovery(&address);
                self.events.push_back(Event::Listening);
            }
            SwarmEvent::ExpiredListenAddr { .. } => self.events.push_back(Event::Listening),
            SwarmEvent::ListenerClosed { reason: Err(error), .. } => {
                self.events.push_back(Event::Warning(format!("no longer listening at one address: {error}")));
            }
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                let Some(peer) = address::from_libp2p(&peer_id) else { return };
                let seen = address::first_ip(endpoint.get_remote_address()).map(|ip| ip.to_canonical());
                self.sessions.opened(peer, connection_id, seen, Instant::now());
                self.introduce(&peer);
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, .. } => {
                let Some(peer) = address::from_libp2p(&peer_id) else { return };
                self.closed(&peer, connection_id);
            }
            SwarmEvent::IncomingConnectionError { send_back_addr, error: ListenError::Denied { cause }, .. } => {
                if let Ok(refusal) = cause.downcast() {
                    self.refused(Refused { peer: None, seen: address::first_ip(&send_back_addr), refusal });
                }
            }
            _ => {}
        }
    }

    fn closed(&mut self, peer: &PeerId, connection: ConnectionId) {
        let Some(closed) = self.sessions.closed(connection) else { return };
        if self.roster.closed(peer, closed.number) {
            self.events.push_back(Event::Left(*peer));
        }
        if closed.last {
            self.unheard.remove(peer);
            self.swarm.behaviour_mut().circuits.admission().forget(peer);
        }
    }

    fn start_discovery(&mut self, address: &Multiaddr) {
        let port = address.iter().find_map(|part| if let Protocol::Tcp(port) = part { Some(port) } else { None });
        let (Some(port), Some(reach)) = (port, self.announce.take()) else { return };
        match Discovery::start(self.own, port, &reach) {
            Ok(discovery) => self.discovery = Some(discovery),
            Err(error) => self.undiscovered(&error.to_string()),
        }
    }

    fn undiscovered(&mut self, cause: &str) {
        self.discovery = None;
        self.events.push_back(Event::Warning(format!("the relay isn't found by itself: {cause}")));
    }

    fn circuit_event(&mut self, event: circuit::Event) {
        match event {
            circuit::Event::Refused(peer, refusal) => {
                self.refused(Refused { peer: Some(peer), seen: self.sessions.seen(&peer), refusal });
            }
            event => {
                match event {
                    circuit::Event::Reserved(peer) => self.roster.reach(&peer, true),
                    circuit::Event::Released(peer) => self.roster.reach(&peer, false),
                    _ => {}
                }
                self.events.push_back(Event::Circuit(event));
            }
        }
    }

    fn refused(&mut self, refused: Refused) {
        self.metrics.refuse(refused.refusal);
        self.events.push_back(Event::Refused(refused));
    }

    fn look(&mut self) {
        let alive = &self.swarm.behaviour().alive;
        for connection in self.sessions.overdue(Instant::now(), |connection| alive.heard(connection)) {
            self.swarm.close_connection(connection);
        }
        for peer in std::mem::take(&mut self.unheard) {
            self.introduce(&peer);
        }
        self.expire_members();
        self.make_room();
    }

    /// Where there's little room left, the places are the members'.
    fn make_room(&mut self) {
        let Behaviour { gate, circuits, .. } = self.swarm.behaviour();
        let is_member = |peer: &PeerId| self.roster.contains(peer) || circuits.is_reserved(peer);
        for peer in self.sessions.strangers(gate.too_few(), is_member) {
            tracing::debug!(%peer, "closed: not a member, and there's little room");
            self.disconnect(&peer);
        }
    }
}

/// What tells this start of a relay from others.
fn boot() -> u64 {
    // Without the system's randomness no key could have been made either; then it's a start like any other.
    getrandom::u64().unwrap_or(1)
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}
