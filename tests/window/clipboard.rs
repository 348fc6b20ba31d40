//! What Ctrl+V brings: words, files that were copied, and pictures such as screenshots.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::chat::wait_for_peer;
use crate::person::Person;
use crate::screen::{self, TOOLS, until};
use crate::selection::{Clipboard, FILES, uris};
use crate::support::profile::Profile;
use crate::support::{sandbox, within};

/// Milliseconds for all of it.
const STORY: u64 = 40_000;
const LIMIT: Duration = Duration::from_secs(80);

const WORDS: &str = "hola desde el portapapeles";

/// The picture's size, and its colour.
const SIZE: (u32, u32) = (300, 200);
const RED: [u8; 4] = [0xC8, 0x1E, 0x5A, 0xFF];

/// A picture, as programs give it to each other.
fn picture() -> Vec<u8> {
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, SIZE.0, SIZE.1);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header().unwrap().write_image_data(&pixels()).unwrap();
    png
}

fn pixels() -> Vec<u8> {
    RED.repeat((SIZE.0 * SIZE.1) as usize)
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

        let clipboard = Clipboard::hold(&ana.screen, "UTF8_STRING", WORDS.into());
        ana.screen.press("ctrl+v");
        ana.screen.press("Return");
        luis_node.wait_for("pasted words", deadline, |event| event["text"] == WORDS);
        drop(clipboard);

        let plans = ["plan.odt", "patio.svg"].map(|name| ana.profile.home.join(name));
        plans.iter().for_each(|path| fs::write(path, path.to_str().unwrap()).unwrap());
        let clipboard = Clipboard::hold(&ana.screen, FILES, uris(&plans));
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
    let clipboard = Clipboard::hold(&ana.screen, "image/png", picture());
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
    assert_eq!((frame.width, frame.height), SIZE);
    assert!(pixels == self::pixels(), "other pixels");
}
