//! Relays that the person has named (in the settings, on the command line, by adding them), and what becomes of all that
//! are in use. Which of them are used when is the network's business.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::core::{Core, answer, now};
use super::handle::Reply;
use super::{Error, Event, Warning};
use crate::model::{
    Invite, InviteError, Invited, InvitedRelay, MAX_RELAY_ADDRESSES, Nickname, Path, Peer, PeerId, Plain, Presence,
    Reason, RelayState, RelayStatus, Token,
};
use crate::net::address::{self, Target};
use crate::net::{AddressError, GivenRelay, RelaySource};
use crate::protocol::wire::hello::Introduction;
use crate::store::{KeptRelay, Store};

/// Wait before the names of computers that nobody knew are looked up again.
const LOOK_UP_AGAIN: Duration = Duration::from_secs(15);

/// How long a relay has to say whether it takes us, before whoever has added it is told that it's there.
const VERDICT: Duration = Duration::from_secs(3);

/// Where a relay is, and its token.
type Place = (Target, Option<Token>);

/// The relays that the person has named, and what was told of those in use.
#[derive(Debug, Default)]
pub(super) struct Relays {
    /// Added in this run or in former ones.
    kept: Vec<KeptRelay>,
    /// What the texts mean by which the settings and the command line name relays, as far as they have been read.
    read: HashMap<String, Vec<Place>>,
    /// Texts with names of computers that nobody knows, and the person was told.
    unknown: HashSet<String>,
    /// Counts how often the named ones have changed, so that what is read for an older list is dropped.
    lists: u64,
    /// What was told last.
    told: Vec<RelayStatus>,
    /// Addresses of relays that refuse us, and the person was told.
    refusing: HashSet<String>,
}

impl Relays {
    pub(super) async fn load(store: &Store) -> Result<Self, Error> {
        Ok(Self { kept: store.relays().await?, ..Self::default() })
    }

    /// Whether a relay was added, now or in a former run.
    pub(super) fn is_kept(&self, peer: &PeerId) -> bool {
        self.kept.iter().any(|kept| kept.relay.peer == *peer)
    }

    /// Takes in a relay that was added. `None`: nothing of it is new.
    fn keep(&mut self, new: KeptRelay) -> Option<KeptRelay> {
        let Some(kept) = self.kept.iter_mut().find(|kept| kept.relay.peer == new.relay.peer) else {
            self.kept.push(new.clone());
            return Some(new);
        };
        let before = kept.clone();
        kept.invited &= new.invited;
        kept.relay.token = new.relay.token.or(kept.relay.token.take());
        let known = std::mem::replace(&mut kept.relay.addresses, new.relay.addresses);
        for address in known {
            if !kept.relay.addresses.contains(&address) {
                kept.relay.addresses.push(address);
            }
        }
        kept.relay.addresses.truncate(MAX_RELAY_ADDRESSES);
        (*kept != before).then(|| kept.clone())
    }
}

/// Whether each of these names relays, as far as that can be told without looking up names.
pub(super) fn check(texts: &[String]) -> Result<(), Error> {
    texts.iter().try_for_each(|text| {
        let wrong = |cause: String| Error::Address { text: text.clone(), cause };
        if !Invite::is_meant_by(text) {
            return address::check(text).map_err(|cause| wrong(cause.to_string()));
        }
        let invite: Invite = text.parse()?;
        if invite.relays.is_empty() { Err(wrong(Plain::NamesNoRelay.to_string())) } else { Ok(()) }
    })
}

/// A text that leads to no relay, and why.
enum Fault {
    /// It never will.
    Wrong(Warning),
    /// It may later: it names a computer that isn't known now.
    Unknown,
}

/// Where the relays are that a text names.
async fn read(text: &str) -> Result<Vec<Place>, Fault> {
    if Invite::is_meant_by(text) {
        let wrong = |cause: Reason| Fault::Wrong(Warning::RelayInvite(cause));
        let invite: Invite = text.parse().map_err(|error: InviteError| wrong(error.to_string().into()))?;
        let places: Vec<Place> = invite.relays.iter().flat_map(places).collect();
        return if places.is_empty() { Err(wrong(Plain::NamesNoRelay.into())) } else { Ok(places) };
    }
    let wrong = |cause: Reason| Fault::Wrong(Warning::RelayAddress { text: text.to_owned(), cause });
    match Target::resolve(text).await {
        Ok(target) if target.socket().is_some() => Ok(vec![(target, None)]),
        Ok(_) => Err(wrong(Plain::LeadsThroughRelay.into())),
        Err(AddressError::UnknownHost(_)) => Err(Fault::Unknown),
        Err(cause) => Err(wrong(cause.to_string().into())),
    }
}

