//! Where one is found and reached, by which relays, and adding somebody by hand.

use iced::widget::{Id, column, row, text_input};
use iced::{Center, Element};
use lucide_icons::Icon;

use super::{Shown, label};
use crate::model::{Interface, PeerId, Settings, short_address};
use crate::ui::locale::Locale;
use crate::ui::screen::relays;
use crate::ui::text::one_line;
use crate::ui::widget::{icon_button, line, paragraph, secondary, switch};
use crate::ui::{font, style};

/// The field for the port.
pub const PORT: Id = Id::new("settings port");

/// What is being typed, and what is asked.
#[derive(Debug)]
pub struct State {
    port: String,
    /// Whether that's no port.
    is_wrong: bool,
    /// The relay about which it's asked whether it shall be forgotten.
    pub(super) forgetting: Option<PeerId>,
}

/// What the person did.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Typed a port.
    PortEdited(String),
    /// Wants to be reached at it.
    PortSubmitted,
    /// Wants to be found and reached on these interfaces; none named: on all.
    InterfacesChosen(Vec<String>),
    /// Wants to find and be found on the network, or no longer.
    FoundPressed,
    /// Wants relays that are found to be used, or no longer.
    FoundRelaysPressed,
    /// Among the relays.
    Relay(relays::Message),
}

impl State {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { port: written(settings.port), is_wrong: false, forgetting: None }
    }

    /// Takes in what the person did. Returns the relay that is to be forgotten.
    pub(super) fn update(&mut self, message: Message, settings: &mut Settings) -> Option<PeerId> {
        match message {
            Message::PortEdited(port) => {
                self.port = port;
                self.is_wrong = false;
            }
            Message::PortSubmitted => match read(&self.port) {
                Some(port) => {
                    settings.port = port;
                    self.port = written(port);
                }
                None => self.is_wrong = true,
            },
            Message::InterfacesChosen(names) => settings.interfaces = names,
            Message::FoundPressed => settings.mdns = !settings.mdns,
            Message::FoundRelaysPressed => settings.relays_found = !settings.relays_found,
            Message::Relay(message) => {
                self.forgetting = match message {
                    relays::Message::ForgetPressed(relay) => Some(relay),
                    relays::Message::Forgotten(_) | relays::Message::Kept => None,
                };
                return if let relays::Message::Forgotten(relay) = message { Some(relay) } else { None };
            }
        }
        None
    }

    pub(super) fn view<'a>(&'a self, shown: Shown<'a>, locale: &Locale) -> Element<'a, super::Message> {
        let Shown { settings, me, form, desktop } = shown;
        let addresses = me.addresses.iter().map(|address| {
            let copy = icon_button(Icon::Copy, locale.tr("copy"), Some(super::Message::CopyPressed(address.clone())));
            row![line(short_address(address)).size(font::SECONDARY).fill(), copy].align_y(Center).into()
        });
        let none = me.addresses.is_empty().then(|| paragraph(locale.tr("nobody-no-addresses")).size(font::SECONDARY));
        let given = desktop.listens_elsewhere.then(|| hint(locale.tr("network-given")));
        let relays = relays::editable(&me.relays, self.forgetting, locale).map(|relays| relays.map(Message::Relay));
        let own = column![
            interfaces(settings, &desktop.interfaces, locale),
            switch(locale.tr("network-found"), settings.mdns, Message::FoundPressed),
            self.port(shown, locale),
            switch(locale.tr("relays-found"), settings.relays_found, Message::FoundRelaysPressed),
        ];
        column![label(locale.tr("nobody-addresses"))]
            .extend(addresses)
            .push(none)
            .push(given)
            .push(Element::from(own.push(relays).spacing(8)).map(super::Message::Network))
            .push(label(locale.tr("settings-add")))
            .push(form.view(locale).map(super::Message::Add))
            .spacing(8)
            .into()
    }

    fn port<'a>(&'a self, Shown { settings, me, desktop, .. }: Shown<'a>, locale: &Locale) -> Element<'a, Message> {
        let field = text_input(&locale.tr("network-port-any"), &self.port)
            .id(PORT)
            .on_input(Message::PortEdited)
            .on_submit(Message::PortSubmitted)
            .size(font::BODY.text)
            .padding([7, 12])
            .width(120)
            .style(style::input);
        let is_other = read(&self.port) != Some(settings.port);
        let save = is_other.then(|| secondary(locale.tr("settings-save"), Message::PortSubmitted));
        let wrong = self
            .is_wrong
            .then(|| paragraph(locale.tr("network-port-wrong")).size(font::SECONDARY).style(style::danger));
        let other = other_port(settings.port, &me.addresses).filter(|_| !desktop.listens_elsewhere);
        let other = other.map(|other| {
            let values = [("port", settings.port.to_string()), ("other", other)];
            paragraph(locale.tr_with("network-port-taken", values)).size(font::SECONDARY)
        });
        column![
            label(locale.tr("network-port")),
            row![field].push(save).spacing(8).align_y(Center),
            wrong,
            other,
            hint(locale.tr("network-port-hint")),
        ]
        .spacing(8)
        .into()
    }
}

