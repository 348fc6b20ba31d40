//! Somebody at a computer, and what is to be seen in their window.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use crate::picture::{Block, Colour, Picture};
use crate::screen::{Screen, until};
use crate::support::control::Control;
use crate::support::process::Process;
use crate::support::profile::Profile;

/// Colours of the look, in its light theme.
const WARNING: Colour = 0xFFF4DF;
const ACCENT: Colour = 0x0B7A75;
const MINE: Colour = 0xD9F0ED;
const THEIRS: Colour = 0xF1EFEB;
const TEXT: Colour = 0x1E1F1E;

/// Where the sidebar ends and conversations begin, and where the composer does.
pub const SIDEBAR: usize = 304;
const COMPOSER: Block = Block { left: SIDEBAR + 1, top: 695, right: 1179, bottom: 759 };

/// How far down a band above all else reaches.
const BAND: usize = 110;

/// A person with the app open.
pub struct Person {
    pub profile: Profile,
    pub screen: Screen,
    app: Option<Process>,
    deadline: Instant,
}

impl Person {
    /// Opens the app for the first time. All that happens to this person has to happen by `deadline`.
    pub fn start(nickname: &str, folder: &Path, deadline: Instant) -> Self {
        Self::start_with(nickname, folder, deadline, &[], &[])
    }

    /// The same, with more arguments, and more in its environment.
    pub fn start_with(
        nickname: &str,
        folder: &Path,
        deadline: Instant,
        args: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let profile = Profile::new(nickname, folder.join(nickname));
        let screen = Screen::start(nickname, profile.home.join("screen"), deadline);
        let app = Some(open(&profile, &screen, args, environment));
        Self { profile, screen, app, deadline }
    }

    /// The same, where these settings are written and this is in the environment.
    pub fn start_set(
        nickname: &str,
        folder: &Path,
        deadline: Instant,
        settings: &str,
        environment: &[(&str, &str)],
    ) -> Self {
        let data = Profile::new(nickname, folder.join(nickname)).data();
        fs::create_dir_all(&data).unwrap();
        fs::write(data.join("settings.toml"), settings).unwrap();
        Self::start_with(nickname, folder, deadline, &[], environment)
    }

    /// What the app has written to its standard error.
    pub fn log(&self) -> String {
        self.app.as_ref().unwrap().stderr()
    }

    /// The app ends as with the computer, and is opened again.
    pub fn crash(&mut self) {
        self.app.take().unwrap().kill9();
        self.app = Some(open(&self.profile, &self.screen, &[], &[]));
    }

    /// Says what people should call them, in place of what the app proposes.
    pub fn introduce_themself(&self) {
        self.screen.wait_for_window();
        self.screen.wait_for("button to start", start_button);
        self.screen.write(&self.profile.nickname);
        self.screen.press("Return");
    }

    /// A connection to the node behind the window, once there is one.
    pub fn control(&self) -> Control {
        let socket = self.profile.data().join("control.sock");
        until("node behind the window", self.deadline, || UnixStream::connect(&socket).ok());
        self.profile.control()
    }

    /// Waits until somebody is here, and reached directly.
    pub fn wait_for_peer(&self, nickname: &str) {
        let mut control = self.control();
        until(nickname, self.deadline, || {
            let peers = control.call("peers", json!({}));
            let is_it = |peer: &Value| peer["nickname"] == nickname && peer["path"] == "direct";
            peers.as_array().unwrap().iter().any(is_it).then_some(())
        });
    }

    /// Opens the first conversation of the list, and waits until one can write there.
    pub fn open_first_conversation(&self) {
        until("cursor in the composer", self.deadline, || {
            // Whom the node knows the window knows a moment later.
            self.screen.press("ctrl+1");
            caret(&self.screen.picture())
        });
    }

    /// Closes the app, which has to end well.
    pub fn quit(self) {
        self.screen.press("ctrl+q");
        self.see_the_end();
    }

    /// Waits for the end of the app, which has to be a good one.
    pub fn see_the_end(mut self) {
        self.app.take().unwrap().output(self.deadline).expect(0);
    }
}

