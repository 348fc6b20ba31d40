//! Transfers in words. Names of files, of people and reasons are made printable here.

use super::{clock, one_line, size};
use crate::cli::{Failure, Names};
use crate::model::{Direction, PausedBy, Transfer, TransferState};

/// What is moved: `report.pdf (3.0 MB)`, `photos (1204 files, 3.0 GB)`.
pub fn what(transfer: &Transfer) -> String {
    let (name, size) = (one_line(&transfer.name), size(transfer.size));
    match transfer.files {
        1 => format!("{name} ({size})"),
        files => format!("{name} ({files} files, {size})"),
    }
}

/// What is moved, and where from or to: `report.pdf (3.0 MB) from luis`.
pub fn whose(transfer: &Transfer, names: &Names) -> String {
    let way = match transfer.direction {
        Direction::In => "from",
        Direction::Out => "to",
    };
    format!("{} {way} {}", what(transfer), other(transfer, names))
}

/// What the other side is called.
pub fn other(transfer: &Transfer, names: &Names) -> String {
    one_line(&names.of(&transfer.peer_id))
}

/// How far it got: `43 % of 12 MB, 98 MB/s, 0:05 left`.
pub fn progress(transfer: &Transfer) -> String {
    let mut words = format!("{} % of {}", percent(transfer), size(transfer.size));
    if let Some(left) = transfer.size.saturating_sub(transfer.done).checked_div(transfer.bytes_per_second) {
        words += &format!(", {}/s, {} left", size(transfer.bytes_per_second), clock(left));
    }
    words
}

/// Whole percents that the receiver has. Below 100 until it has all.
pub fn percent(transfer: &Transfer) -> u64 {
    let (done, all) = (u128::from(transfer.done), u128::from(transfer.size));
    (done * 100).checked_div(all).map_or(100, |percent| u64::try_from(percent.min(100)).unwrap_or(100))
}

/// How it stands, and why, without the file that is being moved.
pub fn state(transfer: &Transfer, names: &Names) -> String {
    let state = match transfer.state {
        TransferState::Offered => "waits to be accepted".to_owned(),
        TransferState::Active => progress(transfer),
        TransferState::Paused => paused(transfer, names),
        TransferState::Done => "done, verified".to_owned(),
        TransferState::Failed => "failed".to_owned(),
        TransferState::Declined => "declined".to_owned(),
        TransferState::Cancelled => "cancelled".to_owned(),
    };
    match &transfer.error {
        Some(error) => format!("{state} ({})", one_line(&error.to_string())),
        None => state,
    }
}

fn paused(transfer: &Transfer, names: &Names) -> String {
    let at = format!("at {} % of {}", percent(transfer), size(transfer.size));
    let left = size(transfer.size.saturating_sub(transfer.done));
    match (transfer.paused_by, transfer.direction) {
        (None, _) => format!("paused {at}"),
        (Some(PausedBy::Me), _) => format!("paused by you {at}"),
        (Some(PausedBy::Peer), _) => format!("paused by {} {at}", other(transfer, names)),
        (Some(PausedBy::Disk), Direction::In) if transfer.error.is_some() => format!("held up by your disk {at}"),
        (Some(PausedBy::Disk), Direction::In) => {
            format!("your disk is full, {at}; it goes on once {left} more have room")
        }
        (Some(PausedBy::Disk), Direction::Out) => {
            format!("{}'s disk is full or can't be written, {at}", other(transfer, names))
        }
    }
}

/// The file that is being moved, where it isn't the only one.
pub fn current(transfer: &Transfer) -> Option<String> {
    transfer.current.as_deref().filter(|_| transfer.files != 1).map(one_line)
}

/// A line of a list, with the id by which commands take it.
pub fn line(transfer: &Transfer, names: &Names) -> String {
    let file = current(transfer).map(|file| format!(", {file}")).unwrap_or_default();
    let place = transfer.saved_to.as_deref().map(|place| format!("  {}", one_line(place))).unwrap_or_default();
    format!("{}  {}: {}{file}{place}", transfer.id.short(), whose(transfer, names), state(transfer, names))
}

