//! What became of a delivery after a try.

use rusqlite::{Connection, OptionalExtension as _, named_params};
use uuid::Uuid;

use crate::domain::DeliveryKind as Kind;
use crate::domain::{DeliveryEvent, DeliveryState, Target, Timestamp};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::event::Event;
use crate::store::row;

/// What became of a delivery after a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// The remote has it.
    Delivered {
        /// The id that the remote keeps it under.
        document_id: String,
        /// The remote's answer, for the record.
        answer: String,
    },
    /// Another kiosk's record of the same student and session stands at the remote.
    Duplicate {
        /// The attendance id that stands there.
        theirs: String,
        /// The remote's answer, for the record.
        answer: String,
    },
    /// Refused for good; kept until a person asks for another try.
    Parked {
        error: String,
        /// The remote's answer, for the record.
        answer: String,
    },
    /// To be tried again.
    Postponed {
        error: String,
        /// Not before this moment.
        next_attempt_at: Timestamp,
    },
}

/// A delivery that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    pub attendance_id: Uuid,
    /// The delivery's number of changes when it was read: one that was changed since still waits.
    pub edition: u32,
    /// What became of it.
    pub settlement: Settlement,
}

impl Store {
    /// Writes down what became of deliveries after a try, all in one transaction.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written; the deliveries are as before.
    pub async fn settle(
        &self,
        target: Target,
        settlements: Vec<Settled>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const RECORD: &str = "SELECT id FROM records WHERE uuid = ?1";
        self.write(move |db, events| {
            for settled in &settlements {
                let record = db
                    .prepare_cached(RECORD)?
                    .query_row([settled.attendance_id], |row| row.get(0))
                    .optional()?;
                if let Some(record) = record {
                    let delivery = (target, Kind::CheckIn, record);
                    settle(db, delivery, settled.edition, &settled.settlement, now)?;
                }
            }
            events.push(Event::Settled { target });
            Ok(())
        })
        .await
    }
}

/// Writes down what became of one delivery, in the caller's transaction.
pub(in crate::store) fn settle(
    db: &Connection,
    (target, kind, subject): (Target, Kind, i64),
    edition: u32,
    settlement: &Settlement,
    now: Timestamp,
) -> Result<(), StoreError> {
    const FIND: &str = "SELECT state, edition FROM deliveries
        WHERE target = ?1 AND kind = ?2 AND subject = ?3";
    // Even if it has been changed meanwhile: what the remote got, it got. What it gets as it is now, and had never
    // got before, is of the right unit.
    const TOLD: &str = "UPDATE deliveries
        SET told_unit = CASE WHEN told <> 'no' OR NOT :current THEN told_unit END, told = CASE
            WHEN :taken THEN 'yes' WHEN :refused THEN 'no' WHEN told = 'no' THEN 'maybe' ELSE told END
        WHERE target = :target AND kind = :kind AND subject = :subject AND (:taken OR told <> 'yes')";
    const DELIVERY: &str =
        "UPDATE deliveries SET state = :state, attempts = attempts + 1, last_error = :error,
            last_answer = coalesce(:answer, last_answer),
            document = coalesce(nullif(:document, ''), document),
            next_attempt_at = coalesce(:next, next_attempt_at),
            settled_at = CASE WHEN :state = 'delivered' THEN :now END
        WHERE target = :target AND kind = :kind AND subject = :subject";
    let mut find = db.prepare_cached(FIND)?;
    let found = row::first(&mut find, (target, kind, subject), |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let Some((state, current)): Option<(DeliveryState, u32)> = found else {
        return Ok(());
    };
    db.prepare_cached(TOLD)?.execute(named_params! {
        ":target": target,
        ":kind": kind,
        ":subject": subject,
        ":taken": matches!(settlement, Settlement::Delivered { .. }),
        ":refused": matches!(settlement, Settlement::Parked { .. } | Settlement::Duplicate { .. }),
        ":current": edition == current,
    })?;
    // Another process may have been faster, and so may a correction.
    let Some(state) = (edition == current)
        .then(|| state.after(settlement.event()))
        .flatten()
    else {
        return Ok(());
    };
    let (error, next, document, answer) = settlement.parts();
    db.prepare_cached(DELIVERY)?.execute(named_params! {
        ":state": state,
        ":error": error,
        ":answer": answer.map(|answer| shortened(answer, LONGEST_ANSWER)),
        ":document": document,
        ":next": next,
        ":now": now,
        ":target": target,
        ":kind": kind,
        ":subject": subject,
    })?;
    Ok(())
}

/// Bytes of a remote's answer that are kept: what the interface of the portal names.
const LONGEST_ANSWER: usize = 4096;

/// As much of a text as fits into so many bytes.
fn shortened(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

impl Settlement {
    /// What it means for a delivery.
    fn event(&self) -> DeliveryEvent {
        match self {
            Self::Delivered { .. } | Self::Duplicate { .. } => DeliveryEvent::Delivered,
            Self::Parked { .. } => DeliveryEvent::Refused,
            Self::Postponed { .. } => DeliveryEvent::Postponed,
        }
    }

    /// Why it failed, when it is tried next, what stands at the remote, what the remote said.
    fn parts(&self) -> (Option<&str>, Option<Timestamp>, Option<&str>, Option<&str>) {
        match self {
            Self::Delivered {
                document_id,
                answer,
            } => (None, None, Some(document_id), Some(answer)),
            Self::Duplicate { theirs, answer } => {
                (Some(DUPLICATE), None, Some(theirs), Some(answer))
            }
            Self::Parked { error, answer } => (Some(error), None, None, Some(answer)),
            Self::Postponed {
                error,
                next_attempt_at,
            } => (Some(error), Some(*next_attempt_at), None, None),
        }
    }
}

/// The stored error of a record that counts for another kiosk.
const DUPLICATE: &str = "another kiosk recorded this student first";
