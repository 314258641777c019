//! Attendance records with the state of their deliveries, as administrators list them (feature G2).

use rusqlite::{Connection, Row};
use uuid::Uuid;

use super::Store;
use super::column;
use super::error::StoreError;
use super::listing::{ListPage, PageQuery};
use super::records;
use super::row;
use super::units;
use crate::domain::{
    AdmissionNumber, Channel, DeliveryState, Flags, Mark, Percentage, PersonName, Punctuality,
    SessionId, Target, Timestamp, UnitCode,
};

/// The state of a record's deliveries, as a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncState {
    /// Waiting for delivery to at least one remote.
    Waiting,
    /// Parked at at least one remote.
    Parked,
    /// Waiting at none, delivered to at least one.
    Delivered,
}

/// Which records are listed.
#[derive(Debug, Clone, Default)]
pub struct AttendanceQuery {
    /// Only sessions of this local date.
    pub date: Option<chrono::NaiveDate>,
    /// Only sessions of this unit.
    pub unit: Option<UnitCode>,
    pub number: Option<AdmissionNumber>,
    /// Only records in this state.
    pub sync: Option<SyncState>,
    /// Which page, from 0.
    pub page: u32,
}

/// A record in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttendanceRow {
    pub attendance_id: Uuid,
    pub admission_number: AdmissionNumber,
    /// Their name, where it is known.
    pub name: Option<PersonName>,
    pub session_id: SessionId,
    pub unit_code: UnitCode,
    /// When it was made.
    pub at: Timestamp,
    pub channel: Channel,
    pub mark: Mark,
    /// What the lecturer should see.
    pub flags: Flags,
    /// The other kiosk that made it.
    pub kiosk_id: Option<String>,
    /// The state of its delivery to Firestore, if there is one.
    pub firestore: Option<DeliveryState>,
    /// The state of its delivery to the portal, if there is one.
    pub portal: Option<DeliveryState>,
}

/// A record with the answers of the remotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttendanceFile {
    pub record: AttendanceRow,
    /// Of the planned lessons, at the time of the check-in; `None` while it counts for nobody.
    pub percentage: Option<Percentage>,
    /// On time, or late by minutes.
    pub punctuality: Punctuality,
    /// The name as typed, where it differs from the roster's.
    pub typed_name: Option<String>,
    /// Its deliveries, by target.
    pub tries: Vec<DeliveryTries>,
}

/// What came of the tries to deliver a record to one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryTries {
    pub target: Target,
    pub attempts: u32,
    /// Why the last one failed.
    pub error: Option<String>,
    /// The target's id of the record.
    pub document: Option<String>,
    /// The target's whole last answer.
    pub answer: Option<String>,
}

impl Store {
    /// A page of the attendance records, newest first.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such unit.
    pub async fn attendance_page(
        &self,
        query: AttendanceQuery,
    ) -> Result<ListPage<AttendanceRow>, StoreError> {
        self.read(move |db| listed(db, &query)).await
    }

    /// A record with the answers of the remotes; `None` if it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn attendance_file(&self, id: Uuid) -> Result<Option<AttendanceFile>, StoreError> {
        const TRIES: &str =
            "SELECT target, attempts, last_error, document, last_answer FROM deliveries
            WHERE target IN ('firestore', 'portal') AND kind = 'check_in'
                AND subject = (SELECT id FROM records WHERE uuid = ?1)
            ORDER BY target";
        self.read(move |db| {
            let sql = format!(
                "SELECT {RECORD_COLUMNS}, r.percentage,
                    (SELECT typed_name FROM records WHERE id = r.shown) AS typed_name FROM {RECORD_TABLES}
                WHERE (r.lecture, r.student) = (SELECT lecture, student FROM records WHERE uuid = ?1)"
            );
            row::first(&mut db.prepare_cached(&sql)?, [id], |row| {
                Ok(AttendanceFile {
                    record: record(row)?,
                    percentage: row.get("percentage")?,
                    punctuality: row.get("late_minutes")?,
                    typed_name: row.get("typed_name")?,
                    tries: row::collect(&mut db.prepare_cached(TRIES)?, [id], |row| {
                        Ok(DeliveryTries {
                            target: row.get("target")?,
                            attempts: row.get("attempts")?,
                            error: row.get("last_error")?,
                            document: row.get("document")?,
                            answer: row.get("last_answer")?,
                        })
                    })?,
                })
            })
        })
        .await
    }
}

