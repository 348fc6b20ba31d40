//! A screen without glass, with a keyboard and a pointer.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::picture::{Block, Picture};
use crate::support::process::{Output, Process};
use crate::support::{sandbox, within};

/// What has to be installed, with the Debian package of each.
pub const TOOLS: [(&str, &str); 2] = [("Xvfb", "xvfb"), ("xdotool", "xdotool")];

/// Where X servers have their sockets.
const SOCKETS: &str = "/tmp/.X11-unix";

/// As large as the app's window at first, which fills it.
const SIZE: &str = "1180x760x24";

/// Milliseconds until an Xvfb has to serve.
const STARTS_WITHIN: u64 = 10_000;

/// Milliseconds that a call of xdotool may take.
const MOVES_WITHIN: u64 = 10_000;

/// Pause between two looks.
const LOOK_PAUSE: Duration = Duration::from_millis(20);

/// An Xvfb of its own.
pub struct Screen {
    display: String,
    folder: PathBuf,
    deadline: Instant,
    _server: Process,
}

/// Sets the stage of a story, in its sandbox: a network on which people find each other, room for their screens that is the
/// sandbox's own (every display is free, and no socket outlives it), and a folder for all that they keep.
pub fn stage() -> TempDir {
    sandbox::script("ip link set lo up multicast on && ip route add 224.0.0.0/4 dev lo");
    sandbox::script(&format!("mkdir -p -m 1777 {SOCKETS} && mount -t tmpfs tmpfs {SOCKETS}"));
    tempfile::tempdir().unwrap()
}

impl Screen {
    /// Starts one that keeps its picture in `folder`. Whatever is waited for on it has to come by `deadline`.
    pub fn start(name: &str, folder: PathBuf, deadline: Instant) -> Self {
        fs::create_dir(&folder).unwrap();
        let display = format!(":{}", fs::read_dir(SOCKETS).unwrap().count());
        let mut xvfb = Command::new("Xvfb");
        // No lock, which would be a file outside of the sandbox; once it serves, it says so.
        xvfb.args([
            &display,
            "-nolock",
            "-noreset",
            "-displayfd",
            "1",
            "-nolisten",
            "tcp",
            "-screen",
            "0",
            SIZE,
            "-fbdir",
        ]);
        xvfb.arg(&folder);
        let mut server = Process::start(format!("the screen of {name}"), xvfb);
        server.wait_for("display", within(STARTS_WITHIN), serde_json::Value::is_u64);
        Self { display, folder, deadline, _server: server }
    }

    /// What programs find it by.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// Waits for the window of vecino, and gives it the keyboard.
    pub fn wait_for_window(&self) {
        let window = until("window", self.deadline, || self.windows().first().copied());
        self.focus(window);
    }

    /// The windows of vecino by their numbers.
    pub fn windows(&self) -> Vec<u32> {
        let found = self.xdotool(&["search", "--onlyvisible", "--class", "^vecino$"]);
        found.stdout.lines().map(|number| number.parse().unwrap()).collect()
    }

    /// Waits until vecino has so many.
    pub fn wait_for_windows(&self, count: usize) -> Vec<u32> {
        let name = format!("moment with {count} windows");
        until(&name, self.deadline, || Some(self.windows()).filter(|windows| windows.len() == count))
    }

    /// Gives a window the keyboard, as a window manager would.
    pub fn focus(&self, window: u32) {
        self.xdotool(&["windowfocus", "--sync", &window.to_string()]).expect(0);
    }

    /// Waits until what is on the screen fits, and returns what was found there.
    pub fn wait_for<T>(&self, what: &str, mut look: impl FnMut(&Picture) -> Option<T>) -> T {
        until(what, self.deadline, || look(&self.picture()))
    }

    /// What is on it now.
    pub fn picture(&self) -> Picture {
        Picture::from_xwd(&fs::read(self.folder.join("Xvfb_screen0")).unwrap())
    }

    /// Types.
    pub fn write(&self, words: &str) {
        self.xdotool(&["type", "--delay", "10", words]).expect(0);
    }

    /// Presses a key, or several together: `ctrl+1`.
    pub fn press(&self, key: &str) {
        self.xdotool(&["key", key]).expect(0);
    }

    /// Clicks in the middle of a block.
    pub fn click(&self, block: Block) {
        let (x, y) = block.centre();
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string(), "click", "1"]).expect(0);
    }

    /// Takes hold of what is at one point and lets it go at another.
    pub fn drag(&self, (x, y): (usize, usize), (to_x, to_y): (usize, usize)) {
        let [x, y, to_x, to_y] = [x, y, to_x, to_y].map(|at| at.to_string());
        self.xdotool(&["mousemove", &x, &y, "mousedown", "1", "mousemove", &to_x, &to_y, "mouseup", "1"]).expect(0);
    }

    /// Makes a window another size, as a window manager would.
    pub fn resize(&self, window: u32, (width, height): (usize, usize)) {
        let args = ["windowsize", "--sync", &window.to_string(), &width.to_string(), &height.to_string()];
        self.xdotool(&args).expect(0);
    }

    fn xdotool(&self, args: &[&str]) -> Output {
        let mut xdotool = Command::new("xdotool");
        xdotool.args(args).env("DISPLAY", &self.display);
        Process::start(format!("xdotool {}", args.join(" ")), xdotool).output(within(MOVES_WITHIN))
    }
}

/// Looks again and again until `look` finds something, which has to be there by `deadline`.
pub fn until<T>(what: &str, deadline: Instant, mut look: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "no {what} in time");
        thread::sleep(LOOK_PAUSE);
    }
}
