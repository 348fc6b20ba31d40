//! The node on the network: one swarm, its discovery, its book of addresses.

mod contact;
mod exchange;
#[cfg(test)]
pub(crate) mod harness;
mod listening;
mod opening;
mod punching;
mod questions;
mod relaying;
mod roster;
mod seen;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet, VecDeque};
use std::task::Poll;
use std::time::{Duration, Instant};

use futures::StreamExt;
use libp2p::identity::Keypair;
use libp2p::request_response::{OutboundRequestId, ResponseChannel};
use libp2p::swarm::{ConnectionId, SwarmEvent};
use libp2p::{Multiaddr, Swarm, identify};
use thiserror::Error;
use tokio::time::{Instant as Deadline, sleep_until};

use contact::Contact;
use listening::Listening;
pub use listening::Place;
use punching::punched;
pub(super) use questions::MAX_UNDER_WAY;
use questions::Questions;

use super::address;
use super::behaviour::{self, Behaviour, BehaviourEvent};
use super::buffers::Buffers;
use super::circuits::Circuits;
use super::codec::Received;
use super::connections::Connections;
use super::dialer::Dialer;
use super::discovery::{self, Discovery, Hint};
use super::exchanges::Exchanges;
use super::file_codec::FileResponse;
use super::relays::Relays;
use super::reservations::Reservations;
use super::sightings::Sightings;
use crate::model::{Nickname, Path, PeerId, Presence, Reason, TransferId};
use crate::protocol::wire::chat::{Answer, Chat, ChatAnswer};
use crate::protocol::wire::file::{Ask, Reply};
use crate::protocol::wire::hello::Introduction;

/// Time between two looks at the connections, at least: what is due may take a moment to be gone.
const LOOK: Duration = Duration::from_millis(500);

/// Why the network can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NetError {
    /// The identity's secret isn't an Ed25519 key.
    #[error("the identity key is not usable")]
    Key,
    /// libp2p could not be set up.
    #[error("the network could not be set up: {0}")]
    Transport(Reason),
    /// An address can't be listened at.
    #[error("can't listen at {address}: {cause}")]
    Listen {
        /// Which.
        address: String,
        /// Why.
        cause: Reason,
    },
    /// An address is no longer listened at.
    #[error("no longer listening at one address: {0}")]
    Closed(Reason),
    /// Others aren't looked for by multicast DNS.
    #[error("people won't appear by themselves: multicast DNS can't be used here ({0})")]
    Discovery(Reason),
    /// Others are no longer looked for so.
    #[error("people no longer appear by themselves: multicast DNS has ended")]
    DiscoveryEnded,
}

/// What a node needs to start.
#[derive(Debug)]
pub struct Config<'a> {
    /// Seed of the identity's key.
    pub secret: &'a [u8; 32],
    /// Multiaddrs to listen at; empty: everywhere.
    pub listen: &'a [String],
    /// TCP port where `listen` is empty.
    pub port: u16,
    /// Interfaces by name, where `listen` is empty; empty: all.
    pub interfaces: &'a [String],
    /// Whether to find and be found by multicast DNS.
    pub mdns: bool,
    /// To be reached through relays alone: it listens nowhere, and looks for nobody but them. For demonstrations and tests.
    pub only_relayed: bool,
}

/// What relays say of a peer: its own card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What it calls itself.
    pub nickname: Nickname,
    /// Its presence; never [`Presence::Offline`].
    pub presence: Presence,
}

/// Names one request of this node until its answer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(u64);

