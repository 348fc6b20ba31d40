//! Golden bytes: what every wire type looks like, and that it goes on being read.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_bytes::ByteBuf;

use super::chat::{Answer, Chat, ChatAnswer, ChatRequest, MAX_PUSH_ENTRIES, Push, WireEntry};
use super::file::{Ask, Denial, FileAnswer, FileRequest, FrameHead, Outcome, Range, Reply};
use super::hello::{Hello, HelloAnswer, Introduction};
use super::manifest::{Entry, EntryKind, MAX_ENTRIES};
use super::roster::{RosterAnswer, RosterRequest, Since, WireCard, WireListing, WirePage};
use super::typing::{MAX_TYPING_ANSWER_BYTES, MAX_TYPING_BYTES, TypingAnswer, TypingNotice};
use super::{WireError, decode, encode};
use crate::model::{
    Body, ConversationId, Epoch, FileName, MAX_EPOCHS, MAX_TEXT_BYTES, MessageId, Nickname, Offer, PeerId, Presence,
    Refusal, Text, Timestamp, TransferId, Verdict, VoidCause, Watermark,
};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The value is written as these bytes, and read from them.
fn golden<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T, bytes: &str) {
    let written = encode(value, 1 << 20).unwrap();
    assert_eq!(hex(&written), bytes.replace([' ', '\n'], ""));
    assert_eq!(&decode::<T>(&written, 1 << 20).unwrap(), value);
    for end in 0..written.len() {
        assert!(decode::<T>(&written[..end], 1 << 20).is_err(), "a piece of it is read as the whole");
    }
}

fn conversation() -> ConversationId {
    ConversationId::between(&PeerId::from_public_key([1; 32]), &PeerId::from_public_key([2; 32]))
}

fn id(byte: u8) -> MessageId {
    MessageId::from_bytes([byte; 16])
}

fn mark() -> Watermark {
    Watermark { epoch: Epoch::from_u64(7).unwrap(), next: 3, last: Some(id(0xaa)), read: 1 }
}

fn text(words: &str) -> Body {
    Body::Text(Text::new(words).unwrap())
}

fn entry(body: &Body) -> WireEntry {
    WireEntry::new(id(0xbb), conversation(), 9, Timestamp::from_millis(1_763_800_000_042), body).unwrap()
}

fn check(entry: WireEntry) -> Verdict {
    let request = ChatRequest::push(Epoch::from_u64(7).unwrap(), 1, vec![entry]);
    let Ok(Chat::Push(Push { mut entries, .. })) = request.check(conversation()) else { panic!("a valid push") };
    entries.pop().unwrap()
}

const INVALID: Verdict =
    Verdict::Void { id: MessageId::from_bytes([0xbb; 16]), cause: VoidCause::Refused(Refusal::Invalid) };

#[test]
fn hello() {
    let introduction = Introduction::new(
        Nickname::new("josé 🌮").unwrap(),
        Presence::Away,
        vec![mark(), Watermark::start(Epoch::from_u64(8).unwrap())],
    );
    let hello = Hello { a: "vecino/1".into(), ..Hello::from(&introduction) };
    golden(
        &hello,
        "a5616e6a6a6f73c3a920f09f8cae617002617782a4616507616e03616c50aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa617201a4616508616e01616c40617200616168766563696e6f2f31616600",
    );
    assert_eq!(Introduction::try_from(hello), Ok(introduction));
    let relay =
        Introduction { relay: true, ..Introduction::new(Nickname::new("r").unwrap(), Presence::Online, vec![]) };
    let hello = Hello { a: "v".into(), ..Hello::from(&relay) };
    golden(&hello, "a5 616e 6172 6170 01 6177 80 6161 6176 6166 01");
    assert_eq!(Introduction::try_from(Hello { f: 0xff, ..hello }), Ok(relay), "bits of later versions");
    golden(&HelloAnswer { c: 1 }, "a1 6163 01");
}

#[test]
fn a_hello_that_breaks_a_rule_is_refused_by_field() {
    let good = Hello { n: "ana".into(), p: 1, w: Vec::new(), a: String::new(), f: 0 };
    let mark = |change: fn(&mut super::hello::WireWatermark)| {
        let mut wire = (&mark()).into();
        change(&mut wire);
        Hello { w: vec![wire], ..good.clone() }
    };
    for (hello, field) in [
        (Hello { n: "\u{202e}ana".into(), ..good.clone() }, "n"),
        (Hello { a: "x".repeat(65), ..good.clone() }, "a"),
        (Hello { w: vec![(&super::golden::mark()).into(); MAX_EPOCHS + 1], ..good.clone() }, "w"),
        (mark(|mark| mark.e = 0), "e"),
        (mark(|mark| mark.n = 0), "l"),
        (mark(|mark| mark.n = u64::MAX), "n"),
        (mark(|mark| mark.l = ByteBuf::new()), "l"),
        (mark(|mark| mark.l = ByteBuf::from([1; 15])), "l"),
        (mark(|mark| mark.r = 3), "r"),
    ] {
        assert_eq!(Introduction::try_from(hello), Err(WireError::Field(field)));
    }
    let later = Introduction::try_from(Hello { p: 77, ..good }).unwrap();
    assert_eq!(later.presence, Presence::Online);
}

