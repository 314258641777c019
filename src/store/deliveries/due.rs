//! Which records may be sent now.

use rusqlite::{Connection, named_params};

use crate::domain::DeliveryKind as Kind;
use crate::domain::{BootId, Delivery, Operation, Percentage, Report, Target, Timestamp};
use crate::store::Store;
use crate::store::column;
use crate::store::error::StoreError;
use crate::store::row::{self, SESSION_COLUMNS, SESSION_JOINS};

/// By when deliveries may be tried.
#[derive(Debug, Clone, Copy)]
pub struct DueBy {
    /// For the first time: no earlier, since their check-ins may still be taken back.
    pub first: Timestamp,
    /// Once they have failed.
    pub again: Timestamp,
}

impl From<Timestamp> for DueBy {
    fn from(at: Timestamp) -> Self {
        Self {
            first: at,
            again: at,
        }
    }
}

impl Store {
    /// Deliveries of a target that may be tried now, longest waiting first, without the records of the run of the
    /// machine `held_back`, whose times may yet be corrected. A record that cannot be read is passed over: it
    /// must not keep the others from leaving.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn due(
        &self,
        target: Target,
        kiosk_id: String,
        by: impl Into<DueBy>,
        limit: usize,
        held_back: Option<BootId>,
    ) -> Result<Vec<Delivery>, StoreError> {
        let by = by.into();
        self.read(move |db| {
            let sql = format!(
                "SELECT {SESSION_COLUMNS}, d.attempts, d.edition, d.target, r.uuid,
                    r.mark = 'present' AND r.percentage IS NOT NULL AS counts,
                    r.mark = 'taken_back' AS is_taken_back,
                    r.at, r.channel, r.late_minutes, r.flags, r.percentage,
                    st.admission_number, st.name AS student_name, st.email, st.phone
                FROM deliveries AS d JOIN records AS r ON r.id = d.subject JOIN students AS st ON st.id = r.student
                JOIN sessions AS s ON s.id = r.lecture {SESSION_JOINS}
                WHERE d.state = 'waiting' AND d.target = :target AND d.kind = 'check_in' AND d.next_attempt_at <= :again
                    AND (d.attempts > 0 OR d.next_attempt_at <= :first)
                    AND (:held_back IS NULL OR r.boot IS NOT :held_back OR r.clock_said IS NOT NULL
                        OR NOT r.flags & 16)
                ORDER BY d.next_attempt_at, d.subject LIMIT :limit"
            );
            let parameters = named_params! {
                ":target": target, ":again": by.again, ":first": by.first, ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
                ":held_back": held_back,
            };
            let due = row::collect(&mut db.prepare_cached(&sql)?, parameters, |row| {
                match delivery(row, &kiosk_id) {
                    Ok(delivery) => Ok(Some(delivery)),
                    Err(error @ StoreError::Damaged(_)) => {
                        tracing::error!(%error, "a delivery cannot be read and is passed over");
                        Ok(None)
                    }
                    Err(error) => Err(error),
                }
            })?;
            Ok(due.into_iter().flatten().collect())
        })
        .await
    }

    /// When the next record of a target may be tried; `None` when none is waiting.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn next_due(&self, target: Target) -> Result<Option<Timestamp>, StoreError> {
        self.read(move |db| next_due(db, target, Kind::CheckIn))
            .await
    }

    /// When the next publication may be tried; `None` when none is waiting.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn next_publication_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|db| next_due(db, Target::Firestore, Kind::Session))
            .await
    }
}

fn next_due(db: &Connection, target: Target, kind: Kind) -> Result<Option<Timestamp>, StoreError> {
    const SQL: &str = "SELECT min(next_attempt_at) FROM deliveries
        WHERE state = 'waiting' AND target = ?1 AND kind = ?2";
    Ok(db
        .prepare_cached(SQL)?
        .query_row((target, kind), |row| row.get(0))?)
}

fn delivery(row: &rusqlite::Row<'_>, kiosk_id: &str) -> Result<Delivery, StoreError> {
    let (punctuality, flags) = column::lateness_and_flags(row)?;
    let operation = operation(row)?;
    // What is withdrawn may have no percentage any more, and none is sent.
    let percentage = match operation {
        Operation::Withdraw | Operation::TakeBack => Percentage::ZERO,
        Operation::Tell | Operation::Amend => row.get("percentage")?,
    };
    Ok(Delivery {
        attempts: row.get("attempts")?,
        edition: row.get("edition")?,
        operation,
        report: Report {
            attendance_id: row.get("uuid")?,
            kiosk_id: kiosk_id.to_owned(),
            admission_number: row.get("admission_number")?,
            student_name: column::name(row, "student_name")?,
            email: row.get("email")?,
            phone: row.get("phone")?,
            session: row::session(row)?,
            checked_in_at: row.get("at")?,
            channel: row.get("channel")?,
            punctuality,
            percentage,
            flags,
        },
    })
}

/// The portal's API cannot change records: it only ever gets those that count.
fn operation(row: &rusqlite::Row<'_>) -> Result<Operation, StoreError> {
    let is_firestore = row.get::<_, Target>("target")? == Target::Firestore;
    let edition: u32 = row.get("edition")?;
    Ok(match (is_firestore && edition > 0, row.get("counts")?) {
        (false, _) => Operation::Tell,
        (true, true) => Operation::Amend,
        (true, false) if row.get("is_taken_back")? => Operation::TakeBack,
        (true, false) => Operation::Withdraw,
    })
}
