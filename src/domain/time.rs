//! Times in UTC milliseconds, and the zone in which people read them.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use super::macros::deserialize_by_parse;
use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};

/// A moment in UTC with millisecond precision.
///
/// Between the years 0001 and 9999, so that the text form sorts as the moments do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub struct Timestamp(DateTime<Utc>);

/// The text is not a moment as the database stores it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time such as 2026-11-22T06:30:00.000Z")]
pub struct InvalidTimestamp(String);

impl Timestamp {
    /// From milliseconds since 1970; out of range is clamped to the years 0001 to 9999.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        const FIRST: i64 = -62_135_596_800_000;
        const LAST: i64 = 253_402_300_799_999;
        Self(DateTime::from_timestamp_millis(millis.clamp(FIRST, LAST)).unwrap_or_default())
    }

    /// Milliseconds since 1970, negative before it.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0.timestamp_millis()
    }

    /// Reads RFC 3339 with any offset; digits past the millisecond are dropped.
    ///
    /// # Errors
    /// [`InvalidTimestamp`] when the text is something else.
    pub fn parse(text: &str) -> Result<Self, InvalidTimestamp> {
        DateTime::parse_from_rfc3339(text)
            .map(|moment| Self::from_millis(moment.timestamp_millis()))
            .map_err(|_| InvalidTimestamp(text.chars().take(40).collect()))
    }

    /// How much later this is than `earlier`; zero when it is not later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        (self.0 - earlier.0).to_std().unwrap_or_default()
    }

    /// The same moment as chrono knows it.
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }
}

/// `2026-11-22T06:30:00.000Z`, the form stored and sent.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

deserialize_by_parse!(Timestamp);

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, wait: Duration) -> Self {
        Self::from_millis(self.millis().saturating_add(whole_millis(wait)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, wait: Duration) -> Self {
        Self::from_millis(self.millis().saturating_sub(whole_millis(wait)))
    }
}

fn whole_millis(wait: Duration) -> i64 {
    i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)
}

/// The one IANA time zone of a site, in which dates and clock times are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(chrono_tz::Tz);

impl Zone {
    /// Universal time, for texts without a time before a zone is known.
    pub const UTC: Self = Self(chrono_tz::Tz::UTC);

    /// Reads an IANA name such as `Africa/Nairobi`; `None` when there is no such zone.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }

    /// The zone's IANA name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The local calendar date.
    #[must_use]
    pub fn date(self, at: Timestamp) -> NaiveDate {
        at.0.with_timezone(&self.0).date_naive()
    }

    /// The local time of day and date, without the offset.
    #[must_use]
    pub fn local(self, at: Timestamp) -> chrono::NaiveDateTime {
        at.0.with_timezone(&self.0).naive_local()
    }

    /// The local time as `HH:MM`.
    #[must_use]
    pub fn hour_minute(self, at: Timestamp) -> String {
        at.0.with_timezone(&self.0).format("%H:%M").to_string()
    }

    /// The local time as `HH:MM:SS`.
    #[must_use]
    pub fn clock(self, at: Timestamp) -> String {
        at.0.with_timezone(&self.0).format("%H:%M:%S").to_string()
    }

    /// RFC 3339 to the second with this zone's offset, `2026-11-22T09:30:00+03:00`: what the portal reads.
    #[must_use]
    pub fn rfc3339(self, at: Timestamp) -> String {
        at.0.with_timezone(&self.0)
            .to_rfc3339_opts(SecondsFormat::Secs, false)
    }

    /// Reads `HH:MM` of today, `YYYY-MM-DD HH:MM`, or RFC 3339.
    ///
    /// A local time skipped by a daylight-saving change becomes the first moment after the gap; one that happens twice is the first.
    ///
    /// # Errors
    /// [`InvalidTimestamp`] when the text is none of these.
    pub fn read(self, text: &str, now: Timestamp) -> Result<Timestamp, InvalidTimestamp> {
        use chrono::{NaiveDateTime, NaiveTime};
        let text = text.trim();
        let local = if let Ok(time) = NaiveTime::parse_from_str(text, "%H:%M") {
            self.date(now).and_time(time)
        } else if let Ok(local) =
            NaiveDateTime::parse_from_str(&text.replace('T', " "), "%Y-%m-%d %H:%M")
        {
            local
        } else {
            return Timestamp::parse(text);
        };
        Ok(self.moment(local))
    }

    /// As [`Zone::read`], for when something begins: a bare `HH:MM` is of today, or of the day before or after
    /// where that is only hours away, as around midnight. Of a time that happens twice, the one nearer to now.
    ///
    /// # Errors
    /// As [`Zone::read`].
    pub fn read_start(self, text: &str, now: Timestamp) -> Result<Timestamp, InvalidTimestamp> {
        // At 22:00, 00:30 means tomorrow, but 08:00 means today, and the person learns that it is over.
        const ONLY_HOURS: Duration = Duration::from_secs(6 * 3600);
        let Ok(time) = chrono::NaiveTime::parse_from_str(text.trim(), "%H:%M") else {
            return self.read(text, now);
        };
        let today = self.date(now);
        let days = [Some(today), today.pred_opt(), today.succ_opt()];
        let away = |at: Timestamp| at.since(now).max(now.since(at));
        let nearest = days
            .into_iter()
            .flatten()
            .flat_map(|day| self.moments(day.and_time(time)).map(|at| (day, at)))
            .filter(|&(day, at)| day == today || away(at) <= ONLY_HOURS)
            .min_by_key(|&(_, at)| away(at));
        nearest.map_or_else(|| self.read(text, now), |(_, at)| Ok(at))
    }

