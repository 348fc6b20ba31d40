//! What can be done with a transfer, by its state and side.

use std::path::{Path, PathBuf};

use iced::Element;
use iced::widget::{column, container, row};
use lucide_icons::Icon;

use super::program::is_program;
use super::{Press, Wish};
use crate::model::{Direction, PausedBy, Transfer, TransferState};
use crate::ui::locale::Locale;
use crate::ui::widget::{destructive, paragraph, primary, quiet, secondary, small_icon_button};
use crate::ui::{font, style};

/// Pause or resume, and cancel, while it's under way.
pub(super) fn icons<'a, M: Clone + 'a>(
    transfer: &Transfer,
    locale: &Locale,
    on_press: &impl Fn(Press) -> M,
) -> Option<Element<'a, M>> {
    let hold = match (transfer.state, transfer.paused_by) {
        (TransferState::Active, _) => Some((Icon::Pause, locale.tr("pause"), Wish::Pause)),
        (TransferState::Paused, Some(PausedBy::Me) | None) => Some((Icon::Play, locale.tr("resume"), Wish::Resume)),
        // It's for the other side, or for whoever makes room, to let it go on.
        (TransferState::Paused, Some(PausedBy::Peer | PausedBy::Disk)) => None,
        _ => return None,
    };
    let hold = hold.map(|(icon, words, wish)| small_icon_button(icon, words, on_press(Press::Wish(wish))));
    let cancel = if transfer.done > 0 { Press::Cancel } else { Press::Wish(Wish::Cancel) };
    Some(row![hold, small_icon_button(Icon::X, locale.tr("cancel"), on_press(cancel))].into())
}

/// What is chosen in words, below.
pub(super) fn choices<'a, M: Clone + 'a>(
    transfer: &Transfer,
    asking: bool,
    locale: &Locale,
    on_press: &impl Fn(Press) -> M,
) -> Option<Element<'a, M>> {
    let wish = |wish| on_press(Press::Wish(wish));
    let buttons = match (transfer.state, transfer.direction) {
        (TransferState::Offered, Direction::In) => row![
            primary(locale.tr("accept"), wish(Wish::Accept)),
            secondary(locale.tr("save-to"), wish(Wish::SaveTo)),
            quiet(locale.tr("decline"), wish(Wish::Decline)),
        ],
        (TransferState::Offered, Direction::Out) => row![secondary(locale.tr("cancel"), wish(Wish::Cancel))],
        (TransferState::Active | TransferState::Paused, _) if asking => return Some(question(locale, on_press)),
        (TransferState::Failed, Direction::In) => row![
            secondary(locale.tr("try-again"), wish(Wish::Resume)),
            // Some of several may have come.
            openings(transfer)
                .and_then(|[place, _]| place)
                .map(|(opens, path)| quiet(opens.words(locale), wish(Wish::Open(path)))),
        ],
        // The same files are offered anew.
        (TransferState::Failed, Direction::Out) => row![secondary(locale.tr("try-again"), wish(Wish::Resume))],
        (TransferState::Done, Direction::In) => {
            let [first, second] = openings(transfer)?.map(|opening| opening.map(|(key, path)| (key, Wish::Open(path))));
            // Where Accept stood a moment ago there is what does no harm: its double click must not open what came.
            row![
                first.map(|(opens, open)| secondary(opens.words(locale), wish(open))),
                second.map(|(opens, open)| quiet(opens.words(locale), wish(open))),
            ]
        }
        _ => return None,
    };
    Some(container(buttons.spacing(8).wrap()).padding(iced::padding::top(8)).into())
}

/// Whether it shall really be cancelled.
fn question<'a, M: Clone + 'a>(locale: &Locale, on_press: &impl Fn(Press) -> M) -> Element<'a, M> {
    let buttons = row![
        destructive(locale.tr("cancel-yes"), on_press(Press::Wish(Wish::Cancel))),
        quiet(locale.tr("cancel-no"), on_press(Press::Keep)),
    ];
    let words = paragraph(locale.tr("cancel-question")).size(font::SECONDARY).style(style::on_bubble);
    column![words, buttons.spacing(8).wrap()].spacing(8).padding(iced::padding::top(8)).into()
}

/// What a button opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opens {
    /// The folder that what was received is in.
    Around,
    /// The folder that was received.
    Folder,
    /// The file that was received.
    File,
}

impl Opens {
    fn words(self, locale: &Locale) -> String {
        match self {
            Self::Around => locale.tr("show-in-folder"),
            Self::Folder => locale.tr("open-folder"),
            Self::File => locale.tr("open"),
        }
    }
}

