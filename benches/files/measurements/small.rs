//! Many small files from memory to memory.

use super::figures::{Figures, ratio, table};
use super::pair::{Pair, check_and_remove, small_files};
use super::scale::{runs, scaled};
use super::ssh::Ssh;
use super::stream::Outcome;
use crate::host::hosts;

/// Prints the seconds that vecino, rsync and scp take.
pub fn measure() -> Outcome<()> {
    let hosts = hosts(["ana", "luis"]);
    let [ana, luis] = &hosts;
    let ssh = Ssh::start(&hosts)?;
    let mut pair = Pair::met(&hosts);
    let files = scaled(10_000);
    let (source, copied_to) = (ana.home.join("small"), luis.home.join("copied"));
    small_files(&source, files)?;
    let copy = copied_to.join("small");

    let mut transfer = Figures::of("vecino, taken to verified");
    let mut command = Figures::of("vecino share, the whole command");
    let mut rsync = Figures::of("rsync -a");
    let mut scp = Figures::of("scp -r");
    for _ in 0..runs() {
        let shared = pair.share(&source)?;
        transfer.add(shared.transfer.as_secs_f64());
        command.add(shared.command.as_secs_f64());
        check_and_remove(&source, &shared.saved)?;
        let Some(ssh) = &ssh else { continue };
        scp.add(ssh.scp(&source, &copied_to)?.as_secs_f64());
        check_and_remove(&source, &copy)?;
        let Some(took) = ssh.rsync(&source, &copied_to)? else { continue };
        rsync.add(took.as_secs_f64());
        check_and_remove(&source, &copy)?;
    }
    table(&format!("{files} files of 4 KiB from tmpfs to tmpfs, seconds"), &[&transfer, &command, &rsync, &scp]);
    ratio(&rsync, &command, "more than 1");
    ratio(&scp, &command, "more than 1");
    Ok(())
}
