//! The two nodes' stores: what survives a crash.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// Entries that are loaded at a time.
const BATCH: usize = 4;

/// An author's disk.
#[derive(Clone)]
pub(super) struct AuthorDisk {
    pub(super) epoch: Epoch,
    pub(super) acked: u64,
    /// Entries by epoch and seq; `true`: withdrawn.
    pub(super) entries: BTreeMap<(Epoch, u64), (MessageId, bool)>,
    /// What the person is told: ids delivered, refused.
    pub(super) delivered: BTreeSet<MessageId>,
    pub(super) refused: BTreeSet<MessageId>,
}

impl AuthorDisk {
    pub(super) fn lane(&self) -> LaneOut {
        let last = self.entries.range((self.epoch, 0)..=(self.epoch, u64::MAX)).next_back().map_or(0, |((_, s), _)| *s);
        LaneOut { epoch: self.epoch, last, acked: self.acked, read: 0 }
    }

    pub(super) fn load(&self, epoch: Epoch, from: u64) -> Loaded {
        let entry = |(seq, (id, cancelled)): (u64, &(MessageId, bool))| (*id, wire(*id, seq, *cancelled));
        Loaded {
            before: self.entries.get(&(epoch, from - 1)).map(|(id, _)| *id),
            entries: (from..)
                .map_while(|seq| self.entries.get(&(epoch, seq)).map(|e| entry((seq, e))))
                .take(BATCH)
                .collect(),
        }
    }

    pub(super) fn settle(&mut self, epoch: Epoch, acked: u64, voids: &[(u64, VoidCause)]) {
        assert_eq!(epoch, self.epoch, "only the current epoch is settled");
        for seq in self.acked + 1..=acked {
            let (id, _) = self.entries[&(epoch, seq)];
            match voids.iter().find(|(of, _)| *of == seq) {
                None | Some((_, VoidCause::Held)) => _ = self.delivered.insert(id),
                Some((_, VoidCause::Refused(_))) => _ = self.refused.insert(id),
                Some((_, VoidCause::Cancelled)) => {}
            }
        }
        self.acked = acked;
    }

    pub(super) fn requeue(&mut self, marks: &[Watermark]) -> Option<LaneOut> {
        let id = |epoch, seq| self.entries.get(&(epoch, seq)).map(|(id, _)| *id);
        let next = |epoch| {
            let mark = marks.iter().find(|mark| mark.epoch == epoch);
            mark.filter(|mark| mark.last == id(epoch, mark.next - 1)).map_or(1, |mark| mark.next)
        };
        let lacking: Vec<_> = self
            .entries
            .iter()
            .filter(|((epoch, seq), _)| *epoch != self.epoch && *seq >= next(*epoch))
            .map(|(key, entry)| (*key, *entry))
            .collect();
        for (key, entry) in &lacking {
            self.entries.remove(key);
            let end = self.lane().last + 1;
            self.entries.insert((self.epoch, end), *entry);
        }
        (!lacking.is_empty()).then(|| self.lane())
    }

    pub(super) fn renew(&mut self, epoch: Epoch) -> LaneOut {
        let open: Vec<_> =
            self.entries.range((self.epoch, self.acked + 1)..=(self.epoch, u64::MAX)).map(|(k, v)| (*k, *v)).collect();
        for (place, (key, entry)) in open.into_iter().enumerate() {
            self.entries.remove(&key);
            self.entries.insert((epoch, place as u64 + 1), entry);
        }
        self.epoch = epoch;
        self.acked = 0;
        self.lane()
    }
}

/// A receiver's disk.
#[derive(Clone, Default)]
pub(super) struct ReceiverDisk {
    pub(super) lanes: Vec<Watermark>,
    pub(super) history: Vec<MessageId>,
    pub(super) voids: BTreeMap<(Epoch, u64, MessageId), VoidCause>,
}

impl ReceiverDisk {
    pub(super) fn commit(&mut self, commit: &Commit) -> Committed {
        let mut lane =
            self.lanes.iter().find(|l| l.epoch == commit.epoch).copied().unwrap_or(Watermark::start(commit.epoch));
        assert_eq!(lane.next, commit.first, "the machine knows what the store expects");
        let mut told = Vec::new();
        for (seq, id, cancelled) in &commit.check {
            let void = self.voids.get(&(commit.epoch, *seq, *id));
            match (self.history.contains(id), void) {
                (true, _) if *cancelled => told.push((*seq, VoidCause::Held)),
                (true, _) => {}
                (false, Some(cause)) => told.push((*seq, *cause)),
                (false, None) => return Committed::Diverged,
            }
        }
        for entry in &commit.entries {
            let seq = lane.next;
            let id = entry.id();
            match entry {
                Verdict::Accept(_) if self.history.contains(&id) => {}
                Verdict::Accept(_) => self.history.push(id),
                Verdict::Void { cause: VoidCause::Cancelled, .. } if self.history.contains(&id) => {
                    told.push((seq, VoidCause::Held));
                }
                Verdict::Void { cause, .. } => {
                    self.voids.insert((commit.epoch, seq, id), *cause);
                    told.push((seq, *cause));
                }
            }
            (lane.next, lane.last) = (seq + 1, Some(id));
        }
        self.lanes.retain(|l| l.epoch != lane.epoch);
        self.lanes.insert(0, lane);
        self.lanes.truncate(MAX_EPOCHS);
        Committed::Kept { watermark: lane, voids: told }
    }
}

/// Every 16th message breaks a rule, so that refusals are exercised.
pub(super) fn is_bad(id: MessageId) -> bool {
    id.as_bytes()[15] % 16 == 7
}

pub(super) fn conversation(id: MessageId) -> ConversationId {
    let peer = |n| PeerId::from_public_key([n; 32]);
    if is_bad(id) { ConversationId::between(&peer(3), &peer(4)) } else { ConversationId::between(&peer(1), &peer(2)) }
}

pub(super) fn wire(id: MessageId, seq: u64, cancelled: bool) -> WireEntry {
    let body = if cancelled { Body::Cancelled } else { Body::Text(Text::new("hola").unwrap()) };
    WireEntry::new(id, conversation(id), seq.max(1), Timestamp::from_millis(0), &body).unwrap()
}
