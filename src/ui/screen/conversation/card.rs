//! A file that was offered: what it is, how far it got, and what can be done with it now.

use std::path::PathBuf;

use iced::widget::{column, container, progress_bar, row, text};
use iced::{Center, Element, Fill, Theme};

use super::{Message, bubble};
use crate::model::{Direction, Message as Sent, Offer, Transfer, TransferState, split_extension};
use crate::ui::locale::Locale;
use crate::ui::people::People;
use crate::ui::text::{one_line, paragraph as cleaned};
use crate::ui::widget::{line, paragraph, primary, quiet, secondary};
use crate::ui::{font, style};

/// Across a card, in pixels.
const WIDTH: f32 = 380.0;

/// Across the box that names a file's kind.
const KIND: f32 = 44.0;

/// The longest extension that fits the box.
const MAX_KIND: usize = 4;

pub(super) fn view<'a>(
    message: &'a Sent,
    offer: &'a Offer,
    people: &'a People,
    locale: &'a Locale,
) -> Element<'a, Message> {
    let transfer = people.transfer(&message.id.transfer());
    let name = one_line(offer.name.as_str());
    let (_, extension) = split_extension(&name);
    let keep = if extension.is_empty() { 0 } else { extension.len() + 1 };
    let kind = kind(extension);
    let title = row![container(line(name).strong().keep_end(keep)).width(Fill), bubble::meta(message, locale)];
    let status =
        Status::of(transfer, offer, &people.name(&message.peer).nickname, people.is_here(&message.peer), locale);
    let caption = offer.caption.as_ref().map(|caption| paragraph(cleaned(caption.as_str())));
    let words = column![title.spacing(8).align_y(Center), status.view(), buttons(transfer, locale), caption];
    let content = row![kind, words.width(Fill)].spacing(12);
    container(content).padding(12).max_width(WIDTH).style(bubble::ground(message.from)).into()
}

fn kind<'a>(extension: &str) -> Element<'a, Message> {
    let short = extension.len() <= MAX_KIND && extension.is_ascii();
    let words = if short { extension.to_uppercase() } else { String::new() };
    let label = text(words).size(11).font(font::STRONG).style(style::accent);
    container(label).center(KIND).style(style::boxed).into()
}

/// How far a transfer got, in words and numbers.
#[derive(Debug, PartialEq)]
struct Status {
    /// From 0 to 1, while there is something to wait for.
    progress: Option<f32>,
    words: String,
    right: Option<String>,
    failed: bool,
}

impl Status {
    fn of(transfer: Option<&Transfer>, offer: &Offer, name: &str, here: bool, locale: &Locale) -> Self {
        let Some(transfer) = transfer else {
            let size = locale.size(offer.size);
            return Self::words(locale.tr_with("file-unknown", [("size", size)]));
        };
        let values = || [("size", locale.size(transfer.size)), ("name", name.to_owned())];
        let cause = transfer.error.as_deref().map(one_line);
        match (transfer.state, transfer.direction) {
            (TransferState::Offered, Direction::In) => Self::words(locale.tr_with("file-from", values())),
            (TransferState::Offered, Direction::Out) => Self::words(locale.tr_with("file-waiting", values())),
            (TransferState::Active, _) => Self::active(transfer, name, here, locale),
            (TransferState::Paused, _) => Self {
                progress: Some(fraction(transfer)),
                ..Self::words(match cause {
                    Some(cause) => locale.tr_with("file-paused-why", [("cause", cause)]),
                    None => locale.tr("file-paused"),
                })
            },
            (TransferState::Done, Direction::In) => Self::words(locale.tr_with("file-saved", values())),
            (TransferState::Done, Direction::Out) => Self::words(locale.tr_with("file-received", values())),
            (TransferState::Failed, _) => Self {
                failed: true,
                ..Self::words(match cause {
                    Some(cause) => locale.tr_with("file-failed-why", [("cause", cause)]),
                    None => locale.tr("file-failed"),
                })
            },
            (TransferState::Declined, _) => Self::words(locale.tr_with("file-declined", values())),
            (TransferState::Cancelled, _) => Self::words(locale.tr_with("file-cancelled", values())),
        }
    }

    fn words(words: String) -> Self {
        Self { progress: None, words, right: None, failed: false }
    }

    fn active(transfer: &Transfer, name: &str, here: bool, locale: &Locale) -> Self {
        let progress = Some(fraction(transfer));
        if !here {
            let words = locale.tr_with("file-away", [("name", name)]);
            return Self { progress, ..Self::words(words) };
        }
        if transfer.done == 0 && transfer.bytes_per_second == 0 {
            return Self { progress, ..Self::words(locale.tr("file-starting")) };
        }
        let values = [("done", locale.size(transfer.done)), ("size", locale.size(transfer.size))];
        let mut words = locale.tr_with("file-progress", values);
        if transfer.bytes_per_second > 0 {
            words = format!("{words} · {}", locale.speed(transfer.bytes_per_second));
        }
        let left = transfer.size.saturating_sub(transfer.done);
        Self { progress, right: locale.time_left(left, transfer.bytes_per_second), ..Self::words(words) }
    }

    fn view<'a>(self) -> Element<'a, Message> {
        let bar = self.progress.map(|progress| {
            let bar = progress_bar(0.0..=1.0, progress).girth(6).style(style::progress);
            container(bar).padding(iced::padding::vertical(7))
        });
        let colour: fn(&Theme) -> text::Style = if self.failed { style::danger } else { style::on_bubble };
        let words = container(paragraph(self.words).size(font::SECONDARY).style(colour)).width(Fill);
        let right = self.right.map(|right| line(right).size(font::SECONDARY).style(style::on_bubble));
        column![bar, row![words, right].spacing(8)].into()
    }
}

