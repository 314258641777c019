//! Units of study: adding, changing and listing them.

use rusqlite::Connection;

use super::Store;
use super::acts::Act;
use super::error::{Entity, Stop, StoreError};
use super::event::Event;
use super::lecturers;
use super::plan;
use super::row;
use crate::domain::{
    AdministrationRefusal, StaffId, Statement, Timestamp, Unit, UnitCode, UnitFact,
};

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
                planned_lessons: new.planned_lessons,
            };
            plan::state(db, act, Statement::Unit(new.code, fact))?;
            events.push(Event::RosterChanged);
            Ok(())
        })
        .await
    }

    /// Every unit, by code. `planned_lessons` applies to units without their own number.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn units(&self, planned_lessons: u32) -> Result<Vec<Unit>, StoreError> {
        const SQL: &str = "SELECT u.code, u.name, l.staff_id, l.name AS lecturer_name,
                coalesce(u.planned_lessons, ?1) AS planned,
                (SELECT count(*) FROM enrolments AS e WHERE e.unit = u.id) AS enrolled
            FROM units AS u JOIN lecturers AS l ON l.id = u.lecturer_id ORDER BY u.code";
        self.read(move |db| {
            row::collect(&mut db.prepare_cached(SQL)?, [planned_lessons], |row| {
                Ok(Unit {
                    code: row.get("code")?,
                    name: row.get("name")?,
                    lecturer_staff_id: row.get("staff_id")?,
                    lecturer_name: row.get("lecturer_name")?,
                    planned_lessons: row.get("planned")?,
                    enrolled: row.get("enrolled")?,
                })
            })
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
                let planned = fact.planned_lessons.map(|n| n.to_string());
                let planned = planned.unwrap_or_default();
                format!("{}, {}, {planned}", fact.name, fact.lecturer)
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

/// A unit as it is now; `None` when there is none of that code.
fn fact(db: &Connection, code: &UnitCode) -> Result<Option<UnitFact>, StoreError> {
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
