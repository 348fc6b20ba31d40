//! What to call people where they are printed: the nickname, with the tag where it could be taken for another's.

use std::collections::HashMap;

use super::{Failure, Session};
use crate::control::Request;
use crate::model::{Me, Nickname, Peer, PeerId};

/// The people known here, oneself among them.
#[derive(Debug)]
pub struct Names {
    people: HashMap<PeerId, Person>,
    /// How many people have a nickname that looks like this.
    alike: HashMap<String, usize>,
}

#[derive(Debug)]
struct Person {
    nickname: Nickname,
    tag: String,
    looks: String,
}

impl Names {
    /// Those of `me` and `peers`.
    pub fn new<'a>(me: &Me, peers: impl IntoIterator<Item = &'a Peer>) -> Self {
        let mut names = Self { people: HashMap::new(), alike: HashMap::new() };
        names.insert(me.peer_id, &me.nickname, &me.tag);
        for peer in peers {
            names.learn(peer);
        }
        names
    }

    /// Those that the node of `session` knows.
    pub async fn ask(session: &Session) -> Result<Self, Failure> {
        let me: Me = session.ask(Request::Me).await?;
        let peers: Vec<Peer> = session.ask(Request::Peers).await?;
        Ok(Self::new(&me, &peers))
    }

    /// Takes in a peer that is new, or has another nickname.
    pub fn learn(&mut self, peer: &Peer) {
        self.insert(peer.id, &peer.nickname, &peer.tag);
    }

    /// What to call `id`; somebody unknown by the start of nothing but their tag.
    pub fn of(&self, id: &PeerId) -> String {
        match self.people.get(id) {
            None => format!("somebody#{}", id.tag()),
            Some(person) if self.alike.get(&person.looks).is_some_and(|count| *count > 1) => {
                format!("{}#{}", person.nickname, person.tag)
            }
            Some(person) => person.nickname.to_string(),
        }
    }

    fn insert(&mut self, id: PeerId, nickname: &Nickname, tag: &str) {
        let looks = nickname.skeleton();
        *self.alike.entry(looks.clone()).or_default() += 1;
        let person = Person { nickname: nickname.clone(), tag: tag.to_owned(), looks };
        if let Some(before) = self.people.insert(id, person)
            && let Some(count) = self.alike.get_mut(&before.looks)
        {
            *count -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake;
    use crate::model::{Network, Path, Presence};

    fn me(nickname: &str) -> Me {
        let peer = fake::peer(9, nickname, Path::Direct);
        Me {
            peer_id: peer.id,
            nickname: peer.nickname,
            tag: peer.tag,
            presence: Presence::Online,
            addresses: Vec::new(),
            relays: Vec::new(),
            network: Network::default(),
        }
    }

    #[test]
    fn the_tag_is_shown_where_somebody_could_be_taken_for_another() {
        let (luis, other) = (fake::peer(1, "luis", Path::Direct), fake::peer(2, "Iuis", Path::Direct));
        let (ana, eva) = (fake::peer(3, "ana", Path::Direct), fake::peer(4, "eva", Path::None));
        let mut names = Names::new(&me("Ana"), [&luis, &ana, &eva]);
        assert_eq!(names.of(&luis.id), "luis");
        assert_eq!(names.of(&eva.id), "eva");
        assert_eq!(names.of(&ana.id), format!("ana#{}", ana.tag), "oneself counts");
        assert_eq!(names.of(&other.id), format!("somebody#{}", other.tag));
        let other = Peer { nickname: Nickname::new("LUIS").unwrap(), ..other };
        names.learn(&other);
        assert_eq!(names.of(&luis.id), format!("luis#{}", luis.tag));
        names.learn(&Peer { nickname: Nickname::new("melani").unwrap(), ..other });
        assert_eq!(names.of(&luis.id), "luis");
    }
}
