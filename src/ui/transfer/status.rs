//! How far a transfer got, in words and numbers.

use iced::widget::{column, container, progress_bar, row, text};
use iced::{Element, Fill, Theme};

use super::Subject;
use crate::model::{Direction, PausedBy, Transfer, TransferState};
use crate::ui::locale::Locale;
use crate::ui::text::one_line;
use crate::ui::widget::{file, line, paragraph};
use crate::ui::{font, style};

/// What stands under a transfer's name.
#[derive(Debug, PartialEq)]
pub(super) struct Status {
    /// From 0 to 1, while there is something to wait for.
    progress: Option<f32>,
    /// How many files, and which of them is being moved.
    current: Option<String>,
    words: String,
    right: Option<String>,
    failed: bool,
}

impl Status {
    pub(super) fn of(subject: &Subject<'_>, locale: &Locale) -> Self {
        let contents = contents(subject.files, subject.size, locale);
        let Some(transfer) = subject.transfer else { return Self::words(contents) };
        let values = || [("contents", contents.as_str()), ("name", subject.peer)];
        match (transfer.state, transfer.direction) {
            (TransferState::Offered, Direction::In) if subject.named => {
                Self::words(with_cause(contents, transfer, locale))
            }
            (TransferState::Offered, Direction::In) => {
                Self::words(with_cause(locale.tr_with("file-from", values()), transfer, locale))
            }
            (TransferState::Offered, Direction::Out) => Self::words(locale.tr_with("file-waiting", values())),
            (TransferState::Active, _) => Self::active(transfer, subject, locale),
            (TransferState::Paused, _) => Self {
                progress: Some(fraction(transfer)),
                right: (transfer.paused_by != Some(PausedBy::Disk)).then(|| done(transfer, locale)),
                ..Self::words(paused(transfer, subject.peer, locale))
            },
            (TransferState::Done, Direction::In) => Self::words(locale.tr_with("file-saved", values())),
            (TransferState::Done, Direction::Out) => Self::words(locale.tr_with("file-received", values())),
            (TransferState::Failed, _) => Self { failed: true, ..Self::words(failed(transfer, locale)) },
            (TransferState::Declined, _) => Self::words(locale.tr_with("file-declined", values())),
            (TransferState::Cancelled, _) => {
                Self::words(with_cause(locale.tr_with("file-cancelled", values()), transfer, locale))
            }
        }
    }

    fn words(words: String) -> Self {
        Self { progress: None, current: None, words, right: None, failed: false }
    }

    fn active(transfer: &Transfer, subject: &Subject<'_>, locale: &Locale) -> Self {
        let progress = Some(fraction(transfer));
        let waiting = |words| Self { progress, ..Self::words(words) };
        if !subject.here {
            return waiting(locale.tr_with("file-away", [("name", subject.peer)]));
        }
        if transfer.done == 0 && transfer.bytes_per_second == 0 {
            return waiting(locale.tr("file-starting"));
        }
        let mut words = done(transfer, locale);
        if transfer.bytes_per_second > 0 {
            // A number and its unit stay on one line.
            words = format!("{words} · {}", locale.speed(transfer.bytes_per_second).replace(' ', "\u{A0}"));
        }
        let left = transfer.size.saturating_sub(transfer.done);
        Self {
            progress,
            current: transfer
                .current
                .as_deref()
                .filter(|_| transfer.files > 1)
                .map(|name| format!("{} · {}", locale.files(transfer.files), one_line(name))),
            right: locale.time_left(left, transfer.bytes_per_second),
            ..Self::words(words)
        }
    }

    pub(super) fn view<'a, M: 'a>(self) -> Element<'a, M> {
        let bar = self.progress.map(|progress| {
            let bar = progress_bar(0.0..=1.0, progress).girth(6).style(style::progress);
            container(bar).padding(iced::padding::vertical(7))
        });
        let current = self.current.map(|name| file(name).size(font::SECONDARY).style(style::on_bubble));
        let colour: fn(&Theme) -> text::Style = if self.failed { style::danger } else { style::on_bubble };
        let words = container(paragraph(self.words).size(font::SECONDARY).style(colour)).width(Fill);
        let right = self.right.map(|right| line(right).size(font::SECONDARY).style(style::on_bubble));
        column![bar, row![words, right].spacing(8), current].into()
    }
}

/// `1,234 files · 2.3 GB`; the size alone of a single file.
fn contents(files: u64, size: u64, locale: &Locale) -> String {
    let size = locale.size(size);
    if files == 1 { size } else { format!("{} · {size}", locale.files(files)) }
}

