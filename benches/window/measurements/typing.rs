//! From a key's press to its letter on the screen: alone, and while a file comes and a thousand messages a second.
//!
//! Who send are elsewhere, in truth, and have processors of their own: here they stand back.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::super::Outcome;
use super::super::crowd::{Speaker, words};
use super::super::desk::{COMPOSER, Desk, SIDEBAR};
use super::super::hand::{BACKSPACE, CONTROL};
use super::super::screen;
use super::super::support::control::Control;
use super::super::support::process::Process;
use super::super::support::profile::Profile;
use super::super::support::sandbox;
use super::{Times, address, runtime, stand_back, watched};

/// Who write, and how often each: together a thousand a second.
const SPEAKERS: usize = 20;
const AT_ONCE: u64 = 5;
const EVERY: Duration = Duration::from_millis(100);

/// Letters of a line before it's begun anew.
const LINE: usize = 40;

/// Pause between letters, about as people type who type fast.
const PAUSE: Duration = Duration::from_millis(80);

const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of each file that comes, one for each second that it's watched, over a wire and without one: together that's more
/// than can come. All are links to one, without anything in it: what reading it takes is little.
const FILE: u64 = 400_000_000;

/// A wired network, as most are.
const WIRE: &str = "tc qdisc replace dev lo root tbf rate 1gbit burst 512k latency 50ms";
const NO_WIRE: &str = "tc qdisc delete dev lo root";

pub fn measure(backend: &str) -> Outcome<()> {
    let folder = screen::stage();
    let mut desk = Desk::set_up("ana", folder.path(), backend)?;
    desk.open();
    let mut control = desk.control()?;
    let runtime = runtime()?;
    let at = address(&mut control)?;
    let speakers = runtime.block_on(meet(&mut control, &at))?;
    desk.wait_for_window();
    let before = desk.eye.log()?;
    desk.hand.press(&[CONTROL, '1' as u32])?;
    desk.eye.settled(&before, Duration::from_secs(1))?.ok_or("no conversation opens")?;
    write(&desk)?.tell(&format!("{backend}: nothing else"));

    let (ended, said) = (Arc::new(AtomicBool::new(false)), Arc::<AtomicU64>::default());
    let start = Instant::now();
    for speaker in speakers {
        runtime.spawn(talk(speaker, Arc::clone(&ended), Arc::clone(&said)));
    }
    write(&desk)?.tell(&format!("{backend}: messages come"));
    println!("    messages that came: {:.0} a second", rate(&said, start));

    sandbox::script(WIRE);
    let (sender, shared) = share(folder.path(), &at)?;
    let offered = Instant::now();
    while received(&mut control) == 0 {
        if offered.elapsed() > PATIENCE {
            return Err(format!("nothing comes: is there room for {} GB?", files() * FILE / 1_000_000_000).into());
        }
        thread::sleep(PAUSE);
    }
    for (wire, what) in [(WIRE, "and a file over 1 Gbit/s"), (NO_WIRE, "and a file as fast as it comes")] {
        sandbox::script(wire);
        let (start, before, received) = (Instant::now(), said.load(Ordering::Relaxed), received(&mut control));
        write(&desk)?.tell(&format!("{backend}: messages {what}"));
        let seconds = start.elapsed().as_secs_f64();
        println!("    messages that came: {:.0} a second", (said.load(Ordering::Relaxed) - before) as f64 / seconds);
        println!("    of the file: {:.1} MB/s", (self::received(&mut control) - received) as f64 / 1e6 / seconds);
        if self::received(&mut control) >= files() * FILE {
            return Err("the file ended before its time".into());
        }
    }
    ended.store(true, Ordering::Relaxed);
    drop((shared, sender));
    desk.close()?;
    Ok(())
}

fn rate(said: &AtomicU64, since: Instant) -> f64 {
    said.load(Ordering::Relaxed) as f64 / since.elapsed().as_secs_f64()
}

