//! A conversation of very many messages: until it stands there, and how evenly it scrolls.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::Outcome;
use super::super::crowd::{Speaker, words};
use super::super::desk::{Desk, LOOK_PAUSE};
use super::super::hand::{ALT, DOWN, UP, WHEEL_DOWN, WHEEL_UP};
use super::super::screen;
use super::super::support::control::Control;
use super::super::support::process::Process;
use super::super::support::profile::Profile;
use super::super::support::scale;
use super::super::usage::{Memory, mb};
use super::{Times, address, runs, runtime};

/// Messages that Luis' node has under way at once.
const AT_ONCE: usize = 64;

/// A picture comes after so many messages, but among the last ones more often.
const PICTURES: u64 = 20;
const LAST: u64 = 60;

/// How long nothing has to change until a conversation counts as open.
const CALM: Duration = Duration::from_millis(400);

/// The time of a frame at 60 Hz.
const FRAME: Duration = Duration::from_nanos(16_666_667);

/// Notches of the wheel, one each frame.
const NOTCHES: usize = 1_200;

const PATIENCE: Duration = Duration::from_secs(600);

/// The ground of others' messages.
const THEIRS: u32 = 0xF1EFEB;

pub fn measure(backend: &str) -> Outcome<()> {
    let folder = screen::stage();
    let mut desk = Desk::set_up("ana", folder.path(), backend)?;
    let luis = Profile::on_loopback("luis", folder.path().join("luis"));
    desk.open();
    let mut control = desk.control()?;
    // Another conversation, to go to and to come from.
    let at = address(&mut control)?;
    runtime()?.block_on(async {
        let marta = Speaker::start("marta", &at).await?;
        control.send(&marta.id.to_string(), "hello");
        marta.say((0..5).map(words).collect::<Outcome<_>>()?).await?;
        marta.leave().await
    })?;
    let (node, _) = luis.ready_node();
    fill(&luis, &mut control, folder.path())?;
    drop((control, node));
    desk.close()?;
    first(&mut desk, backend)?;
    desk.open();
    desk.control()?;
    desk.wait_for_window();
    again(&desk, backend)?;
    desk.hand.point(700, 400)?;
    let before = Memory::of(desk.pid()?)?;
    scroll(&desk, WHEEL_UP, &format!("{backend}: scrolled up, at 60 notches a second"))?;
    scroll(&desk, WHEEL_DOWN, &format!("{backend}: scrolled down"))?;
    let after = Memory::of(desk.pid()?)?;
    println!("    resident before {:.1} MB, after {:.1}", mb(before.resident), mb(after.resident));
    desk.close()
}

/// Opened for the first time since the start.
fn first(desk: &mut Desk, backend: &str) -> Outcome<()> {
    let (mut opened, mut whole) = (Times::new()?, Times::new()?);
    for _ in 0..runs() {
        desk.open();
        desk.control()?;
        desk.wait_for_window();
        let pressed = desk.hand.press(&[ALT, DOWN])?;
        let seen = desk.eye.until("messages", PATIENCE, |eye| Ok(has_messages(&eye.log()?)))?;
        opened.record(seen - pressed)?;
        let settled = desk.eye.settled(&desk.eye.log()?, CALM)?;
        whole.record(settled.unwrap_or(seen) - pressed)?;
        desk.close()?;
    }
    opened.tell(&format!("{backend}: opened, the first time since the start"));
    whole.tell(&format!("{backend}: with its pictures decoded"));
    Ok(())
}

/// Gone to and come from.
fn again(desk: &Desk, backend: &str) -> Outcome<()> {
    let mut again = Times::new()?;
    press(desk, DOWN)?;
    for _ in 0..runs() * 4 {
        press(desk, DOWN)?;
        again.record(press(desk, UP)?)?;
    }
    again.tell(&format!("{backend}: opened again, until nothing changes any more"));
    Ok(())
}

