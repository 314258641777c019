//! Attendance records with the state of their deliveries, as administrators list them (feature G2).

use rusqlite::{Connection, Row};
use uuid::Uuid;

use super::Store;
use super::error::StoreError;
use super::listing::{ListPage, PageQuery};
use super::row::{self, damaged};
use super::units;
use crate::domain::{
    AdmissionNumber, Channel, DeliveryState, Flags, Mark, PersonName, Punctuality, SessionId,
    Target, Timestamp, UnitCode,
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
    /// As stored: on time and late are both present.
    pub mark: Mark,
    /// Whether staff have removed it.
    pub is_voided: bool,
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
    /// Of the planned lessons, at the time of the check-in.
    pub percentage: String,
    /// On time, or late by minutes.
    pub punctuality: Punctuality,
    /// The name as typed, where it differs from the roster's.
    pub typed_name: Option<String>,
    /// Firestore's id of it.
    pub firebase_doc_id: Option<String>,
    /// The portal's whole answer.
    pub portal_response: Option<String>,
    /// By target: attempts, and the last answer or error.
    pub tries: Vec<(Target, u32, Option<String>)>,
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
        self.read(move |db| records(db, &query)).await
    }

    /// A record with the answers of the remotes; `None` if it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn attendance_file(&self, id: Uuid) -> Result<Option<AttendanceFile>, StoreError> {
        const TRIES: &str = "SELECT target, attempts, last_error FROM outbox WHERE attendance_id = ?1 ORDER BY target";
        self.read(move |db| {
            let sql = format!(
                "SELECT {RECORD_COLUMNS}, a.attendance_percentage, a.late_minutes, a.typed_name,
                a.firebase_doc_id, a.portal_response FROM {RECORD_TABLES} WHERE a.id = ?1"
            );
            let tries = row::collect(&mut db.prepare_cached(TRIES)?, [id.to_string()], |row| {
                let target =
                    Target::parse(&row.get::<_, String>(0)?).ok_or_else(|| damaged("target"))?;
                Ok((target, row.get(1)?, row.get(2)?))
            })?;
            row::first(&mut db.prepare_cached(&sql)?, [id.to_string()], |row| {
                let record = record(row)?;
                Ok(AttendanceFile {
                    percentage: format!("{:.2}", row.get::<_, f64>("attendance_percentage")?),
                    punctuality: record.flags.punctuality(row.get("late_minutes")?),
                    record,
                    typed_name: row.get("typed_name")?,
                    firebase_doc_id: row.get("firebase_doc_id")?,
                    portal_response: row.get("portal_response")?,
                    tries: tries.clone(),
                })
            })
        })
        .await
    }
}

const RECORD_COLUMNS: &str =
    "a.id, a.timestamp, a.channel, a.status, a.voided_at, a.flags, a.kiosk_id, a.session_id,
    st.admission_number, st.name AS student_name, u.code AS unit_code,
    (SELECT state FROM outbox WHERE attendance_id = a.id AND target = 'firestore') AS firestore,
    (SELECT state FROM outbox WHERE attendance_id = a.id AND target = 'portal') AS portal";

const RECORD_TABLES: &str = "attendance AS a JOIN students AS st ON st.id = a.student_id
    JOIN attendance_sessions AS s ON s.id = a.session_id JOIN units AS u ON u.id = s.unit_id";

fn records(
    db: &Connection,
    query: &AttendanceQuery,
) -> Result<ListPage<AttendanceRow>, StoreError> {
    const OF_UNIT: &str =
        "a.session_id IN (SELECT id FROM attendance_sessions WHERE unit_id = :unit)";
    const OF_UNIT_BY_TIME: &str =
        "+a.session_id IN (SELECT id FROM attendance_sessions WHERE unit_id = :unit)";
    let mut listing = PageQuery::new(RECORD_COLUMNS, RECORD_TABLES, "a.timestamp DESC, a.id DESC");
    if let Some(date) = query.date {
        listing.only_with(
            "a.session_id IN (SELECT id FROM attendance_sessions WHERE date = :date)",
            ":date",
            date.to_string(),
        );
    }
    if let Some(unit) = &query.unit {
        let (unit_id, _) = units::find(db, unit)?;
        // The newest of a few records are found by sorting them, the newest of many by walking back in time.
        let are_many = query.date.is_none() && has_many_records(db, unit_id)?;
        let of_unit = if are_many { OF_UNIT_BY_TIME } else { OF_UNIT };
        listing.only_with(of_unit, ":unit", unit_id);
    }
    if let Some(number) = &query.number {
        listing.only_with(
            "a.student_id = (SELECT id FROM students WHERE admission_number = :number)",
            ":number",
            number.to_string(),
        );
    }
    if let Some(state) = query.sync {
        listing.only(match state {
            SyncState::Waiting => {
                "a.id IN (SELECT attendance_id FROM outbox WHERE state = 'waiting')"
            }
            SyncState::Parked => {
                "a.id IN (SELECT attendance_id FROM outbox WHERE state = 'parked')"
            }
            SyncState::Delivered => {
                "EXISTS (SELECT 1 FROM outbox WHERE attendance_id = a.id)
                AND NOT EXISTS (SELECT 1 FROM outbox WHERE attendance_id = a.id AND state <> 'delivered')"
            }
        });
    }
    listing.page(db, query.page, record)
}

/// Whether sorting a unit's records would take long enough to be noticed.
fn has_many_records(db: &Connection, unit_id: i64) -> Result<bool, StoreError> {
    const MANY: u32 = 5000;
    const SQL: &str = "SELECT count(*) FROM (SELECT 1 FROM attendance_sessions AS s
        JOIN attendance AS a ON a.session_id = s.id WHERE s.unit_id = ?1 LIMIT ?2)";
    let found: u32 = db
        .prepare_cached(SQL)?
        .query_row((unit_id, MANY), |row| row.get(0))?;
    Ok(found == MANY)
}

fn record(row: &Row<'_>) -> Result<AttendanceRow, StoreError> {
    let text = |column: &str| row.get::<_, String>(column);
    let delivery = |column: &str| {
        let state = row.get::<_, Option<String>>(column)?;
        let read = |word: String| DeliveryState::parse(&word).ok_or_else(|| damaged("state"));
        state.map(read).transpose()
    };
    Ok(AttendanceRow {
        attendance_id: row::uuid(&text("id")?)?,
        admission_number: row::number(&text("admission_number")?)?,
        name: row::name(&text("student_name")?)?,
        session_id: SessionId::from_uuid(row::uuid(&text("session_id")?)?),
        unit_code: row::unit_code(&text("unit_code")?)?,
        at: row::timestamp(&text("timestamp")?)?,
        channel: Channel::parse(&text("channel")?).ok_or_else(|| damaged("channel"))?,
        mark: Mark::parse(&text("status")?).ok_or_else(|| damaged("status"))?,
        is_voided: row.get::<_, Option<String>>("voided_at")?.is_some(),
        flags: Flags::parse(&text("flags")?),
        kiosk_id: row.get("kiosk_id")?,
        firestore: delivery("firestore")?,
        portal: delivery("portal")?,
    })
}
