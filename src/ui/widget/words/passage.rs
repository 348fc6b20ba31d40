//! A paragraph that somebody wrote: links in it can be pressed, and its text selected and copied.

use std::cell::RefCell;
use std::ops::Range;

use iced::advanced::graphics::text::cosmic_text::LayoutRun;
use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Clipboard, Layout, Renderer as _, Shell, Widget, clipboard, layout, mouse, renderer, text};
use iced::keyboard::{self, Key};
use iced::{Color, Element, Event, Length, Point, Rectangle, Size, Theme, Vector, touch};
use unicode_segmentation::UnicodeSegmentation;

use super::{Paragraph, State as Made, Words};
use crate::ui::link::{Target, links};
use crate::ui::style;
use crate::ui::widget::press::{Focus, presses};

/// So many pixels a press may move and be no drag.
const STILL: f32 = 4.0;

/// The line under a link: so many pixels below the letters' feet, and so thick.
const UNDERLINE: (f32, f32) = (2.0, 1.0);

/// See the module.
pub struct Passage<'a, M> {
    words: Words<'a>,
    meaning: Box<dyn Fn(Target) -> M + 'a>,
}

impl<'a, M> Passage<'a, M> {
    pub(super) fn new(words: Words<'a>, meaning: impl Fn(Target) -> M + 'a) -> Self {
        Self { words, meaning: Box::new(meaning) }
    }
}

#[derive(Default)]
struct State {
    made: Made,
    places: Vec<Range<usize>>,
    /// What each link takes up, line by line. A stranger's text may have many: it's worked out once.
    link_areas: Vec<Vec<(Rectangle, f32)>>,
    targets: Vec<Target>,
    /// Whether the keyboard is at them.
    focus: Vec<Focus>,
    /// The same with links in their colour, which isn't known before it's drawn.
    colored: RefCell<Option<(Color, Paragraph)>>,
    /// From where to where, in bytes, as the pointer went.
    selected: Option<(usize, usize)>,
    press: Option<Press>,
    click: Option<mouse::Click>,
}

/// A press that hasn't ended.
struct Press {
    at: Point,
    /// Where in the text.
    byte: usize,
    link: Option<usize>,
    moved: bool,
    /// A finger that moves scrolls.
    finger: bool,
}

impl State {
    fn paragraph(&self) -> &Paragraph {
        &self.made.shaped.paragraph
    }

