//! What words mean that a reason was kept or sent as.

use std::str::FromStr;
use std::time::Duration;

use super::{Fault, FileReason, Plain, Reason};
use crate::model::Refusal;

/// Longest words that are looked at, in bytes: vecino's own have a path or two.
const MAX_WORDS: usize = 16 * 1024;

/// Colons in words at which a path may end.
const MAX_COLONS: usize = 16;

/// What the words begin with of a file that is in too many folders.
const TOO_DEEP: &str = "is in too many folders, one in another (at most ";

/// The same of one that can't be read.
const UNREADABLE: &str = "can't be read: ";

/// Reasons in one another that are looked at.
const MAX_DEPTH: usize = 4;

impl From<&str> for Reason {
    /// What the words mean, if they are vecino's: then they are also what it says.
    fn from(words: &str) -> Self {
        let short = Some(words).filter(|words| words.len() <= MAX_WORDS);
        let meant = short.and_then(|words| known(words, MAX_DEPTH).or_else(|| at(words)));
        meant.filter(|reason| reason.to_string() == words).unwrap_or_else(|| Self::Other(words.to_owned()))
    }
}

/// What words could mean. Whether it comes to the same words again isn't looked at.
fn known(words: &str, depth: usize) -> Option<Reason> {
    let depth = depth.checked_sub(1)?;
    let cause = |words: &str| Box::new(known(words, depth).unwrap_or_else(|| Reason::Other(words.to_owned())));
    if let Some(plain) = Plain::ALL.into_iter().find(|plain| plain.words() == words) {
        return Some(plain.into());
    }
    let system = || Fault::said(words).map(|fault| Reason::System { fault, words: words.to_owned() });
    before(words, cause)
        .or_else(|| refusal(words))
        .or_else(|| numbers(words))
        .or_else(system)
        .or_else(|| file(words, cause))
}

/// Those with a cause, or a name, at their end.
fn before(words: &str, cause: impl Fn(&str) -> Box<Reason>) -> Option<Reason> {
    if let Some(rest) = words.strip_prefix("it can't be written (") {
        return Some(Reason::Unwritable(cause(rest.strip_suffix("); it's tried again")?)));
    }
    if let Some(rest) = words.strip_prefix("what is offered can't be kept: ") {
        return Some(Reason::OfferNotKept(cause(rest)));
    }
    if let Some(rest) = words.strip_prefix("the list of what is offered can't be kept: ") {
        return Some(Reason::ListNotKept(cause(rest)));
    }
    if let Some(rest) = words.strip_prefix("the relay isn't reached: ") {
        return Some(Reason::RelayAway(cause(rest)));
    }
    if let Some(rest) = words.strip_prefix("the system gives no randomness: ") {
        return Some(Reason::NoRandomness(cause(rest)));
    }
    if let Some(found) = between(words, "Dial error: Unexpected peer ID ", ".") {
        let (peer, place) = found.split_once(" at ")?;
        return Some(Reason::OtherPeer { peer: peer.to_owned(), place: place.to_owned() });
    }
    if let Some(name) = between(words, "there's no room for ", " on the disk") {
        return Some(Reason::NoRoomFor(name.to_owned()));
    }
    if let Some(log) = between(words, "it's missing or empty, but ", " is there") {
        return Some(Reason::MissingBeside(log.to_owned()));
    }
    let (counts, first) = words.split_once(" files could not be had; the first: ")?;
    let (lost, files) = counts.split_once(" of ")?;
    Some(Reason::Several { lost: number(lost)?, files: number(files)?, first: cause(first) })
}

fn refusal(words: &str) -> Option<Reason> {
    if let Some(cause) = between(words, "the sender refused (cause ", ")") {
        return number(cause).map(Reason::Denied);
    }
    if let Some(cause) = between(words, "the other side refused this message (cause ", ")") {
        return number(cause).map(|cause| Refusal::Other(cause).into());
    }
    let known = [Refusal::Invalid, Refusal::Blocked, Refusal::OverBudget];
    known.into_iter().find(|refusal| refusal.to_string() == words).map(Reason::Refused)
}

/// Those with numbers.
fn numbers(words: &str) -> Option<Reason> {
    if let Some(numbers) = between(words, "not enough room: it needs ", " are free") {
        let (needed, free) = numbers.split_once(" bytes, ")?;
        return Some(Reason::NoRoom { needed: number(needed)?, free: number(free)? });
    }
    if let Some(numbers) = words.strip_prefix("it should hold ") {
        let (expected, found) = numbers.split_once(" bytes and holds ")?;
        return Some(Reason::KeyLength { expected: number(expected)?, found: number(found)? });
    }
    if let Some(most) = between(words, "these are more files and folders than can be offered at once (at most ", ")") {
        return number(most).map(Reason::TooManyEntries);
    }
    if let Some(most) =
        between(words, "at most ", " files and folders can be picked at once; offer a folder that holds them")
    {
        return number(most).map(Reason::TooManyItems);
    }
    if let Some(version) = words.strip_prefix("its schema's version is ") {
        return number(version).map(Reason::SchemaVersion);
    }
    if let Some(peer) = words.strip_prefix("somebody else is there: ") {
        return peer.parse().ok().map(Reason::SomebodyElse);
    }
    words.strip_prefix("no answer in ").and_then(time).map(Reason::Silence)
}

/// What is the matter with a file, after its name or without.
fn file(words: &str, cause: impl Fn(&str) -> Box<Reason>) -> Option<Reason> {
    if let Some((name, most)) = words.split_once(" is too large to be offered so (at most ") {
        return Some(Reason::TooLarge { name: name.to_owned(), most: number(most.strip_suffix(" MiB)")?)? });
    }
    let ends = |why: &FileReason| words.ends_with(why.words());
    let (start, why) = if let Some(why) = FileReason::ALL.into_iter().find(ends) {
        (words.strip_suffix(why.words())?, why.into())
    } else if let Some((start, rest)) = words.split_once(TOO_DEEP) {
        (start, Reason::TooDeep(number(rest.strip_suffix(')')?)?))
    } else {
        let (start, rest) = words.rsplit_once(UNREADABLE)?;
        (start, Reason::Unreadable(cause(rest)))
    };
    if start.is_empty() { Some(why) } else { Some(Reason::file(start.strip_suffix(' ')?, why)) }
}

/// A path, and what is known to be about it.
fn at(words: &str) -> Option<Reason> {
    let rests = words.match_indices(": ").take(MAX_COLONS).filter_map(|(end, colon)| {
        let (place, rest) = words.split_at_checked(end)?;
        Some((place, rest.strip_prefix(colon)?))
    });
    { rests }.find_map(|(place, rest)| {
        let cause = Box::new(known(rest, 1)?);
        Some(Reason::At { place: place.to_owned(), cause })
    })
}

fn between<'a>(words: &'a str, start: &str, end: &str) -> Option<&'a str> {
    words.strip_prefix(start)?.strip_suffix(end)
}

fn number<N: FromStr>(digits: &str) -> Option<N> {
    digits.parse().ok()
}

/// A time as it's shown for debugging: `10s`, `1.5s`, `20ms`.
fn time(words: &str) -> Option<Duration> {
    let (number, unit) = match words.strip_suffix("ms") {
        Some(number) => (number, 1_000.0),
        None => (words.strip_suffix('s')?, 1.0),
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? / unit).ok()
}
