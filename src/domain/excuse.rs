//! Excuses: why a student is not held to have missed a lecture.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::admission_number::AdmissionNumber;
use super::counting::Excused;
use super::macros::words;
use super::unit_code::UnitCode;

/// An excuse's id, a random UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExcuseId(Uuid);

impl ExcuseId {
    /// Makes an id of a UUID from the database or a random source.
    #[must_use]
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// Reads the hyphenated form; `None` when it is something else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text.trim()).ok().map(Self)
    }

    /// The id as a plain UUID.
    #[must_use]
    pub fn as_uuid(&self) -> &Uuid {
        &self.0
    }
}

impl std::fmt::Display for ExcuseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

words! {
    /// Why a student is excused. No diagnosis is kept.
    pub enum ExcuseCategory {
        Medical = "medical",
        Official = "official",
        Family = "family",
        Religious = "religious",
        Other = "other",
    }
}

/// An excuse. It may come before, during or after a lecture, and the student may come in spite of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcuseFact {
    pub student: AdmissionNumber,
    /// `None`: for every unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitCode>,
    pub covers: Excused,
    pub category: ExcuseCategory,
    /// Who gave it: a staff id or `shell`.
    pub by: String,
    /// Whether it was taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub taken_back: bool,
}

impl ExcuseFact {
    /// The first and the last day, where it is for days.
    #[must_use]
    pub fn days(&self) -> Option<(NaiveDate, NaiveDate)> {
        match self.covers {
            Excused::Days(first, last) => Some((first, last)),
            Excused::Lecture(_) => None,
        }
    }
}
