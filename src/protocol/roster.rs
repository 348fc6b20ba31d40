//! The roster: a relay's list of its members, and how it gets to them.
//!
//! [`Table`] is the list, at the relay. Each change gives it a new version, and who came or changed or left stands under
//! the version at which it did. So one question, "what has changed since this version?", serves a newcomer, one who was
//! away for a moment, and one who missed something; and whoever has asked it up to a version `v` knows the latest of
//! everything that stands under `v` or below, whatever was lost, doubled or late on the way.
//!
//! [`View`] is what a member has of the list of one relay. [`Pushes`] has the relay tell changes by itself, in rounds, so
//! that a burst of them goes out together. [`Pages`] keeps what is told to many, encoded once.
//!
//! The roster is a claim of the relay's: it can leave members out or show those that left. What it says of a member is the
//! member's own, signed.

mod pages;
mod pushes;
#[cfg(test)]
mod simulation;
mod table;
mod view;

use std::time::Duration;

pub use pages::{Encoded, Pages};
pub use pushes::{Outcome, PUSH_TIMEOUT, Push, Pushes};
pub use table::{Arrival, Table};
pub use view::{MAX_LISTINGS, View, ViewInput, ViewOutput};

/// How often a member announces itself though nothing has changed. The caller adds jitter.
pub const RENEWAL: Duration = Duration::from_secs(5 * 60);

/// How long a relay lists a member that it hears nothing of.
pub const LEASE: Duration = Duration::from_secs(15 * 60);
