//! What is said between peers: wire types with their limits, and the pure state machines.
//!
//! No I/O, no clock, no randomness of its own: time and chance come in as arguments, and what is to be done goes out as
//! values. `docs/protocol.md` describes the same for people who write another implementation.

pub mod backoff;
pub mod budget;
pub mod lane;
pub mod pace;
pub mod roster;
pub mod wire;
