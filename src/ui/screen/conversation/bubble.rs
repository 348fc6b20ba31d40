//! One message.

use iced::widget::{column, container, hover, row, stack};
use iced::{Center, Element, Fill};
use lucide_icons::Icon;

use super::{Known, Message, card, link};
use crate::model::{Body, From, Message as Sent, MessageState};
use crate::ui::locale::Locale;
use crate::ui::people::People;
use crate::ui::text;
use crate::ui::transfer::Asking;
use crate::ui::widget::{Words, icon_button, line, paragraph, tick};
use crate::ui::{font, style};

/// The widest bubble, in pixels.
pub(super) const MAX_WIDTH: f32 = 560.0;

/// Pixels kept free for the time, and for the tick beside it.
const TIME_WIDTH: f32 = 44.0;
const TICK_WIDTH: f32 = 18.0;

/// Room beside a bubble for the button that copies it.
const COPY_WIDTH: f32 = 40.0;

/// How a bubble looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// With its time, and how far it got.
    pub dated: bool,
    /// Marked as what was found.
    pub found: bool,
}

/// A message.
pub(super) fn view<'a>(
    message: &'a Sent,
    look: Look,
    known: Known<'a>,
    asking: &Asking,
    locale: &'a Locale,
) -> Element<'a, Message> {
    let people = known.people;
    let bubble = match &message.body {
        Body::Text(words) => {
            let bubble = said(paragraph(text::paragraph(words.as_str())), message, look, people, locale);
            with_copy(bubble, message, locale)
        }
        Body::Offer(offer) => card::view(message, offer, look, known, asking, locale),
        Body::Unknown { .. } => {
            said(paragraph(locale.tr("sent-by-newer")).style(style::on_bubble), message, look, people, locale)
        }
        Body::Cancelled => {
            said(paragraph(locale.tr("cancelled-message")).style(style::on_bubble), message, look, people, locale)
        }
    };
    match failure(message, locale) {
        Some(words) => column![bubble, paragraph(words).size(font::SECONDARY).style(style::danger)]
            .max_width(MAX_WIDTH)
            .align_x(iced::Right)
            .into(),
        None => bubble,
    }
}

/// A bubble with a button beside it, while the pointer is there, that copies its text.
fn with_copy<'a>(bubble: Element<'a, Message>, message: &Sent, locale: &Locale) -> Element<'a, Message> {
    let copy = container(icon_button(Icon::Copy, locale.tr("copy"), Some(Message::CopyPressed(message.id))));
    match message.from {
        From::Me => {
            hover(container(bubble).padding(iced::padding::left(COPY_WIDTH)), copy.align_left(Fill).center_y(Fill))
        }
        From::Peer => {
            hover(container(bubble).padding(iced::padding::right(COPY_WIDTH)), copy.align_right(Fill).center_y(Fill))
        }
    }
}

fn failure(message: &Sent, locale: &Locale) -> Option<String> {
    (message.state == MessageState::Failed).then(|| match &message.error {
        Some(cause) => locale.tr_with("not-sent", [("cause", locale.reason(cause))]),
        None => locale.tr("not-sent-unknown"),
    })
}

fn said<'a>(words: Words<'a>, message: &Sent, look: Look, people: &People, locale: &Locale) -> Element<'a, Message> {
    let content: Element<'a, Message> = if look.dated {
        let mine = message.from == From::Me;
        let words = words.reserve(if mine { TIME_WIDTH + TICK_WIDTH } else { TIME_WIDTH });
        stack![linked(words), container(meta(message, people, locale)).align_right(Fill).align_bottom(Fill)].into()
    } else {
        linked(words)
    };
    container(content).padding([8, 12]).max_width(MAX_WIDTH).style(ground(message.from, look.found)).into()
}

/// Words of which links can be pressed, and any can be copied.
pub(super) fn linked<'a>(words: Words<'a>) -> Element<'a, Message> {
    words.on_link(|target| Message::Link(link::Message::Pressed(target))).into()
}

/// When, and how far it got.
pub(super) fn meta<'a>(message: &Sent, people: &People, locale: &Locale) -> Element<'a, Message> {
    let time = line(locale.clock(message.sent_at)).size(font::LABEL).style(style::on_bubble);
    let tick = (message.from == From::Me).then(|| tick(people.shown_state(message.state), style::on_bubble));
    row![time, tick].spacing(4).align_y(Center).into()
}

/// The ground of what somebody wrote, marked where it was found.
pub(super) fn ground(from: From, found: bool) -> impl Fn(&iced::Theme) -> container::Style {
    move |theme| {
        let ground = match from {
            From::Me => style::mine(theme),
            From::Peer => style::theirs(theme),
        };
        if found { style::found(theme, ground) } else { ground }
    }
}
