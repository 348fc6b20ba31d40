//! What stands where a conversation would: whom to choose, or, where nobody is here, why that may be and what to do.

mod checks;

use iced::widget::{Column, Id, column, container, row, scrollable, text};
use iced::{Center, Element, Fill};
use lucide_icons::Icon;

use super::{add, relays};
use crate::model::{Timestamp, short_address};
use crate::ui::keys::{self, Command};
use crate::ui::locale::Locale;
use crate::ui::people::People;
use crate::ui::widget::{icon, icon_button, line, paragraph, secondary, thin_scrollbar};
use crate::ui::{font, style};

/// What scrolls.
pub const LIST: Id = Id::new("nobody here");

/// Whether it has been like this for some seconds.
#[derive(Debug, Default)]
pub struct State {
    waited: bool,
}

/// What the person did, or what came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// In the form for an address.
    Add(add::Message),
    /// Wants one of the own addresses.
    CopyPressed(String),
    /// Wants an invite to pass on.
    InvitePressed,
    /// It took some seconds, and nobody came.
    Waited,
}

/// What the owner has to do.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Nothing.
    None,
    /// Pass this on to the form.
    Add(add::Message),
    /// Put this on the clipboard.
    Copy(String),
    /// Put an invite there.
    CopyInvite,
}

impl State {
    /// Takes in what happened.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Add(message) => return Action::Add(message),
            Message::CopyPressed(address) => return Action::Copy(address),
            Message::InvitePressed => return Action::CopyInvite,
            Message::Waited => self.waited = true,
        }
        Action::None
    }

    /// The screen.
    pub fn view<'a>(&'a self, form: &'a add::State, people: &People, locale: &Locale) -> Element<'a, Message> {
        let content = if people.count_here() > 0 { choose(locale) } else { self.nobody(form, people, locale) };
        let content = container(content.spacing(12).align_x(Center)).max_width(480).padding(20);
        let content =
            scrollable(container(content).center_x(Fill)).id(LIST).direction(thin_scrollbar()).style(style::scroller);
        container(content).center_y(Fill).into()
    }

    fn nobody<'a>(&'a self, form: &'a add::State, people: &People, locale: &Locale) -> Column<'a, Message> {
        let me = people.me();
        let title = if self.waited { locale.tr("nobody-title") } else { locale.tr("nobody-listening") };
        let you = locale.tr_with("nobody-you", [("name", me.nickname.as_str())]);
        column![
            icon(Icon::Radio, 40.0).style(style::accent),
            line(title).size(font::TITLE).strong(),
            line(you),
            column![addresses(&me.addresses, locale), me.network.since.map(|since| listening(since, locale))]
                .align_x(Center),
            checks::view(me, locale),
            secondary(locale.tr("invite-copy"), Message::InvitePressed),
            relays::view(&me.relays, locale).map(|relays| container(relays).width(Fill)),
            self.waited.then(|| reasons(form, locale)),
        ]
    }
}

fn reasons<'a>(form: &'a add::State, locale: &Locale) -> Element<'a, Message> {
    let reason = |words: String| {
        let dot = icon(Icon::Dot, 18.0).style(style::muted);
        row![dot, container(paragraph(words).size(font::SECONDARY).style(style::muted)).width(Fill)].spacing(4)
    };
    column![
        text(locale.tr("nobody-why")).size(font::SECONDARY.text).font(font::STRONG),
        reason(locale.tr("nobody-why-same")),
        reason(locale.tr("nobody-why-guest")),
        reason(locale.tr("nobody-why-firewall")),
        reason(locale.tr("nobody-why-address")),
        form.view(locale).map(Message::Add),
    ]
    .spacing(6)
    .into()
}

fn choose<'a>(locale: &Locale) -> Column<'a, Message> {
    let key = keys::name(Command::Find, locale).unwrap_or_default();
    column![
        icon(Icon::MessagesSquare, 40.0).style(style::accent),
        line(locale.tr("choose-title")).size(font::TITLE).strong(),
        line(locale.tr_with("choose-hint", [("key", key)])).style(style::muted),
    ]
}

