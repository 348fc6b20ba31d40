//! A button that the keyboard reaches too: Tab moves among them, a ring shows where one is, Enter and Space press. iced's own
//! hears the pointer alone.

use std::rc::Rc;

use iced::advanced::widget::operation::Focusable;
use iced::advanced::widget::{Id, Operation, Tree, tree};
use iced::advanced::{Clipboard, Layout, Renderer as _, Shell, Widget, layout, mouse, overlay, renderer};
use iced::keyboard::key::Named;
use iced::keyboard::{Event as KeyEvent, Key};
use iced::widget::{Button, button};
use iced::{Color, Element, Event, Length, Padding, Rectangle, Renderer, Size, Theme, Vector, touch};

use crate::ui::style;

/// How far beyond a button the ring reaches that shows where the keyboard is, in pixels.
const RING: f32 = 4.0;

/// What a press means.
type Meaning<'a, M> = Rc<dyn Fn() -> M + 'a>;

/// See the module. Without a meaning it can't be pressed.
pub struct Press<'a, M> {
    inner: Button<'a, M>,
    id: Option<Id>,
    on_press: Option<Meaning<'a, M>>,
    on_step: Option<[M; 2]>,
}

/// A button around something.
pub fn press<'a, M: 'a>(content: impl Into<Element<'a, M>>) -> Press<'a, M> {
    Press { inner: button(content), id: None, on_press: None, on_step: None }
}

impl<'a, M: Clone + 'a> Press<'a, M> {
    /// Called so, that the keyboard can be brought to it.
    pub fn id(self, id: Id) -> Self {
        Self { id: Some(id), ..self }
    }

    /// Room within its edge.
    pub fn padding(self, padding: impl Into<Padding>) -> Self {
        Self { inner: self.inner.padding(padding), ..self }
    }

    /// So wide.
    pub fn width(self, width: impl Into<Length>) -> Self {
        Self { inner: self.inner.width(width), ..self }
    }

    /// Drawn so.
    pub fn style(self, style: impl Fn(&Theme, button::Status) -> button::Style + 'a) -> Self {
        Self { inner: self.inner.style(style), ..self }
    }

    /// In a list: what the arrows up and down mean while the keyboard is here.
    pub fn on_step(self, up: M, down: M) -> Self {
        Self { on_step: Some([up, down]), ..self }
    }

    /// A press means this.
    pub fn on_press(self, message: M) -> Self {
        self.on_press_with(move || message.clone())
    }

    /// A press means what this gives then.
    pub fn on_press_with(self, meaning: impl Fn() -> M + 'a) -> Self {
        let meaning: Meaning<'a, M> = Rc::new(meaning);
        let same = Rc::clone(&meaning);
        Self { inner: self.inner.on_press_with(move || same()), on_press: Some(meaning), ..self }
    }

    /// A press means this, if anything.
    pub fn on_press_maybe(self, message: Option<M>) -> Self {
        match message {
            Some(message) => self.on_press(message),
            None => self,
        }
    }
}

impl<'a, M: Clone + 'a> From<Press<'a, M>> for Element<'a, M> {
    fn from(press: Press<'a, M>) -> Self {
        let Press { inner, id, on_press, on_step } = press;
        Self::new(Reachable { inner: inner.into(), id, on_press, on_step })
    }
}

/// The button as a widget, with what the keyboard needs around it.
struct Reachable<'a, M> {
    inner: Element<'a, M>,
    id: Option<Id>,
    on_press: Option<Meaning<'a, M>>,
    on_step: Option<[M; 2]>,
}

/// Whether the keyboard is at something.
#[derive(Debug, Default)]
pub(super) struct Focus {
    pub(super) is_here: bool,
}

impl Focusable for Focus {
    fn is_focused(&self) -> bool {
        self.is_here
    }

    fn focus(&mut self) {
        self.is_here = true;
    }

    fn unfocus(&mut self) {
        self.is_here = false;
    }
}

/// Whether it's a key that presses what the keyboard is at.
pub(super) fn presses(event: &Event) -> bool {
    let Event::Keyboard(KeyEvent::KeyPressed { key: Key::Named(named), modifiers, .. }) = event else { return false };
    matches!(named, Named::Enter | Named::Space) && modifiers.is_empty()
}

