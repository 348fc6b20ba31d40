//! Senders who lie about what they offer: told in words, nothing under a final name, nothing left, and the node lives on.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use serde_bytes::ByteBuf;
use tempfile::TempDir;
use vecino::model::TransferId;
use vecino::protocol::wire::encode;
use vecino::protocol::wire::file::{Ask, Denial, FrameHead, Notice, Outcome, Reply};
use vecino::protocol::wire::manifest::{Entry, EntryKind, MAX_MANIFEST_BYTES, UNIT};

use crate::mallory::{Given, Mallory, Told};
use crate::pair::{SOON, address, person};
use crate::support::process::{Event, Process};
use crate::support::profile::Profile;
use crate::support::within;

/// Bytes of the file that is offered: three units.
const SIZE: u64 = 2 * UNIT + 10;

/// A frame of a unit with its true hash.
fn unit(bytes: &[u8]) -> Vec<u8> {
    [&FrameHead::Unit(bytes.len()).encode(), bytes, blake3::hash(bytes).as_bytes()].concat()
}

fn body(pieces: impl IntoIterator<Item = Vec<u8>, IntoIter: Send + 'static>) -> Given {
    Given::Body(Box::new(pieces.into_iter()))
}

/// A whole body of these frames.
fn frames(frames: Vec<Vec<u8>>) -> Given {
    body(frames.into_iter().chain([FrameHead::End.encode().to_vec()]))
}

/// The manifest of one file.
fn manifest(name: &str, size: u64) -> Vec<u8> {
    let kind = EntryKind::File { size, modified: 0, executable: false };
    Entry { path: vec![name.into()], kind }.encode().unwrap()
}

/// Bytes of a unit of the file that is offered.
fn length(unit: u64) -> usize {
    (SIZE - unit * UNIT).min(UNIT) as usize
}

/// A unit of the right length with a hash that isn't its own.
fn damaged(number: u64) -> Vec<u8> {
    let mut frame = unit(&vec![0; length(number)]);
    *frame.last_mut().unwrap() ^= 1;
    frame
}

/// What an honest sender of a file of [`SIZE`] zeros answers.
fn honest(ask: Ask) -> Given {
    match ask {
        Ask::Manifest { .. } => frames(vec![unit(&manifest("foto.jpg", SIZE))]),
        Ask::Range(range) => {
            let units = (range.unit..3).take(range.units as usize);
            frames(units.map(|number| unit(&vec![0; length(number)])).collect())
        }
        _ => Given::Word(Reply::Noted),
    }
}

/// Somebody who takes everything that is offered.
struct Victim {
    luis: Profile,
    node: Process,
    address: String,
    _folder: TempDir,
}

impl Victim {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let luis = person("luis", folder.path());
        let mut node = luis.node_with(&["--accept", "all"]);
        let ready = node.ready();
        Self { luis, node, address: address(&ready), _folder: folder }
    }

    fn wait_for(&mut self, id: TransferId, state: &str) -> Event {
        let id = id.to_string();
        self.node.wait_for(state, within(6 * SOON), |event| event["id"] == id.as_str() && event["state"] == state)
    }

    /// Names in the downloads and in what is kept of transfers.
    fn left(&self) -> Vec<String> {
        let folders = [self.luis.downloads(), self.luis.data().join("transfers")];
        let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Somebody who answers like this offers a file: it has to fail in words that hold `words`.
    fn refuses(&mut self, words: &str, handler: impl FnMut(Ask) -> Given + Send + 'static) {
        let mut mallory = Mallory::meets(&self.address, handler);
        let id = mallory.offer("foto.jpg", SIZE);
        let failed = self.wait_for(id, "failed").json;
        let error = failed["error"].as_str().unwrap();
        assert!(error.contains(words), "“{words}” isn't in “{error}”");
        mallory.wait("the report", |told| matches!(told, Told::Reported(of, Outcome::Failed) if *of == id));
        assert_eq!(self.left(), [""; 0], "after “{error}”");
        mallory.chats("still here");
    }
}

/// The bytes of an entry as no honest program writes one.
fn raw_entry(path: &[&[u8]], size: u64) -> Vec<u8> {
    #[derive(Serialize)]
    struct Raw {
        p: Vec<ByteBuf>,
        n: u64,
    }
    let raw = Raw { p: path.iter().map(|name| ByteBuf::from(*name)).collect(), n: size };
    let bytes = encode(&raw, 1 << 16).unwrap();
    [&(bytes.len() as u16).to_be_bytes(), bytes.as_slice()].concat()
}

