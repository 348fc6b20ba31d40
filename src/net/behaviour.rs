//! The swarm: protocols and their limits.

use std::time::Duration;

use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::identity::Keypair;
use libp2p::request_response::{self, ProtocolSupport};
use libp2p::swarm::NetworkBehaviour;
use libp2p::{StreamProtocol, Swarm, SwarmBuilder, identify, ping, relay};

use super::NetError;
use super::buffers::Buffers;
use super::codec::CborCodec;
use super::file_codec::FileCodec;
use super::node::MAX_UNDER_WAY;
use super::punching;
use super::roster_codec::{Member, RosterCodec};
use super::security::Security;
use super::transport::with_circuits;
use crate::protocol::wire::chat::{self, ChatAnswer, ChatRequest};
use crate::protocol::wire::file;
use crate::protocol::wire::hello::{self, Hello, HelloAnswer};
use crate::protocol::wire::roster;
use crate::protocol::wire::typing::{self, TypingAnswer, TypingNotice};

/// How often a connection is pinged. Whether one is dead is decided in [`super::connections`].
const PING_INTERVAL: Duration = Duration::from_secs(7);

/// How long a ping may take.
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a connection may take to be made, handshake included.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a hello or a push may take, answer included.
const SHORT_EXCHANGE: Duration = Duration::from_secs(10);

/// How long a range of a file may take.
const LONG_EXCHANGE: Duration = Duration::from_secs(120);

/// Exchanges of hellos, and of chat, under way on one connection, both directions together: a push and a read mark each way,
/// and as much again. What comes of one is held in memory before anybody has asked whether its peer may say so much.
const SHORT_EXCHANGES: usize = 8;

/// The same of notices of typing. One that finds no room isn't missed.
const SHORTEST_EXCHANGES: usize = 4;

/// Exchanges about transfers under way on one connection, both directions together: what two nodes ask each other at a time
/// ([`MAX_UNDER_WAY`]), and as much again for the change from one to the next.
const LONG_EXCHANGES: usize = 4 * MAX_UNDER_WAY;

/// Connections that are being made, each way.
const MAX_PENDING: u32 = 128;

/// Connections in all, where the system lets the process have as many open files.
const MAX_ESTABLISHED: u32 = 900;

/// Open files that are left for everything else: the database, listeners, transfers, the control socket, connections
/// that are being made.
pub(crate) const OTHER_FILES: u32 = 100;

/// Fewest connections in all, however few files may be open.
const FEWEST_ESTABLISHED: u32 = 32;

/// Connections to one peer: two that crossed, and two more for a change of network.
const MAX_PER_PEER: u32 = 4;

/// Addresses of peers that libp2p remembers for itself; ours are in the dialer's book.
const IDENTIFY_CACHE: usize = 0;

pub(crate) type HelloBehaviour = request_response::Behaviour<CborCodec<Hello, HelloAnswer>>;
pub(super) type ChatBehaviour = request_response::Behaviour<CborCodec<ChatRequest, ChatAnswer>>;
pub(super) type FileBehaviour = request_response::Behaviour<FileCodec>;
pub(super) type TypingBehaviour = request_response::Behaviour<CborCodec<TypingNotice, TypingAnswer>>;
pub(super) type RosterBehaviour = request_response::Behaviour<RosterCodec<Member>>;

#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    limits: connection_limits::Behaviour,
    pub(super) identify: identify::Behaviour,
    ping: ping::Behaviour,
    circuits: relay::client::Behaviour,
    pub(super) hello: HelloBehaviour,
    pub(super) chat: ChatBehaviour,
    pub(super) files: FileBehaviour,
    pub(super) roster: RosterBehaviour,
    pub(super) typing: TypingBehaviour,
    pub(super) punching: punching::Behaviour,
}

/// The key pair of a seed.
pub(crate) fn keypair(secret: &[u8; 32]) -> Result<Keypair, NetError> {
    Keypair::ed25519_from_bytes(*secret).map_err(|_| NetError::Key)
}

/// A swarm that listens nowhere yet.
pub(super) fn swarm(keypair: Keypair, buffers: Buffers) -> Result<Swarm<Behaviour>, NetError> {
    let security = Security::new(&keypair).map_err(|error| NetError::Transport(error.to_string().into()))?;
    let (transport, circuits) = relay::client::new(keypair.public().to_peer_id());
    let swarm = SwarmBuilder::with_existing_identity(keypair)
        .with_tokio()
        .with_other_transport(|_| with_circuits(security, transport))
        .map_err(|error| NetError::Transport(error.to_string().into()))?
        .with_behaviour(|keypair| behaviour(keypair, buffers, circuits))
        .map_err(|error| NetError::Transport(error.to_string().into()))?
        .with_swarm_config(|config| {
            // Presence is a connection: it's kept, whether or not something is said on it.
            config.with_idle_connection_timeout(Duration::from_secs(u64::from(u32::MAX)))
        })
        .with_connection_timeout(CONNECT_TIMEOUT)
        .build();
    Ok(swarm)
}

