//! Values of arguments that several commands take.

use chrono::NaiveDate;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::domain::{Reason, clean_line};

/// A day: `2026-10-05`.
pub(super) fn day(raw: &str) -> Result<NaiveDate, String> {
    raw.parse()
        .map_err(|_| "write a date such as 2026-10-05".to_owned())
}

/// From when on a student is enrolled.
#[derive(Debug, Clone, Copy)]
pub(super) enum FirstDay {
    /// That of the semester.
    Beginning,
    Today,
    Day(NaiveDate),
}

impl FirstDay {
    /// `None` for the beginning.
    pub(super) fn date(self, today: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Beginning => None,
            Self::Today => Some(today),
            Self::Day(day) => Some(day),
        }
    }
}

pub(super) fn first_day(raw: &str) -> Result<FirstDay, String> {
    match raw {
        "beginning" => Ok(FirstDay::Beginning),
        "today" => Ok(FirstDay::Today),
        day => day
            .parse()
            .map(FirstDay::Day)
            .map_err(|_| "write beginning, today or a date such as 2026-10-05".to_owned()),
    }
}

/// The reason of a change, for the audit log.
pub(super) fn reason(raw: &str) -> Result<Reason, String> {
    match Reason::parse(raw) {
        Ok(Some(reason)) => Ok(reason),
        Ok(None) => Err("the reason is empty".to_owned()),
        Err(error) => Err(format!("the reason {error}")),
    }
}

/// One of some words; the help lists them.
pub(super) fn word<T: Clone + Send + Sync + 'static>(
    words: impl IntoIterator<Item = &'static str>,
    read: fn(&str) -> Option<T>,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(words).try_map(move |word| read(&word).ok_or("it is none of them"))
}

/// The title of a unit.
pub(super) fn title(raw: &str) -> Result<String, String> {
    // As wide as the column of the system that the portal is part of.
    clean_line(raw, 200).map_err(|error| format!("the title {error}"))
}