#[test]
fn chat() {
    let push = ChatRequest::push(Epoch::from_u64(7).unwrap(), 3, vec![entry(&text("hola")), entry(&Body::Cancelled)]);
    golden(
        &push,
        "a4616b01616507617303616d82a6616950bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb616350b4704443fc8df2a9870c9d5f337f6634616c0961741b0000019aaaac262a616b01616244686f6c61a6616950bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb616350b4704443fc8df2a9870c9d5f337f6634616c0961741b0000019aaaac262a616b00616240",
    );
    golden(&ChatRequest::read(Epoch::from_u64(7).unwrap(), 5), "a4 616b 02 6165 07 6173 05 616d 80");
    let answer = Answer::Committed { watermark: mark(), voids: vec![(2, VoidCause::Refused(Refusal::OverBudget))] };
    golden(
        &ChatAnswer::from(&answer),
        "a46163006177a4616507616e03616c50aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa617201617681a2617302616304616400",
    );
    golden(&ChatAnswer::from(&Answer::Busy(500)), "a4 6163 02 6177 f6 6176 80 6164 1901f4");
    for answer in [answer, Answer::Diverged, Answer::Busy(7), Answer::Unavailable, Answer::Invalid] {
        assert_eq!(Answer::try_from(ChatAnswer::from(&answer)), Ok(answer));
    }
}

#[test]
fn bodies_come_as_they_went() {
    let caption = Some(Text::new("mira").unwrap());
    let offer = Body::Offer(Offer { name: FileName::safe("plan.pdf"), size: 1 << 40, files: 1, caption });
    let unknown = Body::Unknown { kind: 99, bytes: vec![0, 255] };
    for body in [text("hola"), text(&"x".repeat(MAX_TEXT_BYTES)), offer, unknown] {
        let Verdict::Accept(incoming) = check(entry(&body)) else { panic!("accepted") };
        assert_eq!((incoming.id, incoming.lamport, incoming.body), (id(0xbb), 9, body));
    }
    assert_eq!(check(entry(&Body::Cancelled)), Verdict::Void { id: id(0xbb), cause: VoidCause::Cancelled });
}

#[test]
fn an_entry_that_breaks_a_rule_is_refused_and_its_lane_goes_on() {
    let good = entry(&text("hola"));
    let offer = |n: &str, f: u64, c: &str| {
        let offer = super::chat::WireOffer { n: n.into(), s: 1, f, c: c.into() };
        WireEntry { k: 2, b: ByteBuf::from(encode(&offer, 1 << 20).unwrap()), ..good.clone() }
    };
    for bad in [
        WireEntry { c: ByteBuf::from([0; 16]), ..good.clone() },
        WireEntry { c: ByteBuf::new(), ..good.clone() },
        WireEntry { l: 0, ..good.clone() },
        WireEntry { l: (1 << 53) + 1, ..good.clone() },
        WireEntry { b: ByteBuf::from(vec![b'x'; MAX_TEXT_BYTES + 1]), ..good.clone() },
        WireEntry { b: ByteBuf::from([0xff]), ..good.clone() },
        WireEntry { b: ByteBuf::new(), ..good.clone() },
        WireEntry { k: 2, b: ByteBuf::from(b"hola"), ..good.clone() },
        offer("", 1, ""),
        offer("a", MAX_ENTRIES + 1, ""),
        offer(&"a".repeat(1025), 1, ""),
        offer("a", 1, &"x".repeat(4097)),
        WireEntry { k: 99, b: ByteBuf::from(vec![0; MAX_TEXT_BYTES + 1]), ..good.clone() },
    ] {
        assert_eq!(check(bad), INVALID);
    }
    let strange = Timestamp::from_millis(0);
    let Verdict::Accept(incoming) = check(WireEntry { t: i64::MIN, ..good }) else { panic!("accepted") };
    assert_eq!(incoming.sent_at, strange);
}

#[test]
fn a_request_that_breaks_a_rule_is_refused_by_field() {
    let epoch = Epoch::from_u64(7).unwrap();
    let good = ChatRequest::push(epoch, 1, vec![entry(&text("hola"))]);
    let nameless = WireEntry { i: ByteBuf::from([1; 17]), ..entry(&text("hola")) };
    for (bad, field) in [
        (ChatRequest { k: 3, ..good.clone() }, "k"),
        (ChatRequest { e: 0, ..good.clone() }, "e"),
        (ChatRequest { e: u64::MAX, ..good.clone() }, "e"),
        (ChatRequest { s: 0, ..good.clone() }, "s"),
        (ChatRequest { s: (1 << 63) - 1, ..good.clone() }, "s"),
        (ChatRequest { s: u64::MAX, ..good.clone() }, "s"),
        (ChatRequest { m: Vec::new(), ..good.clone() }, "m"),
        (ChatRequest { m: vec![entry(&text("hola")); MAX_PUSH_ENTRIES + 1], ..good.clone() }, "m"),
        (ChatRequest { m: vec![nameless], ..good }, "i"),
    ] {
        assert_eq!(bad.check(conversation()), Err(WireError::Field(field)));
    }
}

