//! How each kind of surface, button and field is drawn.

use iced::border::{self, Radius};
use iced::widget::{button, container, progress_bar, rule, scrollable, text, text_editor, text_input};
use iced::{Background, Border, Color, Theme};

use super::theme::{Tokens, tokens};

/// Corner of rows and buttons, in pixels.
pub const ROW: f32 = 8.0;

/// Corner of fields.
pub const FIELD: f32 = 12.0;

/// Corner of bubbles and cards.
pub const BUBBLE: f32 = 14.0;

fn ground(color: Color, radius: impl Into<Radius>) -> container::Style {
    container::Style { background: Some(color.into()), border: border::rounded(radius), ..container::Style::default() }
}

/// The sidebar's ground.
pub fn sidebar(theme: &Theme) -> container::Style {
    ground(tokens(theme).sidebar, 0).color(tokens(theme).text)
}

/// The ground of all else, for what covers something: a window has it by itself.
pub fn background(theme: &Theme) -> container::Style {
    ground(tokens(theme).background, 0).color(tokens(theme).text)
}

/// What somebody here wrote or offers.
pub fn mine(theme: &Theme) -> container::Style {
    ground(tokens(theme).mine, BUBBLE)
}

/// What somebody else wrote or offers.
pub fn theirs(theme: &Theme) -> container::Style {
    ground(tokens(theme).theirs, BUBBLE)
}

/// What was found, on its ground.
pub fn found(theme: &Theme, ground: container::Style) -> container::Style {
    ground.border(border::rounded(BUBBLE).color(tokens(theme).accent).width(2))
}

/// A count.
pub fn badge(theme: &Theme) -> container::Style {
    ground(tokens(theme).accent, 10).color(tokens(theme).on_accent)
}

/// A notice in words.
pub fn notice(theme: &Theme) -> container::Style {
    ground(tokens(theme).warning_ground, ROW).color(tokens(theme).warning)
}

/// The same where all went well.
pub fn good_notice(theme: &Theme) -> container::Style {
    ground(tokens(theme).mine, ROW).color(tokens(theme).text)
}

/// A small box with a border: a key's name, a file's kind.
pub fn boxed(theme: &Theme) -> container::Style {
    ground(tokens(theme).background, ROW).border(border::rounded(ROW).width(1).color(tokens(theme).line))
}

/// As [`boxed`], for a key's name.
pub fn key(theme: &Theme) -> container::Style {
    container::Style::default().border(border::rounded(4).width(1).color(tokens(theme).line))
}

/// What is drawn over a conversation while files are held above it.
pub fn drop_target(theme: &Theme) -> container::Style {
    let tokens = tokens(theme);
    let edge = border::rounded(BUBBLE).width(2).color(tokens.accent);
    ground(tokens.background, BUBBLE).color(tokens.accent).border(edge)
}

/// A list that floats over what is below. Without a shadow: iced's software renderer draws a whole one whenever anything near
/// it is drawn anew, and over the list where that isn't.
pub fn menu(theme: &Theme) -> container::Style {
    let tokens = tokens(theme);
    ground(tokens.background, FIELD).border(border::rounded(FIELD).width(1).color(tokens.muted.scale_alpha(0.5)))
}

/// What lies over a window below a sheet.
pub fn shade(_: &Theme) -> container::Style {
    ground(Color { a: 0.35, ..Color::BLACK }, 0)
}

/// The ground of a few choices.
pub fn choices(theme: &Theme) -> container::Style {
    ground(tokens(theme).theirs, ROW)
}

/// The rail of a switch.
pub fn rail(on: bool) -> impl Fn(&Theme) -> container::Style {
    move |theme| {
        let tokens = tokens(theme);
        let rail = border::rounded(1_000).width(1).color(if on { tokens.accent } else { tokens.muted });
        ground(if on { tokens.accent } else { tokens.background }, 1_000).border(rail)
    }
}

/// The knob of a switch.
pub fn knob(on: bool) -> impl Fn(&Theme) -> container::Style {
    move |theme| {
        let tokens = tokens(theme);
        ground(if on { tokens.on_accent } else { tokens.muted }, 1_000)
    }
}

/// A disc of one colour.
pub fn disc(color: Color) -> impl Fn(&Theme) -> container::Style {
    move |_| ground(color, 1_000)
}

/// How opaque the mark of a selection is.
const SELECTION: f32 = 0.25;

/// What a presence dot stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// The sidebar.
    Sidebar,
    /// A conversation.
    Background,
}

impl Ground {
    /// Its colour.
    pub const fn color(self, tokens: &Tokens) -> Color {
        match self {
            Self::Sidebar => tokens.sidebar,
            Self::Background => tokens.background,
        }
    }
}

