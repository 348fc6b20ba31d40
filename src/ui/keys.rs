//! The keyboard: one table, from which the handler reads what a key does and the window its name.

use iced::keyboard::key::{Named, Physical};
use iced::keyboard::{Key, Modifiers};

use super::locale::Locale;

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Find a person or conversation.
    Find,
    /// Find messages in all conversations.
    FindEverywhere,
    /// Find messages in this conversation.
    FindHere,
    /// The conversation above.
    Previous,
    /// The conversation below.
    Next,
    /// The conversation above that has something unread.
    PreviousUnread,
    /// The conversation below that has something unread.
    NextUnread,
    /// The n-th conversation, counted from 0.
    Nth(usize),
    /// Offer files.
    Attach,
    /// Show the transfers.
    Transfers,
    /// Open the menu of the conversation.
    Menu,
    /// Open the conversation in a window of its own.
    PopOut,
    /// Scroll what was said up.
    PageUp,
    /// Scroll what was said down.
    PageDown,
    /// To the next thing that can be pressed or written in.
    FocusNext,
    /// To the one before.
    FocusPrevious,
    /// Show the settings.
    Settings,
    /// Show what each key does.
    Shortcuts,
    /// Out of the search, or to the latest message.
    Back,
    /// Close this window.
    CloseWindow,
    /// Close all.
    Quit,
}

/// A key as the table names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stroke {
    /// A letter or digit, or a sign, wherever the layout has it.
    Latin(char),
    /// A key without a character.
    Named(Named),
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortcut {
    /// What is held down: [`Modifiers::COMMAND`] is Ctrl, and ⌘ on macOS.
    pub modifiers: Modifiers,
    /// What is pressed.
    pub stroke: Stroke,
    /// What it does.
    pub command: Command,
}

const fn key(modifiers: Modifiers, stroke: Stroke, command: Command) -> Shortcut {
    Shortcut { modifiers, stroke, command }
}

const COMMAND: Modifiers = Modifiers::COMMAND;
const ALT_SHIFT: Modifiers = Modifiers::ALT.union(Modifiers::SHIFT);
const COMMAND_SHIFT: Modifiers = Modifiers::COMMAND.union(Modifiers::SHIFT);

/// All keys that mean something in every window.
pub const TABLE: [Shortcut; 29] = [
    key(COMMAND, Stroke::Latin('k'), Command::Find),
    key(COMMAND, Stroke::Latin('f'), Command::FindEverywhere),
    key(COMMAND_SHIFT, Stroke::Latin('f'), Command::FindHere),
    key(Modifiers::ALT, Stroke::Named(Named::ArrowUp), Command::Previous),
    key(Modifiers::ALT, Stroke::Named(Named::ArrowDown), Command::Next),
    key(ALT_SHIFT, Stroke::Named(Named::ArrowUp), Command::PreviousUnread),
    key(ALT_SHIFT, Stroke::Named(Named::ArrowDown), Command::NextUnread),
    key(COMMAND, Stroke::Latin('1'), Command::Nth(0)),
    key(COMMAND, Stroke::Latin('2'), Command::Nth(1)),
    key(COMMAND, Stroke::Latin('3'), Command::Nth(2)),
    key(COMMAND, Stroke::Latin('4'), Command::Nth(3)),
    key(COMMAND, Stroke::Latin('5'), Command::Nth(4)),
    key(COMMAND, Stroke::Latin('6'), Command::Nth(5)),
    key(COMMAND, Stroke::Latin('7'), Command::Nth(6)),
    key(COMMAND, Stroke::Latin('8'), Command::Nth(7)),
    key(COMMAND, Stroke::Latin('9'), Command::Nth(8)),
    key(COMMAND, Stroke::Latin('u'), Command::Attach),
    key(COMMAND, Stroke::Latin('j'), Command::Transfers),
    key(COMMAND, Stroke::Latin('m'), Command::Menu),
    key(COMMAND_SHIFT, Stroke::Latin('n'), Command::PopOut),
    key(Modifiers::empty(), Stroke::Named(Named::PageUp), Command::PageUp),
    key(Modifiers::empty(), Stroke::Named(Named::PageDown), Command::PageDown),
    key(Modifiers::empty(), Stroke::Named(Named::Tab), Command::FocusNext),
    key(Modifiers::SHIFT, Stroke::Named(Named::Tab), Command::FocusPrevious),
    key(COMMAND, Stroke::Latin(','), Command::Settings),
    key(COMMAND, Stroke::Latin('/'), Command::Shortcuts),
    key(Modifiers::empty(), Stroke::Named(Named::Escape), Command::Back),
    key(COMMAND, Stroke::Latin('w'), Command::CloseWindow),
    key(COMMAND, Stroke::Latin('q'), Command::Quit),
];

