//! Away by itself, and back.
//!
//! What counts is input in vecino's windows, while one of them is in front. How long the whole desktop has been without
//! input is told in another way by each of them (an extension of X11, a protocol that not every compositor of Wayland
//! speaks, services on the session bus), and no well-kept crate covers them: a person who works in another window is
//! taken to be here.

use std::time::{Duration, Instant};

use super::{Effect, Session};
use crate::model::Presence;

/// Without input for so long, one is away.
pub(super) const AWAY_AFTER: Duration = Duration::from_secs(10 * 60);

/// What is known of the person at the keyboard.
#[derive(Debug, Default)]
pub(super) struct Idle {
    /// When they were here for sure.
    last: Option<Instant>,
    /// Whether there was input since the last tick.
    heard: bool,
    /// Whether they are shown as away because there was none.
    away: bool,
}

impl Idle {
    /// The person has chosen how to be shown: that stays.
    pub(super) const fn chosen(&mut self) {
        self.away = false;
    }
}

impl Session {
    /// Whether the next input is to be told of: one is enough until the next tick, so that work costs nothing more.
    pub const fn awaits_input(&self) -> bool {
        !self.idle.heard
    }

    /// There was input.
    pub fn input_heard(&mut self, now: Instant) -> Vec<Effect> {
        self.idle.heard = true;
        self.idle.last = Some(now);
        let was_away = std::mem::take(&mut self.idle.away);
        if was_away && self.presence() == Presence::Away { self.show_presence(Presence::Online) } else { Vec::new() }
    }

    /// Another minute or so is over.
    pub fn ticked(&mut self, now: Instant) -> Vec<Effect> {
        // There may have been more input than the first, until now.
        let here = std::mem::take(&mut self.idle.heard) || self.focused.is_none();
        let last = *self.idle.last.get_or_insert(now);
        if here {
            self.idle.last = Some(now);
        } else if now.duration_since(last) >= AWAY_AFTER && self.presence() == Presence::Online {
            self.idle.away = true;
            return self.show_presence(Presence::Away);
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use iced::window;

    use super::*;
    use crate::ui::sample::{self, SIZE};
    use crate::ui::session::Request;

    const MINUTE: Duration = Duration::from_secs(60);

    fn session() -> (Session, window::Id) {
        let window = window::Id::unique();
        let mut session = Session::new(sample::snapshot(), window, SIZE);
        session.window_focused(window);
        session.people.set_own_presence(Presence::Online);
        (session, window)
    }

    /// What comes of so many minutes without input.
    fn minutes(session: &mut Session, now: &mut Instant, count: u32) -> Vec<Effect> {
        let minute = |_| {
            *now += MINUTE;
            session.ticked(*now)
        };
        (0..count).flat_map(minute).collect()
    }

    fn shown(presence: Presence) -> [Effect; 1] {
        [Request::SetPresence(presence).into()]
    }

    #[test]
    fn ten_minutes_without_input_are_away_and_the_first_input_is_back() {
        let (mut session, _) = session();
        let now = &mut Instant::now();
        assert!(session.input_heard(*now).is_empty());
        assert!(!session.awaits_input(), "one a minute is enough");
        assert!(minutes(&mut session, now, 10).is_empty(), "there may have been input until the first tick");
        assert!(session.awaits_input());
        assert_eq!(minutes(&mut session, now, 1), shown(Presence::Away));
        assert!(minutes(&mut session, now, 600).is_empty());
        assert_eq!(session.input_heard(*now), shown(Presence::Online));
        assert!(session.input_heard(*now).is_empty());
        for _ in 0..30 {
            assert!(minutes(&mut session, now, 1).is_empty());
            session.input_heard(*now);
        }
    }

    #[test]
    fn what_the_person_chose_stays() {
        let (mut session, _) = session();
        let now = &mut Instant::now();
        for chosen in [Presence::Busy, Presence::Away] {
            session.set_presence(chosen);
            assert!(minutes(&mut session, now, 30).is_empty(), "{chosen:?}");
            assert!(session.input_heard(*now).is_empty(), "{chosen:?}");
        }
        session.set_presence(Presence::Online);
        assert_eq!(minutes(&mut session, now, 11), shown(Presence::Away));
        session.set_presence(Presence::Away);
        assert!(session.input_heard(*now).is_empty(), "now it's meant");
    }

    #[test]
    fn who_works_in_another_window_is_taken_to_be_here() {
        let (mut session, window) = session();
        let now = &mut Instant::now();
        session.window_unfocused(window);
        assert!(minutes(&mut session, now, 60).is_empty());
        session.window_focused(window);
        assert!(minutes(&mut session, now, 9).is_empty());
        assert_eq!(minutes(&mut session, now, 1), shown(Presence::Away));
        session.window_unfocused(window);
        assert!(minutes(&mut session, now, 1).is_empty(), "still away: a screen that is locked takes the focus too");
        assert_eq!(session.input_heard(*now), shown(Presence::Online));
    }
}
