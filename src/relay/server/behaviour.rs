//! The swarm of a relay.

use std::sync::Arc;
use std::time::Duration;

use libp2p::identity::Keypair;
use libp2p::request_response::{self, ProtocolSupport};
use libp2p::swarm::NetworkBehaviour;
use libp2p::{StreamProtocol, Swarm, SwarmBuilder, identify};

use super::super::alive::Alive;
use super::super::circuit::Circuits;
use super::super::gate::{Gate, SPARE};
use super::super::limits::{Limits, MOST_CIRCUITS_PER_MEMBER};
use crate::net::NetError;
use crate::net::behaviour::{self, CONNECT_TIMEOUT, HelloBehaviour, OTHER_FILES};
use crate::net::roster_codec::{self, RosterCodec};
use crate::net::security::Security;
use crate::net::transport;
use crate::protocol::roster::PUSH_TIMEOUT;
use crate::protocol::wire::roster;

/// Streams of a member's connection besides its circuits: pings, hellos, whatever else is short.
const OTHER_STREAMS: usize = 16;

/// Requests about the roster that are under way on one connection, both ways: more are dropped.
const ROSTER_STREAMS: usize = 8;

#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    /// First, so that it's asked before anybody else keeps anything.
    pub(super) gate: Gate,
    identify: identify::Behaviour,
    /// Whether a connection is dead is decided in [`super::sessions`].
    pub(super) alive: Alive,
    pub(super) hello: HelloBehaviour,
    pub(super) roster: request_response::Behaviour<RosterCodec<roster_codec::Relay>>,
    pub(super) circuits: Circuits,
}

/// A swarm that listens nowhere yet, and how many connections it may have.
pub(super) fn swarm(
    keypair: Keypair,
    limits: &Arc<Limits>,
    circuits: Circuits,
) -> Result<(Swarm<Behaviour>, usize), NetError> {
    let set_up = |error: String| NetError::Transport(error.into());
    let security = Security::new(&keypair).map_err(|error| set_up(error.to_string()))?;
    let streams = MOST_CIRCUITS_PER_MEMBER + OTHER_STREAMS;
    let files = files(limits);
    let swarm = SwarmBuilder::with_existing_identity(keypair)
        .with_tokio()
        .with_other_transport(|_| transport::for_relay(security, streams))
        .map_err(|error| set_up(error.to_string()))?
        .with_behaviour(|keypair| Behaviour {
            gate: Gate::new(Arc::clone(limits), files),
            identify: behaviour::identify(keypair),
            alive: Alive::new(),
            hello: behaviour::hello(),
            roster: roster(),
            circuits,
        })
        .map_err(|error| set_up(error.to_string()))?
        // A member is connected as long as it's there, whether or not something is said.
        .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(u64::from(u32::MAX))))
        .with_connection_timeout(CONNECT_TIMEOUT)
        .build();
    Ok((swarm, files))
}

fn roster() -> request_response::Behaviour<RosterCodec<roster_codec::Relay>> {
    let config = request_response::Config::default()
        .with_request_timeout(PUSH_TIMEOUT)
        .with_max_concurrent_streams(ROSTER_STREAMS);
    request_response::Behaviour::new([(StreamProtocol::new(roster::PROTOCOL), ProtocolSupport::Full)], config)
}

/// Connections that this process has files for, of as many as the limits allow.
pub(super) fn files(limits: &Limits) -> usize {
    let wanted = u32::try_from(limits.members.saturating_add(SPARE)).unwrap_or(u32::MAX).saturating_add(OTHER_FILES);
    behaviour::open_files(wanted).saturating_sub(OTHER_FILES) as usize
}
