//! What strangers may call themselves and their files. Letters that no bundled font has are boxes here, as
//! [`sample::load_fonts`] says: the system's fonts, which have them in a window, are others on each machine. Where the
//! boxes stand, and what room they take, goes through the same layout.

use super::Scene;
use crate::model::{Body, FileName, From, Message as Sent, MessageState, Nickname, Offer};
use crate::ui::sample::{self, FERNANDA, LUIS, MELANI, PRINTER, RECEPTION, SIZE, Snapshot, received, sent};

/// Calls people what is hardest to show.
pub(super) fn harden(snapshot: &mut Snapshot) {
    let names = [
        (LUIS, "Adolph Blaine Charles David Earl Frederick Gerald Hubert Irvin John"),
        (MELANI, "محمد عبد الرحمن بن عبد الله"),
        (PRINTER, "山田太郎と愉快な仲間たちの会議室"),
        (FERNANDA, "ניצן ושירה 4"),
        (RECEPTION, "👩‍🚀👨‍👩‍👧🏴‍☠️ 🦄🦄🦄🦄🦄🦄🦄🦄🦄"),
    ];
    for (id, name) in names {
        let short: String = name.chars().take(32).collect();
        let name = Nickname::new(name).or_else(|_| Nickname::new(short.trim())).unwrap();
        snapshot.peers.iter_mut().find(|peer| peer.id == id).unwrap().nickname = name;
    }
}

/// What is hardest to show of what may be said and offered.
pub(super) fn hard_history() -> Vec<Sent> {
    let long = format!("{}.pdf.exe", "a-very-long-name-".repeat(12));
    let offer = |number, name: &str| {
        let offer = Offer { name: FileName::safe(name), size: 4_100_000, files: 1, caption: None };
        Sent { body: Body::Offer(offer), from: From::Peer, ..received(LUIS, number, "x") }
    };
    vec![
        received(LUIS, 101, &"x".repeat(5_000)),
        received(LUIS, 102, "שלום, מה שלומך? I'm fine. السلام عليكم ورحمة الله وبركاته"),
        sent(LUIS, 103, "我们明天四点见面 👍🏽 こんにちは 안녕하세요", MessageState::Read),
        offer(107, &long),
        offer(108, "تقرير السنة\u{202e}fdp.exe"),
    ]
}

fn hostile() -> Scene {
    let mut snapshot = sample::snapshot();
    harden(&mut snapshot);
    let mut scene = Scene::of(snapshot, SIZE);
    scene.open(LUIS, hard_history());
    scene
}

#[test]
fn hostile_names_and_words() {
    hostile().once("hostile", SIZE, 1.0);
}
