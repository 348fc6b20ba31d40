//! JSON documents, one a line, of bounded length.

use std::io;

use serde::Serialize;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};

use super::Error;

/// Reads lines of at most `limit` bytes.
#[derive(Debug)]
pub(super) struct LineReader<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    limit: usize,
}

impl<R: AsyncRead + Unpin> LineReader<R> {
    /// Reads from `reader` lines of at most `limit` bytes, their ends not counted.
    pub fn new(reader: R, limit: usize) -> Self {
        Self { reader: BufReader::new(reader), line: Vec::new(), limit }
    }

    /// The next line without its end; `None` at the end of the stream. Safe to cancel. After [`Error::TooLong`] the
    /// place in the stream is lost: the connection can only be closed.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        loop {
            let read = self.reader.fill_buf().await?;
            if read.is_empty() {
                return Ok(Some(std::mem::take(&mut self.line)).filter(|line| !line.is_empty()));
            }
            let part = read.split(|byte| *byte == b'\n').next().unwrap_or_default();
            if self.line.len() + part.len() > self.limit {
                return Err(Error::TooLong);
            }
            let ended = part.len() < read.len();
            let used = part.len() + usize::from(ended);
            self.line.extend_from_slice(part);
            self.reader.consume(used);
            if ended {
                return Ok(Some(std::mem::take(&mut self.line)));
            }
        }
    }
}

/// Writes `document` as one line.
pub(super) async fn write_line(writer: &mut (impl AsyncWrite + Unpin), document: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(document)?;
    line.push(b'\n');
    writer.write_all(&line).await?;
    writer.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(bytes: &[u8], limit: usize) -> Vec<Result<String, String>> {
        let mut reader = LineReader::new(bytes, limit);
        let mut lines = Vec::new();
        loop {
            match reader.next().await {
                Ok(Some(line)) => lines.push(Ok(String::from_utf8(line).unwrap())),
                Ok(None) => return lines,
                Err(error) => {
                    lines.push(Err(error.to_string()));
                    return lines;
                }
            }
        }
    }

    #[tokio::test]
    async fn lines_come_one_by_one_and_the_last_needs_no_end() {
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(lines(b"one\n\ntwo", 10).await, [ok("one"), ok(""), ok("two")]);
        assert_eq!(lines(b"", 10).await, []);
    }

    #[tokio::test]
    async fn a_line_at_the_limit_passes_and_one_past_it_does_not() {
        let long = "x".repeat(100_000);
        assert_eq!(lines(format!("{long}\n").as_bytes(), 100_000).await, [Ok(long.clone())]);
        for past in [format!("{long}x\n"), format!("{long}x")] {
            assert_eq!(lines(past.as_bytes(), 100_000).await, [Err(Error::TooLong.to_string())]);
        }
    }
}
