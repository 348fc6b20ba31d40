//! Who and what is known: oneself, peers, conversations, transfers. Loaded from the engine, kept up by its events.
//! Holds no widget and asks nobody for anything.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::engine::Event;
use crate::model::{
    Conversation, Draft, Me, Message, MessageId, MessageState, Peer, PeerId, Presence, Reason, Settings, Transfer,
    TransferId,
};

/// All of it at one moment, as the engine gives it.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Oneself.
    pub me: Me,
    /// Everybody who is here or was met before.
    pub peers: Vec<Peer>,
    /// All conversations.
    pub conversations: Vec<Conversation>,
    /// All transfers, the latest offer first.
    pub transfers: Vec<Transfer>,
    /// How things are set.
    pub settings: Settings,
    /// What was being written to whom.
    pub drafts: Vec<(PeerId, Draft)>,
}

/// A nickname as it's shown, with the tag where it could be taken for another's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The nickname.
    pub nickname: String,
    /// The tag, where it's needed.
    pub tag: Option<String>,
}

/// Who and what is known.
#[derive(Debug)]
pub struct People {
    me: Me,
    peers: BTreeMap<PeerId, Peer>,
    conversations: BTreeMap<PeerId, Conversation>,
    transfers: HashMap<TransferId, Transfer>,
    /// Transfers in the order in which they were offered. Their ids, which strangers choose, don't tell it.
    offered: Vec<TransferId>,
    /// Peers whose nickname could be taken for another's.
    alike: BTreeSet<PeerId>,
    /// Whether it's shown what others have read.
    receipts: bool,
    /// Who writes just now.
    typing: BTreeSet<PeerId>,
}

impl People {
    /// Takes what is known at the start.
    pub fn new(snapshot: Snapshot) -> Self {
        let Snapshot { me, peers, conversations, transfers, settings, drafts: _ } = snapshot;
        let mut people = Self {
            me,
            peers: peers.into_iter().map(|peer| (peer.id, peer)).collect(),
            conversations: conversations.into_iter().map(|conversation| (conversation.peer, conversation)).collect(),
            offered: transfers.iter().rev().map(|transfer| transfer.id).collect(),
            transfers: transfers.into_iter().map(|transfer| (transfer.id, transfer)).collect(),
            alike: BTreeSet::new(),
            receipts: settings.receipts,
            typing: BTreeSet::new(),
        };
        people.find_alike();
        people
    }

