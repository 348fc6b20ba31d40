//! The node on the network: one swarm, its discovery, its book of addresses.

mod exchange;
mod questions;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use futures::StreamExt;
use libp2p::core::ConnectedPoint;
use libp2p::multiaddr::Protocol;
use libp2p::request_response::{OutboundRequestId, ResponseChannel};
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, DialError, SwarmEvent};
use libp2p::{Multiaddr, Swarm, identify};
use thiserror::Error;
use tokio::time::{Instant as Deadline, sleep_until};

pub(super) use questions::MAX_UNDER_WAY;
use questions::Questions;

use super::address::{self, Target};
use super::behaviour::{self, Behaviour, BehaviourEvent};
use super::buffers::Buffers;
use super::codec::Received;
use super::connections::Connections;
use super::dialer::{Dialer, MAX_ADDRESSES};
use super::discovery::{Discovery, Hint, Reach};
use super::file_codec::FileResponse;
use super::listen;
use crate::model::{PeerId, TransferId};
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
    Transport(String),
    /// An address can't be listened at.
    #[error("can't listen at {address}: {cause}")]
    Listen {
        /// Which.
        address: String,
        /// Why.
        cause: String,
    },
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
    /// Whether to find and be found by multicast DNS.
    pub mdns: bool,
}

/// Names one request of this node until its answer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(u64);

