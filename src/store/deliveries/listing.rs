//! The deliveries as people see them: how many, and which.

use rusqlite::{Connection, OptionalExtension as _, named_params};
use uuid::Uuid;

use crate::domain::DeliveryKind as Kind;
use crate::domain::{
    AdmissionNumber, DeliveryState, Flag, SessionId, Target, TargetCounts, Timestamp,
};
use crate::store::Store;
use crate::store::column;
use crate::store::error::StoreError;
use crate::store::row;

/// A delivery that is not settled, as the lists show it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct UnsettledDelivery {
    pub attendance_id: Uuid,
    pub target: Target,
    pub state: DeliveryState,
    pub attempts: u32,
    /// When the check-in was made.
    pub checked_in_at: Timestamp,
    /// When it is tried next, while it is waiting.
    pub next_attempt_at: Timestamp,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// What the remote said to it, in its own words.
    pub last_answer: Option<String>,
    pub session_id: SessionId,
    pub admission_number: AdmissionNumber,
    /// Whether no time server had set the clock that it was recorded by, so that it waits a while for one.
    #[serde(skip)]
    pub clock_untrusted: bool,
}

impl Store {
    /// How many records wait for a target.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn counts(&self, target: Target) -> Result<TargetCounts, StoreError> {
        self.read(move |db| counts(db, target, Kind::CheckIn)).await
    }

    /// How many sessions are still to be published.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn publication_counts(&self) -> Result<TargetCounts, StoreError> {
        self.read(|db| counts(db, Target::Firestore, Kind::Session))
            .await
    }

    /// A page of the deliveries that are not settled, of one target or all: parked ones first, since they wait
    /// for a person, then oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn unsettled_page(
        &self,
        target: Option<Target>,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<UnsettledDelivery>, StoreError> {
        // Each state from the index that holds it alone: what is delivered grows for years.
        const SQL: &str = "SELECT r.uuid, d.target, d.state, d.attempts, d.next_attempt_at, d.last_error, d.last_answer,
                r.at, l.uuid AS session_id, r.late_minutes, r.flags, st.admission_number
            FROM (SELECT * FROM deliveries INDEXED BY deliveries_due WHERE state = 'waiting' AND kind = 'check_in'
                    AND target IN ('firestore', 'portal') AND (:target IS NULL OR target = :target)
                UNION ALL
                SELECT * FROM deliveries INDEXED BY deliveries_parked WHERE state = 'parked' AND kind = 'check_in'
                    AND target IN ('firestore', 'portal') AND (:target IS NULL OR target = :target)) AS d
            JOIN records AS r ON r.id = d.subject JOIN students AS st ON st.id = r.student
            JOIN lectures AS l ON l.id = r.lecture
            ORDER BY d.state = 'parked' DESC, d.subject, d.target LIMIT :limit OFFSET :offset";
        self.read(move |db| {
            let parameters = named_params! {
                ":target": target, ":offset": offset, ":limit": limit,
            };
            row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
                let (_, flags) = column::lateness_and_flags(row)?;
                Ok(UnsettledDelivery {
                    attendance_id: row.get("uuid")?,
                    target: row.get("target")?,
                    state: row.get("state")?,
                    attempts: row.get("attempts")?,
                    checked_in_at: row.get("at")?,
                    next_attempt_at: row.get("next_attempt_at")?,
                    last_error: row.get("last_error")?,
                    last_answer: row.get("last_answer")?,
                    session_id: row.get("session_id")?,
                    admission_number: row.get("admission_number")?,
                    clock_untrusted: flags.has(Flag::ClockUntrusted),
                })
            })
        })
        .await
    }

    /// How many records a target has taken since a moment of the monotonic time.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn delivered_since(
        &self,
        target: Target,
        since: Timestamp,
    ) -> Result<u64, StoreError> {
        const SQL: &str = "SELECT count(*) FROM deliveries
            WHERE state = 'delivered' AND target = ?1 AND kind = 'check_in' AND settled_at > ?2";
        self.read(move |db| {
            Ok(db
                .prepare_cached(SQL)?
                .query_row((target, since), |row| row.get(0))?)
        })
        .await
    }
}

fn counts(db: &Connection, target: Target, kind: Kind) -> Result<TargetCounts, StoreError> {
    // Counted in partial indexes that hold the unsettled ones only. Subjects are numbered as they arrive.
    const COUNT: &str = "SELECT (SELECT count(*) FROM deliveries WHERE state = 'waiting' AND target = ?1 AND kind = ?2),
            (SELECT count(*) FROM deliveries WHERE state = 'parked' AND target = ?1 AND kind = ?2),
            (SELECT min(+subject) FROM deliveries WHERE state = 'waiting' AND target = ?1 AND kind = ?2)";
    let (waiting, parked, oldest): (u64, u64, Option<i64>) =
        db.prepare_cached(COUNT)?.query_row((target, kind), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let since = match kind {
        Kind::CheckIn => "SELECT at FROM records WHERE id = ?1",
        Kind::Session => "SELECT changed_at FROM lectures WHERE id = ?1",
    };
    Ok(TargetCounts {
        waiting,
        parked,
        oldest_waiting: db
            .prepare_cached(since)?
            .query_row([oldest], |row| row.get(0))
            .optional()?,
    })
}
