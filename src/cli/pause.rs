//! `vecino pause`: holds a transfer up, on either side.

use super::change::{self, TransferArgs};
use super::text::transfer::whose;
use super::{Context, Failure};
use crate::control::Request;

pub(super) async fn run(args: TransferArgs, context: Context) -> Result<(), Failure> {
    let pause = Request::Pause { transfer: args.id };
    change::once(pause, context, |transfer, names| format!("Paused {}.", whose(transfer, names))).await
}
