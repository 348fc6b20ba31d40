//! Every screen in every state, at each size a window may have, in both languages, with plain names and with the hardest: held
//! to the rules of [`bounds`](super::bounds). With `VECINO_WRITE_PICTURES_TO=folder` set, each is drawn there to be looked at.

use std::io;
use std::path::{Path, PathBuf};

use iced::widget::image::Handle;
use iced::{Element, Size, window};

use super::bounds::{Rules, wrong};
use super::drawing::picture;
use super::kept::Kept;
use super::strangers::{hard_history, harden};
use super::{Scene, locales};
use crate::engine::{Error, Event, StoreError};
use crate::model::{
    Direction, Invite, Invited, InvitedRelay, Message as Sent, MessageState, Multicast, Network, Nickname, PausedBy,
    Plain, Refusal, RelayState, RelayStatus, ThemeChoice, Transfer, TransferState,
};
use crate::ui::keys::Command;
use crate::ui::locale::{Language, Locale};
use crate::ui::notice::Notice;
use crate::ui::pictures::{Job, Picture, Scale};
use crate::ui::sample::{self, FERNANDA, LUIS, MELANI, RECEPTION, SIZE, Snapshot, message_id, received, sent};
use crate::ui::screen::{conversation, failure, first_start, main, sidebar, transfers};
use crate::ui::session::Message;
use crate::ui::theme::theme;
use crate::ui::transfer::Press;

/// Set, it names a folder that all are drawn into.
const WRITE_TO: &str = "VECINO_WRITE_PICTURES_TO";

/// The least that a window can be.
pub(super) const SMALLEST: Size = Size::new(360.0, 480.0);

/// Windows, in logical pixels at a text size of 100 %, and the text size.
const SIZES: [(&str, Size, f32); 6] = [
    ("360", SMALLEST, 1.0),
    ("600", Size::new(600.0, 760.0), 1.0),
    ("1180", Size::new(1180.0, 760.0), 1.0),
    ("1920", Size::new(1920.0, 1080.0), 1.0),
    ("1180-at-150", Size::new(1180.0, 760.0), 1.5),
    ("540-at-150", Size::new(540.0, 720.0), 1.5),
];

/// What may be cut has one of these in it: what others said, and what nobody reads to its end. What vecino says may not.
const OTHERS: [&str; 8] =
    ["perfect, see", "Two versions", "I need them", "12D3KooW", ":48237", "fernanda", "reception", "beach.jpg"];

/// A screen in a state.
pub(super) struct Stage {
    pub(super) name: &'static str,
    pub(super) scene: Scene,
    pub(super) window: window::Id,
}

fn stage(name: &'static str, scene: Scene) -> Stage {
    let window = scene.window;
    Stage { name, scene, window }
}

pub(super) const LINK: &str = "https://planos.example.org/casa/patio?version=2&lang=es";