/// What became of a transfer that is over: verified, or why not.
pub fn ending(transfer: &Transfer, names: &Names) -> Result<String, Failure> {
    let (what, other) = (what(transfer), other(transfer, names));
    let why = transfer.error.as_ref().map(|error| format!(": {}", one_line(&error.to_string()))).unwrap_or_default();
    let place = transfer.saved_to.as_deref().map(|place| format!(": {}", one_line(place))).unwrap_or_default();
    match (transfer.state, transfer.direction) {
        (TransferState::Done, Direction::In) => Ok(format!("{what} from {other} is here, verified{place}")),
        (TransferState::Done, Direction::Out) => Ok(format!("{other} has {what}, verified.")),
        (TransferState::Declined, Direction::In) => Err(Failure::Declined(format!("you declined {what} from {other}"))),
        (TransferState::Declined, Direction::Out) => Err(Failure::Declined(format!("{other} declined {what}{why}"))),
        _ => {
            let rest = transfer.saved_to.as_deref().map(|place| format!("; what came is in {}", one_line(place)));
            let rest = rest.unwrap_or_default();
            Err(anyhow::anyhow!("{}: {}{rest}", whose(transfer, names), state(transfer, names)).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake::{self, Fake, peer};
    use crate::model::Path;

    /// A transfer with luis, and the names of those whom ana knows.
    fn with_luis(direction: Direction, state: TransferState) -> (Transfer, Names) {
        let fake = Fake::new(vec![peer(1, "luis", Path::Direct)]);
        let names = Names::new(&fake.me, &fake.peers);
        (fake::transfer(1, fake.peers[0].id, direction, state), names)
    }

    #[test]
    fn progress_is_never_whole_before_the_last_byte() {
        let (mut transfer, _) = with_luis(Direction::Out, TransferState::Active);
        (transfer.size, transfer.done, transfer.bytes_per_second) = (u64::MAX, u64::MAX - 1, 0);
        assert_eq!(percent(&transfer), 99);
        transfer.size = 0;
        assert_eq!(percent(&transfer), 100);
        (transfer.size, transfer.done, transfer.bytes_per_second) = (1_000_000, 430_000, 10_000);
        assert_eq!(progress(&transfer), "43 % of 1.0 MB, 10 kB/s, 0:57 left");
        (transfer.size, transfer.bytes_per_second) = (100_430_000, 10_000);
        assert_eq!(progress(&transfer), "0 % of 100 MB, 10 kB/s, 2:46:40 left");
    }

    #[test]
    fn a_pause_says_who_holds_it_up_and_why() {
        for (by, direction, error, says) in [
            (Some(PausedBy::Me), Direction::Out, None, "paused by you at 43 % of 1.0 kB"),
            (Some(PausedBy::Peer), Direction::In, None, "paused by luis at 43 % of 1.0 kB"),
            (
                Some(PausedBy::Disk),
                Direction::In,
                None,
                "your disk is full, at 43 % of 1.0 kB; it goes on once 570 B more have room",
            ),
            (
                Some(PausedBy::Disk),
                Direction::In,
                Some("no disk\u{1b}"),
                "held up by your disk at 43 % of 1.0 kB (no disk\\u{1b})",
            ),
            (Some(PausedBy::Disk), Direction::Out, None, "luis's disk is full or can't be written, at 43 % of 1.0 kB"),
            (None, Direction::In, None, "paused at 43 % of 1.0 kB"),
        ] {
            let (transfer, names) = with_luis(direction, TransferState::Paused);
            let error = error.map(Into::into);
            assert_eq!(state(&Transfer { paused_by: by, done: 430, error, ..transfer }, &names), says);
        }
    }

    #[test]
    fn one_of_many_files_is_named_while_it_moves() {
        let (transfer, names) = with_luis(Direction::In, TransferState::Active);
        let one = Transfer { current: Some("report.pdf".to_owned()), ..transfer };
        assert_eq!(line(&one, &names), "01010101  report.pdf (1.0 kB) from luis: 0 % of 1.0 kB");
        let current = Some("photos/a\u{202e}gpj.exe".to_owned());
        let many = Transfer { files: 1_204, name: "photos".to_owned(), current, ..one };
        let says = "01010101  photos (1204 files, 1.0 kB) from luis: 0 % of 1.0 kB, photos/a\\u{202e}gpj.exe";
        assert_eq!(line(&many, &names), says);
    }

    #[test]
    fn only_what_was_verified_ends_well() {
        for (direction, state, result) in [
            (Direction::Out, TransferState::Done, Ok("luis has report.pdf (1.0 kB), verified.")),
            (Direction::In, TransferState::Done, Ok("report.pdf (1.0 kB) from luis is here, verified: /x/report.pdf")),
            (Direction::Out, TransferState::Declined, Err((5, "luis declined report.pdf (1.0 kB)"))),
            (Direction::In, TransferState::Declined, Err((5, "you declined report.pdf (1.0 kB) from luis"))),
            (Direction::Out, TransferState::Failed, Err((1, "report.pdf (1.0 kB) to luis: failed"))),
            (Direction::In, TransferState::Cancelled, Err((1, "report.pdf (1.0 kB) from luis: cancelled"))),
        ] {
            let (transfer, names) = with_luis(direction, state);
            let place = (direction, state) == (Direction::In, TransferState::Done);
            let saved_to = place.then(|| "/x/report.pdf".to_owned());
            let ended = ending(&Transfer { saved_to, ..transfer }, &names);
            let ended = ended.map_err(|failure| (failure.code(), failure.to_string()));
            assert_eq!(ended, result.map(str::to_owned).map_err(|(code, words)| (code, words.to_owned())));
        }
    }
    #[test]
    fn what_came_of_a_folder_that_failed_is_said() {
        let (transfer, names) = with_luis(Direction::In, TransferState::Failed);
        let error = Some("a.jpg: changed while sending".into());
        let folder =
            Transfer { name: "photos".to_owned(), files: 3, error, saved_to: Some("/x/photos".to_owned()), ..transfer };
        let says =
            "photos (3 files, 1.0 kB) from luis: failed (a.jpg: changed while sending); what came is in /x/photos";
        assert_eq!(ending(&folder, &names).unwrap_err().to_string(), says);
    }
}
