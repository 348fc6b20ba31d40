//! How far a sent message got, as a small sign.

use iced::Theme;
use iced::widget::{Text, text};
use lucide_icons::Icon;

use super::icon;
use crate::model::MessageState;
use crate::ui::style;

/// A clock for queued, ✓ for delivered (both in `quiet`), ✓✓ for read, an exclamation mark for failed.
pub fn tick<'a>(state: MessageState, quiet: fn(&Theme) -> text::Style) -> Text<'a, Theme> {
    match state {
        MessageState::Queued => icon(Icon::Clock, 12.0).style(quiet),
        MessageState::Delivered => icon(Icon::Check, 14.0).style(quiet),
        MessageState::Read => icon(Icon::CheckCheck, 14.0).style(style::accent),
        MessageState::Failed => icon(Icon::CircleAlert, 13.0).style(style::danger),
    }
}
