//! How long a message takes while files fill the wire.

use std::fs::File;
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use super::disk;
use super::pair::{Pair, Person, is_in};
use super::scale::watched;
use super::stream::Outcome;
use crate::host::{Host, hosts};
use crate::support::control::Control;
use crate::support::process::Process;
use crate::support::within;

const MEGABITS: u32 = 100;

/// Between a message's delivery and the next one.
const PAUSE: Duration = Duration::from_millis(20);

/// Between two looks at how far a transfer is.
const LOOK: Duration = Duration::from_millis(50);

/// From a transfer's beginning until it fills the wire.
const RISE: Duration = Duration::from_secs(3);

/// Most that is watched of what can't stall.
const A_WHILE: Duration = Duration::from_secs(60);

/// Milliseconds in which a transfer begins or ends.
const SOON: u64 = 20_000;

/// Milliseconds after which a message is given up.
const GIVEN_UP: u64 = 60_000;

/// Prints milliseconds from sent to delivered, both ways, with nothing else on the wire and with transfers.
pub fn measure() -> Outcome<()> {
    // A message is delivered when it's committed to disk.
    disk::homes_on_disk()?;
    let hosts = hosts(["ana", "luis"]);
    hosts.iter().for_each(|host| host.limit_rate(MEGABITS));
    let Pair { ana, luis } = Pair::met(&hosts);
    println!("a message over {MEGABITS} Mbit/s, sent to delivered, milliseconds (target: p99 at most 100)");
    println!("{:<40}{:>9}{:>9}{:>9}{:>10}", "", "p50", "p99", "max", "messages");
    let short = watched().min(A_WHILE);
    watch("nothing else", [&ana, &luis], Vec::new(), short)?;
    watch("ana's file to luis", [&ana, &luis], vec![Load::start(&ana, &luis)?], short)?;
    watch("both ways", [&ana, &luis], vec![Load::start(&ana, &luis)?, Load::start(&luis, &ana)?], watched())
}

/// A transfer that outlasts the watching.
struct Load<'a> {
    from: &'a Host,
    to: &'a Host,
    sharing: Process,
    id: String,
}

impl<'a> Load<'a> {
    fn start(from: &Person<'a>, to: &Person<'a>) -> Outcome<Self> {
        let path = from.host.home.join("load.bin");
        let seconds = (watched() + 4 * RISE).as_secs();
        // Sparse: it's the wire that is to be filled.
        File::create(&path)?.set_len(seconds * u64::from(MEGABITS) * 1_000_000 / 8)?;
        let mut sharing = from.offer(&to.host.nickname, &path)?;
        let active = sharing.wait_for("running transfer", within(SOON), |line| is_in(line, &["active"]));
        let id = active.json.get("id").and_then(Value::as_str).ok_or("no id")?.to_owned();
        Ok(Self { from: from.host, to: to.host, sharing, id })
    }

    fn stop(self) {
        self.from.run(&["cancel", &self.id]).expect(0);
        self.sharing.output(within(SOON)).expect(1);
    }
}

/// Prints the times of messages in both directions, and how the transfers went meanwhile.
fn watch(name: &str, [ana, luis]: [&Person; 2], loads: Vec<Load>, time: Duration) -> Outcome<()> {
    if !loads.is_empty() {
        thread::sleep(RISE);
    }
    let end = Instant::now() + time;
    let (there, back, flows) = thread::scope(|scope| {
        let there = scope.spawn(|| chat(ana.host, "luis", end));
        let back = scope.spawn(|| chat(luis.host, "ana", end));
        let flows: Vec<_> = loads.iter().map(|load| scope.spawn(|| Flow::watch(load, end))).collect();
        let flows: Vec<_> = flows.into_iter().map(|flow| flow.join()).collect();
        (there.join(), back.join(), flows)
    });
    for (way, times) in [("ana to luis", there), ("luis to ana", back)] {
        print_row(&format!("{name}; message {way}"), &times.map_err(|_| "chat broke off")??);
    }
    for flow in flows {
        flow.map_err(|_| "a transfer wasn't watched")??.print();
    }
    loads.into_iter().for_each(Load::stop);
    Ok(())
}

fn print_row(name: &str, times: &Histogram<u64>) {
    let millis = |micros: u64| Duration::from_micros(micros).as_secs_f64() * 1e3;
    let [p50, p99, max] = [times.value_at_quantile(0.5), times.value_at_quantile(0.99), times.max()].map(millis);
    println!("{name:<40}{p50:>9.1}{p99:>9.1}{max:>9.1}{:>10}", times.len());
}

/// Sends messages until `end`, each when the one before is delivered. Microseconds from asking for it until told so.
fn chat(from: &Host, to: &str, end: Instant) -> Outcome<Histogram<u64>> {
    let mut control = from.control();
    let mut times = Histogram::new_with_bounds(1, GIVEN_UP * 1_000, 3)?;
    while Instant::now() < end {
        let start = Instant::now();
        let sent = control.send(to, "¿qué tal?");
        let id = sent.get("id").ok_or("no id")?;
        control.call("wait_message", json!({ "message": id, "state": "delivered", "timeout_ms": GIVEN_UP }));
        times.record(u64::try_from(start.elapsed().as_micros())?)?;
        thread::sleep(PAUSE);
    }
    Ok(times)
}

/// How a transfer went.
struct Flow {
    to: String,
    bytes: u64,
    took: Duration,
    longest_stall: Duration,
}

impl Flow {
    fn watch(load: &Load, end: Instant) -> Outcome<Self> {
        let mut control = load.to.control();
        let start = Instant::now();
        let before = bytes_of(&mut control, &load.id)?;
        let (mut moved_at, mut bytes, mut longest_stall) = (start, before, Duration::ZERO);
        while Instant::now() < end {
            thread::sleep(LOOK);
            let now = bytes_of(&mut control, &load.id)?;
            longest_stall = longest_stall.max(moved_at.elapsed());
            if now > bytes {
                (moved_at, bytes) = (Instant::now(), now);
            }
        }
        let to = load.to.nickname.clone();
        Ok(Self { to, bytes: bytes - before, took: start.elapsed(), longest_stall })
    }

    fn print(&self) {
        let speed = super::figures::speed(self.bytes, self.took);
        let stall = self.longest_stall.as_secs_f64();
        println!("  the file to {}: {speed:.2} MB/s, longest time without progress {stall:.2} s", self.to);
    }
}

/// How many bytes of the transfer are there.
fn bytes_of(control: &mut Control, id: &str) -> Outcome<u64> {
    let transfers = control.call("transfers", json!({}));
    let mut all = transfers.as_array().into_iter().flatten();
    let transfer = all.find(|transfer| transfer.get("id").and_then(Value::as_str) == Some(id)).ok_or("no transfer")?;
    Ok(transfer.get("done").and_then(Value::as_u64).ok_or("no number of bytes")?)
}