fn done(transfer: &Transfer, locale: &Locale) -> String {
    let values = [("done", locale.size(transfer.done)), ("size", locale.size(transfer.size))];
    locale.tr_with("file-progress", values)
}

fn cause(transfer: &Transfer, locale: &Locale) -> Option<String> {
    transfer.error.as_ref().map(|error| locale.reason(error))
}

/// `words`, and why it came to that, where it's known.
fn with_cause(words: String, transfer: &Transfer, locale: &Locale) -> String {
    match cause(transfer, locale) {
        Some(cause) => format!("{words} · {cause}"),
        None => words,
    }
}

/// Why it failed, and whether something came all the same.
fn failed(transfer: &Transfer, locale: &Locale) -> String {
    let words = match cause(transfer, locale) {
        Some(cause) => locale.tr_with("file-failed-why", [("cause", cause)]),
        None => locale.tr("file-failed"),
    };
    match transfer.saved_to {
        Some(_) => format!("{words} · {}", locale.tr("file-failed-rest")),
        None => words,
    }
}

/// Who or what holds it up. The disk is the receiver's.
fn paused(transfer: &Transfer, peer: &str, locale: &Locale) -> String {
    match (transfer.paused_by, transfer.direction) {
        (Some(PausedBy::Peer), _) => locale.tr_with("file-paused-by", [("name", peer)]),
        (Some(PausedBy::Disk), Direction::Out) => locale.tr_with("file-disk-full-there", [("name", peer)]),
        (Some(PausedBy::Disk), Direction::In) => match cause(transfer, locale) {
            Some(cause) => locale.tr_with("file-paused-why", [("cause", cause)]),
            None => {
                let left = transfer.size.saturating_sub(transfer.done);
                locale.tr_with("file-disk-full", [("size", locale.size(left))])
            }
        },
        (Some(PausedBy::Me) | None, _) => locale.tr("file-paused"),
    }
}

