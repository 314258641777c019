//! The rules of the exam that a site or a unit chooses: `docs/COUNTING.md` explains each.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::super::macros::words;

/// A percentage that is required, as an exact fraction: `75`, `66.5` or `200/3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Percent {
    numerator: u32,
    denominator: u32,
}

/// A text is no percentage from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a percentage from 0 to 100, such as 75, 66.5 or 200/3")]
pub struct InvalidPercent;

impl Percent {
    /// A whole number of percent, 100 at most.
    #[must_use]
    pub const fn whole(percent: u32) -> Self {
        Self {
            numerator: if percent > 100 { 100 } else { percent },
            denominator: 1,
        }
    }

    /// Reads `75`, `66.5` (up to four decimals) or `200/3`.
    ///
    /// # Errors
    /// [`InvalidPercent`] when it is something else, or more than 100.
    pub fn parse(text: &str) -> Result<Self, InvalidPercent> {
        let text = text.trim();
        let digits = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse::<u32>().ok()).flatten()
        };
        let parts = if let Some((numerator, denominator)) = text.split_once('/') {
            digits(numerator.trim()).zip(digits(denominator.trim()))
        } else if let Some((whole, decimals)) = text.split_once('.') {
            let places = u32::try_from(decimals.len()).unwrap_or(u32::MAX);
            let scale = if places <= 4 { 10_u32.pow(places) } else { 0 };
            let number = digits(whole)
                .zip(digits(decimals))
                .and_then(|(whole, decimals)| whole.checked_mul(scale)?.checked_add(decimals));
            number.zip(Some(scale))
        } else {
            digits(text).zip(Some(1))
        };
        let (numerator, denominator) = parts.ok_or(InvalidPercent)?;
        if denominator == 0 || u64::from(numerator) > 100 * u64::from(denominator) {
            return Err(InvalidPercent);
        }
        let divisor = gcd(numerator, denominator);
        Ok(Self {
            numerator: numerator / divisor,
            denominator: denominator / divisor,
        })
    }

    /// As the nearest floating-point number, to draw it.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator)
    }

    /// Whether `part` of `whole` is at least this much, without rounding.
    #[must_use]
    pub fn is_reached(self, part: u32, whole: u32) -> bool {
        u128::from(part) * 100 * u128::from(self.denominator)
            >= u128::from(whole) * u128::from(self.numerator)
    }

    /// The fewest of `whole` that reach it.
    #[must_use]
    pub fn of(self, whole: u32) -> u32 {
        let needed = (u128::from(whole) * u128::from(self.numerator))
            .div_ceil(100 * u128::from(self.denominator));
        u32::try_from(needed).unwrap_or(u32::MAX)
    }
}

impl PartialOrd for Percent {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Percent {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let left = u64::from(self.numerator) * u64::from(other.denominator);
        left.cmp(&(u64::from(other.numerator) * u64::from(self.denominator)))
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

/// `75`, `66.5`, or `200/3` where no decimal fraction says it exactly.
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            numerator,
            denominator,
        } = *self;
        let scale = 10_000;
        if denominator == 1 {
            f.pad(&numerator.to_string())
        } else if scale % denominator == 0 {
            let scaled = numerator * (scale / denominator);
            let decimals = format!("{:04}", scaled % scale);
            f.pad(&format!(
                "{}.{}",
                scaled / scale,
                decimals.trim_end_matches('0')
            ))
        } else {
            f.pad(&format!("{numerator}/{denominator}"))
        }
    }
}

/// A whole number where it is one, else the text.
impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.denominator == 1 {
            serializer.serialize_u32(self.numerator)
        } else {
            serializer.collect_str(self)
        }
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Given {
            Whole(u32),
            Decimal(f64),
            Text(String),
        }
        let text = match Given::deserialize(deserializer).map_err(|_| InvalidPercent) {
            Ok(Given::Whole(whole)) => Ok(whole.to_string()),
            Ok(Given::Decimal(decimal)) => Ok(decimal.to_string()),
            Ok(Given::Text(text)) => Ok(text),
            Err(invalid) => Err(invalid),
        };
        text.and_then(|text| Self::parse(&text))
            .map_err(serde::de::Error::custom)
    }
}

words! {
    /// What a lecture counts for a student who missed it with an excuse.
    pub enum ExcusedCounts {
        /// Nothing: it is left out.
        NotCounted = "not_counted",
        /// As much as one attended.
        Present = "present",
        /// As much as one missed.
        Absent = "absent",
    }
}

words! {
    /// What the attendance that an exam requires is a share of.
    pub enum Basis {
        /// The lectures held so far.
        Held = "held",
        /// The lectures planned for the semester, less those outside the enrolment.
        Planned = "planned",
    }
}

