//! Who asks, and whose unit it is: a lecturer has charge of their own, an administrator of all (feature F4).

use crate::domain::{Lecturer, StaffId, UnitCode};
use crate::store::{Store, StoreError};

/// Who asks for something, and so with what right.
///
/// Whatever only some may do or see is told this, and checks it. The doors of staff can name a lecturer only:
/// `services::tests::rights` sees to that.
#[derive(Debug, Clone, Copy)]
pub enum Actor<'a> {
    /// Somebody at the shell, by the name that the log has for them. They have the database anyway.
    Shell(&'a str),
    /// A lecturer: for their own units, or for all where they are an administrator.
    Lecturer(&'a Lecturer),
}

/// Refuses something about a unit that another lecturer has charge of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{unit} belongs to {lecturer_name}: only they or an administrator may do this")]
pub struct Forbidden {
    /// The unit that was asked about.
    pub unit: UnitCode,
    /// Who has charge of it.
    pub lecturer_name: String,
}

impl Actor<'_> {
    /// As the log has them.
    pub(super) fn actor(self) -> String {
        match self {
            Self::Shell(name) => name.to_owned(),
            Self::Lecturer(lecturer) => lecturer.staff_id.to_string(),
        }
    }

    /// Whether they have charge of what `holder` holds.
    pub(super) fn may_manage(self, holder: &StaffId) -> bool {
        match self {
            Self::Shell(_) => true,
            Self::Lecturer(lecturer) => lecturer.may_manage(holder),
        }
    }

    /// Whose units they see; `None` for all there are.
    pub(super) fn sees_only(self) -> Option<StaffId> {
        match self {
            Self::Lecturer(lecturer) if !lecturer.is_admin => Some(lecturer.staff_id.clone()),
            Self::Shell(_) | Self::Lecturer(_) => None,
        }
    }

    /// Lets them pass who have charge of a unit. One that is not there is for the store to complain about.
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
