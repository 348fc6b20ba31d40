//! The relays that are used, and how it stands with each.

use iced::widget::{column, container, row, text};
use iced::{Center, Element, Fill};
use lucide_icons::Icon;

use crate::model::{RelayState, RelayStatus};
use crate::ui::locale::Locale;
use crate::ui::text::{one_line, short_address};
use crate::ui::widget::{icon, line, paragraph};
use crate::ui::{font, style};

/// All of `relays`; nothing where there are none.
pub fn view<'a, M: 'a>(relays: &[RelayStatus], locale: &Locale) -> Option<Element<'a, M>> {
    if relays.is_empty() {
        return None;
    }
    let title = text(locale.tr("relays")).size(font::SECONDARY.text).font(font::STRONG);
    Some(column![title].extend(relays.iter().map(|relay| one(relay, locale))).spacing(4).into())
}

fn one<'a, M: 'a>(relay: &RelayStatus, locale: &Locale) -> Element<'a, M> {
    let name = match &relay.nickname {
        Some(nickname) => nickname.as_str().to_owned(),
        None => one_line(&short_address(&relay.address)),
    };
    let sign = icon(Icon::Waypoints, 13.0);
    let sign = if relay.state == RelayState::Ready { sign.style(style::accent) } else { sign.style(style::muted) };
    let state = paragraph(locale.relay_state(relay)).size(font::SECONDARY).style(style::muted);
    let words = column![line(name).size(font::SECONDARY), state];
    row![container(sign).padding([3, 0]), container(words).width(Fill)].spacing(8).align_y(Center).into()
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
}
