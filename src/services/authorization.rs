//! Authorization: a lecturer may manage their own units, an administrator all of them (feature F4).

use crate::domain::{Lecturer, StaffId, UnitCode};
use crate::store::{Store, StoreError};

/// Who asks for something. Every service decides by it what they may do.
///
/// Every use case that is not open to everybody takes an actor and checks it, except those that only the shell
/// calls. The doors of staff can name a lecturer only; `services::tests::rights` checks that.
#[derive(Debug, Clone, Copy)]
pub enum Actor<'a> {
    /// A person at the shell, by their name in the audit log. They can open the database anyway.
    Shell(&'a str),
    /// A lecturer: for their own units, or for all where they are an administrator.
    Lecturer(&'a Lecturer),
}

/// Refuses a request about a unit of another lecturer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{unit} belongs to {lecturer_name}: only they or an administrator may do this")]
pub struct Forbidden {
    /// The unit that was asked about.
    pub unit: UnitCode,
    /// The lecturer of the unit.
    pub lecturer_name: String,
}

impl Actor<'_> {
    /// The name in the audit log.
    pub(super) fn actor(self) -> String {
        match self {
            Self::Shell(name) => name.to_owned(),
            Self::Lecturer(lecturer) => lecturer.staff_id.to_string(),
        }
    }

    /// Whether the actor may manage a unit that `holder` holds.
    pub(super) fn may_manage(self, holder: &StaffId) -> bool {
        match self {
            Self::Shell(_) => true,
            Self::Lecturer(lecturer) => lecturer.may_manage(holder),
        }
    }

    /// The lecturer whose units the actor sees; `None`: all units.
    pub(super) fn sees_only(self) -> Option<StaffId> {
        match self {
            Self::Lecturer(lecturer) if !lecturer.is_admin => Some(lecturer.staff_id.clone()),
            Self::Shell(_) | Self::Lecturer(_) => None,
        }
    }

    /// Checks that the actor may manage a unit. A missing unit is left to the store to report.
    pub(super) async fn check(
        self,
        store: &Store,
        unit: &UnitCode,
    ) -> Result<Result<(), Forbidden>, StoreError> {
        let Self::Lecturer(lecturer) = self else {
            return Ok(Ok(()));
        };
        Ok(match store.holder(unit.clone()).await? {
            Some((staff_id, lecturer_name)) if !lecturer.may_manage(&staff_id) => Err(Forbidden {
                unit: unit.clone(),
                lecturer_name,
            }),
            _ => Ok(()),
        })
    }
}
