//! Lecturers, units, students and their records, as administrators keep them (features G1 to G4).

use std::sync::Arc;

use chrono::NaiveDate;
use uuid::Uuid;

use super::authorization::{Actor, Forbidden};
use super::pin_auth::{AdministrationError, Pin, Turns};
use super::policy::Policy;
use crate::clock::Clock;
use crate::domain::{
    AdmissionNumber, AssignmentFact, ExcuseCategory, ExcuseFact, ExcuseId, Excused, Lecturer,
    PersonName, Semester, SignInSource, StaffId, Timestamp, Unit, UnitCode, UnitFact,
};
use crate::random;
use crate::store::{
    Assignment, AttendanceFile, AttendanceQuery, AttendanceRow, ClassList, ExcuseQuery,
    GivenExcuse, ImportResult, LecturerChange, ListPage, NewLecturer, NewUnit, Place, PlaceChange,
    Store, StoreError, StudentChange, StudentFile, StudentQuery, StudentRow,
};

/// An excuse to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExcuseOrder {
    pub student: AdmissionNumber,
    /// For days: only in this unit; `None`: in every unit.
    pub unit: Option<UnitCode>,
    pub covers: Excused,
    pub category: ExcuseCategory,
}

/// Keeps the lists of lecturers, units, students and records, for the shell and for administrators.
///
/// Any other lecturer is refused with [`AdministrationError::Forbidden`]; [`Administration::units`] gives them
/// their own units.
#[derive(Debug, Clone)]
pub struct Administration {
    store: Store,
    clock: Clock,
    policy: Arc<Policy>,
    turns: Turns,
}

impl Administration {
    /// The name of an actor in the audit log, where they may administer.
    fn admit(by: Actor<'_>) -> Result<String, AdministrationError> {
        match by {
            Actor::Lecturer(lecturer) if !lecturer.is_admin => Err(AdministrationError::Forbidden),
            Actor::Shell(_) | Actor::Lecturer(_) => Ok(by.actor()),
        }
    }

    /// The lists of a store, by a site's settings.
    pub(super) fn new(store: Store, clock: Clock, policy: Arc<Policy>, turns: Turns) -> Self {
        Self {
            store,
            clock,
            policy,
            turns,
        }
    }

    /// The name of an actor in the audit log, where they may change the lists and rules of a unit.
    async fn admit_owner(
        &self,
        by: Actor<'_>,
        unit: &UnitCode,
    ) -> Result<String, AdministrationError> {
        let today = self.policy.today(&self.clock);
        by.check_owner(&self.store, unit, today).await??;
        Ok(by.actor())
    }

    /// Checks that the actor may change the lists and rules of a unit: as its lecturer, an owner or an administrator.
    ///
    /// # Errors
    /// [`AdministrationError::OfAnother`] when they may not.
    pub async fn check_owner(
        &self,
        by: Actor<'_>,
        unit: &UnitCode,
    ) -> Result<(), AdministrationError> {
        self.admit_owner(by, unit).await.map(drop)
    }

    /// The semester under way, for whoever names none.
    #[must_use]
    pub fn semester(&self) -> &Semester {
        &self.policy.semester
    }

    /// The local date at the site.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.policy.today(&self.clock)
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
            Some(pin) => Some(pin.hash(&self.turns, SignInSource::KnownBrowser).await?),
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
        let hash = pin.hash(&self.turns, SignInSource::KnownBrowser).await?;
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