fn places(relay: &InvitedRelay) -> impl Iterator<Item = Place> {
    let InvitedRelay { peer, addresses, token } = relay;
    addresses.iter().map(move |at| (Target::of_peer(*peer, *at), token.clone()))
}

impl Core {
    /// Has the network use the relays that are named now, each as soon as it's known where it is.
    pub(super) fn use_relays(&mut self) {
        if self.options.offline {
            return;
        }
        self.relays.lists += 1;
        let list = self.relays.lists;
        let named: HashSet<String> = self.settings.relays.iter().chain(&self.options.relays).cloned().collect();
        self.relays.read.retain(|text, _| named.contains(text));
        self.relays.unknown.retain(|text| named.contains(text));
        self.give_relays();
        for text in named {
            if !self.relays.read.contains_key(&text) {
                self.read_relay(list, text);
            }
        }
    }

    fn read_relay(&mut self, list: u64, text: String) {
        let work = async move { (read(&text).await, text) };
        self.beside(work, move |core, (places, text)| {
            if core.relays.lists != list {
                return;
            }
            match places {
                Ok(places) => {
                    core.relays.unknown.remove(&text);
                    core.relays.read.insert(text, places);
                    core.give_relays();
                }
                Err(Fault::Wrong(warning)) => {
                    core.relays.read.insert(text, Vec::new());
                    core.warn(warning);
                }
                Err(Fault::Unknown) => core.read_relay_later(list, text),
            }
        });
    }

    /// A name that nobody knows may be known later: a network comes up after the program.
    fn read_relay_later(&mut self, list: u64, text: String) {
        if self.relays.unknown.insert(text.clone()) {
            self.warn(Warning::RelayUnknown(text.clone()));
        }
        self.later(LOOK_UP_AGAIN, move |core| {
            if core.relays.lists == list {
                core.read_relay(list, text);
            }
        });
    }

    fn give_relays(&mut self) {
        let relays =
            self.named_relays().map(|((target, token), source)| GivenRelay { target, source, token }).collect();
        self.node.give_relays(in_turn(relays));
    }

    /// All relays that are named, as far as it's known where they are.
    fn named_relays(&self) -> impl Iterator<Item = (Place, RelaySource)> {
        let set = self.settings.relays.iter().map(|text| (text, RelaySource::Settings));
        let here = self.options.relays.iter().map(|text| (text, RelaySource::Option));
        let named = set.chain(here).filter_map(|(text, source)| Some((self.relays.read.get(text)?, source)));
        let named = named.flat_map(|(places, source)| places.iter().map(move |place| (place.clone(), source)));
        named.chain(self.relays.kept.iter().flat_map(|kept| {
            let source = if kept.invited { RelaySource::Invite } else { RelaySource::Added };
            places(&kept.relay).map(move |place| (place, source))
        }))
    }

    /// What a relay that is named asks of those who use it.
    fn token_of(&self, relay: &PeerId) -> Option<Token> {
        self.named_relays().find_map(|((target, token), _)| token.filter(|_| target.peer == Some(*relay)))
    }

    /// Uses a relay from now on, in later runs too.
    pub(super) fn keep_relay(&mut self, relay: InvitedRelay, invited: bool) {
        let Some(kept) = self.relays.keep(KeptRelay { relay, invited }) else { return };
        let store = self.store.clone();
        self.beside(async move { store.put_relay(kept).await }, |core, kept| {
            if let Err(error) = kept {
                core.warn(error);
            }
        });
        self.use_relays();
        self.relays_changed();
    }

    /// Uses a relay that was added no longer, in this run and later ones, unless it's named elsewhere too.
    pub(super) fn forget_relay(&mut self, relay: PeerId, reply: Reply<()>) {
        if !self.relays.is_kept(&relay) {
            return answer(reply, Ok(()));
        }
        let store = self.store.clone();
        self.beside(async move { store.forget_relay(relay).await }, move |core, forgotten| {
            if forgotten.is_ok() {
                core.relays.kept.retain(|kept| kept.relay.peer != relay);
                // Else it would be kept once more when it says hello.
                core.seeking.forget(&relay);
                core.node.disregard_relay(&relay);
                core.use_relays();
                core.relays_changed();
            }
            answer(reply, forgotten.map_err(Error::from));
        });
    }

    /// The relays that are known, and how it stands with each; the preferred first.
    pub(super) fn known_relays(&self) -> Vec<RelayStatus> {
        let mut relays = self.node.relays();
        for relay in &mut relays {
            relay.given = relay.peer_id.is_some_and(|id| self.relays.is_kept(&id));
        }
        relays
    }

