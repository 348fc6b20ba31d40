//! The sign of vecino in the desktop's tray, by which it's reached while no window is open.
//!
//! On Linux it's a StatusNotifierItem. Windows and macOS have trays of their own, which vecino doesn't know yet: there it
//! never finds one, and closing the last window quits.

#[cfg(target_os = "linux")]
mod linux;

use std::time::Duration;

use iced::Task;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::{App, Message, Stage, world};
use crate::model::Presence;

/// Presses and findings that wait for the app.
const MAX_EVENTS: usize = 16;

/// How long a start without a window waits for a tray: what is started when a person signs in may be there before it.
const APPEARS_WITHIN: Duration = Duration::from_secs(10);

/// What the sign shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sign {
    /// Its name, with how much is unread.
    title: String,
    /// What else the pointer is told over it.
    tip: String,
    /// What the menu calls showing the window.
    open: String,
    /// The presences to choose from, in words, and which of them is shown; none before the node runs.
    presence: Option<([String; 3], usize)>,
    /// What it calls the end.
    quit: String,
}

/// The presences in the order of the menu.
const PRESENCES: [Presence; 3] = [Presence::Online, Presence::Away, Presence::Busy];

/// What happens in the tray.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "no tray is known there"))]
pub(super) enum Event {
    /// A tray is there that shows the sign, or no longer.
    Found(bool),
    /// None will ever be.
    Hopeless,
    /// The sign was pressed.
    Pressed,
    /// A presence was chosen.
    PresenceChosen(Presence),
    /// The end was.
    QuitChosen,
}

/// The way to it.
#[derive(Debug)]
pub(super) struct Tray {
    #[cfg(target_os = "linux")]
    orders: std::sync::mpsc::Sender<linux::Order>,
    shown: Sign,
    is_there: bool,
}

impl Tray {
    /// Looks for a tray, with this to show, and brings what happens there.
    fn start(sign: Sign) -> (Self, Task<Message>) {
        let (events, happened) = mpsc::channel(MAX_EVENTS);
        let tray = Self {
            #[cfg(target_os = "linux")]
            orders: linux::start(sign.clone(), events),
            shown: sign,
            is_there: false,
        };
        #[cfg(not(target_os = "linux"))]
        let _ = events.try_send(Event::Hopeless);
        (tray, Task::run(world::received(happened), Message::Tray))
    }

    /// Whether one shows vecino.
    pub(super) const fn is_there(&self) -> bool {
        self.is_there
    }
}

impl App {
    /// Starts looking for a tray.
    pub(super) fn find_tray(&mut self) -> Task<Message> {
        let (tray, happened) = Tray::start(self.sign());
        self.tray = Some(tray);
        happened
    }

    /// Shows a window unless there's a tray by then.
    pub(super) fn await_tray() -> Task<Message> {
        Task::perform(sleep(APPEARS_WITHIN), |()| Message::TrayAwaited)
    }

    /// Has the sign show what is so now.
    pub(super) fn show_sign(&mut self) {
        let sign = self.sign();
        let Some(tray) = &mut self.tray else { return };
        if tray.shown != sign {
            #[cfg(target_os = "linux")]
            let _ = tray.orders.send(linux::Order::Show(sign.clone()));
            tray.shown = sign;
        }
    }

    fn sign(&self) -> Sign {
        let tr = |key| self.locale.tr(key);
        let session = match &self.stage {
            Stage::Running(session) => Some(session),
            _ => None,
        };
        let unread = session.map_or(0, |session| session.unread());
        let presence = session.map(|session| session.presence());
        let chosen = PRESENCES.iter().position(|each| Some(*each) == presence).unwrap_or_default();
        let words = ["online", "away", "busy"].map(tr);
        let tip = match words.get(chosen).filter(|_| unread == 0 && presence.is_some()) {
            Some(word) => word.clone(),
            None if unread > 0 => self.locale.tr_with("jump-to-new", [("count", unread)]),
            None => String::new(),
        };
        Sign {
            title: session.map_or_else(|| "vecino".to_owned(), |session| session.heading()),
            tip,
            open: tr("tray-open"),
            presence: presence.map(|_| (words, chosen)),
            quit: tr("quit"),
        }
    }

    pub(super) fn tray_event(&mut self, event: Event) -> Task<Message> {
        match event {
            Event::Found(is_there) => {
                if let Some(tray) = &mut self.tray {
                    tray.is_there = is_there;
                }
                let told = self.with_session(|session| {
                    session.tray_found(is_there);
                    Vec::new()
                });
                // Without a window nobody could reach it.
                if is_there { told } else { told.chain(Self::await_tray()) }
            }
            Event::Hopeless => self.show_some_window(),
            Event::Pressed => self.show_main(),
            Event::PresenceChosen(presence) => self.with_session(|session| session.set_presence(presence)),
            Event::QuitChosen => self.quit(),
        }
    }

    /// The time is over in which a tray should have appeared.
    pub(super) fn tray_awaited(&mut self) -> Task<Message> {
        if self.has_tray() { Task::none() } else { self.show_some_window() }
    }

    /// Whether vecino can be reached without a window.
    pub(super) fn has_tray(&self) -> bool {
        self.tray.as_ref().is_some_and(Tray::is_there)
    }
}
