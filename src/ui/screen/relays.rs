//! The relays that are used, and how it stands with each.

use iced::widget::{column, container, row, text};
use iced::{Center, Element, Fill};
use lucide_icons::Icon;

use crate::model::{PeerId, RelayState, RelayStatus, short_address};
use crate::ui::locale::Locale;
use crate::ui::text::one_line;
use crate::ui::widget::{destructive, icon, line, paragraph, quiet, small_icon_button};
use crate::ui::{font, style};

/// What the person did with a relay that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// Wants it to be forgotten.
    ForgetPressed(PeerId),
    /// Really.
    Forgotten(PeerId),
    /// Not after all.
    Kept,
}

/// All of `relays`; nothing where there are none.
pub fn view<'a, M: 'a>(relays: &[RelayStatus], locale: &Locale) -> Option<Element<'a, M>> {
    all(relays.iter().map(|relay| one(relay, None, locale)), locale)
}

/// The same, where those that were added can be forgotten; about one of them it's asked whether it shall be.
pub fn editable<'a>(relays: &[RelayStatus], asking: Option<PeerId>, locale: &Locale) -> Option<Element<'a, Message>> {
    let editable = relays.iter().map(|relay| {
        let Some(id) = relay.peer_id.filter(|_| relay.given) else { return one(relay, None, locale) };
        if asking == Some(id) {
            return column![one(relay, None, locale), question(id, locale)].spacing(4).into();
        }
        let forget = small_icon_button(Icon::X, locale.tr("relay-forget"), Message::ForgetPressed(id));
        one(relay, Some(forget), locale)
    });
    all(editable, locale)
}

/// Whether it shall really be forgotten.
fn question<'a>(id: PeerId, locale: &Locale) -> Element<'a, Message> {
    let words = paragraph(locale.tr("relay-forget-question")).size(font::SECONDARY);
    let buttons = row![
        destructive(locale.tr("relay-forget-yes"), Message::Forgotten(id)),
        quiet(locale.tr("relay-forget-no"), Message::Kept),
    ];
    column![words, buttons.spacing(8).wrap()].spacing(4).padding(iced::padding::left(21)).into()
}

fn all<'a, M: 'a>(relays: impl ExactSizeIterator<Item = Element<'a, M>>, locale: &Locale) -> Option<Element<'a, M>> {
    if relays.len() == 0 {
        return None;
    }
    let title = text(locale.tr("relays")).size(font::SECONDARY.text).font(font::STRONG);
    Some(column![title].extend(relays).spacing(4).into())
}

fn one<'a, M: 'a>(relay: &RelayStatus, button: Option<Element<'a, M>>, locale: &Locale) -> Element<'a, M> {
    let name = match &relay.nickname {
        Some(nickname) => nickname.as_str().to_owned(),
        None => one_line(&short_address(&relay.address)),
    };
    let sign = icon(Icon::Waypoints, 13.0);
    let sign = if relay.state == RelayState::Ready { sign.style(style::accent) } else { sign.style(style::muted) };
    let state = paragraph(locale.relay_state(relay)).size(font::SECONDARY).style(style::muted);
    let words = column![line(name).size(font::SECONDARY), state];
    row![container(sign).padding([3, 0]), container(words).width(Fill), button].spacing(8).align_y(Center).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::locale::Language;
    use crate::ui::sample::{locale, relay, simulator};

    fn shown(relay: RelayStatus, language: Language, words: &str) -> bool {
        simulator(view::<()>(&[relay], &locale(language)).unwrap()).find(words).is_ok()
    }

    #[test]
    fn each_is_named_and_says_how_it_stands() {
        let (english, spanish) = (Language::English, Language::Spanish);
        assert!(view::<()>(&[], &locale(english)).is_none());
        assert!(shown(relay(RelayState::Ready), english, "library"));
        assert!(shown(relay(RelayState::Ready), spanish, "listo"));
        let unknown = RelayStatus { nickname: None, ..relay(RelayState::Connecting) };
        assert!(shown(unknown.clone(), english, "10.0.0.9:48237"));
        assert!(shown(unknown, english, "connecting…"));
        assert!(shown(relay(RelayState::Spare), english, "not needed now"));
        let refused = RelayStatus { error: Some("a token is\nneeded".into()), ..relay(RelayState::Refused) };
        assert!(shown(refused, english, "doesn't take you: a token is needed"));
        assert!(shown(relay(RelayState::Refused), spanish, "no te admite"));
    }

    #[test]
    fn those_that_were_added_can_be_forgotten_once_it_was_asked() {
        let english = locale(Language::English);
        let shows = |relay: &RelayStatus, asking, words: &str| {
            simulator(editable(std::slice::from_ref(relay), asking, &english).unwrap()).find(words).is_ok()
        };
        let found = relay(RelayState::Ready);
        let (id, question) =
            (found.peer_id.unwrap(), "Forget this relay? Who is reached through it alone will be gone.");
        assert!(!shows(&found, Some(id), question), "it would be found again");
        let added = RelayStatus { given: true, ..found };
        assert!(!shows(&added, None, question));
        assert!(shows(&added, Some(id), question));
        for (press, message) in [("Forget it", Message::Forgotten(id)), ("Keep it", Message::Kept)] {
            let mut ui = simulator(editable(std::slice::from_ref(&added), Some(id), &english).unwrap());
            ui.click(press).unwrap();
            assert_eq!(ui.into_messages().collect::<Vec<_>>(), [message]);
        }
    }
}
