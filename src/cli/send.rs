//! `vecino send`: a message.

use std::io::Read;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::text::one_line;
use super::{Context, Failure, Names, Need, Output, Session, millis, seconds, session};
use crate::control::{Error, Kind, MessageRecord, Request, RequestError};
use crate::engine;
use crate::model::{MAX_TEXT_BYTES, MessageState, Text, TextError};

#[derive(Debug, Args)]
pub(super) struct SendArgs {
    /// To whom
    peer: String,
    /// What to say; - reads it from standard input
    #[arg(allow_hyphen_values = true)]
    text: String,
    /// What to wait for
    #[arg(long, value_enum, default_value_t = Wait::Delivered)]
    pub(super) wait: Wait,
    /// How long to wait, in seconds
    #[arg(long, value_name = "SECS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Wait {
    /// Until the other side has it on disk
    Delivered,
    /// Until the person there has seen it
    Read,
    /// For nothing: it's queued
    None,
}

impl Wait {
    const fn state(self) -> Option<MessageState> {
        match self {
            Self::Delivered => Some(MessageState::Delivered),
            Self::Read => Some(MessageState::Read),
            Self::None => None,
        }
    }
}

pub(super) async fn run(args: SendArgs, mut context: Context) -> Result<(), Failure> {
    // What can't be a message is said before anybody is looked for.
    let text = if args.text == "-" { read_text(std::io::stdin().lock())? } else { text(args.text)? };
    let profile = context.profile()?;
    let message = Outgoing { peer: args.peer, text, wait: args.wait, timeout: args.timeout };
    session::with(&profile, Need::People, async |session| message.send(session, context.json, &mut context.out).await)
        .await
}

/// A message on its way.
struct Outgoing {
    peer: String,
    text: Text,
    wait: Wait,
    timeout: Duration,
}

impl Outgoing {
    async fn send(self, session: &Session, json: bool, out: &mut Output) -> Result<(), Failure> {
        session.if_interrupted("interrupted; the message may have been queued: see vecino history");
        let message: MessageRecord = session.ask(Request::Send { peer: self.peer, text: self.text }).await?;
        let (message, in_time) = match self.wait.state() {
            None => (message, true),
            Some(state) => wait(session, message, state, self.timeout).await?,
        };
        let name = one_line(&Names::ask(session).await?.of(&message.peer_id));
        if json {
            out.json(&message)?;
        } else if in_time && message.state != MessageState::Failed {
            out.line(words(message.state, &name))?;
        }
        match message.state {
            MessageState::Failed => Err(refused(&message)),
            _ if in_time => Ok(()),
            state => Err(unconfirmed(state, &name, self.timeout)),
        }
    }
}

/// The message once it's in `state` or has failed, and whether that was in time.
async fn wait(
    session: &Session,
    message: MessageRecord,
    state: MessageState,
    timeout: Duration,
) -> Result<(MessageRecord, bool), Failure> {
    let wait = Request::WaitMessage { message: message.id, state, timeout_ms: millis(timeout) };
    match session.ask(wait).await {
        Ok(message) => Ok((message, true)),
        Err(Failure::Control(Error::Refused(RequestError { kind: Kind::TimedOut, .. }))) => {
            let now: Option<MessageRecord> = session.ask(Request::Message { message: message.id }).await?;
            Ok((now.unwrap_or(message), false))
        }
        // The node has ended, and with it the waiting; the message is on disk.
        Err(Failure::Control(
            Error::Closed | Error::Io(_) | Error::Refused(RequestError { kind: Kind::Stopped, .. }),
        )) => Err(Failure::Unconfirmed("not confirmed: vecino was ended meanwhile; the message is queued".to_owned())),
        Err(failure) => Err(failure),
    }
}

fn words(state: MessageState, name: &str) -> String {
    match state {
        MessageState::Read => format!("{name} has read it."),
        MessageState::Delivered => format!("Delivered to {name}."),
        MessageState::Queued | MessageState::Failed => format!("Queued for {name}."),
    }
}

fn refused(message: &MessageRecord) -> Failure {
    let why = message.error.as_deref().unwrap_or("the message could not be delivered");
    Failure::Other(anyhow::anyhow!("{}", one_line(why)))
}