fn fraction(transfer: &Transfer) -> f32 {
    if transfer.size == 0 {
        return if transfer.state == TransferState::Done { 1.0 } else { 0.0 };
    }
    (transfer.done as f64 / transfer.size as f64).clamp(0.0, 1.0) as f32
}

fn buttons<'a>(transfer: Option<&Transfer>, locale: &Locale) -> Option<Element<'a, Message>> {
    let transfer = transfer.filter(|transfer| transfer.direction == Direction::In)?;
    let buttons = match transfer.state {
        TransferState::Offered => row![
            primary(locale.tr("accept"), Message::AcceptPressed(transfer.id)),
            secondary(locale.tr("save-to"), Message::SaveToPressed(transfer.id)),
            quiet(locale.tr("decline"), Message::DeclinePressed(transfer.id)),
        ],
        TransferState::Done => {
            let path = PathBuf::from(transfer.saved_to.as_deref()?);
            let open =
                (!is_program(&transfer.name)).then(|| quiet(locale.tr("open"), Message::OpenPressed(path.clone())));
            // Where Accept stood a moment ago there is what does no harm: its double click must not open what came.
            row![secondary(locale.tr("show-in-folder"), Message::ShowPressed(path)), open]
        }
        _ => return None,
    };
    Some(container(buttons.spacing(8).wrap()).padding(iced::padding::top(8)).into())
}

/// Whether opening a file of this name may run it: a stranger's program isn't one press away.
fn is_program(name: &str) -> bool {
    let (_, extension) = split_extension(name);
    matches!(
        extension.to_lowercase().as_str(),
        "appimage"
            | "apk"
            | "app"
            | "application"
            | "bat"
            | "chm"
            | "cmd"
            | "com"
            | "command"
            | "cpl"
            | "deb"
            | "desktop"
            | "dmg"
            | "exe"
            | "flatpakref"
            | "gadget"
            | "hta"
            | "htm"
            | "html"
            | "inf"
            | "ins"
            | "iso"
            | "jar"
            | "js"
            | "jse"
            | "lnk"
            | "msc"
            | "msi"
            | "msp"
            | "pif"
            | "pkg"
            | "ps1"
            | "py"
            | "reg"
            | "rpm"
            | "run"
            | "scf"
            | "scr"
            | "sct"
            | "sh"
            | "svg"
            | "url"
            | "vb"
            | "vbe"
            | "vbs"
            | "ws"
            | "wsc"
            | "wsf"
            | "wsh"
            | "xhtml"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FileName, TransferId};
    use crate::ui::locale::Language;
    use crate::ui::sample::{LUIS, locale};

    fn transfer(direction: Direction, state: TransferState) -> Transfer {
        Transfer {
            id: TransferId::from_bytes([1; 16]),
            peer_id: LUIS,
            direction,
            name: "a.zip".into(),
            size: 1_440_000_000,
            done: 619_200_000,
            files: 1,
            state,
            bytes_per_second: 0,
            saved_to: None,
            error: None,
        }
    }

    fn status(transfer: &Transfer, here: bool) -> Status {
        let offer = Offer { name: FileName::safe("a.zip"), size: transfer.size, files: 1, caption: None };
        Status::of(Some(transfer), &offer, "luis", here, &locale(Language::English))
    }

    #[test]
    fn every_state_is_said() {
        use Direction::{In, Out};
        use TransferState::*;
        for (direction, state, words) in [
            (In, Offered, "1.44 GB · from luis"),
            (Out, Offered, "1.44 GB · waiting for luis to accept"),
            (In, Active, "619 MB of 1.44 GB"),
            (In, Paused, "Paused"),
            (In, Done, "1.44 GB · saved"),
            (Out, Done, "1.44 GB · received by luis"),
            (In, Failed, "Failed"),
            (Out, Declined, "1.44 GB · declined"),
            (In, Cancelled, "1.44 GB · cancelled"),
        ] {
            assert_eq!(status(&transfer(direction, state), true).words, words);
        }
    }

    #[test]
    fn a_running_transfer_tells_speed_and_time_left() {
        let mut running = transfer(Direction::Out, TransferState::Active);
        running.bytes_per_second = 112_000_000;
        let status_here = status(&running, true);
        assert_eq!(status_here.words, "619 MB of 1.44 GB · 112 MB/s");
        assert_eq!(status_here.right.as_deref(), Some("7 s left"));
        assert!((status_here.progress.unwrap() - 0.43).abs() < 0.001);
        assert_eq!(status(&running, false).words, "Waiting for luis to be here");
    }

    #[test]
    fn an_error_is_said_in_its_words() {
        let failed =
            Transfer { error: Some("the disk\nis full".into()), ..transfer(Direction::In, TransferState::Failed) };
        let status = status(&failed, true);
        assert!(status.failed);
        assert_eq!(status.words, "Failed: the disk is full");
    }

    #[test]
    fn a_program_is_not_opened_by_a_press() {
        for name in ["setup.EXE", "photo.jpg.lnk", "run.sh", "a.desktop"] {
            assert!(is_program(name), "{name}");
        }
        for name in ["photo.jpg", "exe", "a.pdf", "archive.tar.gz"] {
            assert!(!is_program(name), "{name}");
        }
    }

    #[test]
    fn progress_stays_within_its_bar() {
        let lying = Transfer { done: u64::MAX, size: 1, ..transfer(Direction::In, TransferState::Active) };
        assert_eq!(fraction(&lying), 1.0);
        assert_eq!(fraction(&Transfer { size: 0, ..lying }), 0.0);
    }
}