fn snapshot(hard: bool) -> Snapshot {
    let mut snapshot = sample::snapshot();
    let more = |number, name: &str, direction, state| Transfer {
        id: message_id(number).transfer(),
        name: name.into(),
        direction,
        state,
        bytes_per_second: 0,
        ..sample::sending()
    };
    snapshot.transfers.extend([
        more(90, "notes.odt", Direction::Out, TransferState::Paused),
        Transfer {
            paused_by: Some(PausedBy::Disk),
            peer_id: MELANI,
            ..more(94, "backup.tar", Direction::In, TransferState::Paused)
        },
        Transfer {
            files: 1_234,
            current: Some("holiday/day 1/beach.jpg".into()),
            bytes_per_second: 48_000_000,
            ..more(95, "holiday", Direction::In, TransferState::Active)
        },
        more(96, "plan.pdf", Direction::Out, TransferState::Offered),
        Transfer {
            done: 1_440_000_000,
            files: 213,
            saved_to: Some("/home/ana/photos".into()),
            ..more(91, "photos", Direction::In, TransferState::Done)
        },
        Transfer {
            saved_to: Some("/home/ana/letter.pdf".into()),
            ..more(97, "letter.pdf", Direction::In, TransferState::Done)
        },
        Transfer { error: Some(Plain::Damaged.into()), ..more(92, "film.mkv", Direction::In, TransferState::Failed) },
        more(93, "song.flac", Direction::Out, TransferState::Cancelled),
    ]);
    snapshot.me.addresses = ["/ip4/192.168.1.20/tcp/48237", "/ip6/fd00:1234:5678:9abc:def0:1234:5678:9abc/tcp/48237"]
        .map(str::to_owned)
        .into();
    snapshot.me.network =
        Network { since: Some(sample::days_ago(1)), up: true, multicast: Multicast::Off, reached: false };
    snapshot.me.relays = vec![
        sample::relay(RelayState::Ready),
        RelayStatus {
            error: Some(io::Error::from(io::ErrorKind::ConnectionRefused).into()),
            given: true,
            ..sample::relay(RelayState::Connecting)
        },
    ];
    if hard {
        harden(&mut snapshot);
    }
    snapshot
}

fn history(hard: bool) -> Vec<Sent> {
    let mut history = sample::history();
    if hard {
        history.extend(hard_history());
    }
    history
}

fn with_luis(hard: bool, size: Size) -> Scene {
    let mut snapshot = snapshot(hard);
    let luis = snapshot.conversations.iter_mut().find(|known| known.peer == LUIS).unwrap();
    luis.unread = 2;
    let mut scene = Scene::of(snapshot, size);
    scene.open(LUIS, history(hard));
    scene.session.window_focused(scene.window);
    scene
}

/// luis' photo has come, and is decoded.
fn with_picture(hard: bool, size: Size) -> Scene {
    let mut scene = with_luis(hard, size);
    let id = message_id(107).transfer();
    let path = PathBuf::from("/home/ana/obra-norte.jpg");
    let saved_to = Some(path.display().to_string());
    let (direction, state) = (Direction::In, TransferState::Done);
    let name = "obra-norte.jpg".into();
    let came = Transfer { id, direction, state, name, saved_to, size: 4_100_000, done: 4_100_000, ..sample::sending() };
    scene.session.update(Message::Happened([Event::Transfer(came)].into()));
    scene.conversation(conversation::Message::PictureSeen(id, path.clone()));
    let job = Job { id, path, scale: Scale::Small };
    scene.session.update(Message::Decoded(job, Some(sunset(480, 320))));
    scene
}

/// A picture that is the same wherever it's drawn: stripes from blue to orange.
pub(super) fn sunset(width: u32, height: u32) -> Picture {
    let row = |y: u32| {
        let step = u8::try_from(y * 8 / height * 28).unwrap();
        [40 + step, 110, 220 - step, 255].repeat(width as usize)
    };
    let rgba: Vec<u8> = (0..height).flat_map(row).collect();
    Picture { handle: Handle::from_rgba(width, height, rgba), size: (width, height) }
}

fn invite() -> String {
    let address = |text: &str| text.parse().unwrap();
    let relay = InvitedRelay { peer: LUIS, addresses: vec![address("10.0.0.9:48237")], token: None };
    let nickname = Nickname::new("luis").unwrap();
    let addresses = vec![address("192.168.1.21:48237"), address("[fd00:1234:5678:9abc::21]:48237")];
    Invite { person: Some(Invited { peer: LUIS, nickname, addresses }), relays: vec![relay] }.to_string()
}

