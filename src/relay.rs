//! The relay: carries what members that can't reach each other say to each other. It can't read it, and keeps nothing of
//! it; what it knows is who is here, and who talks to whom, when and how much.
//!
//! It's a node of its own kind: it dials nobody, has no messages and no files. What it gives away has an end, named in
//! `Limits`. [`Config`] and what follows it make it a service: how it's set up, what it tells of itself, and how it's
//! started and stopped.

mod admission;
mod alive;
mod circuit;
pub mod config;
mod gate;
#[cfg(test)]
mod harness;
mod health;
mod http;
mod invitation;
mod limits;
mod metrics;
mod notify;
mod refusal;
mod report;
mod roster;
mod run;
mod server;
mod signals;
mod status;

use config::Config;
use health::{Health, Heartbeat, Phase};
pub use invitation::{INVITE_FILE, reachable};
use limits::Limits;
use metrics::Metrics;
use refusal::Refusal;
pub use report::{Report, Standing};
pub use run::run;
use signals::{Signal, Signals};
use status::About;
