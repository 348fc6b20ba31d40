//! One task owns a node's state: it joins protocol, net and store, and is spoken to by a [`Handle`].
//!
//! The pure machines of [`crate::protocol`] decide; here their outputs are carried out: store jobs, requests on the
//! network, timers. Nothing is awaited inside the task's loop but the next thing that happens; whatever takes time runs
//! beside it and comes back as a `core::Continuation`.

mod conversation;
mod core;
mod error;
mod event;
#[cfg(test)]
pub(crate) mod fake;
mod files;
mod handle;
mod lanes;
mod people;
mod profile;
mod query;
mod relays;
mod seeking;
mod start;
mod teller;
mod typing;
mod warning;

pub use crate::net::NetError;
pub use crate::net::interfaces::list as interfaces;
pub use crate::store::StoreError;
pub use error::Error;
pub use event::{Batch, Event, Events};
pub use files::MAX_MADE_BYTES;
pub use handle::{Handle, HistoryQuery, MAX_HISTORY};
pub use profile::{Profile, suggested_nickname, system_nickname};
pub use start::{Options, start};
pub use warning::Warning;