/// What happened on the network.
#[derive(Debug)]
pub enum Event {
    /// The addresses at which this node listens changed, which [`Node::addresses`] has, or [`Node::network`] did.
    Listening,
    /// A peer is connected, or has one connection more or less: it has to be told who we are.
    Connected(PeerId),
    /// A peer that is connected can be reached elsewhere too, or is reached in another way ([`Node::path`]).
    Moved(PeerId),
    /// A peer's last connection ended.
    Disconnected(PeerId),
    /// A peer said who it is, or that something of it changed.
    Introduced(PeerId, Introduction),
    /// A peer took our introduction; or it didn't, and wants it again.
    Acknowledged(PeerId, bool),
    /// A peer sent messages or a read mark; to be answered.
    Chat(PeerId, Chat, ChatReply),
    /// A peer writes to us, or no longer.
    Typing(PeerId, bool),
    /// What became of [`Node::chat`]. `None`: no answer.
    ChatAnswered(RequestId, Option<Answer>),
    /// A peer asks about a transfer; to be answered.
    File(PeerId, TransferId, Ask, FileReply),
    /// What became of [`Node::file`]. `None`: no answer, or not all of it.
    FileAnswered(RequestId, Option<Reply>),
    /// What became of [`Node::reach`].
    Reached(RequestId, Result<PeerId, Reason>),
    /// A relay lists somebody, or another card of theirs; `None`: no relay does any more. Of several relays' cards it's the
    /// latest. Whether the peer is really there shows when it's [called](Node::call).
    Listed(PeerId, Option<Listed>),
    /// How it stands with the relays may have changed: [`Node::relays`] has it.
    Relays,
    /// Something that the person should know.
    Warning(NetError),
}

/// The way back to a peer that sent a [`Chat`]. Dropped without an answer, the peer tries again.
#[derive(Debug)]
pub struct ChatReply(ResponseChannel<Received<ChatAnswer>>);

/// The way back to a peer that asked about a transfer.
#[derive(Debug)]
pub struct FileReply(ResponseChannel<FileResponse>);

/// A peer on the network.
pub struct Node {
    own: PeerId,
    keypair: Keypair,
    buffers: Buffers,
    swarm: Swarm<Behaviour>,
    only_relayed: bool,
    discovery: Option<Discovery>,
    listening: Listening,
    contact: Contact,
    dialer: Dialer,
    connections: Connections,
    exchanges: Exchanges,
    hellos: HashMap<OutboundRequestId, PeerId>,
    chats: HashMap<OutboundRequestId, RequestId>,
    /// Those of the connected who don't know what typing is.
    deaf_to_typing: HashSet<PeerId>,
    /// About transfers, by who is asked. Of those who are connected.
    questions: HashMap<PeerId, Questions>,
    relays: Relays,
    reservations: Reservations,
    circuits: Circuits,
    roster: roster::Roster,
    sightings: Sightings,
    /// Dials by address, for whoever asked.
    reaching: HashMap<ConnectionId, (RequestId, Multiaddr)>,
    /// Dials that libp2p makes of itself, to punch holes: how they end is nobody else's business.
    punches: HashSet<ConnectionId>,
    /// Who asked for a peer behind a relay.
    reaching_through: Vec<(PeerId, RequestId)>,
    farewells: HashSet<PeerId>,
    requests: u64,
    looked: Option<Instant>,
    /// What happened and wasn't told yet.
    events: VecDeque<Event>,
}

impl Node {
    /// Starts to listen. Needs a tokio runtime.
    pub fn start(config: &Config<'_>) -> Result<Self, NetError> {
        let keypair = behaviour::keypair(config.secret)?;
        if config.only_relayed {
            let mut node = Self::new(keypair)?;
            node.only_relayed = true;
            // There is nothing to wait for.
            node.events.push_back(Event::Listening);
            return Ok(node);
        }
        let mut node = Self::new(keypair)?;
        if config.listen.is_empty() {
            let place = Place { port: config.port, interfaces: config.interfaces.to_vec() };
            node.listen_first(place, config.mdns)?;
        } else {
            node.listen_given(config.listen, config.mdns)?;
        }
        Ok(node)
    }

