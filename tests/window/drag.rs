//! Files that are dragged over a window and dropped there, as a file manager does it: XDND, version 5, by its source's side.

use std::path::Path;
use std::time::Instant;

use url::Url;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, CLIENT_MESSAGE_EVENT, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::screen::{Screen, until};

/// The version that every program knows.
const VERSION: u32 = 5;

/// Files over a window.
pub struct Drag {
    connection: RustConnection,
    source: u32,
    target: u32,
    uris: String,
    deadline: Instant,
}

impl Drag {
    /// Takes a file over a point of a window that fills the screen. The window has asked then what it is.
    pub fn over(screen: &Screen, target: u32, (x, y): (u32, u32), path: &Path, deadline: Instant) -> Self {
        let (connection, number) = x11rb::connect(Some(screen.display())).unwrap();
        let root = connection.setup().roots[number].root;
        let source = connection.generate_id().unwrap();
        let (depth, visual) = (x11rb::COPY_DEPTH_FROM_PARENT, x11rb::COPY_FROM_PARENT);
        let aux = CreateWindowAux::new();
        connection.create_window(depth, source, root, 0, 0, 1, 1, 0, WindowClass::INPUT_OUTPUT, visual, &aux).unwrap();
        let mut uri = Url::parse("file:///").unwrap();
        uri.set_path(path.to_str().unwrap());
        let uris = format!("{uri}\r\n");
        let drag = Self { connection, source, target, uris, deadline };
        let selection = drag.atom("XdndSelection");
        drag.connection.set_selection_owner(source, selection, x11rb::CURRENT_TIME).unwrap();
        drag.say("XdndEnter", [VERSION << 24, drag.atom("text/uri-list"), 0, 0]);
        drag.say("XdndPosition", [0, x << 16 | y, x11rb::CURRENT_TIME, drag.atom("XdndActionCopy")]);
        let asked = drag.wait_for("question what is dragged", |event| match event {
            Event::SelectionRequest(asked) => Some(*asked),
            _ => None,
        });
        drag.answer(asked);
        drag
    }

    /// Lets it go. The window has taken it then.
    pub fn release(self) {
        self.say("XdndDrop", [0, x11rb::CURRENT_TIME, 0, 0]);
        let finished = self.atom("XdndFinished");
        let taken = self.wait_for("word that it's taken", |event| match event {
            Event::ClientMessage(message) if message.type_ == finished => Some(message.data.as_data32()[1]),
            _ => None,
        });
        assert_eq!(taken & 1, 1, "the window doesn't take what is dropped");
    }

    fn answer(&self, asked: SelectionRequestEvent) {
        let SelectionRequestEvent { requestor, property, target, selection, time, .. } = asked;
        let bytes = self.uris.as_bytes();
        self.connection.change_property8(PropMode::REPLACE, requestor, property, target, bytes).unwrap();
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time,
            requestor,
            selection,
            target,
            property,
        };
        self.connection.send_event(false, requestor, EventMask::NO_EVENT, answer).unwrap();
        self.connection.flush().unwrap();
    }

    fn say(&self, word: &str, [one, two, three, four]: [u32; 4]) {
        let data = [self.source, one, two, three, four];
        let message = ClientMessageEvent::new(32, self.target, self.atom(word), data);
        assert_eq!(message.response_type, CLIENT_MESSAGE_EVENT);
        self.connection.send_event(false, self.target, EventMask::NO_EVENT, message).unwrap();
        self.connection.flush().unwrap();
    }

    fn atom(&self, name: &str) -> u32 {
        let atom = self.connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
        assert_ne!(atom, u32::from(AtomEnum::NONE));
        atom
    }

    fn wait_for<T>(&self, what: &str, mut look: impl FnMut(&Event) -> Option<T>) -> T {
        until(what, self.deadline, || look(&self.connection.poll_for_event().unwrap()?))
    }
}
