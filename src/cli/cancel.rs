//! `vecino cancel`: ends a transfer, on either side.

use super::change::{self, TransferArgs};
use super::text::transfer::whose;
use super::{Context, Failure};
use crate::control::Request;

pub(super) async fn run(args: TransferArgs, context: Context) -> Result<(), Failure> {
    let cancel = Request::Cancel { transfer: args.id };
    change::once(cancel, context, |transfer, names| format!("Cancelled {}.", whose(transfer, names))).await
}
