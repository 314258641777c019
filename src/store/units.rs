//! Units of study: adding, changing and listing them.

use std::collections::HashSet;

use chrono::NaiveDate;
use rusqlite::{Connection, named_params};

use super::Store;
use super::acts::Act;
use super::error::{Entity, Stop, StoreError};
use super::event::Event;
use super::lecturers;
use super::plan;
use super::row;
use crate::domain::{
    AdministrationRefusal, AssignmentFact, AssignmentRole, CountingPolicy, Semester, SessionId,
    StaffId, Statement, Timestamp, Unit, UnitCode, UnitFact, UnitPolicy,
};

/// Somebody who acts for a unit beside its lecturer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    pub staff_id: StaffId,
    pub name: String,
    pub fact: AssignmentFact,
}

/// A unit to be added.
#[derive(Debug, Clone)]
pub struct NewUnit {
    pub code: UnitCode,
    pub name: String,
    pub lecturer: StaffId,
    /// Lessons planned in a semester; `None` is the site's number.
    pub planned_lessons: Option<u32>,
}

impl Store {
    /// Adds a unit.
    ///
    /// # Errors
    /// [`AdministrationRefusal::UnitExists`]; [`StoreError::Missing`] when there is no such lecturer.
    pub async fn add_unit(
        &self,
        new: NewUnit,
        actor: String,
        now: Timestamp,
    ) -> Result<Result<(), AdministrationRefusal>, StoreError> {
        self.write_unless_refused(move |db, events| {
            lecturers::id_of(db, &new.lecturer)?;
            if fact(db, &new.code)?.is_some() {
                return Err(Stop::Refused(AdministrationRefusal::UnitExists(new.code)));
            }
            let act = Act::new(now, &actor, "unit.added", &new.code).to(&new.name);
            let fact = UnitFact {
                name: new.name,
                lecturer: new.lecturer,
                policy: UnitPolicy {
                    planned_lessons: new.planned_lessons,
                    ..UnitPolicy::default()
                },
                finished: Vec::new(),
                retired: false,
            };
            plan::state(db, act, Statement::Unit(new.code, fact))?;
            events.push(Event::RosterChanged);
            Ok(())
        })
        .await
    }

