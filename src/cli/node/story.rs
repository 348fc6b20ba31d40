//! What happens at a node, in sentences.

use std::collections::HashMap;

use jiff::tz::TimeZone;

use crate::cli::Names;
use crate::cli::text::transfer::{ending, percent, state, what, whose};
use crate::cli::text::{message, message_state, one_line, path, relay, time};
use crate::control::{EventRecord, MessageRecord};
use crate::model::{
    Direction, From as Author, Me, MessageState, Path, PausedBy, Peer, PeerId, Reason, RelayState, RelayStatus,
    Timestamp, Transfer, TransferId, TransferState,
};

/// Knows enough of what was to say what is new.
pub(super) struct Story {
    names: Names,
    paths: HashMap<PeerId, Path>,
    /// How each stood when it was last told.
    transfers: HashMap<TransferId, Standing>,
    /// How it stood with each relay, by its address.
    relays: HashMap<String, (RelayState, bool)>,
    zone: TimeZone,
}

/// What of a transfer is worth a line when it changes: state, who holds it up, and why.
type Standing = (TransferState, Option<PausedBy>, Option<Reason>);

impl Story {
    /// The story of `me`, who knows `peers`.
    pub fn new(me: &Me, peers: &[Peer]) -> Self {
        Self {
            names: Names::new(me, peers),
            paths: peers.iter().map(|peer| (peer.id, peer.path)).collect(),
            transfers: HashMap::new(),
            relays: me.relays.iter().map(|relay| (relay.address.clone(), with(relay))).collect(),
            zone: TimeZone::system(),
        }
    }

    /// How it begins: who one is, where one listens, who is here.
    pub fn beginning(&self, me: &Me) -> String {
        let mut lines = vec![format!("{}#{}  {}", one_line(me.nickname.as_str()), me.tag, me.peer_id)];
        if me.addresses.is_empty() {
            lines.push("no network: nobody can reach this vecino yet".to_owned());
        }
        lines.extend(me.addresses.iter().map(|address| format!("listening on {}", one_line(address))));
        lines.extend(me.relays.iter().map(relay));
        let here = self.paths.iter().filter(|(_, path)| **path != Path::None);
        lines.extend(here.map(|(id, path)| self.arrival(id, *path)));
        lines.join("\n")
    }

    /// What to say of `record`; nothing where it's nothing new for a person.
    pub fn tell(&mut self, record: &EventRecord) -> Option<String> {
        let words = match record {
            EventRecord::Peer(peer) => self.peer(peer)?,
            EventRecord::Message(record) => return self.message(record),
            EventRecord::MessageState { peer_id, state, error, .. } => self.state(peer_id, *state, error.as_deref())?,
            EventRecord::Transfer(transfer) => self.transfer(transfer)?,
            EventRecord::Relay(status) => self.relay(status)?,
            EventRecord::Warning { text } => format!("warning: {}", one_line(text)),
            EventRecord::Lagged => "(too much happened at once to tell it all)".to_owned(),
            EventRecord::Me(me) => {
                self.relays.retain(|address, _| me.relays.iter().any(|relay| relay.address == *address));
                return None;
            }
            EventRecord::Unread { .. } | EventRecord::Typing { .. } | EventRecord::Unknown => return None,
        };
        Some(format!("{}  {words}", self.now()))
    }

    fn now(&self) -> String {
        time(Timestamp::from_millis(jiff::Timestamp::now().as_millisecond()), &self.zone)
    }

    fn name(&self, id: &PeerId) -> String {
        one_line(&self.names.of(id))
    }

    fn arrival(&self, id: &PeerId, way: Path) -> String {
        format!("{} is here ({})", self.name(id), path(way))
    }

    fn peer(&mut self, peer: &Peer) -> Option<String> {
        self.names.learn(peer);
        match (self.paths.insert(peer.id, peer.path).unwrap_or(Path::None), peer.path) {
            (before, now) if before == now => None,
            (_, Path::None) => Some(format!("{} has left", self.name(&peer.id))),
            (_, now) => Some(self.arrival(&peer.id, now)),
        }
    }

