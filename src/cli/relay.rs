//! `vecino relay`: carries people who can't reach each other. What is said on its command line rules over the environment
//! and over `relay.toml`.

mod printer;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::anyhow;
use clap::Args;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::node::{end_of_stdin, wait_for};
use super::{Context, Failure, log};
use crate::engine::Profile;
use crate::relay;
use crate::relay::config::{Config, Flag, Given, Loaded, variables};
use printer::Printer;

/// Reports that wait for standard output to take them.
const MAX_REPORTS: usize = 1_024;

/// How long standard output may take to take the last of them.
const PRINTING: Duration = Duration::from_secs(1);

/// The relay's folder in that of this user's profile.
const FOLDER: &str = "relay";

/// The arguments of `vecino relay`.
#[derive(Debug, Args)]
pub struct RelayArgs {
    /// Take the settings from this file (packaging/relay.toml shows all)
    #[arg(long, value_name = "FILE", env = "VECINO_RELAY_CONFIG")]
    config: Option<PathBuf>,
    /// Listen here, and nowhere else
    #[arg(long, value_name = "MULTIADDR")]
    listen: Vec<String>,
    /// Be called this
    #[arg(long)]
    nickname: Option<String>,
    /// Don't be found by multicast DNS
    #[arg(long)]
    no_mdns: bool,
    /// Serve metrics, health and the status page here, or "off"
    #[arg(long, value_name = "ADDRESS")]
    http: Option<String>,
    /// Write the log as text or json
    #[arg(long, value_name = "FORMAT")]
    log: Option<String>,
    /// Set any other setting of the file
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,
    /// End when standard input does; for a program that starts this one
    #[arg(long, hide = true)]
    end_with_stdin: bool,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("a setting is KEY=VALUE, as members=100")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

impl RelayArgs {
    /// Where the relay's configuration comes from: these arguments, and this process's environment. `data_dir` is the
    /// folder that the command line names for it.
    pub fn given(self, data_dir: Option<PathBuf>) -> Given {
        let flag = |name: &str, key: &str, value: String| Flag { name: name.to_owned(), key: key.to_owned(), value };
        let set = self.set.into_iter().map(|(key, value)| flag(&format!("--set {key}"), &key, value));
        let listen = (!self.listen.is_empty()).then(|| flag("--listen", "listen", self.listen.join(",")));
        let nickname = self.nickname.map(|nickname| flag("--nickname", "nickname", nickname));
        let mdns = self.no_mdns.then(|| flag("--no-mdns", "mdns", "false".to_owned()));
        let http = self.http.map(|address| flag("--http", "http", address));
        let log = self.log.map(|format| flag("--log", "log", format));
        let named = [listen, nickname, mdns, http, log].into_iter().flatten();
        Given { file: self.config, variables: variables(), data_dir, flags: set.chain(named).collect() }
    }
}

/// Runs a relay until it's told to stop.
pub(super) async fn run(args: RelayArgs, context: Context) -> Result<(), Failure> {
    let stdin_end = args.end_with_stdin.then(end_of_stdin);
    let given = args.given(context.data_dir);
    let loaded = Config::load(&given).map_err(|error| Failure::Usage(error.to_string()))?;
    let Loaded { config, warnings } = loaded;
    log::start_service(config.log, context.verbose);
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    let dir = match config.data_dir.clone() {
        Some(dir) => dir,
        None => Profile::locate(None)?.dir().join(FOLDER),
    };
    let (listener, reports) = mpsc::channel(MAX_REPORTS);
    let printing = tokio::spawn(Printer::new(context.json).print_all(reports));
    let run = tokio::select! {
        run = relay::run(config, given, &dir, listener) => run,
        // Whoever started it is gone, and with them the members.
        () = wait_for(stdin_end) => Ok(()),
    };
    // Who doesn't read holds nothing up.
    let _ = timeout(PRINTING, printing).await;
    Ok(run.map_err(|error| anyhow!("{error}"))?)
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        relay: RelayArgs,
    }

    /// What a command line gives, whatever the environment of the tests is.
    fn given(words: &[&str]) -> Given {
        let line = Line::try_parse_from([&["relay"], words].concat()).unwrap();
        Given { variables: Vec::new(), ..line.relay.given(None) }
    }

    #[test]
    fn the_arguments_are_sound() {
        Line::command().debug_assert();
    }

    #[test]
    fn every_argument_is_a_setting() {
        let given = given(&[
            "--listen=/ip4/10.0.0.1/tcp/1",
            "--listen=/ip6/::1/tcp/2",
            "--nickname=library",
            "--no-mdns",
            "--http=off",
            "--log=json",
            "--set=members=100",
            "--set",
            "drain = 3",
        ]);
        let config = Config::load(&given).unwrap().config;
        assert_eq!((config.listen.len(), config.name().as_str(), config.mdns), (2, "library", false));
        assert_eq!((config.http, config.limits.members, config.drain.as_secs()), (None, 100, 3));
        assert_eq!(config.log, relay::config::LogFormat::Json);
    }

    #[test]
    fn what_is_wrong_is_said_with_the_flag() {
        for (words, fault) in [
            (["--http", "no"], "--http: http: it has to be an IP address and a port"),
            (["--listen", "here"], "--listen: listen: it has to be an IP address and a TCP port"),
            (["--set", "members=0"], "--set members: members: it has to be a whole number from 1"),
        ] {
            let error = Config::load(&given(&words)).map(drop).unwrap_err().to_string();
            assert!(error.starts_with(fault), "{error}");
        }
        let error = Line::try_parse_from(["relay", "--set", "members"]).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ValueValidation);
    }

    #[test]
    fn the_file_can_be_named() {
        assert_eq!(given(&["--config", "relay.toml"]).file, Some("relay.toml".into()));
    }
}
