//! Units of study: adding, changing and listing them.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::Store;
use super::audit;
use super::error::{Entity, Stop, StoreError};
use super::event::Event;
use super::lecturers;
use super::row;
use crate::domain::{AdministrationRefusal, StaffId, Timestamp, Unit, UnitCode};

/// A unit to be added.
#[derive(Debug, Clone)]
pub struct NewUnit {
    pub code: UnitCode,
    pub name: String,
    pub lecturer: StaffId,
    /// Lessons planned in a semester; `None` is the site's number.
    pub planned_lessons: Option<u32>,
}

/// The fields of a unit that an administrator can change.
#[derive(Debug, Clone)]
pub struct UnitChange {
    pub name: String,
    pub lecturer: StaffId,
    /// Lessons planned; `None` is the site's number.
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
        const ADD: &str = "INSERT INTO units (code, name, lecturer_id, planned_lessons, created_at)
            VALUES (:code, :name, :lecturer_id, :planned_lessons, :now) ON CONFLICT (code) DO NOTHING";
        self.write_unless_refused(move |db, events| {
            let lecturer_id = lecturers::id_of(db, &new.lecturer)?;
            let added = db.execute(
                ADD,
                named_params! {
                    ":code": new.code.as_str(),
                    ":name": new.name,
                    ":lecturer_id": lecturer_id,
                    ":planned_lessons": new.planned_lessons,
                    ":now": now.to_string(),
                },
            )?;
            if added == 0 {
                return Err(Stop::Refused(AdministrationRefusal::UnitExists(new.code)));
            }
            audit::add(
                db,
                &audit::Entry {
                    new: Some(&new.name),
                    ..audit::Entry::new(now, &actor, "unit.added", new.code.as_str())
                },
            )?;
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
                coalesce(u.planned_lessons, :planned) AS planned,
                (SELECT count(*) FROM enrollments AS e WHERE e.unit_id = u.id) AS enrolled
            FROM units AS u JOIN lecturers AS l ON l.id = u.lecturer_id ORDER BY u.code";
        self.read(move |db| {
            row::collect(
                &mut db.prepare_cached(SQL)?,
                named_params! { ":planned": planned_lessons },
                |row| {
                    Ok(Unit {
                        code: row::unit_code(&row.get::<_, String>("code")?)?,
                        name: row.get("name")?,
                        lecturer_staff_id: row::staff_id(&row.get::<_, String>("staff_id")?)?,
                        lecturer_name: row.get("lecturer_name")?,
                        planned_lessons: row.get("planned")?,
                        enrolled: row.get("enrolled")?,
                    })
                },
            )
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
            row::first(&mut db.prepare_cached(SQL)?, [code.as_str()], |row| {
                Ok((row::staff_id(&row.get::<_, String>(0)?)?, row.get(1)?))
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
        change: UnitChange,
        actor: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const BEFORE: &str =
            "SELECT u.name || ', ' || l.staff_id || ', ' || coalesce(u.planned_lessons, '')
            FROM units AS u JOIN lecturers AS l ON l.id = u.lecturer_id WHERE u.code = ?1";
        const CHANGE: &str = "UPDATE units SET name = :name, planned_lessons = :planned,
                lecturer_id = :lecturer_id WHERE code = :code";
        self.write(move |db, events| {
            let before: String = db
                .query_row(BEFORE, [code.as_str()], |row| row.get(0))
                .optional()?
                .ok_or_else(|| StoreError::missing(Entity::Unit, &code))?;
            let lecturer_id = lecturers::id_of(db, &change.lecturer)?;
            db.execute(
                CHANGE,
                named_params! {
                    ":name": change.name, ":planned": change.planned_lessons,
                    ":lecturer_id": lecturer_id, ":code": code.as_str(),
                },
            )?;
            let planned = change
                .planned_lessons
                .map(|n| n.to_string())
                .unwrap_or_default();
            let after = format!("{}, {}, {planned}", change.name, change.lecturer);
            audit::add(
                db,
                &audit::Entry {
                    old: Some(&before),
                    new: Some(&after),
                    ..audit::Entry::new(now, &actor, "unit.changed", code.as_str())
                },
            )?;
            events.push(Event::RosterChanged);
            Ok(())
        })
        .await
    }
}

/// The row id and lecturer of a unit.
pub(super) fn find(db: &Connection, code: &UnitCode) -> Result<(i64, i64), StoreError> {
    const SQL: &str = "SELECT id, lecturer_id FROM units WHERE code = ?1";
    db.prepare_cached(SQL)?
        .query_row([code.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or_else(|| StoreError::missing(Entity::Unit, code))
}