fn addresses<'a>(addresses: &[String], locale: &Locale) -> Element<'a, Message> {
    if addresses.is_empty() {
        return paragraph(locale.tr("nobody-no-addresses")).size(font::SECONDARY).style(style::muted).into();
    }
    let title = text(locale.tr("nobody-addresses")).size(font::SECONDARY.text).style(style::muted);
    let each = addresses.iter().map(|address| {
        let copy = icon_button(Icon::Copy, locale.tr("copy"), Some(Message::CopyPressed(address.clone())));
        row![copy, paragraph(short_address(address)).size(font::SECONDARY)].align_y(Center).into()
    });
    // The buttons first, which are all as wide: so everything stands in one line.
    column![title, column(each)].align_x(Center).into()
}

fn listening<'a>(since: Timestamp, locale: &Locale) -> Element<'a, Message> {
    let since = locale.tr_with("nobody-since", [("time", locale.clock_and_day(since))]);
    paragraph(since).size(font::SECONDARY).style(style::muted).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Event;
    use crate::model::{Me, Multicast, Network, RelayState};
    use crate::ui::locale::Language;
    use crate::ui::sample::{self, locale, simulator};

    fn alone() -> People {
        let mut snapshot = sample::snapshot();
        snapshot.peers.clear();
        snapshot.me.addresses =
            vec!["/ip4/192.168.1.20/tcp/48237/p2p/12D3KooW".into(), "/ip6/fe80::1/tcp/48237".into()];
        People::new(snapshot)
    }

    #[test]
    fn reasons_come_after_some_seconds() {
        let (locale, people, form) = (locale(Language::English), alone(), add::State::default());
        let mut state = State::default();
        let mut ui = simulator(state.view(&form, &people, &locale));
        ui.find("Listening for people on your network…").unwrap();
        ui.find("192.168.1.20:48237").unwrap();
        ui.find("[fe80::1]:48237").unwrap();
        assert!(ui.find("If somebody should be here:").is_err());
        drop(ui);
        state.update(Message::Waited);
        let mut ui = simulator(state.view(&form, &people, &locale));
        ui.find("Nobody here yet").unwrap();
        ui.find("If somebody should be here:").unwrap();
    }

    #[test]
    fn an_invite_can_be_passed_on_and_relays_say_how_they_stand() {
        let (locale, mut people, form) = (locale(Language::English), alone(), add::State::default());
        let mut state = State::default();
        let mut ui = simulator(state.view(&form, &people, &locale));
        assert!(ui.find("Relays").is_err());
        ui.click("Copy my invite").unwrap();
        let actions: Vec<Action> = ui.into_messages().map(|message| state.update(message)).collect();
        assert_eq!(actions, [Action::CopyInvite]);
        let me = people.me().clone();
        people.apply(&Event::Me(Me { relays: vec![sample::relay(RelayState::Connecting)], ..me }));
        let mut ui = simulator(state.view(&form, &people, &locale));
        ui.find("library").unwrap();
        ui.find("connecting…").unwrap();
    }

    #[test]
    fn it_says_since_when_it_listens_and_what_changes_meanwhile() {
        let (locale, mut people, form) = (locale(Language::English), alone(), add::State::default());
        let state = State::default();
        let me = people.me().clone();
        for (since, words) in
            [(sample::at(9, 41), "Listening since 09:41"), (sample::days_ago(1), "Listening since 14:40 · Yesterday")]
        {
            let mut ui = simulator(state.view(&form, &people, &locale));
            assert!(ui.find(words).is_err());
            drop(ui);
            people.apply(&Event::Me(Me { network: Network { since: Some(since), ..me.network }, ..me.clone() }));
            simulator(state.view(&form, &people, &locale)).find(words).unwrap();
        }
        simulator(state.view(&form, &people, &locale)).find("Looking for others by multicast is off").unwrap();
        let network = Network { multicast: Multicast::Heard, ..me.network };
        people.apply(&Event::Me(Me { network, ..me }));
        simulator(state.view(&form, &people, &locale))
            .find("Another computer's vecino was heard by multicast")
            .unwrap();
    }

    #[test]
    fn with_people_here_it_asks_to_choose() {
        let (locale, people) = (locale(Language::English), People::new(sample::snapshot()));
        simulator(State::default().view(&add::State::default(), &people, &locale))
            .find("Choose somebody to write to")
            .unwrap();
    }
}
