//! Starting with the desktop, and staying when the last window is closed.

use iced::Element;
use iced::widget::column;

use super::{Message, Shown};
use crate::ui::locale::Locale;
use crate::ui::widget::{paragraph, switch};
use crate::ui::{font, style};

pub(super) fn view<'a>(shown: Shown<'a>, locale: &Locale) -> Element<'a, Message> {
    let Shown { settings, desktop, .. } = shown;
    let stays = settings.close_to_tray;
    let switched = desktop.tray.then(|| switch(locale.tr("close-to-tray"), stays, Message::CloseToTrayPressed));
    let words = match (desktop.tray, stays) {
        (true, true) => "closing-in-tray",
        (true, false) => "closing-quits",
        (false, _) => "closing-without-tray",
    };
    let hint = paragraph(locale.tr(words)).size(font::SECONDARY).style(style::muted);
    let starts = desktop.autostart.map(|on| switch(locale.tr("autostart"), on, Message::AutostartPressed(!on)));
    column![].push(starts).push(switched).push(hint).spacing(8).into()
}
