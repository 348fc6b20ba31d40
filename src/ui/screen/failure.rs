//! The engine couldn't start, or has stopped: the words, and a way out.

use iced::widget::{center, column, container, text};
use iced::{Center, Element};
use lucide_icons::Icon;

use crate::engine::Error;
use crate::ui::locale::Locale;
use crate::ui::widget::{icon, paragraph, primary};
use crate::ui::{font, style};

/// What the person did: there's one thing to do.
#[derive(Debug, Clone, PartialEq)]
pub struct QuitPressed;

/// The screen for `error`.
pub fn view<'a>(error: &Error, locale: &Locale) -> Element<'a, QuitPressed> {
    let title = if matches!(error, Error::Stopped) { locale.tr("failure-stopped") } else { locale.tr("failure-title") };
    let content = column![
        icon(Icon::CircleAlert, 40.0).style(style::danger),
        text(title).size(font::TITLE.text).font(font::STRONG),
        paragraph(locale.error(error)),
        primary(locale.tr("quit"), QuitPressed).padding([9, 24]),
    ];
    let content = container(content.spacing(16).align_x(Center)).max_width(560).padding(20);
    center(content).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::StoreError;
    use crate::ui::locale::Language;
    use crate::ui::sample::{locale, simulator};

    #[test]
    fn it_says_why_and_lets_one_quit() {
        let locale = locale(Language::English);
        let error = Error::Store(StoreError::Full("vecino.db".into()));
        let mut ui = simulator(view(&error, &locale));
        ui.find("vecino.db can't be written: the disk is full. Make room on it and try again.").unwrap();
        ui.click("Quit").unwrap();
        assert_eq!(ui.into_messages().collect::<Vec<_>>(), [QuitPressed]);
    }
}
