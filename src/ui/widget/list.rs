//! A long list of rows of uneven height. Rows are made, laid out and drawn only while they're in view, and what is in
//! view stays where it is whatever comes, goes or grows around it: the place is a row, not a number of pixels. Or, in a
//! list that is read from its beginning, it's so many rows after that.

mod arrange;
mod state;

use std::collections::{BTreeMap, VecDeque};

use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Clipboard, Layout, Renderer as _, Shell, Widget, layout, mouse, overlay, renderer};
use iced::mouse::ScrollDelta;
use iced::widget::{Id, scrollable};
use iced::{Background, Element, Event, Length, Point, Rectangle, Renderer, Size, Theme, Vector, touch, window};

use self::arrange::{Arranged, Edge, Room, Start, arrange};
use self::state::{Anchor, SCROLLER, State, told};
use crate::ui::style;

/// What a line of a wheel scrolls, in pixels.
const WHEEL_LINE: f32 = 60.0;

/// How much smaller its layer is in each next place, and how many such sizes there are: so little that nothing looks otherwise.
/// What moved is a dozen pieces for iced, each drawn with all that lies there; a layer of another size than the last, or the last
/// but one where buffers are swapped, is a single piece.
const SHIFT: f32 = 1.0 / 1024.0;
const PHASES: u8 = 4;

/// What is to come into view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aim<K> {
    /// The end.
    End,
    /// A row.
    Row(K),
    /// What is so many times the view's height further down, or up where it's negative.
    Further(f32),
}

/// What is in view.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen<K> {
    /// How many rows are above it.
    pub above: usize,
    /// How many are below it.
    pub below: usize,
    /// Whether it is the end.
    pub at_the_end: bool,
    /// Its first row, and where the upper edge of that is, in pixels below that of the view.
    pub first: Option<(K, f32)>,
    /// The last aim that was taken.
    pub aimed: Option<Id>,
}

/// See the module. `K` tells rows apart.
pub struct List<'a, K, M> {
    keys: Vec<K>,
    make: Box<dyn Fn(usize) -> Element<'a, M> + 'a>,
    on_move: Option<Box<dyn Fn(Seen<K>) -> M + 'a>>,
    start: Option<(K, f32)>,
    aim: Option<(Id, Aim<K>)>,
    margins: (f32, f32),
    /// Where it is at first.
    rests: Edge,
    /// Whether more rows belong below the last, which aren't there yet: then its end is no end to stay at.
    goes_on: bool,
    /// Those in view, and beside them those that the keyboard may come to next.
    rows: Vec<Element<'a, M>>,
}

impl<'a, K: Copy + PartialEq + 'static, M> List<'a, K, M> {
    /// A list of rows with these keys, which `make` makes by their place. It's at its end at first.
    pub fn new(keys: Vec<K>, make: impl Fn(usize) -> Element<'a, M> + 'a) -> Self {
        Self {
            keys,
            make: Box::new(make),
            on_move: None,
            start: None,
            aim: None,
            margins: (0.0, 0.0),
            rests: Edge::Lower,
            goes_on: false,
            rows: Vec::new(),
        }
    }

    /// Told what is in view.
    pub fn on_move(self, on_move: impl Fn(Seen<K>) -> M + 'a) -> Self {
        Self { on_move: Some(Box::new(on_move)), ..self }
    }

    /// It's at its beginning at first, and stays there, or so many rows after it, while rows move. The keyboard goes beyond what
    /// is in view.
    pub fn begins_at_the_top(self) -> Self {
        Self { rests: Edge::Upper, ..self }
    }

    /// Where to be at first, as [`Seen::first`] has told it: the window may have been laid out otherwise meanwhile. `None`: at
    /// the end.
    pub fn start(self, start: Option<(K, f32)>) -> Self {
        Self { start, ..self }
    }

    /// Moves there once for each id.
    pub fn aim(self, aim: Option<(Id, Aim<K>)>) -> Self {
        Self { aim, ..self }
    }

    /// Leaves so many pixels free above the first row and below the last.
    pub fn margins(self, above: f32, below: f32) -> Self {
        Self { margins: (above, below), ..self }
    }

    /// Says that more rows belong below the last, which aren't there yet.
    pub fn goes_on(self, goes_on: bool) -> Self {
        Self { goes_on, ..self }
    }

    const fn room(&self, height: f32) -> Room {
        Room { height, margins: self.margins, rests: self.rests }
    }
}

