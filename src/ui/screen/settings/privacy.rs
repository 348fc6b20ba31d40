//! What others learn of oneself, and who may send files.

use iced::Element;
use iced::widget::column;

use super::{Message, label};
use crate::model::{AcceptOffers, Settings};
use crate::ui::locale::Locale;
use crate::ui::widget::{choices, paragraph, switch};
use crate::ui::{font, style};

pub(super) fn view<'a>(settings: &Settings, locale: &Locale) -> Element<'a, Message> {
    let accepts =
        [("accept-ask", AcceptOffers::Ask), ("accept-known", AcceptOffers::Known), ("accept-all", AcceptOffers::All)];
    let accepts =
        accepts.map(|(key, accept)| (locale.tr(key), settings.accept == accept, Message::AcceptChosen(accept)));
    column![
        switch(locale.tr("settings-receipts"), settings.receipts, Message::ReceiptsPressed),
        switch(locale.tr("settings-typing"), settings.typing, Message::TypingPressed),
        paragraph(locale.tr("privacy-hint")).size(font::SECONDARY).style(style::muted),
        label(locale.tr("settings-accept")),
        choices(accepts),
    ]
    .spacing(8)
    .into()
}
