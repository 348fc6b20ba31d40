//! Another vecino, as it is known here.

use serde::{Deserialize, Serialize};

use super::{Nickname, PeerId, Timestamp};

/// Whether somebody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// There, and at the keyboard.
    Online,
    /// There, but not at the keyboard.
    Away,
    /// There, and not to be disturbed.
    Busy,
    /// Not there.
    Offline,
}

/// How a peer is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Path {
    /// A connection of its own.
    Direct,
    /// Through a relay, which can't read what it carries.
    Relayed,
    /// Not reached.
    None,
}

/// A peer that is here or was met before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Its identity.
    #[serde(rename = "peer_id")]
    pub id: PeerId,
    /// What it calls itself.
    pub nickname: Nickname,
    /// Tells it from others of the same nickname.
    pub tag: String,
    /// Whether it's there.
    pub presence: Presence,
    /// How it's reached.
    pub path: Path,
    /// Multiaddrs at which it is or was reached.
    pub addresses: Vec<String>,
    /// When it was last connected; `None` where it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
    /// Whether it's a relay, which is nobody to chat with. Only what was added by its address can be one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub relay: bool,
}

impl Peer {
    /// Whether it's connected.
    pub const fn is_here(&self) -> bool {
        !matches!(self.path, Path::None)
    }
}

/// A multiaddr as people write it: `/ip4/192.168.1.20/tcp/48237/p2p/…` as `192.168.1.20:48237`; what isn't of that kind as it is.
pub fn short_address(address: &str) -> String {
    let mut parts = address.split('/').skip(1);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("ip4" | "dns" | "dns4" | "dns6"), Some(host), Some("tcp"), Some(port)) => format!("{host}:{port}"),
        (Some("ip6"), Some(host), Some("tcp"), Some(port)) => format!("[{host}]:{port}"),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_short_where_it_is_of_that_kind() {
        for (address, short) in [
            ("/ip4/10.0.0.1/tcp/1", "10.0.0.1:1"),
            ("/ip4/10.0.0.1/tcp/1/p2p/12D3KooW", "10.0.0.1:1"),
            ("/ip6/fd00::1/tcp/1", "[fd00::1]:1"),
            ("/dns4/library/tcp/1", "library:1"),
            ("/ip4/10.0.0.1/udp/1", "/ip4/10.0.0.1/udp/1"),
            ("", ""),
        ] {
            assert_eq!(short_address(address), short);
        }
    }
}
