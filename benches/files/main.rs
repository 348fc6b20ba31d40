//! How fast, how small and how quiet files and folders are on their way, by the real program between hosts of a virtual
//! network, beside what moves the same bytes in the same run. Figures and targets: docs/performance.md.
//!
//! `cargo bench --bench files [-- NAME…]`, where a name is that of a measurement: `big`, `link`, `small`, `latency`,
//! `memory`, `relay`; without one, all. Each has a sandbox of its own: when it ends, by whatever cause, nothing of it runs on. What
//! one that was killed has left on the disk, in Cargo's target folder, goes when the bench is run again.
//!
//! `VECINO_BENCH_RUNS` is how often each is measured, `VECINO_BENCH_SCALE` a factor for all sizes, `VECINO_BENCH_SECONDS`
//! how long chat is watched; with `VECINO_BENCH_ALONE` set nothing is measured beside vecino.

use std::process::ExitCode;

#[cfg(target_os = "linux")]
#[allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, reason = "shared with tests")]
#[path = "../../tests/lan/host.rs"]
mod host;
#[cfg(target_os = "linux")]
mod measurements;
#[cfg(target_os = "linux")]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, unused_imports, reason = "shared with tests")]
#[path = "../../tests/support/mod.rs"]
mod support;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    match measurements::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("it needs Linux's namespaces");
    ExitCode::FAILURE
}
