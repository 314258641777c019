//! Excuses: giving them, taking them back and listing them.

use rusqlite::named_params;

use super::Store;
use super::acts::Act;
use super::error::{Entity, StoreError};
use super::event::Event;
use super::numbers;
use super::plan;
use super::row::{self, damaged};
use super::students;
use super::units;
use crate::domain::{
    AdmissionNumber, ExcuseFact, ExcuseId, Excused, SessionId, Statement, Timestamp, UnitCode,
};

/// Which excuses are listed.
#[derive(Debug, Clone, Default)]
pub struct ExcuseQuery {
    pub student: Option<AdmissionNumber>,
    /// Those that count in this unit.
    pub unit: Option<UnitCode>,
    /// Those for this lecture alone.
    pub lecture: Option<SessionId>,
}

/// An excuse with its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenExcuse {
    pub id: ExcuseId,
    pub fact: ExcuseFact,
}

impl Store {
    /// Gives an excuse, or changes the one of this id.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such student, unit or lecture.
    pub async fn excuse(
        &self,
        id: ExcuseId,
        fact: ExcuseFact,
        actor: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const LECTURE: &str = "SELECT 1 FROM lectures WHERE uuid = ?1";
        self.write(move |db, events| {
            students::id_of(db, &fact.student)?;
            let student = numbers::right(db, &fact.student)?;
            let fact = ExcuseFact { student, ..fact };
            if let Some(unit) = &fact.unit {
                units::find(db, unit)?;
            }
            if let Excused::Lecture(lecture) = fact.covers
                && !db.prepare_cached(LECTURE)?.exists([lecture])?
            {
                return Err(StoreError::missing(Entity::Session, &lecture));
            }
            let act = Act::new(now, &actor, "student.excused", &fact.student).to(&words(&fact));
            plan::state(db, act, Statement::Excuse(id, fact))?;
            events.push(Event::RosterChanged);
            Ok(())
        })
        .await
    }

    /// Takes an excuse back; `false` when there is none of this id, or it was taken back before.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn take_back_excuse(
        &self,
        id: ExcuseId,
        actor: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |db, events| {
            let Some(Statement::Excuse(_, mut fact)) = plan::said(db, "excuse", &id)? else {
                return Ok(false);
            };
            if fact.taken_back {
                return Ok(false);
            }
            let act = Act::new(now, &actor, "student.excuse_taken_back", &fact.student);
            let act = act.from(&words(&fact));
            fact.taken_back = true;
            plan::state(db, act, Statement::Excuse(id, fact))?;
            events.push(Event::RosterChanged);
            Ok(true)
        })
        .await
    }

    /// The excuses in force, latest first day first.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit.
    pub async fn excuses(&self, query: ExcuseQuery) -> Result<Vec<GivenExcuse>, StoreError> {
        const SQL: &str =
            "SELECT e.uuid, st.admission_number, u.code, l.uuid AS lecture, e.first, e.last,
                e.category, e.said_by
            FROM excuses AS e JOIN students AS st ON st.id = e.student
            LEFT JOIN units AS u ON u.id = e.unit LEFT JOIN lectures AS l ON l.id = e.lecture
            WHERE (:student IS NULL OR st.admission_number = :student)
                AND (:unit IS NULL OR e.unit IS NULL OR u.code = :unit)
                AND (:lecture IS NULL OR l.uuid = :lecture)
            ORDER BY coalesce(e.first, l.date, '') DESC, st.admission_number, e.uuid";
        self.read(move |db| {
            let student = query.student.as_ref().map(|it| numbers::right(db, it));
            let parameters = named_params! {
                ":student": student.transpose()?, ":unit": query.unit, ":lecture": query.lecture,
            };
            row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
                let covers = match (row.get("lecture")?, row.get("first")?, row.get("last")?) {
                    (Some(lecture), ..) => Excused::Lecture(lecture),
                    (None, Some(first), Some(last)) => Excused::Days(first, last),
                    (None, ..) => return Err(damaged("excuse")),
                };
                Ok(GivenExcuse {
                    id: row.get("uuid")?,
                    fact: ExcuseFact {
                        student: row.get("admission_number")?,
                        unit: row.get("code")?,
                        covers,
                        category: row.get("category")?,
                        by: row.get("said_by")?,
                        taken_back: false,
                    },
                })
            })
        })
        .await
    }
}

/// An excuse for the audit log.
fn words(fact: &ExcuseFact) -> String {
    let covers = match fact.covers {
        Excused::Lecture(lecture) => format!("lecture {lecture}"),
        Excused::Days(first, last) if first == last => first.to_string(),
        Excused::Days(first, last) => format!("{first} to {last}"),
    };
    let unit = fact.unit.as_ref().map(|unit| format!(", {unit}"));
    format!(
        "{}, {covers}{}",
        fact.category.as_str(),
        unit.unwrap_or_default()
    )
}