/// The edge of a presence dot, in the colour of its ground.
pub fn dot_edge(on: Ground) -> impl Fn(&Theme) -> container::Style {
    move |theme| ground(on.color(tokens(theme)), 1_000)
}

/// The hollow ring of somebody who isn't here.
pub fn ring(theme: &Theme) -> container::Style {
    container::Style::default().border(border::rounded(1_000).width(2).color(tokens(theme).muted))
}

/// Secondary text.
pub fn muted(theme: &Theme) -> text::Style {
    text::Style { color: Some(tokens(theme).muted) }
}

/// How much of the text's colour secondary text on a bubble has: the muted tone is too faint on the coloured grounds.
const ON_BUBBLE: f32 = 0.68;

/// Secondary text in bubbles and cards.
pub fn on_bubble(theme: &Theme) -> text::Style {
    text::Style { color: Some(tokens(theme).text.scale_alpha(ON_BUBBLE)) }
}

/// Text of an error.
pub fn danger(theme: &Theme) -> text::Style {
    text::Style { color: Some(tokens(theme).danger) }
}

/// Text in the colour of actions.
pub fn accent(theme: &Theme) -> text::Style {
    text::Style { color: Some(tokens(theme).accent) }
}

/// How much of the text's colour a link among other text has: on one's own bubbles the accent alone is too faint.
const LINK: f32 = 0.25;

/// A link among other text, and the line under it.
pub fn link_in_text(theme: &Theme) -> Color {
    link_color(tokens(theme))
}

fn link_color(Tokens { accent, text, .. }: &Tokens) -> Color {
    let blend = |accent: f32, text: f32| text * LINK + accent * (1.0 - LINK);
    Color::from_rgb(blend(accent.r, text.r), blend(accent.g, text.g), blend(accent.b, text.b))
}

/// Behind text that is selected.
pub fn selection(theme: &Theme) -> Color {
    tokens(theme).accent.scale_alpha(SELECTION)
}

fn pressable(background: Option<Color>, text_color: Color, border: Border) -> button::Style {
    button::Style { background: background.map(Background::Color), text_color, border, ..button::Style::default() }
}

/// The button of what is likely wanted.
pub fn primary(theme: &Theme, status: button::Status) -> button::Style {
    let tokens = tokens(theme);
    let alpha = match status {
        button::Status::Active => 1.0,
        button::Status::Hovered => 0.9,
        button::Status::Pressed => 0.8,
        button::Status::Disabled => 0.45,
    };
    pressable(Some(tokens.accent.scale_alpha(alpha)), tokens.on_accent, border::rounded(ROW))
}

/// A button beside [`primary`].
pub fn secondary(theme: &Theme, status: button::Status) -> button::Style {
    let tokens = tokens(theme);
    let edge = border::rounded(ROW).width(1).color(tokens.muted.scale_alpha(0.35));
    pressable(hovered(tokens, status), tokens.text, edge)
}

/// A button that stays in the background: icons, the third of three.
pub fn quiet(theme: &Theme, status: button::Status) -> button::Style {
    let tokens = tokens(theme);
    pressable(hovered(tokens, status), tokens.muted, border::rounded(ROW))
}

/// An icon on a bubble or card, whose ground shows through.
pub fn on_card(theme: &Theme, status: button::Status) -> button::Style {
    let tokens = tokens(theme);
    let ground = match status {
        button::Status::Active | button::Status::Disabled => None,
        button::Status::Hovered => Some(tokens.text.scale_alpha(0.08)),
        button::Status::Pressed => Some(tokens.text.scale_alpha(0.16)),
    };
    pressable(ground, tokens.text.scale_alpha(ON_BUBBLE), border::rounded(ROW))
}

/// Words on a bubble or card that lead somewhere.
pub fn link(theme: &Theme, status: button::Status) -> button::Style {
    let tokens = tokens(theme);
    let alpha = if status == button::Status::Hovered { 1.0 } else { ON_BUBBLE };
    pressable(None, tokens.text.scale_alpha(alpha), Border::default())
}

/// The button of what can't be undone.
pub fn destructive(theme: &Theme, status: button::Status) -> button::Style {
    button::Style { text_color: tokens(theme).danger, ..secondary(theme, status) }
}

/// What stands in one line with what can't be pressed, and shows by its own sign that it can.
pub fn bare(theme: &Theme, _: button::Status) -> button::Style {
    pressable(None, tokens(theme).text, Border::default())
}

/// One of a few choices.
pub fn choice(chosen: bool) -> impl Fn(&Theme, button::Status) -> button::Style {
    move |theme, status| {
        let tokens = tokens(theme);
        let ground = if chosen { Some(tokens.background) } else { hovered(tokens, status) };
        pressable(ground, if chosen { tokens.accent } else { tokens.text }, border::rounded(ROW - 2.0))
    }
}

