//! What is still owed to the remotes, and how each debt is settled.

mod amending;
mod owed;
mod settling;

use rusqlite::named_params;
use uuid::Uuid;

use super::Store;
use super::error::StoreError;
use super::event::Event;
use super::publications;
use super::row::{self, SESSION_COLUMNS, SESSION_JOINS, damaged};
use crate::domain::{
    BootId, Channel, Delivery, DeliveryEvent, DeliveryState, Flags, Operation, Percentage, Report,
    Target, Timestamp,
};

pub(super) use amending::{ChangeSummary, portal_has_stale_record, requeue};
pub use owed::OwedLine;
pub use settling::{Settled, Settlement};

impl Store {
    /// Debts of a target that may be tried now, longest waiting first. A record that cannot be read is
    /// passed over: it must not keep the others from leaving.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn due(
        &self,
        target: Target,
        kiosk_id: String,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.due_but(target, kiosk_id, now, limit, None).await
    }

    /// As [`Store::due`], but without the records of a run of the machine whose times may yet be put right.
    ///
    /// # Errors
    /// As there.
    pub async fn due_but(
        &self,
        target: Target,
        kiosk_id: String,
        now: Timestamp,
        limit: usize,
        held_back: Option<BootId>,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.read(move |db| {
            let sql = format!(
                // What this kiosk recorded, where the row says by now what another did before it.
                "SELECT {SESSION_COLUMNS}, o.attempts, o.revision, o.target, a.id AS attendance_id,
                    CASE WHEN own.id IS NULL THEN a.counts ELSE own.status = 'present' END AS counts,
                    coalesce(own.timestamp, a.timestamp) AS timestamp, coalesce(own.channel, a.channel) AS channel,
                    coalesce(own.late_minutes, a.late_minutes) AS late_minutes, coalesce(own.flags, a.flags) AS flags,
                    coalesce(own.attendance_percentage, a.attendance_percentage) AS attendance_percentage,
                    st.admission_number, st.name AS student_name, st.email, st.phone
                FROM outbox AS o JOIN attendance AS a ON a.id = o.attendance_id
                LEFT JOIN kiosk_records AS own ON own.id = a.id AND a.kiosk_id IS NOT NULL
                JOIN students AS st ON st.id = a.student_id
                JOIN attendance_sessions AS s ON s.id = a.session_id {SESSION_JOINS}
                WHERE o.state = 'waiting' AND o.target = :target AND o.next_attempt_at <= :now
                    AND (:held_back IS NULL OR a.boot_id IS NOT :held_back OR a.corrected_by IS NOT NULL
                        OR instr(coalesce(own.flags, a.flags), 'clock_untrusted') = 0)
                ORDER BY o.next_attempt_at, o.id LIMIT :limit"
            );
            let parameters = named_params! {
                ":target": target.as_str(), ":now": now.to_string(), ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
                ":held_back": held_back.as_ref().map(BootId::as_str),
            };
            let debts = row::collect(&mut db.prepare_cached(&sql)?, parameters, |row| {
                match debt(row, &kiosk_id) {
                    Ok(debt) => Ok(Some(debt)),
                    Err(error @ StoreError::Damaged(_)) => {
                        tracing::error!(%error, "a debt cannot be read and is passed over");
                        Ok(None)
                    }
                    Err(error) => Err(error),
                }
            })?;
            Ok(debts.into_iter().flatten().collect())
        })
        .await
    }

    /// When the next debt of a target may be tried; `None` when none is waiting.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn next_due(&self, target: Target) -> Result<Option<Timestamp>, StoreError> {
        const SQL: &str =
            "SELECT min(next_attempt_at) FROM outbox WHERE state = 'waiting' AND target = ?1";
        self.read(move |db| {
            let next: Option<String> = db
                .prepare_cached(SQL)?
                .query_row([target.as_str()], |row| row.get(0))?;
            row::optional_timestamp(next)
        })
        .await
    }

    /// Makes debts due now: one record's or all, of one target or both, parked ones included.
    /// Answers how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn retry(
        &self,
        attendance_id: Option<Uuid>,
        target: Option<Target>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        const SQL: &str = "UPDATE outbox SET state = :to, next_attempt_at = :now
            WHERE state = :from AND target = :target
            AND (:attendance_id IS NULL OR attendance_id = :attendance_id)";
        self.write(move |db, events| {
            let mut retried = 0;
            for target in Target::ALL
                .into_iter()
                .filter(|candidate| target.is_none_or(|only| only == *candidate))
            {
                let mut statement = db.prepare_cached(SQL)?;
                for from in DeliveryState::STORED {
                    let Some(to) = from.after(DeliveryEvent::Retried) else {
                        continue;
                    };
                    retried += statement.execute(named_params! {
                        ":from": from.as_str(),
                        ":to": to.as_str(),
                        ":now": now.to_string(),
                        ":target": target.as_str(),
                        ":attendance_id": attendance_id.map(|id| id.to_string()),
                    })?;
                }
                if target == Target::Firestore && attendance_id.is_none() {
                    retried += publications::retry(db, now)?;
                }
                events.push(Event::Queued { target });
            }
            Ok(retried as u64)
        })
        .await
    }
}

fn debt(row: &rusqlite::Row<'_>, kiosk_id: &str) -> Result<Delivery, StoreError> {
    let text = |column: &str| row.get::<_, String>(column);
    let flags = Flags::parse(&text("flags")?);
    Ok(Delivery {
        attempts: row.get("attempts")?,
        revision: row.get("revision")?,
        duty: duty(row)?,
        report: Report {
            attendance_id: row::uuid(&text("attendance_id")?)?,
            kiosk_id: kiosk_id.to_owned(),
            admission_number: row::number(&text("admission_number")?)?,
            student_name: row::name(&text("student_name")?)?,
            email: text("email")?,
            phone: text("phone")?,
            session: row::session(row)?,
            checked_in_at: row::timestamp(&text("timestamp")?)?,
            channel: Channel::parse(&text("channel")?).ok_or_else(|| damaged("channel"))?,
            punctuality: flags.punctuality(row.get("late_minutes")?),
            percentage: Percentage::from_share(row.get("attendance_percentage")?),
            flags,
        },
    })
}

/// The portal has no call for a correction: it is only ever told of what stands.
fn duty(row: &rusqlite::Row<'_>) -> Result<Operation, StoreError> {
    let is_firestore = row.get::<_, String>("target")? == Target::Firestore.as_str();
    let revision: u32 = row.get("revision")?;
    Ok(match (is_firestore && revision > 0, row.get("counts")?) {
        (false, _) => Operation::Tell,
        (true, true) => Operation::Amend,
        (true, false) => Operation::Withdraw,
    })
}
