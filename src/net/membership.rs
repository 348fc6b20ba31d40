//! This node as a member of one relay: when it announces itself, and what it has of the relay's list. Pure: time comes as an
//! argument.

use std::time::{Duration, Instant};

use crate::model::PeerId;
use crate::protocol::backoff;
use crate::protocol::lane::Ticket;
use crate::protocol::roster::{RENEWAL, View, ViewInput, ViewOutput};
use crate::protocol::wire::roster::Listing;

/// Wait after an announcement that wasn't answered.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// Longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What is to be done at a relay now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Due {
    /// To announce oneself; [`Membership::announced`] has to be told.
    Announce,
    /// What the view wants, now that a wait is over.
    View(Vec<ViewOutput>),
}

/// Where an announcement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not at the relay.
    Apart,
    /// To be made at that time.
    Due(Instant),
    /// Made, and not answered yet. `stale`: what is to be said is another thing by now.
    Made { stale: bool },
}

/// A membership. It outlasts the connection: the list is carried on where the relay is the same when it's back.
#[derive(Debug)]
pub(super) struct Membership {
    view: View,
    stage: Stage,
    /// Whether the relay has taken an announcement on the connection that stands.
    joined: bool,
    /// Announcements since the relay last told something, as far as they weren't taken or were forgotten.
    failures: u32,
    wake: Option<(Ticket, Instant)>,
}

impl Membership {
    pub(super) fn new(own: PeerId, relay: PeerId) -> Self {
        Self { view: View::new(own, relay), stage: Stage::Apart, joined: false, failures: 0, wake: None }
    }

    /// What the relay lists of somebody.
    pub(super) fn listing(&self, peer: &PeerId) -> Option<&Listing> {
        self.view.get(peer)
    }

    /// Whether it's at the relay, or about to be.
    pub(super) fn is_apart(&self) -> bool {
        self.stage == Stage::Apart
    }

    /// The relay is connected and has said what it is.
    pub(super) fn met(&mut self, now: Instant) {
        if self.is_apart() {
            self.stage = Stage::Due(now);
            self.failures = 0;
        }
    }

    /// What is to be said of this node is another thing now.
    pub(super) fn changed(&mut self, now: Instant) {
        match self.stage {
            Stage::Apart => {}
            Stage::Due(at) => self.stage = Stage::Due(at.min(now)),
            Stage::Made { .. } => self.stage = Stage::Made { stale: true },
        }
    }

    /// An announcement is on its way.
    pub(super) fn announced(&mut self) {
        self.stage = Stage::Made { stale: false };
    }

    /// The relay has taken an announcement. `true`: the first on this connection. `jitter` from 0 to 1 spreads the renewals
    /// of many.
    pub(super) fn taken(&mut self, jitter: f64, now: Instant) -> bool {
        let Stage::Made { stale } = self.stage else { return false };
        let renewal = RENEWAL.mul_f64(0.8 + 0.2 * jitter.clamp(0.0, 1.0));
        self.stage = Stage::Due(if stale { now } else { now + renewal });
        !std::mem::replace(&mut self.joined, true)
    }

    /// An announcement wasn't answered, or came too early: another is made after a while, of at least `wait`.
    pub(super) fn not_taken(&mut self, wait: Duration, now: Instant) {
        if let Stage::Made { .. } = self.stage {
            self.stage = Stage::Due(now + self.failed().max(wait));
        }
    }

    /// The relay has forgotten this node, or the connection is gone on which it announced itself: it does so anew; if that
    /// comes again before the relay has told anything, after a while.
    pub(super) fn forgotten(&mut self, now: Instant) {
        self.joined = false;
        let wait = if self.failures == 0 { Duration::ZERO } else { self.failed() };
        self.failures = self.failures.max(1);
        match self.stage {
            Stage::Apart => {}
            Stage::Due(at) if wait.is_zero() => self.stage = Stage::Due(at.min(now)),
            Stage::Due(_) => self.stage = Stage::Due(now + wait),
            Stage::Made { .. } => self.stage = Stage::Made { stale: true },
        }
    }

