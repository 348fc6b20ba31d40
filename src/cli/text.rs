//! Words, numbers and times for a person at a terminal. Text of strangers passes through here before it's printed.

pub mod transfer;

use std::time::Duration;

use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

use crate::control::MessageRecord;
use crate::model::{From as Author, MessageState, Path, Presence, RelayState, RelayStatus, Timestamp};
pub use crate::model::{printable, printable_line as one_line};

/// `text` made [`printable`], its further lines set in, so that none of them can be taken for a line of ours.
pub fn indented(text: &str) -> String {
    printable(text).replace('\n', "\n    ")
}

/// A size in bytes as a person reads it: `1.5 MB`. Units are decimal.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut amount = bytes as f64 / 1_000.0;
    let mut unit = UNITS[0];
    for next in UNITS.into_iter().skip(1) {
        // What would be rounded to 1000 is one of the next unit.
        if amount < 999.5 {
            break;
        }
        amount /= 1_000.0;
        unit = next;
    }
    if amount < 9.95 { format!("{amount:.1} {unit}") } else { format!("{amount:.0} {unit}") }
}

/// A span of time as a person reads it: `41.5 ms`, `1.2 s`, `3:05`, `1:00:09`.
pub fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 if time < Duration::from_millis(1) => format!("{} µs", time.as_micros()),
        0 => format!("{:.1} ms", time.as_secs_f64() * 1_000.0),
        1..60 => format!("{:.1} s", time.as_secs_f64()),
        _ => clock(seconds),
    }
}

/// Seconds as a clock counts them: `0:05`, `3:05`, `1:00:09`.
pub fn clock(seconds: u64) -> String {
    match seconds {
        0..3_600 => format!("{}:{:02}", seconds / 60, seconds % 60),
        _ => format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60),
    }
}

/// Local date and time to the minute.
pub fn date_time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_jiff().to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Local time of day to the second.
pub fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_jiff().to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// `text` filled up with spaces to `columns` of a terminal.
pub fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(text.width())))
}

/// A presence in a word.
pub const fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Online => "online",
        Presence::Away => "away",
        Presence::Busy => "busy",
        Presence::Offline => "offline",
    }
}

/// A path in words.
pub const fn path(path: Path) -> &'static str {
    match path {
        Path::Direct => "direct",
        Path::Relayed => "through a relay",
        Path::None => "",
    }
}

/// A relay and how it stands with it, in one line: `relay library#we7r51 (/ip4/10.0.0.1/tcp/48237): ready`.
pub fn relay(relay: &RelayStatus) -> String {
    let address = one_line(&relay.address);
    let name = match (&relay.nickname, &relay.peer_id) {
        (Some(nickname), Some(id)) => format!("{}#{} ({address})", one_line(nickname.as_str()), id.tag()),
        _ => address,
    };
    let state = match relay.state {
        RelayState::Connecting => "not connected",
        RelayState::Ready => "ready",
        RelayState::Refused => "doesn't take this vecino",
        RelayState::Spare => "not needed, as others are ready",
    };
    let why = relay.error.as_ref().map(|error| format!(" ({})", one_line(&error.to_string()))).unwrap_or_default();
    format!("relay {name}: {state}{why}")
}

/// The state of a message in a word.
pub const fn message_state(state: MessageState) -> &'static str {
    match state {
        MessageState::Queued => "queued",
        MessageState::Delivered => "delivered",
        MessageState::Read => "read",
        MessageState::Failed => "failed",
    }
}

/// The name of what a message offers, where its text is something else: a caption.
pub fn captioned(message: &MessageRecord) -> Option<&str> {
    message.name.as_deref().filter(|name| *name != message.text)
}

/// A message in one line and set-in further lines: when, who (as `author` has it), what, and the state of one's own.
pub fn message(message: &MessageRecord, author: &str, when: &str) -> String {
    let mut line = format!("{when}  {author}: {}", indented(&message.text));
    if let Some(offer) = message.offer {
        let name = captioned(message).map(|name| format!("{}, ", one_line(name))).unwrap_or_default();
        line += &format!("  [file {name}{}]", offer.short());
    }
    if message.from == Author::Me {
        line += &format!("  [{}]", message_state(message.state));
    }
    if let Some(error) = &message.error {
        line += &format!(" ({})", one_line(error));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake;
    use crate::model::{Nickname, PeerId};

    #[test]
    fn further_lines_are_set_in() {
        assert_eq!(indented("hola\n2025-01-01 10:00  ana: forged"), "hola\n    2025-01-01 10:00  ana: forged");
    }

    #[test]
    fn sizes_and_spans_are_short() {
        for (bytes, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (9_949, "9.9 kB"),
            (9_960, "10 kB"),
            (999_600, "1.0 MB"),
            (20_000_000, "20 MB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
        for (millis, shown) in
            [(0, "0 µs"), (41, "41.0 ms"), (1_200, "1.2 s"), (185_000, "3:05"), (3_609_000, "1:00:09")]
        {
            assert_eq!(span(Duration::from_millis(millis)), shown);
        }
    }

    #[test]
    fn times_are_local() {
        let at = Timestamp::from_millis(1_763_800_000_042);
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(date_time(at, &zone), "2025-11-22 09:26");
        assert_eq!(time(at, &zone), "09:26:40");
    }

    #[test]
    fn columns_count_what_a_terminal_shows() {
        assert_eq!(padded("李雷", 6), "李雷  ");
        assert_eq!(padded("too long", 3), "too long");
    }

    #[test]
    fn a_relay_is_told_with_what_is_known_of_it() {
        let mut status = RelayStatus {
            peer_id: None,
            nickname: None,
            address: "/ip4/10.0.0.1/tcp/48237".to_owned(),
            state: RelayState::Connecting,
            error: None,
            given: false,
        };
        assert_eq!(relay(&status), "relay /ip4/10.0.0.1/tcp/48237: not connected");
        let id = PeerId::from_public_key([1; 32]);
        status.peer_id = Some(id);
        status.nickname = Some(Nickname::new("library").unwrap());
        status.state = RelayState::Refused;
        status.error = Some("a token is\nneeded".into());
        let says = "doesn't take this vecino (a token is needed)";
        assert_eq!(relay(&status), format!("relay library#{} (/ip4/10.0.0.1/tcp/48237): {says}", id.tag()));
    }

    #[test]
    fn a_message_shows_the_state_of_ones_own() {
        let peer = PeerId::from_public_key([1; 32]);
        let mut record = MessageRecord::from(&fake::message(1, peer, "hola\nluis", MessageState::Read));
        assert_eq!(message(&record, "me", "10:00"), "10:00  me: hola\n    luis  [read]");
        record.from = Author::Peer;
        assert_eq!(message(&record, "luis", "10:00"), "10:00  luis: hola\n    luis");
        record.offer = Some(record.id.transfer());
        (record.text, record.name) = ("a.pdf".to_owned(), Some("a.pdf".to_owned()));
        assert_eq!(message(&record, "luis", "10:00"), "10:00  luis: a.pdf  [file 00000001]");
        record.text = "read this".to_owned();
        assert_eq!(message(&record, "luis", "10:00"), "10:00  luis: read this  [file a.pdf, 00000001]");
    }
}
