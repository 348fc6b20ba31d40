//! One connection at the server's end.

use std::sync::Arc;

use interprocess::local_socket::tokio::Stream;
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncWrite, ReadHalf, WriteHalf};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::debug;

use super::lines::{LineReader, write_line};
use super::wire::{
    Answer, Content, GREETING_TIME, Greeting, LAST_ANSWERS_TIME, MAX_ANSWERS_WAITING, MAX_CHANGES_WAITING,
    MAX_REQUEST_BYTES, MAX_UNDER_WAY, Welcome,
};
use super::{Error, Kind, Records, Request, RequestError, VERSION, Window, dispatch};
use crate::engine::Handle;

/// What a line asks for.
enum Ask {
    Request(Request),
    Follow,
    Show(ShowAsk),
}

/// That the window is to be shown.
#[derive(Deserialize)]
struct ShowAsk {
    /// With this link that a person has opened.
    #[serde(default)]
    link: Option<String>,
}

/// The reading side of a connection. What it starts ends with it.
pub(super) struct Connection {
    handle: Handle,
    window: Option<Window>,
    lines: LineReader<ReadHalf<Stream>>,
    answers: mpsc::Sender<Answer>,
    slots: Arc<Semaphore>,
    /// To the one task that carries out what changes something, in order.
    changes: mpsc::Sender<Change>,
    changing: JoinSet<()>,
    under_way: JoinSet<()>,
    following: JoinSet<()>,
}

/// A request that changes something, and its id.
type Change = (Option<u64>, Request);

impl Connection {
    /// Serves `stream` until either side closes it or breaks the protocol.
    pub async fn serve(stream: Stream, handle: Handle, window: Option<Window>) {
        let (reader, mut writer) = tokio::io::split(stream);
        let mut lines = LineReader::new(reader, MAX_REQUEST_BYTES);
        if !timeout(GREETING_TIME, greet(&mut lines, &mut writer)).await.unwrap_or(false) {
            return;
        }
        let (answers, waiting) = mpsc::channel(MAX_ANSWERS_WAITING);
        let (changes, asked) = mpsc::channel(MAX_CHANGES_WAITING);
        let mut changing = JoinSet::new();
        changing.spawn(change(handle.clone(), asked, answers.clone()));
        let connection = Self {
            handle,
            window,
            lines,
            answers,
            slots: Arc::new(Semaphore::new(MAX_UNDER_WAY)),
            changes,
            changing,
            under_way: JoinSet::new(),
            following: JoinSet::new(),
        };
        let mut writing = std::pin::pin!(write_answers(writer, waiting));
        tokio::select! {
            () = &mut writing => return,
            () = connection.read() => {}
        }
        let _ = timeout(LAST_ANSWERS_TIME, writing).await;
    }

    async fn read(mut self) {
        loop {
            match self.lines.next().await {
                Ok(Some(line)) => self.take(&line).await,
                Ok(None) => break,
                Err(error) => {
                    debug!(%error, "a control connection can't be read any further");
                    if matches!(error, Error::TooLong) {
                        let why = format!("a line has at most {MAX_REQUEST_BYTES} bytes");
                        self.answer(None, Err(RequestError::new(Kind::Invalid, why))).await;
                    }
                    break;
                }
            }
        }
        self.following.abort_all();
        // What was written is carried out all the same, however long that takes.
        drop(self.changes);
        while self.changing.join_next().await.is_some() {}
        let rest = async { while self.under_way.join_next().await.is_some() {} };
        let _ = timeout(LAST_ANSWERS_TIME, rest).await;
    }

    async fn take(&mut self, line: &[u8]) {
        match parse(line) {
            // The receiver goes only with the connection.
            (id, Ok(Ask::Request(request))) if request.changes() => drop(self.changes.send((id, request)).await),
            (id, Ok(Ask::Request(request))) => self.start(id, request).await,
            (id, Ok(Ask::Follow)) => self.follow(id).await,
            (id, Ok(Ask::Show(ask))) => self.answer(id, self.show(ask)).await,
            (id, Err(error)) => self.answer(id, Err(error)).await,
        }
    }

    async fn answer(&self, id: Option<u64>, result: Result<Value, RequestError>) {
        // The receiver goes only with the connection.
        let _ = self.answers.send(Answer::new(id, result)).await;
    }

