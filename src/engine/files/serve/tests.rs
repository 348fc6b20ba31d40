use std::fs;

use super::*;
use crate::engine::files::tests::{Offer, content};
use crate::net::Frame;

/// The body that is given for `wanted`, in its pieces.
fn body_of(offer: &Offer, wanted: Wanted) -> Vec<io::Result<Vec<u8>>> {
    let offered = Arc::new(Offered::new(offer.keep()));
    let (pieces, mut given) = mpsc::channel(10_000);
    let room = Arc::new(Semaphore::new(3));
    let permits = [(); 3].map(|()| Arc::clone(&room).try_acquire_owned().unwrap());
    Answer { offered, buffers: Buffers::default(), pieces, _room: permits }.give(wanted);
    std::iter::from_fn(|| given.try_recv().ok()).collect()
}

/// The frames of a body, read as their receiver does.
fn frames(body: Vec<io::Result<Vec<u8>>>) -> Vec<Frame> {
    let bytes: Vec<u8> = body.into_iter().map(Result::unwrap).collect::<Vec<_>>().concat();
    let (mut rest, mut frames) = (bytes.as_slice(), Vec::new());
    while let Some((head, after)) = rest.split_first_chunk() {
        let hash = |bytes: &[u8]| *bytes.first_chunk::<HASH_BYTES>().unwrap();
        let (frame, length) = match FrameHead::decode(*head).unwrap() {
            FrameHead::Unit(length) => {
                (Frame::Unit(after[..length].to_vec(), hash(&after[length..])), length + HASH_BYTES)
            }
            FrameHead::Hash => (Frame::Hash(hash(after)), HASH_BYTES),
            FrameHead::Changed => (Frame::Changed, 0),
            FrameHead::Unreadable => (Frame::Unreadable, 0),
            FrameHead::End => (Frame::End, 0),
        };
        frames.push(frame);
        rest = &after[length..];
    }
    frames
}

/// What comes of asking for a range of an offer.
pub(in crate::engine::files) fn frames_of(offer: &Offer, range: Range) -> Vec<Frame> {
    frames(body_of(offer, Wanted::Files(range)))
}

fn unit(bytes: &[u8]) -> Frame {
    Frame::Unit(bytes.to_vec(), *blake3::hash(bytes).as_bytes())
}

fn range(units: u64) -> Range {
    Range { at: 0, unit: 0, units, hashes: false }
}

#[test]
fn units_go_from_file_to_file_as_far_as_was_asked() {
    let large = content(2 * UNIT as usize + 5, 1);
    let offer = Offer::new(&[("a", Some(large.clone())), ("b", Some(Vec::new())), ("c", Some(b"hola".to_vec()))]);
    let chunks: Vec<&[u8]> = large.chunks(UNIT as usize).collect();
    let all = [unit(chunks[0]), unit(chunks[1]), unit(chunks[2]), unit(b""), unit(b"hola"), Frame::End];
    assert!(frames_of(&offer, range(100)) == all);
    assert!(frames_of(&offer, range(5)) == all);
    assert!(frames_of(&offer, Range { unit: 2, ..range(2) }) == [unit(chunks[2]), unit(b""), Frame::End]);
    let hashes = frames_of(&offer, Range { hashes: true, ..range(2) });
    assert_eq!(
        hashes,
        [0, 1]
            .map(|n| Frame::Hash(*blake3::hash(chunks[n]).as_bytes()))
            .into_iter()
            .chain([Frame::End])
            .collect::<Vec<_>>()
    );
}

#[test]
fn small_files_go_together() {
    let names: Vec<String> = (0..200).map(|n| format!("d/{n}")).collect();
    let things: Vec<(&str, Option<Vec<u8>>)> = names.iter().map(|name| (name.as_str(), Some(vec![7; 1_000]))).collect();
    let offer = Offer::new(&things);
    let body = body_of(&offer, Wanted::Files(range(1_000)));
    assert!(body.len() <= 2, "{} pieces", body.len());
    assert_eq!(frames(body).len(), 201);
}

#[test]
fn a_file_that_changed_or_went_is_named_in_its_place() {
    let offer = Offer::new(&[("a", Some(content(10, 1))), ("b", Some(content(10, 2))), ("c", Some(content(10, 3)))]);
    fs::write(offer.path("a"), content(10, 9)).unwrap();
    fs::remove_file(offer.path("b")).unwrap();
    let expected = [Frame::Changed, Frame::Unreadable, unit(&content(10, 3)), Frame::End];
    assert_eq!(frames_of(&offer, range(3)), expected);
    fs::write(offer.path("c"), content(9, 3)).unwrap();
    assert_eq!(frames_of(&offer, range(3))[2..], [Frame::Changed, Frame::End]);
}

#[test]
fn the_manifest_is_given_by_units_and_its_end_is_told() {
    let offer = Offer::new(&[("a", Some(content(10, 1)))]);
    let manifest = fs::read(offer.keep().manifest()).unwrap();
    let asked = |unit, units| frames(body_of(&offer, Wanted::Manifest { unit, units }));
    assert_eq!(asked(0, 64), [unit(&manifest), Frame::End]);
    assert_eq!(asked(1, 64), [Frame::End]);
    assert_eq!(asked(u64::MAX, 1), [Frame::End]);
}

#[test]
fn nonsense_that_is_asked_ends_the_answer() {
    let offer = Offer::new(&[("a", Some(content(10, 1)))]);
    assert_eq!(frames_of(&offer, Range { unit: 9, ..range(3) }), [Frame::End]);
    for at in [1, 5] {
        let body = body_of(&offer, Wanted::Files(Range { at, ..range(3) }));
        assert!(body.iter().any(Result::is_err), "{at}");
    }
    assert_eq!(frames_of(&offer, Range { at: 1 << 20, ..range(3) }), [Frame::End]);
}
