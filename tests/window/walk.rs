//! Once through the app by keys and clicks: from the first start to the end, beside a real peer.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::chat::wait_for_peer;
use crate::drag::Drag;
use crate::person::{Person, SIDEBAR, accept_button, found_bubble, others_bubble, own_bubble};
use crate::picture::{Block, Colour, Picture};
use crate::screen::{self, TOOLS, until};
use crate::support::process::Process;
use crate::support::profile::Profile;
use crate::support::{sandbox, within};

/// Milliseconds for all of it.
const STORY: u64 = 40_000;
const LIMIT: Duration = Duration::from_secs(80);

/// A colour that the app has nowhere.
const PAINT: Colour = 0xC8_1E_5A;

/// The ground of a conversation in the dark.
const DARK_GROUND: Colour = 0x17_19_1A;

/// In the settings at their first size: where the choices "Dark" and "Español" are.
const DARK: Block = Block { left: 629, top: 385, right: 657, bottom: 397 };
const SPANISH: Block = Block { left: 636, top: 457, right: 684, bottom: 469 };

#[test]
fn one_walks_through_the_whole_app() {
    sandbox::run_with(&TOOLS, LIMIT, || {
        let folder = screen::stage();
        let deadline = within(STORY);
        let luis = Profile::new("luis", folder.path().join("luis"));
        let (mut luis_node, _) = luis.ready_node();
        let ana = Person::start("ana", folder.path(), deadline);
        ana.introduce_themself();
        wait_for_peer(&mut ana.control(), "luis", true, deadline);
        ana.open_first_conversation();

        luis.run(&["send", "ana", "the patio stays"]).expect(0);
        ana.screen.wait_for("what luis wrote", others_bubble);
        ana.screen.write("show me");
        ana.screen.press("Return");
        luis_node.wait_for("the answer", deadline, |event| event["text"] == "show me");
        ana.screen.wait_for("own bubble", own_bubble);

        drop_a_file(&ana, &luis, &mut luis_node, deadline);
        see_a_picture(&ana, &luis, deadline);
        search(&ana);
        take_it_to_a_window_of_its_own(&ana);
        set(&ana, deadline);
        widen(&ana, deadline);

        ana.screen.resize(ana.screen.wait_for_windows(1)[0], (1_000, 700));
        let settings = ana.profile.data().join("settings.toml");
        ana.quit();
        let kept = fs::read_to_string(settings).unwrap();
        assert!(kept.contains("window_size = [1000, 700]"), "{kept}");
    });
}

/// Ana drags a file over the conversation, where it's said who will have it, and drops it. Luis takes it.
fn drop_a_file(ana: &Person, luis: &Profile, luis_node: &mut Process, deadline: Instant) {
    let path = ana.profile.home.join("the roof's plan.txt");
    fs::write(&path, "slate").unwrap();
    let window = ana.screen.wait_for_windows(1)[0];
    let drag = Drag::over(&ana.screen, window, (700, 400), &path, deadline);
    ana.screen.wait_for("cover over the conversation", |picture| others_bubble(picture).is_none().then_some(()));
    drag.release();
    let offered = luis_node.wait_for("offer", deadline, |event| event["event"] == "transfer");
    luis.run(&["accept", offered.json["id"].as_str().unwrap()]).expect(0);
    luis_node.wait_for("file", deadline, |event| event["event"] == "transfer" && event["state"] == "done");
    let name = path.file_name().unwrap();
    assert_eq!(fs::read_to_string(luis.downloads().join(name)).unwrap(), "slate");
}

/// Luis offers a picture. Once Ana has taken it, it's in the conversation, and fills the window at a press.
fn see_a_picture(ana: &Person, luis: &Profile, deadline: Instant) {
    let path = luis.home.join("patio.png");
    paint(&path);
    let share = luis.start(&["share", "ana", path.to_str().unwrap()]);
    ana.screen.click(ana.screen.wait_for("button to accept", accept_button));
    share.output(deadline).expect(0);
    let small = ana.screen.wait_for("picture", |picture| painted(picture, 100..=400));
    ana.screen.click(small);
    ana.screen.wait_for("large picture", |picture| painted(picture, 700..=1_180));
    ana.screen.press("Escape");
    ana.screen.wait_for("picture in its place", |picture| painted(picture, 100..=400));
}

fn painted(picture: &Picture, width: std::ops::RangeInclusive<usize>) -> Option<Block> {
    picture.blocks(PAINT).into_iter().find(|block| width.contains(&block.width()))
}

fn paint(path: &Path) {
    let (width, height) = (1_200, 800);
    let [_, red, green, blue] = PAINT.to_be_bytes();
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path).unwrap()), width, height);
    encoder.set_color(png::ColorType::Rgb);
    let pixels = [red, green, blue].repeat((width * height) as usize);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
}

/// What luis wrote is found among all that was said, and marked.
fn search(ana: &Person) {
    ana.screen.press("ctrl+f");
    ana.screen.write("stays");
    until_found(ana);
    for _ in 0..2 {
        ana.screen.press("Escape");
    }
    ana.screen.wait_for("end of the search", |picture| found_bubble(picture).is_none().then_some(()));
    ana.open_first_conversation();
}

/// What is typed is searched for; Enter goes there once it's found.
fn until_found(ana: &Person) {
    ana.screen.wait_for("mark around what was found", |picture| {
        found_bubble(picture).or_else(|| {
            ana.screen.press("Return");
            None
        })
    });
}

fn take_it_to_a_window_of_its_own(ana: &Person) {
    let main = ana.screen.wait_for_windows(1)[0];
    ana.screen.press("ctrl+shift+n");
    let windows = ana.screen.wait_for_windows(2);
    let own = windows.into_iter().find(|window| *window != main).unwrap();
    ana.screen.focus(own);
    ana.screen.press("ctrl+w");
    ana.screen.wait_for_windows(1);
    ana.screen.focus(main);
}

/// Dark, then Spanish: each applies at once, and is kept.
fn set(ana: &Person, deadline: Instant) {
    let kept = |line| until_set(ana, line, deadline);
    ana.screen.press("ctrl+comma");
    ana.screen.wait_for("settings", |picture| (picture.ink(DARK).len() > 20).then_some(()));
    ana.screen.click(DARK);
    kept("theme = \"dark\"");
    let is_ground = |block: &Block| block.width() > 600 && block.height() > 300;
    ana.screen.wait_for("the dark", |picture| picture.blocks(DARK_GROUND).into_iter().find(is_ground));
    ana.screen.click(SPANISH);
    kept("language = \"es\"");
}

/// The list is as wide as its edge is dragged, and that is kept.
fn widen(ana: &Person, deadline: Instant) {
    ana.screen.drag((SIDEBAR, 400), (SIDEBAR + 100, 430));
    until_set(ana, &format!("sidebar_width = {}", SIDEBAR + 100), deadline);
    let is_ground = |block: &Block| block.left == SIDEBAR + 101 && block.height() > 300;
    ana.screen.wait_for("the list's new edge", |picture| picture.blocks(DARK_GROUND).into_iter().find(is_ground));
}

fn until_set(ana: &Person, line: &str, deadline: Instant) {
    let settings = ana.profile.data().join("settings.toml");
    until(line, deadline, || fs::read_to_string(&settings).ok().filter(|kept| kept.contains(line)).map(drop));
}
