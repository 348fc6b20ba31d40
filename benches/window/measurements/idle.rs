//! What the program takes while nobody does anything, with people here and a conversation open.

use std::thread;
use std::time::Duration;

use super::super::Outcome;
use super::super::crowd::{Speaker, words};
use super::super::desk::Desk;
use super::super::hand::CONTROL;
use super::super::screen;
use super::super::usage::{Memory, mb, processor_time};
use super::{address, runtime, watched};

const PEOPLE: usize = 10;
const MESSAGES: u64 = 200;

/// Until what starting has begun is done.
const REST: Duration = Duration::from_secs(15);

pub fn measure(backend: &str) -> Outcome<()> {
    let folder = screen::stage();
    let mut desk = Desk::set_up("ana", folder.path(), backend)?;
    desk.open();
    let mut control = desk.control()?;
    watch(&desk, &format!("{backend}: nobody here"))?;
    let runtime = runtime()?;
    let at = address(&mut control)?;
    let speakers = runtime.block_on(async {
        let mut speakers = Vec::new();
        for number in 0..PEOPLE {
            let speaker = Speaker::start(&format!("person {number}"), &at).await?;
            control.send(&speaker.id.to_string(), "hello");
            speaker.say((0..MESSAGES).map(words).collect::<Outcome<_>>()?).await?;
            speakers.push(speaker);
        }
        Outcome::Ok(speakers)
    })?;
    let before = desk.eye.log()?;
    watch(&desk, &format!("{backend}: {PEOPLE} people here, the window not in front"))?;
    desk.wait_for_window();
    desk.hand.press(&[CONTROL, '1' as u32])?;
    desk.eye.settled(&before, Duration::from_secs(1))?.ok_or("no conversation opens")?;
    watch(&desk, &format!("{backend}: a conversation in front, the cursor in its composer"))?;
    drop(speakers);
    desk.close()?;
    Ok(())
}

fn watch(desk: &Desk, what: &str) -> Outcome<()> {
    thread::sleep(REST);
    let (pid, time) = (desk.pid()?, watched());
    let before = processor_time(pid)?;
    thread::sleep(time);
    let share = (processor_time(pid)? - before).as_secs_f64() / time.as_secs_f64() * 100.0;
    let Memory { resident, own } = Memory::of(pid)?;
    println!("{what:<64} {share:.3} % of a core, {:.1} MB resident, {:.1} of them its own", mb(resident), mb(own));
    Ok(())
}