    /// How it stands with a relay may have changed.
    pub(super) fn relays_changed(&mut self) {
        let relays = self.known_relays();
        let before = std::mem::replace(&mut self.relays.told, relays.clone());
        if relays == before {
            return;
        }
        for relay in relays.iter().filter(|relay| !before.contains(relay)) {
            self.teller.tell(Event::Relay(relay.clone()));
            self.warn_of_refusal(relay);
            self.settle_wait_for(relay);
        }
        self.relays.refusing.retain(|address| relays.iter().any(|relay| relay.address == *address));
        self.tell_myself();
    }

    /// A refusal is told once, until the relay has taken us.
    fn warn_of_refusal(&mut self, relay: &RelayStatus) {
        match relay.state {
            RelayState::Ready => _ = self.relays.refusing.remove(&relay.address),
            RelayState::Refused if self.relays.refusing.insert(relay.address.clone()) => {
                self.warn(refusal(relay));
            }
            RelayState::Refused | RelayState::Connecting | RelayState::Spare => {}
        }
    }

    /// Tells whoever has added a relay what came of it.
    fn settle_wait_for(&mut self, relay: &RelayStatus) {
        let Some(id) = relay.peer_id.filter(|id| self.is_awaited(id)) else { return };
        match (relay.state, &relay.nickname) {
            (RelayState::Refused, _) => self.not_found(id, &refusal(relay)),
            (RelayState::Ready | RelayState::Spare, Some(nickname)) => self.found_relay(id, nickname.clone()),
            (RelayState::Ready | RelayState::Spare, None) | (RelayState::Connecting, _) => {}
        }
    }

    /// The same for one that is known already.
    pub(super) fn settle_wait_for_one_known(&mut self, id: PeerId) {
        if let Some(relay) = self.node.relays().into_iter().find(|relay| relay.peer_id == Some(id)) {
            self.settle_wait_for(&relay);
        }
    }

    /// A relay is nobody to chat with: whoever has added it is told, once it's clear whether it takes us.
    pub(super) fn introduced_relay(&mut self, id: PeerId, introduction: Introduction) {
        self.is_no_person(id);
        if introduction.presence == Presence::Offline {
            // It's dialled until it's back.
            return self.node.disconnect(&id, false);
        }
        if let Some(at) = self.seeking.found_at(&id) {
            self.keep_relay(InvitedRelay { peer: id, addresses: vec![at], token: None }, false);
        }
        if self.is_awaited(&id) {
            self.later(VERDICT, move |core| core.found_relay(id, introduction.nickname));
        }
    }

    fn found_relay(&mut self, id: PeerId, nickname: Nickname) {
        self.found(&Peer {
            id,
            nickname,
            tag: id.tag(),
            presence: Presence::Online,
            path: Path::Direct,
            addresses: self.node.addresses_of(&id),
            last_seen: Some(now()),
            relay: true,
        });
    }

    /// How others can reach this node: directly, and through the relays that have taken it.
    pub(super) fn invite(&self) -> Invite {
        let addresses = self.node.addresses().iter().filter_map(|text| address::socket_of(text)).collect();
        let person = Some(Invited { peer: self.me, nickname: self.nickname(), addresses });
        let relays = self.node.relays();
        let ready = relays.iter().filter(|relay| relay.state == RelayState::Ready);
        let relays = ready.filter_map(|relay| {
            let peer = relay.peer_id?;
            let addresses = vec![address::socket_of(&relay.address)?];
            Some(InvitedRelay { peer, addresses, token: self.token_of(&peer) })
        });
        Invite { person, relays: relays.collect() }
    }
}

/// One address of each relay before the second of any: the network takes no more than some.
fn in_turn(relays: Vec<GivenRelay>) -> Vec<GivenRelay> {
    let mut seen: HashMap<PeerId, usize> = HashMap::new();
    let mut ranked = Vec::new();
    for relay in relays {
        let before = relay.target.peer.map_or(0, |peer| {
            let count = seen.entry(peer).or_default();
            *count += 1;
            *count - 1
        });
        ranked.push((before, relay));
    }
    ranked.sort_by_key(|(before, _)| *before);
    ranked.into_iter().map(|(_, relay)| relay).collect()
}

