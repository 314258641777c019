//! Making the projections anew from the statements in force: the proof that they say nothing else.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::Value;

use super::apply::apply;
use super::error::{OpenError, StoreError};
use super::records;
use super::row::{self, damaged};
use super::stamp::Stamp;
use super::upgrade::open_for_writing;
use crate::domain::{RecordState, Statement};

/// What each projection holds, in the words of a query, and how it is emptied. Rows keep their ids and what no
/// statement gives: the key of a code, a PIN, what a door saw.
const PROJECTIONS: &[(&str, &str)] = &[
    (
        "SELECT staff_id, name, department, phone, is_admin, has_left FROM lecturers",
        "UPDATE lecturers SET name = '', department = '', phone = '', is_admin = 0, has_left = 0
            WHERE staff_id IN (SELECT key FROM statements WHERE kind = 'lecturer')",
    ),
    (
        "SELECT code, name, lecturer_id, policy, finished, retired FROM units",
        "UPDATE units SET name = '', policy = '{}', finished = '[]', retired = 0
            WHERE code IN (SELECT key FROM statements WHERE kind = 'unit')",
    ),
    (
        "SELECT admission_number, name, email, phone, source, same_as FROM students",
        "UPDATE students SET same_as = NULL;
        UPDATE students SET name = '', email = '', phone = '', source = 'self'
            WHERE admission_number IN (SELECT key FROM statements WHERE kind = 'student')",
    ),
    (
        "SELECT unit, lecturer, role, first, last FROM assignments",
        "DELETE FROM assignments",
    ),
    (
        "SELECT unit, semester, student, place, first, last, in_group, source, withdrawn FROM enrolments",
        "DELETE FROM enrolments",
    ),
    (
        "SELECT uuid, student, unit, lecture, first, last, category, said_by FROM excuses",
        "DELETE FROM excuses",
    ),
    (
        "SELECT uuid, unit, state, for_group, lesson, voluntary, opened_by, planned_start, planned_end, planned_venue, held_as, opened_at, lecturer, semester,
            number, date, starts_at, ends_at, venue, reopened_at, origin, boot, uptime_ms, clock_said, changed_at,
            changed_by
        FROM lectures",
        "UPDATE lectures SET state = 'planned', for_group = NULL, lesson = NULL, voluntary = 0, opened_by = NULL, planned_start = NULL, planned_end = NULL, planned_venue = NULL,
            held_as = NULL, opened_at = NULL, lecturer = NULL, semester = NULL, number = NULL, date = NULL,
            starts_at = NULL, ends_at = NULL, venue = NULL, reopened_at = NULL, origin = NULL, boot = NULL,
            uptime_ms = NULL, clock_said = NULL, changed_at = 0, changed_by = 0",
    ),
    (
        "SELECT uuid, at, channel, mark, late_minutes, flags, percentage, typed_name, decided_at, set_aside
        FROM records WHERE kiosk = 0",
        // What the door saw is put back one by one.
        "",
    ),
];

/// Empties the projections of a database, makes them anew, and answers what is different then, a line each.
///
/// # Errors
/// [`OpenError`] when the database cannot be used, or a statement in it cannot be read; then it is as before.
pub fn rebuild(path: &Path) -> Result<Vec<String>, OpenError> {
    let db = open_for_writing(path)?;
    let rebuilt = || -> Result<Vec<String>, StoreError> {
        let work = db.unchecked_transaction()?;
        let before = contents(&work)?;
        empty(&work)?;
        replay(&work)?;
        let after = contents(&work)?;
        work.commit()?;
        Ok(before.symmetric_difference(&after).cloned().collect())
    };
    rebuilt().map_err(|error| OpenError::of(path, error))
}

/// Every row of every projection.
fn contents(db: &Connection) -> Result<BTreeSet<String>, StoreError> {
    let mut found = BTreeSet::new();
    for (query, _) in PROJECTIONS {
        let mut statement = db.prepare(query)?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let values: Vec<Value> = (0..columns)
                .map(|column| row.get(column))
                .collect::<Result<_, _>>()?;
            found.insert(format!("{query}: {values:?}"));
        }
    }
    Ok(found)
}

fn empty(db: &Connection) -> Result<(), StoreError> {
    const SEEN: &str =
        "SELECT id, seen, decided_at FROM records WHERE kiosk = 0 AND seen IS NOT NULL";
    const NOTHING: &str =
        "UPDATE records SET mark = 'removed', decided_at = NULL, set_aside = 0 WHERE id = ?1";
    for (_, emptied) in PROJECTIONS {
        db.execute_batch(emptied)?;
    }
    let seen: Vec<(i64, String)> = row::collect(&mut db.prepare_cached(SEEN)?, [], |row| {
        Ok((row.get("id")?, row.get("seen")?))
    })?;
    for (record, seen) in seen {
        let state: Option<RecordState> =
            serde_json::from_str(&seen).map_err(|_| damaged("record"))?;
        match state {
            Some(state) => records::write(db, record, &state, Some(&seen), None)?,
            None => {
                db.prepare_cached(NOTHING)?.execute([record])?;
            }
        }
    }
    Ok(())
}

/// Applies the statement in force of every key, in the order in which they were made.
fn replay(db: &Connection) -> Result<(), StoreError> {
    const IN_FORCE: &str = "SELECT kind, key, value, stamp_at, stamp_by FROM statements AS s
        WHERE NOT EXISTS (SELECT 1 FROM statements AS later WHERE later.kind = s.kind AND later.key = s.key
            AND (later.stamp_at, later.id) > (s.stamp_at, s.id))
       ";
    let mut statement = db.prepare(IN_FORCE)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, key, value): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let said = Statement::parse(&kind, &key, &value)
            .map_err(|error| StoreError::Damaged(error.to_string()))?;
        let stamp = Stamp {
            at: row.get("stamp_at")?,
            by: row.get("stamp_by")?,
        };
        apply(db, &said, stamp)?;
    }
    Ok(())
}
