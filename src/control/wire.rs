//! The lines on the socket, and their limits.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{EventRecord, RequestError, VERSION};

/// Most bytes of a request's line. The longest text, with every character escaped, takes 400 KB.
pub(super) const MAX_REQUEST_BYTES: usize = 1024 * 1024;

/// Most bytes of an answer's line that a command reads.
pub(super) const MAX_ANSWER_BYTES: usize = 128 * 1024 * 1024;

/// Connections served at once; one more is told that there are too many.
pub(super) const MAX_CONNECTIONS: usize = 64;

/// Requests of one connection under way at once; the next line is read when one of them is done.
pub(super) const MAX_UNDER_WAY: usize = 32;

/// Changing requests of one connection that wait for the one before them; then no further line is read.
pub(super) const MAX_CHANGES_WAITING: usize = 32;

/// Answers of one connection that wait to be written; requests then wait for them.
pub(super) const MAX_ANSWERS_WAITING: usize = 64;

/// How long a connection may take to greet.
pub(super) const GREETING_TIME: Duration = Duration::from_secs(10);

/// How long requests under way may still take, and answers be written, once the client has closed its side.
pub(super) const LAST_ANSWERS_TIME: Duration = Duration::from_secs(2);

/// What a client says first.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Greeting {
    /// The protocol's version.
    pub vecino: u32,
}

/// What the server says to it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Welcome {
    /// The protocol's version.
    pub vecino: u32,
    /// The program's version.
    pub version: String,
    /// Why the connection ends here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<RequestError>,
}

impl Welcome {
    /// The answer to a greeting: with an error, the connection ends.
    pub fn new(error: Option<RequestError>) -> Self {
        Self { vecino: VERSION, version: env!("CARGO_PKG_VERSION").to_owned(), error }
    }
}

/// One line of the server after the greeting.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    /// The request's id; none where it had none that could be read.
    pub id: Option<u64>,
    /// What the answer is.
    #[serde(flatten)]
    pub content: Content,
}

/// What an answer says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Content {
    /// Done; this is the result.
    Ok(Value),
    /// Not done.
    Error(RequestError),
    /// Something happened that the connection follows.
    Event(Box<EventRecord>),
}

impl Answer {
    /// The answer to request `id`.
    pub fn new(id: Option<u64>, result: Result<Value, RequestError>) -> Self {
        Self {
            id,
            content: match result {
                Ok(value) => Content::Ok(value),
                Err(error) => Content::Error(error),
            },
        }
    }
}
