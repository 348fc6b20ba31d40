//! `vecino decline`: refuses offered files.

use super::change::{self, TransferArgs};
use super::text::transfer::whose;
use super::{Context, Failure};
use crate::control::Request;

pub(super) async fn run(args: TransferArgs, context: Context) -> Result<(), Failure> {
    let decline = Request::Decline { transfer: args.id };
    change::once(decline, context, |transfer, names| format!("Declined {}.", whose(transfer, names))).await
}