    /// Another failure: how long to wait.
    fn failed(&mut self) -> Duration {
        let wait = backoff::wait(FIRST_WAIT, self.failures, LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        wait
    }

    /// The relay is gone, or doesn't take this node any more.
    pub(super) fn parted(&mut self, now: Instant) -> Vec<ViewOutput> {
        self.stage = Stage::Apart;
        self.joined = false;
        self.wake = None;
        self.view(ViewInput::Parted, 0.5, now)
    }

    /// Gives the view an input. `jitter` from 0 to 1 spreads the waits of many.
    pub(super) fn view(&mut self, input: ViewInput, jitter: f64, now: Instant) -> Vec<ViewOutput> {
        if let ViewInput::Answered(_, Some(_)) = input {
            self.failures = 0;
        }
        let mut outputs = self.view.handle(input);
        outputs.retain(|output| match output {
            ViewOutput::Wake(ticket, wait) => {
                self.wake = Some((*ticket, now + backoff::spread(*wait, jitter)));
                false
            }
            _ => true,
        });
        outputs
    }

    /// What is to be done now.
    pub(super) fn due(&mut self, now: Instant) -> Option<Due> {
        if let Some((ticket, _)) = self.wake.take_if(|(_, at)| *at <= now) {
            return Some(Due::View(self.view(ViewInput::Woke(ticket), 0.5, now)));
        }
        matches!(self.stage, Stage::Due(at) if at <= now).then_some(Due::Announce)
    }

    /// When [`Membership::due`] will have something next.
    pub(super) fn next(&self) -> Option<Instant> {
        let announcement = if let Stage::Due(at) = self.stage { Some(at) } else { None };
        [announcement, self.wake.map(|(_, at)| at)].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::wire::roster::{Page, Since};

    fn membership() -> (Membership, Instant) {
        let [own, relay] = [1, 2].map(|key| PeerId::from_public_key([key; 32]));
        (Membership::new(own, relay), Instant::now())
    }

    fn page() -> Page {
        Page {
            boot: 7,
            over: 1,
            version: 1,
            more: false,
            leaving: false,
            listings: Vec::new(),
            gone: Vec::new(),
            forged: 0,
        }
    }

    #[test]
    fn it_announces_itself_at_once_at_each_change_and_every_few_minutes() {
        let (mut membership, start) = membership();
        assert_eq!((membership.due(start), membership.next()), (None, None));
        membership.met(start);
        assert_eq!(membership.due(start), Some(Due::Announce));
        membership.announced();
        membership.met(start);
        assert_eq!((membership.due(start), membership.next()), (None, None), "one at a time");
        assert!(membership.taken(1.0, start));
        assert_eq!(membership.next(), Some(start + RENEWAL));
        membership.changed(start);
        assert_eq!(membership.due(start), Some(Due::Announce));
        membership.announced();
        membership.changed(start);
        assert_eq!(membership.due(start), None);
        assert!(!membership.taken(1.0, start));
        assert_eq!(membership.due(start), Some(Due::Announce), "it has changed since");
        membership.announced();
        membership.taken(0.0, start);
        assert_eq!(membership.next(), Some(start + RENEWAL.mul_f64(0.8)));
    }

    #[test]
    fn what_was_not_answered_or_came_too_early_is_said_again_later() {
        let (mut membership, mut now) = membership();
        membership.met(now);
        let mut waits = Vec::new();
        for _ in 0..7 {
            membership.announced();
            membership.not_taken(Duration::ZERO, now);
            waits.push((membership.next().unwrap() - now).as_secs());
            now = membership.next().unwrap();
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
        membership.announced();
        membership.not_taken(Duration::from_secs(90), now);
        assert_eq!(membership.next(), Some(now + Duration::from_secs(90)));
        membership.not_taken(Duration::ZERO, now);
        assert_eq!(membership.next(), Some(now + Duration::from_secs(90)), "it was told once");
    }

    #[test]
    fn a_relay_that_has_forgotten_is_told_again_and_asked_from_the_start() {
        let (mut membership, now) = membership();
        membership.met(now);
        membership.announced();
        membership.taken(0.5, now);
        membership.forgotten(now);
        assert_eq!(membership.due(now), Some(Due::Announce));
        membership.announced();
        assert!(membership.taken(0.5, now), "as if it were new");
        for wait in [2, 4, 8] {
            membership.forgotten(now);
            assert_eq!(membership.next(), Some(now + Duration::from_secs(wait)), "it tells nothing and forgets again");
            membership.announced();
            membership.taken(0.5, now);
        }
        let [ViewOutput::Ask(ticket, _)] = membership.view(ViewInput::Joined, 0.5, now)[..] else {
            panic!("no question")
        };
        membership.view(ViewInput::Answered(ticket, Some(page())), 0.5, now);
        membership.forgotten(now);
        assert_eq!(membership.due(now), Some(Due::Announce));
        assert_eq!(membership.parted(now), []);
        assert_eq!((membership.due(now), membership.next()), (None, None));
    }

    #[test]
    fn a_question_without_an_answer_is_asked_again() {
        let (mut membership, now) = membership();
        membership.met(now);
        membership.announced();
        membership.taken(1.0, now);
        let asked = membership.view(ViewInput::Joined, 0.5, now);
        let [ViewOutput::Ask(ticket, since)] = asked[..] else { panic!("{asked:?}") };
        assert_eq!(since, Since::default());
        assert_eq!(membership.view(ViewInput::Answered(ticket, None), 1.0, now), []);
        let again = now + Duration::from_millis(250).mul_f64(1.25);
        assert_eq!(membership.next(), Some(again));
        let Some(Due::View(asked)) = membership.due(again) else { panic!("nothing is due") };
        let [ViewOutput::Ask(ticket, _)] = asked[..] else { panic!("{asked:?}") };
        assert_eq!(membership.view(ViewInput::Answered(ticket, Some(page())), 0.5, again), []);
        assert_eq!(membership.next(), Some(now + RENEWAL));
    }
}
