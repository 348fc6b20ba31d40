//! Which measurements there are, and how each gets its sandbox.

mod big;
mod disk;
mod figures;
mod iperf;
mod latency;
mod link;
mod memory;
mod pair;
mod relay;
mod scale;
mod small;
mod ssh;
#[path = "../wire/stream.rs"]
mod stream;
mod stream_ends;

use crate::support::sandbox;
use disk::Disk;
use stream::Outcome;

type Measurement = (&'static str, fn() -> Outcome<()>);

const ALL: [Measurement; 6] = [
    ("big", big::measure),
    ("link", link::measure),
    ("small", small::measure),
    ("latency", latency::measure),
    ("memory", memory::measure),
    ("relay", relay::measure),
];

/// Does what the command line asks for.
pub fn run() -> Outcome<()> {
    // Cargo tells each bench that it is one.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let Some(ended) = stream_ends::play(&args)? {
        return Ok(ended);
    }
    let chosen = choose(&args)?;
    if sandbox::is_inside() {
        return chosen.into_iter().try_for_each(|(_, measure)| measure());
    }
    let _disk = Disk::make()?;
    for (name, _) in chosen {
        println!("== {name}");
        if !sandbox::again()?.arg(name).status()?.success() {
            return Err(format!("{name} failed").into());
        }
    }
    Ok(())
}

fn choose(names: &[String]) -> Outcome<Vec<Measurement>> {
    if names.is_empty() {
        return Ok(ALL.into());
    }
    let of = |name: &String| {
        let found = ALL.into_iter().find(|(of, _)| of == name);
        found.ok_or_else(|| format!("no measurement is called {name}; there are {}", ALL.map(|(of, _)| of).join(", ")))
    };
    Ok(names.iter().map(of).collect::<Result<_, _>>()?)
}
