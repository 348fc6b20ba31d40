//! From the program's start to what is first seen, and to the people in the sidebar.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::Outcome;
use super::super::crowd::{Speaker, words};
use super::super::desk::Desk;
use super::super::screen;
use super::super::support::control::Control;
use super::{Times, address, runs, runtime};

/// As many as have written to somebody who has used it for a while.
const PEOPLE: usize = 30;
const MESSAGES: u64 = 100;

const PATIENCE: Duration = Duration::from_secs(20);

/// Where avatars are, and where nothing else is.
const AVATARS: std::ops::Range<u32> = 12..40;
const ROWS: std::ops::Range<u32> = 130..740;

pub fn measure(backend: &str) -> Outcome<()> {
    let folder = screen::stage();
    let mut desk = Desk::set_up("ana", folder.path(), backend)?;
    first(&mut desk, backend)?;
    used(&mut desk, backend)?;
    Ok(())
}

/// What is seen by who has never met anybody.
fn first(desk: &mut Desk, backend: &str) -> Outcome<()> {
    let mut frames = Times::new()?;
    for _ in 0..runs() {
        let start = desk.open();
        let seen =
            desk.eye.until("first frame", PATIENCE, |eye| Ok(eye.line(380, 0..1_180)?.iter().any(|dot| *dot != 0)))?;
        frames.record(seen - start)?;
        desk.control()?;
        desk.close()?;
    }
    frames.tell(&format!("{backend}: to the first frame, an empty profile"));
    Ok(())
}

/// What is seen by who has used it.
fn used(desk: &mut Desk, backend: &str) -> Outcome<()> {
    desk.open();
    meet(&mut desk.control()?)?;
    desk.close()?;
    let (mut frames, mut lists) = (Times::new()?, Times::new()?);
    for _ in 0..runs() {
        let start = desk.open();
        let seen =
            desk.eye.until("first frame", PATIENCE, |eye| Ok(eye.line(380, 0..1_180)?.iter().any(|dot| *dot != 0)))?;
        frames.record(seen - start)?;
        let listed = desk.eye.until("list", PATIENCE, |eye| {
            let colours: BTreeSet<u32> = eye.lines(ROWS, 8, AVATARS)?.into_iter().collect();
            Ok(colours.len() > 8)
        })?;
        lists.record(listed - start)?;
        desk.close()?;
    }
    frames.tell(&format!("{backend}: to the first frame, {PEOPLE} conversations"));
    lists.tell(&format!("{backend}: to the list of conversations"));
    Ok(())
}

fn meet(control: &mut Control) -> Outcome<()> {
    let at = address(control)?;
    runtime()?.block_on(async {
        for number in 0..PEOPLE {
            let speaker = Speaker::start(&format!("person {number}"), &at).await?;
            control.send(&speaker.id.to_string(), "hello");
            speaker.say((0..MESSAGES).map(words).collect::<Outcome<_>>()?).await?;
            speaker.leave().await?;
        }
        Ok(())
    })
}
