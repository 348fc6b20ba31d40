//! One big file through a relay, beside the same file on a direct way.

use super::disk::fitting;
use super::figures::{Figures, ratio, size, speed, table};
use super::pair::{Pair, check_and_remove, random_file};
use super::scale::{runs, scaled};
use super::stream::Outcome;
use crate::host::{Host, Network};

/// Where the two are who reach each other directly.
const TOGETHER: usize = 2;

/// Prints MB/s of a transfer between two hosts in one subnet, and between two that reach nothing but a relay.
pub fn measure() -> Outcome<()> {
    let network = Network::of(3);
    let together = ["ana", "luis"].map(|nickname| network.host(nickname, TOGETHER));
    let apart = [network.host("ana", 0), network.host("luis", 1)];
    let reception = network.host_between("reception", &[0, 1]);
    let relay = reception.relay(&[]);
    let way = |host: &Host| relay.address_at(&reception.address_in(host.subnet())).to_owned();
    let mut direct_pair = Pair::met(&together);
    let mut relayed_pair = Pair::met_through(&apart, way);

    let bytes = fitting(scaled(1_000_000_000), 3)?;
    let sources = [&together, &apart].map(|[ana, _]| ana.home.join("big.bin"));
    for source in &sources {
        random_file(source, bytes)?;
    }
    let mut direct = Figures::of("direct, taken to verified");
    let mut relayed = Figures::of("through the relay, taken to verified");
    for _ in 0..runs() {
        let pairs = [(&mut direct_pair, &mut direct), (&mut relayed_pair, &mut relayed)];
        for ((pair, figures), source) in pairs.into_iter().zip(&sources) {
            let shared = pair.share(source)?;
            figures.add(speed(bytes, shared.transfer));
            check_and_remove(source, &shared.saved)?;
        }
    }
    table(&format!("{} from tmpfs to tmpfs, MB/s (target: at least 200)", size(bytes)), &[&direct, &relayed]);
    ratio(&relayed, &direct, "at least 0.3");
    Ok(())
}
