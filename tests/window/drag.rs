//! Files that are dragged over a window and dropped there, as a file manager does it: XDND, version 5, by its source's side.

use std::path::Path;
use std::time::Instant;

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;

use crate::screen::{Screen, until};
use crate::selection::{FILES, Selection, uris};

/// The version that every program knows.
const VERSION: u32 = 5;

/// Files over a window.
pub struct Drag {
    dragged: Selection,
    target: u32,
    deadline: Instant,
}

impl Drag {
    /// Takes a file over a point of a window that fills the screen. The window has asked then what it is.
    pub fn over(screen: &Screen, target: u32, (x, y): (u32, u32), path: &Path, deadline: Instant) -> Self {
        let dragged = Selection::own(screen, "XdndSelection", FILES, uris(&[path]));
        let drag = Self { dragged, target, deadline };
        drag.say("XdndEnter", [VERSION << 24, drag.dragged.atom(FILES), 0, 0]);
        drag.say("XdndPosition", [0, x << 16 | y, x11rb::CURRENT_TIME, drag.dragged.atom("XdndActionCopy")]);
        let asked = drag.wait_for("question what is dragged", |event| match event {
            Event::SelectionRequest(asked) => Some(*asked),
            _ => None,
        });
        drag.dragged.answer(asked);
        drag
    }

    /// Lets it go. The window has taken it then.
    pub fn release(self) {
        self.say("XdndDrop", [0, x11rb::CURRENT_TIME, 0, 0]);
        let finished = self.dragged.atom("XdndFinished");
        let taken = self.wait_for("word that it's taken", |event| match event {
            Event::ClientMessage(message) if message.type_ == finished => Some(message.data.as_data32()[1]),
            _ => None,
        });
        assert_eq!(taken & 1, 1, "the window doesn't take what is dropped");
    }

    fn say(&self, word: &str, [one, two, three, four]: [u32; 4]) {
        self.dragged.say(self.target, word, [self.dragged.window, one, two, three, four]);
    }

    fn wait_for<T>(&self, what: &str, mut look: impl FnMut(&Event) -> Option<T>) -> T {
        until(what, self.deadline, || look(&self.dragged.connection.poll_for_event().unwrap()?))
    }
}
