//! How quick and how light the window is: the real program on a screen of its own (Xvfb), operated by real keys and wheel
//! turns, its pictures read from the screen's memory. Figures and targets: docs/performance.md.
//!
//! `cargo bench --bench window [-- NAME…]`, where a name is that of a measurement: `start`, `idle`, `open`, `typing`,
//! `day`; without one, all. Each has a sandbox of its own. It needs root or user namespaces, and xvfb.
//!
//! `VECINO_BENCH_RUNS` is how often each start is measured (5), `VECINO_BENCH_MESSAGES` how many are in the long
//! conversation (100,000), `VECINO_BENCH_SECONDS` how long idleness and typing are watched (60),
//! `VECINO_BENCH_DAY` how many messages the day brings (1,000,000), `VECINO_BENCH_PEOPLE` by how many people (1,000), and
//! `VECINO_BENCH_BACKENDS` with what it's drawn, as iced calls it (`tiny-skia`).

use std::process::ExitCode;

#[cfg(target_os = "linux")]
mod crowd;
#[cfg(target_os = "linux")]
mod desk;
#[cfg(target_os = "linux")]
mod hand;
#[cfg(target_os = "linux")]
mod measurements;
#[cfg(target_os = "linux")]
#[allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, reason = "shared with tests")]
#[path = "../../tests/window/picture.rs"]
mod picture;
#[cfg(target_os = "linux")]
#[allow(dead_code, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "shared with tests")]
#[path = "../../tests/window/screen.rs"]
mod screen;
#[cfg(target_os = "linux")]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, unused_imports, reason = "shared with tests")]
#[path = "../../tests/support/mod.rs"]
mod support;
#[cfg(target_os = "linux")]
mod usage;

#[cfg(target_os = "linux")]
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

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
