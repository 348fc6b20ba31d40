//! Bars on a terminal, one for each transfer that runs.

use std::collections::HashMap;
use std::io::{IsTerminal, stderr};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::cli::text::one_line;
use crate::cli::text::transfer::current;
use crate::model::{Transfer, TransferId};

/// How a bar looks. What doesn't fit is cut off at its end, where the file's name is.
const TEMPLATE: &str = "{bar:24} {wide_msg}";

/// The bars on standard error. They are taken away with this.
pub(super) struct Bars {
    all: MultiProgress,
    shown: HashMap<TransferId, ProgressBar>,
}

impl Bars {
    /// Where standard error is a terminal.
    pub fn on_terminal() -> Option<Self> {
        stderr().is_terminal().then(|| Self { all: MultiProgress::new(), shown: HashMap::new() })
    }

    /// Draws the bar of `transfer`, with how it stands in words.
    pub fn draw(&mut self, transfer: &Transfer, state: &str) {
        let bar = self.shown.entry(transfer.id).or_insert_with(|| self.all.add(bar()));
        let file = current(transfer).unwrap_or_else(|| one_line(&transfer.name));
        bar.set_length(transfer.size.max(1));
        bar.set_position(transfer.done);
        bar.set_message(format!("{state}  {file}"));
    }

    /// Takes the bar of `transfer` away.
    pub fn remove(&mut self, transfer: &Transfer) {
        if let Some(bar) = self.shown.remove(&transfer.id) {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
    }

    /// Does `print` with no bar in the way.
    pub fn beside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.all.suspend(print)
    }
}

fn bar() -> ProgressBar {
    // A template that can't be read leaves the usual bar.
    let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::hidden().with_style(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_one() {
        ProgressStyle::with_template(TEMPLATE).unwrap();
    }
}
