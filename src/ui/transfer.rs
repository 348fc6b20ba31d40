//! A transfer as every screen shows it: what it is, how far it got, and what can be done with it now.

mod buttons;
mod program;
mod status;

use std::path::PathBuf;

use iced::widget::{column, container, row, text};
use iced::{Center, Element, Fill};
use lucide_icons::Icon;

use super::locale::Locale;
use super::text::one_line;
use super::widget::{file, icon};
use super::{font, style};
use crate::model::{Transfer, TransferId, TransferState, split_extension};
use status::Status;

/// Across the box that names a file's kind, in pixels.
const KIND: f32 = 44.0;

/// The longest extension that fits the box.
const MAX_KIND: usize = 4;

/// What a person wants done with a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Take it, into the usual folder.
    Accept,
    /// Take it, into a folder to be chosen.
    SaveTo,
    /// Refuse it.
    Decline,
    /// Hold it up.
    Pause,
    /// Go on with it, or try it again.
    Resume,
    /// End it.
    Cancel,
    /// Open what was received.
    Open(PathBuf),
}

/// What was pressed on a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Press {
    /// What is wanted.
    Wish(Wish),
    /// To cancel what has come some way already: asked about before it's a wish.
    Cancel,
    /// Not to cancel it after all.
    Keep,
}

/// The transfer of which it's asked whether it shall really be cancelled.
#[derive(Debug, Default)]
pub struct Asking(Option<TransferId>);

impl Asking {
    /// Takes in what was pressed on transfer `id`; gives what is wanted, once that's clear.
    pub fn pressed(&mut self, id: TransferId, press: Press) -> Option<Wish> {
        self.0 = (press == Press::Cancel).then_some(id);
        match press {
            Press::Wish(wish) => Some(wish),
            Press::Cancel | Press::Keep => None,
        }
    }

    /// Whether it's asked about transfer `id`.
    pub fn is_about(&self, id: TransferId) -> bool {
        self.0 == Some(id)
    }
}

/// A transfer, and what is to be known to show it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Name of the file or folder; of the first of several.
    pub name: &'a str,
    /// Bytes in all.
    pub size: u64,
    /// How many files.
    pub files: u64,
    /// How far it got; `None` where nothing is known of it.
    pub transfer: Option<&'a Transfer>,
    /// The other side's nickname.
    pub peer: &'a str,
    /// Whether they're here.
    pub here: bool,
    /// Whether it stands beside it whose it is.
    pub named: bool,
    /// Whether it's asked if it shall really be cancelled.
    pub asking: bool,
}

impl<'a> Subject<'a> {
    /// A transfer by itself, with a peer of this nickname who is here or not.
    pub fn of(transfer: &'a Transfer, peer: &'a str, here: bool) -> Self {
        let Transfer { name, size, files, .. } = transfer;
        Self { name, size: *size, files: *files, transfer: Some(transfer), peer, here, named: false, asking: false }
    }

    /// Whether it's held or moved: its buttons stand beside its name then, where else something about it may.
    pub fn is_under_way(&self) -> bool {
        self.transfer.is_some_and(|transfer| matches!(transfer.state, TransferState::Active | TransferState::Paused))
    }

    /// Its kind, name, progress and buttons, with `more` beside its name and `words` above the buttons.
    pub fn view<'b, M: Clone + 'b>(
        self,
        more: Option<Element<'b, M>>,
        words: Option<Element<'b, M>>,
        locale: &Locale,
        on_press: impl Fn(Press) -> M,
    ) -> Element<'b, M> {
        let name = one_line(self.name);
        let (_, extension) = split_extension(&name);
        let kind = kind(extension, self.files);
        let icons = self.transfer.and_then(|transfer| buttons::icons(transfer, locale, &on_press));
        let title = row![container(file(name.clone()).strong()).width(Fill), more, icons];
        let buttons = self.transfer.and_then(|transfer| buttons::choices(transfer, self.asking, locale, &on_press));
        let content = column![title.spacing(8).align_y(Center), Status::of(&self, locale).view(), words, buttons];
        row![kind, content.width(Fill)].spacing(12).into()
    }
}

/// A box with the extension of a single file where it fits, else with an icon.
fn kind<'a, M: 'a>(extension: &str, files: u64) -> Element<'a, M> {
    let fits = !extension.is_empty() && extension.len() <= MAX_KIND && extension.is_ascii();
    let label = match (files, fits) {
        (1, true) => text(extension.to_uppercase()).size(11).font(font::STRONG),
        (1, false) => icon(Icon::File, 20.0),
        _ => icon(Icon::Files, 20.0),
    };
    container(label.style(style::accent)).center(KIND).style(style::boxed).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_lost_is_asked_about_once() {
        let (one, other) = (TransferId::from_bytes([1; 16]), TransferId::from_bytes([2; 16]));
        let mut asking = Asking::default();
        assert_eq!(asking.pressed(one, Press::Cancel), None);
        assert!(asking.is_about(one) && !asking.is_about(other));
        assert_eq!(asking.pressed(one, Press::Wish(Wish::Cancel)), Some(Wish::Cancel));
        assert!(!asking.is_about(one));

        asking.pressed(one, Press::Cancel);
        assert_eq!(asking.pressed(one, Press::Keep), None);
        assert!(!asking.is_about(one));
        asking.pressed(one, Press::Cancel);
        assert_eq!(asking.pressed(other, Press::Wish(Wish::Pause)), Some(Wish::Pause));
        assert!(!asking.is_about(one), "who goes on elsewhere has left the question");
    }
}
