//! A unit of study (a course).

use std::fmt;

use super::lecturer::StaffId;
use super::text::{InvalidText, clean_capitals};

/// A unit's code, such as `CS101`: NFKC, tidied, upper-cased, at most [`UnitCode::MAX_CHARS`] characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct UnitCode(String);

/// Why a unit code cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the unit code {0}")]
pub struct InvalidUnitCode(#[from] pub InvalidText);

impl UnitCode {
    /// The longest code, in characters: the width of the code column in the Django system.
    pub const MAX_CHARS: usize = 20;

    /// Reads a code as typed.
    ///
    /// # Errors
    /// [`InvalidUnitCode`] when it is empty, too long or unprintable.
    pub fn parse(raw: &str) -> Result<Self, InvalidUnitCode> {
        Ok(Self(clean_capitals(raw, Self::MAX_CHARS)?))
    }

    /// The canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UnitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A unit as the lists show it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Unit {
    /// Its code.
    pub code: UnitCode,
    /// Its title.
    pub name: String,
    /// The staff id of the lecturer who holds it.
    pub lecturer_staff_id: StaffId,
    /// The name of the lecturer who holds it.
    pub lecturer_name: String,
    /// Lessons planned in a semester: the unit's own number, or the site's.
    pub planned_lessons: u32,
    /// Students enrolled.
    pub enrolled: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_upper_case() {
        assert_eq!(UnitCode::parse(" cs101 ").unwrap().as_str(), "CS101");
    }

    #[test]
    fn a_code_of_twenty_one_characters_is_refused() {
        assert!(UnitCode::parse(&"x".repeat(20)).is_ok());
        assert!(UnitCode::parse(&"x".repeat(21)).is_err());
    }
}
