//! What draws the window: iced's software renderer, or the graphics card through wgpu.
//!
//! iced reads [`BACKEND`] as it opens the first window, and takes the graphics card first where it isn't set. So it's set
//! before the program's start, as [`of_the_start`] says. What can't draw here is passed over by iced itself. A driver that
//! takes the program or the whole computer down is known by a note that nobody removed ([`Trial`]).

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::model::Drawing;

/// Read by iced: renderers to try, in this order.
pub const BACKEND: &str = "ICED_BACKEND";

/// Which process has set [`BACKEND`] for itself, by its number, and to what. What others inherit of it was set by no person.
pub const SET_BY: &str = "VECINO_BACKEND_SET_BY";

/// Read by wgpu: which of two graphics cards.
const CARD: &str = "WGPU_POWER_PREF";

/// The value of [`BACKEND`] for the processor.
const SOFTWARE: &str = "tiny-skia";

/// And for the graphics card: where there's none, the processor.
const GRAPHICS: &str = "wgpu,tiny-skia";

/// Frames that are asked for before a driver is trusted. With the second the first has been drawn.
const FRAMES: u8 = 3;

/// The note's name in the profile's folder.
const NOTE: &str = "graphics-card-starts";

/// What the environment says of drawing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    backend: Option<OsString>,
    set_by: Option<OsString>,
    /// Whether somebody has said which graphics card.
    names_card: bool,
    process: u32,
}

impl Environment {
    /// This process's.
    pub fn here() -> Self {
        Self {
            backend: env::var_os(BACKEND),
            set_by: env::var_os(SET_BY),
            names_card: env::var_os(CARD).is_some(),
            process: std::process::id(),
        }
    }

    /// Whether this process has set it for itself.
    fn is_own(&self) -> bool {
        self.backend.as_ref().is_some_and(|backend| self.set_by.as_ref() == Some(&mark(self.process, backend)))
    }

    /// Whether a person has.
    fn is_given(&self) -> bool {
        let set_by = self.set_by.as_ref().map(|set_by| set_by.as_encoded_bytes()).unwrap_or_default();
        let by_vecino = |backend: &OsString| !backend.is_empty() && set_by.ends_with(backend.as_encoded_bytes());
        self.backend.as_ref().is_some_and(|backend| !by_vecino(backend))
    }
}

/// The value of [`SET_BY`].
fn mark(process: u32, backend: &OsStr) -> OsString {
    let mut mark = OsString::from(format!("{process} "));
    mark.push(backend);
    mark
}

/// What has to be in the environment when the app starts, where it isn't yet: a person's own word is left as it is.
/// `failed`: the graphics card was tried, and nothing came of it.
pub fn of_the_start(set: Drawing, failed: bool, environment: &Environment) -> Vec<(&'static str, OsString)> {
    if environment.is_given() || environment.is_own() {
        return Vec::new();
    }
    let by_card = set == Drawing::GraphicsCard && !failed;
    let backend = if by_card { GRAPHICS } else { SOFTWARE };
    let mut wanted = vec![(BACKEND, backend.into()), (SET_BY, mark(environment.process, backend.as_ref()))];
    if by_card && !environment.names_card {
        // Of two, the one that spares the battery: nothing here needs more.
        wanted.push((CARD, "low".into()));
    }
    wanted
}

/// Whether the graphics card was tried on the profile in this folder, and the program ended over it.
pub fn has_failed(folder: &Path) -> bool {
    folder.join(NOTE).exists()
}

/// How far the graphics card has proven itself in this run.
#[derive(Debug)]
pub struct Trial {
    note: PathBuf,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It isn't used.
    Off,
    /// It failed the last time.
    Failed,
    /// It's to draw the first window.
    Due,
    /// It has so many frames to draw.
    Drawing(u8),
}

impl Trial {
    /// For the profile in this folder, where it's set so and the program was started in this environment.
    pub fn new(folder: &Path, set: Drawing, environment: &Environment) -> Self {
        let note = folder.join(NOTE);
        tracing::info!(renderers = ?environment.backend, "what draws the window");
        let backend = environment.backend.as_ref().filter(|_| environment.is_own());
        let state = match (set, backend) {
            (Drawing::GraphicsCard, Some(backend)) if backend == GRAPHICS => State::Due,
            (Drawing::GraphicsCard, Some(_)) if note.exists() => State::Failed,
            _ => State::Off,
        };
        Self { note, state }
    }

    /// Whether it failed the last time.
    pub fn failed(&self) -> bool {
        self.state == State::Failed
    }

    /// Whether frames are being counted.
    pub fn is_on(&self) -> bool {
        matches!(self.state, State::Drawing(_))
    }

    /// The first window is about to be opened.
    pub fn begin(&mut self) {
        if self.state != State::Due {
            return;
        }
        self.state = State::Drawing(FRAMES);
        if let Err(error) = self.write() {
            tracing::warn!(%error, "whether the graphics card works can't be noted");
        }
    }

