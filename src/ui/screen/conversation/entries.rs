//! What a conversation shows, in order: days, the "New" line, and messages in groups. Worked out here, drawn elsewhere.

use jiff::civil::Date;

use crate::model::{From, Message, MessageId};
use crate::ui::locale::Locale;

/// Messages of one author further apart than this are not of one group, in milliseconds.
const GROUP_MILLIS: i64 = 5 * 60 * 1_000;

/// A message with what stands above it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry<'a> {
    /// The day that begins with it.
    pub day: Option<Date>,
    /// Whether it and what follows hadn't been read.
    pub is_new: bool,
    /// Which.
    pub message: &'a Message,
    /// Whether it's the first of its group.
    pub first: bool,
    /// Whether its time and how far it got are shown.
    pub dated: bool,
}

/// The entry for the message at `place` in `messages`, with "New" above `new_from`.
pub fn entry<'a>(
    messages: &'a [Message],
    place: usize,
    new_from: Option<MessageId>,
    locale: &Locale,
) -> Option<Entry<'a>> {
    let message = messages.get(place)?;
    let before = place.checked_sub(1).and_then(|before| messages.get(before));
    let after = messages.get(place + 1);
    let day = locale.day(message.sent_at);
    let other_day = before.is_none_or(|before| locale.day(before.sent_at) != day);
    let is_new = new_from == Some(message.id);
    let first = other_day || is_new || before.is_none_or(|before| !are_grouped(before, message));
    let last = after.is_none_or(|after| {
        new_from == Some(after.id) || locale.day(after.sent_at) != day || !are_grouped(message, after)
    });
    let differs = after.is_some_and(|after| message.from == From::Me && after.state != message.state);
    Some(Entry { day: other_day.then_some(day), is_new, message, first, dated: last || differs })
}

fn are_grouped(one: &Message, next: &Message) -> bool {
    one.from == next.from && next.sent_at.millis().abs_diff(one.sent_at.millis()) <= GROUP_MILLIS.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MessageState;
    use crate::ui::locale::Language;
    use crate::ui::sample::{LUIS, at, locale, message_id, received, sent};

    fn shape(messages: &[Message], new_from: Option<MessageId>) -> String {
        let locale = locale(Language::English);
        let entries = (0..messages.len()).map(|place| entry(messages, place, new_from, &locale).unwrap());
        entries
            .map(|Entry { day, is_new, message, first, dated }| {
                let day = day.map(|day| format!("{} ", locale.day_name(day))).unwrap_or_default();
                let author = if message.from == From::Me { 'm' } else { 'p' };
                let (new, first) = (if is_new { "New " } else { "" }, if first { "|" } else { "" });
                format!("{day}{new}{first}{author}{} ", if dated { "." } else { "" })
            })
            .collect()
    }

    fn timed(mut message: Message, time: crate::model::Timestamp) -> Message {
        message.sent_at = time;
        message
    }

    #[test]
    fn messages_are_grouped_by_author_and_time() {
        let messages = [
            timed(received(LUIS, 1, "a"), at(14, 20)),
            timed(received(LUIS, 2, "b"), at(14, 21)),
            timed(received(LUIS, 3, "an hour later"), at(15, 21)),
            timed(sent(LUIS, 4, "c", MessageState::Read), at(15, 21)),
            timed(sent(LUIS, 5, "d", MessageState::Read), at(15, 22)),
        ];
        assert_eq!(shape(&messages, None), "Today |p p. |p. |m m. ");
        assert_eq!(shape(&messages, Some(message_id(2))), "Today |p. New |p. |p. |m m. ");
    }

    #[test]
    fn days_are_separated() {
        let day = 24 * 3_600_000;
        let yesterday = crate::model::Timestamp::from_millis(at(14, 20).millis() - day);
        let messages = [timed(received(LUIS, 1, "a"), yesterday), timed(received(LUIS, 2, "b"), at(14, 20))];
        assert_eq!(shape(&messages, None), "Yesterday |p. Today |p. ");
        assert_eq!(shape(&[], None), "");
    }

    #[test]
    fn a_state_that_differs_from_the_next_is_shown() {
        let messages = [
            timed(sent(LUIS, 1, "a", MessageState::Failed), at(14, 20)),
            timed(sent(LUIS, 2, "b", MessageState::Delivered), at(14, 20)),
            timed(sent(LUIS, 3, "c", MessageState::Delivered), at(14, 20)),
        ];
        assert_eq!(shape(&messages, None), "Today |m. m m. ");
    }
}
