//! Plain `vecino`: the app.

use clap::Args;

use super::{Context, Failure, display};

#[derive(Debug, Args)]
pub(super) struct AppArgs {
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

/// Opens the app, which takes over the thread until its last window is closed.
#[cfg(feature = "gui")]
pub(super) fn run(args: AppArgs, context: &Context) -> Result<(), Failure> {
    use std::sync::Arc;

    use anyhow::Context as _;

    use crate::control;
    use crate::engine::{Handle, Options, Profile};
    use crate::ui;

    display::check().map_err(|why| anyhow::anyhow!("{why}\n{INSTEAD}"))?;
    if args.end_with_stdin {
        end_with_stdin();
    }
    let serve: ui::Serve = Arc::new(|handle: Handle, profile: Profile| {
        Box::pin(async move {
            let never = std::future::pending();
            control::serve(handle, &profile, never).await.map_err(|error| error.to_string())
        })
    });
    let options = Options { listen: args.listen, ..Options::default() };
    Ok(ui::run(context.profile()?, options, serve).context("the app ended")?)
}

/// Says what there is instead of the app, which this build has not.
#[cfg(not(feature = "gui"))]
pub(super) fn run(_: AppArgs, _: &Context) -> Result<(), Failure> {
    Err(anyhow::anyhow!("{}\n{INSTEAD}", display::NoWindow::NotBuilt).into())
}

/// Ends the program with its standard input, which whoever started it holds open.
#[cfg(feature = "gui")]
fn end_with_stdin() {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        std::process::exit(0);
    });
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
