//! Signing members' cards, and telling whether somebody signed one. What stands in them is [`roster`]'s.
//!
//! [`roster`]: crate::protocol::wire::roster

use std::net::SocketAddr;

use libp2p::identity::{Keypair, ed25519};
use thiserror::Error;

use crate::model::PeerId;
use crate::protocol::wire::WireError;
use crate::protocol::wire::roster::{Card, Listing, Signature, SignedCard};

/// Why a card can't be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignError {
    /// What is to stand in it can't.
    #[error(transparent)]
    Card(#[from] WireError),
    /// The key can't sign.
    #[error("the identity key is not usable")]
    Key,
}

/// Signs a card.
pub fn sign(keypair: &Keypair, card: &Card) -> Result<SignedCard, SignError> {
    SignedCard::new(card, |bytes| {
        let signature = keypair.sign(bytes).map_err(|_| SignError::Key)?;
        signature.try_into().map_err(|_| SignError::Key)
    })
}

/// Whether `peer` signed these bytes.
pub fn is_signed(peer: &PeerId, bytes: &[u8], signature: &Signature) -> bool {
    ed25519::PublicKey::try_from_bytes(peer.public_key()).is_ok_and(|key| key.verify(bytes, signature))
}

/// Where a member may be reached directly: at the port that it names, where its relay sees it.
pub fn socket(listing: &Listing) -> Option<SocketAddr> {
    Some(SocketAddr::new(listing.seen?, listing.card.port?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Nickname, Presence};
    use crate::net::behaviour::keypair;
    use crate::net::peer_id;
    use crate::protocol::wire::roster::{CardError, WireListing};

    const ANA: [u8; 32] = [7; 32];
    const LUIS: [u8; 32] = [8; 32];

    fn card(relay: &[u8; 32]) -> Card {
        Card {
            nickname: Nickname::new("ana").unwrap(),
            presence: Presence::Busy,
            port: Some(48_237),
            seq: 1_763_800_000_042,
            relay: peer_id(relay).unwrap(),
        }
    }

    #[test]
    fn a_card_is_its_makers_alone() {
        let signed = sign(&keypair(&ANA).unwrap(), &card(&LUIS)).unwrap();
        assert_eq!(signed.open(&peer_id(&ANA).unwrap(), is_signed), Ok(card(&LUIS)));
        assert_eq!(signed.open(&peer_id(&LUIS).unwrap(), is_signed), Err(CardError::Forged));
        let nobody = PeerId::from_public_key([0xff; 32]);
        assert_eq!(signed.open(&nobody, is_signed), Err(CardError::Forged), "which is no key at all");
    }

    #[test]
    fn a_card_that_was_changed_is_forged() {
        let ana = peer_id(&ANA).unwrap();
        let signed = sign(&keypair(&ANA).unwrap(), &card(&LUIS)).unwrap();
        let good = WireListing::new(&ana, &signed, None);
        assert!(good.clone().open(is_signed).is_ok());
        for at in 0..good.c.len() {
            let mut bad = good.clone();
            bad.c[at] ^= 1;
            assert_eq!(bad.open(is_signed), Err(CardError::Forged), "{at}");
        }
        for at in 0..good.g.len() {
            let mut bad = good.clone();
            bad.g[at] ^= 1;
            assert_eq!(bad.open(is_signed), Err(CardError::Forged), "{at}");
        }
    }

    #[test]
    fn a_signature_of_the_bare_card_is_none() {
        let ana = keypair(&ANA).unwrap();
        let card = card(&LUIS);
        let mut bare = Vec::new();
        let signed = SignedCard::new(&card, |bytes| {
            bare = bytes.strip_prefix(b"vecino card 1\0").unwrap().to_vec();
            Ok::<_, WireError>(ana.sign(&bare).unwrap().try_into().unwrap())
        });
        assert_eq!(signed.unwrap().open(&peer_id(&ANA).unwrap(), is_signed), Err(CardError::Forged));
    }

    #[test]
    fn addresses_come_as_they_went() {
        let signed = sign(&keypair(&ANA).unwrap(), &card(&LUIS)).unwrap();
        for (seen, at) in [
            ("192.168.1.20", "192.168.1.20:48237"),
            ("fd00::1", "[fd00::1]:48237"),
            ("::ffff:10.0.0.1", "10.0.0.1:48237"),
        ] {
            let seen = Some(seen.parse().unwrap());
            let listing = WireListing::new(&peer_id(&ANA).unwrap(), &signed, seen).open(is_signed).unwrap();
            assert_eq!(socket(&listing), Some(at.parse().unwrap()));
            let closed = Card { port: None, ..listing.card.clone() };
            assert_eq!(socket(&Listing { card: closed, ..listing }), None, "it listens nowhere");
        }
    }
}
