//! What the tests from outside share: the real program as a process, profiles of its own for it, its control socket, a
//! relay, and a sandbox of namespaces.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

pub mod control;
pub mod process;
pub mod profile;
pub mod relay;
pub mod sandbox;
pub mod stranger;
pub mod streams;

use std::str::FromStr;
use std::time::{Duration, Instant};

/// The moment so many milliseconds from now.
pub fn within(millis: u64) -> Instant {
    Instant::now() + Duration::from_millis(millis)
}

/// The number in this environment variable, or else `default`.
pub fn scale<T: FromStr>(variable: &str, default: T) -> T {
    let value = std::env::var(variable).ok();
    value.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is not a number: {text}")))
}
