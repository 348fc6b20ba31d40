//! The people and messages of the look's mock, for tests.

use std::sync::Once;

use iced::advanced::graphics::text::{
    self,
    cosmic_text::fontdb::{FaceInfo, Source},
};
use iced::advanced::renderer::Headless;
use iced::{Element, Pixels, Settings, Size, Theme};
use iced_test::Simulator;

use super::font;
pub(crate) use super::locale::tests::{NOW, locale};
pub(crate) use super::people::Snapshot;
use crate::model::{
    Body, Conversation, Direction, FileName, From, Me, Message, MessageId, MessageState, Network, Nickname, Offer,
    Path, Peer, PeerId, Presence, RelayState, RelayStatus, Text, Timestamp, Transfer, TransferState,
};

const fn id(number: u8) -> PeerId {
    let mut key = [0; 32];
    key[3] = number;
    key[31] = number.wrapping_mul(37);
    key[30] = number.wrapping_mul(91);
    key[29] = 7;
    PeerId::from_public_key(key)
}

pub(crate) const ANA: PeerId = id(0);
pub(crate) const LUIS: PeerId = id(1);
pub(crate) const MELANI: PeerId = id(2);
pub(crate) const PRINTER: PeerId = id(3);
pub(crate) const FERNANDA: PeerId = id(4);
pub(crate) const LUIS_TOO: PeerId = id(5);
pub(crate) const RECEPTION: PeerId = id(6);

/// The main window's size in the mock.
pub(crate) const SIZE: Size = Size::new(1180.0, 760.0);

/// Has text measured and drawn with the bundled fonts alone, whatever the system has: a letter that none of them has is
/// the same box everywhere.
pub(crate) fn load_fonts() {
    static SYSTEM_FONTS_GONE: Once = Once::new();
    let mut system = text::font_system().write().unwrap();
    SYSTEM_FONTS_GONE.call_once(|| {
        let known = system.raw().db_mut();
        let is_of_the_system = |font: &FaceInfo| !matches!(font.source, Source::Binary(_));
        let gone: Vec<_> = known.faces().filter(|font| is_of_the_system(font)).map(|font| font.id).collect();
        gone.into_iter().for_each(|id| known.remove_face(id));
    });
    font::bundled().into_iter().for_each(|font| system.load_font(font));
}

/// What windows are drawn with where nothing else is said, for whoever draws without one.
pub(crate) fn renderer() -> iced::Renderer {
    load_fonts();
    let renderer = <iced::Renderer as Headless>::new(font::TEXT, Pixels(font::BODY.text), Some("tiny-skia"));
    futures::executor::block_on(renderer).unwrap()
}

/// A simulator with the bundled fonts, in which the first widgets have been laid out.
pub(crate) fn simulator<'a, M>(view: impl Into<Element<'a, M>>) -> Simulator<'a, M, Theme, iced::Renderer> {
    simulator_of(SIZE, view)
}

/// The same in a window of another size.
pub(crate) fn simulator_of<'a, M>(
    size: Size,
    view: impl Into<Element<'a, M>>,
) -> Simulator<'a, M, Theme, iced::Renderer> {
    load_fonts();
    let settings = Settings { fonts: font::bundled(), default_font: font::TEXT, ..Settings::default() };
    Simulator::with_size(settings, size, view)
}

/// A time today.
pub(crate) const fn at(hour: i64, minute: i64) -> Timestamp {
    let midnight = NOW.millis() - NOW.millis() % 86_400_000;
    Timestamp::from_millis(midnight + (hour * 60 + minute) * 60_000)
}

pub(crate) fn message_id(number: u64) -> MessageId {
    MessageId::from_bytes(u128::from(number).to_be_bytes())
}

fn message(from: From, peer: PeerId, lamport: u64, body: Body, state: MessageState) -> Message {
    Message { id: message_id(lamport), peer, from, body, sent_at: NOW, lamport, state, error: None }
}

fn words(words: &str) -> Body {
    Body::Text(Text::new(words).unwrap())
}

/// A message from `peer`, whose id is its place.
pub(crate) fn received(peer: PeerId, lamport: u64, words: &str) -> Message {
    message(From::Peer, peer, lamport, self::words(words), MessageState::Delivered)
}

/// A message to `peer`.
pub(crate) fn sent(peer: PeerId, lamport: u64, words: &str, state: MessageState) -> Message {
    message(From::Me, peer, lamport, self::words(words), state)
}