#[test]
fn a_manifest_that_is_not_what_was_offered_is_refused() {
    let mut victim = Victim::new();
    let long = [b'x'; 300];
    let deep = vec![b"x".as_slice(); 101];
    let manifests: Vec<Vec<u8>> = vec![
        Vec::new(),
        vec![0xff; 1_000],
        manifest("foto.jpg", SIZE + 1),
        [manifest("foto.jpg", SIZE - 1), manifest("otra.jpg", 1)].concat(),
        [manifest("foto.jpg", SIZE), manifest("foto.jpg", 0)].concat(),
        manifest("foto.jpg", SIZE)[..9].to_vec(),
        raw_entry(&[b"..", b"x"], SIZE),
        raw_entry(&[b"x", b"..", b"..", b"x"], SIZE),
        raw_entry(&[b"/etc/passwd"], SIZE),
        raw_entry(&[b"a/b"], SIZE),
        raw_entry(&[b"a", b""], SIZE),
        raw_entry(&[b"a\0b"], SIZE),
        raw_entry(&[b"nowhere", b"x"], SIZE),
        raw_entry(&[], SIZE),
        raw_entry(&[&long], SIZE),
        raw_entry(&deep, SIZE),
        raw_entry(&[b"x"], u64::MAX),
    ];
    for manifest in manifests {
        victim.refuses("something else than it had said", move |ask| match ask {
            Ask::Manifest { unit: 0, .. } if !manifest.is_empty() => frames(vec![unit(&manifest)]),
            Ask::Manifest { .. } => frames(Vec::new()),
            _ => honest(ask),
        });
    }
    let strange = unit(b"a manifest of another length than it says");
    for given in
        [vec![9; 100], strange[..20].iter().map(|byte| byte ^ 1).collect(), FrameHead::Changed.encode().to_vec()]
    {
        victim.refuses("can't be read", move |_| body([given.clone()]));
    }
}

#[test]
fn a_manifest_without_end_has_one() {
    let mut victim = Victim::new();
    let frame = unit(&vec![0; UNIT as usize]);
    let given = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&given);
    victim.refuses("can't be read", move |ask| {
        let (frame, counted) = (frame.clone(), Arc::clone(&counted));
        let units = ask.units() as usize;
        body(
            std::iter::repeat_with(move || {
                counted.fetch_add(UNIT, Ordering::Relaxed);
                frame.clone()
            })
            .take(units)
            .chain([FrameHead::End.encode().to_vec()]),
        )
    });
    let given = given.load(Ordering::Relaxed);
    assert!((MAX_MANIFEST_BYTES..=MAX_MANIFEST_BYTES + 64 * UNIT).contains(&given), "{given} bytes were taken");
}

#[test]
fn units_that_are_not_what_was_offered_are_refused() {
    let mut victim = Victim::new();
    let of_ranges = |answer: fn() -> Given| {
        move |ask| match ask {
            Ask::Range(_) => answer(),
            _ => honest(ask),
        }
    };
    victim.refuses("lied about the size", of_ranges(|| frames(vec![unit(b"short")])));
    victim.refuses("lied about the size", of_ranges(|| frames(vec![unit(b"")])));
    victim.refuses("something else than it had offered", of_ranges(|| frames(Vec::new())));
    victim.refuses("something else than it had offered", of_ranges(|| body([vec![77; 10_000]])));
    victim.refuses("something else than it had offered", of_ranges(|| frames(vec![hash_alone()])));
    victim.refuses(
        "something else than it had offered",
        of_ranges(|| body([FrameHead::Unit(1).encode().map(|byte| byte | 0x40).to_vec()])),
    );
    victim.refuses("damaged, again and again", |ask| match ask {
        Ask::Range(range) => frames((range.unit..3).take(range.units as usize).map(damaged).collect()),
        _ => honest(ask),
    });
    for denial in [Denial::Unknown, Denial::Invalid, Denial::Other(999)] {
        victim.refuses(&denial.to_string(), move |ask| match ask {
            Ask::Range(_) => Given::Word(Reply::Denied(denial)),
            _ => honest(ask),
        });
    }
}

fn hash_alone() -> Vec<u8> {
    [FrameHead::Hash.encode().as_slice(), &[7; 32]].concat()
}

#[test]
fn whoever_stops_in_the_middle_is_waited_for() {
    let mut victim = Victim::new();
    let mut mallory = Mallory::meets(&victim.address, |ask| match ask {
        Ask::Range(_) => body([unit(&vec![0; UNIT as usize])[..1_000].to_vec()]),
        _ => honest(ask),
    });
    let id = mallory.offer("foto.jpg", SIZE);
    mallory.wait("a report", |told| matches!(told, Told::Reported(_, Outcome::UnderWay)));
    mallory.chats("still here");
    mallory.leaves();
    victim.node.wait_for("her leaving", within(SOON), |event| event["event"] == "peer" && event["path"] == "none");
    let transfers = victim.luis.run(&["transfers", "--json"]).expect(0).json();
    assert_eq!((&transfers[0]["state"], &transfers[0]["done"]), (&"active".into(), &0.into()), "{transfers}");
    assert!(!victim.luis.downloads().join("foto.jpg").exists());
    victim.luis.run(&["cancel", &id.to_string()]).expect(0);
    assert_eq!(victim.left(), [""; 0]);
}

