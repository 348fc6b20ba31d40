//! Whom a relay tells of changes, and when: in rounds, so that a burst of changes goes out together, and to so many at a
//! time.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use crate::model::PeerId;

/// How long a push may take. After that the member counts as silent.
pub const PUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a member is left alone that said that it will ask, or didn't answer for the first time: twice as long each time
/// after that, this often at most.
const REST: Duration = Duration::from_secs(5);
const DOUBLINGS: u32 = 5;

/// Pushes under way at a time. What they hold is shared, but each takes memory on its connection.
const MAX_UNDER_WAY: usize = 64;

/// Those among them that may go to members who didn't answer the last time.
const MAX_DOUBTFUL: usize = 16;

/// Least time from one round to the next, for as many members at most. A change after a quiet time goes out at once.
const ROUNDS: [(usize, Duration); 2] = [(2_000, Duration::from_millis(250)), (5_000, Duration::from_millis(500))];

/// The same for more members.
const SLOWEST_ROUND: Duration = Duration::from_secs(1);

/// A member is to be told what has changed since a version; answer with [`Pushes::ended`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Push {
    /// To whom.
    pub peer: PeerId,
    /// Since which version.
    pub from: u64,
    /// Tells it from an earlier one to the same member.
    number: u64,
}

/// How a push ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The member took it.
    Taken {
        /// The version that the pushed page led to.
        version: u64,
        /// Whether the page said that there is more, for which the member asks.
        more: bool,
    },
    /// The member asks.
    WillAsk,
    /// No answer.
    Silent,
}

/// What a relay knows of how far its members are. All times are counted from any fixed moment.
#[derive(Debug, Default)]
pub struct Pushes {
    members: HashMap<PeerId, Member>,
    /// To be told in this round, when there's room. Some have left it since.
    queue: VecDeque<PeerId>,
    /// Those who rest, by the end of it. Some have stopped since.
    resting: BTreeSet<(Duration, PeerId)>,
    under_way: usize,
    doubtful: usize,
    numbers: u64,
    /// The list's version.
    newest: u64,
    /// The list's version when the last round began.
    round: u64,
    began: Option<Duration>,
}

#[derive(Debug)]
struct Member {
    /// What it has, as far as is known.
    version: u64,
    /// Pushes in a row that it didn't answer.
    silences: u32,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    Queued,
    /// Under way: the push of this number.
    Pushing {
        number: u64,
        /// Whether the last one had no answer.
        doubtful: bool,
    },
    /// Left alone until then.
    Resting(Duration),
}

impl Pushes {
    /// For a relay without members.
    pub fn new() -> Self {
        Self::default()
    }

    /// The list has this version now.
    pub const fn changed(&mut self, version: u64) {
        self.newest = version;
    }

    /// The list's version when the last round began.
    pub const fn round(&self) -> u64 {
        self.round
    }

    /// A member asked, and was answered with a page that led to `version`. From its first question on it's told of changes.
    pub fn asked(&mut self, peer: &PeerId, version: u64, more: bool, now: Duration) {
        let member = self.members.entry(*peer).or_insert(Member { version, silences: 0, stage: Stage::Idle });
        (member.version, member.silences) = (version, 0);
        match member.stage {
            Stage::Pushing { .. } => {}
            // It will ask for the rest.
            _ if more => self.rest(peer, now),
            _ => self.settle(peer),
        }
    }

    /// A member has left, or is refused from now on.
    pub fn left(&mut self, peer: &PeerId) {
        let Some(member) = self.members.remove(peer) else { return };
        match member.stage {
            Stage::Pushing { doubtful, .. } => self.is_over(doubtful),
            Stage::Queued => self.queue.retain(|other| other != peer),
            Stage::Resting(until) => _ = self.resting.remove(&(until, *peer)),
            Stage::Idle => {}
        }
    }

    /// A push has ended.
    pub fn ended(&mut self, push: &Push, outcome: Outcome, now: Duration) {
        let Some(member) = self.members.get_mut(&push.peer) else { return };
        let Stage::Pushing { number, doubtful } = member.stage else { return };
        if number != push.number {
            return;
        }
        member.silences = if outcome == Outcome::Silent { member.silences.saturating_add(1) } else { 0 };
        self.is_over(doubtful);
        let Some(member) = self.members.get_mut(&push.peer) else { return };
        match outcome {
            Outcome::Taken { version, more } => {
                member.version = version;
                if more { self.rest(&push.peer, now) } else { self.settle(&push.peer) }
            }
            Outcome::WillAsk | Outcome::Silent => self.rest(&push.peer, now),
        }
    }

