//! The look's colours. Every widget's style is a function of iced's [`Theme`], from which [`tokens`] gives the colours
//! by name, so that light and dark can't be mixed in one window.

use iced::theme::{Mode, Palette};
use iced::{Color, Theme, color};

use crate::model::{PeerId, Presence, ThemeChoice};

/// The colours of one theme, by what they are used for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tokens {
    /// Ground of a conversation and of fields.
    pub background: Color,
    /// Ground of the sidebar.
    pub sidebar: Color,
    /// Borders and separators.
    pub line: Color,
    /// Text.
    pub text: Color,
    /// Secondary text.
    pub muted: Color,
    /// Actions, links, badges, progress.
    pub accent: Color,
    /// Text on the accent.
    pub on_accent: Color,
    /// Own bubbles and cards.
    pub mine: Color,
    /// Others' bubbles and cards.
    pub theirs: Color,
    /// A row under the pointer.
    pub hover: Color,
    /// The row of what is open.
    pub selected: Color,
    /// Text of a notice.
    pub warning: Color,
    /// Ground of a notice.
    pub warning_ground: Color,
    /// Destructive actions and errors.
    pub danger: Color,
}

/// Dark on light.
pub const LIGHT: Tokens = Tokens {
    background: color!(0xFFFFFF),
    sidebar: color!(0xF6F5F2),
    line: color!(0xE6E3DD),
    text: color!(0x1E1F1E),
    muted: color!(0x6B6963),
    accent: color!(0x0B7A75),
    on_accent: color!(0xFFFFFF),
    mine: color!(0xD9F0ED),
    theirs: color!(0xF1EFEB),
    hover: color!(0xECE9E4),
    selected: color!(0xE1EEEC),
    warning: color!(0x9A5B00),
    warning_ground: color!(0xFFF4DF),
    danger: color!(0xB3372F),
};

/// Light on dark.
pub const DARK: Tokens = Tokens {
    background: color!(0x17191A),
    sidebar: color!(0x1D2021),
    line: color!(0x2C3031),
    text: color!(0xE9E8E5),
    muted: color!(0xA19F99),
    accent: color!(0x3DB8AE),
    on_accent: color!(0x0D1A19),
    mine: color!(0x123F3C),
    theirs: color!(0x262A2B),
    hover: color!(0x262A2B),
    selected: color!(0x20393A),
    warning: color!(0xF0C674),
    warning_ground: color!(0x3A2F1B),
    danger: color!(0xF08A82),
};

/// Grounds for a white initial: each carries white text at 4.5 : 1 or better.
const AVATARS: [Color; 10] = [
    color!(0x5B5BD6),
    color!(0xB4532A),
    color!(0x2F7D4F),
    color!(0x8A4FB0),
    color!(0x3C6E9E),
    color!(0xA03B62),
    color!(0x566B1E),
    color!(0x0B7A75),
    color!(0x8C5A14),
    color!(0x5D6470),
];

/// The colours of this theme.
pub fn tokens(theme: &Theme) -> &'static Tokens {
    if theme.extended_palette().is_dark { &DARK } else { &LIGHT }
}

/// The theme for what the person chose and how the system is set.
pub fn theme(choice: ThemeChoice, system: Mode) -> Theme {
    match (choice, system) {
        (ThemeChoice::Dark, _) | (ThemeChoice::System, Mode::Dark) => named("vecino dark", &DARK),
        (ThemeChoice::Light, _) | (ThemeChoice::System, Mode::Light | Mode::None) => named("vecino light", &LIGHT),
    }
}

fn named(name: &'static str, tokens: &Tokens) -> Theme {
    let palette = Palette {
        background: tokens.background,
        text: tokens.text,
        primary: tokens.accent,
        success: tokens.accent,
        warning: tokens.warning,
        danger: tokens.danger,
    };
    Theme::custom(name, palette)
}

/// The ground of a peer's avatar: always the same for one key.
pub fn avatar(peer: &PeerId) -> Color {
    let bytes = peer.public_key().iter().take(4);
    let number = bytes.fold(0_usize, |number, byte| (number << 8) | usize::from(*byte));
    AVATARS.get(number % AVATARS.len()).copied().unwrap_or(LIGHT.accent)
}

/// The colour of a presence's dot; `None` for offline, which is a hollow ring, so that colour isn't all.
pub const fn presence(presence: Presence) -> Option<Color> {
    match presence {
        Presence::Online => Some(color!(0x1FA971)),
        Presence::Away => Some(color!(0xE0A100)),
        Presence::Busy => Some(color!(0xD64545)),
        Presence::Offline => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// [WCAG 2.2](https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)
    pub(in crate::ui) fn contrast(one: Color, other: Color) -> f32 {
        let (one, other) = (one.relative_luminance() + 0.05, other.relative_luminance() + 0.05);
        one.max(other) / one.min(other)
    }

    #[test]
    fn text_can_be_read_on_every_ground() {
        for tokens in [LIGHT, DARK] {
            for ground in [tokens.mine, tokens.theirs] {
                assert!(contrast(tokens.text, ground) >= 7.0, "text on {ground}");
            }
            for ground in [tokens.background, tokens.sidebar, tokens.hover, tokens.selected] {
                assert!(contrast(tokens.text, ground) >= 7.0, "text on {ground}");
                assert!(contrast(tokens.muted, ground) >= 4.5, "muted on {ground}: {}", contrast(tokens.muted, ground));
            }
            assert!(contrast(tokens.on_accent, tokens.accent) >= 4.5);
            assert!(contrast(tokens.warning, tokens.warning_ground) >= 4.5);
            assert!(contrast(tokens.danger, tokens.background) >= 4.5);
        }
    }

    #[test]
    fn every_avatar_carries_white_text() {
        for ground in AVATARS {
            assert!(contrast(Color::WHITE, ground) >= 4.5, "{ground}: {}", contrast(Color::WHITE, ground));
        }
    }

    #[test]
    fn the_choice_wins_over_the_system() {
        let is_dark = |choice, system| theme(choice, system).extended_palette().is_dark;
        assert!(is_dark(ThemeChoice::Dark, Mode::Light));
        assert!(!is_dark(ThemeChoice::Light, Mode::Dark));
        assert!(is_dark(ThemeChoice::System, Mode::Dark));
        assert!(!is_dark(ThemeChoice::System, Mode::None));
        assert_eq!(tokens(&theme(ThemeChoice::Dark, Mode::None)), &DARK);
        assert_eq!(tokens(&theme(ThemeChoice::Light, Mode::None)), &LIGHT);
    }
}