fn fraction(transfer: &Transfer) -> f32 {
    if transfer.size == 0 {
        return if transfer.state == TransferState::Done { 1.0 } else { 0.0 };
    }
    (transfer.done as f64 / transfer.size as f64).clamp(0.0, 1.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FileReason, Reason};
    use crate::ui::locale::Language;
    use crate::ui::sample::{self, locale};

    fn transfer(direction: Direction, state: TransferState) -> Transfer {
        Transfer { direction, state, bytes_per_second: 0, ..sample::sending() }
    }

    fn status_in(language: Language, transfer: &Transfer) -> Status {
        Status::of(&Subject::of(transfer, "luis", true), &locale(language))
    }

    fn status(transfer: &Transfer) -> Status {
        status_in(Language::English, transfer)
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
            assert_eq!(status(&transfer(direction, state)).words, words);
        }
    }

    #[test]
    fn where_it_stands_beside_it_whose_it_is_that_is_not_said_again() {
        let offered = transfer(Direction::In, TransferState::Offered);
        let subject = Subject { named: true, ..Subject::of(&offered, "luis", true) };
        assert_eq!(Status::of(&subject, &locale(Language::English)), Status::words("1.44 GB".into()));
    }

    #[test]
    fn an_offer_whose_transfer_is_not_known_says_what_it_holds() {
        let lost = transfer(Direction::In, TransferState::Offered);
        let subject = Subject { transfer: None, ..Subject::of(&lost, "luis", true) };
        assert_eq!(Status::of(&subject, &locale(Language::English)), Status::words("1.44 GB".into()));
    }

    #[test]
    fn several_files_are_counted_and_the_current_one_named() {
        let offered = Transfer { files: 1_234, size: 2_300_000_000, ..transfer(Direction::In, TransferState::Offered) };
        assert_eq!(status(&offered).words, "1,234 files · 2.3 GB · from luis");
        assert_eq!(status_in(Language::Spanish, &offered).words, "1234 archivos · 2,3 GB · de luis");
        let current = Some("holiday/day\n1/beach.jpg".into());
        let running = Transfer { state: TransferState::Active, current, ..offered };
        assert_eq!(status(&running).current.as_deref(), Some("1,234 files · holiday/day 1/beach.jpg"));
        assert_eq!(status(&Transfer { files: 1, ..running }).current, None, "its name stands above already");
    }

    #[test]
    fn a_running_transfer_tells_speed_and_time_left() {
        let running = sample::sending();
        let here = status(&running);
        assert_eq!(here.words, "619 MB of 1.44 GB · 112\u{A0}MB/s");
        assert_eq!(here.right.as_deref(), Some("7 s left"));
        assert!((here.progress.unwrap() - 0.43).abs() < 0.001);
        let away = Status::of(&Subject::of(&running, "luis", false), &locale(Language::English));
        assert_eq!(away.words, "Waiting for luis to be here");
    }

    #[test]
    fn who_holds_it_up_is_said() {
        let paused = |direction, by, error: Option<&str>| {
            let error = error.map(Into::into);
            let paused = Transfer { paused_by: Some(by), error, ..transfer(direction, TransferState::Paused) };
            status(&paused).words
        };
        assert_eq!(paused(Direction::In, PausedBy::Me, None), "Paused");
        assert_eq!(paused(Direction::In, PausedBy::Peer, None), "Paused by luis");
        let full = "Paused: the disk is full. It goes on once there is room for 820 MB more.";
        assert_eq!(paused(Direction::In, PausedBy::Disk, None), full);
        assert_eq!(paused(Direction::In, PausedBy::Disk, Some("it's read-only")), "Paused: it's read-only");
        let full = "Paused: luis's disk is full, or can't be written. It goes on by itself once it can.";
        assert_eq!(paused(Direction::Out, PausedBy::Disk, None), full);
    }

    #[test]
    fn an_error_is_said_in_its_words() {
        let failed =
            Transfer { error: Some("the disk\nis full".into()), ..transfer(Direction::In, TransferState::Failed) };
        let status = status(&failed);
        assert!(status.failed);
        assert_eq!(status.words, "Failed: the disk is full");
    }

    #[test]
    fn a_folder_that_failed_says_that_the_rest_is_there() {
        let error = Some("a.jpg changed while it was sent".into());
        let saved_to = Some("/home/ana/holiday".into());
        let failed = Transfer { error, saved_to, files: 3, ..transfer(Direction::In, TransferState::Failed) };
        assert_eq!(status(&failed).words, "Failed: a.jpg changed while it was sent · the rest is saved");
    }

    #[test]
    fn why_an_offer_could_not_be_taken_or_is_withdrawn_is_said() {
        let why = |state, error: &str| {
            status(&Transfer { error: Some(error.into()), ..transfer(Direction::In, state) }).words
        };
        assert_eq!(why(TransferState::Offered, "no\nroom"), "1.44 GB · from luis · no room");
        let cancelled = why(TransferState::Cancelled, "the sender has cancelled it");
        assert_eq!(cancelled, "1.44 GB · cancelled · the sender has cancelled it");
    }

    #[test]
    fn a_cause_is_said_in_the_person_s_language() {
        let first = Box::new(Reason::file("b.jpg", FileReason::ChangedMeanwhile));
        let failed = Transfer {
            error: Some(Reason::Several { lost: 2, files: 12, first }),
            saved_to: Some("/home/ana/fotos".into()),
            ..transfer(Direction::In, TransferState::Failed)
        };
        let words =
            "Falló: faltan 2 de 12 archivos; el primero: b.jpg cambió mientras se enviaba · lo demás está guardado";
        assert_eq!(status_in(Language::Spanish, &failed).words, words);
        let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let held = Transfer {
            error: Some(Reason::Unwritable(Box::new(denied.into()))),
            paused_by: Some(PausedBy::Disk),
            ..transfer(Direction::In, TransferState::Paused)
        };
        let words = "En pausa: no se puede escribir (permiso denegado); se vuelve a intentar";
        assert_eq!(status_in(Language::Spanish, &held).words, words);
        let offered = Transfer {
            error: Some(Reason::at("/media/usb".as_ref(), Reason::NoRoom { needed: 4_100_000, free: 1_000 })),
            ..transfer(Direction::In, TransferState::Offered)
        };
        let words = "1,44 GB · de luis · /media/usb: no hay sitio: hacen falta 4,1 MB y quedan 1 kB";
        assert_eq!(status_in(Language::Spanish, &offered).words, words);
        let old = Transfer { error: Some("no such luck".into()), ..failed };
        assert_eq!(status_in(Language::Spanish, &old).words, "Falló: no such luck · lo demás está guardado");
    }

    #[test]
    fn progress_stays_within_its_bar() {
        let lying = Transfer { done: u64::MAX, size: 1, ..transfer(Direction::In, TransferState::Active) };
        assert_eq!(fraction(&lying), 1.0);
        assert_eq!(fraction(&Transfer { size: 0, ..lying }), 0.0);
    }
}