/// The session's screens.
pub(super) fn stages(hard: bool, size: Size) -> Vec<Stage> {
    let long = "The folder “/home/ana/a folder with a very long name/and another” can't be read: permission denied";
    let keyed = |command| {
        let mut scene = with_luis(hard, size);
        scene.session.key(scene.window, command);
        scene
    };
    let said = |message| {
        let mut scene = with_luis(hard, size);
        scene.conversation(message);
        scene
    };

    let mut nobody = Scene::of(Snapshot { peers: Vec::new(), conversations: Vec::new(), ..snapshot(hard) }, size);
    nobody.session.update(Message::Waited);
    nobody.session.update(Message::AddFinished(Err(Error::Offer("no answer from 192.168.1.20:48237".into()))));

    let mut typed = with_luis(hard, size);
    for letter in "see the folder".chars() {
        let edit = iced::widget::text_editor::Action::Edit(iced::widget::text_editor::Edit::Insert(letter));
        typed.conversation(conversation::Message::Edited(edit));
    }
    typed.conversation(conversation::Message::AttachPressed);

    let mut linked = Scene::of(snapshot(hard), size);
    linked.open(LUIS, vec![received(LUIS, 101, LINK)]);
    linked.press(LINK, size);

    let mut invited = with_luis(hard, size);
    invited.session.link_opened(&invite());

    let mut told = with_luis(hard, size);
    told.session.update(Message::Warned(Notice::Warning(Error::Offer(long.into()).into())));
    told.session.update(Message::Failed(Some(LUIS), Error::Offer(long.into())));

    let mut away = Scene::of(snapshot(hard), size);
    let failed = Sent {
        error: Some(Refusal::OverBudget.into()),
        ..sent(FERNANDA, 401, "the notes from class", MessageState::Failed)
    };
    away.open(FERNANDA, vec![failed, sent(FERNANDA, 402, "are you there?", MessageState::Queued)]);

    let mut empty = Scene::of(snapshot(hard), size);
    empty.open(RECEPTION, Vec::new());

    let mut found = with_luis(hard, size);
    let asked = found.sidebar(sidebar::Message::Searched("the".into()));
    found.answer(asked);
    found.session.key(found.window, Command::Find);

    let mut no_transfers = Scene::of(Snapshot { transfers: Vec::new(), ..snapshot(hard) }, size);
    no_transfers.session.key(no_transfers.window, Command::Transfers);

    let mut asking = keyed(Command::Transfers);
    let cancel = transfers::Message::FilePressed(LUIS, message_id(106).transfer(), Press::Cancel);
    asking.session.update(Message::Main(main::Message::Transfers(cancel)));

    let mut set = Scene::of(snapshot(hard), size);
    set.session.tray_found(true);
    set.session.update(Message::AutostartSeen(Ok(true)));
    set.session.key(set.window, Command::Settings);

    let mut menu = Scene::of(snapshot(hard), size);
    menu.session.key(menu.window, Command::Find);
    menu.sidebar(sidebar::Message::MePressed);

    let mut dropping = with_luis(hard, size);
    dropping.session.files_hovered(dropping.window);

    let mut enlarged = with_picture(hard, size);
    let id = message_id(107).transfer();
    enlarged.conversation(conversation::Message::PicturePressed(id));
    let job = Job { id, path: "/home/ana/obra-norte.jpg".into(), scale: Scale::Large };
    enlarged.session.update(Message::Decoded(job, Some(sunset(1_200, 800))));

    let mut own = with_luis(hard, size);
    let window = window::Id::unique();
    own.session.window_opened(window, LUIS);

    vec![
        stage("nobody", nobody),
        stage("choose", Scene::of(snapshot(hard), size)),
        stage("conversation", with_luis(hard, size)),
        stage("emoji", said(conversation::Message::EmojiPressed)),
        stage("attach", typed),
        stage("find", keyed(Command::FindHere)),
        stage("search", found),
        stage("link", linked),
        stage("invite", invited),
        stage("notices", told),
        stage("away", away),
        stage("empty", empty),
        stage("transfers", keyed(Command::Transfers)),
        stage("transfers-asking", asking),
        stage("transfers-none", no_transfers),
        stage("settings", set),
        stage("menu", menu),
        stage("keys", keyed(Command::Shortcuts)),
        stage("drop", dropping),
        stage("picture", with_picture(hard, size)),
        stage("enlarged", enlarged),
        Stage { window, ..stage("window", own) },
    ]
}