/// What happened on the network.
#[derive(Debug)]
pub enum Event {
    /// The addresses at which this node listens changed; [`Node::addresses`] has them.
    Listening,
    /// A peer is connected, or has one connection more or less: it has to be told who we are.
    Connected(PeerId),
    /// A peer that is connected can be reached elsewhere too.
    Moved(PeerId),
    /// A peer's last connection ended.
    Disconnected(PeerId),
    /// A peer said who it is, or that something of it changed.
    Introduced(PeerId, Introduction),
    /// A peer took our introduction; or it didn't, and wants it again.
    Acknowledged(PeerId, bool),
    /// A peer sent messages or a read mark; to be answered.
    Chat(PeerId, Chat, ChatReply),
    /// What became of [`Node::chat`]. `None`: no answer.
    ChatAnswered(RequestId, Option<Answer>),
    /// A peer asks about a transfer; to be answered.
    File(PeerId, TransferId, Ask, FileReply),
    /// What became of [`Node::file`]. `None`: no answer, or not all of it.
    FileAnswered(RequestId, Option<Reply>),
    /// What became of [`Node::reach`].
    Reached(RequestId, Result<PeerId, String>),
    /// Something that the person should know.
    Warning(String),
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
    buffers: Buffers,
    swarm: Swarm<Behaviour>,
    discovery: Option<Discovery>,
    /// Set while discovery waits for a port to announce.
    announce: Option<Reach>,
    dialer: Dialer,
    connections: Connections,
    hellos: HashMap<OutboundRequestId, PeerId>,
    chats: HashMap<OutboundRequestId, RequestId>,
    /// About transfers, by who is asked. Of those who are connected.
    questions: HashMap<PeerId, Questions>,
    /// Dials by address, for whoever asked.
    reaching: HashMap<ConnectionId, (RequestId, Multiaddr)>,
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
        let own = address::from_libp2p(&keypair.public().to_peer_id()).ok_or(NetError::Key)?;
        let addresses = listen::addresses(config.listen, config.port)?;
        let buffers = Buffers::default();
        let mut swarm = behaviour::swarm(keypair, buffers.clone())?;
        listen_at(&mut swarm, &addresses, config.listen.is_empty())?;
        Ok(Self {
            own,
            buffers,
            swarm,
            discovery: None,
            announce: config.mdns.then(|| listen::reach(&addresses)),
            dialer: Dialer::default(),
            connections: Connections::new(own),
            hellos: HashMap::new(),
            chats: HashMap::new(),
            questions: HashMap::new(),
            reaching: HashMap::new(),
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
        let mut known: Vec<&Multiaddr> = self.dialer.addresses(peer).iter().collect();
        known.sort_by_key(|address| here.iter().position(|ip_here| *ip_here == ip(address)).unwrap_or(usize::MAX));
        known.into_iter().map(Multiaddr::to_string).collect()
    }

    /// What happens next. Safe to drop at any time and call again.
    pub async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            self.dial_due();
            let wake = [self.dialer.next(), self.next_look()].into_iter().flatten().min();
            tokio::select! {
                event = self.swarm.select_next_some() => self.swarm_event(event),
                hint = next_hint(self.discovery.as_mut()) => self.take_hint(hint),
                () = sleep_until(wake.map_or_else(Deadline::now, Deadline::from_std)), if wake.is_some() => self.look(),
            }
        }
    }

    /// Somebody may be at these addresses: dials there now, and again later.
    pub fn remember(&mut self, peer: PeerId, addresses: &[String], by_hand: bool) {
        let addresses = addresses.iter().filter_map(|text| text.parse().ok()).collect();
        self.heard(peer, addresses, by_hand);
    }

    /// Dials an address and says who is there, by [`Event::Reached`].
    pub fn reach(&mut self, target: &Target) -> RequestId {
        let name = self.request();
        let options = DialOpts::unknown_peer_id().address(target.address.clone()).allocate_new_port().build();
        let connection = options.connection_id();
        match self.swarm.dial(options) {
            Ok(()) => _ = self.reaching.insert(connection, (name, target.address.clone())),
            Err(error) => self.events.push_back(Event::Reached(name, Err(dial_error(&error)))),
        }
        name
    }

    /// Ends all connections to a peer. `goodbye`: it has left, and is not dialled until it's heard of.
    pub fn disconnect(&mut self, peer: &PeerId, goodbye: bool) {
        if goodbye {
            self.farewells.insert(*peer);
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
            SwarmEvent::Behaviour(BehaviourEvent::Identify(identify::Event::Received { peer_id, info, .. })) => {
                self.identified(&peer_id, &info.listen_addrs);
            }
            SwarmEvent::NewListenAddr { address, .. } => {
                self.start_discovery(&address);
                self.events.push_back(Event::Listening);
            }
            SwarmEvent::ExpiredListenAddr { .. } => self.events.push_back(Event::Listening),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.opened(&peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, .. } => self.closed(&peer_id, connection_id),
            SwarmEvent::OutgoingConnectionError { peer_id, connection_id, error } => {
                self.dial_failed(peer_id.as_ref(), connection_id, &error);
            }
            SwarmEvent::ListenerClosed { reason: Err(error), .. } => {
                self.events.push_back(Event::Warning(format!("no longer listening at one address: {error}")));
            }
            _ => {}
        }
    }

    fn start_discovery(&mut self, address: &Multiaddr) {
        let Some(port) = address::socket(address).map(|socket| socket.port()) else { return };
        let Some(reach) = self.announce.take() else { return };
        match Discovery::start(self.own, port, &reach) {
            Ok(discovery) => self.discovery = Some(discovery),
            Err(error) => self.events.push_back(Event::Warning(format!(
                "people won't appear by themselves: multicast DNS can't be used here ({error})"
            ))),
        }
    }

    fn take_hint(&mut self, hint: Option<Hint>) {
        match hint {
            Some(Hint::Here(peer, addresses)) => self.heard(peer, addresses, false),
            Some(Hint::Gone(peer)) => self.dialer.withdrawn(&peer),
            None => {
                self.discovery = None;
                let text = "people no longer appear by themselves: multicast DNS has ended";
                self.events.push_back(Event::Warning(text.to_owned()));
            }
        }
    }

    /// Somebody's addresses became known. Who is connected isn't dialled for it.
    fn heard(&mut self, peer: PeerId, addresses: Vec<Multiaddr>, by_hand: bool) {
        let now = Instant::now();
        self.dialer.heard(peer, addresses, by_hand, now);
        if self.connections.is_connected(&peer) {
            self.dialer.connected(peer, None, now);
        }
    }

    fn dial_due(&mut self) {
        let now = Instant::now();
        for (peer, addresses) in self.dialer.due(now) {
            let Some(id) = address::to_libp2p(&peer) else { continue };
            // From a port of its own: two nodes that dial each other at once between their listening ports would meet
            // in one TCP connection that both believe to have opened.
            let options = DialOpts::peer_id(id)
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .addresses(addresses)
                .allocate_new_port()
                .build();
            if self.swarm.dial(options).is_err() {
                self.dialer.failed(&peer, 0.5, now);
            }
        }
    }

    fn next_look(&self) -> Option<Instant> {
        let due = self.connections.next_look()?;
        Some(self.looked.map_or(due, |looked| due.max(looked + LOOK)))
    }

    fn look(&mut self) {
        if self.next_look().is_none_or(|due| due > Instant::now()) {
            return;
        }
        self.looked = Some(Instant::now());
        let now = Instant::now();
        for peer in self.connections.silent(now) {
            tracing::info!(%peer, "closed: no hello");
            self.disconnect(&peer, false);
        }
        for connection in self.connections.dead(now).into_iter().chain(self.connections.superfluous(now)) {
            self.swarm.close_connection(connection);
        }
    }

    fn opened(&mut self, id: &libp2p::PeerId, connection: ConnectionId, endpoint: &ConnectedPoint) {
        let reached = self.reaching.remove(&connection);
        let Some(peer) = address::from_libp2p(id) else {
            self.swarm.close_connection(connection);
            if let Some((name, _)) = reached {
                self.events.push_back(Event::Reached(name, Err("what answers there is not a vecino".to_owned())));
            }
            return;
        };
        let mut at = endpoint.get_remote_address().clone();
        if matches!(at.iter().last(), Some(Protocol::P2p(_))) {
            at.pop();
        }
        let now = Instant::now();
        // The port that an incoming connection came from is nobody's address.
        self.dialer.connected(peer, endpoint.is_dialer().then(|| at.clone()), now);
        let replaced = self.connections.opened(peer, connection, endpoint.is_dialer(), at, now);
        for connection in replaced {
            self.swarm.close_connection(connection);
        }
        // A peer that dials again has lost its side, and with it what it knew of us.
        self.events.push_back(Event::Connected(peer));
        if let Some((name, address)) = reached {
            self.heard(peer, vec![address], true);
            self.events.push_back(Event::Reached(name, Ok(peer)));
        }
    }

    /// A peer says where it listens: so one that found us can be found by us.
    fn identified(&mut self, id: &libp2p::PeerId, listening: &[Multiaddr]) {
        let Some(peer) = address::from_libp2p(id) else { return };
        let here: Vec<_> = self.connections.addresses(&peer).filter_map(address::socket).collect();
        // Only at an address that it's connected from: what else it claims is hearsay that it can announce by mDNS.
        let told =
            listening.iter().filter_map(address::socket).filter(|told| here.iter().any(|at| at.ip() == told.ip()));
        let told: Vec<Multiaddr> = told.map(address::multiaddr).take(MAX_ADDRESSES).collect();
        if !told.is_empty() {
            self.heard(peer, told, false);
            self.events.push_back(Event::Moved(peer));
        }
    }

    fn closed(&mut self, id: &libp2p::PeerId, connection: ConnectionId) {
        let Some(peer) = address::from_libp2p(id) else { return };
        if self.connections.closed(&peer, connection) {
            self.dialer.lost(&peer, self.farewells.remove(&peer), Instant::now());
            self.events.push_back(Event::Disconnected(peer));
            let unanswered = self.questions.remove(&peer).into_iter().flat_map(Questions::into_names);
            self.events.extend(unanswered.map(|name| Event::FileAnswered(name, None)));
        } else if self.connections.is_connected(&peer) {
            // What we said on the one that is gone may not have arrived.
            self.events.push_back(Event::Connected(peer));
        }
    }

    fn dial_failed(&mut self, id: Option<&libp2p::PeerId>, connection: ConnectionId, error: &DialError) {
        if let Some((name, _)) = self.reaching.remove(&connection) {
            self.events.push_back(Event::Reached(name, Err(dial_error(error))));
        }
        let Some(peer) = id.and_then(address::from_libp2p) else { return };
        tracing::debug!(%peer, %error, "could not be dialled");
        if !self.connections.is_connected(&peer) {
            self.dialer.failed(&peer, jitter(), Instant::now());
        }
    }
}

