//! `vecino decline`: refuses an offered file.

use clap::Args;

use super::text::one_line;
use super::{Context, Failure, Names, Need, session};
use crate::control::Request;
use crate::model::Transfer;

#[derive(Debug, Args)]
pub(super) struct DeclineArgs {
    /// The transfer's id, or an end of it
    id: String,
}

pub(super) async fn run(args: DeclineArgs, mut context: Context) -> Result<(), Failure> {
    let profile = context.profile()?;
    session::with(&profile, Need::People, async |session| {
        let transfer: Transfer = session.ask(Request::Decline { transfer: args.id }).await?;
        if context.json {
            return context.out.json(&transfer);
        }
        let name = one_line(&Names::ask(session).await?.of(&transfer.peer_id));
        context.out.line(format_args!("Declined {} from {name}.", one_line(&transfer.name)))
    })
    .await
}
