//! The desktop app: screens, widgets, theme, words. Speaks with the engine through its handle, and knows nothing below.

mod app;
mod chats;
pub mod drawing;
mod focus;
mod font;
mod history;
mod keys;
mod link;
mod locale;
mod notice;
mod people;
mod pictures;
mod screen;
mod search;
mod session;
mod style;
mod text;
mod theme;
mod transfer;
mod widget;

#[cfg(test)]
mod sample;
// Elsewhere keys have other names, and a window's picture is the same but for them.
#[cfg(test)]
#[cfg(target_os = "linux")]
mod screen_pictures;

use std::sync::Arc;

use futures::future::BoxFuture;
use thiserror::Error;
use tokio::sync::mpsc;

use crate::engine::{Handle, Options, Profile};
use crate::model::Reason;

/// What runs beside the window once its node does: the control socket. Says why where it can't.
pub type Serve = Arc<dyn Fn(Handle, Profile, Asked) -> BoxFuture<'static, Result<(), Reason>> + Send + Sync>;

/// The way by which a later start asks this one to show itself, with the link that the person has opened, if they have.
pub type Asked = mpsc::Sender<Option<String>>;

/// Asks an app that runs on the profile already to show itself, with this link. Gives whether it will.
pub type HandOver = Arc<dyn Fn(Profile, Option<String>) -> BoxFuture<'static, bool> + Send + Sync>;

/// What the app is started with.
#[derive(Clone)]
pub struct Start {
    /// On which profile.
    pub profile: Profile,
    /// How its node runs.
    pub options: Options,
    /// How others reach it.
    pub serve: Serve,
    /// How it reaches one that runs already.
    pub hand_over: HandOver,
    /// A link that the person has opened.
    pub link: Option<String>,
    /// Whether it starts without a window, where there's a tray.
    pub hidden: bool,
}

/// Why there's no window.
#[derive(Debug, Error)]
pub enum UiError {
    /// Neither X11 nor Wayland is there.
    #[error("there is no display here to open a window on; `vecino node` runs without one")]
    NoDisplay,
    /// The window system refuses.
    #[error("the window can't be opened: {0}")]
    Window(#[from] iced::Error),
}

/// Opens the app and runs a node in it, until its last window is closed. Takes over the thread, which has to be the main
/// one, and brings its own tokio runtime.
pub fn run(start: Start) -> Result<(), UiError> {
    if !has_display() {
        return Err(UiError::NoDisplay);
    }
    Ok(app::run(start)?)
}

fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos"))) || set("DISPLAY") || set("WAYLAND_DISPLAY") || set("WAYLAND_SOCKET")
}