/// A peer who is here.
pub(crate) fn peer(id: PeerId, nickname: &str) -> Peer {
    Peer {
        id,
        nickname: Nickname::new(nickname).unwrap(),
        tag: id.tag(),
        presence: Presence::Online,
        path: Path::Direct,
        addresses: Vec::new(),
        last_seen: None,
        relay: false,
    }
}

/// A relay that is used.
pub(crate) fn relay(state: RelayState) -> RelayStatus {
    RelayStatus {
        peer_id: Some(id(9)),
        nickname: Some(Nickname::new("library").unwrap()),
        address: "/ip4/10.0.0.9/tcp/48237".into(),
        state,
        error: None,
        given: false,
    }
}

fn when(mut message: Message, time: Timestamp) -> Message {
    message.sent_at = time;
    message
}

/// The same time of day, some days before.
pub(crate) fn days_ago(days: i64) -> Timestamp {
    Timestamp::from_millis(NOW.millis() - days * 86_400_000)
}

fn offer(from: From, lamport: u64, name: &str, size: u64) -> Message {
    let offer = Offer { name: FileName::safe(name), size, files: 1, caption: None };
    message(from, LUIS, lamport, Body::Offer(offer), MessageState::Read)
}

/// The conversation with luis.
pub(crate) fn history() -> Vec<Message> {
    vec![
        when(received(LUIS, 101, "Morning! Did the drawings arrive?"), at(14, 20)),
        when(received(LUIS, 102, "I need them before four, the client is coming by 🙂"), at(14, 21)),
        when(
            sent(
                LUIS,
                103,
                "Not yet, exporting now. Two versions: the one with the patio and the one without.",
                MessageState::Read,
            ),
            at(14, 28),
        ),
        when(sent(LUIS, 104, "Sending both as one folder", MessageState::Read), at(14, 29)),
        when(received(LUIS, 105, "Great. Here is a photo of the site"), at(14, 31)),
        when(offer(From::Me, 106, "planos-casa.zip", 1_440_000_000), at(14, 31)),
        when(offer(From::Peer, 107, "obra-norte.jpg", 4_100_000), at(14, 32)),
    ]
}

/// The file on its way to luis.
pub(crate) fn sending() -> Transfer {
    Transfer {
        id: message_id(106).transfer(),
        peer_id: LUIS,
        direction: Direction::Out,
        name: "planos-casa.zip".into(),
        size: 1_440_000_000,
        done: 619_200_000,
        files: 1,
        state: TransferState::Active,
        paused_by: None,
        current: None,
        bytes_per_second: 112_000_000,
        saved_to: None,
        error: None,
    }
}

fn transfers() -> Vec<Transfer> {
    let offered = Transfer {
        id: message_id(107).transfer(),
        direction: Direction::In,
        name: "obra-norte.jpg".into(),
        size: 4_100_000,
        done: 0,
        state: TransferState::Offered,
        bytes_per_second: 0,
        ..sending()
    };
    vec![offered, sending()]
}

/// All that ana knows.
pub(crate) fn snapshot() -> Snapshot {
    let conversation = |last: Message, unread| Conversation { peer: last.peer, last: Some(last), unread };
    let sending = when(offer(From::Me, 106, "planos-casa.zip", 1_440_000_000), at(14, 32));
    Snapshot {
        settings: crate::model::Settings::default(),
        me: Me {
            peer_id: ANA,
            nickname: Nickname::new("ana").unwrap(),
            tag: ANA.tag(),
            presence: Presence::Online,
            addresses: Vec::new(),
            relays: Vec::new(),
            network: Network::default(),
        },
        peers: vec![
            peer(LUIS, "luis"),
            Peer { presence: Presence::Away, ..peer(MELANI, "melani") },
            peer(PRINTER, "printer room"),
            Peer { path: Path::None, last_seen: Some(days_ago(5)), ..peer(FERNANDA, "fernanda") },
            peer(LUIS_TOO, "luis"),
            Peer { path: Path::Relayed, ..peer(RECEPTION, "reception") },
        ],
        conversations: vec![
            conversation(sending, 0),
            conversation(when(received(MELANI, 201, "perfect, see you at four then 👍"), at(14, 5)), 2),
            conversation(when(sent(PRINTER, 301, "who has the A3 paper?", MessageState::Read), days_ago(4)), 0),
            conversation(when(sent(FERNANDA, 401, "the notes from class", MessageState::Queued), days_ago(5)), 0),
        ],
        transfers: transfers(),
        drafts: Vec::new(),
    }
}
