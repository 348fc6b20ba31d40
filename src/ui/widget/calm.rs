//! The cursor in a field of text stops blinking once nobody has done anything for a while, as GTK's does: each blink draws the
//! window anew, day and night.

use std::time::{Duration, Instant};

use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer};
use iced::window::{self, RedrawRequest};
use iced::{Element, Event, Length, Rectangle, Renderer, Size, Theme, Vector};

/// How long it blinks.
const BLINKS: Duration = Duration::from_secs(10);

/// All of a window.
struct Calm<'a, M> {
    content: Element<'a, M>,
}

struct State {
    /// Before anything had the focus.
    start: Instant,
    last_input: Instant,
}

/// Has the cursor in `content`, which is all of a window, come to rest when the person does.
pub fn calm<'a, M: 'a>(content: impl Into<Element<'a, M>>) -> Element<'a, M> {
    Element::new(Calm { content: content.into() })
}

fn is_input(event: &Event) -> bool {
    match event {
        Event::Keyboard(_) | Event::Mouse(_) | Event::Touch(_) | Event::InputMethod(_) => true,
        Event::Window(event) => *event == window::Event::Focused,
    }
}

impl<M> Widget<M, Theme, Renderer> for Calm<'_, M> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        let now = Instant::now();
        tree::State::new(State { start: now, last_input: now })
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.content)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.content));
    }

    fn size(&self) -> Size<Length> {
        self.content.as_widget().size()
    }

    fn size_hint(&self) -> Size<Length> {
        self.content.as_widget().size_hint()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        let Some(inner) = tree.children.first_mut() else { return layout::Node::default() };
        self.content.as_widget_mut().layout(inner, renderer, limits)
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        let Some(inner) = tree.children.first_mut() else { return };
        self.content.as_widget_mut().operate(inner, layout, renderer, operation);
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
        let state = tree.state.downcast_mut::<State>();
        if is_input(event) {
            state.last_input = Instant::now();
        }
        let (start, last_input) = (state.start, state.last_input);
        let Some(inner) = tree.children.first_mut() else { return };
        let content = self.content.as_widget_mut();
        match event {
            Event::Window(window::Event::RedrawRequested(now)) if *now > last_input + BLINKS => {
                // By a clock at which it has only now begun to blink, it's there to be seen.
                let event = Event::Window(window::Event::RedrawRequested(start));
                let before = shell.redraw_request();
                content.update(inner, &event, layout, cursor, renderer, clipboard, shell, viewport);
                if matches!(shell.redraw_request(), RedrawRequest::At(_)) {
                    Shell::replace_redraw_request(shell, before);
                }
            }
            _ => content.update(inner, event, layout, cursor, renderer, clipboard, shell, viewport),
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
        self.content.as_widget().draw(inner, renderer, theme, style, layout, cursor, viewport);
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        let Some(inner) = tree.children.first() else { return mouse::Interaction::default() };
        self.content.as_widget().mouse_interaction(inner, layout, cursor, viewport, renderer)
    }

    fn overlay<'a>(
        &'a mut self,
        tree: &'a mut Tree,
        layout: Layout<'a>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'a, M, Theme, Renderer>> {
        self.content.as_widget_mut().overlay(tree.children.first_mut()?, layout, renderer, viewport, translation)
    }
}

#[cfg(test)]
mod tests {
    use iced::Pixels;
    use iced::advanced::clipboard;
    use iced::advanced::renderer::Headless;
    use iced::advanced::widget::Id;
    use iced::advanced::widget::operation::focusable::focus;
    use iced::widget::text_input;
    use iced_test::runtime::user_interface::{Cache, State as Updated, UserInterface};

    use super::*;
    use crate::ui::sample;

    /// What a window asks for that is drawn so long after its start, with a field in it that has the focus.
    fn asked(later: Duration) -> RedrawRequest {
        let renderer = <Renderer as Headless>::new(iced::Font::DEFAULT, Pixels(16.0), Some("tiny-skia"));
        let mut renderer = futures::executor::block_on(renderer).unwrap();
        let field = text_input("", "").id("field").on_input(|_| ());
        let mut shown = UserInterface::build(calm(field), sample::SIZE, Cache::new(), &mut renderer);
        shown.operate(&renderer, &mut focus::<()>(Id::new("field")));
        let event = Event::Window(window::Event::RedrawRequested(Instant::now() + later));
        let away = mouse::Cursor::Unavailable;
        let (state, _) = shown.update(&[event], away, &mut renderer, &mut clipboard::Null, &mut Vec::new());
        match state {
            Updated::Updated { redraw_request, .. } => redraw_request,
            Updated::Outdated => panic!("it's outdated"),
        }
    }

    #[test]
    fn the_cursor_blinks_for_a_while() {
        assert!(matches!(asked(Duration::from_secs(9)), RedrawRequest::At(_)));
        assert_eq!(asked(Duration::from_secs(11)), RedrawRequest::Wait);
    }
}