    /// Takes in what happened.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Me(me) => {
                self.me = me.clone();
                self.find_alike();
            }
            Event::Peer(peer) => self.apply_peer(peer),
            Event::Message(message) => self.apply_message(message),
            Event::MessageState { id, peer_id, state, error } => self.apply_state(*peer_id, *id, *state, error),
            Event::Unread { peer_id, unread } => self.set_unread(*peer_id, *unread),
            Event::Typing { peer_id, typing: true } => _ = self.typing.insert(*peer_id),
            Event::Typing { peer_id, typing: false } => _ = self.typing.remove(peer_id),
            Event::Transfer(transfer) => {
                if self.transfers.insert(transfer.id, transfer.clone()).is_none() {
                    self.offered.push(transfer.id);
                }
            }
            // Oneself has all of them.
            Event::Relay(_) | Event::Warning { .. } => {}
        }
    }

    fn apply_peer(&mut self, peer: &Peer) {
        let before = self.peers.insert(peer.id, peer.clone());
        if before.is_none_or(|before| before.nickname != peer.nickname) {
            self.find_alike();
        }
    }

    fn apply_message(&mut self, message: &Message) {
        let conversation = self.conversation_mut(message.peer);
        let is_later = |last: &Message| {
            if last.id == message.id { last.state <= message.state } else { last.lamport <= message.lamport }
        };
        if conversation.last.as_ref().is_none_or(is_later) {
            conversation.last = Some(message.clone());
        }
    }

    fn apply_state(&mut self, peer: PeerId, id: MessageId, state: MessageState, error: &Option<Reason>) {
        let conversation = self.conversations.get_mut(&peer);
        if let Some(last) = conversation.and_then(|conversation| conversation.last.as_mut())
            && last.id == id
        {
            last.state = state;
            last.error.clone_from(error);
        }
    }

    /// Says how much of a conversation is unread.
    pub fn set_unread(&mut self, peer: PeerId, unread: u32) {
        self.conversation_mut(peer).unread = unread;
    }

    fn conversation_mut(&mut self, peer: PeerId) -> &mut Conversation {
        self.conversations.entry(peer).or_insert_with(|| Conversation { peer, last: None, unread: 0 })
    }

    fn find_alike(&mut self) {
        let mut by_look: HashMap<String, Vec<PeerId>> = HashMap::new();
        by_look.entry(self.me.nickname.skeleton()).or_default().push(self.me.peer_id);
        for peer in self.peers.values() {
            by_look.entry(peer.nickname.skeleton()).or_default().push(peer.id);
        }
        self.alike = by_look.into_values().filter(|ids| ids.len() > 1).flatten().collect();
    }

    /// Oneself.
    pub const fn me(&self) -> &Me {
        &self.me
    }

    /// Shows another presence of oneself until the engine confirms it.
    pub fn set_own_presence(&mut self, presence: Presence) {
        self.me.presence = presence;
    }

    /// A peer.
    pub fn peer(&self, id: &PeerId) -> Option<&Peer> {
        self.peers.get(id)
    }

    /// Shows what others have read, or no longer.
    pub const fn show_receipts(&mut self, receipts: bool) {
        self.receipts = receipts;
    }

    /// How far a sent message is shown to be. Who doesn't tell what they read doesn't see it of others.
    pub const fn shown_state(&self, state: MessageState) -> MessageState {
        match state {
            MessageState::Read if !self.receipts => MessageState::Delivered,
            state => state,
        }
    }

    /// A transfer.
    pub fn transfer(&self, id: &TransferId) -> Option<&Transfer> {
        self.transfers.get(id)
    }

    /// All transfers, the latest offer first.
    pub fn transfers(&self) -> impl Iterator<Item = &Transfer> {
        self.offered.iter().rev().filter_map(|id| self.transfers.get(id))
    }

    /// Whether a peer is connected.
    pub fn is_here(&self, id: &PeerId) -> bool {
        self.peer(id).is_some_and(Peer::is_here)
    }

    /// A peer's presence; whoever isn't connected is offline.
    pub fn presence(&self, id: &PeerId) -> Presence {
        self.peer(id).filter(|peer| peer.is_here()).map_or(Presence::Offline, |peer| peer.presence)
    }

    /// Whether a peer writes just now.
    pub fn is_typing(&self, id: &PeerId) -> bool {
        self.typing.contains(id)
    }

    /// Whether a transfer is offered or under way.
    pub fn is_anything_moving(&self) -> bool {
        self.transfers.values().any(|transfer| !transfer.state.is_over())
    }

    /// How many peers are here.
    pub fn count_here(&self) -> usize {
        self.peers.values().filter(|peer| peer.is_here()).count()
    }

    /// What to call a peer.
    pub fn name(&self, id: &PeerId) -> Name {
        let tag = self.alike.contains(id).then(|| id.tag());
        match self.peer(id) {
            Some(peer) => Name { nickname: peer.nickname.as_str().to_owned(), tag },
            None => Name { nickname: id.tag(), tag: None },
        }
    }

    /// What one is called oneself.
    pub fn own_name(&self) -> Name {
        let tag = self.alike.contains(&self.me.peer_id).then(|| self.me.tag.clone());
        Name { nickname: self.me.nickname.as_str().to_owned(), tag }
    }

    /// The latest message of a conversation.
    pub fn last(&self, id: &PeerId) -> Option<&Message> {
        self.conversations.get(id)?.last.as_ref()
    }

    /// Received messages of a conversation that haven't been read.
    pub fn unread(&self, id: &PeerId) -> u32 {
        self.conversations.get(id).map_or(0, |conversation| conversation.unread)
    }

    /// Unread messages in all.
    pub fn unread_in_all(&self) -> u32 {
        self.conversations.values().fold(0, |sum, conversation| sum.saturating_add(conversation.unread))
    }

    /// Conversations that fit `query`, the one with the latest message first.
    pub fn conversations(&self, query: &str) -> Vec<&Conversation> {
        let query = query.trim().to_lowercase();
        let mut found: Vec<&Conversation> = self
            .conversations
            .values()
            .filter(|conversation| conversation.last.is_some() && self.fits(&conversation.peer, &query))
            .collect();
        found.sort_by_key(|conversation| {
            std::cmp::Reverse(conversation.last.as_ref().map(|last| (last.sent_at, last.lamport)))
        });
        found
    }

    /// People here without a conversation who fit `query`, by nickname.
    pub fn also_here(&self, query: &str) -> Vec<&Peer> {
        let query = query.trim().to_lowercase();
        let talked = |id: &PeerId| self.conversations.get(id).is_some_and(|conversation| conversation.last.is_some());
        let mut found: Vec<&Peer> = self
            .peers
            .values()
            .filter(|peer| peer.is_here() && !talked(&peer.id) && self.fits(&peer.id, &query))
            .collect();
        found.sort_by_cached_key(|peer| (peer.nickname.as_str().to_lowercase(), peer.id));
        found
    }

    /// Everybody in the order of the sidebar.
    pub fn in_order(&self, query: &str) -> Vec<PeerId> {
        let conversations = self.conversations(query).into_iter().map(|conversation| conversation.peer);
        conversations.chain(self.also_here(query).into_iter().map(|peer| peer.id)).collect()
    }

    /// `query` is in lower case already.
    fn fits(&self, id: &PeerId, query: &str) -> bool {
        if query.is_empty() {
            return true;
        }
        let name = self.peer(id).map(|peer| peer.nickname.as_str().to_lowercase()).unwrap_or_default();
        name.contains(query) || format!("{name}#{}", id.tag()).contains(query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Path;
    use crate::ui::sample::{self, LUIS, LUIS_TOO, MELANI, RECEPTION};

    fn names(people: &People, ids: Vec<PeerId>) -> Vec<String> {
        ids.iter().map(|id| people.name(id).nickname).collect()
    }

    #[test]
    fn the_sidebar_is_in_order() {
        let people = People::new(sample::snapshot());
        let order = names(&people, people.in_order(""));
        assert_eq!(order, ["luis", "melani", "printer room", "fernanda", "luis", "reception"]);
        assert_eq!(names(&people, people.in_order(" ELA ")), ["melani"]);
        assert_eq!(people.in_order(&format!("luis#{}", LUIS_TOO.tag())), [LUIS_TOO]);
        assert!(people.in_order("nobody").is_empty());
    }

    #[test]
    fn a_tag_is_shown_beside_nicknames_that_look_alike() {
        let mut people = People::new(sample::snapshot());
        assert_eq!(people.name(&LUIS).tag, Some(LUIS.tag()));
        assert_eq!(people.name(&LUIS_TOO).tag, Some(LUIS_TOO.tag()));
        assert_eq!(people.name(&MELANI).tag, None);
        people.apply(&Event::Peer(sample::peer(MELANI, "Аna")));
        assert_eq!(people.name(&MELANI).tag, Some(MELANI.tag()), "it looks like one's own name");
        people.apply(&Event::Peer(sample::peer(LUIS_TOO, "luisa")));
        assert_eq!(people.name(&LUIS).tag, None);
    }

    #[test]
    fn a_message_moves_its_conversation_to_the_top() {
        let mut people = People::new(sample::snapshot());
        let mut message = sample::received(RECEPTION, 900, "a parcel for you");
        message.sent_at = sample::at(14, 39);
        people.apply(&Event::Message(message.clone()));
        people.apply(&Event::Unread { peer_id: RECEPTION, unread: 1 });
        assert_eq!(people.in_order("").first(), Some(&RECEPTION));
        assert_eq!(people.unread_in_all(), 3);

        let state = MessageState::Read;
        people.apply(&Event::MessageState { id: message.id, peer_id: RECEPTION, state, error: None });
        let first = people.conversations("")[0];
        assert_eq!(first.last.as_ref().unwrap().state, MessageState::Read);

        message.lamport = 1;
        people.apply(&Event::Message(Message { id: sample::message_id(901), ..message }));
        assert_eq!(people.conversations("")[0].last.as_ref().unwrap().lamport, 900, "an older one isn't the last");
    }

    #[test]
    fn transfers_are_listed_from_the_latest_offer() {
        let mut people = People::new(sample::snapshot());
        let names = |people: &People| people.transfers().map(|transfer| transfer.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&people), ["obra-norte.jpg", "planos-casa.zip"]);
        let id = sample::message_id(1).transfer();
        let offered = Transfer { id, name: "new.pdf".into(), ..sample::sending() };
        people.apply(&Event::Transfer(offered));
        people.apply(&Event::Transfer(Transfer { done: 7, ..sample::sending() }));
        assert_eq!(names(&people), ["new.pdf", "obra-norte.jpg", "planos-casa.zip"], "moving doesn't reorder");
    }

    #[test]
    fn who_does_not_tell_what_they_read_does_not_see_it_of_others() {
        let mut people = People::new(sample::snapshot());
        assert_eq!(people.shown_state(MessageState::Read), MessageState::Read);
        people.show_receipts(false);
        let states = [MessageState::Queued, MessageState::Delivered, MessageState::Read, MessageState::Failed];
        let shown = states.map(|state| people.shown_state(state));
        assert_eq!(
            shown,
            [MessageState::Queued, MessageState::Delivered, MessageState::Delivered, MessageState::Failed]
        );
    }

    #[test]
    fn whoever_goes_is_offline() {
        let mut people = People::new(sample::snapshot());
        let here = people.count_here();
        people.apply(&Event::Peer(Peer { path: Path::None, ..sample::peer(MELANI, "melani") }));
        assert_eq!(people.count_here(), here - 1);
        assert_eq!(people.presence(&MELANI), Presence::Offline);
        assert!(!people.is_here(&MELANI));
    }
}
