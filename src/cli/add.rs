//! `vecino add`: somebody, or a relay, by address or invite.

use std::time::Duration;

use clap::Args;

use super::text::one_line;
use super::{Context, Failure, Need, millis, session};
use crate::control::Request;
use crate::model::Peer;

/// How long somebody at an address may take to answer.
const ANSWER_TIME: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// Where: host:port, a multiaddr (/ip4/192.168.1.20/tcp/48237, or through a relay …/p2p/RELAY/p2p-circuit/p2p/PEER),
    /// or an invite (vecino:…, as vecino id --invite prints it)
    address: String,
}

pub(super) async fn run(args: AddArgs, mut context: Context) -> Result<(), Failure> {
    let profile = context.profile()?;
    session::with(&profile, Need::People, async |session| {
        let add = Request::Add { address: args.address, timeout_ms: millis(ANSWER_TIME) };
        let peer: Peer = session.ask(add).await?;
        if context.json {
            return context.out.json(&peer);
        }
        let name = one_line(peer.nickname.as_str());
        if peer.relay {
            context.out.line(format_args!("{name}#{} is a relay, and will be used.", peer.tag))?;
            return context.out.line(peer.id);
        }
        context.out.line(format_args!("{name}#{} is there and will be remembered.", peer.tag))?;
        context.out.line(peer.id)
    })
    .await
}
