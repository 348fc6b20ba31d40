//! Text of strangers and of the person here: emoji in their own font; one line that is cut with an ellipsis where it's
//! too long, or a paragraph that leaves room for a time at the end of its last line.

mod passage;

use std::borrow::Cow;
use std::ops::Range;

use iced::advanced::text::{LineHeight, Paragraph as _, Shaping, Span, Text, Wrapping};
use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Layout, Widget, layout, mouse, renderer, text};
use iced::alignment::Vertical;
use iced::widget::text::Style;
use iced::{Color, Element, Font, Length, Rectangle, Size, Theme, Vector};
use unicode_segmentation::UnicodeSegmentation;

pub use passage::Passage;

use crate::model::split_extension;
use crate::ui::font;
use crate::ui::link::Target;
use crate::ui::text::{Run, runs, turns};

type Paragraph = <iced::Renderer as text::Renderer>::Paragraph;

const ELLIPSIS: char = '…';

/// How text that doesn't fit is dealt with.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fit {
    /// Broken into lines. At the end of the last one so many pixels stay free, or a line is added for them.
    Wrap { reserve: f32 },
    /// Cut, but for so many bytes at its end.
    Cut { keep: usize },
}

/// See the module.
pub struct Words<'a> {
    text: Cow<'a, str>,
    size: font::Size,
    font: Font,
    width: Length,
    fit: Fit,
    style: fn(&Theme) -> Style,
}

/// One line, cut where it's too long.
pub fn line<'a>(text: impl Into<Cow<'a, str>>) -> Words<'a> {
    Words::new(text.into(), Fit::Cut { keep: 0 })
}

/// A file's name on one line, cut before its extension where it's too long.
pub fn file<'a>(name: String) -> Words<'a> {
    let (_, extension) = split_extension(&name);
    let keep = if extension.is_empty() { 0 } else { extension.len() + 1 };
    line(name).keep_end(keep)
}

/// Text over as many lines as it takes.
pub fn paragraph<'a>(text: impl Into<Cow<'a, str>>) -> Words<'a> {
    Words::new(text.into(), Fit::Wrap { reserve: 0.0 })
}

impl<'a> Words<'a> {
    fn new(text: Cow<'a, str>, fit: Fit) -> Self {
        let style = |_: &Theme| Style::default();
        Self { text, size: font::BODY, font: font::TEXT, width: Length::Shrink, fit, style }
    }

    /// Another size.
    pub fn size(self, size: font::Size) -> Self {
        Self { size, ..self }
    }

    /// In the weight of names.
    pub fn strong(self) -> Self {
        Self { font: font::STRONG, ..self }
    }

    /// In another colour.
    pub fn style(self, style: fn(&Theme) -> Style) -> Self {
        Self { style, ..self }
    }

    /// As wide as there is room.
    pub fn fill(self) -> Self {
        Self { width: Length::Fill, ..self }
    }

    /// A line that is cut keeps its last `bytes`: a file's extension.
    pub fn keep_end(self, bytes: usize) -> Self {
        Self { fit: Fit::Cut { keep: bytes }, ..self }
    }

    /// A paragraph leaves so many pixels free at the end of its last line.
    pub fn reserve(self, width: f32) -> Self {
        Self { fit: Fit::Wrap { reserve: width }, ..self }
    }

