//! The real program on a virtual local network: several hosts, each with a node, in one sandbox per test.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod files;
mod host;
mod messages;
mod network;
mod oracle;
mod presence;
mod reception;
mod restored;
mod routed;
mod sharing;
#[path = "../support/mod.rs"]
mod support;
