//! Who is writing just now: what is told of the person here, and what is believed of others. Nothing of it is kept, and
//! nothing waits for it.

use std::collections::HashMap;
use std::time::Duration;

use super::Event;
use super::core::Core;
use crate::model::PeerId;
use crate::protocol::budget::Budgets;

/// While the person here writes, a peer is told so once in this time.
const AGAIN: Duration = Duration::from_secs(3);

/// How long after a peer's last notice it's believed that they write: a notice may be late, or lost.
const BELIEVED: Duration = Duration::from_secs(6);

/// Notices that a peer may send at once, and then each second. More aren't looked at.
const BURST: u32 = 8;
const PER_SECOND: u32 = 1;

/// Of those who are connected. Pure: time comes as an argument, counted from any fixed moment.
#[derive(Debug)]
pub(super) struct Typing {
    told: HashMap<PeerId, Told>,
    heard: HashMap<PeerId, Heard>,
    budgets: Budgets,
}

/// What a peer was told of the person here.
#[derive(Debug)]
struct Told {
    typing: bool,
    /// When it was told last that they write.
    at: Duration,
}

/// What a peer has said. It's there as long as a timer for it runs: each peer has but one.
#[derive(Debug)]
struct Heard {
    /// Until when they are believed to write; `None` where they have stopped.
    until: Option<Duration>,
}

/// What becomes of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heeded {
    /// It's nothing new.
    Known,
    /// They write now, and it's to be looked at again after [`BELIEVED`].
    Began,
    /// They write again, and a look at it is due anyway.
    BeganAgain,
    /// They write no longer.
    Ended,
}

/// What a look at somebody who was writing finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// It's to be looked at again after this time.
    Later(Duration),
    /// Nothing more was heard for too long.
    Ended,
    /// They had stopped before.
    Over,
}

impl Default for Typing {
    fn default() -> Self {
        Self { told: HashMap::new(), heard: HashMap::new(), budgets: Budgets::new(BURST, PER_SECOND) }
    }
}

impl Typing {
    /// The person here writes to a peer, or no longer. Whether the peer is to be told.
    fn written(&mut self, peer: PeerId, typing: bool, now: Duration) -> bool {
        let Some(told) = self.told.get_mut(&peer) else {
            if typing {
                self.told.insert(peer, Told { typing, at: now });
            }
            return typing;
        };
        if !typing {
            return std::mem::replace(&mut told.typing, false);
        }
        let due = now.saturating_sub(told.at) >= AGAIN;
        if due {
            *told = Told { typing, at: now };
        }
        due
    }

    /// A peer says that they write, or no longer. `None`: they say so too often.
    fn hear(&mut self, peer: PeerId, typing: bool, now: Duration) -> Option<Heeded> {
        if !self.budgets.take(&peer, 1, now) {
            return None;
        }
        if !typing {
            return Some(self.end(&peer));
        }
        let until = Some(now + BELIEVED);
        Some(match self.heard.insert(peer, Heard { until }) {
            None => Heeded::Began,
            Some(Heard { until: None }) => Heeded::BeganAgain,
            Some(Heard { until: Some(_) }) => Heeded::Known,
        })
    }

    fn end(&mut self, peer: &PeerId) -> Heeded {
        let before = self.heard.get_mut(peer).and_then(|heard| heard.until.take());
        if before.is_some() { Heeded::Ended } else { Heeded::Known }
    }

    fn look(&mut self, peer: &PeerId, now: Duration) -> Look {
        match self.heard.get(peer).and_then(|heard| heard.until) {
            Some(until) if until > now => Look::Later(until.saturating_sub(now)),
            until => {
                self.heard.remove(peer);
                if until.is_some() { Look::Ended } else { Look::Over }
            }
        }
    }
}

impl Core {
    /// The person here writes to `peer`, or no longer. It's told where it's set so and a connection stands: none is made for
    /// it.
    pub(super) fn write(&mut self, peer: PeerId, typing: bool) {
        if !self.settings.typing || !self.people.is_met(&peer) {
            return;
        }
        if self.typing.written(peer, typing, self.started.elapsed()) {
            self.node.tell_typing(&peer, typing);
        }
    }

    /// A peer says that they write, or no longer.
    pub(super) fn typing_heard(&mut self, peer: PeerId, typing: bool) {
        if !self.settings.typing || !self.people.is_met(&peer) {
            return;
        }
        match self.typing.hear(peer, typing, self.started.elapsed()) {
            None => tracing::debug!(%peer, "too many notices of typing"),
            Some(Heeded::Known) => {}
            Some(Heeded::Began) => {
                self.tell_of_typing(peer, true);
                self.later(BELIEVED, move |core| core.look_at_typing(peer));
            }
            Some(Heeded::BeganAgain) => self.tell_of_typing(peer, true),
            Some(Heeded::Ended) => self.tell_of_typing(peer, false),
        }
    }