/// The scroller's state, as those of other lists have it.
const fn status(is_held: bool, is_pointed_at: bool) -> scrollable::Status {
    match (is_held, is_pointed_at) {
        (true, _) => scrollable::Status::Dragged {
            is_horizontal_scrollbar_dragged: false,
            is_vertical_scrollbar_dragged: true,
            is_horizontal_scrollbar_disabled: true,
            is_vertical_scrollbar_disabled: false,
        },
        (false, true) => scrollable::Status::Hovered {
            is_horizontal_scrollbar_hovered: false,
            is_vertical_scrollbar_hovered: true,
            is_horizontal_scrollbar_disabled: true,
            is_vertical_scrollbar_disabled: false,
        },
        (false, false) => {
            scrollable::Status::Active { is_horizontal_scrollbar_disabled: true, is_vertical_scrollbar_disabled: false }
        }
    }
}

/// The cursor for what is clipped to `bounds`.
fn within(cursor: mouse::Cursor, bounds: Rectangle) -> mouse::Cursor {
    if cursor.is_over(bounds) { cursor } else { mouse::Cursor::Unavailable }
}

/// Rows that were made for a layout.
struct Made<'m, 'a, K, M> {
    keys: &'m [K],
    make: &'m dyn Fn(usize) -> Element<'a, M>,
    /// What is known of those that were there before.
    known: Vec<(K, Tree)>,
    made: BTreeMap<usize, (Element<'a, M>, Tree, layout::Node)>,
    renderer: &'m Renderer,
    limits: layout::Limits,
}

impl<K: PartialEq, M> Made<'_, '_, K, M> {
    /// A row's height, for which it's made.
    fn height(&mut self, row: usize) -> f32 {
        if let Some((_, _, node)) = self.made.get(&row) {
            return node.size().height;
        }
        let mut element = (self.make)(row);
        let place = self.known.iter().position(|(key, _)| self.keys.get(row) == Some(key));
        let mut tree = match place.map(|place| self.known.swap_remove(place).1) {
            Some(mut tree) => {
                tree.diff(&element);
                tree
            }
            None => Tree::new(&element),
        };
        let node = element.as_widget_mut().layout(&mut tree, self.renderer, &self.limits);
        let height = node.size().height;
        self.made.insert(row, (element, tree, node));
        height
    }
}

impl<K: Copy + PartialEq + 'static, M> Widget<M, Theme, Renderer> for List<'_, K, M> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State<K>>()
    }

    fn state(&self) -> tree::State {
        let anchor = match (self.start, self.rests) {
            (Some((key, top)), _) => Anchor::Row(key, top),
            (None, Edge::Upper) => Anchor::Place(0, self.margins.0),
            (None, Edge::Lower) => Anchor::End,
        };
        tree::State::new(State::new(anchor))
    }

    /// Rows are told apart once it's known which of them are in view.
    fn diff(&self, _tree: &mut Tree) {}

    fn size(&self) -> Size<Length> {
        Size::new(Length::Fill, Length::Fill)
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        let size = limits.max();
        let Tree { state, children, .. } = tree;
        let state = state.downcast_mut::<State<K>>();
        if let Some((id, aim)) = self.aim.take_if(|(id, _)| state.aimed.as_ref() != Some(id)) {
            state.aimed = Some(id);
            state.told = None;
            state.take(aim, size.height);
        }
        let limits = layout::Limits::new(Size::ZERO, Size::new(size.width, f32::INFINITY));
        let known = state.keys.drain(..).zip(children.drain(..)).collect();
        let mut made = Made { keys: &self.keys, make: &self.make, known, made: BTreeMap::new(), renderer, limits };
        let place = |key| self.keys.iter().position(|other| *other == key);
        let start = match state.anchor {
            Anchor::Row(key, top) => place(key).map_or(Start::End, |row| Start::Row(row, top)),
            Anchor::Place(row, top) => Start::Row(row, top),
            Anchor::End => Start::End,
        };
        let arranged = arrange(self.keys.len(), start, self.room(size.height), |row| made.height(row));
        let mut tops: VecDeque<f32> = arranged.tops().collect();
        let mut shown = arranged.first..arranged.first + tops.len();
        state.above = 0;
        if self.rests == Edge::Upper {
            if shown.start > 0 {
                shown.start -= 1;
                state.above = 1;
                tops.push_front(arranged.top - made.height(shown.start));
            }
            if shown.end < self.keys.len() {
                tops.push_back(arranged.top + arranged.heights.iter().sum::<f32>());
                made.height(shown.end);
                shown.end += 1;
            }
        }
        let mut made = made.made;
        self.rows.clear();
        let mut nodes = Vec::new();
        for (row, top) in shown.zip(tops) {
            let (Some((element, tree, node)), Some(key)) = (made.remove(&row), self.keys.get(row)) else { break };
            state.keys.push(*key);
            children.push(tree);
            self.rows.push(element);
            nodes.push(node.move_to(Point::new(0.0, top.round())));
        }
        if arranged != state.arranged {
            state.phase = (state.phase + 1) % PHASES;
        }
        state.arranged = arranged;
        if let Some(first) = state.first() {
            let Arranged { first: place, top, at_the_end, .. } = state.arranged;
            state.anchor = match self.rests {
                Edge::Upper => Anchor::Place(place, top),
                Edge::Lower if self.goes_on || !at_the_end => Anchor::Row(first, top),
                Edge::Lower => Anchor::End,
            };
        }
        layout::Node::with_children(size, nodes)
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        let bounds = layout.bounds();
        operation.container(None, bounds);
        // Rows are laid out where they're seen.
        let state = tree.state.downcast_mut::<State<K>>();
        operation.scrollable(None, bounds, bounds, Vector::ZERO, state);
        operation.traverse(&mut |operation| {
            for ((row, tree), layout) in self.rows.iter_mut().zip(&mut tree.children).zip(layout.children()) {
                row.as_widget_mut().operate(tree, layout, renderer, operation);
            }
        });
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, M>,
        viewport: &Rectangle,
    ) {
        let bounds = layout.bounds();
        let Tree { state, children, .. } = tree;
        let state = state.downcast_mut::<State<K>>();
        let room = self.room(bounds.height);
        // A row may wait for the end of a press that began on it.
        let is_release = matches!(event, Event::Mouse(mouse::Event::ButtonReleased(_)));
        if state.held.is_none() && (is_release || !self.is_over_rail(state, cursor, bounds)) {
            let clip = bounds.intersection(viewport).unwrap_or_default();
            let inner = within(cursor, bounds);
            for ((row, tree), layout) in self.rows.iter_mut().zip(children).zip(layout.children()) {
                let widget = row.as_widget_mut();
                widget.update(tree, event, layout, inner, renderer, clipboard, shell, &clip);
            }
            if shell.is_event_captured() {
                return;
            }
        }
        let moved = match event {
            Event::Mouse(mouse::Event::WheelScrolled { delta }) if cursor.is_over(bounds) => {
                let pixels = match *delta {
                    ScrollDelta::Lines { y, .. } => y * WHEEL_LINE,
                    ScrollDelta::Pixels { y, .. } => y,
                };
                state.scroll(pixels);
                true
            }
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left))
                if self.is_over_rail(state, cursor, bounds) =>
            {
                let scroller = state.scroller(self.keys.len(), room, bounds);
                if let (Some(scroller), Some(point)) = (scroller, cursor.position()) {
                    // Beside the scroller, its middle comes to where the pointer is.
                    let at = point.y - scroller.y;
                    let held = if (0.0..=scroller.height).contains(&at) { at } else { scroller.height / 2.0 };
                    state.held = Some(held);
                    state.drag(point.y - bounds.y - held, &self.keys, room, bounds);
                }
                true
            }
            Event::Mouse(mouse::Event::CursorMoved { .. }) => match (state.held, cursor.land().position()) {
                (Some(held), Some(point)) => {
                    state.drag(point.y - bounds.y - held, &self.keys, room, bounds);
                    true
                }
                _ => false,
            },
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left)) => state.held.take().is_some(),
            Event::Touch(touch::Event::FingerPressed { id, position }) if bounds.contains(*position) => {
                state.finger = Some((*id, position.y));
                false
            }
            Event::Touch(touch::Event::FingerMoved { id, position }) => match &mut state.finger {
                Some((finger, y)) if finger == id => {
                    let by = position.y - std::mem::replace(y, position.y);
                    state.scroll(by);
                    true
                }
                _ => false,
            },
            Event::Touch(touch::Event::FingerLifted { .. } | touch::Event::FingerLost { .. }) => {
                state.finger = None;
                false
            }
            Event::Window(window::Event::RedrawRequested(_)) if std::mem::take(&mut state.moved) => true,
            Event::Window(window::Event::RedrawRequested(_)) => {
                let seen = state.seen(self.keys.len());
                let told = Some(told(&seen, &self.keys));
                if let Some(on_move) = self.on_move.as_ref().filter(|_| state.told != told && !self.keys.is_empty()) {
                    state.told = told;
                    shell.publish(on_move(seen));
                }
                false
            }
            _ => false,
        };
        if moved {
            if !matches!(event, Event::Window(_)) {
                shell.capture_event();
            }
            shell.invalidate_layout();
            shell.request_redraw();
        }
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let bounds = layout.bounds();
        let Some(clip) = bounds.intersection(viewport) else { return };
        let state = tree.state.downcast_ref::<State<K>>();
        let inner = within(cursor, bounds);
        let layer = Rectangle { height: clip.height - SHIFT * f32::from(state.phase), ..clip };
        renderer.with_layer(layer, |renderer| {
            for ((row, tree), layout) in self.rows.iter().zip(&tree.children).zip(layout.children()) {
                row.as_widget().draw(tree, renderer, theme, style, layout, inner, &clip);
            }
        });
        let Some(scroller) = state.scroller(self.keys.len(), self.room(bounds.height), bounds) else { return };
        let status = status(state.held.is_some(), self.is_over_rail(state, cursor, bounds));
        let look = style::scroller(theme, status).vertical_rail.scroller;
        let background: Background = look.background;
        let quad = renderer::Quad { bounds: scroller, border: look.border, ..renderer::Quad::default() };
        renderer.with_layer(clip, |renderer| renderer.fill_quad(quad, background));
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        let bounds = layout.bounds();
        let state = tree.state.downcast_ref::<State<K>>();
        if state.held.is_some() || self.is_over_rail(state, cursor, bounds) {
            return mouse::Interaction::None;
        }
        let inner = within(cursor, bounds);
        let rows = self.rows.iter().zip(&tree.children).zip(layout.children());
        let interactions = rows
            .map(|((row, tree), layout)| row.as_widget().mouse_interaction(tree, layout, inner, viewport, renderer));
        interactions.max().unwrap_or_default()
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, M, Theme, Renderer>> {
        let clip = layout.bounds().intersection(viewport)?;
        overlay::from_children(&mut self.rows, tree, layout, renderer, &clip, translation)
    }
}

impl<K: Copy + PartialEq + 'static, M> List<'_, K, M> {
    /// Whether the pointer is where the scroller moves.
    fn is_over_rail(&self, state: &State<K>, cursor: mouse::Cursor, bounds: Rectangle) -> bool {
        let width = SCROLLER.0 + 2.0 * SCROLLER.1;
        let rail = Rectangle { x: bounds.x + bounds.width - width, width, ..bounds };
        cursor.is_over(rail) && state.scroller(self.keys.len(), self.room(bounds.height), bounds).is_some()
    }
}

impl<'a, K: Copy + PartialEq + 'static, M: 'a> From<List<'a, K, M>> for Element<'a, M> {
    fn from(list: List<'a, K, M>) -> Self {
        Self::new(list)
    }
}

#[cfg(test)]
mod tests;
