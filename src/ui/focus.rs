//! How the keyboard moves among what can be pressed or written in. What it comes to scrolls into view.

use iced::advanced::widget::operation::scrollable::AbsoluteOffset;
use iced::advanced::widget::operation::{Focusable, Outcome, Scrollable};
use iced::advanced::widget::{Id, Operation};
use iced::{Point, Rectangle, Vector};

/// Between what the keyboard is at and the edge of what scrolls, in pixels.
const MARGIN: f32 = 12.0;

/// Which way it moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To what comes next; after the last to the first.
    Next,
    /// To what comes before.
    Previous,
    /// To what is nearest at that side.
    Left,
    /// The same.
    Right,
    /// The same.
    Up,
    /// The same.
    Down,
}

/// Moves once. To a side it moves only from where it is.
pub fn step<T: Send + 'static>(way: Way) -> impl Operation<T> {
    Look { way, enters: false, found: Vec::new(), scrolls: Vec::new(), within: Vec::new(), entered: None }
}

/// The same, but where it's nowhere, it comes to the first, or upwards to the last.
pub fn step_into<T: Send + 'static>(way: Way) -> impl Operation<T> {
    Look { way, enters: true, found: Vec::new(), scrolls: Vec::new(), within: Vec::new(), entered: None }
}

/// Scrolls what is called so by so many times what is in view.
pub fn scroll<T: Send + 'static>(id: Id, times: f32) -> impl Operation<T> {
    Scroll { id, times }
}

/// What can be reached.
struct Found {
    /// Where it's seen, or would be.
    seen: Rectangle,
    is_here: bool,
    /// What it scrolls with, the innermost last.
    within: Vec<usize>,
}

/// What scrolls: where it's seen, and how far its content is moved.
struct Scrolled {
    seen: Rectangle,
    moved: Vector,
}

/// Looks what there is, and goes on with a [`Move`].
struct Look {
    way: Way,
    enters: bool,
    found: Vec<Found>,
    scrolls: Vec<Scrolled>,
    /// In what the traversal is.
    within: Vec<usize>,
    /// What it comes into next.
    entered: Option<usize>,
}

impl Look {
    fn seen(&self, bounds: Rectangle) -> Rectangle {
        let moved = self.within.iter().filter_map(|scroll| self.scrolls.get(*scroll));
        moved.fold(bounds, |bounds, scroll| bounds - scroll.moved)
    }

    fn target(&self) -> Option<usize> {
        let here = self.found.iter().position(|found| found.is_here);
        let last = self.found.len().checked_sub(1)?;
        match (self.way, here) {
            (Way::Next, None) => Some(0),
            (Way::Previous, None) => Some(last),
            (Way::Next, Some(here)) => Some(if here == last { 0 } else { here + 1 }),
            (Way::Previous, Some(here)) => Some(here.checked_sub(1).unwrap_or(last)),
            (_, Some(here)) => self.beside(here),
            (Way::Up, None) if self.enters => Some(last),
            (_, None) => self.enters.then_some(0),
        }
    }

    /// What is nearest to the one that is `here`, at the side to which it goes.
    fn beside(&self, here: usize) -> Option<usize> {
        let from = self.found.get(here)?.seen;
        let distance = |to: Rectangle| {
            let (Point { x, y }, one) = (to.center(), from.center());
            let (across, along) = match self.way {
                Way::Left => (one.x - x, (y - one.y).abs()),
                Way::Right => (x - one.x, (y - one.y).abs()),
                Way::Up => (one.y - y, (x - one.x).abs()),
                _ => (y - one.y, (x - one.x).abs()),
            };
            let is_beside = match self.way {
                // Of the same row.
                Way::Left | Way::Right => across > 1.0 && along < from.height / 2.0,
                _ => across > from.height.min(to.height) / 2.0,
            };
            is_beside.then_some(across + 2.0 * along)
        };
        let beside = self.found.iter().enumerate().filter_map(|(place, found)| Some((place, distance(found.seen)?)));
        beside.min_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(place, _)| place)
    }

    /// By how much each of what scrolls has to move for the target to be in view.
    fn offsets(&self, target: usize) -> Vec<(usize, f32)> {
        let Some(found) = self.found.get(target) else { return Vec::new() };
        let mut seen = found.seen;
        let mut offsets = Vec::new();
        for scroll in found.within.iter().rev() {
            let Some(Scrolled { seen: view, .. }) = self.scrolls.get(*scroll) else { continue };
            let margin = MARGIN.min((view.height - seen.height).max(0.0) / 2.0);
            let above = seen.y - margin - view.y;
            let below = seen.y + seen.height + margin - view.y - view.height;
            let offset = if above < 0.0 { above } else { below.clamp(0.0, above) };
            if offset != 0.0 {
                seen.y -= offset;
                offsets.push((*scroll, offset));
            }
        }
        offsets
    }
}

impl<T: Send + 'static> Operation<T> for Look {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation<T>)) {
        let depth = self.within.len();
        self.within.extend(self.entered.take());
        operate(self);
        self.within.truncate(depth);
    }

    fn focusable(&mut self, _: Option<&Id>, bounds: Rectangle, state: &mut dyn Focusable) {
        let found = Found { seen: self.seen(bounds), is_here: state.is_focused(), within: self.within.clone() };
        self.found.push(found);
    }

    fn scrollable(&mut self, _: Option<&Id>, bounds: Rectangle, _: Rectangle, moved: Vector, _: &mut dyn Scrollable) {
        self.entered = Some(self.scrolls.len());
        self.scrolls.push(Scrolled { seen: self.seen(bounds), moved });
    }

    fn finish(&self) -> Outcome<T> {
        match self.target() {
            Some(target) => {
                Outcome::Chain(Box::new(Move { target, offsets: self.offsets(target), place: 0, scroll: 0 }))
            }
            None => Outcome::None,
        }
    }
}

/// Moves to a target, and has it scrolled into view.
struct Move {
    target: usize,
    offsets: Vec<(usize, f32)>,
    /// What the traversal comes to next.
    place: usize,
    scroll: usize,
}

impl<T> Operation<T> for Move {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation<T>)) {
        operate(self);
    }

    fn focusable(&mut self, _: Option<&Id>, _: Rectangle, state: &mut dyn Focusable) {
        if self.place == self.target {
            state.focus();
        } else if state.is_focused() {
            state.unfocus();
        }
        self.place += 1;
    }

    fn scrollable(
        &mut self,
        _: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        _: Vector,
        state: &mut dyn Scrollable,
    ) {
        if let Some((_, y)) = self.offsets.iter().find(|(scroll, _)| *scroll == self.scroll) {
            state.scroll_by(AbsoluteOffset { x: 0.0, y: *y }, bounds, content);
        }
        self.scroll += 1;
    }
}

struct Scroll {
    id: Id,
    times: f32,
}

impl<T> Operation<T> for Scroll {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation<T>)) {
        operate(self);
    }

    fn scrollable(
        &mut self,
        id: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        _: Vector,
        state: &mut dyn Scrollable,
    ) {
        if id == Some(&self.id) {
            state.scroll_by(AbsoluteOffset { x: 0.0, y: (self.times * bounds.height).round() }, bounds, content);
        }
    }
}
