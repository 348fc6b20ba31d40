//! Emoji: a picker above the composer, and `:shortcodes:` in what is being written. Shortcodes are GitHub's, and names in
//! Spanish. Both languages are searched: who writes in two knows some in either.

mod names;

use std::sync::Arc;

use emojis::{Emoji, Group};
use iced::widget::text_editor::{Action, Content, Edit};
use iced::widget::{Id, column, container, mouse_area, opaque, row, scrollable, space, stack, text, text_input};
use iced::{Center, Element, Fill};
use unicode_segmentation::UnicodeSegmentation;

use crate::ui::locale::Locale;
use crate::ui::widget::{above, line, press, thin_scrollbar, tip};
use crate::ui::{font, style};

/// The picker.
pub(super) const PICKER: Id = Id::new("picker of emoji");

/// The panel, in pixels.
const WIDTH: f32 = 352.0;
const HEIGHT: f32 = 320.0;

/// One emoji's target, and how large it's drawn.
const TARGET: f32 = 40.0;
const SIZE: f32 = 24.0;

/// How many are shown of what is found.
const MAX_FOUND: usize = 64;

/// What the bundled font has: later ones would be drawn as nothing.
const NEWEST: (u32, u32) = (15, 1);

/// Longest shortcode that is looked for, in bytes.
const MAX_SHORTCODE: usize = 48;

/// Where one is in the picker.
#[derive(Debug, Clone)]
pub struct State {
    query: String,
    group: Group,
    /// What is shown of it.
    found: Vec<&'static Emoji>,
}

/// What the person did there.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Typed in the search.
    Searched(String),
    /// Pressed Enter there.
    Submitted,
    /// Wants to see these.
    GroupChosen(Group),
    /// Wants this one.
    Chosen(&'static str),
    /// Wants none after all.
    Left,
}

impl State {
    /// The picker at its beginning.
    pub fn new() -> Self {
        let (query, group) = (String::new(), Group::SmileysAndEmotion);
        Self { found: found(&query, group), query, group }
    }

    /// Takes in what the person did. Gives an emoji that was chosen.
    pub fn update(&mut self, message: Message) -> Option<&'static str> {
        match message {
            Message::Searched(query) => self.query = query,
            Message::GroupChosen(group) => {
                self.group = group;
                self.query.clear();
            }
            Message::Submitted => return self.found.first().map(|emoji| emoji.as_str()),
            Message::Chosen(emoji) => return Some(emoji),
            Message::Left => {}
        }
        self.found = found(&self.query, self.group);
        None
    }

    /// The picker, over something that any press beside it leads back to.
    pub fn view<'a>(&'a self, field: Id, locale: &Locale) -> Element<'a, Message> {
        let search = text_input(&locale.tr("emoji-search"), &self.query)
            .id(field)
            .on_input(Message::Searched)
            .on_submit(Message::Submitted)
            .size(font::BODY.text)
            .padding([6, 12])
            .style(style::input);
        let groups = row(Group::iter().map(|group| {
            let sign = group.emojis().next().map_or("", Emoji::as_str);
            let chosen = self.query.is_empty() && self.group == group;
            let target = press(picture(sign, 18.0, 34.0)).padding(0).style(style::row(chosen));
            tip(target.on_press(Message::GroupChosen(group)), locale.tr(group_key(group)))
        }));
        let list: Element<'a, Message> = if self.found.is_empty() {
            container(line(locale.tr("search-nothing")).style(style::muted)).padding(8).into()
        } else {
            row(self.found.iter().map(|emoji| {
                let target = press(picture(emoji.as_str(), SIZE, TARGET)).padding(0).style(style::row(false));
                tip(target.on_press(Message::Chosen(emoji.as_str())), names::name(emoji, locale.language()).to_owned())
            }))
            .wrap()
            .into()
        };
        let list = scrollable(list).direction(thin_scrollbar()).style(style::scroller).height(Fill).width(Fill);
        let panel =
            container(column![search, groups, list].spacing(8)).width(Fill).max_width(WIDTH).height(HEIGHT).padding(10);
        let place = container(opaque(panel.style(style::menu))).align_right(Fill).align_bottom(Fill);
        let place = place.padding(iced::padding::horizontal(20).bottom(8));
        above(PICKER, stack![mouse_area(space().width(Fill).height(Fill)).on_press(Message::Left), place]).into()
    }
}