/// Has Luis write very much to Ana, with pictures in between.
fn fill(luis: &Profile, ana: &mut Control, folder: &Path) -> Outcome<()> {
    let me = ana.call("me", json!({}));
    let ana_id = me.get("peer_id").and_then(Value::as_str).ok_or("no id")?.to_owned();
    luis.run(&["add", &address(ana)?]).expect(0);
    let messages: u64 = scale("VECINO_BENCH_MESSAGES", 100_000);
    ana.send(&luis.id(), "hello");
    let mut control = luis.control();
    let (mut start, mut pictures) = (0, 0);
    let every = messages.saturating_sub(LAST) / PICTURES;
    while start < messages {
        let end =
            if messages - start > LAST { (start + every).min(messages - LAST) } else { (start + 5).min(messages) };
        say(&mut control, &ana_id, start..end)?;
        let picture = paint(folder, pictures)?;
        share(luis, &picture)?;
        (start, pictures) = (end, pictures + 1);
    }
    // What was said before an offer came before it.
    println!("    {messages} messages and {pictures} pictures");
    Ok(())
}

fn say(control: &mut Control, to: &str, numbers: std::ops::Range<u64>) -> Outcome<()> {
    let mut waiting = 0;
    for number in numbers {
        control.request("send", json!({ "peer": to, "text": words(number)?.as_str() }))?;
        waiting += 1;
        if waiting == AT_ONCE {
            control.answers(waiting)?;
            waiting = 0;
        }
    }
    Ok(control.answers(waiting)?)
}

fn share(luis: &Profile, picture: &Path) -> Outcome<()> {
    let share: Process = luis.start(&["share", "ana", picture.to_str().ok_or("no path")?]);
    share.output(Instant::now() + PATIENCE).expect(0);
    Ok(())
}

/// A photograph's size, and something to see.
fn paint(folder: &Path, number: u64) -> Outcome<PathBuf> {
    let (width, height) = (1_600_u32, 900 + 100 * u32::try_from(number % 4)?);
    let path = folder.join(format!("picture-{number}.png"));
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(&path)?), width, height);
    encoder.set_color(png::ColorType::Rgb);
    let dot = |place: u32| [(place / 9 % 256) as u8, (place / width % 256) as u8, (number * 40 % 256) as u8];
    let pixels: Vec<u8> = (0..width * height).flat_map(dot).collect();
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(path)
}

/// Whether there's the ground of what others said.
fn has_messages(log: &[u32]) -> bool {
    log.iter().filter(|dot| **dot == THEIRS).count() > 500
}

/// Goes to the conversation above or below; how long it took until all of it stood there.
fn press(desk: &Desk, key: u32) -> Outcome<Duration> {
    let before = desk.eye.log()?;
    let pressed = desk.hand.press(&[ALT, key])?;
    let settled = desk.eye.settled(&before, CALM)?.ok_or("the conversation doesn't change")?;
    Ok(settled - pressed)
}

/// Turns the wheel each frame, and tells how long each turn took to be seen, and in how many frames nothing moved: at their ends,
/// as a screen that shows a picture each frame would.
fn scroll(desk: &Desk, notch: u8, what: &str) -> Outcome<()> {
    let (mut times, mut still, mut row, mut longest) = (Times::new()?, 0, 0, 0);
    let (mut last, start) = (desk.eye.log()?, Instant::now());
    for number in 0..u32::try_from(NOTCHES)? {
        let end = start + FRAME * (number + 1);
        let turned = desk.hand.turn(notch)?;
        let mut seen = None;
        while Instant::now() < end {
            let now = Instant::now();
            if seen.is_none() && desk.eye.log()? != last {
                seen = Some(now);
            }
            thread::sleep(LOOK_PAUSE);
        }
        if let Some(seen) = seen {
            times.record(seen - turned)?;
        }
        let log = desk.eye.log()?;
        (still, row) = if log == last { (still + 1, row + 1) } else { (still, 0) };
        longest = longest.max(row);
        last = log;
    }
    times.tell(what);
    println!("    frames without movement: {still} of {NOTCHES}, {longest} of them in a row at most");
    Ok(())
}
