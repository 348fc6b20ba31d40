//! Transfers while they run, shown.

mod bars;

use std::collections::HashMap;

use super::text::transfer::{line, percent, state};
use super::{Failure, Names, Output, note};
use crate::model::{Transfer, TransferId, TransferState};
use bars::Bars;

/// Percents between two lines where there's no terminal to draw on.
const STEP: u64 = 10;

/// Shows how transfers move.
pub(super) struct Progress {
    lines: Lines,
    bars: Option<Bars>,
    names: Names,
    last: HashMap<TransferId, Transfer>,
}

/// Where changes are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// On standard output, each as an object.
    Json,
    /// On standard output: they are what was asked for.
    Results,
    /// On standard error; the end is told by the command.
    Notes,
    /// Nowhere.
    Off,
}

impl Progress {
    /// Of one transfer, whose end is what was asked for: as JSON, or else as notes, with a bar where standard error is a
    /// terminal.
    pub fn of_one(json: bool, names: Names) -> Self {
        if json { Self::new(Lines::Json, None, names) } else { Self::new(Lines::Notes, Bars::on_terminal(), names) }
    }

    /// Of all transfers, as results, with bars below them on a terminal.
    pub fn of_all(json: bool, out: &Output, names: Names) -> Self {
        let bars = if !json && out.is_terminal() { Bars::on_terminal() } else { None };
        Self::new(if json { Lines::Json } else { Lines::Results }, bars, names)
    }

    /// Not at all.
    pub fn hidden(names: Names) -> Self {
        Self::new(Lines::Off, None, names)
    }

    fn new(lines: Lines, bars: Option<Bars>, names: Names) -> Self {
        Self { lines, bars, names, last: HashMap::new() }
    }

    /// What people are called.
    pub fn names(&mut self) -> &mut Names {
        &mut self.names
    }

    /// Takes note of `transfer` as one that was shown already.
    pub fn shown(&mut self, transfer: &Transfer) {
        self.last.insert(transfer.id, transfer.clone());
    }

    /// Shows `transfer` as it is now.
    pub fn show(&mut self, transfer: &Transfer, out: &mut Output) -> Result<(), Failure> {
        let last = self.last.insert(transfer.id, transfer.clone());
        if last.as_ref() == Some(transfer) {
            return Ok(());
        }
        self.draw(transfer);
        if self.lines == Lines::Json {
            return out.json(transfer);
        }
        // A bar shows the steps.
        let in_steps = self.bars.is_none();
        let tells = last.is_none_or(|last| is_news(&last, transfer) || in_steps && is_step(&last, transfer));
        if tells { self.tell(transfer, out) } else { Ok(()) }
    }

    fn tell(&self, transfer: &Transfer, out: &mut Output) -> Result<(), Failure> {
        let line = line(transfer, &self.names);
        match self.lines {
            Lines::Results => self.beside_bars(|| out.line(line)),
            Lines::Notes if !transfer.state.is_over() => {
                self.beside_bars(|| note(line));
                Ok(())
            }
            Lines::Notes | Lines::Json | Lines::Off => Ok(()),
        }
    }

    fn beside_bars<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bars {
            Some(bars) => bars.beside(print),
            None => print(),
        }
    }

    fn draw(&mut self, transfer: &Transfer) {
        let Some(bars) = &mut self.bars else { return };
        if transfer.state == TransferState::Active {
            bars.draw(transfer, &state(transfer, &self.names));
        } else {
            bars.remove(transfer);
        }
    }
}

fn is_news(last: &Transfer, now: &Transfer) -> bool {
    (last.state, last.paused_by, &last.error) != (now.state, now.paused_by, &now.error)
}

fn is_step(last: &Transfer, now: &Transfer) -> bool {
    percent(last) / STEP != percent(now) / STEP
}
