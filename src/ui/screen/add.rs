//! The form by which a person or a relay is added by address or invite.

use iced::widget::{Id, column, row, text_input};
use iced::{Center, Element};

use crate::engine::Error;
use crate::ui::locale::Locale;
use crate::ui::widget::{labelled, paragraph, secondary};
use crate::ui::{font, style};

/// The field.
pub const FIELD: Id = Id::new("address");

/// An address being typed, and how it went.
#[derive(Debug, Default)]
pub struct State {
    address: String,
    adding: bool,
    error: Option<Error>,
}

/// What the person did, or what came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Typed.
    Edited(String),
    /// Pressed Enter or the button.
    Submitted,
    /// Somebody answered there, or not.
    Added(Result<(), Error>),
}

impl State {
    /// Takes in what happened. Gives the address to look at, if there's one now.
    pub fn update(&mut self, message: Message) -> Option<String> {
        match message {
            Message::Edited(address) => {
                self.address = address;
                self.error = None;
            }
            Message::Submitted => return self.submit(),
            Message::Added(result) => {
                self.adding = false;
                match result {
                    Ok(()) => self.address.clear(),
                    Err(error) => self.error = Some(error),
                }
            }
        }
        None
    }

    fn submit(&mut self) -> Option<String> {
        let address = self.address.trim();
        if address.is_empty() || self.adding {
            return None;
        }
        self.adding = true;
        self.error = None;
        Some(address.to_owned())
    }

    /// The field and its button.
    pub fn view<'a>(&'a self, locale: &Locale) -> Element<'a, Message> {
        let field = text_input(&locale.tr("address-placeholder"), &self.address)
            .id(FIELD)
            .on_input(Message::Edited)
            .on_submit(Message::Submitted)
            .size(font::BODY.text)
            .padding([7, 12])
            .style(style::input);
        let button = if self.adding {
            labelled(locale.tr("address-adding")).style(style::secondary)
        } else {
            secondary(locale.tr("address-add"), Message::Submitted)
        };
        let error =
            self.error.as_ref().map(|error| paragraph(locale.error(error)).size(font::SECONDARY).style(style::danger));
        column![row![field, button].spacing(8).align_y(Center), error].spacing(6).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::locale::Language;
    use crate::ui::sample::{locale, simulator};

    #[test]
    fn an_address_is_looked_at_once_at_a_time() {
        let mut state = State::default();
        assert_eq!(state.update(Message::Submitted), None, "nothing typed");
        state.update(Message::Edited(" 10.0.0.2:48237 ".into()));
        assert_eq!(state.update(Message::Submitted), Some("10.0.0.2:48237".into()));
        assert_eq!(state.update(Message::Submitted), None, "still looking");
        state.update(Message::Added(Err(Error::TimedOut)));
        simulator(state.view(&locale(Language::Spanish))).find("No hubo respuesta a tiempo.").unwrap();
        assert_eq!(state.update(Message::Submitted), Some("10.0.0.2:48237".into()), "again");
        state.update(Message::Added(Ok(())));
        assert_eq!(state.update(Message::Submitted), None, "the field is empty again");
    }
}