/// What shows where the keyboard is.
pub fn ring_of_focus(theme: &Theme) -> Border {
    border::rounded(ROW + 2.0).width(2).color(tokens(theme).accent)
}

/// A row of a list.
pub fn row(selected: bool) -> impl Fn(&Theme, button::Status) -> button::Style {
    move |theme, status| {
        let tokens = tokens(theme);
        let ground = if selected { Some(tokens.selected) } else { hovered(tokens, status) };
        pressable(ground, tokens.text, border::rounded(ROW))
    }
}

fn hovered(tokens: &Tokens, status: button::Status) -> Option<Color> {
    match status {
        button::Status::Active | button::Status::Disabled => None,
        button::Status::Hovered => Some(tokens.hover),
        button::Status::Pressed => Some(tokens.line),
    }
}

/// A field of one line.
pub fn input(theme: &Theme, status: text_input::Status) -> text_input::Style {
    let tokens = tokens(theme);
    let focused = matches!(status, text_input::Status::Focused { .. });
    text_input::Style {
        background: tokens.background.into(),
        border: border::rounded(ROW).width(1).color(if focused { tokens.accent } else { tokens.line }),
        icon: tokens.muted,
        placeholder: tokens.muted,
        value: tokens.text,
        selection: tokens.accent.scale_alpha(SELECTION),
    }
}

/// The field around the composer's editor.
pub fn field(theme: &Theme) -> container::Style {
    let tokens = tokens(theme);
    ground(tokens.background, FIELD).border(border::rounded(FIELD).width(1).color(tokens.line))
}

/// The composer's editor, within [`field`].
pub fn editor(theme: &Theme, _: text_editor::Status) -> text_editor::Style {
    let tokens = tokens(theme);
    text_editor::Style {
        background: Color::TRANSPARENT.into(),
        border: Border::default(),
        placeholder: tokens.muted,
        value: tokens.text,
        selection: tokens.accent.scale_alpha(SELECTION),
    }
}

/// How much of a file is there.
pub fn progress(theme: &Theme) -> progress_bar::Style {
    let tokens = tokens(theme);
    let rail = tokens.muted.scale_alpha(0.25);
    progress_bar::Style { background: rail.into(), bar: tokens.accent.into(), border: border::rounded(3) }
}

/// A separator.
pub fn line(theme: &Theme) -> rule::Style {
    rule_of(tokens(theme).line)
}

/// The separator before what is new.
pub fn new_line(theme: &Theme) -> rule::Style {
    rule_of(tokens(theme).accent.scale_alpha(0.4))
}

fn rule_of(color: Color) -> rule::Style {
    rule::Style { color, radius: 0.0.into(), fill_mode: rule::FillMode::Full, snap: true }
}

/// A thin scroller that shows itself under the pointer.
pub fn scroller(theme: &Theme, status: scrollable::Status) -> scrollable::Style {
    let tokens = tokens(theme);
    let alpha = match status {
        scrollable::Status::Active { .. } => 0.25,
        scrollable::Status::Hovered { .. } => 0.45,
        scrollable::Status::Dragged { .. } => 0.7,
    };
    let scroller =
        scrollable::Scroller { background: tokens.muted.scale_alpha(alpha).into(), border: border::rounded(4) };
    let rail = scrollable::Rail { background: None, border: Border::default(), scroller };
    scrollable::Style {
        container: container::Style::default(),
        vertical_rail: rail,
        horizontal_rail: rail,
        gap: None,
        ..scrollable::default(theme, status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::tests::contrast;
    use crate::ui::theme::{DARK, LIGHT};

    #[test]
    fn links_in_bubbles_can_be_read() {
        for tokens in [LIGHT, DARK] {
            for ground in [tokens.mine, tokens.theirs] {
                let seen = contrast(link_color(&tokens), ground);
                assert!(seen >= 4.5, "{seen}");
            }
        }
    }

    #[test]
    fn secondary_text_on_bubbles_can_be_read() {
        for tokens in [LIGHT, DARK] {
            for ground in [tokens.mine, tokens.theirs] {
                let blend = |text: f32, ground: f32| text * ON_BUBBLE + ground * (1.0 - ON_BUBBLE);
                let seen = Color::from_rgb(
                    blend(tokens.text.r, ground.r),
                    blend(tokens.text.g, ground.g),
                    blend(tokens.text.b, ground.b),
                );
                assert!(contrast(seen, ground) >= 4.5, "{}", contrast(seen, ground));
            }
        }
    }
}
