//! The relay: carries what members that can't reach each other say to each other. It can't read it, and keeps nothing of
//! it; what it knows is who is here, and who talks to whom, when and how much.
//!
//! It's a node of its own kind: it dials nobody, has no messages and no files. What it gives away has an end, named in
//! [`Limits`]. [`Config`] and what follows it make it a service: how it's set up, what it tells of itself, and how it's
//! started and stopped.

pub mod admission;
mod alive;
pub mod circuit;
pub mod config;
pub mod gate;
#[cfg(test)]
mod harness;
mod health;
pub mod http;
mod invitation;
pub mod limits;
pub mod metrics;
pub mod notify;
mod refusal;
mod report;
mod roster;
mod run;
pub mod server;
mod signals;
mod status;

pub use config::Config;
pub use health::{Health, Heartbeat, Phase};
pub use invitation::INVITE_FILE;
pub use limits::Limits;
pub use metrics::Metrics;
pub use refusal::Refusal;
pub use report::{Report, Standing};
pub use run::{RunError, run};
pub use server::{Event, Server, Setup};
pub use signals::{Signal, Signals};
pub use status::About;