/// Those that a person would choose among, each on or off.
fn interfaces<'a>(settings: &Settings, there: &[Interface], locale: &Locale) -> Element<'a, Message> {
    let listed = listed(settings, there);
    let choose = listed.iter().map(|(name, addresses)| {
        let words = match addresses {
            Some(addresses) => format!("{} · {}", one_line(name), addresses.join(", ")),
            None => format!("{} · {}", one_line(name), locale.tr("network-interface-gone")),
        };
        switch(words, is_on(settings, name), Message::InterfacesChosen(pressed(settings, &listed, name)))
    });
    let several = listed.len() > 1 || !settings.interfaces.is_empty();
    let words = several.then(|| hint(locale.tr("network-interfaces-hint")));
    column![label(locale.tr("network-interfaces"))].extend(choose).push(words).spacing(8).into()
}

/// Interfaces by name, each with its addresses if it's there.
type Listed<'a> = Vec<(&'a str, Option<&'a [String]>)>;

/// What leads to programs on this computer alone isn't listed, unless it was chosen; what was chosen is, even if it isn't there.
fn listed<'a>(settings: &'a Settings, there: &'a [Interface]) -> Listed<'a> {
    let chosen = |name: &String| settings.interfaces.contains(name);
    let shown = there.iter().filter(|interface| !interface.technical || chosen(&interface.name));
    let shown = shown.map(|interface| (interface.name.as_str(), Some(interface.addresses.as_slice())));
    let gone = settings.interfaces.iter().filter(|name| !there.iter().any(|interface| interface.name == **name));
    shown.chain(gone.map(|name| (name.as_str(), None))).collect()
}

fn is_on(settings: &Settings, name: &str) -> bool {
    settings.interfaces.is_empty() || settings.interfaces.iter().any(|chosen| chosen == name)
}

/// What is chosen once this one is pressed: all that are listed count as all that there will ever be, and one stays. Pressing
/// the only one listed leaves it on among all: there's no other by which to get back there.
fn pressed(settings: &Settings, listed: &Listed<'_>, pressed: &str) -> Vec<String> {
    let names = listed.iter().map(|(name, _)| *name);
    let on: Vec<String> = names.filter(|name| is_on(settings, name) != (*name == pressed)).map(str::to_owned).collect();
    match on.len() {
        0 if listed.len() == 1 => Vec::new(),
        0 => settings.interfaces.clone(),
        all if all == listed.len() => Vec::new(),
        _ => on,
    }
}

fn hint<'a, M: 'a>(words: String) -> Element<'a, M> {
    paragraph(words).size(font::SECONDARY).style(style::muted).into()
}

