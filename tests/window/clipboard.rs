//! What Ctrl+V brings: words, files that were copied, and pictures such as screenshots.

use std::borrow::Cow;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, thread};

use arboard::{Clipboard, ImageData};
use serde_json::json;

use crate::chat::wait_for_peer;
use crate::person::Person;
use crate::screen::{self, TOOLS, until};
use crate::support::process::Process;
use crate::support::profile::Profile;
use crate::support::{sandbox, within};

/// Milliseconds for all of it.
const STORY: u64 = 40_000;
const LIMIT: Duration = Duration::from_secs(80);

const WORDS: &str = "hola desde el portapapeles";

/// The picture's size, and its colour.
const SIZE: (usize, usize) = (300, 200);
const RED: [u8; 4] = [0xC8, 0x1E, 0x5A, 0xFF];

/// What a program is to hold on the clipboard, and the file that it makes once it does.
const HELD: &str = "VECINO_TEST_CLIPBOARD";
const READY: &str = "VECINO_TEST_CLIPBOARD_READY";

/// The program that has the clipboard, which is a process of its own: it knows its screen by its environment. It's run by the
/// others here, and ended by them.
#[test]
#[ignore = "run by the other tests here"]
fn holder() {
    let held = env::var(HELD).unwrap();
    let mut clipboard = Clipboard::new().unwrap();
    match held.split_once(':').unwrap() {
        ("words", words) => clipboard.set_text(words).unwrap(),
        ("files", paths) => clipboard.set().file_list(&paths.split(':').collect::<Vec<_>>()).unwrap(),
        _ => {
            let (width, height) = SIZE;
            let bytes = Cow::from(RED.repeat(width * height));
            clipboard.set_image(ImageData { width, height, bytes }).unwrap();
        }
    }
    File::create(env::var_os(READY).unwrap()).unwrap();
    loop {
        thread::park();
    }
}

/// Has this on somebody's clipboard, until what is returned is dropped or something else is there.
fn copy(person: &Person, held: &str, deadline: Instant) -> Process {
    let ready = person.profile.home.join("held");
    let mut holder = Command::new(env::current_exe().unwrap());
    holder.args(["--exact", "clipboard::holder", "--ignored", "--nocapture"]);
    holder.env("DISPLAY", person.screen.display()).env(HELD, held).env(READY, &ready);
    let holder = Process::start(format!("{}'s clipboard", person.profile.nickname), holder);
    until("clipboard", deadline, || ready.exists().then_some(()));
    fs::remove_file(ready).unwrap();
    holder
}

/// What a person has received, by the endings of the names.
fn received(person: &Profile, ending: &str) -> Option<PathBuf> {
    let names = fs::read_dir(person.downloads()).unwrap().map(|entry| entry.unwrap().path());
    names.into_iter().find(|path| path.extension().is_some_and(|extension| extension == ending))
}

#[test]
fn words_files_and_pictures_are_pasted() {
    sandbox::run_with(&TOOLS, LIMIT, || {
        let folder = screen::stage();
        let deadline = within(STORY);
        let mut luis = Profile::new("luis", folder.path().join("luis"));
        luis.node_args = ["--accept", "all"].map(str::to_owned).into();
        let (mut luis_node, _) = luis.ready_node();
        let mut ana = Person::start("ana", folder.path(), deadline);
        ana.introduce_themself();
        wait_for_peer(&mut ana.control(), "luis", true, deadline);
        ana.open_first_conversation();

        let clipboard = copy(&ana, &format!("words:{WORDS}"), deadline);
        ana.screen.press("ctrl+v");
        ana.screen.press("Return");
        luis_node.wait_for("pasted words", deadline, |event| event["text"] == WORDS);
        drop(clipboard);

        let plans = ["plan.odt", "patio.svg"].map(|name| ana.profile.home.join(name));
        plans.iter().for_each(|path| fs::write(path, path.to_str().unwrap()).unwrap());
        let [first, second] = plans.each_ref().map(|path| path.to_str().unwrap());
        let clipboard = copy(&ana, &format!("files:{first}:{second}"), deadline);
        ana.screen.press("ctrl+v");
        for path in &plans {
            let there = luis.downloads().join(path.file_name().unwrap());
            let content = until("pasted file", deadline, || fs::read_to_string(&there).ok());
            assert_eq!(content, path.to_str().unwrap());
        }
        drop(clipboard);

        luis_node.terminate();
        wait_for_peer(&mut ana.control(), "luis", false, deadline);
        keep_a_picture(&ana, deadline);
        ana.crash();
        ana.screen.wait_for_window();
        let _luis_node = luis.ready_node();
        let picture = until("pasted picture", deadline, || received(&luis, "png"));
        assert!(picture.file_name().unwrap().to_str().unwrap().starts_with("Picture "), "{}", picture.display());
        assert_red(&picture);
        let kept = ana.profile.data().join("transfers");
        until("end of what was kept of it", deadline, || fs::read_dir(&kept).unwrap().next().is_none().then_some(()));
        ana.quit();
    });
}

/// Ana pastes a picture for Luis, who isn't there. It doesn't stay on the clipboard.
fn keep_a_picture(ana: &Person, deadline: Instant) {
    let clipboard = copy(ana, "picture:", deadline);
    ana.screen.press("ctrl+v");
    let mut control = ana.control();
    until("offer of a picture", deadline, || {
        let offered = control.call("transfers", json!({}))[0].take();
        (offered["state"] == "offered").then_some(())
    });
    drop(clipboard);
}

fn assert_red(path: &Path) {
    let mut reader = png::Decoder::new(std::io::BufReader::new(File::open(path).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((frame.width as usize, frame.height as usize), SIZE);
    assert!(pixels == RED.repeat(SIZE.0 * SIZE.1), "other pixels");
}
