//! A command's end of the socket.

use std::path::PathBuf;

use interprocess::local_socket::tokio::Stream;
use serde::Serialize;
use serde_json::Value;
use tokio::io::{ReadHalf, WriteHalf};
use tokio::sync::Mutex;

use super::lines::{LineReader, write_line};
use super::wire::{Answer, Content, Greeting, MAX_ANSWER_BYTES, Welcome};
use super::{Error, EventRecord, Kind, Request, RequestError, VERSION, place};
use crate::engine::Profile;

/// A connection to the node that runs on a profile.
#[derive(Debug)]
pub struct Client {
    dir: PathBuf,
    line: Mutex<Line>,
}

/// What happens at the node, from when this was made.
#[derive(Debug)]
pub struct Follow {
    line: Line,
}

/// A line as it's sent: the request with its id.
#[derive(Serialize)]
struct Call<'a, T> {
    id: u64,
    #[serde(flatten)]
    ask: &'a T,
}

#[derive(Serialize)]
#[serde(tag = "op", rename = "follow")]
struct FollowAsk {}

#[derive(Serialize)]
#[serde(tag = "op", rename = "show")]
struct ShowAsk<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
}

impl Client {
    /// Connects to the node that runs on `profile`; [`Error::NotRunning`] where none does.
    pub async fn connect(profile: &Profile) -> Result<Self, Error> {
        let dir = profile.dir().to_owned();
        let line = Mutex::new(Line::open(&dir).await?);
        Ok(Self { dir, line })
    }

    /// Asks the node; the answer is what [`Request`] says of each. One request at a time: another waits.
    pub async fn ask(&self, request: &Request) -> Result<Value, Error> {
        self.line.lock().await.ask(request).await
    }

    /// Has the node's window show itself, with the link that a person has opened, if they have. A node without one refuses
    /// with [`Kind::NoWindow`].
    pub async fn show(&self, link: Option<&str>) -> Result<(), Error> {
        self.line.lock().await.ask(&ShowAsk { link }).await.map(drop)
    }

    /// Follows what happens at the node, over a connection of its own.
    pub async fn follow(&self) -> Result<Follow, Error> {
        let mut line = Line::open(&self.dir).await?;
        line.ask(&FollowAsk {}).await?;
        Ok(Follow { line })
    }
}

impl Follow {
    /// The next event; `None` once the node has stopped. Safe to cancel.
    pub async fn next(&mut self) -> Result<Option<EventRecord>, Error> {
        loop {
            match self.line.next().await {
                Ok(Answer { content: Content::Event(record), .. }) => return Ok(Some(*record)),
                Ok(Answer { content: Content::Ok(_), .. }) => {}
                Ok(Answer { content: Content::Error(RequestError { kind: Kind::Stopped, .. }), .. })
                | Err(Error::Closed) => return Ok(None),
                Ok(Answer { content: Content::Error(error), .. }) => return Err(error.into()),
                Err(error) => return Err(error),
            }
        }
    }
}

/// An open connection that has been greeted.
#[derive(Debug)]
struct Line {
    lines: LineReader<ReadHalf<Stream>>,
    writer: WriteHalf<Stream>,
    last_id: u64,
}

impl Line {
    async fn open(dir: &std::path::Path) -> Result<Self, Error> {
        let (reader, mut writer) = tokio::io::split(place::connect(dir).await?);
        let mut lines = LineReader::new(reader, MAX_ANSWER_BYTES);
        // A server that has too many connections answers and closes without reading: then the answer tells.
        let written = write_line(&mut writer, &Greeting { vecino: VERSION }).await;
        let welcome: Welcome = match lines.next().await? {
            Some(line) => serde_json::from_slice(&line).map_err(garbled)?,
            None => return Err(written.err().map_or(Error::Closed, Error::Io)),
        };
        match welcome.error {
            None if welcome.vecino == VERSION => Ok(Self { lines, writer, last_id: 0 }),
            Some(error) if error.kind != Kind::Version => Err(error.into()),
            _ => Err(Error::Version { theirs: welcome.vecino }),
        }
    }

    async fn ask(&mut self, ask: &impl Serialize) -> Result<Value, Error> {
        self.last_id += 1;
        let id = self.last_id;
        write_line(&mut self.writer, &Call { id, ask }).await?;
        loop {
            let answer = self.next().await?;
            match answer.content {
                // Answers to requests whose asker has given up are passed over.
                _ if answer.id.is_some_and(|of| of != id) => {}
                Content::Ok(value) => return Ok(value),
                Content::Error(error) => return Err(error.into()),
                Content::Event(_) => {}
            }
        }
    }

    async fn next(&mut self) -> Result<Answer, Error> {
        let line = self.lines.next().await?.ok_or(Error::Closed)?;
        serde_json::from_slice(&line).map_err(garbled)
    }
}

fn garbled(error: serde_json::Error) -> Error {
    Error::Garbled(error.to_string())
}