    /// Over as many lines as it takes, with links in it, whose presses mean what `meaning` gives. It can be selected and copied.
    pub fn on_link<M>(self, meaning: impl Fn(Target) -> M + 'a) -> Passage<'a, M> {
        Passage::new(self, meaning)
    }

    fn shape(&self, text: &str, width: f32) -> Paragraph {
        self.shape_with(text, width, &[], None)
    }

    /// With links at these places, in this colour.
    fn shape_with(&self, text: &str, width: f32, links: &[Range<usize>], color: Option<Color>) -> Paragraph {
        let spans: Vec<Span<'_>> = pieces(text, links)
            .into_iter()
            .map(|(run, is_link)| {
                let font = if run.emoji { font::EMOJI } else { self.font };
                Span::new(run.text).font(font).color_maybe(color.filter(|_| is_link))
            })
            .collect();
        Paragraph::with_spans(Text {
            content: spans.as_slice(),
            bounds: Size::new(width, f32::INFINITY),
            size: self.size.text.into(),
            line_height: LineHeight::Absolute(self.size.line.into()),
            font: self.font,
            align_x: text::Alignment::Default,
            align_y: Vertical::Top,
            shaping: Shaping::Advanced,
            wrapping: match self.fit {
                Fit::Wrap { .. } => Wrapping::WordOrGlyph,
                Fit::Cut { .. } => Wrapping::None,
            },
        })
    }

    /// The text on one line of at most `width` pixels.
    fn cut(&self, max: f32, keep: usize) -> Shaped {
        let start = self.text.len().saturating_sub(keep);
        let (head, tail) = self.text.split_at_checked(start).unwrap_or((&self.text, ""));
        let end = (!tail.is_empty() && turns(&self.text)).then(|| self.shape(tail, f32::INFINITY));
        let (head, tail, room) = match &end {
            // In a text that runs from right to left it would come to stand at the left, where nobody looks for it.
            Some(end) => (head, "", (max - end.min_width()).max(0.0)),
            None => (head, tail, max),
        };
        let (paragraph, cut) = self.shorten(head, tail, room);
        let width = paragraph.min_width() + end.as_ref().map_or(0.0, Paragraph::min_width);
        Shaped { paragraph, end, size: Size::new(width.min(max), self.size.line), cut }
    }

    /// `head` and `tail` on one line of at most `width` pixels, for which `head` is cut.
    fn shorten(&self, head: &str, tail: &str, width: f32) -> (Paragraph, bool) {
        let whole = self.shape(&format!("{head}{tail}"), f32::INFINITY);
        if whole.min_width() <= width.ceil() {
            return (whole, false);
        }
        let ends: Vec<usize> = head.grapheme_indices(true).map(|(end, _)| end).collect();
        let shortened = |end: usize| {
            let head = head.get(..end).unwrap_or_default().trim_end();
            self.shape(&format!("{head}{ELLIPSIS}{tail}"), f32::INFINITY)
        };
        let fitting = ends.partition_point(|end| shortened(*end).min_width() <= width);
        (shortened(ends.get(fitting.saturating_sub(1)).copied().unwrap_or(0)), true)
    }

    fn lay_out(&self, max: f32, links: &[Range<usize>]) -> Shaped {
        match self.fit {
            Fit::Cut { keep } => self.cut(max, keep),
            Fit::Wrap { reserve } => self.wrap(max, reserve, links),
        }
    }

    fn wrap(&self, max: f32, reserve: f32, links: &[Range<usize>]) -> Shaped {
        let paragraph = self.shape_with(&self.text, max, links, None);
        let mut size = paragraph.min_bounds();
        if reserve > 0.0 {
            let last_run = pieces(&self.text, links).len().saturating_sub(1);
            let end = paragraph.span_bounds(last_run).last().map_or(0.0, |bounds| bounds.x + bounds.width);
            if end + reserve <= max {
                size.width = size.width.max(end + reserve);
            } else {
                size.width = size.width.max(reserve);
                size.height += self.size.line;
            }
        }
        Shaped { paragraph, end: None, size, cut: false }
    }
}

/// `text` cut where emoji and where links begin and end, with whether each piece is of a link.
fn pieces<'t>(text: &'t str, links: &[Range<usize>]) -> Vec<(Run<'t>, bool)> {
    let mut pieces = Vec::new();
    let mut add = |range: Range<usize>, is_link| {
        pieces.extend(runs(text.get(range).unwrap_or_default()).into_iter().map(|run| (run, is_link)));
    };
    let mut end = 0;
    for link in links {
        add(end..link.start, false);
        add(link.clone(), true);
        end = link.end;
    }
    add(end..text.len(), false);
    pieces
}

#[derive(Default)]
struct Shaped {
    paragraph: Paragraph,
    /// What follows it at its right, whatever the direction of either.
    end: Option<Paragraph>,
    size: Size,
    cut: bool,
}

/// Whether the text that was told of last is cut: what an operation is told too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IsCut(pub(crate) bool);

/// What was shaped, and for what: shaping is most of the cost of a frame.
#[derive(Default)]
struct State {
    shaped: Shaped,
    made_for: Option<(String, f32, font::Size, Font, Fit)>,
}

