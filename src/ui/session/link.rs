//! A link `vecino:…` that the person has opened. It may come from a stranger's page: nothing is added without a press.

use std::net::SocketAddr;

use iced::Element;
use iced::widget::Id;
use lucide_icons::Icon;

use super::{Effect, Message, Request, Session};
use crate::engine::Error;
use crate::model::{Invite, InviteError, Peer};
use crate::ui::locale::Locale;
use crate::ui::notice::Notice;
use crate::ui::screen::{conversation, main};
use crate::ui::widget::{labelled, paragraph, primary, question as asked, secondary};
use crate::ui::{font, style};

/// The answer that does nothing.
const NOT_NOW: Id = Id::new("invite not now");

/// What is asked about a link.
#[derive(Debug)]
pub(super) struct Question {
    invite: Invite,
    /// The answer was yes, and it's being done.
    adding: bool,
}

impl Session {
    /// A link was opened: asks about it.
    pub fn link_opened(&mut self, link: &str) -> Vec<Effect> {
        match link.parse() {
            Ok(invite) => self.link = Some(Question { invite, adding: false }),
            Err(InviteError::Newer) => self.notice = Some(Notice::Failed(Error::Invite(InviteError::Newer))),
            Err(InviteError::Damaged) => self.notice = Some(Notice::BadLink),
        }
        let mut effects = self.show();
        // The keyboard comes to the answer that does nothing.
        effects.extend(self.link.is_some().then_some(Effect::Focus(NOT_NOW)));
        effects
    }

    /// The person wants it.
    pub(super) fn link_accepted(&mut self) -> Vec<Effect> {
        let Some(question) = self.link.as_mut().filter(|question| !question.adding) else { return Vec::new() };
        question.adding = true;
        vec![Request::AddLink(question.invite.to_string()).into()]
    }

    /// The person doesn't want it, or not now.
    pub(super) fn link_declined(&mut self) -> Vec<Effect> {
        self.link = None;
        let composer = self.main.as_ref().and_then(main::State::conversation).map(conversation::State::composer);
        composer.map(Effect::Focus).into_iter().collect()
    }

    /// Somebody was added, or not.
    pub(super) fn link_finished(&mut self, result: Result<Peer, Error>) -> Vec<Effect> {
        // Meanwhile another may have been opened.
        self.link.take_if(|question| question.adding);
        match result {
            Ok(peer) => self.added(peer),
            Err(error) => self.failed(None, error),
        }
    }

    /// The question, if one is to be asked. It names nobody: what a link says of a name proves nothing.
    pub(super) fn view_link<'a>(&self, locale: &Locale) -> Option<Element<'a, Message>> {
        let Question { invite, adding } = self.link.as_ref()?;
        let words = paragraph(question(invite, locale)).size(font::SECONDARY);
        let answers = match adding {
            true => vec![labelled(locale.tr("address-adding")).style(style::secondary).into()],
            false => vec![
                secondary(locale.tr("link-not-now"), Message::LinkDeclined).id(NOT_NOW).into(),
                primary(locale.tr("link-add"), Message::LinkAccepted).into(),
            ],
        };
        Some(asked(Icon::UserPlus, words, answers))
    }
}

fn question(invite: &Invite, locale: &Locale) -> String {
    let listed =
        |addresses: Vec<&SocketAddr>| addresses.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    // One address is enough to know a relay by.
    let relays = listed(invite.relays.iter().filter_map(|relay| relay.addresses.first()).collect());
    let asked = |key, address: &str| locale.tr_with(key, [("address", address)]);
    let addresses = invite.person.as_ref().map(|person| listed(person.addresses.iter().collect()));
    match addresses.as_deref() {
        None => asked("link-relay", &relays),
        Some("") if relays.is_empty() => locale.tr("link-person-nowhere"),
        Some("") => asked("link-person-behind", &relays),
        Some(addresses) if relays.is_empty() => asked("link-person", addresses),
        Some(addresses) => format!("{} {}", asked("link-person", addresses), asked("link-relays-too", &relays)),
    }
}

#[cfg(test)]
mod tests {
    use iced::window;

