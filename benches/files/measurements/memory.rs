//! What nodes hold in memory while files are on their way.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::disk;
use super::figures::size;
use super::pair::{Pair, remove, small_files};
use super::scale::scaled;
use super::stream::Outcome;
use crate::host::{Host, hosts};
use crate::support::process::Process;

/// Until two nodes that have met have nothing left to do.
const SETTLED: Duration = Duration::from_secs(3);

/// Prints what both nodes hold idle, at most and meanwhile, for a small, a large and many files.
pub fn measure() -> Outcome<()> {
    disk::homes_on_disk()?;
    // The system's own shows processes by numbers that aren't those inside.
    let shown = Command::new("mount").args(["-t", "proc", "proc", "/proc"]).status()?;
    if !shown.success() {
        return Err("the sandbox's processes can't be seen".into());
    }
    let hosts = hosts(["ana", "luis"]);
    let [ana, _] = &hosts;
    println!("resident memory of ana's node, who sends, and luis's, MiB (target: at most 32 above idle)");
    for bytes in [100_000_000, 20_000_000_000] {
        let path = ana.home.join("sparse.bin");
        // The source is sparse and takes no room.
        let bytes = disk::fitting(scaled(bytes), 1)?;
        File::create(&path)?.set_len(bytes)?;
        watch(&hosts, &format!("one file of {}", size(bytes)), &path)?;
    }
    let (folder, files) = (ana.home.join("small"), scaled(10_000));
    small_files(&folder, files)?;
    watch(&hosts, &format!("{files} files of 4 KiB"), &folder)
}

/// Nodes that have done nothing yet transfer what is at `path`.
fn watch(hosts: &[Host; 2], name: &str, path: &Path) -> Outcome<()> {
    let mut pair = Pair::met(hosts);
    thread::sleep(SETTLED);
    let pids = [&pair.ana.node, &pair.luis.node].map(pid);
    let idle = both(&pids, "VmRSS")?;
    for pid in &pids {
        // From now on the peak is that of the transfer (proc(5)).
        fs::write(format!("/proc/{pid}/clear_refs"), "5")?;
    }
    let mut meanwhile = Tenths::default();
    let shared = pair.share_watched(path, |event| meanwhile.look(event, &pids))?;
    let (peak, after) = (both(&pids, "VmHWM")?, both(&pids, "VmRSS")?);
    remove(&shared.saved)?;
    println!("{name}, taken to verified in {:.1} s", shared.transfer.as_secs_f64());
    println!("{:<12}{:>9}{:>9}{:>9}{:>12}  at each tenth", "", "idle", "peak", "after", "above idle");
    let sides = idle.into_iter().zip(peak).zip(after).zip(meanwhile.seen);
    for (who, (((idle, peak), after), tenths)) in ["ana", "luis"].into_iter().zip(sides) {
        let tenths: String = tenths.iter().map(|held| format!("{held:>7.1}")).collect();
        println!("{who:<12}{idle:>9.1}{peak:>9.1}{after:>9.1}{:>12.1} {tenths}", peak - idle);
    }
    Ok(())
}

fn pid(node: &Process) -> i32 {
    node.pid().as_raw_nonzero().get()
}

/// What both nodes held when each tenth was there.
#[derive(Default)]
struct Tenths {
    next: u64,
    seen: [Vec<f64>; 2],
}

impl Tenths {
    fn look(&mut self, event: &Value, pids: &[i32; 2]) {
        let number = |name: &str| event.get(name).and_then(Value::as_u64);
        let (Some(done), Some(size)) = (number("done"), number("size")) else { return };
        let tenth = done.saturating_mul(10).checked_div(size).unwrap_or(0);
        if tenth < self.next {
            return;
        }
        self.next = tenth + 1;
        for (seen, held) in self.seen.iter_mut().zip(both(pids, "VmRSS").into_iter().flatten()) {
            seen.push(held);
        }
    }
}

/// This line of both processes' status (proc(5)), in MiB.
fn both(pids: &[i32; 2], line: &str) -> Outcome<[f64; 2]> {
    let [ana, luis] = pids;
    Ok([of(*ana, line)?, of(*luis, line)?])
}

/// The same of one process.
fn of(pid: i32, line: &str) -> Outcome<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let value = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':')).ok_or("no such line")?;
    let kibibytes: f64 = value.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes / 1024.0)
}
