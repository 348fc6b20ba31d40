//! Wall-clock time: shown to people, never trusted for order.

use std::fmt;

use jiff::Timestamp as Instant;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Milliseconds since 1970-01-01 00:00 UTC. Its text is [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// The last moment that RFC 3339 can write in every time zone: the end of 9999-12-30 in the westernmost one.
const LAST: i64 = 253_402_207_200_000;

impl Timestamp {
    /// The time so many milliseconds after 1970; clamped to the years 1970–9999.
    pub const fn from_millis(millis: i64) -> Self {
        Self(if millis < 0 {
            0
        } else if millis > LAST {
            LAST
        } else {
            millis
        })
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// What to show for a message that claims to have been written at this time and arrived at `received`:
    /// a clock ahead of ours is not believed by more than a minute, nor one that is years behind.
    pub fn clamped(self, received: Self) -> Self {
        const AHEAD: i64 = 60 * 1_000;
        const BEHIND: i64 = 10 * 365 * 24 * 3_600 * 1_000;
        if self.0 > received.0.saturating_add(AHEAD) || self.0 < received.0.saturating_sub(BEHIND) {
            received
        } else {
            self
        }
    }

    /// The same moment for calendars and time zones.
    pub fn to_jiff(self) -> Instant {
        Instant::from_millisecond(self.0).unwrap_or(Instant::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.to_jiff())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let instant: Instant = text.parse().map_err(de::Error::custom)?;
        Ok(Self::from_millis(instant.as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_text_is_rfc_3339_with_milliseconds() {
        let time = Timestamp::from_millis(1_763_800_000_042);
        assert_eq!(time.to_string(), "2025-11-22T08:26:40.042Z");
        assert_eq!(serde_json::from_str::<Timestamp>("\"2025-11-22T08:26:40.042Z\"").unwrap(), time);
        assert_eq!(Timestamp::from_millis(i64::MAX).to_string(), "9999-12-30T22:00:00.000Z");
        assert_eq!(Timestamp::from_millis(i64::MIN).to_string(), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn absurd_clocks_are_not_shown() {
        let received = Timestamp::from_millis(1_763_800_000_000);
        let day = 24 * 3_600 * 1_000;
        for (claimed, shown) in [
            (received.millis() - 3 * day, received.millis() - 3 * day),
            (received.millis() + 30_000, received.millis() + 30_000),
            (received.millis() + day, received.millis()),
            (0, received.millis()),
            (i64::MAX, received.millis()),
        ] {
            assert_eq!(Timestamp::from_millis(claimed).clamped(received).millis(), shown);
        }
    }
}
