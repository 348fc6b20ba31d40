//! What fills a window. Each screen has its own state, messages, `update` and `view`; what it can't do itself its
//! `update` hands to its owner as an action.

pub mod add;
pub mod conversation;
pub mod failure;
pub mod first_start;
pub mod main;
pub mod nobody;
pub mod relays;
pub mod settings;
pub mod shortcuts;
pub mod sidebar;
pub mod transfers;