#[test]
fn typing() {
    golden(&TypingNotice::new(true), "a1 6174 01");
    golden(&TypingNotice::new(false), "a1 6174 00");
    golden(&TypingAnswer { c: 0 }, "a1 6163 00");
    assert!(TypingNotice::new(true).typing() && !TypingNotice { t: 2 }.typing());
    // What a later version may add is passed over, within the limit.
    let later = [0xa2, 0x61, b'r', 0x41, 7, 0x61, b't', 1];
    assert_eq!(decode(&later, MAX_TYPING_BYTES), Ok(TypingNotice::new(true)));
    assert!(decode::<TypingNotice>(&[0; MAX_TYPING_BYTES + 1], MAX_TYPING_BYTES).is_err());
    assert!(encode(&TypingAnswer { c: u16::MAX }, MAX_TYPING_ANSWER_BYTES).is_ok());
}

#[test]
fn files() {
    let transfer = TransferId::from_bytes([7; 16]);
    let range = Range { at: 300, unit: 5, units: 64, hashes: false };
    golden(
        &FileRequest::new(transfer, Ask::Range(range)),
        "a5616b01617450 07070707070707070707070707070707 616f19012c617505616e1840",
    );
    golden(
        &FileRequest::new(transfer, Ask::Report { done: 3, outcome: Outcome::Verified }),
        "a5616b03617450 07070707070707070707070707070707 616f03617500616e01",
    );
    golden(&FileAnswer::from(Reply::Denied(Denial::Paused)), "a1616306");
    let heads = [FrameHead::Unit(258), FrameHead::Hash, FrameHead::Changed, FrameHead::Unreadable, FrameHead::End];
    let bytes = ["0000000102", "0300000000", "0100000000", "0200000000", "ff00000000"];
    assert_eq!(heads.map(|head| hex(&head.encode())), bytes);
}

#[test]
fn manifests() {
    let path = |names: &[&str]| names.iter().map(|name| name.as_bytes().to_vec()).collect();
    let folder = Entry { path: path(&["año"]), kind: EntryKind::Folder { modified: -1 } };
    let kind = EntryKind::File { size: 1 << 40, modified: 1_763_800_000_042_000_001, executable: true };
    let file = Entry { path: path(&["año", "a.sh"]), kind };
    for (entry, bytes) in [
        (folder, "0015 a5 6170 81 4461c3b16f 616e 00 616d 20 6178 f4 6164 f5"),
        (file, "002a a5 6170 82 4461c3b16f 44612e7368 616e 1b0000010000000000 616d 1b187a46c149565e81 6178 f5 6164 f4"),
    ] {
        let written = entry.encode().unwrap();
        assert_eq!(hex(&written), bytes.replace(' ', ""));
        assert_eq!(Entry::decode(&written), Ok(Some((entry, written.len()))));
    }
}

#[test]
fn rosters() {
    let card = WireCard { n: "ana".into(), p: 3, t: 48_237, s: 1_763_800_000_042, f: 0, r: ByteBuf::from([2; 32]) };
    let relay = "02".repeat(32);
    let card_bytes = format!("a6616e63616e61617003617419bc6d61731b0000019aaaac262a61660061725820{relay}");
    golden(&card, &card_bytes);

    let (c, g) = (ByteBuf::from(encode(&card, 384).unwrap()), ByteBuf::from([0x67; 64]));
    let signature = "67".repeat(64);
    let announce = RosterRequest { k: 1, ..RosterRequest::since(Since::default()) };
    golden(
        &RosterRequest { c: c.clone(), g: g.clone(), t: "abc".parse().ok(), ..announce },
        &format!("a8616b0161635841{card_bytes}61675840{signature}617463616263616200617600617a006170f6"),
    );
    golden(
        &RosterRequest::since(Since { boot: 7, version: 300, over: 400 }),
        "a8 616b 02 6163 40 6167 40 6174 60 6162 07 6176 19012c 617a 190190 6170 f6",
    );
    let listing = WireListing { i: ByteBuf::from([1; 32]), c, g, a: ByteBuf::from([192, 168, 1, 20]) };
    let page = WirePage { b: 7, z: 0, v: 9, n: false, l: true, e: vec![listing], x: vec![ByteBuf::from([3; 32])] };
    let (member, gone) = ("01".repeat(32), "03".repeat(32));
    let listing = format!("a461695820{member}61635841{card_bytes}61675840{signature}616144c0a80114");
    let page_bytes = format!("a7616207617a00617609616ef4616cf5616581{listing}6178815820{gone}");
    golden(
        &RosterRequest::changes(5, page.clone()),
        &format!("a8 616b 03 6163 40 6167 40 6174 60 6162 00 6176 05 617a 00 6170 {page_bytes}"),
    );
    golden(&RosterAnswer::page(page), &format!("a4 6163 00 616d 60 6164 00 6170 {page_bytes}"));
    golden(&RosterAnswer { c: 6, m: "no".into(), d: 500, p: None }, "a4 6163 06 616d 626e6f 6164 1901f4 6170 f6");
}
