//! The flood, in a process of its own that takes what nobody else wants of the processors: who floods has a computer of
//! their own.

use std::env;
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::time::{Duration, Instant};

use rustix::process::setpriority_process;
use tokio::runtime::Runtime;

use super::{Outcome, flood};

/// Where the process finds what to flood and how often to connect to it.
const ADDRESS: &str = "VECINO_BENCH_FLOOD";
const ATTEMPTS: &str = "VECINO_BENCH_ATTEMPTS";

/// What the flood came to: attempts that the relay answered or hung up on, and answers to the member.
pub struct Flood {
    pub heard: usize,
    pub answers: usize,
    pub took: Duration,
}

/// Floods the relay, with so many attempts to connect.
pub async fn apart(relay: &str, attempts: usize) -> Outcome<Flood> {
    let program = env::current_exe()?;
    let mut child = Command::new(program);
    child.env(ADDRESS, relay).env(ATTEMPTS, attempts.to_string()).stdout(Stdio::piped());
    let start = Instant::now();
    let output = tokio::task::spawn_blocking(move || child.output()).await??;
    let text = String::from_utf8(output.stdout)?;
    let mut numbers = text.split_whitespace().map(usize::from_str);
    let (Some(Ok(heard)), Some(Ok(answers))) = (numbers.next(), numbers.next()) else {
        return Err("the flood broke off".into());
    };
    Ok(Flood { heard, answers, took: start.elapsed() })
}

/// Whether this process is the one that floods; then it does.
pub fn is_flood() -> Outcome<bool> {
    let Ok(address) = env::var(ADDRESS) else { return Ok(false) };
    // Lower than anybody else's; where that's refused, it's only less true to life.
    let _ = setpriority_process(None, 19);
    let attempts = env::var(ATTEMPTS)?.parse()?;
    let (heard, answers) = Runtime::new()?.block_on(flood::flood(address.parse()?, attempts))?;
    println!("{heard} {answers}");
    Ok(true)
}
