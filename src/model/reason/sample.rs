//! One reason of each sort, for tests of whatever has to know them all.

use std::time::Duration;

use super::{Fault, FileReason, Plain, Reason};
use crate::model::{PeerId, Refusal};

/// Every reason without values, and each with values at least once.
pub fn reasons() -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Plain::ALL.into_iter().map(Reason::from).collect();
    reasons.extend(FileReason::ALL.into_iter().map(Reason::from));
    reasons.extend([Refusal::Invalid, Refusal::Blocked, Refusal::OverBudget, Refusal::Other(77)].map(Reason::from));
    reasons.extend(Fault::all().map(refused_by_the_system));
    let mut next = Some(first());
    while let Some(reason) = next {
        next = after(&reason);
        reasons.push(reason);
    }
    reasons
}

/// As the system puts it that has no number for it.
fn refused_by_the_system(fault: Fault) -> Reason {
    let words = fault.kinds()[0].to_string();
    Reason::System { fault, words }
}

fn first() -> Reason {
    Reason::Plain(Plain::NoAnswer)
}

/// The next sort of reason: each has its line here, so that a new one isn't forgotten.
fn after(reason: &Reason) -> Option<Reason> {
    let cause = || Box::new(Reason::Plain(Plain::SomeGone));
    Some(match reason {
        Reason::Plain(_) => Reason::Its(FileReason::Link),
        Reason::Its(_) => Reason::Unreadable(Box::new(refused_by_the_system(Fault::NoPermission))),
        Reason::Unreadable(_) => Reason::TooDeep(64),
        Reason::TooDeep(_) => Reason::file("holiday/plan.pdf", FileReason::Changed),
        Reason::File { .. } => {
            let first = Box::new(Reason::file("plan.pdf", FileReason::UnreadableThere));
            Reason::Several { lost: 3, files: 12, first }
        }
        Reason::Several { .. } => Reason::Unwritable(Box::new(refused_by_the_system(Fault::ReadOnly))),
        Reason::Unwritable(_) => Reason::At { place: "/home/ana".to_owned(), cause: cause() },
        Reason::At { .. } => Reason::NoRoom { needed: 4_100_000, free: 1_000 },
        Reason::NoRoom { .. } => Reason::NoRoomFor("a.png".to_owned()),
        Reason::NoRoomFor(_) => Reason::TooLarge { name: "a.png".to_owned(), most: 128 },
        Reason::TooLarge { .. } => Reason::OfferNotKept(cause()),
        Reason::OfferNotKept(_) => Reason::ListNotKept(cause()),
        Reason::ListNotKept(_) => Reason::TooManyEntries(1_000_000),
        Reason::TooManyEntries(_) => Reason::TooManyItems(1_000),
        Reason::TooManyItems(_) => Reason::Denied(77),
        Reason::Denied(_) => Reason::Refused(Refusal::Blocked),
        Reason::Refused(_) => Reason::Silence(Duration::from_millis(1_500)),
        Reason::Silence(_) => Reason::SomebodyElse(PeerId::from_public_key([7; 32])),
        Reason::SomebodyElse(_) => {
            Reason::OtherPeer { peer: "12D3KooW".to_owned(), place: "/ip4/10.0.0.1/tcp/48237".to_owned() }
        }
        Reason::OtherPeer { .. } => Reason::RelayAway(cause()),
        Reason::RelayAway(_) => Reason::MissingBeside("/home/ana/vecino.db-wal".to_owned()),
        Reason::MissingBeside(_) => Reason::SchemaVersion(-3),
        Reason::SchemaVersion(_) => Reason::KeyLength { expected: 32, found: 7 },
        Reason::KeyLength { .. } => Reason::NoRandomness(cause()),
        Reason::NoRandomness(_) => refused_by_the_system(Fault::NotFound),
        Reason::System { .. } => Reason::Other("no route of ours".to_owned()),
        Reason::Other(_) => return None,
    })
}
