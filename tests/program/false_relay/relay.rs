//! A relay of the test's own, which lists and carries as it's told to, and not as it should.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, StreamExt};
use libp2p::identity::Keypair;
use libp2p::request_response::{self as exchange, Codec, Message, ProtocolSupport};
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, PeerId as Libp2pId, StreamProtocol, Swarm, ping};
use serde_bytes::ByteBuf;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use vecino::model::{Nickname, PeerId, Presence};
use vecino::net::security::Security;
use vecino::net::transport::transport;
use vecino::protocol::wire::hello::{self, Hello, HelloAnswer, Introduction};
use vecino::protocol::wire::roster::{self, Reply, RosterAnswer, RosterRequest, WireListing, WirePage};
use vecino::protocol::wire::{decode, encode};

use super::circuits::{Circuits, HONEST_BYTES, Way};
use super::streams::{self, Doors};
use crate::support::streams::StreamsBehaviour;

/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the relay makes of its list before it tells it.
type Edit = Box<dyn FnMut(Vec<WireListing>) -> Vec<WireListing> + Send>;

/// A relay that does as the test wants. It ends with this.
pub struct FalseRelay {
    /// Its id.
    pub id: PeerId,
    /// Where it listens, its id included.
    pub address: String,
    way: watch::Sender<Way>,
    honest: Arc<AtomicUsize>,
    edits: mpsc::UnboundedSender<Edit>,
    betrayals: Arc<AtomicUsize>,
    members: Arc<Mutex<Vec<WireListing>>>,
    _runtime: Runtime,
}

impl FalseRelay {
    /// A relay on loopback that is honest at first.
    pub fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let ((way, ways), (edits, edited)) = (watch::channel(Way::Honest), mpsc::unbounded_channel());
        let (betrayals, members) = (Arc::<AtomicUsize>::default(), Arc::default());
        let honest = Arc::new(AtomicUsize::new(HONEST_BYTES));
        let doors = Doors::default();
        let (asked, asks) = mpsc::unbounded_channel();
        let streams = streams::behaviour(doors.clone(), asked);
        let (swarm, address) = runtime.block_on(async { listening(streams).await });
        let id = PeerId::from_bytes(&swarm.local_peer_id().to_bytes()).unwrap();
        let circuits = Circuits {
            doors,
            address: address.clone(),
            way: ways,
            honest: Arc::clone(&honest),
            betrayals: Arc::clone(&betrayals),
        };
        let list =
            List { boot: fastrand::u64(..), version: 1, members: Arc::clone(&members), edit: Box::new(|list| list) };
        runtime.spawn(run(swarm, list, circuits, asks, edited));
        Self { id, address: address.to_string(), way, honest, edits, betrayals, members, _runtime: runtime }
    }

    /// What it does with circuits from now on; those that stand are cut.
    pub fn carries(&self, way: Way) {
        self.betrayals.store(0, Ordering::Relaxed);
        self.way.send_replace(way);
    }

    /// Tampers with a circuit after so many bytes at the latest, from the next circuit on.
    pub fn is_honest_for(&self, bytes: usize) {
        self.honest.store(bytes, Ordering::Relaxed);
    }

    /// How often it has betrayed somebody in this way.
    pub fn betrayals(&self) -> usize {
        self.betrayals.load(Ordering::Relaxed)
    }

    /// What it makes of its list from now on, and tells all members at once.
    pub fn lists(&self, edit: impl FnMut(Vec<WireListing>) -> Vec<WireListing> + Send + 'static) {
        assert!(self.edits.send(Box::new(edit)).is_ok(), "the relay is gone");
    }

    /// Its members, as they have announced themselves.
    pub fn members(&self) -> Vec<WireListing> {
        self.members.lock().unwrap().clone()
    }
}

/// The list that the relay has, and what it makes of it.
struct List {
    boot: u64,
    version: u64,
    members: Arc<Mutex<Vec<WireListing>>>,
    edit: Edit,
}

impl List {
    fn take(&mut self, listing: WireListing) {
        let mut members = self.members.lock().unwrap();
        members.retain(|member| member.i != listing.i);
        members.push(listing);
        self.version += 1;
    }

    fn left(&mut self, member: &Libp2pId) {
        let key = key_of(member);
        self.members.lock().unwrap().retain(|listing| listing.i != key);
        self.version += 1;
    }

    /// All of it, to start over with.
    fn page(&mut self) -> WirePage {
        let honest = self.members.lock().unwrap().clone();
        let (e, version) = ((self.edit)(honest), self.version);
        WirePage { b: self.boot, z: version, v: version, n: false, l: false, e, x: Vec::new() }
    }
}

fn key_of(peer: &Libp2pId) -> ByteBuf {
    let peer = PeerId::from_bytes(&peer.to_bytes()).unwrap();
    ByteBuf::from(peer.public_key().as_slice())
}

