//! The registrar's office: lecturers, units and rosters.

use super::authorization::Actor;
use super::pin_auth::Pin;
use crate::clock::Clock;
use crate::domain::{Lecturer, PersonName, StaffId, Unit, UnitCode, Zone};
use crate::store::{
    ImportChange, ImportSummary, ImportedStudent, NewLecturer, NewUnit, Store, StoreError,
};

/// Keeps the lists of lecturers, units and students.
#[derive(Debug, Clone)]
pub struct Registrar {
    store: Store,
    clock: Clock,
    zone: Zone,
    planned_lessons: u32,
}

impl Registrar {
    /// An office over a store; `planned_lessons` is the site's number for units without one of their own.
    #[must_use]
    pub fn new(store: Store, clock: Clock, zone: Zone, planned_lessons: u32) -> Self {
        Self {
            store,
            clock,
            zone,
            planned_lessons,
        }
    }

    /// Adds a lecturer, with a PIN or without one yet.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the staff id is taken.
    pub async fn add_lecturer(
        &self,
        staff_id: StaffId,
        name: PersonName,
        department: String,
        is_admin: bool,
        pin: Option<Pin>,
        actor: &str,
    ) -> Result<(), StoreError> {
        let pin_hash = match pin {
            Some(pin) => Some(pin.hash().await?),
            None => None,
        };
        let new = NewLecturer {
            staff_id,
            name,
            department,
            is_admin,
            pin_hash,
        };
        self.store
            .add_lecturer(new, actor.to_owned(), self.clock.now())
            .await
    }

    /// Gives a lecturer a new PIN and forgives their wrong tries.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such lecturer.
    pub async fn set_pin(
        &self,
        staff_id: StaffId,
        pin: Pin,
        actor: &str,
    ) -> Result<(), StoreError> {
        let hash = pin.hash().await?;
        self.store
            .set_pin(staff_id, hash, actor.to_owned(), self.clock.now())
            .await
    }

    /// Every lecturer.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn lecturers(&self) -> Result<Vec<Lecturer>, StoreError> {
        self.store.lecturers().await
    }

    /// Adds a unit.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the code is taken, [`StoreError::Missing`] when there is no such lecturer.
    pub async fn add_unit(&self, new: NewUnit, actor: &str) -> Result<(), StoreError> {
        self.store
            .add_unit(new, actor.to_owned(), self.clock.now())
            .await
    }

    /// The units that they have charge of.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn units(&self, by: Actor<'_>) -> Result<Vec<Unit>, StoreError> {
        let mut units = self.store.units(self.planned_lessons).await?;
        units.retain(|unit| by.may_manage(&unit.lecturer_staff_id));
        Ok(units)
    }

    /// Takes a roster into a unit, as of today; taking it twice changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit; nothing is imported then.
    pub async fn import(
        &self,
        unit: UnitCode,
        students: Vec<ImportedStudent>,
        actor: &str,
    ) -> Result<ImportSummary, StoreError> {
        let now = self.clock.now();
        self.store
            .import_students(unit, students, self.zone.date(now), actor.to_owned(), now)
            .await
    }

    /// What [`Registrar::import`] would do, in all and line by line, without doing it.
    ///
    /// # Errors
    /// As there.
    pub async fn preview(
        &self,
        unit: UnitCode,
        students: Vec<ImportedStudent>,
    ) -> Result<(ImportSummary, Vec<ImportChange>), StoreError> {
        let now = self.clock.now();
        self.store
            .preview_students(unit, students, self.zone.date(now), now)
            .await
    }
}
