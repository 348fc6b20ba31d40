//! A day at work in a few minutes: very many messages by very many people, whose conversations are opened, read back in,
//! taken to windows of their own and closed again. What the program takes has to stay within what it keeps on purpose.

use std::thread;
use std::time::{Duration, Instant};

use super::super::Outcome;
use super::super::crowd::{Speaker, words};
use super::super::desk::Desk;
use super::super::hand::{ALT, CONTROL, DOWN, SHIFT, UP, WHEEL_UP};
use super::super::screen;
use super::super::support::scale;
use super::super::usage::{Memory, mb};
use super::{address, runtime};

/// Those who write at the same time.
const AT_ONCE: usize = 10;

/// Into how many parts the day falls, after each of which is looked what the program takes.
const HOURS: usize = 8;

/// Conversations that are opened in each.
const OPENED: usize = 100;

/// Of those every so many is taken to a window of its own.
const POPPED_OUT: usize = 5;

/// Until what is shown of a thing is there.
const BEAT: Duration = Duration::from_millis(60);

/// How often keys are pressed that have no effect.
const TRIES: usize = 5;

/// Until what an hour has begun is done.
const REST: Duration = Duration::from_secs(5);

pub fn measure(backend: &str) -> Outcome<()> {
    let messages: u64 = scale("VECINO_BENCH_DAY", 1_000_000);
    let people: usize = scale("VECINO_BENCH_PEOPLE", 1_000);
    let folder = screen::stage();
    let mut desk = Desk::set_up("ana", folder.path(), backend)?;
    desk.open();
    let mut control = desk.control()?;
    let at = address(&mut control)?;
    desk.wait_for_window();
    desk.hand.point(700, 400)?;
    let runtime = runtime()?;
    tell(&desk, "at the start")?;
    let of_each = messages / people as u64;
    let mut said = 0;
    for hour in 1..=HOURS {
        let start = Instant::now();
        let of_this_hour = people * hour / HOURS - people * (hour - 1) / HOURS;
        for part in 0..of_this_hour.div_ceil(AT_ONCE) {
            let now = AT_ONCE.min(of_this_hour - part * AT_ONCE);
            runtime.block_on(async {
                let mut speakers = Vec::new();
                for number in 0..now {
                    let nickname = format!("person {hour}-{part}-{number}");
                    let speaker = Speaker::start(&nickname, &at).await?;
                    control.send(&speaker.id.to_string(), "hello");
                    speakers.push(speaker);
                }
                let says = speakers.iter().zip(0..).map(|(speaker, number)| async move {
                    speaker.say((number..number + of_each).map(words).collect::<Outcome<_>>()?).await
                });
                futures::future::try_join_all(says).await?;
                for speaker in speakers {
                    speaker.leave().await?;
                }
                Outcome::Ok(())
            })?;
            said += now as u64 * of_each;
            look_around(&desk, OPENED * now / of_this_hour.max(1))?;
        }
        thread::sleep(REST);
        let minutes = start.elapsed().as_secs_f64() / 60.0;
        tell(&desk, &format!("after hour {hour}, {said} messages, {minutes:.1} minutes"))?;
    }
    desk.close()
}

/// Opens conversations, reads back in them, and takes some to windows of their own, which are closed again.
fn look_around(desk: &Desk, conversations: usize) -> Outcome<()> {
    for number in 0..conversations {
        desk.hand.press(&[ALT, if number % 3 == 2 { UP } else { DOWN }])?;
        thread::sleep(BEAT);
        for _ in 0..10 {
            desk.hand.turn(WHEEL_UP)?;
        }
        thread::sleep(BEAT);
        if number % POPPED_OUT == 0 {
            let windows = press_until(desk, &[CONTROL, SHIFT, 'n' as u32], 2)?;
            // The later one.
            desk.screen.focus(windows.into_iter().max().ok_or("no window")?);
            thread::sleep(BEAT);
            let main = press_until(desk, &[CONTROL, 'w' as u32], 1)?;
            desk.screen.focus(main.into_iter().max().ok_or("no window")?);
        }
    }
    Ok(())
}

/// Presses keys until there are so many windows: without a window manager a key may come to none.
fn press_until(desk: &Desk, keys: &[u32], count: usize) -> Outcome<Vec<u32>> {
    for _ in 0..TRIES {
        desk.hand.press(keys)?;
        let end = Instant::now() + REST;
        while Instant::now() < end {
            let windows = desk.screen.windows();
            if windows.len() == count {
                return Ok(windows);
            }
            thread::sleep(BEAT);
        }
        let last = desk.screen.windows().into_iter().max().ok_or("no window")?;
        desk.screen.focus(last);
    }
    Err(format!("there aren't {count} windows").into())
}

fn tell(desk: &Desk, when: &str) -> Outcome<()> {
    let Memory { resident, own } = Memory::of(desk.pid()?)?;
    println!("{when:<52} {:>7.1} MB resident, {:>7.1} of them its own", mb(resident), mb(own));
    Ok(())
}