fn listen_at(swarm: &mut Swarm<Behaviour>, addresses: &[Multiaddr], any: bool) -> Result<(), NetError> {
    let mut refused = None;
    let mut listening = false;
    for address in addresses {
        match swarm.listen_on(address.clone()) {
            Ok(_) => listening = true,
            Err(error) => {
                refused = Some(NetError::Listen { address: address.to_string(), cause: error.to_string() });
            }
        }
    }
    match refused {
        // A machine without IPv6 is well without it; an address that a person named has to work.
        Some(error) if !(any && listening) => Err(error),
        _ => Ok(()),
    }
}

/// Waits for ever where there's no discovery.
async fn next_hint(discovery: Option<&mut Discovery>) -> Option<Hint> {
    match discovery {
        Some(discovery) => discovery.next().await,
        None => std::future::pending().await,
    }
}

/// A random number from 0 to 1, to spread what many do at the same time.
pub fn jitter() -> f64 {
    getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX))
}

/// Why a dial failed, in words for a person.
fn dial_error(error: &DialError) -> String {
    match error {
        DialError::LocalPeerId { .. } => "that is this computer's own address".to_owned(),
        DialError::Transport(causes) => match causes.first() {
            Some((_, cause)) => innermost(cause),
            None => "no answer".to_owned(),
        },
        other => other.to_string(),
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
