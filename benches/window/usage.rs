//! What a process takes.

use std::fs;
use std::time::Duration;

use rustix::process::Pid;

use super::Outcome;

/// Processor time of all its threads so far, those that have ended left out: proc(5), `schedstat`.
pub fn processor_time(pid: Pid) -> Outcome<Duration> {
    let mut nanos = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let path = thread?.path().join("schedstat");
        // A thread may end meanwhile.
        let Ok(line) = fs::read_to_string(path) else { continue };
        nanos += line.split(' ').next().ok_or("no time")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanos))
}

/// Resident memory, in bytes: all of it, and what of it is the program's own and not a file's.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    pub resident: u64,
    pub own: u64,
}

impl Memory {
    /// Just now.
    pub fn of(pid: Pid) -> Outcome<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let field = |name: &str| -> Outcome<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such field")?;
            let kib = line.trim_start_matches(':').trim().trim_end_matches(" kB");
            Ok(kib.parse::<u64>()? * 1024)
        };
        Ok(Self { resident: field("VmRSS")?, own: field("RssAnon")? })
    }
}

/// Megabytes.
pub fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
