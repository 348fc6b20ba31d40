//! Starting once more in this process's own place, with an environment that has to be there before the first instruction.
//!
//! To change one's own environment is no way without `unsafe`.

use std::convert::Infallible;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::{env, io};

use super::Cli;

/// Which process has started once more, by its number: it doesn't do so again, whatever became of what it asked for.
const STARTED: &str = "VECINO_STARTED_AGAIN";

/// Replaces this process by itself with what its environment lacks, if it lacks anything. Comes before all else: what is
/// done here is done twice.
pub fn start(cli: &Cli) -> io::Result<()> {
    let process = std::process::id().to_string();
    if env::var_os(STARTED).is_some_and(|started| started == *process) {
        return Ok(());
    }
    let mut lacking = lacking(cli);
    if lacking.is_empty() {
        return Ok(());
    }
    lacking.push((STARTED, process.into()));
    replace(lacking).map(|never| match never {})
}

fn replace(environment: Vec<(&'static str, OsString)>) -> io::Result<Infallible> {
    let mut again = Command::new(env::current_exe()?);
    let mut args = env::args_os();
    if let Some(name) = args.next() {
        again.arg0(name);
    }
    Err(again.args(args).envs(environment).exec())
}

fn lacking(cli: &Cli) -> Vec<(&'static str, OsString)> {
    #[cfg_attr(not(feature = "gui"), allow(unused_mut, reason = "there's nothing to draw"))]
    let mut lacking = Vec::new();
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    lacking.extend(super::memory::lacking());
    #[cfg(feature = "gui")]
    if cli.command.is_none() {
        lacking.extend(super::app::drawing(cli.global.data_dir.clone()));
    }
    #[cfg(not(feature = "gui"))]
    let _ = cli;
    lacking
}