    /// Every unit, by code, with the students of a semester. The site's rules apply where a unit has none of its own.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn units(
        &self,
        semester: Semester,
        site: CountingPolicy,
        today: NaiveDate,
    ) -> Result<Vec<Unit>, StoreError> {
        const SQL: &str = "SELECT u.code, u.name, u.policy, u.retired, l.staff_id, l.name AS lecturer_name,
                (SELECT count(DISTINCT e.student) FROM enrolments AS e WHERE e.unit = u.id AND e.semester = ?1
                    AND (e.first IS NULL OR e.first <= ?2) AND (e.last IS NULL OR e.last >= ?2)) AS enrolled
            FROM units AS u JOIN lecturers AS l ON l.id = u.lecturer_id ORDER BY u.code";
        self.read(move |db| {
            row::collect(&mut db.prepare_cached(SQL)?, (semester, today), |row| {
                let policy: String = row.get("policy")?;
                let own: UnitPolicy =
                    serde_json::from_str(&policy).map_err(|_| row::damaged("policy"))?;
                Ok(Unit {
                    code: row.get("code")?,
                    name: row.get("name")?,
                    lecturer_staff_id: row.get("staff_id")?,
                    lecturer_name: row.get("lecturer_name")?,
                    policy: site.with(&own),
                    own_policy: own,
                    retired: row.get("retired")?,
                    enrolled: row.get("enrolled")?,
                })
            })
        })
        .await
    }

    /// Makes somebody an owner or helper of a unit for some days, or takes that back.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit or lecturer.
    pub async fn assign(
        &self,
        unit: UnitCode,
        lecturer: StaffId,
        fact: AssignmentFact,
        actor: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |db, events| {
            find(db, &unit)?;
            lecturers::id_of(db, &lecturer)?;
            let statement = Statement::Assignment(unit.clone(), lecturer.clone(), fact.clone());
            let before = match plan::said(db, statement.kind(), &statement.key())? {
                Some(Statement::Assignment(_, _, before)) => Some(before),
                _ => None,
            };
            if before.as_ref() == Some(&fact) || (before.is_none() && fact.role.is_none()) {
                return Ok(());
            }
            let action = match fact.role {
                Some(_) => "unit.assigned",
                None => "unit.assignment_ended",
            };
            let act = Act::new(now, &actor, action, &unit).to(&words_of(&lecturer, &fact));
            plan::state(db, act, statement)?;
            events.push(Event::RosterChanged);
            Ok(())
        })
        .await
    }

    /// Who is assigned to a unit beside its lecturer, by staff id.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit.
    pub async fn assignments(&self, unit: UnitCode) -> Result<Vec<Assignment>, StoreError> {
        const SQL: &str = "SELECT l.staff_id, l.name, a.role, a.first, a.last
            FROM assignments AS a JOIN lecturers AS l ON l.id = a.lecturer
            WHERE a.unit = ?1 ORDER BY l.staff_id";
        self.read(move |db| {
            let unit = find(db, &unit)?;
            row::collect(&mut db.prepare_cached(SQL)?, [unit], |row| {
                Ok(Assignment {
                    staff_id: row.get("staff_id")?,
                    name: row.get("name")?,
                    fact: AssignmentFact {
                        role: row.get("role")?,
                        from: row.get("first")?,
                        until: row.get("last")?,
                    },
                })
            })
        })
        .await
    }

    /// The units of which somebody is in charge on a day.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn units_of(
        &self,
        lecturer: StaffId,
        today: NaiveDate,
    ) -> Result<HashSet<UnitCode>, StoreError> {
        self.read(move |db| {
            let sql = format!("SELECT u.code FROM units AS u WHERE {IS_IN_CHARGE}");
            let parameters = named_params! { ":staff_id": lecturer, ":today": today };
            let found = row::collect(&mut db.prepare_cached(&sql)?, parameters, |row| {
                Ok(row.get(0)?)
            })?;
            Ok(found.into_iter().collect())
        })
        .await
    }

    /// What somebody may do in a unit on a day; `None`: nothing. Of an unknown unit nobody is in charge.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn role_in(
        &self,
        unit: UnitCode,
        lecturer: StaffId,
        today: NaiveDate,
    ) -> Result<Option<AssignmentRole>, StoreError> {
        const SQL: &str = "SELECT iif(u.lecturer_id = l.id, 'owner', a.role) AS role
            FROM units AS u JOIN lecturers AS l ON l.staff_id = :lecturer
            LEFT JOIN assignments AS a ON a.unit = u.id AND a.lecturer = l.id
                AND (a.first IS NULL OR a.first <= :today) AND (a.last IS NULL OR a.last >= :today)
            WHERE u.code = :unit";
        self.read(move |db| {
            let parameters =
                named_params! { ":unit": unit, ":lecturer": lecturer, ":today": today };
            let role = row::first(&mut db.prepare_cached(SQL)?, parameters, |row| {
                Ok(row.get("role")?)
            })?;
            Ok(role.flatten())
        })
        .await
    }

    /// The staff id and name of a unit's lecturer; `None` if there is no such unit.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn holder(&self, code: UnitCode) -> Result<Option<(StaffId, String)>, StoreError> {
        const SQL: &str = "SELECT l.staff_id, l.name FROM units AS u
            JOIN lecturers AS l ON l.id = u.lecturer_id WHERE u.code = ?1";
        self.read(move |db| {
            row::first(&mut db.prepare_cached(SQL)?, [code], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
        })
        .await
    }

    /// A unit as it is; `None` when there is none of that code.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn unit(&self, code: UnitCode) -> Result<Option<UnitFact>, StoreError> {
        self.read(move |db| fact(db, &code)).await
    }

    /// The unit of a lecture; `None` when there is no such lecture.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn unit_of(&self, lecture: SessionId) -> Result<Option<UnitCode>, StoreError> {
        const SQL: &str =
            "SELECT u.code FROM lectures AS l JOIN units AS u ON u.id = l.unit WHERE l.uuid = ?1";
        self.read(move |db| {
            row::first(&mut db.prepare_cached(SQL)?, [lecture], |row| {
                Ok(row.get(0)?)
            })
        })
        .await
    }

    /// Changes a unit.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit or lecturer.
    pub async fn change_unit(
        &self,
        code: UnitCode,
        after: UnitFact,
        actor: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |db, events| {
            let before =
                fact(db, &code)?.ok_or_else(|| StoreError::missing(Entity::Unit, &code))?;
            lecturers::id_of(db, &after.lecturer)?;
            let words = |fact: &UnitFact| {
                let own = serde_json::to_string(&fact.policy).unwrap_or_default();
                let finished = fact.finished.iter().map(|it| format!(", {it} finished"));
                let retired = if fact.retired { ", retired" } else { "" };
                let finished: String = finished.collect();
                format!("{}, {}, {own}{finished}{retired}", fact.name, fact.lecturer)
            };
            let act = Act::new(now, &actor, "unit.changed", &code)
                .from(&words(&before))
                .to(&words(&after));
            plan::state(db, act, Statement::Unit(code, after))?;
            events.push(Event::RosterChanged);
            Ok(())
        })
        .await
    }
}

/// An assignment for the audit log.
fn words_of(lecturer: &StaffId, fact: &AssignmentFact) -> String {
    let role = fact.role.map_or("none", AssignmentRole::as_str);
    let day = |day: Option<NaiveDate>| day.map_or_else(|| "open".to_owned(), |day| day.to_string());
    format!(
        "{lecturer}, {role}, {} to {}",
        day(fact.from),
        day(fact.until)
    )
}

/// Whether the person `:staff_id` is in charge of unit `u` on `:today`: as its lecturer, or by an assignment.
pub(super) const IS_IN_CHARGE: &str =
    "(u.lecturer_id = (SELECT id FROM lecturers WHERE staff_id = :staff_id)
    OR EXISTS (SELECT 1 FROM assignments AS a JOIN lecturers AS assigned ON assigned.id = a.lecturer
        WHERE a.unit = u.id AND assigned.staff_id = :staff_id
            AND (a.first IS NULL OR a.first <= :today) AND (a.last IS NULL OR a.last >= :today)))";

/// A unit as it is now; `None` when there is none of that code.
pub(super) fn fact(db: &Connection, code: &UnitCode) -> Result<Option<UnitFact>, StoreError> {
    Ok(match plan::said(db, "unit", code)? {
        Some(Statement::Unit(_, fact)) => Some(fact),
        _ => None,
    })
}

/// The row id of a unit.
pub(super) fn find(db: &Connection, code: &UnitCode) -> Result<i64, StoreError> {
    let found = holder(db, code)?.map(|(unit, _)| unit);
    found.ok_or_else(|| StoreError::missing(Entity::Unit, code))
}

/// The row id of a unit and its lecturer; `None` when there is none of that code.
pub(super) fn holder(
    db: &Connection,
    code: &UnitCode,
) -> Result<Option<(i64, StaffId)>, StoreError> {
    const SQL: &str = "SELECT u.id, l.staff_id FROM units AS u
        JOIN lecturers AS l ON l.id = u.lecturer_id WHERE u.code = ?1";
    row::first(&mut db.prepare_cached(SQL)?, [code], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}
