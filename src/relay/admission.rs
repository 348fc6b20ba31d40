//! Who may use the relay. Asked each time: at an announcement, for a reservation and for a circuit. Ids are proven by then.

use std::collections::HashMap;
use std::net::IpAddr;

use super::config::Access;
use super::refusal::Refusal;
use crate::model::{PeerId, Token};

/// Who may use the relay, and the tokens that those who are connected have shown.
#[derive(Debug)]
pub struct Admission {
    access: Access,
    /// Of those alone who were let in with one, and only while they are connected.
    shown: HashMap<PeerId, Token>,
}

impl Admission {
    /// Lets in whom `access` lets in.
    pub fn new(access: Access) -> Self {
        Self { access, shown: HashMap::new() }
    }

    /// Lets in others from now on. A token that somebody has shown counts if it's one of the new ones.
    pub fn set_access(&mut self, access: Access) {
        self.access = access;
    }

    /// Whether a peer that is seen at an address may use the relay, with the token that it has shown, if it has.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check(&self, peer: &PeerId, seen: IpAddr) -> Result<(), Refusal> {
        self.access.check(peer, seen, bytes(self.shown.get(peer)))
    }

    /// The same for a peer that shows a token, or none. One that opens the relay counts as long as the peer is
    /// connected.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn show(&mut self, peer: &PeerId, seen: IpAddr, token: Option<Token>) -> Result<(), Refusal> {
        self.access.check(peer, seen, bytes(token.as_ref()))?;
        if let Some(token) = token {
            self.shown.insert(*peer, token);
        }
        Ok(())
    }

    /// A peer is no longer connected.
    pub fn forget(&mut self, peer: &PeerId) {
        self.shown.remove(peer);
    }

    /// Why somebody isn't let in, in words for them.
    pub fn words(&self, refusal: Refusal) -> String {
        match (refusal, &self.access) {
            (Refusal::NotAllowed, Access::Local) => "this relay is for people at private addresses".to_owned(),
            (Refusal::NotAllowed, Access::List(_)) => "this relay has a list of who may use it".to_owned(),
            _ => refusal.to_string(),
        }
    }
}

fn bytes(token: Option<&Token>) -> &[u8] {
    token.map(Token::as_str).unwrap_or_default().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Reason;

    const ANA: PeerId = PeerId::from_public_key([1; 32]);
    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const TOKEN: &str = "1234567890123456";

    fn tokens(tokens: &[&str]) -> Access {
        Access::Token(tokens.iter().map(|token| token.parse().unwrap()).collect())
    }

    #[test]
    fn a_token_that_was_shown_counts_until_its_owner_leaves() {
        let mut admission = Admission::new(tokens(&[TOKEN]));
        assert_eq!(admission.check(&ANA, HERE), Err(Refusal::WrongToken));
        assert_eq!(admission.show(&ANA, HERE, "guessed".parse().ok()), Err(Refusal::WrongToken));
        assert_eq!(admission.check(&ANA, HERE), Err(Refusal::WrongToken));
        assert_eq!(admission.show(&ANA, HERE, TOKEN.parse().ok()), Ok(()));
        assert_eq!(admission.check(&ANA, HERE), Ok(()));
        admission.forget(&ANA);
        assert_eq!(admission.check(&ANA, HERE), Err(Refusal::WrongToken));
    }

    #[test]
    fn who_is_let_in_can_be_changed() {
        let mut admission = Admission::new(Access::Local);
        assert_eq!(admission.show(&ANA, HERE, TOKEN.parse().ok()), Ok(()), "a token does no harm");
        admission.set_access(tokens(&["abcdefghijklmnop"]));
        assert_eq!(admission.check(&ANA, HERE), Err(Refusal::WrongToken));
        admission.set_access(tokens(&["abcdefghijklmnop", TOKEN]));
        assert_eq!(admission.check(&ANA, HERE), Ok(()));
        admission.set_access(Access::List([PeerId::from_public_key([2; 32])].into()));
        assert_eq!(admission.check(&ANA, HERE), Err(Refusal::NotAllowed));
        assert!(admission.words(Refusal::NotAllowed).contains("list"));
    }

    #[test]
    fn the_refused_can_be_told_in_their_own_language() {
        for access in [Access::Open, Access::Local, Access::List(Default::default())] {
            let admission = Admission::new(access);
            for words in Refusal::ALL.map(|refusal| admission.words(refusal)) {
                assert!(!matches!(Reason::from(words.as_str()), Reason::Other(_)), "{words}");
            }
        }
    }
}
