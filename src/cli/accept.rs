//! `vecino accept`: takes offered files.

use std::path::PathBuf;

use clap::Args;

use super::change::{self, StayArgs, TransferArgs};
use super::text::transfer::whose;
use super::{Context, Failure, absolute};
use crate::control::Request;

#[derive(Debug, Args)]
pub(super) struct AcceptArgs {
    #[command(flatten)]
    transfer: TransferArgs,
    /// Into this folder instead of the one that is set
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    #[command(flatten)]
    stay: StayArgs,
}

pub(super) async fn run(args: AcceptArgs, context: Context) -> Result<(), Failure> {
    let to = args.to.as_deref().map(absolute).transpose()?;
    let accept = Request::Accept { transfer: args.transfer.id, to };
    change::running(accept, args.stay, context, |transfer, names| {
        format!("Accepted {}; the running vecino fetches it (see vecino transfers).", whose(transfer, names))
    })
    .await
}
