//! What a relay gives at most: to all, to each member, to each address. Every one is finite.

use std::time::Duration;

/// Circuits of one member that its connection has room for: a vecino's ends with the 129th stream, and some of them are
/// needed for other things.
pub const MOST_CIRCUITS_PER_MEMBER: usize = 96;

/// A relay's limits. `packaging/relay.toml` explains each to the person who sets it, by the same names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Members at a time; who comes when it's full is told so.
    pub members: usize,
    /// Members at a time that are seen at one IP address: all of a network behind a router that translates addresses. Here
    /// and below a /64 of IPv6 is one address.
    pub members_per_address: usize,
    /// Circuits at a time.
    pub circuits: usize,
    /// Circuits at a time that one member takes part in, at most [`MOST_CIRCUITS_PER_MEMBER`].
    pub circuits_per_member: usize,
    /// Circuits a second that one member may ask for in the long run.
    pub circuit_rate: u32,
    /// Circuits that one member may ask for at once, as it does when it finds the relay again.
    pub circuit_burst: u32,
    /// Announcements a second that one member may make in the long run.
    pub announce_rate: u32,
    /// Attempts to connect a second from one IP address in the long run, those included that are refused; four times as many
    /// at first.
    pub connect_rate: u32,
    /// Bytes a second that are carried for one member, in all its circuits; 0: as many as go through.
    pub member_rate: u64,
    /// Bytes a second that are carried in all; 0: as many as go through.
    pub total_rate: u64,
    /// How long a circuit may carry nothing. Both ends ping through it every 7 s.
    pub circuit_idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            members: 4_096,
            members_per_address: 1_024,
            circuits: 8_192,
            circuits_per_member: MOST_CIRCUITS_PER_MEMBER,
            circuit_rate: 8,
            circuit_burst: 128,
            announce_rate: 1,
            connect_rate: 64,
            member_rate: 0,
            total_rate: 0,
            circuit_idle: Duration::from_secs(60),
        }
    }
}
