//! The first start: one question, answered with Enter.

use iced::widget::{Id, center, column, container, text, text_input};
use iced::{Center, Element};
use lucide_icons::Icon;

use crate::model::{Nickname, NicknameError};
use crate::ui::locale::Locale;
use crate::ui::widget::{icon, paragraph, primary};
use crate::ui::{font, style};

/// The field, to be focused.
pub const FIELD: Id = Id::new("nickname");

/// What has been typed.
#[derive(Debug)]
pub struct State {
    nickname: String,
    error: Option<NicknameError>,
}

/// What the person did.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Typed.
    Edited(String),
    /// Pressed Enter or the button.
    Submitted,
}

/// What the owner has to do.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Nothing.
    None,
    /// Start with this nickname.
    Start(Nickname),
}

impl State {
    /// Proposes a nickname.
    pub fn new(suggested: &Nickname) -> Self {
        Self { nickname: suggested.as_str().to_owned(), error: None }
    }

    /// Takes in what the person did.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Edited(nickname) => {
                self.nickname = nickname;
                self.error = None;
                Action::None
            }
            Message::Submitted => match Nickname::new(&self.nickname) {
                Ok(nickname) => Action::Start(nickname),
                Err(error) => {
                    self.error = Some(error);
                    Action::None
                }
            },
        }
    }

    /// The screen.
    pub fn view<'a>(&'a self, locale: &Locale) -> Element<'a, Message> {
        let field = text_input("", &self.nickname)
            .id(FIELD)
            .on_input(Message::Edited)
            .on_submit(Message::Submitted)
            .size(font::BODY.text)
            .padding([11, 14])
            .style(style::input);
        let error =
            self.error.map(|error| paragraph(locale.nickname_error(error)).size(font::SECONDARY).style(style::danger));
        let form = column![
            icon(Icon::MessagesSquare, 40.0).style(style::accent),
            text(locale.tr("welcome-title")).size(font::TITLE.text).font(font::STRONG),
            field,
            error,
            paragraph(locale.tr("welcome-hint")).size(font::SECONDARY).style(style::muted),
            primary(locale.tr("welcome-start"), Message::Submitted).padding([9, 24]),
        ];
        let form = container(form.spacing(16).align_x(Center)).max_width(420).padding(20);
        center(form).into()
    }
}

#[cfg(test)]
mod tests {
    use iced::keyboard::key::Named;

    use super::*;
    use crate::ui::locale::Language;
    use crate::ui::sample::{locale, simulator};

    fn state() -> State {
        State::new(&Nickname::new("ana").unwrap())
    }

    #[test]
    fn a_name_and_enter_start() {
        let locale = locale(Language::English);
        let mut state = State::new(&Nickname::new("x").unwrap());
        state.update(Message::Edited(String::new()));
        let mut ui = simulator(state.view(&locale));
        ui.find("What should people call you?").unwrap();
        ui.click(FIELD).unwrap();
        ui.typewrite("j");
        let typed: Vec<Message> = ui.into_messages().collect();
        assert_eq!(typed, [Message::Edited("j".into())]);

        state.update(Message::Edited("josé 🌮".into()));
        let mut ui = simulator(state.view(&locale));
        ui.click(FIELD).unwrap();
        ui.tap_key(Named::Enter);
        let actions: Vec<Action> = ui.into_messages().map(|message| state.update(message)).collect();
        assert_eq!(actions, [Action::Start(Nickname::new("josé 🌮").unwrap())]);
    }

    #[test]
    fn the_suggestion_is_taken_as_it_is() {
        assert_eq!(state().update(Message::Submitted), Action::Start(Nickname::new("ana").unwrap()));
    }

    #[test]
    fn what_is_no_name_is_said_in_words() {
        let (english, spanish) = (locale(Language::English), locale(Language::Spanish));
        let mut state = state();
        state.update(Message::Edited("  ".into()));
        assert_eq!(state.update(Message::Submitted), Action::None);
        simulator(state.view(&english)).find("A name needs at least one visible character.").unwrap();
        simulator(state.view(&spanish)).find("Un nombre necesita al menos un carácter visible.").unwrap();
        state.update(Message::Edited("a".into()));
        assert!(simulator(state.view(&english)).find("A name needs at least one visible character.").is_err());
    }
}
