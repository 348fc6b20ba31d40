//! `vecino export`: a whole conversation, to be kept elsewhere.

use clap::{Args, ValueEnum};
use jiff::tz::TimeZone;

use super::pages::{Wanted, messages};
use super::text::message_state;
use super::{Context, Failure, Names, Need, session};
use crate::control::Request;
use crate::model::{Form, MessageState, Peer, Transcript, Words};

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// The conversation with whom
    peer: String,
    /// In which form [default: md, or json with --json]
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Markdown, to read
    Md,
    /// Plain text, to read
    Txt,
    /// A JSON array of messages
    Json,
    /// JSON, a message a line
    Jsonl,
}

impl From<Format> for Form {
    fn from(format: Format) -> Self {
        match format {
            Format::Md => Self::Markdown,
            Format::Txt => Self::Text,
            Format::Json => Self::Json,
            Format::Jsonl => Self::JsonLines,
        }
    }
}

pub(super) async fn run(args: ExportArgs, mut context: Context) -> Result<(), Failure> {
    let profile = context.profile()?;
    let format = args.format.unwrap_or(if context.json { Format::Json } else { Format::Md });
    session::with(&profile, Need::Records, async |session| {
        let peer: Peer = session.ask(Request::FindPeer { peer: args.peer }).await?;
        let wanted = Wanted { peer: Some(peer.id.to_string()), ..Wanted::default() };
        let conversation = messages(session, &wanted).await?;
        let name = Names::ask(session).await?.of(&peer.id);
        let mut transcript = Transcript::new(format.into(), words(name), TimeZone::system());
        context.out.text(&transcript.head(peer.id))?;
        for message in &conversation {
            context.out.text(&transcript.message(message).map_err(anyhow::Error::from)?)?;
        }
        context.out.text(transcript.tail())
    })
    .await
}

fn words(name: String) -> Words {
    Words {
        title: format!("Conversation with {name}"),
        them: name,
        me: "me".to_owned(),
        file: "file".to_owned(),
        queued: message_state(MessageState::Queued).to_owned(),
        failed: message_state(MessageState::Failed).to_owned(),
        newer: "sent by a newer version of vecino".to_owned(),
        cancelled: "cancelled".to_owned(),
    }
}
