//! Who one is talking with, whether they're there and how they're reached.

use iced::widget::{column, container, row, rule};
use iced::{Center, Element, Fill};
use lucide_icons::Icon;

use super::{Frame, Message};
use crate::model::{PeerId, Presence};
use crate::ui::font;
use crate::ui::keys::{self, Command};
use crate::ui::locale::Locale;
use crate::ui::people::People;
use crate::ui::style::{self, Ground};
use crate::ui::widget::{Face, avatar, icon_button, line};

pub(super) fn view<'a>(peer: PeerId, people: &People, frame: Frame, locale: &Locale) -> Element<'a, Message> {
    let name = people.name(&peer);
    let face = Face { peer, nickname: &name.nickname, presence: people.presence(&peer), ground: Ground::Background };
    let back = (frame == Frame::Alone)
        .then(|| icon_button(Icon::ArrowLeft, locale.tr("tip-back"), Some(Message::BackPressed)));
    // In a narrow window it's in the menu alone.
    let pop_out = (frame == Frame::Pane)
        .then(|| icon_button(Icon::PictureInPicture2, locale.tr("tip-pop-out"), Some(Message::PopOutPressed)));
    let key = keys::name(Command::Menu, locale).unwrap_or_default();
    let more =
        icon_button(Icon::EllipsisVertical, locale.tr_with("tip-menu", [("key", key)]), Some(Message::MenuPressed));
    let tag = name.tag.as_ref().map(|tag| line(format!("#{tag}")).size(font::SECONDARY).style(style::muted));
    let words = column![
        row![line(name.nickname.clone()).strong(), tag].spacing(4).align_y(Center),
        line(status(peer, people, locale)).size(font::SECONDARY).style(style::muted),
    ];
    let content =
        row![back, avatar(face, 36.0), words.width(Fill), row![pop_out, more].spacing(4)].spacing(12).align_y(Center);
    column![container(content).padding([0, 20]).center_y(64), rule::horizontal(1).style(style::line)].into()
}

/// `Online · direct`, that somebody is writing, or when they were last here.
fn status(peer: PeerId, people: &People, locale: &Locale) -> String {
    if people.is_typing(&peer) {
        return locale.tr("typing");
    }
    let presence = people.presence(&peer);
    let known = people.peer(&peer);
    let more = match presence {
        Presence::Offline => known
            .and_then(|peer| peer.last_seen)
            .map(|time| locale.tr_with("last-seen", [("when", locale.short(time))])),
        _ => known.and_then(|peer| locale.path(peer.path)),
    };
    let presence = locale.presence(presence);
    more.map_or(presence.clone(), |more| format!("{presence} · {more}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Event;
    use crate::ui::locale::Language;
    use crate::ui::sample::{self, FERNANDA, LUIS, RECEPTION, locale};

    #[test]
    fn it_says_how_somebody_is_reached() {
        let (people, locale) = (People::new(sample::snapshot()), locale(Language::English));
        assert_eq!(status(LUIS, &people, &locale), "Online · direct");
        assert_eq!(status(RECEPTION, &people, &locale), "Online · through the relay");
        assert_eq!(status(FERNANDA, &people, &locale), "Offline · last here Mon");
    }

    #[test]
    fn it_says_that_somebody_is_writing() {
        let mut people = People::new(sample::snapshot());
        people.apply(&Event::Typing { peer_id: LUIS, typing: true });
        let said = |people: &People, language| status(LUIS, people, &locale(language));
        assert_eq!(said(&people, Language::English), "is typing…");
        assert_eq!(said(&people, Language::Spanish), "está escribiendo…");
        assert_eq!(status(RECEPTION, &people, &locale(Language::English)), "Online · through the relay");
        people.apply(&Event::Typing { peer_id: LUIS, typing: false });
        assert_eq!(said(&people, Language::English), "Online · direct");
    }
}