/// What this key press asks for.
pub fn command(pressed: &Key, physical: Physical, modifiers: Modifiers) -> Option<Command> {
    let matches = |stroke: Stroke| match (stroke, pressed) {
        (Stroke::Named(named), Key::Named(pressed)) => named == *pressed,
        (Stroke::Latin(letter), Key::Character(_)) => {
            pressed.to_latin(physical).is_some_and(|pressed| pressed.eq_ignore_ascii_case(&letter))
        }
        _ => false,
    };
    // On many layouts signs are typed with Shift.
    let held = |stroke: Stroke| match stroke {
        Stroke::Latin(sign) if sign.is_ascii_punctuation() => modifiers - Modifiers::SHIFT,
        _ => modifiers,
    };
    TABLE.iter().find(|line| line.modifiers == held(line.stroke) && matches(line.stroke)).map(|line| line.command)
}

/// The name of the first key for `command`, as printed on keyboards.
pub fn name(command: Command, locale: &Locale) -> Option<String> {
    TABLE.iter().find(|line| line.command == command).map(|line| pressed(line, locale))
}

/// The name of a line's keys in a list, where the conversations that are counted stand together.
pub fn label(line: &Shortcut, locale: &Locale) -> String {
    let name = pressed(line, locale);
    if line.command == Command::Nth(0) { format!("{name}…9") } else { name }
}

fn pressed(line: &Shortcut, locale: &Locale) -> String {
    let mut name = String::new();
    for (modifier, label) in [
        (COMMAND, if cfg!(target_os = "macos") { "⌘ " } else { "Ctrl " }),
        (Modifiers::ALT, "Alt "),
        (Modifiers::SHIFT, "⇧ "),
    ] {
        if line.modifiers.contains(modifier) {
            name.push_str(label);
        }
    }
    match line.stroke {
        Stroke::Latin(letter) => name.extend(letter.to_uppercase()),
        Stroke::Named(Named::ArrowUp) => name.push('↑'),
        Stroke::Named(Named::ArrowDown) => name.push('↓'),
        Stroke::Named(Named::Escape) => name.push_str("Esc"),
        Stroke::Named(Named::PageUp) => name.push_str(&locale.tr("key-name-page-up")),
        Stroke::Named(Named::PageDown) => name.push_str(&locale.tr("key-name-page-down")),
        Stroke::Named(other) => name.push_str(&format!("{other:?}")),
    }
    name
}

#[cfg(test)]
mod tests {
    use iced::keyboard::key::{Code, NativeCode};

    use super::*;
    use crate::ui::locale::Language;
    use crate::ui::sample::locale;

    const NOWHERE: Physical = Physical::Unidentified(NativeCode::Unidentified);

    #[test]
    fn keys_do_what_the_table_says() {
        let press = |modifiers, key: &str| command(&Key::Character(key.into()), NOWHERE, modifiers);
        assert_eq!(press(COMMAND, "k"), Some(Command::Find));
        assert_eq!(press(COMMAND, "3"), Some(Command::Nth(2)));
        assert_eq!(press(COMMAND_SHIFT, "N"), Some(Command::PopOut));
        assert_eq!(press(COMMAND, "n"), None);
        assert_eq!(press(Modifiers::empty(), "k"), None);
        assert_eq!(press(COMMAND | Modifiers::ALT, "k"), None);
        assert_eq!(press(COMMAND, "/"), Some(Command::Shortcuts));
        assert_eq!(press(COMMAND_SHIFT, "/"), Some(Command::Shortcuts), "where the sign is typed with Shift");
        let up = Key::Named(Named::ArrowUp);
        assert_eq!(command(&up, NOWHERE, Modifiers::ALT), Some(Command::Previous));
        assert_eq!(command(&up, NOWHERE, Modifiers::empty()), None);
    }

    #[test]
    fn letters_are_found_on_layouts_without_them() {
        let cyrillic = Key::Character("л".into());
        assert_eq!(command(&cyrillic, Physical::Code(Code::KeyK), COMMAND), Some(Command::Find));
    }

    #[test]
    fn no_key_has_two_meanings() {
        for (place, one) in TABLE.iter().enumerate() {
            for other in &TABLE[place + 1..] {
                assert!((one.modifiers, one.stroke) != (other.modifiers, other.stroke), "{other:?}");
            }
        }
    }

    #[test]
    fn every_command_has_a_name_for_its_key() {
        let (english, spanish) = (locale(Language::English), locale(Language::Spanish));
        for line in TABLE {
            assert!(name(line.command, &english).is_some_and(|name| !name.is_empty()));
        }
        assert_eq!(name(Command::PageUp, &spanish).unwrap(), "Re Pág");
        if !cfg!(target_os = "macos") {
            assert_eq!(name(Command::Find, &english).unwrap(), "Ctrl K");
        }
    }
}
