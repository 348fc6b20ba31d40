//! The real program on this machine's loopback: its contract with people and scripts, and what it does with bad input.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bad_ends;
mod bad_input;
#[cfg(target_os = "linux")]
mod canary;
mod commands;
mod demo;
mod false_relay;
mod frames;
#[cfg(target_os = "linux")]
mod full_disk;
mod hostile;
mod json;
mod liar;
mod mallory;
#[cfg(target_os = "linux")]
mod many_members;
mod pair;
mod privacy;
mod profile_files;
mod prying;
mod receipts;
#[cfg(target_os = "linux")]
mod relay_hostile;
mod relay_members;
mod relays;
#[cfg(target_os = "linux")]
mod service;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod transfers;
mod typing;
