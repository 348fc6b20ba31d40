//! `vecino id`: who one is, and how others get there.

use std::time::Duration;

use clap::Args;
use tokio::time::{Instant, sleep};

use super::text::{one_line, relay};
use super::{Context, Failure, Need, Session, session};
use crate::control::{self, Client, InviteLink, Request};
use crate::model::{Me, RelayState};

/// How long a node that was started for an invite waits for its relays.
const RELAY_TIME: Duration = Duration::from_secs(3);

/// Pause between two looks at them.
const LOOK_PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug, Args)]
pub(super) struct IdArgs {
    /// Print an invite instead: a link by which others add you with vecino add, also through your relays
    #[arg(long)]
    invite: bool,
}

pub(super) async fn run(args: IdArgs, mut context: Context) -> Result<(), Failure> {
    if args.invite {
        return invite(context).await;
    }
    let me = me(&context).await?;
    if context.json {
        return context.out.json(&me);
    }
    context.out.line(format_args!("{}#{}", one_line(me.nickname.as_str()), me.tag))?;
    context.out.line(me.peer_id)?;
    for address in &me.addresses {
        context.out.line(one_line(address))?;
    }
    me.relays.iter().try_for_each(|status| context.out.line(relay(status)))
}

/// As the running node has it, with its addresses; without one as it's kept on disk.
async fn me(context: &Context) -> Result<Me, Failure> {
    let profile = context.profile()?;
    match Client::connect(&profile).await {
        Ok(client) => {
            let answer = client.ask(&Request::Me).await?;
            Ok(serde_json::from_value(answer).map_err(|error| control::Error::Garbled(error.to_string()))?)
        }
        Err(control::Error::NotRunning) => Ok(profile.me()?),
        Err(error) => Err(error.into()),
    }
}

async fn invite(mut context: Context) -> Result<(), Failure> {
    let profile = context.profile()?;
    session::with(&profile, Need::People, async |session| {
        if session.is_own() {
            relays_settled(session).await?;
        }
        let link: InviteLink = session.ask(Request::Invite).await?;
        if context.json { context.out.json(&link) } else { context.out.line(&link.invite) }
    })
    .await
}

/// Waits until each relay has said whether it takes us, for a moment.
async fn relays_settled(session: &Session) -> Result<(), Failure> {
    let deadline = Instant::now() + RELAY_TIME;
    loop {
        let me: Me = session.ask(Request::Me).await?;
        let under_way = me.relays.iter().any(|relay| relay.state == RelayState::Connecting);
        if !under_way || Instant::now() > deadline {
            return Ok(());
        }
        sleep(LOOK_PAUSE).await;
    }
}