/// Bytes both ways, whatever they are.
#[derive(Debug, Clone, Default)]
struct Bytes;

impl Codec for Bytes {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read(io).await
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read(io).await
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, bytes: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&bytes).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, bytes: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&bytes).await
    }
}

async fn read(io: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io.take(roster::MAX_RELAY_BYTES as u64).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

#[derive(NetworkBehaviour)]
struct Behaviour {
    hello: exchange::Behaviour<Bytes>,
    roster: exchange::Behaviour<Bytes>,
    ping: ping::Behaviour,
    streams: StreamsBehaviour,
}

async fn listening(streams: StreamsBehaviour) -> (Swarm<Behaviour>, Multiaddr) {
    let keypair = Keypair::generate_ed25519();
    let protocol = |name| {
        let offered = [(StreamProtocol::new(name), ProtocolSupport::Full)];
        exchange::Behaviour::with_codec(Bytes, offered, exchange::Config::default())
    };
    let behaviour = Behaviour {
        hello: protocol(hello::PROTOCOL),
        roster: protocol(roster::PROTOCOL),
        ping: ping::Behaviour::default(),
        streams,
    };
    let config = libp2p::swarm::Config::with_tokio_executor().with_idle_connection_timeout(Duration::from_secs(3_600));
    let own = keypair.public().to_peer_id();
    let mut swarm = Swarm::new(transport(Security::new(&keypair).unwrap()), behaviour, own, config);
    swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse().unwrap()).unwrap();
    let listening = async {
        loop {
            if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
                return address;
            }
        }
    };
    let address = tokio::time::timeout(PATIENCE, listening).await.unwrap();
    (swarm, address.with_p2p(own).unwrap())
}

async fn run(
    mut swarm: Swarm<Behaviour>,
    mut list: List,
    circuits: Circuits,
    mut asks: mpsc::UnboundedReceiver<(Libp2pId, libp2p::Stream)>,
    mut edits: mpsc::UnboundedReceiver<Edit>,
) {
    loop {
        tokio::select! {
            event = swarm.select_next_some() => happened(&mut swarm, &mut list, event),
            Some((member, stream)) = asks.recv() => drop(tokio::spawn(circuits.clone().serve(member, stream))),
            edit = edits.recv() => {
                let Some(edit) = edit else { return };
                list.edit = edit;
                list.version += 1;
                tell_all(&mut swarm, &mut list);
            }
        }
    }
}

fn happened(swarm: &mut Swarm<Behaviour>, list: &mut List, event: SwarmEvent<BehaviourEvent>) {
    match event {
        SwarmEvent::ConnectionEstablished { peer_id, .. } => {
            let person = Introduction::new(Nickname::new("falso").unwrap(), Presence::Online, Vec::new());
            let hello = Hello::from(&Introduction { relay: true, ..person });
            let bytes = encode(&hello, hello::MAX_HELLO_BYTES).unwrap();
            swarm.behaviour_mut().hello.send_request(&peer_id, bytes);
        }
        SwarmEvent::ConnectionClosed { peer_id, num_established: 0, .. } => {
            list.left(&peer_id);
            tell_all(swarm, list);
        }
        SwarmEvent::Behaviour(BehaviourEvent::Hello(exchange::Event::Message {
            message: Message::Request { channel, .. },
            ..
        })) => {
            let welcome = encode(&HelloAnswer { c: 0 }, hello::MAX_HELLO_BYTES).unwrap();
            let _ = swarm.behaviour_mut().hello.send_response(channel, welcome);
        }
        SwarmEvent::Behaviour(BehaviourEvent::Roster(exchange::Event::Message {
            peer,
            message: Message::Request { request, channel, .. },
            ..
        })) => {
            let request: RosterRequest = decode(&request, roster::MAX_MEMBER_BYTES).unwrap();
            let announced = !request.c.is_empty();
            let answer = if announced {
                list.take(WireListing { i: key_of(&peer), c: request.c, g: request.g, a: ByteBuf::new() });
                RosterAnswer::from(Reply::Taken)
            } else {
                RosterAnswer::page(list.page())
            };
            let answer = encode(&answer, roster::MAX_RELAY_BYTES).unwrap();
            let _ = swarm.behaviour_mut().roster.send_response(channel, answer);
            if announced {
                tell_all(swarm, list);
            }
        }
        _ => {}
    }
}

/// Tells everybody the whole list.
fn tell_all(swarm: &mut Swarm<Behaviour>, list: &mut List) {
    let members: Vec<Libp2pId> = swarm.connected_peers().copied().collect();
    for member in members {
        let changes = RosterRequest::changes(list.version, list.page());
        let bytes = encode(&changes, roster::MAX_RELAY_BYTES).unwrap();
        swarm.behaviour_mut().roster.send_request(&member, bytes);
    }
}
