//! A unit of study (a course).

use super::counting::{CountingPolicy, UnitPolicy};
use super::lecturer::StaffId;
use super::unit_code::UnitCode;

/// A unit as the lists show it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Unit {
    pub code: UnitCode,
    pub name: String,
    /// The staff id of the lecturer who holds it.
    pub lecturer_staff_id: StaffId,
    /// The name of the lecturer who holds it.
    pub lecturer_name: String,
    /// How its attendance is counted: the site's rules with its own over them.
    #[serde(skip)]
    pub policy: CountingPolicy,
    /// The rules that are its own.
    #[serde(skip)]
    pub own_policy: UnitPolicy,
    /// Whether it is taught no more.
    #[serde(skip)]
    pub retired: bool,
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
