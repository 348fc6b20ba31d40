//! What a relay costs and how quick it is: the real program with many members, who are nodes of this process without
//! store or person. It's run with its settings as they come. Figures and targets: docs/performance.md.
//!
//! `cargo bench --bench relay`, where `VECINO_BENCH_MEMBERS` is how many members there are (1,000), `VECINO_BENCH_PAIRS`
//! how many pairs of them chat (100), `VECINO_BENCH_SECONDS` how long each situation is watched (30), and
//! `VECINO_BENCH_ATTEMPTS` how often a peer that floods the relay connects (10,000).

#[cfg(target_os = "linux")]
use std::error::Error;
use std::process::ExitCode;

#[cfg(target_os = "linux")]
mod apart;
#[cfg(target_os = "linux")]
mod crowd;
#[cfg(target_os = "linux")]
mod flood;
#[cfg(target_os = "linux")]
mod measurement;
#[cfg(target_os = "linux")]
mod member;
#[cfg(target_os = "linux")]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, unused_imports, reason = "shared with tests")]
#[path = "../../tests/support/mod.rs"]
mod support;
#[cfg(target_os = "linux")]
mod usage;

#[cfg(target_os = "linux")]
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    let ran = apart::is_flood().and_then(|is_flood| if is_flood { Ok(()) } else { measurement::run() });
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("it needs Linux's /proc");
    ExitCode::FAILURE
}
