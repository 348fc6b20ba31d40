//! How much is measured: what the environment says, or enough for figures that stand still.

use std::time::Duration;

use crate::support::scale;

/// How often each figure is taken.
pub fn runs() -> usize {
    scale("VECINO_BENCH_RUNS", 3)
}

/// So many bytes or files, or their share of them that is asked for.
pub fn scaled(count: u64) -> u64 {
    // Exact below 2^53.
    ((count as f64 * scale("VECINO_BENCH_SCALE", 1.0)) as u64).max(1)
}

/// How long chat is watched in each situation.
pub fn watched() -> Duration {
    Duration::from_secs(scale("VECINO_BENCH_SECONDS", 20))
}

/// Whether vecino is measured with nothing else beside it, as for a profile.
pub fn alone() -> bool {
    std::env::var_os("VECINO_BENCH_ALONE").is_some()
}
