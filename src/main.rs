//! vecino: parses the command line and picks a face.

use std::process::ExitCode;

use clap::Parser;
use vecino::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    #[cfg(unix)]
    let again = vecino::cli::again::start(&cli);
    cli.start_log();
    #[cfg(unix)]
    if let Err(error) = again {
        tracing::warn!(%error, "the program can't start once more, as its environment asks for");
    }
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match cli.run(runtime) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            ExitCode::from(failure.code())
        }
    }
}
