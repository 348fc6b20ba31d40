//! What is measured, in order.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::runtime::Runtime;
use tokio::time::sleep;

use super::Outcome;
use super::apart::apart;
use super::crowd::Crowd;
use super::support::profile::Profile;
use super::support::relay::Relay;
use super::support::scale;
use super::usage::{Routing, processor_time};

/// Until members who know each other have nothing left to do.
const SETTLED: Duration = Duration::from_secs(10);

/// Members of one address that a relay takes by itself, nearly.
const USUAL: usize = 1_000;

/// Pairs that pass files.
const FILE_PAIRS: [usize; 2] = [1, 4];

struct Scale {
    members: usize,
    pairs: usize,
    attempts: usize,
    time: Duration,
}

/// Measures, and prints.
pub fn run() -> Outcome<()> {
    let scale = Scale {
        members: scale("VECINO_BENCH_MEMBERS", 1_000),
        pairs: scale("VECINO_BENCH_PAIRS", 100),
        attempts: scale("VECINO_BENCH_ATTEMPTS", 10_000),
        time: Duration::from_secs(scale("VECINO_BENCH_SECONDS", 30)),
    };
    more_files()?;
    let folder = tempfile::tempdir()?;
    let profile = Profile::new("relay", folder.path().join("relay"));
    let mut args = vec!["--listen".to_owned(), "/ip4/127.0.0.1/tcp/0".to_owned(), "--no-mdns".to_owned()];
    for limit in ["members", "members_per_address"] {
        // With as many as it takes by itself, everything else is as it comes, too.
        if scale.members > USUAL {
            args.extend(["--set".to_owned(), format!("{limit}={}", scale.members + USUAL)]);
        }
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let relay = profile.relay(&args);
    let runtime = Runtime::new()?;
    runtime.block_on(measure(&relay, &scale))?;
    // Members don't say goodbye one by one.
    runtime.shutdown_background();
    Ok(())
}

/// Each member has a connection.
fn more_files() -> Outcome<()> {
    let limit = getrlimit(Resource::Nofile);
    Ok(setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })?)
}

async fn measure(relay: &Relay, scale: &Scale) -> Outcome<()> {
    let address = relay.address_at("127.0.0.1");
    let (alone, start) = (relay.resident(), Instant::now());
    let crowd = Crowd::gather(address, scale.members).await?;
    println!(
        "{} members, each of whom knows of all others after {:.1} s",
        scale.members,
        start.elapsed().as_secs_f64()
    );
    sleep(SETTLED).await;
    idle(relay, alone, scale).await?;

    crowd.connect(scale.pairs).await?;
    println!("{} pairs chat, milliseconds (target: p99 of routing at most 50, and the same with a flood)", scale.pairs);
    println!("{:<28}{:>10}{:>9}{:>9}{:>9}{:>12}", "", "messages", "p50", "p99", "max", "routing p99");
    chat("nothing else", relay, &crowd, scale).await?;
    let flooding = apart(address, scale.attempts);
    let (chatted, flooded) = tokio::join!(chat("beside a flood", relay, &crowd, scale), flooding);
    chatted?;
    let flooded = flooded?;
    println!(
        "  {} attempts to connect in {:.1} s, {} of them answered or hung up on; {} answers to a member that talks nonsense",
        scale.attempts,
        flooded.took.as_secs_f64(),
        flooded.heard,
        flooded.answers
    );
    chat("after it", relay, &crowd, scale).await?;
    files(relay, &crowd, scale).await
}

/// What members cost who do nothing.
async fn idle(relay: &Relay, alone: u64, scale: &Scale) -> Outcome<()> {
    let (members, held) = (scale.members as f64, relay.resident());
    let each = held.saturating_sub(alone) as f64 / members / 1e3;
    println!(
        "resident: {:.1} MB alone, {:.1} MB with them: {each:.1} KB each (target: at most 100)",
        mb(alone),
        mb(held)
    );
    let before = processor_time(relay)?;
    sleep(scale.time).await;
    let share = (processor_time(relay)? - before).as_secs_f64() / scale.time.as_secs_f64() * 100.0;
    println!("processor, idle: {share:.1} % of a core (target: at most 5)");
    Ok(())
}

fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

async fn chat(name: &str, relay: &Relay, crowd: &Crowd, scale: &Scale) -> Outcome<()> {
    let before = Routing::of(relay)?;
    let (times, lost) = crowd.chat(scale.pairs, scale.time).await?;
    let (_, routing) = Routing::of(relay)?.since(&before, 0.99);
    print_row(name, &times, routing);
    if lost > 0 { Err(format!("{lost} messages had no answer").into()) } else { Ok(()) }
}

fn print_row(name: &str, times: &Histogram<u64>, routing: f64) {
    let millis = |nanos: u64| Duration::from_nanos(nanos).as_secs_f64() * 1e3;
    let [p50, p99, max] = [times.value_at_quantile(0.5), times.value_at_quantile(0.99), times.max()].map(millis);
    let routing = format!("≤ {}", routing * 1e3);
    println!("{name:<28}{:>10}{p50:>9.2}{p99:>9.2}{max:>9.2}{routing:>12}", times.len());
}

async fn files(relay: &Relay, crowd: &Crowd, scale: &Scale) -> Outcome<()> {
    println!("units of files between members of this one process, MB/s");
    for pairs in FILE_PAIRS.into_iter().filter(|pairs| *pairs <= scale.pairs) {
        let (before, start) = (processor_time(relay)?, Instant::now());
        let of_each = crowd.pass_files(pairs, scale.time).await?;
        let (took, used) = (start.elapsed().as_secs_f64(), processor_time(relay)? - before);
        let share = used.as_secs_f64() / took * 100.0;
        let rate = |bytes: u64| bytes as f64 / took / 1e6;
        let [all, least, most] = [
            of_each.iter().sum(),
            of_each.iter().copied().min().unwrap_or(0),
            of_each.iter().copied().max().unwrap_or(0),
        ];
        println!(
            "  {pairs} at a time: {:.1}, with {share:.0} % of a core at the relay; a pair {:.1} to {:.1}",
            rate(all),
            rate(least),
            rate(most)
        );
    }
    Ok(())
}
