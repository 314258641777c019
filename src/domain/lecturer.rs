//! A member of staff.

use std::fmt;

use super::text::{InvalidText, clean_capitals};

/// The id by which staff sign in: NFKC, tidied, upper-cased, at most [`StaffId::MAX_CHARS`] characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct StaffId(String);

/// Why a staff id cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the staff id {0}")]
pub struct InvalidStaffId(#[from] pub InvalidText);

impl StaffId {
    /// The longest id, in characters: the width of the staff id column in the Django system.
    pub const MAX_CHARS: usize = 50;

    /// Reads an id as typed.
    ///
    /// # Errors
    /// [`InvalidStaffId`] when it is empty, too long or unprintable.
    pub fn parse(raw: &str) -> Result<Self, InvalidStaffId> {
        Ok(Self(clean_capitals(raw, Self::MAX_CHARS)?))
    }

    /// The canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StaffId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

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
