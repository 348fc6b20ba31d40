//! What a program has for others by X: the owner's side of a selection (ICCCM, 2), such as the clipboard.

use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use url::Url;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode, SELECTION_NOTIFY_EVENT,
    SelectionNotifyEvent, SelectionRequestEvent, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::screen::Screen;

/// What files are offered as, between programs.
pub const FILES: &str = "text/uri-list";

/// These files, as [`FILES`] has them (RFC 2483, 5).
pub fn uris<P: AsRef<Path>>(paths: &[P]) -> Vec<u8> {
    let uri = |path: &P| {
        let mut uri = Url::parse("file:///").unwrap();
        uri.set_path(path.as_ref().to_str().unwrap());
        format!("{uri}\r\n")
    };
    paths.iter().map(uri).collect::<String>().into_bytes()
}

/// A selection that is owned by a window of its own, until that is dropped.
pub struct Selection {
    pub connection: RustConnection,
    pub window: u32,
    kind: u32,
    content: Vec<u8>,
}

impl Selection {
    /// Takes the selection of this name, and has `content` there, which is of this kind and of no other.
    pub fn own(screen: &Screen, name: &str, kind: &str, content: Vec<u8>) -> Self {
        let (connection, number) = x11rb::connect(Some(screen.display())).unwrap();
        let root = connection.setup().roots[number].root;
        let window = connection.generate_id().unwrap();
        let (depth, visual) = (x11rb::COPY_DEPTH_FROM_PARENT, x11rb::COPY_FROM_PARENT);
        let aux = CreateWindowAux::new();
        connection.create_window(depth, window, root, 0, 0, 1, 1, 0, WindowClass::INPUT_OUTPUT, visual, &aux).unwrap();
        let mut own = Self { connection, window, kind: 0, content };
        own.kind = own.atom(kind);
        let name = own.atom(name);
        own.connection.set_selection_owner(window, name, x11rb::CURRENT_TIME).unwrap();
        assert_eq!(own.connection.get_selection_owner(name).unwrap().reply().unwrap().owner, window);
        own
    }

    /// The number of a name.
    pub fn atom(&self, name: &str) -> u32 {
        let atom = self.connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
        assert_ne!(atom, u32::from(AtomEnum::NONE));
        atom
    }

    /// Gives what is there, or says of which kind it is, or that there's none of the kind that is asked for.
    pub fn answer(&self, asked: SelectionRequestEvent) {
        let SelectionRequestEvent { requestor, property, target, selection, time, .. } = asked;
        let targets = self.atom("TARGETS");
        let mut given = property;
        if target == self.kind {
            self.connection.change_property8(PropMode::REPLACE, requestor, property, target, &self.content).unwrap();
        } else if target == targets {
            let kinds = [targets, self.kind];
            self.connection.change_property32(PropMode::REPLACE, requestor, property, AtomEnum::ATOM, &kinds).unwrap();
        } else {
            given = AtomEnum::NONE.into();
        }
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time,
            requestor,
            selection,
            target,
            property: given,
        };
        self.connection.send_event(false, requestor, EventMask::NO_EVENT, answer).unwrap();
        self.connection.flush().unwrap();
    }

    /// Says something to a window.
    pub fn say(&self, to: u32, word: &str, data: [u32; 5]) {
        let message = ClientMessageEvent::new(32, to, self.atom(word), data);
        self.connection.send_event(false, to, EventMask::NO_EVENT, message).unwrap();
        self.connection.flush().unwrap();
    }
}

/// Something on a screen's clipboard, until this is dropped.
pub struct Clipboard {
    selection: Arc<Selection>,
    at_work: Option<JoinHandle<()>>,
}

impl Clipboard {
    /// Has it there as something of this kind.
    pub fn hold(screen: &Screen, kind: &str, content: Vec<u8>) -> Self {
        let selection = Arc::new(Selection::own(screen, "CLIPBOARD", kind, content));
        let owner = Arc::clone(&selection);
        let at_work = thread::spawn(move || {
            loop {
                match owner.connection.wait_for_event().unwrap() {
                    Event::SelectionRequest(asked) => owner.answer(asked),
                    Event::ClientMessage(_) => break,
                    _ => {}
                }
            }
        });
        Self { selection, at_work: Some(at_work) }
    }
}

impl Drop for Clipboard {
    fn drop(&mut self) {
        self.selection.say(self.selection.window, "VECINO_TEST_END", [0; 5]);
        let ended = self.at_work.take().map(JoinHandle::join);
        assert!(thread::panicking() || !matches!(ended, Some(Err(_))), "the clipboard's owner failed");
    }
}