/// How attendance is counted and what an exam requires: the site's rules, with those of a unit over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountingPolicy {
    /// Lessons planned in a semester; at least 1.
    pub planned_lessons: u32,
    /// What the exam requires.
    pub required_percent: Percent,
    /// Below this a warning is shown; at least what is required.
    pub warning_percent: Percent,
    pub basis: Basis,
    pub excused: ExcusedCounts,
    /// Whether a lecture that is left out for an excuse is taken off the plan too.
    pub excused_leaves_plan: bool,
    /// So many late arrivals cost one attended lecture; 0: none do.
    pub lates_per_absence: u32,
    /// With fewer lectures held nothing is decided; at least 1.
    pub minimum_lectures: u32,
}

impl Default for CountingPolicy {
    fn default() -> Self {
        Self {
            planned_lessons: 12,
            required_percent: Percent::whole(75),
            warning_percent: Percent::whole(80),
            basis: Basis::Held,
            excused: ExcusedCounts::NotCounted,
            excused_leaves_plan: false,
            lates_per_absence: 0,
            minimum_lectures: 1,
        }
    }
}

impl CountingPolicy {
    /// The rules in one line: `key=value` in alphabetical order, joined by semicolons.
    #[must_use]
    pub fn line(&self) -> String {
        format!(
            "basis={};excused={};excused_leaves_plan={};lates_per_absence={};minimum_lectures={};\
             planned_lessons={};required_percent={};warning_percent={}",
            self.basis.as_str(),
            self.excused.as_str(),
            self.excused_leaves_plan,
            self.lates_per_absence,
            self.minimum_lectures,
            self.planned_lessons,
            self.required_percent,
            self.warning_percent,
        )
    }

    /// The first 12 hexadecimal digits of the SHA-256 of [`CountingPolicy::line`]: lists made by the same rules
    /// carry the same version.
    #[must_use]
    pub fn version(&self) -> String {
        let digest = Sha256::digest(self.line());
        data_encoding::HEXLOWER.encode(digest.get(..6).unwrap_or_default())
    }

    /// The site's rules with those that a unit sets itself.
    #[must_use]
    pub fn with(self, unit: &UnitPolicy) -> Self {
        let required_percent = unit.required_percent.unwrap_or(self.required_percent);
        let warning_percent = unit.warning_percent.unwrap_or(self.warning_percent);
        Self {
            planned_lessons: unit.planned_lessons.unwrap_or(self.planned_lessons),
            required_percent,
            warning_percent: warning_percent.max(required_percent),
            basis: unit.basis.unwrap_or(self.basis),
            excused: unit.excused.unwrap_or(self.excused),
            excused_leaves_plan: unit.excused_leaves_plan.unwrap_or(self.excused_leaves_plan),
            lates_per_absence: unit.lates_per_absence.unwrap_or(self.lates_per_absence),
            minimum_lectures: unit.minimum_lectures.unwrap_or(self.minimum_lectures),
        }
    }
}

/// The rules that a unit sets itself; those of the site hold for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UnitPolicy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_lessons: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_percent: Option<Percent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning_percent: Option<Percent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excused: Option<ExcusedCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excused_leaves_plan: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lates_per_absence: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_lectures: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_read_exactly_and_shown_as_short_as_it_can_be() {
        let shown = |text| Percent::parse(text).map(|percent| percent.to_string());
        for (text, expected) in [
            ("75", "75"),
            ("66.5", "66.5"),
            ("66.50", "66.5"),
            ("200/3", "200/3"),
            ("133/2", "66.5"),
            ("0", "0"),
            ("100", "100"),
            ("66.6667", "66.6667"),
        ] {
            assert_eq!(shown(text).as_deref(), Ok(expected), "{text}");
        }
        for text in [
            "", "x", "101", "100.1", "-1", "1/0", "301/3", "66.66667", "+5", "7 5",
        ] {
            assert_eq!(shown(text), Err(InvalidPercent), "{text}");
        }
    }

    #[test]
    fn a_requirement_is_compared_without_rounding() {
        // Two of three show as 66.67 %.
        assert!(!Percent::parse("66.67").unwrap().is_reached(2, 3));
        assert!(Percent::parse("200/3").unwrap().is_reached(2, 3));
        assert_eq!(Percent::whole(75).of(8), 6);
        assert_eq!(Percent::whole(75).of(12), 9);
        assert_eq!(Percent::whole(75).of(11), 9);
        assert_eq!(Percent::whole(0).of(11), 0);
    }

    #[test]
    fn a_unit_may_require_more_than_the_sites_warning_line() {
        let unit = UnitPolicy {
            required_percent: Some(Percent::whole(90)),
            ..UnitPolicy::default()
        };
        let policy = CountingPolicy::default().with(&unit);
        assert_eq!(policy.warning_percent, Percent::whole(90));
    }
}