    /// The units that the actor may act for today, with the students of the semester under way.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn units(&self, by: Actor<'_>) -> Result<Vec<Unit>, StoreError> {
        let policy = &self.policy;
        let mut units = self
            .store
            .units(policy.semester.clone(), policy.counting, self.today())
            .await?;
        if let Some(own) = by.units(&self.store, self.today()).await? {
            units.retain(|unit| own.contains(&unit.code));
        }
        Ok(units)
    }

    /// Imports a class list into a unit; a second import changes nothing.
    ///
    /// # Errors
    /// [`AdministrationError::List`] when somebody has to say from when on newcomers count;
    /// [`StoreError::Missing`] when there is no such unit; nothing is imported then.
    pub async fn import(
        &self,
        by: Actor<'_>,
        list: ClassList,
    ) -> Result<ImportResult, AdministrationError> {
        let actor = self.admit_owner(by, &list.unit).await?;
        let (rules, read) = (self.policy.rules(), self.clock.reading());
        Ok(self
            .store
            .import_students(list, rules, actor, read)
            .await??)
    }

    /// What [`Administration::import`] would do, without doing it.
    ///
    /// # Errors
    /// As for [`Administration::import`].
    pub async fn preview(
        &self,
        by: Actor<'_>,
        list: ClassList,
    ) -> Result<ImportResult, AdministrationError> {
        self.admit_owner(by, &list.unit).await?;
        let (rules, read) = (self.policy.rules(), self.clock.reading());
        Ok(self.store.preview_students(list, rules, read).await??)
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

    /// Enrols a student, changes the days, or ends the enrolment; nothing is deleted.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such student or unit.
    pub async fn change_enrolment(
        &self,
        by: Actor<'_>,
        place: Place,
        change: PlaceChange,
    ) -> Result<(), AdministrationError> {
        let actor = self.admit_owner(by, &place.unit).await?;
        let (rules, read) = (self.policy.rules(), self.clock.reading());
        Ok(self
            .store
            .change_enrolment(place, change, rules, actor, read)
            .await?)
    }

    /// Makes somebody an owner or helper of a unit for some days, or takes that back.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit or lecturer.
    pub async fn assign(
        &self,
        by: Actor<'_>,
        unit: UnitCode,
        lecturer: StaffId,
        fact: AssignmentFact,
    ) -> Result<(), AdministrationError> {
        let actor = self.admit_owner(by, &unit).await?;
        self.check_term(by, &unit, &fact).await?;
        let now = self.clock.now();
        Ok(self.store.assign(unit, lecturer, fact, actor, now).await?)
    }

    /// Checks that an owner for some days makes nobody an owner or helper for longer.
    async fn check_term(
        &self,
        by: Actor<'_>,
        unit: &UnitCode,
        fact: &AssignmentFact,
    ) -> Result<(), AdministrationError> {
        let Some(own) = by.sees_only() else {
            return Ok(());
        };
        let Some((holder, lecturer_name)) = self.store.holder(unit.clone()).await? else {
            return Ok(());
        };
        let assignments = self.store.assignments(unit.clone()).await?;
        let mut owns = assignments.iter().filter(|it| it.staff_id == own);
        let last_day = owns.next().and_then(|it| it.fact.until);
        let is_longer = last_day.is_some_and(|last| fact.until.is_none_or(|until| until > last));
        if own != holder && is_longer && fact.role.is_some() {
            let unit = unit.clone();
            return Err(Forbidden {
                unit,
                lecturer_name,
            }
            .into());
        }
        Ok(())
    }

    /// Who acts for a unit beside its lecturer.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit.
    pub async fn assignments(
        &self,
        by: Actor<'_>,
        unit: UnitCode,
    ) -> Result<Vec<Assignment>, AdministrationError> {
        by.check(&self.store, &unit, self.today()).await??;
        Ok(self.store.assignments(unit).await?)
    }

    /// A unit as it is, to be changed; `None` when there is none of that code.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn unit(
        &self,
        by: Actor<'_>,
        unit: UnitCode,
    ) -> Result<Option<UnitFact>, AdministrationError> {
        by.check(&self.store, &unit, self.today()).await??;
        Ok(self.store.unit(unit).await?)
    }

    /// Excuses a student, from a lecture or for days. Lecturers excuse for their own units, administrators for all.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such student, unit or lecture.
    pub async fn excuse(
        &self,
        by: Actor<'_>,
        order: ExcuseOrder,
    ) -> Result<ExcuseId, AdministrationError> {
        let unit = match (&order.covers, order.unit) {
            (Excused::Lecture(lecture), _) => self.store.unit_of(*lecture).await?,
            (Excused::Days(..), unit) => unit,
        };
        let actor = match &unit {
            Some(unit) => {
                by.check(&self.store, unit, self.today()).await??;
                by.actor()
            }
            None => Self::admit(by)?,
        };
        let fact = ExcuseFact {
            student: order.student,
            unit,
            covers: order.covers,
            category: order.category,
            by: actor.clone(),
            taken_back: false,
        };
        // The same excuse again changes the one that is there.
        let same = self.excuses(
            by,
            ExcuseQuery {
                student: Some(fact.student.clone()),
                unit: fact.unit.clone(),
                lecture: None,
            },
        );
        let same = same
            .await?
            .into_iter()
            .find(|it| (it.fact.covers, &it.fact.unit) == (fact.covers, &fact.unit));
        let id = same.map_or_else(|| ExcuseId::from_uuid(random::uuid()), |same| same.id);
        self.store.excuse(id, fact, actor, self.clock.now()).await?;
        Ok(id)
    }

    /// Takes an excuse back; `false` when there is none of this id in force.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn take_back_excuse(
        &self,
        by: Actor<'_>,
        id: ExcuseId,
    ) -> Result<bool, AdministrationError> {
        let given = self.store.excuses(ExcuseQuery::default()).await?;
        let Some(given) = given.into_iter().find(|given| given.id == id) else {
            return Ok(false);
        };
        let actor = match &given.fact.unit {
            Some(unit) => {
                by.check(&self.store, unit, self.today()).await??;
                by.actor()
            }
            None => Self::admit(by)?,
        };
        Ok(self
            .store
            .take_back_excuse(id, actor, self.clock.now())
            .await?)
    }

    /// The excuses in force, latest first; for a lecturer those of their own units.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn excuses(
        &self,
        by: Actor<'_>,
        query: ExcuseQuery,
    ) -> Result<Vec<GivenExcuse>, AdministrationError> {
        let mut found = self.store.excuses(query).await?;
        if let Some(own) = by.units(&self.store, self.today()).await? {
            found.retain(|it| it.fact.unit.as_ref().is_none_or(|unit| own.contains(unit)));
        }
        Ok(found)
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

    /// Replaces the key that signs the cookies of phones. A running kiosk takes it when it is started again. Answers
    /// until when cookies of the old one are read.
    ///
    /// # Errors
    /// [`AdministrationError::Forbidden`], [`StoreError`].
    pub async fn rotate_keys(&self, by: Actor<'_>) -> Result<Timestamp, AdministrationError> {
        let actor = Self::admit(by)?;
        Ok(self.store.rotate_keys(actor, self.clock.now()).await?)
    }

    /// Changes a unit. Its owners may change its rules, administrators everything.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit or lecturer.
    pub async fn change_unit(
        &self,
        by: Actor<'_>,
        code: UnitCode,
        change: UnitFact,
    ) -> Result<(), AdministrationError> {
        let before = self.store.unit(code.clone()).await?;
        let only_rules = before.is_some_and(|before| {
            let same = UnitFact {
                policy: before.policy,
                finished: before.finished.clone(),
                ..change.clone()
            };
            same == before
        });
        let actor = if only_rules {
            self.admit_owner(by, &code).await?
        } else {
            Self::admit(by)?
        };
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