    /// Where the lines begin in the text, in bytes: each ends with one separator, which isn't part of it.
    fn starts(&self, text: &str) -> Vec<usize> {
        let mut start = 0;
        let lines = self.paragraph().buffer().lines.iter();
        lines
            .map(|line| {
                let end = start + line.text().len();
                let separator = text.get(end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
                std::mem::replace(&mut start, end + separator)
            })
            .collect()
    }

    /// The byte nearest to a point.
    fn byte_at(&self, text: &str, point: Point) -> usize {
        let Some(cursor) = self.paragraph().buffer().hit(point.x, point.y) else { return 0 };
        self.starts(text).get(cursor.line).copied().unwrap_or_default() + cursor.index
    }

    /// What these bytes take up, line by line, each with where the letters stand on.
    fn areas(&self, text: &str, bytes: &Range<usize>) -> Vec<(Rectangle, f32)> {
        let starts = self.starts(text);
        let runs = self.paragraph().buffer().layout_runs();
        runs.flat_map(|run| areas_in(&run, starts.get(run.line_i).copied().unwrap_or_default(), bytes)).collect()
    }

    fn link_at(&self, point: Point) -> Option<usize> {
        self.link_areas.iter().position(|areas| areas.iter().any(|(area, _)| area.contains(point)))
    }

    fn selection(&self) -> Option<Range<usize>> {
        let (from, to) = self.selected?;
        (from != to).then(|| from.min(to)..from.max(to))
    }

    fn pressed(&mut self, text: &str, at: Point, finger: bool) {
        let click = mouse::Click::new(at, mouse::Button::Left, self.click);
        self.click = Some(click);
        let byte = self.byte_at(text, at);
        self.selected = match click.kind() {
            _ if finger => None,
            mouse::click::Kind::Single => None,
            mouse::click::Kind::Double => Some(word_at(text, byte)),
            mouse::click::Kind::Triple => Some((0, text.len())),
        };
        let link = self.link_at(at);
        self.press = self.selected.is_none().then_some(Press { at, byte, link, moved: false, finger });
    }

    /// Returns whether something else is selected.
    fn moved(&mut self, text: &str, to: Point) -> bool {
        let Some(press) = &mut self.press else { return false };
        press.moved |= press.at.distance(to) >= STILL;
        if !press.moved || press.finger {
            return false;
        }
        let selected = Some((press.byte, self.byte_at(text, to)));
        std::mem::replace(&mut self.selected, selected) != selected
    }

    /// Returns the link that was pressed.
    fn released(&mut self, at: Option<Point>) -> Option<Target> {
        let press = self.press.take().filter(|press| !press.moved)?;
        let link = press.link.filter(|link| at.and_then(|at| self.link_at(at)) == Some(*link))?;
        self.targets.get(link).cloned()
    }
}

/// What of `bytes` a line has, whose first byte is at `start`.
fn areas_in(run: &LayoutRun<'_>, start: usize, bytes: &Range<usize>) -> Vec<(Rectangle, f32)> {
    let mut areas: Vec<(Rectangle, f32)> = Vec::new();
    let mut end_of_last = None;
    for (place, glyph) in run.glyphs.iter().enumerate() {
        if start + glyph.start >= bytes.end || start + glyph.end <= bytes.start {
            continue;
        }
        match areas.last_mut().filter(|_| end_of_last == Some(place)) {
            Some((area, _)) => area.width = glyph.x + glyph.w - area.x,
            None => {
                let area = Rectangle::new(Point::new(glyph.x, run.line_top), Size::new(glyph.w, run.line_height));
                areas.push((area, run.line_y));
            }
        }
        end_of_last = Some(place + 1);
    }
    areas
}

fn word_at(text: &str, byte: usize) -> (usize, usize) {
    let words = text.split_word_bound_indices().map(|(start, word)| (start, start + word.len()));
    words.take_while(|(start, _)| *start <= byte).last().unwrap_or_default()
}

impl<M> Widget<M, Theme, iced::Renderer> for Passage<'_, M> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn size(&self) -> Size<Length> {
        Size::new(self.words.width, Length::Shrink)
    }

    fn layout(&mut self, tree: &mut Tree, _renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        let state = tree.state.downcast_mut::<State>();
        let text = &self.words.text;
        if state.made.made_for.as_ref().is_none_or(|(known, ..)| known != text) {
            let (places, targets): (Vec<_>, Vec<_>) = links(text).into_iter().unzip();
            let focus = targets.iter().map(|_| Focus::default()).collect();
            *state = State { places, targets, focus, ..State::default() };
        }
        if state.made.shape(&self.words, limits.max().width, &state.places) {
            state.colored.take();
            state.link_areas = state.places.iter().map(|place| state.areas(text, place)).collect();
        }
        layout::Node::new(limits.resolve(self.words.width, Length::Shrink, state.made.shaped.size))
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _renderer: &iced::Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, M>,
        _viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_mut::<State>();
        let text: &str = &self.words.text;
        let bounds = layout.bounds();
        let within = |point: Point| point - Vector::new(bounds.x, bounds.y);
        match event {
            // It isn't captured: what is selected elsewhere has to hear of it too.
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left))
            | Event::Touch(touch::Event::FingerPressed { .. }) => {
                let before = state.selected.take();
                if let Some(focus) = state.focus.iter_mut().find(|focus| focus.is_here) {
                    focus.is_here = false;
                    shell.request_redraw();
                }
                match cursor.position_over(bounds) {
                    Some(point) => state.pressed(text, within(point), matches!(event, Event::Touch(_))),
                    None => state.press = None,
                }
                if state.selected != before {
                    shell.request_redraw();
                }
            }
            Event::Mouse(mouse::Event::CursorMoved { .. }) | Event::Touch(touch::Event::FingerMoved { .. }) => {
                let changed = cursor.land().position().is_some_and(|point| state.moved(text, within(point)));
                if changed {
                    shell.request_redraw();
                }
            }
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left))
            | Event::Touch(touch::Event::FingerLifted { .. }) => {
                if let Some(target) = state.released(cursor.position().map(within)) {
                    shell.publish((self.meaning)(target));
                }
            }
            Event::Touch(touch::Event::FingerLost { .. }) => state.press = None,
            _ if presses(event) && !shell.is_event_captured() => {
                let link = state.focus.iter().position(|focus| focus.is_here);
                if let Some(target) = link.and_then(|link| state.targets.get(link)) {
                    shell.publish((self.meaning)(target.clone()));
                    shell.capture_event();
                }
            }
            Event::Keyboard(keyboard::Event::KeyPressed { key, physical_key, modifiers, .. })
                if is_copy(key, *physical_key, *modifiers) && !shell.is_event_captured() =>
            {
                if let Some(words) = state.selection().and_then(|bytes| text.get(bytes)) {
                    clipboard.write(clipboard::Kind::Standard, words.to_owned());
                    shell.capture_event();
                }
            }
            _ => {}
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _viewport: &Rectangle,
        _renderer: &iced::Renderer,
    ) -> mouse::Interaction {
        let state = tree.state.downcast_ref::<State>();
        match cursor.position_in(layout.bounds()) {
            Some(point) if state.link_at(point).is_some() => mouse::Interaction::Pointer,
            Some(_) => mouse::Interaction::Text,
            None => mouse::Interaction::None,
        }
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut iced::Renderer,
        theme: &Theme,
        defaults: &renderer::Style,
        layout: Layout<'_>,
        _cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let bounds = layout.bounds();
        if !bounds.intersects(viewport) {
            return;
        }
        let state = tree.state.downcast_ref::<State>();
        let text = &self.words.text;
        let mut fill = |bounds: Rectangle, color: Color| {
            renderer.fill_quad(renderer::Quad { bounds, ..renderer::Quad::default() }, color);
        };
        let offset = Vector::new(bounds.x, bounds.y);
        for (area, _) in state.selection().map(|bytes| state.areas(text, &bytes)).unwrap_or_default() {
            fill(area + offset, style::selection(theme));
        }
        let link = style::link_in_text(theme);
        for (area, foot) in state.link_areas.iter().flatten() {
            let (below, height) = UNDERLINE;
            let line = Rectangle { y: (foot + below).round(), height, ..*area } + offset;
            if line.intersects(viewport) {
                fill(line, link);
            }
        }
        let color = (self.words.style)(theme).color.unwrap_or(defaults.text_color);
        let mut colored = state.colored.borrow_mut();
        if !state.places.is_empty() && colored.as_ref().is_none_or(|(known, _)| *known != link) {
            let width = state.made.made_for.as_ref().map_or(f32::INFINITY, |(_, width, ..)| *width);
            *colored = Some((link, self.words.shape_with(text, width, &state.places, Some(link))));
        }
        let paragraph = colored.as_ref().map_or(state.paragraph(), |(_, paragraph)| paragraph);
        text::Renderer::fill_paragraph(renderer, paragraph, bounds.position(), color, *viewport);
        let focused = state.focus.iter().position(|focus| focus.is_here);
        for (area, _) in focused.and_then(|link| state.link_areas.get(link)).into_iter().flatten() {
            let border = style::ring_of_focus(theme);
            let ring = renderer::Quad { bounds: (*area + offset).expand(2.0), border, ..renderer::Quad::default() };
            renderer.with_layer(*viewport, |renderer| renderer.fill_quad(ring, Color::TRANSPARENT));
        }
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        _renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        let bounds = layout.bounds();
        operation.text(None, bounds, &self.words.text);
        let State { link_areas, focus, .. } = tree.state.downcast_mut();
        for (areas, focus) in link_areas.iter().zip(focus) {
            let areas = areas.iter().map(|(area, _)| *area + Vector::new(bounds.x, bounds.y));
            if let Some(all) = areas.reduce(|one, other| one.union(&other)) {
                operation.focusable(None, all, focus);
            }
        }
    }
}

fn is_copy(key: &Key, physical: keyboard::key::Physical, held: keyboard::Modifiers) -> bool {
    held == keyboard::Modifiers::COMMAND && key.to_latin(physical) == Some('c')
}

impl<'a, M: 'a> From<Passage<'a, M>> for Element<'a, M> {
    fn from(passage: Passage<'a, M>) -> Self {
        Self::new(passage)
    }
}

#[cfg(test)]
mod tests;
