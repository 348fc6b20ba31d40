//! Which measurements there are, and how each gets its sandbox.

mod day;
mod idle;
mod open;
mod start;
mod typing;

use std::time::Duration;

use hdrhistogram::Histogram;

use super::Outcome;
use super::support::{sandbox, scale};

/// Its name, and what it does where the window is drawn by a backend of iced's.
type Measurement = (&'static str, fn(&str) -> Outcome<()>);

const BACKENDS: &str = "VECINO_BENCH_BACKENDS";

const ALL: [Measurement; 5] = [
    ("start", start::measure),
    ("idle", idle::measure),
    ("open", open::measure),
    ("typing", typing::measure),
    ("day", day::measure),
];

/// Does what the command line asks for.
pub fn run() -> Outcome<()> {
    // Cargo tells each bench that it is one.
    let names: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let chosen = choose(&names)?;
    if sandbox::is_inside() {
        // Of the processes by the numbers that they have here.
        sandbox::script("mount -t proc proc /proc");
        return chosen.into_iter().try_for_each(|(_, measure)| measure(&backends()));
    }
    let backends = backends();
    for (name, _) in chosen {
        for backend in backends.split_whitespace() {
            println!("== {name}, {backend}");
            if !sandbox::again()?.arg(name).env(BACKENDS, backend).status()?.success() {
                return Err(format!("{name} failed").into());
            }
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

/// With what the window is drawn, by iced's names. In a sandbox it's one.
fn backends() -> String {
    scale(BACKENDS, "tiny-skia".to_owned())
}

fn runs() -> usize {
    scale("VECINO_BENCH_RUNS", 5)
}

fn watched() -> Duration {
    Duration::from_secs(scale("VECINO_BENCH_SECONDS", 60))
}

/// Times of one kind of thing.
struct Times(Histogram<u64>);

impl Times {
    fn new() -> Outcome<Self> {
        Ok(Self(Histogram::new_with_bounds(1, 60_000_000, 3)?))
    }

    fn record(&mut self, time: Duration) -> Outcome<()> {
        Ok(self.0.record(u64::try_from(time.as_micros())?.max(1))?)
    }

    /// How many there are, and how long they took, in milliseconds.
    fn tell(&self, what: &str) {
        let millis = |quantile| self.0.value_at_quantile(quantile) as f64 / 1e3;
        let [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1.0].map(millis);
        println!("{what:<52} p50 {p50:>5.1}  p95 {p95:>5.1}  p99 {p99:>5.1}  max {max:>5.1} ms  of {}", self.0.len());
    }
}

/// A runtime for those who are in this process, on one thread: the cores are the window's.
fn runtime() -> Outcome<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .on_thread_start(stand_back)
        .enable_all()
        .build()?)
}

/// How far others stand back, as nice(1) counts: further than the app's own threads.
const OTHERS: i32 = 15;

/// Has this thread, and the programs that it starts, give way to the window.
fn stand_back() {
    if let Err(error) = rustix::process::setpriority_process(None, OTHERS) {
        eprintln!("others don't stand back: {error}");
    }
}

/// Where the node behind a window is reached.
fn address(control: &mut super::support::control::Control) -> Outcome<String> {
    let me = control.call("me", serde_json::json!({}));
    let first = me.get("addresses").and_then(|addresses| addresses.get(0)).and_then(|first| first.as_str());
    Ok(first.ok_or("the node has no address")?.to_owned())
}
