//! vecino: parses the command line and picks a face.

use std::process::ExitCode;

use clap::Parser;
use vecino::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    cli.start_log();
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
