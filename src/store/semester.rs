//! The semester of what earlier versions kept without one.

use rusqlite::{Connection, OptionalExtension as _};

use super::Store;
use super::acts::{Act, KIOSK};
use super::error::StoreError;
use super::lectures;
use super::plan::{Plan, commit};
use super::row;
use crate::domain::{Semester, SessionId, Statement, Timestamp};

const ADOPT: &str = "SELECT CAST(value AS TEXT) FROM settings WHERE name = 'semester_to_adopt'";

impl Store {
    /// Carries class lists and planned lectures into the semester of the settings, once, where the database was
    /// brought up to date with another one: earlier versions kept them for every semester.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn adopt_semester(
        &self,
        semester: Semester,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const DONE: &str = "DELETE FROM settings WHERE name = 'semester_to_adopt'";
        // Every write would look to a running kiosk as if something had changed.
        if self.read(assumed).await?.is_none() {
            return Ok(());
        }
        self.write(move |db, _| {
            if let Some(assumed) = assumed(db)?
                && assumed != semester
            {
                commit(db, &plan_to_adopt(db, &assumed, &semester, now)?)?;
            }
            db.prepare_cached(DONE)?.execute([])?;
            Ok(())
        })
        .await
    }
}

/// The semester that was assumed when the database was brought up to date.
fn assumed(db: &Connection) -> Result<Option<Semester>, StoreError> {
    let mut statement = db.prepare_cached(ADOPT)?;
    Ok(statement.query_row([], |row| row.get(0)).optional()?)
}

fn plan_to_adopt(
    db: &Connection,
    from: &Semester,
    to: &Semester,
    now: Timestamp,
) -> Result<Plan, StoreError> {
    const PLACES: &str = "SELECT DISTINCT u.code, e.unit, st.admission_number, e.student
        FROM enrolments AS e JOIN units AS u ON u.id = e.unit JOIN students AS st ON st.id = e.student
        WHERE e.semester = ?1 AND e.last IS NULL ORDER BY u.code, st.admission_number";
    const PLANNED: &str = "SELECT uuid FROM lectures
        WHERE semester = ?1 AND state = 'planned' AND opened_at IS NULL AND held_as IS NULL ORDER BY id";
    let mut plan = Plan::new(
        Act::new(now, KIOSK, "semester.adopted", to)
            .from(from)
            .to(to),
    );
    let places = row::collect(&mut db.prepare_cached(PLACES)?, [from], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    for (code, unit, number, student) in places {
        let enrolment = super::counted::enrolment(db, unit, from, student)?;
        plan.state(
            db,
            Statement::Enrolment(code, to.clone(), number, enrolment),
        )?;
    }
    let planned: Vec<SessionId> = row::collect(&mut db.prepare_cached(PLANNED)?, [from], |row| {
        Ok(row.get(0)?)
    })?;
    for id in planned {
        let mut fact = lectures::fact(db, id)?;
        if let Some(times) = &mut fact.planned {
            times.semester = Some(to.clone());
        }
        plan.state(db, Statement::Lecture(id, Box::new(fact)))?;
    }
    Ok(plan)
}