#[test]
fn what_is_denied_for_a_while_is_asked_for_again() {
    let mut victim = Victim::new();
    let mut denials = vec![Denial::Paused, Denial::Busy];
    let mut mallory = Mallory::meets(&victim.address, move |ask| match ask {
        Ask::Range(_) => denials.pop().map_or_else(|| honest(ask), |denial| Given::Word(Reply::Denied(denial))),
        _ => honest(ask),
    });
    let id = mallory.offer("foto.jpg", SIZE);
    assert_eq!(victim.wait_for(id, "paused").json["paused_by"], "peer");
    assert_eq!(mallory.answer(id, Ask::Notice(Notice::GoOn), None), Some(Reply::Noted));
    victim.wait_for(id, "done");
    assert_eq!(fs::read(victim.luis.downloads().join("foto.jpg")).unwrap(), vec![0; SIZE as usize]);

    let mut other = Mallory::meets(&victim.address, |ask| match ask {
        Ask::Range(_) => Given::Word(Reply::Denied(Denial::Cancelled)),
        _ => honest(ask),
    });
    let id = other.offer("otra.jpg", SIZE);
    victim.wait_for(id, "cancelled");
    other.wait("the word of it", |told| matches!(told, Told::Reported(_, Outcome::Cancelled)));
    mallory.chats("still here");
    assert_eq!(victim.left(), ["foto.jpg"]);
}

#[test]
fn more_units_than_were_asked_for_change_nothing() {
    let mut victim = Victim::new();
    let mut mallory = Mallory::meets(&victim.address, |ask| match ask {
        Ask::Range(range) => {
            let units = range.unit..3;
            let more = std::iter::repeat_with(|| unit(&vec![9; UNIT as usize])).take(100);
            body(units.map(|number| unit(&vec![0; length(number)])).chain(more))
        }
        _ => honest(ask),
    });
    let id = mallory.offer("foto.jpg", SIZE);
    victim.wait_for(id, "done");
    assert_eq!(fs::read(victim.luis.downloads().join("foto.jpg")).unwrap(), vec![0; SIZE as usize]);
    mallory.chats("still here");
}

#[test]
fn names_that_mean_harm_are_made_harmless() {
    let mut victim = Victim::new();
    let names: [&[u8]; 7] = [b"..\\..\\x", b"C:\\x", b"con", b".. ", b"foto\xe2\x80\xaegpj.exe", b"\xff\xfe", b"a\nb"];
    for name in names {
        let given = raw_entry(&[name], SIZE);
        let mut mallory = Mallory::meets(&victim.address, move |ask| match ask {
            Ask::Manifest { .. } => frames(vec![unit(&given)]),
            _ => honest(ask),
        });
        let id = mallory.offer("foto.jpg", SIZE);
        let saved_to = victim.wait_for(id, "done").json["saved_to"].as_str().unwrap().to_owned();
        let saved_to = Path::new(&saved_to);
        assert_eq!(saved_to.parent(), Some(victim.luis.downloads().as_path()), "{saved_to:?}");
        assert_eq!(fs::read(saved_to).unwrap(), vec![0; SIZE as usize]);
        let given = saved_to.file_name().unwrap().to_str().unwrap();
        assert!(!given.contains(['\\', ':', '\n', '\u{202e}']) && given != "con", "{given:?}");
    }
    let mut at_home: Vec<_> =
        fs::read_dir(&victim.luis.home).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    at_home.sort();
    assert_eq!(at_home, ["data", "downloads"]);
}

#[test]
fn whoever_stalls_holds_nobody_else_up() {
    let mut victim = Victim::new();
    let mut staller = Mallory::meets(&victim.address, |ask| match ask {
        Ask::Range(_) => Given::Silence,
        _ => honest(ask),
    });
    let stalled: Vec<TransferId> = (0..40).map(|n| staller.offer(&format!("{n}.jpg"), SIZE)).collect();
    let mut friend = Mallory::meets(&victim.address, honest);
    let id = friend.offer("foto.jpg", SIZE);
    victim.wait_for(id, "done");
    for id in stalled {
        victim.luis.run(&["cancel", &id.to_string()]).expect(0);
    }
    assert_eq!(victim.left(), ["foto.jpg"]);
}

#[test]
fn how_it_ended_is_told_one_word_at_a_time() {
    const QUESTIONS: usize = 200;
    let mut victim = Victim::new();
    let mut mallory = Mallory::meets(&victim.address, |ask| match ask {
        Ask::Report { .. } => Given::Word(Reply::Denied(Denial::Busy)),
        Ask::Range(_) => body([]),
        _ => honest(ask),
    });
    let id = mallory.offer("foto.jpg", SIZE);
    victim.wait_for(id, "active");
    victim.luis.run(&["cancel", &id.to_string()]).expect(0);
    mallory.wait("the report", |told| matches!(told, Told::Reported(_, Outcome::Cancelled)));
    let start = std::time::Instant::now();
    for _ in 0..QUESTIONS {
        mallory.ask(id, Ask::Notice(Notice::GoOn), None);
    }
    let (mut reports, mut answers) = (0, 0);
    while answers < QUESTIONS {
        match mallory.wait("an answer", |_| true) {
            Told::Reported(..) => reports += 1,
            Told::Answered(_) => answers += 1,
            _ => {}
        }
    }
    // One a second, as long as she doesn't hear.
    let seconds = start.elapsed().as_secs();
    assert!(reports <= seconds + 1, "{reports} reports in {seconds} s");
}