impl<M: Clone> Widget<M, Theme, Renderer> for Reachable<'_, M> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<Focus>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(Focus::default())
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.inner)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.inner));
    }

    fn size(&self) -> Size<Length> {
        self.inner.as_widget().size()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        match tree.children.first_mut() {
            Some(inner) => self.inner.as_widget_mut().layout(inner, renderer, limits),
            None => layout::Node::default(),
        }
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        if self.on_press.is_some() {
            operation.focusable(self.id.as_ref(), layout.bounds(), tree.state.downcast_mut::<Focus>());
        }
        if let Some(inner) = tree.children.first_mut() {
            self.inner.as_widget_mut().operate(inner, layout, renderer, operation);
        }
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
        if let Some(inner) = tree.children.first_mut() {
            let widget = self.inner.as_widget_mut();
            widget.update(inner, event, layout, cursor, renderer, clipboard, shell, viewport);
        }
        let focus = tree.state.downcast_mut::<Focus>();
        match event {
            // Who takes the pointer needs no ring.
            Event::Mouse(mouse::Event::ButtonPressed(_)) | Event::Touch(touch::Event::FingerPressed { .. })
                if focus.is_here =>
            {
                focus.is_here = false;
                shell.request_redraw();
            }
            _ if focus.is_here && presses(event) && !shell.is_event_captured() => {
                if let Some(meaning) = &self.on_press {
                    shell.publish(meaning());
                    shell.capture_event();
                }
            }
            Event::Keyboard(KeyEvent::KeyPressed {
                key: Key::Named(arrow @ (Named::ArrowUp | Named::ArrowDown)),
                modifiers,
                ..
            }) if focus.is_here && modifiers.is_empty() => {
                if let Some([up, down]) = &self.on_step {
                    shell.publish(if *arrow == Named::ArrowUp { up.clone() } else { down.clone() });
                    shell.capture_event();
                }
            }
            _ => {}
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
        let Some(inner) = tree.children.first() else { return };
        self.inner.as_widget().draw(inner, renderer, theme, style, layout, cursor, viewport);
        if tree.state.downcast_ref::<Focus>().is_here {
            // Beside it: on a button in the same colour it wouldn't be seen.
            let bounds = layout.bounds().expand(RING);
            let ring = renderer::Quad { bounds, border: style::ring_of_focus(theme), ..Default::default() };
            renderer.with_layer(*viewport, |renderer| renderer.fill_quad(ring, Color::TRANSPARENT));
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        let inner = tree.children.first();
        inner.map_or_else(mouse::Interaction::default, |inner| {
            self.inner.as_widget().mouse_interaction(inner, layout, cursor, viewport, renderer)
        })
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, M, Theme, Renderer>> {
        self.inner.as_widget_mut().overlay(tree.children.first_mut()?, layout, renderer, viewport, translation)
    }
}

#[cfg(test)]
mod tests {
    use iced::advanced::widget::operation::Outcome;
    use iced::advanced::widget::operation::focusable::focus_next;
    use iced::advanced::{clipboard, mouse};
    use iced::widget::{column, text};
    use iced_test::runtime::UserInterface;
    use iced_test::simulator::{click, tap_key};

    use super::*;
    use crate::ui::sample::{self, SIZE};

    #[test]
    fn the_keyboard_reaches_what_can_be_pressed_until_the_pointer_is_used() {
        let mut renderer = sample::renderer();
        let buttons =
            column![press(text("none")), press(text("one")).on_press(1), press(text("two")).on_press(2).on_step(8, 9)];
        let mut ui = UserInterface::build(buttons, SIZE, Default::default(), &mut renderer);
        let mut messages: Vec<i32> = Vec::new();
        let enter: Vec<Event> = tap_key(Key::Named(Named::Enter), None).collect();
        let press: Vec<Event> = click().collect();
        let down: Vec<Event> = tap_key(Key::Named(Named::ArrowDown), None).collect();
        for step in ["enter", "tab", "enter", "down", "tab", "enter", "down", "press", "enter", "down"] {
            if step == "tab" {
                let mut operation: Option<Box<dyn Operation>> = Some(Box::new(focus_next()));
                while let Some(mut now) = operation.take() {
                    ui.operate(&renderer, now.as_mut());
                    if let Outcome::Chain(next) = now.finish() {
                        operation = Some(next);
                    }
                }
                continue;
            }
            let events = match step {
                "enter" => &enter,
                "down" => &down,
                _ => &press,
            };
            let _ = ui.update(events, mouse::Cursor::Unavailable, &mut renderer, &mut clipboard::Null, &mut messages);
        }
        assert_eq!(messages, [1, 2, 9]);
    }
}
