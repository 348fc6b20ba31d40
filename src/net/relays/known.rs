//! One relay that this node knows of.

use std::time::{Duration, Instant};

use libp2p::Multiaddr;
use libp2p::swarm::ConnectionId;

use super::{Name, RelaySource};
use crate::model::{Nickname, PeerId, Reason, RelayState, RelayStatus, Token, one_line};
use crate::net::dialer::MAX_ADDRESSES;
use crate::protocol::backoff;

/// Wait after the first dial that failed.
pub(super) const FIRST_WAIT: Duration = Duration::from_millis(500);

/// Longest wait: whoever waits for a relay is to be reached within seconds of its return.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// Longest text of a cause that is kept, in characters.
const MAX_CAUSE: usize = 256;

/// Why a relay is known. It may be for several reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Reasons {
    /// A person gave it, in this way.
    pub(super) given: Option<RelaySource>,
    /// A way that a person gave leads through it.
    pub(super) on_a_way: bool,
    /// It was found on the network.
    pub(super) found: bool,
}

impl Reasons {
    /// Where it's known from; `None`: there's no reason to know it.
    pub(super) fn source(self) -> Option<RelaySource> {
        let on_a_way = self.on_a_way.then_some(RelaySource::Added);
        let found = self.found.then_some(RelaySource::Found);
        [self.given, on_a_way, found].into_iter().flatten().min()
    }
}

/// How far this node is with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not connected.
    Away,
    Dialling(ConnectionId),
    /// Connected; it may not have said yet that it's a relay, or not have let this node in.
    Connected,
    /// It has let this node in. `place`: others reach this node by it.
    Joined {
        place: bool,
    },
}

/// A relay, and how it stands with it.
#[derive(Debug)]
pub(super) struct Relay {
    pub(super) name: Name,
    pub(super) peer: Option<PeerId>,
    /// Whether whoever gave it said which it is.
    pub(super) named: bool,
    pub(super) addresses: Vec<Multiaddr>,
    pub(super) reasons: Reasons,
    pub(super) token: Option<Token>,
    pub(super) nickname: Option<Nickname>,
    pub(super) stage: Stage,
    /// It's about to leave.
    pub(super) leaving: bool,
    /// It didn't take this node when it was asked last.
    pub(super) refused: bool,
    /// Why it isn't of use.
    pub(super) cause: Option<Reason>,
    pub(super) failures: u32,
    pub(super) next: Instant,
    /// Since when it hasn't been connected.
    pub(super) away: Instant,
}

impl Relay {
    pub(super) fn new(name: Name, now: Instant) -> Self {
        Self {
            name,
            peer: None,
            named: false,
            addresses: Vec::new(),
            reasons: Reasons::default(),
            token: None,
            nickname: None,
            stage: Stage::Away,
            leaving: false,
            refused: false,
            cause: None,
            failures: 0,
            next: now,
            away: now,
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        matches!(self.stage, Stage::Connected | Stage::Joined { .. })
    }

    pub(super) fn is_in_use(&self) -> bool {
        matches!(self.stage, Stage::Joined { .. }) && !self.leaving
    }

    fn state(&self, wanted: bool) -> RelayState {
        match self.stage {
            Stage::Joined { place: true } if !self.leaving => RelayState::Ready,
            _ if !wanted => RelayState::Spare,
            _ if self.refused => RelayState::Refused,
            _ => RelayState::Connecting,
        }
    }

    pub(super) fn status(&self, wanted: bool) -> RelayStatus {
        let state = self.state(wanted);
        let unwell = matches!(state, RelayState::Connecting | RelayState::Refused);
        RelayStatus {
            peer_id: self.peer,
            nickname: self.nickname.clone(),
            address: self.addresses.first().map(Multiaddr::to_string).unwrap_or_default(),
            state,
            error: self.cause.clone().filter(|_| unwell),
            // What the person has kept isn't the network's to know.
            given: false,
        }
    }

    pub(super) fn hear(&mut self, address: &Multiaddr) {
        if self.addresses.contains(address) {
            return;
        }
        // The first may be one that a person gave; of the others the newest are the likeliest.
        if self.addresses.len() >= MAX_ADDRESSES {
            self.addresses.remove(1);
        }
        self.addresses.push(address.clone());
    }

    pub(super) fn set_token(&mut self, token: Option<Token>, now: Instant) {
        if self.token != token {
            self.token = token;
            self.refused = false;
            self.cause = None;
            self.next = now;
        }
    }

    /// Somebody has just heard of it.
    pub(super) fn try_soon(&mut self, now: Instant) {
        if !self.refused {
            self.failures = 0;
            self.next = self.next.min(now + FIRST_WAIT);
        }
    }

    pub(super) fn wait(&mut self, jitter: f64, now: Instant) {
        let wait = backoff::wait(FIRST_WAIT, self.failures, LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        self.next = now + backoff::spread(wait, jitter);
    }

    pub(super) fn put_off(&mut self, wait: Duration, now: Instant) {
        self.next = now + wait;
        if matches!(self.stage, Stage::Joined { .. }) {
            self.stage = Stage::Connected;
        }
    }

    pub(super) fn take_over(&mut self, other: Self, peer: PeerId) {
        self.peer = Some(peer);
        self.named |= other.named;
        self.stage = if other.is_connected() { other.stage } else { Stage::Connected };
        self.reasons = Reasons {
            given: [self.reasons.given, other.reasons.given].into_iter().flatten().min(),
            on_a_way: self.reasons.on_a_way || other.reasons.on_a_way,
            found: self.reasons.found || other.reasons.found,
        };
        self.token = self.token.take().or(other.token);
        self.nickname = other.nickname.or(self.nickname.take());
        self.leaving = other.leaving;
        other.addresses.iter().for_each(|address| self.hear(address));
    }
}

/// Words of others may be long.
pub(super) fn shortened(cause: Reason) -> Reason {
    match cause {
        Reason::Other(words) => Reason::Other(one_line(&words).chars().take(MAX_CAUSE).collect()),
        known => known,
    }
}
