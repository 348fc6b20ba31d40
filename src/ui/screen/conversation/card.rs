//! A file that was offered, as a card among what was said.

use iced::Element;
use iced::widget::container;

use super::{Message, bubble};
use crate::model::{Message as Sent, Offer};
use crate::ui::locale::Locale;
use crate::ui::people::People;
use crate::ui::text::paragraph as cleaned;
use crate::ui::transfer::{Asking, Subject};
use crate::ui::widget::paragraph;

/// Across a card, in pixels.
const WIDTH: f32 = 380.0;

pub(super) fn view<'a>(
    message: &'a Sent,
    offer: &'a Offer,
    people: &'a People,
    asking: &Asking,
    locale: &'a Locale,
) -> Element<'a, Message> {
    let id = message.id.transfer();
    let name = people.name(&message.peer);
    let subject = Subject {
        name: offer.name.as_str(),
        size: offer.size,
        files: offer.files,
        transfer: people.transfer(&id),
        peer: &name.nickname,
        here: people.is_here(&message.peer),
        asking: asking.is_about(id),
    };
    let meta = (!subject.is_under_way()).then(|| bubble::meta(message, people, locale));
    let caption = offer.caption.as_ref().map(|caption| paragraph(cleaned(caption.as_str())).into());
    let content = subject.view(meta, caption, locale, move |press| Message::FilePressed(id, press));
    container(content).padding(12).max_width(WIDTH).style(bubble::ground(message.from)).into()
}
