//! A person's desk: the program on a screen, a hand at it, and an eye that sees what changes in some lines of the picture
//! without copying all of it.

use std::fs::{self, File};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Pid;

use super::Outcome;
use super::hand::Hand;
use super::screen::Screen;
use super::support::control::Control;
use super::support::process::Process;
use super::support::profile::Profile;
use super::support::within;

/// What a whole measurement may take, in milliseconds: long, as it only ends what hangs.
pub const PATIENCE: u64 = 3_600_000;

/// Pause between two looks.
pub const LOOK_PAUSE: Duration = Duration::from_micros(500);

/// Where the sidebar ends at first, and where the composer's one line is in a window of the first size.
pub const SIDEBAR: u32 = 304;
pub const COMPOSER: Range<u32> = 712..744;

/// Where what was said is.
pub const LOG: Range<u32> = 80..680;

/// The width of the window at first.
pub const WIDTH: u32 = 1180;

/// A profile with a screen, on which the program may run.
pub struct Desk {
    pub profile: Profile,
    pub screen: Screen,
    pub hand: Hand,
    pub eye: Eye,
    app: Option<Process>,
    backend: String,
}

impl Desk {
    /// In `folder`, drawn as iced's backend of this name does it.
    pub fn set_up(nickname: &str, folder: &Path, backend: &str) -> Outcome<Self> {
        let profile = Profile::new(nickname, folder.join(nickname));
        fs::create_dir(profile.data())?;
        let settings = toml::Table::from_iter([
            ("nickname".to_owned(), nickname.into()),
            ("accept".to_owned(), "all".into()),
            ("download_dir".to_owned(), profile.downloads().display().to_string().into()),
        ]);
        fs::write(profile.data().join("settings.toml"), settings.to_string())?;
        let pixels = profile.home.join("screen");
        let screen = Screen::start(nickname, pixels.clone(), within(PATIENCE));
        let eye = Eye::on(&pixels.join("Xvfb_screen0"))?;
        let hand = Hand::at(screen.display())?;
        Ok(Self { profile, screen, hand, eye, app: None, backend: backend.to_owned() })
    }

    /// Starts the program; the moment before.
    pub fn open(&mut self) -> Instant {
        let mut app = self.profile.command(&["--listen", "/ip4/127.0.0.1/tcp/0"]);
        app.env("DISPLAY", self.screen.display()).env("ICED_BACKEND", &self.backend);
        let before = Instant::now();
        self.app = Some(Process::start(format!("{}'s app", self.profile.nickname), app));
        before
    }

    /// Waits for the window and gives it the keyboard.
    pub fn wait_for_window(&self) {
        self.screen.wait_for_window();
    }

    /// A connection to the node behind the window, once there's one.
    pub fn control(&self) -> Outcome<Control> {
        let socket = self.profile.data().join("control.sock");
        let end = within(20_000);
        while std::os::unix::net::UnixStream::connect(&socket).is_err() {
            if Instant::now() > end {
                return Err("no node behind the window".into());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(self.profile.control())
    }

    /// The program's number.
    pub fn pid(&self) -> Outcome<Pid> {
        Ok(self.app.as_ref().ok_or("the app isn't open")?.pid())
    }

    /// Closes the program, which has to end well.
    pub fn close(&mut self) -> Outcome<()> {
        self.app.take().ok_or("the app isn't open")?.terminate();
        self.screen.wait_for("empty screen", |picture| (picture.at(590, 380) == 0).then_some(()));
        Ok(())
    }
}

impl Drop for Desk {
    /// The program ends before the screen, without which it can't be.
    fn drop(&mut self) {
        self.app = None;
    }
}

/// What looks at the screen's memory.
pub struct Eye {
    pixels: File,
    start: u64,
    line: u64,
}

impl Eye {
    /// On an X window dump as Xvfb keeps one of its screen: `X11/XWDFile.h`.
    fn on(path: &Path) -> Outcome<Self> {
        let pixels = File::open(path)?;
        let field = |place: u64| -> Outcome<u64> {
            let mut bytes = [0; 4];
            pixels.read_exact_at(&mut bytes, place * 4)?;
            Ok(u32::from_be_bytes(bytes).into())
        };
        // Each entry of the colour map has 12 bytes.
        let (start, line) = (field(0)? + field(19)? * 12, field(12)?);
        Ok(Self { pixels, start, line })
    }

    /// The pixels of a part of a line.
    pub fn line(&self, y: u32, columns: Range<u32>) -> Outcome<Vec<u32>> {
        let mut bytes = vec![0; (columns.len()) * 4];
        self.pixels.read_exact_at(&mut bytes, self.start + u64::from(y) * self.line + u64::from(columns.start) * 4)?;
        let pixels = bytes.as_chunks::<4>().0.iter().map(|pixel| u32::from_le_bytes(*pixel) & 0x00FF_FFFF);
        Ok(pixels.collect())
    }

    /// Each `step`-th line of a part of the picture.
    pub fn lines(&self, lines: Range<u32>, step: usize, columns: Range<u32>) -> Outcome<Vec<u32>> {
        let mut pixels = Vec::new();
        for y in lines.step_by(step) {
            pixels.extend(self.line(y, columns.clone())?);
        }
        Ok(pixels)
    }

    /// A few lines of what was said, which no other part of the window touches: the bar to scroll by stays out.
    pub fn log(&self) -> Outcome<Vec<u32>> {
        self.lines(LOG, 15, SIDEBAR + 8..WIDTH - 24)
    }

    /// Looks again and again until `seen` says yes, or `patience` has passed; the moment of the look.
    pub fn until(
        &self,
        what: &str,
        patience: Duration,
        mut seen: impl FnMut(&Self) -> Outcome<bool>,
    ) -> Outcome<Instant> {
        let start = Instant::now();
        loop {
            let now = Instant::now();
            if seen(self)? {
                return Ok(now);
            }
            if now - start > patience {
                return Err(format!("no {what} in time").into());
            }
            thread::sleep(LOOK_PAUSE);
        }
    }

    /// When what was said last changed, once it stays as it is for `calm`; nothing if it stays as `before`.
    pub fn settled(&self, before: &[u32], calm: Duration) -> Outcome<Option<Instant>> {
        let (mut last, mut changed, start) = (before.to_vec(), None, Instant::now());
        loop {
            let now = Instant::now();
            let log = self.log()?;
            if log != last {
                (last, changed) = (log, Some(now));
            }
            if now - changed.unwrap_or(start) > calm {
                return Ok(changed);
            }
            thread::sleep(LOOK_PAUSE);
        }
    }
}
