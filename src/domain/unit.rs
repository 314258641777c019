//! A unit of study (a course).

use super::lecturer::StaffId;
use super::macros::line_of_text;
use super::text::{InvalidText, clean_capitals};

line_of_text! {
    /// A unit's code, such as `CS101`: NFKC, upper-cased.
    ///
    /// 20 characters are the width of the code column in the Django system.
    pub struct UnitCode read by clean_capitals, at most 20, or InvalidUnitCode
}

/// Why a unit code cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the unit code {0}")]
pub struct InvalidUnitCode(#[from] pub InvalidText);

/// A unit as the lists show it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Unit {
    pub code: UnitCode,
    pub name: String,
    /// The staff id of the lecturer who holds it.
    pub lecturer_staff_id: StaffId,
    /// The name of the lecturer who holds it.
    pub lecturer_name: String,
    /// Lessons planned in a semester: the unit's own number, or the site's.
    pub planned_lessons: u32,
    pub enrolled: u32,
}

/// Why a unit or a lecturer was not added or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdministrationRefusal {
    /// A unit of that code is there already.
    #[error("there is a unit {0} already")]
    UnitExists(UnitCode),
    /// A lecturer of that staff id is there already.
    #[error("there is a lecturer {0} already")]
    LecturerExists(StaffId),
    /// Nobody with a PIN would be left to administer the kiosk.
    #[error("somebody with a PIN has to stay an administrator")]
    LastAdministrator,
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
