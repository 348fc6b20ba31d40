//! Where one writes.

use std::ops::Range;

use iced::advanced::text::highlighter::{self, Format};
use iced::keyboard::Key;
use iced::keyboard::key::Named;
use iced::widget::text::LineHeight;
use iced::widget::text_editor::{Binding, Content, KeyPress, Status};
use iced::widget::{Id, column, container, row, rule, stack, text_editor};
use iced::{Bottom, Element, Font, Theme};
use lucide_icons::Icon;

use super::Message;
use crate::ui::locale::Locale;
use crate::ui::people::Name;
use crate::ui::text::runs;
use crate::ui::widget::{icon_button, labelled, line};
use crate::ui::{font, keys, style};

/// Lines up to which it grows.
const MAX_LINES: f32 = 6.0;

/// The composer for a conversation with `name`.
pub(super) fn view<'a>(id: Id, draft: &'a Content, name: &Name, locale: &Locale) -> Element<'a, Message> {
    let placeholder = locale.tr_with("message-placeholder", [("name", name.nickname.as_str())]);
    let editor = text_editor(draft)
        .id(id)
        .on_action(Message::Edited)
        .key_binding(binding)
        .font(font::TEXT)
        .size(font::BODY.text)
        .line_height(LineHeight::Absolute(font::BODY.line.into()))
        .padding([0, 14])
        .min_height(font::BODY.line)
        .max_height(MAX_LINES * font::BODY.line)
        .style(style::editor)
        .highlight_with::<Emoji>((), emoji_font);
    let attach = icon_button(Icon::Plus, locale.tr("tip-attach"), Some(Message::AttachPressed));
    let emoji = icon_button(Icon::Smile, locale.tr("tip-emoji"), Some(Message::EmojiPressed));
    let blank = draft.text().trim().is_empty();
    let send = labelled(locale.tr("send")).padding([9, 16]).style(style::primary);
    let send = send.on_press_maybe((!blank).then_some(Message::Submitted));
    // The editor reckons its lines without its own padding above and below, so that is left to what is around it.
    let editor = container(editor).padding([9, 0]).style(style::field);
    // The editor's own would be broken into lines, of which but the first is seen.
    let hint = draft.is_empty().then(|| container(line(placeholder).style(style::muted)).padding([9, 14]));
    let editor = stack![editor].extend(hint.map(Element::from));
    let content = row![
        container(attach).padding([2, 0]),
        editor,
        container(emoji).padding([2, 0]),
        container(send).padding([1, 0])
    ];
    let content = container(content.spacing(8).align_y(Bottom)).padding([12, 20]);
    column![rule::horizontal(1).style(style::line), content].into()
}

/// Enter sends, Shift+Enter breaks the line; keys of the table are left to it.
fn binding(press: KeyPress) -> Option<Binding<Message>> {
    if !matches!(press.status, Status::Focused { .. }) {
        return None;
    }
    if keys::command(&press.key, press.physical_key, press.modifiers).is_some() {
        return None;
    }
    if press.key == Key::Named(Named::Enter) {
        let breaks = press.modifiers.shift() || press.modifiers.alt();
        return Some(if breaks { Binding::Enter } else { Binding::Custom(Message::Submitted) });
    }
    match Binding::from_key_press(press) {
        // The editor itself pastes words alone.
        Some(Binding::Paste) => Some(Binding::Sequence(vec![
            Binding::Custom(Message::PasteBegan),
            Binding::Paste,
            Binding::Custom(Message::PasteEnded),
        ])),
        other => other,
    }
}

fn emoji_font(_: &(), _: &Theme) -> Format<Font> {
    Format { color: None, font: Some(font::EMOJI) }
}

/// Finds emoji in what is being written, so that they're drawn in their font.
struct Emoji {
    line: usize,
}

impl highlighter::Highlighter for Emoji {
    type Settings = ();
    type Highlight = ();
    type Iterator<'a> = std::vec::IntoIter<(Range<usize>, ())>;

    fn new((): &()) -> Self {
        Self { line: 0 }
    }

    fn update(&mut self, (): &()) {
        self.line = 0;
    }

    fn change_line(&mut self, line: usize) {
        self.line = self.line.min(line);
    }

    fn highlight_line(&mut self, line: &str) -> Self::Iterator<'_> {
        self.line += 1;
        let mut start = 0;
        let mut found = Vec::new();
        for run in runs(line) {
            let end = start + run.text.len();
            if run.emoji {
                found.push((start..end, ()));
            }
            start = end;
        }
        found.into_iter()
    }

    fn current_line(&self) -> usize {
        self.line
    }
}

#[cfg(test)]
mod tests {
    use iced::advanced::text::Highlighter as _;

    use super::*;

    #[test]
    fn emoji_are_found_where_they_stand() {
        let mut emoji = Emoji::new(&());
        let found: Vec<Range<usize>> = emoji.highlight_line("año 🌮 y 🙂").map(|(range, ())| range).collect();
        assert_eq!(found, [5..9, 12..16]);
        assert_eq!(emoji.current_line(), 1);
        emoji.change_line(0);
        assert_eq!(emoji.current_line(), 0);
    }
}