/// Looks at one screen; draws it where that is wanted. Returns what is wrong.
fn look<'a, M: 'a>(
    (name, language): (&str, Language),
    (size, scale): (Size, f32),
    rules: Rules,
    view: impl Fn() -> Element<'a, M>,
) -> Vec<String> {
    let tag = language.tag();
    let name = format!("{name}-{tag}");
    let logical = size * (1.0 / scale);
    if let Some(folder) = std::env::var_os(WRITE_TO) {
        let light = theme(ThemeChoice::Light, iced::theme::Mode::None);
        Kept::of(&picture((logical, scale), &light, view())).write(&Path::new(&folder).join(format!("{name}.png")));
    }
    wrong(view(), logical, rules).into_iter().map(|wrong| format!("{name}: {wrong}")).collect()
}

fn all(hard: bool) -> Vec<String> {
    let locales = locales();
    let names = if hard { "hard" } else { "plain" };
    let mut seen = Vec::new();
    for (tag, size, scale) in SIZES {
        let logical = size * (1.0 / scale);
        let stages = stages(hard, logical);
        for (language, locale) in [(Language::English, &locales.english), (Language::Spanish, &locales.spanish)] {
            let locale: &Locale = locale;
            // Where there's so much room, the words aren't what matters.
            if tag == "1920" && language == Language::Spanish {
                continue;
            }
            for Stage { name, scene, window } in &stages {
                let name = format!("{name}-{tag}-{names}");
                let rules = Rules { may_cut: if hard { &[""] } else { &OTHERS } };
                seen.extend(look((&name, language), (size, scale), rules, || scene.session.view(*window, locale)));
            }
            let start = first_start::State::new(&Nickname::new("ana").unwrap());
            let rules = Rules { may_cut: &[] };
            let name = format!("first-start-{tag}-{names}");
            seen.extend(look((&name, language), (size, scale), rules, || start.view(locale)));
            let error = Error::Store(StoreError::NotADatabase("/home/ana/.local/share/vecino/vecino.db".into()));
            let name = format!("failure-{tag}-{names}");
            seen.extend(look((&name, language), (size, scale), rules, || failure::view(&error, locale)));
        }
    }
    seen
}

/// Some of these are kept, to be compared.
#[test]
fn a_few_at_other_sizes() {
    let large = SIZE * (1.0 / 1.5);
    for (name, size, scale) in [
        ("picture", SIZE, 1.0),
        ("enlarged", SIZE, 1.0),
        ("link", SMALLEST, 1.0),
        ("invite", SIZE, 1.0),
        ("find", SMALLEST, 1.0),
        ("search", SMALLEST, 1.0),
        ("transfers-asking", SMALLEST, 1.0),
        ("settings", large, 1.5),
        ("nobody", large, 1.5),
        ("transfers", Size::new(1920.0, 1080.0), 1.0),
    ] {
        let stage = stages(false, size).into_iter().find(|stage| stage.name == name).unwrap();
        let tag = if scale > 1.0 { "150-percent".to_owned() } else { format!("{}x{}", size.width, size.height) };
        stage.scene.once(&format!("{name}-{tag}"), size, scale);
    }
    let hard = stages(true, SMALLEST).into_iter().find(|stage| stage.name == "away").unwrap();
    hard.scene.once("hard-names-360x480", SMALLEST, 1.0);
}

#[test]
fn nothing_is_squeezed_or_covered_at_any_size() {
    let seen = all(false);
    assert!(seen.is_empty(), "{} things:\n{}", seen.len(), seen.join("\n"));
}

#[test]
fn the_hardest_names_squeeze_and_cover_nothing() {
    let seen = all(true);
    assert!(seen.is_empty(), "{} things:\n{}", seen.len(), seen.join("\n"));
}
