//! How it stands with the network, as it is just now: what is well, what isn't known yet, and what is in the way.

use iced::widget::{column, container, row};
use iced::{Element, Fill};
use lucide_icons::Icon;

use crate::model::{Me, Multicast, short_address};
use crate::ui::locale::Locale;
use crate::ui::widget::{icon, paragraph};
use crate::ui::{font, style};

/// What came of looking. Each has a sign of its own, so that it isn't told by its colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finding {
    Well,
    /// Nothing shows it yet, and nothing speaks against it.
    Open,
    Amiss,
}

/// All of them.
pub fn view<'a, M: 'a>(me: &Me, locale: &Locale) -> Element<'a, M> {
    column(all(me, locale).map(|(finding, words)| one(finding, words))).spacing(6).into()
}

fn all(me: &Me, locale: &Locale) -> [(Finding, String); 3] {
    [network(me, locale), multicast(me, locale), reach(me, locale)]
}

fn one<'a, M: 'a>(finding: Finding, words: String) -> Element<'a, M> {
    let sign = match finding {
        Finding::Well => icon(Icon::CircleCheck, 15.0).style(style::accent),
        Finding::Open => icon(Icon::CircleDashed, 15.0).style(style::muted),
        Finding::Amiss => icon(Icon::CircleAlert, 15.0).style(style::danger),
    };
    let words = container(paragraph(words).size(font::SECONDARY)).width(Fill);
    row![container(sign).padding([2, 0]), words].spacing(8).into()
}

fn network(me: &Me, locale: &Locale) -> (Finding, String) {
    if me.network.up {
        (Finding::Well, locale.tr("nobody-network-up"))
    } else {
        (Finding::Amiss, locale.tr("nobody-network-down"))
    }
}

fn multicast(me: &Me, locale: &Locale) -> (Finding, String) {
    match me.network.multicast {
        Multicast::Off => (Finding::Amiss, locale.tr("nobody-multicast-off")),
        Multicast::Failed => (Finding::Amiss, locale.tr("nobody-multicast-failed")),
        Multicast::Silent => (Finding::Open, locale.tr("nobody-multicast-silent")),
        Multicast::Heard => (Finding::Well, locale.tr("nobody-multicast-heard")),
    }
}

fn reach(me: &Me, locale: &Locale) -> (Finding, String) {
    if me.network.reached {
        return (Finding::Well, locale.tr("nobody-reach-made"));
    }
    match me.addresses.first().and_then(|address| port(address)) {
        Some(port) => (Finding::Open, locale.tr_with("nobody-reach-listening", [("port", port)])),
        None => (Finding::Amiss, locale.tr("nobody-reach-none")),
    }
}

/// As a text: a number would be written in groups of digits.
fn port(address: &str) -> Option<String> {
    let short = short_address(address);
    short.rsplit_once(':').map(|(_, port)| port.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Network;
    use crate::ui::locale::Language;
    use crate::ui::sample::{self, locale, simulator};

    fn me(addresses: &[&str], network: Network) -> Me {
        let addresses = addresses.iter().map(|address| (*address).to_owned()).collect();
        Me { addresses, network, ..sample::snapshot().me }
    }

    #[test]
    fn each_state_has_its_words_and_sign() {
        use Finding::{Amiss, Open, Well};
        let here = ["/ip6/fd00::20/tcp/48237/p2p/12D3KooW"];
        let no = Network::default();
        let up = Network { up: true, ..no };
        let heard = |multicast| me(&here, Network { multicast, ..no });
        let reached = Network { reached: true, ..no };
        let (first, second, third) = (0, 1, 2);
        for (me, place, finding, words) in [
            (me(&[], no), first, Amiss, "vecino has no address on a network"),
            (me(&here, up), first, Well, "This computer is on a network"),
            (heard(Multicast::Off), second, Amiss, "Looking for others by multicast is off"),
            (heard(Multicast::Failed), second, Amiss, "Multicast can't be used here"),
            (heard(Multicast::Silent), second, Open, "Nobody else was heard by multicast yet"),
            (heard(Multicast::Heard), second, Well, "Another computer's vecino was heard by multicast"),
            (me(&[], no), third, Amiss, "vecino listens on no port"),
            (me(&here, no), third, Open, "Listens on port 48237; no other computer has connected yet"),
            (me(&here, reached), third, Well, "Another computer has connected to this one"),
        ] {
            let locale = locale(Language::English);
            assert_eq!(all(&me, &locale)[place], (finding, words.to_owned()));
            simulator(view::<()>(&me, &locale)).find(words).unwrap();
        }
    }
}
