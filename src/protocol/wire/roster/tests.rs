use proptest::prelude::*;

use super::*;
use crate::model::{MAX_TOKEN_CHARS, Nickname, Presence};
use crate::protocol::wire::{decode, encode};

fn member() -> PeerId {
    PeerId::from_public_key([1; 32])
}

fn wire_card() -> WireCard {
    WireCard { n: "ana".into(), p: 2, t: 48_237, s: 5, f: 0, r: ByteBuf::from([2; 32]) }
}

fn listing(card: &WireCard) -> WireListing {
    WireListing {
        i: ByteBuf::from([1; 32]),
        c: ByteBuf::from(encode(card, 1 << 16).unwrap()),
        g: ByteBuf::from([3; SIGNATURE_BYTES]),
        a: ByteBuf::from([192, 168, 1, 20]),
    }
}

fn open(listing: WireListing) -> Result<Listing, CardError> {
    listing.open(|_, _, _| true)
}

fn field(name: &'static str) -> CardError {
    CardError::Wire(WireError::Field(name))
}

#[test]
fn a_listing_says_what_its_card_says() {
    let card = Card {
        nickname: Nickname::new("ana").unwrap(),
        presence: Presence::Away,
        port: Some(48_237),
        seq: 5,
        relay: PeerId::from_public_key([2; 32]),
    };
    let signed = SignedCard::new(&card, |_| Ok::<_, WireError>([3; SIGNATURE_BYTES])).unwrap();
    let seen = Some([192, 168, 1, 20].into());
    let wire = WireListing::new(&member(), &signed, seen);
    assert_eq!(wire, listing(&wire_card()));
    assert_eq!(open(wire), Ok(Listing { peer: member(), card, seen }));
}

#[test]
fn whether_a_card_is_signed_is_asked_before_it_is_read() {
    let nonsense = WireListing { c: ByteBuf::from([0xff]), ..listing(&wire_card()) };
    assert_eq!(nonsense.clone().open(|_, _, _| false), Err(CardError::Forged));
    assert!(matches!(open(nonsense), Err(CardError::Wire(WireError::Decode(_)))));
    let mut asked = None;
    let wire = listing(&wire_card());
    let bytes = wire.c.to_vec();
    let _ = wire.open(|peer, bytes, signature| {
        asked = Some((*peer, bytes.to_vec(), *signature));
        true
    });
    assert_eq!(asked, Some((member(), [b"vecino card 1\0".as_slice(), &bytes].concat(), [3; SIGNATURE_BYTES])));
}

#[test]
fn a_card_that_breaks_a_rule_is_refused_by_field() {
    let good = wire_card();
    for (card, name) in [
        (WireCard { n: "\u{202e}ana".into(), ..good.clone() }, "n"),
        (WireCard { p: 0, ..good.clone() }, "p"),
        (WireCard { s: 1 << 63, ..good.clone() }, "s"),
        (WireCard { r: ByteBuf::from([2; 31]), ..good.clone() }, "r"),
    ] {
        assert_eq!(open(listing(&card)), Err(field(name)));
    }
    let later = open(listing(&WireCard { p: 77, t: 0, ..good })).unwrap();
    assert_eq!((later.card.presence, later.card.port), (Presence::Online, None));
}

#[test]
fn a_listing_that_breaks_a_rule_is_refused_by_field() {
    let good = listing(&wire_card());
    for (bad, name) in [
        (WireListing { i: ByteBuf::from([1; 31]), ..good.clone() }, "i"),
        (WireListing { g: ByteBuf::from([3; 63]), ..good.clone() }, "g"),
        (WireListing { a: ByteBuf::from([1; 5]), ..good.clone() }, "a"),
    ] {
        assert_eq!(open(bad), Err(field(name)));
    }
    let long = WireListing { c: ByteBuf::from([0; MAX_CARD_BYTES + 1]), ..good };
    assert_eq!(open(long), Err(CardError::Wire(WireError::Oversize { limit: MAX_CARD_BYTES })));
}

#[test]
fn what_a_later_version_adds_to_a_card_is_passed_over() {
    let mut wire = listing(&wire_card());
    wire.c[0] = 0xa7;
    wire.c.extend([0x61, b'y', 0x82, 1, 2]);
    assert_eq!(open(wire).unwrap().card.nickname.as_str(), "ana");
}

#[test]
fn the_longest_card_that_may_be_fits() {
    let longest = Card {
        nickname: Nickname::new(&"👩🏽‍❤️".repeat(15)).unwrap(),
        presence: Presence::Busy,
        port: Some(u16::MAX),
        seq: (1 << 63) - 1,
        relay: member(),
    };
    assert!(longest.nickname.as_str().len() > 250);
    assert!(SignedCard::new(&longest, |_| Ok::<_, WireError>([0; SIGNATURE_BYTES])).is_ok());
    let nickname = longest.nickname.as_str().to_owned();
    let of_later_versions = WireCard { n: nickname, t: u16::MAX, s: (1 << 63) - 1, f: u64::MAX, ..wire_card() };
    assert!(encode(&of_later_versions, MAX_CARD_BYTES).is_ok());
    let gone = Card { presence: Presence::Offline, ..longest };
    assert_eq!(SignedCard::new(&gone, |_| Ok([0; SIGNATURE_BYTES])), Err(WireError::Field("p")));
}

#[test]
fn a_listing_takes_no_more_than_it_is_reckoned_with() {
    for (card, seen) in [(MAX_CARD_BYTES, 16), (MAX_CARD_BYTES, 0), (0, 16), (65, 4)] {
        let wire =
            WireListing { c: ByteBuf::from(vec![0; card]), a: ByteBuf::from(vec![0; seen]), ..listing(&wire_card()) };
        assert!(encode(&wire, 1024).unwrap().len() <= wire.bytes(), "{card} {seen}");
    }
    let departure = ByteBuf::from([1; 32]);
    assert_eq!(encode(&departure, 1024).unwrap().len(), DEPARTURE_BYTES);
}

