//! The network: libp2p's swarm, discovery, and the wire's codecs. libp2p's types stop here.
//!
//! [`Node`] is polled by the engine's task; connections run on tasks of their own. It keeps one connection to everybody
//! it hears of, notices when one dies, and carries typed messages. What it's asked to do returns at once; how it ended
//! comes as an [`Event`].

pub mod address;
pub(crate) mod behaviour;
mod buffers;
pub mod card;
mod circuits;
pub(crate) mod codec;
mod connections;
mod dialer;
pub(crate) mod discovery;
mod exchanges;
mod file_codec;
pub mod interfaces;
mod lazy;
pub(crate) mod listen;
mod membership;
pub(crate) mod muxer;
mod node;
mod punching;
mod relays;
mod reservations;
pub mod roster_codec;
pub mod security;
mod sightings;
pub mod transport;

pub use address::AddressError;
pub use buffers::Buffers;
pub use file_codec::{Frame, Sink, Source};
#[cfg(test)]
pub(crate) use node::harness;
pub use node::{ChatReply, Config, Event, FileReply, Listed, NetError, Node, Place, RequestId, jitter};
pub use relays::{GivenRelay, RelaySource};

use crate::model::PeerId;

/// The id that belongs to an Ed25519 secret key (a seed of 32 bytes).
pub fn peer_id(secret: &[u8; 32]) -> Result<PeerId, NetError> {
    let keypair = behaviour::keypair(secret)?;
    address::from_libp2p(&keypair.public().to_peer_id()).ok_or(NetError::Key)
}
