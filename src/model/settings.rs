//! What a person sets for a profile. Kept as TOML by the store; here are its fields, defaults and checks.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{AcceptOffers, Nickname};

/// The port that vecino listens on where nothing else is said and it's free, so that a firewall rule can name it.
pub const DEFAULT_PORT: u16 = 48_237;

/// Settings of one profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What this person is called. `None` until they were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<Nickname>,
    /// What is done with an offer when it comes.
    pub accept: AcceptOffers,
    /// Whether others are told what was read here. Who doesn't tell doesn't see it of others either.
    pub receipts: bool,
    /// Whether others are told that one is writing to them, and it's shown of others.
    pub typing: bool,
    /// Where received files go. `None`: the platform's downloads folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub download_dir: Option<PathBuf>,
    /// TCP port to listen on; 0 for any. Another is taken where it's in use.
    pub port: u16,
    /// Whether to find and be found by multicast DNS.
    pub mdns: bool,
    /// Relays to use: multiaddrs, `host:port`, or invites.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub relays: Vec<String>,
    /// Whether relays that are found by multicast DNS are used too.
    pub relays_found: bool,
    /// What the desktop's notifications tell of messages.
    pub notifications: Notifications,
    /// The window's colours.
    pub theme: ThemeChoice,
    /// The window's language as a BCP 47 tag (`en`, `es`). `None`: the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The size of everything in the window, in percent: from [`TextSize::LEAST`] to [`TextSize::MOST`].
    pub text_size: TextSize,
    /// Whether vecino runs on in the tray when its last window is closed. Where there's no tray, it doesn't.
    pub close_to_tray: bool,
}

/// The size of everything in the window, in percent of what it is by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "u16", into = "u16")]
pub struct TextSize(u16);

impl TextSize {
    /// The smallest.
    pub const LEAST: u16 = 80;
    /// The largest.
    pub const MOST: u16 = 150;

    /// So many percent.
    pub const fn percent(self) -> u16 {
        self.0
    }
}

impl Default for TextSize {
    fn default() -> Self {
        Self(100)
    }
}

/// The nearest that there is.
impl From<u16> for TextSize {
    fn from(percent: u16) -> Self {
        Self(percent.clamp(Self::LEAST, Self::MOST))
    }
}

impl From<TextSize> for u16 {
    fn from(size: TextSize) -> Self {
        size.0
    }
}

/// What the desktop's notifications tell of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Notifications {
    /// Who writes, and the beginning of what.
    #[default]
    Preview,
    /// Who writes.
    Name,
    /// There are none.
    Off,
}

/// The window's colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// As the system is set.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            nickname: None,
            accept: AcceptOffers::default(),
            receipts: true,
            typing: true,
            download_dir: None,
            port: DEFAULT_PORT,
            mdns: true,
            relays: Vec::new(),
            relays_found: true,
            notifications: Notifications::default(),
            theme: ThemeChoice::default(),
            language: None,
            text_size: TextSize::default(),
            close_to_tray: true,
        }
    }
}