/// How many files this process may have open, now that it has asked for so many.
#[cfg(unix)]
pub(crate) fn open_files(wanted: u32) -> u32 {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = u64::from(wanted);
    if limit.current.is_some_and(|current| current < wanted) {
        limit.current = Some(limit.maximum.map_or(wanted, |most| most.min(wanted)));
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::debug!(%error, "no more open files");
        }
    }
    getrlimit(Resource::Nofile).current.map_or(u32::MAX, |most| u32::try_from(most).unwrap_or(u32::MAX))
}

/// Sockets aren't files elsewhere.
#[cfg(not(unix))]
pub(crate) fn open_files(_: u32) -> u32 {
    u32::MAX
}

/// Connections in all, where so many files may be open.
fn most_connections(open_files: u32) -> u32 {
    open_files.saturating_sub(OTHER_FILES).clamp(FEWEST_ESTABLISHED, MAX_ESTABLISHED)
}

fn behaviour(keypair: &Keypair, buffers: Buffers, circuits: relay::client::Behaviour) -> Behaviour {
    let most = most_connections(open_files(MAX_ESTABLISHED + OTHER_FILES));
    let pending = MAX_PENDING.min(most / 4);
    let limits = ConnectionLimits::default()
        .with_max_pending_incoming(Some(pending))
        .with_max_pending_outgoing(Some(pending))
        // The rest is room for those that this node makes.
        .with_max_established_incoming(Some(most - most / 4))
        .with_max_established(Some(most))
        .with_max_established_per_peer(Some(MAX_PER_PEER));
    Behaviour {
        limits: connection_limits::Behaviour::new(limits),
        identify: identify(keypair),
        ping: ping::Behaviour::new(ping::Config::new().with_interval(PING_INTERVAL).with_timeout(PING_TIMEOUT)),
        circuits,
        hello: hello(),
        chat: request_response::Behaviour::with_codec(
            CborCodec::new(chat::MAX_CHAT_BYTES, chat::MAX_CHAT_ANSWER_BYTES),
            [(StreamProtocol::new(chat::PROTOCOL), ProtocolSupport::Full)],
            exchange(SHORT_EXCHANGE, SHORT_EXCHANGES),
        ),
        files: request_response::Behaviour::with_codec(
            FileCodec::new(buffers),
            [(StreamProtocol::new(file::PROTOCOL), ProtocolSupport::Full)],
            exchange(LONG_EXCHANGE, LONG_EXCHANGES),
        ),
        roster: request_response::Behaviour::with_codec(
            RosterCodec::default(),
            [(StreamProtocol::new(roster::PROTOCOL), ProtocolSupport::Full)],
            exchange(SHORT_EXCHANGE, SHORT_EXCHANGES),
        ),
        typing: request_response::Behaviour::with_codec(
            CborCodec::new(typing::MAX_TYPING_BYTES, typing::MAX_TYPING_ANSWER_BYTES),
            [(StreamProtocol::new(typing::PROTOCOL), ProtocolSupport::Full)],
            exchange(SHORT_EXCHANGE, SHORTEST_EXCHANGES),
        ),
        punching: punching::Behaviour::new(keypair.public().to_peer_id()),
    }
}

/// Tells others at which addresses this node listens.
pub(crate) fn identify(keypair: &Keypair) -> identify::Behaviour {
    let config = identify::Config::new("/vecino/1".to_owned(), keypair.public())
        .with_agent_version(concat!("vecino/", env!("CARGO_PKG_VERSION")).to_owned())
        .with_cache_size(IDENTIFY_CACHE)
        // Whoever is reached through a relay is to be reached directly as soon as it's somewhere else.
        .with_push_listen_addr_updates(true);
    identify::Behaviour::new(config)
}

/// Says and hears hellos.
pub(crate) fn hello() -> HelloBehaviour {
    request_response::Behaviour::with_codec(
        CborCodec::new(hello::MAX_HELLO_BYTES, hello::MAX_HELLO_ANSWER_BYTES),
        [(StreamProtocol::new(hello::PROTOCOL), ProtocolSupport::Full)],
        exchange(SHORT_EXCHANGE, SHORT_EXCHANGES),
    )
}

fn exchange(timeout: Duration, at_a_time: usize) -> request_response::Config {
    request_response::Config::default().with_request_timeout(timeout).with_max_concurrent_streams(at_a_time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_everything_else() {
        for (files, connections) in [(0, 32), (256, 156), (1_024, 900), (u32::MAX, 900)] {
            assert_eq!(most_connections(files), connections, "{files}");
        }
    }
}