/// How a port stands in the field, where nothing means any.
fn written(port: u16) -> String {
    if port == 0 { String::new() } else { port.to_string() }
}

fn read(port: &str) -> Option<u16> {
    let port = port.trim();
    if port.is_empty() { Some(0) } else { port.parse().ok() }
}

/// The port of these addresses, where it isn't the one that is set.
fn other_port(set: u16, addresses: &[String]) -> Option<String> {
    let ports = addresses.iter().filter_map(|address| Some(short_address(address).rsplit_once(':')?.1.to_owned()));
    let ports: Vec<String> = ports.collect();
    let is_set = set == 0 || ports.iter().any(|port| *port == set.to_string());
    ports.into_iter().next().filter(|_| !is_set)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interface(name: &str, technical: bool) -> Interface {
        Interface { name: name.into(), addresses: vec!["192.168.1.20".into()], technical }
    }

    #[test]
    fn interfaces_are_turned_off_and_on_again_and_one_stays() {
        let there = [interface("eth0", false), interface("wlan0", false), interface("docker0", true)];
        let mut settings = Settings::default();
        let mut press = |name: &str| {
            let chosen = pressed(&settings, &listed(&settings, &there), name);
            State::new(&Settings::default()).update(Message::InterfacesChosen(chosen), &mut settings);
            settings.interfaces.clone()
        };
        assert_eq!(press("eth0"), ["wlan0"]);
        assert_eq!(press("wlan0"), ["wlan0"], "the last one");
        assert!(press("eth0").is_empty(), "all, and those that come");
        assert_eq!(press("wlan0"), ["eth0"]);
    }

    #[test]
    fn the_only_one_listed_leads_back_to_all() {
        let there = [interface("eth0", false), interface("docker0", true)];
        let chosen = Settings { interfaces: vec!["eth0".into()], ..Settings::default() };
        for settings in [chosen, Settings::default()] {
            assert!(pressed(&settings, &listed(&settings, &there), "eth0").is_empty());
        }
    }

    #[test]
    fn what_was_chosen_is_listed_though_it_is_gone_or_for_programs() {
        let there = [interface("eth0", false), interface("docker0", true), interface("lo", true)];
        let chosen = ["docker0", "usb0"].map(str::to_owned).to_vec();
        let settings = Settings { interfaces: chosen, ..Settings::default() };
        let names: Vec<_> = listed(&settings, &there).into_iter().map(|(name, at)| (name, at.is_some())).collect();
        assert_eq!(names, [("eth0", true), ("docker0", true), ("usb0", false)]);
        assert_eq!(listed(&Settings::default(), &there).len(), 1);
    }

    #[test]
    fn a_port_is_a_number_or_any() {
        let mut settings = Settings::default();
        let mut state = State::new(&settings);
        for (typed, port, is_wrong) in [
            ("50000", 50_000, false),
            ("65536", 50_000, true),
            ("web", 50_000, true),
            (" 1024 ", 1_024, false),
            ("-1", 1_024, true),
            ("", 0, false),
            ("0", 0, false),
        ] {
            state.update(Message::PortEdited(typed.into()), &mut settings);
            assert!(!state.is_wrong);
            state.update(Message::PortSubmitted, &mut settings);
            assert_eq!((settings.port, state.is_wrong), (port, is_wrong), "{typed:?}");
        }
        assert_eq!(state.port, "");
    }

    #[test]
    fn another_port_than_the_one_that_is_set_is_seen() {
        let at = |port| vec![format!("/ip4/10.0.0.1/tcp/{port}/p2p/x"), format!("/ip6/fd00::1/tcp/{port}/p2p/x")];
        assert_eq!(other_port(48_237, &at(40_001)).as_deref(), Some("40001"));
        assert_eq!(other_port(48_237, &at(48_237)), None);
        assert_eq!(other_port(0, &at(40_001)), None);
        assert_eq!(other_port(48_237, &[]), None);
    }
}