    /// The moment of a local time, with daylight-saving changes as in [`Zone::read`].
    #[must_use]
    pub fn moment(self, local: chrono::NaiveDateTime) -> Timestamp {
        let [first, _] = self.moments(local);
        first
    }

    /// The two moments of a local time that happens twice; the same one twice of any other.
    fn moments(self, local: chrono::NaiveDateTime) -> [Timestamp; 2] {
        // chrono's calendar goes on for longer, but ends as well, and adding to its last day panics.
        let [first, last] = [i64::MIN, i64::MAX].map(|at| Timestamp::from_millis(at).0.naive_utc());
        let local = local.clamp(first, last);
        // No zone's gap is longer than a day (Samoa skipped one in 2011).
        (0..=24 * 4)
            .find_map(|quarter| {
                let found = (local + TimeDelta::minutes(15 * quarter)).and_local_timezone(self.0);
                Some([found.earliest()?, found.latest()?])
            })
            .map_or([Timestamp(local.and_utc()); 2], |both| {
                both.map(|moment| Timestamp::from_millis(moment.timestamp_millis()))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_stored_form_is_rfc3339_with_milliseconds() {
        let moment = Timestamp::parse("2026-11-22T09:30:00.1239+03:00").unwrap();
        assert_eq!(moment.to_string(), "2026-11-22T06:30:00.123Z");
    }

    #[test]
    fn a_zone_tells_local_time_and_offset() {
        let nairobi = Zone::parse("Africa/Nairobi").unwrap();
        let moment = Timestamp::parse("2026-11-22T22:30:00Z").unwrap();
        assert_eq!(nairobi.hour_minute(moment), "01:30");
        assert_eq!(nairobi.date(moment).to_string(), "2026-11-23");
        assert_eq!(nairobi.rfc3339(moment), "2026-11-23T01:30:00+03:00");
        assert!(Zone::parse("Africa/Nowhere").is_none());
    }

    #[test]
    fn local_times_read_across_daylight_saving() {
        let warsaw = Zone::parse("Europe/Warsaw").unwrap();
        let now = Timestamp::parse("2026-03-28T12:00:00Z").unwrap();
        let read = |text: &str| warsaw.read(text, now).unwrap().to_string();
        assert_eq!(read("13:15"), "2026-03-28T12:15:00.000Z");
        assert_eq!(
            read("2026-03-29 02:30"),
            "2026-03-29T01:00:00.000Z",
            "skipped: the first moment after the gap"
        );
        assert_eq!(
            read("2026-10-25 02:30"),
            "2026-10-25T00:30:00.000Z",
            "twice: the first"
        );
        assert_eq!(read("2026-03-28T09:00"), "2026-03-28T08:00:00.000Z");
        assert!(warsaw.read("25:00", now).is_err());
    }

    #[test]
    fn a_start_is_of_the_day_that_it_is_near_to_and_of_the_nearer_hour_of_two() {
        let read = |zone: &str, now: &str, text: &str| {
            let now = Timestamp::parse(now).unwrap();
            let start = Zone::parse(zone).unwrap().read_start(text, now).unwrap();
            start.to_string()
        };
        for (now, text, start) in [
            (
                "2026-11-23T00:00:00+03:00",
                "23:59",
                "2026-11-22T20:59:00.000Z",
            ),
            (
                "2026-11-22T23:50:00+03:00",
                "00:10",
                "2026-11-22T21:10:00.000Z",
            ),
            (
                "2026-11-23T07:00:00+03:00",
                "20:00",
                "2026-11-23T17:00:00.000Z",
            ),
            (
                "2026-11-23T21:00:00+03:00",
                "08:00",
                "2026-11-23T05:00:00.000Z",
            ),
            (
                "2026-11-22T22:00:00+03:00",
                "04:00",
                "2026-11-23T01:00:00.000Z",
            ),
            (
                "2026-11-22T22:00:00+03:00",
                "04:01",
                "2026-11-22T01:01:00.000Z",
            ),
            (
                "2026-11-23T12:00:00+03:00",
                "2026-11-24 00:10",
                "2026-11-23T21:10:00.000Z",
            ),
        ] {
            assert_eq!(read("Africa/Nairobi", now, text), start, "{text} at {now}");
        }
        for (now, start) in [
            ("2026-10-25T00:31:00Z", "2026-10-25T00:30:00.000Z"),
            ("2026-10-25T01:29:00Z", "2026-10-25T01:30:00.000Z"),
        ] {
            assert_eq!(read("Europe/Warsaw", now, "02:30"), start, "at {now}");
        }
        assert_eq!(
            read("Europe/Warsaw", "2026-03-29T00:59:00Z", "02:30"),
            "2026-03-29T01:00:00.000Z",
            "skipped: the first moment after the gap"
        );
        let now = Timestamp::from_millis(0);
        assert!(
            Zone::parse("UTC")
                .unwrap()
                .read_start("25:00", now)
                .is_err()
        );
    }

    #[test]
    fn a_time_at_the_end_of_all_calendars_is_clamped() {
        let now = Timestamp::from_millis(0);
        for zone in ["America/New_York", "Africa/Nairobi", "Asia/Tokyo"] {
            for text in ["+262142-12-31 23:59", "-262143-01-01 00:00"] {
                let read = Zone::parse(zone).unwrap().read(text, now).unwrap();
                assert_eq!(
                    Timestamp::parse(&read.to_string()),
                    Ok(read),
                    "{zone} {text}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn text_and_back_is_the_same_moment_and_sorts_alike(a in any::<i64>(), b in any::<i64>()) {
            let (a, b) = (Timestamp::from_millis(a), Timestamp::from_millis(b));
            prop_assert_eq!(Timestamp::parse(&a.to_string()).unwrap(), a);
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }
    }
}
