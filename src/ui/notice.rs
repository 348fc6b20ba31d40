//! What a person should know, until they dismiss it.

use std::path::{Path, PathBuf};

use super::locale::Locale;
use super::text::one_line;
use super::widget::Tone;
use crate::engine::{Error, Warning};
use crate::model::Reason;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// Something asked for went wrong.
    Failed(Error),
    /// Something went wrong beside what was asked for.
    Warning(Warning),
    /// Commands don't reach this window, for this reason.
    NoControl(Reason),
    /// A file can't be opened, for this reason.
    NotOpened(Reason),
    /// A link can't be, for this reason.
    LinkNotOpened(Reason),
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
    /// A conversation is being saved.
    Saving,
    /// It's saved here.
    Saved(PathBuf),
    /// It couldn't be.
    NotSaved(Error),
    /// The picture on the clipboard can't be sent, for this reason.
    NotPasted(Unfit),
    /// Whether vecino starts when the person signs in can't be told or changed, for this reason.
    Autostart(Reason),
    /// The graphics card was chosen to draw, and the program ended over it.
    GraphicsFailed,
    /// Something isn't in an offer that was made.
    LeftOut {
        /// How many things.
        count: u64,
        /// The first of them, each with the reason.
        names: Vec<Reason>,
    },
}

/// Why a picture on the clipboard can't be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It has too many pixels, or too many bytes.
    TooLarge,
    /// It can't be made a file.
    Damaged,
}

impl Notice {
    /// The folder that can be shown for it.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Saved(path) => path.parent(),
            _ => None,
        }
    }

    /// Whether it's good news.
    pub const fn tone(&self) -> Tone {
        match self {
            Self::Looking { .. } | Self::RelayAdded(_) | Self::InviteCopied | Self::Saving | Self::Saved(_) => {
                Tone::Good
            }
            Self::Failed(_)
            | Self::Warning(_)
            | Self::NoControl(_)
            | Self::NotOpened(_)
            | Self::LinkNotOpened(_)
            | Self::DroppedOnNobody
            | Self::BadLink
            | Self::NotSaved(_)
            | Self::NotPasted(_)
            | Self::Autostart(_)
            | Self::GraphicsFailed
            | Self::LeftOut { .. } => Tone::Warning,
        }
    }

    /// In words.
    pub fn words(&self, locale: &Locale) -> String {
        let because = |key, cause| locale.tr_with(key, [("cause", locale.reason(cause))]);
        match self {
            Self::Failed(error) => locale.error(error),
            Self::Warning(warning) => locale.warning(warning),
            Self::NoControl(cause) => because("error-control", cause),
            Self::NotOpened(cause) => because("error-open", cause),
            Self::LinkNotOpened(cause) => because("error-open-link", cause),
            Self::Looking { name } => locale.tr_with("looking-through", [("name", name.as_str())]),
            Self::BadLink => locale.tr("link-bad"),
            Self::DroppedOnNobody => locale.tr("dropped-on-nobody"),
            Self::RelayAdded(name) => locale.tr_with("relay-added", [("name", one_line(name))]),
            Self::InviteCopied => locale.tr("invite-copied"),
            Self::Saving => locale.tr("export-saving"),
            Self::Saved(path) => locale.tr_with("export-saved", [("path", one_line(&path.display().to_string()))]),
            Self::NotSaved(error) => {
                let cause = match error {
                    // It was just chosen.
                    Error::File { cause, .. } => locale.reason(cause),
                    other => locale.error(other),
                };
                locale.tr_with("error-export", [("cause", cause)])
            }
            Self::NotPasted(Unfit::TooLarge) => locale.tr("error-paste-large"),
            Self::NotPasted(Unfit::Damaged) => locale.tr("error-paste-damaged"),
            Self::Autostart(cause) => because("error-autostart", cause),
            Self::GraphicsFailed => locale.tr("graphics-failed"),
            Self::LeftOut { count, names } => locale.left_out(*count, names),
        }
    }
}