const RECORD_COLUMNS: &str = "r.shown_id, r.at, r.kiosk, r.channel, r.mark, r.late_minutes, r.flags, l.uuid AS session_id,
    (SELECT nullif(name, '') FROM kiosks WHERE id = r.kiosk) AS kiosk_id,
    st.admission_number, st.name AS student_name, u.code AS unit_code,
    (SELECT state FROM deliveries WHERE target = 'firestore' AND kind = 'check_in' AND subject = r.shown) AS firestore,
    (SELECT state FROM deliveries WHERE target = 'portal' AND kind = 'check_in' AND subject = r.shown) AS portal";

const RECORD_TABLES: &str = "standing AS r JOIN students AS st ON st.id = r.student
    JOIN lectures AS l ON l.id = r.lecture JOIN units AS u ON u.id = l.unit";

fn listed(db: &Connection, query: &AttendanceQuery) -> Result<ListPage<AttendanceRow>, StoreError> {
    const OF_UNIT: &str = "r.lecture IN (SELECT id FROM lectures WHERE unit = :unit)";
    const OF_UNIT_BY_TIME: &str = "+r.lecture IN (SELECT id FROM lectures WHERE unit = :unit)";
    // Records are numbered as they arrive.
    let mut listing = PageQuery::new(RECORD_COLUMNS, RECORD_TABLES, "r.id DESC");
    // What was recorded under another student's number is found by that number.
    if query.number.is_none() {
        listing.only("st.same_as IS NULL");
    }
    if let Some(date) = query.date {
        listing.only_with(
            "r.lecture IN (SELECT id FROM lectures WHERE date = :date)",
            ":date",
            date.to_string(),
        );
    }
    if let Some(unit) = &query.unit {
        let unit = units::find(db, unit)?;
        // The newest of a few records are found by sorting them, the newest of many by walking back in time.
        let are_many = query.date.is_none() && has_many_records(db, unit)?;
        let of_unit = if are_many { OF_UNIT_BY_TIME } else { OF_UNIT };
        listing.only_with(of_unit, ":unit", unit);
    }
    if let Some(number) = &query.number {
        // From lecture to lecture: records have no index by student.
        listing.only_with(
            "r.id IN (SELECT of.id FROM lectures AS at CROSS JOIN records AS of ON of.lecture = at.id
                AND of.student = (SELECT id FROM students WHERE admission_number = :number))",
            ":number",
            number.to_string(),
        );
    }
    if let Some(state) = query.sync {
        listing.only(match state {
            SyncState::Waiting => {
                "r.shown IN (SELECT subject FROM deliveries WHERE state = 'waiting' AND kind = 'check_in'
                    AND target IN ('firestore', 'portal'))"
            }
            SyncState::Parked => {
                "r.shown IN (SELECT subject FROM deliveries WHERE state = 'parked' AND kind = 'check_in'
                    AND target IN ('firestore', 'portal'))"
            }
            SyncState::Delivered => {
                "EXISTS (SELECT 1 FROM deliveries WHERE target IN ('firestore', 'portal') AND kind = 'check_in'
                    AND subject = r.shown)
                AND NOT EXISTS (SELECT 1 FROM deliveries WHERE target IN ('firestore', 'portal')
                    AND kind = 'check_in' AND subject = r.shown AND state <> 'delivered')"
            }
        });
    }
    listing.page(db, query.page, record)
}

/// Whether sorting a unit's records would take long enough to be noticed.
fn has_many_records(db: &Connection, unit: i64) -> Result<bool, StoreError> {
    const MANY: u32 = 5000;
    const SQL: &str = "SELECT count(*) FROM (SELECT 1 FROM lectures AS l
        JOIN records AS r ON r.lecture = l.id WHERE l.unit = ?1 LIMIT ?2)";
    let found: u32 = db
        .prepare_cached(SQL)?
        .query_row((unit, MANY), |row| row.get(0))?;
    Ok(found == MANY)
}

fn record(row: &Row<'_>) -> Result<AttendanceRow, StoreError> {
    let (_, flags) = column::lateness_and_flags(row)?;
    let mark = records::mark(row)?;
    Ok(AttendanceRow {
        attendance_id: row.get("shown_id")?,
        admission_number: row.get("admission_number")?,
        name: column::name(row, "student_name")?,
        session_id: row.get("session_id")?,
        unit_code: row.get("unit_code")?,
        at: row.get("at")?,
        channel: records::channel(row)?,
        mark,
        flags,
        kiosk_id: row.get("kiosk_id")?,
        firestore: row.get("firestore")?,
        portal: row.get("portal")?,
    })
}
