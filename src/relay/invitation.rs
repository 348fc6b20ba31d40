//! The relay's own invite, in a file of its folder that only its owner can read: it holds a token where one is asked for.

use std::path::Path;

use super::About;
use super::config::Access;
use crate::model::{Invite, InvitedRelay};
use crate::net::address;
use crate::store::folder;

/// The file in the relay's folder.
pub const INVITE_FILE: &str = "invite";

/// The addresses that are of use on other computers; where none is, those that are on this one.
pub fn reachable(addresses: &[String]) -> Vec<&String> {
    let ip = |text: &&String| address::socket_of(text).map(|at| at.ip());
    let dialable = addresses.iter().filter(|text| ip(text).is_some_and(address::is_dialable));
    let (near, far): (Vec<_>, Vec<_>) = dialable.partition(|text| ip(text).is_some_and(|ip| ip.is_loopback()));
    if far.is_empty() { near } else { far }
}

/// What members need to use the relay. `None`: it can't be reached.
fn invite(about: &About) -> Option<Invite> {
    // What is advertised comes last, and is what holds across the network.
    let addresses: Vec<_> =
        reachable(&about.addresses).into_iter().rev().filter_map(|text| address::socket_of(text)).collect();
    let token = match &about.access {
        Access::Token(tokens) => tokens.first().map(|token| token.secret().to_owned()),
        Access::Local | Access::Open | Access::List(_) => None,
    };
    (!addresses.is_empty()).then(|| Invite::of_relay(InvitedRelay { peer: about.peer_id, addresses, token }))
}

/// Keeps the invite in the relay's folder, as it is now.
pub(super) fn keep(dir: &Path, about: &About) {
    let Some(invite) = invite(about) else { return };
    let written = folder::write_private(&dir.join(INVITE_FILE), format!("{invite}\n").as_bytes());
    if let Err(error) = written {
        tracing::warn!(%error, "the relay's invite could not be written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Nickname, PeerId};
    use crate::relay::Limits;

    fn about(addresses: &[&str], access: Access) -> About {
        let peer_id = PeerId::from_public_key([1; 32]);
        let addresses = addresses.iter().map(|address| format!("/ip4/{address}/tcp/48237/p2p/{peer_id}")).collect();
        About { peer_id, nickname: Nickname::new("library").unwrap(), addresses, access, limits: Limits::default() }
    }

    fn hosts(addresses: &[&str]) -> Vec<String> {
        let invite = invite(&about(addresses, Access::Open)).unwrap();
        invite.relays[0].addresses.iter().map(|at| at.ip().to_string()).collect()
    }

    #[test]
    fn it_says_where_others_reach_the_relay() {
        assert_eq!(hosts(&["127.0.0.1", "10.0.0.1", "203.0.113.1"]), ["203.0.113.1", "10.0.0.1"]);
        assert_eq!(hosts(&["127.0.0.1"]), ["127.0.0.1"]);
        assert_eq!(invite(&about(&[], Access::Open)), None);
    }

    #[test]
    fn addresses_that_only_this_computer_has_a_use_for_are_left_out() {
        let all = ["/ip4/127.0.0.1/tcp/1", "/ip4/10.0.0.1/tcp/1", "/ip6/::1/tcp/1", "/ip6/fe80::1/tcp/1"];
        let all = all.map(|address| format!("{address}/p2p/{}", PeerId::from_public_key([1; 32])));
        assert_eq!(reachable(&all), [&all[1]]);
        assert_eq!(reachable(&all[..1]), [&all[0]]);
    }

    #[test]
    fn it_is_kept_with_a_token_where_one_is_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let tokens = ["0123456789abcdef", "another-sixteen-"].map(|token| token.parse().unwrap()).to_vec();
        keep(dir.path(), &about(&["10.0.0.1"], Access::Token(tokens)));
        let file = dir.path().join(INVITE_FILE);
        let kept: Invite = std::fs::read_to_string(&file).unwrap().parse().unwrap();
        assert_eq!(kept.relays[0].token, "0123456789abcdef".parse().ok());
        keep(dir.path(), &about(&["10.0.0.1"], Access::Local));
        let kept: Invite = std::fs::read_to_string(&file).unwrap().parse().unwrap();
        assert_eq!(kept.relays[0].token, None, "as it is now");
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(file).unwrap().permissions()) & 0o777,
            0o600
        );
    }
}
