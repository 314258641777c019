//! Staff, their PINs and their failed sign-ins.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::Store;
use super::acts::{self, Act};
use super::error::{Entity, Stop, StoreError};
use super::event::Event;
use super::plan;
use super::row;
use crate::domain::{
    AdministrationRefusal, Lecturer, LecturerFact, PersonName, StaffId, Statement, Timestamp,
};

/// A lecturer to be added.
#[derive(Debug, Clone)]
pub struct NewLecturer {
    /// The id they sign in with.
    pub staff_id: StaffId,
    pub name: PersonName,
    /// Their department; may be empty.
    pub department: String,
    /// Whether they are an administrator.
    pub is_admin: bool,
    /// The Argon2id hash of their first PIN, if they get one now.
    pub pin_hash: Option<String>,
}

/// The fields of a lecturer that an administrator can change.
#[derive(Debug, Clone)]
pub struct LecturerChange {
    pub name: PersonName,
    /// Their department; may be empty.
    pub department: String,
    /// Whether they are an administrator.
    pub is_admin: bool,
    /// Whether they have left, and cannot sign in any more.
    pub has_left: bool,
}

/// What PIN authentication needs of a lecturer.
#[derive(Debug, Clone)]
pub struct PinRecord {
    pub lecturer: Lecturer,
    /// The PIN's hash in PHC form; `None` when no PIN has been set.
    pub pin_hash: Option<String>,
    /// Wrong PINs since the last right one.
    pub failed: u32,
    /// No PIN is checked before this monotonic time.
    pub locked_until: Option<Timestamp>,
}

/// Whether a PIN may be checked.
#[derive(Debug, Clone)]
pub enum CountedTry {
    /// There is no such lecturer.
    Nobody,
    /// Too many tries so far.
    Locked {
        /// The next one may be made then.
        until: Timestamp,
    },
    /// The PIN may be checked. The record is as it was before this attempt.
    Allowed(Box<PinRecord>),
}

const COLUMNS: &str =
    "staff_id, name, department, is_admin, has_left, pin_hash, failed_sign_ins, locked_until";

fn pin_record(row: &rusqlite::Row<'_>) -> Result<PinRecord, StoreError> {
    let pin_hash: Option<String> = row.get("pin_hash")?;
    Ok(PinRecord {
        lecturer: Lecturer {
            staff_id: row.get("staff_id")?,
            name: row.get("name")?,
            department: row.get("department")?,
            is_admin: row.get("is_admin")?,
            has_left: row.get("has_left")?,
            has_pin: pin_hash.is_some(),
        },
        pin_hash,
        failed: row.get("failed_sign_ins")?,
        locked_until: row.get("locked_until")?,
    })
}

impl Store {
    /// Adds a lecturer.
    ///
    /// # Errors
    /// [`AdministrationRefusal::LecturerExists`]; [`StoreError`] when the database cannot be written.
    pub async fn add_lecturer(
        &self,
        new: NewLecturer,
        actor: String,
        now: Timestamp,
    ) -> Result<Result<(), AdministrationRefusal>, StoreError> {
        const PIN: &str = "UPDATE lecturers SET pin_hash = ?2 WHERE staff_id = ?1";
        self.write_unless_refused(move |db, events| {
            if fact(db, &new.staff_id)?.is_some() {
                return Err(Stop::Refused(AdministrationRefusal::LecturerExists(
                    new.staff_id,
                )));
            }
            let role = if new.is_admin {
                "administrator"
            } else {
                "lecturer"
            };
            let act = Act::new(now, &actor, "lecturer.added", &new.staff_id).to(&role);
            let fact = LecturerFact {
                name: new.name.to_string(),
                department: new.department,
                phone: String::new(),
                is_admin: new.is_admin,
                has_left: false,
            };
            plan::state(db, act, Statement::Lecturer(new.staff_id.clone(), fact))?;
            if let Some(hash) = new.pin_hash {
                db.prepare_cached(PIN)?.execute((new.staff_id, hash))?;
            }
            events.push(Event::RosterChanged);
            Ok(())
        })
        .await
    }

    /// Replaces a lecturer's PIN and resets their failed attempts.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such lecturer.
    pub async fn set_pin(
        &self,
        staff_id: StaffId,
        pin_hash: String,
        actor: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const SQL: &str =
            "UPDATE lecturers SET pin_hash = :pin_hash, failed_sign_ins = 0, locked_until = NULL
            WHERE staff_id = :staff_id";
        self.write(move |db, events| {
            let changed = db.execute(
                SQL,
                named_params! { ":pin_hash": pin_hash, ":staff_id": staff_id },
            )?;
            if changed == 0 {
                return Err(StoreError::missing(Entity::Lecturer, &staff_id));
            }
            acts::write(db, &Act::new(now, &actor, "lecturer.pin_set", &staff_id))?;
            // A trigger ends the sign-ins that were made with the old one.
            events.push(Event::SignInsEnded);
            Ok(())
        })
        .await
    }

