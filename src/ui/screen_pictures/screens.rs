//! The screens as they mostly are.

use iced::Size;

use super::{Scene, each, locales};
use crate::engine::{Error, StoreError};
use crate::model::{Direction, Interface, Multicast, Network, Nickname, Plain, RelayState, Transfer, TransferState};
use crate::ui::keys::Command;
use crate::ui::sample::{self, LUIS, SIZE, Snapshot, message_id, simulator};
use crate::ui::screen::{conversation, failure, first_start, sidebar};
use crate::ui::session::{Effect, Message};

#[test]
fn the_first_start() {
    let (state, locales) = (first_start::State::new(&Nickname::new("ana").unwrap()), locales());
    each("first-start", SIZE, &locales, |locale| state.view(locale));
}

#[test]
fn a_failure() {
    let (error, locales) = (Error::Store(StoreError::NotADatabase("vecino.db".into())), locales());
    each("failure", SIZE, &locales, |locale| failure::view(&error, locale));
}

/// What is known where nobody is here and nobody was.
fn alone() -> Snapshot {
    let mut snapshot = sample::snapshot();
    snapshot.me.addresses =
        ["/ip4/192.168.1.20/tcp/48237", "/ip6/fd00::20/tcp/48237"].map(std::borrow::ToOwned::to_owned).into();
    let multicast = Multicast::Silent;
    snapshot.me.network = Network { since: Some(sample::at(9, 41)), up: true, multicast, reached: false };
    Snapshot { peers: Vec::new(), conversations: Vec::new(), transfers: Vec::new(), ..snapshot }
}

#[test]
fn nobody_here() {
    let mut scene = Scene::of(alone(), SIZE);
    scene.each("nobody-listening");
    scene.session.update(Message::Waited);
    scene.each("nobody-waited");
}

#[test]
fn a_conversation() {
    Scene::with_luis(SIZE).each("conversation");
}

#[test]
fn the_picker_of_emoji() {
    let mut scene = Scene::with_luis(SIZE);
    scene.conversation(conversation::Message::EmojiPressed);
    scene.each("emoji");
}

#[test]
fn the_menu_of_the_conversation() {
    let mut scene = Scene::with_luis(SIZE);
    scene.session.key(scene.window, Command::Menu);
    scene.each("menu");
}

#[test]
fn the_menu_in_a_narrow_window() {
    let size = Size::new(360.0, 480.0);
    let mut scene = Scene::with_luis(size);
    scene.session.key(scene.window, Command::Menu);
    scene.once("menu-360x480", size, 1.0);
}

#[test]
fn a_conversation_that_was_saved() {
    let mut scene = Scene::with_luis(SIZE);
    let path = "/home/ana/Documents/Conversation with luis.txt".into();
    scene.session.update(Message::ExportFinished(LUIS, Ok(path)));
    scene.once("saved", SIZE, 1.0);
}

#[test]
fn a_search_in_the_conversation_and_in_all() {
    let mut scene = Scene::with_luis(SIZE);
    let asked = scene.sidebar(sidebar::Message::Searched("the".into()));
    scene.answer(asked);
    let opened = scene.session.key(scene.window, Command::FindHere);
    let field =
        opened.into_iter().find_map(|effect| if let Effect::Focus(field) = effect { Some(field) } else { None });
    let field = field.unwrap();
    let english = sample::locale(crate::ui::locale::Language::English);
    for letter in ["t", "h", "e"] {
        let mut ui = simulator(scene.session.view(scene.window, &english));
        ui.click(field.clone()).unwrap();
        ui.typewrite(letter);
        let typed: Vec<Message> = ui.into_messages().collect();
        for message in typed {
            let asked = scene.session.update(message);
            scene.answer(asked);
        }
    }
    scene.each("search");
}

#[test]
fn the_transfers() {
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
        Transfer { done: 1_440_000_000, files: 213, ..more(91, "photos", Direction::In, TransferState::Done) },
        Transfer { error: Some(Plain::Damaged.into()), ..more(92, "film.mkv", Direction::In, TransferState::Failed) },
        more(93, "song.flac", Direction::Out, TransferState::Cancelled),
    ]);
    let mut scene = Scene::of(snapshot, SIZE);
    scene.session.key(scene.window, Command::Transfers);
    scene.each("transfers");
}

#[test]
fn the_settings() {
    let tall = Size::new(760.0, 2_860.0);
    for (name, size) in [("settings", SIZE), ("settings-whole", tall)] {
        let mut snapshot = alone();
        snapshot.me.relays = vec![sample::relay(RelayState::Ready), sample::relay(RelayState::Connecting)];
        let mut scene = Scene::of(snapshot, size);
        scene.session.tray_found(true);
        scene.session.update(Message::AutostartSeen(Ok(true)));
        let interfaces = [("eth0", "192.168.1.20"), ("wlan0", "10.0.0.7")];
        let interfaces = interfaces.map(|(name, address)| Interface {
            name: name.into(),
            addresses: vec![address.into()],
            technical: false,
        });
        scene.session.update(Message::InterfacesSeen(interfaces.into()));
        scene.session.key(scene.window, Command::Settings);
        scene.each_of(name, scene.window, size);
    }
}

#[test]
fn the_sheet_of_keys() {
    let mut scene = Scene::with_luis(SIZE);
    scene.session.key(scene.window, Command::Shortcuts);
    scene.each("keys");
}

#[test]
fn files_held_over_a_conversation() {
    let mut scene = Scene::with_luis(SIZE);
    scene.session.files_hovered(scene.window);
    scene.each("drop");
}

#[test]
fn a_conversation_in_a_window_of_its_own() {
    let mut scene = Scene::with_luis(SIZE);
    let own = iced::window::Id::unique();
    scene.session.window_opened(own, LUIS);
    scene.each_of("window", own, Size::new(560.0, 680.0));
}

#[test]
fn a_conversation_at_other_sizes() {
    for (name, size, scale) in [
        ("conversation-360x480", Size::new(360.0, 480.0), 1.0),
        ("conversation-600x760", Size::new(600.0, 760.0), 1.0),
        ("conversation-1920x1080", Size::new(1920.0, 1080.0), 1.0),
        ("conversation-150-percent", SIZE * (1.0 / 1.5), 1.5),
    ] {
        Scene::with_luis(size).once(name, size, scale);
    }
}