    fn look_at_typing(&mut self, peer: PeerId) {
        match self.typing.look(&peer, self.started.elapsed()) {
            Look::Later(after) => self.later(after, move |core| core.look_at_typing(peer)),
            Look::Ended => self.tell_of_typing(peer, false),
            Look::Over => {}
        }
    }

    /// What a peer was writing has come, or they are gone.
    pub(super) fn typing_over(&mut self, peer: &PeerId) {
        if self.typing.end(peer) == Heeded::Ended {
            self.tell_of_typing(*peer, false);
        }
    }

    /// Whoever comes again is told anew.
    pub(super) fn typing_parted(&mut self, peer: &PeerId) {
        self.typing.told.remove(peer);
        self.typing_over(peer);
    }

    /// It's to be neither told nor shown any more.
    pub(super) fn typing_off(&mut self) {
        for (peer, _) in self.typing.told.drain().filter(|(_, told)| told.typing) {
            self.node.tell_typing(&peer, false);
        }
        let heard: Vec<PeerId> = self.typing.heard.keys().copied().collect();
        heard.iter().for_each(|peer| self.typing_over(peer));
    }

    fn tell_of_typing(&mut self, peer_id: PeerId, typing: bool) {
        self.teller.tell(Event::Typing { peer_id, typing });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LUIS: PeerId = PeerId::from_public_key([1; 32]);
    const MELANI: PeerId = PeerId::from_public_key([2; 32]);

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_peer_is_told_every_three_seconds_and_once_at_the_end() {
        let mut typing = Typing::default();
        assert!(!typing.written(LUIS, false, at(0)), "there was nothing to end");
        let keys = [0, 100, 2_999, 3_000, 5_000, 6_001];
        let told: Vec<u64> = keys.into_iter().filter(|key| typing.written(LUIS, true, at(*key))).collect();
        assert_eq!(told, [0, 3_000, 6_001]);
        assert!(typing.written(MELANI, true, at(6_002)), "another is another");
        assert!(typing.written(LUIS, false, at(6_100)));
        assert!(!typing.written(LUIS, false, at(6_200)));
        assert!(!typing.written(LUIS, true, at(6_300)), "nor more often than that after an end");
        assert!(!typing.written(LUIS, false, at(6_400)), "it wasn't told");
        assert!(typing.written(LUIS, true, at(9_001)));
    }

    #[test]
    fn what_is_heard_is_believed_for_six_seconds() {
        let mut typing = Typing::default();
        assert_eq!(typing.hear(LUIS, true, at(0)), Some(Heeded::Began));
        assert_eq!(typing.hear(LUIS, true, at(3_000)), Some(Heeded::Known));
        assert_eq!(typing.look(&LUIS, at(6_000)), Look::Later(at(3_000)));
        assert_eq!(typing.look(&LUIS, at(9_000)), Look::Ended);
        assert_eq!(typing.hear(LUIS, false, at(9_001)), Some(Heeded::Known));
        assert!(typing.heard.is_empty());
    }

    #[test]
    fn who_stops_and_begins_again_has_one_timer() {
        let mut typing = Typing::default();
        assert_eq!(typing.hear(LUIS, true, at(0)), Some(Heeded::Began));
        assert_eq!(typing.hear(LUIS, false, at(1_000)), Some(Heeded::Ended));
        assert_eq!(typing.hear(LUIS, true, at(2_000)), Some(Heeded::BeganAgain));
        assert_eq!(typing.look(&LUIS, at(6_000)), Look::Later(at(2_000)));
        assert_eq!(typing.end(&LUIS), Heeded::Ended);
        assert_eq!(typing.look(&LUIS, at(8_000)), Look::Over);
        assert_eq!(typing.hear(LUIS, true, at(8_001)), Some(Heeded::Began));
    }

    #[test]
    fn who_says_it_too_often_is_not_heard() {
        let mut typing = Typing::default();
        for number in 0..BURST {
            assert!(typing.hear(LUIS, number % 2 == 0, at(0)).is_some());
        }
        assert_eq!(typing.hear(LUIS, true, at(0)), None);
        assert_eq!(typing.hear(MELANI, true, at(0)), Some(Heeded::Began));
        assert_eq!(typing.hear(LUIS, true, at(1_000)), Some(Heeded::BeganAgain));
        assert_eq!(typing.hear(LUIS, false, at(1_000)), None);
        assert_eq!(typing.look(&LUIS, at(7_000)), Look::Ended, "it ends by itself");
    }
}
