//! A hand on the keyboard and the wheel, by X's own extension for tests (XTEST), without a program between.

use std::time::Instant;

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, KEY_PRESS_EVENT, KEY_RELEASE_EVENT,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use super::Outcome;

/// Keys by their numbers in `X11/keysymdef.h`; letters and digits are their own.
pub const CONTROL: u32 = 0xFFE3;
pub const ALT: u32 = 0xFFE9;
pub const SHIFT: u32 = 0xFFE1;
pub const UP: u32 = 0xFF52;
pub const DOWN: u32 = 0xFF54;
pub const BACKSPACE: u32 = 0xFF08;

/// Buttons of the wheel.
pub const WHEEL_UP: u8 = 4;
pub const WHEEL_DOWN: u8 = 5;

pub struct Hand {
    connection: RustConnection,
    root: u32,
    first: u8,
    per_key: usize,
    symbols: Vec<u32>,
}

impl Hand {
    /// At the screen of this display.
    pub fn at(display: &str) -> Outcome<Self> {
        let (connection, screen) = x11rb::connect(Some(display))?;
        let setup = connection.setup();
        let root = setup.roots.get(screen).ok_or("no screen")?.root;
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let mapping = connection.get_keyboard_mapping(first, last - first + 1)?.reply()?;
        Ok(Self { root, first, per_key: mapping.keysyms_per_keycode.into(), symbols: mapping.keysyms, connection })
    }

    /// Presses keys together, and lets go of them; the moment when they were pressed.
    pub fn press(&self, keys: &[u32]) -> Outcome<Instant> {
        let codes = keys.iter().map(|key| self.code(*key)).collect::<Outcome<Vec<_>>>()?;
        let pressed = Instant::now();
        for code in &codes {
            self.fake(KEY_PRESS_EVENT, *code)?;
        }
        for code in codes.iter().rev() {
            self.fake(KEY_RELEASE_EVENT, *code)?;
        }
        self.connection.flush()?;
        Ok(pressed)
    }

    /// Turns the wheel by a notch.
    pub fn turn(&self, button: u8) -> Outcome<Instant> {
        let turned = Instant::now();
        self.fake(BUTTON_PRESS_EVENT, button)?;
        self.fake(BUTTON_RELEASE_EVENT, button)?;
        self.connection.flush()?;
        Ok(turned)
    }

    /// Takes the pointer to a place.
    pub fn point(&self, x: i16, y: i16) -> Outcome<()> {
        self.connection.warp_pointer(x11rb::NONE, self.root, 0, 0, 0, 0, x, y)?;
        Ok(self.connection.flush()?)
    }

    fn code(&self, key: u32) -> Outcome<u8> {
        let place = self.symbols.chunks(self.per_key).position(|symbols| symbols.first() == Some(&key));
        let place = place.ok_or_else(|| format!("no key has the symbol {key:#x}"))?;
        Ok(self.first + u8::try_from(place)?)
    }

    fn fake(&self, kind: u8, detail: u8) -> Outcome<()> {
        self.connection.xtest_fake_input(kind, detail, 0, self.root, 0, 0, 0)?;
        Ok(())
    }
}
