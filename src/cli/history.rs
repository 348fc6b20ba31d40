//! `vecino history`: messages, oldest first.

use clap::Args;
use jiff::tz::TimeZone;

use super::pages::{Wanted, messages};
use super::text::{date_time, message, one_line};
use super::{Context, Failure, Names, Need, Session, note, session};
use crate::control::{MessageRecord, Request};
use crate::model::{From as Author, Peer};

#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// Only the conversation with this peer
    peer: Option<String>,
    /// Only messages that hold these words
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// The latest so many
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u32,
}

pub(super) async fn run(args: HistoryArgs, context: Context) -> Result<(), Failure> {
    let profile = context.profile()?;
    session::with(&profile, Need::Records, async |session| print(args, context, session).await).await
}

async fn print(args: HistoryArgs, mut context: Context, session: &Session) -> Result<(), Failure> {
    let one = match args.peer {
        Some(peer) => Some(session.ask::<Peer>(Request::FindPeer { peer }).await?.id),
        None => None,
    };
    let wanted = Wanted { peer: one.map(|id| id.to_string()), search: args.search, limit: Some(args.limit) };
    let found = messages(session, &wanted).await?;
    if context.json {
        return context.out.json(&found);
    }
    if found.is_empty() {
        note("no messages");
    }
    let (names, zone) = (Names::ask(session).await?, TimeZone::system());
    for record in &found {
        let author = author(record, &names, one.is_none());
        context.out.line(message(record, &author, &date_time(record.sent_at, &zone)))?;
    }
    Ok(())
}

/// Who wrote it; where several conversations are shown, one's own messages say to whom.
fn author(record: &MessageRecord, names: &Names, several: bool) -> String {
    let name = one_line(&names.of(&record.peer_id));
    match record.from {
        Author::Peer => name,
        Author::Me if several => format!("me → {name}"),
        Author::Me => "me".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Output;
    use super::super::output::tests::Kept;
    use super::*;
    use crate::engine::fake::{Fake, message, peer};
    use crate::model::{MessageState, Path};

    async fn printed(args: HistoryArgs, json: bool) -> Result<String, u8> {
        let mut fake = Fake::new(vec![peer(1, "luis", Path::Direct), peer(2, "melani", Path::None)]);
        let (luis, melani) = (fake.peers[0].id, fake.peers[1].id);
        fake.messages = vec![
            message(1, luis, "hola", MessageState::Read),
            message(2, melani, "\u{1b}[31mhola", MessageState::Queued),
            message(3, luis, "two\nlines", MessageState::Delivered),
        ];
        fake.messages[2].from = Author::Peer;
        let (handle, _teller) = fake.start();
        let kept = Kept::default();
        let context = Context { data_dir: None, json, verbose: false, out: Output::to(kept.clone()) };
        print(args, context, &Session::of(handle)).await.map_err(|failure| failure.code())?;
        Ok(kept.text())
    }

    fn args(peer: Option<&str>, search: Option<&str>, limit: u32) -> HistoryArgs {
        HistoryArgs { peer: peer.map(str::to_owned), search: search.map(str::to_owned), limit }
    }

    /// The lines without their dates, which are local.
    fn dateless(text: &str) -> Vec<&str> {
        text.lines().map(|line| line.split_once("  ").map_or(line, |(_, rest)| rest)).collect()
    }

    #[tokio::test]
    async fn messages_are_sentences_for_a_person() {
        let text = printed(args(None, None, 100), false).await.unwrap();
        assert_eq!(
            dateless(&text),
            ["me → luis: hola  [read]", "me → melani: \\u{1b}[31mhola  [queued]", "luis: two", "  lines"]
        );
        let text = printed(args(Some("luis"), Some("hola"), 100), false).await.unwrap();
        assert_eq!(dateless(&text), ["me: hola  [read]"]);
        assert_eq!(printed(args(Some("nobody"), None, 100), false).await, Err(3));
    }

    #[tokio::test]
    async fn a_script_gets_one_array() {
        let json: serde_json::Value = serde_json::from_str(&printed(args(None, None, 2), true).await.unwrap()).unwrap();
        assert_eq!(json.as_array().unwrap().len(), 2);
        assert_eq!((&json[1]["text"], &json[1]["from"]), (&"two\nlines".into(), &"peer".into()));
    }
}