    fn message(&self, record: &MessageRecord) -> Option<String> {
        let name = self.name(&record.peer_id);
        let author = if record.from == Author::Me { format!("me → {name}") } else { name };
        // An offer is told as a transfer, with its size and how to accept it.
        record.offer.is_none().then(|| message(record, &author, &time(record.sent_at, &self.zone)))
    }

    fn state(&self, peer: &PeerId, state: MessageState, error: Option<&str>) -> Option<String> {
        let why = error.map(|error| format!(": {}", one_line(error))).unwrap_or_default();
        (state != MessageState::Queued).then(|| format!("me → {}: {}{why}", self.name(peer), message_state(state)))
    }

    fn transfer(&mut self, transfer: &Transfer) -> Option<String> {
        let standing = (transfer.state, transfer.paused_by, transfer.error.clone());
        let told = self.transfers.insert(transfer.id, standing.clone());
        (told != Some(standing)).then(|| self.transfer_words(transfer))
    }

    fn relay(&mut self, status: &RelayStatus) -> Option<String> {
        let before = self.relays.insert(status.address.clone(), with(status));
        // That it's being tried for the first time is no news.
        let news = before.unwrap_or((RelayState::Connecting, false)) != with(status);
        news.then(|| relay(status))
    }

    fn transfer_words(&self, transfer: &Transfer) -> String {
        let (whose, id) = (whose(transfer, &self.names), transfer.id.short());
        let why =
            transfer.error.as_ref().map(|error| format!(" ({})", one_line(&error.to_string()))).unwrap_or_default();
        match (transfer.state, transfer.direction) {
            (TransferState::Offered, Direction::In) => {
                let (name, what) = (self.name(&transfer.peer_id), what(transfer));
                format!("{name} offers {what}{why}: vecino accept {id}, or vecino decline {id}")
            }
            (TransferState::Offered, Direction::Out) => format!("offered {whose}{why}"),
            (TransferState::Active, _) if transfer.done > 0 => {
                format!("{whose} ({id}): goes on at {} %{why}", percent(transfer))
            }
            (TransferState::Active, _) => format!("{whose} ({id}): begins{why}"),
            (TransferState::Paused, _) => format!("{whose} ({id}): {}", state(transfer, &self.names)),
            (TransferState::Done | TransferState::Failed | TransferState::Declined | TransferState::Cancelled, _) => {
                ending(transfer, &self.names).unwrap_or_else(|failure| failure.to_string())
            }
        }
    }
}