/// What can be opened of what was received: nothing that may run, which a stranger's program must not at one press.
fn openings(transfer: &Transfer) -> Option<[Option<(Opens, PathBuf)>; 2]> {
    let saved = PathBuf::from(transfer.saved_to.as_deref()?);
    let harmless = !saved.file_name().is_some_and(|name| is_program(&name.to_string_lossy()));
    if transfer.files != 1 && harmless {
        return Some([Some((Opens::Folder, saved)), None]);
    }
    let around = saved.parent().map(Path::to_owned);
    Some([around.map(|around| (Opens::Around, around)), harmless.then_some((Opens::File, saved))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::locale::Language;
    use crate::ui::sample::{self, locale, simulator};
    use crate::ui::transfer::Subject;

    const PAUSE: Icon = Icon::Pause;
    const RESUME: Icon = Icon::Play;
    const CANCEL: Icon = Icon::X;

    fn transfer(direction: Direction, state: TransferState) -> Transfer {
        Transfer { direction, state, ..sample::sending() }
    }

    fn paused(by: PausedBy) -> Transfer {
        Transfer { paused_by: Some(by), ..transfer(Direction::In, TransferState::Paused) }
    }

    fn received(saved_to: &str, files: u64) -> Transfer {
        let saved_to = Some(saved_to.to_owned());
        Transfer { saved_to, files, ..transfer(Direction::In, TransferState::Done) }
    }

    /// What pressing `label` says; `None` where there's no such button.
    fn press(transfer: &Transfer, asking: bool, label: &str) -> Option<Press> {
        let locale = locale(Language::English);
        let subject = Subject { asking, ..Subject::of(transfer, "luis", true) };
        let mut ui = simulator(subject.view(None, None, &locale, |press| press));
        ui.click(label).ok()?;
        ui.into_messages().next()
    }

    fn press_icon(transfer: &Transfer, icon: Icon) -> Option<Press> {
        press(transfer, false, &char::from(icon).to_string())
    }

    #[test]
    fn an_offer_is_taken_or_refused_and_the_own_one_withdrawn() {
        let offered = transfer(Direction::In, TransferState::Offered);
        assert_eq!(press(&offered, false, "Accept"), Some(Press::Wish(Wish::Accept)));
        assert_eq!(press(&offered, false, "Save to…"), Some(Press::Wish(Wish::SaveTo)));
        assert_eq!(press(&offered, false, "Decline"), Some(Press::Wish(Wish::Decline)));
        let own = transfer(Direction::Out, TransferState::Offered);
        assert_eq!(press(&own, false, "Accept"), None);
        assert_eq!(press(&own, false, "Cancel"), Some(Press::Wish(Wish::Cancel)));
    }

    #[test]
    fn either_side_pauses_resumes_and_cancels() {
        for direction in [Direction::In, Direction::Out] {
            let running = transfer(direction, TransferState::Active);
            assert_eq!(press_icon(&running, PAUSE), Some(Press::Wish(Wish::Pause)));
            assert_eq!(press_icon(&running, CANCEL), Some(Press::Cancel));
            let paused = Transfer { direction, ..paused(PausedBy::Me) };
            assert_eq!(press_icon(&paused, RESUME), Some(Press::Wish(Wish::Resume)));
            assert_eq!(press_icon(&paused, CANCEL), Some(Press::Cancel));
        }
    }

    #[test]
    fn what_others_hold_up_can_only_be_cancelled() {
        for by in [PausedBy::Peer, PausedBy::Disk] {
            assert_eq!(press_icon(&paused(by), RESUME), None);
            assert_eq!(press_icon(&paused(by), CANCEL), Some(Press::Cancel));
        }
    }

    #[test]
    fn only_what_has_come_some_way_is_asked_about() {
        let running = transfer(Direction::In, TransferState::Active);
        assert_eq!(press(&running, false, "Cancel it"), None);
        assert_eq!(press(&running, true, "Cancel it"), Some(Press::Wish(Wish::Cancel)));
        assert_eq!(press(&running, true, "Keep it"), Some(Press::Keep));
        let over = transfer(Direction::In, TransferState::Cancelled);
        assert_eq!(press(&over, true, "Cancel it"), None, "it has ended meanwhile");
        assert_eq!(press_icon(&Transfer { done: 0, ..running }, CANCEL), Some(Press::Wish(Wish::Cancel)));
    }

    #[test]
    fn either_side_tries_again() {
        let failed = transfer(Direction::In, TransferState::Failed);
        assert_eq!(press(&failed, false, "Try again"), Some(Press::Wish(Wish::Resume)));
        assert_eq!(press(&failed, false, "Open folder"), None, "nothing came");
        let sent = transfer(Direction::Out, TransferState::Failed);
        assert_eq!(press(&sent, false, "Try again"), Some(Press::Wish(Wish::Resume)));
    }

    #[test]
    fn what_came_of_a_folder_that_failed_is_opened() {
        let failed = Transfer { state: TransferState::Failed, ..received("/home/ana/holiday", 1_234) };
        assert_eq!(press(&failed, false, "Try again"), Some(Press::Wish(Wish::Resume)));
        assert_eq!(press(&failed, false, "Open folder"), Some(Press::Wish(Wish::Open("/home/ana/holiday".into()))));
        let one = Transfer { files: 1, ..failed };
        assert_eq!(press(&one, false, "Show in folder"), Some(Press::Wish(Wish::Open("/home/ana".into()))));
        assert_eq!(press(&one, false, "Open"), None, "its only file has failed");
    }

    #[test]
    fn what_was_received_is_opened_unless_it_may_run() {
        let open = |path: &str| Some(Press::Wish(Wish::Open(path.into())));
        let picture = received("/home/ana/obra.jpg", 1);
        assert_eq!(press(&picture, false, "Show in folder"), open("/home/ana"));
        assert_eq!(press(&picture, false, "Open"), open("/home/ana/obra.jpg"));
        let program = received("/home/ana/obra.jpg.exe", 1);
        assert_eq!(press(&program, false, "Show in folder"), open("/home/ana"));
        assert_eq!(press(&program, false, "Open"), None);

        assert_eq!(press(&received("/home/ana/holiday", 1_234), false, "Open folder"), open("/home/ana/holiday"));
        let bundle = received("/home/ana/Game.app", 1_234);
        assert_eq!(press(&bundle, false, "Open folder"), None, "a folder that runs");
        assert_eq!(press(&bundle, false, "Show in folder"), open("/home/ana"));
    }
}
