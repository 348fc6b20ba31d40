//! Where a list is, what of it is made, and how that is moved.

use std::collections::VecDeque;

use iced::advanced::widget::operation::Scrollable;
use iced::advanced::widget::operation::scrollable::{AbsoluteOffset, RelativeOffset};
use iced::widget::Id;
use iced::{Rectangle, touch};

use super::arrange::{Arranged, Edge, Room, rows};
use super::{Aim, Seen};

/// The scroller's width, its distance from the right edge, and the least of its height, in pixels.
pub(super) const SCROLLER: (f32, f32, f32) = (6.0, 2.0, 24.0);

/// Where a row is put that is to be seen, as a part of the view's height.
const SHOWN_AT: f32 = 0.3;

/// Where the list is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Anchor<K> {
    End,
    Row(K, f32),
    /// After so many rows, whichever they are.
    Place(usize, f32),
}

/// What was in view of which list, by its first and last row. At an end with much above it nothing changes for who is told when
/// more comes: a window that is drawn anew for nothing is slow to whoever writes.
pub(super) type Told<K> = (Seen<K>, Option<K>, Option<K>);

/// Rows above that are much: more than anybody asks for at a time.
const MUCH: usize = 100;

/// What is told of a list with these keys, of which this is in view.
pub(super) fn told<K: Copy>(seen: &Seen<K>, keys: &[K]) -> Told<K> {
    if seen.at_the_end && seen.above >= MUCH {
        return (Seen { above: MUCH, first: None, ..seen.clone() }, None, None);
    }
    (seen.clone(), keys.first().copied(), keys.last().copied())
}

/// See the module.
pub(super) struct State<K> {
    pub(super) anchor: Anchor<K>,
    /// The last aim that was taken.
    pub(super) aimed: Option<Id>,
    /// Of the rows that are made, whose trees are this widget's children.
    pub(super) keys: Vec<K>,
    /// How many of them are above the view.
    pub(super) above: usize,
    pub(super) arranged: Arranged,
    /// What was told last.
    pub(super) told: Option<Told<K>>,
    /// Where the scroller is held, in pixels below its upper edge.
    pub(super) held: Option<f32>,
    pub(super) finger: Option<(touch::Finger, f32)>,
    /// Whether it was scrolled by something else than the pointer, and is to be laid out anew.
    pub(super) moved: bool,
    /// Goes round as what is in view moves.
    pub(super) phase: u8,
}

impl<K: Copy> Scrollable for State<K> {
    /// Where a list is isn't told in parts of it.
    fn snap_to(&mut self, _: RelativeOffset<Option<f32>>) {}

    /// The same.
    fn scroll_to(&mut self, _: AbsoluteOffset<Option<f32>>) {}

    fn scroll_by(&mut self, offset: AbsoluteOffset, _: Rectangle, _: Rectangle) {
        self.scroll(-offset.y);
        self.moved = true;
    }
}

impl<K: Copy> State<K> {
    pub(super) const fn new(anchor: Anchor<K>) -> Self {
        Self {
            anchor,
            aimed: None,
            keys: Vec::new(),
            above: 0,
            arranged: Arranged { first: 0, top: 0.0, heights: VecDeque::new(), at_the_end: true },
            told: None,
            held: None,
            finger: None,
            moved: false,
            phase: 0,
        }
    }

    /// Moves what is in view by so many pixels, down where they're positive.
    pub(super) fn scroll(&mut self, pixels: f32) {
        match &mut self.anchor {
            Anchor::Row(_, top) | Anchor::Place(_, top) => *top += pixels,
            Anchor::End => {
                if let Some(first) = self.first() {
                    self.anchor = Anchor::Row(first, self.arranged.top + pixels);
                }
            }
        }
    }

    /// The first row in view.
    pub(super) fn first(&self) -> Option<K> {
        self.keys.get(self.above).copied()
    }

    pub(super) fn take(&mut self, aim: Aim<K>, height: f32) {
        match aim {
            Aim::End => self.anchor = Anchor::End,
            Aim::Row(key) => self.anchor = Anchor::Row(key, (height * SHOWN_AT).round()),
            Aim::Further(times) => self.scroll(-(height * times).round()),
        }
    }

    pub(super) fn seen(&self, count: usize) -> Seen<K> {
        let Arranged { first, top, heights, at_the_end } = &self.arranged;
        Seen {
            above: *first,
            below: count.saturating_sub(first + heights.len()),
            at_the_end: *at_the_end,
            first: self.first().map(|key| (key, *top)),
            aimed: self.aimed.clone(),
        }
    }

    /// The scroller in a list of `count` rows; nothing where all of them are in view.
    pub(super) fn scroller(&self, count: usize, room: Room, bounds: Rectangle) -> Option<Rectangle> {
        let (above, below) = self.arranged.hidden(count, room);
        if above + below <= 0.0 {
            return None;
        }
        let (width, margin, least) = SCROLLER;
        let height =
            (bounds.height * (1.0 - (above + below) / rows(count))).clamp(least.min(bounds.height), bounds.height);
        let y = bounds.y + (bounds.height - height) * above / (above + below);
        Some(Rectangle { x: bounds.x + bounds.width - width - margin, y, width, height })
    }

    /// Puts the scroller's upper edge `y` pixels below that of the view.
    pub(super) fn drag(&mut self, y: f32, keys: &[K], room: Room, bounds: Rectangle) {
        let Some(scroller) = self.scroller(keys.len(), room, bounds) else { return };
        let (above, below) = self.arranged.hidden(keys.len(), room);
        let way = (bounds.height - scroller.height).max(1.0);
        let hidden = (above + below) * (y / way).clamp(0.0, 1.0);
        if y >= way {
            self.anchor = Anchor::End;
            return;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to the number of rows")]
        let row = hidden.floor() as usize;
        let in_view = rows(self.arranged.heights.len().max(1));
        let top = -(hidden.fract() * self.arranged.heights.iter().sum::<f32>() / in_view).round();
        if let Some(key) = keys.get(row) {
            self.anchor = match room.rests {
                Edge::Upper => Anchor::Place(row, top),
                Edge::Lower => Anchor::Row(*key, top),
            };
        }
    }
}
