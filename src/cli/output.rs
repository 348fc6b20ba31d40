//! Standard output, where results go.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal as _, Write};

use serde::Serialize;

use super::Failure;

/// Where a command puts its results, a line at a time.
pub struct Output {
    writer: Box<dyn Write + Send>,
    is_terminal: bool,
}

impl Output {
    /// Standard output, which passes each line on at once.
    pub fn stdout() -> Self {
        Self { writer: Box::new(io::stdout()), is_terminal: io::stdout().is_terminal() }
    }

    /// Another writer.
    #[cfg(test)]
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        Self { writer: Box::new(writer), is_terminal: false }
    }

    /// Whether a person sees each line as it comes.
    pub fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// One line for a person; strangers' text in it has been made printable.
    pub fn line(&mut self, words: impl Display) -> Result<(), Failure> {
        writeln!(self.writer, "{words}").map_err(failure)
    }

    /// Lines that are whole, or parts of a document that is: strangers' text in them has been made printable.
    pub fn text(&mut self, text: &str) -> Result<(), Failure> {
        self.writer.write_all(text.as_bytes()).map_err(failure)
    }

    /// One JSON document on a line of its own.
    pub fn json(&mut self, document: &impl Serialize) -> Result<(), Failure> {
        let json = serde_json::to_string(document).map_err(anyhow::Error::from)?;
        self.line(json)
    }
}

fn failure(error: io::Error) -> Failure {
    match error.kind() {
        ErrorKind::BrokenPipe => Failure::OutputClosed,
        _ => Failure::Other(anyhow::Error::from(error).context("standard output can't be written")),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Keeps what is written, for a look at it afterwards.
    #[derive(Clone, Default)]
    pub(in crate::cli) struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Kept {
        pub(in crate::cli) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct ClosedPipe;

    impl Write for ClosedPipe {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_an_end_and_no_panic() {
        let failure = Output::to(ClosedPipe).line("hola").unwrap_err();
        assert!(matches!(failure, Failure::OutputClosed));
        assert_eq!(failure.code(), 0);
    }

    #[test]
    fn a_document_is_one_line() {
        let kept = Kept::default();
        Output::to(kept.clone()).json(&serde_json::json!({"text": "a\nb"})).unwrap();
        assert_eq!(kept.text(), "{\"text\":\"a\\nb\"}\n");
    }
}
