//! The command line: what can be written, and a file for each command.
//!
//! A command asks the node that runs on its profile, or one of its own, through the same requests
//! ([`control::Request`](crate::control::Request)). Results go to standard output, everything else to standard error.
//! `docs/cli.md` is the contract.

mod accept;
mod add;
#[cfg(unix)]
pub mod again;
mod app;
mod cancel;
mod change;
mod completions;
mod decline;
mod demo;
mod display;
mod export;
mod failure;
mod forget;
mod history;
mod id;
mod interrupt;
mod log;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub mod memory;
mod names;
mod node;
mod output;
mod pages;
mod pause;
mod peers;
mod progress;
mod relay;
mod resume;
mod send;
mod session;
mod share;
mod text;
mod transfers;
mod watch;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};

pub use failure::Failure;
use failure::note;
use interrupt::Interrupt;
use names::Names;
use output::Output;
use session::{Following, Need, Session};

use crate::engine::Profile;

/// Longest time that can be asked for on the command line, in seconds: a day.
const MAX_SECONDS: f64 = 24.0 * 3_600.0;

/// The command line of vecino.
#[derive(Debug, Parser)]
#[command(
    name = "vecino",
    version,
    about = "Chat and files for people on the same network: no server, no account, no internet",
    long_about = "Chat and files for people on the same network: no server, no account, no internet.\n\n\
                  Without a command it opens the app. A PEER is a nickname, nickname#tag, or a peer id or the start of one.",
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no such peer or ambiguous, \
                  4 not confirmed in time (still queued), 5 declined"
)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    app: app::AppArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Args)]
struct Global {
    /// The profile: a folder for identity, history and settings
    #[arg(long, global = true, env = "VECINO_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Print JSON for scripts
    #[arg(long, global = true)]
    json: bool,
    /// Say on standard error what goes on
    #[arg(long, global = true)]
    verbose: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a peer without a window, and print what happens
    Node(node::NodeArgs),
    /// Show your peer id, nickname, tag, addresses and relays, or an invite
    Id(id::IdArgs),
    /// Show who is there
    Peers(peers::PeersArgs),
    /// Send a message
    Send(send::SendArgs),
    /// Offer files and folders, and wait until the receiver has verified them
    Share(share::ShareArgs),
    /// Take offered files
    Accept(accept::AcceptArgs),
    /// Refuse offered files
    Decline(change::TransferArgs),
    /// Hold a transfer up
    Pause(change::TransferArgs),
    /// Go on with a transfer, or try it again
    Resume(resume::ResumeArgs),
    /// End a transfer, and remove what was received of it
    Cancel(change::TransferArgs),
    /// Show what was offered, runs and is done
    Transfers(transfers::TransfersArgs),
    /// Show messages, oldest first
    History(history::HistoryArgs),
    /// Print a whole conversation
    Export(export::ExportArgs),
    /// Connect to somebody, or use a relay, by address or invite, and remember it
    Add(add::AddArgs),
    /// Use a relay that was added no longer
    Forget(forget::ForgetArgs),
    /// Carry people who can't reach each other: the role of a server, without its power
    Relay(relay::RelayArgs),
    /// Watch two people on this computer meet, chat and pass a file
    Demo(demo::DemoArgs),
    /// Print completions for a shell
    Completions(completions::CompletionsArgs),
}

/// What every command is given.
struct Context {
    data_dir: Option<PathBuf>,
    json: bool,
    verbose: bool,
    out: Output,
}

impl Context {
    fn profile(&self) -> Result<Profile, Failure> {
        Ok(Profile::locate(self.data_dir.clone())?)
    }
}

impl Cli {
    /// Begins to say on standard error what goes on. A relay does so itself, once it knows in which form.
    pub fn start_log(&self) {
        if !matches!(self.command, Some(Command::Relay(_))) {
            log::start(self.global.verbose);
        }
    }

    /// Does what the command line says. A command runs on the runtime that `runtime` makes; the app makes its own.
    pub fn run(self, runtime: impl FnOnce() -> std::io::Result<tokio::runtime::Runtime>) -> Result<(), Failure> {
        let Self { global: Global { data_dir, json, verbose }, app, command } = self;
        let context = Context { data_dir, json, verbose, out: Output::stdout() };
        let Some(command) = command else {
            return app::run(app, &context);
        };
        let runtime = runtime().context("the program can't be set up")?;
        let result = runtime.block_on(command.run(context));
        // A thread that writes to a pipe nobody reads would hold up the end for ever.
        runtime.shutdown_timeout(Duration::from_secs(1));
        result
    }
}

