//! Times, dates, sizes and durations as people write them.

use fluent_bundle::FluentValue;
use jiff::Zoned;
use jiff::civil::{Date, Weekday};

use super::Locale;
use crate::model::Timestamp;

/// Days back for which a weekday is clearer than a date.
const WEEKDAYS_BACK: i32 = 6;

impl Locale {
    fn at(&self, time: Timestamp) -> Zoned {
        time.to_jiff().to_zoned(self.zone.clone())
    }

    /// The day of `time` where the person is.
    pub fn day(&self, time: Timestamp) -> Date {
        self.at(time).date()
    }

    /// `14:05`.
    pub fn clock(&self, time: Timestamp) -> String {
        let time = self.at(time);
        format!("{:02}:{:02}", time.hour(), time.minute())
    }

    /// `14:05`; where that wasn't today, `14:05 · Yesterday`.
    pub fn clock_and_day(&self, time: Timestamp) -> String {
        let (clock, day) = (self.clock(time), self.day(time));
        if self.days_ago(day) == 0 { clock } else { format!("{clock} · {}", self.day_name(day)) }
    }

    /// `Picture 2025-11-22 14.05.09.png`: what a picture is called that was made at this time.
    pub fn picture_name(&self, time: Timestamp) -> String {
        let time = self.at(time).strftime("%Y-%m-%d %H.%M.%S").to_string();
        format!("{}.png", self.tr_with("picture-name", [("time", time)]))
    }

    /// Today, Yesterday, a weekday, or a date: what stands above a day's messages.
    pub fn day_name(&self, day: Date) -> String {
        match self.days_ago(day) {
            0 => self.tr("today"),
            1 => self.tr("yesterday"),
            2..=WEEKDAYS_BACK => self.tr(weekday_key(day.weekday())),
            _ => self.date(day),
        }
    }

    /// The time for today, else the weekday or the date in short: what stands beside a conversation.
    pub fn short(&self, time: Timestamp) -> String {
        let day = self.day(time);
        match self.days_ago(day) {
            0 => self.clock(time),
            1..=WEEKDAYS_BACK => self.tr(weekday_short_key(day.weekday())),
            _ => self.short_date(day),
        }
    }

    fn days_ago(&self, day: Date) -> i32 {
        day.until(self.day(self.now)).map_or(i32::MAX, |span| span.get_days())
    }

    fn date(&self, day: Date) -> String {
        let values =
            [("day", day.day().to_string()), ("month", self.tr(month_key(day))), ("year", day.year().to_string())];
        let this_year = day.year() == self.day(self.now).year();
        self.tr_with(if this_year { "date" } else { "date-with-year" }, values)
    }

    fn short_date(&self, day: Date) -> String {
        let month = self.tr(month_short_key(day));
        let values = [("day", day.day().to_string()), ("month", month), ("year", day.year().to_string())];
        let this_year = day.year() == self.day(self.now).year();
        self.tr_with(if this_year { "date-short" } else { "date-short-with-year" }, values)
    }

    /// `619 MB`, `1.44 GB`: decimal units, three digits.
    pub fn size(&self, bytes: u64) -> String {
        const UNITS: [(u64, &str); 4] =
            [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
        match UNITS.into_iter().find(|(unit, _)| bytes >= *unit) {
            None => format!("{bytes} B"),
            Some((unit, name)) => format!("{} {name}", self.three_digits(bytes, unit)),
        }
    }

    /// `bytes / unit` to three digits, rounded down so that no more is claimed than is there.
    fn three_digits(&self, bytes: u64, unit: u64) -> String {
        let whole = bytes / unit;
        let hundredths = u128::from(bytes % unit) * 100 / u128::from(unit);
        let decimals = match whole {
            0..=9 => format!("{hundredths:02}"),
            10..=99 => (hundredths / 10).to_string(),
            _ => String::new(),
        };
        match decimals.trim_end_matches('0') {
            "" => whole.to_string(),
            decimals => format!("{whole}{}{decimals}", self.language.decimal_mark()),
        }
    }

    /// `1 file`, `1,234 files`.
    pub fn files(&self, count: u64) -> String {
        let values = [("count", FluentValue::from(count)), ("number", FluentValue::from(self.number(count)))];
        self.tr_with("files", values)
    }

    /// `1,234`: a whole number, its digits in groups where the language makes them.
    fn number(&self, number: u64) -> String {
        let (mark, ungrouped) = self.language.grouping();
        let digits = number.to_string();
        if number < ungrouped {
            return digits;
        }
        let (first, rest) = digits.split_at(digits.len() % 3);
        let groups = rest.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
        let groups: Vec<String> =
            [first.to_owned()].into_iter().filter(|first| !first.is_empty()).chain(groups).collect();
        groups.join(mark)
    }

    /// `112 MB/s`.
    pub fn speed(&self, bytes_per_second: u64) -> String {
        format!("{}/s", self.size(bytes_per_second))
    }

    /// How long `bytes` will take at this speed; `None` at none.
    pub fn time_left(&self, bytes: u64, bytes_per_second: u64) -> Option<String> {
        let seconds = bytes.checked_div(bytes_per_second)?;
        Some(match seconds {
            0..=89 => self.tr_with("seconds-left", [("count", seconds.max(1))]),
            90..=5_399 => self.tr_with("minutes-left", [("count", (seconds + 30) / 60)]),
            _ => self.tr_with("hours-left", [("count", (seconds + 1_800) / 3_600)]),
        })
    }
}

const fn weekday_key(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}

const fn weekday_short_key(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "monday-short",
        Weekday::Tuesday => "tuesday-short",
        Weekday::Wednesday => "wednesday-short",
        Weekday::Thursday => "thursday-short",
        Weekday::Friday => "friday-short",
        Weekday::Saturday => "saturday-short",
        Weekday::Sunday => "sunday-short",
    }
}