    /// Every lecturer, by staff id.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn lecturers(&self) -> Result<Vec<Lecturer>, StoreError> {
        self.read(|db| {
            let sql = format!("SELECT {COLUMNS} FROM lecturers ORDER BY staff_id");
            row::collect(&mut db.prepare_cached(&sql)?, [], |row| {
                Ok(pin_record(row)?.lecturer)
            })
        })
        .await
    }

    /// What PIN authentication needs of `staff_id`; `None` if there is no such lecturer.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn pin_record(&self, staff_id: StaffId) -> Result<Option<PinRecord>, StoreError> {
        self.read(move |db| {
            let sql = format!("SELECT {COLUMNS} FROM lecturers WHERE staff_id = ?1");
            row::first(&mut db.prepare_cached(&sql)?, [&staff_id], pin_record)
        })
        .await
    }

    /// Counts an attempt before its PIN is checked, so that parallel attempts cannot exceed the limit and a
    /// restart does not reset it. `lock` computes, from the number of attempts, until when the next one has to
    /// wait; a wait longer than `longest` is from a wrong clock and is ignored.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn count_try(
        &self,
        staff_id: StaffId,
        lock: fn(u32, Timestamp) -> Option<Timestamp>,
        longest: Duration,
        now: Timestamp,
    ) -> Result<CountedTry, StoreError> {
        const COUNT: &str =
            "UPDATE lecturers SET failed_sign_ins = failed_sign_ins + 1 WHERE staff_id = ?1
            RETURNING failed_sign_ins";
        const LOCK: &str = "UPDATE lecturers SET locked_until = ?2 WHERE staff_id = ?1";
        self.write(move |db, _| {
            let sql = format!("SELECT {COLUMNS} FROM lecturers WHERE staff_id = ?1");
            let record = row::first(&mut db.prepare_cached(&sql)?, [&staff_id], pin_record)?;
            let Some(record) = record else {
                return Ok(CountedTry::Nobody);
            };
            if let Some(until) = record.locked_until
                && until > now
                && until <= now + longest
            {
                return Ok(CountedTry::Locked { until });
            }
            let failed: u32 = db.query_row(COUNT, [&staff_id], |row| row.get(0))?;
            if let Some(until) = lock(failed, now) {
                db.execute(LOCK, (&staff_id, until))?;
            }
            Ok(CountedTry::Allowed(Box::new(record)))
        })
        .await
    }

    /// Sets the first PIN of a lecturer who has none; `false` when they have one, or there is no such lecturer.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn set_first_pin(
        &self,
        staff_id: StaffId,
        pin_hash: String,
        actor: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const SQL: &str =
            "UPDATE lecturers SET pin_hash = ?2, failed_sign_ins = 0, locked_until = NULL
            WHERE staff_id = ?1 AND pin_hash IS NULL AND NOT has_left";
        self.write(move |db, _| {
            if db.execute(SQL, (&staff_id, pin_hash))? == 0 {
                return Ok(false);
            }
            acts::write(
                db,
                &Act::new(now, &actor, "lecturer.first_pin_set", &staff_id),
            )?;
            Ok(true)
        })
        .await
    }

    /// Resets the failed attempts of a lecturer who has signed in.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn note_right_pin(&self, staff_id: StaffId) -> Result<(), StoreError> {
        const SQL: &str =
            "UPDATE lecturers SET failed_sign_ins = 0, locked_until = NULL WHERE staff_id = ?1";
        self.write(move |db, _| {
            db.execute(SQL, [&staff_id])?;
            Ok(())
        })
        .await
    }

    /// Changes a lecturer.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such lecturer,
    /// [`AdministrationRefusal::LastAdministrator`].
    pub async fn change_lecturer(
        &self,
        staff_id: StaffId,
        change: LecturerChange,
        actor: String,
        now: Timestamp,
    ) -> Result<Result<(), AdministrationRefusal>, StoreError> {
        const OTHERS: &str = "SELECT 1 FROM lecturers
            WHERE is_admin AND NOT has_left AND pin_hash IS NOT NULL AND staff_id <> ?1";
        self.write_unless_refused(move |db, events| {
            let before = fact(db, &staff_id)?
                .ok_or_else(|| StoreError::missing(Entity::Lecturer, &staff_id))?;
            let administers = change.is_admin && !change.has_left;
            if !administers && !db.prepare_cached(OTHERS)?.exists([&staff_id])? {
                return Err(Stop::Refused(AdministrationRefusal::LastAdministrator));
            }
            let after = LecturerFact {
                name: change.name.to_string(),
                department: change.department,
                phone: before.phone.clone(),
                is_admin: change.is_admin,
                has_left: change.has_left,
            };
            let words = |fact: &LecturerFact| {
                let role = if fact.is_admin { ", administrator" } else { "" };
                let left = if fact.has_left { ", left" } else { "" };
                format!("{}, {}{role}{left}", fact.name, fact.department)
            };
            let act = Act::new(now, &actor, "lecturer.changed", &staff_id)
                .from(&words(&before))
                .to(&words(&after));
            let ends = after.has_left && !before.has_left;
            plan::state(db, act, Statement::Lecturer(staff_id, after))?;
            if ends {
                events.push(Event::SignInsEnded);
            }
            events.push(Event::RosterChanged);
            Ok(())
        })
        .await
    }
}

/// A lecturer as they are now; `None` when there is none of that id.
fn fact(db: &Connection, staff_id: &StaffId) -> Result<Option<LecturerFact>, StoreError> {
    Ok(match plan::said(db, "lecturer", staff_id)? {
        Some(Statement::Lecturer(_, fact)) => Some(fact),
        _ => None,
    })
}

/// The row id of a lecturer.
pub(super) fn id_of(db: &Connection, staff_id: &StaffId) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT id FROM lecturers WHERE staff_id = ?1";
    db.prepare_cached(SQL)?
        .query_row([&staff_id], |row| row.get(0))
        .optional()?
        .ok_or_else(|| StoreError::missing(Entity::Lecturer, staff_id))
}

/// A lecturer by row.
pub(super) fn by_id(db: &Connection, id: i64) -> Result<Lecturer, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM lecturers WHERE id = ?1");
    row::first(&mut db.prepare_cached(&sql)?, [id], pin_record)?
        .map(|record| record.lecturer)
        .ok_or_else(|| row::damaged("lecturer"))
}
