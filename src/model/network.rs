//! How it stands between a node and its network.

use super::Timestamp;

/// What a node knows of that by itself. For whoever looks at a window: it's in no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Network {
    /// Since when it listens on the network that there is. `None`: it doesn't.
    pub since: Option<Timestamp>,
    /// Whether it listens at an address that leads to other computers.
    pub up: bool,
    /// Whether others are heard by multicast DNS.
    pub multicast: Multicast,
    /// Whether another computer has connected to this one since then.
    pub reached: bool,
}

/// Whether others' announcements come through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Multicast {
    /// Others aren't looked for so.
    #[default]
    Off,
    /// The system doesn't let it be used.
    Failed,
    /// No other computer's vecino was heard yet: there may be none.
    Silent,
    /// Another computer's vecino was heard.
    Heard,
}
