//! How much of a link of a given rate a file fills.

use super::disk::fitting;
use super::figures::{Figures, ratio, size, speed, table};
use super::iperf;
use super::pair::{Pair, check_and_remove, random_file};
use super::scale::{alone, runs, scaled};
use super::ssh::is_there;
use super::stream::Outcome;
use crate::host::{Host, hosts};

/// The links, in Mbit/s, each with a size that takes it a quarter of a minute.
const LINKS: [(u32, u64); 2] = [(1_000, 2_000_000_000), (100, 200_000_000)];

/// Prints MB/s of vecino and of iperf3.
pub fn measure() -> Outcome<()> {
    let hosts = hosts(["ana", "luis"]);
    let has_iperf = !alone() && is_there("iperf3", "iperf3");
    LINKS.into_iter().try_for_each(|(megabits, bytes)| fill(&hosts, megabits, fitting(scaled(bytes), 3)?, has_iperf))
}

fn fill(hosts: &[Host; 2], megabits: u32, bytes: u64, has_iperf: bool) -> Outcome<()> {
    let [ana, luis] = hosts;
    hosts.iter().for_each(|host| host.limit_rate(megabits));
    let mut pair = Pair::met(hosts);
    let source = ana.home.join(format!("{megabits}.bin"));
    random_file(&source, bytes)?;
    let mut transfer = Figures::of("vecino, taken to verified");
    let mut iperf = Figures::of("iperf3");
    for _ in 0..runs() {
        if has_iperf {
            iperf.add(iperf::measure(ana, luis)?);
        }
        let shared = pair.share(&source)?;
        transfer.add(speed(bytes, shared.transfer));
        check_and_remove(&source, &shared.saved)?;
    }
    table(&format!("{} over {megabits} Mbit/s, MB/s", size(bytes)), &[&transfer, &iperf]);
    ratio(&transfer, &iperf, "at least 0.94");
    Ok(())
}
