//! Lecturers, units, students and their records, as administrators keep them (features G1 to G4).

use uuid::Uuid;

use super::authorization::Actor;
use super::pin_auth::{AdministrationError, Pin};
use crate::clock::Clock;
use crate::domain::{
    AdmissionNumber, Lecturer, PersonName, StaffId, Unit, UnitCode, UnitFact, Zone,
};
use crate::store::{
    AttendanceFile, AttendanceQuery, AttendanceRow, ImportChange, ImportSummary, ImportedStudent,
    LecturerChange, ListPage, NewLecturer, NewUnit, Store, StoreError, StudentChange, StudentFile,
    StudentQuery, StudentRow,
};

/// Keeps the lists of lecturers, units, students and records, for the shell and for administrators.
///
/// Any other lecturer is refused with [`AdministrationError::Forbidden`]; [`Administration::units`] gives them
/// their own units.
#[derive(Debug, Clone)]
pub struct Administration {
    store: Store,
    clock: Clock,
    zone: Zone,
    planned_lessons: u32,
}

impl Administration {
    /// The name of an actor in the audit log, where they may administer.
    fn admit(by: Actor<'_>) -> Result<String, AdministrationError> {
        match by {
            Actor::Lecturer(lecturer) if !lecturer.is_admin => Err(AdministrationError::Forbidden),
            Actor::Shell(_) | Actor::Lecturer(_) => Ok(by.actor()),
        }
    }

    /// The lists of a store; `planned_lessons` is the site's number for units without one of their own.
    pub(super) fn new(store: Store, clock: Clock, zone: Zone, planned_lessons: u32) -> Self {
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
    /// [`LecturerExists`](crate::domain::AdministrationRefusal::LecturerExists); [`AdministrationError::Hash`].
    pub async fn add_lecturer(
        &self,
        by: Actor<'_>,
        staff_id: StaffId,
        name: PersonName,
        department: String,
        is_admin: bool,
        pin: Option<Pin>,
    ) -> Result<(), AdministrationError> {
        let actor = Self::admit(by)?;
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
        Ok(self
            .store
            .add_lecturer(new, actor, self.clock.now())
            .await??)
    }

    /// Gives a lecturer a new PIN and forgives their wrong tries.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such lecturer; [`AdministrationError::Hash`].
    pub async fn set_pin(
        &self,
        by: Actor<'_>,
        staff_id: StaffId,
        pin: Pin,
    ) -> Result<(), AdministrationError> {
        let actor = Self::admit(by)?;
        let hash = pin.hash().await?;
        Ok(self
            .store
            .set_pin(staff_id, hash, actor, self.clock.now())
            .await?)
    }

    /// Every lecturer, by staff ID.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn lecturers(&self, by: Actor<'_>) -> Result<Vec<Lecturer>, AdministrationError> {
        Self::admit(by)?;
        Ok(self.store.lecturers().await?)
    }

    /// Adds a unit.
    ///
    /// # Errors
    /// [`UnitExists`](crate::domain::AdministrationRefusal::UnitExists); [`StoreError::Missing`] when there is no such lecturer.
    pub async fn add_unit(&self, by: Actor<'_>, new: NewUnit) -> Result<(), AdministrationError> {
        let actor = Self::admit(by)?;
        let now = self.clock.now();
        Ok(self.store.add_unit(new, actor, now).await??)
    }

    /// The units that the actor may manage.
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
        by: Actor<'_>,
        unit: UnitCode,
        students: Vec<ImportedStudent>,
    ) -> Result<ImportSummary, AdministrationError> {
        let actor = Self::admit(by)?;
        let now = self.clock.now();
        Ok(self
            .store
            .import_students(unit, students, self.zone.date(now), actor, now)
            .await?)
    }

    /// What [`Administration::import`] would do, in all and line by line, without doing it.
    ///
    /// # Errors
    /// As for [`Administration::import`].
    pub async fn preview(
        &self,
        by: Actor<'_>,
        unit: UnitCode,
        students: Vec<ImportedStudent>,
    ) -> Result<(ImportSummary, Vec<ImportChange>), AdministrationError> {
        Self::admit(by)?;
        let now = self.clock.now();
        Ok(self
            .store
            .preview_students(unit, students, self.zone.date(now), now)
            .await?)
    }

    /// A page of the students.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit.
    pub async fn students(
        &self,
        by: Actor<'_>,
        query: StudentQuery,
    ) -> Result<ListPage<StudentRow>, AdministrationError> {
        Self::admit(by)?;
        Ok(self.store.student_page(query).await?)
    }

    /// How many students there are.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn student_count(&self, by: Actor<'_>) -> Result<u64, AdministrationError> {
        Self::admit(by)?;
        Ok(self.store.student_count().await?)
    }

    /// A student with their units.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn student(
        &self,
        by: Actor<'_>,
        number: AdmissionNumber,
    ) -> Result<Option<StudentFile>, AdministrationError> {
        Self::admit(by)?;
        Ok(self.store.student_file(number).await?)
    }

    /// Changes a student.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such student.
    pub async fn change_student(
        &self,
        by: Actor<'_>,
        number: AdmissionNumber,
        change: StudentChange,
    ) -> Result<(), AdministrationError> {
        let actor = Self::admit(by)?;
        let now = self.clock.now();
        Ok(self
            .store
            .change_student(number, change, actor, now)
            .await?)
    }

    /// Enrols a student as of today.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such student or unit.
    pub async fn enrol(
        &self,
        by: Actor<'_>,
        number: AdmissionNumber,
        unit: UnitCode,
    ) -> Result<(), AdministrationError> {
        let actor = Self::admit(by)?;
        let now = self.clock.now();
        Ok(self
            .store
            .enrol_student(number, unit, self.zone.date(now), actor, now)
            .await?)
    }

    /// Takes a student off a unit's roster; their records stay.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such student or unit.
    pub async fn withdraw(
        &self,
        by: Actor<'_>,
        number: AdmissionNumber,
        unit: UnitCode,
    ) -> Result<(), AdministrationError> {
        let actor = Self::admit(by)?;
        let now = self.clock.now();
        Ok(self
            .store
            .withdraw_student(number, unit, actor, now)
            .await?)
    }

    /// A page of the attendance records.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit.
    pub async fn attendance(
        &self,
        by: Actor<'_>,
        query: AttendanceQuery,
    ) -> Result<ListPage<AttendanceRow>, AdministrationError> {
        Self::admit(by)?;
        Ok(self.store.attendance_page(query).await?)
    }

    /// A record with all that the remotes have said.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn record(
        &self,
        by: Actor<'_>,
        id: Uuid,
    ) -> Result<Option<AttendanceFile>, AdministrationError> {
        Self::admit(by)?;
        Ok(self.store.attendance_file(id).await?)
    }

    /// Changes a unit.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit or lecturer.
    pub async fn change_unit(
        &self,
        by: Actor<'_>,
        code: UnitCode,
        change: UnitFact,
    ) -> Result<(), AdministrationError> {
        let actor = Self::admit(by)?;
        let now = self.clock.now();
        Ok(self.store.change_unit(code, change, actor, now).await?)
    }

    /// Changes a lecturer.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such lecturer,
    /// [`LastAdministrator`](crate::domain::AdministrationRefusal::LastAdministrator).
    pub async fn change_lecturer(
        &self,
        by: Actor<'_>,
        staff_id: StaffId,
        change: LecturerChange,
    ) -> Result<(), AdministrationError> {
        let actor = Self::admit(by)?;
        let now = self.clock.now();
        Ok(self
            .store
            .change_lecturer(staff_id, change, actor, now)
            .await??)
    }
}
