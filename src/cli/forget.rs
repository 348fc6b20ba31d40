//! `vecino forget`: a relay that was added is used no longer.

use clap::Args;

use super::text::one_line;
use super::{Context, Failure, Need, session};
use crate::control::{Kind, Request, RequestError};
use crate::model::{Me, PeerId, RelayStatus, short_address};

/// Shortest beginning of an id that may stand for it: all begin alike.
const SHORTEST_BEGINNING: usize = 12;

#[derive(Debug, Args)]
pub(super) struct ForgetArgs {
    /// Which relay: its nickname, nickname#tag, id or the start of one, or its address, as vecino id shows them
    relay: String,
}

pub(super) async fn run(args: ForgetArgs, mut context: Context) -> Result<(), Failure> {
    let profile = context.profile()?;
    session::with(&profile, Need::People, async |session| {
        let me: Me = session.ask(Request::Me).await?;
        let (relay, name) = find(&args.relay, &me.relays)?;
        session.ask::<()>(Request::ForgetRelay { relay }).await?;
        if context.json {
            return context.out.json(&session.ask::<Me>(Request::Me).await?);
        }
        context.out.line(format_args!("{name} is forgotten."))
    })
    .await
}

/// The one relay that was added and is meant by `name`, and what to call it.
fn find(name: &str, relays: &[RelayStatus]) -> Result<(PeerId, String), Failure> {
    let given = relays.iter().filter(|relay| relay.given);
    let known = given.filter_map(|relay| Some((relay.peer_id?, relay))).filter(|(id, relay)| is_meant(name, id, relay));
    match known.collect::<Vec<_>>().as_slice() {
        [] => Err(no_such(Kind::NoSuchPeer, format!("no relay “{name}” was added here"))),
        [(id, relay)] => Ok((*id, called(id, relay))),
        [..] => Err(no_such(Kind::Ambiguous, format!("“{name}” could be any of several relays: name it by its id"))),
    }
}

fn is_meant(name: &str, id: &PeerId, relay: &RelayStatus) -> bool {
    let text = id.to_string();
    let nickname = relay.nickname.as_ref().is_some_and(|nickname| nickname.as_str().eq_ignore_ascii_case(name));
    let by_id = name.len() >= SHORTEST_BEGINNING && text.starts_with(name);
    let at = [relay.address.clone(), format!("{}/p2p/{text}", relay.address), short_address(&relay.address)];
    nickname || by_id || called(id, relay) == name || at.iter().any(|at| at == name)
}

fn called(id: &PeerId, relay: &RelayStatus) -> String {
    match &relay.nickname {
        Some(nickname) => format!("{}#{}", one_line(nickname.as_str()), id.tag()),
        None => one_line(&relay.address),
    }
}

fn no_such(kind: Kind, words: String) -> Failure {
    RequestError::new(kind, words).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Nickname, RelayState};

    fn relay(key: u8, nickname: Option<&str>, given: bool) -> RelayStatus {
        RelayStatus {
            peer_id: Some(PeerId::from_public_key([key; 32])),
            nickname: nickname.map(|text| Nickname::new(text).unwrap()),
            address: format!("/ip4/10.0.0.{key}/tcp/48237"),
            state: RelayState::Connecting,
            error: None,
            given,
        }
    }

    #[test]
    fn a_relay_is_named_by_what_is_shown_of_it() {
        let relays = [relay(1, Some("library"), true), relay(2, None, true), relay(3, Some("found"), false)];
        let [library, other] = [1, 2].map(|key| PeerId::from_public_key([key; 32]));
        let found = |name: &str| find(name, &relays).map(|(id, _)| id).map_err(|failure| failure.code());
        let (id, tagged) = (library.to_string(), format!("library#{}", library.tag()));
        for name in ["Library", &tagged, &id, "10.0.0.1:48237", "/ip4/10.0.0.1/tcp/48237"] {
            assert_eq!(found(name), Ok(library), "{name}");
        }
        assert_eq!(found(&format!("/ip4/10.0.0.1/tcp/48237/p2p/{id}")), Ok(library));
        assert_eq!(found("10.0.0.2:48237"), Ok(other), "it hasn't been reached");
        for name in ["found", "nobody", "", &id[..8]] {
            assert_eq!(found(name), Err(3), "{name}");
        }
        let twins = [relay(1, Some("library"), true), relay(2, Some("library"), true)];
        assert_eq!(find("library", &twins).map_err(|failure| failure.code()), Err(3));
    }
}