/// What a relay said to our asking for a place.
fn refusal(relay: &RelayStatus) -> Error {
    let name = match (&relay.nickname, relay.peer_id) {
        (Some(nickname), Some(id)) => format!("{nickname}#{}", id.tag()),
        _ => relay.address.clone(),
    };
    Error::RelayRefuses { name, cause: relay.error.clone().unwrap_or(Reason::Plain(Plain::NoReason)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(key: u8, hosts: &[u8], token: Option<&str>, invited: bool) -> KeptRelay {
        let addresses = hosts.iter().map(|host| ([10, 0, 0, *host], 48_237).into()).collect();
        let peer = PeerId::from_public_key([key; 32]);
        KeptRelay { relay: InvitedRelay { peer, addresses, token: token.map(|text| text.parse().unwrap()) }, invited }
    }

    /// An invite of somebody who uses none.
    fn nobodys_relay() -> String {
        let (peer, nickname) = (PeerId::from_public_key([1; 32]), Nickname::new("luis").unwrap());
        let person = Some(Invited { peer, nickname, addresses: Vec::new() });
        Invite { person, relays: Vec::new() }.to_string()
    }

    #[test]
    fn what_is_new_of_a_relay_is_added_to_what_is_known() {
        let mut relays = Relays::default();
        assert_eq!(relays.keep(kept(1, &[1, 2], None, true)), Some(kept(1, &[1, 2], None, true)));
        assert_eq!(relays.keep(kept(1, &[1, 2], None, true)), None, "nothing new");
        assert_eq!(relays.keep(kept(1, &[3, 1], Some("old"), false)), Some(kept(1, &[3, 1, 2], Some("old"), false)));
        assert_eq!(relays.keep(kept(1, &[3], Some("new"), true)), Some(kept(1, &[3, 1, 2], Some("new"), false)));
        assert_eq!(relays.keep(kept(1, &[9, 8, 7], None, true)).unwrap().relay.addresses.len(), MAX_RELAY_ADDRESSES);
        assert_eq!(relays.keep(kept(2, &[1], None, true)), Some(kept(2, &[1], None, true)));
        assert_eq!(relays.kept.len(), 2);
    }

    #[tokio::test]
    async fn a_relay_is_named_by_its_address_or_by_an_invite() {
        let named = |text: String| async move {
            match read(&text).await {
                Ok(places) => Ok(places.into_iter().map(|(target, token)| (target.to_string(), token)).collect()),
                Err(Fault::Wrong(warning)) => Err(warning.to_string()),
                Err(Fault::Unknown) => Err(format!("unknown: {text}")),
            }
        };
        let at = |host: u8| format!("/ip4/10.0.0.{host}/tcp/48237");
        assert_eq!(named("10.0.0.1".to_owned()).await, Ok(vec![(at(1), None)]));
        let secret: Option<Token> = "0123456789abcdef".parse().ok();
        let invite = Invite::of_relay(kept(1, &[1, 2], secret.as_ref().map(Token::as_str), false).relay);
        assert_eq!(named(invite.to_string()).await, Ok(vec![(at(1), secret.clone()), (at(2), secret)]));
        assert!(named("vecino:abc".to_owned()).await.unwrap_err().contains("damaged"));
        assert!(named(nobodys_relay()).await.unwrap_err().ends_with(Plain::NamesNoRelay.words()));
        assert!(named("10.0.0.1:x".to_owned()).await.unwrap_err().contains("neither a multiaddr nor host:port"));
        assert_eq!(named("relay.invalid".to_owned()).await, Err("unknown: relay.invalid".to_owned()));
        let id = PeerId::from_public_key([1; 32]);
        let through = format!("{}/p2p/{id}/p2p-circuit/p2p/{id}", at(1));
        assert!(named(through).await.unwrap_err().ends_with("it leads through one"));
    }

    #[test]
    fn what_is_wrong_with_a_relay_s_name_can_be_told_in_any_language() {
        let addresses =
            [AddressError::Unreadable, AddressError::NotTcp, AddressError::HalfACircuit, AddressError::ForeignPeer];
        let invites = [InviteError::Damaged, InviteError::Newer];
        let words = addresses.iter().map(ToString::to_string).chain(invites.iter().map(ToString::to_string));
        for words in words {
            assert!(matches!(Reason::from(words.as_str()), Reason::Plain(_)), "{words}");
        }
    }

    #[test]
    fn every_relay_is_given_with_one_address_before_any_with_two() {
        let (one, two) = (kept(1, &[1, 2, 3], None, false).relay, kept(2, &[4, 5], None, false).relay);
        let of_both = places(&one).chain(places(&two));
        let given = |(target, token)| GivenRelay { target, source: RelaySource::Added, token };
        let both = of_both.map(given).collect();
        let order: Vec<String> = in_turn(both).iter().map(|relay| relay.target.to_string()).collect();
        assert_eq!(order, [1, 4, 2, 5, 3].map(|host| format!("/ip4/10.0.0.{host}/tcp/48237")));
    }

    #[test]
    fn what_can_never_be_a_relay_is_an_error_of_the_command_line() {
        let check = |text: &str| check(&[text.to_owned()]).map_err(|error| error.to_string());
        assert_eq!(check("relay.not.there:48237"), Ok(()));
        assert!(check("10.0.0.1:x").unwrap_err().starts_with("“10.0.0.1:x” is not an address"));
        assert!(check("vecino:abc").unwrap_err().contains("damaged"));
        assert!(check(&nobodys_relay()).unwrap_err().contains(Plain::NamesNoRelay.words()));
    }
}
