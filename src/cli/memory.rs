//! How glibc keeps memory that isn't used at the moment.
//!
//! As it is, it gives memory back to the system as soon as 128 KiB of it are free at the end of a heap, and asks for it
//! again with the next buffer. Each page comes cleared and by a fault of its own: while a file moves at full speed that
//! costs more than the cipher (`docs/performance.md`). With these settings, 8 MiB of each heap stay, and buffers of units
//! come from the heap too. There are two heaps instead of eight for each core, so that what stays is little.

use std::env;
use std::ffi::OsString;

/// Read by glibc before a program's start (<https://sourceware.org/glibc/manual/latest/html_node/Memory-Allocation-Tunables.html>).
pub const TUNABLES: &str = "GLIBC_TUNABLES";

/// The settings, as the value of [`TUNABLES`].
pub const KEPT: &str =
    "glibc.malloc.trim_threshold=8388608:glibc.malloc.mmap_threshold=1048576:glibc.malloc.arena_max=2";

/// The settings, where nobody has set any. Without them everything works too, a little slower.
pub fn lacking() -> Option<(&'static str, OsString)> {
    env::var_os(TUNABLES).is_none().then(|| (TUNABLES, KEPT.into()))
}