fn unconfirmed(state: MessageState, name: &str, timeout: Duration) -> Failure {
    let timeout = format!("{} s", timeout.as_secs_f64());
    Failure::Unconfirmed(match state {
        MessageState::Delivered => format!("{name} has the message, but hasn't read it within {timeout}"),
        _ => format!("not confirmed within {timeout}: the message is queued, and is delivered when {name} is here"),
    })
}

fn text(text: String) -> Result<Text, Failure> {
    Ok(Text::new(text).map_err(engine::Error::from)?)
}

/// Reads a message, without the line break at its end. However much comes, no more than a message is kept of it.
fn read_text(mut input: impl Read) -> Result<Text, Failure> {
    const MOST: u64 = MAX_TEXT_BYTES as u64 + "\r\n".len() as u64;
    let mut bytes = Vec::new();
    input.by_ref().take(MOST).read_to_end(&mut bytes).context("standard input can't be read")?;
    let rest = std::io::copy(&mut input, &mut std::io::sink()).context("standard input can't be read")?;
    if rest > 0 {
        let length = usize::try_from(rest).unwrap_or(usize::MAX).saturating_add(bytes.len());
        return Err(engine::Error::from(TextError::TooLong(length)).into());
    }
    let read = String::from_utf8(bytes).context("standard input is not text (UTF-8); send it as a file instead")?;
    let line = read.strip_suffix('\n').map_or(read.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    text(line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::output::tests::Kept;
    use super::*;
    use crate::engine::fake::{Fake, peer};
    use crate::model::Path;

    async fn send(to: &str, wait: Wait, json: bool) -> (Result<(), u8>, String) {
        let (handle, _teller) =
            Fake::new(vec![peer(1, "luis", Path::Direct), peer(2, "melani", Path::None), peer(3, "Luis", Path::None)])
                .start();
        let message = Outgoing {
            peer: to.to_owned(),
            text: Text::new("hola").unwrap(),
            wait,
            timeout: Duration::from_millis(20),
        };
        let kept = Kept::default();
        let result = message.send(&Session::of(handle), json, &mut Output::to(kept.clone())).await;
        (result.map_err(|failure| failure.code()), kept.text())
    }

    #[tokio::test]
    async fn the_end_says_how_far_it_got() {
        let tag = crate::model::PeerId::from_public_key([1; 32]).tag();
        for (to, wait, result, says) in [
            ("luis", Wait::Delivered, Ok(()), format!("Delivered to luis#{tag}.\n")),
            ("luis", Wait::Read, Err(4), String::new()),
            ("melani", Wait::Delivered, Err(4), String::new()),
            ("melani", Wait::None, Ok(()), "Queued for melani.\n".to_owned()),
            ("nobody", Wait::Delivered, Err(3), String::new()),
            ("LUIS", Wait::Delivered, Err(3), String::new()),
        ] {
            assert_eq!(send(to, wait, false).await, (result, says), "{to} {wait:?}");
        }
    }

    #[tokio::test]
    async fn json_has_the_state_at_the_end_in_time_or_not() {
        for (to, state, result) in [("luis", "delivered", Ok(())), ("melani", "queued", Err(4))] {
            let (ended, json) = send(to, Wait::Delivered, true).await;
            let json: serde_json::Value = serde_json::from_str(&json).unwrap();
            assert_eq!((&json["state"], ended), (&serde_json::json!(state), result));
        }
    }

    #[test]
    fn standard_input_is_a_message_within_its_limit() {
        for (input, text) in [("hola\n", "hola"), ("hola\r\n", "hola"), ("a\n\n", "a\n"), ("hola", "hola")] {
            assert_eq!(read_text(input.as_bytes()).unwrap().as_str(), text);
        }
        let longest = "x".repeat(MAX_TEXT_BYTES);
        assert!(read_text(format!("{longest}\n").as_bytes()).is_ok());
        for (length, size) in [(MAX_TEXT_BYTES + 1, "65537 bytes"), (3_000_000, "3000000 bytes")] {
            let failure = read_text("x".repeat(length).as_bytes()).unwrap_err();
            assert_eq!(failure.code(), 1);
            assert!(failure.to_string().contains(size), "{failure}");
        }
        assert!(read_text(&b"\xff\xfe"[..]).unwrap_err().to_string().contains("UTF-8"));
        assert!(read_text(&b"\n"[..]).unwrap_err().to_string().contains("empty"));
    }
}
