//! `vecino id`: who one is.

use super::text::one_line;
use super::{Context, Failure};
use crate::control::{self, Client, Request};
use crate::model::Me;

pub(super) async fn run(mut context: Context) -> Result<(), Failure> {
    let me = me(&context).await?;
    if context.json {
        return context.out.json(&me);
    }
    context.out.line(format_args!("{}#{}", one_line(me.nickname.as_str()), me.tag))?;
    context.out.line(me.peer_id)?;
    for address in &me.addresses {
        context.out.line(one_line(address))?;
    }
    Ok(())
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