impl Command {
    async fn run(self, context: Context) -> Result<(), Failure> {
        match self {
            Self::Node(args) => node::run(args, context).await,
            Self::Id(args) => id::run(args, context).await,
            Self::Peers(args) => peers::run(args, context).await,
            Self::Send(args) => send::run(args, context).await,
            Self::Share(args) => share::run(args, context).await,
            Self::Accept(args) => accept::run(args, context).await,
            Self::Decline(args) => decline::run(args, context).await,
            Self::Pause(args) => pause::run(args, context).await,
            Self::Resume(args) => resume::run(args, context).await,
            Self::Cancel(args) => cancel::run(args, context).await,
            Self::Transfers(args) => transfers::run(args, context).await,
            Self::History(args) => history::run(args, context).await,
            Self::Export(args) => export::run(args, context).await,
            Self::Add(args) => add::run(args, context).await,
            Self::Forget(args) => forget::run(args, context).await,
            Self::Relay(args) => relay::run(args, context).await,
            Self::Demo(args) => demo::run(args, context).await,
            Self::Completions(args) => completions::run(&args, context),
        }
    }
}

/// Reads a number of seconds, which may have a fraction.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    if (0.0..=MAX_SECONDS).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(format!("from 0 to {MAX_SECONDS} seconds"))
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// `path` as the node must be told it: the node's working directory is another.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    Ok(std::path::absolute(path).with_context(|| format!("{} is no path", path.display()))?)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use clap::error::ErrorKind;

    use super::*;

    fn parse(words: &[&str]) -> Result<Cli, ErrorKind> {
        Cli::try_parse_from([&["vecino"], words].concat()).map_err(|error| error.kind())
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_profile_can_be_named_by_the_environment() {
        let command = Cli::command();
        let data_dir = command.get_arguments().find(|argument| argument.get_long() == Some("data-dir")).unwrap();
        assert_eq!(data_dir.get_env().unwrap(), "VECINO_DATA_DIR");
    }

    #[test]
    fn every_command_of_the_contract_parses() {
        for line in [
            "",
            "--open",
            "--open vecino://abc",
            "--hidden",
            "--data-dir d",
            "node",
            "node --nickname ana --listen /ip4/0.0.0.0/tcp/1 --listen /ip6/::/tcp/1 --relay /ip4/1.2.3.4/tcp/1 \
             --accept known --download-dir d --no-mdns --json --data-dir d --verbose",
            "node --relay 10.0.0.1 --relay vecino:abc --only-relayed",
            "id --json",
            "id --invite",
            "--json id",
            "peers --wait 2.5",
            "send luis hola --wait none --timeout 0",
            "send --wait read luis -",
            "send luis -5",
            "send luis --hola",
            "share luis a b c",
            "share luis a --message -b",
            "share -m hola luis a b",
            "transfers --follow",
            "accept 1234abcd --to d",
            "accept 1234abcd --wait",
            "decline 1234abcd",
            "pause 1234abcd",
            "resume 1234abcd",
            "resume 1234abcd --wait",
            "cancel 1234abcd",
            "history",
            "history luis --search hola --limit 5",
            "export luis --format md",
            "export luis --format json",
            "export luis --format txt",
            "export luis --format jsonl",
            "add 192.168.1.20:48237",
            "add vecino:abc",
            "forget library",
            "relay",
            "relay --json --data-dir d --config relay.toml --listen /ip4/0.0.0.0/tcp/1 --nickname library --no-mdns \
             --http off --log json --set members=100 --set drain=3",
            "demo --no-window",
            "completions fish",
        ] {
            let words: Vec<&str> = line.split_whitespace().collect();
            assert!(parse(&words).is_ok(), "{line}: {:?}", parse(&words).err());
        }
    }

    #[test]
    fn wrong_usage_is_noticed() {
        for (line, kind) in [
            ("fly", ErrorKind::InvalidSubcommand),
            ("send luis", ErrorKind::MissingRequiredArgument),
            ("send luis hola luego", ErrorKind::UnknownArgument),
            ("send luis hola --wait maybe", ErrorKind::InvalidValue),
            ("send luis hola --timeout soon", ErrorKind::ValueValidation),
            ("send luis hola --timeout=-1", ErrorKind::ValueValidation),
            ("send luis hola --timeout inf", ErrorKind::ValueValidation),
            ("peers --wait NaN", ErrorKind::ValueValidation),
            ("node --nickname a\u{202e}b", ErrorKind::ValueValidation),
            ("node --accept some", ErrorKind::InvalidValue),
            ("share luis", ErrorKind::MissingRequiredArgument),
            ("pause", ErrorKind::MissingRequiredArgument),
            ("export luis --format pdf", ErrorKind::InvalidValue),
            ("relay --set members", ErrorKind::ValueValidation),
            ("relay --set members", ErrorKind::ValueValidation),
            ("completions cobol", ErrorKind::InvalidValue),
        ] {
            let words: Vec<&str> = line.split_whitespace().collect();
            assert_eq!(parse(&words).map(drop), Err(kind), "{line}");
        }
    }

    #[test]
    fn a_flag_after_the_text_is_a_flag() {
        let Command::Send(args) = parse(&["send", "luis", "hola", "--wait", "none"]).unwrap().command.unwrap() else {
            panic!("not send")
        };
        assert_eq!(format!("{:?}", args.wait), "None");
    }
}