impl State {
    /// Shapes `words` for a width, unless they are. Returns whether they had to be.
    fn shape(&mut self, words: &Words<'_>, max: f32, links: &[Range<usize>]) -> bool {
        let known = self.made_for.as_ref().is_some_and(|(text, width, size, font, fit)| {
            *text == words.text && *width == max && *size == words.size && *font == words.font && *fit == words.fit
        });
        if !known {
            self.shaped = words.lay_out(max, links);
            self.made_for = Some((words.text.clone().into_owned(), max, words.size, words.font, words.fit));
        }
        !known
    }
}

impl<M> Widget<M, Theme, iced::Renderer> for Words<'_> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn size(&self) -> Size<Length> {
        Size::new(self.width, Length::Shrink)
    }

    fn layout(&mut self, tree: &mut Tree, _renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        let state = tree.state.downcast_mut::<State>();
        state.shape(self, limits.max().width, &[]);
        layout::Node::new(limits.resolve(self.width, Length::Shrink, state.shaped.size))
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
        let color = (self.style)(theme).color.unwrap_or(defaults.text_color);
        let Shaped { paragraph, end, .. } = &state.shaped;
        text::Renderer::fill_paragraph(renderer, paragraph, bounds.position(), color, *viewport);
        if let Some(end) = end {
            let place = bounds.position() + Vector::new(paragraph.min_width(), 0.0);
            text::Renderer::fill_paragraph(renderer, end, place, color, *viewport);
        }
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        _renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        operation.text(None, layout.bounds(), &self.text);
        let mut is_cut = IsCut(tree.state.downcast_ref::<State>().shaped.cut);
        operation.custom(None, layout.bounds(), &mut is_cut);
    }
}

impl<'a, M: 'a> From<Words<'a>> for Element<'a, M> {
    fn from(words: Words<'a>) -> Self {
        Self::new(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::sample::load_fonts;

    #[test]
    fn a_line_that_fits_is_left_alone_and_a_long_one_is_cut() {
        load_fonts();
        let words = line("perfect, see you at four then 👍");
        let whole = words.lay_out(1_000.0, &[]).size.width;
        assert_eq!(words.lay_out(whole.ceil(), &[]).size.width, whole);
        let cut = words.lay_out(120.0, &[]);
        assert!(cut.size.width <= 120.0 && cut.paragraph.min_width() <= 120.0);
        assert_eq!(cut.size.height, font::BODY.line);
    }

    #[test]
    fn an_ending_outlives_the_cut() {
        load_fonts();
        let ending = line("….pdf").lay_out(1_000.0, &[]).size.width;
        let cut = line("a very long name of a file that somebody chose.pdf").keep_end(4).lay_out(ending + 30.0, &[]);
        assert!(cut.paragraph.min_width() > ending && cut.paragraph.min_width() <= ending + 30.0);
    }

    #[test]
    fn an_ending_stands_at_the_right_in_any_script() {
        load_fonts();
        let whole = line("تقرير.exe").keep_end(4).lay_out(1_000.0, &[]);
        let end = whole.end.unwrap();
        assert!(whole.size.width > end.min_width() && !whole.cut);
        let cut = line("تقرير السنة تقرير السنة.exe").keep_end(4).lay_out(80.0, &[]);
        assert!(cut.cut && cut.size.width <= 80.0);
        assert_eq!(cut.end.unwrap().min_width(), end.min_width());
        assert!(line("report.exe").keep_end(4).lay_out(1_000.0, &[]).end.is_none());
    }

    #[test]
    fn a_paragraph_leaves_room_for_the_time() {
        load_fonts();
        let short = paragraph("hola").lay_out(500.0, &[]).size;
        let with_time = paragraph("hola").reserve(60.0).lay_out(500.0, &[]).size;
        assert_eq!((with_time.width, with_time.height), (short.width + 60.0, short.height));

        let tight = paragraph("hola").reserve(60.0).lay_out(short.width + 10.0, &[]).size;
        assert_eq!(tight.height, short.height + font::BODY.line, "no room: a line more");

        let long = paragraph("hola hola hola hola hola hola hola hola").reserve(60.0).lay_out(150.0, &[]).size;
        assert!(long.width <= 150.0 && long.height >= 3.0 * font::BODY.line);
    }
}