    /// A frame is asked for.
    pub fn frame(&mut self) {
        match self.state {
            State::Drawing(left) if left > 1 => self.state = State::Drawing(left - 1),
            State::Drawing(_) => self.end(),
            _ => {}
        }
    }

    /// The program ends, and not over the driver.
    pub fn stop(&mut self) {
        if self.is_on() {
            self.end();
        }
    }

    /// The driver is trusted, or no longer used.
    pub fn end(&mut self) {
        self.state = State::Off;
        match fs::remove_file(&self.note) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, "the note of the graphics card can't be removed");
            }
            _ => {}
        }
    }

    /// On the disk before anything is drawn: a driver may take the whole computer with it.
    fn write(&self) -> io::Result<()> {
        File::create(&self.note)?.sync_all()?;
        if let Some(folder) = self.note.parent().filter(|_| cfg!(unix)) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROCESS: u32 = 7;

    fn environment(backend: Option<&str>, set_by: Option<u32>) -> Environment {
        Environment {
            backend: backend.map(Into::into),
            set_by: set_by.map(|process| mark(process, backend.unwrap_or_default().as_ref())),
            process: PROCESS,
            ..Environment::default()
        }
    }

    fn backend(set: Drawing, failed: bool, environment: &Environment) -> Option<OsString> {
        let all = of_the_start(set, failed, environment);
        all.into_iter().find(|(name, _)| *name == BACKEND).map(|(_, backend)| backend)
    }

    #[test]
    fn the_processor_draws_unless_the_graphics_card_is_chosen_and_works() {
        let nothing = environment(None, None);
        assert_eq!(Drawing::default(), Drawing::Processor);
        for (set, failed, taken) in [
            (Drawing::Processor, false, SOFTWARE),
            (Drawing::Processor, true, SOFTWARE),
            (Drawing::GraphicsCard, false, GRAPHICS),
            (Drawing::GraphicsCard, true, SOFTWARE),
        ] {
            assert_eq!(backend(set, failed, &nothing).unwrap(), taken, "{set:?} {failed}");
        }
        let names_card = |environment: &Environment| {
            of_the_start(Drawing::GraphicsCard, false, environment).iter().any(|(name, _)| *name == CARD)
        };
        assert!(names_card(&nothing) && !names_card(&Environment { names_card: true, ..nothing }));
    }

    #[test]
    fn a_persons_own_word_counts_and_an_inherited_one_does_not() {
        for set in [Drawing::Processor, Drawing::GraphicsCard] {
            assert_eq!(backend(set, false, &environment(Some("wgpu"), None)), None, "the person's");
            assert_eq!(backend(set, false, &environment(Some(SOFTWARE), Some(PROCESS))), None, "it's set already");
        }
        let inherited = environment(Some(SOFTWARE), Some(PROCESS + 1));
        assert_eq!(backend(Drawing::GraphicsCard, false, &inherited).unwrap(), GRAPHICS);
        let changed = Environment { backend: Some("wgpu".into()), ..inherited };
        assert_eq!(backend(Drawing::Processor, false, &changed), None, "a person has said something else since");
    }

    #[test]
    fn a_driver_that_drew_is_trusted_and_one_that_did_not_is_known_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let card = environment(Some(GRAPHICS), Some(PROCESS));
        let trial = |environment: &Environment| Trial::new(folder.path(), Drawing::GraphicsCard, environment);
        let mut drew = trial(&card);
        assert!(!drew.is_on() && !has_failed(folder.path()), "no window yet");
        drew.begin();
        for _ in 0..FRAMES {
            assert!(drew.is_on() && has_failed(folder.path()));
            drew.frame();
        }
        assert!(!drew.is_on() && !has_failed(folder.path()));
        drew.begin();
        assert!(!has_failed(folder.path()), "it's trusted for this run");

        let mut ended = trial(&card);
        ended.begin();
        ended.stop();
        assert!(!has_failed(folder.path()), "the person ended it at once");

        let mut crashed = trial(&card);
        crashed.begin();
        crashed.frame();
        let mut next = trial(&environment(Some(SOFTWARE), Some(PROCESS)));
        assert!(has_failed(folder.path()) && next.failed() && !next.is_on());
        next.end();
        assert!(!has_failed(folder.path()) && !next.failed());
    }

    #[test]
    fn nothing_is_noted_where_the_processor_or_a_person_says_what_draws() {
        let folder = tempfile::tempdir().unwrap();
        for (set, environment) in [
            (Drawing::Processor, environment(Some(SOFTWARE), Some(PROCESS))),
            (Drawing::GraphicsCard, environment(Some("wgpu"), None)),
            (Drawing::GraphicsCard, environment(None, None)),
        ] {
            let mut trial = Trial::new(folder.path(), set, &environment);
            trial.begin();
            assert!(!has_failed(folder.path()) && !trial.failed(), "{set:?} {environment:?}");
        }
    }
}
