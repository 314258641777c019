//! A member of staff.

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
    /// Their name.
    pub name: String,
    /// Their department; may be empty.
    pub department: String,
    /// Whether they may see and change everything.
    pub is_admin: bool,
    /// Whether a PIN has been set.
    pub has_pin: bool,
}

impl Lecturer {
    /// Whether the sessions of a unit are theirs to open and close that `holder` holds: a lecturer's are those
    /// of their own units, an administrator's are all (feature F4).
    #[must_use]
    pub fn may_manage(&self, holder: &StaffId) -> bool {
        self.is_admin || *holder == self.staff_id
    }
}
