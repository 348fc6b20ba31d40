//! `vecino resume`: goes on with a transfer, or tries again one that failed.

use clap::Args;

use super::change::{self, StayArgs, TransferArgs};
use super::text::transfer::{state, whose};
use super::{Context, Failure};
use crate::control::Request;
use crate::model::{Direction, TransferState};

#[derive(Debug, Args)]
pub(super) struct ResumeArgs {
    #[command(flatten)]
    transfer: TransferArgs,
    #[command(flatten)]
    stay: StayArgs,
}

pub(super) async fn run(args: ResumeArgs, context: Context) -> Result<(), Failure> {
    let resume = Request::Resume { transfer: args.transfer.id };
    change::running(resume, args.stay, context, |transfer, names| {
        // What failed here is offered anew, under another id.
        if (transfer.direction, transfer.state) == (Direction::Out, TransferState::Offered) {
            return format!("Offered again as {}: {}.", transfer.id, whose(transfer, names));
        }
        // The other side may hold it up as well.
        format!("Resumed {}: {}.", whose(transfer, names), state(transfer, names))
    })
    .await
}
