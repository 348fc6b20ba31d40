//! How the window looks, and what draws it.

use iced::Element;
use iced::widget::column;

use super::{Message, label};
use crate::model::{Drawing, Settings, TextSize, ThemeChoice};
use crate::ui::locale::{Language, Locale};
use crate::ui::widget::{choices, paragraph};
use crate::ui::{font, style};

/// The sizes of text to choose from, in percent.
const TEXT_SIZES: [u16; 6] = [80, 90, 100, 110, 125, 150];

pub(super) fn view<'a>(settings: &Settings, locale: &Locale) -> Element<'a, Message> {
    let themes =
        [("theme-system", ThemeChoice::System), ("theme-light", ThemeChoice::Light), ("theme-dark", ThemeChoice::Dark)];
    let themes = themes.map(|(key, theme)| (locale.tr(key), settings.theme == theme, Message::ThemeChosen(theme)));
    let chosen = settings.language.as_deref().map(|tag| Language::of([tag]));
    let language = |words, language| (words, chosen == language, Message::LanguageChosen(language));
    let named = Language::ALL.map(|each| language(each.own_name().to_owned(), Some(each)));
    let languages = [language(locale.tr("language-system"), None)].into_iter().chain(named);
    let sizes = TEXT_SIZES.map(|percent| {
        let size = TextSize::from(percent);
        (locale.tr_with("percent", [("number", percent)]), settings.text_size == size, Message::TextSizeChosen(size))
    });
    column![
        label(locale.tr("settings-theme")),
        choices(themes),
        label(locale.tr("settings-language")),
        choices(languages),
        label(locale.tr("settings-text-size")),
        choices(sizes),
    ]
    .extend(drawing(settings, locale))
    .spacing(8)
    .into()
}

/// Nothing where the program can draw in one way alone.
fn drawing<'a>(settings: &Settings, locale: &Locale) -> Vec<Element<'a, Message>> {
    if !cfg!(unix) {
        return Vec::new();
    }
    let all = [("drawing-processor", Drawing::Processor), ("drawing-graphics-card", Drawing::GraphicsCard)];
    let all = all.map(|(key, each)| (locale.tr(key), settings.drawing == each, Message::DrawingChosen(each)));
    let hint = paragraph(locale.tr("drawing-hint")).size(font::SECONDARY).style(style::muted);
    vec![label(locale.tr("settings-drawing")), choices(all), hint.into()]
}
