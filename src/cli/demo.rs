//! `vecino demo`: two people on this computer, each with a vecino of their own, in processes of their own: real nodes
//! on temporary profiles. As the last act, two more who reach each other through a relay alone. What is told is what
//! happened.

mod person;
mod play;
mod relay;

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::{Context, Failure, Interrupt, Output, display, note};
use person::{Face, Person, Reach};
use play::Play;
use relay::Relay;

/// How long a vecino may take to start.
const START_TIME: Duration = Duration::from_secs(20);

/// How long one may take to end before it's killed.
const END_TIME: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Play in the terminal even where windows could be opened
    #[arg(long)]
    no_window: bool,
}

pub(super) async fn run(args: DemoArgs, mut context: Context) -> Result<(), Failure> {
    let mut interrupt = Interrupt::listen()?;
    let face = face(args.no_window);
    let stage = tempfile::Builder::new().prefix("vecino-demo-").tempdir().context("no temporary folder can be made")?;
    let out = &mut context.out;
    out.line("Two people on this computer, each with a vecino of their own. No server.\n")?;
    let (mut ana, mut luis) = tokio::select! {
        both = start(["ana", "luis"], &stage, face, Reach::Direct) => both?,
        () = interrupt.wait() => return Err(interrupted()),
    };
    let result = tokio::select! {
        result = show(&mut ana, &mut luis, &stage, face, out) => result,
        () = interrupt.wait() => Err(interrupted()),
    };
    tokio::join!(ana.end(), luis.end());
    stage.close().context("the temporary folder can't be removed")?;
    // Closing the demo's windows by Ctrl-C is how it is meant to end.
    match result {
        Err(Failure::Interrupted(_)) if face == Face::Window => Ok(()),
        result => result,
    }
}

/// A vecino whose profile is in `dir`, and what it's told comes next.
fn vecino(dir: &Path) -> Result<Command, Failure> {
    let mut command = Command::new(std::env::current_exe().context("vecino doesn't find itself")?);
    command.arg("--data-dir").arg(dir);
    Ok(command)
}

/// Starts a vecino that ends with the demo, whatever becomes of that: its standard input does.
fn spawn(mut command: Command, log: &Path) -> Result<Child, Failure> {
    let log = File::create(log).context("the temporary folder can't be written")?;
    command.stdin(Stdio::piped()).stderr(log).kill_on_drop(true);
    Ok(command.spawn().context("another vecino can't be started")?)
}

/// Asks a vecino to end, and waits until it has.
async fn end(child: &mut Child) {
    drop(child.stdin.take());
    if timeout(END_TIME, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
}

/// Starts the vecinos of two people.
async fn start(
    [first, second]: [&str; 2],
    stage: &TempDir,
    face: Face,
    reach: Reach<'_>,
) -> Result<(Person, Person), Failure> {
    let start = |name| Person::start(name, stage.path(), face, reach);
    tokio::try_join!(start(first), start(second))
}

async fn show(
    ana: &mut Person,
    luis: &mut Person,
    stage: &TempDir,
    face: Face,
    out: &mut Output,
) -> Result<(), Failure> {
    Play::new(ana, luis, face, out).perform(stage.path()).await?;
    match face {
        Face::Terminal => {
            play::farewell(ana, luis, out).await?;
            show_relay(stage, out).await?;
        }
        Face::Window => {
            show_relay(stage, out).await?;
            out.line("\nNow it's yours: write in either window. The demo ends with them, or with Ctrl-C.")?;
            tokio::join!(ana.closed(), luis.closed());
        }
    }
    out.line("\nAll are gone, and so are their profiles. On your network it's the same: run `vecino` on each computer.")
}

/// Two people whose vecinos reach nothing but a relay, in the terminal.
async fn show_relay(stage: &TempDir, out: &mut Output) -> Result<(), Failure> {
    out.line(
        "\nNow eva and josé, who can't reach each other. Between them a relay that both reach: `vecino relay`.\n",
    )?;
    let mut relay = Relay::start(stage.path()).await?;
    out.line(format_args!("  the relay  listens on {}", relay.address))?;
    let (mut eva, mut jose) = start(["eva", "josé"], stage, Face::Terminal, Reach::Relayed(&relay.address)).await?;
    let result = Play::new(&eva, &jose, Face::Terminal, out).perform_behind_a_relay(stage.path()).await;
    tokio::join!(eva.end(), jose.end());
    relay.end().await;
    result
}

fn interrupted() -> Failure {
    Failure::Interrupted("the demo was interrupted".to_owned())
}

/// Windows where they can be opened and are wanted.
fn face(no_window: bool) -> Face {
    if no_window {
        return Face::Terminal;
    }
    match display::check() {
        Ok(()) => Face::Window,
        Err(why) => {
            note(format_args!("{why}; so the demo plays in the terminal"));
            Face::Terminal
        }
    }
}
