//! Who may use a relay.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::Token;
use crate::model::PeerId;
use crate::net::address;
use crate::relay::Refusal;

/// Who may use a relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Whoever comes from an address of a local network.
    Local,
    /// Everybody.
    Open,
    /// These peers. Never empty.
    List(BTreeSet<PeerId>),
    /// Whoever knows one of these tokens. Never empty.
    Token(Vec<Token>),
}

impl Access {
    /// Whether `peer`, who is seen at an address and has shown `token` (empty for none), may use the relay.
    ///
    /// # Errors
    ///
    /// Why not: `Refusal::NotAllowed` or `Refusal::WrongToken`.
    pub fn check(&self, peer: &PeerId, seen: IpAddr, token: &[u8]) -> Result<(), Refusal> {
        match self {
            Self::Open => Ok(()),
            Self::Local if is_near(seen) => Ok(()),
            Self::List(allowed) if allowed.contains(peer) => Ok(()),
            Self::Token(tokens) if tokens.iter().any(|known| known.is(token)) => Ok(()),
            Self::Local | Self::List(_) => Err(Refusal::NotAllowed),
            Self::Token(_) => Err(Refusal::WrongToken),
        }
    }
}

/// An address that nobody has across the internet. A link-local one is as near as can be, though it can't be dialled.
fn is_near(seen: IpAddr) -> bool {
    let seen = seen.to_canonical();
    address::is_local(seen) || matches!(seen, IpAddr::V6(ip) if ip.is_unicast_link_local())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: PeerId = PeerId::from_public_key([1; 32]);
    const LUIS: PeerId = PeerId::from_public_key([2; 32]);

    #[test]
    fn a_local_relay_is_for_private_addresses() {
        for (seen, allowed) in [
            ("192.168.1.7", true),
            ("10.9.8.7", true),
            ("172.31.0.1", true),
            ("172.32.0.1", false),
            ("100.64.0.1", true),
            ("127.0.0.1", true),
            ("::1", true),
            ("fd00::1", true),
            ("fe80::1", true),
            ("::ffff:192.168.1.7", true),
            ("::ffff:8.8.8.8", false),
            ("8.8.8.8", false),
            ("2001:db8::1", false),
        ] {
            let expected = if allowed { Ok(()) } else { Err(Refusal::NotAllowed) };
            assert_eq!(Access::Local.check(&ANA, seen.parse().unwrap(), b""), expected, "{seen}");
            assert_eq!(Access::Open.check(&ANA, seen.parse().unwrap(), b""), Ok(()), "{seen}");
        }
    }

    #[test]
    fn a_list_and_tokens_hold_wherever_one_comes_from() {
        let seen: IpAddr = "8.8.8.8".parse().unwrap();
        let list = Access::List([ANA].into());
        assert_eq!(list.check(&ANA, seen, b""), Ok(()));
        assert_eq!(list.check(&LUIS, [127, 0, 0, 1].into(), b""), Err(Refusal::NotAllowed));
        let tokens =
            Access::Token(["1234567890123456", "abcdefghijklmnop"].map(|token| token.parse().unwrap()).to_vec());
        assert_eq!(tokens.check(&LUIS, seen, b"abcdefghijklmnop"), Ok(()));
        for wrong in [b"".as_slice(), b"abcdefghijklmno", b"abcdefghijklmnopq"] {
            assert_eq!(tokens.check(&ANA, [127, 0, 0, 1].into(), wrong), Err(Refusal::WrongToken));
        }
    }
}