fn month_key(day: Date) -> &'static str {
    match day.month() {
        1 => "january",
        2 => "february",
        3 => "march",
        4 => "april",
        5 => "may",
        6 => "june",
        7 => "july",
        8 => "august",
        9 => "september",
        10 => "october",
        11 => "november",
        _ => "december",
    }
}

fn month_short_key(day: Date) -> &'static str {
    match day.month() {
        1 => "january-short",
        2 => "february-short",
        3 => "march-short",
        4 => "april-short",
        5 => "may-short",
        6 => "june-short",
        7 => "july-short",
        8 => "august-short",
        9 => "september-short",
        10 => "october-short",
        11 => "november-short",
        _ => "december-short",
    }
}

#[cfg(test)]
mod tests {
    use super::super::Language;
    use super::super::tests::{NOW, locale};
    use super::*;
    use crate::model::FileName;

    const HOUR: i64 = 3_600_000;
    const DAY: i64 = 24 * HOUR;

    fn ago(millis: i64) -> Timestamp {
        Timestamp::from_millis(NOW.millis() - millis)
    }

    #[test]
    fn a_picture_is_called_by_its_time_in_a_name_that_is_safe() {
        for (language, name) in [
            (Language::English, "Picture 2025-11-22 08.26.40.png"),
            (Language::Spanish, "Imagen 2025-11-22 08.26.40.png"),
        ] {
            let locale = Locale::new(language, jiff::tz::TimeZone::UTC, Timestamp::default());
            let made = locale.picture_name(Timestamp::from_millis(1_763_800_000_042));
            assert_eq!((made.as_str(), FileName::safe(&made).as_str()), (name, name));
        }
    }

    #[test]
    fn a_time_is_said_as_people_say_it() {
        let en = locale(Language::English);
        for (time, short, day) in [
            (ago(0), "14:40", "Today"),
            (ago(14 * HOUR), "00:40", "Today"),
            (ago(15 * HOUR), "Fri", "Yesterday"),
            (ago(4 * DAY), "Tue", "Tuesday"),
            (ago(6 * DAY), "Sun", "Sunday"),
            (ago(7 * DAY), "15 Nov", "15 November"),
            (ago(400 * DAY), "18 Oct 2024", "18 October 2024"),
            (ago(-2 * DAY), "24 Nov", "24 November"),
        ] {
            assert_eq!((en.short(time).as_str(), en.day_name(en.day(time)).as_str()), (short, day));
        }
        let es = locale(Language::Spanish);
        assert_eq!(es.day_name(es.day(ago(15 * HOUR))), "Ayer");
        assert_eq!(es.day_name(es.day(ago(400 * DAY))), "18 de octubre de 2024");
        assert_eq!(es.clock_and_day(ago(DAY)), "14:40 · Ayer");
        assert_eq!(es.clock_and_day(ago(0)), "14:40");
        assert_eq!(es.short(ago(4 * DAY)), "mar");
    }

    #[test]
    fn a_size_has_three_digits_and_claims_no_more_than_there_is() {
        let (en, es) = (locale(Language::English), locale(Language::Spanish));
        for (bytes, english, spanish) in [
            (0, "0 B", "0 B"),
            (999, "999 B", "999 B"),
            (1_000, "1 kB", "1 kB"),
            (4_100_000, "4.1 MB", "4,1 MB"),
            (619_999_999, "619 MB", "619 MB"),
            (1_449_999_999, "1.44 GB", "1,44 GB"),
            (12_340_000_000, "12.3 GB", "12,3 GB"),
            (1_009_999, "1 MB", "1 MB"),
            (1_010_000, "1.01 MB", "1,01 MB"),
            (u64::MAX, "18446744 TB", "18446744 TB"),
        ] {
            assert_eq!((en.size(bytes).as_str(), es.size(bytes).as_str()), (english, spanish));
        }
    }

    #[test]
    fn files_are_counted_as_people_write_numbers() {
        let (en, es) = (locale(Language::English), locale(Language::Spanish));
        for (count, english, spanish) in [
            (0, "0 files", "0 archivos"),
            (1, "1 file", "1 archivo"),
            (999, "999 files", "999 archivos"),
            (1_234, "1,234 files", "1234 archivos"),
            (12_345, "12,345 files", "12.345 archivos"),
            (1_000_000, "1,000,000 files", "1.000.000 archivos"),
        ] {
            assert_eq!((en.files(count).as_str(), es.files(count).as_str()), (english, spanish));
        }
    }

    #[test]
    fn the_time_left_is_rough_and_never_zero() {
        let en = locale(Language::English);
        assert_eq!(en.time_left(1, 0), None);
        assert_eq!(en.time_left(1, 1_000).unwrap(), "1 s left");
        assert_eq!(en.time_left(7_000, 1_000).unwrap(), "7 s left");
        assert_eq!(en.time_left(150_000, 1_000).unwrap(), "3 min left");
        assert_eq!(en.time_left(7_200_000, 1_000).unwrap(), "2 h left");
    }
}
