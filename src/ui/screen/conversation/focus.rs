//! Where the keyboard can be brought in a conversation. Several windows may show the same one: each has fields of its own.

use iced::widget::Id;

use super::{State, attach, emoji, menu};

impl State {
    /// The composer, to be focused.
    pub fn composer(&self) -> Id {
        Id::from(format!("composer {:?}", self.place.window()))
    }

    pub(super) fn emoji_search(&self) -> Id {
        Id::from(format!("emoji {:?}", self.place.window()))
    }

    /// The menu's entry at this place.
    pub(super) fn menu_entry(&self, place: usize) -> Id {
        Id::from(format!("menu {:?} {place}", self.place.window()))
    }

    pub(super) fn find_field(&self) -> Id {
        Id::from(format!("find {:?}", self.place.window()))
    }

    /// What lies above all else, and keeps the keyboard.
    pub const fn above(&self) -> Option<Id> {
        if self.menu {
            Some(menu::MENU)
        } else if self.emoji.is_some() {
            Some(emoji::PICKER)
        } else if self.attaching {
            Some(attach::MENU)
        } else {
            None
        }
    }

    /// The answer to a question about a link that does nothing.
    pub(super) fn answer(&self) -> Id {
        Id::from(format!("link {:?}", self.place.window()))
    }
}
