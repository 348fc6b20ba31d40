//! What the tests from outside share: the real program as a process, profiles of its own for it, its control socket, and
//! a sandbox of namespaces.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

pub mod control;
pub mod process;
pub mod profile;
pub mod sandbox;

use std::time::{Duration, Instant};

/// The moment so many milliseconds from now.
pub fn within(millis: u64) -> Instant {
    Instant::now() + Duration::from_millis(millis)
}
