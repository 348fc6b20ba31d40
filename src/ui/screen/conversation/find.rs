//! The bar that finds words in one conversation.

use iced::widget::{Id, container, row, text_input};
use iced::{Center, Element, Fill};
use lucide_icons::Icon;

use crate::model::{MessageId, PeerId};
use crate::ui::font;
use crate::ui::locale::Locale;
use crate::ui::search::{Query, Search};
use crate::ui::style;
use crate::ui::widget::{icon_button, line};

/// What is looked for, and which hit is shown.
#[derive(Debug)]
pub struct State {
    search: Search,
    /// How many hits are newer than the one shown.
    newer: usize,
    /// Whether the next older hit is to be shown once it's there.
    awaits_older: bool,
}

/// What the person did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Typed.
    Edited(String),
    /// Wants the hit before.
    OlderPressed,
    /// Wants the hit after.
    NewerPressed,
    /// Looks for nothing any longer.
    LeftPressed,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    None,
    /// Ask.
    Ask(Query),
    /// Go there.
    Jump(MessageId),
    /// Close the bar.
    Leave,
}

impl State {
    /// Nothing looked for yet in the conversation with `peer`.
    pub fn new(peer: PeerId) -> Self {
        Self { search: Search::new(Some(peer)), newer: 0, awaits_older: false }
    }

    /// Takes in what the person did.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Edited(words) => {
                self.newer = 0;
                self.awaits_older = false;
                self.search.edit(words).map_or(Action::None, Action::Ask)
            }
            // The hits that there are were for other words.
            Message::OlderPressed if !self.search.is_answered() => Action::None,
            Message::OlderPressed if self.newer + 1 < self.search.hits().len() => {
                self.newer += 1;
                self.jump()
            }
            Message::OlderPressed => {
                let more = self.search.more();
                self.awaits_older |= more.is_some();
                more.map_or(Action::None, Action::Ask)
            }
            Message::NewerPressed if self.newer > 0 => {
                self.newer -= 1;
                self.jump()
            }
            Message::NewerPressed => Action::None,
            Message::LeftPressed => Action::Leave,
        }
    }

    /// Takes the answer to a question; `None` where it failed.
    pub fn answer(&mut self, query: &Query, hits: Option<Vec<crate::model::Message>>) -> Action {
        let failed = hits.is_none();
        if let Some(next) = self.search.answer(query, hits) {
            return Action::Ask(next);
        }
        let wants_older = std::mem::take(&mut self.awaits_older);
        if failed || !self.search.is_answered() {
            return Action::None;
        }
        if query.before.is_some() {
            return if wants_older { self.update(Message::OlderPressed) } else { Action::None };
        }
        self.jump()
    }

    fn jump(&self) -> Action {
        let hit = self.search.hits().iter().rev().nth(self.newer);
        hit.map_or(Action::None, |hit| Action::Jump(hit.id))
    }

    /// The bar.
    pub fn view<'a>(&'a self, field: Id, locale: &Locale) -> Element<'a, Message> {
        let input = text_input(&locale.tr("find-placeholder"), self.search.words())
            .id(field)
            .on_input(Message::Edited)
            .on_submit(Message::OlderPressed)
            .size(font::BODY.text)
            .padding([6, 12])
            .style(style::input);
        let count = self.search.hits().len();
        let place = match (self.search.is_answered(), count) {
            (false, _) => String::new(),
            (true, 0) => locale.tr("search-nothing"),
            (true, _) => {
                let count = if self.search.has_more() { format!("{count}+") } else { count.to_string() };
                locale.tr_with("find-place", [("at", (self.newer + 1).to_string()), ("count", count)])
            }
        };
        let older = (self.newer + 1 < count || self.search.has_more()).then_some(Message::OlderPressed);
        let newer = (self.newer > 0).then_some(Message::NewerPressed);
        let content = row![
            input.width(Fill),
            line(place).size(font::SECONDARY).style(style::muted),
            icon_button(Icon::ChevronUp, locale.tr("find-older"), older),
            icon_button(Icon::ChevronDown, locale.tr("find-newer"), newer),
            icon_button(Icon::X, locale.tr("find-close"), Some(Message::LeftPressed)),
        ];
        container(content.spacing(8).align_y(Center)).padding([8, 20]).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::sample::{LUIS, message_id, received};
    use crate::ui::search;

    fn hits(from: u64, to: u64) -> Option<Vec<crate::model::Message>> {
        Some((from..to).map(|lamport| received(LUIS, lamport, "hola")).collect())
    }

    #[test]
    fn one_goes_from_the_latest_hit_to_older_ones_and_back() {
        let mut bar = State::new(LUIS);
        let Action::Ask(query) = bar.update(Message::Edited("hola".into())) else { panic!("nothing is asked") };
        assert_eq!(bar.answer(&query, hits(1, 4)), Action::Jump(message_id(3)));
        assert_eq!(bar.update(Message::OlderPressed), Action::Jump(message_id(2)));
        assert_eq!(bar.update(Message::OlderPressed), Action::Jump(message_id(1)));
        assert_eq!(bar.update(Message::OlderPressed), Action::None);
        assert_eq!(bar.update(Message::NewerPressed), Action::Jump(message_id(2)));
        assert_eq!(bar.update(Message::LeftPressed), Action::Leave);
    }

    #[test]
    fn older_hits_than_the_first_page_are_loaded_as_one_gets_there() {
        let mut bar = State::new(LUIS);
        let Action::Ask(query) = bar.update(Message::Edited("hola".into())) else { panic!("nothing is asked") };
        let page = u64::from(search::PAGE);
        bar.answer(&query, hits(100, 100 + page));
        for _ in 1..page {
            assert!(matches!(bar.update(Message::OlderPressed), Action::Jump(_)));
        }
        let Action::Ask(more) = bar.update(Message::OlderPressed) else { panic!("nothing more is asked") };
        assert_eq!(bar.answer(&more, None), Action::None, "what failed is asked again at another press alone");
        assert_eq!(bar.update(Message::OlderPressed), Action::Ask(more.clone()));
        assert_eq!(bar.answer(&more, hits(60, 63)), Action::Jump(message_id(62)));
        let Action::Ask(other) = bar.update(Message::Edited("taco".into())) else { panic!("nothing is asked") };
        assert_eq!(bar.update(Message::OlderPressed), Action::None, "those are hits for other words");
        assert_eq!(bar.answer(&other, hits(7, 9)), Action::Jump(message_id(8)));
    }
}
