//! The office: what administrators look up and change in the lists (features G1 to G4).

use uuid::Uuid;

use crate::clock::Clock;
use crate::domain::{AdmissionNumber, StaffId, UnitCode, Zone};
use crate::store::{
    AttendanceFile, AttendanceQuery, AttendanceRow, LecturerChange, ListPage, Store, StoreError,
    StudentChange, StudentFile, StudentQuery, StudentRow, UnitChange,
};

/// Keeps the lists.
#[derive(Debug, Clone)]
pub struct Office {
    store: Store,
    clock: Clock,
    zone: Zone,
}

impl Office {
    /// An office over a store.
    #[must_use]
    pub fn new(store: Store, clock: Clock, zone: Zone) -> Self {
        Self { store, clock, zone }
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
        actor: &StaffId,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store
            .change_student(number, change, actor.to_string(), now)
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
        actor: &StaffId,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store
            .enrol_student(number, unit, self.zone.date(now), actor.to_string(), now)
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
        actor: &StaffId,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store
            .withdraw_student(number, unit, actor.to_string(), now)
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
        change: UnitChange,
        actor: &StaffId,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store
            .change_unit(code, change, actor.to_string(), now)
            .await
    }

    /// Changes a lecturer.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such lecturer, [`StoreError::Conflict`] when nobody would
    /// be left to administer the kiosk.
    pub async fn change_lecturer(
        &self,
        staff_id: StaffId,
        change: LecturerChange,
        actor: &StaffId,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store
            .change_lecturer(staff_id, change, actor.to_string(), now)
            .await
    }
}
