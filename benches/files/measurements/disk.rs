//! A place on a real disk: for what is too big for memory, and for what has to be committed as it would be in life.

use std::path::Path;
use std::process::Command;
use std::{fs, io};

use super::figures::size;
use super::stream::Outcome;

/// In Cargo's target folder, where it's in nobody's way should the bench be killed.
const PLACE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/bench-files");

/// Where the sandbox's hosts have their folders.
const HOMES: &str = "/run/vecino";

/// Bytes that stay free there.
const SPARED: u64 = 1_000_000_000;

/// The place, outside of sandboxes; it goes with this.
pub struct Disk;

impl Disk {
    /// Makes the place; what a killed bench has left there goes.
    pub fn make() -> Outcome<Self> {
        clear()?;
        fs::create_dir_all(PLACE)?;
        Ok(Self)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Err(error) = clear() {
            eprintln!("{PLACE} remains: {error}");
        }
    }
}

fn clear() -> io::Result<()> {
    match fs::remove_dir_all(PLACE) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Inside a sandbox whose hosts aren't made yet: has their folders, profiles and downloads, on the disk.
pub fn homes_on_disk() -> Outcome<()> {
    fs::create_dir_all(HOMES)?;
    // Each measurement begins with nothing there.
    let homes = tempfile::tempdir_in(PLACE)?.keep();
    let bound = Command::new("mount").arg("--bind").args([&homes, Path::new(HOMES)]).status()?;
    if bound.success() { Ok(()) } else { Err(format!("{HOMES} can't be had on a disk").into()) }
}

/// So many bytes, or as many as there is room for where the hosts have their folders, if it's to hold so many copies.
pub fn fitting(bytes: u64, copies: u64) -> Outcome<u64> {
    let stat = rustix::fs::statvfs(HOMES)?;
    let room = (stat.f_bavail * stat.f_frsize).saturating_sub(SPARED) / copies;
    if bytes > room {
        println!("SMALLER: {} wanted, but there is only room for {}", size(bytes), size(room));
    }
    Ok(bytes.min(room))
}
