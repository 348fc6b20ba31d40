//! The bundled fonts: one face for text, one for emoji, one for icons.

use std::borrow::Cow;

use iced::Font;
use iced::font::Weight;

/// Text.
pub const TEXT: Font = Font::with_name("Inter");

/// Names and buttons.
pub const STRONG: Font = Font { weight: Weight::Semibold, ..TEXT };

/// Emoji. They need a span of their own: without one the system's first font that has the character wins.
pub const EMOJI: Font = Font::with_name("Noto Color Emoji");

/// Lucide's line icons.
pub const ICONS: Font = Font::with_name("lucide");

/// One size of text with the height of its line, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// Of the letters.
    pub text: f32,
    /// Of a line.
    pub line: f32,
}

/// Messages and names.
pub const BODY: Size = Size { text: 15.0, line: 22.0 };

/// What goes with them.
pub const SECONDARY: Size = Size { text: 13.0, line: 18.0 };

/// Times, section heads.
pub const LABEL: Size = Size { text: 12.0, line: 16.0 };

/// What heads a part of a screen.
pub const SECTION: Size = Size { text: 17.0, line: 24.0 };

/// The one line that heads a screen.
pub const TITLE: Size = Size { text: 22.0, line: 30.0 };

/// What iced has to load before the first frame.
pub fn bundled() -> Vec<Cow<'static, [u8]>> {
    vec![
        include_bytes!("../../assets/fonts/Inter-Regular.otf").as_slice().into(),
        include_bytes!("../../assets/fonts/Inter-SemiBold.otf").as_slice().into(),
        include_bytes!("../../assets/fonts/NotoColorEmoji.ttf").as_slice().into(),
        lucide_icons::LUCIDE_FONT_BYTES.into(),
    ]
}
