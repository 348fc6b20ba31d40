//! A part of a window in which the arrows move among what can be pressed; where it lies above all else, the keyboard stays
//! in it.

use iced::advanced::widget::operation::Outcome;
use iced::advanced::widget::{Id, Operation, Tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer};
use iced::keyboard::key::Named;
use iced::keyboard::{Event as KeyEvent, Key};
use iced::{Element, Event, Length, Rectangle, Renderer, Size, Theme, Vector};

use crate::ui::focus::{Way, step, step_into};

/// See the module.
pub struct Area<'a, M> {
    inner: Element<'a, M>,
    /// Set where it lies above all else.
    above: Option<Id>,
}

/// What the arrows move in.
pub fn arrows<'a, M>(inner: impl Into<Element<'a, M>>) -> Area<'a, M> {
    Area { inner: inner.into(), above: None }
}

/// What lies above all else: keys that it has no use for don't reach what is below, whose place the keyboard keeps. Tab stays
/// within what is called so.
pub fn above<'a, M>(id: Id, inner: impl Into<Element<'a, M>>) -> Area<'a, M> {
    Area { inner: inner.into(), above: Some(id) }
}

fn way(event: &Event) -> Option<Way> {
    let Event::Keyboard(KeyEvent::KeyPressed { key: Key::Named(named), modifiers, .. }) = event else { return None };
    let way = match named {
        Named::ArrowLeft => Way::Left,
        Named::ArrowRight => Way::Right,
        Named::ArrowUp => Way::Up,
        Named::ArrowDown => Way::Down,
        _ => return None,
    };
    modifiers.is_empty().then_some(way)
}

impl<M> Area<'_, M> {
    /// Returns whether there was somewhere to go.
    fn step(&mut self, way: Way, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer) -> bool {
        let mut now: Box<dyn Operation> =
            if self.above.is_some() { Box::new(step_into(way)) } else { Box::new(step(way)) };
        let mut stepped = false;
        loop {
            self.inner.as_widget_mut().operate(tree, layout, renderer, now.as_mut());
            match now.finish() {
                Outcome::Chain(next) => now = next,
                _ => return stepped,
            }
            stepped = true;
        }
    }
}

impl<M> Widget<M, Theme, Renderer> for Area<'_, M> {
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
        let Some(inner) = tree.children.first_mut() else { return };
        let widget = self.inner.as_widget_mut();
        operation.container(self.above.as_ref(), layout.bounds());
        operation.traverse(&mut |operation| widget.operate(inner, layout, renderer, operation));
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
        let Some(inner) = tree.children.first_mut() else { return };
        self.inner.as_widget_mut().update(inner, event, layout, cursor, renderer, clipboard, shell, viewport);
        if shell.is_event_captured() {
            return;
        }
        if way(event).is_some_and(|way| self.step(way, inner, layout, renderer)) {
            shell.capture_event();
            shell.request_redraw();
        }
        let is_key = matches!(event, Event::Keyboard(KeyEvent::KeyPressed { .. }) | Event::InputMethod(_));
        if self.above.is_some() && is_key {
            shell.capture_event();
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
        if let Some(inner) = tree.children.first() {
            self.inner.as_widget().draw(inner, renderer, theme, style, layout, cursor, viewport);
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

impl<'a, M: 'a> From<Area<'a, M>> for Element<'a, M> {
    fn from(area: Area<'a, M>) -> Self {
        Self::new(area)
    }
}
