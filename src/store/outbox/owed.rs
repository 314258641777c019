//! The debts as people see them: how many, and which.

use rusqlite::{Connection, named_params};
use uuid::Uuid;

use crate::domain::{
    AdmissionNumber, DeliveryState, Flag, Flags, SessionId, Target, TargetCounts, Timestamp,
};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::row::{self, damaged};

/// A debt that is not settled, as the lists show it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct OwedLine {
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
    /// How much is owed to a target.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn counts(&self, target: Target) -> Result<TargetCounts, StoreError> {
        self.read(move |db| counts(db, target)).await
    }

    /// The debts that are not settled, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn owed_lines(&self, limit: u32) -> Result<Vec<OwedLine>, StoreError> {
        self.owed_page(None, 0, limit).await
    }

    /// A page of the debts that are not settled, of one target or all: parked ones first, since they wait
    /// for a person, then oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn owed_page(
        &self,
        target: Option<Target>,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<OwedLine>, StoreError> {
        // Each state from the index that holds it alone: what is delivered grows for years.
        const SQL: &str = "SELECT o.attendance_id, o.target, o.state, o.attempts, o.next_attempt_at, o.last_error,
                o.last_answer, a.timestamp, a.session_id, a.flags, st.admission_number
            FROM outbox AS o JOIN attendance AS a ON a.id = o.attendance_id JOIN students AS st ON st.id = a.student_id
            WHERE o.id IN (
                SELECT id FROM outbox WHERE state = 'waiting' AND (:target IS NULL OR target = :target)
                UNION ALL
                SELECT id FROM outbox WHERE state = 'parked' AND (:target IS NULL OR target = :target))
            ORDER BY o.state = 'parked' DESC, o.id LIMIT :limit OFFSET :offset";
        self.read(move |db| {
            let parameters = named_params! {
                ":target": target.map(Target::as_str), ":offset": offset, ":limit": limit,
            };
            row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
                let text = |column: &str| row.get::<_, String>(column);
                Ok(OwedLine {
                    attendance_id: row::uuid(&text("attendance_id")?)?,
                    target: Target::parse(&text("target")?).ok_or_else(|| damaged("target"))?,
                    state: DeliveryState::parse(&text("state")?).ok_or_else(|| damaged("debt"))?,
                    attempts: row.get("attempts")?,
                    checked_in_at: row::timestamp(&text("timestamp")?)?,
                    next_attempt_at: row::timestamp(&text("next_attempt_at")?)?,
                    last_error: row.get("last_error")?,
                    last_answer: row.get("last_answer")?,
                    session_id: SessionId::from_uuid(row::uuid(&text("session_id")?)?),
                    admission_number: row::number(&text("admission_number")?)?,
                    clock_untrusted: Flags::parse(&text("flags")?).has(Flag::ClockUntrusted),
                })
            })
        })
        .await
    }

    /// How many debts of a target have been delivered since a moment of the steady time.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn delivered_since(
        &self,
        target: Target,
        since: Timestamp,
    ) -> Result<u64, StoreError> {
        const SQL: &str = "SELECT count(*) FROM outbox
            WHERE state = 'delivered' AND target = ?1 AND settled_at > ?2";
        self.read(move |db| {
            Ok(db
                .prepare_cached(SQL)?
                .query_row((target.as_str(), since.to_string()), |row| row.get(0))?)
        })
        .await
    }
}

fn counts(db: &Connection, target: Target) -> Result<TargetCounts, StoreError> {
    // Counted in partial indexes that hold the unsettled debts only. Debts are numbered as they are made.
    const WAITING: &str =
        "SELECT count(*), min(id) FROM outbox WHERE state = 'waiting' AND target = ?1";
    const MADE_AT: &str =
        "SELECT a.timestamp FROM outbox AS o JOIN attendance AS a ON a.id = o.attendance_id
        WHERE o.id = ?1";
    const PARKED: &str = "SELECT count(*) FROM outbox WHERE state = 'parked' AND target = ?1";
    let (waiting, oldest): (u64, Option<i64>) = db
        .prepare_cached(WAITING)?
        .query_row([target.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(TargetCounts {
        waiting,
        parked: db
            .prepare_cached(PARKED)?
            .query_row([target.as_str()], |row| row.get(0))?,
        oldest_waiting: row::first(&mut db.prepare_cached(MADE_AT)?, [oldest], |row| {
            row::timestamp(&row.get::<_, String>(0)?)
        })?,
    })
}
