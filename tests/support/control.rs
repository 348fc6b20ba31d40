//! The control socket as a stranger to the program's own client speaks it: a JSON document a line (docs/cli.md).

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

/// How long an answer may take.
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);

/// A connection to a running node.
pub struct Control {
    stream: BufReader<UnixStream>,
    requests: u64,
}

impl Control {
    /// Connects to the node whose data directory this is, and says hello.
    pub fn connect(data: &Path) -> Self {
        let mut control = Self { stream: BufReader::new(connect(data)), requests: 0 };
        control.write(&json!({ "vecino": 1 })).unwrap();
        let hello = control.read().unwrap();
        assert_eq!(hello["vecino"], 1, "{hello}");
        control
    }

    /// Asks for `op` with these arguments, and returns the answer. One that isn't `ok` fails the test.
    pub fn call(&mut self, op: &str, arguments: Value) -> Value {
        self.request(op, arguments).unwrap();
        self.answer().unwrap()
    }

    /// Sends a message to the peer of this id, which is kept when this returns.
    pub fn send(&mut self, peer_id: &str, text: &str) -> Value {
        self.call("send", json!({ "peer": peer_id, "text": text }))
    }

    /// Asks for `op` with these arguments and doesn't wait for the answer.
    pub fn request(&mut self, op: &str, mut arguments: Value) -> io::Result<()> {
        self.requests += 1;
        arguments["id"] = self.requests.into();
        arguments["op"] = op.into();
        self.write(&arguments)
    }

    /// The answer to the latest request. An error is the connection's end; an answer that isn't `ok` fails the test.
    pub fn answer(&mut self) -> io::Result<Value> {
        let mut answer = self.read()?;
        assert_eq!(answer["id"], self.requests, "{answer}");
        assert!(answer.get("ok").is_some(), "{answer}");
        Ok(answer["ok"].take())
    }

    /// Waits for the answers to so many requests, whichever comes first. One that isn't `ok` fails the test.
    pub fn answers(&mut self, requests: usize) -> io::Result<()> {
        for _ in 0..requests {
            let answer = self.read()?;
            assert!(answer.get("ok").is_some(), "{answer}");
        }
        Ok(())
    }

    /// The words with which the latest request was refused.
    pub fn refusal(&mut self) -> String {
        let answer = self.read().unwrap();
        assert_eq!(answer["id"], self.requests, "{answer}");
        answer["error"]["message"].as_str().unwrap_or_else(|| panic!("not refused: {answer}")).to_owned()
    }

    fn write(&mut self, value: &Value) -> io::Result<()> {
        let mut line = value.to_string();
        line.push('\n');
        self.stream.get_mut().write_all(line.as_bytes())
    }

    fn read(&mut self) -> io::Result<Value> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 || !line.ends_with('\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        serde_json::from_str(&line).map_err(io::Error::from)
    }
}

/// A connection on which nothing has been said.
pub fn connect(data: &Path) -> UnixStream {
    let stream = UnixStream::connect(data.join("control.sock")).unwrap();
    stream.set_read_timeout(Some(ANSWERS_WITHIN)).unwrap();
    stream
}
