//! A peer's face: its initial on a colour derived from its key, with its presence at the edge.

use iced::widget::{Space, container, stack};
use iced::{Color, Element, Length};

use super::line;
use crate::model::{PeerId, Presence};
use crate::ui::style::{self, Ground};
use crate::ui::{text, theme};

/// Across a presence dot, its edge included, in pixels.
const DOT: f32 = 12.0;

/// The width of the edge.
const EDGE: f32 = 2.0;

/// Whose face, and on what it stands.
#[derive(Debug, Clone, Copy)]
pub struct Face<'a> {
    /// Whose.
    pub peer: PeerId,
    /// What they call themself.
    pub nickname: &'a str,
    /// Whether they're there.
    pub presence: Presence,
    /// What is behind.
    pub ground: Ground,
}

/// A face of so many pixels across.
pub fn avatar<'a, M: 'a>(face: Face<'_>, across: f32) -> Element<'a, M> {
    let initial =
        line(text::initial(face.nickname)).strong().style(|_| iced::widget::text::Style { color: Some(Color::WHITE) });
    let disc = container(initial).center(across).style(style::disc(theme::avatar(&face.peer)));
    let dot = container(dot(face.presence, face.ground)).align_right(Length::Fill).align_bottom(Length::Fill);
    stack![disc, dot].width(across).height(across).into()
}

fn dot<'a, M: 'a>(presence: Presence, ground: Ground) -> Element<'a, M> {
    let inside = container(Space::new()).center(DOT - 2.0 * EDGE);
    let inside = match theme::presence(presence) {
        Some(color) => inside.style(style::disc(color)),
        None => inside.style(style::ring),
    };
    container(inside).center(DOT).style(style::dot_edge(ground)).into()
}