async fn meet(control: &mut Control, at: &str) -> Outcome<Vec<Speaker>> {
    let mut speakers = Vec::new();
    for number in 0..SPEAKERS {
        let speaker = Speaker::start(&format!("person {number}"), at).await?;
        control.send(&speaker.id.to_string(), "hello");
        speaker.say((0..20).map(words).collect::<Outcome<_>>()?).await?;
        speakers.push(speaker);
    }
    Ok(speakers)
}

async fn talk(speaker: Speaker, ended: Arc<AtomicBool>, said: Arc<AtomicU64>) -> Outcome<()> {
    let mut due = tokio::time::interval(EVERY);
    let mut number = 0;
    while !ended.load(Ordering::Relaxed) {
        due.tick().await;
        speaker.say((number..number + AT_ONCE).map(words).collect::<Outcome<_>>()?).await?;
        number += AT_ONCE;
        said.fetch_add(AT_ONCE, Ordering::Relaxed);
    }
    Ok(())
}

fn files() -> u64 {
    2 * watched().as_secs()
}

/// Somebody offers files that take longer than anyone watches.
fn share(folder: &Path, at: &str) -> Outcome<(Process, Process)> {
    let luis = Profile::on_loopback("luis", folder.join("luis"));
    let path = luis.home.join("disks");
    fs::create_dir(&path)?;
    let first = path.join("0.img");
    File::create(&first)?.set_len(FILE)?;
    for number in 1..files() {
        fs::hard_link(&first, path.join(format!("{number}.img")))?;
    }
    let path = path.to_str().ok_or("no path")?;
    // What a thread starts stands back as that does.
    thread::scope(|scope| {
        let started = scope.spawn(|| {
            stand_back();
            let (node, _) = luis.ready_node();
            luis.run(&["add", at]).expect(0);
            (node, luis.start(&["share", "ana", path]))
        });
        started.join().map_err(|_| "nothing can be shared".into())
    })
}

/// Bytes of files that have come so far.
fn received(control: &mut Control) -> u64 {
    let transfers = control.call("transfers", serde_json::json!({}));
    let done = |transfer: &serde_json::Value| transfer.get("done").and_then(serde_json::Value::as_u64);
    transfers.as_array().map_or(0, |all| all.iter().filter_map(done).sum())
}

/// Types for as long as is watched.
fn write(desk: &Desk) -> Outcome<Times> {
    let (mut times, end) = (Times::new()?, Instant::now() + watched());
    'lines: loop {
        desk.hand.press(&[CONTROL, 'a' as u32])?;
        desk.hand.press(&[BACKSPACE])?;
        // What stands there while nothing is written goes with the first letter.
        desk.hand.press(&['m'.into()])?;
        thread::sleep(Duration::from_millis(500));
        let mut edge = edge(desk)?;
        for number in 0..LINE {
            if Instant::now() > end {
                break 'lines;
            }
            let letter = "mwbdhknou".as_bytes().get(number % 9).copied().unwrap_or(b'm');
            let pressed = desk.hand.press(&[letter.into()])?;
            // The letter is wider than the cursor, which may have been there before.
            let seen = desk.eye.until("letter", PATIENCE, |_| Ok(self::edge(desk)? > edge + 4))?;
            times.record(seen - pressed)?;
            thread::sleep(PAUSE);
            edge = self::edge(desk)?;
        }
    }
    Ok(times)
}

/// How far to the right there's something in the composer.
fn edge(desk: &Desk) -> Outcome<usize> {
    const LEFT: u32 = SIDEBAR + 77;
    let ground = desk.eye.line(COMPOSER.start + 2, LEFT..LEFT + 1)?;
    let mut edge = 0;
    for y in COMPOSER {
        let line = desk.eye.line(y, LEFT..LEFT + 560)?;
        edge = edge.max(line.iter().rposition(|dot| Some(dot) != ground.first()).unwrap_or_default());
    }
    Ok(edge)
}