    /// A node that neither listens nor looks for others yet.
    fn new(keypair: Keypair) -> Result<Self, NetError> {
        let own = address::from_libp2p(&keypair.public().to_peer_id()).ok_or(NetError::Key)?;
        let buffers = Buffers::default();
        Ok(Self {
            own,
            swarm: behaviour::swarm(keypair.clone(), buffers.clone())?,
            keypair,
            buffers,
            only_relayed: false,
            discovery: None,
            listening: Listening::default(),
            contact: Contact::default(),
            dialer: Dialer::default(),
            connections: Connections::new(own),
            exchanges: Exchanges::default(),
            hellos: HashMap::new(),
            chats: HashMap::new(),
            deaf_to_typing: HashSet::new(),
            questions: HashMap::new(),
            relays: Relays::default(),
            reservations: Reservations::default(),
            circuits: Circuits::default(),
            roster: roster::Roster::default(),
            sightings: Sightings::default(),
            reaching: HashMap::new(),
            punches: HashSet::new(),
            reaching_through: Vec::new(),
            farewells: HashSet::new(),
            requests: 0,
            looked: None,
            events: VecDeque::new(),
        })
    }

    /// The stock that units of files take their buffers from.
    pub fn buffers(&self) -> &Buffers {
        &self.buffers
    }

    /// Multiaddrs at which this node can be reached, its id included; loopback ones only where there are no others.
    /// Link-local IPv6 ones aren't among them: they would need a zone, which differs from computer to computer.
    pub fn addresses(&self) -> Vec<String> {
        let ip = |address: &Multiaddr| address::socket(address).map(|socket| socket.ip());
        let mut listed: Vec<&Multiaddr> =
            self.swarm.listeners().filter(|address| ip(address).is_some_and(address::is_dialable)).collect();
        if listed.iter().any(|address| ip(address).is_some_and(|ip| !ip.is_loopback())) {
            listed.retain(|address| ip(address).is_some_and(|ip| !ip.is_loopback()));
        }
        listed.sort();
        listed.iter().map(|address| format!("{address}/p2p/{}", self.own)).collect()
    }

    /// Multiaddrs at which a peer can be dialled, without its id: where it's connected first, then the one used or heard
    /// last.
    pub fn addresses_of(&self, peer: &PeerId) -> Vec<String> {
        let ip = |address: &Multiaddr| address::socket(address).map(|socket| socket.ip());
        let here: Vec<_> = self.connections.addresses(peer).map(ip).collect();
        let mut known: Vec<&Multiaddr> =
            self.dialer.addresses(peer).iter().chain(self.relays.addresses(peer)).collect();
        known.sort_by_key(|address| here.iter().position(|ip_here| *ip_here == ip(address)).unwrap_or(usize::MAX));
        known.into_iter().map(Multiaddr::to_string).collect()
    }

    /// How a peer is reached now.
    pub fn path(&self, peer: &PeerId) -> Path {
        self.connections.path(peer)
    }