/// What of a relay is worth a line when it changes: its state, and that something is wrong. What is wrong may be put into
/// other words at each try.
fn with(relay: &RelayStatus) -> (RelayState, bool) {
    (relay.state, relay.error.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake::{self, peer, transfer};
    use crate::model::{Network, Presence};

    fn story(known: &Peer) -> (Story, Me) {
        let ana = peer(9, "ana", Path::Direct);
        let me = Me {
            peer_id: ana.id,
            nickname: ana.nickname,
            tag: ana.tag,
            presence: Presence::Online,
            addresses: vec!["/ip4/127.0.0.1/tcp/1".to_owned()],
            relays: Vec::new(),
            network: Network::default(),
        };
        (Story::new(&me, std::slice::from_ref(known)), me)
    }

    /// What is said, without the time.
    fn told(story: &mut Story, record: EventRecord) -> Option<String> {
        let line = story.tell(&record)?;
        Some(line.split_once("  ").unwrap().1.to_owned())
    }

    #[test]
    fn people_come_and_go_once_each() {
        let luis = peer(1, "luis", Path::None);
        let here = peer(1, "luis", Path::Direct);
        let (mut story, me) = story(&luis);
        assert!(!story.beginning(&me).contains("luis"));
        assert_eq!(told(&mut story, EventRecord::Peer(luis.clone())), None);
        assert_eq!(told(&mut story, EventRecord::Peer(here.clone())).unwrap(), "luis is here (direct)");
        assert_eq!(told(&mut story, EventRecord::Peer(here)), None);
        assert!(story.beginning(&me).ends_with("\nluis is here (direct)"));
        assert_eq!(told(&mut story, EventRecord::Peer(luis)).unwrap(), "luis has left");
    }

    #[test]
    fn a_message_is_told_with_its_author_and_harmless() {
        let luis = peer(1, "luis", Path::Direct);
        let (mut story, _) = story(&luis);
        let mut record = MessageRecord::from(&fake::message(1, luis.id, "hola\u{1b}[2J", MessageState::Queued));
        let own = told(&mut story, EventRecord::Message(record.clone())).unwrap();
        assert_eq!(own, "me → luis: hola\\u{1b}[2J  [queued]");
        record.from = Author::Peer;
        assert_eq!(told(&mut story, EventRecord::Message(record.clone())).unwrap(), "luis: hola\\u{1b}[2J");
        record.offer = Some(record.id.transfer());
        assert_eq!(told(&mut story, EventRecord::Message(record)), None);
    }

    #[test]
    fn a_transfer_is_told_at_each_state_and_not_at_each_byte() {
        let luis = peer(1, "luis", Path::Direct);
        let (mut story, _) = story(&luis);
        let offer = transfer(1, luis.id, Direction::In, TransferState::Offered);
        let at = |done| Transfer { state: TransferState::Active, done, ..offer.clone() };
        let held = |by| Transfer { state: TransferState::Paused, paused_by: Some(by), ..at(500) };
        let saved_to = Some("/home/ana/report.pdf".to_owned());
        let done = Transfer { state: TransferState::Done, saved_to, ..offer.clone() };
        let report = "report.pdf (1.0 kB) from luis";
        for (transfer, says) in [
            (
                &offer,
                Some("luis offers report.pdf (1.0 kB): vecino accept 01010101, or vecino decline 01010101".to_owned()),
            ),
            (&at(0), Some(format!("{report} (01010101): begins"))),
            (&at(400), None),
            (&held(PausedBy::Peer), Some(format!("{report} (01010101): paused by luis at 50 % of 1.0 kB"))),
            (&held(PausedBy::Me), Some(format!("{report} (01010101): paused by you at 50 % of 1.0 kB"))),
            (&at(500), Some(format!("{report} (01010101): goes on at 50 %"))),
            (&at(600), None),
            (&done, Some(format!("{report} is here, verified: /home/ana/report.pdf"))),
            (&done, None),
        ] {
            assert_eq!(told(&mut story, EventRecord::Transfer(transfer.clone())), says);
        }
    }

    #[test]
    fn a_relay_is_told_when_it_stands_differently_with_it() {
        let (mut story, me) = story(&peer(1, "luis", Path::Direct));
        let relay = |state, error: Option<&str>| RelayStatus {
            peer_id: None,
            nickname: None,
            address: "/ip4/10.0.0.1/tcp/1".to_owned(),
            state,
            error: error.map(Into::into),
            given: false,
        };
        let said = |rest: &str| Some(format!("relay /ip4/10.0.0.1/tcp/1: {rest}"));
        for (status, says) in [
            (relay(RelayState::Connecting, None), None),
            (relay(RelayState::Connecting, Some("no route")), said("not connected (no route)")),
            (relay(RelayState::Connecting, Some("timed out")), None),
            (relay(RelayState::Ready, None), said("ready")),
            (relay(RelayState::Ready, None), None),
            (relay(RelayState::Connecting, None), said("not connected")),
        ] {
            assert_eq!(told(&mut story, EventRecord::Relay(status)), says);
        }
        let me = Me { relays: vec![relay(RelayState::Ready, None)], ..me };
        assert!(Story::new(&me, &[]).beginning(&me).ends_with("\nrelay /ip4/10.0.0.1/tcp/1: ready"));
    }
}
