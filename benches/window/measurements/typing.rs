//! From a key's press to its letter on the screen: alone, and while a file comes and a thousand messages a second.

use std::fs::File;
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
use super::{Times, address, runtime, watched};

/// Who write, and how often each: together a thousand a second.
const SPEAKERS: usize = 20;
const AT_ONCE: u64 = 5;
const EVERY: Duration = Duration::from_millis(100);

/// Letters of a line before it's begun anew.
const LINE: usize = 40;

/// Pause between letters, about as people type who type fast.
const PAUSE: Duration = Duration::from_millis(80);

const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of the file that comes meanwhile, for each second: more than can come. Nothing of it lies on its sender's disk.
const FILE: u64 = 200_000_000;

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

    let (sender, shared) = share(folder.path(), &at)?;
    while received(&mut control) == 0 {
        thread::sleep(PAUSE);
    }
    let (start, before, received) = (Instant::now(), said.load(Ordering::Relaxed), received(&mut control));
    write(&desk)?.tell(&format!("{backend}: messages and a file come"));
    let seconds = start.elapsed().as_secs_f64();
    println!("    messages that came: {:.0} a second", (said.load(Ordering::Relaxed) - before) as f64 / seconds);
    println!("    of the file: {:.1} MB/s", (self::received(&mut control) - received) as f64 / 1e6 / seconds);
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

/// Somebody offers a file that takes longer than anyone watches.
fn share(folder: &std::path::Path, at: &str) -> Outcome<(Process, Process)> {
    let luis = Profile::on_loopback("luis", folder.join("luis"));
    let (node, _) = luis.ready_node();
    luis.run(&["add", at]).expect(0);
    let path = luis.home.join("disk.img");
    File::create(&path)?.set_len(FILE * watched().as_secs())?;
    let shared = luis.start(&["share", "ana", path.to_str().ok_or("no path")?]);
    Ok((node, shared))
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
