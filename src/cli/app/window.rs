//! The app with its window, or with that of one that runs already.

#[cfg(unix)]
use std::ffi::OsString;
#[cfg(unix)]
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::runtime::Builder;
use tokio::time::timeout;
use tracing::debug;

use super::{AppArgs, Context, Failure, INSTEAD, display};
use crate::control::{self, Client};
use crate::engine::{Handle, Options, Profile};
use crate::model::{FileReason, Reason};
use crate::ui;

/// How long an app that runs already may take to answer.
const ANSWER_TIME: Duration = Duration::from_secs(2);

/// Opens the app, which takes over the thread until it ends. Where one runs on the profile, that shows itself instead.
pub(in crate::cli) fn run(args: AppArgs, context: &Context) -> Result<(), Failure> {
    let profile = context.profile()?;
    let link = args.open.filter(|link| !link.is_empty());
    // Before anything is opened, so that nothing flickers.
    let runtime = Builder::new_current_thread().enable_all().build().context("the program can't be set up")?;
    if runtime.block_on(hand_over(&profile, link.as_deref())) {
        return Ok(());
    }
    drop(runtime);
    display::check().map_err(|why| anyhow::anyhow!("{why}\n{INSTEAD}"))?;
    if args.end_with_stdin {
        end_with_stdin();
    }
    let serve: ui::Serve = Arc::new(|handle: Handle, profile: Profile, asked: ui::Asked| {
        Box::pin(async move { control::serve(handle, &profile, asked).await.map_err(unserved) })
    });
    let hand_over: ui::HandOver = Arc::new(|profile: Profile, link: Option<String>| {
        Box::pin(async move { hand_over(&profile, link.as_deref()).await })
    });
    let options = Options { listen: args.listen, ..Options::default() };
    Ok(ui::run(ui::Start { profile, options, serve, hand_over, link, hidden: args.hidden }).context("the app ended")?)
}

/// What the environment lacks for the window of this profile to be drawn as it's set. Settings that can't be read are told
/// of later, in the window.
#[cfg(unix)]
pub(in crate::cli) fn drawing(data_dir: Option<PathBuf>) -> Vec<(&'static str, OsString)> {
    let profile = Profile::locate(data_dir).ok();
    let set = profile.as_ref().and_then(|profile| profile.settings().ok()).unwrap_or_default().drawing;
    let failed = profile.is_some_and(|profile| ui::drawing::has_failed(profile.dir()));
    ui::drawing::of_the_start(set, failed, &ui::drawing::Environment::here())
}

/// Why commands don't reach the window.
fn unserved(error: control::Error) -> Reason {
    match error {
        control::Error::Socket { path, cause } => Reason::at(&path, cause.into()),
        control::Error::Exposed(path) => Reason::file(path.display().to_string(), FileReason::Exposed),
        control::Error::Io(cause) => cause.into(),
        other => other.to_string().into(),
    }
}

/// Asks the app that runs on `profile`, if one does, to show its window, with this link. Gives whether it will.
async fn hand_over(profile: &Profile, link: Option<&str>) -> bool {
    let asked = async { Client::connect(profile).await?.show(link).await };
    match timeout(ANSWER_TIME, asked).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            debug!(%error, "no window is there to be shown");
            false
        }
        Err(_) => false,
    }
}

/// Ends the program with its standard input, which whoever started it holds open.
fn end_with_stdin() {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        std::process::exit(0);
    });
}