    /// What happens next. Safe to drop at any time and call again.
    pub async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            self.dial_due();
            self.punch_due();
            self.relay_due();
            self.roster_due();
            self.tell_relays();
            if !self.events.is_empty() {
                continue;
            }
            if self.is_to_open() {
                match futures::poll!(self.swarm.select_next_some()) {
                    Poll::Ready(event) => self.swarm_event(event),
                    Poll::Pending => self.open_elsewhere(),
                }
                continue;
            }
            let wake =
                [self.next_dial(), self.next_punch(), self.next_look(), self.next_relaying(), self.next_roster()];
            let wake = wake.into_iter().flatten().min();
            tokio::select! {
                event = self.swarm.select_next_some() => self.swarm_event(event),
                hint = discovery::next(self.discovery.as_mut()) => self.take_hint(hint),
                () = listening::next(&mut self.listening) => self.listening_changed(),
                () = sleep_until(wake.map_or_else(Deadline::now, Deadline::from_std)), if wake.is_some() => self.look(),
            }
        }
    }

    /// Ends all connections to a peer. `goodbye`: it has left, and is not dialled until it's heard of.
    pub fn disconnect(&mut self, peer: &PeerId, goodbye: bool) {
        if goodbye {
            self.farewells.insert(*peer);
            self.refute(peer);
        }
        if let Some(id) = address::to_libp2p(peer) {
            // An error says that there's none.
            let _ = self.swarm.disconnect_peer_id(id);
        }
    }

    /// Withdraws the announcement and closes every connection.
    pub async fn stop(mut self) {
        if let Some(discovery) = self.discovery.take() {
            discovery.stop().await;
        }
        self.listening.ended().await;
        let peers: Vec<PeerId> = self.connections.peers().copied().collect();
        for peer in &peers {
            self.disconnect(peer, true);
        }
        while self.connections.peers().next().is_some() {
            let event = self.swarm.select_next_some().await;
            self.swarm_event(event);
        }
    }

    fn request(&mut self) -> RequestId {
        self.requests += 1;
        RequestId(self.requests)
    }

    fn swarm_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Hello(event)) => self.hello_event(event),
            SwarmEvent::Behaviour(BehaviourEvent::Chat(event)) => self.chat_event(event),
            SwarmEvent::Behaviour(BehaviourEvent::Files(event)) => self.file_event(event),
            SwarmEvent::Behaviour(BehaviourEvent::Roster(event)) => self.roster_event(event),
            SwarmEvent::Behaviour(BehaviourEvent::Typing(event)) => self.typing_event(event),
            SwarmEvent::Behaviour(BehaviourEvent::Ping(event)) => {
                let Some(peer) = address::from_libp2p(&event.peer) else { return };
                match event.result {
                    Ok(_) => self.connections.answered(&peer, event.connection, Instant::now()),
                    Err(error) => {
                        tracing::debug!(%peer, %error, "closed: no answer to a ping");
                        self.swarm.close_connection(event.connection);
                    }
                }
            }
            SwarmEvent::Behaviour(BehaviourEvent::Identify(identify::Event::Received {
                peer_id,
                connection_id,
                info,
            })) => self.identified(&peer_id, connection_id, &info),
            SwarmEvent::Behaviour(BehaviourEvent::Circuits(event)) => self.circuit_event(event),
            SwarmEvent::Behaviour(BehaviourEvent::Punching(event)) => punched(&event),
            SwarmEvent::Dialing { connection_id, .. } => _ = self.punches.insert(connection_id),
            SwarmEvent::NewListenAddr { listener_id, address } => {
                self.swarm.behaviour_mut().punching.offer(&address);
                self.discover();
                self.listens_at(listener_id);
                self.listening();
            }
            SwarmEvent::ExpiredListenAddr { .. } => self.listening(),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.opened(&peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, .. } => self.closed(&peer_id, connection_id),
            SwarmEvent::OutgoingConnectionError { peer_id, connection_id, error } => {
                self.dial_failed(peer_id.as_ref(), connection_id, &error);
            }
            SwarmEvent::ListenerClosed { listener_id, reason, .. } => {
                self.listener_closed(listener_id, reason);
                self.listened(listener_id);
            }
            _ => {}
        }
    }

    fn listening(&mut self) {
        self.contact_moved();
        self.events.push_back(Event::Listening);
        self.announce_anew();
    }

    fn take_hint(&mut self, hint: Option<Hint>) {
        match hint {
            Some(Hint::Here(peer, addresses)) => {
                self.contact_heard(&addresses);
                self.relays.found(&peer);
                self.heard(peer, addresses, false);
            }
            Some(Hint::Gone(peer)) => {
                self.dialer.withdrawn(&peer);
                self.relays.withdrawn(&peer);
            }
            None => {
                self.discovery = None;
                self.events.push_back(Event::Warning(NetError::DiscoveryEnded));
                self.events.push_back(Event::Listening);
            }
        }
    }
}

/// A random number from 0 to 1, to spread what many do at the same time.
pub fn jitter() -> f64 {
    getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX))
}