    use super::*;
    use crate::model::{InvitedRelay, Nickname, Path};
    use crate::ui::locale::Language;
    use crate::ui::sample::{self, LUIS, SIZE, locale, simulator};

    fn invite(addresses: &[&str], relays: &[&str]) -> Invite {
        let address = |text: &&str| text.parse().unwrap();
        let nickname = Nickname::new("your bank").unwrap();
        let person = crate::model::Invited { peer: LUIS, nickname, addresses: addresses.iter().map(address).collect() };
        let relay = |text| InvitedRelay { peer: LUIS, addresses: vec![address(text)], token: None };
        Invite { person: Some(person), relays: relays.iter().map(relay).collect() }
    }

    fn session() -> (Session, window::Id) {
        let window = window::Id::unique();
        (Session::new(sample::snapshot(), window, SIZE), window)
    }

    #[test]
    fn nobody_is_added_without_a_press() {
        let (mut session, window) = session();
        let link = invite(&["192.168.1.21:48237"], &[]).to_string();
        let opened = link.replace("vecino:", "vecino://");
        assert_eq!(session.link_opened(&opened), [Effect::Raise(window), Effect::Focus(NOT_NOW)]);
        let english = locale(Language::English);
        let mut ui = simulator(session.view(window, &english));
        ui.find("Add the person at 192.168.1.21:48237 from this link?").unwrap();
        ui.click("Add").unwrap();
        let presses: Vec<Message> = ui.into_messages().collect();
        let effects: Vec<Effect> = presses.into_iter().flat_map(|message| session.update(message)).collect();
        assert_eq!(effects, [Request::AddLink(link.clone()).into()]);
        assert!(session.update(Message::LinkAccepted).is_empty(), "once");

        session.link_opened(&link);
        let peer = crate::engine::fake::peer(1, "luis", Path::Direct);
        session.update(Message::LinkFinished(Ok(peer)));
        assert!(session.link.is_some(), "that is another one");
        session.update(Message::LinkDeclined);
        assert!(session.link.is_none());
    }

    #[test]
    fn links_in_messages_go_to_the_system_and_invites_are_asked_about() {
        let (mut session, window) = session();
        let opened = conversation::Action::OpenLink("https://example.org/".into());
        assert_eq!(session.do_conversation(window, opened), [Effect::OpenLink("https://example.org/".into())]);
        let link = invite(&["192.168.1.21:48237"], &[]).to_string();
        let asked = session.do_conversation(window, conversation::Action::AskInvite(link));
        assert_eq!(asked, [Effect::Raise(window), Effect::Focus(NOT_NOW)]);
        assert!(session.link.is_some());
    }

    #[test]
    fn a_link_that_is_none_is_said_to_be() {
        let (mut session, window) = session();
        assert_eq!(session.link_opened("vecino://evil.example/x"), [Effect::Raise(window)]);
        assert!(session.link.is_none());
        assert_eq!(session.notice, Some(Notice::BadLink));
        session.window_closed(window);
        assert_eq!(session.link_opened("https://example.org"), [Effect::OpenMain(None)]);
    }

    #[test]
    fn what_a_link_brings_is_said_and_no_name() {
        let english = locale(Language::English);
        let relay = Invite { person: None, ..invite(&[], &["10.0.0.1:48237"]) };
        for (invite, words) in [
            (invite(&["10.0.0.2:1", "10.0.0.3:1"], &[]), "Add the person at 10.0.0.2:1, 10.0.0.3:1 from this link?"),
            (invite(&[], &["10.0.0.1:48237"]), "Add the person behind the relay at 10.0.0.1:48237 from this link?"),
            (invite(&[], &[]), "Add the person from this link? It says no address."),
            (relay, "Use the relay at 10.0.0.1:48237 from this link?"),
            (
                invite(&["10.0.0.2:1"], &["10.0.0.1:48237"]),
                "Add the person at 10.0.0.2:1 from this link? You would also use the relay at 10.0.0.1:48237.",
            ),
        ] {
            assert_eq!(question(&invite, &english), words);
        }
    }
}
