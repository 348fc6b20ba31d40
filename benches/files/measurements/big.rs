//! One big file from memory to memory, over a wire that is as fast as this machine.

use super::disk::fitting;
use super::figures::{Figures, ratio, size, speed, table};
use super::pair::{Pair, check_and_remove, random_file};
use super::scale::{alone, runs, scaled};
use super::ssh::Ssh;
use super::stream::Outcome;
use super::stream_ends::{self, Parts};
use crate::host::hosts;

/// Prints MB/s of vecino, a bare libp2p stream, scp and rsync.
pub fn measure() -> Outcome<()> {
    let hosts = hosts(["ana", "luis"]);
    let [ana, luis] = &hosts;
    let ssh = Ssh::start(&hosts)?;
    let mut pair = Pair::met(&hosts);
    let bytes = fitting(scaled(2_000_000_000), 2)?;
    let (source, copied_to) = (ana.home.join("big.bin"), luis.home.join("copied"));
    random_file(&source, bytes)?;
    let copy = copied_to.join("big.bin");

    let mut transfer = Figures::of("vecino, taken to verified");
    let mut command = Figures::of("vecino share, the whole command");
    let mut bare = Figures::of("bare libp2p stream between two processes");
    let mut wire = Figures::of("bare stream over vecino's transport");
    let mut scp = Figures::of("scp");
    let mut rsync = Figures::of("rsync -a");
    // In turns, so that what else this machine does falls on all of them.
    for _ in 0..runs() {
        if !alone() {
            bare.add(speed(bytes, stream_ends::measure(Parts::Libp2p, ana, luis, bytes)?));
            wire.add(speed(bytes, stream_ends::measure(Parts::Vecino, ana, luis, bytes)?));
        }
        let shared = pair.share(&source)?;
        transfer.add(speed(bytes, shared.transfer));
        command.add(speed(bytes, shared.command));
        check_and_remove(&source, &shared.saved)?;
        let Some(ssh) = &ssh else { continue };
        scp.add(speed(bytes, ssh.scp(&source, &copied_to)?));
        check_and_remove(&source, &copy)?;
        let Some(took) = ssh.rsync(&source, &copied_to)? else { continue };
        rsync.add(speed(bytes, took));
        check_and_remove(&source, &copy)?;
    }
    let title = format!("{} from tmpfs to tmpfs, MB/s", size(bytes));
    table(&title, &[&transfer, &command, &bare, &wire, &scp, &rsync]);
    ratio(&transfer, &bare, "at least 0.8");
    ratio(&transfer, &wire, "0.8");
    ratio(&command, &scp, "at least 2.5");
    Ok(())
}