fn page() -> WirePage {
    WirePage { b: 1, z: 0, v: 9, n: false, l: false, e: Vec::new(), x: Vec::new() }
}

#[test]
fn a_page_that_breaks_a_rule_is_refused_by_field() {
    let listing = listing(&wire_card());
    let full = WirePage { e: vec![listing.clone(); MAX_PAGE_ITEMS - 1], x: vec![ByteBuf::from([4; 32])], ..page() };
    assert!(full.clone().check().is_ok());
    let over = WirePage { x: vec![ByteBuf::from([4; 32]); 2], ..full };
    assert_eq!(over.check(), Err(WireError::Field("e")));
    assert_eq!(WirePage { x: vec![ByteBuf::from([4; 33])], ..page() }.check(), Err(WireError::Field("x")));
}

#[test]
fn a_request_that_breaks_a_rule_is_refused() {
    let card = SignedCard::from_wire(ByteBuf::from([0; 9]), &[3; SIGNATURE_BYTES]).unwrap();
    let announce = RosterRequest::announce(&card, None);
    assert!(announce.clone().check_ask().is_ok());
    for (bad, name) in [
        (RosterRequest { g: ByteBuf::new(), ..announce.clone() }, "g"),
        (RosterRequest { k: 0, ..announce.clone() }, "k"),
        (RosterRequest::changes(1, page()), "k"),
    ] {
        assert_eq!(bad.check_ask(), Err(WireError::Field(name)));
    }
    let long = RosterRequest { c: ByteBuf::from([0; MAX_CARD_BYTES + 1]), ..announce.clone() };
    assert_eq!(long.check_ask(), Err(WireError::Oversize { limit: MAX_CARD_BYTES }));
    let empty = RosterRequest { p: None, ..RosterRequest::changes(1, page()) };
    assert_eq!(empty.check_changes(), Err(WireError::Field("p")));
    assert_eq!(announce.check_changes(), Err(WireError::Field("k")));
}

#[test]
fn a_token_is_in_no_log() {
    let card = SignedCard::from_wire(ByteBuf::new(), &[3; SIGNATURE_BYTES]).unwrap();
    let request = RosterRequest::announce(&card, "sesame".parse().ok().as_ref());
    assert!(!format!("{request:?}").contains("sesame"));
    let asked = request.check_ask().unwrap();
    assert!(!format!("{asked:?}").contains("sesame"));
}

#[test]
fn a_token_is_one_that_a_relay_could_ask_for_or_none() {
    #[derive(Serialize)]
    struct Loose {
        k: u8,
        t: String,
    }
    let read = |t: String| decode::<RosterRequest>(&encode(&Loose { k: ANNOUNCE, t }, 1024).unwrap(), 1024);
    assert_eq!(read(String::new()).unwrap().t, None);
    let longest = "t".repeat(MAX_TOKEN_CHARS);
    assert_eq!(read(longest.clone()).unwrap().t, Some(longest.parse().unwrap()));
    for bad in ["t".repeat(MAX_TOKEN_CHARS + 1), "a b".to_owned()] {
        assert!(matches!(read(bad), Err(WireError::Decode(_))));
    }
}

#[test]
fn every_answer_reads_as_it_was_written() {
    let mut replies = vec![Reply::Taken, Reply::Page(page())];
    replies.extend((1..=9).map(|code| {
        let wait = Duration::from_millis(code.into());
        Reply::Denied(Denied { cause: denial(code), words: "no".into(), wait })
    }));
    for reply in replies {
        assert_eq!(RosterAnswer::from(reply.clone()).check_reply(), Ok(reply));
    }
    for heard in [Heard::Taken, Heard::WillAsk] {
        assert_eq!(RosterAnswer::from(heard).check_heard(), Ok(heard));
    }
}

#[test]
fn an_answer_that_breaks_a_rule_is_refused_and_a_long_wait_not_believed() {
    let words = RosterAnswer { m: "x".repeat(MAX_WORDS_BYTES + 1), ..RosterAnswer::plain(2) };
    assert_eq!(words.check_reply(), Err(WireError::Field("m")));
    assert_eq!(RosterAnswer::plain(2).check_heard(), Err(WireError::Field("c")));
    let wait = RosterAnswer { d: u32::MAX, ..RosterAnswer::plain(6) };
    let Ok(Reply::Denied(denied)) = wait.check_reply() else { panic!("a refusal") };
    assert_eq!((denied.cause, denied.wait), (Denial::TooQuick, LONGEST_WAIT));
}

proptest! {
    /// Bytes that are nearly a page reach further in than random ones.
    #[test]
    fn no_page_makes_a_reader_panic(changes in prop::collection::vec((0_usize..400, any::<u8>()), 1..8)) {
        let e = vec![listing(&wire_card())];
        let page = WirePage { e, x: vec![ByteBuf::from([4; 32])], ..page() };
        let mut bytes = encode(&RosterRequest::changes(1, page), MAX_RELAY_BYTES).unwrap();
        let length = bytes.len();
        for (at, byte) in changes {
            bytes[at % length] = byte;
        }
        let request = decode::<RosterRequest>(&bytes, MAX_RELAY_BYTES).and_then(RosterRequest::check_changes);
        if let Ok((mut page, listings)) = request.and_then(|changes| changes.page.check()) {
            for listing in listings {
                page.take(listing, |_, _, _| true);
            }
        }
    }
}