    /// What is to be pushed now. To be asked after whatever has happened, and at [`Pushes::next`].
    pub fn due(&mut self, now: Duration) -> Vec<Push> {
        self.end_rests(now);
        if self.next_round().is_some_and(|due| due <= now) {
            self.begin_round(now);
        }
        let mut due = Vec::new();
        for _ in 0..self.queue.len() {
            if self.under_way >= MAX_UNDER_WAY {
                break;
            }
            let Some(peer) = self.queue.pop_front() else { break };
            if self.doubtful >= MAX_DOUBTFUL && self.members.get(&peer).is_some_and(|member| member.silences > 0) {
                self.queue.push_back(peer);
            } else {
                due.extend(self.begin(peer));
            }
        }
        due
    }

    /// When there may be something due by itself.
    pub fn next(&self) -> Option<Duration> {
        let rested = self.resting.first().map(|(until, _)| *until);
        [self.next_round(), rested].into_iter().flatten().min()
    }

    fn next_round(&self) -> Option<Duration> {
        let between = ROUNDS.iter().find(|(members, _)| self.members.len() <= *members);
        let between = between.map_or(SLOWEST_ROUND, |(_, time)| *time);
        (self.newest > self.round).then(|| self.began.map_or(Duration::ZERO, |began| began + between))
    }

    fn begin_round(&mut self, now: Duration) {
        self.round = self.newest;
        self.began = Some(now);
        for (peer, member) in &mut self.members {
            if member.stage == Stage::Idle && member.version < self.round {
                member.stage = Stage::Queued;
                self.queue.push_back(*peer);
            }
        }
    }

    fn begin(&mut self, peer: PeerId) -> Option<Push> {
        let member = self.members.get_mut(&peer).filter(|member| member.stage == Stage::Queued)?;
        if member.version >= self.round {
            member.stage = Stage::Idle;
            return None;
        }
        self.numbers += 1;
        let doubtful = member.silences > 0;
        self.under_way += 1;
        self.doubtful += usize::from(doubtful);
        member.stage = Stage::Pushing { number: self.numbers, doubtful };
        Some(Push { peer, from: member.version, number: self.numbers })
    }

    /// A push is under way no longer.
    fn is_over(&mut self, doubtful: bool) {
        self.under_way -= 1;
        self.doubtful -= usize::from(doubtful);
    }

    /// Somebody can be told again, and is where the round has got beyond them.
    fn settle(&mut self, peer: &PeerId) {
        let Some(member) = self.members.get_mut(peer) else { return };
        if member.version >= self.round {
            member.stage = Stage::Idle;
        } else if member.stage != Stage::Queued {
            member.stage = Stage::Queued;
            self.queue.push_back(*peer);
        }
    }

    fn rest(&mut self, peer: &PeerId, now: Duration) {
        let Some(member) = self.members.get_mut(peer) else { return };
        let until = now + REST.saturating_mul(1 << member.silences.saturating_sub(1).min(DOUBLINGS));
        if let Stage::Resting(before) = member.stage {
            self.resting.remove(&(before, *peer));
        }
        member.stage = Stage::Resting(until);
        self.resting.insert((until, *peer));
    }

