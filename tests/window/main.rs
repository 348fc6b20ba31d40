//! The app as a person has it: two computers, each with a screen, a keyboard and a pointer, and nothing but those.
//! Each screen is an Xvfb of its own; what it shows is read from its picture.

#![cfg(all(target_os = "linux", feature = "gui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bus;
mod chat;
mod clipboard;
mod drafts;
mod drag;
mod drawing;
mod menu;
mod notifications;
mod person;
mod picture;
mod screen;
mod second_start;
mod selection;
#[path = "../support/mod.rs"]
mod support;
mod tray;
mod walk;
