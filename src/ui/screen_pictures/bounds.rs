//! What can be told of a screen without looking: whether something reaches beyond what holds it, lies on what stands beside it,
//! or has no room to be read or pressed.

use std::any::Any;

use iced::advanced::widget::operation::{Focusable, Scrollable};
use iced::advanced::widget::{Id, Operation, Tree};
use iced::advanced::{Layout, layout};
use iced::{Element, Rectangle, Size, Vector};
use unicode_segmentation::UnicodeSegmentation;

use crate::ui::sample;
use crate::ui::widget::IsCut;

/// Layouts are rounded: less than this is nothing, in pixels.
const ROUNDED: f32 = 1.0;

/// Narrower, no text can be read, and lower neither; in pixels.
const LEAST_TEXT: (f32, f32) = (6.0, 8.0);

/// Smaller, nothing is easily pressed; in pixels.
const LEAST_TARGET: f32 = 20.0;

/// What is held wrong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Lines that have one of these in them may be cut.
    pub(super) may_cut: &'static [&'static str],
}

/// What the widgets tell of themselves.
#[derive(Default)]
struct Told {
    texts: Vec<(Rectangle, String)>,
    cut: Vec<String>,
    targets: Vec<Rectangle>,
    scrolled: Vec<Rectangle>,
}

impl Operation for Told {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn text(&mut self, _: Option<&Id>, bounds: Rectangle, text: &str) {
        self.texts.push((bounds, text.to_owned()));
    }

    fn custom(&mut self, _: Option<&Id>, _: Rectangle, state: &mut dyn Any) {
        if let Some(IsCut(true)) = state.downcast_ref() {
            self.cut.extend(self.texts.last().map(|(_, text)| text.clone()));
        }
    }

    fn focusable(&mut self, _: Option<&Id>, bounds: Rectangle, _: &mut dyn Focusable) {
        self.targets.push(bounds);
    }

    fn scrollable(&mut self, _: Option<&Id>, bounds: Rectangle, _: Rectangle, _: Vector, _: &mut dyn Scrollable) {
        self.scrolled.push(bounds);
    }
}

/// What is wrong with an element in a window of this size.
pub(super) fn wrong<'a, M: 'a>(mut element: Element<'a, M>, size: Size, rules: Rules) -> Vec<String> {
    let renderer = sample::renderer();
    let mut tree = Tree::new(&element);
    let limits = layout::Limits::new(Size::ZERO, size);
    let node = element.as_widget_mut().layout(&mut tree, &renderer, &limits);
    let root = Layout::new(&node);
    let mut told = Told::default();
    element.as_widget_mut().operate(&mut tree, root, &renderer, &mut told);
    let window = Rectangle::with_size(size);
    let mut wrong = Vec::new();
    for (bounds, text) in &told.texts {
        let too_small = bounds.width < LEAST_TEXT.0 || bounds.height < LEAST_TEXT.1;
        if too_small && text.trim().graphemes(true).count() > 1 {
            wrong.push(format!("“{text}” is squeezed to {} × {}", bounds.width, bounds.height));
        }
        if bounds.x + bounds.width > window.width + ROUNDED || bounds.x < -ROUNDED {
            wrong.push(format!("“{text}” goes on beside the window"));
        }
    }
    let cut = told.cut.iter().filter(|text| !rules.may_cut.iter().any(|part| text.contains(part)));
    wrong.extend(cut.map(|text| format!("“{text}” is cut")));
    // An edge that can be dragged is thin.
    for target in told.targets.iter().filter(|target| target.height < 50.0 * target.width) {
        if target.width < LEAST_TARGET || target.height < LEAST_TARGET - 2.0 {
            wrong.push(format!("a target at {}, {} is {} × {}", target.x, target.y, target.width, target.height));
        }
    }
    walk(root, &told, &mut wrong);
    wrong
}

/// The text in `bounds` that tells best what is there.
fn within(bounds: Rectangle, told: &Told) -> &str {
    let inside = |text: &&(Rectangle, String)| bounds.contains(text.0.center());
    told.texts.iter().find(inside).map_or("?", |(_, text)| text)
}

fn walk(parent: Layout<'_>, told: &Told, wrong: &mut Vec<String>) {
    let outer = parent.bounds();
    let scrolls = told.scrolled.contains(&outer);
    let children: Vec<Layout<'_>> = parent.children().collect();
    for child in &children {
        let inner = child.bounds();
        let beyond_x = inner.x < outer.x - ROUNDED || inner.x + inner.width > outer.x + outer.width + ROUNDED;
        let beyond_y = inner.y < outer.y - ROUNDED || inner.y + inner.height > outer.y + outer.height + ROUNDED;
        if beyond_x || (beyond_y && !scrolls) {
            let what = within(inner, told);
            wrong.push(format!("what has “{what}” is {inner:?}, and what holds it {outer:?}"));
        }
        walk(*child, told, wrong);
    }
    // What lies above others fills what holds it: a stack.
    if children.iter().any(|child| child.bounds() == outer) {
        return;
    }
    for (place, one) in children.iter().enumerate() {
        for other in &children[place + 1..] {
            let Some(both) = one.bounds().intersection(&other.bounds()) else { continue };
            if both.width > ROUNDED && both.height > ROUNDED {
                let (one, other) = (within(one.bounds(), told), within(other.bounds(), told));
                wrong.push(format!("“{one}” and “{other}” lie on each other by {} × {}", both.width, both.height));
            }
        }
    }
}
