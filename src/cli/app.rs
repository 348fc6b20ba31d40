//! Plain `vecino`: the app.

#[cfg(feature = "gui")]
mod window;

use clap::Args;

use super::{Context, Failure, display};

#[cfg(all(feature = "gui", unix))]
pub(super) use window::drawing;
#[cfg(feature = "gui")]
pub(super) use window::run;

#[derive(Debug, Args)]
pub(super) struct AppArgs {
    /// Ask about an invite (vecino:…), as the desktop does where one was pressed
    #[cfg(feature = "gui")]
    #[arg(long, value_name = "LINK", num_args = 0..=1, default_missing_value = "")]
    open: Option<String>,
    /// Start in the tray, without a window; with one where there's no tray
    #[cfg(feature = "gui")]
    #[arg(long)]
    hidden: bool,
    /// Listen here, and nowhere else
    #[cfg(feature = "gui")]
    #[arg(long, value_name = "MULTIADDR", hide = true)]
    listen: Vec<String>,
    /// End when standard input does, and so with the program that started this
    #[cfg(feature = "gui")]
    #[arg(long, hide = true)]
    end_with_stdin: bool,
}

/// What works without a window.
const INSTEAD: &str = "Without a window there are:\n  \
    vecino node            a peer that prints what happens\n  \
    vecino send PEER TEXT  a message (see vecino --help for the other commands)\n  \
    vecino demo --no-window";

/// Says what there is instead of the app, which this build has not.
#[cfg(not(feature = "gui"))]
pub(super) fn run(_: AppArgs, _: &Context) -> Result<(), Failure> {
    Err(anyhow::anyhow!("{}\n{INSTEAD}", display::NoWindow::NotBuilt).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_something_to_do_without_a_window() {
        for command in ["vecino node", "vecino send", "vecino demo --no-window"] {
            assert!(INSTEAD.contains(command));
        }
    }
}