/// What fits a query, what begins with it first; where there's none, all of a group.
fn found(query: &str, group: Group) -> Vec<&'static Emoji> {
    let query = query.trim().trim_matches(':').to_lowercase();
    if query.is_empty() {
        return group.emojis().filter(is_drawn).collect();
    }
    let folded = names::fold(&query);
    let begins = |emoji: &&Emoji| {
        emoji.shortcodes().any(|code| code.starts_with(&query)) || names::begins_in_spanish(emoji, &folded)
    };
    let holds = |emoji: &&Emoji| {
        emoji.name().to_lowercase().contains(&query)
            || emoji.shortcodes().any(|code| code.contains(&query))
            || names::has_in_spanish(emoji, &folded)
    };
    let first = emojis::iter().filter(begins);
    let rest = emojis::iter().filter(|emoji| holds(emoji) && !begins(emoji));
    first.chain(rest).filter(is_drawn).take(MAX_FOUND).collect()
}

fn is_drawn(emoji: &&'static Emoji) -> bool {
    let version = emoji.emoji_version();
    (version.major(), version.minor()) <= NEWEST
}

fn picture<'a>(emoji: &'a str, size: f32, target: f32) -> Element<'a, Message> {
    let emoji = text(emoji).font(font::EMOJI).size(size).line_height(text::LineHeight::Relative(1.0));
    container(emoji.shaping(text::Shaping::Advanced))
        .width(target)
        .height(target)
        .align_x(Center)
        .align_y(Center)
        .into()
}

const fn group_key(group: Group) -> &'static str {
    match group {
        Group::SmileysAndEmotion => "emoji-smileys",
        Group::PeopleAndBody => "emoji-people",
        Group::AnimalsAndNature => "emoji-animals",
        Group::FoodAndDrink => "emoji-food",
        Group::TravelAndPlaces => "emoji-travel",
        Group::Activities => "emoji-activities",
        Group::Objects => "emoji-objects",
        Group::Symbols => "emoji-symbols",
        Group::Flags => "emoji-flags",
    }
}

/// Where the cursor of `draft` is, after what is selected there has gone.
pub(super) fn insert(draft: &mut Content, emoji: &str) {
    draft.perform(Action::Edit(Edit::Paste(Arc::new(emoji.to_owned()))));
}

/// Puts an emoji where a shortcode has just been ended with a colon.
pub(super) fn replace_shortcode(draft: &mut Content) {
    let cursor = draft.cursor().position;
    let Some(line) = draft.line(cursor.line) else { return };
    let Some(before) = line.text.get(..cursor.column).and_then(|before| before.strip_suffix(':')) else { return };
    let Some((_, code)) = before.rsplit_once(':') else { return };
    if code.is_empty() || code.len() > MAX_SHORTCODE {
        return;
    }
    let Some(emoji) = emojis::get_by_shortcode(code).or_else(|| names::by_spanish_name(code)) else { return };
    // And the colons.
    for _ in 0..code.graphemes(true).count() + 2 {
        draft.perform(Action::Edit(Edit::Backspace));
    }
    insert(draft, emoji.as_str());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::locale::Language;
    use crate::ui::sample::{locale, simulator};

    fn typed(text: &str) -> String {
        let mut draft = Content::new();
        for letter in text.chars() {
            draft.perform(Action::Edit(Edit::Insert(letter)));
            if letter == ':' {
                replace_shortcode(&mut draft);
            }
        }
        draft.text()
    }

    #[test]
    fn shortcodes_become_emoji_where_they_end() {
        assert_eq!(typed(":taco:"), "🌮");
        assert_eq!(typed("año :+1: y :taco:\nñ :smile:!"), "año 👍 y 🌮\nñ 😄!");
        assert_eq!(typed("at 10:30: nothing::"), "at 10:30: nothing::");
        assert_eq!(typed("::"), "::");
        assert_eq!(typed("¡:corazón_rojo:!"), "¡❤️!");
    }

    #[test]
    fn emoji_are_found_by_name_and_chosen() {
        let locale = locale(Language::English);
        let mut state = State::new();
        assert!(simulator(state.view(Id::new("emoji"), &locale)).find("😃").is_ok());
        state.update(Message::Searched("TACO".into()));
        assert_eq!(state.update(Message::Submitted), Some("🌮"));
        let mut ui = simulator(state.view(Id::new("emoji"), &locale));
        assert!(ui.find("😃").is_err());
        ui.click("🌮").unwrap();
        assert_eq!(ui.into_messages().collect::<Vec<_>>(), [Message::Chosen("🌮")]);
        state.update(Message::Searched("corazon".into()));
        assert!(state.found.iter().any(|emoji| emoji.as_str() == "❤️"));
        state.update(Message::Searched("no such thing".into()));
        simulator(state.view(Id::new("emoji"), &locale)).find("Nothing found").unwrap();
        state.update(Message::GroupChosen(Group::Flags));
        assert!(simulator(state.view(Id::new("emoji"), &locale)).find("🏁").is_ok());
    }
}
