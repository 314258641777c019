//! Staff, their PINs and their failed sign-ins.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::Store;
use super::audit;
use super::error::{Entity, Stop, StoreError};
use super::event::Event;
use super::row;
use crate::domain::{AdministrationRefusal, Lecturer, PersonName, StaffId, Timestamp};

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
    "staff_id, name, department, is_admin, pin_hash, failed_sign_ins, locked_until";

fn pin_record(row: &rusqlite::Row<'_>) -> Result<PinRecord, StoreError> {
    let pin_hash: Option<String> = row.get("pin_hash")?;
    Ok(PinRecord {
        lecturer: Lecturer {
            staff_id: row::staff_id(&row.get::<_, String>("staff_id")?)?,
            name: row.get("name")?,
            department: row.get("department")?,
            is_admin: row.get("is_admin")?,
            has_pin: pin_hash.is_some(),
        },
        pin_hash,
        failed: row.get("failed_sign_ins")?,
        locked_until: row::optional_timestamp(row.get("locked_until")?)?,
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
        const SQL: &str =
            "INSERT INTO lecturers (staff_id, name, department, is_admin, pin_hash, created_at)
            VALUES (:staff_id, :name, :department, :is_admin, :pin_hash, :now)
            ON CONFLICT (staff_id) DO NOTHING";
        self.write_unless_refused(move |db, events| {
            let added = db.execute(
                SQL,
                named_params! {
                    ":staff_id": new.staff_id.as_str(),
                    ":name": new.name.as_str(),
                    ":department": new.department,
                    ":is_admin": new.is_admin,
                    ":pin_hash": new.pin_hash,
                    ":now": now.to_string(),
                },
            )?;
            if added == 0 {
                return Err(Stop::Refused(AdministrationRefusal::LecturerExists(
                    new.staff_id,
                )));
            }
            audit::add(
                db,
                &audit::Entry {
                    new: Some(if new.is_admin {
                        "administrator"
                    } else {
                        "lecturer"
                    }),
                    ..audit::Entry::new(now, &actor, "lecturer.added", new.staff_id.as_str())
                },
            )?;
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
                named_params! { ":pin_hash": pin_hash, ":staff_id": staff_id.as_str() },
            )?;
            if changed == 0 {
                return Err(StoreError::missing(Entity::Lecturer, &staff_id));
            }
            audit::add(
                db,
                &audit::Entry::new(now, &actor, "lecturer.pin_set", staff_id.as_str()),
            )?;
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
            row::first(
                &mut db.prepare_cached(&sql)?,
                [staff_id.as_str()],
                pin_record,
            )
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
            let record = row::first(
                &mut db.prepare_cached(&sql)?,
                [staff_id.as_str()],
                pin_record,
            )?;
            let Some(record) = record else {
                return Ok(CountedTry::Nobody);
            };
            if let Some(until) = record.locked_until
                && until > now
                && until <= now + longest
            {
                return Ok(CountedTry::Locked { until });
            }
            let failed: u32 = db.query_row(COUNT, [staff_id.as_str()], |row| row.get(0))?;
            if let Some(until) = lock(failed, now) {
                db.execute(LOCK, (staff_id.as_str(), until.to_string()))?;
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
            WHERE staff_id = ?1 AND pin_hash IS NULL";
        self.write(move |db, _| {
            if db.execute(SQL, (staff_id.as_str(), pin_hash))? == 0 {
                return Ok(false);
            }
            audit::add(
                db,
                &audit::Entry::new(now, &actor, "lecturer.first_pin_set", staff_id.as_str()),
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
            db.execute(SQL, [staff_id.as_str()])?;
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
        const BEFORE: &str =
            "SELECT name || ', ' || department || iif(is_admin, ', administrator', '')
            FROM lecturers WHERE staff_id = ?1";
        const OTHERS: &str = "SELECT 1 FROM lecturers
            WHERE is_admin AND pin_hash IS NOT NULL AND staff_id <> ?1";
        const CHANGE: &str =
            "UPDATE lecturers SET name = :name, department = :department, is_admin = :is_admin
            WHERE staff_id = :staff_id";
        self.write_unless_refused(move |db, events| {
            let before: String = db
                .query_row(BEFORE, [staff_id.as_str()], |row| row.get(0))
                .optional()?
                .ok_or_else(|| StoreError::missing(Entity::Lecturer, &staff_id))?;
            if !change.is_admin && !db.prepare_cached(OTHERS)?.exists([staff_id.as_str()])? {
                return Err(Stop::Refused(AdministrationRefusal::LastAdministrator));
            }
            db.execute(
                CHANGE,
                named_params! {
                    ":name": change.name.as_str(), ":department": change.department,
                    ":is_admin": change.is_admin, ":staff_id": staff_id.as_str(),
                },
            )?;
            let rank = if change.is_admin {
                ", administrator"
            } else {
                ""
            };
            let after = format!("{}, {}{rank}", change.name, change.department);
            audit::add(
                db,
                &audit::Entry {
                    old: Some(&before),
                    new: Some(&after),
                    ..audit::Entry::new(now, &actor, "lecturer.changed", staff_id.as_str())
                },
            )?;
            events.push(Event::RosterChanged);
            Ok(())
        })
        .await
    }
}

/// The row id of a lecturer.
pub(super) fn id_of(db: &Connection, staff_id: &StaffId) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT id FROM lecturers WHERE staff_id = ?1";
    db.prepare_cached(SQL)?
        .query_row([staff_id.as_str()], |row| row.get(0))
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
