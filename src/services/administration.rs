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

/// Keeps the lists of lecturers, units, students and records.
#[derive(Debug, Clone)]
pub struct Administration {
    store: Store,
    clock: Clock,
    zone: Zone,
    planned_lessons: u32,
}

impl Administration {
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
        staff_id: StaffId,
        name: PersonName,
        department: String,
        is_admin: bool,
        pin: Option<Pin>,
        actor: &str,
    ) -> Result<(), AdministrationError> {
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
            .add_lecturer(new, actor.to_owned(), self.clock.now())
            .await??)
    }

    /// Gives a lecturer a new PIN and forgives their wrong tries.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such lecturer; [`AdministrationError::Hash`].
    pub async fn set_pin(
        &self,
        staff_id: StaffId,
        pin: Pin,
        actor: &str,
    ) -> Result<(), AdministrationError> {
        let hash = pin.hash().await?;
        Ok(self
            .store
            .set_pin(staff_id, hash, actor.to_owned(), self.clock.now())
            .await?)
    }

    /// Every lecturer, by staff ID.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn lecturers(&self) -> Result<Vec<Lecturer>, StoreError> {
        self.store.lecturers().await
    }

    /// Adds a unit.
    ///
    /// # Errors
    /// [`UnitExists`](crate::domain::AdministrationRefusal::UnitExists); [`StoreError::Missing`] when there is no such lecturer.
    pub async fn add_unit(&self, new: NewUnit, actor: &str) -> Result<(), AdministrationError> {
        let now = self.clock.now();
        Ok(self.store.add_unit(new, actor.to_owned(), now).await??)
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
        unit: UnitCode,
        students: Vec<ImportedStudent>,
        actor: &str,
    ) -> Result<ImportSummary, StoreError> {
        let now = self.clock.now();
        self.store
            .import_students(unit, students, self.zone.date(now), actor.to_owned(), now)
            .await
    }

    /// What [`Administration::import`] would do, in all and line by line, without doing it.
    ///
    /// # Errors
    /// As for [`Administration::import`].
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

    /// A page of the students.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit.
    pub async fn students(&self, query: StudentQuery) -> Result<ListPage<StudentRow>, StoreError> {
        self.store.student_page(query).await
    }

    /// How many students there are.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn student_count(&self) -> Result<u64, StoreError> {
        self.store.student_count().await
    }

    /// A student with their units.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn student(
        &self,
        number: AdmissionNumber,
    ) -> Result<Option<StudentFile>, StoreError> {
        self.store.student_file(number).await
    }

    /// Changes a student.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such student.
    pub async fn change_student(
        &self,
        number: AdmissionNumber,
        change: StudentChange,
        actor: &str,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store
            .change_student(number, change, actor.to_owned(), now)
            .await
    }

    /// Enrols a student as of today.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such student or unit.
    pub async fn enrol(
        &self,
        number: AdmissionNumber,
        unit: UnitCode,
        actor: &str,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store
            .enrol_student(number, unit, self.zone.date(now), actor.to_owned(), now)
            .await
    }

    /// Takes a student off a unit's roster; their records stay.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such student or unit.
    pub async fn withdraw(
        &self,
        number: AdmissionNumber,
        unit: UnitCode,
        actor: &str,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store
            .withdraw_student(number, unit, actor.to_owned(), now)
            .await
    }

    /// A page of the attendance records.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit.
    pub async fn attendance(
        &self,
        query: AttendanceQuery,
    ) -> Result<ListPage<AttendanceRow>, StoreError> {
        self.store.attendance_page(query).await
    }

    /// A record with all that the remotes have said.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn record(&self, id: Uuid) -> Result<Option<AttendanceFile>, StoreError> {
        self.store.attendance_file(id).await
    }

    /// Changes a unit.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit or lecturer.
    pub async fn change_unit(
        &self,
        code: UnitCode,
        change: UnitFact,
        actor: &str,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store
            .change_unit(code, change, actor.to_owned(), now)
            .await
    }

    /// Changes a lecturer.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such lecturer,
    /// [`LastAdministrator`](crate::domain::AdministrationRefusal::LastAdministrator).
    pub async fn change_lecturer(
        &self,
        staff_id: StaffId,
        change: LecturerChange,
        actor: &str,
    ) -> Result<(), AdministrationError> {
        let now = self.clock.now();
        Ok(self
            .store
            .change_lecturer(staff_id, change, actor.to_owned(), now)
            .await??)
    }
}
