//! Ana and Luis, each with a node on a host of their own, who take whatever the other offers.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::stream::Outcome;
use crate::host::Host;
use crate::support::process::Process;
use crate::support::profile::{is_here, is_reached};
use crate::support::within;

/// Milliseconds in which two nodes see each other, and anything else that needs no waiting comes.
const SOON: u64 = 20_000;

/// Milliseconds after which a transfer is given up, whatever its size.
const PATIENCE: u64 = 3_600_000;

/// Both, who have met.
pub struct Pair<'a> {
    pub ana: Person<'a>,
    pub luis: Person<'a>,
}

/// One of them.
pub struct Person<'a> {
    pub host: &'a Host,
    pub node: Process,
}

/// What came of an offer of Ana's.
pub struct Shared {
    /// From the start of `vecino share` to its end, when Ana knows that Luis has everything.
    pub command: Duration,
    /// From when Luis has taken it until he has everything, verified.
    pub transfer: Duration,
    /// Where he has it.
    pub saved: PathBuf,
}

impl<'a> Pair<'a> {
    /// Starts both nodes and waits until they see each other.
    pub fn met([ana, luis]: &'a [Host; 2]) -> Self {
        let mut pair = Self { ana: Person::start(ana, &[]), luis: Person::start(luis, &[]) };
        pair.meet(is_here);
        pair
    }

    /// The same, where they meet through a relay alone: at the address that `way` tells for each host.
    pub fn met_through([ana, luis]: &'a [Host; 2], way: impl Fn(&Host) -> String) -> Self {
        let [ana, luis] = [ana, luis].map(|host| Person::start(host, &["--no-mdns", "--relay", &way(host)]));
        let mut pair = Self { ana, luis };
        pair.meet(|event, other| is_reached(event, other, "relayed"));
        pair
    }

    /// Waits until each sees the other in the right way.
    fn meet(&mut self, sees: impl Fn(&Value, &str) -> bool) {
        for (node, other) in [(&mut self.ana.node, "luis"), (&mut self.luis.node, "ana")] {
            node.wait_for(other, within(SOON), |event| sees(event, other));
        }
    }

    /// Ana shares what is at `path`; Luis has it in the end.
    pub fn share(&mut self, path: &Path) -> Outcome<Shared> {
        self.share_watched(path, |_| ())
    }

    /// The same, where `watch` is shown each event about transfers at Luis's node.
    pub fn share_watched(&mut self, path: &Path, mut watch: impl FnMut(&Value)) -> Outcome<Shared> {
        let start = Instant::now();
        let mut sharing = self.ana.offer("luis", path)?;
        let offered = sharing.wait_for("offer", within(SOON), |line| line.get("id").is_some());
        let is_in = |event: &Value, states| event.get("id") == offered.json.get("id") && is_in(event, states);
        let node = &mut self.luis.node;
        let taken = node.wait_for("taken offer", within(SOON), |event| is_in(event, &["active", "done"]));
        let mut ended = taken.clone();
        if !is_in(&taken.json, &["done"]) {
            ended = node.wait_for("end of the transfer", within(PATIENCE), |event| {
                watch(event);
                is_in(event, &["done", "failed", "declined", "cancelled"])
            });
        }
        sharing.output(within(SOON)).expect(0);
        let command = start.elapsed();
        let saved = ended.json.get("saved_to").and_then(Value::as_str).ok_or("it wasn't saved")?;
        Ok(Shared { command, transfer: ended.at - taken.at, saved: saved.into() })
    }
}

impl<'a> Person<'a> {
    fn start(host: &'a Host, more: &[&str]) -> Self {
        Self { host, node: host.node_with(&[&["--accept", "all"], more].concat()) }
    }

    /// Starts `vecino share`.
    pub fn offer(&self, to: &str, path: &Path) -> Outcome<Process> {
        let path = path.to_str().ok_or("a path that isn't text")?;
        Ok(self.host.start(&["share", to, path, "--json"]))
    }
}

/// Makes sure that `copy` has the content of `original`, and removes it.
pub fn check_and_remove(original: &Path, copy: &Path) -> Outcome<()> {
    let same = Command::new("diff").args(["-r", "--brief"]).args([original, copy]).status()?;
    if !same.success() {
        return Err(format!("{} is another than {}", copy.display(), original.display()).into());
    }
    remove(copy)
}

/// Removes a file, or a folder with all that's in it.
pub fn remove(path: &Path) -> Outcome<()> {
    Ok(if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }?)
}

/// Whether `event` tells that a transfer is in one of these states.
pub fn is_in(event: &Value, states: &[&str]) -> bool {
    event.get("state").and_then(Value::as_str).is_some_and(|state| states.contains(&state))
}

/// Writes a file of random bytes, new at each path.
pub fn random_file(path: &Path, bytes: u64) -> Outcome<()> {
    const PART: usize = 1024 * 1024;
    let mut file = fs::File::create_new(path)?;
    let mut random = fastrand::Rng::with_seed(bytes);
    let mut part = vec![0; PART];
    let mut left = bytes;
    while left > 0 {
        random.fill(&mut part);
        let now = part.len().min(usize::try_from(left)?);
        file.write_all(part.get(..now).unwrap_or_default())?;
        left -= now as u64;
    }
    Ok(())
}

/// Makes a folder of so many files of 4 KiB.
pub fn small_files(folder: &Path, files: u64) -> Outcome<()> {
    const FILE: usize = 4096;
    fs::create_dir(folder)?;
    let mut random = fastrand::Rng::with_seed(files);
    let mut content = [0; FILE];
    for number in 0..files {
        random.fill(&mut content);
        fs::write(folder.join(format!("{number:05}.bin")), content)?;
    }
    Ok(())
}
