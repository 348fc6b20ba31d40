//! A line between two panes that can be dragged. A double click brings it back to where it was at first; the keyboard reaches
//! it too, and moves it with ← and →, and back with Enter.

use iced::advanced::widget::operation::Focusable;
use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Clipboard, Layout, Renderer as _, Shell, Widget, layout, mouse, renderer};
use iced::keyboard::key::Named;
use iced::keyboard::{Event as KeyEvent, Key};
use iced::{Element, Event, Length, Padding, Point, Rectangle, Renderer, Size, Theme, touch};

use crate::ui::style;

/// How far beside the line it can be taken hold of, in pixels: left of it are scrollbars.
const HOLD: Padding = Padding { top: 0.0, right: 5.0, bottom: 0.0, left: 2.0 };

/// How far a key moves it.
const STEP: f32 = 16.0;

/// What is done with the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Move {
    /// It's dragged, to so many pixels from the left of the window.
    To(f32),
    /// It has been let go, or moved by a key to there.
    Done(f32),
    /// It's to be where it was at first.
    Reset,
}

/// See the module.
pub fn divider<'a, M: 'a>(on_move: impl Fn(Move) -> M + 'a) -> Element<'a, M> {
    Element::new(Divider { line: super::vertical_line(), on_move: Box::new(on_move) })
}

struct Divider<'a, M> {
    line: Element<'a, M>,
    on_move: Box<dyn Fn(Move) -> M + 'a>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// Where the pointer was at last. Events come several at a time, and a press is where it was made.
    pointer: Option<Point>,
    clicked: Option<mouse::Click>,
    is_focused: bool,
}

/// That the line is held.
#[derive(Clone, Copy)]
struct Held {
    /// How far right of it.
    by: f32,
    /// Where it has been dragged to.
    to: f32,
}

impl Focusable for State {
    fn is_focused(&self) -> bool {
        self.is_focused
    }

    fn focus(&mut self) {
        self.is_focused = true;
    }

    fn unfocus(&mut self) {
        self.is_focused = false;
    }
}

impl State {
    fn hold(&mut self, at: Point, bounds: Rectangle) -> Move {
        self.held = Some(Held { by: at.x - bounds.x, to: bounds.x });
        Move::To(bounds.x)
    }

