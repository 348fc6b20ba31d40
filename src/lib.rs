//! vecino: chat and files for people on the same network, with no server, account or internet.
//!
//! The layers, from the top: [`ui`] and [`cli`] are faces, which reach a running node through [`control`] or a
//! [`engine::Handle`]; the [`engine`] joins [`protocol`] (pure machines and wire types), [`net`] (libp2p) and [`store`]
//! (SQLite); [`model`] is shared by all. The [`relay`] stands beside the engine, a program of its own. `ARCHITECTURE.md`
//! tells the way of a message and of a file through them.

pub mod cli;
pub mod control;
pub mod engine;
pub mod model;
pub mod net;
pub mod protocol;
pub mod relay;
pub mod store;
#[cfg(feature = "gui")]
pub mod ui;
