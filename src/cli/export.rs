//! `vecino export`: a whole conversation, to be kept elsewhere.

mod markdown;

use clap::{Args, ValueEnum};
use jiff::tz::TimeZone;

use super::pages::{Wanted, messages};
use super::{Context, Failure, Names, Need, session};
use crate::control::Request;
use crate::model::Peer;

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
    /// A JSON array of messages
    Json,
}

pub(super) async fn run(args: ExportArgs, mut context: Context) -> Result<(), Failure> {
    let profile = context.profile()?;
    let format = args.format.unwrap_or(if context.json { Format::Json } else { Format::Md });
    session::with(&profile, Need::Records, async |session| {
        let peer: Peer = session.ask(Request::FindPeer { peer: args.peer }).await?;
        let wanted = Wanted { peer: Some(peer.id.to_string()), ..Wanted::default() };
        let conversation = messages(session, &wanted).await?;
        if format == Format::Json {
            return context.out.json(&conversation);
        }
        let names = Names::ask(session).await?;
        markdown::write(&peer, &names.of(&peer.id), &conversation, &TimeZone::system(), &mut context.out)
    })
    .await
}