    /// What the pointer or a key does with the line that is so far from the left.
    fn moved(&mut self, event: &Event, bounds: Rectangle, cursor: mouse::Cursor) -> Option<Move> {
        match event {
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)) => {
                self.is_focused = false;
                // None where something lies above.
                let cursor = cursor.position()?;
                let at = Some(self.pointer.unwrap_or(cursor)).filter(|at| bounds.expand(HOLD).contains(*at))?;
                let click = mouse::Click::new(at, mouse::Button::Left, self.clicked);
                self.clicked = Some(click);
                if click.kind() == mouse::click::Kind::Double {
                    self.held = None;
                    return Some(Move::Reset);
                }
                Some(self.hold(at, bounds))
            }
            Event::Touch(touch::Event::FingerPressed { position, .. }) if bounds.expand(HOLD).contains(*position) => {
                Some(self.hold(*position, bounds))
            }
            Event::Mouse(mouse::Event::CursorMoved { position })
            | Event::Touch(touch::Event::FingerMoved { position, .. }) => {
                self.pointer = Some(*position);
                let held = self.held.as_mut()?;
                held.to = position.x - held.by;
                Some(Move::To(held.to))
            }
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left))
            | Event::Touch(touch::Event::FingerLifted { .. } | touch::Event::FingerLost { .. }) => {
                self.held.take().map(|held| Move::Done(held.to))
            }
            Event::Keyboard(KeyEvent::KeyPressed { key: Key::Named(key), modifiers, .. })
                if self.is_focused && modifiers.is_empty() =>
            {
                match key {
                    Named::ArrowLeft => Some(Move::Done(bounds.x - STEP)),
                    Named::ArrowRight => Some(Move::Done(bounds.x + STEP)),
                    Named::Enter => Some(Move::Reset),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

impl<M> Widget<M, Theme, Renderer> for Divider<'_, M> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.line)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.line));
    }

    fn size(&self) -> Size<Length> {
        self.line.as_widget().size()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        match tree.children.first_mut() {
            Some(line) => self.line.as_widget_mut().layout(line, renderer, limits),
            None => layout::Node::default(),
        }
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, _: &Renderer, operation: &mut dyn Operation) {
        operation.focusable(None, layout.bounds(), tree.state.downcast_mut::<State>());
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _: &Renderer,
        _: &mut dyn Clipboard,
        shell: &mut Shell<'_, M>,
        _: &Rectangle,
    ) {
        let state = tree.state.downcast_mut::<State>();
        let was_focused = state.is_focused;
        if let Some(moved) = state.moved(event, layout.bounds(), cursor) {
            shell.publish((self.on_move)(moved));
            shell.capture_event();
        }
        if was_focused != state.is_focused {
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
        let Some(line) = tree.children.first() else { return };
        self.line.as_widget().draw(line, renderer, theme, style, layout, cursor, viewport);
        let state = tree.state.downcast_ref::<State>();
        if state.is_focused || state.held.is_some() {
            let bounds = layout.bounds().expand(Padding::ZERO.horizontal(1.0));
            let bar = renderer::Quad { bounds, ..Default::default() };
            let colour = style::ring_of_focus(theme).color;
            renderer.with_layer(*viewport, |renderer| renderer.fill_quad(bar, colour));
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _: &Rectangle,
        _: &Renderer,
    ) -> mouse::Interaction {
        let is_held = tree.state.downcast_ref::<State>().held.is_some();
        if is_held || cursor.is_over(layout.bounds().expand(HOLD)) {
            mouse::Interaction::ResizingHorizontally
        } else {
            mouse::Interaction::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Rectangle = Rectangle { x: 300.0, y: 0.0, width: 1.0, height: 700.0 };

    const AWAY: mouse::Cursor = mouse::Cursor::Available(Point::new(900.0, 50.0));

    fn press(state: &mut State, x: f32) -> Option<Move> {
        // All of it comes at once: the cursor is elsewhere by now.
        drag(state, x);
        state.moved(&Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)), BOUNDS, AWAY)
    }

    fn drag(state: &mut State, x: f32) -> Option<Move> {
        let position = Point::new(x, 60.0);
        state.moved(&Event::Mouse(mouse::Event::CursorMoved { position }), BOUNDS, AWAY)
    }

    fn release(state: &mut State) -> Option<Move> {
        state.moved(&Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left)), BOUNDS, AWAY)
    }

    #[test]
    fn it_follows_the_pointer_from_where_it_was_taken_until_it_is_let_go() {
        let mut state = State::default();
        assert_eq!(press(&mut state, 290.0), None, "beside it");
        assert_eq!(drag(&mut state, 350.0), None);
        assert_eq!(press(&mut state, 304.0), Some(Move::To(300.0)));
        assert_eq!(drag(&mut state, 350.0), Some(Move::To(346.0)));
        assert_eq!(release(&mut state), Some(Move::Done(346.0)), "though it has not been drawn there");
        assert_eq!(drag(&mut state, 360.0), None);
    }

    #[test]
    fn a_double_click_brings_it_back() {
        let mut state = State::default();
        press(&mut state, 300.0);
        release(&mut state);
        assert_eq!(press(&mut state, 300.0), Some(Move::Reset));
        assert_eq!(release(&mut state), None);
    }

    #[test]
    fn keys_move_it_where_the_keyboard_is() {
        let mut state = State::default();
        let tap = |state: &mut State, key| {
            let tapped = iced_test::simulator::tap_key(Key::Named(key), None).next().unwrap();
            state.moved(&tapped, BOUNDS, AWAY)
        };
        assert_eq!(tap(&mut state, Named::ArrowLeft), None);
        state.focus();
        assert_eq!(tap(&mut state, Named::ArrowLeft), Some(Move::Done(284.0)));
        assert_eq!(tap(&mut state, Named::ArrowRight), Some(Move::Done(316.0)));
        assert_eq!(tap(&mut state, Named::Enter), Some(Move::Reset));
    }
}
