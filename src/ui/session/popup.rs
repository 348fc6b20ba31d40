//! Which messages the desktop is to tell of, and in which words.

use iced::window;
use unicode_segmentation::UnicodeSegmentation;

use super::{Effect, Session, main};
use crate::engine::Event;
use crate::model::{Body, From, Notifications, PeerId, Presence};
use crate::ui::locale::Locale;
use crate::ui::people::Name;
use crate::ui::screen::sidebar::row;

/// A preview's most graphemes: what desktops show of one, about.
const MAX_PREVIEW: usize = 200;

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Popup {
    /// From whom.
    pub title: String,
    /// What, or how much.
    pub body: String,
    /// What a press does, in words.
    pub open: String,
}

impl Session {
    /// Has the desktop told of what came, once for each peer, and not of what is in front.
    pub(super) fn notified(&self, events: &[Event]) -> Vec<Effect> {
        if self.settings.notifications == Notifications::Off || self.people.me().presence == Presence::Busy {
            return Vec::new();
        }
        let mut told: Vec<PeerId> = Vec::new();
        for event in events {
            let Event::Message(message) = event else { continue };
            let came = message.from == From::Peer && message.body != Body::Cancelled;
            let peer = message.peer;
            if came && self.people.unread(&peer) > 0 && !self.is_in_front(&peer) && !told.contains(&peer) {
                told.push(peer);
            }
        }
        told.into_iter().map(Effect::Notify).collect()
    }

    /// Whether something lies above the conversation that a window shows, or stands in its place.
    pub(super) fn is_covered(&self, window: window::Id) -> bool {
        self.sheet == Some(window)
            || self.enlarged.as_ref().is_some_and(|enlarged| enlarged.window == window)
            || self.main.as_ref().is_some_and(|main| main.window == window && main.is_only_finding())
    }

    fn is_in_front(&self, peer: &PeerId) -> bool {
        if self.focused.is_none_or(|focused| self.is_covered(focused)) {
            return false;
        }
        let main = self.main.as_ref().filter(|main| self.focused == Some(main.window));
        let window = self.focused.and_then(|focused| self.windows.get(&focused));
        main.and_then(main::State::open).or(window.map(super::conversation::State::peer)) == Some(*peer)
    }

    /// Whether something from a peer, or from anybody, hasn't been read.
    pub fn has_unread(&self, of: Option<&PeerId>) -> bool {
        of.map_or_else(|| self.people.unread_in_all(), |peer| self.people.unread(peer)) > 0
    }

    /// The words for what came from a peer, or from all, unless it has been read meanwhile.
    pub fn popup(&self, of: Option<&PeerId>, locale: &Locale) -> Option<Popup> {
        let unread = of.map_or_else(|| self.people.unread_in_all(), |peer| self.people.unread(peer));
        let title = of.map_or_else(
            || "vecino".to_owned(),
            |peer| match self.people.name(peer) {
                Name { nickname, tag: Some(tag) } => format!("{nickname} #{tag}"),
                Name { nickname, tag: None } => nickname,
            },
        );
        let last = of.and_then(|peer| self.people.last(peer)).filter(|last| last.from == From::Peer);
        let body = match last {
            Some(last) if unread == 1 && self.settings.notifications == Notifications::Preview => {
                row::preview(last, &self.people, locale).graphemes(true).take(MAX_PREVIEW).collect()
            }
            _ => locale.tr_with("jump-to-new", [("count", unread)]),
        };
        (unread > 0).then(|| Popup { title, body, open: locale.tr("open") })
    }

    /// Shows the conversation with a peer, in its own window or in the main one; or that one.
    pub(super) fn popup_pressed(&mut self, of: Option<PeerId>) -> Vec<Effect> {
        let window = self.windows.iter().find(|(_, shown)| of.is_none_or(|peer| shown.peer() == peer));
        match (window, &self.main, of) {
            (Some((window, _)), None, _) => vec![Effect::Raise(*window)],
            (Some((window, _)), _, Some(_)) => vec![Effect::Raise(*window)],
            (_, Some(main), _) => {
                let raise = Effect::Raise(main.window);
                [raise].into_iter().chain(of.map_or_else(Vec::new, |peer| self.open(peer))).collect()
            }
            (None, None, of) => vec![Effect::OpenMain(of.or(self.left))],
        }
    }
}

#[cfg(test)]
mod tests {
    use iced::window;

    use super::*;
    use crate::model::{Message as Sent, Settings};
    use crate::ui::locale::Language;
    use crate::ui::sample::{self, LUIS, MELANI, SIZE, locale, received};
    use crate::ui::session::{Message, Request};

    fn session() -> (Session, window::Id) {
        let window = window::Id::unique();
        (Session::new(sample::snapshot(), window, SIZE), window)
    }

    fn came(session: &mut Session, messages: Vec<Sent>) -> Vec<Effect> {
        let unread = messages.len().try_into().unwrap();
        let peer_id = messages[0].peer;
        let events = messages.into_iter().map(Event::Message).chain([Event::Unread { peer_id, unread }]);
        session.update(Message::Happened(events.collect()))
    }

    #[test]
    fn what_came_is_told_once_for_each_peer_unless_it_is_in_front() {
        let (mut session, window) = session();
        let two = vec![received(LUIS, 500, "<b>hola</b>"), received(LUIS, 501, "are you there?")];
        assert_eq!(came(&mut session, two), [Effect::Notify(LUIS)]);
        let english = locale(Language::English);
        let words = |session: &Session| session.popup(Some(&LUIS), &english).map(|popup| popup.body);
        assert_eq!(words(&session).as_deref(), Some("2 new messages"));
        let pressed = session.update(Message::PopupPressed(Some(LUIS)));
        assert_eq!(pressed[0], Effect::Raise(window));
        session.window_focused(window);
        assert_eq!(words(&session), None, "read meanwhile");
        assert_eq!(came(&mut session, vec![received(LUIS, 502, "hola")]), [Request::MarkRead(LUIS).into()]);
        assert_eq!(came(&mut session, vec![received(MELANI, 503, "hola")]), [Effect::Notify(MELANI)]);
        assert_eq!(session.popup(None, &english).map(|popup| popup.title).as_deref(), Some("vecino"));
        assert_eq!(session.update(Message::PopupPressed(None)), [Effect::Raise(window)]);
    }

    #[test]
    fn how_much_is_told_is_as_it_is_set() {
        let (mut session, _) = session();
        let english = locale(Language::English);
        came(&mut session, vec![received(LUIS, 500, "the key\nis under the mat")]);
        let body = |session: &Session| session.popup(Some(&LUIS), &english).unwrap().body;
        assert_eq!(body(&session), "the key is under the mat");
        assert!(session.popup(Some(&LUIS), &english).unwrap().title.starts_with("luis #"));
        session.settings = Settings { notifications: Notifications::Name, ..Settings::default() };
        assert_eq!(body(&session), "1 new message");
        session.settings = Settings { notifications: Notifications::Off, ..Settings::default() };
        assert!(came(&mut session, vec![received(LUIS, 501, "hola")]).is_empty());
        session.settings = Settings::default();
        session.people.set_own_presence(Presence::Busy);
        assert!(came(&mut session, vec![received(LUIS, 502, "hola")]).is_empty());
    }
}