    /// Starts `request` beside others, as soon as there's room for one more.
    async fn start(&mut self, id: Option<u64>, request: Request) {
        while self.under_way.try_join_next().is_some() {}
        let Ok(slot) = Arc::clone(&self.slots).acquire_owned().await else { return };
        self.under_way.spawn(run(self.handle.clone(), self.answers.clone(), id, request, slot));
    }

    fn show(&self, ask: ShowAsk) -> Result<Value, RequestError> {
        let Some(window) = &self.window else {
            return Err(RequestError::new(Kind::NoWindow, "this vecino has no window"));
        };
        window.try_send(ask.link).map_err(|error| match error {
            TrySendError::Full(_) => {
                RequestError::new(Kind::Busy, "the window has been asked too often to show itself")
            }
            TrySendError::Closed(_) => crate::engine::Error::Stopped.into(),
        })?;
        Ok(Value::Null)
    }

    async fn follow(&mut self, id: Option<u64>) {
        if !self.following.is_empty() {
            let error = RequestError::new(Kind::Busy, "this connection follows already");
            return self.answer(id, Err(error)).await;
        }
        match self.handle.subscribe() {
            Ok(events) => {
                self.answer(id, Ok(Value::Null)).await;
                self.following.spawn(tell(Records::new(events), self.answers.clone(), id));
            }
            Err(error) => self.answer(id, Err(error.into())).await,
        }
    }
}

/// Carries out what changes something, each when the one before is done, and answers.
async fn change(handle: Handle, mut asked: mpsc::Receiver<Change>, answers: mpsc::Sender<Answer>) {
    while let Some((id, request)) = asked.recv().await {
        let result = dispatch(&handle, request).await;
        let _ = answers.send(Answer::new(id, result)).await;
    }
}

async fn run(
    handle: Handle,
    answers: mpsc::Sender<Answer>,
    id: Option<u64>,
    request: Request,
    _slot: OwnedSemaphorePermit,
) {
    let result = dispatch(&handle, request).await;
    let _ = answers.send(Answer::new(id, result)).await;
}

/// Tells every event until the engine stops or the connection ends. A client that reads slowly holds up this task
/// alone, which then lags.
async fn tell(mut records: Records, answers: mpsc::Sender<Answer>, id: Option<u64>) {
    while let Some(record) = records.next().await {
        if answers.send(Answer { id, content: Content::Event(Box::new(record)) }).await.is_err() {
            return;
        }
    }
    let _ = answers.send(Answer::new(id, Err(crate::engine::Error::Stopped.into()))).await;
}

/// Whether the client said what a client says first.
async fn greet(lines: &mut LineReader<ReadHalf<Stream>>, writer: &mut WriteHalf<Stream>) -> bool {
    let line = match lines.next().await {
        Ok(Some(line)) => line,
        Ok(None) | Err(Error::Io(_)) => return false,
        Err(_) => Vec::new(),
    };
    let error = match serde_json::from_slice(&line) {
        Ok(Greeting { vecino: VERSION }) => None,
        Ok(Greeting { vecino }) => {
            let why = format!("version {vecino} of the control protocol is not spoken here, {VERSION} is");
            Some(RequestError::new(Kind::Version, why))
        }
        Err(_) => Some(RequestError::new(Kind::Invalid, r#"the first line is {"vecino":1}"#)),
    };
    let welcome = error.is_none();
    write_line(writer, &Welcome::new(error)).await.is_ok() && welcome
}

async fn write_answers(mut writer: impl AsyncWrite + Unpin, mut waiting: mpsc::Receiver<Answer>) {
    while let Some(answer) = waiting.recv().await {
        if let Err(error) = write_line(&mut writer, &answer).await {
            debug!(%error, "a control connection can't be written to any more");
            return;
        }
    }
}

/// The request of a line, and its id where one can be read.
fn parse(line: &[u8]) -> (Option<u64>, Result<Ask, RequestError>) {
    let invalid = |error: serde_json::Error| RequestError::new(Kind::Invalid, error.to_string());
    let value: Value = match serde_json::from_slice(line) {
        Ok(value) => value,
        Err(error) => return (None, Err(invalid(error))),
    };
    let Some(id) = value.get("id").and_then(Value::as_u64) else {
        return (None, Err(RequestError::new(Kind::Invalid, "a request has an id, a whole number from 0")));
    };
    let ask = match value.get("op").and_then(Value::as_str) {
        Some("follow") => Ok(Ask::Follow),
        Some("show") => serde_json::from_value(value).map(Ask::Show),
        _ => serde_json::from_value(value).map(Ask::Request),
    };
    (Some(id), ask.map_err(invalid))
}
