//! Where one is reached, by which relays, and adding somebody by hand.

use iced::widget::{column, row};
use iced::{Center, Element};
use lucide_icons::Icon;

use super::{Message, Shown, label};
use crate::model::PeerId;
use crate::ui::font;
use crate::ui::locale::Locale;
use crate::ui::screen::relays;
use crate::ui::text::short_address;
use crate::ui::widget::{icon_button, line, paragraph, switch};

/// `forgetting`: the relay about which it's asked whether it shall be forgotten.
pub(super) fn view<'a>(shown: Shown<'a>, forgetting: Option<PeerId>, locale: &Locale) -> Element<'a, Message> {
    let Shown { settings, me, form, .. } = shown;
    let addresses = me.addresses.iter().map(|address| {
        let copy = icon_button(Icon::Copy, locale.tr("copy"), Some(Message::CopyPressed(address.clone())));
        row![line(short_address(address)).size(font::SECONDARY).fill(), copy].align_y(Center).into()
    });
    let none = me.addresses.is_empty().then(|| paragraph(locale.tr("nobody-no-addresses")).size(font::SECONDARY));
    column![label(locale.tr("nobody-addresses"))]
        .extend(addresses)
        .push(none)
        .push(switch(locale.tr("relays-found"), settings.relays_found, Message::FoundRelaysPressed))
        .push(relays::editable(&me.relays, forgetting, locale).map(|relays| relays.map(Message::Relay)))
        .push(label(locale.tr("settings-add")))
        .push(form.view(locale).map(Message::Add))
        .spacing(8)
        .into()
}