    fn end_rests(&mut self, now: Duration) {
        while let Some((until, peer)) = self.resting.first().copied().filter(|(until, _)| *until <= now) {
            self.resting.pop_first();
            if self.members.get(&peer).is_some_and(|member| member.stage == Stage::Resting(until)) {
                self.settle(&peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// Members who all have the list's version 1.
    fn members(count: u16) -> Pushes {
        let mut pushes = Pushes::new();
        pushes.changed(1);
        assert_eq!(pushes.due(at(0)), []);
        for n in 0..count {
            pushes.asked(&PeerId::numbered(n), 1, false, at(0));
        }
        pushes
    }

    fn take(pushes: &mut Pushes, due: &[Push], version: u64, now: Duration) {
        for push in due {
            pushes.ended(push, Outcome::Taken { version, more: false }, now);
        }
    }

    #[test]
    fn a_change_after_a_quiet_time_goes_out_at_once_and_those_that_follow_together() {
        let mut pushes = members(2);
        pushes.changed(2);
        let due = pushes.due(at(1_000));
        assert_eq!(due.iter().map(|push| push.from).collect::<Vec<_>>(), [1, 1]);
        take(&mut pushes, &due, 2, at(1_010));
        for version in 3..10 {
            pushes.changed(version);
            assert_eq!(pushes.due(at(1_020)), []);
        }
        assert_eq!(pushes.next(), Some(at(1_250)));
        let due = pushes.due(at(1_250));
        assert_eq!(due.iter().map(|push| push.from).collect::<Vec<_>>(), [2, 2]);
        take(&mut pushes, &due, 9, at(1_260));
        assert_eq!((pushes.due(at(9_000)), pushes.next()), (vec![], None));
    }

    #[test]
    fn so_many_are_told_at_a_time_and_nobody_twice_at_once() {
        let mut pushes = members(100);
        pushes.changed(2);
        let first = pushes.due(at(1_000));
        assert_eq!(first.len(), MAX_UNDER_WAY);
        pushes.changed(3);
        assert_eq!(pushes.due(at(2_000)), []);
        take(&mut pushes, &first, 2, at(2_000));
        let second = pushes.due(at(2_000));
        assert_eq!(second.len(), MAX_UNDER_WAY);
        take(&mut pushes, &second, 3, at(2_000));
        let third = pushes.due(at(2_000));
        assert_eq!(second.len() + third.len(), 100);
        take(&mut pushes, &third, 3, at(2_000));
        assert_eq!((pushes.due(at(2_000)), pushes.next()), (vec![], None));
    }

    #[test]
    fn those_who_never_answer_do_not_keep_the_others_waiting() {
        let (mut pushes, mut now) = (members(200), at(1_000));
        // Of four, one answers.
        let answers = |push: &Push| push.peer.public_key()[1].is_multiple_of(4);
        for version in 2..12 {
            pushes.changed(version);
            let (start, mut at_once, mut silent) = (now, 0, Vec::new());
            loop {
                let (answering, others): (Vec<_>, Vec<_>) = pushes.due(now).into_iter().partition(answers);
                take(&mut pushes, &answering, version, now);
                at_once += if now == start { answering.len() } else { 0 };
                silent.extend(others.iter().copied());
                if answering.is_empty() && others.is_empty() {
                    if silent.is_empty() {
                        break;
                    }
                    now += PUSH_TIMEOUT;
                    silent.drain(..).for_each(|push| pushes.ended(&push, Outcome::Silent, now));
                }
            }
            assert!(version == 2 || at_once == 50, "{at_once} in round {version}");
            now += Duration::from_secs(10);
        }
        assert_eq!((pushes.under_way, pushes.doubtful), (0, 0));
        assert!(pushes.members.values().all(|member| member.silences < 8), "they are asked less and less");
    }

    #[test]
    fn who_does_not_answer_is_told_again_later_and_who_asks_is_not() {
        let mut pushes = members(2);
        pushes.changed(2);
        let due = pushes.due(at(1_000));
        pushes.ended(&due[0], Outcome::Silent, at(6_000));
        pushes.ended(&due[1], Outcome::WillAsk, at(6_000));
        assert_eq!((pushes.due(at(6_000)), pushes.next()), (vec![], Some(at(11_000))));
        pushes.asked(&due[1].peer, 2, false, at(6_001));
        let again = pushes.due(at(11_000));
        assert_eq!(again.iter().map(|push| (push.peer, push.from)).collect::<Vec<_>>(), [(due[0].peer, 1)]);
    }

    #[test]
    fn a_push_to_somebody_who_left_ends_with_them() {
        let mut pushes = members(1);
        pushes.changed(2);
        let old = pushes.due(at(1_000))[0];
        pushes.left(&old.peer);
        pushes.asked(&old.peer, 1, false, at(1_000));
        let new = pushes.due(at(1_000))[0];
        pushes.ended(&old, Outcome::Taken { version: 2, more: false }, at(1_001));
        assert_eq!(pushes.under_way, 1, "the old one's end isn't the new one's");
        take(&mut pushes, &[new], 2, at(1_001));
        assert_eq!((pushes.under_way, pushes.next()), (0, None));
    }

    #[test]
    fn rounds_are_slower_where_there_are_many() {
        for (count, wait) in [(2_000, 250), (2_001, 500), (5_001, 1_000)] {
            let mut pushes = members(count);
            pushes.changed(2);
            pushes.due(at(10_000));
            pushes.changed(3);
            assert_eq!(pushes.next_round(), Some(at(10_000 + wait)), "{count}");
        }
    }
}
