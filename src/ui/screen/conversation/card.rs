//! A file that was offered, as a card among what was said; a picture that came shows itself.

use iced::Element;
use iced::widget::{column, container, image, sensor};

use super::bubble::{self, Look};
use super::{Known, Message};
use crate::model::{Message as Sent, Offer, TransferId};
use crate::ui::locale::Locale;
use crate::ui::pictures::{self, Picture};
use crate::ui::style;
use crate::ui::text::paragraph as cleaned;
use crate::ui::transfer::{Asking, Subject};
use crate::ui::widget::{paragraph, press, tip};

/// Across a card, and within its edge, in pixels.
const WIDTH: f32 = 380.0;
const EDGE: f32 = 12.0;

/// The highest that a picture is shown, in pixels.
const PICTURE_HEIGHT: f32 = 280.0;

pub(super) fn view<'a>(
    message: &'a Sent,
    offer: &'a Offer,
    look: Look,
    known: Known<'a>,
    asking: &Asking,
    locale: &'a Locale,
) -> Element<'a, Message> {
    let people = known.people;
    let id = message.id.transfer();
    let name = people.name(&message.peer);
    let subject = Subject {
        name: offer.name.as_str(),
        size: offer.size,
        files: offer.files,
        transfer: people.transfer(&id),
        peer: &name.nickname,
        here: people.is_here(&message.peer),
        named: false,
        asking: asking.is_about(id),
    };
    let meta = (!subject.is_under_way()).then(|| bubble::meta(message, people, locale));
    let caption = offer.caption.as_ref().map(|caption| bubble::linked(paragraph(cleaned(caption.as_str()))));
    let path = people.transfer(&id).and_then(pictures::path);
    let picture = path.and_then(|_| known.pictures.get(id)).map(|picture| shown(picture, id, locale));
    let content = subject.view(meta, caption, locale, move |press| Message::FilePressed(id, press));
    let card = container(column![picture, content].spacing(10)).padding(EDGE).max_width(WIDTH);
    let card = card.style(bubble::ground(message.from, look.found));
    match path {
        Some(path) => sensor(card).on_show(move |_| Message::PictureSeen(id, path.to_owned())).into(),
        None => card.into(),
    }
}

/// A picture, as large as fits a card, and no larger than it is.
fn shown<'a>(picture: &Picture, id: TransferId, locale: &Locale) -> Element<'a, Message> {
    #[expect(clippy::cast_precision_loss, reason = "some hundred pixels")]
    let (width, height) = (picture.size.0.max(1) as f32, picture.size.1.max(1) as f32);
    let fit = (PICTURE_HEIGHT / height).min((WIDTH - 2.0 * EDGE) / width).min(1.0);
    let picture = image(picture.handle.clone()).width((width * fit).max(1.0)).height((height * fit).max(1.0));
    let target = press(picture.border_radius(6)).padding(0).style(style::row(false));
    tip(target.on_press(Message::PicturePressed(id)), locale.tr("tip-enlarge"))
}
