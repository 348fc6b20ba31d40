//! Whether a window can be opened here, found out before the window toolkit panics over it, and said in words.

#[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
mod unix;

use thiserror::Error;

#[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
pub(super) use unix::check;

/// Why no window can be opened.
#[derive(Debug, PartialEq, Eq, Error)]
pub(super) enum NoWindow {
    /// This build has none.
    #[cfg(not(feature = "gui"))]
    #[error("this vecino was built without its window")]
    NotBuilt,
    /// Neither X11 nor Wayland is announced.
    #[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
    #[error("there is no display here (neither WAYLAND_DISPLAY nor DISPLAY is set)")]
    NoDisplay,
    /// A display is announced but doesn't answer.
    #[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
    #[error("the display {name} can't be reached: {cause}")]
    Unreachable {
        /// As the environment names it.
        name: String,
        /// What the system says.
        cause: String,
    },
    /// Libraries that the window is drawn with aren't installed.
    #[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
    #[error("the window needs libraries that are not installed here: {}", .0.join(", "))]
    Libraries(Vec<&'static str>),
}

/// Whether a window can be opened: this build has none.
#[cfg(not(feature = "gui"))]
pub(super) fn check() -> Result<(), NoWindow> {
    Err(NoWindow::NotBuilt)
}

/// Whether a window can be opened: the platform's own display is always there.
#[cfg(all(feature = "gui", not(all(unix, not(target_os = "macos")))))]
pub(super) fn check() -> Result<(), NoWindow> {
    Ok(())
}
