//! Whose unit it is: a lecturer has charge of their own, an administrator of all (feature F4).

use crate::domain::{Lecturer, UnitCode};
use crate::store::{Store, StoreError};

/// Why a lecturer may not do something to a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoCharge {
    /// Somebody else has charge of it.
    Theirs {
        /// Whose it is.
        lecturer_name: String,
    },
    /// The database cannot say.
    Store(StoreError),
}

/// Lets a lecturer pass who has charge of the unit. A unit that is not there is for the store to complain about.
pub(super) async fn check(
    store: &Store,
    lecturer: &Lecturer,
    code: &UnitCode,
) -> Result<(), NoCharge> {
    // Neither the number of lessons nor anything else of the unit matters here.
    let units = store.units(1).await.map_err(NoCharge::Store)?;
    match units.into_iter().find(|unit| unit.code == *code) {
        Some(unit) if !lecturer.has_charge_of(&unit) => Err(NoCharge::Theirs {
            lecturer_name: unit.lecturer_name,
        }),
        _ => Ok(()),
    }
}
