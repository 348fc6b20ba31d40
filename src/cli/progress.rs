//! A transfer while it runs: followed to its end, and shown.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::text::{one_line, percent, progress, transfer_state};
use super::{Failure, Following, Output, Session, note};
use crate::control::{EventRecord, Request};
use crate::engine;
use crate::model::{Transfer, TransferState};

/// Percents between two plain lines where there's no terminal to draw on.
const STEP: u64 = 10;

/// Shows how a transfer moves.
pub(super) struct Progress {
    shown: Shown,
    last: Option<Transfer>,
}

enum Shown {
    /// One object a line on standard output, at each change.
    Json,
    /// A bar on a terminal.
    Bar(ProgressBar),
    /// Plain lines on standard error.
    Lines,
    /// Nothing.
    Nothing,
}

impl Progress {
    /// As JSON lines.
    pub fn json() -> Self {
        Self { shown: Shown::Json, last: None }
    }

    /// For a person: a bar where standard error is a terminal, else plain lines.
    pub fn for_person() -> Self {
        let shown = if stderr().is_terminal() { Shown::Bar(bar()) } else { Shown::Lines };
        Self { shown, last: None }
    }

    /// Not at all.
    pub fn hidden() -> Self {
        Self { shown: Shown::Nothing, last: None }
    }

    /// Shows `transfer` as it is now.
    pub fn show(&mut self, transfer: &Transfer, out: &mut Output) -> Result<(), Failure> {
        let is_new = |last: &Transfer| match self.shown {
            Shown::Lines => is_step(last, transfer),
            _ => last != transfer,
        };
        if !self.last.as_ref().is_none_or(is_new) {
            return Ok(());
        }
        self.last = Some(transfer.clone());
        match &self.shown {
            Shown::Json => out.json(transfer)?,
            Shown::Bar(bar) => draw(bar, transfer),
            Shown::Lines => note(line(transfer)),
            Shown::Nothing => {}
        }
        Ok(())
    }
}

/// Follows `transfer` until nothing more happens to it, showing it on the way.
pub(super) async fn until_over(
    session: &Session,
    following: &mut Following,
    mut transfer: Transfer,
    progress: &mut Progress,
    out: &mut Output,
) -> Result<Transfer, Failure> {
    progress.show(&transfer, out)?;
    while !transfer.state.is_over() {
        match following.next().await? {
            EventRecord::Transfer(moved) if moved.id == transfer.id => transfer = moved,
            EventRecord::Lagged => transfer = reload(session, &transfer).await?,
            _ => continue,
        }
        progress.show(&transfer, out)?;
    }
    Ok(transfer)
}

async fn reload(session: &Session, transfer: &Transfer) -> Result<Transfer, Failure> {
    let all: Vec<Transfer> = session.ask(Request::Transfers).await?;
    let found = all.into_iter().find(|other| other.id == transfer.id);
    Ok(found.ok_or(engine::Error::TransferState { id: transfer.id, state: "gone", wish: "followed" })?)
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    // A template that can't be read leaves the usual bar.
    match ProgressStyle::with_template("{prefix} {bar:30} {msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn draw(bar: &ProgressBar, transfer: &Transfer) {
    bar.set_length(transfer.size.max(1));
    bar.set_position(transfer.done);
    bar.set_prefix(one_line(&transfer.name));
    if transfer.state.is_over() {
        bar.finish_and_clear();
    } else if transfer.state == TransferState::Active {
        bar.set_message(progress(transfer));
    } else {
        bar.set_message(waiting(transfer));
    }
}

fn line(transfer: &Transfer) -> String {
    let name = one_line(&transfer.name);
    match transfer.state {
        TransferState::Active => format!("{name}: {}", progress(transfer)),
        _ => format!("{name}: {}", waiting(transfer)),
    }
}

fn waiting(transfer: &Transfer) -> String {
    let state = transfer_state(transfer.state);
    match &transfer.error {
        Some(error) => format!("{state} ({})", one_line(error)),
        None => state.to_owned(),
    }
}

fn is_step(last: &Transfer, now: &Transfer) -> bool {
    last.state != now.state || last.error != now.error || percent(last) / STEP != percent(now) / STEP
}

#[cfg(test)]
mod tests {
    use super::super::output::tests::Kept;
    use super::*;
    use crate::engine::Event;
    use crate::engine::fake::{Fake, peer, transfer};
    use crate::model::{Direction, Path};

    #[tokio::test]
    async fn a_transfer_is_followed_to_its_end_across_a_gap() {
        let mut fake = Fake::new(vec![peer(1, "luis", Path::Direct)]);
        let offered = transfer(1, fake.peers[0].id, Direction::Out, TransferState::Offered);
        let other = transfer(2, fake.peers[0].id, Direction::In, TransferState::Failed);
        let half = Transfer { done: 500, state: TransferState::Active, ..offered.clone() };
        let done = Transfer { done: 1_000, state: TransferState::Done, ..offered.clone() };
        // What the node knows when it's asked again.
        fake.transfers = vec![other.clone(), half.clone()];
        let (handle, teller) = fake.start();
        let session = Session::of(handle);
        let mut following = session.follow().await.unwrap();
        for _ in 0..1_000 {
            teller.send([Event::Transfer(other.clone())].into()).unwrap();
        }
        let kept = Kept::default();
        let mut out = Output::to(kept.clone());
        let tell_end = async {
            while !kept.text().contains("active") {
                tokio::task::yield_now().await;
            }
            teller.send([Event::Transfer(done.clone()), Event::Transfer(done.clone())].into()).unwrap();
        };
        let mut progress = Progress::json();
        let (end, ()) = tokio::join!(until_over(&session, &mut following, offered, &mut progress, &mut out), tell_end);
        assert_eq!(end.unwrap(), done);
        let states: Vec<String> = kept
            .text()
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["state"].to_string())
            .collect();
        assert_eq!(states, ["\"offered\"", "\"active\"", "\"done\""]);
    }

    #[test]
    fn plain_lines_come_in_steps() {
        let peer = crate::model::PeerId::from_public_key([1; 32]);
        let start = transfer(1, peer, Direction::Out, TransferState::Active);
        let at = |done| Transfer { done, ..start.clone() };
        assert!(!is_step(&start, &at(99)));
        assert!(is_step(&start, &at(100)));
        assert!(is_step(&start, &Transfer { state: TransferState::Paused, ..start.clone() }));
        let full = Transfer { state: TransferState::Paused, error: Some("disk full".to_owned()), ..start.clone() };
        assert_eq!(line(&full), "report.pdf: paused (disk full)");
    }
}
