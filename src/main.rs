//! vecino: parses the command line and picks a face.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;
use vecino::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    log_to_stderr(cli.verbose());
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    vecino::cli::memory::keep();
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match cli.run(runtime) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            ExitCode::from(failure.code())
        }
    }
}

/// What strangers can have libp2p and yamux complain of as often as they like. Where something comes of it, it's told here.
const QUIET: &str = "libp2p_request_response=error,libp2p_swarm=error,libp2p_connection_limits=error,yamux=off";

/// Warnings alone, or with `--verbose` what goes on; `RUST_LOG` rules where it's set.
fn log_to_stderr(verbose: bool) {
    let usual = if verbose { "info,vecino=debug".to_owned() } else { format!("warn,{QUIET}") };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .log_internal_errors(false)
        .init();
}