fn open(profile: &Profile, screen: &Screen, args: &[&str], environment: &[(&str, &str)]) -> Process {
    let mut app = profile.command(&[&["--listen", "/ip4/127.0.0.1/tcp/0"], args].concat());
    app.env("DISPLAY", screen.display()).envs(environment.iter().copied());
    Process::start(format!("{}'s app", profile.nickname), app)
}

impl Drop for Person {
    /// Keeps what the person saw last where the test fails. The app ends before the screen, without which it can't be.
    fn drop(&mut self) {
        if thread::panicking() {
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("window-{}.png", self.profile.nickname));
            self.screen.picture().save(&path);
            eprintln!("--- what {} saw last: {}", self.profile.nickname, path.display());
        }
        self.app = None;
    }
}

/// The button of the first start.
fn start_button(picture: &Picture) -> Option<Block> {
    picture.blocks(ACCENT).into_iter().find(is_button)
}

/// The one button in a conversation for what is likely wanted: to accept an offer.
pub fn accept_button(picture: &Picture) -> Option<Block> {
    picture
        .blocks(ACCENT)
        .into_iter()
        .find(|block| block.left > SIDEBAR && block.bottom < COMPOSER.top && is_button(block))
}

/// The button of what is likely wanted in a band above all else.
pub fn button_above(picture: &Picture) -> Option<Block> {
    picture.blocks(ACCENT).into_iter().find(|block| block.bottom < BAND && block.width() > 40 && block.height() >= 28)
}

/// The band that says something above all else.
pub fn notice(picture: &Picture) -> Option<Block> {
    picture.blocks(WARNING).into_iter().find(|block| block.top < BAND && block.width() > SIDEBAR)
}

/// The count of what is unread. An avatar may have its colour, but not its size.
pub fn badge(picture: &Picture) -> Option<Block> {
    let is_badge = |block: &Block| block.right < SIDEBAR && (16..=24).contains(&block.height()) && block.width() >= 16;
    picture.blocks(ACCENT).into_iter().find(is_badge)
}

/// Whether the words in the composer look as those in the other's latest bubble, which stand on another ground: that
/// may turn one dot in a hundred. While the cursor is lit they don't.
pub fn words_are_the_others(picture: &Picture) -> Option<()> {
    let said = picture.ink(others_bubble(picture)?);
    let turned = picture.ink(COMPOSER).symmetric_difference(&said).count();
    (!said.is_empty() && turned * 100 <= said.len()).then_some(())
}

/// The latest bubble or card of this person's own.
pub fn own_bubble(picture: &Picture) -> Option<Block> {
    bubble(picture, MINE)
}

/// The latest bubble or card of the other's.
pub fn others_bubble(picture: &Picture) -> Option<Block> {
    bubble(picture, THEIRS)
}

fn bubble(picture: &Picture, ground: Colour) -> Option<Block> {
    let is_bubble = |block: &Block| block.left > SIDEBAR && block.width() > 60 && block.height() > 30;
    picture.blocks(ground).into_iter().rfind(is_bubble)
}

/// The mark around a bubble that was searched for, or the upper edge of it where the corners are too soft to be of its colour.
pub fn found_bubble(picture: &Picture) -> Option<Block> {
    let is_in_place = |block: &Block| block.left > SIDEBAR && block.bottom < COMPOSER.top && block.width() > 60;
    // Within it is the bubble's own ground.
    let is_around = |block: &Block| picture.at(block.centre().0, block.top + 4) == THEIRS;
    picture.blocks(ACCENT).into_iter().find(|block| is_in_place(block) && is_around(block))
}

/// The cursor in the composer, which blinks.
fn caret(picture: &Picture) -> Option<Block> {
    let is_caret = |block: &Block| block.top > COMPOSER.top && block.width() <= 2 && block.height() >= 14;
    picture.blocks(TEXT).into_iter().find(is_caret)
}

fn is_button(block: &Block) -> bool {
    (28..=44).contains(&block.height()) && block.width() > 50
}
