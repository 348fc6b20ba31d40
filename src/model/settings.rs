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
    /// The network interfaces to be found and reached on, by name; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interfaces: Vec<String>,
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
    /// How wide the list of people and conversations is.
    pub sidebar_width: SidebarWidth,
    /// The main window's width and height in pixels, as it was left. `None`: as it is at first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_size: Option<WindowSize>,
    /// What draws the window, from the next start on.
    pub drawing: Drawing,
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

/// The width of the list of people and conversations, in pixels at a text size of 100 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "u16", into = "u16")]
pub struct SidebarWidth(u16);

impl SidebarWidth {
    /// The narrowest.
    pub const LEAST: u16 = 220;
    /// The widest.
    pub const MOST: u16 = 480;

    /// So many pixels.
    pub const fn pixels(self) -> u16 {
        self.0
    }
}

impl Default for SidebarWidth {
    fn default() -> Self {
        Self(304)
    }
}

/// The nearest that there is.
impl From<u16> for SidebarWidth {
    fn from(pixels: u16) -> Self {
        Self(pixels.clamp(Self::LEAST, Self::MOST))
    }
}

impl From<SidebarWidth> for u16 {
    fn from(width: SidebarWidth) -> Self {
        width.0
    }
}

/// A window's width and height, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u16, u16)", into = "(u16, u16)")]
pub struct WindowSize(u16, u16);

impl WindowSize {
    /// The widest and the highest. One that is much larger can't be drawn, and would have every start fail.
    pub const MOST: u16 = 4_096;
}

/// The nearest that there is.
impl From<(u16, u16)> for WindowSize {
    fn from((width, height): (u16, u16)) -> Self {
        Self(width.min(Self::MOST), height.min(Self::MOST))
    }
}

impl From<WindowSize> for (u16, u16) {
    fn from(size: WindowSize) -> Self {
        (size.0, size.1)
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

/// What draws the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drawing {
    /// Needs no driver, starts at once, takes little memory.
    #[default]
    Processor,
    /// Where there's none that works, the processor does.
    GraphicsCard,
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
            interfaces: Vec::new(),
            mdns: true,
            relays: Vec::new(),
            relays_found: true,
            notifications: Notifications::default(),
            theme: ThemeChoice::default(),
            language: None,
            text_size: TextSize::default(),
            sidebar_width: SidebarWidth::default(),
            window_size: None,
            drawing: Drawing::default(),
            close_to_tray: true,
        }
    }
}
