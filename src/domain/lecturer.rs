//! Members of staff, and the ids by which they sign in.

use super::macros::line_of_text;
use super::text::{InvalidText, clean_capitals};

line_of_text! {
    /// The id by which staff sign in: NFKC, upper-cased.
    ///
    /// 50 characters are the width of the staff id column in the Django system.
    pub struct StaffId read by clean_capitals, at most 50, or InvalidStaffId
}

/// Why a staff id cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the staff id {0}")]
pub struct InvalidStaffId(#[from] pub InvalidText);

/// A lecturer as the lists show them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Lecturer {
    /// The id they sign in with.
    pub staff_id: StaffId,
    pub name: String,
    /// Their department; may be empty.
    pub department: String,
    /// Whether they are an administrator, who may see and change everything.
    pub is_admin: bool,
    /// Whether they have left: they cannot sign in.
    pub has_left: bool,
    /// Whether a PIN has been set.
    pub has_pin: bool,
}

impl Lecturer {
    /// Whether they may manage the units of `holder`: lecturers manage their own units, administrators all
    /// (feature F4).
    #[must_use]
    pub fn may_manage(&self, holder: &StaffId) -> bool {
        self.is_admin || *holder == self.staff_id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lecturers_manage_their_own_units_and_administrators_all() {
        let staff = |id: &str, is_admin| Lecturer {
            staff_id: StaffId::parse(id).unwrap(),
            name: "Dr. Smith".to_owned(),
            department: String::new(),
            is_admin,
            has_left: false,
            has_pin: true,
        };
        let holder = StaffId::parse("S1").unwrap();
        assert!(staff("s1", false).may_manage(&holder));
        assert!(!staff("S2", false).may_manage(&holder));
        assert!(staff("S2", true).may_manage(&holder));
    }

    #[test]
    fn an_id_of_fifty_one_characters_is_refused() {
        assert!(StaffId::parse(&"x".repeat(50)).is_ok());
        assert!(StaffId::parse(&"x".repeat(51)).is_err());
    }
}
