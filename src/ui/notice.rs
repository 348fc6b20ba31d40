//! What a person should know, until they dismiss it.

use super::locale::Locale;
use super::text::one_line;
use crate::engine::Error;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// Something asked for went wrong.
    Failed(Error),
    /// Words from the engine or the system.
    Warning(String),
    /// What is offered to somebody called so takes long to look through.
    Looking {
        /// Their nickname.
        name: String,
    },
    /// Files were dropped where no conversation is open.
    DroppedOnNobody,
    /// A link was opened that leads to nobody.
    BadLink,
    /// A relay of this name was added.
    RelayAdded(String),
    /// An invite is on the clipboard.
    InviteCopied,
    /// Whether vecino starts when the person signs in can't be told or changed, for this reason.
    Autostart(String),
    /// Something isn't in an offer that was made.
    LeftOut {
        /// How many things.
        count: u64,
        /// The first of them, each with the reason.
        names: Vec<String>,
    },
}

impl Notice {
    /// In words.
    pub fn words(&self, locale: &Locale) -> String {
        match self {
            Self::Failed(error) => locale.error(error),
            Self::Warning(words) => one_line(words),
            Self::Looking { name } => locale.tr_with("looking-through", [("name", name.as_str())]),
            Self::BadLink => locale.tr("link-bad"),
            Self::DroppedOnNobody => locale.tr("dropped-on-nobody"),
            Self::RelayAdded(name) => locale.tr_with("relay-added", [("name", one_line(name))]),
            Self::InviteCopied => locale.tr("invite-copied"),
            Self::Autostart(cause) => locale.tr_with("error-autostart", [("cause", one_line(cause))]),
            Self::LeftOut { count, names } => locale.left_out(*count, names),
        }
    }
}
